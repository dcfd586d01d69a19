/* SPDX-License-Identifier: ISC */
/* Sets of VLANs, as bits and as text. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "util/vidset.h"

static void shown_as(const char *text, const char *shown)
{
	char out[VIDSET_TEXT_SIZE];
	struct vidset s = {{1}};

	if (!vidset_parse(text, &s))
		fail_msg("refused \"%s\"", text);
	assert_string_equal(vidset_format(&s, out, sizeof(out)), shown);
}

static void texts_that_are_sets(void **state)
{
	shown_as("", "");
	shown_as("10", "10");
	shown_as("1,4094", "1,4094");
	shown_as("20-29,10", "10,20-29");
	shown_as("1-3,2-5", "1-5");
	shown_as("7,7", "7");
	shown_as("5-5", "5");
	shown_as("5-6", "5,6");
	shown_as("0010", "10");
	shown_as("all", "1-4094");
	shown_as("1-63,64,65-128", "1-128");
}

static void texts_that_are_none(void **state)
{
	static const char *const bad[] = {"0",	   "4095",  "-",     "10-",	  "-10",
					  "10,",   ",10",   "a",     "10 20",	  "10, 20",
					  "29-20", "1-0",   "none",  "All",	  "1--2",
					  "1-2-3", "10;20", "00010", "4294967297"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct vidset s = {{42}};

		if (vidset_parse(bad[i], &s))
			fail_msg("took \"%s\"", bad[i]);
		assert_int_equal(s.w[0], 42);
	}
}

static void members(void **state)
{
	struct vidset s;
	unsigned n = 0;

	assert_true(vidset_parse("10,63-65,4094", &s));
	assert_true(vidset_has(&s, 10));
	assert_true(vidset_has(&s, 64));
	assert_false(vidset_has(&s, 11));
	assert_false(vidset_has(&s, 0));
	vidset_foreach (vid, &s) {
		assert_true(vidset_has(&s, vid));
		n++;
	}
	assert_int_equal(n, 5);
	assert_false(vidset_empty(&s));
	assert_true(vidset_parse("", &s));
	assert_true(vidset_empty(&s));
}

static void the_longest_text_fits(void **state)
{
	static char out[VIDSET_TEXT_SIZE], again[VIDSET_TEXT_SIZE], cut[16];
	struct vidset s = {{0}}, back;

	for (unsigned vid = VID_LAST; vid > 0; vid -= 2)
		vidset_add(&s, vid);
	vidset_format(&s, out, sizeof(out));
	assert_true(strlen(out) < sizeof(out) - 1);
	assert_true(vidset_parse(out, &back));
	assert_memory_equal(&s, &back, sizeof(s));
	assert_string_equal(vidset_format(&back, again, sizeof(again)), out);
	vidset_format(&s, cut, sizeof(cut)); /* is cut, and ends */
	assert_int_equal(strlen(cut), sizeof(cut) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_that_are_sets),
		cmocka_unit_test(texts_that_are_none),
		cmocka_unit_test(members),
		cmocka_unit_test(the_longest_text_fits),
	};

	return cmocka_run_group_tests_name("vidset", tests, NULL, NULL);
}
