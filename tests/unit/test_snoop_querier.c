/* SPDX-License-Identifier: ISC */
/* Queriers and routers: the election, our queries, what a leave makes us ask, where routers are. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "snoop_lan.h"

#define G  "239.1.1.1"
#define G6 "ff0e::1"
#define S1 "10.0.0.7"

static struct lan l;
static struct gpacket p;
static struct snoop_querier_info q;

/* We are 10.0.0.5 and fe80::5. */
static int open_querier(void **state)
{
	lan_init(&l);
	l.set.querier = true;
	lan_open(&l);
	return 0;
}

static int open_silent(void **state)
{
	lan_init(&l);
	lan_open(&l);
	return 0;
}

static int close_lan(void **state)
{
	lan_close(&l);
	return 0;
}

static void hear(unsigned port, const char *src)
{
	gp_query(&p, src, NULL, 10000, NULL);
	lan_rx(&l, port, &p);
}

static const struct snoop_querier_info *querier(bool v6)
{
	assert_int_equal(snoop_querier(l.s, l.vid, v6, l.now_ms, &q), 0);
	return &q;
}

static void join(unsigned port, const char *group)
{
	gp_report(&p, group, 2);
	lan_rx(&l, port, &p);
}

/* Queries of one family since lan_forget_sent(). */
static unsigned sent_of(bool v6)
{
	unsigned n = 0;

	for (unsigned k = 0; lan_sent(&l, k); k++)
		n += lan_sent(&l, k)->msg.v6 == v6;
	return n;
}

/* ---- our own queries ---- */

static void a_querier_begins_with_more_queries(void **state)
{
	const struct sent *s = lan_sent(&l, 1);

	assert_int_equal(l.n_sent, 2); /* one a family, at once */
	assert_true(!s->msg.v6 && s->msg.version == 3 && ip_equal(s->msg.src, addr("10.0.0.5")));
	assert_true(ip_is_unspecified(s->msg.group) && s->msg.max_resp_ms == 10000);
	assert_true(s->msg.qrv == 2 && s->msg.qqi_s == 125);
	s = lan_sent(&l, 0);
	assert_true(s->msg.v6 && s->msg.version == 2 && ip_equal(s->msg.src, addr("fe80::5")));
	lan_wait(&l, 32000); /* startup query interval: a quarter */
	assert_int_equal(l.n_sent, 4);
	lan_wait(&l, 123000);
	assert_int_equal(l.n_sent, 4);
	lan_wait(&l, 3000);
	assert_int_equal(l.n_sent, 6);
	assert_true(querier(false)->self && q.port == SNOOP_NO_PORT && q.version == 3);
	assert_int_equal(l.raised[SNOOP_QUERIER], 2);
}

static void groups_count_once_answers_are_in(void **state)
{
	join(1, G);
	assert_string_equal(lan_out(&l, S1, G), "flood");
	assert_true(querier(false)->settling);
	lan_wait(&l, 11000);
	assert_string_equal(lan_out(&l, S1, G), "1");
	assert_string_equal(lan_out(&l, S1, "239.1.1.2"), "");
}

static void queries_are_of_the_version_that_is_set(void **state)
{
	l.set.igmp_version = 2;
	l.set.mld_version = 1;
	snoop_configure(l.s, &l.set, l.now_ms);
	assert_int_equal(lan_sent(&l, 1)->msg.version, 2);
	assert_int_equal(lan_sent(&l, 0)->msg.version, 1);
	lan_wait(&l, 40000);
	gp_record(&p, MCAST_IS_IN, G, S1);
	lan_rx(&l, 1, &p);
	lan_forget_sent(&l);
	gp_record(&p, MCAST_BLOCK, G, S1); /* cannot be asked in that version */
	lan_rx(&l, 1, &p);
	lan_wait(&l, 5000);
	assert_int_equal(l.n_sent, 0);
	assert_non_null(lan_member(&l, G, 1));
	join(1, G);
	gp_leave(&p, G);
	lan_rx(&l, 1, &p);
	assert_true(l.n_sent == 0 || lan_sent(&l, 0)->msg.version == 2);
	assert_int_equal(l.n_sent, 1);
}

static void a_link_local_address_is_made_of_the_mac(void **state)
{
	l.set.mld_source = addr("::");
	snoop_configure(l.s, &l.set, l.now_ms);
	assert_true(ip_equal(lan_sent(&l, 0)->msg.src, addr("fe80::ff:fe00:abcd")));
}

static void settings_may_start_and_stop_it(void **state)
{
	l.set.querier = false;
	snoop_configure(l.s, &l.set, l.now_ms);
	assert_false(querier(false)->known);
	assert_int_equal(l.raised[SNOOP_QUERIER_LOST], 2);
	lan_forget_sent(&l);
	lan_wait(&l, 300000);
	assert_int_equal(l.n_sent, 0);
	l.set.querier = true;
	snoop_configure(l.s, &l.set, l.now_ms);
	assert_true(querier(true)->self && l.n_sent == 2);
}

static void one_vlan_may_ask_by_itself(void **state)
{
	struct snoop_vlan_settings own = {.querier = true, .igmp_source = addr("10.9.0.1")};

	assert_int_equal(snoop_vlan_add(l.s, 9, l.now_ms), 0);
	assert_int_equal(snoop_vlan_configure(l.s, 77, &own, l.now_ms), -ENOENT);
	lan_forget_sent(&l);
	assert_int_equal(snoop_vlan_configure(l.s, 9, &own, l.now_ms), 0);
	assert_false(querier(false)->known);
	assert_int_equal(l.n_sent, 2);
	assert_int_equal(lan_sent(&l, 1)->vid, 9);
	assert_true(ip_equal(lan_sent(&l, 1)->msg.src, addr("10.9.0.1")));
	assert_int_equal(snoop_vlan_configure(l.s, 9, &own, l.now_ms), 0); /* no news */
	assert_int_equal(l.n_sent, 2);
	assert_int_equal(snoop_querier(l.s, 9, false, l.now_ms, &q), 0);
	assert_true(q.self && ip_equal(q.addr, own.igmp_source));
	own.querier = false;
	assert_int_equal(snoop_vlan_configure(l.s, 9, &own, l.now_ms), 0);
	lan_forget_sent(&l);
	lan_wait(&l, 300000);
	assert_int_equal(l.n_sent, 0);
	assert_true(snoop_vlan_is(l.s, 9) && !snoop_vlan_is(l.s, 10));
}

/* ---- the election ---- */

static void the_lowest_address_wins(void **state)
{
	hear(3, "10.0.0.9");
	assert_true(querier(false)->self);
	hear(3, "10.0.0.4");
	assert_true(!querier(false)->self && q.port == 3 && ip_equal(q.addr, addr("10.0.0.4")));
	assert_true(querier(true)->self);
	hear(4, "10.0.0.6");
	assert_int_equal(querier(false)->port, 3);
	hear(4, "10.0.0.3");
	assert_int_equal(querier(false)->port, 4);
	hear(5, "fe80::4");
	assert_true(!querier(true)->self && q.port == 5);
	lan_forget_sent(&l);
	lan_wait(&l, 250000);
	assert_int_equal(l.n_sent, 0); /* we are silent as long as it is there... */
	lan_wait(&l, 10000);
	assert_int_equal(sent_of(false), 1); /* ...and go on when it is not */
	assert_int_equal(sent_of(true), 1);
	assert_true(querier(false)->self && querier(true)->self);
}

static void a_lower_one_that_asks_stays(void **state)
{
	hear(3, "10.0.0.4");
	for (int i = 0; i < 5; i++) {
		lan_wait(&l, 125000);
		hear(3, "10.0.0.4");
	}
	assert_true(!querier(false)->self && ip_equal(q.addr, addr("10.0.0.4")));
	assert_in_range(q.expires_ms, 254000, 255000);
}

static void questions_about_a_group_elect_nobody(void **state)
{
	gp_query(&p, "10.0.0.1", G, 1000, NULL);
	lan_rx(&l, 3, &p);
	assert_true(querier(false)->self);
}

static void the_unspecified_address_yields_to_all(void **state)
{
	l.set.igmp_source = addr("0.0.0.0");
	snoop_configure(l.s, &l.set, l.now_ms);
	assert_true(ip_is_unspecified(lan_sent(&l, 1)->msg.src));
	hear(3, "0.0.0.0"); /* another like us */
	assert_true(querier(false)->self);
	hear(3, "200.0.0.1");
	assert_true(!querier(false)->self && ip_equal(q.addr, addr("200.0.0.1")));
}

static void a_proxys_query_makes_a_querier_but_no_router(void **state)
{
	struct portset routers;

	hear(3, "0.0.0.0");
	hear(4, "::");
	lan_wait(&l, 11000);
	assert_true(querier(false)->known && !q.self && ip_is_unspecified(q.addr));
	assert_true(querier(true)->known);
	for (int v6 = 0; v6 < 2; v6++) {
		assert_int_equal(snoop_routers(l.s, 0, v6, &routers), 0);
		assert_true(portset_empty(&routers, PORTSET_WORDS));
	}
	join(1, G);
	assert_string_equal(lan_out(&l, S1, G), "1");
	hear(5, "200.0.0.1");
	assert_true(ip_equal(querier(false)->addr, addr("200.0.0.1")));
	assert_string_equal(lan_out(&l, S1, G), "1 5");
	hear(3, "0.0.0.0");
	assert_true(ip_equal(querier(false)->addr, addr("200.0.0.1")));
}

static void a_querier_with_a_real_address_ignores_proxies(void **state)
{
	hear(3, "0.0.0.0");
	assert_true(querier(false)->self);
}

/* ---- leaves ---- */

static void a_leave_makes_us_ask(void **state)
{
	lan_wait(&l, 40000);
	for (int v6 = 0; v6 < 2; v6++) {
		const char *group = v6 ? G6 : G;

		join(1, group);
		join(2, group);
		lan_forget_sent(&l);
		gp_leave(&p, group);
		lan_rx(&l, 1, &p);
		assert_int_equal(l.n_sent, 1);
		assert_true(ip_equal(lan_sent(&l, 0)->msg.group, addr(group)));
		assert_true(lan_sent(&l, 0)->msg.max_resp_ms == 1000 &&
			    !lan_sent(&l, 0)->msg.suppress);
		assert_int_equal(lan_member(&l, group, 1)->expires_ms, 2000);
		assert_true(lan_member(&l, group, 2)->expires_ms > 200000);
		lan_wait(&l, 10000);
		assert_int_equal(l.n_sent, 2); /* last member query count */
		assert_null(lan_member(&l, group, 1));
		assert_non_null(lan_member(&l, group, 2));
	}
}

static void an_answer_keeps_the_group(void **state)
{
	lan_wait(&l, 40000);
	join(1, G);
	gp_leave(&p, G);
	lan_rx(&l, 1, &p);
	join(1, G); /* another host behind the port */
	lan_wait(&l, 10000);
	assert_true(lan_member(&l, G, 1)->expires_ms > 200000);
	assert_true(lan_sent(&l, 0)->msg.suppress); /* others need not lower theirs */
}

static void who_is_not_querier_does_not_ask(void **state)
{
	hear(9, "10.0.0.1");
	lan_wait(&l, 11000);
	join(1, G);
	lan_forget_sent(&l);
	gp_leave(&p, G);
	lan_rx(&l, 1, &p);
	lan_wait(&l, 10000);
	assert_int_equal(sent_of(false), 0);
	assert_non_null(lan_member(&l, G, 1));
}

static void questions_end_when_another_takes_over(void **state)
{
	lan_wait(&l, 40000);
	join(1, G);
	gp_leave(&p, G);
	lan_rx(&l, 1, &p);
	lan_forget_sent(&l);
	hear(9, "10.0.0.1");
	lan_wait(&l, 10000);
	assert_int_equal(sent_of(false), 0);
}

/* One port cannot make us flood the LAN with questions; the memberships wait for theirs. */
static void questions_are_bounded(void **state)
{
	struct snoop_stats st;
	unsigned asked;

	lan_wait(&l, 40000);
	gp_records(&p, MCAST_IS_EX, G, 100, NULL);
	lan_rx(&l, 1, &p);
	join(2, "239.2.2.2");
	lan_forget_sent(&l);
	gp_records(&p, MCAST_TO_IN, G, 100, NULL);
	lan_rx(&l, 1, &p);
	assert_int_equal(l.n_sent, SNOOP_ASKS);
	gp_leave(&p, "239.2.2.2"); /* others are not held up */
	lan_rx(&l, 2, &p);
	assert_int_equal(l.n_sent, SNOOP_ASKS + 1);
	for (int i = 0; i < 10; i++) {
		asked = l.n_sent;
		lan_wait(&l, 1000);
		assert_true(l.n_sent - asked <= SNOOP_ASKS + 2);
		snoop_stats(l.s, &st);
	}
	assert_true(st.members > 0);
	lan_wait(&l, 30000);
	snoop_stats(l.s, &st);
	assert_int_equal(st.members, 0);
	assert_in_range(l.n_sent, 202, 204); /* twice a group, and a general one or two */
}

/* ---- a changed tree ---- */

static void a_changed_tree_has_all_asked(void **state)
{
	lan_wait(&l, 60000);
	join(1, G);
	assert_string_equal(lan_out(&l, S1, G), "1");
	lan_forget_sent(&l);
	snoop_topology_changed(l.s, 0, l.now_ms);
	assert_int_equal(l.n_sent, 2);
	assert_true(ip_is_unspecified(lan_sent(&l, 0)->msg.group));
	assert_string_equal(lan_out(&l, S1, G), "flood");
	lan_wait(&l, 11000);
	assert_string_equal(lan_out(&l, S1, G), "1");
}

static void a_changed_tree_with_another_querier(void **state)
{
	hear(9, "10.0.0.1");
	hear(9, "fe80::1");
	lan_wait(&l, 11000);
	snoop_topology_changed(l.s, 0, l.now_ms);
	assert_int_equal(l.n_sent, 2);
	assert_true(ip_is_unspecified(lan_sent(&l, 0)->msg.src));
	assert_true(ip_is_unspecified(lan_sent(&l, 1)->msg.src));
	assert_false(querier(false)->self);
	lan_wait(&l, 11000);
	assert_string_equal(lan_out(&l, S1, G), "9");
	assert_string_equal(lan_out(&l, "fe80::7", G6),
			    "flood"); /* until the next real one is answered */
	lan_wait(&l, 125000);
	assert_string_equal(lan_out(&l, "fe80::7", G6), "9");
}

static void without_a_querier_a_changed_tree_is_nothing(void **state)
{
	snoop_topology_changed(l.s, 0, l.now_ms);
	assert_int_equal(l.n_sent, 0);
}

/* ---- routers ---- */

static const struct snoop_router_info *router(bool v6, unsigned port)
{
	static struct snoop_router_info info;

	return snoop_router(l.s, l.vid, v6, port, l.now_ms, &info) ? &info : NULL;
}

static void queries_hellos_and_advertisements_show_routers(void **state)
{
	static const uint8_t hello[] = {0x20, 0, 0, 0, 0, 1, 0, 2, 0, 70};
	static const uint8_t here[] = {0x30, 20, 0, 0, 0, 125, 0, 2}, gone[] = {0x32, 0, 0, 0};

	hear(1, "10.0.0.1");
	gp_pim(&p, "10.0.0.2", hello, sizeof(hello));
	lan_rx(&l, 2, &p);
	gp_igmp(&p, "10.0.0.3", "224.0.0.106", here, sizeof(here));
	lan_rx(&l, 3, &p);
	lan_wait(&l, 11000);
	assert_string_equal(lan_out(&l, S1, G), "1 2 3");
	assert_true(ip_equal(router(false, 2)->addr, addr("10.0.0.2")));
	assert_int_equal(router(false, 1)->expires_ms, 255000 - 11000);
	assert_null(router(true, 1));
	gp_igmp(&p, "10.0.0.99", "224.0.0.106", gone, sizeof(gone));
	lan_rx(&l, 3, &p); /* somebody else went */
	assert_non_null(router(false, 3));
	gp_igmp(&p, "10.0.0.3", "224.0.0.106", gone, sizeof(gone));
	lan_rx(&l, 3, &p);
	assert_null(router(false, 3));
	lan_wait(&l, 60000);
	assert_string_equal(lan_out(&l, S1, G), "1");
	assert_int_equal(l.raised[SNOOP_ROUTER_AGED], 2);
	assert_int_equal(l.raised[SNOOP_ROUTER_LEARNED], 3);
}

/* One that is heard for shorter does not take the place of another behind the same port. */
static void the_router_that_is_heard_longest_counts(void **state)
{
	static const uint8_t hello[] = {0x20, 0, 0, 0, 0, 1, 0, 2, 0, 70};

	hear(1, "10.0.0.1");
	gp_pim(&p, "10.0.0.2", hello, sizeof(hello));
	lan_rx(&l, 1, &p);
	lan_wait(&l, 100000);
	assert_true(router(false, 1) && ip_equal(router(false, 1)->addr, addr("10.0.0.1")));
}

static void a_router_may_stay_for_ever(void **state)
{
	static const uint8_t hello[] = {0x20, 0, 0, 0, 0, 1, 0, 2, 0xff, 0xff};

	gp_pim(&p, "fe80::2", hello, sizeof(hello));
	lan_rx(&l, 2, &p);
	lan_wait(&l, 2000000);
	assert_int_equal(router(true, 2)->expires_ms, MCAST_HOLD_FOREVER);
}

static void static_routers(void **state)
{
	hear(1, "10.0.0.1");
	lan_wait(&l, 11000);
	assert_int_equal(snoop_static_router(l.s, 0, 4, true), 0);
	assert_true(snoop_static_router(l.s, 9, 4, true) < 0);
	assert_true(router(false, 4)->is_static && router(true, 4)->is_static);
	assert_string_equal(lan_out(&l, S1, G), "1 4");
	snoop_static_router(l.s, 0, 4, false);
	assert_string_equal(lan_out(&l, S1, G), "1");
}

static void a_guarded_port_has_no_router(void **state)
{
	static const uint8_t hello[] = {0x20, 0, 0, 0, 0, 1, 0, 2, 0, 70};
	const struct snoop_port_settings never = {.router = SNOOP_ROUTER_NEVER};
	struct snoop_port_stats st;
	struct snoop_verdict v;

	hear(6, "10.0.0.2");
	snoop_port_configure(l.s, 6, &never); /* what was learned is forgotten */
	assert_null(router(false, 6));
	gp_query(&p, "10.0.0.1", NULL, 10000, NULL);
	v = lan_rx(&l, 6, &p);
	assert_int_equal(v.drop, DROP_ROUTER_GUARD);
	gp_pim(&p, "10.0.0.1", hello, sizeof(hello));
	v = lan_rx(&l, 6, &p);
	assert_int_equal(v.drop, DROP_ROUTER_GUARD);
	assert_null(router(false, 6));
	snoop_port_stats(l.s, 6, &st);
	assert_int_equal(st.guarded, 2);
	gp_report(&p, G, 2);
	v = lan_rx(&l, 6, &p);
	assert_int_equal(v.drop, DROP_NONE);
}

int main(void)
{
#define own_test(fn)	cmocka_unit_test_setup_teardown(fn, open_querier, close_lan)
#define silent_test(fn) cmocka_unit_test_setup_teardown(fn, open_silent, close_lan)
	const struct CMUnitTest tests[] = {
		own_test(a_querier_begins_with_more_queries),
		own_test(groups_count_once_answers_are_in),
		own_test(queries_are_of_the_version_that_is_set),
		own_test(a_link_local_address_is_made_of_the_mac),
		own_test(settings_may_start_and_stop_it),
		silent_test(one_vlan_may_ask_by_itself),
		own_test(the_lowest_address_wins),
		own_test(a_lower_one_that_asks_stays),
		own_test(questions_about_a_group_elect_nobody),
		own_test(the_unspecified_address_yields_to_all),
		silent_test(a_proxys_query_makes_a_querier_but_no_router),
		own_test(a_querier_with_a_real_address_ignores_proxies),
		own_test(a_leave_makes_us_ask),
		own_test(an_answer_keeps_the_group),
		own_test(who_is_not_querier_does_not_ask),
		own_test(questions_end_when_another_takes_over),
		own_test(questions_are_bounded),
		own_test(a_changed_tree_has_all_asked),
		silent_test(a_changed_tree_with_another_querier),
		silent_test(without_a_querier_a_changed_tree_is_nothing),
		silent_test(queries_hellos_and_advertisements_show_routers),
		silent_test(the_router_that_is_heard_longest_counts),
		silent_test(a_router_may_stay_for_ever),
		silent_test(static_routers),
		silent_test(a_guarded_port_has_no_router),
	};

	return cmocka_run_group_tests_name("snoop_querier", tests, NULL, NULL);
}
