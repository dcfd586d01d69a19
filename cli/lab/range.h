/* SPDX-License-Identifier: ISC */
/*
 * range.h - one text that stands for many: "h{1..50}", "10.0.{0..3}.{1..4}/24", "port{01..12}".
 *
 * All ranges of a text go up together, so they have to be of one length: the second text of "h{1..3}:eth{4..6}" is
 * "h2:eth5".  Numbers have leading zeroes where the first of the range has.  Braces around anything but two numbers mean
 * nothing here.
 */
#ifndef CLI_LAB_RANGE_H
#define CLI_LAB_RANGE_H

#include <jansson.h>
#include <stddef.h>

#include "util/err.h"

enum {
	RANGE_MAX = 1024,	      /* texts of one range */
	RANGE_EXPANDED_MAX = 64 << 20 /* bytes that all of a file may become */
};

/*
 * How many texts it stands for; 0: it has no range.  -EINVAL with *e filled: its ranges are of different lengths, or
 * one goes down or is too long.
 */
int range_count(const char *text, unsigned *count, struct err *e);

/* The text number i, from 0, of one whose range_count() is more than i; to be freed. */
char *range_pick(const char *text, unsigned i);

/*
 * A copy of a value in which each string and each key that has a range is that number i.  NULL with *e filled, e->path
 * being the place below v: a range has not `count` numbers, or two keys become one, or *expanded would pass
 * RANGE_EXPANDED_MAX.
 */
json_t *range_expand(const json_t *v, unsigned count, unsigned i, size_t *expanded, struct err *e);

#endif
