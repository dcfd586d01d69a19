/* SPDX-License-Identifier: ISC */
/*
 * optjson.h - one option, between its place in a struct and its JSON value.
 */
#ifndef CTL_OPTJSON_H
#define CTL_OPTJSON_H

#include <jansson.h>

#include "util/opt.h"

/*
 * Stores the JSON value v at base.  null stores the default.  A value of the wrong type or outside
 * the limits is refused with -EINVAL and *e says what was found and what is allowed.
 */
int optjson_set(const struct opt *o, const json_t *v, void *base, struct err *e);

/* The value at base as JSON (a new reference); JSON null where it is not set.  NULL: out of memory.
 */
json_t *optjson_get(const struct opt *o, const void *base);

/* What a JSON value is, for "found ...": "the number 3", "\"abc\"", "an object"; returns out. */
const char *optjson_found(const json_t *v, char *out, size_t size);

#endif
