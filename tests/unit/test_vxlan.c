/* SPDX-License-Identifier: ISC */
/* The VXLAN header, what of a frame shows outside, and congestion marks. */
#include "unit.h"

#include <string.h>

#include "core/vxlan.h"

/* ---- the header ---- */

static void the_header_is_as_in_the_rfc(void **state)
{
	static const struct {
		uint32_t vni;
		uint8_t bytes[VXLAN_HDR_SIZE];
	} v[] = {
		{0, {8, 0, 0, 0, 0, 0, 0, 0}},
		{42, {8, 0, 0, 0, 0, 0, 42, 0}},
		{0x123456, {8, 0, 0, 0, 0x12, 0x34, 0x56, 0}},
		{VNI_MAX, {8, 0, 0, 0, 0xff, 0xff, 0xff, 0}},
	};
	uint8_t out[VXLAN_HDR_SIZE];
	uint32_t vni;

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		memset(out, 0xff, sizeof(out));
		vxlan_make(out, v[i].vni);
		assert_memory_equal(out, v[i].bytes, sizeof(out));
		assert_true(vxlan_parse(out, sizeof(out), &vni));
		assert_int_equal(vni, v[i].vni);
	}
}

static void what_is_reserved_is_not_looked_at(void **state)
{
	const uint8_t all[] = {0xff, 0xff, 0xff, 0xff, 0, 1, 2, 0xff};
	uint32_t vni;

	assert_true(vxlan_parse(all, sizeof(all), &vni));
	assert_int_equal(vni, 0x102);
}

static void without_the_flag_or_too_short_it_is_none(void **state)
{
	uint8_t h[VXLAN_HDR_SIZE];
	uint32_t vni = 7;

	vxlan_make(h, 42);
	for (size_t len = 0; len < sizeof(h); len++)
		assert_false(vxlan_parse(h, len, &vni));
	h[0] = 0xf7;
	assert_false(vxlan_parse(h, sizeof(h), &vni));
	assert_int_equal(vni, 7);
}

/* ---- frames ---- */

struct sample {
	uint8_t bytes[128];
	size_t len, ip;
};

enum { TCP = 6, UDP = 17, ICMP = 1 };

static struct sample ethernet(const char *tags, uint16_t type)
{
	static const uint8_t macs[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
	struct sample s = {.len = 12};

	memcpy(s.bytes, macs, sizeof(macs));
	for (; *tags; tags++) {
		s.bytes[s.len++] = *tags == 'c' ? 0x81 : 0x88;
		s.bytes[s.len++] = *tags == 'c' ? 0x00 : 0xa8;
		s.bytes[s.len++] = 0x20;
		s.bytes[s.len++] = 5;
	}
	s.bytes[s.len++] = (uint8_t)(type >> 8);
	s.bytes[s.len++] = (uint8_t)type;
	s.ip = s.len;
	return s;
}

static void put_ports(struct sample *s)
{
	static const uint8_t ports[8] = {0x10, 0x01, 0x20, 0x02};

	memcpy(s->bytes + s->len, ports, sizeof(ports));
	s->len += sizeof(ports);
}

static void set_sum(struct sample *s)
{
	uint8_t *ip = s->bytes + s->ip;
	uint32_t sum = 0;

	ip[10] = ip[11] = 0;
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	ip[10] = (uint8_t)(~sum >> 8);
	ip[11] = (uint8_t)~sum;
}

static struct sample ipv4(const char *tags, uint8_t tos, uint8_t protocol)
{
	const uint8_t ip[20] = {0x45, tos, 0,  28, 0, 7, 0,  0, 63, protocol,
				0,    0,   10, 0,  0, 1, 10, 0, 0,  2};
	struct sample s = ethernet(tags, 0x0800);

	memcpy(s.bytes + s.len, ip, sizeof(ip));
	s.len += sizeof(ip);
	put_ports(&s);
	set_sum(&s);
	return s;
}

static struct sample ipv6(const char *tags, uint8_t tos, uint8_t protocol)
{
	struct sample s = ethernet(tags, 0x86dd);
	uint8_t *ip = s.bytes + s.len;

	ip[0] = (uint8_t)(0x60 | tos >> 4);
	ip[1] = (uint8_t)(tos << 4 | 0x5);
	ip[5] = 8;
	ip[6] = protocol;
	ip[7] = 62;
	ip[8] = ip[24] = 0xfd;
	ip[23] = 1;
	ip[39] = 2;
	s.len += 40;
	put_ports(&s);
	return s;
}

static struct vxlan_inner look(const struct sample *s)
{
	struct vxlan_inner in;

	memset(&in, 0x5a, sizeof(in));
	vxlan_look(s->bytes, s->len, &in);
	return in;
}

static void a_frame_shows_what_its_headers_say(void **state)
{
	struct sample s = ipv4("", 0xb9, TCP);
	struct vxlan_inner in = look(&s);

	assert_true(in.is_ip && in.tos == 0xb9 && in.ttl == 63 && !in.df);
	assert_true(in.dst == UINT64_C(0x020000000001) && in.vid == 0);
	s.bytes[s.ip + 6] = 0x40;
	assert_true(look(&s).df);

	s = ipv6("c", 0x4e, UDP);
	in = look(&s);
	assert_true(in.is_ip && in.tos == 0x4e && in.ttl == 62 && in.df && in.vid == 5);

	s = ipv4("sc", 1, UDP); /* the outer tag is none of ours, what is behind both is seen */
	in = look(&s);
	assert_true(in.is_ip && in.tos == 1 && in.vid == 0);

	s = ethernet("", 0x0806);
	in = look(&s);
	assert_true(!in.is_ip && !in.tos && !in.ttl && !in.df);
}

static void what_is_cut_short_is_not_there(void **state)
{
	struct sample s[] = {ipv4("", 3, TCP), ipv6("c", 3, TCP)};

	for (size_t i = 0; i < ARRAY_SIZE(s); i++) {
		size_t ip_len = i == 0 ? 20 : 40, whole = s[i].len;

		for (size_t len = 14; len <= whole; len++) {
			s[i].len = len;
			assert_int_equal(look(&s[i]).is_ip, len >= s[i].ip + ip_len);
		}
	}
	s[0] = ipv4("", 3, TCP);
	s[0].bytes[s[0].ip] = 0x65; /* not what the EtherType says */
	assert_false(look(&s[0]).is_ip);
}

static void a_flow_is_addresses_and_ports(void **state)
{
	const struct sample base[] = {ipv4("", 0, TCP), ipv6("", 0, UDP), ipv4("c", 0, UDP)};

	for (size_t i = 0; i < ARRAY_SIZE(base); i++) {
		size_t v6 = i == 1, l4 = base[i].ip + (v6 ? 40 : 20);
		const size_t counts[] = {
			base[i].ip + (v6 ? 8 : 12), l4 - 1, l4, l4 + 1, l4 + 2, l4 + 3};
		const size_t not [] = {0, 6, base[i].ip + 1, base[i].ip + (v6 ? 7 : 8), l4 + 4};
		uint32_t flow = look(&base[i]).flow;

		for (size_t k = 0; k < ARRAY_SIZE(counts); k++) {
			struct sample s = base[i];

			s.bytes[counts[k]] ^= 1;
			assert_int_not_equal(look(&s).flow, flow);
		}
		for (size_t k = 0; k < ARRAY_SIZE(not ); k++) {
			struct sample s = base[i];

			s.bytes[not [k]] ^= 1;
			assert_int_equal(look(&s).flow, flow);
		}
	}
}

/* Only the first fragment has ports, so all go by their addresses. */
static void fragments_stay_together(void **state)
{
	struct sample first = ipv4("", 0, UDP), other = first, icmp = ipv4("", 0, ICMP);
	uint32_t flow;

	first.bytes[first.ip + 6] = 0x20;
	flow = look(&first).flow;
	other.bytes[other.ip + 7] = 100;
	memset(other.bytes + other.ip + 20, 0xee, 4);
	assert_int_equal(look(&other).flow, flow);
	flow = look(&icmp).flow;
	icmp.bytes[icmp.ip + 21] ^= 1; /* not a port */
	assert_int_equal(look(&icmp).flow, flow);
}

static void flows_spread(void **state)
{
	unsigned seen[16] = {0};

	for (unsigned n = 0; n < 16 * 200; n++) {
		struct sample s = ipv4("", 0, TCP);

		s.bytes[s.ip + 20] = (uint8_t)(n >> 8);
		s.bytes[s.ip + 21] = (uint8_t)n;
		seen[(uint64_t)look(&s).flow * 16 >> 32]++;
	}
	for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
		assert_in_range(seen[i], 100, 300);
}

/* ---- congestion ---- */

/* RFC 6040 figure 4: rows are what the frame says, columns what the datagram said; -1 = dropped. */
static const int figure4[4][4] = {
	[ECN_NOT_ECT] = {[ECN_NOT_ECT] = ECN_NOT_ECT,
			 [ECN_ECT_0] = ECN_NOT_ECT,
			 [ECN_ECT_1] = ECN_NOT_ECT,
			 [ECN_CE] = -1},
	[ECN_ECT_0] = {[ECN_NOT_ECT] = ECN_ECT_0,
		       [ECN_ECT_0] = ECN_ECT_0,
		       [ECN_ECT_1] = ECN_ECT_1,
		       [ECN_CE] = ECN_CE},
	[ECN_ECT_1] = {[ECN_NOT_ECT] = ECN_ECT_1,
		       [ECN_ECT_0] = ECN_ECT_1,
		       [ECN_ECT_1] = ECN_ECT_1,
		       [ECN_CE] = ECN_CE},
	[ECN_CE] = {[ECN_NOT_ECT] = ECN_CE,
		    [ECN_ECT_0] = ECN_CE,
		    [ECN_ECT_1] = ECN_CE,
		    [ECN_CE] = ECN_CE},
};

static void check_mark(struct sample (*make)(const char *, uint8_t, uint8_t), const char *tags,
		       uint8_t inner, uint8_t outer)
{
	struct sample s = make(tags, (uint8_t)(0xb8 | inner), TCP), want = s;
	int becomes = figure4[inner][outer];

	if (becomes >= 0)
		want = make(tags, (uint8_t)(0xb8 | becomes), TCP); /* with its checksum */
	assert_int_equal(vxlan_ecn_unwrap(s.bytes, s.len, (uint8_t)(0x14 | outer)), becomes >= 0);
	assert_memory_equal(s.bytes, want.bytes, sizeof(s.bytes));
}

static void marks_combine_as_in_rfc_6040(void **state)
{
	for (uint8_t inner = 0; inner < 4; inner++)
		for (uint8_t outer = 0; outer < 4; outer++) {
			check_mark(ipv4, "", inner, outer);
			check_mark(ipv4, "sc", inner, outer);
			check_mark(ipv6, "", inner, outer);
			check_mark(ipv6, "c", inner, outer);
		}
}

static void frames_without_ip_pass_marked_or_not(void **state)
{
	struct sample s = ethernet("c", 0x0806), before = s;

	for (uint8_t outer = 0; outer < 4; outer++) {
		for (size_t len = 0; len <= sizeof(s.bytes); len++)
			assert_true(vxlan_ecn_unwrap(s.bytes, len, outer));
		assert_memory_equal(s.bytes, before.bytes, sizeof(s.bytes));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_is_as_in_the_rfc),
		cmocka_unit_test(what_is_reserved_is_not_looked_at),
		cmocka_unit_test(without_the_flag_or_too_short_it_is_none),
		cmocka_unit_test(a_frame_shows_what_its_headers_say),
		cmocka_unit_test(what_is_cut_short_is_not_there),
		cmocka_unit_test(a_flow_is_addresses_and_ports),
		cmocka_unit_test(fragments_stay_together),
		cmocka_unit_test(flows_spread),
		cmocka_unit_test(marks_combine_as_in_rfc_6040),
		cmocka_unit_test(frames_without_ip_pass_marked_or_not),
	};

	return cmocka_run_group_tests_name("vxlan", tests, NULL, NULL);
}
