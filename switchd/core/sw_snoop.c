/* SPDX-License-Identifier: ISC */
#include "core/sw_snoop.h"

#include <stdlib.h>
#include <string.h>

#include "util/iptext.h"
#include "util/words.h"

enum { NO_VID = SNOOP_VIDS };

bool sw_snoop_is_on(const struct sw *sw)
{
	return word_in(sw->set.mcast_snooping, "on igmp mld");
}

/* ---- settings ---- */

static struct ip_addr address_of(const char *text)
{
	struct ip_addr a = {0, 0};

	if (*text)
		(void)ip_parse(text, &a); /* it was checked when it was set */
	return a;
}

struct snoop_settings sw_snoop_cfg(const struct sw *sw)
{
	const struct sw_settings *set = &sw->set;

	return (struct snoop_settings){
		.igmp = word_in(set->mcast_snooping, "on igmp"),
		.mld = word_in(set->mcast_snooping, "on mld"),
		.unknown = set->mcast_flood_unknown ? SNOOP_UNKNOWN_FLOOD : SNOOP_UNKNOWN_ROUTERS,
		.max_groups = set->mcast_max_groups,
		.max_port_groups = set->mcast_max_port_groups,
		.max_sources = set->mcast_max_sources,
		.robustness = set->mcast_robustness,
		.query_interval_s = set->mcast_query_interval_s,
		.query_response_ms = set->mcast_query_response_ms,
		.last_member_ms = set->mcast_last_member_ms,
		.querier = set->mcast_querier,
		.igmp_version = (uint8_t)set->mcast_igmp_version,
		.mld_version = (uint8_t)set->mcast_mld_version,
		.mac = sw->mac,
		.igmp_source = address_of(set->mcast_querier_ipv4),
		.mld_source = address_of(set->mcast_querier_ipv6),
	};
}

static struct snoop_port_settings port_cfg(const struct sw_port_set *set)
{
	return (struct snoop_port_settings){
		.fast_leave = set->mcast_fast_leave,
		.router = strcmp(set->mcast_router, "never") == 0 ? SNOOP_ROUTER_NEVER
								  : SNOOP_ROUTER_AUTO,
	};
}

static bool is_router(const struct sw_port *p)
{
	return strcmp(p->set.mcast_router, "always") == 0;
}

/* ---- what it does ---- */

static void on_send(void *arg, uint16_t vid, const uint8_t *frame, size_t len)
{
	sw_send_vlan(arg, vid, frame, len);
}

/* ---- ports and VLANs ---- */

void sw_snoop_port_link(struct sw_port *p)
{
	if (p->sw->snoop && !p->link)
		snoop_port_down(p->sw->snoop, p->index);
}

/* Everything that follows from settings is looked at anew in the next tick. */
static void look_again(struct sw *sw)
{
	sw->snooping->next_vid = 0;
	sw->snooping->statics = true;
}

void sw_snoop_port_added(struct sw_port *p)
{
	const struct snoop_port_settings set = port_cfg(&p->set);

	if (!p->sw->snoop)
		return;
	snoop_port_configure(p->sw->snoop, p->index, &set);
	look_again(p->sw);
}

void sw_snoop_port_removed(struct sw_port *p)
{
	struct sw_snooping *s = p->sw->snooping;

	for (unsigned i = 0; i < s->groups;)
		if (s->group[i].port == p->index)
			s->group[i] = s->group[--s->groups];
		else
			i++;
	portset_del(&s->routers, p->index);
	portset_del(&s->talked, p->index);
	s->told[p->index] = 0;
	s->skipped[p->index] = 0;
	if (!p->sw->snoop)
		return;
	snoop_port_del(p->sw->snoop, p->index);
	look_again(p->sw);
}

static void leave_vlans(struct sw_port *p, const struct vidset *was)
{
	vidset_foreach (vid, was)
		if (!vidset_has(&p->vlan.members, vid))
			snoop_port_leaves(p->sw->snoop, p->index, (uint16_t)vid);
}

void sw_snoop_port_updated(struct sw_port *p, const struct vidset *was)
{
	const struct snoop_port_settings set = port_cfg(&p->set);

	if (!p->sw->snoop)
		return;
	snoop_port_configure(p->sw->snoop, p->index, &set);
	if (p->sw->set.vlan_aware)
		leave_vlans(p, was);
	look_again(p->sw);
}

void sw_snoop_vlan_updated(struct sw *sw, unsigned vid)
{
	if (vid < sw->snooping->next_vid)
		sw->snooping->next_vid = vid;
	sw->snooping->statics = true;
}

void sw_snoop_topology_changed(struct sw *sw)
{
	sw->snooping->next_stale = 0;
}

static bool is_snooped(const struct sw *sw, unsigned vid)
{
	const struct vlan *v = &sw->vlans->vlan[vid];

	if (!sw->set.vlan_aware)
		return vid == VID_NONE;
	return vid >= VID_FIRST && vid <= VID_LAST && !v->set.mcast_flood &&
	       !portset_empty(&v->members, sw->words);
}

/* Makes a VLAN what it is to be.  1: that was work; 0: it was so; or -errno. */
static int look_at_vlan(struct sw *sw, uint16_t vid, uint64_t now_ms)
{
	const struct sw_vlan_set *set = &sw->vlans->vlan[vid].set;
	const struct snoop_vlan_settings own = {
		.querier = sw->set.vlan_aware && set->mcast_querier,
		.igmp_source = address_of(sw->set.vlan_aware ? set->mcast_querier_ipv4 : ""),
	};
	bool there = snoop_vlan_is(sw->snoop, vid);
	int rc;

	if (!is_snooped(sw, vid)) {
		if (there)
			snoop_vlan_del(sw->snoop, vid);
		return there;
	}
	rc = snoop_vlan_add(sw->snoop, vid, now_ms);
	if (rc == 0)
		(void)snoop_vlan_configure(sw->snoop, vid, &own, now_ms);
	return rc ? rc : !there;
}

static void look_at_vlans(struct sw *sw, uint64_t now_ms)
{
	struct sw_snooping *s = sw->snooping;
	int budget = SNOOP_VLANS_AT_ONCE, rc;

	for (; s->next_vid < NO_VID && budget > 0; s->next_vid++) {
		rc = look_at_vlan(sw, (uint16_t)s->next_vid, now_ms);
		if (rc < 0) /* there may be memory next time */
			return;
		budget -= rc;
	}
}

static void ask_stale(struct sw *sw, uint64_t now_ms)
{
	struct sw_snooping *s = sw->snooping;

	for (int budget = SNOOP_VLANS_AT_ONCE; s->next_stale < NO_VID && budget > 0;
	     s->next_stale++) {
		if (!snoop_vlan_is(sw->snoop, (uint16_t)s->next_stale))
			continue;
		snoop_topology_changed(sw->snoop, (uint16_t)s->next_stale, now_ms);
		budget--;
	}
}

/* ---- what the administrator says ---- */

static void put_router(struct sw_port *p, bool on)
{
	struct sw *sw = p->sw;

	if (!sw->set.vlan_aware) {
		(void)snoop_static_router(sw->snoop, VID_NONE, p->index, on);
		return;
	}
	vidset_foreach (vid, &p->vlan.members)
		(void)snoop_static_router(sw->snoop, (uint16_t)vid, p->index, on);
}

/* A VLAN or a port that is not there is passed over: it is tried again when it comes. */
static void put_statics(struct sw *sw, uint64_t now_ms)
{
	struct sw_snooping *s = sw->snooping;

	sw_foreach_port (i, sw) {
		struct sw_port *p = sw->port[i];

		if (!is_router(p) && !portset_has(&s->routers, i))
			continue;
		put_router(p, is_router(p));
		if (is_router(p))
			portset_add(&s->routers, i);
		else
			portset_del(&s->routers, i);
	}
	for (unsigned i = 0; i < s->groups; i++)
		sw_group_put(sw, &s->group[i], now_ms);
	s->statics = false;
}

/* ---- on and off ---- */

static void stop(struct sw *sw)
{
	snoop_free(sw->snoop);
	sw->snoop = NULL;
	portset_clear(&sw->snooping->routers, PORTSET_WORDS);
}

static void start(struct sw *sw, uint64_t now_ms)
{
	const struct snoop_settings set = sw_snoop_cfg(sw);
	const struct snoop_ops ops = {.arg = sw, .send = on_send, .event = sw_snoop_tell};

	sw->snoop = snoop_new(&set, &sw->key, &ops, now_ms);
	if (!sw->snoop)
		return;
	sw->snooping->set = sw->set;
	sw->snooping->next_stale = NO_VID;
	sw_foreach_port (i, sw)
		sw_snoop_port_added(sw->port[i]);
	look_again(sw);
}

/* The tables are made for a number of groups, and for sources or not: others are other tables. */
static bool needs_other_tables(const struct sw_settings *was, const struct sw_settings *set)
{
	return was->mcast_max_groups != set->mcast_max_groups ||
	       (!was->mcast_max_sources && set->mcast_max_sources);
}

/* Does anything differ that is given to the snooping? */
static bool differs(const struct sw_settings *a, const struct sw_settings *b)
{
	opt_foreach (o, sw_options)
		if (strncmp(o->name, "mcast_", 6) == 0 && !opt_equal(o, a, b))
			return true;
	return false;
}

void sw_snoop_update(struct sw *sw)
{
	if (!sw->snoop)
		return;
	if (!sw_snoop_is_on(sw) || needs_other_tables(&sw->snooping->set, &sw->set))
		stop(sw); /* the next tick starts it anew */
	else
		look_again(sw);
}

static void configure(struct sw *sw, uint64_t now_ms)
{
	const struct snoop_settings set = sw_snoop_cfg(sw);

	if (!differs(&sw->snooping->set, &sw->set))
		return;
	snoop_configure(sw->snoop, &set, now_ms);
	sw->snooping->set = sw->set;
}

void sw_snoop_tick(struct sw *sw, uint64_t now_ms)
{
	struct sw_snooping *s = sw->snooping;

	s->now_ms = now_ms;
	sw_snoop_renew_telling(sw, now_ms);
	if (!sw_snoop_is_on(sw))
		return;
	if (!sw->snoop)
		start(sw, now_ms);
	if (!sw->snoop)
		return;
	configure(sw, now_ms);
	look_at_vlans(sw, now_ms);
	if (s->statics && s->next_vid == NO_VID)
		put_statics(sw, now_ms);
	ask_stale(sw, now_ms);
	(void)snoop_tick(sw->snoop, now_ms); /* what is left has the next tick */
}

void sw_snoop_commit(struct sw *sw, const struct snoop_verdict *v, uint64_t now_ms)
{
	snoop_commit(sw->snoop, v, now_ms);
}

struct sw_snooping *sw_snoop_new(void)
{
	return calloc(1, sizeof(struct sw_snooping));
}

void sw_snoop_free(struct sw *sw)
{
	snoop_free(sw->snoop);
	if (sw->snooping)
		free(sw->snooping->group);
	free(sw->snooping);
}
