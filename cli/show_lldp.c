/* SPDX-License-Identifier: ISC */
/*
 * show_lldp.c - "show neighbors": who is at the other end of each port; and "show lldp": what we say.
 */
#include <stdlib.h>
#include <string.h>

#include "show.h"

/* The texts of an array with `between` between them, to be freed; "" where there are none. */
static char *join(const json_t *list, const char *between)
{
	char *all = text_format("%s", "");
	const json_t *v;
	size_t i;

	json_array_foreach (list, i, v) {
		char *one = js_show(v);
		char *longer = text_format("%s%s%s", all, i ? between : "", one);

		free(one);
		free(all);
		all = longer;
	}
	return all;
}

/* What it is, or, where it does not say, what it could be. */
static const json_t *what_it_is(const json_t *n)
{
	const json_t *on = json_object_get(n, "enabled");

	return json_array_size(on) ? on : json_object_get(n, "capabilities");
}

/* ---- all of them ---- */

static void neighbor_row(struct table *t, const json_t *n, bool several)
{
	char *what = join(what_it_is(n), ",");
	char left[HUMAN_SIZE];

	if (several)
		table_cell(t, PLAIN, "%s", js_str(n, "switch"));
	table_cell(t, PLAIN, "%s", js_str(n, "port"));
	table_cell(t, PLAIN, "%s", js_str(n, "system_name"));
	table_cell(t, PLAIN, "%s", js_str(json_object_get(n, "port_id"), "id"));
	table_cell(t, PLAIN, "%s", js_str(json_object_get(n, "chassis"), "id"));
	table_cell(t, PLAIN, "%s", what);
	table_cell(t, PLAIN, "%s", human_age(js_int(n, "left_s"), left));
	free(what);
}

static void tell_neighbors(struct ctx *ctx, const json_t *rows, bool several)
{
	static const struct column columns[] = {
		{"SWITCH", COL_SHORTEN, 0},   {"PORT", COL_SHORTEN, 0},
		{"NEIGHBOR", COL_SHORTEN, 0}, {"ITS PORT", COL_SHORTEN, 0},
		{"CHASSIS", COL_SHORTEN, 2},  {"IS", COL_SHORTEN, 3},
		{"LEFT", COL_RIGHT, 4},
	};
	size_t skip = several ? 0 : 1, i;
	struct table *t = table_new(columns + skip, sizeof(columns) / sizeof(columns[0]) - skip);
	const json_t *n;

	json_array_foreach (rows, i, n) {
		neighbor_row(t, n, several);
	}
	table_print(t, ctx->out, &ctx->term);
	table_free(t);
}

/* ---- one port ---- */

static void tell_id(struct ctx *ctx, const char *key, const json_t *id)
{
	show_pair(ctx, key, "%s (%s)", js_str(id, "id"), js_str(id, "type"));
}

static void tell_list(struct ctx *ctx, const char *key, const json_t *list)
{
	char *all = join(list, ", ");

	show_pair(ctx, key, "%s", all);
	free(all);
}

static void tell_vlans(struct ctx *ctx, const json_t *n)
{
	char *names = text_format("%s", "");
	const json_t *v;
	size_t i;

	json_array_foreach (json_object_get(n, "vlans"), i, v) {
		char *longer = text_format("%s%s%" JSON_INTEGER_FORMAT " %s", names, i ? ", " : "",
					   js_int(v, "vlan"), js_str(v, "name"));

		free(names);
		names = longer;
	}
	if (js_int(n, "pvid"))
		show_pair(ctx, "pvid", "%" JSON_INTEGER_FORMAT, js_int(n, "pvid"));
	else if (js_has(n, "pvid"))
		show_pair(ctx, "pvid", "none");
	show_pair(ctx, "vlans", "%s", names);
	free(names);
}

static void tell_neighbor(struct ctx *ctx, const json_t *n)
{
	char age[HUMAN_SIZE], known[HUMAN_SIZE], left[HUMAN_SIZE];

	show_pair(ctx, "port", "%s", js_str(n, "port"));
	show_pair(ctx, "switch", "%s", js_str(n, "switch"));
	show_pair(ctx, "neighbor", "%s", js_str(n, "system_name"));
	show_pair(ctx, "description", "%s", js_str(n, "system_description"));
	tell_id(ctx, "chassis", json_object_get(n, "chassis"));
	tell_id(ctx, "its port", json_object_get(n, "port_id"));
	show_pair(ctx, "called", "%s", js_str(n, "port_description"));
	tell_list(ctx, "is", json_object_get(n, "enabled"));
	tell_list(ctx, "can be", json_object_get(n, "capabilities"));
	tell_list(ctx, "managed at", json_object_get(n, "management"));
	tell_vlans(ctx, n);
	if (js_int(n, "frame_max"))
		show_pair(ctx, "frames", "up to %" JSON_INTEGER_FORMAT " bytes",
			  js_int(n, "frame_max"));
	show_pair(ctx, "heard", "%s ago, first %s ago; good for %s more",
		  human_age(js_int(n, "age_s"), age), human_age(js_int(n, "known_s"), known),
		  human_age(js_int(n, "left_s"), left));
}

int show_neighbors(struct ctx *ctx)
{
	const char *port = args_value(&ctx->args, "port");
	bool several;
	json_t *all = show_gather(ctx, "neighbor.list", "neighbors", &several), *rows, *n;
	size_t i;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "neighbors");
	if (!show_simple(ctx, all, rows,
			 port ? "no neighbour is known at this port; see swctl show lldp"
			      : "no neighbours are known; see swctl show lldp")) {
		if (!port)
			tell_neighbors(ctx, rows, several);
		else
			json_array_foreach (rows, i, n) {
				if (i)
					fputc('\n', ctx->out);
				tell_neighbor(ctx, n);
			}
	}
	json_decref(all);
	return STATUS_OK;
}

/* ---- what we say ---- */

static void tell_switch(struct ctx *ctx, const json_t *s)
{
	show_pair(ctx, "switch", "%s", js_str(s, "switch"));
	show_pair(ctx, "called", "%s", js_str(s, "system_name"));
	show_pair(ctx, "description", "%s", js_str(s, "system_description"));
	tell_id(ctx, "chassis", json_object_get(s, "chassis"));
	show_pair(ctx, "times",
		  "every %" JSON_INTEGER_FORMAT " s, good for %" JSON_INTEGER_FORMAT " s",
		  js_int(s, "interval_s"), js_int(s, "ttl_s"));
}

static void count_cell(struct table *t, const json_t *p, const char *key, enum colour colour)
{
	char text[HUMAN_SIZE];
	json_int_t n = js_int(p, key);

	table_cell(t, n ? colour : PLAIN, "%s", human_count(n, text));
}

static void tell_ports(struct ctx *ctx, const json_t *ports)
{
	static const struct column columns[] = {
		{"PORT", COL_SHORTEN, 0},    {"LLDP", 0, 0},
		{"NEIGHBORS", COL_RIGHT, 0}, {"SENT", COL_RIGHT, 2},
		{"RECEIVED", COL_RIGHT, 2},  {"BAD", COL_RIGHT, 0},
		{"REFUSED", COL_RIGHT, 0},   {"AGED", COL_RIGHT, 4},
	};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const json_t *p;
	size_t i;

	json_array_foreach (ports, i, p) {
		table_cell(t, PLAIN, "%s", js_str(p, "port"));
		table_cell(t, PLAIN, "%s", js_str(p, "lldp"));
		count_cell(t, p, "neighbors", PLAIN);
		count_cell(t, p, "tx", PLAIN);
		count_cell(t, p, "rx", PLAIN);
		count_cell(t, p, "rx_errors", RED);
		count_cell(t, p, "too_many", RED);
		count_cell(t, p, "aged", PLAIN);
	}
	table_print(t, ctx->out, &ctx->term);
	table_free(t);
}

int show_lldp(struct ctx *ctx)
{
	bool several;
	json_t *all = show_gather(ctx, "lldp.list", "switches", &several), *rows, *s;
	size_t i;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "switches");
	if (!show_simple(ctx, all, rows,
			 "no switch speaks LLDP; swctl set switch --lldp true turns it on"))
		json_array_foreach (rows, i, s) {
			if (i)
				fputc('\n', ctx->out);
			tell_switch(ctx, s);
			if (json_array_size(json_object_get(s, "ports")) == 0)
				continue;
			fputc('\n', ctx->out);
			tell_ports(ctx, json_object_get(s, "ports"));
		}
	json_decref(all);
	return STATUS_OK;
}
