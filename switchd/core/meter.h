/* SPDX-License-Identifier: ISC */
/*
 * meter.h - a token bucket: so many bits or frames a second and no more, for rate limits and storm control
 * (the colours of IEEE 802.1Q-2018 clause 8.6.5 are two: it passes, or it does not).
 *
 *	meter_refill(&m, now_ms);		once a wakeup, or before each frame: no difference
 *	if (!meter_would_pass(&m))		changes nothing, so that switch_decide() may ask
 *		drop
 *	meter_take(&m, meter_cost(f));		only where it did pass
 *
 * or, with nothing changed before it is committed, meter_would_pass_at(&m, now_ms) and then the other two.
 *
 * Complications, and how each is answered:
 *
 * Exactness.  The level is counted in thousandths of a bit or a frame, so that a millisecond of a rate is a
 * whole number: nothing is divided, rounded or lost, whatever the pattern of calls.  What overflows (a meter
 * of 1 Tbit/s asked again after months) is more than the bucket holds, and found by the multiplication.
 *
 * Frames larger than what is left.  A frame passes if anything at all is in the bucket, and may leave it in
 * debt.  So a super-frame of 64 KiB crosses the slowest meter, in whose long-term rate it is counted in full
 * like all others; large frames do not starve beside small ones; and whether a frame passes does not depend
 * on its size, so that it costs one comparison.  The price: a burst may be larger than the bucket, by less
 * than one frame.
 *
 * Super-frames count as what they become on the wire, frames and bytes: each segment has its own headers.
 * Bytes are those from the destination address to the end of the payload, as in the counters of ports; not
 * the checksum, nor preamble and gap, which a virtual wire does not have.
 *
 * A clock that stands still while frames are forwarded (it is read once a wakeup) makes the bucket the burst
 * that fits between two readings.  By default it holds a quarter of a second: longer than a turn of the daemon, and
 * than TCP waits when it has lost a whole window (Linux: 200 ms), or the bucket would be full again long before TCP
 * comes back.  Measured at 10 and 100 Mbit/s with cubic, reno and bbr, in 10 s after the first 3, a stream's payload
 * was 49 to 54 % of the rate with a tenth of a second (once 86 %), 92 to 96 % with a fifth, and 94 to 97 % with a
 * quarter or a half, where headers leave 96 %.  But
 * at least METER_BURST_BITS or METER_BURST_FRAMES (a super-frame), or TCP would not get up speed; but no more than a
 * second's worth, or a limit of 10 frames a second would let 64 through at once.
 */
#ifndef CORE_METER_H
#define CORE_METER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/frame.h"
#include "util/rate.h"

enum {
	METER_BURST_BITS = FRAME_MAX * 8,
	METER_BURST_FRAMES = 64,
};

/* The largest bucket that can be asked for: ten seconds of the largest rate. */
#define METER_BURST_MAX (UINT64_C(10) * RATE_MAX)

/* Read it by the functions below.  All zero it lets nothing pass: meter_init() comes first. */
struct meter {
	int64_t level; /* thousandths; nothing passes while it is not above 0 */
	int64_t full;
	uint64_t at_ms;	    /* it was last refilled */
	uint64_t rate;	    /* thousandths a millisecond: what the rate is a second */
	uint32_t per_byte;  /* thousandths; 0 where frames are counted, or nothing is */
	uint32_t per_frame; /* the same the other way round */
};

/* What a frame is on the wire. */
struct meter_cost {
	uint32_t frames, bytes;
};

/*
 * Makes a meter whose bucket is full.  `burst` is what the bucket holds, in the unit of the rate, at most
 * METER_BURST_MAX; 0: the default above.  Without a limit (RATE_NONE) everything passes.
 */
void meter_init(struct meter *m, const struct rate *r, uint64_t burst, uint64_t now_ms);

/* What the bucket holds, in the unit of the rate. */
static inline uint64_t meter_burst(const struct meter *m)
{
	return (uint64_t)m->full / 1000;
}

/* Puts in what has come since the last time; a clock that went backwards brings nothing. */
static inline void meter_refill(struct meter *m, uint64_t now_ms)
{
	uint64_t more;

	if (now_ms <= m->at_ms)
		return;
	if (__builtin_mul_overflow(m->rate, now_ms - m->at_ms, &more) ||
	    more > (uint64_t)(m->full - m->level))
		m->level = m->full;
	else
		m->level += (int64_t)more;
	m->at_ms = now_ms;
}

static inline bool meter_would_pass(const struct meter *m)
{
	return m->level > 0;
}

/* The same after a refill that is not made. */
static inline bool meter_would_pass_at(const struct meter *m, uint64_t now_ms)
{
	struct meter then = *m;

	meter_refill(&then, now_ms);
	return meter_would_pass(&then);
}

/* Takes out what a frame costs that passed. */
static inline void meter_take(struct meter *m, struct meter_cost c)
{
	m->level -= (int64_t)((uint64_t)c.bytes * m->per_byte + (uint64_t)c.frames * m->per_frame);
}

/* What a super-frame becomes; meter_cost() asks. */
struct meter_cost meter_cost_super(const struct frame *f);

/* f has passed frame_parse(). */
static inline struct meter_cost meter_cost(const struct frame *f)
{
	if (__builtin_expect(f->super, 0))
		return meter_cost_super(f);
	return (struct meter_cost){.frames = 1, .bytes = (uint32_t)f->len};
}

#endif
