/* SPDX-License-Identifier: ISC */
/* A guest that joins without end: limits, fair shares, and what becomes of who does not fit. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "snoop_lan.h"

#define S1 "10.0.0.7"

enum { GMI_MS = 260000 };

static struct lan l;
static struct gpacket p;

static void open_with(uint32_t max_groups, uint32_t max_port_groups, uint32_t max_sources)
{
	lan_init(&l);
	l.set.max_groups = max_groups;
	l.set.max_port_groups = max_port_groups;
	l.set.max_sources = max_sources;
	lan_open(&l);
	lan_querier(&l, 9);
	memset(l.raised, 0, sizeof(l.raised));
}

/* n groups from 239.<b>.0.0 on */
static void join_many(unsigned port, unsigned b, unsigned n)
{
	char group[20];

	snprintf(group, sizeof(group), "239.%u.0.0", b);
	gp_records(&p, MCAST_IS_EX, group, n, NULL);
	lan_rx(&l, port, &p);
}

static uint32_t members(unsigned port)
{
	uint32_t sources;

	return snoop_port_members(l.s, port, &sources);
}

static uint32_t sources(unsigned port)
{
	uint32_t n;

	snoop_port_members(l.s, port, &n);
	return n;
}

static struct snoop_port_stats stats(unsigned port)
{
	struct snoop_port_stats st;

	snoop_port_stats(l.s, port, &st);
	return st;
}

static void query(void)
{
	gp_query(&p, "10.0.0.1", NULL, 10000, NULL);
	lan_rx(&l, 9, &p);
}

/* ---- memberships ---- */

static void a_port_has_a_limit_and_then_gets_everything(void **state)
{
	open_with(100, 10, 4);
	join_many(1, 1, 12);
	join_many(2, 2, 1);
	assert_int_equal(members(1), 10);
	assert_int_equal(stats(1).refused, 2);
	assert_int_equal(l.raised[SNOOP_FULL], 1); /* said once */
	assert_string_equal(lan_out(&l, S1, "239.1.0.11"),
			    "1 9"); /* refused, and there all the same */
	assert_string_equal(lan_out(&l, S1, "239.2.0.0"), "1 2 9");
	assert_string_equal(lan_out(&l, S1, "239.3.0.0"), "1 9");
	join_many(1, 1, 10); /* what it has it may keep */
	assert_int_equal(stats(1).refused, 2);
	for (int i = 0; i < 4; i++) { /* it asks no more for what it cannot have */
		lan_wait(&l, 125000);
		query();
		join_many(1, 1, 10);
		join_many(2, 2, 1);
	}
	lan_wait(&l, 60000);
	assert_string_equal(lan_out(&l, S1, "239.2.0.0"), "2 9");
	assert_string_equal(lan_out(&l, S1, "239.1.0.3"), "1 9");
	lan_close(&l);
}

static void a_port_below_its_share_takes_from_who_has_most(void **state)
{
	open_with(40, 0, 4);
	join_many(1, 1, 60);
	assert_int_equal(members(1), 40);
	join_many(2, 2, 30);
	assert_int_equal(members(2), 20);
	assert_int_equal(members(1), 20);
	assert_int_equal(stats(1).evicted, 20);
	assert_int_equal(stats(2).refused, 10);
	assert_null(lan_member(&l, "239.1.0.0", 1)); /* the longest silent gave way */
	assert_non_null(lan_member(&l, "239.1.0.39", 1));
	assert_string_equal(lan_out(&l, S1, "239.1.0.0"), "1 2 9"); /* and misses nothing */
	join_many(3, 3, 1);
	assert_int_equal(members(3), 1);
	assert_int_equal(members(1) + members(2), 39);
	join_many(1, 4, 40); /* who has enough takes from nobody */
	assert_int_equal(members(1) + members(2), 39);
	lan_close(&l);
}

static void static_ones_give_way_to_nobody(void **state)
{
	struct snoop_stats st;

	open_with(4, 0, 4);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(snoop_static_add(l.s, 0, ip4(0xef090000 + i), 1, l.now_ms), 0);
	join_many(2, 2, 3);
	assert_int_equal(members(2), 1);
	join_many(3, 3, 3); /* the share of each is one */
	assert_int_equal(members(3), 0);
	snoop_stats(l.s, &st);
	assert_true(st.members == 4 && st.statics == 3 && st.groups == 4);
	assert_int_equal(snoop_static_add(l.s, 0, ip4(0xef0900fe), 1, l.now_ms), 0);
	assert_int_equal(members(2), 0); /* but what is learned to them */
	assert_int_equal(snoop_static_add(l.s, 0, ip4(0xef0900ff), 1, l.now_ms), -ENOSPC);
	snoop_stats(l.s, &st);
	assert_true(st.members == 4 && st.statics == 4 && st.groups == 4);
	snoop_port_del(l.s, 1);
	join_many(3, 3, 3);
	assert_int_equal(members(3), 3);
	lan_close(&l);
}

static void one_group_on_many_ports(void **state)
{
	struct snoop_stats st;
	struct snoop_group_info info;
	struct portset seen = {{0}};
	uint32_t slot = 0;

	open_with(PORTSET_MAX, 0, 4);
	for (unsigned port = 0; port < PORTSET_MAX; port++)
		join_many(port, 1, 1);
	snoop_stats(l.s, &st);
	assert_true(st.groups == 1 && st.members == PORTSET_MAX);
	while (snoop_walk(l.s, &slot, slot + 7, l.now_ms, &info)) /* in pages */
		portset_add(&seen, info.port);
	assert_int_equal(portset_count(&seen, PORTSET_WORDS), PORTSET_MAX);
	lan_wait(&l, GMI_MS + 1000);
	snoop_stats(l.s, &st);
	assert_true(st.groups == 0 && st.members == 0);
	lan_close(&l);
}

/* As long as what it was refused could have lasted, and at most twice as long. */
static void everything_ends_after_a_while(void **state)
{
	open_with(100, 1, 4);
	join_many(1, 1, 2);
	lan_wait(&l, GMI_MS - 15000);
	query();
	join_many(1, 1, 2); /* refused again, shortly before the first time is over */
	lan_wait(&l, 100000);
	query();
	lan_wait(&l, 20000);
	assert_string_equal(lan_out(&l, S1, "239.7.7.7"), "1 9");
	lan_wait(&l, 100000);
	query();
	lan_wait(&l, GMI_MS - 100000);
	assert_string_equal(lan_out(&l, S1, "239.7.7.7"), "9");
	lan_close(&l);
}

static void a_port_that_goes_down_gets_nothing_more(void **state)
{
	open_with(100, 1, 4);
	join_many(1, 1, 2);
	snoop_port_down(l.s, 1);
	assert_string_equal(lan_out(&l, S1, "239.7.7.7"), "9");
	lan_close(&l);
}

static void a_static_one_is_passed_over(void **state)
{
	open_with(10, 0, 4);
	assert_int_equal(snoop_static_add(l.s, 0, ip4(0xef090000), 1, l.now_ms), 0);
	join_many(1, 1, 9);
	join_many(2, 2, 1);
	assert_int_equal(members(2), 1);
	assert_non_null(lan_member(&l, "239.9.0.0", 1));
	assert_null(lan_member(&l, "239.1.0.0", 1));
	lan_close(&l);
}

/* ---- sources ---- */

static void list_of(char *out, size_t size, unsigned from, unsigned n)
{
	size_t len = 0;

	out[0] = 0;
	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(out + len, size - len, " 10.%u.0.%u", from, i + 1);
}

static void say(unsigned port, enum mcast_record_type type, const char *group, unsigned from,
		unsigned n)
{
	char list[4096];

	list_of(list, sizeof(list), from, n);
	gp_record(&p, type, group, list);
	lan_rx(&l, port, &p);
}

static void too_many_sources_become_all(void **state)
{
	open_with(100, 0, 4);
	say(1, MCAST_IS_IN, "239.1.1.1", 1, 4);
	assert_string_equal(lan_out(&l, "10.9.9.9", "239.1.1.1"), "9");
	say(1, MCAST_ALLOW, "239.1.1.1", 2, 1); /* one more than fits */
	assert_string_equal(lan_out(&l, "10.9.9.9", "239.1.1.1"), "1 9");
	assert_int_equal(stats(1).widened, 1);
	say(2, MCAST_IS_EX, "239.1.1.1", 1, 5);
	assert_string_equal(lan_out(&l, "10.1.0.1", "239.1.1.1"), "1 2 9");
	assert_int_equal(sources(1) + sources(2), 0);
	say(2, MCAST_BLOCK, "239.1.1.1", 1, 9); /* as many as fit; the others come through */
	assert_int_equal(sources(2), 4);
	assert_string_equal(lan_out(&l, "10.1.0.9", "239.1.1.1"), "1 2 9");
	lan_close(&l);
}

static void without_room_for_sources_groups_still_work(void **state)
{
	open_with(100, 0, 0);
	say(1, MCAST_IS_IN, "239.1.1.1", 1, 1);
	assert_string_equal(lan_out(&l, "10.9.9.9", "239.1.1.1"), "1 9");
	say(2, MCAST_IS_EX, "239.1.1.1", 1, 1);
	assert_string_equal(lan_out(&l, "10.1.0.1", "239.1.1.1"), "1 2 9");
	lan_close(&l);
}

/* Room for 400: one port gets half, the next a half of the rest, and so on: always something is left. */
static void no_port_takes_all_sources(void **state)
{
	open_with(100, 0, 64);
	for (unsigned g = 0; g < 20; g++) {
		char group[20];

		snprintf(group, sizeof(group), "239.1.1.%u", g);
		say(1, MCAST_IS_IN, group, 1, 64);
	}
	assert_in_range(sources(1), 128, 200);
	for (unsigned g = 0; g < 20; g++) {
		char group[20];

		snprintf(group, sizeof(group), "239.1.1.%u", g);
		say(2, MCAST_IS_IN, group, 1, 20);
	}
	assert_in_range(sources(2), 60, 140);
	say(3, MCAST_IS_IN, "239.1.2.3", 1, 20);
	assert_int_equal(sources(3), 20);
	lan_wait(&l, GMI_MS + 1000);
	assert_int_equal(sources(1) + sources(2) + sources(3), 0);
	lan_close(&l);
}

/* ---- packets ---- */

static void a_report_is_read_so_far(void **state)
{
	open_with(2000, 0, 4);
	join_many(1, 1, SNOOP_RECORDS + 1);
	assert_int_equal(members(1), SNOOP_RECORDS);
	assert_int_equal(stats(1).cut, 1);
	assert_string_equal(lan_out(&l, S1, "239.1.2.0"), "1 9"); /* the one that was not read */
	join_many(2, 2, SNOOP_RECORDS);
	assert_int_equal(stats(2).cut, 0);
	assert_string_equal(lan_out(&l, S1, "239.1.2.0"), "1 9");
	lan_close(&l);
}

/* A port that joins and leaves all the time leaves nothing behind. */
static void nothing_leaks(void **state)
{
	const struct snoop_port_settings fast = {.fast_leave = true};
	struct snoop_stats st;

	open_with(50, 0, 8);
	snoop_port_configure(l.s, 1, &fast);
	for (unsigned i = 0; i < 500; i++) {
		say(1, MCAST_IS_IN, i % 2 ? "239.1.1.1" : "239.1.1.2", i % 200, 8);
		say(1, MCAST_TO_EX, i % 2 ? "239.1.1.2" : "239.1.1.1", i % 100, 6);
		gp_leave(&p, i % 3 ? "239.1.1.1" : "239.1.1.2");
		lan_rx(&l, 1, &p);
	}
	snoop_port_down(l.s, 1);
	snoop_stats(l.s, &st);
	assert_true(st.members == 0 && st.groups == 0 && st.sources == 0);
	assert_true(snoop_slots(l.s) <= 3);
	lan_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_has_a_limit_and_then_gets_everything),
		cmocka_unit_test(a_port_below_its_share_takes_from_who_has_most),
		cmocka_unit_test(static_ones_give_way_to_nobody),
		cmocka_unit_test(everything_ends_after_a_while),
		cmocka_unit_test(a_port_that_goes_down_gets_nothing_more),
		cmocka_unit_test(a_static_one_is_passed_over),
		cmocka_unit_test(one_group_on_many_ports),
		cmocka_unit_test(too_many_sources_become_all),
		cmocka_unit_test(without_room_for_sources_groups_still_work),
		cmocka_unit_test(no_port_takes_all_sources),
		cmocka_unit_test(a_report_is_read_so_far),
		cmocka_unit_test(nothing_leaks),
	};

	return cmocka_run_group_tests_name("snoop_bounds", tests, NULL, NULL);
}
