/* SPDX-License-Identifier: ISC */
/* The internet checksum beside its simplest form, at every length, alignment and edge. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/csum.h"
#include "packet.h"

/* RFC 1071 section 3. */
static void the_example_of_the_rfc(void **state)
{
	static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

	assert_int_equal(csum_fold(csum_add(0, bytes, sizeof(bytes))), 0xddf2);
	assert_int_equal(csum_finish(csum_add(0, bytes, sizeof(bytes))), 0x220d);
}

/* An IPv4 header off a wire: the checksum at its bytes 10 and 11 is its sender's. */
static void a_header_that_is_right(void **state)
{
	uint8_t ip[] = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
			0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};

	assert_int_equal(csum_fold(csum_add(0, ip, sizeof(ip))), 0xffff);
	ip[10] = ip[11] = 0;
	assert_int_equal(csum_finish(csum_add(0, ip, sizeof(ip))), 0xb861);
}

static void fill(uint8_t *p, size_t len, unsigned kind)
{
	for (size_t i = 0; i < len; i++)
		p[i] = kind == 0 ? 0 : kind == 1 ? 0xff : (uint8_t)(i * 197 + (i >> 7) + 31);
}

/* In memory of the exact size, so that a byte too much is seen. */
static void every_length_and_alignment(void **state)
{
	for (unsigned kind = 0; kind < 3; kind++)
		for (size_t at = 0; at < 9; at++)
			for (size_t len = 0; len < 200; len++) {
				uint8_t *bytes = malloc(at + len + 1);
				uint16_t sum;

				fill(bytes + at, len, kind);
				bytes = realloc(bytes, at + len ? at + len : 1);
				sum = packet_sum(bytes + at, len, 0);
				assert_int_equal(csum_fold(csum_add(0, bytes + at, len)), sum);
				free(bytes);
			}
}

static void the_longest(void **state)
{
	uint8_t *bytes = malloc(65536);

	for (unsigned kind = 0; kind < 3; kind++) {
		fill(bytes, 65536, kind);
		assert_int_equal(csum_fold(csum_add(0, bytes, 65536)), packet_sum(bytes, 65536, 0));
		assert_int_equal(csum_fold(csum_add(0, bytes, 65535)), packet_sum(bytes, 65535, 0));
	}
	free(bytes);
}

/* Nothing is lost where carries run through a whole accumulator. */
static void carries(void **state)
{
	uint8_t bytes[64 * 3];

	for (size_t at = 0; at < sizeof(bytes); at++) {
		memset(bytes, 0xff, sizeof(bytes));
		bytes[at] = 0;
		assert_int_equal(csum_fold(csum_add(0, bytes, sizeof(bytes))),
				 packet_sum(bytes, sizeof(bytes), 0));
	}
}

static void parts_add_up(void **state)
{
	uint8_t bytes[301];
	uint16_t whole;

	fill(bytes, sizeof(bytes), 2);
	whole = packet_sum(bytes, sizeof(bytes), 0);
	for (size_t cut = 0; cut <= sizeof(bytes); cut += 2) {
		uint64_t front = csum_add(0, bytes, cut);

		assert_int_equal(csum_fold(csum_add(front, bytes + cut, sizeof(bytes) - cut)),
				 whole);
		assert_int_equal(csum_fold(front + csum_add(0, bytes + cut, sizeof(bytes) - cut)),
				 whole);
	}
}

static void folds_to_the_last_carry(void **state)
{
	static const uint64_t sum[] = {0,
				       1,
				       0xfffe,
				       0xffff,
				       0x10000,
				       0x1fffe,
				       0x1ffff,
				       0xffffffff,
				       0x100000000,
				       0xffff0000ffff,
				       ~0ull,
				       ~0ull - 1,
				       1ull << 63,
				       0x1ffffffff,
				       0xfffffffeffffffff,
				       0xffff0001fffeffff,
				       ~0xffffull};

	for (size_t i = 0; i < ARRAY_SIZE(sum); i++) {
		uint64_t left = sum[i] % 0xffff;
		uint16_t want = (uint16_t)(sum[i] && !left ? 0xffff : left);

		assert_int_equal(csum_fold(sum[i]), be16toh(want));
	}
	assert_int_equal(csum_finish(0), 0xffff);
	assert_int_equal(csum_finish(~0ull), 0);
}

static void numbers_count_as_on_the_wire(void **state)
{
	static const uint8_t bytes[] = {0x12, 0x34, 0x00, 0x01, 0xff, 0xfe};
	uint64_t sum = csum_add(0, bytes, sizeof(bytes));

	assert_int_equal(csum_fold(csum_u16(0x1234)), 0x1234);
	assert_int_equal(csum_fold(csum_u16(0x1234) + csum_u32(0x0001fffe)), csum_fold(sum));
	assert_int_equal(csum_fold(sum + csum_minus_u16(0x1234)),
			 csum_fold(csum_add(0, bytes + 2, 4)));
	assert_int_equal(csum_fold(sum + csum_minus_u32(0x12340001)),
			 csum_fold(csum_add(0, bytes + 4, 2)));
	assert_int_equal(csum_fold(csum_u32(7) + csum_minus_u32(7)), 0xffff);
}

/* Incremental update with numbers at the edges: RFC 1624 is about the mistakes to be made here. */
static void a_field_replaced(void **state)
{
	static const uint16_t edge[] = {0, 1, 0x00ff, 0x0100, 0x7fff, 0x8000, 0xfffe, 0xffff};
	uint8_t bytes[6] = {0x45, 0, 0, 0, 0x01, 0x23};

	for (size_t i = 0; i < ARRAY_SIZE(edge); i++)
		for (size_t k = 0; k < ARRAY_SIZE(edge); k++) {
			uint64_t sum;

			packet_put16(bytes + 2, edge[i]);
			sum = csum_add(0, bytes, sizeof(bytes)) + csum_minus_u16(edge[i]) +
			      csum_u16(edge[k]);
			packet_put16(bytes + 2, edge[k]);
			assert_int_equal(csum_fold(sum), packet_sum(bytes, sizeof(bytes), 0));
		}
}

static void zero_of_udp(void **state)
{
	assert_int_equal(csum_finish(csum_u16(0xffff)), 0);
	assert_int_equal(csum_finish_udp(csum_u16(0xffff)), 0xffff);
	assert_int_equal(csum_finish_udp(csum_u16(0x1234)), 0xedcb);
}

static void pseudo_headers(void **state)
{
	static const uint8_t v6[] = {
		0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, /* from */
		0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, /* to */
		0,    1, 0, 2, 0, 0, 0, 6};			      /* length, next header */
	static const uint8_t v4[] = {10, 0, 0, 1, 10, 0, 0, 2, 0, 17, 0xff, 0xeb};
	uint8_t ip[40] = {0x45};

	memcpy(ip + 12, v4, 8);
	assert_int_equal(csum_fold(csum_pseudo4(ip, 17, 0xffeb)), packet_sum(v4, sizeof(v4), 0));
	memcpy(ip + 8, v6, 32);
	assert_int_equal(csum_fold(csum_pseudo6(ip, 6, 0x10002)), packet_sum(v6, sizeof(v6), 0));
}

static void is_written_in_network_order(void **state)
{
	uint8_t field[3] = {9, 9, 9};

	csum_put(field, 0xabcd);
	assert_int_equal(field[0], 0xab);
	assert_int_equal(field[1], 0xcd);
	assert_int_equal(field[2], 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_rfc),
		cmocka_unit_test(a_header_that_is_right),
		cmocka_unit_test(every_length_and_alignment),
		cmocka_unit_test(the_longest),
		cmocka_unit_test(carries),
		cmocka_unit_test(parts_add_up),
		cmocka_unit_test(folds_to_the_last_carry),
		cmocka_unit_test(numbers_count_as_on_the_wire),
		cmocka_unit_test(a_field_replaced),
		cmocka_unit_test(zero_of_udp),
		cmocka_unit_test(pseudo_headers),
		cmocka_unit_test(is_written_in_network_order),
	};

	return cmocka_run_group_tests_name("csum", tests, NULL, NULL);
}
