/* SPDX-License-Identifier: ISC */
/*
 * show_ports.c - "show ports" and "show port": what a port is, does, and suffers from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "show_impair.h"
#include "show_limits.h"

static enum colour state_colour(const char *state)
{
	if (strcmp(state, "shut") == 0)
		return RED;
	if (strcmp(state, "up") == 0 || strcmp(state, "listening") == 0)
		return GREEN;
	return strcmp(state, "down") == 0 ? YELLOW : RED;
}

/* A number with a formatter, or nothing where the key is missing. */
static void number_cell(struct table *t, const json_t *o, const char *key,
			char *(*format)(json_int_t, char *))
{
	char text[HUMAN_SIZE];

	table_cell(t, PLAIN, "%s", js_has(o, key) ? format(js_int(o, key), text) : "");
}

const char *show_port_state(const json_t *p)
{
	if (js_has(p, "shut"))
		return "shut";
	return js_true(json_object_get(p, "loop"), "blocked") ? "loop" : js_str(p, "state");
}

static void add_row(struct table *t, const json_t *p, bool several)
{
	const json_t *stats = json_object_get(p, "stats");
	const char *state = show_port_state(p);
	json_int_t drops = js_int(stats, "rx_drops") + js_int(stats, "tx_drops");
	char number[HUMAN_SIZE];

	table_cell(t, PLAIN, "%s", several ? js_str(p, "switch") : "");
	table_cell(t, PLAIN, "%s", js_str(p, "port"));
	table_cell(t, state_colour(state), "%s", state);
	table_cell(t, PLAIN, "%s", js_str(p, "type"));
	table_cell(t, PLAIN, "%s", js_str(p, js_has(p, "local") ? "local" : "ifname"));
	table_cell(t, PLAIN, "%s", js_str(p, "netns"));
	table_cell(t, PLAIN, "%s", js_str(p, "peer"));
	if (js_int(p, "mtu"))
		table_cell(t, PLAIN, "%" JSON_INTEGER_FORMAT, js_int(p, "mtu"));
	else
		table_cell(t, PLAIN, "%s", "");
	number_cell(t, p, "macs", human_count);
	number_cell(t, stats, "rx_bytes", human_bytes);
	number_cell(t, stats, "tx_bytes", human_bytes);
	table_cell(t, drops ? YELLOW : PLAIN, "%s", stats ? human_count(drops, number) : "");
}

/* "opens in 4m 40s", or what has to be done; out has room for 2 * HUMAN_SIZE. */
static const char *opens(const json_t *shut, char *out)
{
	char left[HUMAN_SIZE];

	if (strcmp(js_str(shut, "cause"), "shutdown") == 0)
		return "opens by swctl set port --shutdown false";
	if (!js_has(shut, "left_s"))
		return "opens by swctl reopen";
	snprintf(out, (size_t)2 * HUMAN_SIZE, "opens in %s",
		 human_age(js_int(shut, "left_s"), left));
	return out;
}

/* What the loop is, and when the port is tried again; to be freed. */
static char *loop_text(const json_t *loop)
{
	const char *other = js_str(loop, "other");
	char *where = *other ? text_format("what left through %s came back here", other)
			     : text_format("its other end is gone");
	char left[HUMAN_SIZE];
	char *text;

	if (js_true(loop, "seen"))
		text = text_format("%s, and still does", where);
	else
		text = text_format("%s; tried again in %s", where,
				   human_age(js_int(loop, "retry_s"), left));
	free(where);
	return text;
}

static char *blocked_text(const json_t *p, const json_t *loop)
{
	char *loop_is = loop_text(loop);
	char age[HUMAN_SIZE];
	char *text = text_format("%s is blocked for %s by a loop: %s", js_str(p, "port"),
				 human_age(js_int(loop, "blocked_s"), age), loop_is);

	free(loop_is);
	return text;
}

/* Why the port carries no frames, to be freed; NULL where it does. */
static char *reason_of(const json_t *p)
{
	const json_t *shut = json_object_get(p, "shut"), *loop = json_object_get(p, "loop");
	const char *reason = js_str(p, "reason");
	char text[2 * HUMAN_SIZE];

	if (shut)
		return text_format("%s is shut, %s: %s", js_str(p, "port"), opens(shut, text),
				   js_str(shut, "text"));
	if (js_true(loop, "blocked"))
		return blocked_text(p, loop);
	if (!*reason)
		return NULL;
	return text_format("%s is %s for %s: %s", js_str(p, "port"), js_str(p, "state"),
			   human_age(js_int(p, "state_s"), text), reason);
}

/* Below the table: why a port is not up, and what is wrong all the same. */
static void tell_reasons(struct ctx *ctx, const json_t *rows)
{
	const json_t *p;
	bool first = true;
	size_t i;

	json_array_foreach (rows, i, p) {
		char *line = reason_of(p);

		if (!line)
			line = storm_line(p);
		if (!line)
			line = link_line(p);
		if (!line)
			continue;
		if (first)
			fputc('\n', ctx->out);
		first = false;
		char *safe = text_safe(line);
		text_wrap(ctx->out, safe, 2, ctx->term.width);
		free(safe);
		free(line);
	}
}

int show_ports(struct ctx *ctx)
{
	static const struct column columns[] = {
		{"SWITCH", COL_HIDE_EMPTY | COL_SHORTEN, 0},
		{"PORT", COL_SHORTEN, 0},
		{"STATE", 0, 0},
		{"TYPE", 0, 7},
		{"DEVICE", COL_HIDE_EMPTY | COL_SHORTEN, 4},
		{"NETNS", COL_HIDE_EMPTY | COL_SHORTEN, 6},
		{"PEER", COL_HIDE_EMPTY | COL_SHORTEN, 4},
		{"MTU", COL_RIGHT, 8},
		{"MACS", COL_RIGHT, 3},
		{"RX", COL_RIGHT, 1},
		{"TX", COL_RIGHT, 1},
		{"DROPS", COL_RIGHT, 2},
	};
	bool several;
	json_t *all = show_gather(ctx, "port.list", "ports", &several), *rows, *p;
	size_t i;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "ports");
	if (!show_simple(ctx, all, rows, "no ports yet; swctl add port NAME makes one")) {
		struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));

		json_array_foreach (rows, i, p) {
			add_row(t, p, several);
		}
		table_print(t, ctx->out, &ctx->term);
		table_free(t);
		tell_reasons(ctx, rows);
	}
	json_decref(all);
	return STATUS_OK;
}

static void tell_state(struct ctx *ctx, const json_t *p)
{
	const char *state = js_str(p, "state"), *reason = js_str(p, "reason");
	char age[HUMAN_SIZE], text[2 * HUMAN_SIZE];
	bool for_s = js_has(p, "state_s");

	show_pair(ctx, "state", "%s%s%s", state, for_s ? " for " : "",
		  for_s ? human_age(js_int(p, "state_s"), age) : "");
	show_pair(ctx, "reason", "%s", reason);
	if (js_has(p, "shut"))
		show_pair(ctx, "shut", "%s; %s", js_str(json_object_get(p, "shut"), "text"),
			  opens(json_object_get(p, "shut"), text));
}

/* There is none where it is not guarded. */
static void tell_loop(struct ctx *ctx, const json_t *loop)
{
	char a[HUMAN_SIZE], b[HUMAN_SIZE], c[HUMAN_SIZE], d[HUMAN_SIZE];
	char *text;

	if (!loop)
		return;
	if (js_true(loop, "blocked")) {
		text = loop_text(loop);
		show_pair(ctx, "loop", "blocked for %s: %s",
			  human_age(js_int(loop, "blocked_s"), a), text);
		free(text);
	} else if (js_int(loop, "loops")) {
		show_pair(ctx, "loop", "none now; blocked %s times before",
			  human_count(js_int(loop, "loops"), a));
	} else {
		show_pair(ctx, "loop", "none found");
	}
	show_pair(ctx, "probes", "%s sent, %s of the switch came back here, %s not valid",
		  human_count(js_int(loop, "probes_sent"), b),
		  human_count(js_int(loop, "probes_heard"), c),
		  human_count(js_int(loop, "probes_bad"), d));
}

static void tell_device(struct ctx *ctx, const json_t *p)
{
	show_pair(ctx, "type", "%s", js_str(p, "type"));
	if (js_int(p, "ifindex"))
		show_pair(ctx, "device", "%s (ifindex %" JSON_INTEGER_FORMAT ")",
			  js_str(p, "ifname"), js_int(p, "ifindex"));
	else
		show_pair(ctx, "device", "%s", js_str(p, "ifname"));
	show_pair(ctx, "local", "%s", js_str(p, "local"));
	show_pair(ctx, "peer", "%s", js_str(p, "peer"));
	show_pair(ctx, "netns", "%s", js_str(p, "netns"));
	show_pair(ctx, "mac", "%s", js_str(p, "mac"));
	if (js_has(p, "speed_mbit"))
		show_pair(ctx, "speed", "%" JSON_INTEGER_FORMAT " Mbit/s", js_int(p, "speed_mbit"));
	if (js_int(p, "mtu"))
		show_pair(ctx, "mtu", "%" JSON_INTEGER_FORMAT, js_int(p, "mtu"));
}

/* There is none in a switch that is not vlan_aware. */
static void tell_vlan(struct ctx *ctx, const json_t *vlan)
{
	json_int_t pvid = js_int(vlan, "pvid");

	if (!vlan)
		return;
	if (pvid)
		show_pair(ctx, "vlan", "%s, without a tag: VLAN %" JSON_INTEGER_FORMAT,
			  js_str(vlan, "mode"), pvid);
	else
		show_pair(ctx, "vlan", "%s, no frames without a tag", js_str(vlan, "mode"));
}

static void tell_settings(struct ctx *ctx, json_t *config)
{
	const char *key, *title = "settings";
	json_t *v;

	json_object_foreach (config, key, v) {
		if (strcmp(key, "type") == 0) /* told already */
			continue;
		char *text = js_show(v);

		show_pair(ctx, title, "%s %s", key, text);
		title = "";
		free(text);
	}
	if (*title)
		show_pair(ctx, title, "all at their defaults");
}

static void tell_stats(struct ctx *ctx, const json_t *s)
{
	char a[HUMAN_SIZE], b[HUMAN_SIZE], c[HUMAN_SIZE], d[HUMAN_SIZE], e[HUMAN_SIZE];

	show_pair(ctx, "received", "%s, frames: %s (%s unicast, %s multicast, %s broadcast)",
		  human_bytes(js_int(s, "rx_bytes"), a), human_count(js_int(s, "rx_frames"), b),
		  human_count(js_int(s, "rx_unicast"), c),
		  human_count(js_int(s, "rx_multicast"), d),
		  human_count(js_int(s, "rx_broadcast"), e));
	if (js_int(s, "rx_super"))
		show_pair(ctx, "", "%s of them super-frames, cut to size only where they leave",
			  human_count(js_int(s, "rx_super"), a));
	show_pair(ctx, "sent", "%s, frames: %s", human_bytes(js_int(s, "tx_bytes"), a),
		  human_count(js_int(s, "tx_frames"), b));
	show_pair(ctx, "learning", "%s learned, %s moved here, %s refused",
		  human_count(js_int(s, "learned"), a), human_count(js_int(s, "moved_here"), b),
		  human_count(js_int(s, "learn_refused"), c));
}

/* One of a port's filters, where there is one: what it costs and what it did. */
static void tell_filter(struct ctx *ctx, const json_t *p, const char *way, const char *title)
{
	const json_t *steps = json_object_get(p, "filter_instructions"),
		     *s = json_object_get(p, "stats");
	char passed[HUMAN_SIZE], refused[HUMAN_SIZE];
	char key[32];

	if (!js_has(steps, way))
		return;
	snprintf(key, sizeof(key), "filter_%s_passed", way);
	human_count(js_int(s, key), passed);
	snprintf(key, sizeof(key), "filter_%s_refused", way);
	human_count(js_int(s, key), refused);
	show_pair(ctx, title,
		  "%s passed, %s refused, in at most %" JSON_INTEGER_FORMAT " instructions each",
		  passed, refused, js_int(steps, way));
}

/* The sentences come from drops.list; without it there are still the counts of the port itself. */
static void tell_drops(struct ctx *ctx, const json_t *p, const json_t *drops)
{
	json_t *drop;
	const char *title = "dropped", *reason;
	char n[HUMAN_SIZE];
	size_t i;

	json_array_foreach (json_object_get(drops, "drops"), i, drop) {
		show_pair(ctx, title, "%s %s (%s): %s", human_count(js_int(drop, "count"), n),
			  js_str(drop, "reason"), js_str(drop, "direction"), js_str(drop, "text"));
		title = "";
	}
	if (*title)
		json_object_foreach (json_object_get(p, "drops"), reason, drop) {
			show_pair(ctx, title, "%s %s", human_count(json_integer_value(drop), n),
				  reason);
			title = "";
		}
	if (*title)
		show_pair(ctx, title, "nothing");
}

static void tell_macs(struct ctx *ctx, const json_t *p)
{
	char all[HUMAN_SIZE], sticky[HUMAN_SIZE];

	human_count(js_int(p, "macs"), all);
	if (js_int(p, "sticky_macs"))
		show_pair(ctx, "macs", "%s, %s of them sticky", all,
			  human_count(js_int(p, "sticky_macs"), sticky));
	else
		show_pair(ctx, "macs", "%s", all);
}

void show_all_of_port(struct ctx *ctx, const json_t *p, const json_t *drops)
{
	show_pair(ctx, "port", "%s", js_str(p, "port"));
	show_pair(ctx, "switch", "%s", js_str(p, "switch"));
	tell_state(ctx, p);
	tell_loop(ctx, json_object_get(p, "loop"));
	tell_device(ctx, p);
	tell_vlan(ctx, json_object_get(p, "vlan"));
	tell_macs(ctx, p);
	tell_settings(ctx, json_object_get(p, "config"));
	tell_limits(ctx, json_object_get(p, "limits"));
	tell_links(ctx, json_object_get(p, "impair"));
	tell_stats(ctx, json_object_get(p, "stats"));
	tell_filter(ctx, p, "in", "filter_in");
	tell_filter(ctx, p, "out", "filter_out");
	tell_drops(ctx, p, drops);
}

static void tell_port(struct ctx *ctx, const json_t *p)
{
	json_t *drops = ctx_call(ctx, "drops.list",
				 need(json_pack("{s:s, s:s}", "switch", js_str(p, "switch"), "port",
						js_str(p, "port"))));

	show_all_of_port(ctx, p, drops);
	json_decref(drops);
}

int show_port(struct ctx *ctx)
{
	bool several;
	json_t *all = show_gather(ctx, "port.list", "ports", &several), *rows, *p;
	size_t i;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "ports");
	if (json_array_size(rows) == 0) {
		fail_set(&ctx->fail, STATUS_REFUSED, "there is no port \"%s\"",
			 args_value(&ctx->args, "port"));
		json_decref(all);
		return ctx_fail(ctx);
	}
	if (ctx->json)
		ctx_json(ctx, all);
	else
		json_array_foreach (rows, i, p) {
			if (i)
				fputc('\n', ctx->out);
			tell_port(ctx, p);
		}
	json_decref(all);
	return STATUS_OK;
}
