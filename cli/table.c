/* SPDX-License-Identifier: ISC */
#include "table.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "text.h"

enum { GAP = 2, SHORT = 16, SHORTEST = 8, WRAP_MIN = 24, NICE_TO_HAVE = 5 };

struct cell {
	char *text;
	size_t width;
	enum colour colour;
};

struct table {
	const struct column *columns;
	size_t n_columns;
	size_t *width; /* of each column as it will be printed; 0 = left out */
	struct cell *cells;
	size_t n_cells, room;
};

struct table *table_new(const struct column *columns, size_t n)
{
	struct table *t = need(calloc(1, sizeof(*t)));

	t->columns = columns;
	t->n_columns = n;
	t->width = need(calloc(n, sizeof(*t->width)));
	return t;
}

void table_free(struct table *t)
{
	for (size_t i = 0; i < t->n_cells; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t->width);
	free(t);
}

void table_cell(struct table *t, enum colour colour, const char *fmt, ...)
{
	char *raw;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&raw, fmt, ap) < 0)
		raw = NULL;
	va_end(ap);
	if (t->n_cells == t->room) {
		t->room = t->room ? t->room * 2 : 64;
		t->cells = need(reallocarray(t->cells, t->room, sizeof(*t->cells)));
	}
	char *text = text_safe(need(raw));
	t->cells[t->n_cells++] = (struct cell){text, text_width(text), colour};
	free(raw);
}

/* The width each column would like; a column that may be hidden and is empty gets 0. */
static void widths_natural(struct table *t)
{
	for (size_t c = 0; c < t->n_columns; c++) {
		size_t widest = 0;

		for (size_t i = c; i < t->n_cells; i += t->n_columns)
			if (t->cells[i].width > widest)
				widest = t->cells[i].width;
		if (widest || !(t->columns[c].flags & COL_HIDE_EMPTY)) {
			size_t title = text_width(t->columns[c].title);

			widest = widest > title ? widest : title;
			widest = widest ? widest : 1;
		}
		t->width[c] = widest;
	}
}

static size_t total(const struct table *t)
{
	size_t sum = 0;

	for (size_t c = 0; c < t->n_columns; c++)
		if (t->width[c])
			sum += t->width[c] + GAP;
	return sum ? sum - GAP : 0;
}

/* Takes one column of the terminal from the widest that has the flag; false: none can give one. */
static bool shrink(struct table *t, unsigned flag, size_t least)
{
	size_t *best = NULL;

	for (size_t c = 0; c < t->n_columns; c++)
		if (t->columns[c].flags & flag && t->width[c] > least &&
		    (!best || t->width[c] > *best))
			best = &t->width[c];
	if (best)
		--*best;
	return best != NULL;
}

/* Leaves out the least important column, of those to go at `least` or above; false: there is none. */
static bool leave_out(struct table *t, unsigned least)
{
	size_t best = SIZE_MAX;

	for (size_t c = 0; c < t->n_columns; c++)
		if (t->width[c] && t->columns[c].drop >= least &&
		    (best == SIZE_MAX || t->columns[c].drop > t->columns[best].drop))
			best = c;
	if (best != SIZE_MAX)
		t->width[best] = 0;
	return best != SIZE_MAX;
}

/* A name of fair length is worth more than a column that is only nice to have. */
static void widths_fit(struct table *t, size_t limit)
{
	while (limit && total(t) > limit)
		if (!shrink(t, COL_WRAP, WRAP_MIN) && !shrink(t, COL_SHORTEN, SHORT) &&
		    !leave_out(t, NICE_TO_HAVE) && !shrink(t, COL_SHORTEN, SHORTEST) &&
		    !leave_out(t, 1))
			return;
}

static void pad(FILE *out, size_t n)
{
	fprintf(out, "%*s", (int)n, "");
}

/* One cell in its column; `last` needs no padding behind it. */
static void print_cell(const struct term *term, FILE *out, const struct column *col,
		       const struct cell *cell, size_t width, bool last)
{
	const char *text = *cell->text ? cell->text : "-";
	size_t shown = *cell->text ? cell->width : 1;
	int bytes = (int)strlen(text);
	const char *mark = "";

	if (shown > width) {
		mark = text_ellipsis();
		bytes = (int)text_fit(text, width - 1);
		shown = width;
	}
	if (col->flags & COL_RIGHT)
		pad(out, width - shown);
	term_colour(term, out, cell->colour);
	fprintf(out, "%.*s%s", bytes, text, mark);
	term_plain(term, out, cell->colour);
	if (!(col->flags & COL_RIGHT) && !last)
		pad(out, width - shown);
}

static void print_row(const struct table *t, FILE *out, const struct term *term,
		      const struct cell *row, size_t last)
{
	size_t at = 0;

	for (size_t c = 0; c <= last; c++) {
		if (!t->width[c])
			continue;
		if (at)
			pad(out, GAP);
		at += at ? GAP : 0;
		if (t->columns[c].flags & COL_WRAP && c == last && *row[c].text) {
			text_wrap(out, row[c].text, at, term->width);
			return;
		}
		print_cell(term, out, &t->columns[c], &row[c], t->width[c], c == last);
		at += t->width[c];
	}
	fputc('\n', out);
}

void table_print(struct table *t, FILE *out, const struct term *term)
{
	struct cell *head = need(calloc(t->n_columns, sizeof(*head)));
	size_t last = 0;

	widths_natural(t);
	widths_fit(t, term->width);
	for (size_t c = 0; c < t->n_columns; c++) {
		char *title = text_safe(t->columns[c].title);

		head[c] = (struct cell){title, text_width(title), BOLD};
		if (t->width[c])
			last = c;
	}
	print_row(t, out, term, head, last);
	for (size_t i = 0; i + t->n_columns <= t->n_cells; i += t->n_columns)
		print_row(t, out, term, &t->cells[i], last);
	for (size_t c = 0; c < t->n_columns; c++)
		free(head[c].text);
	free(head);
}
