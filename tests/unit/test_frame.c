/* SPDX-License-Identifier: ISC */
/* Reading Ethernet headers and tags. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "lab.h"
#include "util/mac.h"

/* Parses exactly these bytes, in memory of exactly that size, so that a read beyond them is seen.
 */
static enum drop parse(struct frame *f, const void *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	enum drop d;

	if (len)
		memcpy(copy, bytes, len);
	*f = (struct frame){.data = copy, .len = len};
	d = frame_parse(f);
	free(copy);
	f->data = NULL;
	return d;
}

/* A frame of len bytes whose header holds, from the EtherType on, these 16-bit words. */
static enum drop parse_words(struct frame *f, size_t len, const uint16_t *words, size_t n)
{
	uint8_t buf[128];

	lab_frame(buf, STATION(1), STATION(2), words[0], sizeof(buf));
	for (size_t i = 1; i < n; i++) {
		buf[12 + 2 * i] = (uint8_t)(words[i] >> 8);
		buf[13 + 2 * i] = (uint8_t)words[i];
	}
	return parse(f, buf, len);
}

#define PARSE(f, len, ...)                                       \
	parse_words((f), (len), (const uint16_t[]){__VA_ARGS__}, \
		    sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t))

static void untagged(void **state)
{
	struct frame f;

	assert_int_equal(PARSE(&f, 60, ETHERTYPE_IPV4), DROP_NONE);
	assert_int_equal(f.dst, STATION(1));
	assert_int_equal(f.src, STATION(2));
	assert_int_equal(f.vid, 0);
	assert_int_equal(f.tags, 0);
	assert_int_equal(f.ethertype, ETHERTYPE_IPV4);
	assert_int_equal(f.l3, 14);
	assert_int_equal(f.payload, 46);
	assert_false(f.super);
}

static void runts(void **state)
{
	uint8_t buf[14] = {0};
	struct frame f;

	for (size_t len = 0; len < sizeof(buf); len++)
		assert_int_equal(parse(&f, buf, len), DROP_RUNT);
	assert_int_equal(parse(&f, buf, sizeof(buf)), DROP_NONE);
	assert_int_equal(f.payload, 0);
}

static void customer_tag(void **state)
{
	struct frame f;

	assert_int_equal(PARSE(&f, 64, ETHERTYPE_CTAG, 0xe00a, ETHERTYPE_IPV6), DROP_NONE);
	assert_int_equal(f.vid, 10); /* not the priority bits above it */
	assert_int_equal(f.tags, 1);
	assert_int_equal(f.ethertype, ETHERTYPE_IPV6);
	assert_int_equal(f.l3, 18);
	assert_int_equal(f.payload, 46); /* tags are not payload */
	assert_int_equal(PARSE(&f, 64, ETHERTYPE_CTAG, 0x1fff, 0x0806), DROP_NONE);
	assert_int_equal(f.vid, 4095);
	assert_int_equal(PARSE(&f, 64, ETHERTYPE_CTAG, 0xe000, 0x0806), DROP_NONE);
	assert_int_equal(f.vid, 0); /* priority tag */
}

static void service_tag_is_not_ours(void **state)
{
	struct frame f;

	assert_int_equal(PARSE(&f, 64, ETHERTYPE_STAG, 100, ETHERTYPE_IPV4), DROP_NONE);
	assert_int_equal(f.vid, 0);
	assert_int_equal(f.tags, 1);
	assert_int_equal(f.l3, 18);
	assert_int_equal(PARSE(&f, 64, ETHERTYPE_STAG, 100, ETHERTYPE_CTAG, 10, ETHERTYPE_IPV4),
			 DROP_NONE);
	assert_int_equal(f.vid, 0); /* the C-tag belongs to whoever is behind the S-tag */
	assert_int_equal(f.tags, 2);
	assert_int_equal(f.l3, 22);
	assert_int_equal(f.ethertype, ETHERTYPE_IPV4);
}

static void two_customer_tags(void **state)
{
	struct frame f;

	assert_int_equal(PARSE(&f, 68, ETHERTYPE_CTAG, 7, ETHERTYPE_CTAG, 8, ETHERTYPE_IPV4),
			 DROP_NONE);
	assert_int_equal(f.vid, 7);
	assert_int_equal(f.tags, 2);
	assert_int_equal(f.payload, 46);
}

static void a_third_tag_is_payload(void **state)
{
	struct frame f;

	assert_int_equal(PARSE(&f, 72, ETHERTYPE_CTAG, 7, ETHERTYPE_CTAG, 8, ETHERTYPE_CTAG, 9,
			       ETHERTYPE_IPV4),
			 DROP_NONE);
	assert_int_equal(f.tags, 2);
	assert_int_equal(f.ethertype, ETHERTYPE_CTAG);
	assert_int_equal(f.l3, 22);
	assert_int_equal(f.payload, 50);
}

static void truncated_tags(void **state)
{
	struct frame f;

	for (size_t len = 14; len < 18; len++) {
		assert_int_equal(PARSE(&f, len, ETHERTYPE_CTAG, 7, ETHERTYPE_IPV4),
				 DROP_TRUNCATED_TAG);
		assert_int_equal(PARSE(&f, len, ETHERTYPE_STAG, 7, ETHERTYPE_IPV4),
				 DROP_TRUNCATED_TAG);
	}
	for (size_t len = 18; len < 22; len++)
		assert_int_equal(PARSE(&f, len, ETHERTYPE_STAG, 7, ETHERTYPE_CTAG, 8, 0x0806),
				 DROP_TRUNCATED_TAG);
	assert_int_equal(PARSE(&f, 18, ETHERTYPE_CTAG, 7, ETHERTYPE_IPV4), DROP_NONE);
	assert_int_equal(f.payload, 0);
	assert_int_equal(PARSE(&f, 22, ETHERTYPE_STAG, 7, ETHERTYPE_CTAG, 8, 0x0806), DROP_NONE);
	assert_int_equal(f.payload, 0);
}

/* A header cut short still says to whom it was, for the counters. */
static void truncated_tag_keeps_the_addresses(void **state)
{
	struct frame f;

	assert_int_equal(PARSE(&f, 15, ETHERTYPE_CTAG, 7), DROP_TRUNCATED_TAG);
	assert_int_equal(f.dst, STATION(1));
	assert_int_equal(f.src, STATION(2));
	assert_false(f.super);
}

static void lengths_and_other_types(void **state)
{
	struct frame f;

	/* an 802.3 length field, LLC behind it: a BPDU */
	assert_int_equal(PARSE(&f, 60, 38, 0x4242, 0x0300), DROP_NONE);
	assert_int_equal(f.ethertype, 38);
	assert_int_equal(f.l3, 14);
	assert_int_equal(PARSE(&f, 60, 0x9100, 5, 0x0800), DROP_NONE); /* not a tag of ours */
	assert_int_equal(f.tags, 0);
	assert_int_equal(f.ethertype, 0x9100);
}

static void the_largest_and_one_more(void **state)
{
	uint8_t *buf = malloc(FRAME_MAX + 1);
	struct frame f;

	lab_frame(buf, STATION(1), STATION(2), ETHERTYPE_IPV4, FRAME_MAX + 1);
	assert_int_equal(parse(&f, buf, FRAME_MAX), DROP_NONE);
	assert_int_equal(f.payload, FRAME_MAX - 14);
	assert_int_equal(parse(&f, buf, FRAME_MAX + 1), DROP_OVERSIZE);
	assert_int_equal(f.dst, STATION(1));
	free(buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(untagged),
		cmocka_unit_test(runts),
		cmocka_unit_test(customer_tag),
		cmocka_unit_test(service_tag_is_not_ours),
		cmocka_unit_test(two_customer_tags),
		cmocka_unit_test(a_third_tag_is_payload),
		cmocka_unit_test(truncated_tags),
		cmocka_unit_test(truncated_tag_keeps_the_addresses),
		cmocka_unit_test(lengths_and_other_types),
		cmocka_unit_test(the_largest_and_one_more),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
