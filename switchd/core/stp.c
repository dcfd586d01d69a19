/* SPDX-License-Identifier: ISC */
/*
 * stp.c - a bridge, its ports, and the running of its state machines.
 */
#include "core/stp.h"

#include <stdlib.h>

#include "core/stp_impl.h"

enum {
	/* Transitions that one run may make for each port; the longest that were seen make ten. */
	STEPS_PER_PORT = 100,
};

/* ---- what the machines call ---- */

void stp_wake_all(struct stp *s)
{
	portset_copy(&s->todo, &s->ports, s->words);
}

void stp_wake(struct stp *s, const struct stp_port *p)
{
	portset_add(&s->todo, p->index);
}

void stp_reselect(struct stp *s, struct stp_port *p)
{
	p->reselect = true;
	p->selected = false;
	s->reselect = true;
}

static void reselect_all(struct stp *s)
{
	s->reselect = true; /* also of a bridge without ports */
	stp_foreach_port (i, s)
		stp_reselect(s, s->port[i]);
}

void stp_tell(struct stp *s, struct stp_event *ev, const struct stp_why *w)
{
	ev->cause = w->cause;
	ev->cause_port = w->port;
	ev->cause_bridge = w->bridge;
	s->out.tell(s->out.arg, ev);
}

void stp_tell_port(struct stp *s, const struct stp_port *p, enum stp_event_kind kind,
		   const struct stp_why *w)
{
	struct stp_event ev = {.kind = kind, .port = (int)p->index};

	stp_tell(s, &ev, w);
}

enum stp_state stp_state_of(const struct stp_port *p)
{
	if (p->forwarding)
		return STP_STATE_FORWARDING;
	return p->learning ? STP_STATE_LEARNING : STP_STATE_DISCARDING;
}

/* ---- running ---- */

/* At most one transition of one machine that belongs to the port; false: none of them has one. */
static bool port_step(struct stp *s, struct stp_port *p)
{
	if (stp_prx_step(s, p) || stp_ppm_step(s, p) || stp_bdm_step(s, p) || stp_pst_step(s, p))
		return true;
	if (stp_pim_step(s, p)) {
		s->synced_known = false;
		return true;
	}
	if (stp_prt_step(s, p)) {
		s->synced_known = false;
		stp_wake_all(
			s); /* conditions of the others ask for synced, sync, reRoot, rrWhile */
		return true;
	}
	return false;
}

/* One kind of step for all ports that are to be looked at.  Returns what is left of the bound. */
static unsigned run_ports(struct stp *s, bool (*step)(struct stp *, struct stp_port *),
			  unsigned steps)
{
	while (steps && !portset_empty(&s->todo, s->words))
		portset_foreach (i, &s->todo, s->words) {
			portset_del(&s->todo, i);
			portset_add(&s->visited, i);
			for (; steps && step(s, s->port[i]); steps--)
				;
		}
	return steps;
}

/*
 * All machines but Port Transmit, until none has a transition.  Topology Change sets none of the others
 * off and comes when they are at rest: an edge port whose link goes down is no edge first and not
 * designated next, which is no change of the topology.
 */
static unsigned settle(struct stp *s, unsigned steps)
{
	do {
		steps = run_ports(s, port_step, steps);
		if (stp_prs_step(s) && steps)
			steps--;
	} while (steps && !portset_empty(&s->todo, s->words));
	portset_copy(&s->todo, &s->visited, s->words);
	return run_ports(s, stp_tcm_step, steps);
}

/* Then Port Transmit, which sets none of the others off. */
static void send_all(struct stp *s)
{
	portset_foreach (i, &s->visited, s->words)
		while (stp_ptx_step(s, s->port[i]))
			;
	portset_clear(&s->visited, s->words);
}

void stp_run(struct stp *s)
{
	s->synced_known = false;
	if (settle(s, STEPS_PER_PORT * (s->count + 1)) == 0) {
		s->overruns++;
		portset_clear(&s->todo, s->words);
	}
	send_all(s);
}

void stp_because(struct stp *s, enum stp_cause cause, int port, uint64_t bridge)
{
	s->why = (struct stp_why){cause, port, bridge};
}

/* ---- the bridge ---- */

/* BridgeIdentifier and BridgeTimes, from the settings (17.18). */
static void take_settings(struct stp *s)
{
	s->bridge_id = (uint64_t)s->cfg.priority << 48 | s->mac;
	s->bridge_times = (struct stp_times){
		.max_age = (uint16_t)(s->cfg.max_age_s * STP_SECOND),
		.hello_time = (uint16_t)(s->cfg.hello_time_s * STP_SECOND),
		.forward_delay = (uint16_t)(s->cfg.forward_delay_s * STP_SECOND),
	};
}

struct stp *stp_new(const struct stp_cfg *cfg, uint64_t bridge_mac, const struct stp_out *out)
{
	struct stp *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->cfg = *cfg;
	s->out = *out;
	s->mac = STP_BRIDGE_MAC(bridge_mac);
	s->words = 1;
	s->tc_port = STP_NO_PORT;
	take_settings(s);
	s->root_port = STP_NO_PORT;
	s->root_priority = (struct stp_vec){.root = s->bridge_id, .bridge = s->bridge_id};
	s->root_times = s->bridge_times;
	return s;
}

void stp_free(struct stp *s)
{
	if (!s)
		return;
	stp_foreach_port (i, s)
		free(s->port[i]);
	free(s);
}

void stp_begin_port(struct stp *s, struct stp_port *p)
{
	stp_pim_begin(s, p);
	stp_small_begin(s, p);
	stp_prt_begin(s, p);
	stp_wake(s, p);
}

void stp_set(struct stp *s, const struct stp_cfg *cfg)
{
	struct stp_cfg old = s->cfg;

	s->cfg = *cfg;
	take_settings(s);
	stp_because(s, STP_CAUSE_SETTING, STP_NO_PORT, 0);
	if (cfg->tx_hold_count != old.tx_hold_count) /* 17.13.12 */
		stp_foreach_port (i, s)
			s->port[i]->tx_count = 0;
	if (cfg->version != old.version) { /* 17.13.4 */
		stp_prs_begin(s);
		stp_foreach_port (i, s)
			stp_begin_port(s, s->port[i]);
	}
	stp_foreach_port (i, s)
		if (s->port[i]->shut_while > cfg->guard_recovery_s)
			s->port[i]->shut_while = cfg->guard_recovery_s;
	reselect_all(s);
	stp_wake_all(s);
	stp_run(s);
}

void stp_tick(struct stp *s)
{
	s->ticks++;
	stp_because(s, STP_CAUSE_TIMER, STP_NO_PORT, 0);
	stp_foreach_port (i, s) {
		stp_pti_tick(s->port[i]);
		stp_tick_guards(s, s->port[i]);
	}
	stp_wake_all(s);
	stp_run(s);
}
