/* SPDX-License-Identifier: ISC */
/*
 * What happens by chance: as often as asked, distributed as asked, and clustered without either changing.
 * Everything is seeded, so that a bound once kept is kept for ever; bounds are those of the statistics,
 * not of what came out.
 */
#include "unit.h"

#include <math.h>
#include <stdlib.h>

#include "core/chance.h"

enum { DRAWS = 200000, SEEDS = 5 };

static double drawn[DRAWS];

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The distribution functions. */

static double cdf_unit(double x)
{
	return x;
}

static double cdf_uniform(double x)
{
	return (x + 1) / 2;
}

static double cdf_normal(double x)
{
	return erfc(-x / sqrt(2)) / 2;
}

static double cdf_pareto(double x)
{
	return 1 - pow(x * sqrt(0.75) + 1.5, -3);
}

/* Kolmogorov and Smirnov: the largest distance between what was drawn and what should have been. */
static double distance(double (*cdf)(double))
{
	double most = 0;

	qsort(drawn, DRAWS, sizeof(*drawn), compare);
	for (unsigned i = 0; i < DRAWS; i++) {
		double should = cdf(drawn[i]);

		most = fmax(most, fmax(should - (double)i / DRAWS, (i + 1.0) / DRAWS - should));
	}
	return most;
}

/* Of 1000 samples that are as they should be, one is further away. */
#define KS_LIMIT (1.95 / sqrt(DRAWS))

static void fill(enum chance_dist d, uint32_t corr_ppm, uint64_t seed)
{
	struct chance c;

	chance_init(&c, seed, 1);
	for (unsigned i = 0; i < DRAWS; i++)
		drawn[i] = chance_draw(&c, d, corr_ppm);
}

static double correlation(void)
{
	double sum = 0, squares = 0, products = 0, mean;

	for (unsigned i = 0; i < DRAWS; i++)
		sum += drawn[i];
	mean = sum / DRAWS;
	for (unsigned i = 0; i < DRAWS; i++) {
		squares += (drawn[i] - mean) * (drawn[i] - mean);
		if (i)
			products += (drawn[i] - mean) * (drawn[i - 1] - mean);
	}
	return products / squares;
}

static void numbers_are_even(void **state)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct rng r = rng_for(seed, 7);

		for (unsigned i = 0; i < DRAWS; i++)
			drawn[i] = rng_unit(&r);
		assert_true(drawn[0] > 0 && drawn[0] < 1);
		assert_true(fabs(correlation()) < 4 / sqrt(DRAWS));
		assert_true(distance(cdf_unit) < KS_LIMIT);
	}
}

static void below_is_even_and_below(void **state)
{
	struct rng r = rng_for(1, 2);
	unsigned count[6] = {0};

	for (unsigned i = 0; i < 60000; i++)
		count[rng_below(&r, 6)]++;
	for (unsigned i = 0; i < 6; i++)
		assert_in_range(count[i], 9600, 10400);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(rng_below(&r, 1), 0);
}

static void each_distribution_is_itself(void **state)
{
	static double (*const cdf[])(double) = {
		[CHANCE_UNIFORM] = cdf_uniform,
		[CHANCE_NORMAL] = cdf_normal,
		[CHANCE_PARETO] = cdf_pareto,
	};

	for (unsigned d = CHANCE_UNIFORM; d <= CHANCE_PARETO; d++)
		for (uint64_t seed = 0; seed < SEEDS; seed++) {
			fill((enum chance_dist)d, 0, seed);
			assert_true(distance(cdf[d]) < KS_LIMIT);
		}
}

/* The point of the copula: neighbours resemble each other, and all together are what they were. */
static void correlation_changes_no_distribution(void **state)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		fill(CHANCE_NORMAL, 500000, seed);
		assert_true(fabs(correlation() - 0.5) < 0.01);
		/* neighbours in a sample make it worth (1 - r) / (1 + r) of its size */
		assert_true(distance(cdf_normal) < KS_LIMIT * sqrt(3));
		fill(CHANCE_UNIFORM, 500000, seed);
		assert_true(fabs(correlation() - 0.4826) < 0.01); /* 6/pi asin(r/2) */
		assert_true(distance(cdf_uniform) < KS_LIMIT * sqrt(3));
		fill(CHANCE_PARETO, 900000, seed);
		assert_true(correlation() > 0.5);
		assert_true(distance(cdf_pareto) < KS_LIMIT * sqrt(19));
	}
}

/* How many of DRAWS happen, and how many directly after one that did. */
static unsigned happen(uint32_t ppm, uint32_t corr_ppm, uint64_t seed, unsigned *again)
{
	struct chance c;
	unsigned n = 0;
	bool was = false;

	*again = 0;
	chance_init(&c, seed, 3);
	for (unsigned i = 0; i < DRAWS; i++) {
		bool is = chance_hits(&c, ppm, corr_ppm);

		n += is;
		*again += is && was;
		was = is;
	}
	return n;
}

static void so_often_as_asked(void **state)
{
	static const uint32_t ppm[] = {100, 10000, 250000, 500000, 999000};
	unsigned again;

	for (uint64_t seed = 0; seed < SEEDS; seed++)
		for (unsigned i = 0; i < ARRAY_SIZE(ppm); i++) {
			double p = (double)ppm[i] / PPM_ALL, sd = sqrt(DRAWS * p * (1 - p));

			assert_true(fabs(happen(ppm[i], 0, seed, &again) - DRAWS * p) < 4 * sd);
			assert_true(fabs(again - DRAWS * p * p) < 8 * sd);
		}
	assert_int_equal(happen(0, 0, 1, &again), 0);
	assert_int_equal(happen(PPM_ALL, 0, 1, &again), DRAWS);
	assert_int_equal(happen(0, 900000, 1, &again), 0);
	assert_int_equal(happen(PPM_ALL, 900000, 1, &again), DRAWS);
}

static void as_often_when_clustered(void **state)
{
	unsigned again;

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		unsigned n = happen(10000, 500000, seed, &again);

		assert_in_range(n, 1800, 2200);
		assert_true(again > n / 20); /* 1 in 100 without */
		n = happen(10000, 900000, seed, &again);
		assert_in_range(n, 1600, 2400);
		assert_true(again > n / 3);
	}
}

static void bursts_are_of_the_length_asked(void **state)
{
	const struct gilbert g = {
		.to_bad_ppm = 10000,
		.to_good_ppm = 250000,
		.bad_loss_ppm = PPM_ALL,
	};
	unsigned lost = 0, bursts = 0;
	struct chance c;
	bool bad = false, was = false;

	chance_init(&c, 5, 4);
	for (unsigned i = 0; i < DRAWS; i++) {
		bool is = chance_gilbert(&c, &g, &bad);

		lost += is;
		bursts += is && !was;
		was = is;
	}
	assert_true(fabs(gilbert_loss_ppm(&g) - 38461.5) < 1);
	assert_true(fabs((double)lost / DRAWS - 0.03846) < 0.003);
	assert_true(fabs((double)lost / bursts - 4) < 0.25); /* 1 / 0.25 */
}

static void both_states_may_lose(void **state)
{
	const struct gilbert g = {
		.to_bad_ppm = 50000,
		.to_good_ppm = 50000,
		.bad_loss_ppm = 400000,
		.good_loss_ppm = 20000,
	};
	const struct gilbert stays = {.good_loss_ppm = 0, .bad_loss_ppm = PPM_ALL};
	unsigned lost = 0;
	struct chance c;
	bool bad = false;

	chance_init(&c, 6, 4);
	for (unsigned i = 0; i < DRAWS; i++)
		lost += chance_gilbert(&c, &g, &bad);
	assert_true(fabs(gilbert_loss_ppm(&g) - 210000) < 1);
	assert_true(fabs((double)lost / DRAWS - 0.21) < 0.01);
	bad = false;
	for (unsigned i = 0; i < 1000; i++)
		assert_false(chance_gilbert(&c, &stays, &bad));
	assert_true(gilbert_loss_ppm(&stays) == 0);
}

static void a_seed_gives_the_same_again(void **state)
{
	struct chance a, b, other;
	unsigned same = 0;

	chance_init(&a, 42, 1);
	chance_init(&b, 42, 1);
	chance_init(&other, 42, 2);
	for (unsigned i = 0; i < 1000; i++) {
		bool hit = chance_hits(&a, 500000, 300000);

		assert_int_equal(hit, chance_hits(&b, 500000, 300000));
		same += hit == chance_hits(&other, 500000, 300000);
	}
	assert_in_range(same, 400, 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_even),
		cmocka_unit_test(below_is_even_and_below),
		cmocka_unit_test(each_distribution_is_itself),
		cmocka_unit_test(correlation_changes_no_distribution),
		cmocka_unit_test(so_often_as_asked),
		cmocka_unit_test(as_often_when_clustered),
		cmocka_unit_test(bursts_are_of_the_length_asked),
		cmocka_unit_test(both_states_may_lose),
		cmocka_unit_test(a_seed_gives_the_same_again),
	};

	return cmocka_run_group_tests_name("chance", tests, NULL, NULL);
}
