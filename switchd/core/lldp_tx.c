/* SPDX-License-Identifier: ISC */
/* The sending half of the LLDP agent. */
#include "core/lldp_impl.h"
#include "core/lldp_make.h"

static void send(struct lldp *l, unsigned port, uint16_t ttl_s)
{
	struct lldp_port *p = l->port[port];
	uint8_t frame[LLDP_FRAME_MAX];
	size_t len = lldp_make(&l->cfg, &p->cfg, ttl_s, frame, &p->stats.length_errors);

	p->stats.frames_out++;
	l->out.send(l->out.arg, port, frame, len);
}

/* The timers, clause 9.2.10: is it time to send? */
static void run_timers(const struct lldp *l, struct lldp_port *p, uint64_t now_ms)
{
	uint64_t seconds = (now_ms - p->credit_ms) / LLDP_SECOND;
	bool expired = now_ms >= p->due_ms;

	p->credit_ms += seconds * LLDP_SECOND;
	seconds += p->credit;
	p->credit = (uint8_t)(seconds < l->cfg.credit_max ? seconds : l->cfg.credit_max);
	if (p->new_neighbor) {
		p->new_neighbor = false;
		if (p->fast == 0)
			p->fast = l->cfg.fast_init;
		expired = true;
	}
	if (!expired && !p->local_change)
		return;
	if (expired && p->fast > 0)
		p->fast--;
	p->tx_now = true;
	p->local_change = false;
	p->due_ms =
		now_ms + (uint64_t)(p->fast ? l->cfg.fast_s : l->cfg.tx_interval_s) * LLDP_SECOND;
}

void lldp_say_goodbye(struct lldp *l, unsigned port)
{
	if (l->port[port]->tx == TX_IDLE)
		send(l, port, 0);
}

/* Clause 9.2.8. */
bool lldp_run_tx(struct lldp *l, unsigned port, uint64_t now_ms)
{
	struct lldp_port *p = l->port[port];
	bool on = p->cfg.mode & LLDP_TX;

	if (!p->up || (p->tx == TX_SHUTDOWN && now_ms >= p->again_ms))
		p->tx = TX_INITIALIZE;
	if (p->tx == TX_INITIALIZE && p->up && on) {
		p->tx = TX_IDLE;
		p->local_change = p->new_neighbor = p->tx_now = false;
		p->fast = 0;
		p->credit = l->cfg.credit_max;
		p->due_ms = p->credit_ms = now_ms;
	}
	if (p->tx != TX_IDLE)
		return false;
	if (!on) {
		p->tx = TX_SHUTDOWN;
		p->again_ms = now_ms + (uint64_t)l->cfg.reinit_s * LLDP_SECOND;
		send(l, port, 0);
		return true;
	}
	run_timers(l, p, now_ms);
	if (!p->tx_now || p->credit == 0)
		return false;
	p->tx_now = false;
	p->credit--;
	send(l, port, lldp_ttl(&l->cfg));
	return true;
}

bool lldp_tick(struct lldp *l, uint64_t now_ms)
{
	unsigned sent = 0;

	for (unsigned n = 0; n < l->end; n++) {
		unsigned port = (l->tick_from + n) % l->end;

		if (!l->port[port])
			continue;
		if (sent == LLDP_SENDS_PER_TICK) {
			l->tick_from = port; /* those that had to wait come first */
			return true;
		}
		lldp_age(l, port, now_ms);
		sent += lldp_run_tx(l, port, now_ms);
	}
	return false;
}
