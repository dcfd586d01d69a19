/* SPDX-License-Identifier: ISC */
#include "core/sw_lldp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lldp_make.h"
#include "core/meter.h"

enum {
	SECOND_MS = 1000,
	EVENTS_AT_ONCE = LLDP_NEIGHBORS_MAX, /* as many as go when a port goes down */
	REFRESH_PORTS = 32,		     /* in one tick: each looks at its VLANs */
};

/* How many events of a port may be told. */
struct allowance {
	struct meter meter;
	bool exhausted; /* EVENT_NEIGHBOR_FLOOD was raised, and the bucket was not full since */
	uint64_t untold;
};

struct sw_lldp {
	struct sw *sw;
	struct lldp *agent;
	struct lldp_cfg cfg;  /* what the agent was told */
	struct portset stale; /* ports whose settings are to be made again */
	uint64_t now_ms;      /* when something was last heard of the time */
	uint64_t due_ms;      /* the agent's next tick */
	struct allowance events[PORTSET_MAX];
};

/* ---- settings ---- */

enum lldp_mode sw_lldp_mode(const struct sw_port_set *set)
{
	return strcmp(set->lldp, "both") == 0 ? LLDP_BOTH
	       : strcmp(set->lldp, "rx") == 0 ? LLDP_RX
	       : strcmp(set->lldp, "tx") == 0 ? LLDP_TX
					      : LLDP_OFF;
}

struct lldp_cfg sw_lldp_cfg(const struct sw *sw)
{
	const struct sw_settings *set = &sw->set;
	struct lldp_cfg c;

	lldp_defaults(&c);
	c.chassis = set->lldp_chassis  ? set->lldp_chassis
		    : set->stp_address ? set->stp_address
				       : sw->mac;
	snprintf(c.sys_name, sizeof(c.sys_name), "%s",
		 set->lldp_system_name[0] ? set->lldp_system_name : sw->name);
	snprintf(c.sys_desc, sizeof(c.sys_desc), "%s",
		 set->lldp_system_description[0] ? set->lldp_system_description
						 : "switchd " SWITCHD_VERSION);
	(void)lldp_addrs_parse(set->lldp_management, &c, NULL); /* it was checked */
	if (set->lldp_interval_s)
		c.tx_interval_s = (uint16_t)set->lldp_interval_s;
	if (set->lldp_hold)
		c.hold = (uint8_t)set->lldp_hold;
	if (set->lldp_max_neighbors)
		c.max_neighbors = (uint16_t)set->lldp_max_neighbors;
	return c;
}

static bool same_addrs(const struct lldp_cfg *a, const struct lldp_cfg *b)
{
	if (a->addrs != b->addrs)
		return false;
	for (unsigned i = 0; i < a->addrs; i++)
		if (a->addr[i].family != b->addr[i].family ||
		    memcmp(a->addr[i].addr, b->addr[i].addr, a->addr[i].len) != 0)
			return false;
	return true;
}

/* Of what sw_lldp_cfg() sets. */
static bool same_cfg(const struct lldp_cfg *a, const struct lldp_cfg *b)
{
	return a->chassis == b->chassis && strcmp(a->sys_name, b->sys_name) == 0 &&
	       strcmp(a->sys_desc, b->sys_desc) == 0 && same_addrs(a, b) &&
	       a->tx_interval_s == b->tx_interval_s && a->hold == b->hold &&
	       a->max_neighbors == b->max_neighbors;
}

/* Locally administered; no two ports of a switch have the same, nor the switch that of one of them. */
static uint64_t port_address(const struct sw_port *p)
{
	return p->sw->mac ^ (p->index + 1);
}

/* The named VLANs that the port is in, as many as may be told. */
static void add_vlans(const struct sw_port *p, struct lldp_port_cfg *c)
{
	vidset_foreach (vid, &p->vlan.members) {
		const char *name = p->sw->vlans->vlan[vid].set.name;

		if (!name[0])
			continue;
		if (c->vlans == LLDP_VLANS_SENT)
			return;
		c->vlan[c->vlans].vid = (uint16_t)vid;
		snprintf(c->vlan[c->vlans].name, sizeof(c->vlan[0].name), "%s", name);
		c->vlans++;
	}
}

static void make_port_cfg(const struct sw_port *p, struct lldp_port_cfg *c)
{
	const char *desc = p->set.lldp_description;

	memset(c, 0, sizeof(*c));
	c->mode = sw_lldp_mode(&p->set);
	c->mac = port_address(p);
	c->mtu = p->mtu;
	snprintf(c->name, sizeof(c->name), "%s", p->name);
	snprintf(c->desc, sizeof(c->desc), "%s", desc[0] ? desc : p->name);
	if (!p->sw->set.vlan_aware)
		return;
	c->has_pvid = true;
	c->pvid = p->vlan.pvid;
	add_vlans(p, c);
}

/* ---- what the protocol does ---- */

static void on_send(void *arg, unsigned port, const uint8_t *frame, size_t len)
{
	const struct sw_lldp *s = arg;

	sw_send(s->sw->port[port], frame, len);
}

/* One more event of the port, unless there are too many; says so once, where that begins. */
static bool may_tell(struct sw_lldp *s, unsigned port)
{
	struct allowance *a = &s->events[port];
	struct event ev = {
		.kind = EVENT_NEIGHBOR_FLOOD,
		.sw = s->sw->name,
		.port = s->sw->port[port]->name,
	};

	meter_refill(&a->meter, s->now_ms);
	if (a->meter.level == a->meter.full)
		a->exhausted = false;
	if (meter_would_pass(&a->meter)) {
		meter_take(&a->meter, (struct meter_cost){.frames = 1});
		return true;
	}
	a->untold++;
	if (!a->exhausted)
		s->sw->events->raise(s->sw->events, &ev);
	a->exhausted = true;
	return false;
}

static void on_tell(void *arg, enum lldp_event event, const struct lldp_neighbor *n)
{
	static const struct {
		enum event_kind kind;
		const char *cause;
	} told[] = {
		[LLDP_ADDED] = {EVENT_NEIGHBOR_ADDED, NULL},
		[LLDP_CHANGED] = {EVENT_NEIGHBOR_CHANGED, NULL},
		[LLDP_LEFT] = {EVENT_NEIGHBOR_LEFT, "goodbye"},
		[LLDP_AGED] = {EVENT_NEIGHBOR_AGED, NULL},
		[LLDP_CUT] = {EVENT_NEIGHBOR_LEFT, "port"},
	};
	char chassis[LLDP_TEXT_SIZE], port_id[LLDP_TEXT_SIZE], system[LLDP_TEXT_SIZE];
	struct sw_lldp *s = arg;
	struct event ev = {
		.kind = told[event].kind,
		.cause = told[event].cause,
		.sw = s->sw->name,
		.port = s->sw->port[n->port]->name,
		.chassis = lldp_chassis_text(&n->info.chassis, chassis),
		.port_id = lldp_port_text(&n->info.port, port_id),
		.system = lldp_text(n->info.sys_name, system),
	};

	if (s->sw->events && may_tell(s, n->port))
		s->sw->events->raise(s->sw->events, &ev);
}

/* ---- ports ---- */

void sw_lldp_port_added(struct sw_port *p)
{
	const struct rate one_a_second = {.n = 1, .unit = RATE_FRAMES};
	struct sw_lldp *s = p->sw->lldp;
	struct lldp_port_cfg cfg;

	if (!s)
		return;
	make_port_cfg(p, &cfg);
	/* without memory it has no neighbours, and that is all */
	if (lldp_port_add(s->agent, p->index, &cfg))
		return;
	s->events[p->index] = (struct allowance){.untold = 0};
	meter_init(&s->events[p->index].meter, &one_a_second, EVENTS_AT_ONCE, s->now_ms);
	lldp_port_up(s->agent, p->index, p->link, s->now_ms);
}

void sw_lldp_port_removed(struct sw_port *p)
{
	struct sw_lldp *s = p->sw->lldp;

	if (!s)
		return;
	lldp_port_del(s->agent, p->index, s->now_ms);
	portset_del(&s->stale, p->index);
}

void sw_lldp_port_updated(struct sw_port *p)
{
	struct sw_lldp *s = p->sw->lldp;
	struct lldp_port_cfg cfg;

	if (!s)
		return;
	make_port_cfg(p, &cfg);
	lldp_port_set(s->agent, p->index, &cfg, s->now_ms);
}

void sw_lldp_port_link(struct sw_port *p)
{
	struct sw_lldp *s = p->sw->lldp;

	if (s)
		lldp_port_up(s->agent, p->index, p->link, s->now_ms);
}

void sw_lldp_clear(struct sw_port *p)
{
	struct sw_lldp *s = p->sw->lldp;

	if (!s)
		return;
	lldp_port_clear(s->agent, p->index);
	s->events[p->index].untold = 0;
}

/* ---- on and off ---- */

static void start(struct sw *sw)
{
	struct sw_lldp *s = calloc(1, sizeof(*s));
	const struct lldp_out out = {.arg = s, .send = on_send, .tell = on_tell};

	if (!s)
		return;
	s->sw = sw;
	s->cfg = sw_lldp_cfg(sw);
	s->agent = lldp_new(&s->cfg, &out);
	sw->lldp = s;
	if (!s->agent) {
		sw_lldp_free(sw);
		return;
	}
	sw_foreach_port (i, sw)
		sw_lldp_port_added(sw->port[i]);
}

void sw_lldp_free(struct sw *sw)
{
	if (!sw->lldp)
		return;
	lldp_free(sw->lldp->agent);
	free(sw->lldp);
	sw->lldp = NULL;
}

static void stop(struct sw *sw)
{
	sw_foreach_port (i, sw)
		sw_lldp_port_removed(sw->port[i]);
	sw_lldp_free(sw);
}

void sw_lldp_update(struct sw *sw)
{
	struct lldp_cfg cfg;

	if (!sw->set.lldp) {
		stop(sw);
		return;
	}
	if (!sw->lldp) {
		start(sw);
		return;
	}
	cfg = sw_lldp_cfg(sw);
	if (!same_cfg(&sw->lldp->cfg, &cfg))
		lldp_configure(sw->lldp->agent, &cfg);
	sw->lldp->cfg = cfg;
	sw_lldp_vlans_changed(sw); /* vlan_aware may be another */
}

void sw_lldp_vlans_changed(struct sw *sw)
{
	if (sw->lldp)
		portset_copy(&sw->lldp->stale, &sw->attached, PORTSET_WORDS);
}

/* ---- time and frames ---- */

/* What some of the ports say is made again.  Of a port that says the same, the agent takes no notice. */
static void refresh(struct sw_lldp *s)
{
	unsigned done = 0;

	portset_foreach (i, &s->stale, PORTSET_WORDS) {
		portset_del(&s->stale, i);
		sw_lldp_port_updated(s->sw->port[i]);
		if (++done == REFRESH_PORTS)
			return;
	}
}

void sw_lldp_tick(struct sw *sw, uint64_t now_ms)
{
	struct sw_lldp *s;

	if (!sw->lldp && sw->set.lldp) /* there may be memory for it now */
		start(sw);
	s = sw->lldp;
	if (!s)
		return;
	s->now_ms = now_ms;
	refresh(s);
	if (now_ms < s->due_ms)
		return;
	s->due_ms = lldp_tick(s->agent, now_ms) ? now_ms : now_ms + SECOND_MS;
}

bool sw_lldp_wants(const struct sw_port *in, const struct frame *f)
{
	return f->dst == LLDP_GROUP && !f->tags && lldp_is(f->data, f->len) &&
	       (sw_lldp_mode(&in->set) & LLDP_RX);
}

enum drop sw_lldp_receive(struct sw_port *in, const struct frame *f, uint64_t now_ms)
{
	struct sw_lldp *s = in->sw->lldp;

	s->now_ms = now_ms;
	return lldp_receive(s->agent, in->index, f->data, f->len, now_ms);
}

/* ---- looking ---- */

const struct lldp *sw_lldp_agent(const struct sw *sw)
{
	return sw->lldp ? sw->lldp->agent : NULL;
}

uint64_t sw_lldp_untold(const struct sw_port *p)
{
	return p->sw->lldp ? p->sw->lldp->events[p->index].untold : 0;
}
