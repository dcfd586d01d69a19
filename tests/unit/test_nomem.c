/* SPDX-License-Identifier: ISC */
/*
 * What becomes of a switch whose protocols get no memory: nothing passes where a spanning tree was asked for, and
 * what is only a help is made up for later.  This program is linked so that calloc() comes by here (see the Makefile).
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "core/stp_bpdu.h"
#include "core/sw_loop.h"
#include "core/sw_stp.h"
#include "lab.h"
#include "util/mac.h"

enum { PORTS = 3, ALL = 1 << 20 };

void *__wrap_calloc(size_t n, size_t size);
void *__real_calloc(size_t n, size_t size);

/* The calls that succeed from now on; the others do not. */
static unsigned left = ALL;
static unsigned refused;

void *__wrap_calloc(size_t n, size_t size)
{
	if (left == ALL)
		return __real_calloc(n, size);
	if (left) {
		left--;
		return __real_calloc(n, size);
	}
	refused++;
	return NULL;
}

static struct lab *l;

static int setup(void **state)
{
	refused = 0;
	l = lab_new(PORTS, 16);
	l->now_ms = 50000;
	return 0;
}

static int teardown(void **state)
{
	left = ALL;
	lab_free(l);
	return 0;
}

static void turn(const char *which, unsigned calls)
{
	struct sw_settings set = l->sw->set;

	snprintf(set.stp, sizeof(set.stp), "%s", which);
	left = calls;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	left = ALL;
}

static void let_pass(unsigned seconds)
{
	for (unsigned i = 0; i < seconds * 1000 / SW_TICK_MS; i++) {
		l->now_ms += SW_TICK_MS;
		sw_tick(l->sw, l->now_ms);
	}
}

static unsigned heard(unsigned from)
{
	struct verdict v = lab_send(l, from, MAC_BROADCAST, STATION(from));

	return lab_fanout(l, &v);
}

/* No tree at all: a loop would be worse than silence. */
static void without_a_bridge_nothing_passes(void **state)
{
	turn("rstp", 0);
	assert_int_equal(refused, 1);
	assert_null(l->sw->stp);
	let_pass(60);
	for (unsigned i = 0; i < PORTS; i++) {
		assert_int_equal(heard(i), 0);
		assert_int_equal(l->port[i].stats.drops[DROP_PORT_BLOCKED], 1);
	}
	assert_int_equal(fdb_count(l->sw->fdb), 0);

	sw_port_link(&l->port[0], false);
	sw_port_link(&l->port[0], true);
	sw_detach(&l->port[1]);
	assert_int_equal(sw_attach(l->sw, &l->port[1], NULL), 0);
	sw_port_link(&l->port[1], true);
	sw_port_update(&l->port[2]);
	let_pass(60);
	for (unsigned i = 0; i < PORTS; i++)
		assert_int_equal(heard(i), 0);
}

static void a_bpdu_is_for_nobody_then(void **state)
{
	turn("rstp", 0);
	assert_int_equal(lab_send(l, 0, STP_GROUP, STATION(1)).drop, DROP_PORT_BLOCKED);
}

static void it_helps_to_ask_again(void **state)
{
	turn("rstp", 0);
	turn("rstp", ALL);
	assert_non_null(l->sw->stp);
	let_pass(60);
	assert_int_equal(heard(0), PORTS - 1);
}

static void turned_off_all_passes(void **state)
{
	turn("rstp", 0);
	turn("off", ALL);
	assert_int_equal(heard(0), PORTS - 1);
	assert_int_equal(heard(1), PORTS - 1);
}

/* The bridge and two ports are made, the third is not. */
static void a_port_without_memory_discards(void **state)
{
	struct stp_port_info info;

	turn("rstp", 3);
	assert_int_equal(refused, 1);
	assert_non_null(l->sw->stp);
	assert_false(stp_port_info(l->sw->stp, 2, &info));
	let_pass(60);
	assert_int_equal(heard(2), 0);
	assert_int_equal(heard(0), 1);
	assert_int_equal(heard(1), 1);
	assert_int_equal(lab_send(l, 2, STP_GROUP, STATION(1)).route, ROUTE_HERE);
	assert_int_equal(l->port[2].stats.drops[DROP_PORT_BLOCKED], 2);

	sw_port_link(&l->port[2], false);
	sw_port_link(&l->port[2], true);
	sw_port_update(&l->port[2]);
	let_pass(60);
	assert_int_equal(heard(2), 0);
	assert_int_equal(heard(0), 1);

	sw_detach(&l->port[2]);
	assert_int_equal(sw_attach(l->sw, &l->port[2], NULL), 0);
	sw_port_link(&l->port[2], true);
	let_pass(60);
	assert_int_equal(heard(2), PORTS - 1);
}

static void want_guard(unsigned port, unsigned calls)
{
	l->port[port].set.loop_guard = true;
	left = calls;
	sw_port_update(&l->port[port]);
	left = ALL;
}

/* A guard is a help: the port forwards without it, and gets it when there is memory again. */
static void loops_are_looked_for_later(void **state)
{
	struct loopguard_info info;

	want_guard(0, 0);
	assert_int_equal(refused, 1);
	assert_null(l->sw->loop.guard);
	assert_true(sw_has_protocols(l->sw));
	assert_int_equal(heard(0), PORTS - 1);
	left = 0;
	let_pass(1);
	assert_int_equal(refused, 1 + 10);
	assert_false(sw_loop_info(&l->port[0], l->now_ms, &info));
	left = ALL;
	let_pass(1);
	assert_true(sw_loop_info(&l->port[0], l->now_ms, &info));
	assert_int_equal(info.probes_sent, 1);

	want_guard(1, 0); /* a guard there is, but no room for one more */
	assert_false(sw_loop_info(&l->port[1], l->now_ms, &info));
	let_pass(1);
	assert_true(sw_loop_info(&l->port[1], l->now_ms, &info));
}

static void who_does_not_want_it_any_more_gets_none(void **state)
{
	want_guard(0, 0);
	l->port[0].set.loop_guard = false;
	sw_port_update(&l->port[0]);
	let_pass(1);
	assert_null(l->sw->loop.guard);
	assert_false(sw_has_protocols(l->sw));
	want_guard(1, 0);
	sw_detach(&l->port[1]);
	assert_false(sw_has_protocols(l->sw));
}

static void set_switch(const char *name, const char *value, unsigned calls)
{
	struct sw_settings set = l->sw->set;

	assert_int_equal(opt_parse(opt_find(sw_options, name), value, &set, NULL), 0);
	left = calls;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	left = ALL;
}

static void neighbours_are_told_later(void **state)
{
	set_switch("lldp", "true", 0);
	assert_null(l->sw->lldp);
	assert_int_equal(heard(0), PORTS - 1);
	left = 0;
	let_pass(1);
	assert_null(l->sw->lldp);
	left = ALL;
	let_pass(1);
	assert_non_null(l->sw->lldp);
}

/* Whatever number of its parts there is memory for: a guard is whole, or there is none. */
static void stations_are_watched_later(void **state)
{
	for (unsigned calls = 0; calls < 3; calls++) {
		set_switch("arp_inspection", "true", calls);
		assert_false(l->sw->guarded);
		assert_int_equal(l->port[0].gate, 0);
		set_switch("arp_inspection", "false", 0);
		assert_false(l->sw->guard_wanting);
	}
	set_switch("arp_inspection", "true", 0);
	left = 0;
	let_pass(1);
	assert_false(l->sw->guarded);
	left = ALL;
	let_pass(1);
	assert_true(l->sw->guarded);
	assert_true(l->port[0].gate & GATE_GUARD);
}

/* A port that could not be watched does not come. */
static void a_port_that_cannot_be_watched_does_not_come(void **state)
{
	struct sw_port *p = &l->port[2];

	set_switch("dhcp_snooping", "true", ALL);
	sw_detach(p);
	left = 0;
	assert_int_equal(sw_attach(l->sw, p, NULL), -ENOMEM);
	left = ALL;
	assert_null(p->sw);
	assert_int_equal(sw_attach(l->sw, p, NULL), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_bridge_nothing_passes),
		TEST(a_bpdu_is_for_nobody_then),
		TEST(it_helps_to_ask_again),
		TEST(turned_off_all_passes),
		TEST(a_port_without_memory_discards),
		TEST(loops_are_looked_for_later),
		TEST(who_does_not_want_it_any_more_gets_none),
		TEST(neighbours_are_told_later),
		TEST(stations_are_watched_later),
		TEST(a_port_that_cannot_be_watched_does_not_come),
	};

	return cmocka_run_group_tests_name("nomem", tests, NULL, NULL);
}
