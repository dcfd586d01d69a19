/* SPDX-License-Identifier: ISC */
/*
 * graph_svg.c - a lab as SVG, which browsers and editors show without anything else.
 *
 * Every text goes through graph_put(); what a browser shows when the mouse is over something (<title>) says all there is,
 * so that the drawing itself can stay bare.
 */
#include "lab/graph.h"

#include <math.h>
#include <string.h>

#include "lab/model_impl.h"

enum {
	HEAD = 34, /* room for the title */
	LEGEND_ROW = 22,
	LEGEND_WIDTH = 190,
	SWITCH_WIDTH = 104,
	SWITCH_HEIGHT = 44,
	HOST_WIDTH = 96,
	HOST_HEIGHT = 38,
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

/* How wide a text of a label is, about. */
static double text_px(const char *text)
{
	return (double)strlen(text) * 5.8 + 4;
}

/* ---- links ---- */

struct line {
	double ax, ay, bx, by; /* ends */
	double cx, cy;	       /* what it is bent towards */
};

/* Links between the same two nodes are bent apart. */
static struct line line_of(const struct graph *g, const struct graph_edge *e)
{
	const struct graph_node *a = &g->node[e->end[0].node], *b = &g->node[e->end[1].node];
	double dx = b->x - a->x, dy = b->y - a->y, len = hypot(dx, dy);
	double bend = (e->twin - (e->twins - 1) / 2.0) * 56;
	struct line l = {.ax = a->x, .ay = a->y, .bx = b->x, .by = b->y};

	/* the same side of both, whichever end is the first */
	if (e->end[0].node > e->end[1].node)
		bend = -bend;
	l.cx = (a->x + b->x) / 2 - (len > 0 ? dy / len * bend : 0);
	l.cy = (a->y + b->y) / 2 + (len > 0 ? dx / len * bend : 0);
	if (a == b) { /* from a switch to itself */
		l.ax -= SWITCH_WIDTH / 3.0;
		l.bx += SWITCH_WIDTH / 3.0;
		l.cy -= 130 + 40.0 * e->twin;
	}
	return l;
}

static void point_at(const struct line *l, double t, double *x, double *y)
{
	*x = (1 - t) * (1 - t) * l->ax + 2 * t * (1 - t) * l->cx + t * t * l->bx;
	*y = (1 - t) * (1 - t) * l->ay + 2 * t * (1 - t) * l->cy + t * t * l->by;
}

static double half_width(const struct graph_node *n)
{
	return (n->kind == GRAPH_SWITCH ? SWITCH_WIDTH : HOST_WIDTH) / 2.0;
}

static double half_height(const struct graph_node *n)
{
	return (n->kind == GRAPH_SWITCH ? SWITCH_HEIGHT : HOST_HEIGHT) / 2.0;
}

/* The first point along the line at which something of this size is outside of the node that is its end. */
static void point_outside(const struct graph *g, const struct graph_edge *e, const struct line *l,
			  int end, double w, double h, double *x, double *y)
{
	const struct graph_node *n = &g->node[e->end[end].node];

	*x = n->x;
	*y = n->y;
	for (int i = 1; i < 25; i++) {
		point_at(l, end ? 1 - i / 50.0 : i / 50.0, x, y);
		if (fabs(*x - n->x) > half_width(n) + w / 2 ||
		    fabs(*y - n->y) > half_height(n) + h / 2)
			return;
	}
}

/* Do people have to be told a name, or is it the one that is expected? */
static bool port_is_special(const struct graph *g, const struct graph_edge *e, int end)
{
	const char *other = g->node[e->end[!end].node].name;

	return e->end[end].port[0] && strcmp(e->end[end].port, other) != 0;
}

static void put_mark(const struct graph *g, FILE *out, const struct graph_edge *e,
		     const struct line *l, int k)
{
	const struct graph_end *end = &e->end[k];
	const char *fill = end->blocks			    ? "#b3261e"
			   : strcmp(end->role, "root") == 0 ? "#1b7f3b"
							    : "#888888";
	char letter[2] = {end->role[0] ? (char)(end->role[0] - 'a' + 'A') : 'X', '\0'};
	double x, y;

	if (!end->role[0] && !end->blocks)
		return;
	point_outside(g, e, l, k, 20, 20, &x, &y);
	fprintf(out, "<circle class=\"mark\" cx=\"%.1f\" cy=\"%.1f\" r=\"7\" fill=\"%s\"/>\n", x, y,
		fill);
	put_text(out, "letter", x, y + 3, letter);
}

/* A text on a line, which is not seen through it. */
static void put_over(FILE *out, const char *class, double x, double y, const char *text)
{
	double w = text_px(text);

	fprintf(out,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"12\" fill=\"#fff\" "
		"fill-opacity=\"0.9\"/>\n",
		x - w / 2, y - 6, w);
	put_text(out, class, x, y + 4, text);
}

static void put_name(const struct graph *g, FILE *out, const struct graph_edge *e,
		     const struct line *l, int k, const char *name)
{
	double x, y;

	/* behind the mark of the port, if there is one */
	point_outside(g, e, l, k, text_px(name) + (e->end[k].role[0] ? 40 : 6),
		      e->end[k].role[0] ? 50 : 16, &x, &y);
	put_over(out, "port", x, y, name);
}

static void put_labels(const struct graph *g, FILE *out, const struct graph_edge *e,
		       const struct line *l)
{
	bool switches = g->node[e->end[0].node].kind == GRAPH_SWITCH;
	double x, y;

	point_at(l, 0.5, &x, &y);
	if (e->vlans[0] && (switches || !e->vid))
		put_over(out, "label", x, y, e->vlans);
	if (e->bad[0])
		put_over(out, "label bad", x, y + (e->vlans[0] ? 13 : 0), e->bad);
	for (int k = 0; k < 2; k++) {
		/* roles are of interest where there is a choice */
		if (switches || e->end[k].blocks)
			put_mark(g, out, e, l, k);
		if (port_is_special(g, e, k))
			put_name(g, out, e, l, k, e->end[k].port);
	}
	if (e->interface[0] && strcmp(e->interface, "eth0") != 0 &&
	    strcmp(e->interface, "net0") != 0)
		put_name(g, out, e, l, 0, e->interface);
}

static void put_edge(const struct graph *g, FILE *out, const struct graph_edge *e)
{
	static const char *const classes[] = {[GRAPH_UNKNOWN] = "",
					      [GRAPH_UP] = "",
					      [GRAPH_BLOCKED] = " blocked",
					      [GRAPH_DOWN] = " down"};
	struct line l = line_of(g, e);
	char a[128], b[128], state[96], all[600];

	graph_end_text(g, e, 0, a);
	graph_end_text(g, e, 1, b);
	graph_state_text(g, e, state);
	model_where(all, sizeof(all), "%s%s%s to %s%s%s%s%s%s%s", a, e->address[0] ? " " : "",
		    e->address, b, e->vlans[0] ? "; " : "", e->vlans, e->bad[0] ? "; " : "", e->bad,
		    state[0] ? "; " : "", state);
	fprintf(out,
		"<g><path class=\"edge%s%s\" stroke=\"%s\" d=\"M%.1f %.1fQ%.1f %.1f %.1f %.1f\">",
		classes[e->state], e->vlans[0] && !e->vid ? " trunk" : "",
		graph_colour_text(graph_colour(g, e->vid)), l.ax, l.ay, l.cx, l.cy, l.bx, l.by);
	put_title(out, all);
	fputs("</path>\n", out);
	put_labels(g, out, e, &l);
	fputs("</g>\n", out);
}

/* ---- nodes ---- */

static void put_node(FILE *out, const struct graph_node *n)
{
	static const char *const classes[] = {[GRAPH_SWITCH] = "switch",
					      [GRAPH_HOST] = "host",
					      [GRAPH_VM] = "vm",
					      [GRAPH_UPLINK] = "uplink"};
	double w = 2 * half_width(n), h = 2 * half_height(n);
	double corner = n->kind == GRAPH_SWITCH ? 4 : n->kind == GRAPH_UPLINK ? h / 2 : 12;

	fprintf(out,
		"<g><rect class=\"node %s%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.0f\" height=\"%.0f\" "
		"rx=\"%.0f\">",
		classes[n->kind], n->root ? " root" : "", n->x - w / 2, n->y - h / 2, w, h, corner);
	put_title(out, n->name);
	fputs("</rect>\n", out);
	put_text(out, n->kind == GRAPH_SWITCH ? "name" : "", n->x, n->y + (n->note[0] ? -2 : 4),
		 n->name);
	if (n->note[0])
		put_text(out, "note", n->x, n->y + 12, n->note);
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

void graph_svg(const struct graph *g, FILE *out)
{
	double width = g->width > WIDTH_MIN ? g->width : WIDTH_MIN, left = (width - g->width) / 2;
	struct legend at = {.x = 20, .y = g->height + HEAD, .width = width}, end = at;
	double height;

	put_legend(g, NULL, &end);
	height = end.y + LEGEND_ROW;
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 "
		"%.0f %.0f\">\n",
		width, height, width, height);
	put_title(out, g->lab->name);
	fprintf(out,
		"\n<style>%s</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		style);
	put_text(out, "title", 20, 26, g->lab->title[0] ? g->lab->title : g->lab->name);
	fprintf(out, "<g transform=\"translate(%.1f %d)\">\n", left, HEAD);
	for (size_t i = 0; i < g->edges; i++)
		put_edge(g, out, &g->edge[i]);
	for (size_t i = 0; i < g->nodes; i++)
		put_node(out, &g->node[i]);
	fputs("</g>\n", out);
	put_legend(g, out, &at);
	fputs("</svg>\n", out);
}
