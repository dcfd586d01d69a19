/* SPDX-License-Identifier: ISC */
/* Frames that wait: in their order, whole, and no more than there is room for. */
#include "unit.h"

#include <string.h>

#include "port/backlog.h"
#include "port/tx.h"

static uint8_t bytes[1000];

/* A frame whose bytes say which it is, in two pieces. */
static bool put(struct backlog *b, unsigned n, size_t len, size_t split)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(n + i);
	return backlog_put(b, &(struct tx_unit){.head = bytes,
						.head_len = split,
						.body = bytes + split,
						.body_len = len - split});
}

static void is_frame(const struct iovec iov[2], size_t got, unsigned n, size_t len)
{
	assert_int_equal(got, len);
	assert_int_equal(iov[0].iov_len + iov[1].iov_len, len);
	for (size_t i = 0; i < len; i++) {
		const uint8_t *p = iov[i >= iov[0].iov_len].iov_base;

		assert_int_equal(p[i < iov[0].iov_len ? i : i - iov[0].iov_len], (uint8_t)(n + i));
	}
}

static void frames_come_out_as_they_went_in(void **state)
{
	struct backlog b;
	struct iovec iov[2];
	size_t at = 0;

	assert_true(backlog_init(&b, 500));
	assert_true(backlog_empty(&b));
	for (unsigned n = 0; n < 4; n++)
		assert_true(put(&b, n, 100, n * 33));
	for (unsigned n = 0; n < 4; n++)
		is_frame(iov, backlog_look(&b, &at, iov), n, 100);
	assert_int_equal(backlog_look(&b, &at, iov), 0);
	assert_false(backlog_empty(&b));
	backlog_drop(&b, at);
	assert_true(backlog_empty(&b));
	backlog_free(&b);
}

/* Each byte of the ring is once the first of a frame, of its length and of its second piece. */
static void frames_go_round(void **state)
{
	struct backlog b;
	struct iovec iov[2];
	unsigned in = 0, out = 0;

	assert_true(backlog_init(&b, 257));
	while (out < 3000) {
		size_t at = 0;

		while (put(&b, in, 14 + in % 60, in % 14))
			in++;
		for (unsigned k = 0; k <= out % 3 && out < in; k++, out++)
			is_frame(iov, backlog_look(&b, &at, iov), out, 14 + out % 60);
		backlog_drop(&b, at);
	}
	backlog_free(&b);
}

static void what_does_not_fit_is_refused_whole(void **state)
{
	struct backlog b;
	struct iovec iov[2];
	size_t at = 0;

	assert_true(backlog_init(&b, 200));
	assert_false(put(&b, 1, 197, 10));
	assert_true(put(&b, 2, 150, 10));
	assert_false(put(&b, 3, 43, 10));
	assert_true(put(&b, 4, 42, 10));
	is_frame(iov, backlog_look(&b, &at, iov), 2, 150);
	backlog_drop(&b, at);
	at = 0;
	is_frame(iov, backlog_look(&b, &at, iov), 4, 42);
	backlog_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_out_as_they_went_in),
		cmocka_unit_test(frames_go_round),
		cmocka_unit_test(what_does_not_fit_is_refused_whole),
	};

	return cmocka_run_group_tests_name("backlog", tests, NULL, NULL);
}
