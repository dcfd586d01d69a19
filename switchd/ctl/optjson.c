/* SPDX-License-Identifier: ISC */
#include "ctl/optjson.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"
#include "util/vidset.h"

const char *optjson_found(const json_t *v, char *out, size_t size)
{
	char shown[TEXT_SHOWN_SIZE];

	switch (json_typeof(v)) {
	case JSON_OBJECT:
		snprintf(out, size, "an object");
		break;
	case JSON_ARRAY:
		snprintf(out, size, "an array");
		break;
	case JSON_STRING:
		snprintf(out, size, "\"%s\"", text_shown(json_string_value(v), shown));
		break;
	case JSON_INTEGER:
		snprintf(out, size, "the number %" JSON_INTEGER_FORMAT, json_integer_value(v));
		break;
	case JSON_REAL:
		/* 1.0 is no whole number in JSON's eyes, so it must not be shown as one */
		snprintf(out, size, "the number %#.6g", json_real_value(v));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		snprintf(out, size, json_is_true(v) ? "true" : "false");
		break;
	case JSON_NULL:
		snprintf(out, size, "null");
		break;
	}
	return out;
}

/*
 * Of a number where a text is wanted that passes check(), "delay": 20, the check knows better what is allowed than that it
 * is a text.
 */
static int refused_as_text(const struct opt *o, const json_t *v, struct err *e)
{
	char text[32];

	if (o->type != OPT_STR || !o->check || !json_is_number(v))
		return 0;
	if (json_is_integer(v))
		snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else
		snprintf(text, sizeof(text), "%g", json_real_value(v));
	return o->check(text, e);
}

static int wrong_type(const struct opt *o, const json_t *v, struct err *e)
{
	char found[96], allowed[160];
	int rc = refused_as_text(o, v, e);

	if (rc)
		return rc;
	return err_set(e, EINVAL, "found %s, allowed is %s", optjson_found(v, found, sizeof(found)),
		       opt_allowed(o, allowed, sizeof(allowed)));
}

int optjson_set(const struct opt *o, const json_t *v, void *base, struct err *e)
{
	if (json_is_null(v)) {
		opt_reset(o, base);
		return 0;
	}
	switch (o->type) {
	case OPT_BOOL:
		if (json_is_boolean(v))
			return opt_set_bool(o, json_is_true(v), base, e);
		break;
	case OPT_UINT:
		if (json_is_integer(v))
			return opt_set_uint(o, json_integer_value(v), base, e);
		break;
	case OPT_MASK:
		if (json_is_integer(v))
			return opt_set_uint(o, json_integer_value(v), base, e);
		/* fall through */
	case OPT_VIDS:
	case OPT_STR:
	case OPT_ENUM:
	case OPT_MAC:
	case OPT_RATE:
		if (!json_is_string(v))
			break;
		/* jansson allows "\u0000" in a string only when asked to; strlen is the length */
		return opt_parse(o, json_string_value(v), base, e);
	}
	return wrong_type(o, v, e);
}

json_t *optjson_get(const struct opt *o, const void *base)
{
	char text[VIDSET_TEXT_SIZE]; /* nothing longer is made of a value that is no text */

	switch (o->type) {
	case OPT_BOOL:
		return json_boolean(*(const bool *)opt_at_const(o, base));
	case OPT_UINT: {
		uint32_t u;

		memcpy(&u, opt_at_const(o, base), sizeof(u));
		return opt_missing(o, base) ? json_null() : json_integer(u);
	}
	case OPT_STR:
	case OPT_ENUM: {
		const char *s = opt_at_const(o, base); /* of any length */

		return s[0] ? json_string(s) : json_null();
	}
	case OPT_MAC:
	case OPT_MASK:
	case OPT_VIDS:
	case OPT_RATE:
		break;
	}
	opt_format(o, base, text, sizeof(text));
	return text[0] ? json_string(text) : json_null();
}
