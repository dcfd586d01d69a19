/* SPDX-License-Identifier: ISC */
/*
 * top_page.c - all about one port, as lines: what "show port" says of it, and below that what it takes
 * three more commands to see.
 */
#include "top.h"

#include <stdlib.h>
#include <string.h>

#include "show.h"

/* "uplink's tree: root/forwarding" and the rest of it. */
static void tell_stp(struct ctx *ctx, const json_t *stp)
{
	if (!stp)
		return;
	fputs("\nSPANNING TREE\n", ctx->out);
	show_stp_of_port(ctx, stp);
}

static void tell_neighbors(struct ctx *ctx, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "neighbors"), *n;
	char age[HUMAN_SIZE];
	size_t i;

	if (json_array_size(list))
		fputs("\nNEIGHBORS\n", ctx->out);
	json_array_foreach (list, i, n) {
		const char *id = js_str(json_object_get(n, "chassis"), "id");
		const char *name = js_str(n, "system_name");

		show_pair(ctx, *name ? name : id, "port %s%s%s, heard of %s ago",
			  js_str(json_object_get(n, "port_id"), "id"), *name ? " of " : "",
			  *name ? id : "", human_age(js_int(n, "age_s"), age));
	}
}

/* Those that were heard last come first. */
static int by_age(const void *pa, const void *pb)
{
	const json_t *const *a = pa, *const *b = pb;
	json_int_t x = js_int(*a, "age_s"), y = js_int(*b, "age_s");

	return x != y ? x < y ? -1 : 1 : strcmp(js_str(*a, "mac"), js_str(*b, "mac"));
}

static void tell_macs(struct ctx *ctx, const json_t *answer, const char *port, json_int_t all)
{
	static const struct column columns[] = {
		{"ADDRESS", 0, 0},	  {"VLAN", COL_RIGHT, 0},  {"TYPE", 0, 0},
		{"SILENT", COL_RIGHT, 0}, {"MOVES", COL_RIGHT, 0},
	};
	json_t *list = json_object_get(answer, "macs"), *m;
	char text[HUMAN_SIZE];
	struct table *t;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	fputs("\nADDRESSES\n", ctx->out);
	js_sort(list, by_age);
	t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach (list, i, m) {
		bool flapping = js_true(m, "flapping"), fixed = js_true(m, "static");

		table_cell(t, PLAIN, "%s", js_str(m, "mac"));
		table_cell(t, PLAIN, "%" JSON_INTEGER_FORMAT, js_int(m, "vlan"));
		table_cell(t, PLAIN, "%s", flapping ? "flapping" : js_str(m, "type"));
		table_cell(t, PLAIN, "%s", fixed ? "" : human_age(js_int(m, "age_s"), text));
		table_cell(t, PLAIN, "%s", human_count(js_int(m, "moves"), text));
	}
	table_print(t, ctx->out, &ctx->term);
	table_free(t);
	if ((json_int_t)json_array_size(list) < all)
		fprintf(ctx->out, "%zu of %s; swctl show macs --port %s lists all\n",
			json_array_size(list), human_count(all, text), port);
}

char *top_page_port(const struct top *t, size_t width)
{
	const json_t *p = t->port[TOP_PORTS];
	struct ctx ctx = {.term = {.width = width}};
	char *text = NULL;
	size_t size;

	ctx.out = need(open_memstream(&text, &size));
	if (p) {
		show_all_of_port(&ctx, p, t->port[TOP_PORT_DROPS]);
		tell_stp(&ctx, t->port[TOP_STP]);
		tell_neighbors(&ctx, t->port[TOP_PORT_NEIGHBORS]);
		tell_macs(&ctx, t->port[TOP_PORT_MACS], t->looked_at, js_int(p, "macs"));
	} else if (t->feed.complete && !t->feed.waiting) {
		text_line(ctx.out, "there is no port %s on %s now", t->looked_at, t->sw);
	}
	fclose(ctx.out);
	return need(text);
}

char *top_page_help(void)
{
	static const char text[] =
		"KEYS\n"
		"up down     the row above, below; also k and j\n"
		"PgUp PgDn   a screenful up, down\n"
		"Home End    the first row, the last\n"
		"Enter       all about this port; in the list of switches: its ports\n"
		"Esc         back; or no filter any more\n"
		"n r d       in order of names, of rates (in and out together), of drops\n"
		"R           the other way round\n"
		"/           only rows with this in their name, type or state; Enter, Esc\n"
		"Tab         the next switch; Shift-Tab the one before\n"
		"w           all switches\n"
		"p           stop the picture, or go on\n"
		"+ -         a longer time between two pictures, a shorter one\n"
		"?           this\n"
		"q           back, and from the first picture: the end\n"
		"\n"
		"COLUMNS\n"
		"IN, OUT     bits a second that came in through the port, and left through it\n"
		"F/S         frames a second\n"
		"curves      the same bits over time, each as high as its own highest\n"
		"DROP/S      frames a second that were dropped there, either way\n"
		"MACS        addresses behind the port\n"
		"STP         role and state: D discarding, L learning, F forwarding\n"
		"\n"
		"swctl explain REASON says what a reason for dropping frames means.\n";

	return need(strdup(text));
}
