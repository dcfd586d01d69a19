/* SPDX-License-Identifier: ISC */
/*
 * graph_label.h - the lines of a drawing, and where the marks and texts on them stand.
 *
 * Lines between the same two nodes are bent apart.  A mark stands right outside of the node that it belongs to, the name of a
 * port behind it, and what a link is like in its middle.  Where something stands there already, a node or another label,
 * a label goes along its own line until there is room; where there is none at all, it stays where it wanted to be.
 */
#ifndef CLI_LAB_GRAPH_LABEL_H
#define CLI_LAB_GRAPH_LABEL_H

#include "lab/graph.h"

enum {
	GRAPH_SWITCH_WIDTH = 104,
	GRAPH_SWITCH_HEIGHT = 44,
	GRAPH_HOST_WIDTH = 96,
	GRAPH_HOST_HEIGHT = 38
};

struct graph_line {
	double ax, ay, bx, by; /* ends */
	double cx, cy;	       /* what it is bent towards */
};

enum graph_label_kind { LABEL_MARK, LABEL_PORT, LABEL_VLANS, LABEL_BAD };

struct graph_label {
	enum graph_label_kind kind;
	const struct graph_end *end; /* of LABEL_MARK */
	const char *text;	     /* of the graph's; "" of a mark */
	double x, y, w, h;	     /* its middle, its size */
};

struct graph_labels {
	struct graph_label *label;
	size_t labels;
};

struct graph_line graph_line_of(const struct graph *g, const struct graph_edge *e);

double graph_node_width(const struct graph_node *n);
double graph_node_height(const struct graph_node *n);

/* How wide a text of letters of this size is, about. */
double graph_text_width(const char *text, double size);

/* Of a graph that has its places, and outlives them; to be freed with free(l->label). */
void graph_label(const struct graph *g, struct graph_labels *l);

#endif
