/* SPDX-License-Identifier: ISC */
/*
 * methods_stp.c - the spanning tree, looked at.
 */
#include <errno.h>

#include "core/sw_stp.h"
#include "ctl/control.h"
#include "port/port.h"

enum { PORTS_AT_ONCE = 16 }; /* described before frames may flow */

static void set_id(json_t *o, const char *key, uint64_t id)
{
	char text[STP_ID_SIZE];

	json_object_set_new(o, key, json_string(stp_id_format(id, text)));
}

static json_t *port_or_null(const struct sw *sw, int port)
{
	return port >= 0 && sw->port[port] ? json_string(sw->port[port]->name) : json_null();
}

static json_t *counts(uint64_t config, uint64_t rst, uint64_t tcn)
{
	return json_pack("{s:I, s:I, s:I}", "config", (json_int_t)config, "rst", (json_int_t)rst,
			 "tcn", (json_int_t)tcn);
}

/* What a guard does to the port, or NULL. */
static const char *guard_of(const struct stp_port_info *i)
{
	return i->shut ? "shut" : i->root_inconsistent ? "root_inconsistent" : NULL;
}

static json_t *describe_stp_port(const struct sw *sw, unsigned port)
{
	struct stp_port_info i;
	json_t *o, *rx;

	if (!stp_port_info(sw->stp, port, &i))
		return NULL;
	o = json_pack("{s:s, s:s, s:s, s:I, s:I, s:i, s:i, s:b, s:b, s:s}", "port",
		      sw->port[port]->name, "role", stp_role_name(i.role), "state",
		      stp_state_name(i.state), "state_s", (json_int_t)i.state_since_s, "cost",
		      (json_int_t)i.path_cost, "priority", (int)i.cfg.priority, "port_id",
		      (int)i.port_id, "edge", (int)i.edge, "p2p", (int)i.p2p, "version",
		      i.rapid ? "rstp" : "stp");
	if (guard_of(&i))
		json_object_set_new(o, "guard", json_string(guard_of(&i)));
	set_id(o, "designated_root", i.designated_root);
	set_id(o, "designated_bridge", i.designated_bridge);
	json_object_set_new(o, "designated_cost", json_integer(i.designated_cost));
	json_object_set_new(o, "designated_port", json_integer(i.designated_port));
	json_object_set_new(o, "forward_transitions",
			    json_integer((json_int_t)i.forward_transitions));
	rx = counts(i.rx_config, i.rx_rst, i.rx_tcn);
	json_object_set_new(rx, "bad", json_integer((json_int_t)i.rx_bad));
	json_object_set_new(rx, "other", json_integer((json_int_t)i.rx_other));
	json_object_set_new(o, "rx", rx);
	json_object_set_new(o, "tx", counts(i.tx_config, i.tx_rst, i.tx_tcn));
	return o;
}

static json_t *describe_bridge(const struct sw *sw)
{
	struct stp_bridge_info b;
	json_t *o;

	stp_bridge_info(sw->stp, &b);
	o = json_pack("{s:s, s:b, s:o, s:I, s:i, s:i, s:i, s:I, s:I, s:o}", "switch", sw->name,
		      "is_root", b.root_port == STP_NO_PORT, "root_port",
		      port_or_null(sw, b.root_port), "root_cost", (json_int_t)b.root_path_cost,
		      "hello_s", (int)b.hello_time_s, "forward_delay_s", (int)b.forward_delay_s,
		      "max_age_s", (int)b.max_age_s, "topology_changes",
		      (json_int_t)b.topology_changes, "topology_change_s",
		      (json_int_t)b.since_topology_change_s, "topology_change_port",
		      port_or_null(sw, b.topology_change_port));
	set_id(o, "bridge", b.bridge_id);
	set_id(o, "root", b.root_id);
	return o;
}

static void list_stp(const struct rpc_call *call, const struct sw *sw, json_t *list)
{
	json_t *bridge, *ports, *p;

	if (!sw->stp)
		return;
	bridge = describe_bridge(sw);
	ports = json_array();
	sw_foreach_port (i, sw) {
		p = describe_stp_port(sw, i);
		if (p)
			json_array_append_new(ports, p);
		if (i % PORTS_AT_ONCE == PORTS_AT_ONCE - 1)
			call_breathe(call);
	}
	json_object_set_new(bridge, "ports", ports);
	json_array_append_new(list, bridge);
}

static int stp_list(struct rpc_call *call)
{
	json_t *list = json_array();

	return answer_list(call, "switches", list, each_switch(call, list_stp, list));
}

/* The port of a switch that takes part in a tree, or NULL with call->err. */
static struct port *stp_port(struct rpc_call *call)
{
	struct sw *sw = call_switch(call);
	struct port *p = sw ? call_port(call, sw) : NULL;

	if (!p || sw->stp)
		return p;
	err_set(&call->err, EINVAL, "switch %s takes part in no spanning tree; set its stp to rstp",
		sw->name);
	return NULL;
}

static int stp_mcheck(struct rpc_call *call)
{
	struct port *p = stp_port(call);

	if (!p)
		return -call->err.code;
	stp_port_mcheck(p->core.sw->stp, p->core.index);
	return 0;
}

#define P_PORT                                               \
	{                                                    \
		"port", RPC_STRING, true, "name of the port" \
	}

const struct rpc_method methods_stp[] = {
	{.name = "stp.list",
	 .lists = true,
	 .help = "the spanning tree as each switch that takes part in it sees it, and its ports",
	 .run = stp_list,
	 .params = {P_ANY_SWITCH}},
	{.name = "stp.mcheck",
	 .help = "try RSTP again on a port that has fallen back to STP",
	 .changes = true,
	 .run = stp_mcheck,
	 .params = {P_ONE_SWITCH, P_PORT}},
	{.name = NULL},
};
