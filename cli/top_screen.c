/* SPDX-License-Identifier: ISC */
#include "top_screen.h"

#include <string.h>

#include "text.h"
#include "top_terminfo.h"

static bool coloured;

/* ---- the terminal ---- */

const char *top_screen_open(bool colour)
{
	const char *wrong = top_terminal_lacks();

	if (wrong)
		return wrong;
	if (!newterm(NULL, stdout, stdin))
		return "nothing is known of this kind of terminal (TERM)";
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	coloured = colour && has_colors() && start_color() == OK;
	if (coloured) {
		use_default_colors();
		init_pair(RED, COLOR_RED, -1);
		init_pair(GREEN, COLOR_GREEN, -1);
		init_pair(YELLOW, COLOR_YELLOW, -1);
	}
	return NULL;
}

void top_screen_resize(void)
{
	struct term term;

	term_look(&term);
	if (term.width && term.height)
		resizeterm((int)term.height, (int)term.width);
}

void top_screen_close(void)
{
	endwin();
}

int top_screen_key(void)
{
	int key = getch();

	return key == ERR ? -1 : key;
}

/* ---- pieces of a line ---- */

attr_t top_attribute(enum colour c)
{
	if (c == BOLD)
		return A_BOLD;
	return c != PLAIN && coloured ? (attr_t)COLOR_PAIR(c) : A_NORMAL;
}

size_t top_columns(void)
{
	return (size_t)COLS;
}

/* ncurses would go on in the next line. */
static size_t room_from(int x)
{
	return x >= 0 && x < COLS ? (size_t)(COLS - x) : 0;
}

void top_put(int y, int x, size_t width, attr_t how, const char *text)
{
	size_t room = room_from(x);

	attr_set(how & ~A_COLOR, (short)PAIR_NUMBER(how), NULL);
	mvaddnstr(y, x, text, (int)text_fit(text, width < room ? width : room));
	attr_set(A_NORMAL, 0, NULL);
}

void top_put_name(int y, int x, size_t width, attr_t how, const char *name)
{
	top_put(y, x, width, how, name);
	if (text_width(name) > width)
		top_put(y, x + (int)width - 1, 1, how, text_ellipsis());
}

void top_put_right(int y, int x, size_t width, attr_t how, const char *text)
{
	size_t len = text_width(text);

	if (width <= room_from(x))
		top_put(y, x + (int)(len < width ? width - len : 0), width, how, text);
}

void top_put_pieces(int y, const char *const pieces[], size_t n)
{
	int x = 0;

	for (size_t i = 0; i < n && text_width(pieces[i]) <= room_from(x); i++) {
		top_put(y, x, room_from(x), A_NORMAL, pieces[i]);
		x += (int)text_width(pieces[i]);
	}
}

void top_put_wrapped(const char *text)
{
	for (int y = 0; *text && y < LINES; y++) {
		size_t len = text_break(text, top_columns());

		mvaddnstr(y, 0, text, (int)len);
		text += len + strspn(text + len, " ");
	}
}

/* A line in reverse over the whole width. */
void top_put_bar(int y, const char *text)
{
	attron(A_REVERSE);
	mvhline(y, 0, ' ' | A_REVERSE, COLS);
	attroff(A_REVERSE);
	top_put(y, 0, top_columns(), A_REVERSE, text);
}

const char *top_rate(double rate, char out[HUMAN_SIZE])
{
	if (rate > 0 && rate < 9.95) {
		snprintf(out, HUMAN_SIZE, "%.1f", rate);
		return out;
	}
	return human_count(rate < 9e18 ? (json_int_t)(rate + 0.5) : INT64_MAX, out);
}

/* "12.3 kbit/s" */
const char *top_speed(double rate, const char *unit, char out[HUMAN_SIZE])
{
	char number[HUMAN_SIZE];
	size_t len;

	top_rate(rate, number);
	len = strcspn(number, "kMGTPE");
	snprintf(out, HUMAN_SIZE, "%.*s %.1s%.10s/s", (int)len, number, number + len, unit);
	return out;
}

void top_put_curve(bool ascii, int y, int x, size_t width, const struct top_curve *c)
{
	static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const letters[] = {" ", "_", ".", "-", "=", "+", "*", "%", "#"};
	uint8_t levels[TOP_CURVE_MAX];

	top_levels(c, width, levels);
	move(y, x);
	for (size_t i = 0; i < width; i++)
		addstr((ascii ? letters : blocks)[levels[i]]);
}
