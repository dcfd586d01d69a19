/* SPDX-License-Identifier: ISC */
/* IGMP, and PIM and router discovery over IPv4: bytes of the RFCs, and bytes that are none. */
#include "unit.h"

#include <string.h>

#include "core/igmp.h"
#include "groups.h"
#include "packet.h"

static struct gpacket p;
static struct frame f;
static struct mcast_msg m;

static enum drop parse(void)
{
	return gp_parse(&p, &f, &m);
}

static void first_record(struct mcast_record *rec)
{
	struct mcast_walk w = mcast_walk(&m);

	assert_true(mcast_next(&m, &w, rec));
}

/* ---- what is right ---- */

/* A general query of version 3, as a router on the wire sends it; not made by our test helpers. */
static void a_query_byte_for_byte(void **state)
{
	static const uint8_t bytes[] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00,
					0x00, 0x07, 0x08, 0x00, 0x46, 0xc0, 0x00, 0x24, 0x00, 0x00,
					0x00, 0x00, 0x01, 0x02, 0x3a, 0x12, 0x0a, 0x00, 0x00, 0x01,
					0xe0, 0x00, 0x00, 0x01, 0x94, 0x04, 0x00, 0x00, 0x11, 0x64,
					0xec, 0x1e, 0x00, 0x00, 0x00, 0x00, 0x02, 0x7d, 0x00, 0x00,
					0,    0,    0,	  0,	0,    0,    0,	  0,	0,    0};
	struct mcast_query q = {
		.mac = STATION(7),
		.src = addr("10.0.0.1"),
		.group = ip4(0),
		.version = 3,
		.max_resp_ms = 10000,
		.qqi_s = 125,
		.qrv = 2,
	};
	uint8_t out[MCAST_QUERY_SIZE];

	memcpy(p.data, bytes, sizeof(bytes));
	p.len = sizeof(bytes);
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.kind == MCAST_QUERY && m.version == 3 && !m.v6 && !m.suppress);
	assert_true(ip_is_unspecified(m.group) && ip_equal(m.src, addr("10.0.0.1")));
	assert_true(m.max_resp_ms == 10000 && m.qrv == 2 && m.qqi_s == 125 && m.n_sources == 0);
	memset(out, 0xff, sizeof(out));
	assert_int_equal(igmp_query(out, &q), sizeof(bytes));
	assert_memory_equal(out, bytes, sizeof(bytes));
}

static void old_messages_are_records(void **state)
{
	struct mcast_walk w;
	struct mcast_record rec;

	for (unsigned version = 1; version <= 2; version++) {
		gp_report(&p, "239.1.2.3", version);
		assert_int_equal(parse(), DROP_NONE);
		assert_true(m.kind == MCAST_REPORT && m.version == version);
		w = mcast_walk(&m);
		assert_true(mcast_next(&m, &w, &rec) && !mcast_next(&m, &w, &rec));
		assert_true(rec.type == MCAST_IS_EX && rec.n_sources == 0);
		assert_true(ip_equal(rec.group, addr("239.1.2.3")));
	}
	gp_leave(&p, "239.1.2.3");
	assert_int_equal(parse(), DROP_NONE);
	assert_int_equal(m.kind, MCAST_LEAVE);
	first_record(&rec);
	assert_true(rec.type == MCAST_TO_IN && rec.n_sources == 0);
}

static void a_report_has_records_with_sources(void **state)
{
	struct mcast_walk w;
	struct mcast_record rec;

	gp_records(&p, MCAST_BLOCK, "239.1.2.3", 3, "10.0.0.7 10.0.0.8");
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.kind == MCAST_REPORT && m.version == 3 && m.n_records == 3);
	w = mcast_walk(&m);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(mcast_next(&m, &w, &rec));
		assert_true(rec.type == MCAST_BLOCK && rec.n_sources == 2);
		assert_true(ip_equal(rec.group, ip4(0xef010203 + i)));
		assert_true(ip_equal(mcast_source(rec.sources, false, 1), addr("10.0.0.8")));
	}
	assert_false(mcast_next(&m, &w, &rec));
}

static void auxiliary_data_is_stepped_over(void **state)
{
	static const uint8_t msg[] = {0x22, 0, 0, 0, 0, 0, 0, 2, 2, 1, 0,   0, 239, 1,
				      1,    1, 9, 9, 9, 9, 4, 0, 0, 0, 239, 1, 1,   2};
	struct mcast_walk w;
	struct mcast_record rec;

	gp_igmp(&p, "0.0.0.0", "224.0.0.22", msg, sizeof(msg));
	assert_int_equal(parse(), DROP_NONE); /* RFC 3376 clause 4.2.13: who has no address yet */
	w = mcast_walk(&m);
	assert_true(mcast_next(&m, &w, &rec) && mcast_next(&m, &w, &rec));
	assert_true(rec.type == MCAST_TO_EX && ip_equal(rec.group, addr("239.1.1.2")));
}

static void the_version_of_a_query_is_its_length(void **state)
{
	gp_query_old(&p, "10.0.0.1", NULL, 1, 10000);
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.version == 1 && m.max_resp_ms == 10000 && !m.qrv && !m.qqi_s);
	gp_query_old(&p, "10.0.0.1", "239.1.1.1", 2, 1000);
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.version == 2 && m.max_resp_ms == 1000);
	assert_true(ip_equal(m.group, addr("239.1.1.1")));
	gp_query(&p, "10.0.0.1", "239.1.1.1", 500, "10.0.0.7");
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.version == 3 && m.n_sources == 1 && m.max_resp_ms == 500);
	gp_query_suppress(&p);
	assert_true(parse() == DROP_NONE && m.suppress);
	for (p.l4_len = 9; p.l4_len < 12; p.l4_len++) { /* RFC 3376 clause 7.1: none of them */
		gp_finish(&p);
		assert_int_equal(parse(), DROP_BAD_IGMP);
	}
}

static void times_are_coded(void **state)
{
	static const struct {
		uint8_t code;
		uint32_t value;
	} v[] = {{0, 0},      {1, 1},	   {0x7f, 127},	  {0x80, 128},
		 {0x8f, 248}, {0x90, 256}, {0xff, 31744}, {0xa5, (5 | 16) << 5}};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		assert_int_equal(mcast_code8(v[i].code), v[i].value);
		assert_int_equal(mcast_to_code8(v[i].value), v[i].code);
	}
	assert_int_equal(mcast_to_code8(UINT32_MAX), 0xff);
	for (uint32_t t = 0, last = 0; t < 31744; t++) { /* down to what can be said, in order */
		uint32_t back = mcast_code8(mcast_to_code8(t));

		assert_true(back <= t && back >= last && t - back <= t / 16);
		last = back;
	}
}

static void router_alert_is_not_asked_for(void **state)
{
	gp_report(&p, "239.1.1.1", 2);
	memmove(p.data + p.ip + 20, p.data + p.ip + 24, 36);
	p.data[p.ip] = 0x45;
	p.l4 -= 4;
	gp_finish(&p);
	assert_int_equal(parse(), DROP_NONE);
	assert_int_equal(m.kind, MCAST_REPORT);
}

static void a_tag_does_not_matter(void **state)
{
	gp_report(&p, "239.1.1.1", 2);
	memmove(p.data + 16, p.data + 12, p.len - 12);
	packet_put16(p.data + 12, 0x8100);
	packet_put16(p.data + 14, 0x2005);
	p.len += 4;
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.kind == MCAST_REPORT && f.vid == 5);
}

static void others_are_left_alone(void **state)
{
	static const uint8_t dvmrp[] = {0x13, 1, 0, 0, 0, 0, 0, 0};

	gp_igmp(&p, "10.0.0.1", "224.0.0.4", dvmrp, sizeof(dvmrp));
	p.data[p.ip + 8] = 64;
	gp_finish(&p);
	assert_int_equal(parse(), DROP_NONE);
	assert_int_equal(m.kind, MCAST_OTHER);
	gp_data(&p, "10.0.0.1", "239.1.1.1");
	assert_int_equal(parse(), DROP_NONE);
	assert_int_equal(m.kind, MCAST_NONE);
	gp_report(&p, "239.1.1.1", 2); /* to one station: its own affair */
	memcpy(p.data, "\2\0\0\0\0\1", 6);
	assert_int_equal(parse(), DROP_NONE);
	assert_int_equal(m.kind, MCAST_NONE);
}

/* ---- routers ---- */

static void a_hello_says_for_how_long(void **state)
{
	uint8_t hello[] = {0x20, 0, 0, 0, 0, 19, 0, 4, 0, 0, 0, 1, 0, 1, 0, 2, 0, 70};

	gp_pim(&p, "10.0.0.1", hello, sizeof(hello));
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.kind == MCAST_ROUTER && m.hold_s == 70);
	gp_pim(&p, "10.0.0.1", hello, 4);
	assert_true(parse() == DROP_NONE && m.hold_s == 105);
	hello[16] = hello[17] = 0xff;
	gp_pim(&p, "10.0.0.1", hello, sizeof(hello));
	assert_true(parse() == DROP_NONE && m.hold_s == MCAST_HOLD_FOREVER);
	for (size_t len = 5; len < sizeof(hello); len++) {
		gp_pim(&p, "10.0.0.1", hello, len);
		assert_int_equal(parse(), len == 12 ? DROP_NONE : DROP_BAD_PIM);
	}
	hello[15] = 1;
	gp_pim(&p, "10.0.0.1", hello, sizeof(hello));
	assert_int_equal(parse(), DROP_BAD_PIM);
	hello[0] = 0x23; /* join and prune: data */
	gp_pim(&p, "10.0.0.1", hello, sizeof(hello));
	assert_true(parse() == DROP_NONE && m.kind == MCAST_NONE);
}

static void routers_advertise_and_go(void **state)
{
	static const uint8_t here[] = {0x30, 20, 0, 0, 0, 125, 0, 2}, gone[] = {0x32, 0, 0, 0};

	gp_igmp(&p, "10.0.0.1", "224.0.0.106", here, sizeof(here));
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.kind == MCAST_ROUTER && m.hold_s == 60);
	gp_igmp(&p, "10.0.0.1", "224.0.0.106", gone, sizeof(gone));
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.kind == MCAST_ROUTER && m.hold_s == 0);
	gp_igmp(&p, "10.0.0.1", "224.0.0.106", here, 7);
	assert_int_equal(parse(), DROP_BAD_IGMP);
}

/* ---- what is wrong ---- */

static void any_flipped_bit_of_the_sums_is_seen(void **state)
{
	gp_record(&p, MCAST_IS_IN, "239.1.1.1", "10.0.0.7");
	for (size_t at = p.ip; at < p.l4 + p.l4_len; at++) {
		if (at == p.ip || at == p.ip + 9) /* not IPv4, or not IGMP */
			continue;
		p.data[at] ^= 4;
		assert_int_equal(parse(), DROP_BAD_IGMP);
		assert_int_equal(m.kind, MCAST_NONE);
		p.data[at] ^= 4;
	}
	assert_int_equal(parse(), DROP_NONE);
}

static void ip_has_to_be_right(void **state)
{
	static const struct {
		uint8_t at, value;
	} v[] = {{0, 0x44}, {0, 0x4f}, {2, 2},	 {3, 23},   {6, 0x20},
		 {7, 1},    {8, 2},    {8, 255}, {12, 224}, {16, 10}};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		gp_report(&p, "239.1.1.1", 2);
		p.data[p.ip + v[i].at] = v[i].value;
		gp_finish_ip(&p);
		assert_int_equal(parse(), DROP_BAD_IGMP);
	}
	gp_report(&p, "239.1.1.1", 2); /* "do not fragment" is no fragment */
	p.data[p.ip + 6] = 0x40;
	gp_finish_ip(&p);
	assert_int_equal(parse(), DROP_NONE);
}

static void a_message_that_is_cut_is_none(void **state)
{
	gp_records(&p, MCAST_IS_IN, "239.1.1.1", 3, "10.0.0.7");
	for (size_t len = p.l4_len - 1; len; len--) {
		p.l4_len = len;
		gp_finish(&p);
		assert_int_equal(parse(), DROP_BAD_IGMP);
	}
	gp_records(&p, MCAST_IS_IN, "239.1.1.1", 3, "10.0.0.7");
	for (size_t len = p.len - 1; len > p.ip + 20;
	     len--) { /* the frame is cut, the header not */
		p.len = len;
		assert_int_equal(parse(), DROP_BAD_IGMP);
	}
	for (size_t len = p.ip + 19; len >= 14; len--) { /* not even known what it is */
		p.len = len;
		assert_int_equal(parse(), DROP_NONE);
		assert_int_equal(m.kind, MCAST_NONE);
	}
}

static void spoil(size_t at, uint16_t value)
{
	gp_record(&p, MCAST_IS_IN, "239.1.1.1", "10.0.0.7");
	packet_put16(p.data + p.l4 + at, value);
	gp_finish(&p);
	assert_int_equal(parse(), DROP_BAD_IGMP);
}

static void records_have_to_fit(void **state)
{
	spoil(6, 2); /* records */
	spoil(6, 0xffff);
	spoil(10, 2); /* sources */
	spoil(10, 0xffff);
	spoil(8, 0x0101); /* auxiliary data */
	spoil(8, 0x01ff);
	spoil(12, 0x0a00); /* not a group */
	spoil(16, 0xe000); /* not a host */
	gp_record(&p, MCAST_IS_IN, "239.1.1.1", "0.0.0.0");
	assert_int_equal(parse(), DROP_BAD_IGMP);
	gp_report(&p, "239.1.1.1", 2);
	p.data[p.l4 + 4] = 10;
	gp_finish(&p);
	assert_int_equal(parse(), DROP_BAD_IGMP);
	gp_leave(&p, "10.1.1.1");
	assert_int_equal(parse(), DROP_BAD_IGMP);
}

static void queries_have_to_fit(void **state)
{
	gp_query(&p, "10.0.0.1", "239.1.1.1", 1000, "10.0.0.7 10.0.0.8");
	packet_put16(p.data + p.l4 + 10, 3);
	gp_finish(&p);
	assert_int_equal(parse(), DROP_BAD_IGMP);
	gp_query(&p, "10.0.0.1", NULL, 1000, "10.0.0.7"); /* sources of all groups */
	assert_int_equal(parse(), DROP_BAD_IGMP);
	gp_query(&p, "10.0.0.1", NULL, 1000, NULL); /* general, but not to all */
	ip4_store(p.data + p.ip + 16, addr("224.0.0.2"));
	gp_finish_ip(&p);
	assert_int_equal(parse(), DROP_BAD_IGMP);
	gp_query(&p, "10.0.0.1", "239.1.1.1", 1000, NULL);
	ip4_store(p.data + p.l4 + 4, addr("10.0.0.9"));
	gp_finish(&p);
	assert_int_equal(parse(), DROP_BAD_IGMP);
}

/* ---- building ---- */

static void what_is_built_is_read(void **state)
{
	struct ip_addr sources[MCAST_QUERY_SOURCES];
	struct mcast_query q = {
		.mac = STATION(7),
		.src = addr("0.0.0.0"),
		.group = addr("239.129.2.3"),
		.version = 3,
		.max_resp_ms = 1000,
		.qqi_s = 1000,
		.qrv = 7,
		.suppress = true,
		.sources = sources,
		.n_sources = MCAST_QUERY_SOURCES,
	};

	for (unsigned i = 0; i < MCAST_QUERY_SOURCES; i++)
		sources[i] = ip4(0x0a000001 + i);
	p.len = igmp_query(p.data, &q);
	assert_int_equal(parse(), DROP_NONE);
	assert_true(f.dst == UINT64_C(0x01005e010203) && f.src == STATION(7));
	assert_true(m.kind == MCAST_QUERY && m.version == 3 && m.suppress && m.qrv == 7);
	assert_true(m.qqi_s == 992 && m.max_resp_ms == 1000 && m.n_sources == MCAST_QUERY_SOURCES);
	assert_true(ip_equal(m.dst, q.group) && ip_equal(m.group, q.group));
	assert_true(ip_equal(mcast_source(m.sources, false, 63), sources[63]));

	q.version = 2;
	q.n_sources = 0;
	p.len = igmp_query(p.data, &q);
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.version == 2 && m.max_resp_ms == 1000 && p.len == 60);
	q.max_resp_ms = 1; /* 0 would say version 1 */
	p.len = igmp_query(p.data, &q);
	assert_true(parse() == DROP_NONE && m.version == 2 && m.max_resp_ms == 100);
	q.max_resp_ms = 100000;
	p.len = igmp_query(p.data, &q);
	assert_true(parse() == DROP_NONE && m.max_resp_ms == 25500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_byte_for_byte),
		cmocka_unit_test(old_messages_are_records),
		cmocka_unit_test(a_report_has_records_with_sources),
		cmocka_unit_test(auxiliary_data_is_stepped_over),
		cmocka_unit_test(the_version_of_a_query_is_its_length),
		cmocka_unit_test(times_are_coded),
		cmocka_unit_test(router_alert_is_not_asked_for),
		cmocka_unit_test(a_tag_does_not_matter),
		cmocka_unit_test(others_are_left_alone),
		cmocka_unit_test(a_hello_says_for_how_long),
		cmocka_unit_test(routers_advertise_and_go),
		cmocka_unit_test(any_flipped_bit_of_the_sums_is_seen),
		cmocka_unit_test(ip_has_to_be_right),
		cmocka_unit_test(a_message_that_is_cut_is_none),
		cmocka_unit_test(records_have_to_fit),
		cmocka_unit_test(queries_have_to_fit),
		cmocka_unit_test(what_is_built_is_read),
	};

	return cmocka_run_group_tests_name("igmp", tests, NULL, NULL);
}
