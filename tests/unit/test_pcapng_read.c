/* SPDX-License-Identifier: ISC */
/* What was written is read, in either byte order; what cannot be is refused, wherever it is cut. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/pcapng_read.h"

static struct pcapng_in in[PCAPNG_INTERFACES_MAX];
static uint8_t file[8192];
static size_t end;

static struct pcapng_reader fresh(void)
{
	return (struct pcapng_reader){.in = in};
}

static void begin(void)
{
	end = pcapng_section(file, sizeof(file), "a test");
}

static void interface(const char *name)
{
	end += pcapng_interface(file + end, sizeof(file) - end, name, "about it", 0);
}

static void frame(uint32_t interface, uint64_t time_ns, const char *data, enum pcapng_dir dir)
{
	const struct pcapng_frame f = {
		.interface = interface,
		.time_ns = time_ns,
		.data = (const uint8_t *)data,
		.caplen = (uint32_t)strlen(data),
		.len = (uint32_t)strlen(data) + 5,
		.dir = dir,
		.comment = "said",
	};

	end += pcapng_frame(file + end, sizeof(file) - end, &f);
}

/* The next block at *at, in memory of its size. */
static enum pcapng_what next(struct pcapng_reader *r, size_t *at, struct pcapng_read_frame *f)
{
	static uint8_t *block;
	size_t len;

	assert_true(end - *at >= PCAPNG_HEAD);
	len = pcapng_block_len(r, file + *at);
	assert_true(len >= PCAPNG_HEAD && len <= end - *at);
	free(block);
	block = malloc(len);
	assert_non_null(block);
	memcpy(block, file + *at, len);
	*at += len;
	return pcapng_read(r, block, len, f);
}

static void what_was_written_is_read(void **state)
{
	struct pcapng_reader r = fresh();
	struct pcapng_read_frame f;
	size_t at = 0;

	begin();
	interface("h1");
	interface("up");
	frame(1, UINT64_C(1700000000123456789), "fourteen bytes", PCAPNG_OUT);
	frame(0, 5, "odd", PCAPNG_IN);
	frame(0, 6, "", PCAPNG_UNKNOWN);
	for (int i = 0; i < 3; i++)
		assert_int_equal(next(&r, &at, &f), PCAPNG_OTHER);
	assert_int_equal(next(&r, &at, &f), PCAPNG_FRAME);
	assert_string_equal(f.in->name, "up");
	assert_int_equal(f.in->linktype, PCAPNG_ETHERNET);
	assert_true(f.time_ns == UINT64_C(1700000000123456789));
	assert_int_equal(f.dir, PCAPNG_OUT);
	assert_int_equal(f.caplen, 14);
	assert_int_equal(f.len, 19);
	assert_memory_equal(f.data, "fourteen bytes", 14);
	assert_int_equal(next(&r, &at, &f), PCAPNG_FRAME);
	assert_string_equal(f.in->name, "h1");
	assert_true(f.time_ns == 5 && f.dir == PCAPNG_IN && f.caplen == 3);
	assert_int_equal(next(&r, &at, &f), PCAPNG_FRAME);
	assert_true(f.dir == PCAPNG_UNKNOWN && f.caplen == 0);
	assert_true(at == end);
}

/* A new section has interfaces of its own. */
static void a_section_begins_anew(void **state)
{
	struct pcapng_reader r = fresh();
	struct pcapng_read_frame f;
	size_t at = 0;

	begin();
	interface("h1");
	end += pcapng_section(file + end, sizeof(file) - end, "another");
	frame(0, 1, "x", PCAPNG_IN);
	for (int i = 0; i < 3; i++)
		assert_int_equal(next(&r, &at, &f), PCAPNG_OTHER);
	assert_int_equal(next(&r, &at, &f), PCAPNG_BAD);
}

/* ---- the other byte order, times: blocks by hand ---- */

static void put32(uint32_t v, bool swap)
{
	v = swap ? __builtin_bswap32(v) : v;
	memcpy(file + end, &v, 4);
	end += 4;
}

static void put16(uint16_t v, bool swap)
{
	v = swap ? __builtin_bswap16(v) : v;
	memcpy(file + end, &v, 2);
	end += 2;
}

static void by_hand(bool swap, uint8_t tsresol, uint32_t offset, uint64_t ts)
{
	end = 0;
	put32(0x0a0d0d0a, swap);
	put32(28, swap);
	put32(0x1a2b3c4d, swap);
	put32(1, false);
	put32(UINT32_MAX, swap);
	put32(UINT32_MAX, swap);
	put32(28, swap);
	put32(1, swap); /* interface */
	put32(40, swap);
	put16(1, swap);
	put16(0, swap);
	put32(0, swap);
	put16(9, swap);
	put16(1, swap);
	put32(0, false);
	file[end - 4] = tsresol;
	put16(14, swap);
	put16(8, swap);
	put32(swap ? 0 : offset, swap);
	put32(swap ? offset : 0, swap);
	put32(40, swap);
	put32(6, swap); /* frame */
	put32(36, swap);
	put32(0, swap);
	put32((uint32_t)(ts >> 32), swap);
	put32((uint32_t)ts, swap);
	put32(2, swap);
	put32(2, swap);
	put32(0x4242, swap);
	put32(36, swap);
}

static uint64_t time_of(bool swap, uint8_t tsresol, uint32_t offset, uint64_t ts)
{
	struct pcapng_reader r = fresh();
	struct pcapng_read_frame f;
	size_t at = 0;

	by_hand(swap, tsresol, offset, ts);
	assert_int_equal(next(&r, &at, &f), PCAPNG_OTHER);
	assert_int_equal(next(&r, &at, &f), PCAPNG_OTHER);
	assert_int_equal(next(&r, &at, &f), PCAPNG_FRAME);
	assert_int_equal(f.caplen, 2);
	return f.time_ns;
}

static void times_are_of_any_unit(void **state)
{
	for (int swap = 0; swap < 2; swap++) {
		assert_true(time_of(swap, 6, 0, 1500000) == 1500000000);
		assert_true(time_of(swap, 9, 0, 7) == 7);
		assert_true(time_of(swap, 0, 2, 3) == UINT64_C(5000000000));
		assert_true(time_of(swap, 12, 0, 7999) == 7);
		assert_true(time_of(swap, 0x80 | 10, 0, 1536) == 1500000000);
		assert_true(time_of(swap, 3, 1, 1) == 1001000000);
		assert_true(time_of(swap, 0, 0, UINT64_MAX) == UINT64_MAX); /* as much as fits */
		assert_true(time_of(swap, 0x7f, 0, UINT64_MAX) == 0);
		assert_true(time_of(swap, 0xff, 0, UINT64_MAX) == 0);
	}
}

/* ---- what cannot be ---- */

static void a_block_has_a_length_that_can_be(void **state)
{
	static const uint32_t wrong[] = {0,	     4,		8, 11, 13, 14, 15, 1u << 20 | 4,
					 UINT32_MAX, 0x80000000};
	struct pcapng_reader r = fresh();
	struct pcapng_read_frame f;
	size_t at = 0;

	begin();
	interface("h1");
	assert_int_equal(pcapng_block_len(&r, file + 28), 0); /* there was no section yet */
	assert_int_equal(next(&r, &at, &f), PCAPNG_OTHER);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		memcpy(file + at + 4, &wrong[i], 4);
		assert_int_equal(pcapng_block_len(&r, file + at), 0);
	}
	file[8] ^= 1; /* the magic of byte order */
	assert_int_equal(pcapng_block_len(&r, file), 0);
	assert_false(pcapng_is(file + 1, 4));
	assert_false(pcapng_is(file, 3));
}

static void a_name_is_fit_to_be_shown(void **state)
{
	struct pcapng_reader r = fresh();
	struct pcapng_read_frame f;
	size_t at = 0;
	char name[200];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	name[1] = '\033';
	name[2] = (char)0xff;
	begin();
	interface(name);
	assert_int_equal(next(&r, &at, &f), PCAPNG_OTHER);
	assert_int_equal(next(&r, &at, &f), PCAPNG_OTHER);
	assert_int_equal(strlen(in[0].name), PCAPNG_NAME_SIZE - 1);
	assert_memory_equal(in[0].name, "x??x", 4);
}

static void lengths_that_lie_are_refused(void **state)
{
	struct pcapng_reader r;
	struct pcapng_read_frame f;
	size_t at;

	/* offsets of caplen, of the interface and of the length at the end */
	static const struct {
		size_t off;
		uint32_t value;
	} lies[] = {{68 + 20, 5}, {68 + 20, UINT32_MAX}, {68 + 8, 1}, {68 + 32, 40}, {28 + 36, 44}};

	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		enum pcapng_what what = PCAPNG_OTHER;

		by_hand(false, 6, 0, 1);
		memcpy(file + lies[i].off, &lies[i].value, 4);
		r = fresh();
		for (at = 0; at < end && what == PCAPNG_OTHER;)
			what = next(&r, &at, &f);
		assert_int_equal(what, PCAPNG_BAD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(a_section_begins_anew),
		cmocka_unit_test(times_are_of_any_unit),
		cmocka_unit_test(a_block_has_a_length_that_can_be),
		cmocka_unit_test(a_name_is_fit_to_be_shown),
		cmocka_unit_test(lengths_that_lie_are_refused),
	};

	return cmocka_run_group_tests_name("pcapng_read", tests, NULL, NULL);
}
