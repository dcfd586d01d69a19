/* SPDX-License-Identifier: ISC */
/* What a port may bring in and take out, in simulated time: rates, bursts, storms, and what is left alone. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "core/shut.h"
#include "core/vnet.h"
#include "lab.h"
#include "packet.h"
#include "util/mac.h"

#define GROUP	UINT64_C(0x01005e010203)
#define NOBODY	STATION(1000) /* never sends */
#define BRIDGES UINT64_C(0x0180c2000000)

enum { PORTS = 4, BITS = 60 * 8 };

static struct {
	struct event_sink sink;
	unsigned began[STORM_CLASSES], ended[STORM_CLASSES], others;
	char port[NAME_SIZE], limit[RATE_STR_SIZE];
	uint64_t refused;
} told;

static struct lab *l; /* of the test that runs */

static int done(void **state)
{
	lab_free(l);
	l = NULL;
	return 0;
}

static void keep_told(struct event_sink *sink, const struct event *ev)
{
	unsigned c = 0;

	static const char *const class_names[STORM_CLASSES] = {
		[STORM_BROADCAST] = "broadcast",
		[STORM_MULTICAST] = "multicast",
		[STORM_UNKNOWN] = "unknown",
	};

	if (ev->kind != EVENT_STORM_BEGAN && ev->kind != EVENT_STORM_ENDED) {
		told.others += ev->kind == EVENT_PORT_SHUT || ev->kind == EVENT_PORT_OPENED;
		return;
	}
	assert_string_equal(ev->key, "class");
	while (strcmp(ev->now, class_names[c]) != 0)
		assert_true(++c < STORM_CLASSES);
	(ev->kind == EVENT_STORM_BEGAN ? told.began : told.ended)[c]++;
	told.refused = ev->number;
	snprintf(told.port, sizeof(told.port), "%s", ev->port);
	snprintf(told.limit, sizeof(told.limit), "%s", ev->limit);
}

/* Station i is behind port i. */
static void bench(void)
{
	memset(&told, 0, sizeof(told));
	told.sink.raise = keep_told;
	l = lab_new(PORTS, 64);
	l->now_ms = 70000;
	l->sw->events = &told.sink;
	for (unsigned i = 0; i < PORTS; i++)
		lab_send(l, i, MAC_BROADCAST, STATION(i));
	sw_clear_stats(l->sw, NULL);
}

static void set(unsigned port, const char *name, const char *value)
{
	const struct opt *o = opt_find(sw_port_options, name);

	assert_non_null(o);
	assert_int_equal(opt_parse(o, value, &l->port[port].set, NULL), 0);
	sw_port_update(&l->port[port]);
}

static uint64_t drops(unsigned port, enum drop why)
{
	return l->port[port].stats.drops[why];
}

/* How many of n frames that come at once pass. */
static unsigned pass(unsigned n, unsigned from, uint64_t dst)
{
	unsigned passed = 0;

	while (n--)
		passed += lab_send(l, from, dst, STATION(from)).drop == DROP_NONE;
	return passed;
}

/* Time goes by in steps, as in the daemon; in each of them n frames come. */
static unsigned flow(unsigned ms, unsigned n, unsigned from, uint64_t dst)
{
	unsigned passed = 0;

	for (unsigned i = 0; i < ms; i++) {
		l->now_ms++;
		if (l->now_ms % 1000 == 0)
			sw_tick(l->sw, l->now_ms);
		passed += pass(n, from, dst);
	}
	return passed;
}

static void without_limits_everything_passes(void **state)
{
	bench();
	assert_int_equal(pass(10000, 0, MAC_BROADCAST), 10000);
	assert_int_equal(l->port[0].gate, 0);
	assert_int_equal(l->sw->ask_from, UINT32_MAX);
	set(0, "rate_in", "1fps");
	set(0, "rate_out", "1fps");
	assert_int_equal(l->port[0].gate, GATE_METERED);
	assert_int_equal(l->sw->ask_from, 0);
	set(0, "rate_in", "none");
	set(0, "rate_out", "none");
	assert_int_equal(l->port[0].gate, 0);
	assert_int_equal(l->sw->ask_from, UINT32_MAX);
	assert_int_equal(pass(10000, 0, MAC_BROADCAST), 10000);
	assert_int_equal(pass(10000, 1, STATION(0)), 10000);
}

/* Ten minutes of three times what is allowed: the rate, and one bucket more. */
static void a_rate_is_exact_over_time(void **state)
{
	bench();
	set(0, "rate_in", "1000fps");
	unsigned n = flow(600000, 3, 0, STATION(1));

	assert_in_range(n, 600000 + 250 - 1, 600000 + 250 + 1);
	assert_int_equal(drops(0, DROP_RATE_IN), 1800000 - n);
	assert_int_equal(l->sw->stats.dropped, 1800000 - n);
	assert_int_equal(l->sw->stats.forwarded, n);

	set(0, "rate_in", "4800kbit"); /* ten frames of 60 bytes a millisecond */
	set(0, "rate_in_burst_ms", "100");
	n = flow(60000, 15, 0, STATION(1));
	/* at first the bucket is full: what comes in the first millisecond finds no room in it */
	assert_in_range(n, 600000 + 1000 - 10, 600000 + 1000 - 8);
}

static void what_is_below_the_rate_passes_whole(void **state)
{
	bench();
	set(0, "rate_in", "1000fps");
	set(0, "storm_broadcast", "1000fps");
	set(1, "rate_out", "1000fps");
	assert_int_equal(flow(60000, 1, 0, MAC_BROADCAST), 60000);
	assert_int_equal(drops(1, DROP_RATE_OUT), 0);
	assert_int_equal(told.began[STORM_BROADCAST], 0);
}

static void a_burst_may_be_chosen(void **state)
{
	bench();
	set(0, "rate_in", "1000fps");
	assert_int_equal(pass(1000, 0, STATION(1)), 250);
	set(0, "rate_in_burst_ms", "150");
	assert_int_equal(pass(1000, 0, STATION(1)), 150);
	l->now_ms += 10;
	assert_int_equal(pass(1000, 0, STATION(1)), 10);
	l->now_ms += 100000;
	assert_int_equal(pass(1000, 0, STATION(1)), 150);
	set(0, "rate_in", "10fps");
	set(0, "rate_in_burst_ms", "1"); /* less than a frame: a frame */
	assert_int_equal(pass(1000, 0, STATION(1)), 1);
	set(1, "rate_out", "100fps");
	set(1, "rate_out_burst_ms", "50");
	assert_int_equal(pass(100, 2, STATION(1)), 5);
}

static void classes_are_independent(void **state)
{
	bench();
	set(0, "storm_broadcast", "20fps");
	set(0, "storm_multicast", "30fps");
	set(0, "storm_unknown", "40fps");
	assert_int_equal(pass(500, 0, MAC_BROADCAST), 20);
	assert_int_equal(pass(500, 0, GROUP), 30);
	assert_int_equal(pass(500, 0, NOBODY), 40);
	assert_int_equal(pass(500, 0, STATION(1)), 500); /* known: never a storm */
	assert_int_equal(drops(0, DROP_STORM_BROADCAST), 480);
	assert_int_equal(drops(0, DROP_STORM_MULTICAST), 470);
	assert_int_equal(drops(0, DROP_STORM_UNKNOWN), 460);
	set(0, "storm_multicast", "none");
	assert_int_equal(pass(500, 0, GROUP), 500);
	assert_int_equal(pass(500, 0, NOBODY), 0);
}

static void unknown_is_what_the_table_does_not_have(void **state)
{
	bench();
	set(0, "storm_unknown", "10fps");
	assert_int_equal(pass(100, 0, STATION(50)), 10);
	lab_send(l, 3, STATION(0), STATION(50)); /* it speaks */
	assert_int_equal(pass(100, 0, STATION(50)), 100);
	sw_port_link(&l->port[3], false); /* and is forgotten */
	assert_int_equal(pass(100, 0, STATION(50)), 0);
}

/* One port's excess is nobody else's business. */
static void ports_are_independent(void **state)
{
	bench();
	for (unsigned i = 0; i < 2; i++) {
		set(i, "rate_in", "1000fps");
		set(i, "storm_broadcast", "100fps");
	}
	pass(100000, 0, MAC_BROADCAST);
	pass(100000, 0, STATION(3));
	assert_int_equal(pass(64, 1, MAC_BROADCAST), 64);
	assert_int_equal(pass(186, 1, STATION(3)), 186);
	assert_int_equal(pass(1000, 2, MAC_BROADCAST), 1000);
	for (unsigned i = 1; i < PORTS; i++) {
		assert_int_equal(drops(i, DROP_RATE_IN), 0);
		assert_int_equal(drops(i, DROP_STORM_BROADCAST), 0);
	}
	assert_int_equal(told.began[STORM_BROADCAST], 1);
	assert_string_equal(told.port, "p0");
}

static void what_a_storm_loses_is_not_taken_from_rate_in(void **state)
{
	bench();
	set(0, "rate_in", "200fps");
	set(0, "rate_in_burst_ms", "1000");
	set(0, "storm_broadcast", "10fps");
	assert_int_equal(pass(100000, 0, MAC_BROADCAST), 10);
	assert_int_equal(drops(0, DROP_RATE_IN), 0);
	assert_int_equal(pass(1000, 0, STATION(1)), 190);
	assert_int_equal(pass(10, 0, MAC_BROADCAST), 0);
	assert_int_equal(drops(0, DROP_RATE_IN), 820); /* asked first */
}

static void nothing_is_learned_from_what_is_refused(void **state)
{
	unsigned n;

	bench();
	n = fdb_count(l->sw->fdb);
	set(0, "rate_in", "10fps");
	for (unsigned i = 100; i < 140; i++)
		lab_send(l, 0, STATION(1), STATION(i));
	assert_int_equal(fdb_count(l->sw->fdb), n + 10);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(139)), -1);
}

static void frames_refused_for_another_reason_are_not_counted(void **state)
{
	uint8_t buf[200];

	bench();
	l->port[0].mtu = 100;
	set(0, "rate_in", "10fps");
	lab_frame(buf, STATION(1), STATION(0), ETHERTYPE_IPV4, sizeof(buf));
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(lab_receive(l, 0, buf, sizeof(buf)).drop, DROP_OVERSIZE);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(lab_send(l, 0, BRIDGES, STATION(0)).drop, DROP_LINK_LOCAL);
	assert_int_equal(pass(100, 0, STATION(1)), 10);
}

/* A tree must not lose its BPDUs to a flood of data. */
static void frames_for_protocols_are_not_metered(void **state)
{
	struct sw_settings s;

	bench();
	s = l->sw->set;
	memcpy(s.stp, "rstp", 5);
	assert_int_equal(sw_reconfigure(l->sw, &s, NULL), 0);
	sw_port_state(&l->port[0], true, true);
	sw_port_state(&l->port[1], true, true);
	set(0, "rate_in", "10fps");
	set(0, "storm_multicast", "10fps");
	pass(1000, 0, STATION(1));
	pass(1000, 0, GROUP);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(lab_send(l, 0, BRIDGES, STATION(0)).route, ROUTE_HERE);
	assert_int_equal(l->port[0].stats.rx_control, 100);
	l->now_ms += 1000;
	for (unsigned i = 0; i < 100; i++)
		lab_send(l, 0, BRIDGES, STATION(0));
	assert_int_equal(pass(1000, 0, STATION(1)), 10); /* nor taken into account */
}

static void what_leaves_is_metered_at_its_port(void **state)
{
	struct verdict v;

	bench();
	set(1, "rate_out", "10fps");
	for (unsigned i = 0; i < 100; i++) {
		v = lab_send(l, 0, MAC_BROADCAST, STATION(0));
		assert_int_equal(v.drop, DROP_NONE);
		assert_int_equal(lab_fanout(l, &v), i < 10 ? 3 : 2);
	}
	assert_int_equal(drops(1, DROP_RATE_OUT), 90);
	v = lab_send(l, 2, STATION(1), STATION(2));
	assert_int_equal(v.drop, DROP_RATE_OUT); /* and nobody else gets it */
	assert_int_equal(drops(1, DROP_RATE_OUT), 91);
	assert_int_equal(l->sw->stats.dropped, 1);
	assert_int_equal(drops(0, DROP_RATE_OUT) + drops(2, DROP_RATE_OUT), 0);
	assert_int_equal(pass(100, 1, STATION(0)), 100); /* the other way */
	unsigned n = flow(60000, 1, 0, STATION(1));
	assert_in_range(n, 599, 601);
}

static void a_frame_that_leaves_nowhere_is_not_taken(void **state)
{
	bench();
	set(1, "rate_out", "10fps");
	l->port[1].mtu = 20;
	sw_port_update(&l->port[1]);
	assert_int_equal(pass(100, 0, STATION(1)), 0);
	assert_int_equal(drops(1, DROP_EGRESS_MTU), 100);
	l->port[1].mtu = 0;
	sw_port_update(&l->port[1]);
	assert_int_equal(pass(100, 0, STATION(1)), 10);
}

static void deciding_changes_nothing(void **state)
{
	uint8_t buf[60];
	struct frame f = {.data = buf, .len = sizeof(buf)};
	struct police before;
	struct verdict v;

	bench();
	set(0, "rate_in", "10fps");
	set(0, "storm_broadcast", "5fps");
	set(1, "rate_out", "3fps");
	lab_frame(buf, MAC_BROADCAST, STATION(0), ETHERTYPE_IPV4, sizeof(buf));
	assert_int_equal(frame_parse(&f), DROP_NONE);
	for (unsigned i = 0; i < 20; i++) {
		before = l->port[0].police;
		for (unsigned k = 0; k < 100; k++)
			switch_decide(l->sw, &l->port[0], &f, DROP_NONE, &v);
		assert_memory_equal(&before, &l->port[0].police, sizeof(before));
		assert_int_equal(v.drop, i < 5 ? DROP_NONE : DROP_STORM_BROADCAST);
		if (i < 5)
			assert_int_equal(portset_has(&v.out, 1), i < 3);
		switch_commit(l->sw, &l->port[0], &f, &v, l->now_ms);
	}
	assert_int_equal(told.began[STORM_BROADCAST], 1);
}

/* A super-frame costs what it becomes: 10 segments are 10 frames. */
static void super_frames_cost_what_they_become(void **state)
{
	static struct packet p;
	struct frame f;
	struct verdict v;
	uint8_t copy[VNET_HDR_SIZE + 16000];

	bench();
	set(0, "rate_in", "100fps");
	set(0, "rate_in_burst_ms", "1000");
	set(1, "rate_out", "100fps");
	packet_ipv4(&p, TCP, 20, 10000);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV4, 1000);
	memcpy(copy, p.vnet, VNET_HDR_SIZE);
	memcpy(copy + VNET_HDR_SIZE, p.data, p.len);
	mac_store(copy + VNET_HDR_SIZE, STATION(1));
	mac_store(copy + VNET_HDR_SIZE + 6, STATION(0));
	f = (struct frame){.data = copy + VNET_HDR_SIZE, .len = p.len, .vnet = copy};
	assert_int_equal(frame_parse(&f), DROP_NONE);
	assert_true(f.super);
	switch_decide(l->sw, &l->port[0], &f, DROP_NONE, &v);
	assert_true(lab_only_to(l, &v, 1));
	switch_commit(l->sw, &l->port[0], &f, &v, l->now_ms);
	assert_int_equal(pass(200, 0, STATION(2)), 90);
	assert_int_equal(pass(200, 3, STATION(1)), 54);
}

static void a_storm_begins_and_ends_once(void **state)
{
	bench();
	set(0, "storm_broadcast", "100fps");
	flow(5000, 1, 0, MAC_BROADCAST);
	assert_int_equal(told.began[STORM_BROADCAST], 1);
	assert_int_equal(told.ended[STORM_BROADCAST], 0);
	assert_string_equal(told.limit, "100fps");
	assert_true(l->port[0].police.storm[STORM_BROADCAST].on);
	flow(900, 0, 0, 0);
	assert_int_equal(told.ended[STORM_BROADCAST], 0);
	flow(1200, 0, 0, 0);
	assert_int_equal(told.ended[STORM_BROADCAST], 1);
	assert_int_equal(told.refused, drops(0, DROP_STORM_BROADCAST));
	assert_false(l->port[0].police.storm[STORM_BROADCAST].on);
	assert_true(portset_empty(&l->sw->storming, l->sw->words));
	flow(10000, 0, 0, 0);
	assert_int_equal(told.ended[STORM_BROADCAST], 1);
	flow(500, 1, 0, MAC_BROADCAST); /* another one */
	assert_int_equal(told.began[STORM_BROADCAST], 2);
	assert_int_equal(told.began[STORM_MULTICAST] + told.began[STORM_UNKNOWN], 0);
}

/* Whatever somebody does, at most two a second of a class. */
static void storms_do_not_flood_events(void **state)
{
	bench();
	set(0, "storm_broadcast", "1fps");
	for (unsigned i = 0; i < 600; i++)
		flow(100, i % 7 == 0, 0, MAC_BROADCAST);
	assert_in_range(told.began[STORM_BROADCAST], 1, 60);
	assert_in_range(told.ended[STORM_BROADCAST], told.began[STORM_BROADCAST] - 1,
			told.began[STORM_BROADCAST]);
}

static void rate_in_is_no_storm(void **state)
{
	bench();
	set(0, "rate_in", "1fps");
	set(0, "storm_action", "shut");
	pass(1000, 0, MAC_BROADCAST);
	flow(3000, 0, 0, 0);
	assert_int_equal(told.began[STORM_BROADCAST] + told.ended[STORM_BROADCAST], 0);
	assert_int_equal(l->port[0].shut, SHUT_NOT);
}

static void a_storm_may_shut_the_port(void **state)
{
	bench();
	set(0, "storm_broadcast", "10fps");
	set(0, "storm_action", "shut");
	assert_int_equal(pass(10, 0, MAC_BROADCAST), 10);
	assert_int_equal(l->port[0].shut, SHUT_NOT);
	assert_int_equal(pass(100, 0, MAC_BROADCAST), 0);
	assert_int_equal(l->port[0].shut, SHUT_STORM);
	assert_int_equal(drops(0, DROP_STORM_BROADCAST), 1);
	assert_int_equal(drops(0, DROP_PORT_SHUT), 99);
	assert_int_equal(told.others, 1);
	flow(299000, 0, 0, 0);
	assert_int_equal(told.ended[STORM_BROADCAST], 1);
	assert_int_equal(l->port[0].shut, SHUT_STORM);
	flow(2000, 0, 0, 0);
	assert_int_equal(l->port[0].shut, SHUT_NOT);
	assert_int_equal(pass(100, 0, MAC_BROADCAST), 10);
	assert_int_equal(l->port[0].shut, SHUT_STORM);
	assert_int_equal(told.began[STORM_BROADCAST], 2);
}

/* Changed while it is on, the action is that of the next frame. */
static void a_storm_that_is_on_may_still_shut_the_port(void **state)
{
	bench();
	set(0, "storm_multicast", "10fps");
	pass(100, 0, GROUP);
	set(0, "storm_action", "shut");
	assert_int_equal(l->port[0].shut, SHUT_NOT);
	pass(1, 0, GROUP);
	assert_int_equal(l->port[0].shut, SHUT_STORM);
	assert_int_equal(told.began[STORM_MULTICAST], 1);
}

static void a_change_resets_only_its_meter(void **state)
{
	bench();
	set(0, "rate_in", "1000fps");
	set(0, "storm_broadcast", "20fps");
	set(0, "storm_multicast", "20fps");
	pass(100, 0, MAC_BROADCAST);
	pass(100, 0, GROUP);
	pass(1000, 0, STATION(1));
	assert_int_equal(pass(1, 0, STATION(1)), 0);
	set(0, "storm_multicast", "30fps");
	assert_int_equal(pass(1, 0, STATION(1)), 0); /* as empty as it was */
	set(0, "max_macs", "7");
	assert_int_equal(pass(1, 0, STATION(1)), 0);
	set(0, "rate_in", "2000fps");
	assert_int_equal(pass(100, 0, MAC_BROADCAST), 0);
	assert_int_equal(pass(100, 0, GROUP), 30);
	assert_int_equal(told.ended[STORM_MULTICAST],
			 0); /* the storm goes on under another limit */
	assert_string_equal(told.limit, "20fps");
	set(0, "storm_multicast", "none");
	assert_int_equal(told.ended[STORM_MULTICAST], 1);
	assert_int_equal(told.ended[STORM_BROADCAST], 0);
}

static void a_port_that_goes_takes_its_storm_along(void **state)
{
	bench();
	set(0, "storm_broadcast", "10fps");
	pass(100, 0, MAC_BROADCAST);
	sw_detach(&l->port[0]);
	flow(5000, 1, 1, MAC_BROADCAST);
	assert_int_equal(told.ended[STORM_BROADCAST], 0);
	assert_int_equal(sw_attach(l->sw, &l->port[0], NULL), 0);
	sw_port_link(&l->port[0], true);
	assert_int_equal(pass(100, 0, MAC_BROADCAST), 10); /* its bucket is full again */
	assert_int_equal(told.began[STORM_BROADCAST], 2);
}

static void the_clock_may_stand_still_or_jump(void **state)
{
	bench();
	set(0, "rate_in", "1000fps");
	assert_int_equal(pass(1000, 0, STATION(1)), 250);
	l->now_ms -= 5000;
	assert_int_equal(pass(1000, 0, STATION(1)), 0);
	l->now_ms += UINT64_C(1) << 40;
	assert_int_equal(pass(1000, 0, STATION(1)), 250);
}

#define TEST(name) cmocka_unit_test_teardown(name, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_limits_everything_passes),
		TEST(a_rate_is_exact_over_time),
		TEST(what_is_below_the_rate_passes_whole),
		TEST(a_burst_may_be_chosen),
		TEST(classes_are_independent),
		TEST(unknown_is_what_the_table_does_not_have),
		TEST(ports_are_independent),
		TEST(what_a_storm_loses_is_not_taken_from_rate_in),
		TEST(nothing_is_learned_from_what_is_refused),
		TEST(frames_refused_for_another_reason_are_not_counted),
		TEST(frames_for_protocols_are_not_metered),
		TEST(what_leaves_is_metered_at_its_port),
		TEST(a_frame_that_leaves_nowhere_is_not_taken),
		TEST(deciding_changes_nothing),
		TEST(super_frames_cost_what_they_become),
		TEST(a_storm_begins_and_ends_once),
		TEST(storms_do_not_flood_events),
		TEST(rate_in_is_no_storm),
		TEST(a_storm_may_shut_the_port),
		TEST(a_storm_that_is_on_may_still_shut_the_port),
		TEST(a_change_resets_only_its_meter),
		TEST(a_port_that_goes_takes_its_storm_along),
		TEST(the_clock_may_stand_still_or_jump),
	};

	return cmocka_run_group_tests_name("sw_police", tests, NULL, NULL);
}
