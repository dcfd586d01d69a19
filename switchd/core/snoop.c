/* SPDX-License-Identifier: ISC */
/* snoop.c - the switch that is snooped for, its VLANs and its ports. */
#include "core/snoop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "core/snoop_impl.h"

void snoop_defaults(struct snoop_settings *set)
{
	*set = (struct snoop_settings){
		.igmp = true,
		.mld = true,
		.unknown = SNOOP_UNKNOWN_ROUTERS,
		.max_groups = 4096,
		.max_port_groups = 1024,
		.max_sources = 64,
		.robustness = 2,
		.query_interval_s = 125,
		.query_response_ms = 10000,
		.last_member_ms = 1000,
		.igmp_version = 3,
		.mld_version = 2,
		.igmp_source = ip4(0),
	};
}

void snoop_tell(const struct snoop_fam *f, struct snoop_event ev)
{
	const struct snoop_ops *ops = &f->s->ops;

	ev.vid = f->vid;
	ev.v6 = f->v6;
	if (ops->event)
		ops->event(ops->arg, &ev);
}

/* From now on its bit counts. */
void snoop_see_port(struct snoop *s, unsigned port)
{
	portset_add(&s->seen, port);
	if (port / 64 >= s->words)
		s->words = port / 64 + 1;
}

struct snoop *snoop_new(const struct snoop_settings *set, const struct siphash_key *key,
			const struct snoop_ops *ops, uint64_t now_ms)
{
	struct snoop *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->set = *set;
	s->key = *key;
	s->ops = *ops;
	s->words = 1;
	s->wheel_at = now_ms >> WHEEL_SHIFT;
	if (!snoop_tables_open(s)) {
		snoop_tables_close(s);
		free(s);
		return NULL;
	}
	return s;
}

void snoop_free(struct snoop *s)
{
	if (!s)
		return;
	for (unsigned vid = 0; vid < SNOOP_VIDS; vid++)
		snoop_vlan_del(s, (uint16_t)vid);
	snoop_tables_close(s);
	free(s);
}

/* ---- VLANs ---- */

static void forget_groups(struct snoop_fam *f, bool statics)
{
	struct snoop_group *g, *gnext;
	struct snoop_member *m, *mnext;

	for (g = f->groups; g; g = gnext) {
		gnext = g->fnext;
		for (m = g->members; m; m = mnext) { /* the last takes the group with it */
			mnext = m->next;
			if (statics)
				snoop_remove_member(f->s, m);
			else
				snoop_forget_member(f->s, m);
		}
	}
}

static void forget_routers(struct snoop_fam *f, bool tell)
{
	while (f->routers)
		snoop_router_gone(f, f->routers->port, tell);
}

static void open_fam(struct snoop *s, struct snoop_fam *f, uint16_t vid, bool v6)
{
	f->s = s;
	f->vid = vid;
	f->v6 = v6;
	f->query.kind = TIMER_QUERY;
	f->other.kind = TIMER_OTHER;
	f->settle.kind = TIMER_SETTLE;
	f->spill.kind = TIMER_OVERFLOW;
	f->querier_port = SNOOP_NO_PORT;
}

int snoop_vlan_add(struct snoop *s, uint16_t vid, uint64_t now_ms)
{
	struct snoop_vlan *v;

	if (vid >= SNOOP_VIDS)
		return -EINVAL;
	if (s->vlan[vid])
		return 0;
	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	s->vlan[vid] = v;
	for (int v6 = 0; v6 < 2; v6++) {
		open_fam(s, &v->fam[v6], vid, v6);
		snoop_fam_start(&v->fam[v6], now_ms);
	}
	return 0;
}

bool snoop_vlan_is(const struct snoop *s, uint16_t vid)
{
	return vid < SNOOP_VIDS && s->vlan[vid];
}

void snoop_vlan_del(struct snoop *s, uint16_t vid)
{
	struct snoop_vlan *v = vid < SNOOP_VIDS ? s->vlan[vid] : NULL;

	if (!v)
		return;
	for (int v6 = 0; v6 < 2; v6++) {
		forget_groups(&v->fam[v6], true);
		forget_routers(&v->fam[v6], false);
		snoop_fam_stop(&v->fam[v6]);
	}
	s->vlan[vid] = NULL;
	free(v);
}

int snoop_vlan_configure(struct snoop *s, uint16_t vid, const struct snoop_vlan_settings *set,
			 uint64_t now_ms)
{
	struct snoop_vlan *v = vid < SNOOP_VIDS ? s->vlan[vid] : NULL;
	bool same;

	if (!v)
		return -ENOENT;
	same = v->set.querier == set->querier && ip_equal(v->set.igmp_source, set->igmp_source);
	v->set = *set;
	for (int v6 = 0; v6 < 2 && !same; v6++)
		if (snoop_enabled(s, v6))
			snoop_fam_reset(&v->fam[v6], now_ms);
	return 0;
}

static void switch_off(struct snoop_fam *f)
{
	forget_groups(f, false);
	forget_routers(f, true);
	snoop_fam_stop(f);
}

void snoop_configure(struct snoop *s, const struct snoop_settings *set, uint64_t now_ms)
{
	uint32_t max_groups = s->set.max_groups;
	bool no_sources = s->set.max_sources == 0;

	s->set = *set;
	s->set.max_groups = max_groups;
	if (no_sources)
		s->set.max_sources = 0;
	for (unsigned vid = 0; vid < SNOOP_VIDS; vid++)
		for (int v6 = 0; s->vlan[vid] && v6 < 2; v6++) {
			struct snoop_fam *f = &s->vlan[vid]->fam[v6];

			if (!snoop_enabled(s, v6))
				switch_off(f);
			else
				snoop_fam_reset(f, now_ms);
		}
}

void snoop_topology_changed(struct snoop *s, uint16_t vid, uint64_t now_ms)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct snoop_fam *f = snoop_fam(s, vid, v6);

		if (f)
			snoop_resettle(f, now_ms);
	}
}

/* ---- ports ---- */

void snoop_port_configure(struct snoop *s, unsigned port, const struct snoop_port_settings *set)
{
	s->port[port].set = *set;
	if (set->router != SNOOP_ROUTER_NEVER)
		return;
	for (unsigned vid = 0; vid < SNOOP_VIDS; vid++)
		for (int v6 = 0; s->vlan[vid] && v6 < 2; v6++)
			snoop_router_gone(&s->vlan[vid]->fam[v6], port, true);
}

/* What was learned there, or with `statics` all of it; vid -1: everywhere. */
static void forget_port(struct snoop *s, unsigned port, int vid, bool statics)
{
	struct snoop_member *m, *next;
	bool was_static;

	for (m = s->port[port].members; m; m = next) {
		next = m->pnext;
		if (vid >= 0 && m->group->fam->vid != vid)
			continue;
		was_static = m->is_static;
		snoop_forget_member(s, m);
		if (statics && was_static) /* it is still there */
			snoop_remove_member(s, m);
	}
}

static void forget_port_in(struct snoop_fam *f, unsigned port, bool statics)
{
	snoop_router_gone(f, port, true);
	portset_del(&f->overflow, port);
	portset_del(&f->overflow_old, port);
	if (statics)
		portset_del(&f->fixed, port);
}

static void forget_port_everywhere(struct snoop *s, unsigned port, bool statics)
{
	forget_port(s, port, -1, statics);
	for (unsigned vid = 0; vid < SNOOP_VIDS; vid++)
		for (int v6 = 0; s->vlan[vid] && v6 < 2; v6++)
			forget_port_in(&s->vlan[vid]->fam[v6], port, statics);
}

void snoop_port_down(struct snoop *s, unsigned port)
{
	forget_port_everywhere(s, port, false);
}

void snoop_port_del(struct snoop *s, unsigned port)
{
	forget_port_everywhere(s, port, true);
	portset_del(&s->seen, port);
	memset(&s->port[port], 0, sizeof(s->port[port]));
}

void snoop_port_leaves(struct snoop *s, unsigned port, uint16_t vid)
{
	forget_port(s, port, vid, true);
	for (int v6 = 0; v6 < 2; v6++) {
		struct snoop_fam *f = snoop_fam(s, vid, v6);

		if (f)
			forget_port_in(f, port, true);
	}
}

/* ---- the administrator's word ---- */

int snoop_static_add(struct snoop *s, uint16_t vid, struct ip_addr group, unsigned port,
		     uint64_t now_ms)
{
	struct snoop_fam *f = snoop_fam(s, vid, !ip_is_v4(group));
	struct snoop_member *m;

	if (!f)
		return -ENOENT;
	if (!ip_is_group(group) || mcast_is_everybodys(group))
		return -EINVAL;
	m = snoop_find_member(s, snoop_find_group(s, f, group), port);
	if (!m)
		m = snoop_add_member(f, group, port, true, now_ms);
	if (!m)
		return -ENOSPC;
	if (m->is_static)
		return 0;
	m->is_static = true;
	portset_add(&m->group->fixed, port);
	snoop_count(s, port, 0, 1);
	return 0;
}

int snoop_static_del(struct snoop *s, uint16_t vid, struct ip_addr group, unsigned port)
{
	struct snoop_fam *f = snoop_fam(s, vid, !ip_is_v4(group));
	struct snoop_member *m;

	m = f ? snoop_find_member(s, snoop_find_group(s, f, group), port) : NULL;
	if (!m || !m->is_static)
		return -ENOENT;
	if (!m->learned) {
		snoop_remove_member(s, m);
		return 0;
	}
	m->is_static = false;
	portset_del(&m->group->fixed, port);
	snoop_count(s, port, 0, -1);
	return 0;
}

int snoop_static_router(struct snoop *s, uint16_t vid, unsigned port, bool on)
{
	if (!snoop_fam(s, vid, false))
		return -ENOENT;
	snoop_see_port(s, port);
	for (int v6 = 0; v6 < 2; v6++) {
		struct portset *fixed = &s->vlan[vid]->fam[v6].fixed;

		if (on)
			portset_add(fixed, port);
		else
			portset_del(fixed, port);
	}
	return 0;
}
