/* SPDX-License-Identifier: ISC */
/*
 * show_groups.c - "show groups": who asks for memberships in each VLAN and where the routers are, and which
 * ports are in which group.
 */
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "util/iptext.h"

/* ---- in order ---- */

static int by_group(const json_t *a, const json_t *b)
{
	struct ip_addr x = {0, 0}, y = {0, 0};

	(void)ip_parse(js_str(a, "group"), &x);
	(void)ip_parse(js_str(b, "group"), &y);
	return ip_equal(x, y) ? 0 : ip_below(x, y) ? -1 : 1;
}

static int by_place(const void *pa, const void *pb)
{
	const json_t *a = *(json_t *const *)pa, *b = *(json_t *const *)pb;
	json_int_t va = js_int(a, "vlan"), vb = js_int(b, "vlan");
	int d = strcmp(js_str(a, "switch"), js_str(b, "switch"));

	if (d == 0)
		d = (va > vb) - (va < vb);
	if (d == 0)
		d = by_group(a, b);
	return d ? d : strcmp(js_str(a, "port"), js_str(b, "port"));
}

/* ---- queriers ---- */

static void vlan_cell(struct table *t, const json_t *row)
{
	if (js_int(row, "vlan"))
		table_cell(t, PLAIN, "%" JSON_INTEGER_FORMAT, js_int(row, "vlan"));
	else
		table_cell(t, PLAIN, "%s", "");
}

static void routers_cell(struct table *t, const json_t *routers)
{
	char *text = text_format("%s", "");
	const json_t *r;
	size_t i;

	json_array_foreach (routers, i, r) {
		char *more = text_format("%s%s%s%s", text, i ? " " : "", js_str(r, "port"),
					 js_true(r, "static") ? " (static)" : "");

		free(text);
		text = more;
	}
	table_cell(t, PLAIN, "%s", text);
	free(text);
}

static void querier_row(struct table *t, const json_t *sw, const json_t *v, bool several)
{
	const json_t *q = json_object_get(v, "querier");
	const char *state = js_str(v, "state");
	bool asked = strcmp(state, "no_querier") != 0, settling = strcmp(state, "settling") == 0;

	table_cell(t, PLAIN, "%s", several ? js_str(sw, "switch") : "");
	vlan_cell(t, v);
	table_cell(t, PLAIN, "%s", strcmp(js_str(v, "family"), "ipv6") == 0 ? "IPv6" : "IPv4");
	table_cell(t, asked && !settling ? GREEN : YELLOW, "%s",
		   !asked     ? "flooding: nobody asks"
		   : settling ? "flooding at first"
			      : "snooping");
	table_cell(t, PLAIN, "%s", js_str(q, "address"));
	table_cell(t, PLAIN, "%s", js_true(q, "self") ? "here" : js_str(q, "port"));
	table_cell(t, PLAIN, "%s", js_str(q, "version"));
	routers_cell(t, json_object_get(v, "routers"));
}

static void tell_queriers(struct ctx *ctx, const json_t *switches, bool several)
{
	static const struct column columns[] = {
		{"SWITCH", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"VLAN", COL_HIDE_EMPTY | COL_RIGHT, 0},
		{"FAMILY", 0, 0},
		{"STATE", 0, 0},
		{"QUERIER", COL_SHORTEN, 3},
		{"AT", COL_SHORTEN, 4},
		{"SPEAKS", 0, 5},
		{"ROUTERS", COL_WRAP, 0},
	};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const json_t *sw, *v;
	size_t i, j;

	json_array_foreach (switches, i, sw)
		json_array_foreach (json_object_get(sw, "vlans"), j, v)
			querier_row(t, sw, v, several);
	table_print(t, ctx->out, &ctx->term);
	table_free(t);
}

/* ---- groups ---- */

/* "all", "all but 10.0.0.1", "10.0.0.1 10.0.0.2" */
static void sources_cell(struct table *t, const json_t *g)
{
	bool exclude = !js_has(g, "mode") || strcmp(js_str(g, "mode"), "exclude") == 0;
	char *text = text_format("%s", js_true(g, "static") || exclude ? "all" : "");
	const json_t *s;
	bool first = true;
	size_t i;

	if (js_true(g, "static")) { /* whatever hosts say */
		table_cell(t, PLAIN, "%s", text);
		free(text);
		return;
	}
	json_array_foreach (json_object_get(g, "sources"), i, s) {
		if (js_true(s, "blocked") != exclude)
			continue;
		char *more = text_format("%s%s%s", text,
					 !first	   ? " "
					 : exclude ? " but "
						   : "",
					 js_str(s, "source"));

		first = false;
		free(text);
		text = more;
	}
	table_cell(t, PLAIN, "%s", text);
	free(text);
}

/* When the last of it is forgotten, if nobody says it again. */
static json_int_t expiry(const json_t *g)
{
	json_int_t last = js_int(g, "expires_s");
	const json_t *s;
	size_t i;

	json_array_foreach (json_object_get(g, "sources"), i, s)
		if (js_int(s, "expires_s") > last)
			last = js_int(s, "expires_s");
	return last;
}

static void group_row(struct table *t, const json_t *g, bool several)
{
	bool is_static = js_true(g, "static");
	char text[HUMAN_SIZE];

	table_cell(t, PLAIN, "%s", several ? js_str(g, "switch") : "");
	vlan_cell(t, g);
	table_cell(t, PLAIN, "%s", js_str(g, "group"));
	table_cell(t, PLAIN, "%s", js_str(g, "port"));
	table_cell(t, is_static ? BOLD : PLAIN, "%s", is_static ? "static" : js_str(g, "version"));
	table_cell(t, PLAIN, "%s", js_has(g, "age_s") ? human_age(js_int(g, "age_s"), text) : "");
	table_cell(t, PLAIN, "%s", is_static ? "" : human_age(expiry(g), text));
	sources_cell(t, g);
}

static void tell_groups(struct ctx *ctx, const json_t *rows, bool several)
{
	static const struct column columns[] = {
		{"SWITCH", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"VLAN", COL_HIDE_EMPTY | COL_RIGHT, 0},
		{"GROUP", 0, 0},
		{"PORT", COL_SHORTEN, 0},
		{"HEARD", 0, 5},
		{"AGE", COL_RIGHT, 6},
		{"EXPIRES", COL_RIGHT, 4},
		{"SOURCES", COL_WRAP, 0},
	};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const json_t *g;
	size_t i;

	json_array_foreach (rows, i, g) {
		group_row(t, g, several);
	}
	table_print(t, ctx->out, &ctx->term);
	table_free(t);
}

/* What group.queriers says, of the switch that was named or of all; NULL: see ctx->fail. */
static json_t *ask_queriers(struct ctx *ctx)
{
	const char *name = args_value(&ctx->args, "switch");
	json_t *params = need(json_object());

	if (name)
		json_object_set_new(params, "switch", need(json_string(name)));
	return ctx_call(ctx, "group.queriers", params);
}

static void tell_all(struct ctx *ctx, const json_t *switches, const json_t *rows, bool several)
{
	if (json_array_size(switches) == 0)
		fprintf(ctx->out, "no multicast snooping; swctl set switch --mcast_snooping on\n");
	else
		tell_queriers(ctx, switches, several);
	if (json_array_size(rows)) {
		fputc('\n', ctx->out);
		tell_groups(ctx, rows, several);
	} else if (json_array_size(switches)) {
		fprintf(ctx->out, "\nnobody is in a group\n");
	}
}

int show_groups(struct ctx *ctx)
{
	const struct args *a = &ctx->args;
	bool filtered = args_value(a, "port") || args_value(a, "vlan") || args_value(a, "group");
	json_t *all, *rows, *queriers, *switches;
	bool several;

	all = show_gather(ctx, "group.list", "groups", &several);
	queriers = all ? ask_queriers(ctx) : NULL;
	if (!queriers) {
		json_decref(all);
		return ctx_fail(ctx);
	}
	rows = json_object_get(all, "groups");
	switches = json_object_get(queriers, "switches");
	json_object_set(all, "switches", switches);
	js_sort(rows, by_place);
	if (!filtered && !ctx->json)
		tell_all(ctx, switches, rows, several);
	else if (!show_simple(ctx, all, rows, "no group matches"))
		tell_groups(ctx, rows, several);
	json_decref(queriers);
	json_decref(all);
	return STATUS_OK;
}
