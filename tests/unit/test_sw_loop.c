/* SPDX-License-Identifier: ISC */
/* A switch that looks for loops: which frames are probes, what a blocked port does, and how it opens. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/shut.h"
#include "core/sw_loop.h"
#include "lab.h"
#include "util/mac.h"

enum { PORTS = 4, QUEUE = 64 };

/* What left the switch; cable[i] is the port that port i is connected to outside, or PORTS. */
static struct {
	struct sw_io io;
	unsigned cable[PORTS];
	unsigned sent[PORTS];
	uint8_t last[PORTS][LOOP_FRAME_SIZE];
	struct {
		unsigned to;
		uint8_t bytes[LOOP_FRAME_SIZE];
	} queue[QUEUE];
	unsigned queued;
} wire;

static struct {
	struct event_sink sink;
	unsigned raised[EVENT_COUNT];
	char port[NAME_SIZE], cause[32], cause_port[NAME_SIZE];
} told;

static struct lab *l;

static void keep_sent(struct sw_io *io, struct sw_port *out, const uint8_t *frame, size_t len)
{
	unsigned to = wire.cable[out->index];

	assert_ptr_equal(io, &wire.io);
	assert_int_equal(len, LOOP_FRAME_SIZE);
	assert_true(loopguard_is(frame, len));
	wire.sent[out->index]++;
	memcpy(wire.last[out->index], frame, len);
	if (to == PORTS)
		return;
	assert_true(wire.queued < QUEUE);
	wire.queue[wire.queued].to = to;
	memcpy(wire.queue[wire.queued++].bytes, frame, len);
}

static void keep_told(struct event_sink *sink, const struct event *ev)
{
	told.raised[ev->kind]++;
	snprintf(told.port, sizeof(told.port), "%s", ev->port ? ev->port : "");
	snprintf(told.cause, sizeof(told.cause), "%s", ev->cause ? ev->cause : "");
	snprintf(told.cause_port, sizeof(told.cause_port), "%s",
		 ev->cause_port ? ev->cause_port : "");
}

static int setup(void **state)
{
	memset(&wire, 0, sizeof(wire));
	memset(&told, 0, sizeof(told));
	wire.io.send = keep_sent;
	told.sink.raise = keep_told;
	for (unsigned i = 0; i < PORTS; i++)
		wire.cable[i] = PORTS;
	l = lab_new(PORTS, 64);
	l->now_ms = 70000;
	l->sw->io = &wire.io;
	l->sw->events = &told.sink;
	return 0;
}

static int teardown(void **state)
{
	lab_free(l);
	l = NULL;
	return 0;
}

static void guard(unsigned port, bool on)
{
	l->port[port].set.loop_guard = on;
	sw_port_update(&l->port[port]);
}

static void connect_ports(unsigned a, unsigned b)
{
	wire.cable[a] = b;
	wire.cable[b] = a;
}

static void disconnect(unsigned a)
{
	wire.cable[wire.cable[a]] = PORTS;
	wire.cable[a] = PORTS;
}

/* Time goes by in steps, as in the daemon, and cables carry what was sent. */
static void let_pass(unsigned ms)
{
	for (unsigned i = 0; i < ms / SW_TICK_MS; i++) {
		l->now_ms += SW_TICK_MS;
		sw_tick(l->sw, l->now_ms);
		for (unsigned q = 0; q < wire.queued; q++)
			lab_receive(l, wire.queue[q].to, wire.queue[q].bytes, LOOP_FRAME_SIZE);
		wire.queued = 0;
	}
}

static unsigned heard(unsigned from)
{
	struct verdict v = lab_send(l, from, MAC_BROADCAST, STATION(from));

	return lab_fanout(l, &v);
}

static uint64_t drops(unsigned port, enum drop d)
{
	return l->port[port].stats.drops[d];
}

/* ---- on and off ---- */

static void off_it_costs_nothing(void **state)
{
	assert_null(l->sw->loop.guard);
	assert_false(sw_has_protocols(l->sw));
	for (unsigned i = 0; i < PORTS; i++)
		assert_int_equal(l->port[i].gate, 0);
	let_pass(10000);
	assert_int_equal(wire.sent[0], 0);
}

static void on_while_a_port_wants_it(void **state)
{
	guard(1, true);
	assert_true(sw_has_protocols(l->sw));
	let_pass(100);
	assert_int_equal(wire.sent[1], 1);
	assert_int_equal(wire.sent[0], 0);
	assert_int_equal(mac_load(wire.last[1] + 6), l->sw->mac);
	let_pass(2000);
	assert_int_equal(wire.sent[1], 2);
	guard(2, true);
	guard(1, false);
	assert_non_null(l->sw->loop.guard);
	guard(2, false);
	off_it_costs_nothing(state);
}

static void a_port_that_goes_is_no_reason_for_it(void **state)
{
	guard(1, true);
	sw_detach(&l->port[1]);
	assert_null(l->sw->loop.guard);
	assert_false(sw_has_protocols(l->sw));
	assert_int_equal(sw_attach(l->sw, &l->port[1], NULL), 0); /* its setting is still there */
	assert_non_null(l->sw->loop.guard);
	let_pass(1000);
	assert_int_equal(wire.sent[1], 0); /* without a link */
	sw_port_link(&l->port[1], true);
	let_pass(100);
	assert_int_equal(wire.sent[1], 1);
}

static void the_interval_is_that_of_the_switch(void **state)
{
	struct sw_settings set = l->sw->set;

	set.loop_guard_interval_s = 10;
	guard(0, true);
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	let_pass(10000);
	assert_int_equal(wire.sent[0], 1);
	let_pass(100);
	assert_int_equal(wire.sent[0], 2);
}

/* As in a struct that no table of options has filled. */
static void times_that_are_not_set(void **state)
{
	struct sw_settings set = l->sw->set;

	set.loop_guard_interval_s = set.loop_guard_recovery_s = 0;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	guard(0, true);
	guard(1, true);
	connect_ports(0, 1);
	let_pass(4100);
	assert_int_equal(wire.sent[0], 3);
	assert_true(l->port[1].looped);
}

/* ---- loops ---- */

static void a_loop_is_cut(void **state)
{
	heard(2);
	guard(0, true);
	guard(1, true);
	connect_ports(0, 1);
	let_pass(100);
	assert_false(l->port[0].looped);
	assert_true(l->port[1].looped);
	assert_int_equal(told.raised[EVENT_LOOP_DETECTED], 1);
	assert_string_equal(told.port, "p1");
	assert_string_equal(told.cause, "probe");
	assert_string_equal(told.cause_port, "p0");
	assert_int_equal(drops(1, DROP_LOOP_PROBE), 1);
	assert_int_equal(l->port[1].stats.rx_control, 1);
	assert_int_equal(heard(2), 2); /* p0 and p3 */
	assert_int_equal(heard(1), 0);
	assert_int_equal(drops(1, DROP_LOOP_BLOCKED), 1);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), -1);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, l->sw->mac), -1);
}

/* What was learned behind the loop was wrong. */
static void what_was_learned_there_is_forgotten(void **state)
{
	heard(1);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), 1);
	guard(0, true);
	guard(1, true);
	connect_ports(0, 1);
	let_pass(100);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), -1);
}

static void through_a_port_without_guard(void **state)
{
	guard(2, true);
	connect_ports(2, 0);
	let_pass(100);
	assert_true(l->port[2].looped);
	assert_false(l->port[0].looped);
	assert_string_equal(told.port, "p2");
	assert_string_equal(told.cause_port, "p0");
	assert_int_equal(drops(0, DROP_LOOP_PROBE), 1);
	assert_int_equal(heard(0), 2);
}

static void all_behind_one_port(void **state)
{
	guard(3, true);
	wire.cable[3] = 3;
	let_pass(100);
	assert_true(l->port[3].looped);
	assert_string_equal(told.port, "p3");
	assert_string_equal(told.cause_port, "p3");
}

static void it_opens_when_the_loop_is_gone(void **state)
{
	guard(0, true);
	guard(1, true);
	connect_ports(0, 1);
	let_pass(120000); /* the loop is seen all the time */
	assert_true(l->port[1].looped);
	assert_int_equal(told.raised[EVENT_LOOP_CLEARED], 0);
	disconnect(0);
	let_pass(3900);
	assert_true(l->port[1].looped);
	let_pass(2200); /* three intervals of 2 s without a probe, of which some had passed */
	assert_false(l->port[1].looped);
	assert_int_equal(told.raised[EVENT_LOOP_CLEARED], 1);
	assert_string_equal(told.port, "p1");
	assert_string_equal(told.cause, "time");
	assert_string_equal(told.cause_port, "p0");
	assert_int_equal(heard(1), 3);
}

static void it_opens_when_asked(void **state)
{
	guard(0, true);
	guard(1, true);
	assert_false(sw_loop_retry(&l->port[1], l->now_ms));
	connect_ports(0, 1);
	let_pass(100);
	disconnect(0);
	assert_true(sw_loop_retry(&l->port[1], l->now_ms));
	assert_string_equal(told.cause, "asked");
	assert_int_equal(heard(1), 3);
	assert_false(sw_loop_retry(&l->port[1], l->now_ms));
	assert_false(sw_loop_retry(&l->port[2], l->now_ms));
}

static void it_opens_when_it_is_guarded_no_more(void **state)
{
	guard(0, true);
	guard(1, true);
	connect_ports(0, 1);
	let_pass(100);
	guard(1, false);
	assert_int_equal(told.raised[EVENT_LOOP_CLEARED], 1);
	assert_string_equal(told.cause, "setting");
	assert_int_equal(l->port[1].gate, GATE_PROBES);
	let_pass(2000);
	assert_true(l->port[0].looped); /* the one that is left to be blocked */
	guard(0, false);
	assert_int_equal(l->port[0].gate, 0);
}

static void nobody_is_taken_for_a_port_that_is_gone(void **state)
{
	struct loopguard_info info;

	guard(0, true);
	guard(1, true);
	connect_ports(0, 1);
	let_pass(100);
	disconnect(0);
	sw_detach(&l->port[0]);
	assert_int_equal(sw_attach(l->sw, &l->port[0], NULL), 0);
	assert_true(sw_loop_info(&l->port[1], l->now_ms, &info));
	assert_true(info.blocked);
	assert_int_equal(info.other, LOOP_GONE);
	assert_true(sw_loop_retry(&l->port[1], l->now_ms));
	assert_string_equal(told.cause_port, "");
}

static void a_blocked_port_that_goes_leaves_nothing(void **state)
{
	guard(0, true);
	guard(1, true);
	connect_ports(0, 1);
	let_pass(100);
	sw_detach(&l->port[1]);
	l->port[1].set.loop_guard = false;
	assert_int_equal(sw_attach(l->sw, &l->port[1], NULL), 0);
	sw_port_link(&l->port[1], true);
	assert_int_equal(heard(1), 3);
}

/* ---- frames that are none of ours ---- */

static void of_another_switch(void **state)
{
	uint8_t f[LOOP_FRAME_SIZE];
	struct verdict v;

	guard(0, true);
	let_pass(100);
	memcpy(f, wire.last[0], sizeof(f));
	mac_store(f + 6, STATION(9));
	f[22] ^= 1; /* in the identity, which is behind header, subtype, version and port */
	v = lab_receive(l, 1, f, sizeof(f));
	assert_int_equal(v.drop, DROP_NONE);
	assert_int_equal(v.route, ROUTE_MULTICAST);
	assert_int_equal(lab_fanout(l, &v), 3);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(9)), 1);
}

static void forged(void **state)
{
	uint8_t f[LOOP_FRAME_SIZE];
	struct loopguard_info info;
	struct verdict v;

	guard(0, true);
	guard(1, true);
	let_pass(100);
	memcpy(f, wire.last[0], sizeof(f));
	mac_store(f + 6, STATION(9));
	f[37] ^= 1; /* in the sequence number */
	v = lab_receive(l, 1, f, sizeof(f));
	assert_int_equal(v.route, ROUTE_HERE);
	assert_int_equal(drops(1, DROP_BAD_PROBE), 1);
	assert_false(l->port[1].looped);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(9)), -1);
	assert_true(sw_loop_info(&l->port[1], l->now_ms, &info));
	assert_int_equal(info.probes_bad, 1);
}

/* Tags make it another frame: of a VLAN, for whom that concerns. */
static void with_a_tag(void **state)
{
	uint8_t f[LOOP_FRAME_SIZE + 4] = {0};
	struct verdict v;

	guard(0, true);
	let_pass(100);
	memcpy(f, wire.last[0], 12);
	f[12] = 0x81;
	f[15] = 5;
	memcpy(f + 16, wire.last[0] + 12, LOOP_FRAME_SIZE - 12);
	v = lab_receive(l, 1, f, sizeof(f));
	assert_int_equal(v.route, ROUTE_MULTICAST);
	assert_int_equal(lab_fanout(l, &v), 3);
}

static void of_a_guard_that_was_before(void **state)
{
	uint8_t f[LOOP_FRAME_SIZE];
	struct verdict v;

	guard(0, true);
	let_pass(100);
	memcpy(f, wire.last[0], sizeof(f));
	guard(0, false);
	guard(0, true);
	let_pass(100);
	v = lab_receive(l, 0, f, sizeof(f));
	assert_int_equal(v.route, ROUTE_MULTICAST);
	assert_false(l->port[0].looped);
}

static void without_a_guard_it_is_a_frame_like_any_other(void **state)
{
	uint8_t f[LOOP_FRAME_SIZE];
	struct verdict v;

	guard(0, true);
	let_pass(100);
	memcpy(f, wire.last[0], sizeof(f));
	guard(0, false);
	v = lab_receive(l, 1, f, sizeof(f));
	assert_int_equal(v.route, ROUTE_MULTICAST);
	assert_int_equal(lab_fanout(l, &v), 3);
}

/* A trace asks what would become of it; that changes nothing. */
static void asking_changes_nothing(void **state)
{
	struct frame f = {.len = LOOP_FRAME_SIZE};
	struct verdict v;

	guard(0, true);
	let_pass(100);
	f.data = wire.last[0];
	switch_decide(l->sw, &l->port[1], &f, frame_parse(&f), &v);
	assert_int_equal(v.route, ROUTE_HERE);
	assert_int_equal(v.trap, TRAP_LOOP);
	assert_false(l->port[0].looped);
	assert_int_equal(drops(1, DROP_LOOP_PROBE), 0);
}

/* ---- beside others ---- */

static void a_spanning_tree(void **state)
{
	guard(0, true);
	guard(1, true);
	connect_ports(0, 1);
	sw_port_state(&l->port[1], false, false); /* as the tree has it: there is no loop */
	let_pass(10000);
	assert_int_equal(told.raised[EVENT_LOOP_DETECTED], 0);
	assert_int_equal(wire.sent[1], 0);
	assert_int_equal(drops(1, DROP_PORT_BLOCKED), wire.sent[0]);
	sw_port_state(&l->port[1], true, true);
	let_pass(2000);
	assert_true(l->port[1].looped);
	sw_port_state(&l->port[1], true, true); /* what the tree thinks does not open it */
	assert_int_equal(heard(1), 0);
}

static void a_port_that_is_shut(void **state)
{
	guard(0, true);
	guard(1, true);
	sw_port_shut(&l->port[1], SHUT_STORM, l->now_ms);
	connect_ports(0, 1);
	let_pass(5000);
	assert_int_equal(wire.sent[1], 0);
	assert_int_equal(told.raised[EVENT_LOOP_DETECTED], 0);
	sw_port_open(&l->port[1], "asked");
	let_pass(100);
	assert_true(l->port[0].looped); /* hears what the other one sends at once */
}

static void learning_that_is_paused(void **state)
{
	heard(1);
	guard(0, true);
	guard(1, true);
	connect_ports(0, 1);
	sw_pause_learning(l->sw, true);
	let_pass(100);
	assert_true(l->port[1].looped);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), -1);
	sw_pause_learning(l->sw, false);
	assert_int_equal(heard(1), 0);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(off_it_costs_nothing),
		TEST(on_while_a_port_wants_it),
		TEST(a_port_that_goes_is_no_reason_for_it),
		TEST(the_interval_is_that_of_the_switch),
		TEST(times_that_are_not_set),
		TEST(a_loop_is_cut),
		TEST(what_was_learned_there_is_forgotten),
		TEST(through_a_port_without_guard),
		TEST(all_behind_one_port),
		TEST(it_opens_when_the_loop_is_gone),
		TEST(it_opens_when_asked),
		TEST(it_opens_when_it_is_guarded_no_more),
		TEST(nobody_is_taken_for_a_port_that_is_gone),
		TEST(a_blocked_port_that_goes_leaves_nothing),
		TEST(of_another_switch),
		TEST(forged),
		TEST(with_a_tag),
		TEST(of_a_guard_that_was_before),
		TEST(without_a_guard_it_is_a_frame_like_any_other),
		TEST(asking_changes_nothing),
		TEST(a_spanning_tree),
		TEST(a_port_that_is_shut),
		TEST(learning_that_is_paused),
	};

	return cmocka_run_group_tests_name("sw_loop", tests, NULL, NULL);
}
