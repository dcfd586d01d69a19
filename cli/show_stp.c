/* SPDX-License-Identifier: ISC */
/*
 * show_stp.c - "show stp" and "show stp port": the tree as each switch sees it, and what its ports do in it.
 */
#include <stdlib.h>
#include <string.h>

#include "show.h"

static enum colour state_colour(const char *state)
{
	return strcmp(state, "forwarding") == 0 ? GREEN
	       : strcmp(state, "learning") == 0 ? YELLOW
						: RED;
}

static void tell_bridge(struct ctx *ctx, const json_t *b)
{
	const char *root_port = js_str(b, "root_port"), *change = js_str(b, "topology_change_port");
	char age[HUMAN_SIZE];

	show_pair(ctx, "switch", "%s", js_str(b, "switch"));
	show_pair(ctx, "bridge", "%s%s", js_str(b, "bridge"),
		  js_true(b, "is_root") ? ", the root of the tree" : "");
	if (!js_true(b, "is_root"))
		show_pair(ctx, "root", "%s, through %s at a cost of %" JSON_INTEGER_FORMAT,
			  js_str(b, "root"), root_port, js_int(b, "root_cost"));
	show_pair(ctx, "times",
		  "hello %" JSON_INTEGER_FORMAT " s, forward delay %" JSON_INTEGER_FORMAT
		  " s, max age %" JSON_INTEGER_FORMAT " s",
		  js_int(b, "hello_s"), js_int(b, "forward_delay_s"), js_int(b, "max_age_s"));
	if (js_int(b, "topology_changes"))
		show_pair(ctx, "changes", "%" JSON_INTEGER_FORMAT ", the last %s ago%s%s",
			  js_int(b, "topology_changes"),
			  human_age(js_int(b, "topology_change_s"), age),
			  *change ? ", seen at " : "", change);
	else
		show_pair(ctx, "changes", "none");
}

static void port_row(struct table *t, const json_t *p)
{
	const char *state = js_str(p, "state"), *guard = js_str(p, "guard");
	char age[HUMAN_SIZE];

	table_cell(t, PLAIN, "%s", js_str(p, "port"));
	table_cell(t, *guard ? RED : PLAIN, "%s", *guard ? guard : js_str(p, "role"));
	table_cell(t, state_colour(state), "%s", state);
	table_cell(t, PLAIN, "%s", human_age(js_int(p, "state_s"), age));
	table_cell(t, PLAIN, "%" JSON_INTEGER_FORMAT, js_int(p, "cost"));
	table_cell(t, PLAIN, "%" JSON_INTEGER_FORMAT, js_int(p, "priority"));
	table_cell(t, PLAIN, "%s", js_str(p, "version"));
	table_cell(t, PLAIN, "%s%s", js_true(p, "edge") ? "edge" : "",
		   js_true(p, "p2p") ? "" : " shared");
	table_cell(t, PLAIN, "%s",
		   strcmp(js_str(p, "role"), "disabled") == 0 ? ""
							      : js_str(p, "designated_bridge"));
}

static void tell_ports(struct ctx *ctx, const json_t *ports)
{
	static const struct column columns[] = {
		{"PORT", COL_SHORTEN, 0}, {"ROLE", 0, 0},	  {"STATE", 0, 0},
		{"SINCE", COL_RIGHT, 4},  {"COST", COL_RIGHT, 3}, {"PRIO", COL_RIGHT, 5},
		{"VERSION", 0, 6},	  {"TYPE", 0, 7},	  {"DESIGNATED BRIDGE", 0, 2},
	};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const json_t *p;
	size_t i;

	json_array_foreach (ports, i, p) {
		port_row(t, p);
	}
	table_print(t, ctx->out, &ctx->term);
	table_free(t);
}

static void tell_counts(struct ctx *ctx, const char *key, const json_t *c)
{
	char a[HUMAN_SIZE], b[HUMAN_SIZE], d[HUMAN_SIZE], e[HUMAN_SIZE];

	if (js_has(c, "bad"))
		show_pair(ctx, key, "%s RST, %s config, %s TCN, %s not valid",
			  human_count(js_int(c, "rst"), a), human_count(js_int(c, "config"), b),
			  human_count(js_int(c, "tcn"), d), human_count(js_int(c, "bad"), e));
	else
		show_pair(ctx, key, "%s RST, %s config, %s TCN", human_count(js_int(c, "rst"), a),
			  human_count(js_int(c, "config"), b), human_count(js_int(c, "tcn"), d));
}

void show_stp_of_port(struct ctx *ctx, const json_t *p)
{
	char age[HUMAN_SIZE];

	show_pair(ctx, "role", "%s", js_str(p, "role"));
	show_pair(ctx, "state", "%s for %s", js_str(p, "state"),
		  human_age(js_int(p, "state_s"), age));
	show_pair(ctx, "guard", "%s", js_str(p, "guard"));
	show_pair(ctx, "cost", "%" JSON_INTEGER_FORMAT ", priority %" JSON_INTEGER_FORMAT,
		  js_int(p, "cost"), js_int(p, "priority"));
	show_pair(ctx, "link", "%s%s, speaks %s", js_true(p, "p2p") ? "point to point" : "shared",
		  js_true(p, "edge") ? ", no bridge at the other end" : "", js_str(p, "version"));
	show_pair(ctx, "designated",
		  "bridge %s, port %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
		  " from the root %s",
		  js_str(p, "designated_bridge"), js_int(p, "designated_port"),
		  js_int(p, "designated_cost"), js_str(p, "designated_root"));
	tell_counts(ctx, "received", json_object_get(p, "rx"));
	tell_counts(ctx, "sent", json_object_get(p, "tx"));
}

static void tell_port(struct ctx *ctx, const json_t *b, const json_t *p)
{
	show_pair(ctx, "port", "%s", js_str(p, "port"));
	show_pair(ctx, "switch", "%s", js_str(b, "switch"));
	show_stp_of_port(ctx, p);
}

static int show_one_port(struct ctx *ctx, const char *name)
{
	bool several, found = false;
	json_t *all, *b, *p, *rows = need(json_array());
	size_t i, j;

	all = show_gather(ctx, "stp.list", "switches", &several);
	json_array_foreach (json_object_get(all, "switches"), i, b)
		json_array_foreach (json_object_get(b, "ports"), j, p) {
			if (strcmp(js_str(p, "port"), name) != 0)
				continue;
			json_array_append(rows, p);
			if (!ctx->json) {
				if (found)
					fputc('\n', ctx->out);
				tell_port(ctx, b, p);
			}
			found = true;
		}
	if (all && !found)
		fail_set(&ctx->fail, STATUS_REFUSED,
			 "no port \"%s\" takes part in a spanning tree; see swctl show stp", name);
	if (found && ctx->json)
		ctx_json(ctx, rows);
	json_decref(all);
	json_decref(rows);
	return found ? STATUS_OK : ctx_fail(ctx);
}

/* The trees, or (ports_only) no more of them than their ports. */
static int show_trees(struct ctx *ctx, bool ports_only)
{
	bool several;
	json_t *all = show_gather(ctx, "stp.list", "switches", &several), *rows, *b, *ports;
	size_t i;

	if (!all)
		return ctx_fail(ctx);
	rows = json_object_get(all, "switches");
	if (!show_simple(ctx, all, rows,
			 "no switch takes part in a spanning tree; swctl set switch --stp rstp"))
		json_array_foreach (rows, i, b) {
			ports = json_object_get(b, "ports");
			if (i)
				fputc('\n', ctx->out);
			if (!ports_only)
				tell_bridge(ctx, b);
			else if (several)
				show_pair(ctx, "switch", "%s", js_str(b, "switch"));
			if (json_array_size(ports) == 0)
				continue;
			if (!ports_only || several)
				fputc('\n', ctx->out);
			tell_ports(ctx, ports);
		}
	json_decref(all);
	return STATUS_OK;
}

int show_stp(struct ctx *ctx)
{
	const char *port = args_value(&ctx->args, "port");

	return port ? show_one_port(ctx, port) : show_trees(ctx, false);
}

int show_stp_port(struct ctx *ctx)
{
	const char *port = args_value(&ctx->args, "port");

	return port ? show_one_port(ctx, port) : show_trees(ctx, true);
}
