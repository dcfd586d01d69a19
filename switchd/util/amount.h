/* SPDX-License-Identifier: ISC */
/*
 * amount.h - how much of something, as a person writes it: "20ms", "0.5%", "64kB".
 *
 * The unit has to be there, for the reason that util/rate.h gives; whoever leaves it out is told what could be written.
 */
#ifndef UTIL_AMOUNT_H
#define UTIL_AMOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

struct unit {
	const char *name;
	uint64_t times; /* what one of it comes to */
	bool other; /* another way to write one of the others: it is understood, and not advertised */
};

/* Something that can be measured.  Of its units the one most often meant comes first; a NULL name ends them. */
struct measure {
	const char *what; /* "a time like 20ms" */
	const struct unit *units;
	uint64_t min, max; /* in what a unit is measured in */
	const char *range; /* the same for people: "from 1us to 60s" */
};

/*
 * Reads a number, perhaps with a decimal fraction, and a unit: the `len` characters at s, which may be text from
 * anywhere.  -EINVAL, with *e (may be NULL) and *out as it was, for anything else, and for what does not come to a
 * whole number of the smallest unit.
 */
int amount_parse(const struct measure *m, const char *s, size_t len, uint64_t *out, struct err *e);

#endif
