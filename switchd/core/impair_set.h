/* SPDX-License-Identifier: ISC */
/*
 * impair_set.h - a bad link as a person describes it: what each setting says, and what all of them together come to.
 *
 * A setting is a text of values with commas between, each with its unit: "5ms,normal,25%".  What belongs to one
 * thing is said in one place, as netem has it, so that a direction has twelve settings and not twice as many.
 *
 * Each setting is there three times: for both directions of the port's link, for what comes in, and for what goes
 * out.  What is said of one direction goes before what is said of both; "none" there means that this direction has
 * none of it.
 *
 *	link		up, down		down: nothing passes
 *	path_mtu	SIZE			larger payloads vanish
 *	loss		SHARE[,CORRELATION]	of frames, at random
 *	loss_burst	P,R[,LOSS[,LOSS]]	Gilbert-Elliott: into bursts, out of them; lost in them, and between
 *	loss_every	FRAMES			each so many-th
 *	duplicate	SHARE[,CORRELATION]
 *	corrupt		SHARE[,BITS]
 *	bandwidth	RATE			with a queue in front of it...
 *	queue		FRAMES[,SIZE]		...of so many frames, bytes, or both
 *	delay		TIME
 *	jitter		TIME[,DISTRIBUTION][,CORRELATION][,overtake]
 *	reorder		SHARE[,CORRELATION]	of frames, which are not delayed and overtake others
 */
#ifndef CORE_IMPAIR_SET_H
#define CORE_IMPAIR_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/impair.h"
#include "util/err.h"

/* In the order in which a frame meets them. */
enum impair_key {
	IMPAIR_KEY_LINK,
	IMPAIR_KEY_PATH_MTU,
	IMPAIR_KEY_LOSS,
	IMPAIR_KEY_LOSS_BURST,
	IMPAIR_KEY_LOSS_EVERY,
	IMPAIR_KEY_DUPLICATE,
	IMPAIR_KEY_CORRUPT,
	IMPAIR_KEY_BANDWIDTH,
	IMPAIR_KEY_QUEUE,
	IMPAIR_KEY_DELAY,
	IMPAIR_KEY_JITTER,
	IMPAIR_KEY_REORDER,
	IMPAIR_KEYS
};

enum impair_way {
	IMPAIR_IN,  /* from the port into the switch */
	IMPAIR_OUT, /* out of the switch */
	IMPAIR_WAYS,
	IMPAIR_BOTH = IMPAIR_WAYS,
};

enum {
	IMPAIR_TEXT_SIZE = 48,
	IMPAIR_MEMORY_MIB = 32, /* the default */
	IMPAIR_MEMORY_MIB_MAX = 4096,
};

/* All zero: a good link. */
struct impair_set {
	char text[IMPAIR_WAYS + 1][IMPAIR_KEYS][IMPAIR_TEXT_SIZE]; /* "" = nothing is said */
	uint32_t seed;						   /* 0 = any */
	uint32_t memory_mib; /* most that each direction holds; 0 = IMPAIR_MEMORY_MIB */
};

/* "loss_burst" */
const char *impair_key_name(enum impair_key key);

/* "in", "out" */
const char *impair_way_name(enum impair_way way);

/* Is `text` one that the setting can have?  0, or -EINVAL with *e (may be NULL). */
int impair_check_text(enum impair_key key, const char *text, struct err *e);

/* What the setting says of one direction; "" = nothing. */
const char *impair_text(const struct impair_set *set, enum impair_way way, enum impair_key key);

/*
 * What the settings, which have passed impair_check_text(), come to for one direction; the seed apart.  0, or -EINVAL
 * with *e (may be NULL): they mean nothing together.
 */
int impair_read(const struct impair_set *set, enum impair_way way, struct impair_cfg *cfg,
		struct err *e);

/* Does a frame fare as on a good link? */
bool impair_is_none(const struct impair_cfg *cfg);

/* Of both directions. */
int impair_set_check(const struct impair_set *set, struct err *e);

/*
 * What the generators of one direction of a port begin with: ports of one seed fare differently, and each the same
 * whenever it is called the same.
 */
uint64_t impair_seed_of(uint32_t seed, const char *sw, const char *port, enum impair_way way);

#endif
