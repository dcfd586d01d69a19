/* SPDX-License-Identifier: ISC */
/*
 * The address table against who chooses addresses to meet in one bucket.  Looks into the table: what
 * counts is how many entries a lookup may have to go through, not how long that took today.
 */
#include "unit.h"

#include <stdlib.h>

#include "core/fdb_impl.h"

enum {
	STATIONS = 4096,
	SAME_BITS = 10,
	/*
	 * 4096 entries thrown at random into 8192 buckets: the chance that any has more than 10 is below
	 * one in a million.  The test's secrets do not change, so it is the same every time.
	 */
	LONGEST = 10,
};

static struct fdb *f; /* of the test that runs */

static void table(const struct siphash_key *key)
{
	f = fdb_new(STATIONS, key);
	assert_non_null(f);
	fdb_port_open(f, 0, 0);
}

static int done(void **state)
{
	fdb_free(f);
	f = NULL;
	return 0;
}

static unsigned longest_chain(void)
{
	unsigned longest = 0, total = 0;

	for (unsigned i = 0; i < f->table.num_buckets; i++) {
		unsigned n = f->table.buckets[i].count;

		total += n;
		longest = n > longest ? n : longest;
	}
	assert_int_equal(total, fdb_count(f));
	return longest;
}

static void learn(uint64_t mac)
{
	struct fdb_verdict v = fdb_judge(f, 0, mac, 0);

	assert_int_equal(v.learn, LEARN_NEW);
	fdb_learn(f, &v, 0, 0);
}

/* What uthash would use if it were not told otherwise: Jenkins' hash, which has no secret. */
static uint32_t jenkins(uint64_t mac)
{
	uint32_t h;

	HASH_JEN(&mac, sizeof(mac), h);
	return h;
}

static uint32_t siphash_without_secret(uint64_t mac)
{
	static const struct siphash_key known_to_all;

	return (uint32_t)siphash13_u64(mac, &known_to_all);
}

/* The low bits of an address, which do for a table that trusts its stations. */
static uint32_t low_bits(uint64_t mac)
{
	return (uint32_t)mac;
}

/* Fills the table with addresses that `hash` puts into one of 1024 parts. */
static void attack(uint32_t (*hash)(uint64_t mac))
{
	uint64_t mac = STATION(0);

	for (unsigned n = 0; n < STATIONS; mac++) {
		if (hash(mac) & ((1u << SAME_BITS) - 1))
			continue;
		learn(mac);
		n++;
	}
}

static void known_hashes_do_not_help(void **state)
{
	static const struct siphash_key secret = {{0x0123456789abcdef, 0xfedcba9876543210}};
	uint32_t (*const known[])(uint64_t) = {jenkins, siphash_without_secret, low_bits};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		table(&secret);
		attack(known[i]);
		assert_in_range(longest_chain(), 1, LONGEST);
		done(state);
	}
}

/* The same addresses, where they are aimed well: so the test above does mean something. */
static void a_known_secret_would(void **state)
{
	static const struct siphash_key known_to_all;

	table(&known_to_all);
	attack(siphash_without_secret);
	assert_true(longest_chain() > 100);
}

static void ordinary_addresses_spread(void **state)
{
	static const struct siphash_key secret = {{3, 4}};

	table(&secret);
	for (unsigned i = 0; i < STATIONS; i++)
		learn(STATION(i));
	assert_in_range(longest_chain(), 1, LONGEST);
	fdb_port_flush(f, 0);
	while (fdb_age(f, 0, 0, 100, NULL, NULL))
		;
	assert_int_equal(longest_chain(), 0); /* nobody is left behind in a bucket */
}

/* No more than three buckets an entry, so that memory is bounded; enough, so that chains are short. */
static void buckets_are_neither_few_nor_many(void **state)
{
	static const struct siphash_key secret = {{5, 6}};
	static const uint32_t sizes[] = {22, 1000, 4096, 43690, 43691, 65536, 1000000, 4194304};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		f = fdb_new(sizes[i], &secret);
		assert_non_null(f);
		assert_in_range(f->table.num_buckets, sizes[i] + sizes[i] / 2, 3 * sizes[i]);
		assert_int_equal((uintptr_t)f->pool % CACHE_LINE, 0);
		done(state);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(known_hashes_do_not_help),
		TEST(a_known_secret_would),
		TEST(ordinary_addresses_spread),
		TEST(buckets_are_neither_few_nor_many),
	};

	return cmocka_run_group_tests_name("fdb_hash", tests, NULL, NULL);
}
