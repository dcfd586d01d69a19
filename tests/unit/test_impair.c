/* SPDX-License-Identifier: ISC */
/* A bad link, frame by frame and in simulated time. */
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/impair.h"

#define US  UINT64_C(1000)
#define MS  (1000 * US)
#define SEC (1000 * MS)

static struct impair *im;
static uint64_t now;

static int teardown(void **state)
{
	impair_free(im);
	im = NULL;
	return 0;
}

static void begin(const struct impair_cfg *cfg)
{
	struct err e;

	assert_int_equal(impair_check(cfg, &e), 0);
	impair_free(im);
	im = impair_new(cfg);
	assert_non_null(im);
	now = 5 * SEC;
}

static struct impair_plan sent(size_t len)
{
	struct impair_plan p;

	impair_plan(im, now, len, len - 14, &p);
	assert_int_equal(p.copies > 0, p.fate == IMPAIR_PASSED);
	return p;
}

/* Other settings, by which no frame that waits is moved. */
static void set(const struct impair_cfg *cfg)
{
	struct impair_shift shift;

	assert_false(impair_set(im, now, cfg, &shift));
}

static uint64_t stat(enum impair_fate f)
{
	return impair_stats(im)->fate[f];
}

static void a_good_link_does_nothing(void **state)
{
	begin(&(struct impair_cfg){0});
	for (unsigned i = 0; i < 1000; i++, now += 7) {
		struct impair_plan p = sent(1514);

		assert_int_equal(p.copies, 1);
		assert_int_equal(p.at_ns[0], now);
		assert_false(p.corrupt);
	}
	assert_int_equal(stat(IMPAIR_PASSED), 1000);
	assert_int_equal(impair_stats(im)->frames, 1000);
}

static void what_cannot_go_in(void **state)
{
	begin(&(struct impair_cfg){.down = true, .mtu = 100});
	assert_int_equal(sent(60).fate, IMPAIR_DOWN);
	set(&(struct impair_cfg){.mtu = 100});
	assert_int_equal(sent(114).fate, IMPAIR_PASSED);
	assert_int_equal(sent(115).fate, IMPAIR_TOO_BIG);
}

static void every_nth(void **state)
{
	begin(&(struct impair_cfg){.loss_every = 10});
	for (unsigned i = 1; i <= 100; i++)
		assert_int_equal(sent(60).fate, i % 10 ? IMPAIR_PASSED : IMPAIR_LOST_NTH);
	set(&(struct impair_cfg){.loss_every = 1});
	assert_int_equal(sent(60).fate, IMPAIR_LOST_NTH);
}

static void losses_add_up(void **state)
{
	begin(&(struct impair_cfg){
		.loss_ppm = 100000,
		.burst = {.to_bad_ppm = 10000, .to_good_ppm = 200000, .bad_loss_ppm = PPM_ALL},
		.dup_ppm = 50000,
		.corrupt_ppm = 20000,
		.seed = 3,
	});
	for (unsigned i = 0; i < 100000; i++)
		sent(60);
	assert_in_range(stat(IMPAIR_LOST_BURST), 4300, 5300); /* 1/21 */
	assert_in_range(stat(IMPAIR_LOST), 9100, 9950);	      /* a tenth of the others */
	assert_in_range(impair_stats(im)->duplicated, 4000, 4600);
	assert_in_range(impair_stats(im)->corrupted, 1550, 1900);
	assert_int_equal(stat(IMPAIR_LOST_BURST) + stat(IMPAIR_LOST) + stat(IMPAIR_PASSED), 100000);
}

static void more_loss_loses_the_same_and_some(void **state)
{
	bool lost[2000];

	begin(&(struct impair_cfg){.loss_ppm = 50000, .seed = 9});
	for (unsigned i = 0; i < ARRAY_SIZE(lost); i++)
		lost[i] = sent(60).fate == IMPAIR_LOST;
	begin(&(struct impair_cfg){.loss_ppm = 80000, .delay_us = 5, .seed = 9});
	for (unsigned i = 0; i < ARRAY_SIZE(lost); i++)
		if (sent(60).fate != IMPAIR_LOST)
			assert_false(lost[i]);
	assert_in_range(stat(IMPAIR_LOST), 120, 200);
}

static void a_change_leaves_the_rest_alone(void **state)
{
	const struct impair_cfg a = {.loss_ppm = 300000, .seed = 1};
	struct impair_cfg b = {.loss_ppm = 300000, .dup_ppm = 100000, .delay_us = 100, .seed = 1};
	bool lost[1000];

	begin(&a);
	for (unsigned i = 0; i < 1000; i++)
		lost[i] = sent(60).fate == IMPAIR_LOST;
	begin(&a);
	for (unsigned i = 0; i < 1000; i++) {
		if (i == 500)
			set(&b);
		assert_int_equal(sent(60).fate == IMPAIR_LOST, lost[i]);
	}
	b.seed = 2; /* that begins anew */
	set(&b);
	unsigned same = 0;
	for (unsigned i = 0; i < 1000; i++)
		same += (sent(60).fate == IMPAIR_LOST) == lost[i];
	assert_in_range(same, 400, 750);
}

static void delay_is_exact(void **state)
{
	begin(&(struct impair_cfg){.delay_us = 20000});
	for (unsigned i = 0; i < 100; i++, now += 333 * US)
		assert_int_equal(sent(60).at_ns[0], now + 20 * MS);
}

static void jitter_keeps_the_order(void **state)
{
	uint64_t last = 0;

	begin(&(struct impair_cfg){
		.delay_us = 10000, .jitter_us = 5000, .jitter_dist = CHANCE_NORMAL});
	for (unsigned i = 0; i < 10000; i++, now += 100 * US) {
		struct impair_plan p = sent(60);

		assert_true(p.at_ns[0] >= last && p.at_ns[0] >= now);
		last = p.at_ns[0];
	}
}

/* Frames so far apart that none waits for the one before. */
static void jitter_is_what_was_asked(void **state)
{
	double sum = 0, squares = 0, least = 1e9, most = 0;
	enum { N = 50000 };

	begin(&(struct impair_cfg){.delay_us = 10000, .jitter_us = 4000});
	for (unsigned i = 0; i < N; i++, now += 50 * MS) {
		double us = (double)(sent(60).at_ns[0] - now) / 1000;

		sum += us;
		squares += us * us;
		least = fmin(least, us);
		most = fmax(most, us);
	}
	assert_true(fabs(sum / N - 10000) < 4 * 2309 / sqrt(N));
	assert_true(fabs(sqrt(squares / N - sum / N * sum / N) - 4000 / sqrt(3)) < 25);
	assert_true(least >= 6000 && least < 6010 && most <= 14000 && most > 13990);
}

static void frames_overtake_where_they_may(void **state)
{
	uint64_t last = 0;
	unsigned past = 0;

	begin(&(struct impair_cfg){.delay_us = 10000, .jitter_us = 5000, .overtake = true});
	for (unsigned i = 0; i < 1000; i++, now += 100 * US) {
		struct impair_plan p = sent(60);

		past += p.at_ns[0] < last;
		last = p.at_ns[0];
	}
	assert_in_range(past, 400, 600);
}

static void reordered_frames_are_not_delayed(void **state)
{
	unsigned past = 0;

	begin(&(struct impair_cfg){.delay_us = 10000, .reorder_ppm = 250000});
	for (unsigned i = 0; i < 1000; i++, now += MS) {
		struct impair_plan p = sent(60);

		assert_true(p.at_ns[0] == now || p.at_ns[0] == now + 10 * MS);
		past += p.at_ns[0] == now;
	}
	assert_in_range(past, 200, 300);
	assert_int_equal(impair_stats(im)->reordered, past);
}

static void a_rate_is_exact(void **state)
{
	struct impair_plan p;

	/* 3 Mbit/s: a frame of 1000 bytes takes 2666.67 us */
	begin(&(struct impair_cfg){.rate = {3000000, RATE_BITS}, .queue_frames = 60000});
	for (unsigned i = 1; i <= 3000; i++) {
		p = sent(1000);
		assert_int_equal(p.at_ns[0] - now, i * UINT64_C(8000000) / 3);
	}
	begin(&(struct impair_cfg){.rate = {100, RATE_FRAMES}});
	p = sent(60);
	assert_int_equal(p.at_ns[0], now + 10 * MS);
	p = sent(1514);
	assert_int_equal(p.at_ns[0], now + 20 * MS);
	now += 100 * MS; /* an idle wire owes nothing */
	p = sent(60);
	assert_int_equal(p.at_ns[0], now + 10 * MS);
}

static void a_full_queue_drops(void **state)
{
	begin(&(struct impair_cfg){
		.rate = {8000, RATE_BITS}, .queue_frames = 5, .delay_us = 1000000});
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(sent(100).fate, IMPAIR_PASSED); /* 100 ms each */
	assert_int_equal(sent(100).fate, IMPAIR_QUEUE_FULL);
	assert_int_equal(impair_queue(im, now).frames, 5);
	assert_int_equal(impair_queue(im, now).bytes, 500);
	now += 100 * MS - 1;
	assert_int_equal(sent(100).fate, IMPAIR_QUEUE_FULL);
	now++;
	assert_int_equal(sent(100).fate, IMPAIR_PASSED); /* those under way are not in it */
	now += SEC;
	assert_int_equal(impair_queue(im, now).frames, 0);
	assert_int_equal(impair_queue(im, now).bytes, 0);
}

static void a_queue_of_bytes(void **state)
{
	begin(&(struct impair_cfg){.rate = {8000, RATE_BITS}, .queue_bytes = 250});
	assert_int_equal(sent(1000).fate, IMPAIR_PASSED); /* one always fits */
	assert_int_equal(sent(60).fate, IMPAIR_QUEUE_FULL);
	now += 10 * SEC;
	assert_int_equal(sent(100).fate, IMPAIR_PASSED);
	assert_int_equal(sent(100).fate, IMPAIR_PASSED);
	assert_int_equal(sent(60).fate, IMPAIR_QUEUE_FULL);
	assert_int_equal(sent(50).fate, IMPAIR_PASSED);
}

static void the_longest_queue_has_an_end(void **state)
{
	begin(&(struct impair_cfg){.rate = {1, RATE_BITS}, .queue_frames = IMPAIR_QUEUE_MAX});
	for (unsigned i = 0; i < IMPAIR_QUEUE_MAX; i++)
		assert_int_equal(sent(60).fate, IMPAIR_PASSED);
	assert_int_equal(sent(60).fate, IMPAIR_QUEUE_FULL);
	assert_int_equal(stat(IMPAIR_QUEUE_FULL), 1);
}

/* Each takes a second: the first has had half of its. */
static void what_waits_goes_at_the_new_rate(void **state)
{
	struct impair_shift shift;
	struct impair_plan p[3];

	begin(&(struct impair_cfg){.rate = {8000, RATE_BITS}, .delay_us = 1000});
	for (unsigned i = 0; i < 3; i++) {
		p[i] = sent(1000);
		assert_int_equal(p[i].sent_ns[0], now + (i + 1) * SEC);
		assert_int_equal(p[i].at_ns[0], now + (i + 1) * SEC + MS);
	}
	now += SEC / 2;
	assert_true(impair_set(im, now,
			       &(struct impair_cfg){.rate = {80000, RATE_BITS}, .delay_us = 1000},
			       &shift));
	assert_int_equal(impair_shifted(&shift, p[0].sent_ns[0]), now + 50 * MS);
	assert_int_equal(impair_shifted(&shift, p[1].sent_ns[0]), now + 150 * MS);
	assert_int_equal(impair_shifted(&shift, p[2].sent_ns[0]), now + 250 * MS);
	assert_int_equal(impair_shifted(&shift, now - 1), now - 1);
	impair_follow(im, now + 251 * MS);
	assert_int_equal(sent(1000).at_ns[0], now + 351 * MS);
	now += 160 * MS;
	assert_int_equal(impair_queue(im, now).frames, 2);
}

/* At the rate of a bit a second the frame would take two hours. */
static void without_a_rate_nothing_waits(void **state)
{
	struct impair_shift shift;
	struct impair_plan p;

	begin(&(struct impair_cfg){.rate = {1, RATE_BITS}});
	p = sent(1000);
	assert_true(impair_set(im, now, &(struct impair_cfg){.delay_us = 5}, &shift));
	assert_int_equal(impair_shifted(&shift, p.sent_ns[0]), now);
	impair_follow(im, now);
	assert_int_equal(impair_queue(im, now).frames, 0);
	assert_int_equal(sent(60).at_ns[0], now + 5 * US);
}

/* Ten frames of 1000 bytes, at a frame a second, and then at so many bits. */
static void from_frames_to_bits(void **state)
{
	struct impair_shift shift;

	begin(&(struct impair_cfg){.rate = {1, RATE_FRAMES}});
	for (unsigned i = 0; i < 10; i++)
		sent(1000);
	assert_true(
		impair_set(im, now, &(struct impair_cfg){.rate = {8000000, RATE_BITS}}, &shift));
	assert_int_equal(shift.was_ns, now + 10 * SEC);
	impair_follow(im, shift.is_ns);
	assert_in_range(shift.is_ns, now + 10 * MS - 1, now + 10 * MS + 1);
	assert_in_range(sent(1000).at_ns[0], now + 11 * MS - 1, now + 11 * MS + 1);
}

static void slower_takes_longer(void **state)
{
	struct impair_shift shift;
	struct impair_plan p;

	begin(&(struct impair_cfg){.rate = {80000, RATE_BITS}});
	p = sent(1000);
	assert_true(impair_set(im, now, &(struct impair_cfg){.rate = {8000, RATE_BITS}}, &shift));
	assert_int_equal(impair_shifted(&shift, p.sent_ns[0]), now + SEC);
	now += 2 * SEC;
	set(&(struct impair_cfg){.rate = {80, RATE_BITS}}); /* it is through */
}

static void a_copy_follows_its_frame(void **state)
{
	struct impair_plan p;

	begin(&(struct impair_cfg){.dup_ppm = PPM_ALL,
				   .rate = {8000, RATE_BITS},
				   .delay_us = 1000,
				   .queue_frames = 3});
	p = sent(100);
	assert_int_equal(p.copies, 2);
	assert_int_equal(p.at_ns[0], now + 101 * MS);
	assert_int_equal(p.at_ns[1], now + 201 * MS);
	p = sent(100);
	assert_int_equal(p.copies, 1);
	assert_int_equal(impair_stats(im)->copies_full, 1);
	assert_int_equal(impair_stats(im)->duplicated, 1);
}

static unsigned flipped(const uint8_t *f, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len; i++)
		n += (unsigned)__builtin_popcount(f[i]);
	return n;
}

static void corruption_flips_so_many_bits(void **state)
{
	uint8_t f[60], again[60];
	unsigned places[60] = {0};
	struct impair_plan p;

	begin(&(struct impair_cfg){.corrupt_ppm = PPM_ALL, .corrupt_bits = 1});
	for (unsigned i = 0; i < 6000; i++) {
		p = sent(60);
		assert_true(p.corrupt);
		memset(f, 0, sizeof(f));
		memset(again, 0, sizeof(again));
		impair_corrupt(im, &p, f, sizeof(f));
		impair_corrupt(im, &p, again, sizeof(again));
		assert_memory_equal(f, again, sizeof(f));
		assert_int_equal(flipped(f, sizeof(f)), 1);
		for (unsigned k = 0; k < sizeof(f); k++)
			places[k] += f[k] != 0;
	}
	for (unsigned k = 0; k < sizeof(f); k++)
		assert_in_range(places[k], 55, 150);
	set(&(struct impair_cfg){.corrupt_ppm = PPM_ALL, .corrupt_bits = 64});
	p = sent(60);
	memset(f, 0, sizeof(f));
	impair_corrupt(im, &p, f, sizeof(f));
	assert_int_equal(flipped(f, sizeof(f)), 64);
	impair_corrupt(im, &p, f, 2); /* of 16 bits no more than these */
}

static void a_clock_that_goes_back_makes_nothing_early(void **state)
{
	uint64_t at;

	begin(&(struct impair_cfg){.rate = {8000, RATE_BITS}});
	at = sent(1000).at_ns[0];
	now -= 3 * SEC;
	assert_int_equal(sent(1000).at_ns[0], at + SEC);
}

static void refuses_what_means_nothing(void **state)
{
	struct err e;

	assert_int_equal(impair_check(&(struct impair_cfg){.delay_us = 10, .jitter_us = 11}, &e),
			 -EINVAL);
	assert_non_null(strstr(e.text, "delay"));
	assert_int_equal(impair_check(&(struct impair_cfg){.delay_us = 10,
							   .jitter_us = 11,
							   .jitter_dist = CHANCE_PARETO},
				      &e),
			 0);
	assert_int_equal(impair_check(&(struct impair_cfg){.reorder_ppm = 1}, &e), -EINVAL);
}

static void fates_have_names(void **state)
{
	for (unsigned i = 0; i < IMPAIR_FATE_COUNT; i++)
		assert_non_null(impair_fate_name((enum impair_fate)i));
	begin(&(struct impair_cfg){0});
	sent(60);
	impair_stats_clear(im);
	assert_int_equal(impair_stats(im)->frames, 0);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_link_does_nothing),
		TEST(what_cannot_go_in),
		TEST(every_nth),
		TEST(losses_add_up),
		TEST(more_loss_loses_the_same_and_some),
		TEST(a_change_leaves_the_rest_alone),
		TEST(delay_is_exact),
		TEST(jitter_keeps_the_order),
		TEST(jitter_is_what_was_asked),
		TEST(frames_overtake_where_they_may),
		TEST(reordered_frames_are_not_delayed),
		TEST(a_rate_is_exact),
		TEST(a_full_queue_drops),
		TEST(a_queue_of_bytes),
		TEST(the_longest_queue_has_an_end),
		TEST(what_waits_goes_at_the_new_rate),
		TEST(without_a_rate_nothing_waits),
		TEST(from_frames_to_bits),
		TEST(slower_takes_longer),
		TEST(a_copy_follows_its_frame),
		TEST(corruption_flips_so_many_bits),
		TEST(a_clock_that_goes_back_makes_nothing_early),
		TEST(refuses_what_means_nothing),
		TEST(fates_have_names),
	};

	return cmocka_run_group_tests_name("impair", tests, NULL, NULL);
}
