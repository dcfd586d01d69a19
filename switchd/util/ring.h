/* SPDX-License-Identifier: ISC */
/*
 * ring.h - records of bytes in the order they came, in memory that is used over and over.
 *
 * Each record lies in one piece, so that it can be used where it lies until it is dropped.  One thread
 * alone.  Whenever the ring is empty it begins anew: a queue that is short most of the time stays in the
 * cache, however large the ring may grow.
 */
#ifndef UTIL_RING_H
#define UTIL_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RING_ALIGN = 64, RING_HEADER = 8 };

/* Bytes that a record of len bytes takes up. */
#define RING_NEED(len) (((len) + RING_HEADER + RING_ALIGN - 1) / RING_ALIGN * RING_ALIGN)

struct ring {
	uint8_t *memory;
	size_t size;
	unsigned count; /* records in it */

	/* the rest is the ring's */
	size_t head, tail; /* of the oldest record, and behind the newest */
	size_t end;	   /* wrapped: behind the last record before the records go on at 0 */
	bool wrapped;
};

/*
 * An empty ring of `size` bytes, rounded down to a multiple of RING_ALIGN; the system gives of them what is
 * touched.  0, or -ENOMEM.
 */
int ring_open(struct ring *r, size_t size);

/* Frees the memory; harmless where the ring is zero. */
void ring_close(struct ring *r);

/*
 * Room for a record of len bytes, which is the newest from now on: the caller fills it.  NULL where there
 * is none.
 */
uint8_t *ring_put(struct ring *r, size_t len);

/* The oldest record, and in *len how long it is.  The ring must not be empty. */
uint8_t *ring_first(const struct ring *r, size_t *len);

/* The record that came after `record`, which must not be the newest. */
uint8_t *ring_after(const struct ring *r, const uint8_t *record, size_t *len);

/* Drops the n oldest; there are as many. */
void ring_drop(struct ring *r, unsigned n);

#endif
