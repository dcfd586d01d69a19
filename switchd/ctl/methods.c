/* SPDX-License-Identifier: ISC */
/*
 * methods.c - what the methods share.
 */
#include <errno.h>
#include <string.h>

#include "ctl/control.h"
#include "port/port.h"
#include "util/words.h"

const struct rpc_method *const control_methods[] = {
	methods_look, methods_change, methods_mac, methods_config, NULL,
};

const char *call_text(const struct rpc_call *call, const char *name)
{
	return json_string_value(json_object_get(call->params, name));
}

struct sw *call_switch(struct rpc_call *call)
{
	const struct datapath *dp = call_control(call)->dp;
	const char *name = call_text(call, "switch");
	const char *best = NULL;

	if (!name && dp->switches == 1)
		return dp->sw[0];
	if (!name && dp->switches == 0) {
		err_set(&call->err, ENOENT, "there is no switch yet; add one first");
		return NULL;
	}
	if (!name) {
		err_set(&call->err, EINVAL, "there are %u switches: say which one is meant",
			dp->switches);
		err_at(&call->err, "switch");
		return NULL;
	}
	struct sw *sw = datapath_find(dp, name);
	if (sw)
		return sw;
	dp_foreach_sw (s, dp)
		word_nearest(name, s->name, &best);
	word_unknown(&call->err, ENOENT, name, best, "there is no switch");
	err_at(&call->err, "switch");
	return NULL;
}

struct port *call_port(struct rpc_call *call, struct sw *sw)
{
	const char *name = call_text(call, "port");
	struct port *p = port_find(sw, name);
	const char *best = NULL;

	if (p)
		return p;
	sw_foreach_port (i, sw)
		word_nearest(name, sw->port[i]->name, &best);
	word_unknown(&call->err, ENOENT, name, best, "switch %s has no port", sw->name);
	err_at(&call->err, "port");
	return NULL;
}
