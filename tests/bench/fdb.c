/* SPDX-License-Identifier: ISC */
/*
 * fdb.c - what the address table costs: nanoseconds an operation, bytes an entry, longest pause.
 *
 *     fdb    prints a table, one line for a set of addresses; names of columns on the first line
 *
 * learn    a new address: judged and entered
 * known    a station heard again within the second, as nearly every frame's source is
 * hit      a destination that is there, while the processor is looking for the next ones already
 * alone    a destination that is there, before the next one is known: as with frames one at a time
 * batch    a destination that is there, 16 at a time as port/rx.c looks for them
 * hot      a destination that is there, one of 64 that talk while all others are silent
 * miss     a destination that is not
 * refresh  a station heard again in a later second: moves to the young end of its list
 * move     a station heard on another port
 * age      an address expires
 * p99.9    microseconds of a call that ages: all but one of a thousand are faster
 * pause    microseconds of the longest of them
 * bytes    memory the table takes when it is full beyond what there was before, divided by the entries
 *
 * Addresses are met in another order than they were learned in, so that a large table pays for its
 * cache misses, and also expire in such an order.  "colliding" are addresses that a table of this kind
 * without a secret would put into one of 1024 parts: what a guest would choose who knew the hash.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/fdb.h"
#include "util/siphash.h"

enum {
	AGE_BUDGET = 512,     /* as sw_age() has it */
	OPERATIONS = 1 << 20, /* of each kind: a small table is gone over again and again */
	CALLS_MAX = 1 << 16,  /* that age and whose time is remembered */
	AGEING_S = 300,
	PART_MASK = 1023,
	TALKERS = 64,
	BATCH = 16, /* RX_BATCH */
};

#define LOCAL_UNICAST UINT64_C(0x020000000000)
#define ELSEWHERE     (UINT64_C(1) << 42) /* no set of addresses has this bit */

struct cost {
	double learn, known, hit, alone, batch, hot, miss, refresh, move, age, p999_us, pause_us,
		bytes;
};

struct set {
	const char *name;
	uint64_t (*address)(uint64_t *state);
	uint32_t entries;
};

/* ---- addresses ---- */

/* xorshift64: Marsaglia, "Xorshift RNGs", 2003.  The same addresses each run. */
static uint64_t random_word(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t random_address(uint64_t *state)
{
	return LOCAL_UNICAST | (random_word(state) & 0xffffffffff);
}

static uint64_t sequential_address(uint64_t *state)
{
	return LOCAL_UNICAST | (++*state & 0xffffffff);
}

/* Differ in the upper half only: bad for a hash that looks at the low bits. */
static uint64_t same_low_bits(uint64_t *state)
{
	return LOCAL_UNICAST | (++*state & 0xfffff) << 20;
}

static uint64_t colliding_address(uint64_t *state)
{
	static const struct siphash_key known_to_all;

	for (;;) {
		uint64_t mac = random_address(state);

		if ((siphash13_u64(mac, &known_to_all) & PART_MASK) == 0)
			return mac;
	}
}

static void shuffle(uint64_t *a, uint32_t n)
{
	uint64_t state = 88172645463325252u;

	for (uint32_t i = n - 1; i > 0; i--) {
		uint32_t j = (uint32_t)(random_word(&state) % (i + 1));
		uint64_t t = a[i];

		a[i] = a[j];
		a[j] = t;
	}
}

/* ---- measuring ---- */

/* Time on the processor: what others did on it meanwhile is not the table's fault. */
static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* What the process has in memory. */
static double resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size, resident = 0;

	if (f && fscanf(f, "%ld %ld", &size, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void learn_all(struct fdb *f, const uint64_t *a, uint32_t n, unsigned port, uint32_t now_s)
{
	for (uint32_t i = 0; i < n; i++) {
		struct fdb_verdict v = fdb_judge(f, 0, a[i], port);

		fdb_learn(f, &v, port, now_s);
	}
}

/* Returns how many were found, so that the looking is not optimised away. */
static uint32_t look_up_all(const struct fdb *f, const uint64_t *a, uint32_t n, uint64_t with)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < n; i++)
		found += fdb_lookup(f, 0, a[i] ^ with) >= 0;
	return found;
}

/* The time each call took that aged, in nanoseconds. */
static struct {
	double ns[CALLS_MAX];
	unsigned n;
} calls;

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Lets all expire, as the daemon does: in portions.  Returns the nanoseconds of all calls. */
static double age_all(struct fdb *f, uint32_t now_s)
{
	double total = 0;
	bool more = true;

	while (more) {
		double begin = now_ns(), took;

		more = fdb_age(f, now_s, AGEING_S, AGE_BUDGET, NULL, NULL);
		took = now_ns() - begin;
		total += took;
		if (calls.n < CALLS_MAX)
			calls.ns[calls.n++] = took;
	}
	return total;
}

/* Fills and empties the table; the order of learning is that of a[], that of ageing another. */
static void fill_and_empty(struct fdb *f, uint64_t *a, uint32_t n, uint32_t rounds, uint32_t *now_s,
			   struct cost *c)
{
	double learning = 0, ageing = 0;

	calls.n = 0;
	for (uint32_t r = 0; r < rounds; r++) {
		double begin = now_ns();

		learn_all(f, a, n, r & 1, *now_s);
		learning += now_ns() - begin;
		shuffle(a, n);
		++*now_s;
		learn_all(f, a, n, r & 1, *now_s);
		*now_s += AGEING_S;
		ageing += age_all(f, *now_s);
	}
	qsort(calls.ns, calls.n, sizeof(calls.ns[0]), by_size);
	c->learn = learning / rounds / n;
	c->age = ageing / rounds / n;
	c->p999_us = calls.ns[(uint64_t)calls.n * 999 / 1000] / 1000;
	c->pause_us = calls.ns[calls.n - 1] / 1000;
}

/* What frames do to a full table.  now_s goes on by `step` a pass, the port changes by `hop`. */
static double hear_all(struct fdb *f, const uint64_t *a, uint32_t n, uint32_t rounds,
		       uint32_t *now_s, uint32_t step, unsigned hop)
{
	double begin = now_ns();

	for (uint32_t r = 1; r <= rounds; r++) {
		*now_s += step;
		learn_all(f, a, n, r * hop & 1, *now_s);
	}
	return (now_ns() - begin) / rounds / n;
}

static double look_up(const struct fdb *f, const uint64_t *a, uint32_t n, uint32_t rounds,
		      uint64_t with, uint32_t expected)
{
	double begin = now_ns();

	for (uint32_t r = 0; r < rounds; r++) {
		uint32_t found = look_up_all(f, a, n, with);

		if (found != expected) {
			fprintf(stderr, "fdb: %u of %u found, not %u\n", found, n, expected);
			exit(1);
		}
	}
	return (now_ns() - begin) / rounds / n;
}

/* Each address is the next one only because the last was found on port 0. */
static double look_up_alone(const struct fdb *f, const uint64_t *a, uint32_t n, uint32_t rounds)
{
	double begin = now_ns();
	int port = 0;

	for (uint32_t r = 0; r < rounds; r++)
		for (uint32_t i = 0; i < n; i++)
			port = fdb_lookup(f, 0, a[i + (unsigned)port]);
	if (port)
		exit(1);
	return (now_ns() - begin) / rounds / n;
}

/* What waits is looked for together: the places of all, then the entries of all, then what they say. */
static double look_up_batches(const struct fdb *f, const uint64_t *a, uint32_t n, uint32_t rounds)
{
	double begin = now_ns();
	struct fdb_probe at[BATCH];

	for (uint32_t r = 0; r < rounds; r++)
		for (uint32_t i = 0; i + BATCH <= n; i += BATCH) {
			for (uint32_t k = 0; k < BATCH; k++)
				at[k] = fdb_probe(f, 0, a[i + k]);
			for (uint32_t k = 0; k < BATCH; k++)
				fdb_prefetch(f, at[k]);
			for (uint32_t k = 0; k < BATCH; k++)
				if (fdb_lookup_at(f, at[k]) != 0)
					exit(1);
		}
	return (now_ns() - begin) / rounds / (n / BATCH * BATCH);
}

static struct cost measure(struct fdb *f, uint64_t *a, uint32_t n, double before)
{
	uint32_t rounds = OPERATIONS > n ? OPERATIONS / n : 1;
	uint32_t now_s = AGEING_S;
	struct cost c = {0};

	fdb_port_open(f, 0, 0);
	fdb_port_open(f, 1, 0);
	learn_all(f, a, n, 0, now_s); /* so that no page is met for the first time below */
	c.bytes = (resident_bytes() - before) / n;
	now_s += AGEING_S;
	age_all(f, now_s);
	fill_and_empty(f, a, n, rounds, &now_s, &c);
	/* all on one port: half of the table is not the share of it, but there is nobody else */
	learn_all(f, a, n, 0, now_s);
	shuffle(a, n);
	c.known = hear_all(f, a, n, rounds, &now_s, 0, 0);
	c.hit = look_up(f, a, n, rounds, 0, n);
	c.alone = look_up_alone(f, a, n, rounds);
	c.batch = look_up_batches(f, a, n, rounds);
	c.hot = look_up(f, a, TALKERS, OPERATIONS / TALKERS, 0, TALKERS);
	c.miss = look_up(f, a, n, rounds, ELSEWHERE, 0);
	c.refresh = hear_all(f, a, n, rounds, &now_s, 1, 0);
	c.move = hear_all(f, a, n, rounds, &now_s, FDB_FLAP_QUIET_S + 1, 1);
	return c;
}

static int run(const struct set *s)
{
	static const struct siphash_key secret = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};
	uint64_t state = s->address == random_address ? 1 : 0x9e3779b97f4a7c15;
	uint64_t *a = calloc(s->entries, sizeof(*a));
	struct fdb *f = NULL;
	double before = 0;

	if (a) {
		for (uint32_t i = 0; i < s->entries; i++)
			a[i] = s->address(&state);
		before = resident_bytes();
		f = fdb_new(s->entries, &secret);
	}
	if (!f) {
		fprintf(stderr, "fdb: no memory for %u entries\n", s->entries);
		free(a);
		return 1;
	}
	struct cost c = measure(f, a, s->entries, before);
	printf("%-11s %8u %6.0f %6.1f %6.1f %6.1f %6.1f %6.1f %6.1f %8.0f %5.0f %4.0f %6.0f %6.0f %6.0f\n",
	       s->name, s->entries, c.learn, c.known, c.hit, c.alone, c.batch, c.hot, c.miss,
	       c.refresh, c.move, c.age, c.p999_us, c.pause_us, c.bytes);
	fflush(stdout);
	fdb_free(f);
	free(a);
	return 0;
}

int main(void)
{
	static const struct set sets[] = {
		{"random", random_address, 1000},
		{"random", random_address, 1048576},
		{"random", random_address, 16384},
		{"random", random_address, 65536},
		{"random", random_address, 262144},
		{"colliding", colliding_address, 65536},
		{"sequential", sequential_address, 65536},
		{"sequential", sequential_address, 1048576},
		{"same-low", same_low_bits, 65536},
		{"same-low", same_low_bits, 1048576},
	};

	mallopt(M_MMAP_THRESHOLD,
		65536); /* what one table gives back is not what the next is made of */
	printf("%-11s %8s %6s %6s %6s %6s %6s %6s %6s %8s %5s %4s %6s %6s %6s\n", "addresses",
	       "entries", "learn", "known", "hit", "alone", "batch", "hot", "miss", "refresh",
	       "move", "age", "p99.9", "pause", "bytes");
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if (run(&sets[i]))
			return 1;
	return 0;
}
