/* SPDX-License-Identifier: ISC */
/*
 * show_macs.c - "show macs": the address table.
 */
#include <stdlib.h>
#include <string.h>

#include "show.h"

static int by_switch_vlan_mac(const void *pa, const void *pb)
{
	const json_t *a = *(json_t *const *)pa, *b = *(json_t *const *)pb;
	json_int_t va = js_int(a, "vlan"), vb = js_int(b, "vlan");
	int d = strcmp(js_str(a, "switch"), js_str(b, "switch"));

	if (d == 0)
		d = (va > vb) - (va < vb);
	return d ? d : strcmp(js_str(a, "mac"), js_str(b, "mac"));
}

static void add_row(struct table *t, const json_t *m, bool several)
{
	bool is_static = js_true(m, "static"), flapping = js_true(m, "flapping");
	const char *type = js_str(m, "type");
	char number[HUMAN_SIZE], age[HUMAN_SIZE];

	table_cell(t, PLAIN, "%s", several ? js_str(m, "switch") : "");
	table_cell(t, flapping ? RED : PLAIN, "%s", js_str(m, "mac"));
	if (js_int(m, "vlan"))
		table_cell(t, PLAIN, "%" JSON_INTEGER_FORMAT, js_int(m, "vlan"));
	else
		table_cell(t, PLAIN, "%s", "");
	table_cell(t, PLAIN, "%s", js_str(m, "port"));
	table_cell(t, PLAIN, "%s", js_str(m, "remote"));
	if (flapping)
		table_cell(t, RED, "FLAPPING");
	else
		table_cell(t, is_static ? BOLD : PLAIN, "%s",
			   *type       ? type
			   : is_static ? "static"
				       : "learned");
	table_cell(t, PLAIN, "%s",
		   is_static || !js_has(m, "age_s") ? "" : human_age(js_int(m, "age_s"), age));
	table_cell(t, flapping ? RED : PLAIN, "%s", human_count(js_int(m, "moves"), number));
}

int show_macs(struct ctx *ctx)
{
	static const struct column columns[] = {
		{"SWITCH", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"MAC", 0, 0},
		{"VLAN", COL_RIGHT, 0},
		{"PORT", COL_SHORTEN, 0},
		{"REMOTE", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"TYPE", 0, 2},
		{"AGE", COL_RIGHT, 1},
		{"MOVES", COL_RIGHT, 3},
	};
	const struct args *a = &ctx->args;
	bool filtered = args_value(a, "port") || args_value(a, "vlan") || args_value(a, "mac");
	bool several;
	json_t *all = show_gather(ctx, "mac.list", "macs", &several), *rows, *m;
	size_t i;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "macs");
	js_sort(rows, by_switch_vlan_mac);
	if (!show_simple(ctx, all, rows,
			 filtered ? "no address matches" : "no addresses learned yet")) {
		struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));

		json_array_foreach (rows, i, m) {
			add_row(t, m, several);
		}
		table_print(t, ctx->out, &ctx->term);
		table_free(t);
	}
	json_decref(all);
	return STATUS_OK;
}
