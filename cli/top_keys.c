/* SPDX-License-Identifier: ISC */
/* top_keys.c - what a key does. */
#include "top.h"

#include <ctype.h>
#include <ncursesw/curses.h>
#include <string.h>

enum { KEY_ESC = 27, KEY_DEL = 127, KEY_CTRL_H = 8, KEY_CTRL_L = 12, KEY_CTRL_U = 21 };

struct top_table *top_shown(struct top *t)
{
	return t->look == TOP_LOOK_SWITCHES ? &t->switches : &t->ports;
}

static bool has_rows(const struct top *t)
{
	return t->look == TOP_LOOK_PORTS || t->look == TOP_LOOK_SWITCHES;
}

/* Puts the cursor on that row, and what is shown around it. */
static void point_at(struct top *t, size_t at)
{
	const struct top_table *table = top_shown(t);
	size_t last = table->shown ? table->shown - 1 : 0;

	if (at > last)
		at = last;
	if (table->shown)
		snprintf(t->cursor, sizeof(t->cursor), "%s", table->view[at]->name);
	if (at < t->scroll)
		t->scroll = at;
	if (t->room && at >= t->scroll + t->room)
		t->scroll = at - t->room + 1;
	/* no empty lines below the last row while there are rows above the first */
	if (table->shown <= t->room)
		t->scroll = 0;
	else if (t->scroll > table->shown - t->room)
		t->scroll = table->shown - t->room;
}

void top_arrange(struct top *t)
{
	struct top_table *table = top_shown(t);
	size_t at = top_place(table, t->cursor);

	if (!has_rows(t))
		return;
	top_view(table, t->order, t->reverse, t->filter);
	/* a row that is gone leaves the cursor where it was */
	if (top_place(table, t->cursor) < table->shown)
		at = top_place(table, t->cursor);
	point_at(t, at);
}

/* Another picture, from its first row. */
static void look(struct top *t, enum top_look what)
{
	t->look = what;
	t->scroll = 0;
	t->typing = false;
	if (what == TOP_LOOK_SWITCHES)
		snprintf(t->cursor, sizeof(t->cursor), "%s", t->sw);
	else if (what == TOP_LOOK_PORTS)
		snprintf(t->cursor, sizeof(t->cursor), "%s", t->looked_at);
	top_arrange(t);
}

static void show_switch(struct top *t, const char *name)
{
	if (strcmp(t->sw, name) != 0) {
		snprintf(t->sw, sizeof(t->sw), "%s", name);
		top_free(&t->ports);
		t->feed.complete = false;
	}
	top_feed_look_at(t, "");
	t->cursor[0] = '\0';
	look(t, TOP_LOOK_PORTS);
}

/* The switch `step` further on, in order of their names. */
static void next_switch(struct top *t, size_t step)
{
	struct top_table *s = &t->switches;

	top_view(s, TOP_BY_NAME, false, "");
	if (s->shown)
		show_switch(t, s->view[(top_place(s, t->sw) + step) % s->shown]->name);
}

static void enter(struct top *t)
{
	const struct top_table *table = top_shown(t);
	char name[NAME_SIZE];

	if (!has_rows(t) || top_place(table, t->cursor) == table->shown)
		return;
	memcpy(name, t->cursor, sizeof(name));
	if (t->look == TOP_LOOK_SWITCHES) {
		show_switch(t, name);
		return;
	}
	top_feed_look_at(t, name);
	look(t, TOP_LOOK_PORT);
}

static void back(struct top *t, bool may_quit)
{
	enum top_look from = t->look;

	if (from == TOP_LOOK_HELP)
		look(t, t->before_help);
	else if (from != TOP_LOOK_PORTS)
		look(t, TOP_LOOK_PORTS);
	else if (may_quit)
		t->quit = true;
	else
		t->filter[0] = '\0';
	if (from == TOP_LOOK_PORT)
		top_feed_look_at(t, "");
	top_arrange(t);
}

static void order(struct top *t, enum top_order by)
{
	t->order = by;
	t->reverse = false;
	t->scroll = 0;
	top_arrange(t);
	point_at(t, 0); /* who asks for the most wants to see them */
}

/* To a row, or of a page of text so many lines further. */
static void move_by(struct top *t, long by)
{
	const struct top_table *table = top_shown(t);
	size_t at = has_rows(t) ? top_place(table, t->cursor) : t->scroll;
	size_t back_by = by < 0 ? (size_t)-by : 0;
	size_t most = t->lines > t->room ? t->lines - t->room : 0;

	at = back_by > at ? 0 : at - back_by + (by > 0 ? (size_t)by : 0);
	if (has_rows(t))
		point_at(t, at);
	else
		t->scroll = at < most ? at : most;
}

static void interval(struct top *t, bool longer)
{
	static const double steps[] = {0.2, 0.5, 1, 2, 5, 10, 30, 60};
	enum { STEPS = sizeof(steps) / sizeof(steps[0]) };
	size_t i = 0;

	if (longer) {
		while (i < STEPS - 1 && steps[i] <= t->interval_s)
			i++;
	} else {
		i = STEPS - 1;
		while (i > 0 && steps[i] >= t->interval_s)
			i--;
	}
	/* --interval may be beyond all of them */
	if (longer == (steps[i] > t->interval_s))
		t->interval_s = steps[i];
	top_feed_now(t);
}

static void type(struct top *t, int key)
{
	size_t len = strlen(t->filter);

	if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		t->typing = false;
	} else if (key == KEY_ESC) {
		t->typing = false;
		t->filter[0] = '\0';
	} else if (key == KEY_BACKSPACE || key == KEY_DEL || key == KEY_CTRL_H) {
		if (len)
			t->filter[len - 1] = '\0';
	} else if (key == KEY_CTRL_U) {
		t->filter[0] = '\0';
	} else if (key < KEY_DEL && isgraph(key) && len + 1 < sizeof(t->filter)) {
		t->filter[len] = (char)key;
		t->filter[len + 1] = '\0';
	}
	top_arrange(t);
	point_at(t, 0);
}

static bool moves(struct top *t, int key)
{
	const long page = t->room > 1 ? (long)t->room - 1 : 1;
	const long far = 1L << 24;
	const struct {
		int key;
		long by;
	} keys[] = {
		{KEY_UP, -1},	    {'k', -1},	       {KEY_DOWN, 1}, {'j', 1},
		{KEY_PPAGE, -page}, {KEY_NPAGE, page}, {' ', page},   {KEY_HOME, -far},
		{'g', -far},	    {KEY_END, far},    {'G', far},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].key == key) {
			move_by(t, keys[i].by);
			return true;
		}
	return false;
}

static void command(struct top *t, int key)
{
	switch (key) {
	case 'q':
		back(t, true);
		break;
	case KEY_ESC:
	case KEY_BACKSPACE:
	case KEY_DEL:
	case KEY_LEFT:
		back(t, false);
		break;
	case '\n':
	case '\r':
	case KEY_ENTER:
	case KEY_RIGHT:
		enter(t);
		break;
	case '?':
	case 'h':
	case KEY_F(1):
		if (t->look != TOP_LOOK_HELP)
			t->before_help = t->look;
		look(t, TOP_LOOK_HELP);
		break;
	case '\t':
		next_switch(t, 1);
		break;
	case KEY_BTAB:
		next_switch(t, t->switches.n ? t->switches.n - 1 : 0);
		break;
	case 'w':
		look(t, TOP_LOOK_SWITCHES);
		break;
	case 'p':
		top_feed_pause(t, !t->paused);
		break;
	case '+':
	case '=':
	case '-':
		interval(t, key != '-');
		break;
	case KEY_CTRL_L:
		clearok(curscr, TRUE);
		break;
	default:
		break;
	}
}

void top_key(struct top *t, int key)
{
	if (t->typing) {
		type(t, key);
		return;
	}
	if (moves(t, key))
		return;
	if (!has_rows(t)) {
		command(t, key);
		return;
	}
	switch (key) {
	case 'n':
		order(t, TOP_BY_NAME);
		break;
	case 'r':
		order(t, TOP_BY_RATE);
		break;
	case 'd':
		order(t, TOP_BY_DROPS);
		break;
	case 'R':
		t->reverse = !t->reverse;
		top_arrange(t);
		break;
	case '/':
		t->typing = true;
		t->filter[0] = '\0';
		top_arrange(t);
		break;
	default:
		command(t, key);
	}
}
