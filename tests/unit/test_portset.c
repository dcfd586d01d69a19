/* SPDX-License-Identifier: ISC */
/* Sets of ports, above all where one 64-bit word ends and the next begins. */
#include "unit.h"

#include <string.h>

#include "util/portset.h"

static const unsigned edges[] = {0, 1, 63, 64, 65, 127, 128, 511, 512, 1022, 1023};

static void add_has_del(void **state)
{
	struct portset s = {{0}};

	for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
		assert_false(portset_has(&s, edges[i]));
		portset_add(&s, edges[i]);
		portset_add(&s, edges[i]);
		assert_true(portset_has(&s, edges[i]));
	}
	assert_int_equal(portset_count(&s, PORTSET_WORDS), ARRAY_SIZE(edges));
	for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
		portset_del(&s, edges[i]);
		portset_del(&s, edges[i]);
		assert_false(portset_has(&s, edges[i]));
	}
	assert_true(portset_empty(&s, PORTSET_WORDS));
}

static void foreach_sees_each_once_in_order(void **state)
{
	struct portset s = {{0}};
	size_t n = 0;

	for (size_t i = ARRAY_SIZE(edges); i-- > 0;)
		portset_add(&s, edges[i]);
	portset_foreach (i, &s, PORTSET_WORDS) {
		assert_true(n < ARRAY_SIZE(edges));
		assert_int_equal(i, edges[n]);
		n++;
	}
	assert_int_equal(n, ARRAY_SIZE(edges));
}

static void foreach_of_all_and_of_none(void **state)
{
	struct portset s;
	unsigned n = 0;

	memset(&s, 0xff, sizeof(s));
	portset_foreach (i, &s, PORTSET_WORDS)
		assert_int_equal(i, n++);
	assert_int_equal(n, PORTSET_MAX);
	portset_clear(&s, PORTSET_WORDS);
	portset_foreach (i, &s, PORTSET_WORDS)
		fail_msg("port %u is in an empty set", i);
}

static void next_starts_where_told(void **state)
{
	struct portset s = {{0}};

	portset_add(&s, 63);
	portset_add(&s, 64);
	assert_int_equal(portset_next(&s, 0, 2), 63);
	assert_int_equal(portset_next(&s, 63, 2), 63);
	assert_int_equal(portset_next(&s, 64, 2), 64);
	assert_int_equal(portset_next(&s, 65, 2), PORTSET_MAX);
	assert_int_equal(portset_next(&s, PORTSET_MAX, PORTSET_WORDS), PORTSET_MAX);
}

/* A switch of up to 64 ports uses one word; what is above has to be neither read nor written. */
static void words_not_in_use_are_left_alone(void **state)
{
	struct portset s, all;

	memset(&s, 0xff, sizeof(s));
	memset(&all, 0xff, sizeof(all));
	portset_clear(&s, 1);
	assert_false(portset_has(&s, 63));
	assert_true(portset_has(&s, 64));
	assert_true(portset_empty(&s, 1));
	assert_false(portset_empty(&s, 2));
	assert_int_equal(portset_count(&s, 1), 0);
	assert_int_equal(portset_next(&s, 0, 1), PORTSET_MAX);
	portset_minus(&s, &all, 2);
	assert_false(portset_has(&s, 127));
	assert_true(portset_has(&s, 128));
}

static void algebra(void **state)
{
	struct portset a = {{0}}, b = {{0}}, s;

	portset_add(&a, 5);
	portset_add(&a, 64);
	portset_add(&a, 200);
	portset_add(&b, 64);
	portset_add(&b, 201);
	portset_copy(&s, &a, PORTSET_WORDS);
	portset_and(&s, &b, PORTSET_WORDS);
	assert_int_equal(portset_count(&s, PORTSET_WORDS), 1);
	assert_true(portset_has(&s, 64));
	portset_copy(&s, &a, PORTSET_WORDS);
	portset_minus(&s, &b, PORTSET_WORDS);
	assert_int_equal(portset_count(&s, PORTSET_WORDS), 2);
	assert_true(portset_has(&s, 5));
	assert_true(portset_has(&s, 200));
	portset_copy(&s, &a, PORTSET_WORDS);
	portset_or(&s, &b, 3);
	assert_int_equal(portset_count(&s, PORTSET_WORDS), 3); /* 201 is in the fourth word */
	portset_or(&s, &b, PORTSET_WORDS);
	assert_int_equal(portset_count(&s, PORTSET_WORDS), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(add_has_del),
		cmocka_unit_test(foreach_sees_each_once_in_order),
		cmocka_unit_test(foreach_of_all_and_of_none),
		cmocka_unit_test(next_starts_where_told),
		cmocka_unit_test(words_not_in_use_are_left_alone),
		cmocka_unit_test(algebra),
	};

	return cmocka_run_group_tests_name("portset", tests, NULL, NULL);
}
