/* SPDX-License-Identifier: ISC */
/*
 * checks_tell.c - how checks ended, for people.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"
#include "lab/checks.h"

/* "3 of 3 echo requests unanswered" is to stand on a line with the name. */
enum { NAME_MIN = 20, NAME_MAX = 44, INDENT = 7, SEEN = 33 };

/* The same for all lines, which are written as the checks end. */
static size_t name_width(const struct checks *all, const struct term *term)
{
	size_t widest = NAME_MIN, most = NAME_MAX;

	for (size_t i = 0; i < all->n; i++) {
		size_t w = text_width(all->check[i].name);

		widest = w > widest ? w : widest;
	}
	if (term->width && term->width < most + INDENT + 2 + SEEN)
		most = term->width > NAME_MIN + INDENT + 2 + SEEN ? term->width - INDENT - 2 - SEEN
								  : NAME_MIN;
	return widest < most ? widest : most;
}

static void tell_more(FILE *out, const struct term *term, const char *what, const char *text)
{
	char *all = text_format("%s%s", what, text), *safe;

	for (char *p = all; *p; p++) /* the output of a command has lines */
		if (*p == '\n')
			*p = ' ';
	safe = text_safe(all);
	fprintf(out, "%*s", INDENT, "");
	text_wrap(out, safe, INDENT + 2, term->width);
	free(safe);
	free(all);
}

void checks_tell(FILE *out, const struct term *term, const struct checks *all, size_t i)
{
	static const enum colour colours[] = {
		[CHECK_PASS] = GREEN,
		[CHECK_FAIL] = RED,
		[CHECK_ERROR] = YELLOW,
		[CHECK_STOPPED] = YELLOW,
	};
	const struct check *c = &all->check[i];
	const struct check_result *r = &all->result[i];
	char *name = text_safe(c->name), *seen = text_safe(r->observed ? r->observed : "");
	size_t width = name_width(all, term), own = text_width(name);
	json_t *v;
	size_t k;

	term_colour(term, out, colours[r->outcome]);
	fprintf(out, "%-*s ", INDENT - 1, outcome_name(r->outcome));
	term_plain(term, out, colours[r->outcome]);
	if (own > width) /* what was seen would not stand in its column */
		fprintf(out, "%s\n%*s", name, (int)(INDENT + width + 2), "");
	else
		fprintf(out, "%s%*s", name, (int)(width - own + 2), "");
	text_wrap(out, seen, INDENT + width + 2, term->width);
	if (r->outcome != CHECK_PASS) {
		if (strcmp(c->name, r->expected) != 0)
			tell_more(out, term, "expected: ", r->expected);
		json_array_foreach (r->why, k, v)
			tell_more(out, term, "", json_string_value(v));
		if (*c->hint)
			tell_more(out, term, "hint: ", c->hint);
	}
	free(name);
	free(seen);
}

/* Whoever has given points to none does not want to read of them. */
static bool with_points(const struct checks *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->check[i].points != 1)
			return true;
	return false;
}

void checks_tell_sum(FILE *out, const struct term *term, const struct checks *all)
{
	struct checks_score s = checks_count(all);
	enum colour colour = checks_status(all) == CHECKS_PASSED ? GREEN : RED;

	if (!all->n) {
		fprintf(out, "the lab %s has no checks\n", all->lab->name);
		return;
	}
	term_colour(term, out, colour);
	fprintf(out, "%zu of %zu checks passed", s.passed, all->n);
	if (with_points(all))
		fprintf(out, ", %" PRId64 " of %" PRId64 " points", s.points, s.of);
	if (s.broken)
		fprintf(out, "; %zu could not be carried out", s.broken);
	if (all->done < all->n)
		fprintf(out, "; %zu %s not begun", all->n - all->done,
			all->n - all->done == 1 ? "was" : "were");
	term_plain(term, out, colour);
	fputc('\n', out);
}
