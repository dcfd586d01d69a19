/* SPDX-License-Identifier: ISC */
/* Frames in a stream: the same ones come out however it was cut, and nothing is sent by halves. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/stream.h"

static uint8_t in_buf[STREAM_IN_SIZE], out_buf[STREAM_OUT_SIZE];

/* The byte at place i of frame n. */
static uint8_t byte_of(size_t n, size_t i)
{
	return (uint8_t)(n * 31 + i * 7 + (i >> 8));
}

/* A stream of frames of these lengths; returns its length. */
static size_t make(uint8_t *out, const size_t *lens, size_t count)
{
	size_t at = 0;

	for (size_t n = 0; n < count; n++) {
		stream_put_header(out + at, lens[n]);
		at += STREAM_HEADER;
		for (size_t i = 0; i < lens[n]; i++)
			out[at++] = byte_of(n, i);
	}
	return at;
}

static void put(struct stream_in *s, const uint8_t *data, size_t len)
{
	while (len) {
		size_t room, n;
		uint8_t *to = stream_room(s, &room);

		assert_true(room > 0 && to >= in_buf && to + room <= in_buf + sizeof(in_buf));
		n = len < room ? len : room;
		memcpy(to, data, n);
		stream_received(s, n);
		data += n;
		len -= n;
	}
}

/* Takes what is there; each has to be the next of those that were put in. */
static size_t take(struct stream_in *s, const size_t *lens, size_t next)
{
	const uint8_t *data;
	size_t len;

	while (stream_next(s, &data, &len) == STREAM_FRAME) {
		assert_int_equal(len, lens[next]);
		for (size_t i = 0; i < len; i++)
			if (data[i] != byte_of(next, i))
				fail_msg("byte %zu of frame %zu", i, next);
		next++;
	}
	return next;
}

static void every_split_gives_the_same_frames(void **state)
{
	static const size_t lens[] = {0, 14, 1, 60, 0, 13, 20};
	static uint8_t bytes[512];
	size_t total = make(bytes, lens, ARRAY_SIZE(lens));

	for (size_t a = 0; a <= total; a++)
		for (size_t b = a; b <= total; b++) {
			struct stream_in s = {.buf = in_buf};
			size_t got;

			put(&s, bytes, a);
			got = take(&s, lens, 0);
			put(&s, bytes + a, b - a);
			got = take(&s, lens, got);
			put(&s, bytes + b, total - b);
			got = take(&s, lens, got);
			assert_int_equal(got, ARRAY_SIZE(lens));
			assert_false(stream_is_torn(&s));
		}
}

static void byte_by_byte(void **state)
{
	static const size_t lens[] = {14, 0, 1514, 60, FRAME_MAX, 15};
	static uint8_t bytes[2 * FRAME_MAX];
	size_t total = make(bytes, lens, ARRAY_SIZE(lens)), got = 0, whole = 0;
	struct stream_in s = {.buf = in_buf};

	for (size_t i = 0; i < total; i++) {
		size_t before = got;

		put(&s, bytes + i, 1);
		got = take(&s, lens, got);
		if (got > before)
			whole += STREAM_HEADER + lens[before];
		assert_int_equal(stream_is_torn(&s), i + 1 > whole);
	}
	assert_int_equal(got, ARRAY_SIZE(lens));
}

/* The buffer is as full as it gets, again and again, and the rest of a frame finds its place. */
static void more_than_the_buffer_holds(void **state)
{
	enum { COUNT = 40 };
	size_t lens[COUNT], total, at = 0, got = 0;
	struct stream_in s = {.buf = in_buf};
	uint8_t *bytes = malloc((size_t)COUNT * (FRAME_MAX + STREAM_HEADER));

	assert_non_null(bytes);
	for (size_t n = 0; n < COUNT; n++)
		lens[n] = n % 3 ? FRAME_MAX - n : 100 * n;
	total = make(bytes, lens, COUNT);
	while (at < total) {
		size_t room;
		uint8_t *to = stream_room(&s, &room);

		if (room > total - at)
			room = total - at;
		memcpy(to, bytes + at, room);
		stream_received(&s, room);
		at += room;
		got = take(&s, lens, got);
	}
	assert_int_equal(got, COUNT);
	free(bytes);
}

static void a_length_that_no_frame_has(void **state)
{
	static const size_t bad[] = {FRAME_MAX + 1, 1 << 20,	0x7fffffff,
				     0x80000000,    0xffffffff, 0x474554};
	const uint8_t *data;
	size_t len;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		static const size_t good[] = {14};
		struct stream_in s = {.buf = in_buf};
		uint8_t bytes[64];
		size_t n = make(bytes, good, 1);

		stream_put_header(bytes + n, bad[i]);
		put(&s, bytes, n + STREAM_HEADER - 1);
		assert_int_equal(take(&s, good, 0), 1); /* what came before is heard */
		put(&s, bytes + n + STREAM_HEADER - 1, 1);
		for (int again = 0; again < 2; again++) {
			assert_int_equal(stream_next(&s, &data, &len), STREAM_BAD);
			assert_int_equal(len, bad[i]);
		}
	}
}

/* Bytes go through the ring in pieces of all sizes, round its end many times, in their order. */
static void the_ring_keeps_the_order(void **state)
{
	struct stream_out s = {.buf = out_buf};
	static uint8_t piece[70000];
	size_t in = 0, out = 0;
	uint32_t seed = 1;

	for (int round = 0; round < 400; round++) {
		const uint8_t *data;
		size_t n, len;

		seed = seed * 1664525 + 1013904223;
		len = seed >> 8 & 0xffff;
		for (size_t i = 0; i < len; i++)
			piece[i] = byte_of(0, in + i);
		if (len <= stream_out_room(&s)) {
			stream_out_add(&s, piece, len);
			in += len;
		}
		seed = seed * 1664525 + 1013904223;
		n = stream_out_peek(&s, &data);
		assert_int_equal(n == 0, s.used == 0);
		if (round % 3 && n) {
			const uint8_t *second;
			size_t more = stream_out_wrapped(&s, &second);

			assert_int_equal(n + more, s.used);
			if (more)
				assert_int_equal(second[0], byte_of(0, out + n));
			n = 1 + (seed >> 8) % n;
			for (size_t i = 0; i < n; i++)
				if (data[i] != byte_of(0, out + i))
					fail_msg("byte %zu", out + i);
			stream_out_take(&s, n);
			out += n;
		}
		assert_int_equal(in - out, s.used);
		assert_int_equal(stream_out_room(&s), STREAM_OUT_SIZE - s.used);
	}
	assert_true(in > 3 * (size_t)STREAM_OUT_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_split_gives_the_same_frames),
		cmocka_unit_test(byte_by_byte),
		cmocka_unit_test(more_than_the_buffer_holds),
		cmocka_unit_test(a_length_that_no_frame_has),
		cmocka_unit_test(the_ring_keeps_the_order),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
