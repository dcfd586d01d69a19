/* SPDX-License-Identifier: ISC */
/*
 * bytes.h - a bounded reader over bytes that somebody else chose.
 *
 * A read past the end yields zero and marks the reader `bad` for good, so that a parser takes
 * several fields in a row and checks once (the way passt pulls its headers).
 */
#ifndef UTIL_BYTES_H
#define UTIL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rd {
	const uint8_t *p;
	const uint8_t *end;
	bool bad;
};

static inline struct rd rd_from(const uint8_t *p, size_t len)
{
	return (struct rd){.p = p, .end = p + len, .bad = false};
}

static inline size_t rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->p);
}

/* n bytes in place, or NULL when fewer are left. */
static inline const uint8_t *rd_take(struct rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (rd_left(r) < n) {
		r->bad = true;
		r->p = r->end;
		return NULL;
	}
	r->p += n;
	return p;
}

static inline uint8_t rd_u8(struct rd *r)
{
	const uint8_t *p = rd_take(r, 1);

	return p ? p[0] : 0;
}

/* Network byte order. */
static inline uint16_t rd_be16(struct rd *r)
{
	const uint8_t *p = rd_take(r, 2);

	return (uint16_t)(p ? p[0] << 8 | p[1] : 0);
}

static inline uint32_t rd_be32(struct rd *r)
{
	uint32_t high = rd_be16(r);

	return high << 16 | rd_be16(r);
}

#endif
