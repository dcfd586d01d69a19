/* SPDX-License-Identifier: ISC */
#include "lab/graph.h"

#include <stdlib.h>
#include <string.h>

#include "core/settings.h"
#include "js.h"
#include "lab/model_impl.h"
#include "port/options.h"

/* ---- nodes ---- */

static struct graph_node *add_node(struct graph *g, enum graph_kind kind, const char *name)
{
	struct graph_node *n = model_append(&g->node, &g->nodes, sizeof(*n));

	n->kind = kind;
	n->name = name;
	n->parent = GRAPH_NONE;
	return n;
}

/* The first address of an interface, or, NULL, of any. */
static const char *address_of(const struct lab_host *h, const char *interface)
{
	for (size_t i = 0; i < h->interfaces; i++)
		if (h->interface[i].addresses &&
		    (!interface || strcmp(h->interface[i].name, interface) == 0))
			return h->interface[i].address->text;
	return "";
}

/* Whether a host has more addresses than the one that is shown. */
static bool has_more(const struct lab_host *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->interfaces; i++)
		n += h->interface[i].addresses;
	return n > 1;
}

static void add_nodes(struct graph *g)
{
	const struct lab *lab = g->lab;

	for (size_t i = 0; i < lab->switches; i++)
		add_node(g, GRAPH_SWITCH, lab->sw[i].name);
	for (size_t i = 0; i < lab->hosts; i++) {
		struct graph_node *n = add_node(g, GRAPH_HOST, lab->host[i].name);

		model_where(n->note, sizeof(n->note), "%s%s", address_of(&lab->host[i], NULL),
			    has_more(&lab->host[i]) ? " ..." : "");
	}
	for (size_t i = 0; i < lab->vms; i++) {
		struct graph_node *n = add_node(g, GRAPH_VM, lab->vm[i].name);

		model_where(n->note, sizeof(n->note), "%u MiB", lab->vm[i].memory_mib);
	}
	for (size_t i = 0; i < lab->uplinks; i++) {
		const json_t *set = lab->uplink[i].settings;
		struct graph_node *n = add_node(g, GRAPH_UPLINK, lab->uplink[i].name);

		if (json_object_get(set, "vni"))
			model_where(n->note, sizeof(n->note), "%s %lld", js_str(set, "type"),
				    (long long)js_int(set, "vni"));
		else
			model_where(n->note, sizeof(n->note), "%s", js_str(set, "type"));
	}
}

/* Names are of one space, so a name is enough. */
static size_t find_node(const struct graph *g, const char *name)
{
	for (size_t i = 0; i < g->nodes; i++)
		if (strcmp(g->node[i].name, name) == 0)
			return i;
	return GRAPH_NONE;
}

/* ---- what a port's settings say ---- */

static bool is_aware(const struct graph *g, const char *sw)
{
	return json_is_true(json_object_get(lab_find_switch(g->lab, sw)->settings, "vlan_aware"));
}

static void read_vlans(const struct graph *g, const char *sw, const json_t *set,
		       struct graph_edge *e)
{
	json_int_t access = js_int(set, "access"), tunnel = js_int(set, "dot1q_tunnel");
	const char *trunk = js_str(set, "trunk");

	if (!is_aware(g, sw))
		return;
	if (*trunk || js_int(set, "native") || js_has(set, "untagged")) {
		model_where(e->vlans, sizeof(e->vlans), "trunk %s", trunk);
		if (js_int(set, "native"))
			model_where(e->vlans, sizeof(e->vlans), "trunk %s native %lld", trunk,
				    (long long)js_int(set, "native"));
		return;
	}
	e->vid = (unsigned)(tunnel ? tunnel : access ? access : 1);
	model_where(e->vlans, sizeof(e->vlans), "%s %u", tunnel ? "tunnel" : "VLAN", e->vid);
}

/* What makes a link a bad one, as it is set. */
static void read_bad(const json_t *set, struct graph_edge *e)
{
	size_t at = 0;

	opt_foreach (o, port_impair_options) {
		const char *v = js_str(set, o->name);
		char one[96];

		if (!*v || strcmp(v, "none") == 0 || opt_find(sw_port_options, o->name))
			continue;
		model_where(one, sizeof(one), "%s%s %s", at ? ", " : "", o->name, v);
		if (at + strlen(one) >= sizeof(e->bad) - 4)
			memcpy(one, " ...", 5);
		model_where(e->bad + at, sizeof(e->bad) - at, "%s", one);
		at = strlen(e->bad);
		if (strcmp(one, " ...") == 0)
			return;
	}
}

/* ---- links ---- */

static void add_edge(struct graph *g, struct graph_edge e)
{
	struct graph_edge *added = model_append(&g->edge, &g->edges, sizeof(e));

	*added = e;
	for (size_t i = 0; i + 1 < g->edges; i++) {
		struct graph_edge *o = &g->edge[i];

		if ((o->end[0].node == e.end[0].node && o->end[1].node == e.end[1].node) ||
		    (o->end[0].node == e.end[1].node && o->end[1].node == e.end[0].node))
			added->twin++;
	}
}

static void count_twins(struct graph *g)
{
	for (size_t i = g->edges; i-- > 0;) {
		struct graph_edge *e = &g->edge[i];

		if (!e->twins)
			e->twins = e->twin + 1;
		for (size_t k = 0; k < i; k++) {
			struct graph_edge *o = &g->edge[k];

			if (!o->twins && ((o->end[0].node == e->end[0].node &&
					   o->end[1].node == e->end[1].node) ||
					  (o->end[0].node == e->end[1].node &&
					   o->end[1].node == e->end[0].node)))
				o->twins = e->twins;
		}
	}
}

static void add_links(struct graph *g)
{
	for (size_t i = 0; i < g->lab->links; i++) {
		const struct lab_link *l = &g->lab->link[i];
		struct graph_edge e = {.state = GRAPH_UNKNOWN};

		for (int k = 0; k < 2; k++) {
			e.end[k].node = find_node(g, l->end[k].node);
			if (l->end[k].kind == LAB_SWITCH)
				model_where(e.end[k].port, sizeof(e.end[k].port), "%s",
					    l->end[k].name);
			else
				model_where(e.interface, sizeof(e.interface), "%s", l->end[k].name);
		}
		if (l->end[0].kind == LAB_HOST)
			model_where(
				e.address, sizeof(e.address), "%s",
				address_of(lab_find_host(g->lab, l->end[0].node), l->end[0].name));
		read_vlans(g, l->end[1].node, l->end[1].settings, &e);
		if (l->end[0].settings && !e.vlans[0])
			read_vlans(g, l->end[0].node, l->end[0].settings, &e);
		read_bad(l->end[1].settings, &e);
		if (l->end[0].settings && !e.bad[0])
			read_bad(l->end[0].settings, &e);
		add_edge(g, e);
	}
	for (size_t i = 0; i < g->lab->uplinks; i++) {
		const struct lab_uplink *u = &g->lab->uplink[i];
		struct graph_edge e = {.state = GRAPH_UNKNOWN};

		e.end[0].node = find_node(g, u->name);
		e.end[1].node = find_node(g, u->sw);
		model_where(e.end[1].port, sizeof(e.end[1].port), "%s", u->name);
		read_vlans(g, u->sw, u->port, &e);
		read_bad(u->port, &e);
		add_edge(g, e);
	}
	count_twins(g);
}

/* ---- VLANs ---- */

static int compare_vlans(const void *a, const void *b)
{
	const struct graph_vlan *x = a, *y = b;

	return x->vid < y->vid ? -1 : x->vid > y->vid;
}

static struct graph_vlan *vlan_of(struct graph *g, unsigned vid)
{
	for (size_t i = 0; i < g->vlans; i++)
		if (g->vlan[i].vid == vid)
			return &g->vlan[i];

	struct graph_vlan *v = model_append(&g->vlan, &g->vlans, sizeof(*v));

	v->vid = vid;
	return v;
}

/* Those that ports are in, with the names that switches have for them. */
static void add_vlans(struct graph *g)
{
	for (size_t i = 0; i < g->edges; i++)
		if (g->edge[i].vid)
			vlan_of(g, g->edge[i].vid);
	if (g->vlans)
		qsort(g->vlan, g->vlans, sizeof(*g->vlan), compare_vlans);
	for (size_t i = 0; i < g->vlans; i++)
		for (size_t k = 0; k < g->lab->switches; k++) {
			const json_t *vlans = json_object_get(g->lab->sw[k].settings, "vlans");
			char key[16];

			snprintf(key, sizeof(key), "%u", g->vlan[i].vid);
			if (!g->vlan[i].name[0])
				model_where(g->vlan[i].name, sizeof(g->vlan[i].name), "%s",
					    js_str(json_object_get(vlans, key), "name"));
		}
}

int graph_colour(const struct graph *g, unsigned vid)
{
	for (size_t i = 0; i < g->vlans && vid; i++)
		if (g->vlan[i].vid == vid)
			return (int)i;
	return -1;
}

/* Colours that people who see fewer of them can tell too (Okabe and Ito). */
const char *graph_colour_text(int colour)
{
	static const char *const colours[] = {"#0072b2", "#e69f00", "#009e73", "#cc79a7",
					      "#56b4e9", "#d55e00", "#b0a000", "#7f4fc9"};

	return colour < 0 ? "#555555" : colours[colour % 8];
}

void graph_make(const struct lab *lab, struct graph *g)
{
	memset(g, 0, sizeof(*g));
	g->lab = lab;
	add_nodes(g);
	add_links(g);
	add_vlans(g);
}

void graph_free(struct graph *g)
{
	free(g->node);
	free(g->edge);
	free(g->vlan);
	memset(g, 0, sizeof(*g));
}

/* ---- live ---- */

/* The end that is this port, and its link. */
static struct graph_end *find_end(struct graph *g, const char *sw, const char *port,
				  struct graph_edge **edge)
{
	for (size_t i = 0; i < g->edges; i++)
		for (int k = 0; k < 2; k++) {
			struct graph_end *end = &g->edge[i].end[k];

			*edge = &g->edge[i];
			if (end->port[0] && strcmp(end->port, port) == 0 &&
			    strcmp(g->node[end->node].name, sw) == 0)
				return end;
		}
	return NULL;
}

static void live_port(struct graph *g, const json_t *v)
{
	struct graph_edge *e;
	struct graph_end *end = find_end(g, js_str(v, "switch"), js_str(v, "port"), &e);

	if (!end)
		return;
	if (strcmp(js_str(v, "state"), "up") != 0 || js_has(v, "shut"))
		end->down = true;
	if (js_true(json_object_get(v, "loop"), "blocked"))
		end->blocks = true;
	if (e->state < GRAPH_UP)
		e->state = GRAPH_UP;
	if (end->down)
		e->state = GRAPH_DOWN;
	else if (end->blocks && e->state < GRAPH_BLOCKED)
		e->state = GRAPH_BLOCKED;
}

static void live_bridge(struct graph *g, const json_t *bridge)
{
	const char *sw = js_str(bridge, "switch");
	size_t node = find_node(g, sw), i;
	const json_t *v;

	if (node == GRAPH_NONE)
		return;
	g->node[node].root = js_true(bridge, "is_root");
	model_where(g->node[node].note, sizeof(g->node[node].note), "%s",
		    g->node[node].root ? "root bridge" : "");
	json_array_foreach (json_object_get(bridge, "ports"), i, v) {
		struct graph_edge *e;
		struct graph_end *end = find_end(g, sw, js_str(v, "port"), &e);

		if (!end)
			continue;
		model_where(end->role, sizeof(end->role), "%s", js_str(v, "role"));
		end->blocks = end->blocks || strcmp(js_str(v, "state"), "forwarding") != 0;
		if (end->blocks && e->state == GRAPH_UP)
			e->state = GRAPH_BLOCKED;
	}
}

void graph_live(struct graph *g, const json_t *ports, const json_t *stp)
{
	const json_t *v;
	size_t i;

	g->live = true;
	json_array_foreach (json_object_get(ports, "ports"), i, v)
		live_port(g, v);
	json_array_foreach (json_object_get(stp, "switches"), i, v)
		live_bridge(g, v);
}

/* ---- words ---- */

const char *graph_end_text(const struct graph *g, const struct graph_edge *e, int end,
			   char out[128])
{
	const struct graph_end *at = &e->end[end];
	const char *name = at->port[0] ? at->port : e->interface;

	model_where(out, 128, "%s%s%s", g->node[at->node].name, *name ? ":" : "", name);
	return out;
}

const char *graph_state_text(const struct graph *g, const struct graph_edge *e, char out[96])
{
	static const char *const text[] = {[GRAPH_UNKNOWN] = "",
					   [GRAPH_UP] = "up",
					   [GRAPH_BLOCKED] = "blocked",
					   [GRAPH_DOWN] = "down"};
	size_t at;

	model_where(out, 96, "%s", text[e->state]);
	for (int k = 0; k < 2; k++) {
		const struct graph_end *end = &e->end[k];

		at = strlen(out);
		if (e->state == GRAPH_BLOCKED && end->blocks)
			model_where(out + at, 96 - at, " at %s%s%s", g->node[end->node].name,
				    end->role[0] ? ", " : "", end->role);
		else if (e->state == GRAPH_DOWN && end->down)
			model_where(out + at, 96 - at, " at %s", g->node[end->node].name);
	}
	return out;
}
