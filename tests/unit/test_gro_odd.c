/* SPDX-License-Identifier: ISC */
/*
 * Coalescing: what is not merged, because cutting it up again would not give the same frames; and
 * what that does to the order.
 */
#include "unit.h"

#include <string.h>

#include "gro_lab.h"

/* Of three segments the second has one byte changed; the checksums are made right again. */
static void one_byte_differs(void **state)
{
	static const struct {
		const char *what;
		const struct packet *kind;
		bool of_l4;
		int at;
		uint8_t flip;
		const char *want;
	} t[] = {
		{"nothing", &tcp4, false, 0, 0, ". 3"},
		{"type of service", &tcp4, false, 1, 0x10, "1 1 . 1"},
		{"ECN", &tcp4, false, 1, 3, "1 1 . 1"},
		{"ECN, UDP", &udp4, false, 1, 3, "1 1 . 1"},
		{"identification", &tcp4, false, 5, 0x40, "1 1 . 1"},
		{"identification, UDP", &udp4, false, 5, 0x40, "1 1 . 1"},
		{"don't fragment", &tcp4, false, 6, 0x40, "1 1 . 1"},
		{"reserved flag", &udp4, false, 6, 0x80, "1 1 . 1"},
		{"time to live", &tcp4, false, 8, 1, "1 1 . 1"},
		{"time to live, UDP", &udp4, false, 8, 1, "1 1 . 1"},
		{"another protocol", &tcp4, false, 9, 7, "1 1 . 1"},
		{"another flow: destination", &tcp4, false, 19, 1, "1 . 1 1"},
		{"another flow: source", &udp4, false, 12, 1, "1 . 1 1"},
		{"version", &tcp4, false, 0, 0x10, "1 1 . 1"},
		{"first fragment", &tcp4, false, 6, 0x20, "1 1 . 1"},
		{"later fragment", &udp4, false, 7, 0x01, "1 1 . 1"},
		{"total length", &tcp4, false, 3, 1, "1 1 . 1"},
		{"traffic class", &tcp6, false, 0, 1, "1 1 . 1"},
		{"ECN of IPv6", &tcp6, false, 1, 0x30, "1 1 . 1"},
		{"flow label", &udp6, false, 3, 1, "1 1 . 1"},
		{"payload length", &tcp6, false, 5, 1, "1 1 . 1"},
		{"hop limit", &tcp6, false, 7, 1, "1 1 . 1"},
		{"hop limit, UDP", &udp6, false, 7, 1, "1 1 . 1"},
		{"source of IPv6", &udp6, false, 8, 1, ". 2 1"},
		{"destination of IPv6", &udp6, false, 39, 1, ". 2 1"},
		{"source port", &udp4, true, 1, 1, "1 . 1 1"},
		{"destination port", &udp6, true, 3, 1, ". 2 1"},
		{"sequence number", &tcp4, true, 4, 0x80, "1 1 . 1"},
		{"acknowledgment", &tcp4, true, 11, 1, "1 1 . 1"},
		{"reserved bits", &tcp4, true, 12, 1, "1 1 . 1"},
		{"longer header", &tcp6, true, 12, 0x10, "1 1 . 1"},
		{"header of 16 bytes", &tcp6, true, 12, 0xc0, "1 1 . 1"},
		{"window", &tcp4, true, 15, 1, "1 1 . 1"},
		{"urgent pointer", &tcp4, true, 19, 1, "1 1 . 1"},
		{"first option byte", &tcp4, true, 20, 1, "1 1 . 1"},
		{"last option byte", &tcp4, true, 31, 1, "1 1 . 1"},
		{"first payload byte", &tcp4, true, 32, 1, ". 3"},
		{"UDP length", &udp4, true, 5, 1, "1 1 . 1"},
		{"source MAC", &udp6, false, -3, 1, ". 2 1"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct packet p = *t[i].kind;
		static uint8_t b[2000];

		gro_lab_send(&p);
		size_t len = packet_write(&p, b);
		(b + (t[i].of_l4 ? packet_l4(&p) : packet_l3(&p)))[t[i].at] ^= t[i].flip;
		gm_fix(b, len);
		gm_receive(&gro_lab, b, len);
		packet_advance(&p, p.payload);
		gro_lab_send(&p);
		gro_lab_flush();
		if (strcmp(gro_lab_shape, t[i].want) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", t[i].what, gro_lab_shape, t[i].want);
		gro_lab_shape[0] = 0;
	}
}

/* A receiver drops the one with the bad checksum: it has to arrive as it is. */
static void checksums_have_to_be_right(void **state)
{
	for (size_t i = 0; i < PACKET_KINDS; i++)
		for (unsigned bad = 0; bad < 3; bad++)
			for (int of_ip = packet_kinds[i]->version == 6; of_ip < 2; of_ip++) {
				static const char *const want[] = {"1 . 2", "1 1 . 1", "2 . 1"};
				struct packet p = *packet_kinds[i];
				static uint8_t b[2000];

				for (unsigned n = 0; n < 3; n++) {
					size_t len = packet_write(&p, b);

					if (n == bad && p.version == 4 && of_ip)
						b[14 + 10] ^= 1;
					else if (n == bad)
						b[len - 1] ^= 1;
					gm_receive(&gro_lab, b, len);
					packet_advance(&p, p.payload);
				}
				assert_shape(want[bad]);
			}
}

/*
 * The other zero of one's complement: where 0 is right in a checksum field, a receiver takes 0xffff
 * too, but segmentation does not write it.  `spare` is a word that the checksum covers.
 */
static void zero_in(struct packet p, size_t field, size_t spare)
{
	static uint8_t b[2000];
	struct packet second;
	size_t len = packet_write(&p, b);

	if (spare == 14 + 4) /* the identification has to count up, too */
		p.id = (uint16_t)(gm_sum(p.id, b + field, 2) - 1);
	second = p;
	packet_advance(&second, p.payload);
	len = packet_write(&second, b);
	gm_put16(b + spare, gm_sum(gm_be16(b + spare), b + field, 2));
	gm_fix(b, len);
	for (unsigned zero = 0; zero <= 0xffff; zero += 0xffff) {
		struct packet first = p;

		if (p.proto == TCP) {
			assert_in_set(gm_be16(b + field), ((unsigned long[]){0, 0xffff}), 2);
			gm_put16(b + field, zero);
		}
		gro_lab_send(&first);
		gm_receive(&gro_lab, b, len);
		assert_shape(p.proto == TCP && zero ? "1 . 1" : ". 2");
	}
	assert_int_equal(gm_be16(b + field), 0xffff);
}

static void the_other_zero(void **state)
{
	zero_in(tcp4, 14 + 10, 14 + 4);
	zero_in(tcp4, 34 + 16, 66);
	zero_in(tcp6, 54 + 16, 86);
	zero_in(udp4, 34 + 6, 42); /* where 0xffff is the zero that is sent */
	zero_in(udp6, 54 + 6, 62);
}

static void no_udp_checksum(void **state)
{
	struct packet p = udp4;
	static uint8_t b[2000];

	for (int n = 0; n < 3; n++) {
		size_t len = packet_write(&p, b);

		gm_put16(b + 40, 0);
		gm_receive(&gro_lab, b, len);
		packet_advance(&p, p.payload);
	}
	assert_shape("1 1 1 .");
}

/* Three segments that are odd in the same way. */
static void all_alike_and_odd(void **state)
{
	static const struct {
		const char *what;
		const struct packet *kind;
		bool of_l4;
		int at;
		uint8_t flip;
		const char *want;
	} t[] = {
		{"IP version of IPv4", &tcp4, false, 0, 0x20, "1 1 1 ."},
		{"IP version of IPv6", &udp6, false, 0, 0x30, "1 1 1 ."},
		{"IP header of 16 bytes", &tcp4, false, 0, 1, "1 1 1 ."},
		{"IP header longer than the packet says", &udp4, false, 0, 2, "1 1 1 ."},
		{"TCP header of 16 bytes", &tcp4, true, 12, 0xc0, "1 1 1 ."},
		{"TCP header of nothing", &tcp6, true, 12, 0x80, "1 1 1 ."},
		{"total length", &tcp4, false, 3, 1, "1 1 1 ."},
		{"payload length", &udp6, false, 5, 1, "1 1 1 ."},
		{"UDP length", &udp6, true, 5, 1, "1 1 1 ."},
		{"fragments", &udp4, false, 6, 0x20, "1 1 1 ."},
		{"reserved IP flag", &udp4, false, 6, 0x80, ". 3"},
		{"congestion experienced", &udp6, false, 1, 0x30, ". 3"},
		{"reserved TCP bits", &tcp6, true, 12, 1, ". 3"},
		{"EtherType", &tcp6, false, -1, 1, "1 1 1 ."},
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct packet p = *t[i].kind;
		static uint8_t b[2000];

		for (int n = 0; n < 3; n++) {
			size_t len = packet_write(&p, b);

			(b + (t[i].of_l4 ? packet_l4(&p) : packet_l3(&p)))[t[i].at] ^= t[i].flip;
			gm_fix(b, len);
			gm_receive(&gro_lab, b, len);
			packet_advance(&p, p.payload);
		}
		gro_lab_flush();
		if (strcmp(gro_lab_shape, t[i].want) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", t[i].what, gro_lab_shape, t[i].want);
		gro_lab_shape[0] = 0;
	}
}

static void padding_passes(void **state)
{
	for (size_t i = 0; i < PACKET_KINDS; i++) {
		struct packet p = *packet_kinds[i];
		uint8_t b[200] = {0};

		p.payload = 10;
		gro_lab_send(&p);
		packet_write(&p, b);
		gm_receive(&gro_lab, b, packet_len(&p) + 1);
		assert_shape("1 1 .");
	}
}

static void ip_options_pass(void **state)
{
	struct packet p = tcp4;

	p.ip_words = 6;
	gro_lab_send(&p);
	gro_lab_send(&p);
	assert_shape("1 1 .");
}

static void extension_headers_overtake_nothing(void **state)
{
	static const uint8_t next[] = {0, 43, 44, 51, 60};

	for (size_t i = 0; i < ARRAY_SIZE(next); i++) {
		struct packet p = tcp6, q = udp4;
		uint8_t b[200];

		gro_lab_send(&p);
		gro_lab_send(&p);
		gro_lab_send(&q);
		p.payload = 20;
		size_t len = packet_write(&p, b);
		b[14 + 6] = next[i];
		gm_receive(&gro_lab, b, len);
		gro_lab_send(&q);
		assert_shape("2 1 1 . 1");
	}
}

static void other_protocols_pass_at_once(void **state)
{
	struct packet p = tcp6, q = udp4;
	uint8_t b[200] = {0};

	gro_lab_send(&p);
	gro_lab_send(&q);
	for (size_t len = 0; len <= 100; len++)
		gm_receive(&gro_lab, b, len); /* no EtherType */
	gro_lab_flush();
	gro_lab_shape[0] = 0;

	gro_lab_send(&p);
	p.payload = 20;
	size_t len = packet_write(&p, b);
	b[14 + 6] = 58; /* ICMPv6 */
	gm_receive(&gro_lab, b, len);
	p.payload = tcp6.payload;
	gro_lab_send(&p);
	q.payload = 20;
	len = packet_write(&q, b);
	b[14 + 9] = 1; /* ICMP */
	gm_receive(&gro_lab, b, len);
	gm_put16(b + 12, 0x0806);
	gm_receive(&gro_lab, b, len);
	assert_shape("1 1 1 . 2");
}

/* Every length from nothing to a whole frame, in the middle of the flow. */
static void frames_cut_short(void **state)
{
	for (size_t i = 0; i < PACKET_KINDS; i++) {
		struct packet p = *packet_kinds[i];
		uint8_t b[300];

		p.payload = 10;
		size_t whole = packet_write(&p, b);
		for (size_t len = 0; len < whole; len++) {
			p.id = packet_kinds[i]->id;
			p.seq = packet_kinds[i]->seq;
			gro_lab_send(&p);
			gm_receive(&gro_lab, b, len);
			gro_lab_flush();
		}
		assert_int_equal(gro_lab.supers, 0);
	}
}

/* The first byte of the ports makes up for what TCP and UDP are apart, should they be added up. */
static void protocols_tell_flows_apart(void **state)
{
	struct packet p = tcp4, q = udp4;

	q.port = (uint16_t)(p.port ^ (TCP ^ UDP) << 8);
	for (int n = 0; n < 2; n++) {
		gro_lab_send(&p);
		gro_lab_send(&q);
	}
	q = udp4;
	gro_lab_send(&q);
	gro_lab_send(&p);
	gro_lab_send(&q);
	assert_shape(". 3 2 2");
}

static void tags_tell_flows_apart(void **state)
{
	struct packet p = tcp4, q;

	p.tags = 1;
	memcpy(p.tag, "\x81\0\0\x0a", 4);
	q = p;
	q.tag[3] = 11;
	for (int n = 0; n < 2; n++) {
		gro_lab_send(&p);
		gro_lab_send(&q);
	}
	assert_shape(". 2 2");
	p.tags = 2;
	memcpy(p.tag + 4, "\x81\0\0\x0a", 4);
	p.tags++; /* three are too many to look behind */
	gro_lab_send_len(&p, 100);
	gro_lab_send_len(&p, 100);
	assert_shape("1 1 .");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, gro_lab_setup, gro_lab_teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_byte_differs),
		TEST(checksums_have_to_be_right),
		TEST(the_other_zero),
		TEST(no_udp_checksum),
		TEST(all_alike_and_odd),
		TEST(padding_passes),
		TEST(ip_options_pass),
		TEST(extension_headers_overtake_nothing),
		TEST(other_protocols_pass_at_once),
		TEST(frames_cut_short),
		TEST(protocols_tell_flows_apart),
		TEST(tags_tell_flows_apart),
	};

	return cmocka_run_group_tests_name("gro_odd", tests, NULL, NULL);
}
