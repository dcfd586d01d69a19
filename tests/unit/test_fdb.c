/* SPDX-License-Identifier: ISC */
/* The address table as frames meet it: learning, moving, flapping, limits, fairness, ageing. */
#include "unit.h"

#include <string.h>

#include "core/fdb.h"
#include "util/mac.h"

static const struct siphash_key key = {{1, 2}};

static struct fdb *f; /* of the test that runs */

static void table(uint32_t max, unsigned ports)
{
	f = fdb_new(max, &key);
	assert_non_null(f);
	for (unsigned i = 0; i < ports; i++)
		fdb_port_open(f, i, 0);
}

static int done(void **state)
{
	fdb_free(f);
	f = NULL;
	return 0;
}

static struct fdb_verdict learn_vid(unsigned port, uint16_t vid, uint64_t mac, uint32_t now_s)
{
	struct fdb_verdict v = fdb_judge(f, vid, mac, port);

	fdb_learn(f, &v, port, now_s);
	return v;
}

static enum learn learn(unsigned port, uint64_t mac, uint32_t now_s)
{
	return learn_vid(port, 0, mac, now_s).learn;
}

static void learns_and_looks_up(void **state)
{
	table(16, 3);
	assert_int_equal(fdb_lookup(f, 0, STATION(1)), -1);
	assert_int_equal(learn(2, STATION(1), 5), LEARN_NEW);
	assert_int_equal(fdb_lookup(f, 0, STATION(1)), 2);
	assert_int_equal(fdb_lookup(f, 0, STATION(2)), -1);
	assert_int_equal(learn(2, STATION(1), 6), LEARN_KNOWN);
	assert_int_equal(fdb_count(f), 1);
	assert_int_equal(fdb_port_stats(f, 2)->learned, 1);
	assert_int_equal(fdb_port_stats(f, 2)->entries, 1);
	assert_int_equal(fdb_port_stats(f, 2)->dynamic, 1);
}

static void vlans_are_apart(void **state)
{
	table(16, 2);
	assert_int_equal(learn_vid(0, 10, STATION(1), 0).learn, LEARN_NEW);
	assert_int_equal(learn_vid(1, 20, STATION(1), 0).learn, LEARN_NEW);
	assert_int_equal(fdb_lookup(f, 10, STATION(1)), 0);
	assert_int_equal(fdb_lookup(f, 20, STATION(1)), 1);
	assert_int_equal(fdb_lookup(f, 0, STATION(1)), -1);
	assert_int_equal(learn_vid(1, 4095, STATION(1), 0).learn, LEARN_NEW);
	assert_int_equal(fdb_lookup(f, 4095, STATION(1)), 1);
}

static void groups_and_zero_are_nobody(void **state)
{
	static const uint64_t bad[] = {MAC_NONE, MAC_BROADCAST, UINT64_C(0x01005e000001),
				       UINT64_C(0x333300000001)};

	table(16, 1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(learn(0, bad[i], 0), LEARN_IGNORED);
		assert_int_equal(fdb_lookup(f, 0, bad[i]), -1);
	}
	assert_int_equal(fdb_count(f), 0);
}

static void judging_changes_nothing(void **state)
{
	table(1, 2);
	assert_int_equal(fdb_judge(f, 0, STATION(1), 0).learn, LEARN_NEW);
	assert_int_equal(fdb_judge(f, 0, STATION(1), 0).learn, LEARN_NEW);
	assert_int_equal(fdb_count(f), 0);
	learn(0, STATION(1), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(fdb_judge(f, 0, STATION(1), 1).learn, LEARN_MOVED);
	assert_int_equal(fdb_lookup(f, 0, STATION(1)), 0);
	assert_int_equal(fdb_port_stats(f, 1)->moved_here, 0);
	assert_int_equal(fdb_port_stats(f, 0)->refused_full, 0);
}

static void a_station_moves(void **state)
{
	struct fdb_verdict v;

	table(16, 2);
	learn(0, STATION(1), 0);
	v = learn_vid(1, 0, STATION(1), 20);
	assert_int_equal(v.learn, LEARN_MOVED);
	assert_int_equal(v.from, 0);
	assert_false(v.flapping_now);
	assert_false(v.told_before);
	assert_int_equal(fdb_lookup(f, 0, STATION(1)), 1);
	assert_int_equal(fdb_count(f), 1);
	assert_int_equal(fdb_port_stats(f, 0)->entries, 0);
	assert_int_equal(fdb_port_stats(f, 1)->dynamic, 1);
	assert_int_equal(fdb_port_stats(f, 1)->moved_here, 1);
	assert_int_equal(fdb_port_stats(f, 1)->learned, 0);
}

/* Moves the station n times, one every `step` seconds; returns how often it was told to flap. */
static unsigned jump(unsigned n, uint32_t *now_s, uint32_t step, unsigned *told)
{
	unsigned flaps = 0;

	*told = 0;
	for (unsigned i = 0; i < n; i++) {
		unsigned to = fdb_lookup(f, 0, STATION(1)) == 0 ? 1 : 0;
		struct fdb_verdict v;

		*now_s += step;
		v = learn_vid(to, 0, STATION(1), *now_s);
		assert_int_equal(v.learn, LEARN_MOVED);
		flaps += v.flapping_now;
		*told += !v.told_before;
	}
	return flaps;
}

static bool is_flapping(uint32_t now_s)
{
	uint32_t slot = 0;
	struct fdb_info info = {.flapping = false};

	assert_true(fdb_walk(f, &slot, UINT32_MAX, now_s, &info));
	return info.flapping;
}

static void flapping_is_told_once_and_armed_again(void **state)
{
	uint32_t now = 100;
	unsigned told;

	table(16, 2);
	learn(0, STATION(1), now);
	assert_int_equal(jump(FDB_FLAP_MOVES - 1, &now, 1, &told), 0);
	assert_int_equal(told, FDB_FLAP_MOVES - 1);
	assert_false(is_flapping(now));
	assert_int_equal(jump(1, &now, 1, &told), 1);
	assert_true(is_flapping(now));
	assert_int_equal(jump(1000, &now, 1, &told), 0); /* on and on: nothing more is said */
	assert_int_equal(told, 0);
	assert_true(is_flapping(now));
	assert_false(is_flapping(now + FDB_FLAP_QUIET_S + 1));
	now += FDB_FLAP_QUIET_S + 1;
	assert_int_equal(jump(FDB_FLAP_MOVES, &now, 1, &told), 1);
	assert_int_equal(told, FDB_FLAP_MOVES);
	assert_int_equal(fdb_port_stats(f, 0)->flapping + fdb_port_stats(f, 1)->flapping, 2);
}

static void a_slow_traveller_does_not_flap(void **state)
{
	uint32_t now = 0;
	unsigned told;

	table(16, 2);
	learn(0, STATION(1), now);
	assert_int_equal(jump(50, &now, FDB_FLAP_QUIET_S + 1, &told), 0);
	assert_int_equal(told, 50);
}

static void a_port_has_a_limit_of_its_own(void **state)
{
	table(16, 2);
	fdb_port_limit(f, 0, 2);
	learn(1, STATION(9), 0);
	assert_int_equal(learn(0, STATION(1), 0), LEARN_NEW);
	assert_int_equal(learn(0, STATION(2), 0), LEARN_NEW);
	assert_int_equal(learn(0, STATION(3), 0), LEARN_PORT_FULL);
	assert_int_equal(learn(0, STATION(9), 0), LEARN_PORT_FULL); /* stays where it was */
	assert_int_equal(fdb_lookup(f, 0, STATION(9)), 1);
	assert_int_equal(learn(0, STATION(1), 1), LEARN_KNOWN);
	assert_int_equal(fdb_port_stats(f, 0)->refused_limit, 2);
	fdb_port_limit(f, 0, 3);
	assert_int_equal(learn(0, STATION(3), 0), LEARN_NEW);
	fdb_port_limit(f, 0, 1); /* what is there stays */
	assert_int_equal(fdb_port_stats(f, 0)->entries, 3);
	assert_int_equal(learn(0, STATION(4), 0), LEARN_PORT_FULL);
	fdb_port_limit(f, 0, 0);
	assert_int_equal(learn(0, STATION(4), 0), LEARN_NEW);
}

static void a_full_table_refuses_and_recovers(void **state)
{
	table(4, 1);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(learn(0, STATION(i), i), LEARN_NEW);
	assert_true(fdb_is_full(f));
	assert_int_equal(learn(0, STATION(9), 5), LEARN_FULL);
	assert_int_equal(fdb_lookup(f, 0, STATION(9)), -1);
	assert_int_equal(fdb_port_stats(f, 0)->refused_full, 1);
	assert_int_equal(learn(0, STATION(0), 5), LEARN_KNOWN);
	assert_int_equal(fdb_del(f, 0, STATION(2)), 0);
	assert_false(fdb_is_full(f));
	assert_int_equal(learn(0, STATION(9), 5), LEARN_NEW);
	assert_true(fdb_is_full(f));
}

static void a_full_table_still_moves(void **state)
{
	table(2, 2);
	learn(0, STATION(1), 0);
	learn(0, STATION(2), 0);
	assert_int_equal(learn(1, STATION(1), 1), LEARN_MOVED);
	assert_int_equal(fdb_count(f), 2);
}

static void a_quiet_port_gets_its_share(void **state)
{
	table(30, 3);
	for (uint32_t i = 0; i < 30; i++)
		learn(0, STATION(i), i);
	learn(0, STATION(0), 40); /* heard again: not the longest silent any more */
	for (uint32_t i = 0; i < 10; i++) {
		assert_int_equal(learn(1, STATION(100 + i), 50), LEARN_NEW);
		assert_int_equal(fdb_lookup(f, 0, STATION(1 + i)), -1); /* gave way, in order */
	}
	assert_int_equal(fdb_lookup(f, 0, STATION(0)), 0);
	assert_int_equal(learn(1, STATION(200), 50), LEARN_FULL); /* has its share */
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(learn(2, STATION(300 + i), 50), LEARN_NEW);
	assert_int_equal(learn(2, STATION(400), 50), LEARN_FULL);
	assert_int_equal(fdb_port_stats(f, 0)->evicted, 20);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(fdb_port_stats(f, i)->dynamic, 10);
	assert_int_equal(fdb_count(f), 30);
}

/* Static addresses leave less to share; what is left has to be shared all the same. */
static void shares_are_of_what_statics_leave(void **state)
{
	unsigned found;

	table(16, 2);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(fdb_add_static(f, 0, STATION(i), 0, 0, &found), 0);
	for (unsigned i = 0; i < 100; i++)
		learn(0, STATION(100 + i), 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(learn(1, STATION(500 + i), 1), LEARN_NEW);
	assert_int_equal(fdb_port_stats(f, 1)->dynamic, 4);
}

static void more_ports_than_room(void **state)
{
	table(16, 20);
	for (unsigned i = 0; i < 100; i++)
		learn(0, STATION(100 + i), 0);
	assert_int_equal(learn(1, STATION(500), 1), LEARN_NEW);
	assert_int_equal(fdb_lookup(f, 0, STATION(500)), 1);
}

/* What a trace says would happen has to be what happens. */
static void learning_keeps_what_judging_said(void **state)
{
	unsigned found;

	table(16, 3);
	for (unsigned i = 0; i < 15; i++)
		assert_int_equal(fdb_add_static(f, 0, STATION(i), 0, 0, &found), 0);
	for (unsigned i = 0; i < 6; i++) {
		struct fdb_verdict v = fdb_judge(f, 0, STATION(100 + i), i % 3);
		enum learn judged = v.learn;

		fdb_learn(f, &v, i % 3, 1);
		assert_int_equal(v.learn, judged);
	}
}

/* A guest that invents addresses crowds out nobody but itself. */
static void an_attack_with_sequential_addresses(void **state)
{
	table(4096, 4);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(learn(1, STATION(0x10000 + i), 0), LEARN_NEW);
		assert_int_equal(learn(2, STATION(0x20000 + i), 0), LEARN_NEW);
	}
	for (unsigned i = 0; i < 300000; i++)
		learn(0, UINT64_C(0x060000000000) + i, i / 1000);
	assert_int_equal(fdb_count(f), 4096);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(fdb_lookup(f, 0, STATION(0x10000 + i)), 1);
		assert_int_equal(fdb_lookup(f, 0, STATION(0x20000 + i)), 2);
		assert_int_equal(learn(3, STATION(0x30000 + i), 400), LEARN_NEW);
	}
}

/* What fdb_age() said about whom, in order. */
struct farewell {
	unsigned n;
	struct fdb_info gone[16];
};

static void remember(void *arg, const struct fdb_info *info)
{
	struct farewell *w = arg;

	assert_true(w->n < ARRAY_SIZE(w->gone));
	w->gone[w->n++] = *info;
}

static void the_silent_age(void **state)
{
	struct farewell w = {0};

	table(16, 2);
	learn_vid(1, 7, STATION(1), 1000);
	learn(1, STATION(2), 1100);
	assert_false(fdb_age(f, 1299, 300, 100, remember, &w));
	assert_int_equal(w.n, 0);
	assert_false(fdb_age(f, 1300, 300, 100, remember, &w));
	assert_int_equal(w.n, 1);
	assert_int_equal(w.gone[0].mac, STATION(1));
	assert_int_equal(w.gone[0].vid, 7);
	assert_int_equal(w.gone[0].port, 1);
	assert_int_equal(w.gone[0].age_s, 300);
	assert_int_equal(fdb_lookup(f, 7, STATION(1)), -1);
	assert_int_equal(fdb_lookup(f, 0, STATION(2)), 1);
	assert_int_equal(fdb_port_stats(f, 1)->aged, 1);
	assert_int_equal(fdb_count(f), 1);
}

static void the_heard_stay(void **state)
{
	table(16, 2);
	learn(0, STATION(1), 0);
	learn(0, STATION(2), 0);
	learn(0, STATION(3), 0);
	for (uint32_t t = 1; t < 1000; t++) {
		learn(0, STATION(2), t);
		assert_false(fdb_age(f, t, 300, 100, NULL, NULL));
	}
	assert_int_equal(fdb_count(f), 1);
	assert_int_equal(fdb_lookup(f, 0, STATION(2)), 0);
	learn(1, STATION(2), 1000); /* a move is being heard, too */
	fdb_age(f, 1299, 300, 100, NULL, NULL);
	assert_int_equal(fdb_lookup(f, 0, STATION(2)), 1);
	fdb_age(f, 1300, 300, 100, NULL, NULL);
	assert_int_equal(fdb_count(f), 0);
}

static void ageing_zero_is_never(void **state)
{
	table(16, 1);
	learn(0, STATION(1), 0);
	assert_false(fdb_age(f, UINT32_MAX / 2, 0, 100, NULL, NULL));
	assert_int_equal(fdb_count(f), 1);
	assert_false(fdb_age(f, 1, 1, 100, NULL, NULL));
	assert_int_equal(fdb_count(f), 0);
}

static void ageing_of_an_empty_table(void **state)
{
	table(16, 0);
	assert_false(fdb_age(f, 1000, 300, 100, NULL, NULL));
}

static void ageing_has_a_budget(void **state)
{
	struct farewell w;
	unsigned total = 0, calls = 0;
	bool more;

	table(64, 4);
	for (unsigned i = 0; i < 40; i++)
		learn(i % 4, STATION(i), 0);
	do {
		w.n = 0;
		more = fdb_age(f, 300, 300, 7, remember, &w);
		assert_true(w.n <= 7);
		assert_int_equal(w.n == 7, more); /* 40 is no multiple of 7 */
		total += w.n;
		calls++;
	} while (more);
	assert_int_equal(total, 40);
	assert_int_equal(calls, 6);
	assert_int_equal(fdb_count(f), 0);
}

/* A port whose stations expire faster than the budget does not keep the others' from expiring. */
static void the_budget_goes_round(void **state)
{
	table(1024, 2);
	for (uint32_t t = 10; t < 40; t++) {
		if (t == 20)
			learn(1, STATION(1), t);
		for (unsigned i = 0; i < 4; i++)
			learn(0, STATION(t * 10 + i), t);
		fdb_age(f, t, 1, 3, NULL, NULL);
	}
	assert_int_equal(fdb_port_stats(f, 1)->aged, 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(learns_and_looks_up),
		TEST(vlans_are_apart),
		TEST(groups_and_zero_are_nobody),
		TEST(judging_changes_nothing),
		TEST(a_station_moves),
		TEST(flapping_is_told_once_and_armed_again),
		TEST(a_slow_traveller_does_not_flap),
		TEST(a_port_has_a_limit_of_its_own),
		TEST(a_full_table_refuses_and_recovers),
		TEST(a_full_table_still_moves),
		TEST(a_quiet_port_gets_its_share),
		TEST(shares_are_of_what_statics_leave),
		TEST(more_ports_than_room),
		TEST(learning_keeps_what_judging_said),
		TEST(an_attack_with_sequential_addresses),
		TEST(the_silent_age),
		TEST(the_heard_stay),
		TEST(ageing_zero_is_never),
		TEST(ageing_of_an_empty_table),
		TEST(ageing_has_a_budget),
		TEST(the_budget_goes_round),
	};

	return cmocka_run_group_tests_name("fdb", tests, NULL, NULL);
}
