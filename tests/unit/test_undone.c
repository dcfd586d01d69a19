/* SPDX-License-Identifier: ISC */
/* Frames that were left undone and say so by their checksum alone. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/csum.h"
#include "core/undone.h"
#include "packet.h"

enum { MTU = 1450 };

static struct packet p;

/* The frame in memory of its exact size. */
static bool look(size_t len, struct virtio_net_hdr *h)
{
	uint8_t *copy = malloc(len ? len : 1);
	bool is;

	assert_non_null(copy);
	memcpy(copy, p.data, len);
	is = undone_look(copy, len, MTU, h);
	free(copy);
	return is;
}

static void make(bool v4, uint8_t proto, size_t payload)
{
	if (v4)
		packet_ipv4(&p, proto, 20, payload);
	else
		packet_ipv6(&p, proto, packet_no_chain, payload);
}

/* With the header that was found the frame is one that a tap could have handed over. */
static void check_found(const struct virtio_net_hdr *h)
{
	struct frame f;

	vnet_save(p.vnet, h);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_int_equal(f.super, vnet_is_super(h));
	assert_true(f.payload <= MTU);
}

static void what_was_left_undone_is_found(void **state)
{
	for (int v4 = 0; v4 < 2; v4++)
		for (int tcp = 0; tcp < 2; tcp++)
			for (unsigned tags = 0; tags < 3; tags++) {
				struct virtio_net_hdr h, true_one;

				make(v4, tcp ? TCP : UDP, 1000);
				for (unsigned i = 0; i < tags; i++)
					packet_tag(&p, i ? ETHERTYPE_STAG : ETHERTYPE_CTAG, 7);
				packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
				true_one = vnet_load(p.vnet);
				assert_true(look(p.len, &h));
				assert_int_equal(h.csum_start, true_one.csum_start);
				assert_int_equal(h.csum_offset, true_one.csum_offset);
				check_found(&h);
			}
}

static void super_frames_are_cut_to_the_mtu(void **state)
{
	for (int v4 = 0; v4 < 2; v4++) {
		struct virtio_net_hdr h;

		make(v4, TCP, 40000);
		packet_tcp_words(&p, 8);
		packet_owe(&p, v4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6, 1000);
		assert_true(look(p.len, &h));
		assert_int_equal(h.gso_size, MTU - (v4 ? 20 : 40) - 32);
		check_found(&h);
		p.data[p.l4 + 13] |= 0x80; /* CWR: not repeated in each piece */
		assert_true(look(p.len, &h));
		assert_true(h.gso_type & VIRTIO_NET_HDR_GSO_ECN);
	}
}

static void the_padding_of_a_short_frame_is_no_part_of_it(void **state)
{
	struct virtio_net_hdr h;

	make(true, UDP, 1);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
	memset(p.data + p.len, 0, 60);
	assert_true(look(60, &h));
}

static void all_else_is_left_alone(void **state)
{
	struct virtio_net_hdr h;

	for (int v4 = 0; v4 < 2; v4++) {
		make(v4, TCP, 1000);
		csum_put(p.data + p.l4 + TCP_CSUM,
			 csum_finish(csum_add(0, p.data + p.l4, p.len - p.l4)));
		assert_true(packet_sound(p.data, p.len, p.l3, p.l4));
		assert_false(look(p.len, &h)); /* finished */
		make(v4, TCP, 1000);
		p.data[p.l4 + TCP_CSUM] ^= 1;
		assert_false(look(p.len, &h)); /* wrong */
		make(v4, TCP, 1000);
		packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
		for (size_t len = 0; len < p.len; len++)
			assert_false(look(len, &h));
		p.data[p.l3 + (v4 ? 9 : 6)] = 47; /* GRE */
		assert_false(look(p.len, &h));
	}
	make(true, TCP, 1000);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_NONE, 0);
	p.data[p.l3 + 6] = 0x20; /* more fragments */
	assert_false(look(p.len, &h));
	p.data[p.l3 + 6] = 0;
	p.data[p.l3 + 7] = 1; /* not the first */
	assert_false(look(p.len, &h));
	p.data[p.l3 + 7] = 0;
	p.data[p.l3] = 0x44;
	assert_false(look(p.len, &h));
	make(true, TCP, 40000);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV4, 1000);
	p.data[p.l4 + 12] = 0x40; /* a header shorter than one */
	assert_false(look(p.len, &h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_left_undone_is_found),
		cmocka_unit_test(super_frames_are_cut_to_the_mtu),
		cmocka_unit_test(the_padding_of_a_short_frame_is_no_part_of_it),
		cmocka_unit_test(all_else_is_left_alone),
	};

	return cmocka_run_group_tests_name("undone", tests, NULL, NULL);
}
