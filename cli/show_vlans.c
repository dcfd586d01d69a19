/* SPDX-License-Identifier: ISC */
/*
 * show_vlans.c - "show vlans": who is in which VLAN.
 *
 * VLANs that follow one another, have the same ports and nothing else to tell are one row: a trunk
 * that carries all of them would fill the screen otherwise.
 */
#include <stdlib.h>
#include <string.h>

#include "show.h"

/* The same but for their number? */
static bool alike(const json_t *a, const json_t *b)
{
	json_t *x = need(json_copy((json_t *)(uintptr_t)a)),
	       *y = need(json_copy((json_t *)(uintptr_t)b));
	bool same;

	json_object_del(x, "vlan");
	json_object_del(y, "vlan");
	same = json_equal(x, y) && !*js_str(a, "name");
	json_decref(x);
	json_decref(y);
	return same;
}

/* How many rows from the first of `rows` on are one. */
static size_t run_of(const json_t *rows, size_t first)
{
	const json_t *a = json_array_get(rows, first);
	size_t n = 1;

	for (; first + n < json_array_size(rows); n++) {
		const json_t *b = json_array_get(rows, first + n);

		if (js_int(b, "vlan") != js_int(a, "vlan") + (json_int_t)n || !alike(a, b))
			break;
	}
	return n;
}

static void names_cell(struct table *t, const json_t *names)
{
	char *text = js_join(names, " ");

	table_cell(t, PLAIN, "%s", text);
	free(text);
}

static void add_row(struct table *t, const json_t *v, size_t run, bool several)
{
	json_int_t vid = js_int(v, "vlan");

	table_cell(t, PLAIN, "%s", several ? js_str(v, "switch") : "");
	if (run > 1)
		table_cell(t, PLAIN, "%" JSON_INTEGER_FORMAT "-%" JSON_INTEGER_FORMAT, vid,
			   vid + (json_int_t)run - 1);
	else
		table_cell(t, PLAIN, "%" JSON_INTEGER_FORMAT, vid);
	table_cell(t, PLAIN, "%s", js_str(v, "name"));
	names_cell(t, json_object_get(v, "untagged"));
	names_cell(t, json_object_get(v, "tagged"));
}

int show_vlans(struct ctx *ctx)
{
	static const struct column columns[] = {
		{"SWITCH", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"VLAN", COL_RIGHT, 0},
		{"NAME", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"UNTAGGED", COL_SHORTEN, 0},
		{"TAGGED", COL_WRAP, 0},
	};
	bool several;
	json_t *all = show_gather(ctx, "vlan.list", "vlans", &several), *rows;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "vlans");
	if (!show_simple(ctx, all, rows,
			 "no VLANs; swctl set switch --vlan_aware true tells them apart")) {
		struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
		size_t run;

		for (size_t i = 0; i < json_array_size(rows); i += run) {
			run = run_of(rows, i);
			add_row(t, json_array_get(rows, i), run, several);
		}
		table_print(t, ctx->out, &ctx->term);
		table_free(t);
	}
	json_decref(all);
	return STATUS_OK;
}
