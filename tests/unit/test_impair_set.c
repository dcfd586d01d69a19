/* SPDX-License-Identifier: ISC */
/* Bad links as people describe them. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/impair_set.h"

static void say(struct impair_set *s, enum impair_way way, enum impair_key key, const char *text)
{
	struct err e = {0};

	if (impair_check_text(key, text, &e))
		fail_msg("%s %s: %s", impair_key_name(key), text, e.text);
	assert_true(strlen(text) < IMPAIR_TEXT_SIZE);
	strcpy(s->text[way][key], text);
}

static struct impair_cfg read_way(const struct impair_set *s, enum impair_way way)
{
	struct impair_cfg c;
	struct err e = {0};

	if (impair_read(s, way, &c, &e))
		fail_msg("%s: %s", e.path, e.text);
	return c;
}

/* One setting, of both directions. */
static struct impair_cfg one(enum impair_key key, const char *text)
{
	struct impair_set s = {0};

	say(&s, IMPAIR_BOTH, key, text);
	return read_way(&s, IMPAIR_IN);
}

static void refused(enum impair_key key, const char *text, const char *says)
{
	struct err e = {0};

	if (impair_check_text(key, text, &e) == 0)
		fail_msg("%s takes %s", impair_key_name(key), text);
	assert_int_equal(e.code, EINVAL);
	if (!strstr(e.text, says))
		fail_msg("%s %s: \"%s\" does not say \"%s\"", impair_key_name(key), text, e.text,
			 says);
}

static void nothing_said_is_a_good_link(void **state)
{
	const struct impair_set s = {0};

	for (unsigned w = 0; w < IMPAIR_WAYS; w++) {
		const struct impair_cfg c = read_way(&s, (enum impair_way)w), zero = {0};

		assert_true(impair_is_none(&c));
		assert_memory_equal(&c, &zero, sizeof(c));
	}
	assert_int_equal(impair_set_check(&s, NULL), 0);
}

static void every_setting_can_be_none(void **state)
{
	for (unsigned k = 0; k < IMPAIR_KEYS; k++) {
		const struct impair_cfg c = one((enum impair_key)k, "none");

		assert_true(impair_is_none(&c));
		refused((enum impair_key)k, "None", "found \"None\"");
		refused((enum impair_key)k, ",", "found");
		refused((enum impair_key)k, "none,", "found");
	}
}

static void each_does_what_it_says(void **state)
{
	struct impair_cfg c = one(IMPAIR_KEY_LINK, "down");

	assert_true(c.down);
	assert_false(one(IMPAIR_KEY_LINK, "up").down);
	assert_int_equal(one(IMPAIR_KEY_PATH_MTU, "1400B").mtu, 1400);
	assert_int_equal(one(IMPAIR_KEY_PATH_MTU, "9kB").mtu, 9000);
	c = one(IMPAIR_KEY_LOSS, "1%,25%");
	assert_int_equal(c.loss_ppm, 10000);
	assert_int_equal(c.loss_corr_ppm, 250000);
	c = one(IMPAIR_KEY_LOSS_BURST, "1%,25%");
	assert_int_equal(c.burst.to_bad_ppm, 10000);
	assert_int_equal(c.burst.to_good_ppm, 250000);
	assert_int_equal(c.burst.bad_loss_ppm, PPM_ALL);
	assert_int_equal(c.burst.good_loss_ppm, 0);
	c = one(IMPAIR_KEY_LOSS_BURST, "1%,25%,90%,50ppm");
	assert_int_equal(c.burst.bad_loss_ppm, 900000);
	assert_int_equal(c.burst.good_loss_ppm, 50);
	assert_int_equal(one(IMPAIR_KEY_LOSS_EVERY, "10frames").loss_every, 10);
	assert_int_equal(one(IMPAIR_KEY_LOSS_EVERY, "1frame").loss_every, 1);
	c = one(IMPAIR_KEY_DUPLICATE, "0.5%,10%");
	assert_int_equal(c.dup_ppm, 5000);
	assert_int_equal(c.dup_corr_ppm, 100000);
	c = one(IMPAIR_KEY_CORRUPT, "100ppm,3bits");
	assert_int_equal(c.corrupt_ppm, 100);
	assert_int_equal(c.corrupt_bits, 3);
	c = one(IMPAIR_KEY_BANDWIDTH, "2.5Mbit");
	assert_int_equal(c.rate.n, 2500000);
	assert_int_equal(c.rate.unit, RATE_BITS);
	assert_int_equal(one(IMPAIR_KEY_DELAY, "1.5s").delay_us, 1500000);
}

static void a_queue_has_frames_or_bytes_or_both(void **state)
{
	struct impair_cfg c = one(IMPAIR_KEY_QUEUE, "100frames");

	assert_true(impair_is_none(&c)); /* there is nothing to wait for */
	assert_int_equal(c.queue_frames, 100);
	assert_int_equal(c.queue_bytes, 0);
	c = one(IMPAIR_KEY_QUEUE, "64kB");
	assert_int_equal(c.queue_frames, 0);
	assert_int_equal(c.queue_bytes, 64000);
	c = one(IMPAIR_KEY_QUEUE, "64KiB,100frames");
	assert_int_equal(c.queue_frames, 100);
	assert_int_equal(c.queue_bytes, 65536);
	refused(IMPAIR_KEY_QUEUE, "1frame,2frames", "said twice how many frames");
	refused(IMPAIR_KEY_QUEUE, "1B,2B", "said twice how many bytes");
	refused(IMPAIR_KEY_QUEUE, "0frames", "from 1 to 65536");
	refused(IMPAIR_KEY_QUEUE, "65537frames", "from 1 to 65536");
}

static void jitter_has_a_distribution_a_correlation_and_may_overtake(void **state)
{
	struct impair_cfg c = one(IMPAIR_KEY_JITTER, "5ms,normal,25%,overtake");

	assert_int_equal(c.jitter_us, 5000);
	assert_int_equal(c.jitter_dist, CHANCE_NORMAL);
	assert_int_equal(c.jitter_corr_ppm, 250000);
	assert_true(c.overtake);
	c = one(IMPAIR_KEY_JITTER, "5ms,overtake,pareto");
	assert_int_equal(c.jitter_dist, CHANCE_PARETO);
	assert_int_equal(c.jitter_corr_ppm, 0);
	assert_true(c.overtake);
	refused(IMPAIR_KEY_JITTER, "normal", "a time like 20ms");
	refused(IMPAIR_KEY_JITTER, "5ms,gaussian", "uniform, normal or pareto");
	refused(IMPAIR_KEY_JITTER, "5ms,normal,pareto", "each once");
	refused(IMPAIR_KEY_JITTER, "5ms,overtake,overtake", "each once");
	refused(IMPAIR_KEY_JITTER, "5ms,1%,2%", "each once");
	refused(IMPAIR_KEY_JITTER, "5ms,25", "write 25%");
	refused(IMPAIR_KEY_JITTER, "5ms,100%", "below 100%");
	refused(IMPAIR_KEY_JITTER, "5ms,", "found \"\"");
}

static void what_is_refused_says_what_to_write(void **state)
{
	refused(IMPAIR_KEY_DELAY, "100", "write 100ms, 100us or 100s");
	refused(IMPAIR_KEY_DELAY, "61s", "up to 60s");
	refused(IMPAIR_KEY_DELAY, "1ms,2ms", "delay has at most 1 value, ");
	refused(IMPAIR_KEY_LOSS, "1", "write 1% or 1ppm");
	refused(IMPAIR_KEY_LOSS, "1%,2%,3%", "loss has at most 2 values, ");
	refused(IMPAIR_KEY_LOSS, "1%,100%", "below 100%");
	refused(IMPAIR_KEY_LOSS, "101%", "up to 100%");
	refused(IMPAIR_KEY_LOSS_BURST, "1%", "how likely to end it");
	refused(IMPAIR_KEY_LOSS_EVERY, "10", "write 10frames");
	refused(IMPAIR_KEY_CORRUPT, "1%,3", "write 3bits");
	refused(IMPAIR_KEY_CORRUPT, "1%,65bits", "from 1 to 64");
	refused(IMPAIR_KEY_BANDWIDTH, "10", "write 10kbit, 10Mbit or 10fps");
	refused(IMPAIR_KEY_BANDWIDTH, "10MB", "bit or fps");
	refused(IMPAIR_KEY_PATH_MTU, "67B", "from 68 to 65535");
	refused(IMPAIR_KEY_PATH_MTU, "1400", "write 1400B");
	refused(IMPAIR_KEY_LINK, "off", "up or down");
}

static void one_direction_goes_before_both(void **state)
{
	struct impair_set s = {0};

	say(&s, IMPAIR_BOTH, IMPAIR_KEY_DELAY, "20ms");
	say(&s, IMPAIR_BOTH, IMPAIR_KEY_LOSS, "1%");
	say(&s, IMPAIR_IN, IMPAIR_KEY_DELAY, "5ms");
	say(&s, IMPAIR_OUT, IMPAIR_KEY_LOSS, "none");
	assert_int_equal(read_way(&s, IMPAIR_IN).delay_us, 5000);
	assert_int_equal(read_way(&s, IMPAIR_IN).loss_ppm, 10000);
	assert_int_equal(read_way(&s, IMPAIR_OUT).delay_us, 20000);
	assert_int_equal(read_way(&s, IMPAIR_OUT).loss_ppm, 0);
	assert_string_equal(impair_text(&s, IMPAIR_IN, IMPAIR_KEY_DELAY), "5ms");
	assert_string_equal(impair_text(&s, IMPAIR_OUT, IMPAIR_KEY_DELAY), "20ms");
	assert_string_equal(impair_text(&s, IMPAIR_OUT, IMPAIR_KEY_LOSS), "");
}

static void what_means_nothing_together(void **state)
{
	struct impair_set s = {0};
	struct err e = {0};

	say(&s, IMPAIR_OUT, IMPAIR_KEY_REORDER, "1%");
	assert_int_equal(impair_set_check(&s, &e), -EINVAL);
	assert_non_null(strstr(e.text, "of what goes out: reorder"));
	say(&s, IMPAIR_BOTH, IMPAIR_KEY_DELAY, "20ms");
	assert_int_equal(impair_set_check(&s, NULL), 0);
	say(&s, IMPAIR_BOTH, IMPAIR_KEY_JITTER, "21ms");
	assert_int_equal(impair_set_check(&s, &e), -EINVAL);
	assert_non_null(strstr(e.text, "of what comes in: a jitter of 21000us"));
	say(&s, IMPAIR_BOTH, IMPAIR_KEY_JITTER, "21ms,normal"); /* has no bound anyway */
	assert_int_equal(impair_set_check(&s, NULL), 0);
}

/* The numbers are what a seed means to people: they stay. */
static void seeds(void **state)
{
	const uint64_t a = impair_seed_of(7, "sw0", "h1", IMPAIR_IN);

	assert_int_equal(a, impair_seed_of(7, "sw0", "h1", IMPAIR_IN));
	assert_int_not_equal(a, impair_seed_of(7, "sw0", "h1", IMPAIR_OUT));
	assert_int_not_equal(a, impair_seed_of(8, "sw0", "h1", IMPAIR_IN));
	assert_int_not_equal(a, impair_seed_of(7, "sw0", "h2", IMPAIR_IN));
	assert_int_not_equal(a, impair_seed_of(7, "sw1", "h1", IMPAIR_IN));
	assert_int_not_equal(impair_seed_of(7, "ab", "c", IMPAIR_IN),
			     impair_seed_of(7, "a", "bc", IMPAIR_IN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_is_a_good_link),
		cmocka_unit_test(every_setting_can_be_none),
		cmocka_unit_test(each_does_what_it_says),
		cmocka_unit_test(a_queue_has_frames_or_bytes_or_both),
		cmocka_unit_test(jitter_has_a_distribution_a_correlation_and_may_overtake),
		cmocka_unit_test(what_is_refused_says_what_to_write),
		cmocka_unit_test(one_direction_goes_before_both),
		cmocka_unit_test(what_means_nothing_together),
		cmocka_unit_test(seeds),
	};

	return cmocka_run_group_tests_name("impair_set", tests, NULL, NULL);
}
