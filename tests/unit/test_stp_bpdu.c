/* SPDX-License-Identifier: ISC */
/* Bridge protocol data units, byte by byte, and what is none. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/stp_bpdu.h"

/* A root port's neighbour says: root 1000.02:00:00:00:00:01 at 20000, I am 8000.02:00:00:00:00:02 port 8003. */
static const uint8_t rst_bytes[STP_FRAME_SIZE] = {
	0x01, 0x80, 0xc2, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02, /* addresses */
	0x00, 0x27, 0x42, 0x42, 0x03,						/* 39 bytes, LLC */
	0x00, 0x00, 0x02, 0x02, 0x3e,						/* RST, flags */
	0x10, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,				/* root */
	0x00, 0x00, 0x4e, 0x20,							/* cost */
	0x80, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02,				/* bridge */
	0x80, 0x03,								/* port */
	0x01, 0x00, 0x14, 0x00, 0x02, 0x00, 0x0f, 0x00,				/* times */
	0x00, /* version 1 length */
};

static const struct stp_bpdu rst = {
	.type = STP_BPDU_RST,
	.src = UINT64_C(0x020000000002),
	.proposal = true,
	.learning = true,
	.forwarding = true,
	.role = STP_BPDU_DESIGNATED,
	.vec = {UINT64_C(0x1000020000000001), 20000, UINT64_C(0x8000020000000002), 0x8003},
	.times = {.message_age = 256, .max_age = 5120, .hello_time = 512, .forward_delay = 3840},
};

enum { LENGTH = 13, LLC = 14, PROTOCOL = 17, VERSION = 19, TYPE = 20, FLAGS = 21 };

static void assert_same(const struct stp_bpdu *a, const struct stp_bpdu *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->src, b->src);
	assert_int_equal(a->role, b->role);
	assert_true(a->tc == b->tc && a->tc_ack == b->tc_ack);
	assert_true(a->proposal == b->proposal && a->agreement == b->agreement);
	assert_true(a->learning == b->learning && a->forwarding == b->forwarding);
	assert_int_equal(a->vec.root, b->vec.root);
	assert_int_equal(a->vec.cost, b->vec.cost);
	assert_int_equal(a->vec.bridge, b->vec.bridge);
	assert_int_equal(a->vec.port, b->vec.port);
	assert_int_equal(a->times.message_age, b->times.message_age);
	assert_int_equal(a->times.max_age, b->times.max_age);
	assert_int_equal(a->times.hello_time, b->times.hello_time);
	assert_int_equal(a->times.forward_delay, b->times.forward_delay);
}

/* From memory of the exact size, so that a read beyond it is seen. */
static enum drop parse(const uint8_t *bytes, size_t len, struct stp_bpdu *b)
{
	uint8_t *copy = malloc(len ? len : 1);
	enum drop d;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	d = stp_bpdu_parse(copy, len, b);
	free(copy);
	return d;
}

/* The RST BPDU with one byte another. */
static enum drop parse_with(size_t at, uint8_t value, struct stp_bpdu *b)
{
	uint8_t bytes[STP_FRAME_SIZE];

	memcpy(bytes, rst_bytes, sizeof(bytes));
	bytes[at] = value;
	return parse(bytes, sizeof(bytes), b);
}

static void an_rst_bpdu_is_as_in_the_standard(void **state)
{
	uint8_t bytes[STP_FRAME_SIZE];
	struct stp_bpdu b;

	stp_bpdu_make(&rst, bytes);
	assert_memory_equal(bytes, rst_bytes, sizeof(bytes));
	assert_int_equal(parse(bytes, sizeof(bytes), &b), DROP_NONE);
	assert_same(&b, &rst);
}

static void a_config_bpdu_has_35_bytes_and_two_flags(void **state)
{
	static const uint8_t head[] = {0x00, 0x26, 0x42, 0x42, 0x03, 0x00, 0x00, 0x00, 0x00, 0x81};
	struct stp_bpdu c = rst, b;
	uint8_t bytes[STP_FRAME_SIZE];

	c.type = STP_BPDU_CONFIG;
	c.tc = c.tc_ack = true;
	stp_bpdu_make(&c, bytes);
	assert_memory_equal(bytes, rst_bytes, 12);
	assert_memory_equal(bytes + 12, head, sizeof(head));
	assert_memory_equal(bytes + 22, rst_bytes + 22, sizeof(bytes) - 22);

	assert_int_equal(parse(bytes, sizeof(bytes), &b), DROP_NONE);
	c.proposal = c.learning = c.forwarding = false; /* are not in it */
	assert_same(&b, &c);
}

static void a_tcn_bpdu_is_four_bytes(void **state)
{
	static const uint8_t rest[] = {0x00, 0x07, 0x42, 0x42, 0x03, 0x00, 0x00, 0x00, 0x80};
	static const uint8_t nothing[STP_FRAME_SIZE];
	struct stp_bpdu t = rst, b;
	uint8_t bytes[STP_FRAME_SIZE];

	t.type = STP_BPDU_TCN;
	stp_bpdu_make(&t, bytes);
	assert_memory_equal(bytes + 12, rest, sizeof(rest));
	assert_memory_equal(bytes + 21, nothing, sizeof(bytes) - 21);
	assert_int_equal(parse(bytes, 21, &b), DROP_NONE);
	assert_int_equal(b.type, STP_BPDU_TCN);
	assert_int_equal(b.src, rst.src);
}

static void each_flag_has_its_bit(void **state)
{
	static const struct {
		uint8_t bit;
		size_t member;
	} flags[] = {
		{0x01, offsetof(struct stp_bpdu, tc)},
		{0x02, offsetof(struct stp_bpdu, proposal)},
		{0x10, offsetof(struct stp_bpdu, learning)},
		{0x20, offsetof(struct stp_bpdu, forwarding)},
		{0x40, offsetof(struct stp_bpdu, agreement)},
	};
	uint8_t bytes[STP_FRAME_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		struct stp_bpdu b = {.type = STP_BPDU_RST}, again;

		*((bool *)((char *)&b + flags[i].member)) = true;
		stp_bpdu_make(&b, bytes);
		assert_int_equal(bytes[FLAGS], flags[i].bit);
		assert_int_equal(parse(bytes, sizeof(bytes), &again), DROP_NONE);
		assert_same(&again, &b);
	}
	for (unsigned role = 0; role < 4; role++) {
		struct stp_bpdu b;

		assert_int_equal(parse_with(FLAGS, (uint8_t)(role << 2), &b), DROP_NONE);
		assert_int_equal(b.role, role);
		stp_bpdu_make(&b, bytes);
		assert_int_equal(bytes[FLAGS], role << 2);
	}
}

/* The acknowledgement is of STP alone. */
static void an_rst_bpdu_acknowledges_nothing(void **state)
{
	struct stp_bpdu b;

	assert_int_equal(parse_with(FLAGS, 0x80, &b), DROP_NONE);
	assert_false(b.tc_ack);
}

static void what_is_no_bpdu_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
		{0, 0x03},    /* another group */
		{5, 0x0e},    /* LLDP's address */
		{12, 0x88},   /* an EtherType */
		{LENGTH, 47}, /* longer than the frame */
		{LENGTH, 38}, /* too short for RST */
		{LENGTH, 6},  /* for anything */
		{LENGTH, 0},   {LLC, 0xaa},	  {LLC + 1, 0xaa}, {LLC + 2, 0x13},
		{PROTOCOL, 1}, {PROTOCOL + 1, 1}, {VERSION, 0},	   {VERSION, 1},
		{TYPE, 1},     {TYPE, 3},	  {TYPE, 0x81},	   {TYPE, 0xff},
	};
	struct stp_bpdu b;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_with(bad[i].at, bad[i].value, &b), DROP_BAD_BPDU);
	for (size_t len = 0; len < 53; len++)
		assert_int_equal(parse(rst_bytes, len, &b), DROP_BAD_BPDU);
	assert_int_equal(parse(rst_bytes, 53, &b), DROP_NONE);
}

static void what_a_newer_version_adds_is_let_be(void **state)
{
	uint8_t bytes[150] = {0};
	struct stp_bpdu b;

	memcpy(bytes, rst_bytes, sizeof(rst_bytes));
	memset(bytes + 53, 0xee, sizeof(bytes) - 53);
	for (unsigned version = 2; version < 256; version++) {
		bytes[VERSION] = (uint8_t)version;
		bytes[LENGTH] = 39;
		assert_int_equal(parse(bytes, sizeof(bytes), &b), DROP_NONE);
		assert_same(&b, &rst);
		bytes[LENGTH] = 136;
		assert_int_equal(parse(bytes, sizeof(bytes), &b), DROP_NONE);
		assert_same(&b, &rst);
	}
	for (unsigned version = 0; version < 256; version++) { /* is not asked of the old types */
		bytes[VERSION] = (uint8_t)version;
		bytes[TYPE] = STP_BPDU_CONFIG;
		assert_int_equal(parse(bytes, sizeof(bytes), &b), DROP_NONE);
		bytes[TYPE] = STP_BPDU_TCN;
		assert_int_equal(parse(bytes, sizeof(bytes), &b), DROP_NONE);
	}
}

static void a_config_bpdu_may_be_too_old(void **state)
{
	struct stp_bpdu c = rst, b;
	uint8_t bytes[STP_FRAME_SIZE];

	c.type = STP_BPDU_CONFIG;
	c.times.max_age = 20 * 256;
	for (unsigned age = 20 * 256 - 2; age < 20 * 256 + 2; age++) {
		c.times.message_age = (uint16_t)age;
		c.type = STP_BPDU_CONFIG;
		stp_bpdu_make(&c, bytes);
		assert_int_equal(parse(bytes, sizeof(bytes), &b),
				 age >= 20 * 256 ? DROP_BPDU_OLD : DROP_NONE);
		assert_int_equal(b.vec.bridge,
				 c.vec.bridge); /* who sent it is known all the same */
		c.type = STP_BPDU_RST;
		stp_bpdu_make(&c, bytes);
		assert_int_equal(parse(bytes, sizeof(bytes), &b), DROP_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_rst_bpdu_is_as_in_the_standard),
		cmocka_unit_test(a_config_bpdu_has_35_bytes_and_two_flags),
		cmocka_unit_test(a_tcn_bpdu_is_four_bytes),
		cmocka_unit_test(each_flag_has_its_bit),
		cmocka_unit_test(an_rst_bpdu_acknowledges_nothing),
		cmocka_unit_test(what_is_no_bpdu_is_refused),
		cmocka_unit_test(what_a_newer_version_adds_is_let_be),
		cmocka_unit_test(a_config_bpdu_may_be_too_old),
	};

	return cmocka_run_group_tests_name("stp_bpdu", tests, NULL, NULL);
}
