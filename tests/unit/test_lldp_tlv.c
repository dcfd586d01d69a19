/* SPDX-License-Identifier: ISC */
/* LLDPDUs: what is read from them, what is refused, how it is shown. */
#include "unit.h"

#include <string.h>

#include "core/lldp_tlv.h"

/* ---- LLDPDUs, TLV by TLV ---- */

struct pdu {
	uint8_t bytes[4096];
	size_t len;
};

static void tlv(struct pdu *p, unsigned type, const void *value, size_t len)
{
	p->bytes[p->len++] = (uint8_t)(type << 1 | len >> 8);
	p->bytes[p->len++] = (uint8_t)len;
	memcpy(p->bytes + p->len, value, len);
	p->len += len;
}

#define TLV(p, type, ...)                                       \
	do {                                                    \
		const uint8_t tlv_value[] = {__VA_ARGS__};      \
		tlv((p), (type), tlv_value, sizeof(tlv_value)); \
	} while (0)

static void end(struct pdu *p)
{
	tlv(p, 0, "", 0);
}

/* The three that have to be there. */
static struct pdu minimal(void)
{
	struct pdu p = {.len = 0};

	TLV(&p, 1, 4, 2, 0, 0, 0, 0, 1);
	TLV(&p, 2, 5, 'e', 't', 'h', '0');
	TLV(&p, 3, 0, 120);
	return p;
}

static enum drop parse(const struct pdu *p, struct lldp_info *info, struct lldp_tlv_stats *stats)
{
	memset(info, 0x5a, sizeof(*info));
	memset(stats, 0x5a, sizeof(*stats));
	return lldp_parse(p->bytes, p->len, info, stats);
}

static void is_bad(const struct pdu *p)
{
	struct lldp_info info;
	struct lldp_tlv_stats stats;

	assert_int_equal(parse(p, &info, &stats), DROP_BAD_LLDP);
}

/* Is taken, with so many TLVs discarded and so many not known. */
static struct lldp_info is_good(const struct pdu *p, uint32_t discarded, uint32_t unrecognized)
{
	struct lldp_info info;
	struct lldp_tlv_stats stats;

	assert_int_equal(parse(p, &info, &stats), DROP_NONE);
	assert_int_equal(stats.discarded, discarded);
	assert_int_equal(stats.unrecognized, unrecognized);
	return info;
}

static void is_bytes(struct lldp_bytes b, const char *text)
{
	assert_non_null(b.p);
	assert_int_equal(b.len, strlen(text));
	assert_memory_equal(b.p, text, b.len);
}

/* ---- what a station says ---- */

/* What lldpd 1.0.16 sent from a veth device, as it came out of the other end. */
static const uint8_t from_lldpd[] = {
	0x02, 0x07, 0x04, 0xfe, 0xc1, 0xe9, 0xfb, 0x1a, 0x51, /* chassis ID: MAC */
	0x04, 0x07, 0x03, 0xfe, 0xc1, 0xe9, 0xfb, 0x1a, 0x51, /* port ID: MAC */
	0x06, 0x02, 0x00, 0x78,				      /* 120 s */
	0x0a, 0x02, 'v',  'm',				      /* system name */
	0x0c, 0x06, 'D',  'e',	'b',  'i',  'a',  'n',	      /* system description */
	0x0e, 0x04, 0x00, 0x9c, 0x00, 0x80,		      /* capabilities: station only */
	0x10, 0x0c, 0x05, 0x01, 192,  0,    2,	  10,	0x02, 0,    0,	  0, 3,	   0, /* IPv4, ifIndex 3 */
	0x10, 0x18, 0x11, 0x02, 0xfe, 0x80, 0,	  0,	0,    0,    0,	  0, 0x44, 0xb2, 0x8e,
	0xff, 0xfe, 0xc8, 0x89, 0x72, 0x02, 0,	  0,	0,    2,    0, /* IPv6 */
	0x08, 0x02, 'v',  'a',					       /* port description */
	0xfe, 0x09, 0x00, 0x12, 0x0f, 0x03, 0x01, 0,	0,    0,    0, /* 802.3 link aggregation */
	0xfe, 0x09, 0x00, 0x12, 0x0f, 0x01, 0x00, 0x80, 0x00, 0x00, 0x36, /* 802.3 MAC/PHY */
	0x00, 0x00,
};

static void what_lldpd_sends_is_understood(void **state)
{
	struct pdu p = {.len = sizeof(from_lldpd)};
	char out[LLDP_TEXT_SIZE];
	struct lldp_info i;

	memcpy(p.bytes, from_lldpd, sizeof(from_lldpd));
	i = is_good(&p, 0, 2);
	assert_string_equal(lldp_chassis_text(&i.chassis, out), "fe:c1:e9:fb:1a:51");
	assert_string_equal(lldp_chassis_subtype_name(i.chassis.subtype), "mac");
	assert_string_equal(lldp_port_text(&i.port, out), "fe:c1:e9:fb:1a:51");
	assert_string_equal(lldp_port_subtype_name(i.port.subtype), "mac");
	assert_int_equal(i.ttl_s, 120);
	is_bytes(i.sys_name, "vm");
	is_bytes(i.sys_desc, "Debian");
	is_bytes(i.port_desc, "va");
	assert_true(i.has_caps);
	assert_int_equal(i.caps, 0x9c);
	assert_int_equal(i.caps_on, LLDP_CAP_STATION);
	assert_int_equal(i.addrs, 2);
	assert_string_equal(lldp_addr_text(i.addr[0].family, i.addr[0].addr, out), "192.0.2.10");
	assert_string_equal(lldp_addr_text(i.addr[1].family, i.addr[1].addr, out),
			    "fe80::44b2:8eff:fec8:8972");
	assert_int_equal(i.addr[0].if_subtype, 2);
	assert_int_equal(i.addr[0].if_number, 3);
	assert_false(i.has_pvid);
	assert_int_equal(i.vlans, 0);
	assert_int_equal(i.frame_max, 0);
	assert_int_equal(i.used, sizeof(from_lldpd));
}

/* Cut anywhere, it tells what was whole, or nothing. */
static void a_frame_cut_short_tells_what_was_whole(void **state)
{
	struct pdu p = {.len = 0};

	memcpy(p.bytes, from_lldpd, sizeof(from_lldpd));
	for (p.len = 0; p.len < sizeof(from_lldpd); p.len++) {
		struct lldp_info i;
		struct lldp_tlv_stats s;
		enum drop d = parse(&p, &i, &s);

		assert_int_equal(d, p.len < 22 ? DROP_BAD_LLDP : DROP_NONE);
		if (d != DROP_NONE)
			continue;
		assert_int_equal(i.sys_name.p != NULL, p.len >= 26);
		assert_int_equal(i.has_caps, p.len >= 40);
		assert_int_equal(i.addrs, (p.len >= 54) + (p.len >= 80));
		assert_int_equal(i.used + (s.discarded ? 1 : 0) <= p.len, true);
		assert_int_equal(s.discarded, i.used < p.len);
	}
}

static void the_shortest_is_the_three(void **state)
{
	struct pdu p = minimal();
	struct lldp_info i =
		is_good(&p, 0, 0); /* the End TLV may be left out where the frame ends */

	assert_null(i.sys_name.p);
	assert_int_equal(i.used, p.len);
	end(&p);
	i = is_good(&p, 0, 0);
	assert_int_equal(i.used, p.len);
	memset(p.bytes + p.len, 0xff, 40); /* padding is not looked at */
	p.len += 40;
	i = is_good(&p, 0, 0);
	assert_int_equal(i.used, p.len - 40);
}

static void zero_is_a_time_to_live(void **state)
{
	struct pdu p = minimal();

	p.bytes[p.len - 1] = 0;
	end(&p);
	assert_int_equal(is_good(&p, 0, 0).ttl_s, 0);
}

/* ---- the first three ---- */

static void who_speaks_has_to_come_first(void **state)
{
	static const unsigned orders[][3] = {{1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1},
					     {1, 2, 0}, {1, 2, 5}, {5, 1, 2}, {1, 1, 2}, {1, 2, 2}};

	for (size_t n = 0; n < ARRAY_SIZE(orders); n++) {
		struct pdu p = {.len = 0};

		for (int k = 0; k < 3; k++)
			TLV(&p, orders[n][k], 4, 2, 0, 0, 0, 0, 1);
		end(&p);
		is_bad(&p);
	}
}

static void who_speaks_is_said_once(void **state)
{
	for (unsigned type = 1; type <= 3; type++) {
		struct pdu p = minimal();

		tlv(&p, 5, "name", 4);
		TLV(&p, type, 4, 2, 0, 0, 0, 0, 1);
		end(&p);
		is_bad(&p);
	}
}

static void identifiers_have_1_to_255_bytes(void **state)
{
	const uint8_t value[300] = {7, 'a', 'b'};

	for (unsigned which = 1; which <= 2; which++)
		for (size_t len = 0; len < sizeof(value); len++) {
			struct pdu p = {.len = 0};

			tlv(&p, 1, which == 1 ? value : (const uint8_t *)"\7x",
			    which == 1 ? len : 2);
			tlv(&p, 2, which == 2 ? value : (const uint8_t *)"\7x",
			    which == 2 ? len : 2);
			TLV(&p, 3, 0, 1);
			end(&p);
			if (len < 2 || len > 256)
				is_bad(&p);
			else
				is_good(&p, 0, 0);
		}
}

static void a_time_to_live_has_two_bytes(void **state)
{
	for (size_t len = 0; len < 4; len++) {
		struct pdu p = {.len = 0};

		TLV(&p, 1, 7, 'c');
		TLV(&p, 2, 7, 'p');
		tlv(&p, 3, "\1\2\3", len);
		end(&p);
		if (len < 2)
			is_bad(&p);
		else
			assert_int_equal(is_good(&p, 0, 0).ttl_s, 0x102);
	}
}

/* ---- what may follow ---- */

static void texts_may_be_empty_and_have_255_bytes(void **state)
{
	char text[257];

	memset(text, 'x', sizeof(text));
	for (unsigned type = 4; type <= 6; type++) {
		struct pdu p = minimal();
		struct lldp_info i;

		tlv(&p, type, text, 0);
		end(&p);
		i = is_good(&p, 0, 0);
		assert_non_null(type == 4   ? i.port_desc.p
				: type == 5 ? i.sys_name.p
					    : i.sys_desc.p);
		p = minimal();
		tlv(&p, type, text, 255);
		is_good(&p, 0, 0);
		p = minimal();
		tlv(&p, type, text, 256);
		tlv(&p, 5 + (type == 5), "next", 4); /* what follows is read */
		i = is_good(&p, 1, 0);
		assert_null(type == 4 ? i.port_desc.p : type == 5 ? i.sys_name.p : i.sys_desc.p);
		is_bytes(type == 5 ? i.sys_desc : i.sys_name, "next");
	}
}

static void of_two_names_the_first_counts(void **state)
{
	struct pdu p = minimal();
	struct lldp_info i;

	tlv(&p, 5, "one", 3);
	tlv(&p, 5, "two", 3);
	TLV(&p, 7, 0, 4, 0, 4);
	TLV(&p, 7, 0, 0, 0, 0);
	TLV(&p, 127, 0x00, 0x80, 0xc2, 1, 0, 7);
	TLV(&p, 127, 0x00, 0x80, 0xc2, 1, 0, 8);
	TLV(&p, 127, 0x00, 0x12, 0x0f, 4, 5, 0xee);
	TLV(&p, 127, 0x00, 0x12, 0x0f, 4, 9, 9);
	end(&p);
	i = is_good(&p, 4, 0);
	is_bytes(i.sys_name, "one");
	assert_int_equal(i.caps_on, LLDP_CAP_BRIDGE);
	assert_int_equal(i.pvid, 7);
	assert_int_equal(i.frame_max, 1518);
}

static void what_is_enabled_has_to_be_there(void **state)
{
	struct pdu p = minimal();

	TLV(&p, 7, 0, 0x14, 0, 0x04);
	assert_int_equal(is_good(&p, 0, 0).caps, LLDP_CAP_BRIDGE | LLDP_CAP_ROUTER);
	p = minimal();
	TLV(&p, 7, 0, 0x04, 0, 0x14);
	assert_false(is_good(&p, 1, 0).has_caps);
	p = minimal();
	TLV(&p, 7, 0, 4, 0);
	assert_false(is_good(&p, 1, 0).has_caps);
	p = minimal();
	TLV(&p, 7, 0, 4, 0, 4, 0);
	assert_false(is_good(&p, 1, 0).has_caps);
}

static void an_address_has_to_fill_its_tlv(void **state)
{
	static const struct {
		uint8_t len, bytes[12];
		bool good;
	} v[] = {
		{12, {5, 1, 10, 0, 0, 1, 2, 0, 0, 0, 9, 0}, true},
		{9, {2, 77, 1, 1, 0, 0, 0, 0, 0}, true},
		{11, {2, 77, 1, 1, 0, 0, 0, 0, 2, 6, 1}, true}, /* with an object identifier */
		{8, {1, 1, 1, 0, 0, 0, 0, 0}, false},		/* no address */
		{12, {33, 1, 10, 0, 0, 1, 2, 0, 0, 0, 9, 0}, false},
		{12, {6, 1, 10, 0, 0, 1, 2, 0, 0, 0, 9, 0}, false},
		{12, {4, 1, 10, 0, 0, 1, 2, 0, 0, 0, 9, 0}, false},
		{12, {5, 1, 10, 0, 0, 1, 2, 0, 0, 0, 9, 1}, false}, /* the identifier is missing */
		{11, {5, 1, 10, 0, 0, 1, 2, 0, 0, 0, 9}, false},
		{0, {0}, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct pdu p = minimal();

		tlv(&p, 8, v[i].bytes, v[i].len);
		tlv(&p, 5, "next", 4);
		assert_int_equal(is_good(&p, !v[i].good, 0).addrs, v[i].good);
		is_bytes(is_good(&p, !v[i].good, 0).sys_name, "next");
	}
}

static void lists_are_bounded_and_the_rest_is_counted(void **state)
{
	struct pdu p = minimal();
	struct lldp_info i;

	for (uint8_t n = 0; n < 20; n++) {
		TLV(&p, 8, 5, 1, 10, 0, 0, n, 1, 0, 0, 0, 0, 0);
		TLV(&p, 127, 0x00, 0x80, 0xc2, 3, 0, n, 2, 'v', 'a' + n);
	}
	end(&p);
	i = is_good(&p, 0, 0);
	assert_int_equal(i.addrs, LLDP_ADDRS_MAX);
	assert_int_equal(i.vlans, LLDP_VLANS_MAX);
	assert_int_equal(i.more, 40 - LLDP_ADDRS_MAX - LLDP_VLANS_MAX);
	assert_int_equal(i.vlan[3].vid, 3);
	is_bytes(i.vlan[3].name, "vd");
}

static void vlan_names_have_to_fill_their_tlv(void **state)
{
	uint8_t longest[4 + 3 + 33] = {0x00, 0x80, 0xc2, 3, 0, 5, 33};
	struct pdu p = minimal();

	TLV(&p, 127, 0x00, 0x80, 0xc2, 3, 0, 5, 3, 'a', 'b');
	TLV(&p, 127, 0x00, 0x80, 0xc2, 3, 0, 5, 1, 'a', 'b');
	TLV(&p, 127, 0x00, 0x80, 0xc2, 3, 0, 5);
	tlv(&p, 127, longest, sizeof(longest));
	assert_int_equal(is_good(&p, 4, 0).vlans, 0);
	longest[6] = 32;
	tlv(&p, 127, longest, sizeof(longest) - 1);
	assert_int_equal(is_good(&p, 4, 0).vlans, 1);
}

static void what_is_not_known_is_counted_and_kept_out(void **state)
{
	struct pdu p = minimal(), without = p;
	struct lldp_info a, b;

	TLV(&p, 9, 1, 2, 3);
	TLV(&p, 126, 1);
	TLV(&p, 127, 0x00, 0x80, 0xc2, 2, 0, 0, 1); /* of 802.1, not looked at */
	TLV(&p, 127, 0x00, 0x12, 0xbb, 1, 0, 3, 1); /* LLDP-MED */
	TLV(&p, 127, 0xaa, 0xbb, 0xcc, 0);
	TLV(&p, 127, 0xaa, 0xbb, 0xcc); /* says not which: wrong, not unknown */
	end(&p);
	end(&without);
	a = is_good(&p, 1, 5);
	b = is_good(&without, 0, 0);
	assert_true(lldp_equal(&a, &b));
}

static void what_reaches_past_the_end_is_discarded(void **state)
{
	struct pdu p = minimal();
	struct lldp_info i;

	tlv(&p, 5, "name", 4);
	tlv(&p, 6, "description", 11);
	p.len--;
	i = is_good(&p, 1, 0);
	is_bytes(i.sys_name, "name");
	assert_null(i.sys_desc.p);
	p.bytes[1] = 200; /* so does a chassis ID, and then nobody knows whose */
	is_bad(&p);
}

static void there_is_no_more_than_one_frame_of_it(void **state)
{
	struct pdu p = minimal();
	struct lldp_info i;
	uint32_t unknown = 0;

	for (; p.len < 1490; unknown++)
		TLV(&p, 50, 1, 2, 3, 4);
	tlv(&p, 5, "across the border", 17);
	tlv(&p, 6, "behind", 6);
	i = is_good(&p, 1, unknown);
	assert_null(i.sys_name.p);
	assert_null(i.sys_desc.p);
	assert_true(i.used <= LLDPDU_MAX);
}

/* ---- comparing ---- */

static void neighbours_are_told_by_chassis_and_port(void **state)
{
	struct pdu p = minimal(), q = minimal();
	struct lldp_info a, b;

	tlv(&q, 5, "other", 5);
	a = is_good(&p, 0, 0);
	b = is_good(&q, 0, 0);
	assert_true(lldp_same(&a, &b));
	assert_false(lldp_equal(&a, &b));
	for (size_t at = 2; at < 16; at++) {
		if (at == 9 || at == 10) /* type and length of the port ID */
			continue;
		q = minimal();
		q.bytes[at] ^= 1;
		b = is_good(&q, 0, 0);
		assert_false(lldp_same(&a, &b));
	}
	q = minimal();
	q.bytes[q.len - 1] ^= 1;
	b = is_good(&q, 0, 0);
	assert_true(lldp_equal(&a, &b)); /* but for its time to live */
}

static void everything_that_is_said_is_compared(void **state)
{
	struct pdu p = minimal();
	struct lldp_info a, b;
	size_t from = p.len;

	tlv(&p, 4, "a", 1);
	tlv(&p, 5, "b", 1);
	tlv(&p, 6, "c", 1);
	TLV(&p, 7, 0x07, 0xff, 0, 0);
	TLV(&p, 8, 5, 1, 10, 0, 0, 1, 1, 0, 0, 0, 0, 0);
	TLV(&p, 127, 0x00, 0x80, 0xc2, 1, 0, 7);
	TLV(&p, 127, 0x00, 0x80, 0xc2, 3, 0, 7, 1, 'v');
	TLV(&p, 127, 0x00, 0x12, 0x0f, 4, 5, 0xee);
	a = is_good(&p, 0, 0);
	for (size_t at = from; at < p.len; at++) {
		struct pdu q = p;
		struct lldp_tlv_stats s;

		q.bytes[at] ^= 1;
		if (parse(&q, &b, &s) == DROP_NONE)
			assert_false(lldp_equal(&a, &b));
	}
	b = is_good(&p, 0, 0);
	assert_true(lldp_equal(&a, &b));
}

/* ---- for people ---- */

static struct lldp_bytes bytes(const char *s, size_t len)
{
	return (struct lldp_bytes){.p = (const uint8_t *)s, .len = (uint16_t)len};
}

#define BYTES(s) bytes((s), sizeof(s) - 1)

static void identifiers_are_shown_by_their_subtype(void **state)
{
	static const struct {
		uint8_t subtype;
		const char *id;
		size_t len;
		const char *chassis, *port;
	} v[] = {
		{1, "rack 1", 6, "rack 1", "rack 1"},
		{2, "up", 2, "up", "up"},
		{3, "\2\0\0\0\0\1", 6, "0x020000000001", "02:00:00:00:00:01"},
		{4, "\2\0\0\0\0\1", 6, "02:00:00:00:00:01", "0x020000000001"},
		{4, "\1\xc0\0\2\1", 5, "0x01c0000201", "192.0.2.1"},
		{4, "short", 5, "0x73686f7274", "0x73686f7274"},
		{5, "\1\xc0\0\2\1", 5, "192.0.2.1", "0x01c0000201"},
		{5, "\1", 1, "0x01", "0x01"},
		{5, "eth0", 4, "0x65746830", "eth0"},
		{6, "eth0", 4, "eth0", "eth0"},
		{7, "caf\xc3\xa9", 5, "caf\xc3\xa9", "caf\xc3\xa9"},
		{7, "\x1b[2J", 4, "0x1b5b324a", "0x1b5b324a"},
		{7, "a\0b", 3, "0x610062", "0x610062"},
		{7, "caf\xe9", 4, "0x636166e9", "0x636166e9"},
		{0, "ab", 2, "0x6162", "0x6162"},
		{8, "ab", 2, "0x6162", "0x6162"},
		{255, "ab", 2, "0x6162", "0x6162"},
	};
	char out[LLDP_TEXT_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct lldp_id id = {.subtype = v[i].subtype, .id = bytes(v[i].id, v[i].len)};

		assert_string_equal(lldp_chassis_text(&id, out), v[i].chassis);
		assert_string_equal(lldp_port_text(&id, out), v[i].port);
	}
	assert_string_equal(lldp_port_subtype_name(5), "ifname");
	assert_string_equal(lldp_port_subtype_name(0), "reserved");
	assert_string_equal(lldp_chassis_subtype_name(8), "reserved");
}

static void texts_harm_no_terminal(void **state)
{
	char out[LLDP_TEXT_SIZE], longest[300];

	assert_string_equal(lldp_text(BYTES("a\x1b[31m\n\0b\xff"), out), "a?[31m??b?");
	assert_string_equal(lldp_text(BYTES("caf\xc3\xa9"), out), "caf\xc3\xa9");
	assert_string_equal(lldp_text((struct lldp_bytes){.p = NULL}, out), "");
	memset(longest, 'x', sizeof(longest));
	lldp_text(bytes(longest, sizeof(longest)), out);
	assert_int_equal(strlen(out), LLDP_STRING_MAX);
	memset(longest, 0xff, sizeof(longest));
	struct lldp_id id = {.subtype = 7, .id = bytes(longest, 255)};
	assert_int_equal(strlen(lldp_chassis_text(&id, out)), LLDP_TEXT_SIZE - 1);
}

static void addresses_are_written_as_usual(void **state)
{
	static const struct {
		uint8_t addr[16];
		const char *text;
	} v[] = {
		{{0}, "::"},
		{{[15] = 1}, "::1"},
		{{[0] = 0xfe, [1] = 0x80}, "fe80::"},
		{{0x20, 0x01, 0x0d, 0xb8, [15] = 1}, "2001:db8::1"},
		{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1},
		 "2001:db8:0:1:1:1:1:1"},
		{{0x20, 0x01, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, "2001:0:0:1::1"},
		{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1}, "2001:db8::1:0:0:1"},
		{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff},
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{{0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7}, "0:1:2:3:4:5:6:7"},
	};
	char out[LLDP_TEXT_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		assert_string_equal(lldp_addr_text(2, bytes((const char *)v[i].addr, 16), out),
				    v[i].text);
	assert_string_equal(lldp_addr_text(1, BYTES("\xff\0\1\2"), out), "255.0.1.2");
	assert_string_equal(lldp_addr_text(6, BYTES("\2\0\0\0\0\1"), out), "02:00:00:00:00:01");
	assert_string_equal(lldp_addr_text(1, BYTES("\1\2\3"), out), "0x010203");
	assert_string_equal(lldp_addr_text(2, BYTES("\1\2\3\4"), out), "0x01020304");
	assert_string_equal(lldp_addr_text(99, BYTES("\1"), out), "0x01");
}

static void every_capability_has_a_name(void **state)
{
	for (unsigned i = 0; i < LLDP_CAPS; i++)
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(lldp_cap_name(i), lldp_cap_name(k));
	assert_string_equal(lldp_cap_name((unsigned)__builtin_ctz(LLDP_CAP_BRIDGE)), "bridge");
	assert_string_equal(lldp_cap_name((unsigned)__builtin_ctz(LLDP_CAP_TPMR)), "tpmr");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lldpd_sends_is_understood),
		cmocka_unit_test(a_frame_cut_short_tells_what_was_whole),
		cmocka_unit_test(the_shortest_is_the_three),
		cmocka_unit_test(zero_is_a_time_to_live),
		cmocka_unit_test(who_speaks_has_to_come_first),
		cmocka_unit_test(who_speaks_is_said_once),
		cmocka_unit_test(identifiers_have_1_to_255_bytes),
		cmocka_unit_test(a_time_to_live_has_two_bytes),
		cmocka_unit_test(texts_may_be_empty_and_have_255_bytes),
		cmocka_unit_test(of_two_names_the_first_counts),
		cmocka_unit_test(what_is_enabled_has_to_be_there),
		cmocka_unit_test(an_address_has_to_fill_its_tlv),
		cmocka_unit_test(lists_are_bounded_and_the_rest_is_counted),
		cmocka_unit_test(vlan_names_have_to_fill_their_tlv),
		cmocka_unit_test(what_is_not_known_is_counted_and_kept_out),
		cmocka_unit_test(what_reaches_past_the_end_is_discarded),
		cmocka_unit_test(there_is_no_more_than_one_frame_of_it),
		cmocka_unit_test(neighbours_are_told_by_chassis_and_port),
		cmocka_unit_test(everything_that_is_said_is_compared),
		cmocka_unit_test(identifiers_are_shown_by_their_subtype),
		cmocka_unit_test(texts_harm_no_terminal),
		cmocka_unit_test(addresses_are_written_as_usual),
		cmocka_unit_test(every_capability_has_a_name),
	};

	return cmocka_run_group_tests_name("lldp_tlv", tests, NULL, NULL);
}
