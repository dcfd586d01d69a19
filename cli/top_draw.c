/* SPDX-License-Identifier: ISC */
/*
 * top_draw.c - the screen.
 *
 * From top to bottom: two lines about the switch, the rows, what is dropped and why, what happened
 * lately, the keys.  What is below the rows gives way first where the window is low, columns give way
 * where it is narrow, the curves take what is left where it is wide.
 */
#include "top.h"
#include "top_screen.h"

#include <ncursesw/curses.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "js.h"
#include "text.h"

enum {
	ROWS_MIN = 16, /* less than this or that is no window to show a table in */
	COLUMNS_MIN = 50,
	HEAD = 3,
	REASONS_SHOWN = 3,
	NAME_WIDTH = 10, /* of a port, at least */
	CURVE_MIN = 6,
	FIXED_WIDTH = 45, /* of all columns but the name, the tree and the curves */
	STP_WIDTH = 8,
};

/* ---- the head ---- */

static void draw_title(const struct top *t)
{
	char when[16], text[160];
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "swctl top  %s  every %gs  %s", *t->sw ? t->sw : "no switch",
		 t->interval_s, when);
	if (t->switches.n > 1)
		snprintf(text, sizeof(text), "swctl top  %s (one of %zu)  every %gs  %s", t->sw,
			 t->switches.n, t->interval_s, when);
	top_put_bar(0, text);
	if (t->paused)
		top_put(0, COLS - 9, 8, A_REVERSE | A_BOLD, " PAUSED ");
}

static size_t ports_up(const struct top *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->ports.n; i++)
		n += strcmp(t->ports.rows[i]->state, "up") == 0;
	return n;
}

static void draw_trouble(const struct top *t)
{
	top_put(1, 0, top_columns(), top_attribute(RED) | A_BOLD, t->feed.trouble);
	if (t->feed.lost)
		top_put(2, 0, top_columns(), top_attribute(RED),
			"it is tried again every second; what stands below is from before");
}

/* "STP root here", "STP root behind h1". */
static void tree_text(const struct top *t, char *out, size_t size)
{
	char *port = text_safe(js_str(t->stp, "root_port"));

	*out = '\0';
	if (t->has_tree && t->stp)
		snprintf(out, size, "   root %s%s",
			 js_true(t->stp, "is_root") ? "of the tree" : "behind ",
			 js_true(t->stp, "is_root") ? "" : port);
	free(port);
}

/* In the most words that leave its numbers whole. */
static void draw_traffic(const struct top *t, const struct top_row *s)
{
	char macs[HUMAN_SIZE], in[2][HUMAN_SIZE], out[2][HUMAN_SIZE], text[3][256];
	size_t up = ports_up(t), i = 0;

	human_count((json_int_t)s->macs, macs);
	top_speed(top_sum(&t->ports, TOP_IN_BYTES).rate * 8, "bit", in[0]);
	top_speed(top_sum(&t->ports, TOP_IN_FRAMES).rate, "f", in[1]);
	top_speed(top_sum(&t->ports, TOP_OUT_BYTES).rate * 8, "bit", out[0]);
	top_speed(top_sum(&t->ports, TOP_OUT_FRAMES).rate, "f", out[1]);
	snprintf(text[0], sizeof(text[0]),
		 "%zu of %zu ports up, %s addresses   in %s %s   out %s %s", up, t->ports.n, macs,
		 in[0], in[1], out[0], out[1]);
	snprintf(text[1], sizeof(text[1]), "%zu of %zu up, %s macs  in %s %s  out %s %s", up,
		 t->ports.n, macs, in[0], in[1], out[0], out[1]);
	snprintf(text[2], sizeof(text[2]), "%zu of %zu up  in %s  out %s", up, t->ports.n, in[0],
		 out[0]);
	while (i < 2 && text_width(text[i]) > top_columns())
		i++;
	top_put(1, 0, top_columns(), A_NORMAL, text[i]);
}

static void draw_events_per_second(const struct top *t, const struct top_row *s)
{
	static const struct {
		const char *name;
		enum top_count what;
	} rates[] = {{"learned", TOP_LEARNED},
		     {"moved", TOP_MOVED},
		     {"flooded", TOP_FLOODED},
		     {"dropped", TOP_DROPS}};
	enum { RATES = sizeof(rates) / sizeof(rates[0]) };
	char text[RATES][64], number[HUMAN_SIZE], flapped[64] = "", tree[64];
	const char *pieces[RATES + 2];

	for (size_t i = 0; i < RATES; i++) {
		snprintf(text[i], sizeof(text[i]), "%s %s %s",
			 i ? "," : "a second:", top_rate(s->meter[rates[i].what].rate, number),
			 rates[i].name);
		pieces[i] = text[i];
	}
	if (s->meter[TOP_FLAPPING].count)
		snprintf(flapped, sizeof(flapped), ", flapped: %s",
			 human_count((json_int_t)s->meter[TOP_FLAPPING].count, number));
	tree_text(t, tree, sizeof(tree));
	pieces[RATES] = flapped;
	pieces[RATES + 1] = tree;
	top_put_pieces(2, pieces, RATES + 2);
}

static void draw_head(const struct top *t)
{
	const struct top_row *s = top_find(&t->switches, t->sw);

	draw_title(t);
	if (*t->feed.trouble)
		draw_trouble(t);
	else if (s)
		draw_traffic(t, s);
	if (s && !t->feed.lost)
		draw_events_per_second(t, s);
}

/* ---- the ports ---- */

struct layout {
	size_t name, curve;
	bool stp;
};

/* Names that are cut are those of no port: they come before the curves. */
static struct layout layout_of(const struct top *t)
{
	struct layout l = {.name = NAME_WIDTH};
	size_t used = FIXED_WIDTH;

	l.stp = t->has_tree && top_columns() >= FIXED_WIDTH + NAME_WIDTH + STP_WIDTH;
	used += l.stp ? STP_WIDTH : 0;
	for (size_t i = 0; i < t->ports.n; i++)
		if (strlen(t->ports.rows[i]->name) > l.name)
			l.name = strlen(t->ports.rows[i]->name);
	if (used + l.name > top_columns())
		l.name = top_columns() > used + NAME_WIDTH ? top_columns() - used : NAME_WIDTH;
	used += l.name;
	l.curve = top_columns() > used ? (top_columns() - used) / 2 - 1 : 0;
	if (top_columns() <= used || l.curve < CURVE_MIN)
		l.curve = 0;
	if (l.curve > TOP_CURVE_MAX)
		l.curve = TOP_CURVE_MAX;
	return l;
}

static enum colour state_colour(const char *state)
{
	if (strcmp(state, "up") == 0)
		return GREEN;
	return strcmp(state, "listening") == 0 ? YELLOW : RED;
}

/* "desig D": the first letters of "designated/discarding". */
static void stp_text(const char *stp, char out[STP_WIDTH])
{
	size_t role = strcspn(stp, "/");
	const char *state = stp[role] ? stp + role + 1 : "";

	*out = '\0';
	if (strncmp(stp, "disabled", role) == 0 || !*state)
		return;
	snprintf(out, STP_WIDTH, "%.*s %c", role < 5 ? (int)role : 5, stp, *state - 'a' + 'A');
}

static void draw_direction(const struct top *t, int y, int *x, const struct layout *l,
			   const struct top_row *r, bool in)
{
	char text[HUMAN_SIZE];
	attr_t how = r ? A_NORMAL : A_BOLD;

	if (r)
		top_rate(r->meter[in ? TOP_IN_BYTES : TOP_OUT_BYTES].rate * 8, text);
	top_put_right(y, *x, 6, how, r ? text : in ? "IN" : "OUT");
	if (r)
		top_rate(r->meter[in ? TOP_IN_FRAMES : TOP_OUT_FRAMES].rate, text);
	top_put_right(y, *x + 7, 5, how, r ? text : "F/S");
	*x += 13;
	if (r && l->curve)
		top_put_curve(t->ascii, y, *x, l->curve, in ? &r->in : &r->out);
	*x += l->curve ? (int)l->curve + 1 : 0;
}

/* A row, or without one the titles of the columns. */
static void draw_port(const struct top *t, int y, const struct layout *l, const struct top_row *r)
{
	char text[HUMAN_SIZE], stp[STP_WIDTH];
	attr_t how = r ? A_NORMAL : A_BOLD;
	int x = 0;

	top_put_name(y, x, l->name, how, r ? r->name : "PORT");
	x += (int)l->name + 1;
	top_put(y, x, 5, r ? top_attribute(state_colour(r->state)) : A_BOLD,
		!r				     ? "STATE"
		: strcmp(r->state, "listening") == 0 ? "wait"
						     : r->state);
	x += 6;
	if (l->stp) {
		stp_text(r ? r->stp : "", stp);
		top_put(y, x, STP_WIDTH - 1,
			r && strstr(r->stp, "/discarding") ? top_attribute(YELLOW) : how,
			r ? stp : "STP");
		x += STP_WIDTH;
	}
	draw_direction(t, y, &x, l, r, true);
	draw_direction(t, y, &x, l, r, false);
	top_put_right(y, x, 6, r && r->meter[TOP_DROPS].rate > 0 ? top_attribute(RED) : how,
		      r ? top_rate(r->meter[TOP_DROPS].rate, text) : "DROP/S");
	top_put_right(y, x + 7, 4, how, r ? human_count((json_int_t)r->macs, text) : "MACS");
}

static void draw_switch(int y, const struct top_row *r)
{
	static const struct {
		const char *title;
		enum top_count what;
		int x;
	} rates[] = {{"FORWARD/S", TOP_FORWARDED, 36},
		     {"FLOOD/S", TOP_FLOODED, 46},
		     {"DROP/S", TOP_DROPS, 54},
		     {"LEARN/S", TOP_LEARNED, 62},
		     {"MOVE/S", TOP_MOVED, 70}};
	attr_t how = r ? A_NORMAL : A_BOLD;
	char text[HUMAN_SIZE];

	top_put_name(y, 0, 20, how, r ? r->name : "SWITCH");
	top_put_right(y, 21, 6, how, r ? human_count((json_int_t)r->ports, text) : "PORTS");
	top_put_right(y, 28, 6, how, r ? human_count((json_int_t)r->macs, text) : "MACS");
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		top_put_right(y, rates[i].x, strlen(rates[i].title), how,
			      r ? top_rate(r->meter[rates[i].what].rate, text) : rates[i].title);
}

/* Lines from `y` on, as many as there is room for. */
static void draw_rows(struct top *t, int y, size_t lines)
{
	const struct top_table *table = top_shown(t);
	struct layout l = layout_of(t);
	bool ports = t->look == TOP_LOOK_PORTS;

	t->room = lines - 1;
	top_arrange(t);
	if (ports)
		draw_port(t, y, &l, NULL);
	else
		draw_switch(y, NULL);
	for (size_t i = 0; i < t->room && t->scroll + i < table->shown; i++) {
		const struct top_row *r = table->view[t->scroll + i];
		bool chosen = strcmp(r->name, t->cursor) == 0;
		int at = y + 1 + (int)i;

		if (ports)
			draw_port(t, at, &l, r);
		else
			draw_switch(at, r);
		if (chosen)
			mvchgat(at, 0, -1, A_REVERSE, 0, NULL);
	}
	if (table->shown || !t->feed.complete)
		return;
	top_put(y + 1, 0, top_columns(), A_NORMAL,
		*t->filter ? "nothing has that in its name, type or state; Esc shows all"
		: !*t->sw  ? "no switches yet; swctl add switch NAME makes one"
			   : "no ports yet; swctl add port NAME makes one");
}

/* ---- below them ---- */

static void draw_reasons(const struct top *t, int y, size_t lines)
{
	static struct top_reason reasons[TOP_REASONS_MAX];
	char a[HUMAN_SIZE], b[HUMAN_SIZE];
	size_t n = top_reasons(&t->ports, NULL, reasons);

	top_put(y, 0, top_columns(), A_BOLD, "DROPPED                          A SECOND    TOTAL");
	if (n == 0)
		top_put(y + 1, 0, top_columns(), A_NORMAL, "nothing");
	for (size_t i = 0; i < n && i < lines - 1; i++) {
		attr_t how = top_attribute(reasons[i].meter.rate > 0 ? RED : PLAIN);

		top_put(y + 1 + (int)i, 0, 30, how, reasons[i].name);
		top_put_right(y + 1 + (int)i, 33, 8, how, top_rate(reasons[i].meter.rate, a));
		top_put_right(y + 1 + (int)i, 41, 9, how,
			      human_count((json_int_t)reasons[i].meter.count, b));
	}
	if (n > lines - 1) {
		snprintf(a, sizeof(a), "and %zu more", n - (lines - 1));
		top_put_right(y + (int)lines - 1, 53, 12, A_NORMAL, a);
	}
}

static void draw_news(const struct top *t, int y, size_t lines)
{
	top_put(y, 0, top_columns(), A_BOLD, "EVENTS");
	for (size_t i = 0; i + 1 < lines; i++) {
		const struct top_news *n = top_news_at(t, i);

		if (n)
			top_put(y + 1 + (int)i, 0, top_columns(), top_attribute(n->colour),
				n->line);
	}
}

static void draw_keys(const struct top *t)
{
	static const char *const orders[] = {"name", "rate", "drops"};
	char text[160];

	if (t->typing)
		snprintf(text, sizeof(text), "only rows with: %s_", t->filter);
	else if (t->look == TOP_LOOK_HELP || t->look == TOP_LOOK_PORT)
		snprintf(text, sizeof(text), "Esc back  up down PgUp PgDn move%s",
			 t->look == TOP_LOOK_PORT ? "  p pause  ? help  q back" : "");
	else
		snprintf(text, sizeof(text),
			 "q quit  ? help  Enter look  / filter%s%s%s  n r d order: %s%s",
			 *t->filter ? " \"" : "", t->filter, *t->filter ? "\"" : "",
			 orders[t->order], t->reverse ? ", reversed" : "");
	top_put_bar(LINES - 1, text);
}

/* ---- pages of text ---- */

static void draw_text(struct top *t, int y, size_t lines, const char *text)
{
	size_t n = 0;

	t->room = lines;
	for (const char *p = text; *p; p++)
		n += *p == '\n';
	t->lines = n;
	if (t->scroll + lines > n)
		t->scroll = n > lines ? n - lines : 0;
	n = 0;
	for (const char *line = text; *line; n++) {
		size_t len = strcspn(line, "\n");
		char *one = need(strndup(line, len));
		/* titles are in capitals, keys end with a colon */
		bool title = len && len == strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZ ");

		if (n >= t->scroll && n < t->scroll + lines) {
			int at = y + (int)(n - t->scroll);
			size_t key = strcspn(one, " ");

			top_put(at, 0, top_columns(), title ? A_BOLD : A_NORMAL, one);
			if (key && one[key - 1] == ':')
				mvchgat(at, 0, (int)key, A_BOLD, 0, NULL);
		}
		free(one);
		line += len + (line[len] == '\n');
	}
}

static void draw_way(const struct top *t, int y, const struct top_row *r, bool in)
{
	char a[HUMAN_SIZE], b[HUMAN_SIZE], text[96];
	size_t room = top_columns() > 34 ? top_columns() - 34 : 0;

	snprintf(text, sizeof(text), "%-4s%12s  %s", in ? "in" : "out",
		 top_speed(r->meter[in ? TOP_IN_BYTES : TOP_OUT_BYTES].rate * 8, "bit", a),
		 top_speed(r->meter[in ? TOP_IN_FRAMES : TOP_OUT_FRAMES].rate, "frames", b));
	top_put(y, 0, 33, A_BOLD, text);
	top_put_curve(t->ascii, y, 34, room < TOP_CURVE_MAX ? room : TOP_CURVE_MAX,
		      in ? &r->in : &r->out);
}

static void draw_looked_at(struct top *t)
{
	const struct top_row *r = top_find(&t->ports, t->looked_at);
	char *text = top_page_port(t, top_columns());

	if (r) {
		draw_way(t, HEAD + 1, r, true);
		draw_way(t, HEAD + 2, r, false);
	}
	draw_text(t, HEAD + 4, (size_t)LINES - HEAD - 5, text);
	free(text);
}

static void draw_help(struct top *t)
{
	char *text = top_page_help();

	draw_text(t, 2, (size_t)LINES - 3, text);
	free(text);
}

/* Rows, and below them as much of the rest as there is room for. */
static void draw_table(struct top *t)
{
	size_t left = (size_t)LINES - HEAD - 1;
	size_t news = left / 4 + 1;
	size_t reasons = REASONS_SHOWN + 1 + (left > 40 ? 4 : 0);

	if (t->look == TOP_LOOK_SWITCHES)
		reasons = 0;
	draw_rows(t, HEAD, left - news - reasons);
	if (reasons)
		draw_reasons(t, LINES - 1 - (int)(news + reasons), reasons);
	draw_news(t, LINES - 1 - (int)news, news);
}

void top_draw(struct top *t)
{
	erase();
	if (LINES < ROWS_MIN || COLS < COLUMNS_MIN) {
		char text[80];

		snprintf(text, sizeof(text), "top needs %dx%d, has %dx%d; q quits", COLUMNS_MIN,
			 ROWS_MIN, COLS, LINES);
		top_put_wrapped(text);
		refresh();
		return;
	}
	if (t->look == TOP_LOOK_HELP)
		draw_title(t);
	else
		draw_head(t);
	switch (t->look) {
	case TOP_LOOK_PORT:
		draw_looked_at(t);
		break;
	case TOP_LOOK_HELP:
		draw_help(t);
		break;
	case TOP_LOOK_PORTS:
	case TOP_LOOK_SWITCHES:
		draw_table(t);
		break;
	}
	draw_keys(t);
	refresh();
}
