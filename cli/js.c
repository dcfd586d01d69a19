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
