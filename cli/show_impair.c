/* SPDX-License-Identifier: ISC */
/*
 * show_impair.c - "show impair": links that are bad, and what they did to frames.
 */
#include "show_impair.h"

#include <stdlib.h>
#include <string.h>

/* "delay 20ms, loss 1%"; to be freed. */
static char *settings_text(json_t *settings)
{
	char *text = text_format("%s", "");
	const char *key;
	json_t *v;

	json_object_foreach (settings, key, v) {
		char *more = text_format("%s%s%s %s", text, *text ? ", " : "", key,
					 json_is_string(v) ? json_string_value(v) : "?");

		free(text);
		text = more;
	}
	return text;
}

/* Of the fates, all but the good one; and what found no memory. */
static json_int_t lost(const json_t *row)
{
	json_int_t n = js_int(row, "memory_full");
	const char *key;
	json_t *v;

	json_object_foreach (json_object_get(row, "fates"), key, v)
		if (strcmp(key, "passed") != 0)
			n += json_integer_value(v);
	return n;
}

static void add_row(struct table *t, const json_t *row, bool several)
{
	char *text = settings_text(json_object_get(row, "settings"));
	json_int_t gone = lost(row);
	char n[HUMAN_SIZE];

	table_cell(t, PLAIN, "%s", several ? js_str(row, "switch") : "");
	table_cell(t, PLAIN, "%s", js_str(row, "port"));
	table_cell(t, PLAIN, "%s", js_str(row, "direction"));
	table_cell(t, PLAIN, "%s", human_count(js_int(row, "frames"), n));
	table_cell(t, gone ? YELLOW : PLAIN, "%s", human_count(gone, n));
	table_cell(t, PLAIN, "%s", human_count(js_int(row, "duplicated"), n));
	table_cell(t, PLAIN, "%s", human_count(js_int(row, "corrupted"), n));
	table_cell(t, PLAIN, "%s", human_count(js_int(row, "reordered"), n));
	table_cell(t, PLAIN, "%s", human_count(js_int(row, "held"), n));
	table_cell(t, PLAIN, "%s", text);
	free(text);
}

/* "12 lost, 3 queue_full": what happened, of what may; to be freed, "" where nothing did. */
static char *fates_text(const json_t *row)
{
	char *text = text_format("%s", ""), n[HUMAN_SIZE];
	const char *key;
	json_t *v;

	json_object_foreach (json_object_get(row, "fates"), key, v) {
		if (!json_integer_value(v))
			continue;
		char *more = text_format("%s%s%s %s", text, *text ? ", " : "",
					 human_count(json_integer_value(v), n), key);

		free(text);
		text = more;
	}
	return text;
}

static void tell_counts(struct ctx *ctx, const json_t *row)
{
	char a[HUMAN_SIZE], b[HUMAN_SIZE], c[HUMAN_SIZE];
	char *fates = fates_text(row);

	show_pair(ctx, "frames", "%s%s%s", human_count(js_int(row, "frames"), a),
		  *fates ? ": " : "", fates);
	free(fates);
	show_pair(ctx, "altered", "%s duplicated, %s corrupted, %s reordered",
		  human_count(js_int(row, "duplicated"), a),
		  human_count(js_int(row, "corrupted"), b),
		  human_count(js_int(row, "reordered"), c));
	show_pair(ctx, "queue", "%s frames, %s; %s copies lost there",
		  human_count(js_int(row, "queued"), a),
		  human_bytes(js_int(row, "queued_bytes"), b),
		  human_count(js_int(row, "copies_lost"), c));
	show_pair(ctx, "under way", "%s frames in %s; %s lost for want of memory",
		  human_count(js_int(row, "held"), a), human_bytes(js_int(row, "held_bytes"), b),
		  human_count(js_int(row, "memory_full"), c));
	show_pair(ctx, "punctual",
		  "%s over a millisecond late, the latest by %" JSON_INTEGER_FORMAT " us",
		  human_count(js_int(row, "late"), a), js_int(row, "late_max_us"));
}

static void tell_way(struct ctx *ctx, const json_t *row)
{
	char *text = settings_text(json_object_get(row, "settings"));

	show_pair(ctx, "port", "%s", js_str(row, "port"));
	show_pair(ctx, "switch", "%s", js_str(row, "switch"));
	show_pair(ctx, "direction", "%s",
		  strcmp(js_str(row, "direction"), "in") == 0
			  ? "in: what the port sends to the switch"
			  : "out: what the switch sends to the port");
	show_pair(ctx, "link", "%s", text);
	show_pair(ctx, "seed", "%" JSON_INTEGER_FORMAT, js_int(row, "seed"));
	tell_counts(ctx, row);
	free(text);
}

void tell_links(struct ctx *ctx, const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		char *text = settings_text(json_object_get(row, "settings"));
		char *fates = fates_text(row), held[HUMAN_SIZE];

		show_pair(ctx, strcmp(js_str(row, "direction"), "in") == 0 ? "link in" : "link out",
			  "%s; %s%s%s held", text, fates, *fates ? ", " : "",
			  human_count(js_int(row, "held"), held));
		free(text);
		free(fates);
	}
}

char *link_line(const json_t *p)
{
	const json_t *rows = json_object_get(p, "impair");
	char *line = NULL;
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		char *text = settings_text(json_object_get(row, "settings"));
		char *more = text_format("%s%s%s: %s", line ? line : js_str(p, "port"),
					 line ? "; " : " has a bad link, ",
					 js_str(row, "direction"), text);

		free(text);
		free(line);
		line = more;
	}
	return line;
}

static void print_table(struct ctx *ctx, const json_t *rows, bool several)
{
	static const struct column columns[] = {
		{"SWITCH", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"PORT", COL_SHORTEN, 0},
		{"WAY", 0, 0},
		{"FRAMES", COL_RIGHT, 0},
		{"LOST", COL_RIGHT, 0},
		{"TWICE", COL_RIGHT, 3},
		{"CORRUPT", COL_RIGHT, 3},
		{"REORDER", COL_RIGHT, 3},
		{"HELD", COL_RIGHT, 2},
		{"LINK", COL_WRAP, 0},
	};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		add_row(t, row, several);
	table_print(t, ctx->out, &ctx->term);
	table_free(t);
}

int show_impair(struct ctx *ctx)
{
	bool several;
	json_t *all = show_gather(ctx, "impair.list", "links", &several), *rows, *row;
	const char *port = args_value(&ctx->args, "port");
	size_t i;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "links");
	if (!show_simple(ctx, all, rows,
			 port ? "its link is good; swctl set port NAME --delay 20ms makes it worse"
			      : "no bad links; swctl set port NAME --delay 20ms makes one")) {
		if (!port)
			print_table(ctx, rows, several);
		else
			json_array_foreach (rows, i, row) {
				if (i)
					fputc('\n', ctx->out);
				tell_way(ctx, row);
			}
	}
	json_decref(all);
	return STATUS_OK;
}
