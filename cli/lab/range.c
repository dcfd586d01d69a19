/* SPDX-License-Identifier: ISC */
#include "lab/range.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "util/text.h"

struct range {
	const char *start, *end; /* of "{1..50}", behind its brace */
	unsigned long first, last;
	int width; /* of the number with its leading zeroes; 0 = it has none */
};

enum { DIGITS_MAX = 9 };

/* A number that ends before *p, at most DIGITS_MAX long; false: there is none. */
static bool read_number(const char **p, unsigned long *n, size_t *digits)
{
	*digits = strspn(*p, "0123456789");
	if (*digits == 0 || *digits > DIGITS_MAX)
		return false;
	*n = strtoul(*p, NULL, 10);
	*p += *digits;
	return true;
}

/* The next range of a text; false: there is none. */
static bool next_range(const char *text, struct range *r)
{
	size_t first, last;

	for (const char *p = text; (p = strchr(p, '{')) != NULL;) {
		r->start = p++;
		if (!read_number(&p, &r->first, &first) || strncmp(p, "..", 2) != 0)
			continue;
		p += 2;
		if (!read_number(&p, &r->last, &last) || *p != '}')
			continue;
		r->end = p + 1;
		r->width = r->start[1] == '0' ? (int)first : 0;
		return true;
	}
	return false;
}

static int refuse(const struct range *r, struct err *e, const char *why)
{
	return err_set(e, EINVAL, "the range %.*s %s", (int)(r->end - r->start), r->start, why);
}

int range_count(const char *text, unsigned *count, struct err *e)
{
	struct range r;

	*count = 0;
	for (; next_range(text, &r); text = r.end) {
		if (r.first > r.last)
			return refuse(&r, e, "goes down; write the lower number first");
		if (r.last - r.first >= RANGE_MAX)
			return refuse(&r, e, "is of more than 1024 numbers");

		unsigned n = (unsigned)(r.last - r.first) + 1;
		if (*count && n != *count)
			return err_set(
				e, EINVAL,
				"the range %.*s is of %u numbers and one before it of %u; they go up "
				"together, so they have to be of one length",
				(int)(r.end - r.start), r.start, n, *count);
		*count = n;
	}
	return 0;
}

char *range_pick(const char *text, unsigned i)
{
	/* a number is never longer than its range is written */
	size_t room = strlen(text) + 1, at = 0;
	char *out = need(malloc(room));
	struct range r;

	for (; next_range(text, &r); text = r.end) {
		size_t before = (size_t)(r.start - text);

		memcpy(out + at, text, before);
		at += before;
		at += (size_t)snprintf(out + at, room - at, "%0*lu", r.width, r.first + i);
	}
	snprintf(out + at, room - at, "%s", text);
	return out;
}

/* The text itself, or its number i; NULL with *e. */
static char *expand_text(const char *text, unsigned count, unsigned i, size_t *expanded,
			 struct err *e)
{
	unsigned n;

	if (range_count(text, &n, e))
		return NULL;
	if (n && n != count) {
		err_set(e, EINVAL,
			"the range in \"%.60s\" is of %u numbers, but the entry it is in stands for %u; "
			"they go up together, so they have to be of one length",
			text, n, count);
		return NULL;
	}
	*expanded += strlen(text) + 1;
	if (*expanded > RANGE_EXPANDED_MAX) {
		err_set(e, EINVAL, "with all ranges written out the file has more than %d MiB",
			RANGE_EXPANDED_MAX >> 20);
		return NULL;
	}
	return range_pick(text, i);
}

/* An object or array that is being copied, and how far. */
struct level {
	const json_t *from;
	json_t *to;
	void *iter;   /* of an object: its next member */
	size_t index; /* of an array: its next element */
	const char *key;
};

enum { LEVELS_MAX = 16 }; /* no lab has half as many */

static struct level enter(const json_t *from, json_t *to)
{
	return (struct level){
		.from = from, .to = to, .iter = json_object_iter((json_t *)(uintptr_t)from)};
}

/* The next value of a level, its key in l->key; NULL: there is none any more. */
static const json_t *next_value(struct level *l)
{
	const json_t *v;

	if (json_is_array(l->from))
		return json_array_get(l->from, l->index++);
	if (!l->iter)
		return NULL;
	l->key = json_object_iter_key(l->iter);
	v = json_object_iter_value(l->iter);
	l->iter = json_object_iter_next((json_t *)(uintptr_t)l->from, l->iter);
	return v;
}

/* What stands for v: an empty object or array, or the value with its ranges gone; NULL with *e. */
static json_t *expand_value(const json_t *v, unsigned count, unsigned i, size_t *expanded,
			    struct err *e)
{
	char *text;
	json_t *one;

	*expanded += 32; /* what any value takes, about */
	if (json_is_object(v))
		return need(json_object());
	if (json_is_array(v))
		return need(json_array());
	if (!json_is_string(v))
		return json_incref((json_t *)(uintptr_t)v);
	text = expand_text(json_string_value(v), count, i, expanded, e);
	one = text ? need(json_string(text)) : NULL;
	free(text);
	return one;
}

/* Puts the copy of a value, which it takes over, where it belongs; 0 or -EINVAL with *e. */
static int attach(struct level *l, json_t *one, unsigned count, unsigned i, size_t *expanded,
		  struct err *e)
{
	char *name;
	int rc = 0;

	if (json_is_array(l->from)) {
		json_array_append_new(l->to, one);
		return 0;
	}
	name = expand_text(l->key, count, i, expanded, e);
	if (name && json_object_get(l->to, name))
		rc = err_set(e, EINVAL, "the key \"%.60s\" is there twice", name);
	else if (name)
		json_object_set(l->to, name, one);
	else
		rc = -EINVAL;
	json_decref(one);
	free(name);
	return rc;
}

/* Puts where it was in front of an error. */
static void place_error(const struct level *level, size_t depth, struct err *e)
{
	char at[24];

	while (depth-- > 0) {
		if (json_is_array(level[depth].from)) {
			snprintf(at, sizeof(at), "[%zu]", level[depth].index - 1);
			err_at(e, at);
		} else {
			err_at(e, level[depth].key);
		}
	}
}

json_t *range_expand(const json_t *v, unsigned count, unsigned i, size_t *expanded, struct err *e)
{
	struct level level[LEVELS_MAX];
	json_t *all = expand_value(v, count, i, expanded, e);
	size_t depth = 0;

	if (json_is_object(all) || json_is_array(all))
		level[depth++] = enter(v, all);
	while (depth) {
		struct level *l = &level[depth - 1];
		const json_t *from = next_value(l);
		json_t *to;
		int rc;

		if (!from) {
			depth--;
			continue;
		}
		to = expand_value(from, count, i, expanded, e);
		rc = to ? attach(l, json_incref(to), count, i, expanded, e) : -EINVAL;
		if (rc == 0 && (json_is_object(to) || json_is_array(to))) {
			if (depth == LEVELS_MAX)
				rc = err_set(e, EINVAL, "it is nested too deeply");
			else
				level[depth++] = enter(from, to);
		}
		json_decref(to); /* what it belongs to has it now */
		if (rc) {
			place_error(level, depth, e);
			json_decref(all);
			return NULL;
		}
	}
	return all;
}
