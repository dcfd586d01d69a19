/* SPDX-License-Identifier: ISC */
#include "text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "fail.h"

/*
 * The visible character at s: its bytes, and its columns in *columns.  0 bytes when there is none:
 * a control character, a broken sequence, or one that takes no column (those can reorder a line).
 */
static size_t visible(const char *s, size_t *columns)
{
	mbstate_t state;
	wchar_t wc;

	memset(&state, 0, sizeof(state));
	size_t len = mbrtowc(&wc, s, strlen(s), &state);
	if (len == 0 || len == (size_t)-1 || len == (size_t)-2)
		return 0;
	int width = wcwidth(wc);
	if (width < 1)
		return 0;
	*columns = (size_t)width;
	return len;
}

char *text_safe(const char *s)
{
	char *out = need(malloc(strlen(s) * 4 + 1)); /* \xNN is the longest a byte can grow */
	char *to = out;
	size_t columns;

	while (*s) {
		size_t len = visible(s, &columns);

		if (len) {
			memcpy(to, s, len);
			to += len;
			s += len;
		} else {
			to += sprintf(to, "\\x%02x", (unsigned)(unsigned char)*s++);
		}
	}
	*to = '\0';
	return out;
}

/* Bytes of s within the limit; the columns they take go to *width. */
static size_t measure(const char *s, size_t limit, size_t *width)
{
	size_t at = 0, columns = 1;

	*width = 0;
	while (s[at]) {
		size_t len = visible(s + at, &columns);

		if (len == 0) { /* not a safe text: count it rather than loop */
			len = 1;
			columns = 1;
		}
		if (*width + columns > limit)
			break;
		*width += columns;
		at += len;
	}
	return at;
}

size_t text_width(const char *s)
{
	size_t width;

	measure(s, (size_t)-1, &width);
	return width;
}

size_t text_fit(const char *s, size_t columns)
{
	size_t width;

	return measure(s, columns, &width);
}

size_t text_break(const char *s, size_t columns)
{
	size_t fit = text_fit(s, columns);
	size_t at = fit;

	if (s[fit] == '\0')
		return fit;
	while (at > 0 && s[at] != ' ')
		at--;
	if (at > 0)
		return at;
	return fit > 0 ? fit : strlen(s); /* not even one character fits: give up on breaking */
}

const char *text_ellipsis(void)
{
	size_t columns;

	return visible("\xe2\x80\xa6", &columns) == 3 ? "\xe2\x80\xa6" : "~";
}

void text_line(FILE *out, const char *fmt, ...)
{
	va_list ap;
	char *s, *safe;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	safe = text_safe(need(s));
	fprintf(out, "%s\n", safe);
	free(safe);
	free(s);
}

char *text_format(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return need(s);
}

void text_wrap(FILE *out, const char *s, size_t indent, size_t width)
{
	size_t room = width > indent + 20 ? width - indent : (size_t)-1;

	for (bool first = true; *s || first; first = false) {
		size_t len = text_break(s, room);

		fprintf(out, "%*s%.*s\n", first ? 0 : (int)indent, "", (int)len, s);
		s += len;
		s += strspn(s, " ");
	}
}
