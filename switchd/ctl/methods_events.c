/* SPDX-License-Identifier: ISC */
/* methods_events.c - which events a client is sent from now on. */
#include <errno.h>
#include <stdio.h>

#include "core/settings.h"
#include "ctl/control.h"
#include "util/words.h"

enum { PER_SECOND_MAX = 1000000 };

/*
 * The port by its name, of the switch that is named or of any.  It has to be there now, so that a slip of
 * the fingers is told; events of one that is removed and made again are still sent.
 */
static int port_filter(struct rpc_call *call, const struct sw *only, struct hub_filter *f)
{
	const char *name = call_text(call, "port"), *best = NULL;

	if (!name)
		return 0;
	snprintf(f->port, sizeof(f->port), "%s", name);
	dp_foreach_sw (sw, call_control(call)->dp) {
		if (only && sw != only)
			continue;
		if (port_find(sw, name))
			return 0;
		sw_foreach_port (i, sw)
			word_nearest(name, sw->port[i]->name, &best);
	}
	word_unknown(&call->err, ENOENT, name, best, "%s%s has no port", only ? "switch " : "",
		     only ? only->name : "the daemon");
	err_at(&call->err, "port");
	return -ENOENT;
}

static int number_filters(struct rpc_call *call, struct hub_filter *f)
{
	json_int_t vlan, per_second;

	if (call_int(call, "vlan", -1, 0, VID_MAX - 1, &vlan) ||
	    call_int(call, "per_second", 0, 1, PER_SECOND_MAX, &per_second))
		return -EINVAL;
	f->vid = (int)vlan;
	f->per_second = (unsigned)per_second;
	return 0;
}

static int subscribe(struct rpc_call *call)
{
	struct hub_filter filter = {0};
	const struct sw *sw = NULL;
	int rc = hub_parse_filter(json_object_get(call->params, "events"), &filter, &call->err);

	if (rc) {
		err_at(&call->err, "events");
		return rc;
	}
	if (call_text(call, "switch")) {
		sw = call_switch(call);
		if (!sw)
			return -call->err.code;
		snprintf(filter.sw, sizeof(filter.sw), "%s", sw->name);
	}
	filter.of_mac = call_text(call, "mac") != NULL;
	if (port_filter(call, sw, &filter) || number_filters(call, &filter) ||
	    (filter.of_mac && call_mac(call, &filter.mac)))
		return -call->err.code;
	client_subscribe(call->client, &filter);
	call->result = json_pack("{s:b}", "subscribed", 1);
	return 0;
}

static int unsubscribe(struct rpc_call *call)
{
	client_subscribe(call->client, NULL);
	call->result = json_pack("{s:b}", "subscribed", 0);
	return 0;
}

const struct rpc_method methods_events[] = {
	{.name = "subscribe",
	 .help = "send events on this connection from now on",
	 .run = subscribe,
	 .params = {{"events", RPC_ARRAY, false, "names or groups of events; all where left out"},
		    P_ANY_SWITCH,
		    {"port", RPC_STRING, false, "only what happens at this port"},
		    {"mac", RPC_STRING, false, "only what happens to this address"},
		    {"vlan", RPC_INTEGER, false, "only of this VLAN; 0 is untagged"},
		    {"per_second", RPC_INTEGER, false,
		     "at most so many; how many were not sent is told; all where left out"}}},
	{.name = "unsubscribe", .help = "send no more events", .run = unsubscribe},
	{.name = NULL},
};
