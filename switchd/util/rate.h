/* SPDX-License-Identifier: ISC */
/*
 * rate.h - so much a second, as a person writes it: "10Mbit", "2.5Gbit", "1000fps", "none".
 *
 * The unit has to be there: whoever writes 1000 may mean bits, bytes or frames, and whichever we took would
 * be wrong for somebody.  k, M and G are powers of ten, as everywhere with speeds of networks.
 */
#ifndef UTIL_RATE_H
#define UTIL_RATE_H

#include <stdbool.h>
#include <stdint.h>

enum rate_unit {
	RATE_NONE, /* no limit */
	RATE_BITS,
	RATE_FRAMES,
};

#define RATE_MAX UINT64_C(1000000000000) /* 1000Gbit: far above what one process forwards */

/* What may be written, for error messages. */
#define RATE_ALLOWED                                                                          \
	"a rate like 64kbit, 2.5Gbit or 1000fps (bit or fps, with k, M or G in front; up to " \
	"1000G), or none"

enum { RATE_STR_SIZE = 24 }; /* the longest text, NUL included */

struct rate {
	uint64_t n;   /* bits or frames a second, 1 to RATE_MAX; 0 where there is no limit */
	uint8_t unit; /* enum rate_unit */
};

/*
 * Reads a number, perhaps with a decimal fraction, perhaps k, M or G, and "bit" or "fps".  "none", "0" and
 * nothing a second of either unit mean no limit.  The whole string must be the rate, and come to a whole
 * number a second.  Returns false, and leaves *r alone, for anything else.
 */
bool rate_parse(const char *s, struct rate *r);

/* The shortest exact form without a fraction: 2500000000 bits are "2500Mbit"; returns out. */
char *rate_format(const struct rate *r, char out[RATE_STR_SIZE]);

static inline bool rate_equal(const struct rate *a, const struct rate *b)
{
	return a->n == b->n && a->unit == b->unit;
}

#endif
