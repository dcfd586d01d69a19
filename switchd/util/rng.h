/* SPDX-License-Identifier: ISC */
/*
 * rng.h - numbers that look random and can be had again: the same seed gives the same numbers.
 *
 * SplitMix64 (Steele, Lea and Flood 2014): one word of state, which any value may be, passes BigCrush.  Not
 * for secrets: util/siphash.h.
 */
#ifndef UTIL_RNG_H
#define UTIL_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A generator of its own for each thing that happens by chance: what one draws shifts no other. */
static inline struct rng rng_for(uint64_t seed, uint64_t thing)
{
	struct rng r = {seed};
	struct rng of = {rng_next(&r) ^ thing * UINT64_C(0xd1342543de82ef95)};

	rng_next(&of);
	return of;
}

/* Above 0 and below 1, evenly. */
static inline double rng_unit(struct rng *r)
{
	return ((double)(rng_next(r) >> 11) + 0.5) * 0x1p-53;
}

/* 0 to n - 1, evenly to one in 2^32 (Lemire's multiplication); n > 0. */
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)((rng_next(r) >> 32) * n >> 32);
}

#endif
