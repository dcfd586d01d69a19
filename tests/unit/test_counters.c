/* SPDX-License-Identifier: ISC */
/* No frame disappears unexplained: every reason to drop one, its counter, and the events raised. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/vnet.h"
#include "lab.h"
#include "util/mac.h"

static struct lab *l; /* of the test that runs */

static int done(void **state)
{
	lab_free(l);
	l = NULL;
	return 0;
}

/* Sum of a port's drops on the way in, or on the way out. */
static uint64_t drops(unsigned port, bool out)
{
	uint64_t n = 0;

	for (int d = 0; d < DROP_COUNT; d++)
		if (drop_is_out((enum drop)d) == out)
			n += l->port[port].stats.drops[d];
	return n;
}

/* The frame that was received last is the only one dropped, for this reason and no other. */
static void dropped_once(const struct verdict *v, unsigned port, enum drop why)
{
	assert_int_equal(v->drop, why);
	assert_int_equal(lab_fanout(l, v), 0);
	assert_int_equal(l->port[port].stats.drops[why], 1);
	assert_int_equal(drops(port, false), 1);
	assert_int_equal(l->sw->stats.dropped, 1);
}

static void runt(void **state)
{
	uint8_t buf[13] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2};
	struct verdict v;

	l = lab_new(2, 16);
	v = lab_receive(l, 0, buf, sizeof(buf));
	dropped_once(&v, 0, DROP_RUNT);
	assert_int_equal(l->port[0].stats.rx_frames, 1);
	assert_int_equal(l->port[0].stats.rx_bytes, 13);
	assert_int_equal(l->port[0].stats.rx_broadcast, 0); /* it has no address to go by */
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	v = lab_receive(l, 0, buf, 0);
	assert_int_equal(v.drop, DROP_RUNT);
}

static void truncated_tag(void **state)
{
	uint8_t buf[16];
	struct verdict v;

	l = lab_new(2, 16);
	lab_frame(buf, MAC_BROADCAST, STATION(1), ETHERTYPE_CTAG, sizeof(buf));
	v = lab_receive(l, 1, buf, sizeof(buf));
	dropped_once(&v, 1, DROP_TRUNCATED_TAG);
	assert_int_equal(v.src.learn, LEARN_IGNORED);
	assert_int_equal(l->port[1].stats.rx_broadcast, 1);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
}

static void bad_vnet(void **state)
{
	struct {
		uint8_t vnet[VNET_HDR_SIZE];
		uint8_t data[60];
	} in = {.vnet = {VIRTIO_NET_HDR_F_NEEDS_CSUM}}; /* of the Ethernet header */
	struct frame f = {.data = in.data, .len = sizeof(in.data), .vnet = in.vnet};
	struct verdict v;

	l = lab_new(2, 16);
	lab_frame(in.data, MAC_BROADCAST, STATION(1), ETHERTYPE_IPV4, sizeof(in.data));
	switch_decide(l->sw, &l->port[0], &f, frame_parse(&f), &v);
	switch_commit(l->sw, &l->port[0], &f, &v, 0);
	dropped_once(&v, 0, DROP_BAD_VNET);
	in.vnet[0] = 0;
	in.vnet[1] = VIRTIO_NET_HDR_GSO_TCPV4; /* segments without checksums */
	switch_decide(l->sw, &l->port[0], &f, frame_parse(&f), &v);
	switch_commit(l->sw, &l->port[0], &f, &v, 0);
	assert_int_equal(v.drop, DROP_BAD_GSO);
	assert_int_equal(l->port[0].stats.drops[DROP_BAD_GSO], 1);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	assert_int_equal(l->port[0].stats.rx_super, 0);
}

static void a_super_frame_is_counted_as_one(void **state)
{
	struct {
		uint8_t vnet[VNET_HDR_SIZE];
		uint8_t data[4000];
	} in = {.vnet = {VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4, 54, 0, 0xa8, 5, 34,
			 0, 16, 0}};
	struct frame f = {.data = in.data, .len = sizeof(in.data), .vnet = in.vnet};
	struct verdict v;

	l = lab_new(2, 16);
	lab_frame(in.data, MAC_BROADCAST, STATION(1), ETHERTYPE_IPV4, sizeof(in.data));
	in.data[14] = 0x45;
	in.data[14 + 2] = (sizeof(in.data) - 14) >> 8;
	in.data[14 + 3] = (sizeof(in.data) - 14) & 0xff;
	in.data[14 + 9] = 6;
	in.data[34 + 12] = 0x50;
	l->port[0].mtu = l->port[1].mtu = 1488; /* 40 + 1448: just one segment */
	sw_port_update(&l->port[0]);
	sw_port_update(&l->port[1]);
	switch_decide(l->sw, &l->port[0], &f, frame_parse(&f), &v);
	switch_commit(l->sw, &l->port[0], &f, &v, 0);
	assert_true(lab_only_to(l, &v, 1));
	assert_int_equal(l->port[0].stats.rx_super, 1);
	assert_int_equal(l->port[0].stats.rx_frames, 1);
	assert_int_equal(l->port[0].stats.rx_bytes, 4000);
}

static void oversize(void **state)
{
	uint8_t buf[200];
	struct verdict v;

	l = lab_new(2, 16);
	l->port[0].mtu = 100;
	sw_port_update(&l->port[0]);
	lab_frame(buf, MAC_BROADCAST, STATION(1), ETHERTYPE_IPV4, sizeof(buf));
	v = lab_receive(l, 0, buf, 115);
	dropped_once(&v, 0, DROP_OVERSIZE);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	v = lab_receive(l, 0, buf, 114);
	assert_true(lab_only_to(l, &v, 1));
	buf[12] = ETHERTYPE_CTAG >> 8;
	buf[13] = 0;
	v = lab_receive(l, 0, buf, 118); /* the tag does not count */
	assert_true(lab_only_to(l, &v, 1));
	v = lab_receive(l, 0, buf, 119);
	assert_int_equal(v.drop, DROP_OVERSIZE);
}

static void larger_than_any_frame(void **state)
{
	uint8_t *buf = malloc(FRAME_MAX + 1);
	struct verdict v;

	l = lab_new(2, 16);
	lab_frame(buf, MAC_BROADCAST, STATION(1), ETHERTYPE_IPV4, FRAME_MAX + 1);
	v = lab_receive(l, 0, buf, FRAME_MAX + 1);
	free(buf);
	dropped_once(&v, 0, DROP_OVERSIZE);
	assert_int_equal(l->port[0].stats.rx_bytes, FRAME_MAX + 1);
	assert_int_equal(l->port[0].stats.rx_broadcast, 1);
}

static void blocked_port(void **state)
{
	struct verdict v;

	l = lab_new(2, 16);
	sw_port_link(&l->port[0], false);
	v = lab_send(l, 0, MAC_BROADCAST, STATION(1));
	dropped_once(&v, 0, DROP_PORT_BLOCKED);
	assert_int_equal(v.src.learn, LEARN_IGNORED);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	assert_int_equal(l->port[0].stats.rx_frames, 1);
}

/* Bit i of the mask lets 01:80:C2:00:00:0i pass, and no other. */
static void link_local_bit_by_bit(void **state)
{
	struct sw_settings set;

	l = lab_new(2, 16);
	set = l->sw->set;
	for (unsigned bit = 0; bit < 16; bit++) {
		set.link_local = UINT32_C(1) << bit;
		assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
		for (unsigned i = 0; i < 16; i++) {
			struct verdict v =
				lab_send(l, 0, UINT64_C(0x0180c2000000) + i, STATION(bit));

			assert_int_equal(v.drop, i == bit ? DROP_NONE : DROP_LINK_LOCAL);
			assert_int_equal(lab_fanout(l, &v), i == bit);
			assert_int_equal(v.src.learn == LEARN_IGNORED, i != bit);
		}
	}
	assert_int_equal(l->port[0].stats.drops[DROP_LINK_LOCAL], 16 * 15);
	assert_int_equal(l->port[0].stats.rx_multicast, 16 * 16);
	assert_int_equal(l->sw->stats.dropped, 16 * 15);
	assert_int_equal(l->sw->stats.flooded, 16);
}

static void link_local_is_dropped_by_default(void **state)
{
	struct verdict v;

	l = lab_new(2, 16);
	v = lab_send(l, 0, UINT64_C(0x0180c2000000), STATION(1));
	dropped_once(&v, 0, DROP_LINK_LOCAL);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	v = lab_send_tagged(l, 1, UINT64_C(0x0180c200000e), STATION(1), ETHERTYPE_CTAG, 10);
	assert_int_equal(v.drop, DROP_LINK_LOCAL);
}

static void same_port(void **state)
{
	struct verdict v;

	l = lab_new(3, 16);
	lab_send(l, 0, MAC_BROADCAST, STATION(1));
	v = lab_send(l, 0, STATION(1), STATION(2));
	dropped_once(&v, 0, DROP_SAME_PORT);
	assert_int_equal(v.route, ROUTE_KNOWN);
	assert_int_equal(v.src.learn, LEARN_NEW); /* who sent it is learned all the same */
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(2)), 0);
	v = lab_send(l, 0, STATION(1), STATION(1));
	assert_int_equal(v.drop, DROP_SAME_PORT);
}

static void no_egress(void **state)
{
	struct verdict v;

	l = lab_new(1, 16);
	v = lab_send(l, 0, MAC_BROADCAST, STATION(1));
	dropped_once(&v, 0, DROP_NO_EGRESS);
	assert_int_equal(fdb_count(l->sw->fdb), 1);
	assert_int_equal(l->sw->stats.flooded, 0);
}

static void egress_mtu_of_some(void **state)
{
	uint8_t buf[300];
	struct verdict v;

	l = lab_new(70, 16);
	l->port[2].mtu = 100;
	l->port[65].mtu = 100;
	l->port[1].mtu = 286;
	for (unsigned i = 0; i < 70; i++)
		sw_port_update(&l->port[i]);
	lab_frame(buf, MAC_BROADCAST, STATION(1), ETHERTYPE_IPV4, sizeof(buf));
	v = lab_receive(l, 0, buf, sizeof(buf)); /* 286 bytes of payload */
	assert_int_equal(v.drop, DROP_NONE);
	assert_int_equal(lab_fanout(l, &v), 67);
	assert_true(v.asked);
	assert_int_equal(portset_count(&v.cut, l->sw->words), 2);
	assert_false(portset_has(&v.out, 2) || portset_has(&v.out, 65));
	assert_true(portset_has(&v.out, 1));
	assert_int_equal(l->port[2].stats.drops[DROP_EGRESS_MTU], 1);
	assert_int_equal(l->port[65].stats.drops[DROP_EGRESS_MTU], 1);
	assert_int_equal(drops(0, false), 0);
	assert_int_equal(l->sw->stats.forwarded, 1);
	v = lab_receive(l, 0, buf, 114);
	assert_int_equal(lab_fanout(l, &v), 69);
	assert_false(v.asked);
	v = lab_receive(l, 0, buf, 115); /* one byte more than the smallest takes */
	assert_int_equal(lab_fanout(l, &v), 67);
}

static void egress_mtu_of_the_only_one(void **state)
{
	uint8_t buf[300];
	struct verdict v;

	l = lab_new(3, 16);
	lab_send(l, 1, MAC_BROADCAST, STATION(2));
	l->port[1].mtu = 100;
	sw_port_update(&l->port[1]);
	lab_frame(buf, STATION(2), STATION(1), ETHERTYPE_IPV4, sizeof(buf));
	v = lab_receive(l, 0, buf, sizeof(buf));
	assert_int_equal(v.drop, DROP_EGRESS_MTU); /* never flooded to others in its place */
	assert_int_equal(l->port[0].stats.drops[DROP_NO_EGRESS], 0); /* counted once */
	assert_int_equal(l->port[1].stats.drops[DROP_EGRESS_MTU], 1);
	assert_int_equal(l->port[2].stats.drops[DROP_EGRESS_MTU], 0);
	assert_int_equal(l->sw->stats.dropped, 1);
	l->port[1].mtu = 0;
	sw_port_update(&l->port[1]);
	v = lab_receive(l, 0, buf, sizeof(buf));
	assert_true(lab_only_to(l, &v, 1));
}

static void received_is_what_was_received(void **state)
{
	const struct sw_port_stats *s;

	l = lab_new(2, 16);
	lab_send(l, 0, MAC_BROADCAST, STATION(1));
	lab_send(l, 0, UINT64_C(0x01005e000001), STATION(1));
	lab_send(l, 0, STATION(2), STATION(1));
	lab_send_tagged(l, 0, STATION(2), STATION(1), ETHERTYPE_CTAG, 1);
	s = &l->port[0].stats;
	assert_int_equal(s->rx_frames, 4);
	assert_int_equal(s->rx_bytes, 244);
	assert_int_equal(s->rx_unicast, 2);
	assert_int_equal(s->rx_multicast, 1);
	assert_int_equal(s->rx_broadcast, 1);
	assert_int_equal(s->rx_super, 0);
	assert_int_equal(l->port[1].stats.rx_frames, 0);
	sw_clear_stats(l->sw, &l->port[0]);
	assert_int_equal(s->rx_frames, 0);
	assert_int_equal(fdb_port_stats(l->sw->fdb, 0)->learned, 0);
	assert_int_equal(l->sw->stats.forwarded, 4);
	lab_send(l, 0, MAC_BROADCAST, STATION(1));
	lab_send(l, 1, MAC_BROADCAST, STATION(2));
	sw_clear_stats(l->sw, NULL);
	assert_int_equal(l->sw->stats.forwarded, 0);
	assert_int_equal(l->port[1].stats.rx_frames, 0);
	assert_int_equal(fdb_count(l->sw->fdb), 3);
	assert_int_equal(fdb_port_stats(l->sw->fdb, 0)->entries, 2);
}

static void events_of_learning_and_moving(void **state)
{
	l = lab_new(2, 16);
	lab_send_tagged(l, 0, MAC_BROADCAST, STATION(1), ETHERTYPE_CTAG, 9);
	assert_int_equal(l->last.kind, EVENT_MAC_LEARNED);
	assert_string_equal(l->last.port, "p0");
	assert_int_equal(l->last.mac, STATION(1));
	assert_int_equal(l->last.vid, 9);
	lab_send_tagged(l, 0, MAC_BROADCAST, STATION(1), ETHERTYPE_CTAG, 9);
	assert_int_equal(l->raised[EVENT_MAC_LEARNED], 1); /* known: nothing to tell */
	l->now_ms = 20000;
	lab_send_tagged(l, 1, MAC_BROADCAST, STATION(1), ETHERTYPE_CTAG, 9);
	assert_int_equal(l->last.kind, EVENT_MAC_MOVED);
	assert_string_equal(l->last.port, "p1");
	assert_string_equal(l->last.from, "p0");
	assert_int_equal(l->last.vid, 9);
}

static void event_of_flapping_comes_once(void **state)
{
	l = lab_new(2, 16);
	lab_send(l, 0, MAC_BROADCAST, STATION(1));
	for (unsigned i = 1; i <= 1000; i++) {
		l->now_ms += 100;
		lab_send(l, i % 2, MAC_BROADCAST, STATION(1));
		if (i == FDB_FLAP_MOVES) {
			assert_int_equal(l->last.kind, EVENT_MAC_FLAPPING);
			assert_int_equal(l->last.number, FDB_FLAP_MOVES);
		}
	}
	assert_int_equal(l->raised[EVENT_MAC_FLAPPING], 1);
	assert_int_equal(l->raised[EVENT_MAC_MOVED], FDB_FLAP_MOVES - 1);
	l->now_ms += UINT64_C(1000) * (FDB_FLAP_QUIET_S + 1);
	lab_send(l, 1, MAC_BROADCAST, STATION(1));
	assert_int_equal(l->raised[EVENT_MAC_MOVED], FDB_FLAP_MOVES);
}

static void event_of_ageing(void **state)
{
	l = lab_new(2, 16);
	lab_send(l, 1, MAC_BROADCAST, STATION(1));
	assert_false(sw_age(l->sw, 299999));
	assert_int_equal(l->raised[EVENT_MAC_AGED], 0);
	assert_false(sw_age(l->sw, 300000));
	assert_int_equal(l->raised[EVENT_MAC_AGED], 1);
	assert_int_equal(l->last.mac, STATION(1));
	assert_string_equal(l->last.port, "p1");
}

/* One table of 100 000 addresses that expire together is aged in many short turns. */
static void ageing_takes_turns(void **state)
{
	unsigned turns = 0;

	l = lab_new(2, 100000);
	for (unsigned i = 0; i < 100000; i++)
		lab_send(l, i % 2, MAC_BROADCAST, STATION(i));
	assert_int_equal(fdb_count(l->sw->fdb), 100000);
	while (sw_age(l->sw, 300000))
		turns++;
	assert_true(turns > 10);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	assert_int_equal(l->raised[EVENT_MAC_AGED], 100000);
}

static void event_of_a_full_table_comes_once(void **state)
{
	l = lab_new(1, 16);
	for (unsigned i = 0; i < 100; i++)
		lab_send(l, 0, MAC_BROADCAST, STATION(i));
	assert_int_equal(l->raised[EVENT_TABLE_FULL], 1);
	assert_int_equal(l->raised[EVENT_MAC_LEARNED], 16);
	assert_int_equal(fdb_port_stats(l->sw->fdb, 0)->refused_full, 84);
	sw_age(l->sw, 1000); /* still full */
	lab_send(l, 0, MAC_BROADCAST, STATION(200));
	assert_int_equal(l->raised[EVENT_TABLE_FULL], 1);
	sw_age(l->sw, 301000); /* all are gone: told again next time */
	for (unsigned i = 0; i < 100; i++)
		lab_send(l, 0, MAC_BROADCAST, STATION(i));
	assert_int_equal(l->raised[EVENT_TABLE_FULL], 2);
}

static void nobody_listens(void **state)
{
	l = lab_new(2, 16);
	l->sw->events = NULL;
	for (unsigned i = 0; i < 100; i++)
		lab_send(l, i % 2, MAC_BROADCAST, STATION(i / 3));
	sw_age(l->sw, 300000);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	assert_int_equal(l->sw->stats.forwarded, 100);
}

#define TEST(name) cmocka_unit_test_teardown(name, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(runt),
		TEST(truncated_tag),
		TEST(bad_vnet),
		TEST(a_super_frame_is_counted_as_one),
		TEST(oversize),
		TEST(larger_than_any_frame),
		TEST(blocked_port),
		TEST(link_local_bit_by_bit),
		TEST(link_local_is_dropped_by_default),
		TEST(same_port),
		TEST(no_egress),
		TEST(egress_mtu_of_some),
		TEST(egress_mtu_of_the_only_one),
		TEST(received_is_what_was_received),
		TEST(events_of_learning_and_moving),
		TEST(event_of_flapping_comes_once),
		TEST(event_of_ageing),
		TEST(ageing_takes_turns),
		TEST(event_of_a_full_table_comes_once),
		TEST(nobody_listens),
	};

	return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
