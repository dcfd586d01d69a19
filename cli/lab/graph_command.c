/* SPDX-License-Identifier: ISC */
/* graph_command.c - "lab graph": from a file or of a lab that runs, in the form that is asked for. */
#include <string.h>

#include "lab/graph.h"
#include "lab/state.h"
#include "show.h"
#include "util/words.h"

/* What the lab's switches say now; false: nobody answers. */
static bool ask(struct graph *g, const char *sock, struct fail *f)
{
	json_t *ports = NULL, *stp = NULL;
	struct rpc r;
	bool ok;

	rpc_init(&r, sock);
	ok = rpc_call(&r, "port.list", NULL, &ports, f) == 0 &&
	     rpc_call(&r, "stp.list", NULL, &stp, f) == 0;
	if (ok)
		graph_live(g, ports, stp);
	rpc_close(&r);
	json_decref(ports);
	json_decref(stp);
	return ok;
}

/* ---- text ---- */

static enum colour colour_of(enum graph_state state)
{
	return state == GRAPH_UP ? GREEN : state == GRAPH_UNKNOWN ? PLAIN : RED;
}

static const struct column columns[] = {
	{.title = "SWITCH"},
	{.title = "PORT"},
	{.title = "TO"},
	{.title = "ROLE", .flags = COL_HIDE_EMPTY},
	{.title = "STATE", .flags = COL_HIDE_EMPTY},
	{.title = "VLANS", .flags = COL_HIDE_EMPTY | COL_SHORTEN, .drop = 2},
	{.title = "LINK", .flags = COL_HIDE_EMPTY | COL_SHORTEN, .drop = 3},
	{.title = "NOTE", .flags = COL_HIDE_EMPTY | COL_SHORTEN, .drop = 4},
};

/* A row for a port of the switch: each link between two switches is there twice, once from each. */
static void text_row(const struct graph *g, struct table *t, const struct graph_edge *e, int k)
{
	char to[128], state[96];
	const struct graph_node *other = &g->node[e->end[!k].node];

	table_cell(t, PLAIN, "%s", g->node[e->end[k].node].name);
	table_cell(t, PLAIN, "%s", e->end[k].port);
	table_cell(t, PLAIN, "%s", graph_end_text(g, e, !k, to));
	table_cell(t, PLAIN, "%s", e->end[k].role);
	table_cell(t, colour_of(e->state), "%s", graph_state_text(g, e, state));
	table_cell(t, PLAIN, "%s", e->vlans);
	table_cell(t, PLAIN, "%s", e->bad);
	table_cell(t, PLAIN, "%s",
		   other->kind == GRAPH_SWITCH ? ""
		   : other->kind == GRAPH_HOST ? e->address
					       : other->note);
}

static void graph_text(const struct graph *g, FILE *out, const struct term *term)
{
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));

	text_line(out, "%s%s%s (%s)", g->lab->name, g->lab->title[0] ? ": " : "", g->lab->title,
		  g->live ? "as it is now" : "as in the file");
	for (size_t i = 0; i < g->nodes; i++) {
		if (g->node[i].root)
			text_line(out, "%s is the root of the spanning tree", g->node[i].name);
		for (size_t k = 0; k < g->edges * 2; k++)
			if (g->edge[k / 2].end[k % 2].node == i && g->node[i].kind == GRAPH_SWITCH)
				text_row(g, t, &g->edge[k / 2], (int)(k % 2));
	}
	if (g->edges)
		table_print(t, out, term);
	table_free(t);
}

/* ---- the command ---- */

#define FORMATS "text svg dot mermaid"

static int write_graph(struct ctx *ctx, struct graph *g)
{
	const char *format = args_value(&ctx->args, "format");

	if (ctx->json) {
		json_t *v = graph_json(g);

		ctx_json(ctx, v);
		json_decref(v);
		return STATUS_OK;
	}
	if (!format || strcmp(format, "text") == 0) {
		graph_text(g, ctx->out, &ctx->term);
	} else if (strcmp(format, "svg") == 0) {
		graph_place(g);
		graph_svg(g, ctx->out);
	} else if (strcmp(format, "dot") == 0) {
		graph_dot(g, ctx->out);
	} else {
		graph_mermaid(g, ctx->out);
	}
	return STATUS_OK;
}

static int refuse_format(struct ctx *ctx, const char *format)
{
	fail_set(&ctx->fail, STATUS_USAGE, "unknown format \"%s\"", format);
	fail_hint(&ctx->fail, "formats are: text, svg, dot, mermaid");
	return ctx_fail(ctx);
}

/* The lab of a file, or of that name that runs; *name is its own.  0, or a status with ctx->fail filled. */
static int find_lab(struct ctx *ctx, const char *given, struct lab *lab, bool *runs)
{
	char name[LAB_NAME_SIZE];
	struct lab_state s;
	int rc;

	*runs = false;
	if (given && (strchr(given, '/') || !state_name_ok(given))) {
		rc = lab_load(given, lab, &ctx->fail);
		if (rc)
			return rc;
		snprintf(name, sizeof(name), "%s", lab->name);
		if (state_open(&s, name, false, &ctx->fail) == 0)
			*runs = state_runs(&s);
		else
			fail_clear(&ctx->fail); /* it does not run then */
		state_close(&s);
		return 0;
	}
	rc = state_find(given, name, &ctx->fail) ?: state_open(&s, name, false, &ctx->fail);
	if (rc)
		return rc;
	rc = state_lab(&s, lab, &ctx->fail);
	*runs = state_runs(&s);
	state_close(&s);
	return rc;
}

int lab_graph(struct ctx *ctx)
{
	const char *given =
		ctx->args.operands[0] ? ctx->args.operands[0] : args_value(&ctx->args, "lab");
	const char *format = args_value(&ctx->args, "format"),
		   *socket = args_value(&ctx->args, "socket");
	bool as_file = args_flag(&ctx->args, "as-file"), runs = false;
	char sock[UNIX_PATH_SIZE];
	struct graph g;
	struct lab lab;
	int rc = 0;

	if (format && !word_in(format, FORMATS))
		return refuse_format(ctx, format);
	if (find_lab(ctx, given, &lab, &runs))
		return ctx_fail(ctx);
	graph_make(&lab, &g);
	if ((runs || socket) && !as_file &&
	    !ask(&g, socket ? socket : state_socket(lab.name, sock), &ctx->fail))
		rc = ctx->fail.status;
	rc = rc ? ctx_fail(ctx) : write_graph(ctx, &g);
	graph_free(&g);
	lab_free(&lab);
	return rc;
}
