/* SPDX-License-Identifier: ISC */
#include "util/jsonplace.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 256 };

struct scan {
	const char *p, *end;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next character that is no white space, which stays; '\0' at the end. */
static char peek(struct scan *s)
{
	while (s->p < s->end && is_space(*s->p))
		s->p++;
	return s->p < s->end ? *s->p : '\0';
}

/* Over a string, whose opening quote is next, into key: its bytes, escapes of one character undone. */
static void read_string(struct scan *s, char key[KEY_MAX])
{
	size_t n = 0;

	for (s->p++; s->p < s->end && *s->p != '"'; s->p++) {
		if (*s->p == '\\' && s->p + 1 < s->end)
			s->p++;
		if (n < KEY_MAX - 1)
			key[n++] = *s->p;
	}
	key[n] = '\0';
	if (s->p < s->end)
		s->p++;
}

/* Over one value, however deep it is. */
static void skip_value(struct scan *s)
{
	char ignored[KEY_MAX];
	size_t depth = 0;

	do {
		char c = peek(s);

		if (c == '\0')
			return;
		if (c == '"') {
			read_string(s, ignored);
			continue;
		}
		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth -= depth > 0;
		else if (!depth) { /* a number or a word */
			while (s->p < s->end && !is_space(*s->p) && !strchr(",]}", *s->p))
				s->p++;
			return;
		}
		s->p++;
	} while (depth);
}

/* How much of the path the key takes, its dot included; 0: the path does not begin with it. */
static size_t match(const char *path, const char *key)
{
	size_t n = strlen(key);

	if (n == 0 || strncmp(path, key, n) != 0)
		return 0;
	if (path[n] == '.')
		return n + 1;
	return path[n] == '\0' || path[n] == '[' ? n : 0;
}

/* Where one level down leads: the place of the key or element, and its value; `took` of the path, 0 = nowhere. */
struct step {
	const char *place;
	struct scan value;
	size_t took;
};

static struct step into_object(struct scan s, const char *path)
{
	struct step best = {0};
	char key[KEY_MAX];

	for (s.p++; peek(&s) == '"';) {
		const char *at = s.p;
		size_t took;

		read_string(&s, key);
		if (peek(&s) != ':')
			break;
		s.p++;
		peek(&s);
		took = match(path, key);
		if (took > best.took)
			best = (struct step){.place = at, .value = s, .took = took};
		skip_value(&s);
		if (peek(&s) != ',')
			break;
		s.p++;
	}
	return best;
}

static struct step into_array(struct scan s, const char *path)
{
	char *after;
	unsigned long n;

	if (path[0] != '[')
		return (struct step){0};
	n = strtoul(path + 1, &after, 10);
	if (after == path + 1 || *after != ']')
		return (struct step){0};
	s.p++;
	for (unsigned long i = 0; peek(&s) != '\0' && peek(&s) != ']'; i++) {
		if (i == n)
			return (struct step){.place = s.p,
					     .value = s,
					     .took = (size_t)(after + 1 - path) +
						     (after[1] == '.')};
		skip_value(&s);
		if (peek(&s) != ',')
			break;
		s.p++;
	}
	return (struct step){0};
}

static struct json_place place_of(const char *text, const char *at)
{
	struct json_place place = {.line = 1, .column = 1};

	for (; text < at; text++) {
		place.column++;
		if (*text == '\n') {
			place.line++;
			place.column = 1;
		}
	}
	return place;
}

struct json_place json_place(const char *text, size_t len, const char *path)
{
	struct scan s = {.p = text, .end = text + len};
	const char *at;

	peek(&s);
	at = s.p;
	while (*path) {
		char c = peek(&s);
		struct step step = c == '{'   ? into_object(s, path)
				   : c == '[' ? into_array(s, path)
					      : (struct step){0};

		if (!step.took)
			break;
		at = step.place;
		s = step.value;
		path += step.took;
	}
	return place_of(text, at);
}
