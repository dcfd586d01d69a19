/* SPDX-License-Identifier: ISC */
/*
 * impair.h - one direction of a bad link: what it does to a frame, and when the frame comes out at the other end.
 *
 * impair_plan() is asked for each frame and answers whether it is lost and when it leaves; who asks then holds the
 * frame (core/hold.h) until that time.  Nothing here keeps frames.
 *
 * A link is modelled as links are, and in their order:
 *
 *	down, mtu	what cannot go in at all
 *	loss		on the way; random, in bursts, or every so many-th
 *	duplication	the copy goes the same way behind it
 *	corruption	so many bits, anywhere in the frame
 *	rate		a queue in front of the wire, of so many frames or bytes; what finds it full is dropped
 *	delay, jitter	the length of the wire
 *
 * Complications, and how each is answered:
 *
 * Order.  Jitter alone lets no frame overtake another: what varies the delay of a real link is a queue, which keeps
 * the order, and TCP suffers far more from frames out of order than from late ones.  With `overtake` each frame takes
 * its own time.  `reorder` picks frames that are not delayed at all, and so come before those in front of them.
 *
 * Queue and delay are two things.  In netem one limit counts both the frames that wait and those that are under way, so
 * that a long fast link drops for no reason that its user can see.  Here the queue is what waits for the wire; frames under
 * way are limited by memory alone.
 *
 * Changing one thing live leaves the others alone: each has a generator of its own, seeded from `seed` and its
 * name, and draws one number for each frame that gets so far.  So the same frames at the same times through the same settings
 * fare the same, and raising the loss loses the same frames as before and some more.
 *
 * Super-frames are what they become on the wire: the caller cuts them before (core/gso.h).
 *
 * Times are nanoseconds of a clock that does not go backwards; one that does makes frames later, never earlier.
 */
#ifndef CORE_IMPAIR_H
#define CORE_IMPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/chance.h"
#include "util/err.h"
#include "util/rate.h"

enum {
	IMPAIR_TIME_MAX_US = 60 * 1000 * 1000, /* of delay and jitter each */
	IMPAIR_QUEUE_MAX = 65536,	       /* frames in a queue */
	IMPAIR_QUEUE_DEFAULT = 1000,
	IMPAIR_BITS_MAX = 64,
};

/* All zero: a good link. */
struct impair_cfg {
	bool down;
	uint32_t mtu; /* largest payload; 0 = any */

	uint32_t loss_ppm, loss_corr_ppm;
	struct gilbert burst; /* where to_bad_ppm is not 0 */
	uint32_t loss_every;  /* every so many-th frame; 0 = none */

	uint32_t dup_ppm, dup_corr_ppm;

	uint32_t corrupt_ppm;
	uint32_t corrupt_bits; /* of a frame that is corrupted; 0 = 1 */

	struct rate rate;
	uint32_t queue_frames; /* 0 = IMPAIR_QUEUE_DEFAULT */
	uint32_t queue_bytes;  /* 0 = no limit of its own */

	uint32_t delay_us, jitter_us;
	enum chance_dist jitter_dist;
	uint32_t jitter_corr_ppm;
	bool overtake;
	uint32_t reorder_ppm, reorder_corr_ppm;

	uint64_t seed;
};

enum impair_fate {
	IMPAIR_PASSED,
	IMPAIR_DOWN,
	IMPAIR_TOO_BIG,
	IMPAIR_LOST,
	IMPAIR_LOST_BURST,
	IMPAIR_LOST_NTH,
	IMPAIR_QUEUE_FULL,
	IMPAIR_FATE_COUNT
};

struct impair_stats {
	uint64_t frames; /* that came */
	uint64_t fate[IMPAIR_FATE_COUNT];
	uint64_t duplicated, corrupted, reordered;
	uint64_t copies_full; /* duplicates that found the queue full */
};

struct impair_plan {
	enum impair_fate fate;
	unsigned copies;	/* 0 to 2 */
	uint64_t sent_ns[2];	/* when each is on the wire... */
	uint64_t at_ns[2];	/* ...and when it leaves at the other end */
	bool corrupt;		/* each copy alike: impair_corrupt() */
	struct rng corrupt_rng; /* which bits */
};

struct impair;

/* What no single value tells: settings that mean nothing together.  0, or -EINVAL with *e. */
int impair_check(const struct impair_cfg *cfg, struct err *e);

/* `cfg` has passed impair_check().  NULL when there is no memory: some 1 MiB, used as the queue grows. */
struct impair *impair_new(const struct impair_cfg *cfg);
void impair_free(struct impair *im);

/*
 * How another rate moves what waits for the wire: what would have been on it by was_ns is by is_ns, and what is in between
 * accordingly.
 */
struct impair_shift {
	uint64_t from_ns, was_ns, is_ns;
};

/*
 * Takes over other settings.  Frames under way stay so; where the seed is the same, no generator begins anew.  True: the
 * rate is another one, and frames wait for the wire.  They go at the new rate: who holds them moves them by *shift
 * (hold_move()), and tells impair_follow() when the last one leaves.
 */
bool impair_set(struct impair *im, uint64_t now_ns, const struct impair_cfg *cfg,
		struct impair_shift *shift);
void impair_follow(struct impair *im, uint64_t last_ns);

/* When a frame is on the wire that would have been by `ns`. */
uint64_t impair_shifted(const struct impair_shift *s, uint64_t ns);

/* What becomes of a frame of len bytes, of which payload are behind the headers of Ethernet, that comes now. */
void impair_plan(struct impair *im, uint64_t now_ns, size_t len, size_t payload,
		 struct impair_plan *plan);

/* Where the plan says so, flips bits in a copy of the frame that it is of: each copy gets the same. */
void impair_corrupt(const struct impair *im, const struct impair_plan *plan, uint8_t *frame,
		    size_t len);

/* How many frames and bytes wait for the wire. */
struct impair_queue {
	uint32_t frames;
	uint64_t bytes;
};
struct impair_queue impair_queue(struct impair *im, uint64_t now_ns);

const struct impair_stats *impair_stats(const struct impair *im);
void impair_stats_clear(struct impair *im);

/* "lost_burst" */
const char *impair_fate_name(enum impair_fate f);

#endif
