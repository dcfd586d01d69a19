/* SPDX-License-Identifier: ISC */
/* Drawings of labs: what is in them, how it is written, and that nothing stands on something else. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab/graph_label.h"

static void load(const char *text, struct lab *lab)
{
	struct fail f = {.status = 0};
	char *q = strdup(text);

	assert_non_null(q);
	for (char *p = q; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	if (lab_parse("g.json", q, strlen(q), lab, &f))
		fail_msg("%s", f.text);
	free(q);
}

static json_t *json_of(const char *text)
{
	char *q = strdup(text);
	json_t *v;

	for (char *p = q; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	v = json_loads(q, 0, NULL);
	assert_non_null(v);
	free(q);
	return v;
}

static char *written(const struct graph *g, void (*write)(const struct graph *, FILE *))
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	write(g, out);
	fclose(out);
	return text;
}

static const struct graph_edge *edge_of(const struct graph *g, const char *a, const char *b)
{
	for (size_t i = 0; i < g->edges; i++)
		if (strcmp(g->node[g->edge[i].end[0].node].name, a) == 0 &&
		    strcmp(g->node[g->edge[i].end[1].node].name, b) == 0)
			return &g->edge[i];
	fail_msg("there is no link %s - %s", a, b);
	return NULL;
}

static const char lab_text[] =
	"{'name': 'g', 'title': 'a < b & \\\"c\\\"', 'switches': {'sw1': {'vlan_aware': true, 'stp': 'rstp',"
	" 'vlans': {'10': {'name': 'staff'}}}, 'sw2': {'vlan_aware': true}},"
	" 'hosts': {'h1': {'addresses': ['10.0.0.1/24']}, 'h2': {}},"
	" 'links': [{'between': ['h1', 'sw1'], 'access': 10}, {'between': ['h2:lan', 'sw2:p7']},"
	"  {'between': ['sw1', 'sw2'], 'trunk': '10,20', 'delay': '20ms', 'loss': '1%'},"
	"  {'between': ['sw1:x', 'sw2:y'], 'trunk': '10'}],"
	" 'uplinks': {'wan': {'switch': 'sw1', 'type': 'vxlan', 'vni': 42, 'trunk': '20', 'native': 10}}}";

static void a_file_is_drawn(void **state)
{
	struct lab lab;
	struct graph g;
	const struct graph_edge *e;

	(void)state;
	load(lab_text, &lab);
	graph_make(&lab, &g);
	assert_int_equal(g.nodes, 5);
	assert_int_equal(g.edges, 5);
	assert_false(g.live);
	e = edge_of(&g, "h1", "sw1");
	assert_string_equal(e->vlans, "VLAN 10");
	assert_int_equal(e->vid, 10);
	assert_int_equal(e->state, GRAPH_UNKNOWN);
	assert_string_equal(edge_of(&g, "h2", "sw2")->vlans, "VLAN 1");
	e = edge_of(&g, "sw1", "sw2");
	assert_string_equal(e->vlans, "trunk 10,20");
	assert_string_equal(e->bad, "delay 20ms, loss 1%");
	assert_int_equal(e->twins, 2);
	assert_string_equal(edge_of(&g, "wan", "sw1")->vlans, "trunk 20 native 10");
	assert_string_equal(g.node[4].note, "vxlan 42");
	assert_int_equal(g.vlans, 2); /* 1 and 10: trunks have no colour */
	assert_string_equal(g.vlan[1].name, "staff");
	assert_int_equal(graph_colour(&g, 10), 1);
	assert_int_equal(graph_colour(&g, 0), -1);
	graph_free(&g);
	lab_free(&lab);
}

static void what_runs_is_drawn_as_it_is(void **state)
{
	json_t *ports = json_of("{'ports': [{'switch': 'sw1', 'port': 'h1', 'state': 'up'},"
				" {'switch': 'sw1', 'port': 'sw2', 'state': 'up'},"
				" {'switch': 'sw2', 'port': 'sw1', 'state': 'up'},"
				" {'switch': 'sw2', 'port': 'p7', 'state': 'lost'},"
				" {'switch': 'sw2', 'port': 'stranger', 'state': 'up'}, {}]}");
	json_t *stp = json_of(
		"{'switches': [{'switch': 'sw1', 'is_root': true, 'ports': ["
		" {'port': 'sw2', 'role': 'designated', 'state': 'forwarding'}]},"
		" {'switch': 'sw2', 'is_root': false, 'ports': ["
		" {'port': 'sw1', 'role': 'alternate', 'state': 'discarding'}]}, {'switch': 'sw9'}]}");
	char text[96];
	struct lab lab;
	struct graph g;

	(void)state;
	load(lab_text, &lab);
	graph_make(&lab, &g);
	graph_live(&g, ports, stp);
	assert_true(g.live && g.node[0].root && !g.node[1].root);
	assert_string_equal(graph_state_text(&g, edge_of(&g, "h1", "sw1"), text), "up");
	assert_string_equal(graph_state_text(&g, edge_of(&g, "sw1", "sw2"), text),
			    "blocked at sw2, alternate");
	assert_string_equal(graph_state_text(&g, edge_of(&g, "h2", "sw2"), text), "down at sw2");
	assert_string_equal(graph_state_text(&g, edge_of(&g, "wan", "sw1"), text), "");
	graph_free(&g);
	lab_free(&lab);
	json_decref(ports);
	json_decref(stp);
}

static void contains(char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("\"%s\" is not in\n%s", what, text);
	free(text);
}

static void names_are_nobodys_markup(void **state)
{
	struct lab lab;
	struct graph g;

	(void)state;
	load(lab_text, &lab);
	graph_make(&lab, &g);
	graph_place(&g);
	contains(written(&g, graph_svg), "a &lt; b &amp; &quot;c&quot;");
	contains(written(&g, graph_dot), "label=\"a < b & \\\"c\\\"\"");
	contains(written(&g, graph_dot),
		 "\"sw1\" -- \"sw2\" [label=\"trunk 10,20\\ndelay 20ms, loss 1%\"");
	contains(written(&g, graph_mermaid), "n0 ===|\"trunk 10,20<br/>delay 20ms, loss 1%\"| n1");
	contains(written(&g, graph_svg), "h2:lan to sw2:p7; VLAN 1</title>");
	graph_free(&g);
	lab_free(&lab);
}

/* ---- places ---- */

/* As graph_svg() draws them. */
static bool overlap(const struct graph_node *a, const struct graph_node *b)
{
	double w = a->kind == GRAPH_SWITCH || b->kind == GRAPH_SWITCH ? 100 : 96;
	double h = a->kind == GRAPH_SWITCH || b->kind == GRAPH_SWITCH ? 41 : 38;

	return fabs(a->x - b->x) < w && fabs(a->y - b->y) < h;
}

static void has_room(const char *text)
{
	struct lab lab;
	struct graph g, again;

	load(text, &lab);
	graph_make(&lab, &g);
	graph_place(&g);
	graph_make(&lab, &again);
	graph_place(&again);
	for (size_t i = 0; i < g.nodes; i++) {
		assert_true(g.node[i].x > 50 && g.node[i].x < g.width - 50);
		assert_true(g.node[i].y > 20 && g.node[i].y < g.height - 20);
		assert_true(g.node[i].x == again.node[i].x && g.node[i].y == again.node[i].y);
		for (size_t k = 0; k < i; k++)
			if (overlap(&g.node[i], &g.node[k]))
				fail_msg("%s stands on %s: %s", g.node[i].name, g.node[k].name,
					 text);
	}
	graph_free(&again);
	graph_free(&g);
	lab_free(&lab);
}

static void nothing_stands_on_something_else(void **state)
{
	char text[600];

	(void)state;
	has_room("{}");
	has_room("{'hosts': {'a': {}, 'b': {}}}");
	has_room("{'switches': {'a': {}, 'b': {}, 'c': {}}}");
	for (unsigned hosts = 1; hosts <= 50; hosts++) {
		snprintf(text, sizeof(text),
			 "{'switches': {'s': {}}, 'hosts': {'h{1..%u}': {}}, 'links': [{'between': "
			 "['h{1..%u}', 's']}]}",
			 hosts, hosts);
		has_room(text);
	}
	for (unsigned n = 2; n <= 16; n++) {
		/* a chain, and a ring with two hosts each */
		snprintf(
			text, sizeof(text),
			"{'switches': {'s{1..%u}': {}}, 'links': [{'between': ['s{1..%u}', 's{2..%u}']}]}",
			n, n - 1, n);
		has_room(text);
		snprintf(
			text, sizeof(text),
			"{'switches': {'s{1..%u}': {}}, 'hosts': {'a{1..%u}': {}, 'b{1..%u}': {}}, 'links': "
			"[{'between': ['s{1..%u}', 's{2..%u}']}, {'between': ['s%u', 's1']}, "
			"{'between': ['a{1..%u}', 's{1..%u}']}, {'between': ['b{1..%u}', 's{1..%u}']}]}",
			n, n, n, n - 1, n, n, n, n, n, n);
		has_room(text);
	}
}

/* ---- labels ---- */

static bool labels_meet(const struct graph_label *a, const struct graph_label *b)
{
	return fabs(a->x - b->x) < (a->w + b->w) / 2 && fabs(a->y - b->y) < (a->h + b->h) / 2;
}

/* Each mark and text of the drawing can be read; returns how many there are. */
static size_t is_legible(const char *text, const json_t *ports, const json_t *stp)
{
	struct graph_labels l;
	struct lab lab;
	struct graph g;
	size_t n;

	load(text, &lab);
	graph_make(&lab, &g);
	if (ports)
		graph_live(&g, ports, stp);
	graph_place(&g);
	graph_label(&g, &l);
	for (size_t i = 0; i < l.labels; i++) {
		const struct graph_label *a = &l.label[i];

		for (size_t k = 0; k < i; k++)
			if (labels_meet(a, &l.label[k]))
				fail_msg("\"%s\" stands on \"%s\": %s", a->text, l.label[k].text,
					 text);
		for (size_t k = 0; k < g.nodes; k++)
			if (fabs(a->x - g.node[k].x) < (a->w + graph_node_width(&g.node[k])) / 2 &&
			    fabs(a->y - g.node[k].y) < (a->h + graph_node_height(&g.node[k])) / 2)
				fail_msg("\"%s\" stands on %s: %s", a->text, g.node[k].name, text);
	}
	n = l.labels;
	free(l.label);
	graph_free(&g);
	lab_free(&lab);
	return n;
}

/* All switches of `n` are joined, in VLANs and by bad links. */
static void mesh(char *text, size_t size, unsigned n)
{
	int at = snprintf(
		text, size,
		"{'switches': {'s{1..%u}': {'vlan_aware': true, 'stp': 'rstp'}}, 'links': [", n);

	for (unsigned a = 1; a <= n; a++)
		for (unsigned b = a + 1; b <= n; b++)
			at += snprintf(
				text + at, size - (size_t)at,
				"%s{'between': ['s%u', 's%u'], 'trunk': '10,20', 'delay': '5ms'}",
				a == 1 && b == 2 ? "" : ", ", a, b);
	snprintf(text + at, size - (size_t)at, "]}");
}

static void no_label_stands_on_something_else(void **state)
{
	json_t *ports = json_of("{'ports': [{'switch': 'sw1', 'port': 'sw2', 'state': 'up'},"
				" {'switch': 'sw2', 'port': 'sw1', 'state': 'up'}]}");
	json_t *stp = json_of(
		"{'switches': [{'switch': 'sw1', 'is_root': true, 'ports': ["
		" {'port': 'sw2', 'role': 'designated'}, {'port': 'x', 'role': 'designated'}]},"
		" {'switch': 'sw2', 'is_root': false, 'ports': ["
		" {'port': 'sw1', 'role': 'alternate', 'state': 'discarding'}, {'port': 'y', 'role': 'root'}]}]}");
	char text[6000];

	(void)state;
	assert_int_equal(is_legible(lab_text, NULL, NULL), 8);
	assert_int_equal(is_legible(lab_text, ports, stp), 12);
	/* several cables between two: above each other, beside each other, and to a host */
	assert_int_equal(
		is_legible("{'switches': {'a': {}, 'b': {}}, 'hosts': {'h{1..4}': {}}, 'links': ["
			   "{'between': ['a:long{1..3}', 'b:long{1..3}'], 'delay': '5ms'},"
			   "{'between': ['h1:eth{0..2}', 'a:desk{1..3}']},"
			   "{'between': ['h{2..4}:lan', 'b:p{1..3}'], 'loss': '1%'}]}",
			   NULL, NULL),
		9 + 5 + 9);
	for (unsigned n = 2; n <= 7; n++) {
		mesh(text, sizeof(text), n);
		assert_int_equal(is_legible(text, NULL, NULL), n * (n - 1));
	}
	json_decref(ports);
	json_decref(stp);
}

/* The number behind `what`, at its first place in the text. */
static double number_behind(const char *text, const char *what)
{
	const char *at = strstr(text, what);

	if (!at)
		fail_msg("\"%s\" is not in\n%s", what, text);
	return strtod(at + strlen(what), NULL);
}

static void what_is_written_has_room(void **state)
{
	char *svg;
	struct lab lab;
	struct graph g;

	(void)state;
	load("{'title': 'A title of seventy letters, which is far wider than three hosts in a row',"
	     " 'switches': {'a': {}, 'b': {}}, 'hosts': {'h': {'addresses': ['10.0.0.1/24', '10.0.1.1/24']},"
	     " 'a-name-of-twenty-one': {'addresses': ['2001:db8:1:2:3:4:5:6/64']}},"
	     " 'links': [{'between': ['a', 'b'], 'delay': '20ms', 'jitter': '2ms,normal', 'loss': '1%',"
	     " 'bandwidth': '10Mbit', 'queue': '100frames', 'reorder': '1%'},"
	     " {'between': ['h', 'a']}, {'between': ['a-name-of-twenty-one', 'b']}]}",
	     &lab);
	graph_make(&lab, &g);
	graph_place(&g);
	svg = written(&g, graph_svg);
	/* 16 pixels of bold letters are about 10 wide */
	assert_true(number_behind(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"") >
		    (double)strlen(lab.title) * 9.5);
	/* the label is not cut at the left */
	assert_true(number_behind(svg, "<g transform=\"translate(") +
			    number_behind(svg, "<rect x=\"") >
		    0);
	/* what is longer than its box is written smaller */
	assert_true(number_behind(svg, "style=\"font-size:") < 10);
	contains(svg, "10.0.0.1/24 ...</text>");
	graph_free(&g);
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_drawn),
		cmocka_unit_test(what_runs_is_drawn_as_it_is),
		cmocka_unit_test(names_are_nobodys_markup),
		cmocka_unit_test(nothing_stands_on_something_else),
		cmocka_unit_test(no_label_stands_on_something_else),
		cmocka_unit_test(what_is_written_has_room),
	};

	return cmocka_run_group_tests_name("drawings of labs", tests, NULL, NULL);
}
