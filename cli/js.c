/* SPDX-License-Identifier: ISC */
#include "js.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "text.h"

char *js_show(const json_t *v)
{
	if (!v)
		return need(strdup(""));
	if (json_is_string(v))
		return need(strdup(json_string_value(v)));
	return need(json_dumps(v, JSON_ENCODE_ANY | JS_REALS));
}

char *js_join(const json_t *array, const char *between)
{
	char *text = need(strdup(""));
	const json_t *v;
	size_t i;

	json_array_foreach (array, i, v) {
		const char *one = json_string_value(v);
		char *more = text_format("%s%s%s", text, i ? between : "", one ? one : "");

		free(text);
		text = more;
	}
	return text;
}

void js_sort(json_t *array, int (*cmp)(const void *, const void *))
{
	size_t n = json_array_size(array);
	json_t **order = need(calloc(n + 1, sizeof(json_t *)));

	for (size_t i = 0; i < n; i++)
		order[i] = json_incref(json_array_get(array, i));
	qsort(order, n, sizeof(json_t *), cmp);
	for (size_t i = 0; i < n; i++)
		json_array_set_new(array, i, order[i]);
	free(order);
}

json_t *js_typed(const char *s, size_t len)
{
	json_t *v = json_stringn(s, len);
	char *text, *at;

	if (v)
		return v;
	text = at = need(malloc(4 * len + 1));
	for (size_t i = 0; i < len; i++)
		at += sprintf(at, (unsigned char)s[i] < 0x80 ? "%c" : "\\x%02x",
			      (unsigned char)s[i]);
	v = need(json_stringn(text, (size_t)(at - text)));
	free(text);
	return v;
}
