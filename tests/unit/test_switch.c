/* SPDX-License-Identifier: ISC */
/* Where frames go: known, unknown, group; VLANs; ports that come, go and block; settings. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "lab.h"
#include "util/mac.h"

static struct lab *l; /* of the test that runs */

static int done(void **state)
{
	lab_free(l);
	l = NULL;
	return 0;
}

static void unknown_is_flooded_known_is_not(void **state)
{
	struct verdict v;

	l = lab_new(4, 16);
	v = lab_send(l, 0, STATION(2), STATION(1));
	assert_int_equal(v.drop, DROP_NONE);
	assert_int_equal(v.route, ROUTE_UNKNOWN);
	assert_int_equal(v.src.learn, LEARN_NEW);
	assert_int_equal(lab_fanout(l, &v), 3);
	assert_false(portset_has(&v.out, 0));
	v = lab_send(l, 3, STATION(1), STATION(2));
	assert_int_equal(v.route, ROUTE_KNOWN);
	assert_true(lab_only_to(l, &v, 0));
	v = lab_send(l, 0, STATION(2), STATION(1));
	assert_true(lab_only_to(l, &v, 3));
	assert_int_equal(v.src.learn, LEARN_KNOWN);
	assert_int_equal(l->sw->stats.forwarded, 3);
	assert_int_equal(l->sw->stats.flooded, 1);
	assert_int_equal(l->sw->stats.dropped, 0);
}

static void groups_go_to_all_others(void **state)
{
	static const struct {
		uint64_t dst;
		enum route route;
	} group[] = {
		{MAC_BROADCAST, ROUTE_BROADCAST},
		{UINT64_C(0x01005e000001), ROUTE_MULTICAST},
		{UINT64_C(0x333300000001), ROUTE_MULTICAST},
		{UINT64_C(0x0180c2000010), ROUTE_MULTICAST}, /* next to the reserved block */
		{UINT64_C(0x0180c1ffffff), ROUTE_MULTICAST},
	};

	l = lab_new(5, 16);
	for (size_t i = 0; i < ARRAY_SIZE(group); i++) {
		struct verdict v = lab_send(l, 2, group[i].dst, STATION(1));

		assert_int_equal(v.route, group[i].route);
		assert_int_equal(lab_fanout(l, &v), 4);
		assert_false(portset_has(&v.out, 2));
	}
}

/* A group as a source is nobody's address; it must not make later frames to it unicast. */
static void group_sources_teach_nothing(void **state)
{
	struct verdict v;

	l = lab_new(3, 16);
	v = lab_send(l, 0, STATION(1), MAC_BROADCAST);
	assert_int_equal(v.src.learn, LEARN_IGNORED);
	v = lab_send(l, 0, STATION(1), MAC_NONE);
	assert_int_equal(v.src.learn, LEARN_IGNORED);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	v = lab_send(l, 1, MAC_BROADCAST, STATION(2));
	assert_int_equal(lab_fanout(l, &v), 2);
}

static void vlans_learn_apart_and_flood_together(void **state)
{
	struct verdict v;

	l = lab_new(3, 16);
	v = lab_send_tagged(l, 0, MAC_BROADCAST, STATION(1), ETHERTYPE_CTAG, 10);
	assert_int_equal(v.vid, 10);
	assert_int_equal(lab_fanout(l, &v), 2); /* every port carries every VLAN */
	v = lab_send_tagged(l, 1, STATION(1), STATION(2), ETHERTYPE_CTAG, 10);
	assert_true(lab_only_to(l, &v, 0));
	v = lab_send_tagged(l, 1, STATION(1), STATION(2), ETHERTYPE_CTAG, 20);
	assert_int_equal(v.route, ROUTE_UNKNOWN);
	v = lab_send(l, 1, STATION(1), STATION(2));
	assert_int_equal(v.vid, 0);
	assert_int_equal(v.route, ROUTE_UNKNOWN);
	assert_int_equal(fdb_lookup(l->sw->fdb, 10, STATION(1)), 0);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), -1);
	v = lab_send_tagged(l, 2, STATION(1), STATION(3), ETHERTYPE_CTAG, 0xe00a);
	assert_true(lab_only_to(l, &v, 0)); /* priority bits are not the VID */
}

static void service_and_priority_tags_are_vlan_0(void **state)
{
	struct verdict v;

	l = lab_new(3, 16);
	v = lab_send_tagged(l, 0, MAC_BROADCAST, STATION(1), ETHERTYPE_STAG, 10);
	assert_int_equal(v.vid, 0);
	v = lab_send(l, 1, STATION(1), STATION(2));
	assert_true(lab_only_to(l, &v, 0));
	v = lab_send_tagged(l, 2, STATION(1), STATION(3), ETHERTYPE_CTAG, 0xe000);
	assert_true(lab_only_to(l, &v, 0));
}

static void deciding_changes_nothing(void **state)
{
	struct sw_port_stats port;
	struct frame f = {.len = 60};
	struct verdict v;
	uint8_t buf[60];

	l = lab_new(3, 16);
	lab_send(l, 0, MAC_BROADCAST, STATION(1));
	struct sw before = *l->sw;
	port = l->port[1].stats;
	lab_frame(buf, STATION(9), STATION(1), ETHERTYPE_IPV4, sizeof(buf));
	f.data = buf;
	assert_int_equal(frame_parse(&f), DROP_NONE);
	for (int i = 0; i < 10; i++) {
		switch_decide(l->sw, &l->port[1], &f, DROP_NONE, &v);
		assert_int_equal(v.src.learn, LEARN_MOVED);
		assert_int_equal(lab_fanout(l, &v), 2);
		switch_decide(l->sw, &l->port[1], &f, DROP_RUNT, &v);
		assert_int_equal(v.drop, DROP_RUNT);
		assert_int_equal(v.route, ROUTE_NONE);
	}
	assert_memory_equal(&before, l->sw, sizeof(before));
	assert_memory_equal(&port, &l->port[1].stats, sizeof(port));
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), 0);
	assert_int_equal(l->raised[EVENT_MAC_MOVED], 0);
}

static void a_blocked_port_gets_nothing(void **state)
{
	struct verdict v;

	l = lab_new(3, 16);
	lab_send(l, 1, MAC_BROADCAST, STATION(1));
	sw_port_link(&l->port[1], false);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), -1); /* forgotten with it */
	v = lab_send(l, 0, MAC_BROADCAST, STATION(2));
	assert_true(lab_only_to(l, &v, 2));
	v = lab_send(l, 0, STATION(1), STATION(2));
	assert_true(lab_only_to(l, &v, 2));
	sw_port_link(&l->port[1], true);
	v = lab_send(l, 0, MAC_BROADCAST, STATION(2));
	assert_int_equal(lab_fanout(l, &v), 2);
}

/* A static address is the administrator's word: frames wait for the port rather than be flooded. */
static void a_static_address_on_a_blocked_port(void **state)
{
	struct verdict v;

	l = lab_new(3, 16);
	assert_int_equal(sw_add_static(l->sw, 0, STATION(1), &l->port[1], 0, NULL), 0);
	sw_port_link(&l->port[1], false);
	v = lab_send(l, 0, STATION(1), STATION(2));
	assert_int_equal(v.drop, DROP_NO_EGRESS);
	sw_port_link(&l->port[1], true);
	v = lab_send(l, 0, STATION(1), STATION(2));
	assert_true(lab_only_to(l, &v, 1));
}

static void a_new_port_does_not_forward_yet(void **state)
{
	struct sw_port p = {.name = "late"};
	struct verdict v;

	l = lab_new(2, 16);
	assert_int_equal(sw_attach(l->sw, &p, NULL), 0);
	assert_int_equal(p.index, 2);
	v = lab_send(l, 0, MAC_BROADCAST, STATION(1));
	assert_true(lab_only_to(l, &v, 1));
	sw_port_link(&p, true);
	v = lab_send(l, 0, MAC_BROADCAST, STATION(1));
	assert_int_equal(lab_fanout(l, &v), 2);
	sw_detach(&p);
	assert_null(p.sw);
	v = lab_send(l, 0, MAC_BROADCAST, STATION(1));
	assert_true(lab_only_to(l, &v, 1));
	sw_detach(&p); /* again: nothing to do */
}

static void detaching_forgets_and_frees_the_index(void **state)
{
	struct verdict v;

	l = lab_new(3, 16);
	lab_send(l, 1, MAC_BROADCAST, STATION(1));
	assert_int_equal(sw_add_static(l->sw, 5, STATION(2), &l->port[1], 0, NULL), 0);
	assert_int_equal(fdb_count(l->sw->fdb), 2);
	sw_detach(&l->port[1]);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	assert_int_equal(l->port[1].stats.rx_frames, 1); /* stay readable */
	v = lab_send(l, 0, STATION(1), STATION(3));
	assert_true(lab_only_to(l, &v, 2));
	assert_int_equal(sw_attach(l->sw, &l->port[1], NULL), 0);
	assert_int_equal(l->port[1].index, 1);
	assert_int_equal(l->port[1].stats.rx_frames, 0);
	assert_false(portset_has(&l->sw->forwarding, 1));
	v = lab_send(l, 0, STATION(1), STATION(3));
	assert_true(lab_only_to(l, &v, 2));
}

/* Ports 63, 64 and 65 sit on both sides of the end of a word; 1023 is the last there can be. */
static void more_ports_than_fit_a_word(void **state)
{
	static const unsigned edge[] = {0, 63, 64, 65, 99};
	struct verdict v;

	l = lab_new(100, 256);
	for (size_t i = 0; i < ARRAY_SIZE(edge); i++) {
		v = lab_send(l, edge[i], MAC_BROADCAST, STATION(edge[i]));
		assert_int_equal(lab_fanout(l, &v), 99);
		assert_false(portset_has(&v.out, edge[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(edge); i++)
		for (size_t k = 0; k < ARRAY_SIZE(edge); k++) {
			v = lab_send(l, edge[i], STATION(edge[k]), STATION(edge[i]));
			assert_true(i == k ? v.drop == DROP_SAME_PORT
					   : lab_only_to(l, &v, edge[k]));
		}
	for (unsigned i = 64; i < 100; i++)
		sw_detach(&l->port[i]);
	v = lab_send(l, 0, MAC_BROADCAST, STATION(0));
	assert_int_equal(lab_fanout(l, &v), 63);
	v = lab_send(l, 0, STATION(65), STATION(0));
	assert_int_equal(v.route, ROUTE_UNKNOWN);
	assert_int_equal(sw_attach(l->sw, &l->port[70], NULL), 0);
	assert_int_equal(l->port[70].index, 64);
	sw_port_link(&l->port[70], true);
	v = lab_send(l, 0, MAC_BROADCAST, STATION(0));
	assert_int_equal(lab_fanout(l, &v), 64);
}

static void as_many_ports_as_there_can_be(void **state)
{
	struct sw_port extra = {.name = "extra"};
	struct verdict v;
	struct err e = {0};

	l = lab_new(PORTSET_MAX, 4096);
	v = lab_send(l, PORTSET_MAX - 1, MAC_BROADCAST, STATION(1));
	assert_int_equal(lab_fanout(l, &v), PORTSET_MAX - 1);
	v = lab_send(l, 0, STATION(1), STATION(2));
	assert_true(lab_only_to(l, &v, PORTSET_MAX - 1));
	assert_int_equal(sw_attach(l->sw, &extra, &e), -ENOSPC);
	assert_non_null(strstr(e.text, "1024"));
	assert_null(extra.sw);
	sw_detach(&l->port[500]);
	assert_int_equal(sw_attach(l->sw, &extra, &e), 0);
	assert_int_equal(extra.index, 500);
	sw_detach(&extra);
}

static void two_switches_know_nothing_of_each_other(void **state)
{
	struct lab *other = lab_new(3, 16);
	struct verdict v;

	l = lab_new(3, 16);
	lab_send(l, 0, MAC_BROADCAST, STATION(1));
	v = lab_send(other, 1, STATION(1), STATION(2));
	assert_int_equal(v.route, ROUTE_UNKNOWN);
	lab_send(other, 2, MAC_BROADCAST, STATION(1)); /* one address, one place in each */
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), 0);
	assert_int_equal(fdb_lookup(other->sw->fdb, 0, STATION(1)), 2);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(2)), -1);
	assert_int_equal(l->sw->stats.forwarded, 1);
	assert_int_equal(other->sw->stats.forwarded, 2);
	assert_int_equal(l->raised[EVENT_MAC_LEARNED], 1);
	lab_free(other);
}

static void configure_takes_all_or_nothing(void **state)
{
	struct sw_settings set;
	struct err e = {0};

	l = lab_new(2, 64);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(sw_add_static(l->sw, 0, STATION(i), &l->port[0], 0, NULL), 0);
	set = l->sw->set;
	set.ageing_s = 7;
	set.max_macs = 16;
	assert_int_equal(sw_reconfigure(l->sw, &set, &e), -ENOSPC);
	assert_non_null(strstr(e.text, "max_macs 16"));
	assert_int_equal(l->sw->set.ageing_s, AGEING_DEFAULT_S);
	assert_int_equal(l->sw->set.max_macs, 64);
	set.max_macs = 32;
	assert_int_equal(sw_reconfigure(l->sw, &set, &e), 0);
	assert_int_equal(fdb_max(l->sw->fdb), 32);
	assert_int_equal(fdb_count(l->sw->fdb), 20);
	lab_send(l, 1, MAC_BROADCAST, STATION(100));
	l->now_ms = 7000;
	assert_false(sw_age(l->sw, l->now_ms));
	assert_int_equal(fdb_count(l->sw->fdb), 20);
}

/* A table of another size is made while frames flow: they use the old one, and do not change it. */
static void frames_while_learning_is_paused(void **state)
{
	struct sw_settings set;
	struct fdb *table;
	struct verdict v;

	l = lab_new(4, 64);
	for (unsigned i = 0; i < 4; i++)
		lab_send(l, i, MAC_BROADCAST, STATION(i));
	assert_int_equal(sw_add_static(l->sw, 0, STATION(30), &l->port[3], 0, NULL), 0);
	sw_pause_learning(l->sw, true);
	v = lab_send(l, 0, STATION(1), STATION(9));
	assert_true(lab_only_to(l, &v, 1));
	assert_int_equal(v.src.learn, LEARN_IGNORED);
	l->now_ms = 1000000;
	assert_false(sw_age(l->sw, l->now_ms));
	assert_int_equal(fdb_count(l->sw->fdb), 5);

	set = l->sw->set;
	set.max_macs = 32;
	set.ageing_s = 0;
	assert_int_equal(sw_table_for(l->sw, &set, &table, NULL), 0);
	assert_non_null(table);
	sw_port_link(&l->port[1], false); /* gone and back */
	sw_port_link(&l->port[1], true);
	sw_port_link(&l->port[2], false);
	v = lab_send(l, 0, STATION(1), STATION(0));
	assert_int_equal(v.route, ROUTE_UNKNOWN);
	v = lab_send(l, 1, STATION(0), STATION(1));
	assert_true(lab_only_to(l, &v, 0));
	assert_int_equal(v.src.learn, LEARN_IGNORED);
	fdb_free(sw_configure(l->sw, &set, table));
	assert_ptr_equal(l->sw->fdb, table);
	v = lab_send(l, 0, STATION(1), STATION(0));
	assert_int_equal(v.route, ROUTE_UNKNOWN); /* the new one has not heard of it again */
	sw_pause_learning(l->sw, false);

	assert_int_equal(fdb_max(l->sw->fdb), 32);
	assert_int_equal(fdb_count(l->sw->fdb), 3);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), -1);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(2)), -1);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(30)), 3);
	lab_send(l, 1, MAC_BROADCAST, STATION(1));
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), 1);
	assert_true(l->port[2].gate & GATE_DEAF);
}

/* Nothing came of it: the old table goes on as if nothing had been. */
static void a_pause_without_a_new_table(void **state)
{
	struct sw_settings set;
	struct fdb *table = NULL;

	l = lab_new(3, 64);
	lab_send(l, 0, MAC_BROADCAST, STATION(0));
	lab_send(l, 1, MAC_BROADCAST, STATION(1));
	set = l->sw->set;
	set.ageing_s = 7;
	sw_pause_learning(l->sw, true);
	assert_int_equal(sw_table_for(l->sw, &set, &table, NULL), 0);
	assert_null(table); /* of that size it is already */
	sw_port_link(&l->port[1], false);
	assert_null(sw_configure(l->sw, &set, table));
	sw_pause_learning(l->sw, false);
	assert_int_equal(l->sw->set.ageing_s, 7);
	assert_int_equal(fdb_count(l->sw->fdb), 1);
	sw_port_link(&l->port[1], true);
	lab_send(l, 1, MAC_BROADCAST, STATION(9));
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(9)), 1);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), -1);
	l->now_ms = 8000;
	assert_false(sw_age(l->sw, l->now_ms));
	assert_int_equal(fdb_count(l->sw->fdb), 0);
}

static void static_addresses_with_words(void **state)
{
	struct err e = {0};

	l = lab_new(2, 16);
	assert_int_equal(sw_add_static(l->sw, 0, MAC_BROADCAST, &l->port[0], 0, &e), -EINVAL);
	assert_non_null(strstr(e.text, "ff:ff:ff:ff:ff:ff"));
	assert_int_equal(sw_add_static(l->sw, 0, MAC_NONE, &l->port[0], 0, &e), -EINVAL);
	assert_int_equal(sw_add_static(l->sw, 0, STATION(1), &l->port[0], 0, &e), 0);
	assert_int_equal(sw_add_static(l->sw, 0, STATION(1), &l->port[1], 0, &e), -EEXIST);
	assert_non_null(strstr(e.text, "port p0"));
	for (unsigned i = 2; i <= 16; i++)
		assert_int_equal(sw_add_static(l->sw, 0, STATION(i), &l->port[0], 0, &e), 0);
	assert_int_equal(sw_add_static(l->sw, 0, STATION(17), &l->port[0], 0, &e), -ENOSPC);
	assert_non_null(strstr(e.text, "max_macs"));
	assert_int_equal(fdb_count(l->sw->fdb), 16);
}

static void a_port_limit_taken_over_live(void **state)
{
	struct verdict v;

	l = lab_new(2, 16);
	l->port[0].set.max_macs = 1;
	sw_port_update(&l->port[0]);
	lab_send(l, 0, MAC_BROADCAST, STATION(1));
	v = lab_send(l, 0, MAC_BROADCAST, STATION(2));
	assert_int_equal(v.src.learn, LEARN_PORT_FULL);
	assert_int_equal(v.drop, DROP_NONE); /* what is not learned is forwarded all the same */
	assert_int_equal(fdb_count(l->sw->fdb), 1);
	assert_int_equal(fdb_port_stats(l->sw->fdb, 0)->refused_limit, 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unknown_is_flooded_known_is_not),
		TEST(groups_go_to_all_others),
		TEST(group_sources_teach_nothing),
		TEST(vlans_learn_apart_and_flood_together),
		TEST(service_and_priority_tags_are_vlan_0),
		TEST(deciding_changes_nothing),
		TEST(a_blocked_port_gets_nothing),
		TEST(a_static_address_on_a_blocked_port),
		TEST(a_new_port_does_not_forward_yet),
		TEST(detaching_forgets_and_frees_the_index),
		TEST(more_ports_than_fit_a_word),
		TEST(as_many_ports_as_there_can_be),
		TEST(two_switches_know_nothing_of_each_other),
		TEST(configure_takes_all_or_nothing),
		TEST(frames_while_learning_is_paused),
		TEST(a_pause_without_a_new_table),
		TEST(static_addresses_with_words),
		TEST(a_port_limit_taken_over_live),
	};

	return cmocka_run_group_tests_name("switch", tests, NULL, NULL);
}
