/* SPDX-License-Identifier: ISC */
/* Frames that are captured: what is written is read, a full ring loses frames and is said so, and nobody is believed. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/capture_ring.h"
#include "core/frame.h"

enum { SIZE = CAPTURE_RING_MIN, MEMORY = CAPTURE_HEAD_SIZE + SIZE };

static struct {
	_Alignas(64) uint8_t memory[MEMORY];
	_Alignas(64) struct capture_place place;
	uint8_t bytes[FRAME_MAX];
	struct capture_writer w;
	struct capture_reader r;
} lab;

static int begin(void **state)
{
	memset(&lab, 0, sizeof(lab));
	for (size_t i = 0; i < sizeof(lab.bytes); i++)
		lab.bytes[i] = (uint8_t)(i * 7 + i / 251);
	capture_writer_begin(&lab.w, lab.memory, SIZE, &lab.place);
	assert_null(capture_reader_begin(&lab.r, lab.memory, MEMORY, &lab.place));
	return 0;
}

static struct capture_frame frame_of(uint32_t len, uint64_t number)
{
	return (struct capture_frame){
		.time_ns = number,
		.seen = number + 1,
		.port = 3,
		.learn = CAPTURE_LEARNED,
		.route = CAPTURE_TO_ALL_UNKNOWN,
		.vid = 10,
		.ports = 40,
		.listed = 2,
		.list = {7, 8},
		.len = len,
		.caplen = len,
		.data = lab.bytes,
	};
}

static bool put(uint32_t len, uint64_t number)
{
	struct capture_frame f = frame_of(len, number);

	return capture_put_frame(&lab.w, &f, len, NULL);
}

static void expect_frame(uint32_t len, uint64_t number)
{
	struct capture_frame f;
	struct capture_port p;

	assert_int_equal(capture_reader_next(&lab.r, &f, &p), CAPTURE_GOT_FRAME);
	assert_int_equal(f.time_ns, number);
	assert_int_equal(f.seen, number + 1);
	assert_int_equal(f.len, len);
	assert_int_equal(f.caplen, len);
	assert_memory_equal(f.data, lab.bytes, len);
	assert_int_equal(f.vid, 10);
	assert_int_equal(f.ports, 40);
	assert_int_equal(f.listed, 2);
	assert_int_equal(f.list[1], 8);
}

static void expect(enum capture_got what)
{
	struct capture_frame f;
	struct capture_port p;

	assert_int_equal(capture_reader_next(&lab.r, &f, &p), what);
}

static void what_is_written_is_read(void **state)
{
	const struct capture_port h1 = {.port = 3, .sw = "sw0", .name = "h1", .type = "tap"};
	struct capture_port p;
	struct capture_frame f;

	expect(CAPTURE_GOT_NOTHING);
	assert_true(capture_put_port(&lab.w, &h1));
	assert_true(put(60, 0));
	assert_true(put(FRAME_MAX, 1));
	expect(CAPTURE_GOT_NOTHING); /* it has not been told */
	capture_tell(&lab.w);
	assert_int_equal(capture_reader_next(&lab.r, &f, &p), CAPTURE_GOT_PORT);
	assert_int_equal(p.port, 3);
	assert_string_equal(p.name, "h1");
	assert_string_equal(p.sw, "sw0");
	assert_string_equal(p.type, "tap");
	expect_frame(60, 0);
	expect_frame(FRAME_MAX, 1);
	expect(CAPTURE_GOT_NOTHING);
}

static void a_frame_in_two_pieces_is_one(void **state)
{
	for (uint32_t caplen = 0; caplen <= 100; caplen += 25) {
		struct capture_frame f = frame_of(100, caplen), got;
		struct capture_port p;

		f.caplen = caplen;
		assert_true(capture_put_frame(&lab.w, &f, 40, lab.bytes + 40));
		capture_tell(&lab.w);
		assert_int_equal(capture_reader_next(&lab.r, &got, &p), CAPTURE_GOT_FRAME);
		assert_int_equal(got.len, 100);
		assert_int_equal(got.caplen, caplen);
		assert_memory_equal(got.data, lab.bytes, caplen);
	}
}

/* Each length, so that records end and begin anywhere in the ring. */
static void it_goes_round_and_round(void **state)
{
	uint64_t n = 0;

	for (uint32_t len = 0; len < FRAME_MAX; len += 97, n++) {
		assert_true(put(len, n));
		assert_true(put(60, n));
		capture_tell(&lab.w);
		expect_frame(len, n);
		expect_frame(60, n);
		capture_reader_done(&lab.r);
	}
	assert_true(lab.w.written > 50ULL * SIZE);
	assert_int_equal(capture_reader_lost(&lab.r), 0);
}

static unsigned fill(void)
{
	unsigned n = 0;

	while (put(1000, n))
		n++;
	capture_tell(&lab.w);
	return n;
}

static void a_full_ring_loses_what_comes_and_keeps_what_is_there(void **state)
{
	unsigned n = fill();

	assert_true(n > SIZE / 1200);
	assert_int_equal(capture_reader_lost(&lab.r), 1);
	assert_false(put(1000, 0));
	assert_int_equal(capture_reader_lost(&lab.r), 2);
	for (unsigned i = 0; i < n; i++)
		expect_frame(1000, i);
	assert_false(put(1000, 0)); /* read, but not done with */
	capture_reader_done(&lab.r);
	assert_true(put(1000, 77));
	capture_tell(&lab.w);
	expect_frame(1000, 77);
}

/* What nobody was told of cannot have been read, either. */
static void a_reader_that_says_nonsense_gets_no_room_by_it(void **state)
{
	static const uint64_t nonsense[] = {
		1, 7, SIZE + 8, UINT64_MAX, SIZE * 4, UINT64_MAX - 7, UINT64_C(1) << 63};

	fill();
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		atomic_store(&lab.place.read, nonsense[i]);
		assert_false(put(1000, 0));
	}
	atomic_store(&lab.place.read, 2048); /* it may have read half of one */
	assert_true(put(900, 1));
	atomic_store(&lab.place.read, 1024); /* it cannot have read less than before */
	assert_false(put(FRAME_MAX, 2));
	assert_true(lab.w.written - lab.w.read <= SIZE);
}

static void who_sleeps_is_woken_once(void **state)
{
	assert_true(capture_reader_sleeps(&lab.r));
	put(60, 0);
	assert_true(capture_tell(&lab.w));
	put(60, 1);
	assert_false(capture_tell(&lab.w));	     /* it has been woken */
	assert_false(capture_reader_sleeps(&lab.r)); /* there is something */
	expect_frame(60, 0);
	expect_frame(60, 1);
	assert_true(capture_reader_sleeps(&lab.r));
	assert_false(capture_tell(&lab.w)); /* of what? */
	put(60, 2);
	assert_true(capture_tell(&lab.w));
}

static void a_reason_that_is_found_later_is_written_in_its_place(void **state)
{
	uint64_t at[3];
	struct capture_frame f;
	struct capture_port p;

	for (int i = 0; i < 3; i++) {
		put(60, (uint64_t)i);
		at[i] = lab.w.last;
	}
	capture_amend(&lab.w, at[1], 42);
	capture_tell(&lab.w);
	capture_amend(&lab.w, at[2], 43); /* too late: the reader may be there */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(capture_reader_next(&lab.r, &f, &p), CAPTURE_GOT_FRAME);
		assert_int_equal(f.drop, i == 1 ? 42 : 0);
	}
}

/* A record that does not fit at the end of the ring is at its beginning. */
static void it_is_found_behind_the_end(void **state)
{
	struct capture_frame f;
	struct capture_port p;

	for (int i = 0; i < 4; i++) {
		put(60000, (uint64_t)i);
		capture_tell(&lab.w);
		expect_frame(60000, (uint64_t)i);
		capture_reader_done(&lab.r);
	}
	assert_true(put(FRAME_MAX, 4));
	assert_int_equal(lab.w.last, SIZE);
	capture_amend(&lab.w, lab.w.last, 42);
	capture_tell(&lab.w);
	assert_int_equal(capture_reader_next(&lab.r, &f, &p), CAPTURE_GOT_FRAME);
	assert_int_equal(f.drop, 42);
	assert_memory_equal(f.data, lab.bytes, FRAME_MAX);
}

static void what_is_no_capture_is_not_read(void **state)
{
	struct capture_head *head = (void *)lab.memory;
	struct capture_reader r;

	assert_non_null(capture_reader_begin(&r, lab.memory, MEMORY - 8, &lab.place));
	assert_non_null(capture_reader_begin(&r, lab.memory, CAPTURE_HEAD_SIZE, &lab.place));
	head->version++;
	assert_non_null(capture_reader_begin(&r, lab.memory, MEMORY, &lab.place));
	head->version--;
	head->magic ^= 1;
	assert_non_null(capture_reader_begin(&r, lab.memory, MEMORY, &lab.place));
	head->magic ^= 1;
	assert_null(capture_reader_begin(&r, lab.memory, MEMORY, &lab.place));
}

static void rubbish_is_known(void **state)
{
	uint32_t *first = (void *)(lab.memory + CAPTURE_HEAD_SIZE);
	uint32_t size, was;

	put(60, 0);
	put(60, 1);
	capture_tell(&lab.w);
	size = was = *first;
	for (size = 0; size < 8; size++) {
		*first = size;
		expect(CAPTURE_GOT_RUBBISH);
	}
	*first = was + 4; /* not aligned */
	expect(CAPTURE_GOT_RUBBISH);
	*first = 1 << 20; /* more than was written */
	expect(CAPTURE_GOT_RUBBISH);
	*first = was;
	expect_frame(60, 0);
	expect_frame(60, 1);
	atomic_store(&lab.w.head->written, lab.w.written + SIZE + 8);
	expect(CAPTURE_GOT_RUBBISH);
	atomic_store(&lab.w.head->written, 0);
	expect(CAPTURE_GOT_RUBBISH);
}

#define test(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(what_is_written_is_read),
		test(a_frame_in_two_pieces_is_one),
		test(it_goes_round_and_round),
		test(a_full_ring_loses_what_comes_and_keeps_what_is_there),
		test(a_reader_that_says_nonsense_gets_no_room_by_it),
		test(who_sleeps_is_woken_once),
		test(a_reason_that_is_found_later_is_written_in_its_place),
		test(it_is_found_behind_the_end),
		test(what_is_no_capture_is_not_read),
		test(rubbish_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
