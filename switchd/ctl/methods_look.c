/* SPDX-License-Identifier: ISC */
/*
 * methods_look.c - methods that only look.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/shut.h"
#include "core/sw_loop.h"
#include "ctl/control.h"
#include "port/port.h"
#include "util/mac.h"

static void set_count(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

static uint64_t sum_drops(const struct sw_port_stats *s, bool out)
{
	uint64_t n = 0;

	for (int d = DROP_NONE + 1; d < DROP_COUNT; d++)
		if (drop_is_out((enum drop)d) == out)
			n += s->drops[d];
	return n;
}

static json_t *port_stats(const struct sw *sw, const struct sw_port *p)
{
	const struct fdb_port_stats *f = fdb_port_stats(sw->fdb, p->index);
	const struct sw_port_stats *s = &p->stats;
	json_t *o = json_object();

	set_count(o, "rx_frames", s->rx_frames);
	set_count(o, "rx_bytes", s->rx_bytes);
	set_count(o, "rx_unicast", s->rx_unicast);
	set_count(o, "rx_multicast", s->rx_multicast);
	set_count(o, "rx_broadcast", s->rx_broadcast);
	set_count(o, "rx_super", s->rx_super);
	set_count(o, "rx_control", s->rx_control);
	set_count(o, "rx_drops", sum_drops(s, false));
	set_count(o, "tx_frames", s->tx_frames);
	set_count(o, "tx_bytes", s->tx_bytes);
	set_count(o, "tx_drops", sum_drops(s, true));
	set_count(o, "filter_in_passed", s->filter_in_passed);
	set_count(o, "filter_in_refused", s->drops[DROP_FILTER_IN]);
	set_count(o, "filter_out_passed", s->filter_out_passed);
	set_count(o, "filter_out_refused", s->drops[DROP_FILTER_OUT]);
	set_count(o, "tx_mirrored", s->tx_mirrored);
	set_count(o, "learned", f->learned);
	set_count(o, "moved_here", f->moved_here);
	set_count(o, "learn_refused",
		  f->refused_full + f->refused_limit + f->refused_static + f->refused_locked);
	return o;
}

static json_t *switch_stats(const struct sw *sw)
{
	struct fdb_port_stats t = {0};
	json_t *o = json_object();

	sw_foreach_port (i, sw) {
		const struct fdb_port_stats *f = fdb_port_stats(sw->fdb, i);

		t.learned += f->learned;
		t.moved_here += f->moved_here;
		t.aged += f->aged;
		t.evicted += f->evicted;
		t.refused_full += f->refused_full;
		t.refused_limit += f->refused_limit;
		t.refused_static += f->refused_static;
		t.refused_locked += f->refused_locked;
		t.flapping += f->flapping;
	}
	set_count(o, "forwarded", sw->stats.forwarded);
	set_count(o, "flooded", sw->stats.flooded);
	set_count(o, "dropped", sw->stats.dropped);
	set_count(o, "learned", t.learned);
	set_count(o, "moved", t.moved_here);
	set_count(o, "aged", t.aged);
	set_count(o, "evicted", t.evicted);
	set_count(o, "refused_full", t.refused_full);
	set_count(o, "refused_limit", t.refused_limit);
	set_count(o, "refused_static", t.refused_static);
	set_count(o, "refused_locked", t.refused_locked);
	set_count(o, "flapping", t.flapping);
	return o;
}

static json_t *port_drops(const struct sw_port *p)
{
	json_t *o = json_object();

	for (int d = DROP_NONE + 1; d < DROP_COUNT; d++)
		if (p->stats.drops[d])
			set_count(o, drop_name((enum drop)d), p->stats.drops[d]);
	return o;
}

static json_t *describe_shut(const struct port *p)
{
	uint64_t left = shut_left_ms(&p->core, datapath_now(p->dp));
	json_t *o = json_pack("{s:s, s:s}", "cause", shut_name(p->core.shut), "text",
			      shut_text(p->core.shut));

	if (left)
		set_count(o, "left_s", (left + 999) / 1000);
	return o;
}

/* What frames have to go through, where that is something. */
static void describe_filters(const struct sw_port *p, json_t *o)
{
	json_t *steps = json_object();

	if (p->filter_in)
		set_count(steps, "in", filter_steps(p->filter_in));
	if (p->filter_out)
		set_count(steps, "out", filter_steps(p->filter_out));
	if (json_object_size(steps))
		json_object_set(o, "filter_instructions", steps);
	json_decref(steps);
}

static json_t *describe_loop(const struct port *p, const struct loopguard_info *i)
{
	const struct sw *sw = p->core.sw;
	json_t *o = json_pack("{s:b, s:I, s:I, s:I, s:I}", "blocked", (int)i->blocked, "loops",
			      (json_int_t)i->loops, "probes_sent", (json_int_t)i->probes_sent,
			      "probes_heard", (json_int_t)i->probes_heard, "probes_bad",
			      (json_int_t)i->probes_bad);

	if (!i->blocked)
		return o;
	if (i->other < PORTSET_MAX && sw->port[i->other])
		json_object_set_new(o, "other", json_string(sw->port[i->other]->name));
	set_count(o, "blocked_s", i->blocked_s);
	set_count(o, "retry_s", i->retry_s);
	json_object_set_new(o, "seen", json_boolean(i->seen));
	return o;
}

json_t *describe_port(const struct port *p)
{
	json_t *limits = describe_limits(&p->core, datapath_now(p->dp)),
	       *links = describe_impair(p);
	const struct sw *sw = p->core.sw;
	struct port_device d = {0};
	struct loopguard_info loop;
	char mac[MAC_STR_SIZE];
	json_t *o;

	p->ops->describe(p, &d);
	o = json_pack("{s:s, s:s, s:s, s:s, s:I}", "switch", sw->name, "port", p->cfg.name, "type",
		      p->cfg.type, "state", port_state_name(p->state), "state_s",
		      (json_int_t)((datapath_now(p->dp) - p->state_since_ms) / 1000));
	if (p->reason[0])
		json_object_set_new(o, "reason", json_string(p->reason));
	if (p->core.shut != SHUT_NOT)
		json_object_set_new(o, "shut", describe_shut(p));
	if (sw_loop_info(&p->core, datapath_now(p->dp), &loop))
		json_object_set_new(o, "loop", describe_loop(p, &loop));
	if (p->parent)
		json_object_set_new(o, "parent", json_string(p->parent->cfg.name));
	json_object_set_new(o, "ifname", json_string(d.ifname));
	set_count(o, "ifindex", (uint64_t)d.ifindex);
	if (d.local[0])
		json_object_set_new(o, "local", json_string(d.local));
	if (d.peer[0])
		json_object_set_new(o, "peer", json_string(d.peer));
	json_object_set_new(o, "netns", json_string(d.netns));
	json_object_set_new(o, "mac", json_string(d.mac ? mac_format(d.mac, mac) : ""));
	set_count(o, "mtu", d.mtu);
	if (p->core.speed_mbit)
		set_count(o, "speed_mbit", p->core.speed_mbit);
	set_count(o, "macs", fdb_port_stats(sw->fdb, p->core.index)->entries);
	set_count(o, "sticky_macs", fdb_port_stats(sw->fdb, p->core.index)->sticky);
	if (sw->set.vlan_aware)
		json_object_set_new(o, "vlan",
				    json_pack("{s:s, s:i}", "mode", vlan_port_mode(&p->cfg.set),
					      "pvid", (int)vlan_pvid(&p->cfg.set)));
	if (limits)
		json_object_set_new(o, "limits", limits);
	if (links)
		json_object_set_new(o, "impair", links);
	json_object_set_new(o, "config", config_dump_port(&p->cfg));
	describe_filters(&p->core, o);
	json_object_set_new(o, "stats", port_stats(sw, &p->core));
	json_object_set_new(o, "drops", port_drops(&p->core));
	return o;
}

/* Ports looked at before frames may flow: what a port has to tell takes some 20 us to gather. */
enum { PORTS_AT_ONCE = 16 };

static void breathe_at(const struct rpc_call *call, unsigned port)
{
	if (port % PORTS_AT_ONCE == PORTS_AT_ONCE - 1)
		call_breathe(call);
}

static int daemon_info(struct rpc_call *call)
{
	const struct control *c = call_control(call);
	const struct datapath *dp = c->dp;

	call->result =
		json_pack("{s:s, s:i, s:I, s:i}", "version", SWITCHD_VERSION, "pid", (int)getpid(),
			  "uptime_s", (json_int_t)((datapath_now(dp) - dp->opened_ms) / 1000),
			  "clients", (int)c->count);
	if (c->config_file)
		json_object_set_new(call->result, "config_file", json_string(c->config_file));
	return 0;
}

static void list_switch(const struct rpc_call *call, const struct sw *sw, json_t *list)
{
	call_breathe(call); /* its counters are the sums of its ports' */
	json_array_append_new(list, json_pack("{s:s, s:i, s:I, s:o, s:o}", "name", sw->name,
					      "ports", (int)portset_count(&sw->attached, sw->words),
					      "macs", (json_int_t)fdb_count(sw->fdb), "settings",
					      config_dump_all(sw_options, &sw->set), "stats",
					      switch_stats(sw)));
}

static int switch_list(struct rpc_call *call)
{
	json_t *list = json_array();

	return answer_list(call, "switches", list, each_switch(call, list_switch, list));
}

static void list_ports(const struct rpc_call *call, const struct sw *sw, json_t *list)
{
	sw_foreach_port (i, sw) {
		json_array_append_new(list, describe_port(port_of(sw->port[i])));
		breathe_at(call, i);
	}
}

static int port_list(struct rpc_call *call)
{
	json_t *list = json_array();

	if (!call_text(call, "port"))
		return answer_list(call, "ports", list, each_switch(call, list_ports, list));
	struct sw *sw = call_switch(call);
	const struct port *p = sw ? call_port(call, sw) : NULL;
	if (p)
		json_array_append_new(list, describe_port(p));
	return answer_list(call, "ports", list, p ? 0 : -call->err.code);
}

static void list_stats(const struct rpc_call *call, const struct sw *sw, json_t *list)
{
	json_t *ports = json_array();

	sw_foreach_port (i, sw) {
		json_array_append_new(ports, json_pack("{s:s, s:o}", "port", sw->port[i]->name,
						       "stats", port_stats(sw, sw->port[i])));
		breathe_at(call, i);
	}
	json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "switch", sw->name, "stats",
					      switch_stats(sw), "ports", ports));
}

static int stats_get(struct rpc_call *call)
{
	json_t *list = json_array();

	return answer_list(call, "switches", list, each_switch(call, list_stats, list));
}

/* ---- drops ---- */

static const char *direction(enum drop d)
{
	return drop_is_out(d) ? "out" : "in";
}

static void list_port_drops(const struct sw_port *p, json_t *list)
{
	for (int i = DROP_NONE + 1; i < DROP_COUNT; i++) {
		enum drop d = (enum drop)i;

		if (p->stats.drops[d])
			json_array_append_new(list,
					      json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "switch",
							p->sw->name, "port", p->name, "direction",
							direction(d), "reason", drop_name(d),
							"count", (json_int_t)p->stats.drops[d],
							"text", drop_text(d)));
	}
}

static void list_drops(const struct rpc_call *call, const struct sw *sw, json_t *list)
{
	sw_foreach_port (i, sw) {
		list_port_drops(sw->port[i], list);
		breathe_at(call, i);
	}
}

static int drops_list(struct rpc_call *call)
{
	json_t *list = json_array();

	if (!call_text(call, "port"))
		return answer_list(call, "drops", list, each_switch(call, list_drops, list));
	struct sw *sw = call_switch(call);
	const struct port *p = sw ? call_port(call, sw) : NULL;
	if (p)
		list_port_drops(&p->core, list);
	return answer_list(call, "drops", list, p ? 0 : -call->err.code);
}

static int refuse_reason(struct rpc_call *call, const char *reason)
{
	const char *best = NULL;

	for (int d = DROP_NONE + 1; d < DROP_COUNT; d++)
		word_nearest(reason, drop_name((enum drop)d), &best);
	return word_unknown(&call->err, ENOENT, reason, best, "there is no drop reason");
}

static int drops_explain(struct rpc_call *call)
{
	const char *reason = call_text(call, "reason");
	json_t *list = json_array();

	for (int i = DROP_NONE + 1; i < DROP_COUNT; i++) {
		enum drop d = (enum drop)i;

		if (!reason || strcmp(reason, drop_name(d)) == 0)
			json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "reason",
							      drop_name(d), "direction",
							      direction(d), "text", drop_text(d)));
	}
	return answer_list(call, "reasons", list,
			   json_array_size(list) ? 0 : refuse_reason(call, reason));
}

#define P_ANY_PORT                                                                      \
	{                                                                               \
		"port", RPC_STRING, false, "name of the port; all where it is left out" \
	}

const struct rpc_method methods_look[] = {
	{.name = "daemon.info", .help = "the daemon itself", .run = daemon_info},
	{.name = "switch.list",
	 .help = "switches, their settings and counters",
	 .run = switch_list,
	 .params = {P_ANY_SWITCH}},
	{.name = "port.list",
	 .lists = true,
	 .help = "ports, their state, device, settings and counters",
	 .run = port_list,
	 .params = {P_ANY_SWITCH, P_ANY_PORT}},
	{.name = "stats.get",
	 .lists = true,
	 .help = "counters of switches and ports",
	 .run = stats_get,
	 .params = {P_ANY_SWITCH}},
	{.name = "drops.list",
	 .lists = true,
	 .help = "frames dropped, by port and reason",
	 .run = drops_list,
	 .params = {P_ANY_SWITCH, P_ANY_PORT}},
	{.name = "drops.explain",
	 .help = "what the reasons for dropping a frame mean",
	 .run = drops_explain,
	 .params = {{"reason", RPC_STRING, false, "one reason; all where it is left out"}}},
	{.name = NULL},
};
