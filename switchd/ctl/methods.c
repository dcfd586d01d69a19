/* SPDX-License-Identifier: ISC */
/*
 * methods.c - what the methods share.
 */
#include <errno.h>
#include <string.h>

#include "ctl/control.h"
#include "port/port.h"
#include "util/mac.h"
#include "util/text.h"
#include "util/words.h"

const struct rpc_method *const control_methods[] = {
	/* clang-format off */
	methods_look,
	methods_events,
	methods_change,
	methods_mac,
	methods_vlan,
	methods_mirror,
	methods_impair,
	methods_guard,
	methods_stp,
	methods_lldp,
	methods_group,
	methods_config,
	methods_capture,
	methods_trace,
	NULL,
	/* clang-format on */
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

uint64_t call_now(const struct rpc_call *call)
{
	return datapath_now(call_control(call)->dp);
}

int call_page(struct rpc_call *call, struct sw *sw, json_int_t most, struct page *page)
{
	*page = (struct page){0};
	if (call_text(call, "port")) {
		page->port = call_port(call, sw);
		if (!page->port)
			return -call->err.code;
	}
	if (call_int(call, "vlan", -1, 0, VID_MAX, &page->vlan) ||
	    call_int(call, "limit", most, 1, most, &page->limit) ||
	    call_int(call, "after", 0, 0, UINT32_MAX, &page->after))
		return -EINVAL;
	return 0;
}

bool page_wants(const struct page *page, unsigned port, unsigned vid)
{
	return (!page->port || page->port->core.index == port) &&
	       (page->vlan < 0 || page->vlan == vid);
}

int call_mac(struct rpc_call *call, uint64_t *mac)
{
	const char *text = call_text(call, "mac");
	char shown[TEXT_SHOWN_SIZE];

	if (mac_parse(text, mac))
		return 0;
	err_set(&call->err, EINVAL, "found \"%s\", allowed is a MAC address like 02:00:00:00:00:01",
		text_shown(text, shown));
	err_at(&call->err, "mac");
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
