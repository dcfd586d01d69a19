/* SPDX-License-Identifier: ISC */
/*
 * stp_port.c - ports of the spanning tree: they come and go, their links, what they receive, and the
 * guards.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/stp_impl.h"

enum {
	SPEED_UNKNOWN = 1000,	  /* what counts then, Mbit/s */
	COST_BY_SPEED = 20000000, /* table 17-3: this by the speed in Mbit/s */
};

static struct stp_port *port_of(const struct stp *s, unsigned port)
{
	return port < STP_PORTS_MAX ? s->port[port] : NULL;
}

/* ---- guards ---- */

static void enable(struct stp *s, struct stp_port *p)
{
	p->port_enabled = p->link_up && !p->shut;
	if (!p->port_enabled)
		p->inconsistent_while = 0;
	stp_wake(s, p);
}

static void shut(struct stp *s, struct stp_port *p, uint64_t bridge)
{
	stp_because(s, STP_CAUSE_BPDU_GUARD, (int)p->index, bridge);
	p->shut = true;
	p->shut_while = s->cfg.guard_recovery_s;
	stp_tell_port(s, p, STP_EVENT_GUARD_SHUT, &s->why);
	enable(s, p);
}

static void reopen(struct stp *s, struct stp_port *p)
{
	if (!p->shut)
		return;
	p->shut = false;
	p->shut_while = 0;
	stp_tell_port(s, p, STP_EVENT_GUARD_OPENED, &s->why);
	enable(s, p);
}

bool stp_port_reopen(struct stp *s, unsigned port)
{
	struct stp_port *p = port_of(s, port);

	if (!p || !p->shut)
		return false;
	stp_because(s, STP_CAUSE_SETTING, (int)port, 0);
	reopen(s, p);
	stp_run(s);
	return true;
}

void stp_tick_guards(struct stp *s, struct stp_port *p)
{
	const struct stp_why w = {STP_CAUSE_TIMER, (int)p->index, 0};

	if (p->shut_while && --p->shut_while == 0)
		reopen(s, p);
	if (p->inconsistent_while && --p->inconsistent_while == 0)
		stp_tell_port(s, p, STP_EVENT_CONSISTENT, &w);
}

/* ---- receiving ---- */

static void count_bpdu(struct stp_port *p, enum stp_bpdu_type type)
{
	if (type == STP_BPDU_CONFIG)
		p->rx_config++;
	else if (type == STP_BPDU_RST)
		p->rx_rst++;
	else
		p->rx_tcn++;
}

/* Sent by this port (9.3.4; whatever priorities it had then), and come back. */
static bool is_own(const struct stp *s, const struct stp_port *p, const struct stp_bpdu *b)
{
	return b->type != STP_BPDU_TCN &&
	       STP_BRIDGE_MAC(b->vec.bridge) == STP_BRIDGE_MAC(s->bridge_id) &&
	       (b->vec.port & STP_PORT_NUMBER) == (p->port_id & STP_PORT_NUMBER);
}

/* What stp_receive() makes of the frame; *b is heeded if the answer is DROP_NONE. */
static enum drop judge(const struct stp *s, const struct stp_port *p, const uint8_t *frame,
		       size_t len, struct stp_bpdu *b)
{
	enum drop d;

	if (!p || !p->link_up)
		return DROP_PORT_BLOCKED;
	if (p->shut || p->cfg.bpdu_filter)
		return p->shut ? DROP_BPDU_GUARD : DROP_BPDU_FILTER;
	d = stp_bpdu_parse(frame, len, b);
	if (d == DROP_BAD_BPDU)
		return d;
	if (p->cfg.bpdu_guard)
		return DROP_BPDU_GUARD;
	return d == DROP_NONE && is_own(s, p, b) ? DROP_BPDU_OWN : d;
}

enum drop stp_judge(const struct stp *s, unsigned port, const uint8_t *frame, size_t len)
{
	struct stp_bpdu b;

	return judge(s, port_of(s, port), frame, len, &b);
}

enum drop stp_receive(struct stp *s, unsigned port, const uint8_t *frame, size_t len)
{
	struct stp_port *p = port_of(s, port);
	struct stp_bpdu b;
	enum drop d = judge(s, p, frame, len, &b);

	if (!p || !p->link_up)
		return d;
	if (p->shut || p->cfg.bpdu_filter) {
		p->rx_other++;
		return d;
	}
	if (d == DROP_BPDU_GUARD)
		shut(s, p, b.type == STP_BPDU_TCN ? b.src : b.vec.bridge);
	if (d == DROP_NONE) {
		stp_because(s, STP_CAUSE_BPDU, (int)port,
			    b.type == STP_BPDU_TCN ? b.src : b.vec.bridge);
		count_bpdu(p, b.type);
		p->bpdu = b;
		p->rcvd_bpdu = true;
		stp_wake(s, p);
	} else if (d == DROP_BAD_BPDU || d == DROP_BPDU_OLD) {
		p->rx_bad++;
	} else {
		p->rx_other++;
	}
	stp_run(s);
	return d;
}

/* ---- ports ---- */

static void take_port_settings(struct stp_port *p)
{
	uint32_t speed = p->speed_mbit ? p->speed_mbit : SPEED_UNKNOWN;

	p->port_id = (uint16_t)(p->cfg.priority << 8 | (p->index + 1));
	p->port_path_cost = p->cfg.cost ? p->cfg.cost : COST_BY_SPEED / speed;
	if (p->port_path_cost == 0)
		p->port_path_cost = 1;
	p->oper_point_to_point_mac =
		p->cfg.p2p == STP_P2P_AUTO ? p->full_duplex : p->cfg.p2p == STP_P2P_YES;
}

/* The same, and roles are selected anew where they ask for what changed (17.13.10, 17.13.11). */
static void refresh_port(struct stp *s, struct stp_port *p)
{
	uint32_t cost = p->port_path_cost;
	uint16_t id = p->port_id;

	take_port_settings(p);
	if (p->port_path_cost != cost || p->port_id != id)
		stp_reselect(s, p);
	stp_wake(s, p);
}

int stp_port_add(struct stp *s, unsigned port, const struct stp_port_cfg *cfg)
{
	struct stp_port *p;

	if (port >= STP_PORTS_MAX)
		return -EINVAL;
	if (s->port[port])
		return -EEXIST;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->index = port;
	p->cfg = *cfg;
	p->full_duplex = true;
	p->state_since = s->ticks;
	take_port_settings(p);
	s->port[port] = p;
	s->count++;
	if (s->words <= port / 64)
		s->words = port / 64 + 1;
	portset_add(&s->ports, port);
	stp_because(s, STP_CAUSE_BEGIN, (int)port, 0);
	stp_begin_port(s, p);
	stp_run(s);
	return 0;
}

void stp_port_del(struct stp *s, unsigned port)
{
	struct stp_port *p = port_of(s, port);

	if (!p)
		return;
	stp_because(s, STP_CAUSE_REMOVED, (int)port, 0);
	p->link_up = false;
	enable(s, p);
	stp_run(s);
	portset_del(&s->ports, port);
	s->port[port] = NULL;
	s->count--;
	free(p);
	stp_wake_all(s); /* one fewer to ask whether it is synced */
	stp_run(s);
}

void stp_port_link(struct stp *s, unsigned port, bool up, uint32_t speed_mbit, bool full_duplex)
{
	struct stp_port *p = port_of(s, port);

	if (!p)
		return;
	stp_because(s, up ? STP_CAUSE_LINK_UP : STP_CAUSE_LINK_DOWN, (int)port, 0);
	p->link_up = up;
	if (up) {
		p->speed_mbit = speed_mbit;
		p->full_duplex = full_duplex;
		refresh_port(s, p);
	} else {
		reopen(s, p);
	}
	enable(s, p);
	stp_run(s);
}

void stp_port_set(struct stp *s, unsigned port, const struct stp_port_cfg *cfg)
{
	struct stp_port *p = port_of(s, port);

	if (!p)
		return;
	stp_because(s, STP_CAUSE_SETTING, (int)port, 0);
	p->cfg = *cfg;
	refresh_port(s, p);
	/* What was heard before is not to be believed any more, or is a reason that is gone. */
	if (cfg->root_guard || cfg->bpdu_filter)
		stp_pim_forget(s, p);
	if (p->inconsistent_while && (!cfg->root_guard || cfg->bpdu_filter)) {
		p->inconsistent_while = 0;
		stp_tell_port(s, p, STP_EVENT_CONSISTENT, &s->why);
	}
	stp_run(s);
}

void stp_port_mcheck(struct stp *s, unsigned port)
{
	struct stp_port *p = port_of(s, port);

	if (!p || !stp_rstp_version(s))
		return;
	stp_because(s, STP_CAUSE_SETTING, (int)port, 0);
	p->mcheck = true;
	stp_wake(s, p);
	stp_run(s);
}
