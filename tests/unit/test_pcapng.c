/* SPDX-License-Identifier: ISC */
/* Capture files, byte by byte where the format says so, and taken apart again by a reader of the test's own. */
#include "unit.h"

#include <string.h>

#include "core/pcapng.h"

static uint8_t buf[4096];

static uint32_t u32(size_t at)
{
	uint32_t v;

	memcpy(&v, buf + at, sizeof(v));
	return v;
}

static uint16_t u16(size_t at)
{
	uint16_t v;

	memcpy(&v, buf + at, sizeof(v));
	return v;
}

/* Of every block: its length stands at both ends, and is a multiple of four. */
static size_t check_block(size_t len, uint32_t type)
{
	assert_true(len >= 12 && len % 4 == 0);
	assert_int_equal(u32(0), type);
	assert_int_equal(u32(4), len);
	assert_int_equal(u32(len - 4), len);
	return len;
}

/* Where the value of the option is, among those from `at` on; 0 if there is none.  *len is how long it is. */
static size_t option(size_t at, size_t end, uint16_t code, uint16_t *len)
{
	while (at + 4 <= end) {
		*len = u16(at + 2);
		if (u16(at) == code)
			return at + 4;
		if (u16(at) == 0)
			break;
		at += 4 + (*len + 3u) / 4 * 4;
	}
	return 0;
}

static bool text_is(size_t from, size_t end, uint16_t code, const char *want)
{
	uint16_t len;
	size_t at = option(from, end, code, &len);

	return at && len == strlen(want) && memcmp(buf + at, want, len) == 0;
}

static void a_section_tells_its_byte_order(void **state)
{
	size_t n = check_block(pcapng_section(buf, sizeof(buf), "swctl 1"), 0x0a0d0d0a);

	assert_int_equal(u32(8), 0x1a2b3c4d);
	assert_int_equal(u16(12), 1);
	assert_int_equal(u16(14), 0);
	assert_int_equal(u32(16) & u32(20), UINT32_MAX);
	assert_true(text_is(24, n - 4, 4, "swctl 1"));
	assert_int_equal(u32(n - 8), 0); /* end of options */
}

static void an_interface_has_a_name(void **state)
{
	uint16_t len;
	size_t n = check_block(pcapng_interface(buf, sizeof(buf), "h1", "port h1 of sw0", 128), 1);
	size_t at = option(16, n - 4, 9, &len);

	assert_int_equal(u16(8), 1);
	assert_int_equal(u32(12), 128);
	assert_true(text_is(16, n - 4, 2, "h1"));
	assert_true(text_is(16, n - 4, 3, "port h1 of sw0"));
	assert_int_equal(len, 1);
	assert_int_equal(buf[at], 9);
	n = pcapng_interface(buf, sizeof(buf), "h1", NULL, 0);
	assert_int_equal(option(16, n - 4, 3, &len), 0);
}

static void a_frame_is_whole(void **state)
{
	static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7};
	struct pcapng_frame f = {
		.interface = 3,
		.time_ns = UINT64_C(0x1122334455667788),
		.data = data,
		.caplen = 7,
		.len = 60,
		.dir = PCAPNG_OUT,
		.comment = "dropped: oversize",
	};
	uint16_t len;
	size_t n = check_block(pcapng_frame(buf, sizeof(buf), &f), 6), at;

	assert_int_equal(u32(8), 3);
	assert_int_equal(u32(12), 0x11223344);
	assert_int_equal(u32(16), 0x55667788);
	assert_int_equal(u32(20), 7);
	assert_int_equal(u32(24), 60);
	assert_memory_equal(buf + 28, data, 7);
	assert_int_equal(buf[35], 0);
	assert_true(text_is(36, n - 4, 1, "dropped: oversize"));
	at = option(36, n - 4, 2, &len);
	assert_int_equal(len, 4);
	assert_int_equal(u32(at), 2);
}

static void without_options_there_is_no_end_of_them(void **state)
{
	static const uint8_t data[60] = {0};
	struct pcapng_frame f = {.data = data, .caplen = 60, .len = 60};

	assert_int_equal(check_block(pcapng_frame(buf, sizeof(buf), &f), 6), 32 + 60);
	f.caplen = 0;
	f.data = NULL;
	assert_int_equal(check_block(pcapng_frame(buf, sizeof(buf), &f), 6), 32);
}

static void statistics_tell_what_was_lost(void **state)
{
	uint16_t len;
	uint64_t v;
	size_t n = check_block(pcapng_statistics(buf, sizeof(buf), 1, 5, 100, 7), 5), at;

	at = option(20, n - 4, 5, &len);
	assert_int_equal(len, 8);
	memcpy(&v, buf + at, 8);
	assert_int_equal(v, 7);
	at = option(20, n - 4, 4, &len);
	memcpy(&v, buf + at, 8);
	assert_int_equal(v, 100);
}

/* Whatever room there is, nothing is written behind it, and a block is there whole or not at all. */
static void no_room_no_block(void **state)
{
	static const uint8_t data[100] = {0};
	struct pcapng_frame f = {
		.data = data, .caplen = 100, .len = 100, .dir = PCAPNG_IN, .comment = "why"};
	size_t need = pcapng_frame(buf, sizeof(buf), &f);

	for (size_t room = 0; room <= need; room++) {
		memset(buf, 0xee, sizeof(buf));
		assert_int_equal(pcapng_frame(buf, room, &f), room == need ? need : 0);
		for (size_t i = room; i < need + 8; i++)
			assert_int_equal(buf[i], 0xee);
	}
	assert_int_equal(pcapng_section(buf, 20, "x"), 0);
	assert_int_equal(pcapng_interface(buf, 20, "x", NULL, 0), 0);
	assert_int_equal(pcapng_statistics(buf, 20, 0, 0, 0, 0), 0);
}

static void a_long_comment_is_cut_between_characters(void **state)
{
	static const uint8_t data[60] = {0};
	struct pcapng_frame f = {.data = data, .caplen = 60, .len = 60, .dir = PCAPNG_IN};
	char text[3 * PCAPNG_COMMENT_MAX + 1];
	uint16_t len;
	size_t n;

	memset(text, 0, sizeof(text));
	for (unsigned i = 0; i < PCAPNG_COMMENT_MAX; i++)
		memcpy(text + 3 * (size_t)i, "\xe2\x86\x92", 3); /* an arrow */
	f.comment = text;
	n = check_block(pcapng_frame(buf, sizeof(buf), &f), 6);
	assert_true(n - 60 <= PCAPNG_FIXED_MAX);
	option(28 + 60, n - 4, 1, &len);
	assert_int_equal(len, 999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_section_tells_its_byte_order),
		cmocka_unit_test(an_interface_has_a_name),
		cmocka_unit_test(a_frame_is_whole),
		cmocka_unit_test(without_options_there_is_no_end_of_them),
		cmocka_unit_test(statistics_tell_what_was_lost),
		cmocka_unit_test(no_room_no_block),
		cmocka_unit_test(a_long_comment_is_cut_between_characters),
	};

	return cmocka_run_group_tests_name("pcapng", tests, NULL, NULL);
}
