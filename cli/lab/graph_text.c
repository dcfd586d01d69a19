/* SPDX-License-Identifier: ISC */
/* graph_text.c - a lab in the languages of Graphviz and Mermaid, and as JSON. */
#include "lab/graph.h"

#include <string.h>

#include "fail.h"
#include "lab/model_impl.h"

void graph_put(FILE *out, enum graph_quote quote, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (quote == QUOTE_DOT && (c == '"' || c == '\\'))
			fprintf(out, "\\%c", c);
		else if (quote == QUOTE_XML && c == '"')
			fputs("&quot;", out);
		else if (quote == QUOTE_MERMAID && (c == '"' || c == '#' || c == ';'))
			fprintf(out, "#%u;", c);
		else if (quote != QUOTE_DOT && c == '&')
			fputs(quote == QUOTE_XML ? "&amp;" : "#amp;", out);
		else if (quote != QUOTE_DOT && c == '<')
			fputs(quote == QUOTE_XML ? "&lt;" : "#lt;", out);
		else if (quote != QUOTE_DOT && c == '>')
			fputs(quote == QUOTE_XML ? "&gt;" : "#gt;", out);
		else
			fputc(c < 0x20 ? ' ' : c, out);
	}
}

/* What stands at the middle of a link: VLANs, what is bad about it, how it is; lines with `end` between them. */
static void put_label(const struct graph *g, const struct graph_edge *e, FILE *out,
		      enum graph_quote quote, const char *end)
{
	char state[96];
	const char *line[3] = {e->vlans, e->bad, ""};
	bool more = false;

	/* that all is well goes without saying */
	if (e->state > GRAPH_UP)
		line[2] = graph_state_text(g, e, state);
	for (int i = 0; i < 3; i++) {
		if (!line[i][0])
			continue;
		if (more)
			fputs(end, out);
		graph_put(out, quote, line[i]);
		more = true;
	}
}

static bool has_label(const struct graph_edge *e)
{
	return e->vlans[0] || e->bad[0] || e->state > GRAPH_UP;
}

/* ---- DOT ---- */

static void dot_node(const struct graph_node *n, FILE *out)
{
	static const char *const looks[] = {
		[GRAPH_SWITCH] = "shape=box, style=filled, fillcolor=\"#dce6f2\"",
		[GRAPH_HOST] = "shape=box, style=\"filled,rounded\", fillcolor=\"#f6f6f0\"",
		[GRAPH_VM] = "shape=box, style=\"filled,rounded\", fillcolor=\"#eee6f4\"",
		[GRAPH_UPLINK] = "shape=ellipse, style=filled, fillcolor=\"#e6f2e8\"",
	};

	fputs("\t\"", out);
	graph_put(out, QUOTE_DOT, n->name);
	fputs("\" [label=\"", out);
	graph_put(out, QUOTE_DOT, n->name);
	if (n->note[0]) {
		fputs("\\n", out);
		graph_put(out, QUOTE_DOT, n->note);
	}
	fprintf(out, "\", %s%s];\n", looks[n->kind], n->root ? ", penwidth=3" : "");
}

static void dot_end(const struct graph *g, const struct graph_edge *e, int k, FILE *out)
{
	const struct graph_end *end = &e->end[k];

	fprintf(out, ", %s=\"", k ? "headlabel" : "taillabel");
	if (end->port[0] && strcmp(end->port, g->node[e->end[!k].node].name) != 0)
		graph_put(out, QUOTE_DOT, end->port);
	if (end->role[0] && g->node[e->end[0].node].kind == GRAPH_SWITCH)
		fprintf(out, " %c", end->role[0] - 'a' + 'A');
	fputc('"', out);
}

static void dot_edge(const struct graph *g, const struct graph_edge *e, FILE *out)
{
	static const char *const styles[] = {[GRAPH_UNKNOWN] = "solid",
					     [GRAPH_UP] = "solid",
					     [GRAPH_BLOCKED] = "dashed",
					     [GRAPH_DOWN] = "dotted"};

	fputs("\t\"", out);
	graph_put(out, QUOTE_DOT, g->node[e->end[0].node].name);
	fputs("\" -- \"", out);
	graph_put(out, QUOTE_DOT, g->node[e->end[1].node].name);
	fputs("\" [label=\"", out);
	put_label(g, e, out, QUOTE_DOT, "\\n");
	fprintf(out, "\", color=\"%s\", style=%s, penwidth=%d",
		e->state == GRAPH_DOWN ? "#bbbbbb" : graph_colour_text(graph_colour(g, e->vid)),
		styles[e->state], e->vlans[0] && !e->vid ? 3 : 2);
	for (int k = 0; k < 2; k++)
		dot_end(g, e, k, out);
	fputs("];\n", out);
}

void graph_dot(const struct graph *g, FILE *out)
{
	fputs("graph \"", out);
	graph_put(out, QUOTE_DOT, g->lab->name);
	fputs("\" {\n\tlabel=\"", out);
	graph_put(out, QUOTE_DOT, g->lab->title);
	fputs("\"; labelloc=t; layout=neato; overlap=false; splines=true;\n"
	      "\tnode [fontname=\"sans-serif\", fontsize=11];\n"
	      "\tedge [fontname=\"sans-serif\", fontsize=9, len=2.2];\n",
	      out);
	for (size_t i = 0; i < g->nodes; i++)
		dot_node(&g->node[i], out);
	for (size_t i = 0; i < g->edges; i++)
		dot_edge(g, &g->edge[i], out);
	fputs("}\n", out);
}

/* ---- Mermaid ---- */

static void mermaid_node(const struct graph *g, size_t i, FILE *out)
{
	static const char *const shapes[][2] = {[GRAPH_SWITCH] = {"[\"", "\"]:::switch"},
						[GRAPH_HOST] = {"(\"", "\"):::host"},
						[GRAPH_VM] = {"(\"", "\"):::vm"},
						[GRAPH_UPLINK] = {"([\"", "\"]):::uplink"}};
	const struct graph_node *n = &g->node[i];

	fprintf(out, "\tn%zu%s", i, shapes[n->kind][0]);
	graph_put(out, QUOTE_MERMAID, n->name);
	if (n->note[0]) {
		fputs("<br/>", out);
		graph_put(out, QUOTE_MERMAID, n->note);
	}
	fprintf(out, "%s\n", shapes[n->kind][1]);
}

void graph_mermaid(const struct graph *g, FILE *out)
{
	fputs("graph TD\n", out);
	for (size_t i = 0; i < g->nodes; i++)
		mermaid_node(g, i, out);
	for (size_t i = 0; i < g->edges; i++) {
		const struct graph_edge *e = &g->edge[i];
		const char *line = e->state > GRAPH_UP	    ? "-.-"
				   : e->vlans[0] && !e->vid ? "==="
							    : "---";

		fprintf(out, "\tn%zu %s", e->end[0].node, line);
		if (has_label(e)) {
			fputs("|\"", out);
			put_label(g, e, out, QUOTE_MERMAID, "<br/>");
			fputs("\"|", out);
		}
		fprintf(out, " n%zu\n", e->end[1].node);
	}
	for (size_t i = 0; i < g->edges; i++)
		if (g->edge[i].vid)
			fprintf(out, "\tlinkStyle %zu stroke:%s\n", i,
				graph_colour_text(graph_colour(g, g->edge[i].vid)));
	fputs("\tclassDef switch fill:#dce6f2,stroke:#333\n\tclassDef host fill:#f6f6f0,stroke:#333\n"
	      "\tclassDef vm fill:#eee6f4,stroke:#333\n\tclassDef uplink fill:#e6f2e8,stroke:#333\n",
	      out);
}

/* ---- JSON ---- */

static json_t *end_json(const struct graph *g, const struct graph_edge *e, int k)
{
	const struct graph_end *end = &e->end[k];
	json_t *v = need(json_pack("{s:s}", "node", g->node[end->node].name));

	if (end->port[0])
		json_object_set_new(v, "port", json_string(end->port));
	else if (e->interface[0])
		json_object_set_new(v, "interface", json_string(e->interface));
	if (end->role[0])
		json_object_set_new(v, "role", json_string(end->role));
	if (g->live && end->port[0]) {
		json_object_set_new(v, "blocks", json_boolean(end->blocks));
		json_object_set_new(v, "down", json_boolean(end->down));
	}
	return v;
}

json_t *graph_json(const struct graph *g)
{
	static const char *const kinds[] = {[GRAPH_SWITCH] = "switch",
					    [GRAPH_HOST] = "host",
					    [GRAPH_VM] = "vm",
					    [GRAPH_UPLINK] = "uplink"};
	static const char *const states[] = {[GRAPH_UNKNOWN] = "unknown",
					     [GRAPH_UP] = "up",
					     [GRAPH_BLOCKED] = "blocked",
					     [GRAPH_DOWN] = "down"};
	json_t *nodes = need(json_array()), *links = need(json_array());

	for (size_t i = 0; i < g->nodes; i++) {
		const struct graph_node *n = &g->node[i];

		json_array_append_new(
			nodes, need(json_pack("{s:s, s:s, s:s, s:b}", "name", n->name, "kind",
					      kinds[n->kind], "note", n->note, "root", n->root)));
	}
	for (size_t i = 0; i < g->edges; i++) {
		const struct graph_edge *e = &g->edge[i];

		json_array_append_new(
			links, need(json_pack("{s:[o, o], s:s, s:s, s:s}", "between",
					      end_json(g, e, 0), end_json(g, e, 1), "vlans",
					      e->vlans, "bad", e->bad, "state", states[e->state])));
	}
	return need(json_pack("{s:s, s:s, s:b, s:o, s:o}", "lab", g->lab->name, "title",
			      g->lab->title, "live", g->live, "nodes", nodes, "links", links));
}
