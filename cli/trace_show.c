/* SPDX-License-Identifier: ISC */
/* trace_show.c - what would become of a frame, told step by step and port by port. */
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "trace.h"

enum {
	DUMP_MAX = 128, /* bytes of a frame that are shown */
	PER_LINE = 16,
	PEERS_SHOWN = 8, /* of a port with several */
};

static enum colour colour_of(const char *result)
{
	if (strcmp(result, "stopped") == 0)
		return RED;
	if (strcmp(result, "taken") == 0)
		return YELLOW;
	return strcmp(result, "passed") == 0 ? GREEN : PLAIN;
}

static void show_steps(struct ctx *ctx, const json_t *steps)
{
	static const struct column columns[] = {
		{"STEP", 0, 0}, {"RESULT", 0, 0}, {"WHY", COL_WRAP, 0}};
	struct table *t = table_new(columns, 3);
	const json_t *s;
	size_t i;

	json_array_foreach (steps, i, s) {
		const char *result = js_str(s, "result"), *rule = js_str(s, "rule");

		if (strcmp(result, "unasked") == 0)
			continue;
		table_cell(t, PLAIN, "%s", js_str(s, "step"));
		table_cell(t, colour_of(result), "%s", strcmp(result, "nothing") ? result : "");
		table_cell(t, PLAIN, "%s%s%s%s", js_str(s, "text"), *rule ? " (" : "", rule,
			   *rule ? ")" : "");
	}
	table_print(t, ctx->out, &ctx->term);
	table_free(t);
}

/* "; to 192.0.2.1, 192.0.2.2 and 7 more", of a port with several peers; to be freed. */
static char *peers_of(const json_t *port)
{
	const json_t *peers = json_object_get(port, "peers");
	size_t n = json_array_size(peers), i;
	json_t *first, *peer;
	char *list, *text;

	if (!peers)
		return text_format("%s", "");
	if (n == 0)
		return text_format("; there is no remote to send it to (no_remote)");
	first = need(json_array());
	json_array_foreach (peers, i, peer)
		if (i < PEERS_SHOWN)
			json_array_append(first, peer);
	list = js_join(first, ", ");
	json_decref(first);
	text = n > PEERS_SHOWN ? text_format("; to %s and %zu more", list, n - PEERS_SHOWN)
			       : text_format("; to %s", list);
	free(list);
	return text;
}

static void show_ports_of(struct ctx *ctx, const json_t *ports)
{
	static const struct column columns[] = {
		{"PORT", COL_SHORTEN, 0}, {"OUT", 0, 0}, {"WHY", COL_WRAP, 0}};
	struct table *t = table_new(columns, 3);
	const json_t *p;
	size_t i;

	json_array_foreach (ports, i, p) {
		bool out = js_true(p, "out");
		const char *why = js_str(p, "why"), *drop = js_str(p, "drop");

		if (strcmp(why, "unasked") == 0)
			continue;
		char *peers = peers_of(p);

		table_cell(t, PLAIN, "%s", js_str(p, "port"));
		table_cell(t, out ? GREEN : PLAIN, "%s", out ? "yes" : "no");
		table_cell(t, PLAIN, "%s%s%s%s%s%s", drop, *drop ? ": " : "", js_str(p, "text"),
			   peers, js_true(p, "in_pieces") ? "; it is cut or finished first" : "",
			   js_true(p, "impaired")
				   ? "; the link there is set to be bad, and may lose "
				     "or change it (swctl show impair)"
				   : "");
		free(peers);
	}
	fputc('\n', ctx->out);
	table_print(t, ctx->out, &ctx->term);
	table_free(t);
}

static void show_mirror(struct ctx *ctx, const json_t *m)
{
	const char *what = strcmp(js_str(m, "direction"), "rx") ? "sends" : "received";
	json_int_t most = js_int(m, "snaplen");

	if (!js_true(m, "shown"))
		text_line(ctx->out, "mirror %s would not show what %s %s: its filter_out",
			  js_str(m, "port"), js_str(m, "of"), what);
	else if (most)
		text_line(ctx->out, "mirror %s shows the first %lld bytes of what %s %s",
			  js_str(m, "port"), (long long)most, js_str(m, "of"), what);
	else
		text_line(ctx->out, "mirror %s shows what %s %s", js_str(m, "port"),
			  js_str(m, "of"), what);
}

static void show_mirrors_of(struct ctx *ctx, const json_t *mirrors)
{
	const json_t *m;
	size_t i;

	if (json_array_size(mirrors))
		fputc('\n', ctx->out);
	json_array_foreach (mirrors, i, m) {
		show_mirror(ctx, m);
	}
}

/* 0000  02 00 00 00 00 02 ... */
static void dump(struct ctx *ctx, const char *hex)
{
	size_t len = strlen(hex) / 2, shown = len < DUMP_MAX ? len : DUMP_MAX;

	for (size_t at = 0; at < shown; at += PER_LINE) {
		fprintf(ctx->out, "  %04zx ", at);
		for (size_t i = at; i < at + PER_LINE && i < shown; i++)
			fprintf(ctx->out, "%s%.2s", i % 8 ? " " : "  ", hex + 2 * i);
		fputc('\n', ctx->out);
	}
	if (shown < len)
		fprintf(ctx->out, "  %zu bytes more; --json has them all\n", len - shown);
}

/* Who gets that form: "h2, h3"; to be freed. */
static char *users_of(const json_t *trace, size_t form)
{
	const char *const lists[] = {"ports", "mirrors"};
	json_t *names = need(json_array()), *p;
	char *text;
	size_t i;

	for (size_t l = 0; l < 2; l++)
		json_array_foreach (json_object_get(trace, lists[l]), i, p) {
			json_t *name = json_object_get(p, "port");

			if (!js_has(p, "form") || (size_t)js_int(p, "form") != form)
				continue;
			/* copies for one monitor stand together */
			if (!json_equal(name, json_array_get(names, json_array_size(names) - 1)))
				json_array_append(names, name);
		}
	text = js_join(names, ", ");
	json_decref(names);
	return text;
}

static bool is_hex(const char *s)
{
	return strspn(s, "0123456789abcdef") == strlen(s);
}

static void show_forms(struct ctx *ctx, const json_t *trace)
{
	const json_t *forms = json_object_get(trace, "forms"), *f;
	size_t i;

	json_array_foreach (forms, i, f) {
		const json_t *pieces = json_object_get(f, "pieces");
		const char *bytes = js_str(f, "bytes"), *first = js_str(pieces, "first");
		char *users = users_of(trace, i);

		text_line(ctx->out, "%s", "");
		text_line(ctx->out, "to %s, %s, %lld bytes:", users, js_str(f, "change"),
			  (long long)js_int(f, "len"));
		if (is_hex(bytes))
			dump(ctx, bytes);
		if (pieces && is_hex(first)) {
			text_line(
				ctx->out,
				"where it has to be finished first, %lld of up to %lld bytes, the first:",
				(long long)js_int(pieces, "count"),
				(long long)js_int(pieces, "len"));
			dump(ctx, first);
		}
		free(users);
	}
}

char *trace_brief(const json_t *trace)
{
	const char *fate = js_str(trace, "fate"), *drop = js_str(trace, "drop");
	json_t *names, *p;
	char *text, *list;
	size_t i;

	if (*drop)
		return text_format("%s, %s", fate, drop);
	if (strcmp(fate, "forwarded") != 0)
		return text_format("%s by %s", fate, js_str(trace, "heard_by"));
	names = need(json_array());
	json_array_foreach (json_object_get(trace, "ports"), i, p) {
		if (js_true(p, "out"))
			json_array_append(names, json_object_get(p, "port"));
	}
	list = js_join(names, ", ");
	text = text_format("%s to %s", fate, list);
	json_decref(names);
	free(list);
	return text;
}

static void show_frame(struct ctx *ctx, const json_t *trace)
{
	const json_t *f = json_object_get(trace, "frame"), *tag = json_object_get(f, "tag");
	char *tagged =
		tag ? text_format(", tag %s VLAN %lld priority %lld", js_str(tag, "tpid"),
				  (long long)js_int(tag, "vid"), (long long)js_int(tag, "pcp"))
		    : text_format("%s", "");
	const char *type = js_str(f, "ethertype");

	if (js_has(f, "dst"))
		show_pair(ctx, "frame", "%s -> %s%s%s%s, %lld bytes", js_str(f, "src"),
			  js_str(f, "dst"), tagged, *type ? ", type " : "", type,
			  (long long)js_int(f, "len"));
	else
		show_pair(ctx, "frame", "%lld bytes", (long long)js_int(f, "len"));
	free(tagged);
}

void trace_show(struct ctx *ctx, const json_t *trace)
{
	const char *by = js_str(trace, "heard_by");
	char *brief = trace_brief(trace);

	show_frame(ctx, trace);
	show_pair(ctx, "comes in", "on %s of %s", js_str(trace, "port"), js_str(trace, "switch"));
	show_pair(ctx, "fate", "%s", brief);
	if (*by && !strstr(brief, by))
		show_pair(ctx, "heard by", "%s", by);
	show_pair(ctx, "learned", "%s", js_str(json_object_get(trace, "learn"), "text"));
	if (js_true(trace, "shuts"))
		show_pair(ctx, "and", "%s would be shut", js_str(trace, "port"));
	fputc('\n', ctx->out);
	show_steps(ctx, json_object_get(trace, "steps"));
	show_ports_of(ctx, json_object_get(trace, "ports"));
	show_mirrors_of(ctx, json_object_get(trace, "mirrors"));
	show_forms(ctx, trace);
	free(brief);
}
