/* SPDX-License-Identifier: ISC */
/*
 * jsonwhy.h - what is wrong with a text that is not JSON, for people who write their first.
 *
 * A parser says what it expected ("']' expected near '{'"); whoever wrote the text wants to know what to do.  The usual slips
 * are few: a comma too many or too few, comments, quotes that are none, True for true.
 */
#ifndef CLI_JSONWHY_H
#define CLI_JSONWHY_H

#include <stddef.h>

/*
 * What to do, to be put behind the parser's own words: ": a comma is missing before it"; "" where that is not known.
 * The text has a NUL behind its `len` bytes; `error` are the words of jansson, and `at` is how much it had read then.
 */
const char *json_why(const char *text, size_t len, const char *error, size_t at);

#endif
