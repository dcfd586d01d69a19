/* SPDX-License-Identifier: ISC */
/*
 * Super-frames cut, checksums filled in.  Every cut is held against what all cuts have in common
 * (see check_piece()); the tests then look at what differs from segment to segment.  That the
 * kernel does the same is tests/net/test_gso_oracle.py's to say.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/gso.h"
#include "packet.h"

enum { FIN = 0x01, SYN = 0x02, PSH = 0x08, ACK = 0x10, URG = 0x20, CWR = 0x80 };
enum { ETHERNET = 14, IP4 = ETHERNET, L4_IP4 = ETHERNET + 20, L4_IP6 = ETHERNET + 40 };

static struct packet p; /* too large for some stacks */

/* What a packet became: the frames, one behind the other. */
static struct {
	size_t n;
	uint8_t *frame[70000];
	size_t len[70000];
	uint8_t *memory;
} out;

static int forget(void **state)
{
	free(out.memory);
	out.memory = NULL;
	out.n = 0;
	return 0;
}

static uint32_t at16(size_t segment, size_t offset)
{
	const uint8_t *b = out.frame[segment] + offset;

	return (uint32_t)b[0] << 8 | b[1];
}

static uint32_t at32(size_t segment, size_t offset)
{
	return at16(segment, offset) << 16 | at16(segment, offset + 2);
}

static uint8_t flags(size_t segment)
{
	return out.frame[segment][p.l4 + 13];
}

/* True of each segment of each packet. */
static void check_piece(const struct gso *g, const struct gso_piece *piece, bool last)
{
	assert_int_equal(piece->head_len, g->head_len);
	assert_true(piece->head_len <= GSO_HEAD_MAX);
	if (last)
		assert_true(piece->payload_len <= g->size);
	else
		assert_int_equal(piece->payload_len, g->size);
}

/* Cuts p; the head is in memory of the exact size, so that a byte too much is seen. */
static void cut(void)
{
	struct gso_piece piece;
	struct frame f;
	struct gso g;
	size_t room, at = 0;
	const uint8_t *next = p.data;

	forget(NULL);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	gso_begin(&g, &f);
	assert_true(g.count >= 1 && g.count <= ARRAY_SIZE(out.frame));
	next += g.head_len;
	room = p.len + g.count * g.head_len;
	out.memory = malloc(room);
	for (size_t left = g.count; left; left--) {
		uint8_t *head = malloc(g.head_len ? g.head_len : 1);

		assert_int_equal(g.count, left);
		assert_true(gso_next(&g, head, &piece));
		check_piece(&g, &piece, left == 1);
		assert_ptr_equal(piece.head, head);
		assert_ptr_equal(piece.payload, next); /* not copied, nothing left out */
		next += piece.payload_len;
		out.frame[out.n] = out.memory + at;
		out.len[out.n] = piece.head_len + piece.payload_len;
		assert_true(at + out.len[out.n] <= room);
		memcpy(out.memory + at, piece.head, piece.head_len);
		memcpy(out.memory + at + piece.head_len, piece.payload, piece.payload_len);
		at += out.len[out.n++];
		free(head);
	}
	assert_ptr_equal(next, p.data + p.len);
	assert_true(out.n == 1 || piece.payload_len > 0);
	assert_false(gso_next(&g, out.memory, &piece));
	assert_false(gso_next(&g, out.memory, &piece));
}

/* The same where all checksums and lengths were right before. */
static void cut_sound(void)
{
	cut();
	for (size_t i = 0; i < out.n; i++)
		if (!packet_sound(out.frame[i], out.len[i], p.l3, p.l4))
			fail_msg("segment %zu of %zu: a length or a checksum is wrong", i, out.n);
}

static void tcp4(size_t payload, uint16_t size)
{
	packet_ipv4(&p, TCP, 20, payload);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV4, size);
}

static void tcp6(const uint8_t *chain, size_t payload, uint16_t size)
{
	packet_ipv6(&p, TCP, chain, payload);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV6, size);
}

static void udp4(size_t payload, uint16_t size)
{
	packet_ipv4(&p, UDP, 20, payload);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_UDP_L4, size);
}

static void udp6(const uint8_t *chain, size_t payload, uint16_t size)
{
	packet_ipv6(&p, UDP, chain, payload);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_UDP_L4, size);
}

static void nothing_owed(void **state)
{
	struct frame f;

	tcp4(100, 0);
	memset(p.vnet, 0, sizeof(p.vnet));
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_false(gso_owed(&f));
	cut();
	assert_int_equal(out.n, 1);
	assert_int_equal(out.len[0], p.len);
	assert_memory_equal(out.frame[0], p.data, p.len);
	f.vnet = NULL; /* a port without offload headers */
	assert_false(gso_owed(&f));
}

static void what_is_owed(void **state)
{
	struct frame f;

	tcp4(3000, 1448);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_true(gso_owed(&f));
	packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_true(gso_owed(&f));
}

/* Nothing but the two bytes of the checksum is different. */
static void only_the_checksum(size_t field)
{
	assert_int_equal(out.n, 1);
	assert_int_equal(out.len[0], p.len);
	assert_memory_equal(out.frame[0], p.data, field);
	assert_memory_equal(out.frame[0] + field + 2, p.data + field + 2, p.len - field - 2);
}

static void a_checksum_filled_in(void **state)
{
	for (size_t payload = 0; payload < 70; payload++) {
		packet_ipv4(&p, UDP, 20, payload);
		packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
		cut_sound();
		only_the_checksum(p.l4 + UDP_CSUM);
		packet_ipv6(&p, TCP, packet_no_chain, payload);
		packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
		cut_sound();
		only_the_checksum(p.l4 + TCP_CSUM);
	}
}

/* Of any protocol, anywhere behind an IP header, at odd offsets too. */
static void a_checksum_anywhere(void **state)
{
	packet_ipv4(&p, UDP, 20, 333);
	for (size_t start = L4_IP4; start < 90; start++)
		for (size_t offset = 0; offset < 5; offset++) {
			uint16_t sum = packet_sum(p.data + start, p.len - start, 0);

			packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
			packet_start(&p, start);
			packet_put16le(p.vnet + 8, offset);
			cut();
			only_the_checksum(start + offset);
			assert_int_equal(at16(0, start + offset),
					 sum == 0xffff ? sum : ~sum & 0xffff);
		}
}

/* RFC 768: no checksum is written as 0, so the sum that comes to 0 is written as 0xffff. */
static void a_checksum_of_zero(void **state)
{
	uint8_t *payload;

	packet_ipv4(&p, UDP, 20, 20);
	payload = p.data + p.l4 + 8;
	packet_put16(payload,
		     packet_sum(payload, 2, (uint16_t)~packet_sum(p.data + p.l4, p.len - p.l4, 0)));
	packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
	cut_sound();
	assert_int_equal(at16(0, p.l4 + UDP_CSUM), 0xffff);
}

static void tcp_over_ipv4(void **state)
{
	tcp4(3000, 1448);
	packet_put16(p.data + IP4 + 10, 0xdead); /* of the whole: nobody believes it */
	p.data[p.l4 + 13] = FIN | PSH | ACK | CWR;
	cut_sound();
	assert_int_equal(out.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(out.len[i], L4_IP4 + 20 + (i < 2 ? 1448 : 104));
		assert_int_equal(at16(i, IP4 + 4), (0xfffe + i) & 0xffff);
		assert_int_equal(at32(i, L4_IP4 + 4), (uint32_t)(0xfffffff0 + i * 1448));
		assert_int_equal(at32(i, L4_IP4 + 8), 77);
		assert_memory_equal(out.frame[i], p.data, IP4 + 2);
	}
	assert_int_equal(flags(0), ACK | CWR);
	assert_int_equal(flags(1), ACK);
	assert_int_equal(flags(2), ACK | FIN | PSH);
}

static void tcp_over_ipv6(void **state)
{
	tcp6(packet_no_chain, 2 * 1428, 1428);
	packet_put32(p.data + 14, 0x6abcdef1); /* traffic class and flow label stay */
	cut_sound();
	assert_int_equal(out.n, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(at32(i, 14), 0x6abcdef1);
		assert_int_equal(at16(i, 14 + 4), 20 + 1428);
		assert_int_equal(at32(i, L4_IP6 + 4), (uint32_t)(0xfffffff0 + i * 1428));
	}
}

static void the_other_flags_stay(void **state)
{
	tcp4(3000, 1448);
	p.data[p.l4 + 12] = 0x5f; /* reserved bits, one of which is an ECN flag now */
	p.data[p.l4 + 13] = 0xff;
	packet_put16(p.data + p.l4 + 18, 99); /* urgent pointer */
	cut_sound();
	assert_int_equal(flags(0), 0xff & ~(FIN | PSH));
	assert_int_equal(flags(1), 0xff & ~(FIN | PSH | CWR));
	assert_int_equal(flags(2), 0xff & ~CWR);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(out.frame[i][p.l4 + 12], 0x5f);
		assert_int_equal(at16(i, p.l4 + 18), 99);
	}
}

/* CWR goes with the first segment whether or not the offload header says ECN, as in the kernel. */
static void cwr_with_and_without_the_flag(void **state)
{
	for (unsigned ecn = 0; ecn <= VIRTIO_NET_HDR_GSO_ECN; ecn += VIRTIO_NET_HDR_GSO_ECN) {
		tcp4(300, 100);
		p.vnet[1] |= (uint8_t)ecn;
		p.data[p.l4 + 13] = ACK | CWR;
		cut_sound();
		assert_int_equal(flags(0), ACK | CWR);
		assert_int_equal(flags(1), ACK);
		assert_int_equal(flags(2), ACK);
	}
}

static void options_are_repeated(void **state)
{
	packet_ipv4(&p, TCP, 60, 3000);
	packet_tcp_words(&p, 15);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV4, 1000);
	cut_sound();
	assert_int_equal(out.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(out.len[i], ETHERNET + 60 + 60 + 1000);
		assert_memory_equal(out.frame[i] + IP4 + 20, p.data + IP4 + 20, 40);
		assert_memory_equal(out.frame[i] + p.l4 + 20, p.data + p.l4 + 20, 40);
	}
}

static void extension_headers_are_repeated(void **state)
{
	static const uint8_t chain[] = {0, 43, 60, 0xff};

	tcp6(chain, 3000, 1000);
	cut_sound();
	assert_int_equal(out.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(out.len[i], L4_IP6 + 24 + 20 + 1000);
		assert_int_equal(at16(i, 14 + 4), 24 + 20 + 1000);
		assert_memory_equal(out.frame[i] + L4_IP6, p.data + L4_IP6, 24);
	}
	udp6(chain, 3000, 1000);
	cut_sound();
	assert_int_equal(out.n, 3);
}

/*
 * Under a routing header the pseudo header has another destination (RFC 8200 section 8.1), which
 * the sender has put into the field: it is what counts, not the header's address.
 */
static void the_pseudo_header_is_the_senders(void **state)
{
	static const uint8_t routing[] = {43, 0xff};

	tcp6(routing, 3000, 1000);
	p.data[14 + 24 + 15] = 99; /* the next hop */
	cut();
	for (size_t i = 0; i < out.n; i++) {
		assert_false(packet_sound(out.frame[i], out.len[i], p.l3, p.l4));
		out.frame[i][14 + 24 + 15] = 2; /* arrived */
		assert_true(packet_sound(out.frame[i], out.len[i], p.l3, p.l4));
	}
}

static void udp_over_ipv4(void **state)
{
	udp4(3000, 1400);
	cut_sound();
	assert_int_equal(out.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(at16(i, IP4 + 4), (0xfffe + i) & 0xffff);
		assert_int_equal(at16(i, L4_IP4 + 4), 8 + (i < 2 ? 1400 : 200));
		assert_int_equal(at32(i, L4_IP4), 40000u << 16 | 443);
	}
}

static void udp_over_ipv6(void **state)
{
	udp6(packet_no_chain, 3000, 1400);
	cut_sound();
	assert_int_equal(out.n, 3);
	assert_int_equal(at16(2, L4_IP6 + 4), 8 + 200);
	assert_int_equal(at16(2, 14 + 4), 8 + 200);
}

/* A payload word that brings the sum of its segment to zero. */
static void udp_segments_whose_sum_is_zero(void **state)
{
	uint8_t *payload;

	udp4(4 * 100, 100);
	cut();
	payload = p.data + p.l4 + 8;
	for (size_t i = 1; i < 3; i++)
		packet_put16(payload + i * 100,
			     packet_sum(payload + i * 100, 2, at16(i, p.l4 + UDP_CSUM)));
	cut_sound();
	assert_int_equal(at16(1, p.l4 + UDP_CSUM), 0xffff);
	assert_int_equal(at16(2, p.l4 + UDP_CSUM), 0xffff);
	assert_int_not_equal(at16(3, p.l4 + UDP_CSUM), 0xffff);
}

/* TCP has no such rule, and the kernel writes 0. */
static void tcp_segments_whose_sum_is_zero(void **state)
{
	uint8_t *payload;

	tcp4(300, 100);
	cut();
	payload = p.data + p.l4 + 20 + 100;
	packet_put16(payload, packet_sum(payload, 2, at16(1, p.l4 + TCP_CSUM)));
	cut_sound();
	assert_int_equal(at16(1, p.l4 + TCP_CSUM), 0);
}

static void behind_tags(void **state)
{
	static const uint16_t tpid[] = {ETHERTYPE_CTAG, ETHERTYPE_STAG};
	static void (*const make[])(size_t, uint16_t) = {tcp4, udp4};

	for (size_t i = 0; i < 4; i++) {
		make[i / 2](3000, 1000);
		packet_tag(&p, ETHERTYPE_CTAG, 0x2123);
		if (i % 2)
			packet_tag(&p, tpid[i / 2], 0x0456);
		cut_sound();
		assert_int_equal(out.n, 3);
		for (size_t k = 0; k < 3; k++) {
			assert_memory_equal(out.frame[k], p.data, p.l3);
			assert_int_equal(at16(k, p.l3 + 4), (0xfffe + k) & 0xffff);
		}
	}
}

static void at_the_edges_of_a_multiple(void **state)
{
	static const uint16_t size[] = {2, 3, 8, 99, 1447, 1448};

	for (size_t i = 0; i < ARRAY_SIZE(size); i++)
		for (size_t k = 2; k < 6; k++) {
			size_t len = k * size[i];

			tcp4(len, size[i]);
			cut_sound();
			assert_int_equal(out.n, k);
			tcp6(packet_no_chain, len + 1, size[i]);
			cut_sound();
			assert_int_equal(out.n, k + 1);
			assert_int_equal(out.len[k], L4_IP6 + 20 + 1);
			udp4(len - 1, size[i]);
			cut_sound();
			assert_int_equal(out.n, k);
			assert_int_equal(out.len[k - 1], L4_IP4 + 8 + size[i] - 1);
		}
}

/* A super-frame of one segment lacks its checksum and nothing else. */
static void a_single_segment(void **state)
{
	for (size_t len = 99; len <= 100; len++) {
		tcp4(len, 100);
		packet_put16(p.data + IP4 + 10, 0xdead);
		p.data[p.l4 + 13] = FIN | PSH | ACK | CWR;
		cut();
		only_the_checksum(p.l4 + TCP_CSUM);
		udp6(packet_no_chain, len, 100);
		cut_sound();
		only_the_checksum(p.l4 + UDP_CSUM);
	}
	tcp4(101, 100);
	cut_sound();
	assert_int_equal(out.n, 2);
	tcp4(1, 0xfffe);
	cut();
	assert_int_equal(out.n, 1);
}

/* The longest datagrams there are, and the most segments that they can become. */
static void the_longest(void **state)
{
	tcp4(65535 - 40, 1448);
	cut_sound();
	assert_int_equal(out.n, 46);
	tcp6(packet_no_chain, FRAME_MAX - L4_IP6 - 20, 1428);
	cut_sound();
	udp4(65535 - 28, 1472);
	cut_sound();
	udp6(packet_no_chain, 65000, 0xfe00);
	cut_sound();
	assert_int_equal(out.n, 1);
	tcp4(31 * VNET_TCP_SEGMENTS_MAX, 31);
	cut_sound();
	assert_int_equal(out.n, VNET_TCP_SEGMENTS_MAX);
	assert_int_equal(out.len[0], L4_IP4 + 20 + 31);
	assert_int_equal(at32(out.n - 1, L4_IP4 + 4), (uint32_t)(0xfffffff0 + 31 * (out.n - 1)));
}

static void a_header_as_long_as_there_is_room(void **state)
{
	static uint8_t chain[(GSO_HEAD_MAX - L4_IP6 - 20) / 8 + 1];

	memset(chain, 60, sizeof(chain));
	chain[sizeof(chain) - 1] = 0xff;
	packet_ipv6(&p, TCP, chain, 1000);
	packet_tcp_words(&p, 6);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV6, 300);
	cut_sound();
	assert_int_equal(out.n, 4);
	assert_true(out.len[0] - 300 > GSO_HEAD_MAX - 4);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
	packet_start(&p, GSO_HEAD_MAX - TCP_CSUM - 2);
	cut();
	only_the_checksum(GSO_HEAD_MAX - 2);
}

#define TEST(f) cmocka_unit_test_teardown(f, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_owed),
		TEST(what_is_owed),
		TEST(a_checksum_filled_in),
		TEST(a_checksum_anywhere),
		TEST(a_checksum_of_zero),
		TEST(tcp_over_ipv4),
		TEST(tcp_over_ipv6),
		TEST(the_other_flags_stay),
		TEST(cwr_with_and_without_the_flag),
		TEST(options_are_repeated),
		TEST(extension_headers_are_repeated),
		TEST(the_pseudo_header_is_the_senders),
		TEST(udp_over_ipv4),
		TEST(udp_over_ipv6),
		TEST(udp_segments_whose_sum_is_zero),
		TEST(tcp_segments_whose_sum_is_zero),
		TEST(behind_tags),
		TEST(at_the_edges_of_a_multiple),
		TEST(a_single_segment),
		TEST(the_longest),
		TEST(a_header_as_long_as_there_is_room),
	};

	return cmocka_run_group_tests_name("gso", tests, NULL, NULL);
}
