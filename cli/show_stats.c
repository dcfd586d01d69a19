/* SPDX-License-Identifier: ISC */
/*
 * show_stats.c - the commands that show counters: "show stats", "show switches" and "show drops".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings.h"
#include "show.h"

enum { COLUMNS_MAX = 8, PER_LINE = 4, LINE_SIZE = 256 };

struct counter {
	const char *key;
	const char *title;
	bool bytes;
	unsigned drop; /* as in struct column */
};

/* The most useful first; those to the right go first where the terminal is narrow. */
static const struct counter port_counters[] = {
	{"rx_frames", "RX FRAMES", false, 0},	{"rx_bytes", "RX BYTES", true, 0},
	{"rx_drops", "RX DROPS", false, 2},	{"tx_frames", "TX FRAMES", false, 0},
	{"tx_bytes", "TX BYTES", true, 0},	{"tx_drops", "TX DROPS", false, 1},
	{"rx_unicast", "UCAST", false, 5},	{"rx_multicast", "MCAST", false, 4},
	{"rx_broadcast", "BCAST", false, 3},	{"rx_super", "SUPER", false, 6},
	{"learned", "LEARNED", false, 7},	{"moved_here", "MOVED", false, 8},
	{"learn_refused", "REFUSED", false, 9},
};

static const struct counter switch_counters[] = {
	{"forwarded", "FORWARDED", false, 1},
	{"flooded", "FLOODED", false, 2},
	{"dropped", "DROPPED", false, 1},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void counter_cells(struct table *t, const struct counter *c, size_t n, const json_t *stats)
{
	char text[HUMAN_SIZE];

	for (size_t i = 0; i < n; i++) {
		json_int_t v = js_int(stats, c[i].key);

		table_cell(t, PLAIN, "%s",
			   !js_has(stats, c[i].key) ? ""
			   : c[i].bytes		    ? human_bytes(v, text)
						    : human_count(v, text));
	}
}

static size_t counter_columns(struct column *columns, const struct counter *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		columns[i] = (struct column){c[i].title, COL_RIGHT, c[i].drop};
	return n;
}

/* The counters of a switch, whatever their names, a few on each line: "forwarded 12.3k, ...". */
static void tell_switch(struct ctx *ctx, json_t *stats)
{
	char line[LINE_SIZE], number[HUMAN_SIZE];
	size_t at = 0, left = json_object_size(stats), n = 0;
	const char *key;
	json_t *v;

	json_object_foreach (stats, key, v) {
		n++;
		left--;
		snprintf(line + at, sizeof(line) - at, "%s%.24s %s", at ? ", " : "", key,
			 human_count(js_int(stats, key), number));
		at = strlen(line);
		if (left && n % PER_LINE)
			continue;
		show_pair(ctx, n <= PER_LINE ? "counters" : "", "%s%s", line, left ? "," : "");
		at = 0;
	}
}

static void tell_ports(struct ctx *ctx, const json_t *ports)
{
	struct column columns[COUNT(port_counters) + 1] = {{"PORT", COL_SHORTEN, 0}};
	size_t n = 1 + counter_columns(columns + 1, port_counters, COUNT(port_counters)), i;
	struct table *t = table_new(columns, n);

	const json_t *p;

	json_array_foreach (ports, i, p) {
		table_cell(t, PLAIN, "%s", js_str(p, "port"));
		counter_cells(t, port_counters, COUNT(port_counters), json_object_get(p, "stats"));
	}
	table_print(t, ctx->out, &ctx->term);
	table_free(t);
}

int show_stats(struct ctx *ctx)
{
	bool several;
	json_t *all = show_gather(ctx, "stats.get", "switches", &several), *rows, *sw;
	size_t i;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "switches");
	if (!show_simple(ctx, all, rows, "no switches yet; swctl add switch NAME makes one"))
		json_array_foreach (rows, i, sw) {
			if (i)
				fputc('\n', ctx->out);
			show_pair(ctx, "switch", "%s", js_str(sw, "switch"));
			tell_switch(ctx, json_object_get(sw, "stats"));
			if (json_array_size(json_object_get(sw, "ports")) == 0)
				continue;
			fputc('\n', ctx->out);
			tell_ports(ctx, json_object_get(sw, "ports"));
		}
	json_decref(all);
	return STATUS_OK;
}

/* The settings that are not at their defaults: "ageing_s 60, vlan_aware true". */
static void settings_cell(struct table *t, json_t *settings)
{
	char *line = text_format("%s", "");
	const char *key;
	json_t *v;

	json_object_foreach (settings, key, v) {
		const struct opt *o = opt_find(sw_options, key);
		char *text = js_show(v), *more;

		if (!o || strcmp(json_is_null(v) ? "" : text, o->dflt) != 0) {
			more = text_format("%s%s%s %s", line, *line ? ", " : "", key, text);
			free(line);
			line = more;
		}
		free(text);
	}
	table_cell(t, PLAIN, "%s", line);
	free(line);
}

int show_switches(struct ctx *ctx)
{
	struct column columns[COLUMNS_MAX] = {
		{"SWITCH", COL_SHORTEN, 0}, {"PORTS", COL_RIGHT, 0}, {"MACS", COL_RIGHT, 0}};
	size_t n = 3 + counter_columns(columns + 3, switch_counters, COUNT(switch_counters)), i;
	char number[HUMAN_SIZE];
	json_t *answer = ctx_call(ctx, "switch.list", ctx_params(ctx)), *rows, *sw;

	if (!answer)
		return ctx_fail(ctx);
	columns[n++] = (struct column){"SETTINGS", COL_WRAP, 0};
	rows = json_object_get(answer, "switches");
	if (!show_simple(ctx, answer, rows, "no switches yet; swctl add switch NAME makes one")) {
		struct table *t = table_new(columns, n);

		json_array_foreach (rows, i, sw) {
			table_cell(t, PLAIN, "%s", js_str(sw, "name"));
			table_cell(t, PLAIN, "%s", human_count(js_int(sw, "ports"), number));
			table_cell(t, PLAIN, "%s", human_count(js_int(sw, "macs"), number));
			counter_cells(t, switch_counters, COUNT(switch_counters),
				      json_object_get(sw, "stats"));
			settings_cell(t, json_object_get(sw, "settings"));
		}
		table_print(t, ctx->out, &ctx->term);
		table_free(t);
	}
	json_decref(answer);
	return STATUS_OK;
}

int show_drops(struct ctx *ctx)
{
	static const struct column columns[] = {
		{"SWITCH", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"PORT", COL_SHORTEN, 0},
		{"DIR", 0, 1},
		{"COUNT", COL_RIGHT, 0},
		{"REASON", 0, 0},
		{"MEANING", COL_WRAP, 0},
	};
	bool several;
	json_t *all = show_gather(ctx, "drops.list", "drops", &several), *rows, *d;
	char number[HUMAN_SIZE];
	size_t i;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "drops");
	if (!show_simple(ctx, all, rows, "nothing was dropped")) {
		struct table *t = table_new(columns, COUNT(columns));

		json_array_foreach (rows, i, d) {
			table_cell(t, PLAIN, "%s", several ? js_str(d, "switch") : "");
			table_cell(t, PLAIN, "%s", js_str(d, "port"));
			table_cell(t, PLAIN, "%s", js_str(d, "direction"));
			table_cell(t, PLAIN, "%s", human_count(js_int(d, "count"), number));
			table_cell(t, YELLOW, "%s", js_str(d, "reason"));
			table_cell(t, PLAIN, "%s", js_str(d, "text"));
		}
		table_print(t, ctx->out, &ctx->term);
		table_free(t);
	}
	json_decref(all);
	return STATUS_OK;
}
