/* SPDX-License-Identifier: ISC */
#include "core/impair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NS_PER_US = 1000 };
#define NS_PER_S UINT64_C(1000000000)

/* Which generator: the numbers are part of what a seed means, so they stay as they are. */
enum thing {
	THING_LOSS = 1,
	THING_BURST,
	THING_DUP,
	THING_CORRUPT,
	THING_BITS,
	THING_JITTER,
	THING_REORDER,
};

/* A frame that waits for the wire, or is on its way into it until `done_ns`. */
struct waiting {
	uint64_t done_ns;
	uint32_t len;
};

struct impair {
	struct impair_cfg cfg;
	struct impair_stats stats;
	struct chance loss, burst, dup, corrupt, jitter, reorder;
	struct rng bits;
	bool bad;	    /* state of burst */
	uint32_t nth;	    /* frames since the last that loss_every took */
	uint64_t wire_ns;   /* the wire is busy until then... */
	uint64_t wire_part; /* ...and so many rate-ths of a nanosecond */
	uint64_t order_ns;  /* when the last frame leaves that was not let past others */
	uint64_t now_ns;    /* the latest it was told */
	uint64_t queued_bytes;
	uint32_t head, queued; /* of the ring */
	struct waiting ring[IMPAIR_QUEUE_MAX];
};

static const char *const fates[IMPAIR_FATE_COUNT] = {
	[IMPAIR_PASSED] = "passed",	    [IMPAIR_DOWN] = "down",
	[IMPAIR_TOO_BIG] = "too_big",	    [IMPAIR_LOST] = "lost",
	[IMPAIR_LOST_BURST] = "lost_burst", [IMPAIR_LOST_NTH] = "lost_nth",
	[IMPAIR_QUEUE_FULL] = "queue_full",
};

const char *impair_fate_name(enum impair_fate f)
{
	return fates[f];
}

/* ---- settings ---- */

int impair_check(const struct impair_cfg *c, struct err *e)
{
	if (c->jitter_us > c->delay_us && c->jitter_dist == CHANCE_UNIFORM)
		return err_set(e, EINVAL,
			       "a jitter of %uus around a delay of %uus would have frames arrive "
			       "before they were sent: make the delay at least as large",
			       c->jitter_us, c->delay_us);
	if (c->reorder_ppm && !c->delay_us)
		return err_set(e, EINVAL,
			       "reorder lets frames overtake those that are delayed: give a delay");
	return 0;
}

static void seed(struct impair *im, uint64_t with)
{
	chance_init(&im->loss, with, THING_LOSS);
	chance_init(&im->burst, with, THING_BURST);
	chance_init(&im->dup, with, THING_DUP);
	chance_init(&im->corrupt, with, THING_CORRUPT);
	chance_init(&im->jitter, with, THING_JITTER);
	chance_init(&im->reorder, with, THING_REORDER);
	im->bits = rng_for(with, THING_BITS);
	im->bad = false;
	im->nth = 0;
}

struct impair *impair_new(const struct impair_cfg *cfg)
{
	struct impair *im = calloc(1, sizeof(*im));

	if (!im)
		return NULL;
	im->cfg = *cfg;
	seed(im, cfg->seed);
	return im;
}

void impair_free(struct impair *im)
{
	free(im);
}

/* ---- the wire and the queue in front of it ---- */

static void leave_queue(struct impair *im)
{
	while (im->queued && im->ring[im->head].done_ns <= im->now_ns) {
		im->queued_bytes -= im->ring[im->head].len;
		im->head = (im->head + 1) % IMPAIR_QUEUE_MAX;
		im->queued--;
	}
}

static bool has_room(const struct impair *im, size_t len)
{
	uint32_t frames = im->cfg.queue_frames ? im->cfg.queue_frames : IMPAIR_QUEUE_DEFAULT;

	if (im->queued >= frames || im->queued == IMPAIR_QUEUE_MAX)
		return false;
	/* one frame always fits, or a queue smaller than a frame would let nothing through */
	return !im->cfg.queue_bytes || !im->queued || im->queued_bytes + len <= im->cfg.queue_bytes;
}

/*
 * The time that the frame takes up the wire.  What is left of a division is kept for the next, so that over any time a rate is
 * exact.
 */
static void pass_wire(struct impair *im, size_t len)
{
	const struct rate *r = &im->cfg.rate;
	uint64_t units = r->unit == RATE_BITS ? (uint64_t)len * 8 : 1;
	unsigned __int128 whole;

	if (im->wire_ns < im->now_ns) { /* it was idle */
		im->wire_ns = im->now_ns;
		im->wire_part = 0;
	}
	whole = (unsigned __int128)units * NS_PER_S + im->wire_part;
	im->wire_ns += (uint64_t)(whole / r->n);
	im->wire_part = (uint64_t)(whole % r->n);
}

/* When the frame has left the wire's near end; false: the queue is full. */
static bool send(struct impair *im, size_t len, uint64_t *at_ns)
{
	*at_ns = im->now_ns;
	if (im->cfg.rate.unit == RATE_NONE)
		return true;
	if (!has_room(im, len))
		return false;
	pass_wire(im, len);
	im->ring[(im->head + im->queued) % IMPAIR_QUEUE_MAX] =
		(struct waiting){.done_ns = im->wire_ns, .len = (uint32_t)len};
	im->queued++;
	im->queued_bytes += len;
	*at_ns = im->wire_ns;
	return true;
}

struct impair_queue impair_queue(struct impair *im, uint64_t now_ns)
{
	if (now_ns > im->now_ns)
		im->now_ns = now_ns;
	leave_queue(im);
	return (struct impair_queue){.frames = im->queued, .bytes = im->queued_bytes};
}

/* ---- other settings ---- */

/* How many seconds the queue takes at a rate. */
static double drain_s(const struct impair *im, const struct rate *r)
{
	if (r->unit == RATE_NONE)
		return 0;
	return (r->unit == RATE_BITS ? (double)im->queued_bytes * 8 : im->queued) / (double)r->n;
}

uint64_t impair_shifted(const struct impair_shift *s, uint64_t ns)
{
	if (ns <= s->from_ns || ns > s->was_ns) /* on it already; or not behind this wire at all */
		return ns;
	return s->from_ns + (uint64_t)((unsigned __int128)(ns - s->from_ns) *
				       (s->is_ns - s->from_ns) / (s->was_ns - s->from_ns));
}

static void change_speed(struct impair *im, const struct rate *to, struct impair_shift *shift)
{
	double of = drain_s(im, to) / drain_s(im, &im->cfg.rate);

	*shift = (struct impair_shift){.from_ns = im->now_ns, .was_ns = im->wire_ns};
	shift->is_ns = im->now_ns + (uint64_t)((double)(im->wire_ns - im->now_ns) * of + 0.5);
	for (uint32_t i = 0; i < im->queued; i++) {
		struct waiting *w = &im->ring[(im->head + i) % IMPAIR_QUEUE_MAX];

		w->done_ns = impair_shifted(shift, w->done_ns);
	}
	im->wire_ns = shift->is_ns;
	im->wire_part = 0;
}

bool impair_set(struct impair *im, uint64_t now_ns, const struct impair_cfg *cfg,
		struct impair_shift *shift)
{
	bool moves, anew = cfg->seed != im->cfg.seed;

	(void)impair_queue(im, now_ns);
	moves = im->queued && !rate_equal(&cfg->rate, &im->cfg.rate);
	if (moves)
		change_speed(im, &cfg->rate, shift);
	im->cfg = *cfg;
	if (anew)
		seed(im, cfg->seed);
	return moves;
}

void impair_follow(struct impair *im, uint64_t last_ns)
{
	im->order_ns = last_ns;
}

/* ---- a frame ---- */

static uint64_t delay_ns(struct impair *im)
{
	const struct impair_cfg *c = &im->cfg;
	double us = c->delay_us;

	if (c->jitter_us)
		us += c->jitter_us * chance_draw(&im->jitter, c->jitter_dist, c->jitter_corr_ppm);
	if (us <= 0)
		return 0;
	if (us > 2.0 * IMPAIR_TIME_MAX_US) /* out in the tail of a distribution that has no end */
		us = 2.0 * IMPAIR_TIME_MAX_US;
	return (uint64_t)(us * NS_PER_US);
}

/* When a frame arrives that leaves the near end at from_ns. */
static uint64_t arrive(struct impair *im, uint64_t from_ns)
{
	const struct impair_cfg *c = &im->cfg;
	bool past = chance_hits(&im->reorder, c->reorder_ppm, c->reorder_corr_ppm);
	uint64_t at = from_ns + delay_ns(im);

	if (past) {
		im->stats.reordered++;
		return from_ns;
	}
	if (c->overtake)
		return at;
	if (at < im->order_ns)
		at = im->order_ns;
	im->order_ns = at;
	return at;
}

static bool is_nth(struct impair *im)
{
	if (!im->cfg.loss_every || ++im->nth < im->cfg.loss_every)
		return false;
	im->nth = 0;
	return true;
}

static enum impair_fate lose(struct impair *im)
{
	const struct impair_cfg *c = &im->cfg;

	if (is_nth(im))
		return IMPAIR_LOST_NTH;
	if (c->burst.to_bad_ppm && chance_gilbert(&im->burst, &c->burst, &im->bad))
		return IMPAIR_LOST_BURST;
	if (chance_hits(&im->loss, c->loss_ppm, c->loss_corr_ppm))
		return IMPAIR_LOST;
	return IMPAIR_PASSED;
}

static enum impair_fate travel(struct impair *im, size_t len, struct impair_plan *plan)
{
	const struct impair_cfg *c = &im->cfg;
	bool twice = chance_hits(&im->dup, c->dup_ppm, c->dup_corr_ppm);
	uint64_t from;

	plan->corrupt = chance_hits(&im->corrupt, c->corrupt_ppm, 0);
	plan->corrupt_rng = im->bits;
	rng_next(&im->bits);
	for (unsigned i = 0; i < 1u + twice; i++) {
		if (!send(im, len, &from)) {
			if (i == 0)
				return IMPAIR_QUEUE_FULL;
			im->stats.copies_full++;
			break;
		}
		plan->sent_ns[plan->copies] = from;
		plan->at_ns[plan->copies++] = arrive(im, from);
	}
	im->stats.duplicated += plan->copies == 2;
	im->stats.corrupted += plan->corrupt;
	return IMPAIR_PASSED;
}

void impair_plan(struct impair *im, uint64_t now_ns, size_t len, size_t payload,
		 struct impair_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	if (now_ns > im->now_ns)
		im->now_ns = now_ns;
	leave_queue(im);
	im->stats.frames++;
	if (im->cfg.down)
		plan->fate = IMPAIR_DOWN;
	else if (im->cfg.mtu && payload > im->cfg.mtu)
		plan->fate = IMPAIR_TOO_BIG;
	else
		plan->fate = lose(im);
	if (plan->fate == IMPAIR_PASSED)
		plan->fate = travel(im, len, plan);
	im->stats.fate[plan->fate]++;
}

static bool is_among(const uint32_t *bits, uint32_t n, uint32_t bit)
{
	while (n--)
		if (bits[n] == bit)
			return true;
	return false;
}

void impair_corrupt(const struct impair *im, const struct impair_plan *plan, uint8_t *frame,
		    size_t len)
{
	uint32_t bits = im->cfg.corrupt_bits ? im->cfg.corrupt_bits : 1;
	uint32_t flipped[IMPAIR_BITS_MAX], n = 0;
	struct rng r = plan->corrupt_rng;

	if (!plan->corrupt)
		return;
	while (n < bits && n < len * 8) { /* none twice, which would mend it */
		uint32_t bit = rng_below(&r, (uint32_t)len * 8);

		if (is_among(flipped, n, bit))
			continue;
		frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
		flipped[n++] = bit;
	}
}

const struct impair_stats *impair_stats(const struct impair *im)
{
	return &im->stats;
}

void impair_stats_clear(struct impair *im)
{
	memset(&im->stats, 0, sizeof(im->stats));
}
