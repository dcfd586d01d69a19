/* SPDX-License-Identifier: ISC */
/* Offload headers: the honest ones are believed, every lie is refused. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "core/vnet.h"
#include "lab.h"

enum { TCP = 6, UDP = 17, TCP_CSUM = 16, UDP_CSUM = 6 };

/* What a tap hands over: the header, and the frame right behind it. */
struct packet {
	uint8_t vnet[VNET_HDR_SIZE];
	uint8_t data[4096];
	size_t len;
	uint16_t l4; /* where the transport header begins */
};

static void put16le(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void set_vnet(struct packet *p, uint8_t flags, uint8_t gso, uint16_t size, uint16_t offset)
{
	p->vnet[0] = flags;
	p->vnet[1] = gso;
	put16le(p->vnet + 2, p->l4); /* hdr_len */
	put16le(p->vnet + 4, size);
	put16le(p->vnet + 6, p->l4);
	put16le(p->vnet + 8, offset);
}

static void set_start(struct packet *p, size_t start)
{
	put16le(p->vnet + 6, (uint16_t)start);
}

static void put_l4(struct packet *p, uint8_t proto, size_t payload)
{
	if (proto == TCP)
		p->data[p->l4 + 12] = 5 << 4; /* 20 bytes of header */
	p->len = p->l4 + (proto == TCP ? 20u : 8u) + payload;
}

/* An IPv4 datagram whose IP header is ihl bytes long, behind an Ethernet header. */
static void ipv4(struct packet *p, uint8_t proto, unsigned ihl, size_t payload)
{
	memset(p, 0, sizeof(*p));
	lab_frame(p->data, STATION(1), STATION(2), ETHERTYPE_IPV4, sizeof(p->data));
	p->data[14] = (uint8_t)(0x40 | ihl / 4);
	p->data[14 + 9] = proto;
	p->l4 = (uint16_t)(14 + ihl);
	put_l4(p, proto, payload);
}

/* An IPv6 packet; `chain` is extension headers of 8 bytes, ended by 0xff. */
static void ipv6(struct packet *p, uint8_t proto, const uint8_t *chain, size_t payload)
{
	uint8_t *next;

	memset(p, 0, sizeof(*p));
	lab_frame(p->data, STATION(1), STATION(2), ETHERTYPE_IPV6, sizeof(p->data));
	p->data[14] = 0x60;
	next = &p->data[14 + 6];
	p->l4 = 14 + 40;
	for (; *chain != 0xff; chain++) {
		*next = *chain;
		next = &p->data[p->l4];
		p->l4 = (uint16_t)(p->l4 + 8);
	}
	*next = proto;
	put_l4(p, proto, payload);
}

/* Parses in memory of the exact size; *f is filled. */
static enum drop parse(const struct packet *p, struct frame *f)
{
	uint8_t *copy = malloc(VNET_HDR_SIZE + p->len);
	enum drop d;

	memcpy(copy, p->vnet, VNET_HDR_SIZE);
	memcpy(copy + VNET_HDR_SIZE, p->data, p->len);
	*f = (struct frame){.data = copy + VNET_HDR_SIZE, .len = p->len, .vnet = copy};
	d = frame_parse(f);
	free(copy);
	return d;
}

static bool good(const struct packet *p)
{
	struct frame f;

	return parse(p, &f) == DROP_NONE;
}

/* A packet whose header is honest, to be spoilt in one respect. */
static void honest_tcp4(struct packet *p)
{
	ipv4(p, TCP, 20, 3000);
	set_vnet(p, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4, 1448, TCP_CSUM);
}

static const uint8_t none[] = {0xff};

static void honest_tcp6(struct packet *p)
{
	ipv6(p, TCP, none, 3000);
	set_vnet(p, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV6, 1428, TCP_CSUM);
}

static void honest_udp(struct packet *p)
{
	ipv4(p, UDP, 20, 3000);
	set_vnet(p, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_UDP_L4, 1472, UDP_CSUM);
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

	ipv4(&p, UDP, 20, 100);
	assert_int_equal(parse(&p, &f), DROP_NONE);
	assert_false(f.super);
	assert_int_equal(f.payload, p.len - 14);
	p.vnet[0] = VIRTIO_NET_HDR_F_DATA_VALID;
	put16le(p.vnet + 6, 0xffff); /* says nothing where no checksum is owed */
	put16le(p.vnet + 8, 0xffff);
	assert_true(good(&p));
}

static void a_checksum_owed(void **state)
{
	struct packet p;
	struct frame f;

	ipv4(&p, UDP, 20, 100);
	set_vnet(&p, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_NONE, 0, UDP_CSUM);
	assert_int_equal(parse(&p, &f), DROP_NONE);
	assert_false(f.super);
	assert_int_equal(f.payload, p.len - 14);
}

static void checksum_field_outside_the_frame(void **state)
{
	struct packet p;

	ipv4(&p, UDP, 20, 100);
	set_vnet(&p, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_NONE, 0, UDP_CSUM);
	set_start(&p, p.len - UDP_CSUM - 2); /* the last two bytes */
	assert_true(good(&p));
	set_start(&p, p.len - UDP_CSUM - 1);
	assert_false(good(&p));
	set_start(&p, 0xffff);
	assert_false(good(&p));
	set_start(&p, p.l4);
	put16le(p.vnet + 8, 0xffff);
	assert_false(good(&p));
	put16le(p.vnet + 8, 0);
	set_start(&p, 13); /* in the Ethernet header */
	assert_false(good(&p));
	set_start(&p, 0);
	assert_false(good(&p));
}

static void super_frames_count_one_segment(void **state)
{
	struct packet p;
	struct frame f;

	honest_tcp4(&p);
	assert_int_equal(parse(&p, &f), DROP_NONE);
	assert_true(f.super);
	assert_int_equal(f.payload, 20 + 20 + 1448);
	honest_tcp6(&p);
	assert_int_equal(parse(&p, &f), DROP_NONE);
	assert_int_equal(f.payload, 40 + 20 + 1428);
	honest_udp(&p);
	assert_int_equal(parse(&p, &f), DROP_NONE);
	assert_true(f.super);
	assert_int_equal(f.payload, 20 + 8 + 1472);
}

static void a_segment_no_longer_than_the_frame(void **state)
{
	struct packet p;
	struct frame f;

	ipv4(&p, TCP, 20, 100);
	set_vnet(&p, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4, 1448, TCP_CSUM);
	assert_int_equal(parse(&p, &f), DROP_NONE);
	assert_int_equal(f.payload, p.len - 14);
}

static void options_in_ip_and_tcp(void **state)
{
	struct packet p;
	struct frame f;

	ipv4(&p, TCP, 60, 3000);
	p.data[p.l4 + 12] = 8 << 4; /* 32 bytes of TCP header, as with timestamps */
	set_vnet(&p, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4, 1000, TCP_CSUM);
	assert_int_equal(parse(&p, &f), DROP_NONE);
	assert_int_equal(f.payload, 60 + 32 + 1000);
}

static void ipv6_extension_headers(void **state)
{
	static const uint8_t all[] = {0, 43, 60, 0xff}, fragment[] = {44, 0xff};
	struct packet p;
	struct frame f;

	ipv6(&p, TCP, all, 3000);
	set_vnet(&p, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV6, 1000, TCP_CSUM);
	assert_int_equal(parse(&p, &f), DROP_NONE);
	assert_int_equal(f.payload, 40 + 24 + 20 + 1000);
	set_start(&p, 14 + 40); /* points at the first extension header */
	assert_false(good(&p));
	ipv6(&p, TCP, all, 3000);
	set_vnet(&p, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV6, 1000, TCP_CSUM);
	p.data[14 + 40 + 1] = 255; /* its length leads out of where the transport header is */
	assert_false(good(&p));
	p.len = 14 + 40 + 1; /* cut inside the chain */
	assert_false(good(&p));
	ipv6(&p, TCP, fragment, 3000);
	set_vnet(&p, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV6, 1000, TCP_CSUM);
	assert_false(good(&p));
}

static void udp_segmentation_of_both_families(void **state)
{
	static const uint8_t hop[] = {0, 0xff};
	struct packet p;
	struct frame f;

	ipv6(&p, UDP, hop, 3000);
	set_vnet(&p, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_UDP_L4, 1200, UDP_CSUM);
	assert_int_equal(parse(&p, &f), DROP_NONE);
	assert_int_equal(f.payload, 40 + 8 + 8 + 1200);
	p.vnet[1] |= VIRTIO_NET_HDR_GSO_ECN;
	assert_false(good(&p));
}

static void behind_a_tag(void **state)
{
	struct packet p;
	struct frame f;

	honest_tcp4(&p);
	memmove(p.data + 16, p.data + 12, p.len - 12);
	p.data[12] = ETHERTYPE_CTAG >> 8;
	p.data[13] = 0;
	p.data[14] = 0;
	p.data[15] = 10;
	p.len += 4;
	assert_false(good(&p)); /* csum_start is four bytes short of the TCP header now */
	set_start(&p, p.l4 + 4u);
	assert_int_equal(parse(&p, &f), DROP_NONE);
	assert_int_equal(f.vid, 10);
	assert_int_equal(f.payload, 20 + 20 + 1448); /* the tag is not payload */
}

static void ecn_with_tcp(void **state)
{
	struct packet p;

	honest_tcp4(&p);
	p.vnet[1] |= VIRTIO_NET_HDR_GSO_ECN;
	assert_true(good(&p));
	p.vnet[1] = VIRTIO_NET_HDR_GSO_ECN; /* of nothing */
	assert_false(good(&p));
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
		{"csum_start in the IP header", 6, 30},
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
		if (good(&p))
			fail_msg("believed: %s", lie[i].what);
	}
	honest_tcp4(&p);
	put16le(p.vnet + 4, 0); /* segments of no bytes: for ever */
	assert_false(good(&p));
	honest_tcp6(&p);
	p.data[14] = 0x40;
	assert_false(good(&p));
	honest_tcp6(&p);
	p.vnet[1] = VIRTIO_NET_HDR_GSO_TCPV4;
	assert_false(good(&p));
	honest_udp(&p);
	put16le(p.vnet + 8, TCP_CSUM);
	assert_false(good(&p));
}

static void headers_cut_short(void **state)
{
	static void (*const make[])(struct packet *) = {honest_tcp4, honest_tcp6, honest_udp};

	for (size_t i = 0; i < ARRAY_SIZE(make); i++) {
		struct packet p;
		size_t header;

		make[i](&p);
		header = p.l4 + (make[i] == honest_udp ? 8u : 20u);
		for (p.len = 14; p.len <= header; p.len++)
			assert_false(good(&p)); /* and ASan says nothing */
		assert_true(good(&p));		/* one byte to segment */
	}
}

/* A TCP header that claims to be longer than the frame is. */
static void tcp_header_beyond_the_end(void **state)
{
	struct packet p;

	ipv4(&p, TCP, 20, 39);
	set_vnet(&p, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4, 10, TCP_CSUM);
	p.data[p.l4 + 12] = 0xf0; /* 60 bytes; 59 are there */
	assert_false(good(&p));
	p.len++;
	assert_false(good(&p)); /* all header, nothing to cut */
	p.len++;
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
	put16le(p.vnet + 2, 0xffff);
	assert_false(good(&p));
	ipv4(&p, UDP, 20, 100);
	put16le(p.vnet + 2, (uint16_t)(p.len + 1));
	assert_false(good(&p));
	put16le(p.vnet + 2, (uint16_t)p.len);
	assert_true(good(&p));
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
	};

	return cmocka_run_group_tests_name("vnet", tests, NULL, NULL);
}
