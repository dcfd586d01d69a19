/* SPDX-License-Identifier: ISC */
/*
 * Coalescing: what is merged, what a super-frame looks like, and its limits.  The model
 * (tests/fuzz/gro_model.h) cuts up whatever comes out, and compares it with what went in.
 */
#include "unit.h"

#include <string.h>

#include "gro_lab.h"

/* ---- what is merged ---- */

static void segments_of_a_flow(void **state)
{
	static const uint8_t both[] = {0x88, 0xa8, 0, 100, 0x81, 0, 0, 10};

	for (size_t i = 0; i < PACKET_KINDS; i++)
		for (unsigned tags = 0; tags <= 2; tags++) {
			struct packet p = *packet_kinds[i];

			memcpy(p.tag, &both[tags == 1 ? 4 : 0], tags == 1 ? 4 : 8);
			p.tags = tags;
			for (int n = 0; n < 5; n++)
				gro_lab_send(&p);
			assert_shape(". 5");
		}
}

static struct virtio_net_hdr last_vnet;
static uint8_t last_frame[200];
static size_t last_len;

static void keep(void *arg, struct frame *f)
{
	last_vnet = vnet_load(f->vnet);
	last_len = f->len;
	memcpy(last_frame, f->data, sizeof(last_frame));
}

/* The header as the kernel writes it, and the checksum field without the complement. */
static void what_a_super_frame_says(void **state)
{
	for (size_t i = 0; i < PACKET_KINDS; i++) {
		struct packet p = *packet_kinds[i];
		struct gro *g = gro_new(keep, NULL);
		static uint8_t a[2000], b[2000];
		size_t len = packet_write(&p, a), l4 = packet_l4(&p);
		bool tcp = p.proto == TCP, v4 = p.version == 4;

		packet_advance(&p, p.payload);
		p.flags |= PSH * tcp;
		gro_receive(g, a, len);
		gro_receive(g, b, packet_write(&p, b));
		gro_flush(g);
		assert_int_equal(last_len, len + p.payload);
		assert_int_equal(last_vnet.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
		assert_int_equal(last_vnet.gso_type, !tcp ? VIRTIO_NET_HDR_GSO_UDP_L4
						     : v4 ? VIRTIO_NET_HDR_GSO_TCPV4
							  : VIRTIO_NET_HDR_GSO_TCPV6);
		assert_int_equal(last_vnet.hdr_len, len - p.payload);
		assert_int_equal(last_vnet.gso_size, p.payload);
		assert_int_equal(last_vnet.csum_start, l4);
		assert_int_equal(last_vnet.csum_offset, tcp ? 16 : 6);
		assert_int_equal(gm_be16(last_frame + 14 + (v4 ? 2 : 4)),
				 last_len - (v4 ? 14 : 54));
		if (v4)
			assert_int_equal(gm_sum(0, last_frame + 14, 20), 0xffff);
		if (tcp)
			assert_int_equal(last_frame[l4 + 13], ACK | PSH);
		assert_int_equal(
			gm_be16(last_frame + l4 + (tcp ? 16 : 6)),
			gm_sum(p.proto + last_len - l4, last_frame + (v4 ? 26 : 22), v4 ? 8 : 32));
		gro_free(g);
	}
}

static void a_frame_alone_passes_as_it_came(void **state)
{
	struct packet p = tcp4;

	gro_lab_send(&p); /* the model checks that it was not copied */
	assert_int_equal(gro_lab.out, 0);
	gro_lab_flush();
	assert_int_equal(gro_lab.supers, 0);
	gro_lab_send(&p);
	assert_shape(". 1 . 1");
}

static void a_shorter_segment_is_the_last(void **state)
{
	for (size_t i = 0; i < PACKET_KINDS; i++) {
		struct packet p = *packet_kinds[i];

		gro_lab_send(&p);
		gro_lab_send(&p);
		gro_lab_send_len(&p, 1);
		gro_lab_send_len(&p, 1);
		assert_shape("3 . 1");
		p = *packet_kinds[i];
		gro_lab_send_len(&p, 600);
		gro_lab_send_len(&p, 601); /* longer: might begin the next */
		gro_lab_send_len(&p, 601);
		assert_shape("1 . 2");
	}
}

static void psh_and_fin_end_it(void **state)
{
	static const uint8_t ends[] = {ACK | PSH, ACK | FIN, ACK | PSH | FIN};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		for (int v6 = 0; v6 < 2; v6++) {
			struct packet p = v6 ? tcp6 : tcp4;

			gro_lab_send(&p);
			gro_lab_send(&p);
			gro_lab_send_flags(&p, ends[i]);
			gro_lab_send(&p);
			gro_lab_send(&p);
			assert_shape("3 . 2");
			p = v6 ? tcp6 : tcp4;
			gro_lab_send_flags(&p, ends[i]);
			assert_shape("1 ."); /* nothing may follow, so it is not held */
		}
}

static void other_flags_pass(void **state)
{
	static const uint8_t odd[] = {0,	 ACK | SYN, ACK | RST, ACK | URG,
				      ACK | CWR, PSH,	    FIN,       ACK | CWR | ECE};

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		struct packet p = tcp4;

		gro_lab_send(&p);
		gro_lab_send(&p);
		gro_lab_send_flags(&p, odd[i]);
		gro_lab_send_flags(&p, odd[i]);
		gro_lab_send(&p);
		assert_shape("2 1 1 . 1");
	}
}

static void ece_on_all_or_none(void **state)
{
	struct packet p = tcp4;

	gro_lab_send(&p);
	gro_lab_send_flags(&p, ACK | ECE);
	gro_lab_send_flags(&p, ACK | ECE);
	gro_lab_send(&p);
	assert_shape("1 2 . 1");
}

static void empty_segments_pass(void **state)
{
	for (size_t i = 0; i < PACKET_KINDS; i++) {
		struct packet p = *packet_kinds[i];

		gro_lab_send_len(&p, 0);
		gro_lab_send(&p);
		gro_lab_send(&p);
		gro_lab_send_len(&p, 0);
		gro_lab_send(&p);
		assert_shape("1 2 1 . 1");
	}
}

/* ---- limits ---- */

static void no_more_than_64_segments(void **state)
{
	for (size_t i = 0; i < PACKET_KINDS; i++) {
		struct packet p = *packet_kinds[i];

		for (int n = 0; n < 2 * GRO_SEGMENTS_MAX + 1; n++)
			gro_lab_send_len(&p, 500);
		assert_shape("64 64 . 1");
	}
}

/* An IP packet has 65535 bytes: exactly that many, and one more. */
static void no_more_than_an_ip_packet(void **state)
{
	for (size_t i = 0; i < PACKET_KINDS; i++)
		for (size_t more = 0; more < 2; more++) {
			struct packet p = *packet_kinds[i];
			size_t room = 65535 - (packet_len(&p) - p.payload - 14);

			p.tags = 2;
			memcpy(p.tag, "\x88\xa8\0\x64\x81\0\0\x0a", 8);
			gro_lab_send_len(&p, 20000);
			gro_lab_send_len(&p, 20000);
			gro_lab_send_len(&p, 20000);
			gro_lab_send_len(&p, room - 60000 + more);
			assert_shape(more ? "3 . 1" : "4 .");
		}
}

static void numbers_wrap(void **state)
{
	struct packet p = tcp4;

	p.id = 0xffff;
	p.seq = 0xffffffff;
	gro_lab_send(&p);
	gro_lab_send(&p);
	gro_lab_send(&p);
	assert_shape(". 3");
}

static void the_oldest_gives_way(void **state)
{
	struct packet p[GRO_FLOWS + 1];

	for (int n = 0; n < GRO_FLOWS + 1; n++) {
		p[n] = tcp4;
		p[n].port = (uint16_t)n;
	}
	for (int n = 0; n < GRO_FLOWS; n++)
		gro_lab_send(&p[n]);
	for (int n = 0; n < GRO_FLOWS; n++)
		gro_lab_send(&p[n]);
	gro_lab_send(&p[GRO_FLOWS]); /* sends flow 0 on */
	gro_lab_send(&p[2]);
	gro_lab_send(&p[0]); /* and this sends flow 1 */
	assert_shape("2 2 . 3 2 2 2 2 2 1 1");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, gro_lab_setup, gro_lab_teardown)
	const struct CMUnitTest tests[] = {
		TEST(segments_of_a_flow),
		TEST(what_a_super_frame_says),
		TEST(a_frame_alone_passes_as_it_came),
		TEST(a_shorter_segment_is_the_last),
		TEST(psh_and_fin_end_it),
		TEST(other_flags_pass),
		TEST(ece_on_all_or_none),
		TEST(empty_segments_pass),
		TEST(no_more_than_64_segments),
		TEST(no_more_than_an_ip_packet),
		TEST(numbers_wrap),
		TEST(the_oldest_gives_way),
	};

	return cmocka_run_group_tests_name("gro", tests, NULL, NULL);
}
