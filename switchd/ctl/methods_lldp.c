/* SPDX-License-Identifier: ISC */
/*
 * methods_lldp.c - who is at the other end of each port, and what LLDP does there.
 */
#include <errno.h>

#include "core/lldp_make.h"
#include "core/sw_lldp.h"
#include "ctl/control.h"
#include "port/port.h"
#include "util/mac.h"

enum {
	LIST_MAX = 200,	    /* neighbours in one answer: each may say 1500 bytes */
	LIST_AT_ONCE = 16,  /* of these, or of ports, before frames may flow */
	PORT_STRIDE = 1024, /* in the place where a list goes on: neighbours of a port are fewer */
};

/* ---- one neighbour ---- */

/* What a neighbour says is put in where it says it. */
static void set_text(json_t *o, const char *key, struct lldp_bytes b)
{
	char text[LLDP_TEXT_SIZE];

	if (b.p)
		json_object_set_new(o, key, json_string(lldp_text(b, text)));
}

static json_t *capabilities(uint16_t caps)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < LLDP_CAPS; i++)
		if (caps >> i & 1)
			json_array_append_new(list, json_string(lldp_cap_name(i)));
	return list;
}

static json_t *addresses(const struct lldp_info *info)
{
	json_t *list = json_array();
	char text[LLDP_TEXT_SIZE];

	for (unsigned i = 0; i < info->addrs; i++)
		json_array_append_new(list, json_string(lldp_addr_text(info->addr[i].family,
								       info->addr[i].addr, text)));
	return list;
}

static json_t *vlan_names(const struct lldp_info *info)
{
	json_t *list = json_array();
	char text[LLDP_TEXT_SIZE];

	for (unsigned i = 0; i < info->vlans; i++)
		json_array_append_new(list, json_pack("{s:i, s:s}", "vlan", (int)info->vlan[i].vid,
						      "name", lldp_text(info->vlan[i].name, text)));
	return list;
}

static json_t *describe_id(const char *type, const char *id)
{
	return json_pack("{s:s, s:s}", "type", type, "id", id);
}

static json_t *describe_neighbor(const struct sw_port *p, const struct lldp_neighbor *n,
				 uint64_t now_ms)
{
	const struct lldp_info *i = &n->info;
	char chassis[LLDP_TEXT_SIZE], port[LLDP_TEXT_SIZE];
	json_t *o = json_pack("{s:s, s:s, s:o, s:o, s:i, s:I, s:I, s:I}", "switch", p->sw->name,
			      "port", p->name, "chassis",
			      describe_id(lldp_chassis_subtype_name(i->chassis.subtype),
					  lldp_chassis_text(&i->chassis, chassis)),
			      "port_id",
			      describe_id(lldp_port_subtype_name(i->port.subtype),
					  lldp_port_text(&i->port, port)),
			      "ttl_s", (int)i->ttl_s, "known_s",
			      (json_int_t)((now_ms - n->first_ms) / 1000), "age_s",
			      (json_int_t)n->age_s, "left_s", (json_int_t)n->left_s);

	set_text(o, "port_description", i->port_desc);
	set_text(o, "system_name", i->sys_name);
	set_text(o, "system_description", i->sys_desc);
	if (i->has_caps) {
		json_object_set_new(o, "capabilities", capabilities(i->caps));
		json_object_set_new(o, "enabled", capabilities(i->caps_on));
	}
	if (i->addrs)
		json_object_set_new(o, "management", addresses(i));
	if (i->has_pvid)
		json_object_set_new(o, "pvid", json_integer(i->pvid));
	if (i->vlans)
		json_object_set_new(o, "vlans", vlan_names(i));
	if (i->frame_max)
		json_object_set_new(o, "frame_max", json_integer(i->frame_max));
	return o;
}

/* ---- all of them ---- */

/* Adds those of one port from the index on, while there is room; the index that the list goes on at, or -1. */
static json_int_t list_port(const struct rpc_call *call, const struct sw_port *p, json_int_t from,
			    json_int_t limit, json_t *list)
{
	const struct lldp *agent = sw_lldp_agent(p->sw);
	uint64_t now_ms = call_now(call);
	struct lldp_neighbor n;

	for (; lldp_neighbor(agent, p->index, (unsigned)from, now_ms, &n); from++) {
		if ((json_int_t)json_array_size(list) == limit)
			return from;
		json_array_append_new(list, describe_neighbor(p, &n, now_ms));
	}
	return -1;
}

/* Of one port, or (NULL) of all; the place where the list goes on, or NULL where that is all. */
static json_t *list_neighbors(struct rpc_call *call, const struct sw *sw,
			      const struct sw_port *only, json_int_t after, json_int_t limit,
			      json_t *list)
{
	json_int_t stopped;

	sw_foreach_port (i, sw) {
		if (i < after / PORT_STRIDE || (only && only->index != i) || !sw_lldp_agent(sw))
			continue;
		stopped =
			list_port(call, sw->port[i],
				  i == after / PORT_STRIDE ? after % PORT_STRIDE : 0, limit, list);
		if (stopped >= 0)
			return json_integer((json_int_t)i * PORT_STRIDE + stopped);
		if (i % LIST_AT_ONCE == LIST_AT_ONCE - 1)
			call_breathe(call);
	}
	return json_null();
}

static int neighbor_list(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	const struct port *p = NULL;
	json_int_t after, limit;
	json_t *list, *next;

	if (!sw)
		return -call->err.code;
	if (call_text(call, "port")) {
		p = call_port(call, sw);
		if (!p)
			return -call->err.code;
	}
	if (call_int(call, "after", 0, 0, UINT32_MAX, &after) ||
	    call_int(call, "limit", LIST_MAX, 1, LIST_MAX, &limit))
		return -EINVAL;
	list = json_array();
	next = list_neighbors(call, sw, p ? &p->core : NULL, after, limit, list);
	call->result = json_pack("{s:o, s:o}", "neighbors", list, "next", next);
	return 0;
}

/* ---- what the protocol does ---- */

static json_t *describe_counts(const struct lldp_stats *s)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "tx",
			 (json_int_t)s->frames_out, "tx_too_long", (json_int_t)s->length_errors,
			 "rx", (json_int_t)s->frames_in, "rx_discarded",
			 (json_int_t)s->frames_discarded, "rx_errors",
			 (json_int_t)s->frames_in_error, "tlvs_discarded",
			 (json_int_t)s->tlvs_discarded, "tlvs_unrecognized",
			 (json_int_t)s->tlvs_unrecognized, "added", (json_int_t)s->inserts, "gone",
			 (json_int_t)s->deletes, "aged", (json_int_t)s->ageouts, "too_many",
			 (json_int_t)s->too_many);
}

static json_t *describe_lldp_port(const struct rpc_call *call, const struct sw_port *p)
{
	const struct lldp *agent = sw_lldp_agent(p->sw);
	const struct lldp_stats *stats = lldp_port_stats(agent, p->index);
	uint64_t now_ms = call_now(call);
	json_t *o;

	if (!stats)
		return NULL;
	o = json_pack("{s:s, s:s, s:I, s:b}", "port", p->name, "lldp", p->set.lldp, "neighbors",
		      (json_int_t)lldp_neighbors(agent, p->index), "full",
		      (int)lldp_too_many(agent, p->index, now_ms));
	json_object_update_new(o, describe_counts(stats));
	json_object_set_new(o, "events_untold", json_integer((json_int_t)sw_lldp_untold(p)));
	return o;
}

static void list_lldp(const struct rpc_call *call, const struct sw *sw, json_t *list)
{
	const struct lldp_cfg cfg = sw_lldp_cfg(sw);
	char text[MAC_STR_SIZE];
	json_t *ports, *p;

	if (!sw_lldp_agent(sw))
		return;
	ports = json_array();
	sw_foreach_port (i, sw) {
		p = describe_lldp_port(call, sw->port[i]);
		if (p)
			json_array_append_new(ports, p);
		if (i % LIST_AT_ONCE == LIST_AT_ONCE - 1)
			call_breathe(call);
	}
	json_array_append_new(list,
			      json_pack("{s:s, s:o, s:s, s:s, s:i, s:i, s:o}", "switch", sw->name,
					"chassis",
					describe_id(lldp_chassis_subtype_name(LLDP_CHASSIS_MAC),
						    mac_format(cfg.chassis, text)),
					"system_name", cfg.sys_name, "system_description",
					cfg.sys_desc, "interval_s", (int)cfg.tx_interval_s, "ttl_s",
					(int)lldp_ttl(&cfg), "ports", ports));
}

static int lldp_list(struct rpc_call *call)
{
	json_t *list = json_array();

	return answer_list(call, "switches", list, each_switch(call, list_lldp, list));
}

const struct rpc_method methods_lldp[] = {
	{.name = "neighbor.list",
	 .lists = true,
	 .help = "who is at the other end of each port, as they say by LLDP",
	 .run = neighbor_list,
	 .params = {P_ONE_SWITCH,
		    {"port", RPC_STRING, false, "only those at this port"},
		    {"after", RPC_INTEGER, false, "\"next\" of the answer before"},
		    {"limit", RPC_INTEGER, false, "at most so many"}}},
	{.name = "lldp.list",
	 .lists = true,
	 .help = "what each switch that speaks LLDP says of itself, and the counters of its ports",
	 .run = lldp_list,
	 .params = {P_ANY_SWITCH}},
	{.name = NULL},
};
