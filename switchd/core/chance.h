/* SPDX-License-Identifier: ISC */
/*
 * chance.h - what happens by chance on a bad link, and how it hangs together.
 *
 * Correlation.  A link that has just lost a frame, or was just slow, is likelier than others to do so again.
 * netem blends each uniform number with the one before, and so gets numbers that are not uniform any more: with a
 * correlation the rate of loss is not the one that was asked for.  Here the chain is made of normal numbers, z' = r z +
 * sqrt(1 - r^2) e, which stay normal whatever r is; their distribution function makes them uniform again (a
 * Gaussian copula).  So the correlation changes how events cluster, and never how many there are.
 *
 * Gilbert and Elliott.  Bursts of loss by two states, good and bad, each with its own rate of loss (Gilbert 1960,
 * Elliott 1963).  The state changes with each frame, before it is asked.
 */
#ifndef CORE_CHANCE_H
#define CORE_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/rng.h"

/* A share, in millionths: 1 % is 10000. */
enum { PPM_ALL = 1000000 };

/* A chain of numbers, each of which knows the one before. */
struct chance {
	struct rng rng;
	double last; /* normal */
	bool begun;
};

enum chance_dist {
	CHANCE_UNIFORM, /* evenly between -1 and 1 */
	CHANCE_NORMAL,	/* mean 0, standard deviation 1 */
	CHANCE_PARETO,	/* the same with a long tail upwards: shape 3, from -0.58 on */
};

struct gilbert {
	uint32_t to_bad_ppm, to_good_ppm; /* a frame changes the state */
	uint32_t bad_loss_ppm, good_loss_ppm;
};

void chance_init(struct chance *c, uint64_t seed, uint64_t thing);

/* Above 0 and below 1, evenly; correlated with the one before by so many millionths, below PPM_ALL. */
double chance_unit(struct chance *c, uint32_t corr_ppm);

/* Does it happen, being so likely? */
bool chance_hits(struct chance *c, uint32_t ppm, uint32_t corr_ppm);

/* A number of the distribution, correlated likewise. */
double chance_draw(struct chance *c, enum chance_dist d, uint32_t corr_ppm);

/* Is the next frame lost?  *bad is the state. */
bool chance_gilbert(struct chance *c, const struct gilbert *g, bool *bad);

/* What share of frames a Gilbert-Elliott link loses in the long run, in millionths. */
double gilbert_loss_ppm(const struct gilbert *g);

#endif
