/* SPDX-License-Identifier: ISC */
/* DHCP messages, and the headers in front of them. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/ipwalk.h"
#include "guard_lab.h"
#include "packet.h"

/* In memory of the exact size. */
static bool parse(const uint8_t *bytes, size_t len, struct dhcp *d)
{
	uint8_t *copy = malloc(len ? len : 1);
	bool ok;

	memcpy(copy, bytes, len);
	ok = dhcp_parse(copy, len, d);
	free(copy);
	return ok;
}

static const struct said full = {
	.type = DHCP_ACK,
	.reply = true,
	.xid = 0xdeadbeef,
	.ciaddr = IP(10, 0, 0, 1),
	.yiaddr = IP(10, 0, 0, 2),
	.giaddr = IP(10, 0, 0, 3),
	.requested = IP(10, 0, 0, 4),
	.lease_s = 86400,
	.chaddr = STATION(5),
	.relay_info = true,
	.rapid = true,
};

static void a_message_says_what_is_in_it(void **state)
{
	uint8_t m[SAID_MAX];
	struct dhcp d;

	assert_true(parse(m, said_write(&full, m), &d));
	assert_int_equal(d.op, DHCP_BOOTREPLY);
	assert_int_equal(d.type, DHCP_ACK);
	assert_true(d.xid == 0xdeadbeef && d.ciaddr == full.ciaddr && d.yiaddr == full.yiaddr);
	assert_true(d.giaddr == full.giaddr && d.requested == full.requested);
	assert_true(d.lease_s == 86400 && d.chaddr == STATION(5) && d.relay_info && d.rapid_commit);
}

static void nothing_is_made_up(void **state)
{
	const struct said s = {.chaddr = STATION(5)};
	uint8_t m[SAID_MAX];
	struct dhcp d;

	assert_true(parse(m, said_write(&s, m), &d));
	assert_int_equal(d.type, DHCP_NO_TYPE);
	assert_true(!d.requested && !d.lease_s && !d.relay_info && !d.rapid_commit && !d.giaddr);
}

static void what_is_cut_short_is_malformed(void **state)
{
	uint8_t m[SAID_MAX];
	struct dhcp d;
	size_t whole = said_write(&full, m);

	for (size_t len = 0; len < whole; len++)
		assert_false(parse(m, len, &d));
	assert_true(parse(m, whole, &d));
	assert_true(parse(m, SAID_MAX, &d)); /* padding behind the end is nobody's business */
}

static void the_header_has_to_be_of_ethernet(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {{0, 0}, {0, 3},  {1, 0},   {1, 6},	   {2, 0},
		   {2, 5}, {2, 16}, {236, 0}, {239, 0x64}, {28, 3}};
	struct dhcp d;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint8_t m[SAID_MAX];
		size_t len = said_write(&full, m);

		m[bad[i].at] = bad[i].value;
		assert_false(parse(m, len, &d));
	}
	uint8_t m[SAID_MAX];
	size_t len = said_write(&full, m);
	memset(m + 28, 0, 6); /* nobody's address */
	assert_false(parse(m, len, &d));
}

/* Options in place of those of a message without any. */
static bool parse_options(const uint8_t *options, size_t len, struct dhcp *d)
{
	const struct said s = {.chaddr = STATION(1)};
	uint8_t m[SAID_MAX];

	said_write(&s, m);
	memcpy(m + 240, options, len);
	return parse(m, 240 + len, d);
}

#define OPTIONS(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void options_are_read_as_they_are_defined(void **state)
{
	struct dhcp d;

	assert_true(parse_options(OPTIONS(0, 0, 53, 1, 3, 12, 2, 'h', 'i', 0, 255), &d));
	assert_int_equal(d.type, DHCP_REQUEST);
	assert_true(parse_options(OPTIONS(12, 0, 255), &d)); /* odd, but within bounds */
	assert_true(parse_options(OPTIONS(82, 1, 1, 82, 1, 2, 255), &d)); /* RFC 3396 */
	assert_true(parse_options(OPTIONS(255, 53, 9, 9), &d)); /* behind the end is nothing */
	assert_int_equal(d.type, DHCP_NO_TYPE);
	for (uint8_t type = 1; type <= 13; type++) {
		assert_true(parse_options(OPTIONS(53, 1, type, 255), &d));
		assert_int_equal(d.type, type);
	}
}

static void options_that_say_two_things_are_malformed(void **state)
{
	struct dhcp d;

	assert_false(parse_options(OPTIONS(53, 1, 3), &d)); /* no end */
	assert_false(parse_options(OPTIONS(53, 1), &d));
	assert_false(parse_options(OPTIONS(53), &d));
	assert_false(parse_options(OPTIONS(12, 9, 'h', 'i', 255), &d));
	assert_false(parse_options(OPTIONS(53, 0, 255), &d));
	assert_false(parse_options(OPTIONS(53, 2, 1, 5, 255), &d));
	assert_false(parse_options(OPTIONS(53, 1, 0, 255), &d));
	assert_false(parse_options(OPTIONS(53, 1, 14, 255), &d));
	assert_false(parse_options(OPTIONS(53, 1, 1, 53, 1, 5, 255), &d));
	assert_false(parse_options(OPTIONS(50, 3, 1, 2, 3, 255), &d));
	assert_false(parse_options(OPTIONS(50, 4, 1, 2, 3, 4, 50, 4, 1, 2, 3, 4, 255), &d));
	assert_false(parse_options(OPTIONS(51, 5, 1, 2, 3, 4, 5, 255), &d));
	assert_false(parse_options(OPTIONS(52, 1, 0, 255), &d));
	assert_false(parse_options(OPTIONS(52, 1, 4, 255), &d));
	assert_false(parse_options(OPTIONS(52, 2, 1, 1, 255), &d));
	assert_false(parse_options(OPTIONS(80, 1, 1, 255), &d));
}

enum { SNAME = 44, FILE_FIELD = 108 };

static bool parse_overload(uint8_t which, const uint8_t *in_file, size_t file_len,
			   const uint8_t *in_sname, size_t sname_len, struct dhcp *d)
{
	const struct said s = {.chaddr = STATION(1)};
	uint8_t m[SAID_MAX];

	said_write(&s, m);
	memcpy(m + 240, (const uint8_t[]){52, 1, which, 255}, 4);
	memcpy(m + FILE_FIELD, in_file, file_len);
	memcpy(m + SNAME, in_sname, sname_len);
	return parse(m, 244, d);
}

static void options_may_be_in_other_fields(void **state)
{
	struct dhcp d;

	assert_true(parse_overload(1, OPTIONS(53, 1, 2, 255), OPTIONS(53, 1, 9), &d));
	assert_int_equal(d.type, DHCP_OFFER);
	assert_true(parse_overload(2, OPTIONS('b', 'o', 'o', 't'), OPTIONS(53, 1, 5, 255), &d));
	assert_int_equal(d.type, DHCP_ACK);
	assert_true(parse_overload(3, OPTIONS(53, 1, 5, 255), OPTIONS(51, 4, 0, 0, 0, 9, 255), &d));
	assert_true(d.type == DHCP_ACK && d.lease_s == 9);
	/* each has its end, says nothing again, and overloads nothing */
	assert_false(parse_overload(1, OPTIONS(53, 1, 5), OPTIONS(0), &d));
	assert_false(parse_overload(3, OPTIONS(53, 1, 5, 255), OPTIONS(53, 1, 5, 255), &d));
	assert_false(parse_overload(1, OPTIONS(52, 1, 2, 255), OPTIONS(53, 1, 5, 255), &d));
	uint8_t over[128];
	memset(over, 7, sizeof(over)); /* 7, 7, and seven bytes, until there are fewer */
	assert_false(parse_overload(1, over, sizeof(over), OPTIONS(0), &d));
}

static void servers_are_known_by_what_they_say(void **state)
{
	static const bool server[14] = {[2] = true,  [5] = true,  [6] = true, [9] = true,
					[11] = true, [12] = true, [13] = true};

	for (int type = 0; type < 14; type++) {
		struct dhcp d = {.op = DHCP_BOOTREQUEST, .type = (enum dhcp_type)type};

		assert_int_equal(dhcp_from_server(&d), server[type]);
		d.op = DHCP_BOOTREPLY;
		assert_true(dhcp_from_server(&d));
	}
}

/* ---- DHCPv6 ---- */

static void dhcpv6_tells_who_speaks(void **state)
{
	static const enum dhcp6_role role[40] = {
		[1] = DHCP6_CLIENT,  [2] = DHCP6_SERVER,  [3] = DHCP6_CLIENT,  [4] = DHCP6_CLIENT,
		[5] = DHCP6_CLIENT,  [6] = DHCP6_CLIENT,  [7] = DHCP6_SERVER,  [8] = DHCP6_CLIENT,
		[9] = DHCP6_CLIENT,  [10] = DHCP6_SERVER, [11] = DHCP6_CLIENT, [12] = DHCP6_RELAY,
		[13] = DHCP6_SERVER, [14] = DHCP6_RELAY,  [15] = DHCP6_SERVER, [16] = DHCP6_SERVER,
		[17] = DHCP6_SERVER, [18] = DHCP6_RELAY,  [19] = DHCP6_SERVER, [20] = DHCP6_CLIENT,
		[21] = DHCP6_SERVER, [36] = DHCP6_CLIENT, [37] = DHCP6_SERVER,
	};

	for (uint8_t type = 0; type < 40; type++) {
		uint8_t m[64] = {type};
		size_t header = type == 12 || type == 13 ? 34 : 4;

		for (size_t len = 0; len < header; len++)
			assert_int_equal(dhcp6_parse(m, len), DHCP6_BAD);
		assert_int_equal(dhcp6_parse(m, header), role[type]);
		m[header + 3] = 2; /* an option of two bytes */
		assert_int_equal(dhcp6_parse(m, header + 6), role[type]);
		assert_int_equal(dhcp6_parse(m, header + 5), DHCP6_BAD);
		assert_int_equal(dhcp6_parse(m, header + 3), DHCP6_BAD);
		assert_int_equal(dhcp6_parse(m, header + 7), DHCP6_BAD);
	}
}

/* ---- the way there ---- */

static enum ip_walk walk(const struct wire *w, struct ip_packet *p)
{
	struct frame f = wire_frame(w);

	return ip_walk(&f, p);
}

static void ipv4_leads_to_udp(void **state)
{
	struct ip_packet p;
	struct wire w;

	wire_udp4(&w, STATION(2), STATION(1), 68, 67, (const uint8_t *)"hello", 5);
	w.len += 10; /* padding */
	assert_int_equal(walk(&w, &p), IP_FOUND);
	assert_true(p.l4 == w.l4 && p.l4_len == 13 && p.proto == 17 && !p.fragment && !p.v6);
	w.data[w.l3 + 6] = 0x20;
	assert_true(walk(&w, &p) == IP_FOUND && p.fragment && !p.later);
	w.data[w.l3 + 7] = 1;
	assert_true(walk(&w, &p) == IP_FOUND && p.fragment && p.later);
	w.data[w.l3 + 6] = 0x40; /* don't fragment */
	w.data[w.l3 + 7] = 0;
	assert_true(walk(&w, &p) == IP_FOUND && !p.fragment);
	w.data[w.l3 + 3] = 60; /* more than there is */
	assert_int_equal(walk(&w, &p), IP_BAD);
	w.data[w.l3 + 3] = 19;
	assert_int_equal(walk(&w, &p), IP_BAD);
	w.data[w.l3 + 3] = 33;
	w.data[w.l3] = 0x44;
	assert_int_equal(walk(&w, &p), IP_BAD);
	w.data[w.l3] = 0x65;
	assert_int_equal(walk(&w, &p), IP_BAD);
}

static void ipv6_leads_through_all_headers(void **state)
{
	static const uint8_t header[24] = {0, 0}, longer[24] = {0, 2}, ah[12] = {0, 1};
	static const uint8_t chain[] = {140, 139, 135, 60, 43, 0};
	struct ip_packet p;
	struct wire w;

	wire_udp6(&w, ALL_NODES, STATION(1), 546, 547, (const uint8_t *)"hello", 5);
	for (size_t i = 0; i < ARRAY_SIZE(chain); i++)
		wire_extend(&w, chain[i], header, 8);
	wire_extend(&w, 60, longer, 24);
	wire_extend(&w, 51, ah, 12);
	size_t whole = w.len;
	assert_int_equal(walk(&w, &p), IP_FOUND);
	assert_true(p.proto == 17 && p.l4 == w.l4 && p.l4_len == 13 && !p.fragment);
	for (w.len = w.l4 - 1; w.len > w.l3 + 40; w.len--) { /* ends within the chain */
		packet_put16(w.data + w.l3 + 4, w.len - w.l3 - 40);
		assert_int_equal(walk(&w, &p), IP_CUT);
	}
	w.len = whole;
	packet_put16(w.data + w.l3 + 4, whole - w.l3 - 39);
	assert_int_equal(walk(&w, &p), IP_BAD);
}

static void a_length_of_zero_before_hop_by_hop_is_all_there_is(void **state)
{
	static const uint8_t header[8] = {0};
	struct ip_packet p;
	struct wire w;

	wire_nd(&w, STATION(1), 134);
	packet_put16(w.data + w.l3 + 4, 0);
	assert_int_equal(walk(&w, &p), IP_FOUND);
	assert_int_equal(p.l4_len, 0);
	wire_extend(&w, 0, header, 8);
	packet_put16(w.data + w.l3 + 4, 0);
	assert_int_equal(walk(&w, &p), IP_FOUND);
	assert_true(p.proto == 58 && p.l4_len == 24 && p.l4 == w.l4);
}

static void ipv6_fragments_are_told(void **state)
{
	uint8_t atom[8] = {0}, later[8] = {0, 0, 0, 8};
	struct ip_packet p;
	struct wire w;

	wire_nd(&w, STATION(1), 135);
	wire_extend(&w, 44, atom, 8);
	assert_int_equal(walk(&w, &p), IP_FOUND);
	assert_true(p.fragment && !p.later && p.proto == 58 && p.l4 == w.l4);
	wire_nd(&w, STATION(1), 135);
	wire_extend(&w, 60, atom, 8);
	wire_extend(&w, 44, later, 8); /* what follows is no header */
	assert_int_equal(walk(&w, &p), IP_FOUND);
	assert_true(p.fragment && p.later && p.proto == 60 && p.l4 == w.l3 + 48);
}

static bool csum_ok(const struct wire *w)
{
	struct frame f = wire_frame(w);
	struct ip_packet p;

	assert_int_equal(ip_walk(&f, &p), IP_FOUND);
	return ip_csum_ok(&f, &p, p.l4_len);
}

static void checksums_are_verified_unless_they_are_owed(void **state)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct wire w;

		if (v6)
			wire_udp6(&w, ALL_NODES, STATION(1), 546, 547, (const uint8_t *)"odd", 3);
		else
			wire_udp4(&w, STATION(2), STATION(1), 68, 67, (const uint8_t *)"odd", 3);
		assert_true(csum_ok(&w));
		w.data[w.l4 + 9] ^= 1;
		assert_false(csum_ok(&w));
		wire_owe(&w);
		assert_true(csum_ok(&w));
		packet_put16le(w.vnet + 8, 4); /* another is */
		assert_false(csum_ok(&w));
		w.has_vnet = false;
		packet_put16(w.data + w.l4 + 6, 0);
		assert_int_equal(csum_ok(&w), !v6); /* RFC 768, RFC 8200 */
	}
	struct wire w;
	wire_udp4(&w, STATION(2), STATION(1), 68, 67, NULL, 0);
	w.data[w.l3 + 8] ^= 1; /* of the IP header */
	assert_false(csum_ok(&w));
}

static bool will_change(const struct wire *w, size_t seen)
{
	struct frame f = wire_frame(w);
	struct ip_packet p;

	assert_int_equal(ip_walk(&f, &p), IP_FOUND);
	return ip_will_change(&f, &p, seen);
}

static void a_checksum_written_elsewhere_is_seen(void **state)
{
	struct wire w;

	wire_udp4(&w, STATION(2), STATION(1), 68, 67, (const uint8_t *)"hello", 5);
	assert_false(will_change(&w, 13));
	wire_owe(&w);
	assert_false(will_change(&w, 13));
	wire_write(&w, w.l4 + 2); /* the port */
	assert_true(will_change(&w, 4));
	assert_false(will_change(&w, 2));
	wire_write(&w,
		   w.l4 + 6); /* right, but not of this message: what is summed begins elsewhere */
	packet_put16le(w.vnet + 6, w.l4 + 2);
	packet_put16le(w.vnet + 8, 4);
	assert_true(will_change(&w, 13));
}

static void udp_has_to_fit(void **state)
{
	struct ip_packet p;
	struct wire w;
	struct udp u;

	wire_udp4(&w, STATION(2), STATION(1), 68, 67, (const uint8_t *)"hello", 5);
	struct frame f = wire_frame(&w);
	ip_walk(&f, &p);
	assert_true(udp_parse(&f, &p, &u));
	assert_true(u.sport == 68 && u.dport == 67 && u.len == 5 &&
		    memcmp(u.data, "hello", 5) == 0);
	for (uint8_t len = 0; len < 20; len++) {
		w.data[w.l4 + 5] = len;
		f = wire_frame(&w);
		assert_int_equal(udp_parse(&f, &p, &u), len >= 8 && len <= 13);
	}
	for (p.l4_len = 0; p.l4_len < 8; p.l4_len++)
		assert_false(udp_parse(&f, &p, &u));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_says_what_is_in_it),
		cmocka_unit_test(nothing_is_made_up),
		cmocka_unit_test(what_is_cut_short_is_malformed),
		cmocka_unit_test(the_header_has_to_be_of_ethernet),
		cmocka_unit_test(options_are_read_as_they_are_defined),
		cmocka_unit_test(options_that_say_two_things_are_malformed),
		cmocka_unit_test(options_may_be_in_other_fields),
		cmocka_unit_test(servers_are_known_by_what_they_say),
		cmocka_unit_test(dhcpv6_tells_who_speaks),
		cmocka_unit_test(ipv4_leads_to_udp),
		cmocka_unit_test(ipv6_leads_through_all_headers),
		cmocka_unit_test(a_length_of_zero_before_hop_by_hop_is_all_there_is),
		cmocka_unit_test(ipv6_fragments_are_told),
		cmocka_unit_test(checksums_are_verified_unless_they_are_owed),
		cmocka_unit_test(a_checksum_written_elsewhere_is_seen),
		cmocka_unit_test(udp_has_to_fit),
	};

	return cmocka_run_group_tests_name("dhcp", tests, NULL, NULL);
}
