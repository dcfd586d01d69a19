/* SPDX-License-Identifier: ISC */
/* graph_place.c - where each node of a drawing stands; graph.h says how. */
#include "lab/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

/* Room, in pixels. */
enum {
	LEAF_WIDTH = 118, /* of a host and what is between it and the next */
	LEAF_HEIGHT = 62,
	STEP = 190,	 /* from one circle to the next, at least */
	STAGGER_X = 116, /* from one row of hosts to the next, outwards */
	STAGGER_Y = 74,
	SWITCH_ROOM = 190, /* of a switch on a circle */
	MARGIN = 80,
};

/* ---- which tree ---- */

static bool is_switch(const struct graph *g, size_t node)
{
	return g->node[node].kind == GRAPH_SWITCH;
}

/* The other end of a link, if both are switches; GRAPH_NONE: it does not begin here. */
static size_t other_switch(const struct graph *g, const struct graph_edge *e, size_t node)
{
	for (int k = 0; k < 2; k++)
		if (e->end[k].node == node && e->end[!k].node != node &&
		    is_switch(g, e->end[!k].node))
			return e->end[!k].node;
	return GRAPH_NONE;
}

static unsigned switch_links(const struct graph *g, size_t node)
{
	unsigned n = 0;

	for (size_t i = 0; i < g->edges; i++)
		n += other_switch(g, &g->edge[i], node) != GRAPH_NONE;
	return n;
}

/* Of a walk from a switch along links: which are found, in order; returns how many.  `far` is how far the last is. */
static size_t walk(const struct graph *g, size_t start, size_t *order, unsigned *depth, bool deep)
{
	size_t n = 0, done = 0;

	order[n++] = start;
	depth[start] = 0;
	while (done < n) {
		/* breadth first takes the oldest that is left; depth first the newest */
		size_t at = order[done++];

		for (size_t i = 0; i < g->edges; i++) {
			size_t next = other_switch(g, &g->edge[i], at);
			bool known = next == GRAPH_NONE;

			for (size_t k = 0; k < n && !known; k++)
				known = order[k] == next;
			if (known)
				continue;
			if (deep && n > done) { /* right behind this one */
				memmove(&order[done + 1], &order[done],
					(n - done) * sizeof(*order));
				order[done] = next;
			} else {
				order[n] = next;
			}
			depth[next] = depth[at] + 1;
			n++;
		}
	}
	return n;
}

/* The switch from which the farthest is nearest; of several the one with most links, or the first. */
static size_t centre(const struct graph *g, size_t switches, size_t *order, unsigned *depth)
{
	size_t best = 0, reach = 0;
	unsigned least = 0, links = 0;

	for (size_t s = 0; s < switches; s++) {
		size_t n = walk(g, s, order, depth, false);
		unsigned far = depth[order[n - 1]], mine = switch_links(g, s);

		if (n > reach || (n == reach && (far < least || (far == least && mine > links)))) {
			best = s;
			reach = n;
			least = far;
			links = mine;
		}
	}
	return best;
}

/* Are the switches a tree, one of more than two? */
static bool is_tree(const struct graph *g, size_t switches, size_t reached)
{
	size_t links = 0;

	for (size_t i = 0; i < g->edges; i++) {
		const struct graph_end *end = g->edge[i].end;

		links += end[0].node != end[1].node && is_switch(g, end[0].node) &&
			 is_switch(g, end[1].node);
	}
	return switches == 1 || (switches > 2 && reached == switches && links == switches - 1);
}

/* What is no switch hangs on the first that it has a link to. */
static void hang_leaves(struct graph *g)
{
	for (size_t i = 0; i < g->edges; i++) {
		const struct graph_end *end = g->edge[i].end;
		struct graph_node *leaf = &g->node[end[0].node];

		if (!is_switch(g, end[0].node) && leaf->parent == GRAPH_NONE)
			leaf->parent = end[1].node;
	}
}

/* Sets parents and the order of switches; returns the root, GRAPH_NONE: they stand on a circle. */
static size_t make_tree(struct graph *g, size_t switches, size_t *order)
{
	unsigned *depth = need(calloc(g->nodes + 1, sizeof(*depth)));
	size_t root = centre(g, switches, order, depth),
	       reached = walk(g, root, order, depth, false);
	bool tree = is_tree(g, switches, reached);
	bool *seen = need(calloc(g->nodes + 1, sizeof(*seen)));
	size_t n = 0;

	for (size_t k = 1; tree && k < reached; k++)
		for (size_t i = 0; i < g->edges; i++) {
			size_t other = other_switch(g, &g->edge[i], order[k]);

			if (other != GRAPH_NONE && depth[other] + 1 == depth[order[k]])
				g->node[order[k]].parent = other;
		}
	/* one walk for each part that has no link to the others */
	for (size_t s = 0; !tree && s < switches; s++) {
		if (seen[s])
			continue;
		reached = walk(g, s, order + n, depth, true);
		for (size_t k = 0; k < reached; k++)
			seen[order[n + k]] = true;
		n += reached;
	}
	hang_leaves(g);
	free(seen);
	free(depth);
	return tree ? root : GRAPH_NONE;
}

/* ---- where they are ---- */

/* Puts all that hangs on the nodes from `done` to `n` of a list behind them, level by level; returns how many there are then. */
static size_t list_subtrees(struct graph *g, size_t *list, size_t done, size_t n)
{
	for (size_t i = done; i < n; i++)
		g->node[list[i]].placed = true;
	for (; done < n; done++)
		for (size_t i = 0; i < g->nodes; i++) {
			if (g->node[i].parent != list[done] || g->node[i].placed)
				continue;
			g->node[i].placed = true;
			g->node[i].depth = g->node[list[done]].depth + 1;
			list[n++] = i;
		}
	return n;
}

/* From the outermost inwards: a node has the leaves of all that hangs on it, or is one itself. */
static void count_leaves(struct graph *g, const size_t *list, size_t n)
{
	while (n-- > 0) {
		struct graph_node *node = &g->node[list[n]];

		if (!node->leaves)
			node->leaves = 1;
		if (node->parent != GRAPH_NONE)
			g->node[node->parent].leaves += node->leaves;
	}
}

/* In how many rows hosts stand, so that a picture of many is not all circle and no middle. */
static unsigned rows_of(unsigned leaves)
{
	return leaves <= 14 ? 1 : leaves <= 32 ? 2 : leaves <= 80 ? 3 : 4;
}

struct circles {
	unsigned leaves; /* all of them */
	unsigned rows;
	double first; /* radius of circle 1 */
	double step;
};

static double radius(const struct circles *c, unsigned depth)
{
	return depth ? c->first + (depth - 1) * c->step : 0;
}

/* The leaves of all that hangs on a node: fewer than its own where it was given more room. */
static double children(const struct graph *g, size_t node)
{
	double n = 0;

	for (size_t i = 0; i < g->nodes; i++)
		if (g->node[i].parent == node)
			n += g->node[i].leaves;
	return n;
}

/*
 * Puts a node into the sector from node->from on, of `each` for each leaf, and gives what hangs on it its part of that;
 * `row` counts hosts.
 */
static void place(struct graph *g, const struct circles *c, size_t node, double each, unsigned *row)
{
	struct graph_node *n = &g->node[node];
	double middle = n->from + each * n->leaves / 2, r = radius(c, n->depth);
	double from = n->from + each * (n->leaves - children(g, node)) / 2;
	unsigned out = n->kind == GRAPH_SWITCH ? 0 : (*row)++ % c->rows;

	/* names are wider than high */
	n->x = (r + out * STAGGER_X) * cos(middle);
	n->y = (r * 0.8 + out * STAGGER_Y) * sin(middle);
	for (size_t i = 0; i < g->nodes; i++) {
		if (g->node[i].parent != node)
			continue;
		g->node[i].from = from;
		from += each * g->node[i].leaves;
	}
}

/* How far out circle `depth` has to be for `leaves` on it to have room. */
static double room(unsigned leaves, unsigned rows, unsigned depth, double step)
{
	double around = (double)leaves * LEAF_WIDTH / rows / (2 * M_PI);
	double first = around - (depth > 1 ? (depth - 1) * step : 0);

	return first > step ? first : step;
}

static unsigned deepest(const struct graph *g)
{
	unsigned depth = 0;

	for (size_t i = 0; i < g->nodes; i++)
		if (g->node[i].placed && g->node[i].depth > depth)
			depth = g->node[i].depth;
	return depth;
}

/* Hosts without a link, in rows below the rest. */
static void place_loose(struct graph *g, double bottom)
{
	unsigned column = 0, row = 0;

	for (size_t i = 0; i < g->nodes; i++) {
		if (g->node[i].placed)
			continue;
		g->node[i].x = (double)column * LEAF_WIDTH;
		g->node[i].y = bottom + LEAF_HEIGHT * (1.5 + row);
		if (++column == 6) {
			column = 0;
			row++;
		}
	}
}

/* Moves all so that the picture begins at 0, 0, and measures it. */
static void shift(struct graph *g)
{
	double left = 0, right = 0, top = 0, bottom = 0;

	for (size_t i = 0; i < g->nodes; i++) {
		left = i ? fmin(left, g->node[i].x) : g->node[i].x;
		right = i ? fmax(right, g->node[i].x) : g->node[i].x;
		top = i ? fmin(top, g->node[i].y) : g->node[i].y;
		bottom = i ? fmax(bottom, g->node[i].y) : g->node[i].y;
	}
	for (size_t i = 0; i < g->nodes; i++) {
		g->node[i].x += MARGIN - left;
		g->node[i].y += MARGIN - top;
	}
	g->width = right - left + 2 * MARGIN;
	g->height = bottom - top + 2 * MARGIN;
}

/* How much wider a circle of switches has to be for what is written on the links across it. */
static double density(const struct graph *g, size_t switches)
{
	unsigned ends = 0;

	for (size_t i = 0; i < switches; i++)
		ends += switch_links(g, i);
	return fmax(1, sqrt(ends / 2.0 / (double)switches));
}

/* Of switches on a circle each has some room, whether hosts hang on it or not; returns how far out they have to be. */
static double widen(struct graph *g, struct circles *c, size_t switches)
{
	unsigned all = (unsigned)switches * 3, least = (c->leaves * 2 + all - 1) / all, sum = 0;

	for (size_t i = 0; i < switches; i++) {
		if (g->node[i].leaves < least)
			g->node[i].leaves = least;
		sum += g->node[i].leaves;
	}
	c->leaves = sum;
	return switches > 1 ? density(g, switches) * SWITCH_ROOM * sum / (2 * M_PI * least) : 0;
}

/* Gives each switch on the circle, or the root, its sector: the first stands at the top, in the middle of its own. */
static void give_sectors(struct graph *g, const size_t *top, size_t n, double each)
{
	double from = -M_PI / 2 - each * (n > 1 ? g->node[top[0]].leaves : 1) / 2;

	for (size_t k = 0; k < n; k++) {
		g->node[top[k]].from = from;
		from += each * g->node[top[k]].leaves;
	}
}

static void place_switches(struct graph *g, size_t switches)
{
	size_t *list = need(calloc(2 * g->nodes + 1, sizeof(*list)));
	size_t root = make_tree(g, switches, list), top = switches, n;
	struct circles c = {.step = STEP};
	double each, least = 0;
	unsigned row = 0, slots;

	if (root != GRAPH_NONE) {
		list[0] = root;
		top = 1;
	}
	for (size_t k = 0; k < top; k++)
		g->node[list[k]].depth = root == GRAPH_NONE;
	n = list_subtrees(g, list, 0, top);
	count_leaves(g, list, n);
	for (size_t k = 0; k < top; k++)
		c.leaves += g->node[list[k]].leaves;
	c.rows = rows_of(c.leaves);
	c.step = STEP + (c.rows - 1) * STAGGER_Y / 2.0;
	if (root == GRAPH_NONE)
		least = widen(g, &c, switches);
	c.first = fmax(room(c.leaves, c.rows, deepest(g), c.step), least);
	/* so that the last is not beside the first in one row */
	slots = (c.leaves + c.rows - 1) / c.rows * c.rows;
	each = 2 * M_PI / (slots ? slots : 1);
	give_sectors(g, list, top, each);
	for (size_t k = 0; k < n; k++)
		place(g, &c, list[k], each, &row);
	free(list);
}

void graph_place(struct graph *g)
{
	size_t switches = g->lab->switches;
	double bottom = 0;

	if (switches)
		place_switches(g, switches);
	for (size_t i = 0; i < g->nodes; i++)
		if (g->node[i].placed)
			bottom = fmax(bottom, g->node[i].y);
	place_loose(g, bottom);
	shift(g);
}
