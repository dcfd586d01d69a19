/* SPDX-License-Identifier: ISC */
/* Snooping: who gets what, where reports go, and how long things last. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "snoop_lan.h"

#define G  "239.1.1.1"
#define G6 "ff0e::1"
#define S1 "10.0.0.7"

enum { GMI_MS = 260000, QUERIER_MS = 255000 };

static struct lan l;
static struct gpacket p;

/* A LAN whose querier is behind port 9. */
static int open_lan(void **state)
{
	lan_init(&l);
	lan_open(&l);
	lan_querier(&l, 9);
	memset(l.raised, 0, sizeof(l.raised));
	return 0;
}

static int open_alone(void **state)
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

static void join(unsigned port, const char *group)
{
	gp_report(&p, group, 2);
	lan_rx(&l, port, &p);
}

static const char *route_of(const struct snoop_verdict *v)
{
	return lan_ports(&l, v->route, &v->out);
}

/* ---- where data goes ---- */

static void data_goes_to_members_and_routers(void **state)
{
	static const char *const groups[] = {G, G6};

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		const char *src = i ? "fe80::7" : S1;

		assert_string_equal(lan_out(&l, src, groups[i]), "9");
		join(1, groups[i]);
		join(3, groups[i]);
		join(70, groups[i]);
		assert_string_equal(lan_out(&l, src, groups[i]), "1 3 9 70");
	}
	assert_string_equal(lan_out(&l, S1, "239.1.1.2"), "9");
	assert_int_equal(l.raised[SNOOP_JOINED], 6);
	assert_true(ip_equal(l.last.group, addr(G6)) && l.last.port == 70 && l.last.v6);
}

static void some_groups_reach_everybody(void **state)
{
	static const char *const all[] = {"224.0.0.1", "224.0.0.251",	 "ff02::1",
					  "ff01::2",   "ff02::1:ff00:7", "ff02::fb"};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		assert_string_equal(lan_out(&l, strchr(all[i], ':') ? "fe80::7" : S1, all[i]),
				    "flood");
	for (size_t i = 0; i < 4; i++) { /* nothing is learned of them */
		join(1, all[i]);
		assert_null(lan_member(&l, all[i], 1));
		assert_string_equal(lan_out(&l, strchr(all[i], ':') ? "fe80::7" : S1, all[i]),
				    "flood");
	}
	join(1, "ff02::1:ff00:7"); /* who reports its solicited-node group has it snooped */
	assert_string_equal(lan_out(&l, "fe80::7", "ff02::1:ff00:7"), "1 9");
	assert_string_equal(lan_out(&l, "fe80::7", "ff02::1:ff00:8"), "flood");
}

static void what_is_not_ip_is_flooded(void **state)
{
	struct frame f = {.data = p.data, .len = 60};
	struct portset out;

	join(1, G);
	gp_data(&p, S1, G);
	p.data[13] = 0x06; /* ARP */
	assert_int_equal(frame_parse(&f), DROP_NONE);
	assert_int_equal(snoop_lookup(l.s, 0, &f, &out), SNOOP_FLOOD);
	gp_data(&p, S1, G);
	f.len = 14 + 19; /* no whole IP header */
	assert_int_equal(frame_parse(&f), DROP_NONE);
	assert_int_equal(snoop_lookup(l.s, 0, &f, &out), SNOOP_FLOOD);
	gp_data(&p, S1, G);
	f.len = p.len;
	p.data[14] = 0x65; /* not what the EtherType says */
	assert_int_equal(frame_parse(&f), DROP_NONE);
	assert_int_equal(snoop_lookup(l.s, 0, &f, &out), SNOOP_FLOOD);
}

static void unknown_groups_may_be_flooded(void **state)
{
	l.set.unknown = SNOOP_UNKNOWN_FLOOD;
	snoop_configure(l.s, &l.set, l.now_ms);
	assert_string_equal(lan_out(&l, S1, G), "flood");
	join(1, G);
	assert_string_equal(lan_out(&l, S1, G), "1 9");
}

static void vlans_are_apart(void **state)
{
	join(1, G);
	assert_int_equal(snoop_vlan_add(l.s, 7, l.now_ms), 0);
	l.vid = 7;
	assert_string_equal(lan_out(&l, S1, G), "flood"); /* no querier there */
	lan_querier(&l, 8);
	assert_string_equal(lan_out(&l, S1, G), "8");
	join(2, G);
	assert_string_equal(lan_out(&l, S1, G), "2 8");
	l.vid = 0;
	assert_string_equal(lan_out(&l, S1, G), "1 9");
	snoop_vlan_del(l.s, 7);
	l.vid = 7;
	assert_string_equal(lan_out(&l, S1, G), "flood");
	join(2, G);
	assert_null(lan_member(&l, G, 2));
	l.vid = 0;
	assert_string_equal(lan_out(&l, S1, G), "1 9");
	assert_int_equal(snoop_vlan_add(l.s, 4096, 0), -EINVAL);
}

/* ---- where messages go ---- */

static void reports_go_to_routers_alone(void **state)
{
	struct snoop_verdict v;

	join(1, G);
	gp_report(&p, G, 2);
	v = lan_rx(&l, 2, &p);
	assert_string_equal(route_of(&v), "9");
	gp_leave(&p, G);
	v = lan_rx(&l, 2, &p);
	assert_string_equal(route_of(&v), "9");
	gp_record(&p, MCAST_TO_EX, G6, NULL);
	v = lan_rx(&l, 2, &p);
	assert_string_equal(route_of(&v), "9");
	snoop_static_router(l.s, 0, 5, true);
	v = lan_rx(&l, 2, &p);
	assert_string_equal(route_of(&v), "5 9");
	gp_query(&p, "10.0.0.1", NULL, 10000, NULL);
	v = lan_rx(&l, 9, &p);
	assert_string_equal(route_of(&v), "flood");
}

static void unknown_messages_are_flooded(void **state)
{
	static const uint8_t other[] = {0x44, 0, 0, 0, 0, 0, 0, 0};
	struct snoop_verdict v;

	gp_igmp(&p, "10.0.0.9", G, other, sizeof(other));
	v = lan_rx(&l, 2, &p);
	assert_true(v.drop == DROP_NONE && v.msg.kind == MCAST_OTHER);
	assert_string_equal(route_of(&v), "flood");
}

static void nothing_is_learned_of_what_is_bad(void **state)
{
	struct snoop_port_stats st;
	struct snoop_verdict v;

	gp_report(&p, G, 2);
	p.data[p.l4 + 7] ^= 1;
	v = lan_rx(&l, 1, &p);
	assert_int_equal(v.drop, DROP_BAD_IGMP);
	assert_null(lan_member(&l, G, 1));
	gp_report(&p, G6, 1);
	p.data[p.l4 + 23] ^= 1;
	v = lan_rx(&l, 1, &p);
	assert_int_equal(v.drop, DROP_BAD_MLD);
	snoop_port_stats(l.s, 1, &st);
	assert_true(st.bad[0] == 1 && st.bad[1] == 1 && !st.reports[0] && !st.reports[1]);
}

static void deciding_changes_nothing(void **state)
{
	struct snoop_verdict v;
	struct snoop_stats st;
	struct frame f;

	gp_report(&p, G, 2);
	f = (struct frame){.data = p.data, .len = p.len};
	assert_int_equal(frame_parse(&f), DROP_NONE);
	for (int i = 0; i < 3; i++)
		snoop_decide(l.s, 0, 1, &f, &v);
	snoop_stats(l.s, &st);
	assert_true(st.members == 0 && l.raised[SNOOP_JOINED] == 0);
	snoop_commit(l.s, &v, l.now_ms);
	snoop_stats(l.s, &st);
	assert_true(st.members == 1 && st.groups == 1);
}

static void messages_are_counted_at_their_port(void **state)
{
	struct snoop_port_stats st;

	join(1, G);
	join(1, G);
	join(1, G6);
	gp_leave(&p, G);
	lan_rx(&l, 1, &p);
	snoop_port_stats(l.s, 1, &st);
	assert_true(st.reports[0] == 2 && st.reports[1] == 1 && st.leaves[0] == 1);
	snoop_port_stats(l.s, 9, &st);
	assert_true(st.queries[0] == 1 && st.queries[1] == 1);
	snoop_clear_stats(l.s, 1);
	snoop_port_stats(l.s, 1, &st);
	assert_int_equal(st.reports[0], 0);
	snoop_clear_stats(l.s, SNOOP_NO_PORT);
	snoop_port_stats(l.s, 9, &st);
	assert_int_equal(st.queries[0], 0);
}

static void what_is_off_is_not_looked_at(void **state)
{
	struct snoop_verdict v;

	join(1, G);
	join(1, G6);
	l.set.igmp = false;
	snoop_configure(l.s, &l.set, l.now_ms);
	assert_null(lan_member(&l, G, 1));
	assert_string_equal(lan_out(&l, S1, G), "flood");
	gp_report(&p, G, 2);
	p.data[p.l4 + 7] ^= 1;
	v = lan_rx(&l, 1, &p);
	assert_true(v.drop == DROP_NONE && v.route == SNOOP_FLOOD);
	assert_string_equal(lan_out(&l, "fe80::7", G6), "1 9");
	l.set.igmp = true;
	snoop_configure(l.s, &l.set, l.now_ms);
	lan_querier(&l, 9);
	join(1, G);
	assert_string_equal(lan_out(&l, S1, G), "1 9");
}

/* ---- time ---- */

static void a_silent_member_is_forgotten(void **state)
{
	join(1, G);
	lan_wait(&l, 200000);
	gp_query(&p, "10.0.0.1", NULL, 10000, NULL);
	lan_rx(&l, 9, &p);
	join(2, G);
	lan_wait(&l, GMI_MS - 200000 - 1000);
	assert_string_equal(lan_out(&l, S1, G), "1 2 9");
	assert_in_range(lan_member(&l, G, 1)->expires_ms, 1, 1000);
	lan_wait(&l, 2000);
	assert_string_equal(lan_out(&l, S1, G), "2 9");
	assert_int_equal(l.raised[SNOOP_LEFT], 1);
	assert_true(l.last.kind == SNOOP_LEFT && l.last.port == 1);
	lan_wait(&l, 139000);
	gp_query(&p, "10.0.0.1", NULL, 10000, NULL);
	lan_rx(&l, 9, &p);
	lan_wait(&l, 70000);
	assert_string_equal(lan_out(&l, S1, G), "9");
}

/* The querier says how long memberships last. */
static void the_querier_sets_the_times(void **state)
{
	gp_query(&p, "10.0.0.1", NULL, 5000, NULL);
	gp_query_times(&p, 3, 20);
	lan_rx(&l, 9, &p);
	join(1, G);
	assert_int_equal(lan_member(&l, G, 1)->expires_ms, 3 * 20000 + 5000);
	gp_query_old(&p, "10.0.0.1", NULL, 2, 5000); /* says nothing: ours count */
	lan_rx(&l, 9, &p);
	join(1, G);
	assert_int_equal(lan_member(&l, G, 1)->expires_ms, 2 * 125000 + 5000);
}

static void without_a_querier_all_is_flooded(void **state)
{
	struct snoop_verdict v;

	gp_report(&p, G, 2);
	v = lan_rx(&l, 1, &p);
	assert_string_equal(route_of(&v), "flood");
	assert_string_equal(lan_out(&l, S1, G), "flood");
	gp_query(&p, "10.0.0.1", NULL, 10000, NULL);
	lan_rx(&l, 9, &p);
	lan_wait(&l, 9000); /* not before its answers are in */
	assert_string_equal(lan_out(&l, S1, G), "flood");
	lan_wait(&l, 2000);
	assert_string_equal(lan_out(&l, S1, G), "1 9");
	assert_string_equal(lan_out(&l, "fe80::7", G6), "flood"); /* the other family */
	lan_wait(&l, QUERIER_MS);
	assert_string_equal(lan_out(&l, S1, G), "flood");
	assert_int_equal(l.raised[SNOOP_QUERIER_LOST], 1);
}

static void ticks_may_come_late(void **state)
{
	join(1, G);
	l.now_ms += UINT64_C(100) * 3600 * 1000;
	while (snoop_tick(l.s, l.now_ms))
		;
	assert_null(lan_member(&l, G, 1));
	lan_querier(&l, 9);
	join(1, G);
	lan_wait(&l, 3000);
	assert_string_equal(lan_out(&l, S1, G), "1 9");
}

static void a_tick_has_a_budget(void **state)
{
	unsigned calls = 0, before;
	struct snoop_stats st;

	for (unsigned i = 0; i < 8; i++) {
		char group[20];

		snprintf(group, sizeof(group), "239.2.%u.0", i);
		gp_records(&p, MCAST_IS_EX, group, 200, NULL);
		lan_rx(&l, 1 + i, &p);
	}
	snoop_stats(l.s, &st);
	assert_int_equal(st.members, 1600);
	l.now_ms += GMI_MS + 1000;
	do {
		snoop_stats(l.s, &st);
		before = st.members;
		calls++;
		if (!snoop_tick(l.s, l.now_ms))
			break;
		snoop_stats(l.s, &st);
		assert_true(before - st.members <= 512);
	} while (calls < 100);
	assert_in_range(calls, 4, 10);
	snoop_stats(l.s, &st);
	assert_true(st.members == 0 && st.groups == 0);
}

/* ---- leaving ---- */

static void a_leave_waits_for_the_queriers_question(void **state)
{
	join(1, G);
	join(2, G);
	gp_leave(&p, G);
	lan_rx(&l, 1, &p);
	lan_wait(&l, 10000);
	assert_string_equal(lan_out(&l, S1, G), "1 2 9"); /* others may be there */
	gp_query(&p, "10.0.0.1", G, 1000, NULL);
	lan_rx(&l, 9, &p);
	assert_int_equal(lan_member(&l, G, 1)->expires_ms, 2000);
	join(2, G);
	lan_wait(&l, 3000);
	assert_string_equal(lan_out(&l, S1, G), "2 9");
}

static void a_question_for_other_routers_lowers_nothing(void **state)
{
	join(1, G);
	gp_query(&p, "10.0.0.1", G, 1000, NULL);
	gp_query_suppress(&p);
	lan_rx(&l, 9, &p);
	assert_int_equal(lan_member(&l, G, 1)->expires_ms, GMI_MS);
}

static void fast_leave_is_at_once(void **state)
{
	const struct snoop_port_settings fast = {.fast_leave = true};

	snoop_port_configure(l.s, 1, &fast);
	for (unsigned port = 1; port <= 2; port++) {
		join(port, G);
		join(port, G6);
		gp_leave(&p, G);
		lan_rx(&l, port, &p);
		gp_leave(&p, G6);
		lan_rx(&l, port, &p);
	}
	assert_string_equal(lan_out(&l, S1, G), "2 9");
	assert_string_equal(lan_out(&l, "fe80::7", G6), "2 9");
	assert_int_equal(l.raised[SNOOP_LEFT], 2);
}

/* ---- ports ---- */

static void a_port_that_goes_down_is_forgotten(void **state)
{
	join(1, G);
	join(1, G6);
	join(2, G);
	assert_int_equal(snoop_static_add(l.s, 0, addr("239.9.9.9"), 1, l.now_ms), 0);
	snoop_port_down(l.s, 1);
	assert_null(lan_member(&l, G, 1));
	assert_null(lan_member(&l, G6, 1));
	assert_string_equal(lan_out(&l, S1, G), "2 9");
	assert_string_equal(lan_out(&l, S1, "239.9.9.9"),
			    "1 9"); /* the administrator's word stays */
	snoop_port_down(l.s, 9);
	assert_string_equal(lan_out(&l, S1, G), "2");
	assert_int_equal(l.raised[SNOOP_ROUTER_AGED], 2);
}

static void a_removed_port_leaves_nothing(void **state)
{
	struct snoop_port_stats st;
	struct snoop_stats all;
	uint32_t sources;

	join(1, G);
	snoop_static_add(l.s, 0, addr(G), 1, l.now_ms);
	snoop_static_add(l.s, 0, addr("239.9.9.9"), 1, l.now_ms);
	snoop_static_router(l.s, 0, 1, true);
	snoop_port_del(l.s, 1);
	assert_string_equal(lan_out(&l, S1, G), "9");
	assert_string_equal(lan_out(&l, S1, "239.9.9.9"), "9");
	snoop_port_stats(l.s, 1, &st);
	snoop_stats(l.s, &all);
	assert_true(st.reports[0] == 0 && all.members == 0 && all.statics == 0 && all.groups == 0);
	assert_int_equal(snoop_port_members(l.s, 1, &sources), 0);
}

static void a_port_may_leave_one_vlan(void **state)
{
	assert_int_equal(snoop_vlan_add(l.s, 7, l.now_ms), 0);
	join(1, G);
	snoop_static_router(l.s, 0, 1, true);
	l.vid = 7;
	lan_querier(&l, 1);
	join(1, G);
	snoop_port_leaves(l.s, 1, 0);
	assert_string_equal(lan_out(&l, S1, G), "1");
	l.vid = 0;
	assert_string_equal(lan_out(&l, S1, G), "9");
}

/* ---- the administrator's word ---- */

static void static_members_stay(void **state)
{
	struct snoop_stats st;

	assert_int_equal(snoop_static_add(l.s, 0, addr(G), 1, l.now_ms), 0);
	assert_int_equal(snoop_static_add(l.s, 0, addr(G), 1, l.now_ms), 0);
	assert_int_equal(snoop_static_add(l.s, 0, addr(G6), 2, l.now_ms), 0);
	assert_int_equal(snoop_static_add(l.s, 5, addr(G), 1, l.now_ms), -ENOENT);
	assert_int_equal(snoop_static_add(l.s, 0, addr("10.0.0.1"), 1, l.now_ms), -EINVAL);
	assert_int_equal(snoop_static_add(l.s, 0, addr("224.0.0.5"), 1, l.now_ms), -EINVAL);
	assert_int_equal(snoop_static_del(l.s, 0, addr("239.1.1.2"), 1), -ENOENT);
	snoop_stats(l.s, &st);
	assert_true(st.members == 2 && st.statics == 2);
	gp_record(&p, MCAST_IS_IN, G, S1); /* learned beside it */
	lan_rx(&l, 1, &p);
	assert_true(lan_member(&l, G, 1)->is_static && lan_member(&l, G, 1)->learned);
	assert_string_equal(lan_out(&l, "10.0.0.8", G), "1 9");
	lan_wait(&l, GMI_MS + 2000);
	assert_true(lan_member(&l, G, 1)->is_static && !lan_member(&l, G, 1)->learned);
	assert_int_equal(l.raised[SNOOP_LEFT], 1);
	lan_querier(&l, 9);
	assert_string_equal(lan_out(&l, S1, G), "1 9");
	assert_int_equal(snoop_static_del(l.s, 0, addr(G), 1), 0);
	assert_int_equal(snoop_static_del(l.s, 0, addr(G), 1), -ENOENT);
	assert_string_equal(lan_out(&l, S1, G), "9");
}

static void what_was_static_may_stay_learned(void **state)
{
	join(1, G);
	snoop_static_add(l.s, 0, addr(G), 1, l.now_ms);
	assert_int_equal(snoop_static_del(l.s, 0, addr(G), 1), 0);
	assert_true(lan_member(&l, G, 1)->learned && !lan_member(&l, G, 1)->is_static);
	assert_string_equal(lan_out(&l, S1, G), "1 9");
}

int main(void)
{
#define lan_test(fn)   cmocka_unit_test_setup_teardown(fn, open_lan, close_lan)
#define alone_test(fn) cmocka_unit_test_setup_teardown(fn, open_alone, close_lan)
	const struct CMUnitTest tests[] = {
		lan_test(data_goes_to_members_and_routers),
		lan_test(some_groups_reach_everybody),
		lan_test(what_is_not_ip_is_flooded),
		lan_test(unknown_groups_may_be_flooded),
		lan_test(vlans_are_apart),
		lan_test(reports_go_to_routers_alone),
		lan_test(unknown_messages_are_flooded),
		lan_test(nothing_is_learned_of_what_is_bad),
		lan_test(deciding_changes_nothing),
		lan_test(messages_are_counted_at_their_port),
		lan_test(what_is_off_is_not_looked_at),
		lan_test(a_silent_member_is_forgotten),
		lan_test(the_querier_sets_the_times),
		alone_test(without_a_querier_all_is_flooded),
		lan_test(ticks_may_come_late),
		lan_test(a_tick_has_a_budget),
		lan_test(a_leave_waits_for_the_queriers_question),
		lan_test(a_question_for_other_routers_lowers_nothing),
		lan_test(fast_leave_is_at_once),
		lan_test(a_port_that_goes_down_is_forgotten),
		lan_test(a_removed_port_leaves_nothing),
		lan_test(a_port_may_leave_one_vlan),
		lan_test(static_members_stay),
		lan_test(what_was_static_may_stay_learned),
	};

	return cmocka_run_group_tests_name("snoop", tests, NULL, NULL);
}
