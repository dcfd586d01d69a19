/* SPDX-License-Identifier: ISC */
/*
 * check_state.c - what switches say of themselves: where a station is, what was counted.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"
#include "util/mac.h"

#define COUNT_MAX INT64_C(1000000000000)

/* Names of counters, as stats.get has them. */
#define SWITCH_COUNTERS                                                                    \
	"forwarded flooded dropped learned moved aged evicted refused_full refused_limit " \
	"refused_static refused_locked flapping"
#define PORT_COUNTERS                                                                           \
	"rx_frames rx_bytes rx_unicast rx_multicast rx_broadcast rx_super rx_control rx_drops " \
	"tx_frames tx_bytes tx_drops tx_mirrored filter_in_passed filter_in_refused "           \
	"filter_out_passed filter_out_refused learned moved_here learn_refused"

static json_t *ask(const struct lab_env *env, const char *method, json_t *params, struct fail *f)
{
	return env->call(env->arg, method, params, f);
}

/* ---- where a station is ---- */

static const struct check_field mac_fields[] = {
	{.name = "host",
	 .type = FIELD_HOST,
	 .off = FIELD(host),
	 .help = "the host whose address is looked for"},
	{.name = "interface",
	 .type = FIELD_INTERFACE,
	 .off = FIELD(interface),
	 .help = "of which of its interfaces; default: the first"},
	{.name = "mac",
	 .type = FIELD_MAC,
	 .off = FIELD(mac),
	 .help = "the address that is looked for, instead of a host's"},
	{.name = "switch",
	 .type = FIELD_SWITCH,
	 .off = FIELD(sw),
	 .required = true,
	 .help = "the switch whose table it is to be in"},
	{.name = "port",
	 .type = FIELD_PORT,
	 .off = FIELD(port),
	 .help = "the port it is to be at; default: any"},
	{.name = "vlan",
	 .type = FIELD_NUMBER,
	 .off = FIELD(vlan),
	 .max = 4094,
	 .help = "the VLAN it is to be in; default: any"},
	FIELD_END,
};

static int mac_complete(struct check *c, const struct lab *lab, struct fail *f)
{
	const struct lab_host *h = lab_find_host(lab, c->host);
	char at[64];

	field_at(at, sizeof(at), c->at, "mac");
	if (!*c->host == !c->mac)
		return lab_error(lab, f, at, "it needs a \"host\" or a \"mac\", one of the two");
	if (*c->interface && !*c->host)
		return lab_error(lab, f, at, "\"interface\" is of a \"host\"");
	if (h && !h->interfaces)
		return lab_error(lab, f, at, "%s has no interface, and so no address", c->host);
	if (h && !*c->interface)
		snprintf(c->interface, sizeof(c->interface), "%s", h->interface[0].name);
	return 0;
}

static const char *station(const struct check *c, char mac[MAC_STR_SIZE])
{
	return *c->host ? c->host : mac_format(c->mac, mac);
}

static char *mac_describe(const struct check *c)
{
	char mac[MAC_STR_SIZE], vlan[24] = "";

	if (c->vlan >= 0)
		snprintf(vlan, sizeof(vlan), " in VLAN %d", (int)c->vlan);
	return text_format("%s %s %s%s%s%s", c->sw, c->expect ? "has" : "does not have",
			   station(c, mac), *c->port ? " at port " : "", c->port, vlan);
}

/* The address a host's interface has now; 0 or a status. */
static int find_mac(const struct check *c, const struct lab_env *env, char mac[MAC_STR_SIZE],
		    struct check_result *r, struct fail *f)
{
	json_t *now;

	*mac = '\0';
	if (!*c->host) {
		mac_format(c->mac, mac);
		return 0;
	}
	now = host_now(env, c->host, f);
	if (!now)
		return f->status ? f->status : -1;
	snprintf(mac, MAC_STR_SIZE, "%s", js_str(json_object_get(now, c->interface), "mac"));
	json_decref(now);
	if (!*mac)
		observe(r, "%s has no interface %s", c->host, c->interface);
	return 0;
}

static bool mac_judge(const struct check *c, const json_t *macs, struct check_result *r)
{
	bool found = false;
	json_t *m;
	size_t i;

	if (json_array_size(macs) == 0)
		observe(r, "it is not in the table of %s", c->sw);
	json_array_foreach (macs, i, m) {
		bool right = (!*c->port || strcmp(js_str(m, "port"), c->port) == 0) &&
			     (c->vlan < 0 || js_int(m, "vlan") == c->vlan);

		if (!found && js_int(m, "vlan"))
			observe(r, "at port %s in VLAN %d, %s", js_str(m, "port"),
				(int)js_int(m, "vlan"), js_str(m, "type"));
		else if (!found)
			observe(r, "at port %s, %s", js_str(m, "port"), js_str(m, "type"));
		found = found || right;
	}
	return found;
}

json_t *macs_now(const struct lab_env *env, const char *sw, const char *mac, struct fail *f)
{
	json_t *found = need(json_array()), *page, *next;
	json_int_t after = 0, last = -1;

	while (after > last) {
		page = env->call(env->arg, "mac.list",
				 need(json_pack("{s:s, s:s, s:I}", "switch", sw, "mac", mac,
						"after", after)),
				 f);
		if (!page) {
			json_decref(found);
			return NULL;
		}
		json_array_extend(found, json_object_get(page, "macs"));
		next = json_object_get(page, "next");
		last = after;
		after = json_is_integer(next) ? json_integer_value(next) : last;
		json_decref(page);
	}
	return found;
}

static int mac_try(const struct check *c, const struct lab *lab, const struct lab_env *env,
		   struct check_result *r, bool *holds, struct fail *f)
{
	char mac[MAC_STR_SIZE];
	json_t *macs;
	int rc = find_mac(c, env, mac, r, f);

	(void)lab;
	if (rc || !*mac)
		return rc;
	macs = macs_now(env, c->sw, mac, f);
	if (!macs)
		return f->status ? f->status : -1;
	*holds = mac_judge(c, macs, r);
	json_decref(macs);
	return 0;
}

static void mac_explain(const struct check *c, const struct lab *lab, const struct lab_env *env,
			struct check_result *r)
{
	(void)lab;
	(void)env;
	if (c->expect && strncmp(r->observed, "at port", 7) != 0)
		because(r,
			"a switch learns an address from the frames that come from it, and forgets it when none has come for some time");
}

const struct check_kind check_mac = {
	.name = "mac",
	.help = "at which port of a switch a station is",
	.fields = mac_fields,
	.complete = mac_complete,
	.describe = mac_describe,
	.try = mac_try,
	.explain = mac_explain,
};

/* ---- what was counted ---- */

static const struct check_field drops_fields[] = {
	{.name = "switch",
	 .type = FIELD_SWITCH,
	 .off = FIELD(sw),
	 .required = true,
	 .help = "the switch that dropped"},
	{.name = "port",
	 .type = FIELD_PORT,
	 .off = FIELD(port),
	 .help = "at which port; default: at any, all together"},
	{.name = "reason",
	 .type = FIELD_REASON,
	 .off = FIELD(reason),
	 .help = "why; default: any reason"},
	{.name = "min",
	 .type = FIELD_NUMBER,
	 .off = FIELD(min),
	 .max = COUNT_MAX,
	 .help = "so many frames or more; default 1, or 0 where \"max\" is given"},
	{.name = "max",
	 .type = FIELD_NUMBER,
	 .off = FIELD(max),
	 .max = COUNT_MAX,
	 .help = "so many frames or fewer"},
	FIELD_END,
};

static const struct check_field counter_fields[] = {
	{.name = "switch",
	 .type = FIELD_SWITCH,
	 .off = FIELD(sw),
	 .required = true,
	 .help = "the switch that counted"},
	{.name = "port",
	 .type = FIELD_PORT,
	 .off = FIELD(port),
	 .help = "the port the counter is of; default: the switch itself"},
	{.name = "counter",
	 .type = FIELD_WORD,
	 .off = FIELD(counter),
	 .words = SWITCH_COUNTERS " " PORT_COUNTERS,
	 .required = true,
	 .help = "the name of the counter, as swctl show stats has it"},
	{.name = "min",
	 .type = FIELD_NUMBER,
	 .off = FIELD(min),
	 .max = COUNT_MAX,
	 .help = "so many or more; default 1, or 0 where \"max\" is given"},
	{.name = "max",
	 .type = FIELD_NUMBER,
	 .off = FIELD(max),
	 .max = COUNT_MAX,
	 .help = "so many or fewer"},
	FIELD_END,
};

static int bounds_complete(struct check *c, const struct lab *lab, struct fail *f)
{
	char at[64];

	field_at(at, sizeof(at), c->at, c->kind->name);
	if (c->min < 0)
		c->min = c->max >= 0 ? 0 : 1;
	if (c->max >= 0 && c->min > c->max)
		return lab_error(lab, f, at, "\"min\" is above \"max\"");
	return 0;
}

static int counter_complete(struct check *c, const struct lab *lab, struct fail *f)
{
	const char *of = *c->port ? PORT_COUNTERS : SWITCH_COUNTERS, *p;
	size_t len = strlen(c->counter);
	bool known = false;
	char at[64];

	for (p = strstr(of, c->counter); p && !known; p = strstr(p + 1, c->counter))
		known = (p == of || p[-1] == ' ') && (p[len] == ' ' || !p[len]);
	field_at(at, sizeof(at), c->at, "counter.counter");
	if (!known)
		return lab_error(lab, f, at, "\"%s\" is a counter of %s", c->counter,
				 *c->port ? "a switch, and there is a \"port\""
					  : "a port, and there is no \"port\"");
	return bounds_complete(c, lab, f);
}

static const char *bounds_text(const struct check *c, char out[64])
{
	if (c->max >= 0 && c->min > 0)
		snprintf(out, 64, "%" PRId64 " to %" PRId64, c->min, c->max);
	else if (c->max >= 0)
		snprintf(out, 64, "at most %" PRId64, c->max);
	else
		snprintf(out, 64, "at least %" PRId64, c->min);
	return out;
}

static char *drops_describe(const struct check *c)
{
	bool one = c->max < 0 ? c->min == 1 : c->max == 1;
	char bounds[64];

	return text_format("%s %s %s frame%s%s%s%s%s", c->sw,
			   c->expect ? "dropped" : "did not drop", bounds_text(c, bounds),
			   one ? "" : "s", *c->port ? " at port " : "", c->port,
			   *c->reason ? " as " : "", c->reason);
}

static char *counter_describe(const struct check *c)
{
	char bounds[64];

	return text_format("%s%s%s counted %s%s as %s", c->sw, *c->port ? " port " : "", c->port,
			   c->expect ? "" : "not ", bounds_text(c, bounds), c->counter);
}

static bool within_bounds(const struct check *c, json_int_t n)
{
	return n >= c->min && (c->max < 0 || n <= c->max);
}

static int drops_try(const struct check *c, const struct lab *lab, const struct lab_env *env,
		     struct check_result *r, bool *holds, struct fail *f)
{
	json_t *all = ask(env, "drops.list", need(json_pack("{s:s}", "switch", c->sw)), f), *d;
	json_int_t n = 0;
	size_t i;

	(void)lab;
	if (!all)
		return f->status ? f->status : -1;
	json_array_foreach (json_object_get(all, "drops"), i, d) {
		bool here = !*c->port || strcmp(js_str(d, "port"), c->port) == 0;

		if (here && (!*c->reason || strcmp(js_str(d, "reason"), c->reason) == 0)) {
			n += js_int(d, "count");
		} else if (here && c->expect) {
			because(r, "%" JSON_INTEGER_FORMAT " %s dropped at port %s as %s",
				js_int(d, "count"),
				js_int(d, "count") == 1 ? "frame was" : "frames were",
				js_str(d, "port"), js_str(d, "reason"));
		}
	}
	observe(r, "%" JSON_INTEGER_FORMAT " frame%s", n, n == 1 ? "" : "s");
	*holds = within_bounds(c, n);
	json_decref(all);
	return 0;
}

static const json_t *stats_of(const json_t *all, const char *port)
{
	const json_t *sw = json_array_get(json_object_get(all, "switches"), 0);
	json_t *p;
	size_t i;

	if (!*port)
		return json_object_get(sw, "stats");
	json_array_foreach (json_object_get(sw, "ports"), i, p) {
		if (strcmp(js_str(p, "port"), port) == 0)
			return json_object_get(p, "stats");
	}
	return NULL;
}

static int counter_try(const struct check *c, const struct lab *lab, const struct lab_env *env,
		       struct check_result *r, bool *holds, struct fail *f)
{
	json_t *all = ask(env, "stats.get", need(json_pack("{s:s}", "switch", c->sw)), f);
	const json_t *stats = stats_of(all, c->port);
	json_int_t n = js_int(stats, c->counter);

	(void)lab;
	if (!all)
		return f->status ? f->status : -1;
	if (js_has(stats, c->counter)) {
		observe(r, "%" JSON_INTEGER_FORMAT, n);
		*holds = within_bounds(c, n);
	} else {
		observe(r, "there is no such port or counter");
	}
	json_decref(all);
	return 0;
}

const struct check_kind check_drops = {
	.name = "drops",
	.help = "how many frames a switch dropped, and why",
	.fields = drops_fields,
	.complete = bounds_complete,
	.describe = drops_describe,
	.try = drops_try,
};

const struct check_kind check_counter = {
	.name = "counter",
	.help = "what a switch or a port has counted",
	.fields = counter_fields,
	.complete = counter_complete,
	.describe = counter_describe,
	.try = counter_try,
};
