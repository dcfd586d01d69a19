/* SPDX-License-Identifier: ISC */
/*
 * methods_guard.c - who has which address where, and what was refused because of it.
 */
#include <errno.h>

#include "core/sw_guard.h"
#include "ctl/control.h"
#include "port/port.h"
#include "util/iptext.h"
#include "util/mac.h"
#include "util/text.h"

enum {
	LIST_MAX = 1000,
	LIST_AT_ONCE = 64, /* rows made before frames may flow */
};

static int read_ip(struct rpc_call *call, uint32_t *ip)
{
	const char *text = call_text(call, "ip");
	char shown[TEXT_SHOWN_SIZE];
	struct ip_addr a;

	if (ip_parse(text, &a) && ip_is_v4(a)) {
		*ip = (uint32_t)a.lo;
		return 0;
	}
	err_set(&call->err, EINVAL, "found \"%s\", allowed is an IPv4 address like 192.0.2.7",
		text_shown(text, shown));
	err_at(&call->err, "ip");
	return -EINVAL;
}

/* ---- looking ---- */

static json_t *describe_binding(const struct sw *sw, const struct binding *b, uint64_t now_ms)
{
	char mac[MAC_STR_SIZE], ip[IP_STR_SIZE];
	json_t *o =
		json_pack("{s:s, s:s, s:s, s:s, s:i, s:b, s:I}", "switch", sw->name, "mac",
			  mac_format(b->mac, mac), "ip", ip_format(ip4(b->ip), ip), "port",
			  sw->port[b->port]->name, "vlan", (int)b->vid, "static", (int)b->is_static,
			  "age_s", (json_int_t)((now_ms - b->since_ms) / 1000));

	if (b->expires_ms != BINDING_FOREVER)
		json_object_set_new(o, "left_s",
				    json_integer((json_int_t)((b->expires_ms - now_ms) / 1000)));
	return o;
}

struct binding_filter {
	struct page page;
	uint64_t mac; /* MAC_NONE = any */
};

static int read_filter(struct rpc_call *call, struct sw *sw, struct binding_filter *f)
{
	f->mac = MAC_NONE;
	if (call_text(call, "mac") && call_mac(call, &f->mac))
		return -EINVAL;
	return call_page(call, sw, LIST_MAX, &f->page);
}

static bool passes(const struct binding_filter *f, const struct binding *b, uint64_t now_ms)
{
	return page_wants(&f->page, b->port, b->vid) && (f->mac == MAC_NONE || f->mac == b->mac) &&
	       b->expires_ms > now_ms;
}

/* Returns where to go on, or NULL when that was all. */
static json_t *list_bindings(const struct rpc_call *call, const struct sw *sw,
			     const struct binding_filter *f, json_t *list)
{
	uint32_t slot = (uint32_t)f->page.after;
	struct binding b;

	while (bindings_walk(guard_bindings(sw->guard->guard), &slot, &b)) {
		if (!passes(f, &b, call_now(call)))
			continue;
		json_array_append_new(list, describe_binding(sw, &b, call_now(call)));
		if ((json_int_t)json_array_size(list) == f->page.limit)
			return json_integer(slot);
		if (json_array_size(list) % LIST_AT_ONCE == 0)
			call_breathe(call);
	}
	return NULL;
}

static int binding_list(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	struct binding_counts n = {0};
	struct binding_filter f;
	json_t *list, *next = NULL;
	int rc;

	if (!sw)
		return -call->err.code;
	rc = read_filter(call, sw, &f);
	if (rc)
		return rc;
	list = json_array();
	if (sw->guard) {
		next = list_bindings(call, sw, &f, list);
		n = bindings_count(guard_bindings(sw->guard->guard));
	}
	call->result = json_pack("{s:o, s:o, s:i}", "bindings", list, "next",
				 next ? next : json_null(), "total", (int)n.all);
	return 0;
}

static json_t *watched(const struct sw *sw)
{
	static const struct {
		enum guard_what what;
		const char *name;
	} names[] = {
		{GUARD_DHCP, "dhcp_snooping"},
		{GUARD_DHCP6, "dhcp6_guard"},
		{GUARD_ARP, "arp_inspection"},
		{GUARD_RA, "ra_guard"},
	};
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct vidset vids = {0};
		char text[VIDSET_TEXT_SIZE];
		bool all = true;

		for (unsigned vid = VID_FIRST; vid <= VID_LAST; vid++) {
			bool on = sw_guard_vlan(sw, vid) & names[i].what;

			all &= on;
			if (on)
				vidset_add(&vids, vid);
		}
		json_object_set_new(
			o, names[i].name,
			json_string(all ? "all" : vidset_format(&vids, text, sizeof(text))));
	}
	return o;
}

static json_t *describe_stats(const struct guard_stats *s)
{
	json_t *ended = json_object();

	for (int i = 0; i < BINDING_END_COUNT; i++)
		json_object_set_new(ended, binding_end_name((enum binding_end)i),
				    json_integer((json_int_t)s->ended[i]));
	return json_pack("{s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I}", "bound", (json_int_t)s->bound,
			 "renewed", (json_int_t)s->renewed, "ended", ended, "refused_limit",
			 (json_int_t)s->refused_limit, "refused_full", (json_int_t)s->refused_full,
			 "refused_held", (json_int_t)s->refused_held, "contested",
			 (json_int_t)s->contested, "malformed", (json_int_t)s->malformed);
}

static void list_guards(const struct rpc_call *call, const struct sw *sw, json_t *list)
{
	struct binding_counts n;
	const struct bindings *b;

	if (!sw->guard)
		return;
	b = guard_bindings(sw->guard->guard);
	n = bindings_count(b);
	json_array_append_new(list,
			      json_pack("{s:s, s:o, s:i, s:i, s:i, s:o}", "switch", sw->name,
					"watched", watched(sw), "bindings", (int)n.all, "statics",
					(int)n.statics, "max_bindings", (int)bindings_max(b),
					"stats", describe_stats(guard_stats(sw->guard->guard))));
	call_breathe(call);
}

static int guard_list(struct rpc_call *call)
{
	json_t *list = json_array();

	return answer_list(call, "switches", list, each_switch(call, list_guards, list));
}

/* ---- changing ---- */

static int binding_add(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	struct port *p = sw ? call_port(call, sw) : NULL;
	uint64_t mac;
	uint32_t ip;
	json_int_t vid;

	if (!p)
		return -call->err.code;
	if (call_mac(call, &mac) || read_ip(call, &ip) ||
	    call_int(call, "vlan", sw->set.vlan_aware ? vlan_pvid(&p->cfg.set) : 0, 0, VID_LAST,
		     &vid))
		return -EINVAL;
	return sw_guard_bind(sw, (uint16_t)vid, mac, ip, &p->core, call_now(call), &call->err);
}

static int binding_del(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	uint64_t mac;
	uint32_t ip;
	json_int_t vid;

	if (!sw)
		return -call->err.code;
	if (call_mac(call, &mac) || read_ip(call, &ip) ||
	    call_int(call, "vlan", sw->set.vlan_aware ? VID_FIRST : 0, 0, VID_LAST, &vid))
		return -EINVAL;
	return sw_guard_unbind(sw, (uint16_t)vid, mac, ip, &call->err);
}

#define P_MAC                                            \
	{                                                \
		"mac", RPC_STRING, true, "the station's" \
	}
#define P_IP                                               \
	{                                                  \
		"ip", RPC_STRING, true, "its IPv4 address" \
	}

const struct rpc_method methods_guard[] = {
	{.name = "binding.list",
	 .lists = true,
	 .help = "stations and the IPv4 addresses they have, by DHCP or as set, up to 1000 at a time",
	 .run = binding_list,
	 .params = {P_ONE_SWITCH,
		    {"port", RPC_STRING, false, "only those of this port"},
		    {"mac", RPC_STRING, false, "only this station"},
		    {"vlan", RPC_INTEGER, false, "only this VLAN; 0 = of a switch that knows none"},
		    {"after", RPC_INTEGER, false, "\"next\" of the answer before"},
		    {"limit", RPC_INTEGER, false, "at most so many"}}},
	{.name = "binding.add",
	 .help = "a station that has an address whatever DHCP says",
	 .changes = true,
	 .run = binding_add,
	 .params = {P_ONE_SWITCH,
		    P_MAC,
		    P_IP,
		    {"port", RPC_STRING, true, "the port that it is behind"},
		    {"vlan", RPC_INTEGER, false,
		     "its VLAN; left out, that of the port's untagged frames"}}},
	{.name = "binding.del",
	 .help = "end a binding, learned or set",
	 .changes = true,
	 .run = binding_del,
	 .params = {P_ONE_SWITCH,
		    P_MAC,
		    P_IP,
		    {"vlan", RPC_INTEGER, false,
		     "its VLAN; left out, 1, or 0 in a switch that knows none"}}},
	{.name = "guard.list",
	 .lists = true,
	 .help = "what is watched in which VLANs, and what became of leases",
	 .run = guard_list,
	 .params = {P_ANY_SWITCH}},
	{.name = NULL},
};
