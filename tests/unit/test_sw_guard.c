/* SPDX-License-Identifier: ISC */
/* A switch that watches what stations say: where frames go, what is learned, what changes with settings. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "core/sw_guard.h"
#include "guard_lab.h"
#include "lab.h"
#include "util/mac.h"

enum { SERVER = 0, A = 1, B = 2, PORTS = 4 };

static struct lab *l;

static void set_switch(const char *name, const char *value)
{
	struct sw_settings set = l->sw->set;

	assert_int_equal(opt_parse(opt_find(sw_options, name), value, &set, NULL), 0);
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
}

static void set_port(unsigned port, const char *name, const char *value)
{
	assert_int_equal(
		opt_parse(opt_find(sw_port_options, name), value, &l->port[port].set, NULL), 0);
	sw_port_update(&l->port[port]);
}

static int setup(void **state)
{
	l = lab_new(PORTS, 64);
	l->now_ms = 7000000;
	sw_tick(l->sw, l->now_ms);
	return 0;
}

static int teardown(void **state)
{
	lab_free(l);
	return 0;
}

static struct verdict send(unsigned port, const struct wire *w)
{
	return lab_receive(l, port, w->data, w->len);
}

static struct verdict say(unsigned port, enum dhcp_type type, unsigned station)
{
	struct said s = said_client(type, station);
	struct wire w;

	s.requested = IP(10, 0, 0, 9);
	wire_dhcp(&w, STATION(station), &s);
	return send(port, &w);
}

static struct verdict answer(unsigned port, enum dhcp_type type, unsigned station)
{
	struct said s = said_server(type, station, IP(10, 0, 0, 9));
	struct wire w;

	wire_dhcp(&w, STATION(90 + port), &s);
	return send(port, &w);
}

static struct verdict claim(unsigned port, unsigned station, uint32_t ip)
{
	struct wire w;

	wire_arp(&w, STATION(station), 1, STATION(station), ip, 0, ip);
	return send(port, &w);
}

static uint32_t bindings(void)
{
	return l->sw->guard ? bindings_count(guard_bindings(l->sw->guard->guard)).all : 0;
}

static void nothing_is_there_before_it_is_wanted(void **state)
{
	assert_null(l->sw->guard);
	assert_int_equal(l->port[A].gate, 0);
	assert_int_equal(l->sw->ask_from, UINT32_MAX);
	assert_int_equal(claim(A, 1, IP(10, 0, 0, 5)).drop, DROP_NONE);
	set_switch("arp_inspection", "true");
	assert_non_null(l->sw->guard);
	assert_true(l->port[A].gate & GATE_GUARD);
	assert_int_equal(l->sw->ask_from, 0);
	set_switch("arp_inspection", "false");
	assert_int_equal(l->port[A].gate, 0);
	assert_int_equal(l->sw->ask_from, UINT32_MAX);
	assert_int_equal(claim(A, 1, IP(10, 0, 0, 5)).drop, DROP_NONE);
}

/* Of the table of options and of the guard itself. */
static void the_defaults_are_the_same(void **state)
{
	const struct guard_settings want = guard_defaults();
	const struct sw_settings *have = &l->sw->set;

	assert_int_equal(have->dhcp_bindings, want.max_bindings);
	assert_int_equal(have->dhcp_chaddr, want.check_chaddr);
	assert_int_equal(have->dhcp_relays, want.allow_relays);
	assert_int_equal(have->dhcp_to_trusted, want.to_trusted);
	assert_int_equal(have->arp_target, want.check_arp_target);
}

static void questions_go_to_trusted_ports(void **state)
{
	struct verdict v;

	set_switch("dhcp_snooping", "true");
	v = say(A, DHCP_DISCOVER, 1);
	assert_int_equal(v.drop, DROP_NO_TRUSTED);
	assert_int_equal(l->port[A].stats.drops[DROP_NO_TRUSTED], 1);
	set_port(SERVER, "dhcp_trusted", "true");
	v = say(A, DHCP_DISCOVER, 1);
	assert_true(lab_only_to(l, &v, SERVER));
	set_switch("dhcp_to_trusted", "false");
	v = say(A, DHCP_DISCOVER, 1);
	assert_int_equal(lab_fanout(l, &v), 3);
}

static void an_answer_goes_to_who_asked_and_binds(void **state)
{
	struct verdict v;

	set_switch("dhcp_snooping", "true");
	set_switch("arp_inspection", "true");
	set_port(SERVER, "dhcp_trusted", "true");
	say(A, DHCP_REQUEST, 1);
	v = answer(B, DHCP_ACK, 1);
	assert_int_equal(v.drop, DROP_DHCP_ROGUE_SERVER);
	assert_int_equal(bindings(), 0);
	v = answer(SERVER, DHCP_ACK, 1);
	assert_true(lab_only_to(l, &v, A));
	assert_int_equal(bindings(), 1);
	assert_int_equal(l->raised[EVENT_BINDING_ADDED], 1);
	assert_int_equal(claim(A, 1, IP(10, 0, 0, 9)).drop, DROP_NONE);
	assert_int_equal(claim(A, 1, IP(10, 0, 0, 8)).drop, DROP_ARP_NO_BINDING);
	l->now_ms += 3601 * 1000; /* the lease was of an hour */
	sw_tick(l->sw, l->now_ms);
	assert_int_equal(claim(A, 1, IP(10, 0, 0, 9)).drop, DROP_ARP_NO_BINDING);
	assert_int_equal(l->raised[EVENT_BINDING_REMOVED], 1);
}

static void what_is_refused_teaches_nothing(void **state)
{
	set_switch("arp_inspection", "true");
	assert_int_equal(claim(B, 1, 5).drop, DROP_ARP_NO_BINDING);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	assert_int_equal(l->raised[EVENT_GUARD_VIOLATION], 1);
	assert_string_equal(l->last.port, "p2");
	for (unsigned i = 0; i < 100; i++)
		claim(B, 1, 5);
	assert_int_equal(l->raised[EVENT_GUARD_VIOLATION], 1);
	assert_int_equal(l->port[B].stats.drops[DROP_ARP_NO_BINDING], 101);
	lab_send(l, B, MAC_BROADCAST, STATION(2)); /* what is not watched passes */
	assert_int_equal(fdb_count(l->sw->fdb), 1);
}

/* While its old port is up, a station asks nowhere else; once it is down, the lease moves with it. */
static void a_station_moves_when_its_port_is_down(void **state)
{
	set_switch("dhcp_snooping", "true");
	set_port(SERVER, "dhcp_trusted", "true");
	say(A, DHCP_REQUEST, 1);
	answer(SERVER, DHCP_ACK, 1);
	assert_int_equal(say(B, DHCP_REQUEST, 1).drop, DROP_DHCP_NOT_HOLDER);
	sw_port_link(&l->port[A], false);
	assert_int_equal(say(B, DHCP_REQUEST, 1).drop, DROP_NONE);
	answer(SERVER, DHCP_ACK, 1);
	sw_port_link(&l->port[A], true);
	assert_int_equal(say(A, DHCP_REQUEST, 1).drop, DROP_DHCP_NOT_HOLDER);
	assert_int_equal(bindings(), 1);
	set_switch("dhcp_snooping", "false"); /* in every VLAN at once */
	assert_int_equal(bindings(), 0);
}

/* What another rule refuses has not been asked. */
static void a_refused_question_is_not_remembered(void **state)
{
	set_switch("dhcp_snooping", "true");
	set_port(SERVER, "dhcp_trusted", "true");
	set_port(A, "locked", "true");
	assert_int_not_equal(say(A, DHCP_REQUEST, 1).drop, DROP_NONE);
	answer(SERVER, DHCP_ACK, 1);
	assert_int_equal(bindings(), 0);
}

static void by_vlan(void **state)
{
	struct sw_vlan_set on = {.arp_inspection = true}, off = {0};
	struct wire w;

	set_switch("vlan_aware", "true");
	set_port(A, "access", "10");
	sw_vlan_configure(l->sw, 10, &on);
	assert_int_equal(claim(A, 1, IP(10, 0, 0, 5)).drop, DROP_ARP_NO_BINDING);
	assert_int_not_equal(claim(B, 2, 5).drop, DROP_ARP_NO_BINDING); /* VLAN 1 */
	assert_int_equal(
		sw_guard_bind(l->sw, 10, STATION(1), IP(10, 0, 0, 5), &l->port[A], l->now_ms, NULL),
		0);
	assert_int_equal(
		sw_guard_bind(l->sw, 0, STATION(1), IP(10, 0, 0, 6), &l->port[A], l->now_ms, NULL),
		-EINVAL);
	wire_arp(&w, STATION(1), 1, STATION(1), IP(10, 0, 0, 5), 0, IP(10, 0, 0, 5));
	assert_int_not_equal(send(A, &w).drop, DROP_ARP_NO_BINDING);
	sw_vlan_configure(l->sw, 10, &off);
	assert_int_equal(l->port[A].gate, 0);
	assert_int_not_equal(claim(A, 7, 7).drop, DROP_ARP_NO_BINDING);
}

static void static_bindings_outlive_being_off(void **state)
{
	struct sw_settings set;

	assert_int_equal(
		sw_guard_bind(l->sw, 0, STATION(1), IP(10, 0, 0, 5), &l->port[A], l->now_ms, NULL),
		0);
	assert_int_equal(l->port[A].gate, 0); /* a binding alone watches nothing */
	set_switch("arp_inspection", "true");
	assert_int_equal(claim(A, 1, IP(10, 0, 0, 5)).drop, DROP_NONE);
	set_switch("arp_inspection", "false");
	set_switch("arp_inspection", "true");
	assert_int_equal(claim(A, 1, IP(10, 0, 0, 5)).drop, DROP_NONE);
	assert_int_equal(
		sw_guard_bind(l->sw, 0, STATION(1), IP(10, 0, 0, 6), &l->port[A], l->now_ms, NULL),
		0);
	set = l->sw->set;
	set.dhcp_bindings = 1;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), -ENOSPC);
	set = l->sw->set;
	set.vlan_aware = true; /* they would be in none */
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), -EINVAL);
	assert_int_equal(sw_guard_unbind(l->sw, 0, STATION(1), IP(10, 0, 0, 6), NULL), 0);
	assert_int_equal(sw_guard_unbind(l->sw, 0, STATION(1), IP(10, 0, 0, 6), NULL), -ENOENT);
	sw_detach(&l->port[A]);
	assert_int_equal(bindings(), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_there_before_it_is_wanted),
		TEST(the_defaults_are_the_same),
		TEST(questions_go_to_trusted_ports),
		TEST(an_answer_goes_to_who_asked_and_binds),
		TEST(what_is_refused_teaches_nothing),
		TEST(a_station_moves_when_its_port_is_down),
		TEST(a_refused_question_is_not_remembered),
		TEST(by_vlan),
		TEST(static_bindings_outlive_being_off),
	};

	return cmocka_run_group_tests_name("sw_guard", tests, NULL, NULL);
}
