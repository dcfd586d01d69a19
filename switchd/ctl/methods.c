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
	methods_look, methods_change, methods_mac,   methods_vlan,   methods_mirror, methods_guard,
	methods_stp,  methods_lldp,   methods_group, methods_config, NULL,
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

int call_int(struct rpc_call *call, const char *name, json_int_t dflt, json_int_t min,
	     json_int_t max, json_int_t *out)
{
	const json_t *v = json_object_get(call->params, name);

	*out = v ? json_integer_value(v) : dflt;
	if (!v || (*out >= min && *out <= max))
		return 0;
	err_set(&call->err, EINVAL,
		"found %" JSON_INTEGER_FORMAT ", allowed is a whole number from "
		"%" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT,
		*out, min, max);
	err_at(&call->err, name);
	return -EINVAL;
}

int each_switch(struct rpc_call *call, lister *fn, json_t *list)
{
	const struct datapath *dp = call_control(call)->dp;

	if (!call_text(call, "switch")) {
		dp_foreach_sw (sw, dp)
			fn(call, sw, list);
		return 0;
	}
	const struct sw *sw = call_switch(call);
	if (!sw)
		return -call->err.code;
	fn(call, sw, list);
	return 0;
}

int answer_list(struct rpc_call *call, const char *key, json_t *list, int rc)
{
	if (rc == 0)
		call->result = json_pack("{s:O}", key, list);
	json_decref(list);
	return rc;
}
