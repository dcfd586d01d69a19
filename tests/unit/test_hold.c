/* SPDX-License-Identifier: ISC */
/* Frames that are kept until it is time: in order, whole, and within the memory there is. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/hold.h"
#include "util/rng.h"

enum { ROOM = 1 << 20 };

static struct hold *h;

static int setup(void **state)
{
	h = hold_new(ROOM);
	return h ? 0 : -1;
}

static int teardown(void **state)
{
	hold_free(h);
	return 0;
}

static bool put(uint64_t at, size_t len, unsigned mark)
{
	uint8_t *to = hold_put(h, at, at, len);

	if (to)
		memset(to, (int)mark, len);
	return to;
}

static void take(uint64_t now, uint64_t at, size_t len, unsigned mark)
{
	const struct held *f = hold_take(h, now);

	assert_non_null(f);
	assert_int_equal(f->at_ns, at);
	assert_int_equal(f->len, len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(f->data[i], mark);
}

static void leaves_when_it_is_time(void **state)
{
	assert_int_equal(hold_next_ns(h), UINT64_MAX);
	assert_null(hold_take(h, UINT64_MAX));
	assert_true(put(100, 60, 1) && put(50, 70, 2) && put(75, 0, 3));
	assert_int_equal(hold_next_ns(h), 50);
	assert_null(hold_take(h, 49));
	take(80, 50, 70, 2);
	take(80, 75, 0, 3);
	assert_null(hold_take(h, 80));
	assert_int_equal(hold_count(h), 1);
	take(100, 100, 60, 1);
	assert_null(hold_take(h, UINT64_MAX));
	hold_done(h);
	assert_int_equal(hold_bytes(h), 0);
}

static void first_come_first_leaves(void **state)
{
	for (unsigned i = 0; i < 200; i++)
		assert_true(put(7, 10, i));
	for (unsigned i = 0; i < 200; i++)
		take(7, 7, 10, i);
}

static void put_sent(uint64_t sent, uint64_t at, unsigned mark)
{
	uint8_t *to = hold_put(h, sent, at, 1);

	assert_non_null(to);
	*to = (uint8_t)mark;
}

/* The wire is ten times as fast from 1000 on: what was on it by 2000 is by 1100. */
static const struct impair_shift FASTER = {.from_ns = 1000, .was_ns = 2000, .is_ns = 1100};

static void moves_with_the_wire(void **state)
{
	put_sent(900, 1500, 1);	 /* on its way already */
	put_sent(1500, 1700, 2); /* 200 on its way, as before */
	put_sent(2000, 2200, 3);
	assert_int_equal(hold_move(h, &FASTER, false), 1300);
	take(UINT64_MAX, 1250, 1, 2);
	take(UINT64_MAX, 1300, 1, 3);
	take(UINT64_MAX, 1500, 1, 1);
}

static void keeps_the_order_where_it_should(void **state)
{
	put_sent(900, 1500, 1);
	put_sent(1500, 1700, 2);
	put_sent(1800, 1800, 3); /* has no delay, and is let past the others */
	put_sent(2000, 2200, 4);
	assert_int_equal(hold_move(h, &FASTER, true), 1500);
	take(UINT64_MAX, 1080, 1, 3);
	take(UINT64_MAX, 1500, 1, 1);
	take(UINT64_MAX, 1500, 1, 2);
	take(UINT64_MAX, 1500, 1, 4);
}

/* Whatever is held, it comes out in the order of its time after a move, as before. */
static void many_are_moved(void **state)
{
	struct rng r = rng_for(5, 5);
	uint64_t last = 0;

	assert_int_equal(hold_move(h, &FASTER, true), 0);
	for (unsigned i = 0; i < 400; i++) {
		uint64_t sent = 900 + rng_below(&r, 1100);

		put_sent(sent, sent + rng_below(&r, 500), i);
	}
	hold_move(h, &FASTER, false);
	for (unsigned i = 0; i < 400; i++) {
		const struct held *f = hold_take(h, UINT64_MAX);

		assert_non_null(f);
		assert_true(f->at_ns >= last);
		last = f->at_ns;
	}
	assert_null(hold_take(h, UINT64_MAX));
}

static void memory_has_an_end(void **state)
{
	unsigned small = 0, large = 0;

	while (put(1, 1500, 1))
		small++;
	assert_int_equal(small, ROOM / 2048);
	assert_false(put(1, 60000, 2));
	hold_take(h, 1);
	assert_false(put(1, 1500, 1)); /* it is lent still */
	hold_done(h);
	assert_true(put(1, 1500, 1));
	while (hold_take(h, 1))
		;
	assert_int_equal(hold_bytes(h), small * 2048u);
	hold_done(h);
	assert_int_equal(hold_bytes(h), 0);
	while (put(1, HOLD_FRAME_MAX, 2)) /* what the small ones left serves the large */
		large++;
	assert_in_range(large, 15, 16);
	assert_null(hold_put(h, 1, 1, HOLD_FRAME_MAX + 1));
}

static void a_large_payload_takes_no_more_than_it_needs(void **state)
{
	unsigned n = 0;

	while (put(1, 9000, 1))
		n++;
	assert_int_equal(n, ROOM / 10240);
}

static void another_limit_leaves_what_is_held(void **state)
{
	while (put(1, 1500, 1))
		;
	hold_limit(h, ROOM / 2);
	assert_int_equal(hold_count(h), ROOM / 2048);
	for (unsigned i = 0; i < ROOM / 2048 / 2; i++)
		assert_non_null(hold_take(h, 1));
	hold_limit(h, ROOM + 2048);
	hold_done(h);
	for (unsigned i = 0; i < ROOM / 2048 / 2 + 1; i++)
		assert_true(put(1, 1500, 1));
	assert_false(put(1, 1500, 1));
}

static void clearing_gives_all_back(void **state)
{
	while (put(1, 1500, 1))
		;
	hold_take(h, 1);
	hold_clear(h);
	assert_int_equal(hold_count(h), 0);
	assert_int_equal(hold_bytes(h), 0);
	assert_int_equal(hold_next_ns(h), UINT64_MAX);
	assert_true(put(1, 1500, 1));
}

/* Against a list that is searched from end to end. */
static void any_order_comes_out_sorted(void **state)
{
	struct {
		uint64_t at;
		size_t len;
		bool there;
	} model[400];
	struct rng r = rng_for(3, 3);
	uint64_t now = 0;
	unsigned n = 0;

	while (n < ARRAY_SIZE(model) || hold_count(h)) {
		if (n < ARRAY_SIZE(model) && rng_below(&r, 2)) {
			model[n].at = now + rng_below(&r, 50);
			model[n].len = rng_below(&r, 20) ? rng_below(&r, 1500) : 3000;
			model[n].there = true;
			assert_true(put(model[n].at, model[n].len, n));
			n++;
		} else {
			int first = -1;

			now += rng_below(&r, 10);
			for (unsigned i = 0; i < n; i++)
				if (model[i].there && (first < 0 || model[i].at < model[first].at))
					first = (int)i;
			if (first < 0 || model[first].at > now) {
				assert_null(hold_take(h, now));
			} else {
				take(now, model[first].at, model[first].len, (uint8_t)first);
				model[first].there = false;
			}
		}
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(leaves_when_it_is_time),
		TEST(first_come_first_leaves),
		TEST(moves_with_the_wire),
		TEST(keeps_the_order_where_it_should),
		TEST(many_are_moved),
		TEST(memory_has_an_end),
		TEST(clearing_gives_all_back),
		TEST(any_order_comes_out_sorted),
		TEST(a_large_payload_takes_no_more_than_it_needs),
		TEST(another_limit_leaves_what_is_held),
	};

	return cmocka_run_group_tests_name("hold", tests, NULL, NULL);
}
