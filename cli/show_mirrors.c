/* SPDX-License-Identifier: ISC */
/*
 * show_mirrors.c - "show mirrors": where copies of frames go, and of whose.
 */
#include <stdlib.h>

#include "show.h"

static void names_cell(struct table *t, const json_t *names, const json_t *missing)
{
	char *shown = js_join(names, ","), *not_there = js_join(missing, ",");

	table_cell(t, PLAIN, "%s%s%s%s", shown, *not_there ? " (not there: " : "", not_there,
		   *not_there ? ")" : "");
	free(shown);
	free(not_there);
}

static void add_row(struct table *t, const json_t *m, bool several)
{
	char number[HUMAN_SIZE];

	table_cell(t, PLAIN, "%s", several ? js_str(m, "switch") : "");
	table_cell(t, PLAIN, "%s", js_str(m, "port"));
	table_cell(t, PLAIN, "%s", js_str(m, "direction"));
	table_cell(t, PLAIN, "%s", js_str(m, "vlans"));
	if (js_int(m, "snaplen"))
		table_cell(t, PLAIN, "%" JSON_INTEGER_FORMAT, js_int(m, "snaplen"));
	else
		table_cell(t, PLAIN, "%s", "");
	table_cell(t, PLAIN, "%s", human_count(js_int(m, "copies"), number));
	names_cell(t, json_object_get(m, "shows"), json_object_get(m, "missing"));
}

int show_mirrors(struct ctx *ctx)
{
	static const struct column columns[] = {
		{"SWITCH", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"PORT", COL_SHORTEN, 0},
		{"FRAMES", 0, 0},
		{"VLANS", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"SNAPLEN", COL_HIDE_EMPTY | COL_RIGHT, 0},
		{"COPIES", COL_RIGHT, 0},
		{"OF", COL_WRAP, 0},
	};
	bool several;
	json_t *all = show_gather(ctx, "mirror.list", "mirrors", &several), *rows, *m;
	size_t i;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "mirrors");
	if (!show_simple(
		    ctx, all, rows,
		    "no mirrors; swctl set port NAME --mirror NAMES makes NAME show their frames")) {
		struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));

		json_array_foreach (rows, i, m)
			add_row(t, m, several);
		table_print(t, ctx->out, &ctx->term);
		table_free(t);
	}
	json_decref(all);
	return STATUS_OK;
}
