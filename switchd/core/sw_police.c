/* SPDX-License-Identifier: ISC */
#include "core/sw_police.h"

#include <string.h>

#include "core/decide.h"
#include "core/shut.h"
#include "core/sw.h"
#include "util/mac.h"

static const struct {
	const char *name;
	enum drop drop;
} classes[STORM_CLASSES] = {
	[STORM_BROADCAST] = {"broadcast", DROP_STORM_BROADCAST},
	[STORM_MULTICAST] = {"multicast", DROP_STORM_MULTICAST},
	[STORM_UNKNOWN] = {"unknown", DROP_STORM_UNKNOWN},
};

static bool is_limited(const struct police_limit *l)
{
	return l->rate.unit != RATE_NONE;
}

/* ---- storms ---- */

static void raise_storm(const struct sw_port *p, enum event_kind kind, enum storm_class c)
{
	const struct storm *s = &p->police.storm[c];
	char limit[RATE_STR_SIZE];
	struct event ev = {
		.kind = kind,
		.sw = p->sw->name,
		.port = p->name,
		.key = "class",
		.now = classes[c].name,
		.limit = rate_format(&s->limit.rate, limit),
		.number = kind == EVENT_STORM_ENDED ? s->refused : 0,
	};

	if (p->sw->events)
		p->sw->events->raise(p->sw->events, &ev);
}

static void note_excess(struct sw_port *p, enum storm_class c, uint64_t now_ms)
{
	struct storm *s = &p->police.storm[c];

	s->excess_ms = now_ms;
	s->refused++;
	if (!s->on) {
		s->on = true;
		s->began_ms = now_ms;
		s->refused = 1;
		portset_add(&p->sw->storming, p->index);
		raise_storm(p, EVENT_STORM_BEGAN, c);
	}
	if (strcmp(p->set.storm_action, "shut") == 0)
		sw_port_shut(p, SHUT_STORM, now_ms);
}

static void end_storm(struct sw_port *p, enum storm_class c)
{
	p->police.storm[c].on = false;
	raise_storm(p, EVENT_STORM_ENDED, c);
}

/* Whether any of the port is still on. */
static bool any_on(const struct sw_port *p)
{
	for (unsigned c = 0; c < STORM_CLASSES; c++)
		if (p->police.storm[c].on)
			return true;
	return false;
}

void sw_police_tick(struct sw *sw, uint64_t now_ms)
{
	portset_foreach (i, &sw->storming, sw->words) {
		struct sw_port *p = sw->port[i];

		for (unsigned c = 0; c < STORM_CLASSES; c++) {
			const struct storm *s = &p->police.storm[c];

			if (s->on && now_ms >= s->excess_ms + STORM_QUIET_MS)
				end_storm(p, (enum storm_class)c);
		}
		if (!any_on(p))
			portset_del(&sw->storming, i);
	}
}

/* ---- ports and their settings ---- */

static void update_limit(struct police_limit *l, const struct rate *rate, uint32_t burst_ms,
			 uint64_t now_ms)
{
	uint64_t burst = rate->n * burst_ms / 1000;

	if (rate_equal(&l->rate, rate) && l->burst_ms == burst_ms)
		return;
	l->rate = *rate;
	l->burst_ms = burst_ms;
	if (burst_ms && !burst)
		burst = 1;
	meter_init(&l->meter, rate, burst, now_ms);
}

void sw_police_port_updated(struct sw_port *p)
{
	const struct sw_port_set *set = &p->set;
	const struct rate *storm[STORM_CLASSES] = {
		[STORM_BROADCAST] = &set->storm_broadcast,
		[STORM_MULTICAST] = &set->storm_multicast,
		[STORM_UNKNOWN] = &set->storm_unknown,
	};
	uint64_t now_ms = p->sw->now_ms;

	update_limit(&p->police.in, &set->rate_in, set->rate_in_burst_ms, now_ms);
	update_limit(&p->police.out, &set->rate_out, set->rate_out_burst_ms, now_ms);
	for (unsigned c = 0; c < STORM_CLASSES; c++) {
		struct storm *s = &p->police.storm[c];

		if (s->on && storm[c]->unit == RATE_NONE)
			end_storm(p, (enum storm_class)c);
		update_limit(&s->limit, storm[c], 0, now_ms);
	}
}

void sw_police_port_added(struct sw_port *p)
{
	memset(&p->police, 0, sizeof(p->police));
	sw_police_port_updated(p);
}

void sw_police_port_removed(struct sw_port *p)
{
	portset_del(&p->sw->storming, p->index);
}

bool sw_police_in(const struct sw_port *p)
{
	for (unsigned c = 0; c < STORM_CLASSES; c++)
		if (is_limited(&p->police.storm[c].limit))
			return true;
	return is_limited(&p->police.in);
}

bool sw_police_out(const struct sw_port *p)
{
	return is_limited(&p->police.out);
}

/* ---- frames ---- */

static bool would_pass(const struct police_limit *l, uint64_t now_ms)
{
	return !is_limited(l) || meter_would_pass_at(&l->meter, now_ms);
}

static void take(struct police_limit *l, struct meter_cost cost, uint64_t now_ms)
{
	if (!is_limited(l))
		return;
	meter_refill(&l->meter, now_ms);
	meter_take(&l->meter, cost);
}

/* STORM_CLASSES: of none, its way is known. */
static enum storm_class class_of(const struct sw *sw, const struct sw_port *in,
				 const struct frame *f, const struct verdict *v)
{
	if (f->dst == MAC_BROADCAST)
		return STORM_BROADCAST;
	if (mac_is_group(f->dst))
		return STORM_MULTICAST;
	/* looked up here only where it matters; most frames are looked up once, further on */
	if (!is_limited(&in->police.storm[STORM_UNKNOWN].limit))
		return STORM_CLASSES;
	return fdb_lookup_at(sw->fdb, v->dst_at) < 0 ? STORM_UNKNOWN : STORM_CLASSES;
}

enum drop sw_police_decide(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			   struct verdict *v)
{
	const struct police *p = &in->police;

	if (!would_pass(&p->in, sw->now_ms))
		return DROP_RATE_IN;
	v->asked |= ASKED_METER;
	v->storm = class_of(sw, in, f, v);
	if (v->storm != STORM_CLASSES && !would_pass(&p->storm[v->storm].limit, sw->now_ms))
		return classes[v->storm].drop;
	return DROP_NONE;
}

void sw_police_commit(struct sw_port *in, const struct frame *f, const struct verdict *v,
		      uint64_t now_ms)
{
	struct police *p = &in->police;
	struct meter_cost cost;

	if (v->storm != STORM_CLASSES && v->drop == classes[v->storm].drop) {
		note_excess(in, v->storm, now_ms);
		return;
	}
	cost = meter_cost(f);
	take(&p->in, cost, now_ms);
	if (v->storm != STORM_CLASSES)
		take(&p->storm[v->storm].limit, cost, now_ms);
}

bool sw_police_may_leave(const struct sw_port *out)
{
	return would_pass(&out->police.out, out->sw->now_ms);
}

void sw_police_leaves(struct sw_port *out, const struct frame *f, uint64_t now_ms)
{
	if (is_limited(&out->police.out))
		take(&out->police.out, meter_cost(f), now_ms);
}
