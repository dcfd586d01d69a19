/* SPDX-License-Identifier: ISC */
/* Whether looking for the next frame pays is learned from how long the sleeps were. */
#include "unit.h"

#include <unistd.h>

#include "port/busy.h"

enum { MAX_US = 50, US = 1000 };

static struct busy fresh(uint32_t max_us)
{
	struct busy b;

	busy_set(&b, max_us);
	b.max_ns = max_us * US; /* also on a machine with one processor */
	return b;
}

static void short_sleeps_make_it_look_longer(void **state)
{
	struct busy b = fresh(MAX_US);
	uint32_t last = 0;

	(void)state;
	assert_int_equal(b.ns, 0); /* an idle switch begins asleep */
	while (b.ns < MAX_US * US) {
		busy_slept(&b, 10 * US);
		assert_true(b.ns > last);
		last = b.ns;
	}
	busy_slept(&b, 10 * US);
	assert_int_equal(b.ns, MAX_US * US);
}

static void a_few_long_sleeps_end_it(void **state)
{
	struct busy b = fresh(MAX_US);
	int sleeps = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		busy_slept(&b, 10 * US);
	for (; b.ns; sleeps++)
		busy_slept(&b, 1000 * US);
	assert_in_range(sleeps, 1, 5);
	busy_slept(&b, 1000 * US);
	assert_int_equal(b.ns, 0);
}

static void a_small_limit_is_kept(void **state)
{
	struct busy b = fresh(3);

	(void)state;
	busy_slept(&b, 2 * US);
	assert_int_equal(b.ns, 3 * US);
	busy_slept(&b, 4 * US);
	assert_int_equal(b.ns, 0);
}

static void on_readable(void *owner)
{
	(void)owner;
}

/* The descriptor is ready: it is found awake or asleep, with any setting. */
static void what_is_ready_is_found(void **state)
{
	static const uint32_t settings[] = {0, 1, MAX_US, 1000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		struct busy b = fresh(settings[i]);
		struct source s = {.readable = on_readable, .failed = on_readable};
		struct poller p;
		int fd[2];

		assert_int_equal(pipe(fd), 0);
		assert_int_equal(poller_open(&p, NULL), 0);
		s.fd = fd[0];
		assert_int_equal(poller_add(&p, &s, NULL), 0);
		for (int n = 0; n < 10; n++)
			assert_false(busy_wait(&b, &p, 1));
		assert_int_equal(b.ns, 0); /* a millisecond each */
		b.ns = b.max_ns;
		assert_int_equal(write(fd[1], "x", 1), 1);
		assert_true(busy_wait(&b, &p, -1));
		assert_true(busy_wait(&b, &p, 0)); /* it was not served */
		poller_del(&p, &s);
		poller_close(&p);
		close(fd[0]);
		close(fd[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_sleeps_make_it_look_longer),
		cmocka_unit_test(a_few_long_sleeps_end_it),
		cmocka_unit_test(a_small_limit_is_kept),
		cmocka_unit_test(what_is_ready_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
