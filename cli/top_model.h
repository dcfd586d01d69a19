/* SPDX-License-Identifier: ISC */
/*
 * top_model.h - what "swctl top" knows: counters as they were read, what they became a second, and
 * which rows are looked at in which order.
 *
 * Purpose.  The daemon counts; people want to see how fast.  A table holds a row for each port of the
 * switch that is shown (or for each switch); a round of readings turns counters into rates.
 *
 * Complications, and what is done about them:
 *  - Readings do not come at even times (a busy daemon, a paused picture): a rate is what was counted
 *    divided by the time that really passed.
 *  - Counters fall: "clear stats", a port removed and made again.  What is counted since then is what
 *    counts.  After the daemon was away nothing can be said until the second reading.
 *  - Rows come and go: a row that a round did not mention is gone at its end, with its history.
 *  - The order changes while somebody reads: the rows that are shown are kept apart from the table and
 *    put in order by top_view(), of rows that are equal the name decides.
 *
 * No clock, no terminal, no JSON: all of that comes in as arguments.  Memory that runs out ends the
 * program, as everywhere in swctl (need()).
 */
#ifndef CLI_TOP_MODEL_H
#define CLI_TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/words.h"

enum {
	TOP_SAMPLES = 128,    /* rates that are kept of each row, for the small curves */
	TOP_LEVELS = 8,	      /* heights of a curve, and 0 */
	TOP_REASON_SIZE = 40, /* name of a reason for dropping frames, the NUL included */
	TOP_REASONS_MAX = 256 /* different ones in one picture */
};

/* What is counted, of a port or of a switch; what one of them does not have stays 0. */
enum top_count {
	TOP_IN_BYTES,
	TOP_IN_FRAMES,
	TOP_OUT_BYTES,
	TOP_OUT_FRAMES,
	TOP_DROPS,
	TOP_LEARNED,
	TOP_MOVED,
	TOP_FLAPPING,
	TOP_REFUSED,
	TOP_FORWARDED,
	TOP_FLOODED,
	TOP_COUNTS
};

struct top_meter {
	uint64_t count;
	double rate; /* a second, between the last two readings */
};

struct top_reason {
	char name[TOP_REASON_SIZE];
	struct top_meter meter;
	unsigned round;
};

/* The newest rates, in a circle. */
struct top_curve {
	float rate[TOP_SAMPLES];
	unsigned next, n;
};

struct top_row {
	char name[NAME_SIZE];
	char type[NAME_SIZE];
	char state[NAME_SIZE];
	char stp[NAME_SIZE]; /* "root/forwarding"; "" where there is no tree */
	uint64_t macs, ports;
	struct top_meter meter[TOP_COUNTS];
	struct top_curve in, out; /* bits a second */
	struct top_reason *reasons;
	size_t n_reasons;
	unsigned round; /* in which it was mentioned last */
	bool read;	/* its counters were read before, and may be compared with */
};

struct top_table {
	struct top_row **rows; /* by name */
	size_t n, room;
	struct top_row **view; /* those that are shown, as top_view() put them */
	size_t shown;
	unsigned round;
	uint64_t at_ms; /* when the round began; 0 = there was none yet */
	double seconds; /* since the one before; 0 = there was none, or at the same moment */
};

enum top_order { TOP_BY_NAME, TOP_BY_RATE, TOP_BY_DROPS };

/* A table of zeros is an empty one. */
void top_free(struct top_table *t);

/* Nothing that is known may be compared with what comes: the daemon was started again. */
void top_forget(struct top_table *t);

/*
 * A round: begin, then for each row top_row() and its readings, then end.  now_ms is of any clock that
 * does not go back.  A row stays where it is until the end of the round that does not mention it.
 */
void top_begin(struct top_table *t, uint64_t now_ms);
struct top_row *top_row(struct top_table *t, const char *name);
void top_count(const struct top_table *t, struct top_row *r, enum top_count what, uint64_t count);
/* More different reasons than TOP_REASONS_MAX on one row, or longer names than fit, are cut off. */
void top_reason(const struct top_table *t, struct top_row *r, const char *name, uint64_t count);
void top_end(struct top_table *t);

/* The row of that name, NULL where there is none. */
struct top_row *top_find(const struct top_table *t, const char *name);

/*
 * Puts into t->view the rows whose name, type or state has `filter` inside ("" = all), in order: of
 * names as people count (p2 before p10), of rates and drops the most first; `reverse` turns it round.
 */
void top_view(struct top_table *t, enum top_order order, bool reverse, const char *filter);

/* Where in the view that name stands; t->shown where it does not. */
size_t top_place(const struct top_table *t, const char *name);

/* The sum of one meter over all rows. */
struct top_meter top_sum(const struct top_table *t, enum top_count what);

/*
 * Why frames are dropped: over all rows, or of `only`.  Those that happen now first, by rate, then by
 * how many there were.  Returns how many.
 */
size_t top_reasons(const struct top_table *t, const struct top_row *only,
		   struct top_reason out[TOP_REASONS_MAX]);

/*
 * The newest `width` rates, oldest first, as heights from 0 to TOP_LEVELS: the highest of them is
 * TOP_LEVELS, what is not zero is at least 1.  Where there are fewer, the left is 0.
 */
void top_levels(const struct top_curve *c, size_t width, uint8_t *out);

/* Names as people count: the numbers in them by value. */
int top_compare_names(const char *a, const char *b);

#endif
