/* SPDX-License-Identifier: ISC */
/*
 * js.h - reading objects that may lack a key or hold something else under it: the answer of a
 * daemon of another version must never be a crash, so every getter has an answer for that too.
 */
#ifndef CLI_JS_H
#define CLI_JS_H

#include <jansson.h>
#include <stdbool.h>

/* How json_dumps() is to write times: 1.1 as that, not as 1.1000000000000001. */
#define JS_REALS JSON_REAL_PRECISION(15)

/* The text under key; "" where there is none. */
static inline const char *js_str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* The number under key; 0 where there is none. */
static inline json_int_t js_int(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (json_is_real(v) && json_real_value(v) > -9e18 && json_real_value(v) < 9e18)
		return (json_int_t)json_real_value(v);
	return json_integer_value(v); /* 0 for anything else */
}

static inline double js_real(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static inline bool js_true(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

static inline bool js_has(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return v && !json_is_null(v);
}

/* One line of JSON, or the bare text of a string; to be freed.  NULL gives "". */
char *js_show(const json_t *v);

/* A string of what a person typed; where that is no UTF-8, which JSON cannot say, with \xNN for those bytes. */
json_t *js_typed(const char *s, size_t len);

/* In place, so that what is shown and --json are in the same order; cmp as for qsort() of json_t pointers. */
void js_sort(json_t *array, int (*cmp)(const void *, const void *));

/* The strings of an array with `between` between them; to be freed.  No array gives "". */
char *js_join(const json_t *array, const char *between);

#endif
