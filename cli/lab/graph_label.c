/* SPDX-License-Identifier: ISC */
/* graph_label.c - how the lines of a drawing run, and where the marks and texts on them stand; graph_label.h says how. */
#include "lab/graph_label.h"

#include <math.h>
#include <string.h>

#include "lab/model_impl.h"

enum {
	MARK = 16,   /* a circle with a letter */
	HEIGHT = 13, /* of a text, and what is between it and the next */
	APART = 90,  /* of what the lines between two nodes are bent towards */
	APART_ALL = 270,
	STEPS = 50, /* along a line */
};

/* ---- lines ---- */

struct graph_line graph_line_of(const struct graph *g, const struct graph_edge *e)
{
	const struct graph_node *a = &g->node[e->end[0].node], *b = &g->node[e->end[1].node];
	double dx = b->x - a->x, dy = b->y - a->y, len = hypot(dx, dy);
	double bend = (e->twin - (e->twins - 1) / 2.0) * fmin(APART, APART_ALL / fmax(e->twins, 1));
	struct graph_line l = {.ax = a->x, .ay = a->y, .bx = b->x, .by = b->y};

	/* the same side of both, whichever end is the first */
	if (e->end[0].node > e->end[1].node)
		bend = -bend;
	l.cx = (a->x + b->x) / 2 - (len > 0 ? dy / len * bend : 0);
	l.cy = (a->y + b->y) / 2 + (len > 0 ? dx / len * bend : 0);
	if (a == b) { /* from a switch to itself */
		l.ax -= GRAPH_SWITCH_WIDTH / 3.0;
		l.bx += GRAPH_SWITCH_WIDTH / 3.0;
		l.cy -= 130 + 40.0 * e->twin;
	}
	return l;
}

static void point_at(const struct graph_line *l, double t, double *x, double *y)
{
	*x = (1 - t) * (1 - t) * l->ax + 2 * t * (1 - t) * l->cx + t * t * l->bx;
	*y = (1 - t) * (1 - t) * l->ay + 2 * t * (1 - t) * l->cy + t * t * l->by;
}

/* ---- sizes ---- */

double graph_node_width(const struct graph_node *n)
{
	return n->kind == GRAPH_SWITCH ? GRAPH_SWITCH_WIDTH : GRAPH_HOST_WIDTH;
}

double graph_node_height(const struct graph_node *n)
{
	return n->kind == GRAPH_SWITCH ? GRAPH_SWITCH_HEIGHT : GRAPH_HOST_HEIGHT;
}

double graph_text_width(const char *text, double size)
{
	size_t letters = 0;

	for (; *text; text++)
		letters += ((unsigned char)*text & 0xc0) != 0x80; /* not within one of UTF-8 */
	return (double)letters * size * 0.6;
}

/* ---- room ---- */

static bool meet(const struct graph_label *a, double x, double y, double w, double h)
{
	return fabs(a->x - x) < (a->w + w) / 2 && fabs(a->y - y) < (a->h + h) / 2;
}

/* Does it stand on no node and on none of the labels that have a place? */
static bool is_free(const struct graph *g, const struct graph_labels *l,
		    const struct graph_label *a)
{
	for (size_t i = 0; i < g->nodes; i++)
		if (meet(a, g->node[i].x, g->node[i].y, graph_node_width(&g->node[i]),
			 graph_node_height(&g->node[i])))
			return false;
	for (size_t i = 0; i < l->labels; i++)
		if (meet(a, l->label[i].x, l->label[i].y, l->label[i].w, l->label[i].h))
			return false;
	return true;
}

static void add(struct graph_labels *l, const struct graph_label *a)
{
	struct graph_label *added = model_append(&l->label, &l->labels, sizeof(*a));

	*added = *a;
}

/* From an end on, where it is outside of the node. */
static void add_at_end(const struct graph *g, struct graph_labels *l, const struct graph_line *line,
		       int end, struct graph_label a)
{
	struct graph_label first = a;
	bool outside = false;

	for (int i = 1; i < STEPS; i++) {
		point_at(line, end ? 1 - (double)i / STEPS : (double)i / STEPS, &a.x, &a.y);
		if (is_free(g, l, &a)) {
			add(l, &a);
			return;
		}
		if (!outside) {
			first = a;
			outside = true;
		}
	}
	add(l, &first);
}

/* In the middle, or as near to it as there is room: a little above or below, or farther along the line. */
static void add_in_middle(const struct graph *g, struct graph_labels *l,
			  const struct graph_line *line, struct graph_label a)
{
	static const int beside[] = {0, 1, -1};

	for (int i = 0; i < STEPS - 6; i++) {
		int away = (i + 1) / 2; /* steps, to one side and the other in turn */
		double x, y, t = 0.5 + (i % 2 ? away : -away) / (double)STEPS;

		point_at(line, t, &x, &y);
		for (int k = 0; k < 3; k++) {
			a.x = x;
			a.y = y + beside[k] * HEIGHT;
			if (is_free(g, l, &a)) {
				add(l, &a);
				return;
			}
		}
	}
	point_at(line, 0.5, &a.x, &a.y);
	add(l, &a);
}

/* ---- labels ---- */

static struct graph_label text_of(enum graph_label_kind kind, const char *text)
{
	return (struct graph_label){
		.kind = kind, .text = text, .w = graph_text_width(text, 10) + 6, .h = HEIGHT};
}

/* Do people have to be told a name, or is it the one that is expected? */
static bool port_is_special(const struct graph *g, const struct graph_edge *e, int end)
{
	const char *other = g->node[e->end[!end].node].name;

	return e->end[end].port[0] && strcmp(e->end[end].port, other) != 0;
}

static bool interface_is_special(const struct graph_edge *e)
{
	return e->interface[0] && strcmp(e->interface, "eth0") != 0 &&
	       strcmp(e->interface, "net0") != 0;
}

static bool is_between_switches(const struct graph *g, const struct graph_edge *e)
{
	return g->node[e->end[0].node].kind == GRAPH_SWITCH;
}

static void add_marks(const struct graph *g, struct graph_labels *l, const struct graph_edge *e)
{
	struct graph_line line = graph_line_of(g, e);

	for (int k = 0; k < 2; k++) {
		const struct graph_end *end = &e->end[k];

		/* roles are of interest where there is a choice */
		if (end->blocks || (end->role[0] && is_between_switches(g, e)))
			add_at_end(g, l, &line, k,
				   (struct graph_label){.kind = LABEL_MARK,
							.end = end,
							.text = "",
							.w = MARK,
							.h = MARK});
	}
}

static void add_names(const struct graph *g, struct graph_labels *l, const struct graph_edge *e)
{
	struct graph_line line = graph_line_of(g, e);

	for (int k = 0; k < 2; k++)
		if (port_is_special(g, e, k))
			add_at_end(g, l, &line, k, text_of(LABEL_PORT, e->end[k].port));
	if (interface_is_special(e))
		add_at_end(g, l, &line, 0, text_of(LABEL_PORT, e->interface));
}

static void add_texts(const struct graph *g, struct graph_labels *l, const struct graph_edge *e)
{
	struct graph_line line = graph_line_of(g, e);

	if (e->vlans[0] && (is_between_switches(g, e) || !e->vid))
		add_in_middle(g, l, &line, text_of(LABEL_VLANS, e->vlans));
	if (e->bad[0])
		add_in_middle(g, l, &line, text_of(LABEL_BAD, e->bad));
}

void graph_label(const struct graph *g, struct graph_labels *l)
{
	*l = (struct graph_labels){.labels = 0};
	/* those first that have the least choice */
	for (size_t i = 0; i < g->edges; i++)
		add_marks(g, l, &g->edge[i]);
	for (size_t i = 0; i < g->edges; i++)
		add_names(g, l, &g->edge[i]);
	for (size_t i = 0; i < g->edges; i++)
		add_texts(g, l, &g->edge[i]);
}
