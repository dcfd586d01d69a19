/* SPDX-License-Identifier: ISC */
#include "js.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"

char *js_show(const json_t *v)
{
	if (!v)
		return need(strdup(""));
	if (json_is_string(v))
		return need(strdup(json_string_value(v)));
	return need(json_dumps(v, JSON_ENCODE_ANY | JS_REALS));
}
