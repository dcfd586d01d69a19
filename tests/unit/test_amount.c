/* SPDX-License-Identifier: ISC */
/* Amounts as people write them. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "util/amount.h"

static const struct unit time_units[] = {{"ms", 1000, false},
					 {"us", 1, false},
					 {"s", 1000000, false},
					 {"usec", 1, true},
					 {NULL, 0, false}};
static const struct measure time = {"a time like 20ms", time_units, 0, 60000000, "up to 60s"};

static const struct unit share_units[] = {{"%", 10000, false}, {NULL, 0, false}};
static const struct measure share = {"a share like 1%", share_units, 1, 1000000, "up to 100%"};

static void is(const struct measure *m, const char *text, uint64_t want)
{
	uint64_t got = 77;
	struct err e = {0};

	if (amount_parse(m, text, strlen(text), &got, &e))
		fail_msg("\"%s\": %s", text, e.text);
	assert_int_equal(got, want);
}

static void is_not(const struct measure *m, const char *text, const char *says)
{
	uint64_t got = 77;
	struct err e = {0};

	if (amount_parse(m, text, strlen(text), &got, &e) == 0)
		fail_msg("\"%s\" is taken for %llu", text, (unsigned long long)got);
	assert_int_equal(e.code, EINVAL);
	assert_int_equal(got, 77);
	if (!strstr(e.text, says))
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", text, e.text, says);
	assert_int_equal(amount_parse(m, text, strlen(text), &got, NULL), -EINVAL);
}

static void a_number_and_a_unit(void **state)
{
	is(&time, "20ms", 20000);
	is(&time, "0ms", 0);
	is(&time, "1us", 1);
	is(&time, "007s", 7000000);
	is(&time, "60s", 60000000);
	is(&time, "5usec", 5);
	is(&share, "100%", 1000000);
}

static void fractions_that_come_out_whole(void **state)
{
	is(&time, "1.5ms", 1500);
	is(&time, "0.000001s", 1);
	is(&time, "2.50s", 2500000);
	is(&share, "0.0001%", 1);
	is_not(&time, "0.5us", "found \"0.5us\", allowed is a time like 20ms, up to 60s");
	is_not(&share, "0.00001%", "allowed is a share like 1%");
	is_not(&time, "1.ms", "allowed");
	is_not(&time, ".5ms", "allowed");
	is_not(&time, "1.5.5ms", "allowed");
}

/* Whatever was taken for granted would be wrong for somebody. */
static void without_a_unit_it_is_said_what_to_write(void **state)
{
	is_not(&time, "100", "found \"100\", which has no unit: write 100ms, 100us or 100s");
	is_not(&time, "0", "write 0ms");
	is_not(&share, "1.5", "found \"1.5\", which has no unit: write 1.5%");
}

static void the_limits(void **state)
{
	is_not(&time, "61s", "up to 60s");
	is_not(&share, "0%", "up to 100%");
	is_not(&share, "100.0001%", "up to 100%");
	is_not(&time, "999999999999999s", "up to 60s");
	is_not(&time, "9999999999999999s", "up to 60s");
	is_not(&time, "99999999999999999999999999999999999999s", "up to 60s");
}

static void anything_else(void **state)
{
	const char *const no[] = {"",	   "ms",   "x",	   "-1ms", "+1ms", " 1ms", "1 ms",
				  "1ms ",  "1m",   "1mss", "1MS",  "1min", "0x1s", "1e3us",
				  "1,5ms", "\xff", "1\n",  "%",	   "1%%",  "infs"};

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		is_not(&time, no[i], "allowed is a time like 20ms, up to 60s");
}

/* Only so many characters are looked at: what is behind them is somebody else's. */
static void a_part_of_a_text(void **state)
{
	uint64_t got = 0;

	assert_int_equal(amount_parse(&time, "20ms,normal", 4, &got, NULL), 0);
	assert_int_equal(got, 20000);
	assert_int_equal(amount_parse(&time, "20msec", 4, &got, NULL), 0);
	assert_int_equal(amount_parse(&time, "20ms", 3, &got, NULL), -EINVAL);
	assert_int_equal(amount_parse(&time, "20ms", 0, &got, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_and_a_unit),
		cmocka_unit_test(fractions_that_come_out_whole),
		cmocka_unit_test(without_a_unit_it_is_said_what_to_write),
		cmocka_unit_test(the_limits),
		cmocka_unit_test(anything_else),
		cmocka_unit_test(a_part_of_a_text),
	};

	return cmocka_run_group_tests_name("amount", tests, NULL, NULL);
}
