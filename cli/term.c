/* SPDX-License-Identifier: ISC */
#include "term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static size_t from_env(const char *name, size_t otherwise)
{
	const char *s = getenv(name);
	long v = s ? strtol(s, NULL, 10) : 0;

	return v > 0 && v < 10000 ? (size_t)v : otherwise;
}

void term_look(struct term *term)
{
	const char *no_color = getenv("NO_COLOR");
	const char *type = getenv("TERM");
	struct winsize ws;

	memset(term, 0, sizeof(*term));
	term->tty = isatty(STDOUT_FILENO);
	if (!term->tty)
		return;
	/* set but empty means nothing: https://no-color.org */
	term->colour = !(no_color && *no_color) && type && *type && strcmp(type, "dumb") != 0;
	memset(&ws, 0, sizeof(ws));
	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws);
	term->width = ws.ws_col ? ws.ws_col : from_env("COLUMNS", 80);
	term->height = ws.ws_row ? ws.ws_row : from_env("LINES", 24);
}

void term_colour(const struct term *term, FILE *out, enum colour colour)
{
	static const char *const codes[] = {
		[PLAIN] = "", [BOLD] = "1", [RED] = "31", [GREEN] = "32", [YELLOW] = "33",
	};

	if (term->colour && colour != PLAIN)
		fprintf(out, "\033[%sm", codes[colour]);
}

void term_plain(const struct term *term, FILE *out, enum colour colour)
{
	if (term->colour && colour != PLAIN)
		fputs("\033[0m", out);
}
