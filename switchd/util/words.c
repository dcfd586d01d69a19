/* SPDX-License-Identifier: ISC */
#include "util/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int name_check(const char *name, struct err *e)
{
	size_t len = strlen(name);
	char shown[TEXT_SHOWN_SIZE];

	if (len == 0)
		return err_set(e, EINVAL, "the name is empty");
	if (len >= NAME_SIZE)
		return err_set(e, EINVAL, "the name \"%s\" has %zu characters; at most %d fit",
			       text_shown(name, shown), len, NAME_SIZE - 1);
	for (size_t i = 0; i < len; i++) {
		if (is_alnum(name[i]) || name[i] == '_' || (i && strchr("-.:@+", name[i])))
			continue;
		if ((unsigned char)name[i] < 0x20 || (unsigned char)name[i] >= 0x7f)
			return err_set(
				e, EINVAL,
				"the name has the byte 0x%02x; use letters, digits and -_.:@+",
				(unsigned char)name[i]);
		return err_set(e, EINVAL,
			       "the name \"%s\" has a '%c'%s; use letters, digits and -_.:@+", name,
			       name[i], i ? "" : " in front");
	}
	return 0;
}

enum { WORD_MAX = 40 };

static const char between[] = "_.- "; /* the parts of a name */

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment: three rows of the classic table are enough. */
static unsigned distance(const char *a, size_t la, const char *b, size_t lb)
{
	unsigned rows[3][WORD_MAX + 1];

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_FAR;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned *cur = rows[i % 3];
		const unsigned *up = rows[(i + 2) % 3];
		const unsigned *up2 = rows[(i + 1) % 3];

		cur[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			cur[j] =
				min3(up[j] + 1, cur[j - 1] + 1, up[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    up2[j - 2] + 1 < cur[j])
				cur[j] = up2[j - 2] + 1;
		}
	}
	return rows[la % 3][lb];
}

unsigned word_distance(const char *a, const char *b)
{
	return distance(a, strlen(a), b, strlen(b));
}

void word_nearest(const char *typed, const char *candidate, const char **best)
{
	unsigned d = word_distance(typed, candidate);
	unsigned len = (unsigned)strlen(typed);

	if (d > 3 || d * 2 > len + 1) /* more than half of it would be different */
		return;
	if (!*best || d < word_distance(typed, *best))
		*best = candidate;
}

/* Edits from a part to the nearest of the name's; all of it where it is like none. */
static size_t part_distance(const char *part, size_t part_len, const char *name)
{
	size_t least = part_len;

	for (size_t len; *name; name += len + (name[len] != '\0')) {
		size_t d;

		len = strcspn(name, between);
		d = distance(part, part_len, name, len);
		if (d < least && d * 2 <= part_len)
			least = d;
	}
	return least;
}

unsigned word_parts_distance(const char *typed, const char *name)
{
	size_t sum = 0, letters = 0;

	if (strlen(typed) > WORD_MAX)
		return WORD_FAR;
	for (size_t len; *typed; typed += len + (typed[len] != '\0')) {
		len = strcspn(typed, between);
		sum += part_distance(typed, len, name);
		letters += len;
	}
	return letters == 0 || sum * 2 > letters ? WORD_FAR : (unsigned)sum;
}

int word_unknown(struct err *e, int code, const char *name, const char *best, const char *what, ...)
{
	char intro[120], shown[TEXT_SHOWN_SIZE];
	va_list ap;

	va_start(ap, what);
	vsnprintf(intro, sizeof(intro), what, ap);
	va_end(ap);
	return err_set(e, code, "%s \"%s\"%s%s%s", intro, text_shown(name, shown),
		       best ? "; did you mean \"" : "", best ? best : "", best ? "\"?" : "");
}

bool word_in(const char *word, const char *words)
{
	size_t len = strlen(word);

	if (len == 0 || strchr(word, ' '))
		return false;
	for (const char *p = words; (p = strstr(p, word)) != NULL; p += len)
		if ((p == words || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}
