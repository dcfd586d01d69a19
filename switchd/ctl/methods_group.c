/* SPDX-License-Identifier: ISC */
/*
 * methods_group.c - multicast groups: who is in which, who asks, where the routers are.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/sw_snoop.h"
#include "ctl/control.h"
#include "port/port.h"
#include "util/text.h"

enum {
	LIST_MAX = 1000,    /* memberships in one answer */
	LIST_AT_ONCE = 64,  /* of these, before frames may flow */
	SCAN_MAX = 16384,   /* slots looked at in one go, where few or none of them match */
	VLANS_AT_ONCE = 64, /* described before frames may flow */
};

static void set_addr(json_t *o, const char *key, struct ip_addr a)
{
	char text[IP_STR_SIZE];

	json_object_set_new(o, key, json_string(ip_format(a, text)));
}

/* Rounded up: what has not expired yet has a second. */
static json_t *seconds(uint32_t ms)
{
	return json_integer(((json_int_t)ms + 999) / 1000);
}

static int read_group(struct rpc_call *call, struct ip_addr *group)
{
	const char *text = call_text(call, "group");
	char shown[TEXT_SHOWN_SIZE];

	if (ip_parse(text, group) && ip_is_group(*group))
		return 0;
	err_set(&call->err, EINVAL,
		"found \"%s\", allowed is the address of a multicast group like 239.1.2.3 or ff05::1",
		text_shown(text, shown));
	err_at(&call->err, "group");
	return -EINVAL;
}

/* ---- memberships ---- */

static void add_source(json_t *list, const struct snoop_source_info *i)
{
	json_t *row = json_object();

	set_addr(row, "source", i->addr);
	json_object_set_new(row, "blocked", json_boolean(i->blocked));
	if (!i->blocked)
		json_object_set_new(row, "expires_s", seconds(i->expires_ms));
	json_array_append_new(list, row);
}

static json_t *sources_of(const struct sw *sw, uint32_t slot, unsigned n, uint64_t now_ms)
{
	struct snoop_source_info *info = calloc(n ? n : 1, sizeof(*info));
	json_t *list = json_array();

	n = info ? snoop_sources(sw->snoop, slot, now_ms, info, n) : 0;
	for (unsigned i = 0; i < n; i++)
		add_source(list, &info[i]);
	free(info);
	return list;
}

/* Which hosts are there: "igmpv3", "mldv1". */
static json_t *version_name(bool v6, unsigned version)
{
	return json_sprintf("%sv%u", v6 ? "mld" : "igmp", version);
}

static json_t *describe_group(const struct sw *sw, uint16_t vid, struct ip_addr group,
			      unsigned port, bool is_static)
{
	json_t *row = json_pack("{s:s, s:i, s:s, s:b}", "switch", sw->name, "vlan", (int)vid,
				"port", sw->port[port]->name, "static", (int)is_static);

	set_addr(row, "group", group);
	return row;
}

static json_t *describe_member(const struct sw *sw, uint32_t slot, const struct snoop_group_info *i,
			       uint64_t now_ms)
{
	json_t *row = describe_group(sw, i->vid, i->group, i->port, i->is_static);

	if (!i->learned)
		return row;
	json_object_set_new(row, "version", version_name(!ip_is_v4(i->group), i->version));
	json_object_set_new(row, "mode", json_string(i->exclude ? "exclude" : "include"));
	json_object_set_new(row, "sources", sources_of(sw, slot, i->n_sources, now_ms));
	json_object_set_new(row, "age_s", json_integer(i->age_ms / 1000));
	if (i->exclude)
		json_object_set_new(row, "expires_s", seconds(i->expires_ms));
	return row;
}

struct member_filter {
	struct page page;
	bool any_group;
	struct ip_addr group;
};

static int read_filter(struct rpc_call *call, struct sw *sw, struct member_filter *f)
{
	f->any_group = !call_text(call, "group");
	if (!f->any_group && read_group(call, &f->group))
		return -EINVAL;
	return call_page(call, sw, LIST_MAX, &f->page);
}

static bool passes(const struct member_filter *f, uint16_t vid, struct ip_addr group, unsigned port)
{
	return page_wants(&f->page, port, vid) && (f->any_group || ip_equal(f->group, group));
}

/* Where there is no snooping, what is set is all there is. */
static void list_statics(const struct sw *sw, const struct member_filter *f, json_t *list)
{
	for (unsigned i = 0; i < sw->snooping->groups; i++) {
		const struct sw_group *g = &sw->snooping->group[i];

		if (passes(f, g->vid, g->group, g->port))
			json_array_append_new(list,
					      describe_group(sw, g->vid, g->group, g->port, true));
	}
}

/* Returns where to go on, or NULL when that was all. */
static json_t *list_members(const struct rpc_call *call, const struct sw *sw,
			    const struct member_filter *f, json_t *list)
{
	uint32_t slot = (uint32_t)f->page.after;
	uint32_t end = slot < UINT32_MAX - SCAN_MAX ? slot + SCAN_MAX : UINT32_MAX;
	struct snoop_group_info info;

	while ((json_int_t)json_array_size(list) < f->page.limit &&
	       snoop_walk(sw->snoop, &slot, end, call_now(call), &info)) {
		if (!passes(f, info.vid, info.group, info.port))
			continue;
		json_array_append_new(list, describe_member(sw, slot, &info, call_now(call)));
		if (json_array_size(list) % LIST_AT_ONCE == 0)
			call_breathe(call);
	}
	return slot < snoop_slots(sw->snoop) ? json_integer(slot) : NULL;
}

static int group_list(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	struct snoop_stats st = {0};
	struct member_filter f;
	json_t *list, *next = NULL;
	int rc;

	if (!sw)
		return -call->err.code;
	rc = read_filter(call, sw, &f);
	if (rc)
		return rc;
	list = json_array();
	if (sw->snoop) {
		next = list_members(call, sw, &f, list);
		snoop_stats(sw->snoop, &st);
	} else {
		list_statics(sw, &f, list);
		st.members = sw->snooping->groups;
	}
	call->result = json_pack("{s:o, s:o, s:I}", "groups", list, "next",
				 next ? next : json_null(), "total", (json_int_t)st.members);
	return 0;
}

/* ---- queriers and routers ---- */

static json_t *routers_of(const struct sw *sw, uint16_t vid, bool v6, uint64_t now_ms)
{
	struct snoop_router_info i;
	struct portset ports;
	json_t *list = json_array(), *row;

	if (snoop_routers(sw->snoop, vid, v6, &ports))
		portset_clear(&ports, PORTSET_WORDS);
	portset_foreach (p, &ports, sw->words) {
		if (!sw->port[p] || !snoop_router(sw->snoop, vid, v6, p, now_ms, &i))
			continue;
		row = json_pack("{s:s, s:b}", "port", sw->port[p]->name, "static",
				(int)i.is_static);
		if (i.learned)
			set_addr(row, "router", i.addr);
		if (i.learned && i.expires_ms != MCAST_HOLD_FOREVER)
			json_object_set_new(row, "expires_s", seconds(i.expires_ms));
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *describe_querier(const struct sw *sw, const struct snoop_querier_info *i, bool v6)
{
	json_t *q = json_pack("{s:b, s:o, s:i, s:I, s:f, s:o}", "self", (int)i->self, "version",
			      version_name(v6, i->version), "robustness", (int)i->qrv, "interval_s",
			      (json_int_t)i->qqi_s, "response_s", i->query_response_ms / 1000.0,
			      "expires_s", seconds(i->expires_ms));

	set_addr(q, "address", i->addr);
	if (i->port != SNOOP_NO_PORT && sw->port[i->port])
		json_object_set_new(q, "port", json_string(sw->port[i->port]->name));
	return q;
}

/* Without a querier nobody says what he wants, so all is flooded; and until the first answers are in. */
static const char *state_of(const struct snoop_querier_info *i)
{
	return !i->known ? "no_querier" : i->settling ? "settling" : "snooping";
}

static json_t *describe_family(const struct sw *sw, uint16_t vid, bool v6, uint64_t now_ms)
{
	struct snoop_querier_info i = {0};
	json_t *o;

	(void)snoop_querier(sw->snoop, vid, v6, now_ms, &i);
	o = json_pack("{s:i, s:s, s:s, s:o}", "vlan", (int)vid, "family", v6 ? "ipv6" : "ipv4",
		      "state", state_of(&i), "routers", routers_of(sw, vid, v6, now_ms));
	if (i.known)
		json_object_set_new(o, "querier", describe_querier(sw, &i, v6));
	return o;
}

static json_t *list_families(const struct rpc_call *call, const struct sw *sw)
{
	const struct snoop_settings set = sw_snoop_cfg(sw);
	json_t *list = json_array();
	unsigned n = 0;

	for (unsigned vid = 0; vid <= VID_LAST; vid++) {
		if (!snoop_vlan_is(sw->snoop, (uint16_t)vid))
			continue;
		for (int v6 = 0; v6 < 2; v6++)
			if (v6 ? set.mld : set.igmp)
				json_array_append_new(list, describe_family(sw, (uint16_t)vid, v6,
									    call_now(call)));
		if (++n % VLANS_AT_ONCE == 0)
			call_breathe(call);
	}
	return list;
}

static json_t *two(const uint64_t of[2])
{
	return json_pack("{s:I, s:I}", "igmp", (json_int_t)of[0], "mld", (json_int_t)of[1]);
}

static json_t *describe_port_stats(const struct sw *sw, unsigned port)
{
	struct snoop_port_stats st;
	uint32_t members, sources;

	snoop_port_stats(sw->snoop, port, &st);
	members = snoop_port_members(sw->snoop, port, &sources);
	return json_pack("{s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I}",
			 "port", sw->port[port]->name, "groups", (json_int_t)members, "sources",
			 (json_int_t)sources, "reports", two(st.reports), "leaves", two(st.leaves),
			 "queries", two(st.queries), "bad", two(st.bad), "hellos",
			 (json_int_t)st.hellos, "guarded", (json_int_t)st.guarded, "refused",
			 (json_int_t)st.refused, "evicted", (json_int_t)st.evicted, "widened",
			 (json_int_t)st.widened, "cut", (json_int_t)st.cut);
}

static json_t *list_port_stats(const struct rpc_call *call, const struct sw *sw)
{
	json_t *list = json_array();

	sw_foreach_port (i, sw) {
		json_array_append_new(list, describe_port_stats(sw, i));
		if (i % VLANS_AT_ONCE == VLANS_AT_ONCE - 1)
			call_breathe(call);
	}
	return list;
}

static void list_snooping(const struct rpc_call *call, const struct sw *sw, json_t *list)
{
	struct snoop_stats st;

	if (!sw->snoop)
		return;
	snoop_stats(sw->snoop, &st);
	json_array_append_new(
		list, json_pack("{s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "switch", sw->name,
				"groups", (json_int_t)st.groups, "members", (json_int_t)st.members,
				"statics", (json_int_t)st.statics, "sources",
				(json_int_t)st.sources, "sent", two(st.sent), "vlans",
				list_families(call, sw), "ports", list_port_stats(call, sw)));
}

static int group_queriers(struct rpc_call *call)
{
	json_t *list = json_array();

	return answer_list(call, "switches", list, each_switch(call, list_snooping, list));
}

/* ---- changing ---- */

/* In a switch that is vlan_aware the VLAN of untagged frames, where none is said. */
static int read_place(struct rpc_call *call, struct sw *sw, struct port *p, json_int_t *vid,
		      struct ip_addr *group)
{
	json_int_t pvid = sw->set.vlan_aware ? vlan_pvid(&p->cfg.set) : 0;

	if (read_group(call, group))
		return -EINVAL;
	return call_int(call, "vlan", pvid, 0, VID_LAST, vid);
}

typedef int change(struct sw *sw, uint16_t vid, struct ip_addr group, struct sw_port *p,
		   struct err *e);

static int change_group(struct rpc_call *call, change *fn)
{
	struct sw *sw = call_switch(call);
	struct port *p = sw ? call_port(call, sw) : NULL;
	struct ip_addr group;
	json_int_t vid;

	if (!p)
		return -call->err.code;
	if (read_place(call, sw, p, &vid, &group))
		return -EINVAL;
	return fn(sw, (uint16_t)vid, group, &p->core, &call->err);
}

static int group_add(struct rpc_call *call)
{
	return change_group(call, sw_group_add);
}

static int group_del(struct rpc_call *call)
{
	return change_group(call, sw_group_del);
}

#define P_GROUP                                                  \
	{                                                        \
		"group", RPC_STRING, true, "the group's address" \
	}
#define P_VLAN                                                                   \
	{                                                                        \
		"vlan", RPC_INTEGER, false,                                      \
			"its VLAN; left out, that of the port's untagged frames" \
	}

const struct rpc_method methods_group[] = {
	{.name = "group.list",
	 .lists = true,
	 .help = "memberships of multicast groups, learned and static, up to 1000 at a time",
	 .run = group_list,
	 .params = {P_ONE_SWITCH,
		    {"port", RPC_STRING, false, "only those of this port"},
		    {"group", RPC_STRING, false, "only this group"},
		    {"vlan", RPC_INTEGER, false, "only this VLAN; 0 = of a switch that knows none"},
		    {"after", RPC_INTEGER, false, "\"next\" of the answer before"},
		    {"limit", RPC_INTEGER, false, "at most so many"}}},
	{.name = "group.queriers",
	 .lists = true,
	 .help = "who asks for memberships in each VLAN, where routers are, and what was heard; of "
		 "switches that snoop",
	 .run = group_queriers,
	 .params = {P_ANY_SWITCH}},
	{.name = "group.add",
	 .help = "a port that gets a group whatever is heard",
	 .changes = true,
	 .run = group_add,
	 .params = {P_ONE_SWITCH,
		    P_GROUP,
		    {"port", RPC_STRING, true, "the port that gets it"},
		    P_VLAN}},
	{.name = "group.del",
	 .help = "take that back",
	 .changes = true,
	 .run = group_del,
	 .params = {P_ONE_SWITCH,
		    P_GROUP,
		    {"port", RPC_STRING, true, "the port that has it"},
		    P_VLAN}},
	{.name = NULL},
};
