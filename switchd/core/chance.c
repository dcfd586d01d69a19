/* SPDX-License-Identifier: ISC */
#include "core/chance.h"

#include <math.h>

/* Of the Pareto distribution with shape 3 and scale 1: mean 3/2, variance 3/4. */
#define PARETO_MEAN 1.5
#define PARETO_SD   0.86602540378443865

#define SQRT_2 1.41421356237309505

void chance_init(struct chance *c, uint64_t seed, uint64_t thing)
{
	*c = (struct chance){.rng = rng_for(seed, thing)};
}

/* Marsaglia's polar method; the second number that it yields is let go, so that a draw is a draw. */
static double normal(struct rng *r)
{
	double u, v, s;

	do {
		u = 2 * rng_unit(r) - 1;
		v = 2 * rng_unit(r) - 1;
		s = u * u + v * v;
	} while (s >= 1 || s <= 0);
	return u * sqrt(-2 * log(s) / s);
}

static double chain(struct chance *c, uint32_t corr_ppm)
{
	double r = (double)corr_ppm / PPM_ALL, e = normal(&c->rng);

	c->last = c->begun ? r * c->last + sqrt(1 - r * r) * e : e;
	c->begun = true;
	return c->last;
}

double chance_unit(struct chance *c, uint32_t corr_ppm)
{
	double u;

	if (!corr_ppm)
		return rng_unit(&c->rng);
	u = erfc(-chain(c, corr_ppm) / SQRT_2) / 2;
	return u < 0x1p-53 ? 0x1p-53 : u > 1 - 0x1p-53 ? 1 - 0x1p-53 : u;
}

bool chance_hits(struct chance *c, uint32_t ppm, uint32_t corr_ppm)
{
	if (ppm == 0)
		return false;
	return ppm >= PPM_ALL || chance_unit(c, corr_ppm) * PPM_ALL < ppm;
}

double chance_draw(struct chance *c, enum chance_dist d, uint32_t corr_ppm)
{
	switch (d) {
	case CHANCE_NORMAL:
		return chain(c, corr_ppm);
	case CHANCE_PARETO:
		return (1 / cbrt(chance_unit(c, corr_ppm)) - PARETO_MEAN) / PARETO_SD;
	case CHANCE_UNIFORM:
		break;
	}
	return 2 * chance_unit(c, corr_ppm) - 1;
}

bool chance_gilbert(struct chance *c, const struct gilbert *g, bool *bad)
{
	if (chance_hits(c, *bad ? g->to_good_ppm : g->to_bad_ppm, 0))
		*bad = !*bad;
	return chance_hits(c, *bad ? g->bad_loss_ppm : g->good_loss_ppm, 0);
}

double gilbert_loss_ppm(const struct gilbert *g)
{
	double p = g->to_bad_ppm, r = g->to_good_ppm;

	if (p + r <= 0)
		return g->good_loss_ppm;
	return (p * g->bad_loss_ppm + r * g->good_loss_ppm) / (p + r);
}
