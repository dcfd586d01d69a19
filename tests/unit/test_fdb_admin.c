/* SPDX-License-Identifier: ISC */
/* The address table as its administrator meets it: static, flushed, walked, resized, huge. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/fdb.h"

static const struct siphash_key key = {{3, 4}};

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

static enum learn learn(unsigned port, uint16_t vid, uint64_t mac, uint32_t now_s)
{
	struct fdb_verdict v = fdb_judge(f, vid, mac, port);

	fdb_learn(f, &v, port, now_s);
	return v.learn;
}

static int fix(uint64_t mac, unsigned port)
{
	unsigned found;

	return fdb_add_static(f, 0, mac, port, 0, &found);
}

/* As the daemon does it, `slots` at a time. */
static uint32_t flush(int port, int vid, uint32_t slots)
{
	struct fdb_flush w = {.port = port, .vid = vid};

	while (fdb_flush(f, &w, slots))
		;
	return w.gone;
}

static int resize(uint32_t max)
{
	int rc = 1;
	struct fdb *n = fdb_resized(f, max, &rc);

	assert_int_equal(n == NULL, rc != 0);
	if (n) {
		fdb_free(f);
		f = n;
	}
	return rc;
}

static void statics_stay_where_they_are(void **state)
{
	unsigned found = 99;

	table(16, 2);
	assert_int_equal(fix(STATION(1), 0), 0);
	assert_int_equal(learn(1, 0, STATION(1), 1), LEARN_STATIC);
	assert_int_equal(learn(0, 0, STATION(1), 1), LEARN_KNOWN);
	assert_int_equal(fdb_lookup(f, 0, STATION(1)), 0);
	assert_int_equal(fdb_port_stats(f, 1)->refused_static, 1);
	assert_int_equal(fdb_port_stats(f, 0)->entries, 1);
	assert_int_equal(fdb_port_stats(f, 0)->dynamic, 0);
	assert_int_equal(fix(STATION(1), 0), 0); /* said again: nothing new */
	assert_int_equal(fdb_add_static(f, 0, STATION(1), 1, 0, &found), -EEXIST);
	assert_int_equal(found, 0);
	assert_false(fdb_age(f, 1000000, 1, 100, NULL, NULL));
	assert_int_equal(flush(-1, -1, 1), 0);
	assert_int_equal(fdb_count(f), 1);
}

static void one_is_looked_up_with_all_there_is_to_know(void **state)
{
	struct fdb_info info = {.mac = 7};

	table(16, 2);
	assert_false(fdb_get(f, 0, STATION(1), 0, &info));
	assert_int_equal(info.mac, 7);
	learn(1, 5, STATION(1), 10);
	assert_int_equal(fix(STATION(1), 0), 0);
	assert_true(fdb_get(f, 5, STATION(1), 13, &info));
	assert_true(info.mac == STATION(1) && info.vid == 5 && info.port == 1 && !info.is_static);
	assert_int_equal(info.age_s, 3);
	assert_true(fdb_get(f, 0, STATION(1), 13, &info));
	assert_true(info.vid == 0 && info.port == 0 && info.is_static);
	fdb_port_flush(f, 1);
	assert_false(fdb_get(f, 5, STATION(1), 13, &info));
}

static void a_learned_one_becomes_static(void **state)
{
	table(16, 2);
	learn(0, 0, STATION(1), 0);
	assert_int_equal(fix(STATION(1), 1), 0); /* the administrator knows better */
	assert_int_equal(fdb_lookup(f, 0, STATION(1)), 1);
	assert_int_equal(fdb_count(f), 1);
	assert_int_equal(fdb_port_stats(f, 0)->entries, 0);
	assert_int_equal(learn(0, 0, STATION(1), 1), LEARN_STATIC);
}

static void a_static_takes_the_place_of_the_oldest(void **state)
{
	table(4, 2);
	learn(0, 0, STATION(1), 20);
	learn(1, 0, STATION(2), 10);
	learn(1, 0, STATION(3), 30);
	learn(0, 0, STATION(4), 40);
	assert_int_equal(fix(STATION(5), 0), 0);
	assert_int_equal(fdb_lookup(f, 0, STATION(2)), -1);
	assert_int_equal(fdb_lookup(f, 0, STATION(1)), 0);
	assert_int_equal(fdb_port_stats(f, 1)->evicted, 1);
	for (unsigned i = 6; i < 9; i++)
		assert_int_equal(fix(STATION(i), 1), 0);
	assert_int_equal(fix(STATION(9), 1), -ENOSPC);
	assert_int_equal(fdb_count(f), 4);
	assert_int_equal(learn(0, 0, STATION(1), 50), LEARN_FULL);
	assert_int_equal(fdb_del(f, 0, STATION(6)), 0);
	assert_int_equal(fix(STATION(9), 1), 0);
}

static void statics_are_not_counted_by_the_limit(void **state)
{
	table(16, 1);
	fdb_port_limit(f, 0, 1);
	assert_int_equal(fix(STATION(1), 0), 0);
	assert_int_equal(fix(STATION(2), 0), 0);
	assert_int_equal(learn(0, 0, STATION(3), 0), LEARN_NEW);
	assert_int_equal(learn(0, 0, STATION(4), 0), LEARN_PORT_FULL);
}

static void deletes_by_vlan_and_address(void **state)
{
	table(16, 1);
	learn(0, 1, STATION(1), 0);
	learn(0, 2, STATION(1), 0);
	assert_int_equal(fdb_del(f, 3, STATION(1)), -ENOENT);
	assert_int_equal(fdb_del(f, 1, STATION(1)), 0);
	assert_int_equal(fdb_del(f, 1, STATION(1)), -ENOENT);
	assert_int_equal(fdb_lookup(f, 1, STATION(1)), -1);
	assert_int_equal(fdb_lookup(f, 2, STATION(1)), 0);
}

/* Three ports, two VLANs, two stations each, and a static one. */
static void for_flushing(void)
{
	table(64, 3);
	for (unsigned port = 0; port < 3; port++)
		for (uint16_t vid = 1; vid <= 2; vid++)
			for (unsigned i = 0; i < 2; i++)
				learn(port, vid, STATION(port * 10 + i), 0);
	assert_int_equal(fix(STATION(99), 1), 0);
}

static void flushes_by_port_and_vlan(void **state)
{
	static const struct {
		int port, vid;
		unsigned gone;
	} v[] = {{-1, -1, 12}, {1, -1, 4},    {-1, 2, 6}, {1, 2, 2},
		 {1, 3, 0},    {1000, -1, 0}, {1, 0, 0}};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		for_flushing();
		assert_int_equal(flush(v[i].port, v[i].vid, 1 + (uint32_t)i), v[i].gone);
		assert_int_equal(fdb_count(f), 13 - v[i].gone);
		for (int port = 0; port < 3; port++)
			for (int vid = 1; vid <= 2; vid++) {
				bool flushed = (v[i].port < 0 || v[i].port == port) &&
					       (v[i].vid < 0 || v[i].vid == vid);

				assert_int_equal(fdb_lookup(f, (uint16_t)vid, STATION(port * 10)),
						 flushed ? -1 : port);
			}
		assert_int_equal(fdb_lookup(f, 0, STATION(99)), 1);
		done(state); /* the next round makes its own */
	}
}

/* Flushed entries are dead at once and count nowhere, although clearing them away takes a while. */
static void flushed_is_flushed_at_once(void **state)
{
	struct fdb_info info;
	uint32_t slot = 0;

	table(64, 2);
	assert_int_equal(fix(STATION(99), 0), 0);
	for (unsigned i = 0; i < 20; i++)
		learn(0, 0, STATION(i), 1);
	fdb_port_flush(f, 0);
	assert_int_equal(fdb_count(f), 1);
	assert_int_equal(fdb_port_stats(f, 0)->entries, 1);
	assert_int_equal(fdb_port_stats(f, 0)->dynamic, 0);
	assert_int_equal(fdb_lookup(f, 0, STATION(3)), -1);
	assert_int_equal(fdb_del(f, 0, STATION(3)), -ENOENT);
	assert_int_equal(flush(0, 0, 100), 0);
	assert_true(fdb_walk(f, &slot, UINT32_MAX, 1, &info));
	assert_int_equal(info.mac, STATION(99));
	assert_false(fdb_walk(f, &slot, UINT32_MAX, 1, &info));
	assert_int_equal(learn(1, 0, STATION(3), 1), LEARN_NEW); /* not moved: nobody knew it */
	assert_int_equal(learn(0, 0, STATION(4), 1), LEARN_NEW);
	assert_int_equal(fix(STATION(5), 1), 0);
	assert_int_equal(fdb_lookup(f, 0, STATION(3)), 1);
	assert_int_equal(fdb_count(f), 4);
	assert_true(fdb_age(f, 1, 0, 16, NULL, NULL));	/* 17 of them are dead still */
	assert_false(fdb_age(f, 1, 0, 16, NULL, NULL)); /* and nobody else ages */
	assert_int_equal(fdb_count(f), 4);
	assert_int_equal(fdb_port_stats(f, 0)->aged, 0);
}

static void the_dead_make_room(void **state)
{
	table(8, 2);
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < 8; i++)
			assert_int_equal(learn(0, 0, STATION(round * 4 + i), 0), LEARN_NEW);
		assert_true(fdb_is_full(f));
		assert_int_equal(learn(0, 0, STATION(1000), 0), LEARN_FULL);
		fdb_port_flush(f, 0);
		assert_int_equal(fdb_count(f), 0);
	}
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(fix(STATION(2000 + i), 1), 0);
	assert_int_equal(fdb_port_stats(f, 0)->evicted, 0);
	assert_int_equal(fdb_port_stats(f, 1)->entries, 8);
}

/* However often: who was flushed stays dead, although generations begin again some time. */
static void flushed_very_often(void **state)
{
	table(64, 2);
	learn(0, 0, STATION(1), 0);
	fdb_port_flush(f, 0);
	for (unsigned i = 0; i < 200000; i++) {
		if (i % 16 == 0) /* one of many rounds has somebody to forget */
			assert_int_equal(learn(0, 0, STATION(2 + i % 32), 0), LEARN_NEW);
		fdb_port_flush(f, 0);
		if (fdb_lookup(f, 0, STATION(1)) >= 0)
			fail_msg("back from the dead after %u times", i);
		if (i > 100000 && i % 5000 == 0)
			fdb_age(f, 0, 0, 100, NULL, NULL);
		assert_int_equal(fdb_count(f), 0);
	}
	assert_int_equal(learn(1, 0, STATION(1), 0), LEARN_NEW);
	assert_int_equal(fdb_lookup(f, 0, STATION(1)), 1);
}

/* One VID needs looking for, and frames come between one slice and the next. */
static void flushing_while_changing(void **state)
{
	struct fdb_flush w = {.port = -1, .vid = 1};
	unsigned calls = 0;

	table(256, 3);
	for (unsigned i = 0; i < 100; i++) {
		learn(0, 1, STATION(i), 0);
		learn(0, 2, STATION(i), 0);
	}
	while (fdb_flush(f, &w, 10)) {
		learn(1, 1, STATION(1000 + calls), 1); /* new ones may stay or go */
		learn(2, 2, STATION(calls), 1);	       /* moved */
		fdb_del(f, 2, STATION(99 - calls));
		calls++;
	}
	assert_true(calls >= 19);
	assert_true(w.gone >= 100 && w.gone <= 100 + calls);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(fdb_lookup(f, 1, STATION(i)), -1);
		assert_int_equal(fdb_lookup(f, 2, STATION(i)), i > 99 - calls ? -1
							       : i < calls    ? 2
									      : 0);
	}
}

static void a_closed_port_is_forgotten(void **state)
{
	for_flushing();
	fdb_port_close(f, 1);
	assert_int_equal(fdb_count(f), 8);
	assert_int_equal(fdb_lookup(f, 0, STATION(99)), -1);
	assert_int_equal(fdb_lookup(f, 1, STATION(20)), 2);
	assert_int_equal(fdb_del(f, 0, STATION(99)), -ENOENT);
	assert_int_equal(fix(STATION(99), 2), 0);
	assert_int_equal(fdb_lookup(f, 0, STATION(99)), 2);
	assert_int_equal(fdb_del(f, 0, STATION(99)), 0);
	fdb_port_open(f, 1, 1);
	assert_int_equal(fdb_lookup(f, 0, STATION(99)),
			 -1); /* the port's number again, not the port */
	assert_int_equal(fdb_lookup(f, 1, STATION(10)), -1);
	assert_int_equal(fdb_port_stats(f, 1)->entries, 0);
	assert_int_equal(fdb_port_stats(f, 1)->learned, 0);
	assert_int_equal(learn(1, 0, STATION(99), 0), LEARN_NEW);
	assert_int_equal(learn(1, 0, STATION(98), 0), LEARN_PORT_FULL);
}

static void clearing_keeps_what_is_no_counter(void **state)
{
	for_flushing();
	assert_int_equal(fdb_port_stats(f, 1)->learned, 4);
	fdb_port_stats_clear(f, 1);
	assert_int_equal(fdb_port_stats(f, 1)->learned, 0);
	assert_int_equal(fdb_port_stats(f, 1)->entries, 5);
	assert_int_equal(fdb_port_stats(f, 1)->dynamic, 4);
}

/* ---- what sticks ---- */

static void note_stuck(void *arg, const struct fdb_info *info)
{
	*(unsigned *)arg = *(unsigned *)arg * 10 + (info->is_sticky ? 2u : 1u);
	assert_true(info->is_static);
}

static void what_sticks_is_static_too(void **state)
{
	struct fdb_info info;
	unsigned kinds = 0;

	table(16, 2);
	fdb_port_guard(f, 0, FDB_STICKY);
	assert_int_equal(learn(0, 5, STATION(1), 1), LEARN_NEW);
	assert_int_equal(fix(STATION(2), 0), 0);
	assert_int_equal(learn(1, 5, STATION(3), 1), LEARN_NEW);
	assert_true(fdb_get(f, 5, STATION(1), 9, &info));
	assert_true(info.is_sticky && info.is_static && info.port == 0);
	fdb_each_static(f, note_stuck, &kinds);
	assert_int_equal(kinds, 12);
	assert_int_equal(fdb_port_stats(f, 0)->entries, 2);
	assert_int_equal(fdb_port_stats(f, 0)->sticky, 1);
	assert_int_equal(fdb_port_stats(f, 0)->dynamic, 0);
	assert_int_equal(fdb_port_stats(f, 0)->learned, 1);

	assert_int_equal(flush(-1, 5, 3), 1); /* of port 1 */
	assert_int_equal(flush(-1, -1, 3), 0);
	fdb_age(f, UINT32_MAX, 1, 100, NULL, NULL);
	fdb_port_stats_clear(f, 0);
	assert_int_equal(fdb_port_stats(f, 0)->sticky, 1);
	assert_int_equal(fdb_port_stats(f, 0)->learned, 0);
	assert_int_equal(resize(2), 0);
	assert_true(fdb_get(f, 5, STATION(1), 9, &info) && info.is_sticky);
	assert_int_equal(fdb_port_stats(f, 0)->sticky, 1);
	assert_int_equal(learn(0, 0, STATION(4), 1), LEARN_FULL); /* nobody gives way */
	assert_int_equal(resize(1), -ENOSPC);
	assert_int_equal(fdb_del(f, 5, STATION(1)), 0);
	assert_int_equal(fdb_port_stats(f, 0)->sticky, 0);
}

/* However often, and with the places of those who are dead taken by others at once. */
static void released_very_often(void **state)
{
	table(4, 2);
	fdb_port_guard(f, 0, FDB_STICKY);
	assert_int_equal(fix(STATION(9), 0), 0);
	for (unsigned i = 0; i < 150000; i++) {
		uint32_t some = i % 3; /* an equal part of the table is two */

		for (unsigned k = 0; k < some; k++)
			assert_int_equal(learn(0, 0, STATION(10 + (i + k) % 32), i), LEARN_NEW);
		if (fdb_port_stats(f, 0)->sticky != some || fdb_port_release(f, 0) != some)
			fail_msg("another number in round %u", i);
		if (fdb_count(f) != 1 || fdb_lookup(f, 0, STATION(10 + i % 32)) >= 0)
			fail_msg("back from the dead in round %u", i);
	}
	assert_int_equal(fdb_lookup(f, 0, STATION(9)), 0);
	learn(0, 0, STATION(1), 0);
	fdb_port_close(f, 0);
	assert_int_equal(fdb_count(f), 0);
	assert_int_equal(fdb_lookup(f, 0, STATION(1)), -1);
	fdb_port_open(f, 0, 0);
	assert_int_equal(learn(0, 0, STATION(1), 0), LEARN_NEW);
	assert_int_equal(fdb_port_stats(f, 0)->sticky, 0); /* no guard any more */
}

static void walk_copies_out(void **state)
{
	struct fdb_info info;
	uint32_t slot = 0;

	table(16, 2);
	assert_false(fdb_walk(f, &slot, UINT32_MAX, 0, &info));
	learn(1, 7, STATION(1), 100);
	learn(0, 7, STATION(1), 105);
	assert_true(fdb_walk(f, &slot, UINT32_MAX, 107, &info));
	assert_int_equal(info.mac, STATION(1));
	assert_int_equal(info.vid, 7);
	assert_int_equal(info.port, 0);
	assert_int_equal(info.age_s, 2);
	assert_int_equal(info.moves, 1);
	assert_false(info.is_static);
	assert_false(info.flapping);
	assert_false(fdb_walk(f, &slot, UINT32_MAX, 107, &info));
	slot = 0;
	assert_true(fdb_walk(f, &slot, UINT32_MAX, 105 + FDB_FLAP_QUIET_S + 1, &info));
	assert_int_equal(info.moves, 0); /* it has kept still */
	assert_int_equal(fix(STATION(2), 1), 0);
	assert_true(fdb_walk(f, &slot, UINT32_MAX, 107, &info));
	assert_true(info.is_static);
	assert_int_equal(slot, fdb_slots(f));
	slot = UINT32_MAX; /* whatever a client hands back */
	assert_false(fdb_walk(f, &slot, UINT32_MAX, 107, &info));
}

/* A walk that finds little does not look for long. */
static void walk_in_slices(void **state)
{
	struct fdb_info info;
	uint32_t slot = 0;
	unsigned found = 0, calls = 0;

	table(1000, 1);
	for (unsigned i = 0; i < 1000; i++)
		learn(0, 0, STATION(i), 0);
	for (unsigned i = 0; i < 1000; i++)
		if (i % 250)
			fdb_del(f, 0, STATION(i));
	while (slot < fdb_slots(f)) {
		uint32_t end = slot + 100;

		found += fdb_walk(f, &slot, end, 0, &info);
		assert_true(slot <= end);
		assert_true(++calls < 20);
	}
	assert_int_equal(found, 4);
	assert_true(calls >= 10);
}

/* While the table changes under the walk, what stays is seen exactly once. */
static void walk_while_changing(void **state)
{
	unsigned seen[200] = {0};
	struct fdb_info info;
	uint32_t slot = 0;
	unsigned step = 0;

	table(256, 3);
	for (unsigned i = 0; i < 200; i++)
		learn(0, 0, STATION(i), 0);
	while (fdb_walk(f, &slot, UINT32_MAX, 10, &info)) {
		if (info.mac - STATION(0) < 200)
			seen[info.mac - STATION(0)]++;
		unsigned i = step++ % 60;
		if (i % 3 == 0)
			fdb_del(f, 0, STATION(i)); /* those below 60 that are multiples of 3 go */
		else
			learn(1 + step % 2, 0, STATION(i), step); /* the others move about */
		learn(2, 0, STATION(1000 + step), step);	  /* and new ones come */
		if (step % 10 == 0)
			fix(STATION(100 + step / 10), 2); /* learned ones become static */
		assert_true(step < 1000);
	}
	for (unsigned i = 0; i < 200; i++)
		if (i >= 60 || i % 3)
			assert_int_equal(seen[i], 1);
}

static void grows(void **state)
{
	table(4, 2);
	fix(STATION(1), 1);
	learn(0, 5, STATION(2), 10);
	learn(0, 0, STATION(3), 20);
	learn(0, 0, STATION(4), 30);
	assert_int_equal(resize(1000), 0);
	assert_int_equal(fdb_max(f), 1000);
	assert_int_equal(fdb_count(f), 4);
	assert_int_equal(fdb_lookup(f, 0, STATION(1)), 1);
	assert_int_equal(fdb_lookup(f, 5, STATION(2)), 0);
	assert_int_equal(fdb_port_stats(f, 0)->learned, 3); /* counters go on */
	assert_int_equal(fdb_port_stats(f, 0)->dynamic, 3);
	assert_int_equal(learn(1, 0, STATION(1), 40), LEARN_KNOWN);
	assert_int_equal(learn(0, 0, STATION(1), 40), LEARN_STATIC);
	fdb_age(f, 320, 300, 100, NULL, NULL); /* and so does their age */
	assert_int_equal(fdb_lookup(f, 5, STATION(2)), -1);
	assert_int_equal(fdb_lookup(f, 0, STATION(3)), -1);
	assert_int_equal(fdb_lookup(f, 0, STATION(4)), 0);
	for (unsigned i = 10; i < 1000; i++)
		assert_int_equal(learn(1, 0, STATION(i), 330), LEARN_NEW);
}

static void shrinks_to_the_newest(void **state)
{
	unsigned left[2] = {0, 0};

	table(64, 2);
	fix(STATION(500), 0);
	fix(STATION(501), 1);
	for (unsigned i = 0; i < 20; i++) {
		learn(0, 0, STATION(i), i);
		learn(1, 0, STATION(100 + i), i);
	}
	learn(0, 0, STATION(0), 50); /* heard last */
	assert_int_equal(resize(12), 0);
	assert_int_equal(fdb_count(f), 12);
	assert_int_equal(fdb_lookup(f, 0, STATION(500)), 0);
	assert_int_equal(fdb_lookup(f, 0, STATION(501)), 1);
	assert_int_equal(fdb_lookup(f, 0, STATION(0)), 0);
	for (unsigned i = 16; i < 20; i++)
		assert_int_equal(fdb_lookup(f, 0, STATION(i)), 0);
	for (unsigned i = 15; i < 20; i++)
		assert_int_equal(fdb_lookup(f, 0, STATION(100 + i)), 1);
	for (unsigned i = 0; i < 2; i++)
		left[i] = fdb_port_stats(f, i)->entries;
	assert_int_equal(left[0], 6);
	assert_int_equal(left[1], 6);
}

static void shrinking_below_the_statics_changes_nothing(void **state)
{
	const struct fdb *before;

	table(16, 1);
	before = f;
	for (unsigned i = 0; i < 5; i++)
		fix(STATION(i), 0);
	learn(0, 0, STATION(9), 0);
	assert_int_equal(resize(4), -ENOSPC);
	assert_ptr_equal(f, before);
	assert_int_equal(fdb_count(f), 6);
	assert_int_equal(fdb_max(f), 16);
	assert_int_equal(resize(5), 0);
	assert_int_equal(fdb_count(f), 5);
	assert_int_equal(fdb_lookup(f, 0, STATION(9)), -1);
}

static void resizing_keeps_limits_and_flapping(void **state)
{
	struct fdb_info info;
	uint32_t slot = 0;

	table(16, 2);
	fdb_port_limit(f, 0, 1);
	learn(1, 0, STATION(1), 0);
	for (uint32_t t = 1; t <= FDB_FLAP_MOVES; t++)
		learn((t + 1) % 2, 0, STATION(1), t);
	assert_int_equal(resize(32), 0);
	assert_true(fdb_walk(f, &slot, UINT32_MAX, FDB_FLAP_MOVES, &info));
	assert_true(info.flapping);
	assert_int_equal(info.moves, FDB_FLAP_MOVES);
	assert_int_equal(info.port, 0);
	assert_int_equal(learn(0, 0, STATION(2), 9), LEARN_PORT_FULL);
	learn(0, 0, STATION(1), 15); /* heard, but it has not moved since second 5 */
	assert_int_equal(resize(16), 0);
	slot = 0;
	assert_true(fdb_walk(f, &slot, UINT32_MAX, FDB_FLAP_MOVES + FDB_FLAP_QUIET_S + 1, &info));
	assert_false(info.flapping);
}

static void resizing_only_reads(void **state)
{
	struct fdb *old;
	int rc;

	table(64, 2);
	fix(STATION(500), 1);
	for (unsigned i = 0; i < 40; i++)
		learn(i % 2, 0, STATION(i), i);
	fdb_port_flush(f, 1); /* so that there are dead ones, which do not come along */
	old = f;
	f = fdb_resized(old, 16, &rc);
	assert_int_equal(rc, 0);
	assert_int_equal(fdb_count(f), 16);
	assert_int_equal(fdb_count(old), 21);
	assert_int_equal(fdb_port_stats(old, 0)->entries, 20);
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(fdb_lookup(old, 0, STATION(i)), i % 2 ? -1 : 0);
		assert_int_equal(fdb_lookup(f, 0, STATION(i)), i % 2 || i < 10 ? -1 : 0);
	}
	assert_int_equal(fdb_lookup(f, 0, STATION(500)), 1);
	fdb_free(old);
}

static void hidden_is_not_found(void **state)
{
	struct fdb_info info;
	uint32_t slot = 0;

	table(16, 2);
	fix(STATION(1), 0);
	learn(0, 0, STATION(2), 0);
	learn(1, 0, STATION(3), 0);
	fdb_port_hide(f, 0);
	assert_int_equal(fdb_lookup(f, 0, STATION(1)), 0);
	assert_int_equal(fdb_lookup(f, 0, STATION(2)), -1);
	assert_int_equal(fdb_lookup(f, 0, STATION(3)), 1);
	while (fdb_walk(f, &slot, UINT32_MAX, 0, &info))
		assert_int_not_equal(info.mac, STATION(2));
	assert_int_equal(fdb_count(f), 3);
	fdb_port_flush(f, 0);
	assert_int_equal(fdb_count(f), 2);
	assert_int_equal(learn(1, 0, STATION(2), 0), LEARN_NEW);
}

static void a_million_entries(void **state)
{
	enum { MILLION = 1000000 };
	struct fdb_info info;
	uint32_t slot = 0, walked = 0;

	table(MILLION, 2);
	for (unsigned i = 0; i < MILLION; i++)
		if (learn(i & 1, 0, STATION(i), i / 10000) != LEARN_NEW)
			fail_msg("station %u is not new", i);
	assert_int_equal(fdb_count(f), MILLION);
	for (unsigned i = 0; i < MILLION; i += 7)
		if (fdb_lookup(f, 0, STATION(i)) != (int)(i & 1))
			fail_msg("station %u is lost", i);
	while (fdb_walk(f, &slot, UINT32_MAX, 200, &info))
		walked++;
	assert_int_equal(walked, MILLION);
	assert_false(fdb_age(f, 300, 300, UINT32_MAX, NULL, NULL));
	assert_int_equal(fdb_count(f), MILLION - 10000); /* those of second 0 */
}

#define TEST(name) cmocka_unit_test_teardown(name, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(statics_stay_where_they_are),
		TEST(one_is_looked_up_with_all_there_is_to_know),
		TEST(a_learned_one_becomes_static),
		TEST(a_static_takes_the_place_of_the_oldest),
		TEST(statics_are_not_counted_by_the_limit),
		TEST(deletes_by_vlan_and_address),
		TEST(flushes_by_port_and_vlan),
		TEST(flushed_is_flushed_at_once),
		TEST(the_dead_make_room),
		TEST(flushed_very_often),
		TEST(flushing_while_changing),
		TEST(a_closed_port_is_forgotten),
		TEST(clearing_keeps_what_is_no_counter),
		TEST(what_sticks_is_static_too),
		TEST(released_very_often),
		TEST(walk_copies_out),
		TEST(walk_in_slices),
		TEST(walk_while_changing),
		TEST(grows),
		TEST(shrinks_to_the_newest),
		TEST(shrinking_below_the_statics_changes_nothing),
		TEST(resizing_keeps_limits_and_flapping),
		TEST(resizing_only_reads),
		TEST(hidden_is_not_found),
		TEST(a_million_entries),
	};

	return cmocka_run_group_tests_name("fdb_admin", tests, NULL, NULL);
}
