/* SPDX-License-Identifier: ISC */
/* Offload headers: the honest ones are believed, every lie is refused. */
#include "unit.h"

#include <string.h>

#include "packet.h"

static bool good(struct packet *p)
{
	struct frame f;

	return packet_parse(p, &f) == DROP_NONE;
}

static bool bad_csum(struct packet *p)
{
	struct frame f;

	return packet_parse(p, &f) == DROP_BAD_VNET;
}

static bool bad_gso(struct packet *p)
{
	struct frame f;

	return packet_parse(p, &f) == DROP_BAD_GSO && !f.super;
}

/* A packet whose header is honest, to be spoilt in one respect. */
static void honest_tcp4(struct packet *p)
{
	packet_ipv4(p, TCP, 20, 3000);
	packet_owe(p, VIRTIO_NET_HDR_GSO_TCPV4, 1448);
}

static void honest_tcp6(struct packet *p)
{
	packet_ipv6(p, TCP, packet_no_chain, 3000);
	packet_owe(p, VIRTIO_NET_HDR_GSO_TCPV6, 1428);
}

static void honest_udp(struct packet *p)
{
	packet_ipv4(p, UDP, 20, 3000);
	packet_owe(p, VIRTIO_NET_HDR_GSO_UDP_L4, 1472);
}

static void loads_little_endian(void **state)
{
	const uint8_t b[VNET_HDR_SIZE] = {1, 4, 0x36, 0x00, 0xa8, 0x05, 0x22, 0x01, 0x10, 0x02};
	struct virtio_net_hdr h = vnet_load(b);

	assert_int_equal(h.flags, 1);
	assert_int_equal(h.gso_type, 4);
	assert_int_equal(h.hdr_len, 0x36);
	assert_int_equal(h.gso_size, 1448);
	assert_int_equal(h.csum_start, 0x122);
	assert_int_equal(h.csum_offset, 0x210);
}

static void nothing_owed(void **state)
{
	struct packet p;
	struct frame f;

	packet_ipv4(&p, UDP, 20, 100);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_false(f.super);
	assert_int_equal(f.payload, p.len - 14);
	p.vnet[0] = VIRTIO_NET_HDR_F_DATA_VALID;
	packet_put16le(p.vnet + 6, 0xffff); /* says nothing where no checksum is owed */
	packet_put16le(p.vnet + 8, 0xffff);
	assert_true(good(&p));
}

static void a_checksum_owed(void **state)
{
	struct packet p;
	struct frame f;

	packet_ipv4(&p, UDP, 20, 100);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_false(f.super);
	assert_int_equal(f.payload, p.len - 14);
}

static void checksum_field_outside_the_frame(void **state)
{
	struct packet p;

	packet_ipv4(&p, UDP, 20, 100);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
	packet_start(&p, p.len - UDP_CSUM - 2); /* the last two bytes */
	assert_true(good(&p));
	packet_start(&p, p.len - UDP_CSUM - 1);
	assert_true(bad_csum(&p));
	packet_start(&p, 0xffff);
	assert_true(bad_csum(&p));
	packet_start(&p, p.l4);
	packet_put16le(p.vnet + 8, 0xffff);
	assert_true(bad_csum(&p));
	packet_put16le(p.vnet + 8, 0);
	packet_start(&p, 14 + 20);
	assert_true(good(&p));
	packet_start(&p, 14 + 19); /* in the shortest IP header there is */
	assert_true(bad_csum(&p));
	packet_start(&p, 13); /* in the Ethernet header */
	assert_true(bad_csum(&p));
	packet_start(&p, 0);
	assert_true(bad_csum(&p));
}

static void super_frames_count_one_segment(void **state)
{
	struct packet p;
	struct frame f;

	honest_tcp4(&p);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_true(f.super);
	assert_int_equal(f.payload, 20 + 20 + 1448);
	honest_tcp6(&p);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_int_equal(f.payload, 40 + 20 + 1428);
	honest_udp(&p);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_true(f.super);
	assert_int_equal(f.payload, 20 + 8 + 1472);
}

static void a_segment_no_longer_than_the_frame(void **state)
{
	struct packet p;
	struct frame f;

	packet_ipv4(&p, TCP, 20, 100);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV4, 1448);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_int_equal(f.payload, p.len - 14);
}

static void options_in_ip_and_tcp(void **state)
{
	struct packet p;
	struct frame f;

	packet_ipv4(&p, TCP, 60, 3000);
	p.data[p.l4 + 12] = 8 << 4; /* 32 bytes of TCP header, as with timestamps */
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV4, 1000);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_int_equal(f.payload, 60 + 32 + 1000);
	packet_start(&p, p.l4 - 4u); /* among the options */
	assert_true(bad_gso(&p));
}

static void ipv6_extension_headers(void **state)
{
	static const uint8_t all[] = {0, 43, 60, 0xff}, fragment[] = {44, 0xff};
	struct packet p;
	struct frame f;

	packet_ipv6(&p, TCP, all, 3000);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV6, 1000);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_int_equal(f.payload, 40 + 24 + 20 + 1000);
	packet_start(&p, 14 + 40); /* points at the first extension header */
	assert_true(bad_gso(&p));
	packet_ipv6(&p, TCP, all, 3000);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV6, 1000);
	p.data[14 + 40 + 1] = 255; /* its length leads out of where the transport header is */
	assert_true(bad_gso(&p));
	packet_resize(&p, 14 + 40 + 1); /* cut inside the chain */
	assert_false(good(&p));
	packet_ipv6(&p, TCP, fragment, 3000);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV6, 1000);
	assert_true(bad_gso(&p));
}

static void udp_segmentation_of_both_families(void **state)
{
	static const uint8_t hop[] = {0, 0xff};
	struct packet p;
	struct frame f;

	packet_ipv6(&p, UDP, hop, 3000);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_UDP_L4, 1200);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_int_equal(f.payload, 40 + 8 + 8 + 1200);
	p.vnet[1] |= VIRTIO_NET_HDR_GSO_ECN;
	assert_true(bad_gso(&p));
}

static void behind_a_tag(void **state)
{
	struct packet p;
	struct frame f;

	honest_tcp4(&p);
	packet_tag(&p, ETHERTYPE_CTAG, 10);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_int_equal(f.vid, 10);
	assert_int_equal(f.payload, 20 + 20 + 1448); /* the tag is not payload */
	packet_start(&p, p.l4 - 4u);		     /* as if it were not there */
	assert_true(bad_csum(&p));
}

static void ecn_with_tcp(void **state)
{
	struct packet p;

	honest_tcp4(&p);
	p.vnet[1] |= VIRTIO_NET_HDR_GSO_ECN;
	assert_true(good(&p));
	p.vnet[1] = VIRTIO_NET_HDR_GSO_ECN; /* of nothing */
	assert_true(bad_gso(&p));
}

static void one_lie_each(void **state)
{
	static const struct {
		const char *what;
		size_t at; /* in the header (below 10), or 10 + in the frame */
		uint8_t value;
	} lie[] = {
		{"no checksum owed", 0, 0},
		{"TCP over IPv6, says the type", 1, VIRTIO_NET_HDR_GSO_TCPV6},
		{"UDP, says the type", 1, VIRTIO_NET_HDR_GSO_UDP_L4},
		{"UFO", 1, VIRTIO_NET_HDR_GSO_UDP},
		{"a type nobody knows", 1, 2},
		{"another", 1, 0x7f},
		{"csum_start in the TCP header", 6, 38},
		{"checksum elsewhere", 8, 14},
		{"IP version 6", 10 + 14, 0x65},
		{"IP header of 16 bytes", 10 + 14, 0x44},
		{"IP header of 24 bytes", 10 + 14, 0x46},
		{"UDP, says the IP header", 10 + 14 + 9, UDP},
		{"first fragment", 10 + 14 + 6, 0x20},
		{"later fragment", 10 + 14 + 7, 1},
		{"later fragment, far", 10 + 14 + 6, 0x10},
		{"TCP header of 16 bytes", 10 + 34 + 12, 0x40},
		{"not IP at all", 10 + 13, 6},
	};
	struct packet p;

	honest_tcp4(&p);
	assert_true(good(&p));
	p.data[14 + 6] = 0x40; /* don't fragment is no lie */
	assert_true(good(&p));
	for (size_t i = 0; i < ARRAY_SIZE(lie); i++) {
		honest_tcp4(&p);
		if (lie[i].at < 10)
			p.vnet[lie[i].at] = lie[i].value;
		else
			p.data[lie[i].at - 10] = lie[i].value;
		if (!bad_gso(&p))
			fail_msg("believed: %s", lie[i].what);
	}
	honest_tcp4(&p);
	packet_put16le(p.vnet + 4, 0); /* segments of no bytes: for ever */
	assert_true(bad_gso(&p));
	honest_tcp6(&p);
	p.data[14] = 0x40;
	assert_true(bad_gso(&p));
	honest_tcp6(&p);
	p.vnet[1] = VIRTIO_NET_HDR_GSO_TCPV4;
	assert_true(bad_gso(&p));
	honest_udp(&p);
	packet_put16le(p.vnet + 8, TCP_CSUM);
	assert_true(bad_gso(&p));
}

static void headers_cut_short(void **state)
{
	static void (*const make[])(struct packet *) = {honest_tcp4, honest_tcp6, honest_udp};

	for (size_t i = 0; i < ARRAY_SIZE(make); i++) {
		struct packet p;
		size_t header;

		make[i](&p);
		header = p.l4 + (make[i] == honest_udp ? 8u : 20u);
		for (size_t len = 14; len <= header; len++) {
			packet_resize(&p, len);
			assert_false(good(&p)); /* and ASan says nothing */
		}
		packet_resize(&p, header + 1); /* one byte to segment */
		assert_true(good(&p));
	}
}

/* A TCP header that claims to be longer than the frame is. */
static void tcp_header_beyond_the_end(void **state)
{
	struct packet p;

	packet_ipv4(&p, TCP, 20, 39);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV4, 10);
	p.data[p.l4 + 12] = 0xf0; /* 60 bytes; 59 are there */
	assert_true(bad_gso(&p));
	packet_resize(&p, p.len + 1);
	assert_true(bad_gso(&p)); /* all header, nothing to cut */
	packet_resize(&p, p.len + 1);
	assert_true(good(&p));
}

/* The kernel cuts by the frame's length and delivers by the header's: they must agree. */
static void lengths_that_contradict(void **state)
{
	static const struct {
		void (*make)(struct packet *);
		size_t at; /* a length, to be one more and one less */
	} length[] = {{honest_tcp4, 14 + 2},
		      {honest_tcp6, 14 + 4},
		      {honest_udp, 14 + 2},
		      {honest_udp, 34 + 4}};
	struct packet p;

	for (size_t i = 0; i < ARRAY_SIZE(length); i++) {
		uint8_t *low = &p.data[length[i].at + 1];

		length[i].make(&p);
		assert_true(good(&p));
		++*low;
		assert_true(bad_gso(&p));
		*low = (uint8_t)(*low - 2);
		assert_true(bad_gso(&p));
		++*low;
		assert_true(good(&p));
		p.len++; /* padding */
		assert_true(bad_gso(&p));
		p.len -= 2;
		assert_true(bad_gso(&p));
		p.len++;
		packet_put16(&p.data[length[i].at], 0); /* "look yourself", says a jumbogram */
		assert_true(bad_gso(&p));
	}
}

/* What only lacks its checksum may be padded, as short frames are: the checksum covers it all. */
static void padding_behind_a_frame_that_is_whole(void **state)
{
	struct packet p;

	packet_ipv4(&p, UDP, 20, 1);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
	p.len = 60;
	assert_true(good(&p));
}

/* Whoever sends segments keeps room for VNET_HEAD_MAX bytes of headers. */
static void headers_as_long_as_there_is_room(void **state)
{
	enum { CHAIN = (VNET_HEAD_MAX - 14 - 40 - 20) / 8 };
	static uint8_t chain[CHAIN + 2];
	struct packet p;

	memset(chain, 60, sizeof(chain));
	chain[CHAIN] = 0xff;
	packet_ipv6(&p, TCP, chain, 1000);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV6, 100);
	p.data[p.l4 + 12] = 6 << 4;
	assert_true(p.l4 + 24u <= VNET_HEAD_MAX && p.l4 + 28u > VNET_HEAD_MAX);
	assert_true(good(&p));
	p.data[p.l4 + 12] = 7 << 4; /* an option more */
	assert_true(bad_gso(&p));
	p.vnet[1] = VIRTIO_NET_HDR_GSO_NONE;
	assert_true(good(&p)); /* of a whole frame, only what is up to the checksum counts */
	packet_start(&p, VNET_HEAD_MAX - TCP_CSUM - 2);
	assert_true(good(&p));
	packet_start(&p, VNET_HEAD_MAX - TCP_CSUM - 1);
	assert_true(bad_csum(&p));
}

/* Numbers that a tap refuses (include/linux/virtio_net.h), so that it does not come to that. */
static void what_a_tap_would_refuse(void **state)
{
	struct packet p;

	packet_ipv4(&p, UDP, 20, 2 * VNET_UDP_SEGMENTS_MAX);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_UDP_L4, 2);
	assert_true(good(&p));
	packet_resize(&p, p.len + 1);
	assert_true(bad_gso(&p));
	packet_ipv4(&p, TCP, 20, VNET_TCP_SEGMENTS_MAX);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV4, 1);
	assert_true(good(&p));
	packet_resize(&p, p.len + 1); /* no tap minds that: we do */
	assert_true(bad_gso(&p));
	packet_put16le(p.vnet + 4, 0xffff);
	assert_true(bad_gso(&p));
	packet_put16le(p.vnet + 4, 0xfffe);
	assert_true(good(&p));
}

/*
 * hdr_len goes on to the next tap with the rest of the header, and Linux refuses a packet whose
 * hdr_len is longer than it (tun_get_user() in drivers/net/tun.c): a lie like the others.
 */
static void hdr_len_beyond_the_end(void **state)
{
	struct packet p;

	honest_tcp4(&p);
	packet_put16le(p.vnet + 2, 0xffff);
	assert_true(bad_csum(&p));
	packet_ipv4(&p, UDP, 20, 100);
	packet_put16le(p.vnet + 2, (uint16_t)(p.len + 1));
	assert_true(bad_csum(&p));
	packet_put16le(p.vnet + 2, (uint16_t)p.len);
	assert_true(good(&p));
}

/* A tag comes in front of everything the header points to: the header that did fit still does. */
static void a_tag_put_in_front(void **state)
{
	void (*const honest[])(struct packet *) = {honest_tcp4, honest_tcp6, honest_udp};
	static const uint8_t tag[] = {0x88, 0xa8, 0x00, 0x0a};

	for (size_t i = 0; i < ARRAY_SIZE(honest); i++) {
		struct virtio_net_hdr before, after;
		struct packet p;

		honest[i](&p);
		before = vnet_load(p.vnet);
		memmove(p.data + 16, p.data + 12, p.len - 12);
		memcpy(p.data + 12, tag, sizeof(tag));
		p.len += 4;
		assert_false(good(&p));
		vnet_shift(p.vnet, 4);
		assert_true(good(&p));
		after = vnet_load(p.vnet);
		assert_int_equal(after.csum_start, before.csum_start + 4);
		assert_int_equal(after.hdr_len, before.hdr_len ? before.hdr_len + 4 : 0);
		assert_int_equal(after.csum_offset, before.csum_offset);
		assert_int_equal(after.gso_size, before.gso_size);
	}
}

/* What means nothing stays as it is. */
static void nothing_to_shift(void **state)
{
	uint8_t none[VNET_HDR_SIZE] = {0}, valid[VNET_HDR_SIZE] = {VIRTIO_NET_HDR_F_DATA_VALID};
	uint8_t long_start[VNET_HDR_SIZE] = {1, 0, 0xff, 0, 0, 0, 0xfe, 0x01};

	vnet_shift(none, 4);
	vnet_shift(valid, 4);
	for (size_t i = 0; i < VNET_HDR_SIZE; i++) {
		assert_int_equal(none[i], 0);
		assert_int_equal(valid[i], i == 0 ? VIRTIO_NET_HDR_F_DATA_VALID : 0);
	}
	vnet_shift(long_start, 4);
	assert_int_equal(vnet_load(long_start).hdr_len, 0x103);
	assert_int_equal(vnet_load(long_start).csum_start, 0x202);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_little_endian),
		cmocka_unit_test(nothing_owed),
		cmocka_unit_test(a_checksum_owed),
		cmocka_unit_test(checksum_field_outside_the_frame),
		cmocka_unit_test(super_frames_count_one_segment),
		cmocka_unit_test(a_segment_no_longer_than_the_frame),
		cmocka_unit_test(options_in_ip_and_tcp),
		cmocka_unit_test(ipv6_extension_headers),
		cmocka_unit_test(udp_segmentation_of_both_families),
		cmocka_unit_test(behind_a_tag),
		cmocka_unit_test(ecn_with_tcp),
		cmocka_unit_test(one_lie_each),
		cmocka_unit_test(headers_cut_short),
		cmocka_unit_test(tcp_header_beyond_the_end),
		cmocka_unit_test(hdr_len_beyond_the_end),
		cmocka_unit_test(lengths_that_contradict),
		cmocka_unit_test(padding_behind_a_frame_that_is_whole),
		cmocka_unit_test(headers_as_long_as_there_is_room),
		cmocka_unit_test(what_a_tap_would_refuse),
		cmocka_unit_test(a_tag_put_in_front),
		cmocka_unit_test(nothing_to_shift),
	};

	return cmocka_run_group_tests_name("vnet", tests, NULL, NULL);
}
