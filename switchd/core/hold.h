/* SPDX-License-Identifier: ISC */
/*
 * hold.h - frames on their way through a link that takes time: kept until they arrive.
 *
 * A heap by time; of two with the same time, the one that was put first leaves first.  Memory is taken as frames come, up to
 * a limit, in blocks of three sizes that are used again: most frames are small, the largest are 64 KiB, and a
 * block of one size is never cut into another.
 */
#ifndef CORE_HOLD_H
#define CORE_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/impair.h"

enum { HOLD_FRAME_MAX = 65600 }; /* FRAME_MAX and what a port puts in front */

struct hold;

struct held {
	uint64_t at_ns;
	size_t len;
	uint8_t *data;
};

/* For so many bytes of memory at most.  NULL when there is none even for the beginning. */
struct hold *hold_new(size_t max_bytes);
void hold_free(struct hold *h);

/* Another limit.  What is held already stays, be it more. */
void hold_limit(struct hold *h, size_t max_bytes);

/*
 * Room for a frame that is on the wire by sent_ns and leaves at at_ns, to be filled by the caller at once; NULL: no memory, or
 * the limit is reached.
 */
uint8_t *hold_put(struct hold *h, uint64_t sent_ns, uint64_t at_ns, size_t len);

/*
 * The wire is faster or slower now (impair_set()): each frame leaves as much earlier or later as it is on the wire.  With
 * `in_order` none comes to overtake another, but those that had no delay at all.  When the last one leaves; 0: none is held.
 */
uint64_t hold_move(struct hold *h, const struct impair_shift *shift, bool in_order);

/* When the next one leaves; UINT64_MAX: there is none. */
uint64_t hold_next_ns(const struct hold *h);

/*
 * The next one, if it is to leave by now_ns; NULL: none is.  It is lent, and counts as memory that is taken, until
 * hold_done() says that all that were lent are not needed any more.
 */
const struct held *hold_take(struct hold *h, uint64_t now_ns);
void hold_done(struct hold *h);

/* How many there are, and what memory they take. */
size_t hold_count(const struct hold *h);
size_t hold_bytes(const struct hold *h);

/* Forgets them all, and gives back the memory. */
void hold_clear(struct hold *h);

#endif
