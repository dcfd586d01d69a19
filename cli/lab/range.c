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
	char *out = need(malloc(strlen(text) + 1)), *p = out;
	struct range r;

	for (; next_range(text, &r); text = r.end) {
		size_t before = (size_t)(r.start - text);

		memcpy(p, text, before);
		p += before;
		p += sprintf(p, "%0*lu", r.width, r.first + i);
	}
	strcpy(p, text);
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

static json_t *expand_object(const json_t *v, unsigned count, unsigned i, size_t *expanded,
			     struct err *e)
{
	json_t *out = need(json_object()), *value;
	const char *key;

	json_object_foreach ((json_t *)(uintptr_t)v, key, value) {
		char *name = expand_text(key, count, i, expanded, e);
		json_t *one = name ? range_expand(value, count, i, expanded, e) : NULL;

		if (one && json_object_get(out, name)) {
			err_set(e, EINVAL, "the key \"%.60s\" is there twice", name);
			json_decref(one);
			one = NULL;
		}
		if (one)
			json_object_set_new(out, name, one);
		free(name);
		if (one)
			continue;
		err_at(e, key);
		json_decref(out);
		return NULL;
	}
	return out;
}

static json_t *expand_array(const json_t *v, unsigned count, unsigned i, size_t *expanded,
			    struct err *e)
{
	json_t *out = need(json_array()), *value;
	char at[24];
	size_t k;

	json_array_foreach (v, k, value) {
		json_t *one = range_expand(value, count, i, expanded, e);

		if (one) {
			json_array_append_new(out, one);
			continue;
		}
		snprintf(at, sizeof(at), "[%zu]", k);
		err_at(e, at);
		json_decref(out);
		return NULL;
	}
	return out;
}

json_t *range_expand(const json_t *v, unsigned count, unsigned i, size_t *expanded, struct err *e)
{
	char *text;
	json_t *one;

	*expanded += 32; /* what any value takes, about */
	if (json_is_object(v))
		return expand_object(v, count, i, expanded, e);
	if (json_is_array(v))
		return expand_array(v, count, i, expanded, e);
	if (!json_is_string(v))
		return json_incref((json_t *)(uintptr_t)v);
	text = expand_text(json_string_value(v), count, i, expanded, e);
	one = text ? need(json_string(text)) : NULL;
	free(text);
	return one;
}
