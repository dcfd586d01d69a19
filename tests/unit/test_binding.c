/* SPDX-License-Identifier: ISC */
/* The table of bindings, and the requests that wait for an answer. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "core/binding.h"
#include "core/pending.h"

enum { VID = 5, MAX = 8, PORTS = 4 };

static struct {
	struct binding_watch watch;
	unsigned gone[BINDING_END_COUNT];
	struct binding last;
	struct bindings *b;
} t;

static void hear(struct binding_watch *w, const struct binding *b, enum binding_end why)
{
	assert_ptr_equal(w, &t.watch);
	t.gone[why]++;
	t.last = *b;
}

static int open_table(void **state)
{
	static const struct siphash_key key = {{3, 4}};

	memset(&t, 0, sizeof(t));
	t.watch.gone = hear;
	t.b = bindings_new(MAX, &key, &t.watch);
	for (unsigned i = 0; i < PORTS; i++)
		bindings_port_open(t.b, i, 0);
	return t.b ? 0 : -1;
}

static int close_table(void **state)
{
	bindings_free(t.b);
	return 0;
}

static enum bind learn(unsigned port, uint64_t mac, uint32_t ip, uint64_t until_ms, uint64_t now_ms)
{
	struct binding want = {
		.mac = mac, .ip = ip, .vid = VID, .port = (uint16_t)port, .expires_ms = until_ms};

	return bindings_learn(t.b, &want, now_ms);
}

static bool is_bound(uint64_t mac, uint32_t ip, uint64_t now_ms)
{
	return bindings_find(t.b, VID, mac, ip, now_ms) != NULL;
}

/* What the walk sees is what is counted, of each port and of all. */
static void check_counts(uint32_t all, uint32_t statics)
{
	struct binding_counts sum = {0}, c = bindings_count(t.b);
	uint32_t slot = 0, seen = 0;
	struct binding b;

	while (bindings_walk(t.b, &slot, &b))
		seen++;
	for (unsigned i = 0; i < PORTS; i++) {
		sum.all += bindings_port_count(t.b, i).all;
		sum.statics += bindings_port_count(t.b, i).statics;
	}
	assert_int_equal(seen, all);
	assert_int_equal(c.all, all);
	assert_int_equal(c.statics, statics);
	assert_int_equal(sum.all, all);
	assert_int_equal(sum.statics, statics);
}

static void a_lease_is_found_until_it_ends(void **state)
{
	assert_int_equal(learn(1, STATION(1), 10, 5000, 1000), BIND_NEW);
	assert_true(is_bound(STATION(1), 10, 1000));
	assert_true(is_bound(STATION(1), 10, 4999));
	assert_false(is_bound(STATION(1), 10, 5000));
	assert_false(is_bound(STATION(1), 11, 1000));
	assert_false(is_bound(STATION(2), 10, 1000));
	assert_null(bindings_find(t.b, VID + 1, STATION(1), 10, 1000));
	bindings_expire(t.b, 4999, 100);
	check_counts(1, 0);
	bindings_expire(t.b, 5000, 100);
	check_counts(0, 0);
	assert_int_equal(t.gone[BINDING_EXPIRED], 1);
	assert_int_equal(t.last.ip, 10);
}

static void a_lease_is_renewed(void **state)
{
	learn(1, STATION(1), 10, 5000, 1000);
	assert_int_equal(learn(1, STATION(1), 10, 9000, 4000), BIND_RENEWED);
	const struct binding *b = bindings_find(t.b, VID, STATION(1), 10, 8000);
	assert_non_null(b);
	assert_int_equal(b->since_ms, 1000);
	assert_int_equal(b->expires_ms, 9000);
	/* one that has run out begins anew */
	assert_int_equal(learn(1, STATION(1), 10, 20000, 10000), BIND_NEW);
	assert_int_equal(t.gone[BINDING_EXPIRED], 1);
	check_counts(1, 0);
}

static void a_station_has_one_lease_and_an_address_one_station(void **state)
{
	learn(1, STATION(1), 10, BINDING_FOREVER, 0);
	assert_int_equal(learn(1, STATION(1), 11, BINDING_FOREVER, 0), BIND_NEW);
	assert_false(is_bound(STATION(1), 10, 0));
	assert_int_equal(learn(2, STATION(2), 11, BINDING_FOREVER, 0), BIND_NEW);
	assert_false(is_bound(STATION(1), 11, 0));
	assert_int_equal(t.gone[BINDING_REPLACED], 2);
	/* both at once: the station had another address, the address another station */
	learn(1, STATION(1), 10, BINDING_FOREVER, 0);
	assert_int_equal(learn(1, STATION(1), 11, BINDING_FOREVER, 0), BIND_NEW);
	assert_int_equal(t.gone[BINDING_REPLACED], 4);
	check_counts(1, 0);
	/* on another port it is another binding */
	assert_int_equal(learn(3, STATION(1), 11, BINDING_FOREVER, 0), BIND_NEW);
	assert_int_equal(t.gone[BINDING_REPLACED], 5);
	assert_int_equal(t.last.port, 1);
	check_counts(1, 0);
}

static void static_ones_are_the_last_word(void **state)
{
	learn(1, STATION(1), 10, 5000, 0);
	assert_int_equal(bindings_add_static(t.b, VID, STATION(2), 10, 2, 0), 0);
	assert_int_equal(t.gone[BINDING_REPLACED], 1);
	assert_int_equal(bindings_add_static(t.b, VID, STATION(2), 10, 2, 0), 0);
	assert_int_equal(bindings_add_static(t.b, VID, STATION(2), 10, 3, 0), -EEXIST);
	assert_int_equal(learn(1, STATION(1), 10, 5000, 0), BIND_HELD);
	assert_int_equal(learn(1, STATION(2), 10, 5000, 0), BIND_HELD);
	assert_int_equal(learn(2, STATION(2), 10, 5000, 0), BIND_RENEWED);
	assert_true(is_bound(STATION(2), 10, UINT64_MAX - 1));
	/* a service's address is shared by those that take it over from each other */
	assert_int_equal(bindings_add_static(t.b, VID, STATION(3), 10, 3, 0), 0);
	check_counts(2, 2);
	bindings_flush_vlan(t.b, VID);
	check_counts(2, 2);
	assert_int_equal(bindings_del(t.b, VID, STATION(3), 10, BINDING_DELETED), 0);
	assert_int_equal(bindings_del(t.b, VID, STATION(3), 10, BINDING_DELETED), -ENOENT);
	check_counts(1, 1);
}

static void all_of_a_station_are_listed(void **state)
{
	const struct binding *b = NULL;
	uint32_t sum = 0;

	learn(1, STATION(1), 1, 5000, 0);
	bindings_add_static(t.b, VID, STATION(1), 2, 1, 0);
	bindings_add_static(t.b, VID, STATION(1), 4, 2, 0);
	bindings_add_static(t.b, VID + 1, STATION(1), 8, 2, 0);
	bindings_add_static(t.b, VID, STATION(2), 16, 2, 0);
	while ((b = bindings_of(t.b, VID, STATION(1), 4999, b)) != NULL)
		sum += b->ip;
	assert_int_equal(sum, 7);
	for (sum = 0; (b = bindings_of(t.b, VID, STATION(1), 5000, b)) != NULL;)
		sum += b->ip;
	assert_int_equal(sum, 6);
}

static void a_port_has_its_limit(void **state)
{
	bindings_port_limit(t.b, 1, 2);
	bindings_add_static(t.b, VID, STATION(9), 90, 1, 0); /* does not count */
	learn(1, STATION(1), 10, 5000, 0);
	assert_true(bindings_room(t.b, 1));
	learn(1, STATION(2), 11, 5000, 0);
	assert_false(bindings_room(t.b, 1));
	assert_int_equal(learn(1, STATION(3), 12, 5000, 0), BIND_PORT_FULL);
	/* what takes the place of one of its own fits */
	assert_int_equal(learn(1, STATION(1), 13, 5000, 0), BIND_NEW);
	assert_int_equal(learn(1, STATION(3), 11, 5000, 0), BIND_NEW);
	assert_int_equal(learn(1, STATION(1), 13, 6000, 0), BIND_RENEWED);
	/* and what comes from another port does not */
	learn(2, STATION(4), 14, 5000, 0);
	assert_int_equal(learn(1, STATION(4), 14, 5000, 0), BIND_PORT_FULL);
	check_counts(4, 1);
}

static void a_flood_crowds_out_itself_alone(void **state)
{
	for (unsigned i = 0; i < MAX; i++)
		assert_int_equal(learn(0, STATION(i), 100 + i, 5000, 0), BIND_NEW);
	assert_int_equal(learn(0, STATION(50), 150, 5000, 0), BIND_FULL);
	assert_false(bindings_room(t.b, 0));
	/* that which was renewed longest ago goes first */
	learn(0, STATION(0), 100, 5000, 1);
	assert_true(bindings_room(t.b, 1));
	assert_int_equal(learn(1, STATION(60), 160, 5000, 2), BIND_NEW);
	assert_true(is_bound(STATION(0), 100, 2));
	assert_false(is_bound(STATION(1), 101, 2));
	assert_int_equal(t.gone[BINDING_EVICTED], 1);
	/* until all have the same */
	for (unsigned i = 61; i < 70; i++)
		learn(1, STATION(i), 100 + i, 5000, 2);
	assert_int_equal(bindings_port_count(t.b, 0).all, MAX / 2);
	assert_int_equal(bindings_port_count(t.b, 1).all, MAX / 2);
	assert_int_equal(learn(1, STATION(80), 180, 5000, 2), BIND_FULL);
	/* one more or less is the same: nobody takes places to and fro */
	assert_int_equal(learn(2, STATION(81), 181, 5000, 2), BIND_NEW);
	assert_int_equal(bindings_port_count(t.b, 0).all, MAX / 2 - 1);
	assert_int_equal(learn(0, STATION(82), 182, 5000, 2), BIND_FULL);
	check_counts(MAX, 0);
}

static void a_full_table_makes_room_for_static_ones(void **state)
{
	for (unsigned i = 0; i < MAX; i++)
		learn(i % PORTS, STATION(i), 100 + i, 5000, 0);
	for (unsigned i = 0; i < MAX; i++)
		assert_int_equal(bindings_add_static(t.b, VID, STATION(20 + i), 200 + i, 0, 0), 0);
	assert_int_equal(bindings_add_static(t.b, VID, STATION(40), 240, 0, 0), -ENOSPC);
	assert_int_equal(learn(1, STATION(1), 101, 5000, 0), BIND_FULL);
	assert_int_equal(t.gone[BINDING_EVICTED], MAX);
	check_counts(MAX, MAX);
}

static void what_belongs_to_a_port_goes_with_it(void **state)
{
	learn(1, STATION(1), 10, 5000, 0);
	learn(2, STATION(2), 11, 5000, 0);
	bindings_add_static(t.b, VID, STATION(3), 12, 1, 0);
	bindings_port_close(t.b, 1);
	assert_int_equal(t.gone[BINDING_PORT], 2);
	assert_false(bindings_room(t.b, 1));
	check_counts(1, 0);
	bindings_port_open(t.b, 1, 1);
	assert_true(bindings_room(t.b, 1));
}

static void a_vlan_is_flushed_alone(void **state)
{
	struct binding other = {
		.mac = STATION(1), .ip = 10, .vid = VID + 1, .port = 1, .expires_ms = 5000};

	learn(1, STATION(1), 10, 5000, 0);
	bindings_learn(t.b, &other, 0);
	bindings_flush_vlan(t.b, VID);
	assert_int_equal(t.gone[BINDING_VLAN], 1);
	assert_false(is_bound(STATION(1), 10, 0));
	assert_non_null(bindings_find(t.b, VID + 1, STATION(1), 10, 0));
}

static void another_size_keeps_what_fits(void **state)
{
	int rc;

	for (unsigned i = 0; i < 5; i++)
		learn(1, STATION(i), 100 + i, 5000, 0);
	learn(2, STATION(10), 110, 5000, 0);
	bindings_add_static(t.b, VID, STATION(20), 120, 3, 0);
	bindings_add_static(t.b, VID, STATION(21), 121, 3, 0);
	assert_null(bindings_resized(t.b, 1, &rc));
	assert_int_equal(rc, -ENOSPC);
	check_counts(8, 2);
	t.b = bindings_resized(t.b, 5, &rc);
	assert_int_equal(rc, 0);
	check_counts(5, 2);
	assert_true(is_bound(STATION(10), 110, 0) && is_bound(STATION(20), 120, 0));
	assert_true(is_bound(STATION(4), 104, 0) && is_bound(STATION(3), 103, 0));
	assert_false(is_bound(STATION(2), 102, 0));
	assert_int_equal(t.gone[BINDING_EVICTED], 3);
	t.b = bindings_resized(t.b, 100, &rc);
	check_counts(5, 2);
	/* the order of renewal has come along */
	for (unsigned i = 0; i < 95; i++)
		assert_int_equal(learn(1, STATION(30 + i), 1000 + i, 5000, 0), BIND_NEW);
	assert_int_equal(learn(0, STATION(200), 2000, 5000, 0), BIND_NEW);
	assert_false(is_bound(STATION(3), 103, 0));
	assert_true(is_bound(STATION(4), 104, 0));
}

static void expiry_goes_on_where_it_left_off(void **state)
{
	for (unsigned i = 0; i < MAX; i++)
		learn(1, STATION(i), 100 + i, 1000, 0);
	bindings_expire(t.b, 2000, 3);
	check_counts(MAX - 3, 0);
	bindings_expire(t.b, 2000, 3);
	check_counts(MAX - 6, 0);
	bindings_expire(t.b, 2000, 3);
	check_counts(0, 0);
}

static void every_end_has_a_name_of_its_own(void **state)
{
	for (int i = 0; i < BINDING_END_COUNT; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(binding_end_name((enum binding_end)i),
						binding_end_name((enum binding_end)k));
}

/* ---- requests that wait ---- */

static struct pending question(unsigned port, uint32_t xid, uint64_t now_ms)
{
	return (struct pending){.mac = STATION(1),
				.xid = xid,
				.vid = VID,
				.port = (uint16_t)port,
				.type = DHCP_REQUEST,
				.since_ms = now_ms};
}

static void a_question_belongs_to_who_asked_first(void **state)
{
	static const struct siphash_key key = {{5, 6}};
	struct pendings *q = pendings_new(&key);
	struct pending p = question(1, 7, 0);

	assert_false(pendings_put(q, &p)); /* the port is not open */
	pendings_port_open(q, 1);
	pendings_port_open(q, 2);
	assert_true(pendings_put(q, &p));
	p.port = 2;
	p.since_ms = PENDING_MS - 1;
	assert_false(pendings_put(q, &p));
	assert_int_equal(pendings_find(q, VID, STATION(1), 7, 0)->port, 1);
	assert_null(pendings_find(q, VID, STATION(1), 8, 0));
	assert_null(pendings_find(q, VID + 1, STATION(1), 7, 0));
	assert_null(pendings_find(q, VID, STATION(2), 7, 0));
	assert_null(pendings_find(q, VID, STATION(1), 7, PENDING_MS));
	p.since_ms = PENDING_MS;
	assert_true(pendings_put(q, &p));
	assert_int_equal(pendings_find(q, VID, STATION(1), 7, PENDING_MS)->port, 2);
	assert_int_equal(pendings_count(q, 1), 0);
	pendings_end(q, &p);
	assert_null(pendings_find(q, VID, STATION(1), 7, PENDING_MS));
	pendings_port_close(q, 1);
	pendings_port_close(q, 1);
	pendings_free(q);
}

static void who_asks_without_end_forgets_his_own(void **state)
{
	static const struct siphash_key key = {{5, 6}};
	struct pendings *q = pendings_new(&key);
	struct pending p = question(1, 1, 0);

	pendings_port_open(q, 1);
	pendings_port_open(q, 2);
	pendings_put(q, &p);
	for (uint32_t xid = 2; xid < 10000; xid++) {
		p = question(2, xid, 0);
		assert_true(pendings_put(q, &p));
		assert_true(pendings_count(q, 2) <= PENDING_PER_PORT);
	}
	assert_non_null(pendings_find(q, VID, STATION(1), 1, 0));
	assert_non_null(pendings_find(q, VID, STATION(1), 9999, 0));
	assert_non_null(pendings_find(q, VID, STATION(1), 10000 - PENDING_PER_PORT, 0));
	assert_null(pendings_find(q, VID, STATION(1), 9999 - PENDING_PER_PORT, 0));
	pendings_free(q);
}

int main(void)
{
#define ON_TABLE(test) cmocka_unit_test_setup_teardown(test, open_table, close_table)
	const struct CMUnitTest tests[] = {
		ON_TABLE(a_lease_is_found_until_it_ends),
		ON_TABLE(a_lease_is_renewed),
		ON_TABLE(a_station_has_one_lease_and_an_address_one_station),
		ON_TABLE(static_ones_are_the_last_word),
		ON_TABLE(all_of_a_station_are_listed),
		ON_TABLE(a_port_has_its_limit),
		ON_TABLE(a_flood_crowds_out_itself_alone),
		ON_TABLE(a_full_table_makes_room_for_static_ones),
		ON_TABLE(what_belongs_to_a_port_goes_with_it),
		ON_TABLE(a_vlan_is_flushed_alone),
		ON_TABLE(another_size_keeps_what_fits),
		ON_TABLE(expiry_goes_on_where_it_left_off),
		cmocka_unit_test(every_end_has_a_name_of_its_own),
		cmocka_unit_test(a_question_belongs_to_who_asked_first),
		cmocka_unit_test(who_asks_without_end_forgets_his_own),
	};

	return cmocka_run_group_tests_name("binding", tests, NULL, NULL);
}
