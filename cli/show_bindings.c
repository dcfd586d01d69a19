/* SPDX-License-Identifier: ISC */
/*
 * show_bindings.c - "show bindings": who has which address where; "show guard": what is watched.
 */
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "util/iptext.h"

/* By switch, VLAN and address. */
static int by_address(const void *pa, const void *pb)
{
	const json_t *a = *(json_t *const *)pa, *b = *(json_t *const *)pb;
	json_int_t va = js_int(a, "vlan"), vb = js_int(b, "vlan");
	struct ip_addr x = {0, 0}, y = {0, 0};
	int d = strcmp(js_str(a, "switch"), js_str(b, "switch"));

	if (d == 0)
		d = (va > vb) - (va < vb);
	if (d)
		return d;
	(void)ip_parse(js_str(a, "ip"), &x);
	(void)ip_parse(js_str(b, "ip"), &y);
	return ip_equal(x, y)	? strcmp(js_str(a, "mac"), js_str(b, "mac"))
	       : ip_below(x, y) ? -1
				: 1;
}

static void add_row(struct table *t, const json_t *b, bool several)
{
	bool is_static = js_true(b, "static");
	char text[HUMAN_SIZE];

	table_cell(t, PLAIN, "%s", several ? js_str(b, "switch") : "");
	table_cell(t, PLAIN, "%s", js_str(b, "ip"));
	table_cell(t, PLAIN, "%s", js_str(b, "mac"));
	if (js_int(b, "vlan"))
		table_cell(t, PLAIN, "%" JSON_INTEGER_FORMAT, js_int(b, "vlan"));
	else
		table_cell(t, PLAIN, "%s", "");
	table_cell(t, PLAIN, "%s", js_str(b, "port"));
	table_cell(t, is_static ? BOLD : PLAIN, "%s", is_static ? "static" : "dhcp");
	table_cell(t, PLAIN, "%s", human_age(js_int(b, "age_s"), text));
	table_cell(t, PLAIN, "%s", js_has(b, "left_s") ? human_age(js_int(b, "left_s"), text) : "");
}

int show_bindings(struct ctx *ctx)
{
	static const struct column columns[] = {
		{"SWITCH", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"ADDRESS", 0, 0},
		{"MAC", 0, 0},
		{"VLAN", COL_HIDE_EMPTY | COL_RIGHT, 0},
		{"PORT", COL_SHORTEN, 0},
		{"TYPE", 0, 2},
		{"AGE", COL_RIGHT, 1},
		{"EXPIRES", COL_RIGHT, 0},
	};
	const struct args *a = &ctx->args;
	bool filtered = args_value(a, "port") || args_value(a, "vlan") || args_value(a, "mac");
	bool several;
	json_t *all = show_gather(ctx, "binding.list", "bindings", &several), *rows, *b;
	size_t i;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "bindings");
	js_sort(rows, by_address);
	if (!show_simple(
		    ctx, all, rows,
		    filtered ? "no binding matches"
			     : "no bindings; swctl set switch --dhcp_snooping true learns them")) {
		struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));

		json_array_foreach (rows, i, b)
			add_row(t, b, several);
		table_print(t, ctx->out, &ctx->term);
		table_free(t);
	}
	json_decref(all);
	return STATUS_OK;
}

/* "all VLANs", "VLANs 10,20", or nothing. */
static void watched_pair(struct ctx *ctx, const json_t *watched, const char *what)
{
	const char *vlans = js_str(watched, what);

	show_pair(ctx, what, "%s%s", *vlans && strcmp(vlans, "all") != 0 ? "VLANs " : "",
		  strcmp(vlans, "all") == 0 ? "all VLANs" : vlans);
}

static void tell_guard(struct ctx *ctx, const json_t *g)
{
	const json_t *stats = json_object_get(g, "stats"), *watched = json_object_get(g, "watched");
	const char *name;
	json_t *ended;

	show_pair(ctx, "switch", "%s", js_str(g, "switch"));
	watched_pair(ctx, watched, "dhcp_snooping");
	watched_pair(ctx, watched, "dhcp6_guard");
	watched_pair(ctx, watched, "arp_inspection");
	watched_pair(ctx, watched, "ra_guard");
	show_pair(ctx, "bindings",
		  "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
		  " static",
		  js_int(g, "bindings"), js_int(g, "max_bindings"), js_int(g, "statics"));
	show_pair(ctx, "leases", "%" JSON_INTEGER_FORMAT " new, %" JSON_INTEGER_FORMAT " renewed",
		  js_int(stats, "bound"), js_int(stats, "renewed"));
	json_object_foreach (json_object_get(stats, "ended"), name, ended)
		if (json_integer_value(ended))
			show_pair(ctx, name, "%" JSON_INTEGER_FORMAT, json_integer_value(ended));
	for (size_t i = 0; i < 5; i++) {
		static const char *const odd[] = {"refused_limit", "refused_full", "refused_held",
						  "contested", "malformed"};

		if (js_int(stats, odd[i]))
			show_pair(ctx, odd[i], "%" JSON_INTEGER_FORMAT, js_int(stats, odd[i]));
	}
}

int show_guard(struct ctx *ctx)
{
	bool several;
	json_t *all = show_gather(ctx, "guard.list", "switches", &several), *rows, *g;
	size_t i;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "switches");
	if (!show_simple(
		    ctx, all, rows,
		    "nothing is watched; swctl set switch --dhcp_snooping true begins with that")) {
		json_array_foreach (rows, i, g) {
			if (i)
				fputc('\n', ctx->out);
			tell_guard(ctx, g);
		}
	}
	json_decref(all);
	return STATUS_OK;
}
