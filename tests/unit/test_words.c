/* SPDX-License-Identifier: ISC */
/* Names people type: the valid ones, and which was meant. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "util/words.h"

static void names_that_pass(void **state)
{
	static const char *const good[] = {
		"a", "h1", "_x", "0", "sw0.h1", "a-b_c.d:e@f+g", "abcdefghijklmnopqrstuvwxyz01234",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(name_check(good[i], NULL), 0);
}

static void names_that_do_not(void **state)
{
	static const struct {
		const char *name, *says;
	} bad[] = {
		{"", "empty"},		 {"abcdefghijklmnopqrstuvwxyz012345", "32 characters"},
		{"-x", "in front"},	 {".x", "in front"},
		{"a b", "' '"},		 {"a/b", "'/'"},
		{"a\nb", "0x0a"},	 {"a\x7f", "0x7f"},
		{"caf\xc3\xa9", "0xc3"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = {0};

		assert_int_equal(name_check(bad[i].name, &e), -EINVAL);
		assert_int_equal(e.code, EINVAL);
		if (!strstr(e.text, bad[i].says))
			fail_msg("\"%s\" lacks \"%s\"", e.text, bad[i].says);
	}
}

static void distance_counts_edits(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned d;
	} v[] = {
		{"", "", 0},	    {"", "abc", 3},	      {"abc", "", 3},
		{"mtu", "mtu", 0},  {"mtu", "mut", 1},	      {"ab", "ba", 1},
		{"mtu", "mtus", 1}, {"kitten", "sitting", 3}, {"ageing_s", "aging_s", 1},
		{"ca", "abc", 3}, /* optimal string alignment: a swapped pair is not edited again */
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		assert_int_equal(word_distance(v[i].a, v[i].b), v[i].d);
		assert_int_equal(word_distance(v[i].b, v[i].a), v[i].d);
	}
}

static void distance_of_long_words_is_far(void **state)
{
	char fits[41], longer[42];

	memset(fits, 'x', sizeof(fits) - 1);
	fits[40] = '\0';
	memset(longer, 'x', sizeof(longer) - 1);
	longer[41] = '\0';
	assert_int_equal(word_distance(fits, fits), 0);
	assert_true(word_distance(fits, longer) > 40);
	assert_true(word_distance(longer, fits) > 40);
}

static const char *nearest(const char *typed, const char *const *from, size_t n)
{
	const char *best = NULL;

	for (size_t i = 0; i < n; i++)
		word_nearest(typed, from[i], &best);
	return best;
}

static void nearest_is_what_was_meant(void **state)
{
	static const char *const names[] = {"ageing_s", "max_macs", "link_local", "mtu", "netns"};

	assert_string_equal(nearest("aging_s", names, ARRAY_SIZE(names)), "ageing_s");
	assert_string_equal(nearest("max_mac", names, ARRAY_SIZE(names)), "max_macs");
	assert_string_equal(nearest("umt", names, ARRAY_SIZE(names)), "mtu");
	assert_null(nearest("colour", names, ARRAY_SIZE(names)));
	assert_null(nearest("", names, ARRAY_SIZE(names)));
}

static void nearest_keeps_the_first_of_equals(void **state)
{
	static const char *const names[] = {"h2", "h3", "h1x"};

	assert_string_equal(nearest("h1", names, ARRAY_SIZE(names)), "h2");
}

static void parts_are_compared_one_by_one(void **state)
{
	static const struct {
		const char *typed, *name;
		unsigned d;
	} v[] = {
		{"port_blocked", "port_blocked", 0},
		{"stp_blokced", "port_blocked", 4}, /* "stp" is like nothing there */
		{"blokced", "port_blocked", 1},	    /* what was not typed costs nothing */
		{"vlan not in", "not_in_vlan", 0},
		{"mac.mvoed", "mac.moved", 1},
		{"mac_lerned", "mac.learned", 1},
		{"_mac__moved_", "mac.moved", 0},
		{"stp_blokced", "runt", WORD_FAR},
		{"nothing_like_it", "not_in_vlan", WORD_FAR},
		{"x_y", "a_b", WORD_FAR},
		{"x", "runt", WORD_FAR},
		{"", "runt", WORD_FAR},
		{"__", "port_blocked", WORD_FAR},
	};
	char longer[100];

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		if (word_parts_distance(v[i].typed, v[i].name) != v[i].d)
			fail_msg("%s, %s: %u", v[i].typed, v[i].name,
				 word_parts_distance(v[i].typed, v[i].name));
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(word_parts_distance(longer, "runt"), WORD_FAR);
	assert_int_equal(word_parts_distance("mac", longer), WORD_FAR);
}

static void word_in_takes_whole_words(void **state)
{
	static const char words[] = "true yes on 1";

	assert_true(word_in("true", words));
	assert_true(word_in("yes", words));
	assert_true(word_in("1", words));
	assert_false(word_in("", words));
	assert_false(word_in("ye", words));
	assert_false(word_in("es", words));
	assert_false(word_in("trueyes", words));
	assert_true(word_in("on", "one gone on"));
	assert_false(word_in("on", "one gone ono"));
}

/* Two words of the list with their space between them are not a word of the list. */
static void word_in_refuses_two_words(void **state)
{
	assert_false(word_in("true yes", "true yes on 1"));
	assert_false(word_in("on 1", "true yes on 1"));
	assert_false(word_in(" ", "true yes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_pass),
		cmocka_unit_test(names_that_do_not),
		cmocka_unit_test(distance_counts_edits),
		cmocka_unit_test(distance_of_long_words_is_far),
		cmocka_unit_test(nearest_is_what_was_meant),
		cmocka_unit_test(nearest_keeps_the_first_of_equals),
		cmocka_unit_test(parts_are_compared_one_by_one),
		cmocka_unit_test(parts_are_compared_one_by_one),
		cmocka_unit_test(word_in_takes_whole_words),
		cmocka_unit_test(word_in_refuses_two_words),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
