/* SPDX-License-Identifier: ISC */
#include "util/amount.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"

enum {
	NUMBER_MAX = 15, /* digits: what they and a unit come to fits into 64 bits */
	WRITTEN_MAX = 24,
	UNITS_SIZE = 160,
};

static int refuse(const struct measure *m, const char *s, size_t len, struct err *e)
{
	char text[WRITTEN_MAX + 2], shown[TEXT_SHOWN_SIZE];

	snprintf(text, sizeof(text), "%.*s", (int)len, s);
	return err_set(e, EINVAL, "found \"%s\", allowed is %s, %s", text_shown(text, shown),
		       m->what, m->range);
}

/* "100ms, 100us or 100s": what may be written where the number stands alone. */
static int refuse_bare(const struct measure *m, const char *s, size_t len, struct err *e)
{
	char list[UNITS_SIZE] = "";
	const struct unit *last = NULL;

	for (const struct unit *u = m->units; u->name; u++)
		if (!u->other)
			last = u;
	for (const struct unit *u = m->units; u->name; u++) {
		const char *between = u == m->units ? "" : u == last ? " or " : ", ";
		size_t at = strlen(list);

		if (!u->other)
			snprintf(list + at, sizeof(list) - at, "%s%.*s%s", between, (int)len, s,
				 u->name);
	}
	return err_set(e, EINVAL, "found \"%.*s\", which has no unit: write %s", (int)len, s, list);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads "2.5" into 25 and 10; how long it is, 0: it is no number, or too long a one. */
static size_t take_number(const char *s, size_t len, uint64_t *n, uint64_t *scale)
{
	size_t i = 0, digits = 0;
	bool fraction = false;

	*n = 0;
	*scale = 1;
	for (; i < len && (is_digit(s[i]) || (s[i] == '.' && !fraction && i)); i++) {
		if (s[i] == '.') {
			fraction = true;
			if (i + 1 == len || !is_digit(s[i + 1]))
				return 0;
			continue;
		}
		if (++digits > NUMBER_MAX)
			return 0;
		*n = *n * 10 + (uint64_t)(s[i] - '0');
		if (fraction)
			*scale *= 10;
	}
	return i;
}

static const struct unit *find_unit(const struct measure *m, const char *s, size_t len)
{
	for (const struct unit *u = m->units; u->name; u++)
		if (strlen(u->name) == len && memcmp(u->name, s, len) == 0)
			return u;
	return NULL;
}

int amount_parse(const struct measure *m, const char *s, size_t len, uint64_t *out, struct err *e)
{
	uint64_t n, scale;
	size_t number = len <= WRITTEN_MAX ? take_number(s, len, &n, &scale) : 0;
	const struct unit *unit;
	unsigned __int128 whole;

	if (!number)
		return refuse(m, s, len < WRITTEN_MAX ? len : WRITTEN_MAX, e);
	if (number == len)
		return refuse_bare(m, s, len, e);
	unit = find_unit(m, s + number, len - number);
	if (!unit)
		return refuse(m, s, len, e);
	whole = (unsigned __int128)n * unit->times;
	if (whole % scale || whole / scale < m->min || whole / scale > m->max)
		return refuse(m, s, len, e);
	*out = (uint64_t)(whole / scale);
	return 0;
}
