/* SPDX-License-Identifier: ISC */
/* A switch with a spanning tree: what its ports let pass, what it sends, its settings, its events. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/stp_bpdu.h"
#include "core/sw_stp.h"
#include "lab.h"
#include "util/mac.h"

enum { PORTS = 3 };

/* What the switch sent last through each port, and what it told last of each kind. */
static struct {
	struct sw_io io;
	unsigned sent[PORTS];
	struct stp_bpdu last[PORTS];
	unsigned cut; /* bit i: the link of port i breaks when something is sent through it */
} wire;

static struct {
	struct event_sink sink;
	unsigned raised[EVENT_COUNT];
	char port[EVENT_COUNT][NAME_SIZE];
	char cause[EVENT_COUNT][32], cause_port[EVENT_COUNT][NAME_SIZE];
	char cause_bridge[EVENT_COUNT][STP_ID_SIZE], now[EVENT_COUNT][STP_ID_SIZE];
} told;

static struct lab *l; /* of the test that runs */

static int done(void **state)
{
	lab_free(l);
	l = NULL;
	return 0;
}

static void keep_sent(struct sw_io *io, struct sw_port *out, const uint8_t *frame, size_t len)
{
	assert_ptr_equal(io, &wire.io);
	assert_true(out->link);
	wire.sent[out->index]++;
	assert_int_equal(stp_bpdu_parse(frame, len, &wire.last[out->index]), DROP_NONE);
	if (wire.cut & 1u << out->index)
		sw_port_link(out, false);
}

static void keep(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

static void keep_told(struct event_sink *sink, const struct event *ev)
{
	told.raised[ev->kind]++;
	keep(told.port[ev->kind], NAME_SIZE, ev->port);
	keep(told.cause[ev->kind], sizeof(told.cause[0]), ev->cause);
	keep(told.cause_port[ev->kind], NAME_SIZE, ev->cause_port);
	keep(told.cause_bridge[ev->kind], STP_ID_SIZE, ev->cause_bridge);
	keep(told.now[ev->kind], STP_ID_SIZE, ev->now);
}

static void turn(const char *which)
{
	struct sw_settings set = l->sw->set;

	snprintf(set.stp, sizeof(set.stp), "%s", which);
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
}

/* Time goes by in steps, as in the daemon. */
static void let_pass(unsigned seconds)
{
	for (unsigned i = 0; i < seconds * 1000 / SW_TICK_MS; i++) {
		l->now_ms += SW_TICK_MS;
		sw_tick(l->sw, l->now_ms);
	}
}

/* Three ports whose neighbours say nothing and are not taken for hosts: timers decide. */
static void bench(void)
{
	memset(&wire, 0, sizeof(wire));
	memset(&told, 0, sizeof(told));
	wire.io.send = keep_sent;
	told.sink.raise = keep_told;
	l = lab_new(PORTS, 16);
	l->now_ms = 50000;
	l->sw->io = &wire.io;
	l->sw->events = &told.sink;
	for (unsigned i = 0; i < PORTS; i++) {
		l->port[i].set.stp_auto_edge = false;
		sw_port_update(&l->port[i]);
	}
	turn("rstp");
	let_pass(1); /* the first step only says what time it is */
}

/* A BPDU of a designated port of the bridge with that identifier, who believes itself root. */
static void better_bridge(uint8_t out[STP_FRAME_SIZE], uint64_t id)
{
	const struct stp_bpdu b = {
		.type = STP_BPDU_RST,
		.src = STP_BRIDGE_MAC(id),
		.role = STP_BPDU_DESIGNATED,
		.vec = {.root = id, .bridge = id, .port = 0x8001},
		.times = {0, 20 * STP_SECOND, 2 * STP_SECOND, 15 * STP_SECOND},
	};

	stp_bpdu_make(&b, out);
}

static struct stp_port_info info_of(unsigned port)
{
	struct stp_port_info info;

	assert_true(stp_port_info(l->sw->stp, port, &info));
	return info;
}

static void discards_then_learns_then_forwards(void **state)
{
	struct verdict v;

	bench();
	v = lab_send(l, 0, STATION(2), STATION(1));
	assert_int_equal(v.drop, DROP_PORT_BLOCKED);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	let_pass(18); /* a port that has come up waits for 20 s: 17.29.1 */
	v = lab_send(l, 0, STATION(2), STATION(1));
	assert_int_equal(v.drop, DROP_PORT_BLOCKED);
	assert_int_equal(fdb_count(l->sw->fdb), 0);

	let_pass(3);
	assert_int_equal(info_of(0).state, STP_STATE_LEARNING);
	v = lab_send(l, 0, STATION(2), STATION(1));
	assert_int_equal(v.drop, DROP_PORT_BLOCKED);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), 0);
	assert_true(portset_empty(&l->sw->forwarding, l->sw->words));

	let_pass(15);
	assert_int_equal(info_of(0).state, STP_STATE_FORWARDING);
	v = lab_send(l, 0, STATION(2), STATION(1));
	assert_int_equal(lab_fanout(l, &v), PORTS - 1);
	v = lab_send(l, 1, STATION(1), STATION(2));
	assert_true(lab_only_to(l, &v, 0));
}

static void off_forwards_again(void **state)
{
	struct verdict v;
	unsigned sent;

	bench();
	assert_true(sw_has_protocols(l->sw));
	assert_true(wire.sent[0] > 0);
	turn("off");
	sent = wire.sent[0];
	assert_false(sw_has_protocols(l->sw));
	v = lab_send(l, 0, STATION(2), STATION(1));
	assert_int_equal(lab_fanout(l, &v), PORTS - 1);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), 0);
	let_pass(5);
	assert_int_equal(wire.sent[0], sent);
}

/* Time that went by before the protocol was turned on is no reason to hurry. */
static void begins_when_it_is_turned_on(void **state)
{
	bench();
	turn("off");
	l->now_ms += 9000;
	turn("rstp");
	sw_tick(l->sw, l->now_ms);
	assert_int_equal(info_of(0).forward_left_s, 20);
	l->now_ms += 1000;
	sw_tick(l->sw, l->now_ms);
	assert_int_equal(info_of(0).forward_left_s, 19);
}

static void bpdus_stay_here(void **state)
{
	struct sw_settings set;
	uint8_t bpdu[STP_FRAME_SIZE];
	struct verdict v;

	bench();
	let_pass(40); /* all ports forward */
	set = l->sw->set;
	set.link_local = LINK_LOCAL_ALL;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	better_bridge(bpdu, UINT64_C(0x8000) << 48 | UINT64_C(0xfeffffffffff)); /* a worse one */
	v = lab_receive(l, 0, bpdu, sizeof(bpdu));
	assert_int_equal(v.drop, DROP_NONE);
	assert_int_equal(v.route, ROUTE_HERE);
	assert_int_equal(v.trap, TRAP_STP);
	assert_int_equal(lab_fanout(l, &v), 0);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	assert_int_equal(l->port[0].stats.rx_control, 1);
	assert_int_equal(info_of(0).rx_rst, 1);

	turn("off");
	v = lab_receive(l, 0, bpdu, sizeof(bpdu));
	assert_int_equal(v.route, ROUTE_MULTICAST);
	assert_int_equal(lab_fanout(l, &v), PORTS - 1);
}

static void a_tagged_one_is_none(void **state)
{
	struct verdict v;

	bench();
	let_pass(40);
	v = lab_send_tagged(l, 0, STP_GROUP, STATION(1), ETHERTYPE_CTAG, 10);
	assert_int_equal(v.drop, DROP_LINK_LOCAL);
	assert_int_equal(v.trap, TRAP_NONE);
	assert_int_equal(l->port[0].stats.rx_control, 0);
	assert_int_equal(info_of(0).rx_bad, 0);

	/* Without a tag it is one, and counted as a bad one. */
	v = lab_send(l, 0, STP_GROUP, STATION(1));
	assert_int_equal(v.trap, TRAP_STP);
	assert_int_equal(l->port[0].stats.drops[DROP_BAD_BPDU], 1);
	assert_int_equal(info_of(0).rx_bad, 1);
}

static void hears_while_it_discards(void **state)
{
	const uint64_t id = UINT64_C(0x1000) << 48 | STATION(9);
	struct stp_bridge_info info;
	uint8_t bpdu[STP_FRAME_SIZE];

	bench();
	better_bridge(bpdu, id);
	lab_receive(l, 1, bpdu, sizeof(bpdu));
	stp_bridge_info(l->sw->stp, &info);
	assert_int_equal(info.root_id, id);
	assert_int_equal(info.root_port, 1);
	assert_int_equal(info_of(1).role, STP_ROLE_ROOT);

	/* Without a link nothing is heard. */
	sw_port_link(&l->port[1], false);
	stp_bridge_info(l->sw->stp, &info);
	assert_int_equal(info.root_id, info.bridge_id);
	assert_int_equal(lab_receive(l, 1, bpdu, sizeof(bpdu)).drop, DROP_PORT_BLOCKED);
	stp_bridge_info(l->sw->stp, &info);
	assert_int_equal(info.root_id, info.bridge_id);
}

/* That a peer is gone is often found out by sending to it, in the middle of what the machines do. */
static void links_break_while_it_speaks(void **state)
{
	bench();
	let_pass(40);
	wire.cut = 7;
	let_pass(3);
	for (unsigned i = 0; i < 3; i++) {
		assert_false(l->port[i].link);
		assert_int_equal(info_of(i).role, STP_ROLE_DISABLED);
	}
	wire.cut = 0;
	for (unsigned i = 0; i < 3; i++)
		sw_port_link(&l->port[i], true);
	let_pass(40);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(info_of(i).state, STP_STATE_FORWARDING);
}

/* Whoever can send BPDUs can change the root with each: so many at once, so many a second, and no other port suffers. */
static void a_flood_is_cut_short(void **state)
{
	uint8_t better[STP_FRAME_SIZE], other[STP_FRAME_SIZE];
	uint64_t refused;
	unsigned roots;

	bench();
	let_pass(40);
	better_bridge(better, UINT64_C(0x1000) << 48 | STATION(9));
	better_bridge(other, UINT64_C(0xf000) << 48 | STATION(9));
	memset(told.raised, 0, sizeof(told.raised));
	for (unsigned i = 0; i < 50000; i++)
		lab_receive(l, 0, i & 1 ? other : better, STP_FRAME_SIZE);
	refused = l->port[0].stats.drops[DROP_BPDU_LIMIT];
	assert_int_equal(refused, 50000 - SW_STP_AT_ONCE);
	assert_int_equal(info_of(0).rx_rst, SW_STP_AT_ONCE);
	roots = told.raised[EVENT_STP_ROOT];
	assert_in_range(roots, 1, SW_STP_AT_ONCE);
	assert_int_equal(l->port[0].stats.rx_control, 50000);

	lab_receive(l, 1, better, STP_FRAME_SIZE); /* of which no better news comes in at 0 */
	assert_int_equal(info_of(1).rx_rst, 1);
	assert_int_equal(l->port[1].stats.drops[DROP_BPDU_LIMIT], 0);

	l->now_ms += 1000;
	for (unsigned i = 0; i < 50000; i++)
		lab_receive(l, 0, other, STP_FRAME_SIZE);
	assert_int_equal(l->port[0].stats.drops[DROP_BPDU_LIMIT], refused + 50000 - SW_STP_PER_S);
	l->now_ms += 3600 * 1000;
	for (unsigned i = 0; i < SW_STP_AT_ONCE; i++)
		lab_receive(l, 0, other, STP_FRAME_SIZE);
	assert_int_equal(info_of(0).rx_rst, 2 * SW_STP_AT_ONCE + SW_STP_PER_S);
}

static void what_a_port_costs_its_speed_says(void **state)
{
	static const struct {
		uint32_t mbit, cost;
	} table[] = {/* 802.1D-2004 table 17-3 */
		     {10, 2000000}, {100, 200000}, {1000, 20000},
		     {10000, 2000}, {100000, 200}, {0, 20000}};

	bench();
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		sw_port_speed(&l->port[0], table[i].mbit, false);
		assert_int_equal(info_of(0).path_cost, table[i].cost);
		assert_true(info_of(0).p2p);
	}
	sw_port_speed(&l->port[0], 100, true);
	assert_int_equal(info_of(0).path_cost, 200000);
	assert_false(info_of(0).p2p);
	assert_int_equal(info_of(1).path_cost, 20000);

	/* who restarts the tree, or the link, need not ask again */
	turn("off");
	turn("rstp");
	assert_int_equal(info_of(0).path_cost, 200000);
	sw_port_link(&l->port[0], false);
	sw_port_speed(&l->port[0], 10000, false);
	sw_port_link(&l->port[0], true);
	assert_int_equal(info_of(0).path_cost, 2000);
	assert_true(info_of(0).p2p);

	l->port[0].set.stp_cost = 7;
	sw_port_update(&l->port[0]);
	assert_int_equal(info_of(0).path_cost, 7);
	sw_port_speed(&l->port[0], 10, false);
	assert_int_equal(info_of(0).path_cost, 7);
}

static void events_say_why(void **state)
{
	const uint64_t id = UINT64_C(0x1000) << 48 | STATION(9);
	uint8_t bpdu[STP_FRAME_SIZE];

	bench();
	better_bridge(bpdu, id);
	memset(told.raised, 0, sizeof(told.raised));
	lab_receive(l, 1, bpdu, sizeof(bpdu));
	assert_int_equal(told.raised[EVENT_STP_ROOT], 1);
	assert_string_equal(told.now[EVENT_STP_ROOT], "4096.02:00:00:00:00:09");
	assert_string_equal(told.cause[EVENT_STP_ROOT], "bpdu");
	assert_string_equal(told.cause_port[EVENT_STP_ROOT], "p1");
	assert_string_equal(told.cause_bridge[EVENT_STP_ROOT], "4096.02:00:00:00:00:09");
	assert_int_equal(told.raised[EVENT_STP_ROLE], 1);
	assert_string_equal(told.port[EVENT_STP_ROLE], "p1");
	assert_string_equal(told.now[EVENT_STP_ROLE], "root");
	assert_string_equal(told.cause[EVENT_STP_ROLE], "bpdu");

	sw_port_link(&l->port[1], false);
	assert_int_equal(told.raised[EVENT_STP_ROOT], 2);
	assert_string_equal(told.cause[EVENT_STP_ROOT], "link_down");
	assert_string_equal(told.cause_port[EVENT_STP_ROOT], "p1");
	assert_string_equal(told.cause_bridge[EVENT_STP_ROOT], "");
}

static void address_is_in_the_bridge_identifier(void **state)
{
	struct stp_bridge_info info;
	struct sw_settings set;

	bench();
	stp_bridge_info(l->sw->stp, &info);
	assert_int_equal(info.bridge_id, UINT64_C(32768) << 48 | l->sw->mac);
	assert_true(mac_is_station(l->sw->mac));
	let_pass(40);

	set = l->sw->set;
	set.stp_address = STATION(7);
	set.stp_priority = 4096;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	stp_bridge_info(l->sw->stp, &info);
	assert_int_equal(info.bridge_id, UINT64_C(4096) << 48 | STATION(7));
	assert_int_equal(wire.last[0].src, STATION(7));
	assert_int_equal(wire.last[0].vec.bridge, info.bridge_id);
	/* Another bridge now, which begins as any. */
	assert_int_equal(lab_send(l, 0, STATION(2), STATION(1)).drop, DROP_PORT_BLOCKED);

	set.stp_address = 0;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	stp_bridge_info(l->sw->stp, &info);
	assert_int_equal(info.bridge_id, UINT64_C(4096) << 48 | l->sw->mac);
}

static void ports_come_and_go(void **state)
{
	struct stp_port_info info;
	struct verdict v;

	bench();
	let_pass(40);
	sw_detach(&l->port[1]);
	assert_false(stp_port_info(l->sw->stp, 1, &info));
	v = lab_send(l, 0, STATION(2), STATION(1));
	assert_true(lab_only_to(l, &v, 2));

	assert_int_equal(sw_attach(l->sw, &l->port[1], NULL), 0);
	assert_int_equal(info_of(1).role, STP_ROLE_DISABLED);
	sw_port_link(&l->port[1], true);
	assert_int_equal(info_of(1).role, STP_ROLE_DESIGNATED);
	v = lab_send(l, 0, STATION(2), STATION(1)); /* the others do not suffer */
	assert_true(lab_only_to(l, &v, 2));
	assert_int_equal(lab_send(l, 1, STATION(2), STATION(3)).drop, DROP_PORT_BLOCKED);
	let_pass(40);
	v = lab_send(l, 0, STATION(2), STATION(1));
	assert_int_equal(lab_fanout(l, &v), 2);
}

static void edge_forwards_at_once(void **state)
{
	struct verdict v;

	bench();
	for (unsigned i = 0; i < PORTS; i++) {
		sw_port_link(&l->port[i], false);
		l->port[i].set.stp_edge = true;
		sw_port_update(&l->port[i]);
		sw_port_link(&l->port[i], true);
	}
	v = lab_send(l, 0, STATION(2), STATION(1));
	assert_int_equal(lab_fanout(l, &v), PORTS - 1);
}

static void settings_that_do_not_fit_are_refused(void **state)
{
	static const struct {
		uint32_t priority, hello, delay, age;
		int rc;
	} try[] = {
		{32768, 2, 15, 20, 0},	     {0, 1, 4, 6, 0},
		{61440, 2, 30, 40, 0},	     {1, 2, 15, 20, -EINVAL}, /* not a step of 4096 */
		{32768, 2, 4, 20, -EINVAL},			      /* 2 * (4 - 1) < 20 */
		{32768, 2, 10, 19, -EINVAL}, {32768, 2, 10, 18, 0},
	};
	struct sw_settings set;
	struct sw_port_set port;
	struct err e;

	bench();
	for (size_t i = 0; i < ARRAY_SIZE(try); i++) {
		set = l->sw->set;
		set.stp_priority = try[i].priority;
		set.stp_hello_s = try[i].hello;
		set.stp_forward_delay_s = try[i].delay;
		set.stp_max_age_s = try[i].age;
		e.text[0] = '\0';
		assert_int_equal(sw_settings_check(&set, &e), try[i].rc);
		assert_int_equal(e.text[0] != '\0', try[i].rc != 0);
	}
	port = l->port[0].set;
	assert_int_equal(sw_port_set_check(&port, &e), 0);
	port.stp_priority = 100; /* not a step of 16 */
	assert_int_equal(sw_port_set_check(&port, &e), -EINVAL);
	port = l->port[0].set;
	port.stp_bpdu_guard = port.stp_bpdu_filter = true;
	assert_int_equal(sw_port_set_check(&port, &e), -EINVAL);
}

#define TEST(f) cmocka_unit_test_teardown(f, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(discards_then_learns_then_forwards),
		TEST(off_forwards_again),
		TEST(begins_when_it_is_turned_on),
		TEST(bpdus_stay_here),
		TEST(a_tagged_one_is_none),
		TEST(hears_while_it_discards),
		TEST(links_break_while_it_speaks),
		TEST(a_flood_is_cut_short),
		TEST(what_a_port_costs_its_speed_says),
		TEST(events_say_why),
		TEST(address_is_in_the_bridge_identifier),
		TEST(ports_come_and_go),
		TEST(edge_forwards_at_once),
		TEST(settings_that_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
