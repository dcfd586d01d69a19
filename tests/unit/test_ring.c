/* SPDX-License-Identifier: ISC */
/* A ring of records against a plain list: what went in comes out, whole and in order. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "util/ring.h"

enum { SIZE = 1024, LONGEST = SIZE - RING_HEADER };

/* A record's bytes, told by its number. */
static void fill(uint8_t *at, size_t len, unsigned number)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(number * 31 + i);
}

static bool holds(const uint8_t *at, size_t len, unsigned number)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] != (uint8_t)(number * 31 + i))
			return false;
	return true;
}

static struct ring make(void)
{
	struct ring r;

	assert_int_equal(ring_open(&r, SIZE + 7), 0);
	assert_int_equal(r.size, SIZE);
	return r;
}

static void an_empty_ring_takes_the_longest_record(void **state)
{
	struct ring r = make();
	size_t len;

	for (unsigned i = 0; i < 3; i++) {
		assert_null(ring_put(&r, LONGEST + 1));
		uint8_t *at = ring_put(&r, LONGEST);
		assert_non_null(at);
		fill(at, LONGEST, i);
		assert_null(ring_put(&r, 0));
		assert_true(holds(ring_first(&r, &len), LONGEST, i));
		assert_int_equal(len, LONGEST);
		ring_drop(&r, 1);
		assert_int_equal(r.count, 0);
	}
	ring_close(&r);
	ring_close(&r);
}

static void it_is_full_when_every_byte_is_taken(void **state)
{
	struct ring r = make();
	const size_t len = 2 * RING_ALIGN - RING_HEADER;

	for (unsigned i = 0; i < SIZE / (2 * RING_ALIGN); i++)
		assert_non_null(ring_put(&r, len));
	assert_null(ring_put(&r, 1));
	/* what is dropped can be used again, and no more than that */
	ring_drop(&r, 1);
	assert_null(ring_put(&r, len + 1));
	assert_non_null(ring_put(&r, len));
	assert_null(ring_put(&r, 0));
	ring_close(&r);
}

static void records_are_aligned_and_begin_anew_when_it_is_empty(void **state)
{
	struct ring r = make();
	const uint8_t *first = ring_put(&r, 1);

	for (unsigned i = 0; i < 5; i++) {
		const uint8_t *at = ring_put(&r, i * 13);

		assert_int_equal((uintptr_t)(at - RING_HEADER) % RING_ALIGN, 0);
	}
	ring_drop(&r, 6);
	assert_ptr_equal(ring_put(&r, 1), first);
	ring_close(&r);
}

/* All that is in it, read without being dropped. */
static void check_all(const struct ring *r, const size_t *len, unsigned from, unsigned to)
{
	const uint8_t *at = NULL;

	assert_int_equal(r->count, to - from);
	for (unsigned i = from; i < to; i++) {
		size_t n;

		at = i == from ? ring_first(r, &n) : ring_after(r, at, &n);
		assert_true(at + n <= r->memory + r->size);
		assert_int_equal(n, len[i]);
		assert_true(holds(at, n, i));
	}
}

static void random_records_come_out_as_they_went_in(void **state)
{
	enum { RECORDS = 20000 };
	static size_t len[RECORDS];
	struct ring r = make();
	unsigned in = 0, out = 0, refused = 0, wrapped = 0;

	srandom(1);
	while (in < RECORDS) {
		size_t n = (size_t)random() % (random() % 4 ? 150 : LONGEST + 1);
		uint8_t *at = ring_put(&r, n);

		if (at) {
			fill(at, n, in);
			len[in++] = n;
		} else {
			refused++;
		}
		wrapped += r.wrapped;
		check_all(&r, len, out, in);
		if (!at || random() % 2) {
			unsigned drop = (unsigned)random() % (r.count + 1);

			ring_drop(&r, drop);
			out += drop;
			check_all(&r, len, out, in);
		}
	}
	assert_true(refused > 100 && wrapped > 100);
	ring_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_ring_takes_the_longest_record),
		cmocka_unit_test(it_is_full_when_every_byte_is_taken),
		cmocka_unit_test(records_are_aligned_and_begin_anew_when_it_is_empty),
		cmocka_unit_test(random_records_come_out_as_they_went_in),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
