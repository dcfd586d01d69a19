/* SPDX-License-Identifier: ISC */
/*
 * graph_svg.c - a lab as SVG, which browsers and editors show without anything else.
 *
 * Every text goes through graph_put(); what a browser shows when the mouse is over something (<title>) says all there is,
 * so that the drawing itself can stay bare.
 */
#include "lab/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab/graph_label.h"
#include "lab/model_impl.h"

enum {
	HEAD = 34, /* room for the title */
	LEGEND_ROW = 22,
	LEGEND_WIDTH = 190,
	MARGIN = 20,
	WIDTH_MIN = 2 * LEGEND_WIDTH + 40,
};

static const char style[] =
	"text{font-family:sans-serif;font-size:12px;text-anchor:middle;fill:#222}"
	".note,.port,.label,.legend{font-size:10px}.note{fill:#555}.legend{text-anchor:start}"
	".title{font-size:16px;font-weight:bold;text-anchor:start}"
	".bad{fill:#b3261e}"
	".node{stroke:#333;stroke-width:1.2}.switch{fill:#dce6f2}.root{stroke-width:3.5}"
	".host{fill:#f6f6f0}.vm{fill:#eee6f4}.uplink{fill:#e6f2e8}"
	".edge{fill:none;stroke-width:2}.trunk{stroke-width:4}.blocked{stroke-dasharray:7 5}"
	".down{stroke:#bbb;stroke-dasharray:2 5}.mark{stroke:#fff;stroke-width:1}"
	".letter{font-size:9px;font-weight:bold;fill:#fff}";

/* ---- texts ---- */

static void put_text(FILE *out, const char *class, double x, double y, const char *text)
{
	fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
	graph_put(out, QUOTE_XML, text);
	fputs("</text>\n", out);
}

static void put_title(FILE *out, const char *text)
{
	fputs("<title>", out);
	graph_put(out, QUOTE_XML, text);
	fputs("</title>", out);
}

/* Smaller, where it would be wider than `room`. */
static void put_fitting(FILE *out, const char *class, double x, double y, double size, double room,
			const char *text)
{
	double width = graph_text_width(text, size);

	fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\"", class, x, y);
	if (width > room)
		fprintf(out, " style=\"font-size:%.1fpx\"", size * room / width);
	fputs(">", out);
	graph_put(out, QUOTE_XML, text);
	fputs("</text>\n", out);
}

/* ---- links ---- */

static void put_mark(FILE *out, const struct graph_label *l)
{
	const struct graph_end *end = l->end;
	const char *fill = end->blocks			    ? "#b3261e"
			   : strcmp(end->role, "root") == 0 ? "#1b7f3b"
							    : "#888888";
	char letter[2] = {end->role[0] ? (char)(end->role[0] - 'a' + 'A') : 'X', '\0'};

	fprintf(out, "<circle class=\"mark\" cx=\"%.1f\" cy=\"%.1f\" r=\"7\" fill=\"%s\"/>\n", l->x,
		l->y, fill);
	put_text(out, "letter", l->x, l->y + 3, letter);
}

/* A text on a line, which is not seen through it. */
static void put_label(FILE *out, const struct graph_label *l)
{
	static const char *const classes[] = {
		[LABEL_PORT] = "port", [LABEL_VLANS] = "label", [LABEL_BAD] = "label bad"};

	if (l->kind == LABEL_MARK) {
		put_mark(out, l);
		return;
	}
	fprintf(out,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"12\" fill=\"#fff\" "
		"fill-opacity=\"0.9\"/>\n",
		l->x - l->w / 2, l->y - 6, l->w);
	put_text(out, classes[l->kind], l->x, l->y + 4, l->text);
}

static void put_edge(const struct graph *g, FILE *out, const struct graph_edge *e)
{
	static const char *const classes[] = {[GRAPH_UNKNOWN] = "",
					      [GRAPH_UP] = "",
					      [GRAPH_BLOCKED] = " blocked",
					      [GRAPH_DOWN] = " down"};
	struct graph_line l = graph_line_of(g, e);
	char a[128], b[128], state[96], all[600];

	graph_end_text(g, e, 0, a);
	graph_end_text(g, e, 1, b);
	graph_state_text(g, e, state);
	model_where(all, sizeof(all), "%s%s%s to %s%s%s%s%s%s%s", a, e->address[0] ? " " : "",
		    e->address, b, e->vlans[0] ? "; " : "", e->vlans, e->bad[0] ? "; " : "", e->bad,
		    state[0] ? "; " : "", state);
	fprintf(out, "<path class=\"edge%s%s\" stroke=\"%s\" d=\"M%.1f %.1fQ%.1f %.1f %.1f %.1f\">",
		classes[e->state], e->vlans[0] && !e->vid ? " trunk" : "",
		graph_colour_text(graph_colour(g, e->vid)), l.ax, l.ay, l.cx, l.cy, l.bx, l.by);
	put_title(out, all);
	fputs("</path>\n", out);
}

/* ---- nodes ---- */

static void put_node(FILE *out, const struct graph_node *n)
{
	static const char *const classes[] = {[GRAPH_SWITCH] = "switch",
					      [GRAPH_HOST] = "host",
					      [GRAPH_VM] = "vm",
					      [GRAPH_UPLINK] = "uplink"};
	double w = graph_node_width(n), h = graph_node_height(n);
	double corner = n->kind == GRAPH_SWITCH ? 4 : n->kind == GRAPH_UPLINK ? h / 2 : 12;

	fprintf(out,
		"<g><rect class=\"node %s%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.0f\" height=\"%.0f\" "
		"rx=\"%.0f\">",
		classes[n->kind], n->root ? " root" : "", n->x - w / 2, n->y - h / 2, w, h, corner);
	put_title(out, n->name);
	fputs("</rect>\n", out);
	put_fitting(out, n->kind == GRAPH_SWITCH ? "name" : "", n->x, n->y + (n->note[0] ? -2 : 4),
		    12, w - 8, n->name);
	if (n->note[0])
		put_fitting(out, "note", n->x, n->y + 12, 10, w - 8, n->note);
	fputs("</g>\n", out);
}

/* ---- legend ---- */

struct legend {
	double x, y, width;
};

/* Where the next entry goes; the one after it is beside it, or in the next row. */
static void next_entry(struct legend *at, double *x, double *y)
{
	*x = at->x;
	*y = at->y;
	at->x += LEGEND_WIDTH;
	if (at->x + LEGEND_WIDTH > at->width) {
		at->x = 20;
		at->y += LEGEND_ROW;
	}
}

static void legend_line(FILE *out, struct legend *at, const char *class, const char *stroke,
			const char *text)
{
	double x, y;

	next_entry(at, &x, &y);
	if (!out)
		return;
	fprintf(out, "<path class=\"edge%s\" stroke=\"%s\" d=\"M%.1f %.1fh28\"/>\n", class, stroke,
		x, y);
	put_text(out, "legend", x + 36, y + 4, text);
}

static void legend_mark(FILE *out, struct legend *at, const char *fill, const char *letter,
			const char *text)
{
	double x, y;

	next_entry(at, &x, &y);
	if (!out)
		return;
	fprintf(out, "<circle class=\"mark\" cx=\"%.1f\" cy=\"%.1f\" r=\"7\" fill=\"%s\"/>\n",
		x + 14, y, fill);
	put_text(out, "letter", x + 14, y + 3, letter);
	put_text(out, "legend", x + 36, y + 4, text);
}

static bool any_state(const struct graph *g, enum graph_state state)
{
	for (size_t i = 0; i < g->edges; i++)
		if (g->edge[i].state == state)
			return true;
	return false;
}

static bool any_role(const struct graph *g, const char *role)
{
	for (size_t i = 0; i < g->edges; i++)
		for (int k = 0; k < 2; k++)
			if (strcmp(g->edge[i].end[k].role, role) == 0)
				return true;
	return false;
}

static bool any_trunk(const struct graph *g)
{
	for (size_t i = 0; i < g->edges; i++)
		if (g->edge[i].vlans[0] && !g->edge[i].vid)
			return true;
	return false;
}

/* Only what is in the drawing; `out` NULL: to see how much room it takes. */
static void put_legend(const struct graph *g, FILE *out, struct legend *at)
{
	for (size_t i = 0; i < g->vlans; i++) {
		char text[64];

		model_where(text, sizeof(text), "VLAN %u %s", g->vlan[i].vid, g->vlan[i].name);
		legend_line(out, at, "", graph_colour_text((int)i), text);
	}
	if (any_trunk(g))
		legend_line(out, at, " trunk", graph_colour_text(-1), "trunk: several VLANs");
	if (any_state(g, GRAPH_BLOCKED))
		legend_line(out, at, " blocked", graph_colour_text(-1), "blocked: no frames pass");
	if (any_state(g, GRAPH_DOWN))
		legend_line(out, at, " down", "#bbb", "down");
	if (any_role(g, "root"))
		legend_mark(out, at, "#1b7f3b", "R", "root port: the way to the root");
	if (any_role(g, "designated"))
		legend_mark(out, at, "#888888", "D", "designated port");
	if (any_role(g, "alternate") || any_role(g, "backup"))
		legend_mark(out, at, "#b3261e", "A", "alternate port, B: backup");
	if (out)
		put_text(out, "legend", at->x, at->y + 4,
			 g->live ? "as it is now" : "as in the file");
}

/* ---- all of it ---- */

/* How wide it has to be for all that is written in it, and where what was placed begins then. */
static double width_of(const struct graph *g, const struct graph_labels *l, const char *title,
		       double *left)
{
	double from = 0, to = g->width, least = graph_text_width(title, 17) + 2 * MARGIN, width;

	for (size_t i = 0; i < l->labels; i++) {
		from = fmin(from, l->label[i].x - l->label[i].w / 2 - MARGIN);
		to = fmax(to, l->label[i].x + l->label[i].w / 2 + MARGIN);
	}
	width = fmax(to - from, fmax(WIDTH_MIN, least));
	*left = (width - (to - from)) / 2 - from;
	return width;
}

static void put_drawing(const struct graph *g, const struct graph_labels *l, FILE *out, double left)
{
	fprintf(out, "<g transform=\"translate(%.1f %d)\">\n", left, HEAD);
	for (size_t i = 0; i < g->edges; i++)
		put_edge(g, out, &g->edge[i]);
	for (size_t i = 0; i < l->labels; i++)
		put_label(out, &l->label[i]);
	for (size_t i = 0; i < g->nodes; i++)
		put_node(out, &g->node[i]);
	fputs("</g>\n", out);
}

void graph_svg(const struct graph *g, FILE *out)
{
	const char *title = g->lab->title[0] ? g->lab->title : g->lab->name;
	struct graph_labels labels;
	struct legend at = {.x = MARGIN, .y = g->height + HEAD}, end;
	double height, left;

	graph_label(g, &labels);
	at.width = width_of(g, &labels, title, &left);
	end = at;
	put_legend(g, NULL, &end);
	height = end.y + LEGEND_ROW;
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 "
		"%.0f %.0f\">\n",
		at.width, height, at.width, height);
	put_title(out, g->lab->name);
	fprintf(out,
		"\n<style>%s</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		style);
	put_text(out, "title", MARGIN, 26, title);
	put_drawing(g, &labels, out, left);
	put_legend(g, out, &at);
	fputs("</svg>\n", out);
	free(labels.label);
}
