/* SPDX-License-Identifier: ISC */
/*
 * graph.h - a lab as a drawing: what is in it, what is connected with what, and, where it runs, how that is.
 *
 * The graph is made of the file.  graph_live() adds what the switches say; ports that they do not know, or that are not in the
 * file, change nothing.  graph_place() finds places; then it is written in one of the forms.
 *
 * Places are those of a tree drawn around its root, each subtree in a sector as wide as it has leaves, which draws any
 * tree without lines that cross.  Where the switches are no tree they stand on a circle in the order of a walk along their
 * links, so that a ring looks like one, with hosts outside and links between switches inside.  Nothing is left to chance:
 * one lab gives one drawing.
 */
#ifndef CLI_LAB_GRAPH_H
#define CLI_LAB_GRAPH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "lab/model.h"
#include "util/words.h"

enum graph_kind { GRAPH_SWITCH, GRAPH_HOST, GRAPH_VM, GRAPH_UPLINK };

struct graph_node {
	enum graph_kind kind;
	const char *name; /* of the lab's */
	char note[64];	  /* its address, "vxlan 42", "root bridge"; "" */
	bool root;	  /* of the spanning tree, as the switch itself says */
	double x, y;	  /* its middle; from graph_place() */
	/* Of the tree that it is placed by. */
	size_t parent; /* GRAPH_NONE */
	double from;   /* where its sector begins */
	unsigned depth, leaves;
	bool placed;
};

#define GRAPH_NONE ((size_t)-1)

enum graph_state {
	GRAPH_UNKNOWN, /* nobody was asked */
	GRAPH_UP,
	GRAPH_BLOCKED, /* by the spanning tree, or because of a loop: see the ends */
	GRAPH_DOWN,
};

struct graph_end {
	size_t node;
	char port[64]; /* of the switch; "" at the end of a host */
	char role[16]; /* "root", "designated"...; "" */
	bool blocks;   /* this port is what blocks the link */
	bool down;
};

struct graph_edge {
	struct graph_end end[2];
	char interface[16]; /* of the host, or "" */
	char address[64];   /* of that interface; "" */
	unsigned vid;	    /* the one VLAN of an access port or a tunnel; 0 = none, or several */
	char vlans[64];	    /* "VLAN 10", "trunk 10,20", "tunnel 100"; "" = the switch knows none */
	char bad[96];	    /* "20ms 1% loss"; "" = a good link */
	enum graph_state state;
	unsigned twin, twins; /* number among all between these two nodes, and how many */
};

struct graph_vlan {
	unsigned vid;
	char name[NAME_SIZE]; /* "" */
};

struct graph {
	const struct lab *lab;
	bool live;
	struct graph_node *node; /* switches first */
	size_t nodes;
	struct graph_edge *edge;
	size_t edges;
	struct graph_vlan *vlan; /* those that have a colour, lowest first */
	size_t vlans;
	double width, height;
};

/* Of a lab that outlives it; to be freed with graph_free(). */
void graph_make(const struct lab *lab, struct graph *g);
void graph_free(struct graph *g);

/* `ports` and `stp` as port.list and stp.list have them (docs/protocol.md). */
void graph_live(struct graph *g, const json_t *ports, const json_t *stp);

void graph_place(struct graph *g);

/* Which colour a VLAN has, from 0; -1: none. */
int graph_colour(const struct graph *g, unsigned vid);

/* "up", "blocked: alternate at sw3", "down"; "" of GRAPH_UNKNOWN; returns out. */
const char *graph_state_text(const struct graph *g, const struct graph_edge *e, char out[96]);

/* How the ends are written: "sw1:p7", "h1:eth0", "h1"; returns out. */
const char *graph_end_text(const struct graph *g, const struct graph_edge *e, int end,
			   char out[128]);

void graph_svg(const struct graph *g, FILE *out);
void graph_dot(const struct graph *g, FILE *out);
void graph_mermaid(const struct graph *g, FILE *out);
json_t *graph_json(const struct graph *g);

/* Writes text for XML, for a quoted string of DOT, for one of Mermaid. */
enum graph_quote { QUOTE_XML, QUOTE_DOT, QUOTE_MERMAID };
void graph_put(FILE *out, enum graph_quote quote, const char *text);

/* Of graph_colour(): "#0072b2". */
const char *graph_colour_text(int colour);

#endif
