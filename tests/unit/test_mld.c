/* SPDX-License-Identifier: ISC */
/* MLD, and PIM and router discovery over IPv6: bytes of the RFCs, and bytes that are none. */
#include "unit.h"

#include <string.h>

#include "core/mld.h"
#include "groups.h"
#include "packet.h"

static struct gpacket p;
static struct frame f;
static struct mcast_msg m;

static enum drop parse(void)
{
	return gp_parse(&p, &f, &m);
}

/* A general query of version 2; not made by our test helpers. */
static void a_query_byte_for_byte(void **state)
{
	static const uint8_t bytes[] = {
		0x33, 0x33, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x07, 0x86,
		0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x24, 0x00, 0x01, 0xfe, 0x80, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0xff,
		0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x01, 0x3a, 0x00, 0x05, 0x02, 0x00, 0x00, 0x01, 0x00, 0x82, 0x00, 0x56,
		0x96, 0x27, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x7d, 0x00, 0x00};
	struct mcast_query q = {
		.mac = STATION(7),
		.src = addr("fe80::1"),
		.group = addr("::"),
		.version = 2,
		.max_resp_ms = 10000,
		.qqi_s = 125,
		.qrv = 2,
	};
	uint8_t out[MCAST_QUERY_SIZE];

	memcpy(p.data, bytes, sizeof(bytes));
	p.len = sizeof(bytes);
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.kind == MCAST_QUERY && m.version == 2 && m.v6 && !m.suppress);
	assert_true(ip_is_unspecified(m.group) && ip_equal(m.src, addr("fe80::1")));
	assert_true(m.max_resp_ms == 10000 && m.qrv == 2 && m.qqi_s == 125 && m.n_sources == 0);
	memset(out, 0xff, sizeof(out));
	assert_int_equal(mld_query(out, &q), sizeof(bytes));
	assert_memory_equal(out, bytes, sizeof(bytes));
}

static void old_messages_are_records(void **state)
{
	struct mcast_walk w;
	struct mcast_record rec;

	gp_report(&p, "ff0e::1234", 1);
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.kind == MCAST_REPORT && m.version == 1);
	w = mcast_walk(&m);
	assert_true(mcast_next(&m, &w, &rec) && !mcast_next(&m, &w, &rec));
	assert_true(rec.type == MCAST_IS_EX && ip_equal(rec.group, addr("ff0e::1234")));
	gp_leave(&p, "ff0e::1234");
	assert_int_equal(parse(), DROP_NONE);
	assert_int_equal(m.kind, MCAST_LEAVE);
	w = mcast_walk(&m);
	assert_true(mcast_next(&m, &w, &rec) && rec.type == MCAST_TO_IN && rec.n_sources == 0);
}

static void a_report_has_records_with_sources(void **state)
{
	struct mcast_walk w;
	struct mcast_record rec;

	gp_records(&p, MCAST_ALLOW, "ff3e::1", 2, "2001:db8::7 2001:db8::8");
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.kind == MCAST_REPORT && m.version == 2 && m.n_records == 2);
	w = mcast_walk(&m);
	assert_true(mcast_next(&m, &w, &rec) && mcast_next(&m, &w, &rec));
	assert_true(rec.type == MCAST_ALLOW && rec.n_sources == 2);
	assert_true(ip_equal(rec.group, addr("ff3e::2")));
	assert_true(ip_equal(mcast_source(rec.sources, true, 1), addr("2001:db8::8")));
	assert_false(mcast_next(&m, &w, &rec));
}

static void the_version_of_a_query_is_its_length(void **state)
{
	gp_query_old(&p, "fe80::1", "ff0e::1", 1, 40000);
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.version == 1 && m.max_resp_ms == 40000 && !m.qrv);
	gp_query(&p, "fe80::1", "ff0e::1", 0x8001, "2001:db8::7"); /* 1 + 2^12 eight-milliseconds */
	assert_int_equal(parse(), DROP_NONE);
	assert_true(m.version == 2 && m.max_resp_ms == 0x1001 << 3 && m.n_sources == 1);
	gp_query(&p, "fe80::1", "ff0e::1", 1000, NULL);
	for (p.l4_len = 25; p.l4_len < 28; p.l4_len++) {
		gp_finish(&p);
		assert_int_equal(parse(), DROP_BAD_MLD);
	}
}

static void without_an_address_hosts_may_report(void **state)
{
	static const char *const good[] = {"fe80::1", "::", "febf::1"};
	static const char *const bad[] = {"2001:db8::1", "fec0::1", "ff02::1", "::1"};

	for (size_t i = 0; i < ARRAY_SIZE(good) + ARRAY_SIZE(bad); i++) {
		bool is_good = i < ARRAY_SIZE(good);

		gp_record(&p, MCAST_IS_EX, "ff0e::1", NULL);
		ip6_store(p.data + p.ip + 8, addr(is_good ? good[i] : bad[i - ARRAY_SIZE(good)]));
		gp_finish(&p);
		assert_int_equal(parse(), is_good ? DROP_NONE : DROP_BAD_MLD);
	}
}

static void the_header_in_front_has_to_alert_routers(void **state)
{
	gp_record(&p, MCAST_IS_EX, "ff0e::1", NULL);
	p.data[p.ip + 7] = 2;
	assert_int_equal(parse(), DROP_BAD_MLD);
	p.data[p.ip + 7] = 1;
	assert_int_equal(parse(), DROP_NONE);
	p.data[p.ip + 40 + 5] = 1; /* an alert for RSVP */
	assert_int_equal(parse(), DROP_BAD_MLD);
	memset(p.data + p.ip + 42, 0, 6); /* six bytes of padding */
	assert_int_equal(parse(), DROP_BAD_MLD);
	memcpy(p.data + p.ip + 42, "\1\0\5\2\0\0", 6); /* the alert behind padding */
	assert_int_equal(parse(), DROP_NONE);
	p.data[p.ip + 43] = 9; /* padding over the end */
	assert_int_equal(parse(), DROP_NONE);
	assert_int_equal(m.kind, MCAST_NONE);

	gp_record(&p, MCAST_IS_EX, "ff0e::1", NULL); /* no such header at all */
	memmove(p.data + p.ip + 40, p.data + p.l4, p.l4_len);
	p.data[p.ip + 6] = 58;
	p.l4 -= 8;
	gp_finish(&p);
	assert_int_equal(parse(), DROP_BAD_MLD);
}

static void any_flipped_bit_of_the_sum_is_seen(void **state)
{
	gp_record(&p, MCAST_IS_IN, "ff0e::1", "2001:db8::7");
	for (size_t at = p.ip + 4; at < p.l4 + p.l4_len; at++) {
		bool kind = at == p.ip + 6 || (at >= p.ip + 40 && at < p.l4) || at == p.l4;

		if (kind) /* then it is another protocol or type */
			continue;
		p.data[at] ^= 4;
		assert_int_equal(parse(), DROP_BAD_MLD);
		p.data[at] ^= 4;
	}
	assert_int_equal(parse(), DROP_NONE);
}

static void a_message_that_is_cut_is_none(void **state)
{
	gp_records(&p, MCAST_IS_IN, "ff0e::1", 3, "2001:db8::7");
	for (size_t len = p.l4_len - 1; len; len--) {
		p.l4_len = len;
		gp_finish(&p);
		assert_int_equal(parse(), DROP_BAD_MLD);
	}
	gp_records(&p, MCAST_IS_IN, "ff0e::1", 3, "2001:db8::7");
	for (size_t len = p.len - 1; len > p.l4; len--) { /* the frame is cut, the header not */
		p.len = len;
		assert_int_equal(parse(), DROP_BAD_MLD);
	}
	for (size_t len = p.l4; len >= 14; len--) {
		p.len = len;
		assert_int_equal(parse(), DROP_NONE);
		assert_int_equal(m.kind, MCAST_NONE);
	}
}

static void spoil(size_t at, uint16_t value)
{
	gp_record(&p, MCAST_IS_IN, "ff0e::1", "2001:db8::7");
	packet_put16(p.data + p.l4 + at, value);
	gp_finish(&p);
	assert_int_equal(parse(), DROP_BAD_MLD);
}

static void records_have_to_fit(void **state)
{
	spoil(6, 2);
	spoil(6, 0xffff);
	spoil(10, 2);
	spoil(8, 0x0101);
	spoil(12, 0xfe80); /* not a group */
	spoil(28, 0xff0e); /* not a host */
	gp_report(&p, "ff0e::1", 1);
	p.data[p.l4 + 8] = 0xfe;
	gp_finish(&p);
	assert_int_equal(parse(), DROP_BAD_MLD);
	gp_record(&p, MCAST_IS_EX, "ff0e::1", NULL); /* an IPv4 group in IPv6 clothes */
	ip6_store(p.data + p.l4 + 12, addr("::ffff:239.1.1.1"));
	gp_finish(&p);
	assert_int_equal(parse(), DROP_BAD_MLD);
	gp_query(&p, "fe80::1", NULL, 1000, "2001:db8::7");
	assert_int_equal(parse(), DROP_BAD_MLD);
	gp_query(&p, "fe80::1", NULL, 1000, NULL);
	ip6_store(p.data + p.ip + 24, addr("ff02::2"));
	gp_finish(&p);
	assert_int_equal(parse(), DROP_BAD_MLD);
}

static void routers_say_that_they_are_there(void **state)
{
	static const uint8_t here[] = {151, 20, 0, 0, 0, 125, 0, 2}, gone[] = {153, 0, 0, 0};
	static const uint8_t hello[] = {0x20, 0, 0, 0, 0, 1, 0, 2, 0, 70};

	gp_mld(&p, "fe80::1", "ff02::6a", here, sizeof(here));
	assert_true(parse() == DROP_NONE && m.kind == MCAST_ROUTER && m.hold_s == 60);
	gp_mld(&p, "fe80::1", "ff02::6a", gone, sizeof(gone));
	assert_true(parse() == DROP_NONE && m.kind == MCAST_ROUTER && m.hold_s == 0);
	gp_mld(&p, "fe80::1", "ff02::6a", here, 7);
	assert_int_equal(parse(), DROP_BAD_MLD);
	gp_pim(&p, "fe80::1", hello, sizeof(hello));
	assert_true(parse() == DROP_NONE && m.kind == MCAST_ROUTER && m.hold_s == 70 && m.v6);
	p.data[p.l4 + 9] ^= 1;
	assert_int_equal(parse(), DROP_BAD_PIM);
}

static void others_are_left_alone(void **state)
{
	static const uint8_t solicitation[24] = {135};

	gp_mld(&p, "2001:db8::1", "ff02::1:ff00:1", solicitation, sizeof(solicitation));
	assert_true(parse() == DROP_NONE && m.kind == MCAST_NONE);
	gp_data(&p, "fe80::1", "ff0e::1");
	assert_true(parse() == DROP_NONE && m.kind == MCAST_NONE);
}

static void what_is_built_is_read(void **state)
{
	struct ip_addr sources[MCAST_QUERY_SOURCES];
	struct mcast_query q = {
		.mac = STATION(7),
		.src = addr("fe80::1"),
		.group = addr("ff0e::1:2:3"),
		.version = 2,
		.max_resp_ms = 0x9008 << 3,
		.qqi_s = 31744,
		.qrv = 7,
		.suppress = true,
		.sources = sources,
		.n_sources = MCAST_QUERY_SOURCES,
	};

	for (unsigned i = 0; i < MCAST_QUERY_SOURCES; i++)
		sources[i] = (struct ip_addr){UINT64_C(0x20010db8) << 32, i + 1};
	p.len = mld_query(p.data, &q);
	assert_int_equal(parse(), DROP_NONE);
	assert_true(f.dst == UINT64_C(0x333300020003) && f.src == STATION(7));
	assert_true(m.version == 2 && m.suppress && m.qrv == 7 && m.qqi_s == 31744);
	assert_true(m.max_resp_ms <= q.max_resp_ms && m.max_resp_ms > q.max_resp_ms - 256);
	assert_int_equal(m.n_sources, MCAST_QUERY_SOURCES);
	assert_true(ip_equal(mcast_source(m.sources, true, 63), sources[63]));
	q.version = 1;
	q.n_sources = 0;
	p.len = mld_query(p.data, &q);
	assert_true(parse() == DROP_NONE && m.version == 1 && m.max_resp_ms == 0xffff);
}

static void some_groups_are_everybodys(void **state)
{
	static const char *const all[] = {"224.0.0.1", "224.0.0.255", "ff02::1", "ff01::5",
					  "ff10::1"};
	static const char *const some[] = {"224.0.1.1",	     "239.0.0.1", "ff02::2",
					   "ff02::1:ff00:1", "ff05::1",	  "ff0e::1"};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		assert_true(mcast_is_everybodys(addr(all[i])));
	for (size_t i = 0; i < ARRAY_SIZE(some); i++)
		assert_false(mcast_is_everybodys(addr(some[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_byte_for_byte),
		cmocka_unit_test(old_messages_are_records),
		cmocka_unit_test(a_report_has_records_with_sources),
		cmocka_unit_test(the_version_of_a_query_is_its_length),
		cmocka_unit_test(without_an_address_hosts_may_report),
		cmocka_unit_test(the_header_in_front_has_to_alert_routers),
		cmocka_unit_test(any_flipped_bit_of_the_sum_is_seen),
		cmocka_unit_test(a_message_that_is_cut_is_none),
		cmocka_unit_test(records_have_to_fit),
		cmocka_unit_test(routers_say_that_they_are_there),
		cmocka_unit_test(others_are_left_alone),
		cmocka_unit_test(what_is_built_is_read),
		cmocka_unit_test(some_groups_are_everybodys),
	};

	return cmocka_run_group_tests_name("mld", tests, NULL, NULL);
}
