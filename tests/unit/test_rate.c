/* SPDX-License-Identifier: ISC */
/* Rates as people write them. */
#include "unit.h"

#include <string.h>

#include "util/rate.h"

static void is(const char *text, uint64_t n, enum rate_unit unit, const char *shown)
{
	struct rate r = {.n = 7, .unit = 77};
	char out[RATE_STR_SIZE];

	if (!rate_parse(text, &r))
		fail_msg("\"%s\" is refused", text);
	assert_int_equal(r.n, n);
	assert_int_equal(r.unit, unit);
	assert_string_equal(rate_format(&r, out), shown);
}

static void a_rate_is_a_number_with_its_unit(void **state)
{
	is("1bit", 1, RATE_BITS, "1bit");
	is("10Mbit", 10000000, RATE_BITS, "10Mbit");
	is("64kbit", 64000, RATE_BITS, "64kbit");
	is("64000bit", 64000, RATE_BITS, "64kbit");
	is("100Gbit", UINT64_C(100000000000), RATE_BITS, "100Gbit");
	is("1fps", 1, RATE_FRAMES, "1fps");
	is("1000fps", 1000, RATE_FRAMES, "1kfps");
	is("14880952fps", 14880952, RATE_FRAMES, "14880952fps");
	is("007kfps", 7000, RATE_FRAMES, "7kfps");
	is("1000000000000bit", RATE_MAX, RATE_BITS, "1000Gbit");
	is("1000Gfps", RATE_MAX, RATE_FRAMES, "1000Gfps");
}

static void fractions_have_to_come_out_whole(void **state)
{
	struct rate r = {0};

	is("2.5Gbit", UINT64_C(2500000000), RATE_BITS, "2500Mbit");
	is("1.544Mbit", 1544000, RATE_BITS, "1544kbit");
	is("0.5kfps", 500, RATE_FRAMES, "500fps");
	is("1.000000001Gbit", 1000000001, RATE_BITS, "1000000001bit");
	is("5.00fps", 5, RATE_FRAMES, "5fps");
	assert_false(rate_parse("0.5fps", &r));
	assert_false(rate_parse("1.0005kbit", &r));
	assert_false(rate_parse("1.0000000001Gbit", &r));
}

static void nothing_is_no_limit(void **state)
{
	is("none", 0, RATE_NONE, "none");
	is("0", 0, RATE_NONE, "none");
	is("0fps", 0, RATE_NONE, "none");
	is("0.0Gbit", 0, RATE_NONE, "none");
}

static void anything_else_is_refused(void **state)
{
	static const char *const no[] = {
		"",
		"10",
		"fps",
		"bit",
		"Mbit",
		"10M",
		"10 Mbit",
		" 10Mbit",
		"10Mbit ",
		"-1fps",
		"+1fps",
		"1e3fps",
		"10mbit",
		"10Kbit",
		"10MBit",
		"10Mbits",
		"10Mb",
		"10MB",
		"10bps",
		"10pps",
		"10Mibit",
		"10kMbit",
		"0x10fps",
		"1,5Mbit",
		".5Mbit",
		"5.Mbit",
		"1.2.3bit",
		"1..2Mbit",
		"None",
		"off",
		"00",
		"none ",
		"1001Gbit",
		"1000.1G",
		"10Mbit/s",
		"1000000000001bit",
		"1000.1Gbit",
		"99999999999999999999fps",
		"18446744073709551617bit",
		"0.0000000000bit",
	};
	const struct rate before = {.n = 7, .unit = 77};

	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		struct rate r = before;

		if (rate_parse(no[i], &r))
			fail_msg("\"%s\" is taken", no[i]);
		assert_true(rate_equal(&r, &before));
	}
}

static void what_is_written_reads_back(void **state)
{
	uint64_t n = 1;

	for (int i = 0; i < 2000; i++) {
		struct rate r = {.n = n, .unit = i & 1 ? RATE_BITS : RATE_FRAMES}, again;
		char out[RATE_STR_SIZE];

		assert_true(rate_parse(rate_format(&r, out), &again));
		assert_true(rate_equal(&r, &again));
		assert_true(strlen(out) < RATE_STR_SIZE);
		n = n * 6364136223846793005u % RATE_MAX + 1;
		if (i % 5 == 0)
			n -= n % 1000000 - (n < 1000000 ? n % 1000000 : 0);
	}
}

static void text_is_never_overrun(void **state)
{
	struct rate r = {.n = UINT64_MAX, .unit = RATE_FRAMES};
	char out[RATE_STR_SIZE + 1];

	out[RATE_STR_SIZE] = 'z';
	rate_format(&r, out);
	assert_int_equal(out[RATE_STR_SIZE], 'z');
	assert_true(strlen(out) < RATE_STR_SIZE);
	r.unit = 200; /* not one */
	assert_string_equal(rate_format(&r, out), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rate_is_a_number_with_its_unit),
		cmocka_unit_test(fractions_have_to_come_out_whole),
		cmocka_unit_test(nothing_is_no_limit),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(text_is_never_overrun),
	};

	return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
