/* SPDX-License-Identifier: ISC */
/* The descriptors that frames come from: each its share, none stale, and quiet when it has to be. */
#include "unit.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/poller.h"

struct peer {
	struct source source;
	struct poller *p;
	int far;
	unsigned reads, failures;
	struct peer *removes; /* while it is read from, or while it fails */
};

static void act(struct peer *me)
{
	if (me->removes)
		poller_del(me->p, &me->removes->source);
}

static void on_readable(void *owner)
{
	struct peer *me = owner;

	me->reads++;
	act(me);
}

static void on_failed(void *owner)
{
	struct peer *me = owner;

	me->failures++;
	act(me);
}

static void watch(struct poller *p, struct peer *peer, int fd)
{
	*peer = (struct peer){
		.p = p,
		.far = -1,
		.source = {.fd = fd, .owner = peer, .readable = on_readable, .failed = on_failed},
	};
	assert_int_equal(poller_add(p, &peer->source, NULL), 0);
}

/* One that can be read, for ever: nobody takes the byte. */
static void plug(struct poller *p, struct peer *peer)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	watch(p, peer, fd[0]);
	peer->far = fd[1];
	assert_int_equal(write(fd[1], "x", 1), 1);
}

/* One that shows an error and nothing to read: the writing end of a pipe nobody reads. */
static void plug_broken(struct poller *p, struct peer *peer)
{
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	close(fd[0]);
	watch(p, peer, fd[1]);
}

static void unplug(struct peer *peer)
{
	poller_del(peer->p, &peer->source);
	close(peer->source.fd);
	if (peer->far >= 0)
		close(peer->far);
}

static void serve(struct poller *p, unsigned n)
{
	while (n && poller_wait(p, 0))
		while (n && poller_serve(p))
			n--;
}

static void each_gets_its_share(void **state)
{
	enum { PEERS = 3 * POLLER_BATCH + 1, ROUNDS = 10 };
	static struct peer peer[PEERS];
	struct poller p;

	(void)state;
	assert_int_equal(poller_open(&p, NULL), 0);
	for (unsigned i = 0; i < PEERS; i++)
		plug(&p, &peer[i]);
	serve(&p, ROUNDS * PEERS);
	for (unsigned i = 0; i < PEERS; i++) {
		assert_in_range(peer[i].reads, ROUNDS - 1, ROUNDS + 1);
		unplug(&peer[i]);
	}
	assert_false(poller_wait(&p, 0));
	poller_close(&p);
}

/* Both are in the batch when the first takes the second away. */
static void one_that_was_removed_is_not_called(void **state)
{
	struct peer a, b;
	struct poller p;

	(void)state;
	assert_int_equal(poller_open(&p, NULL), 0);
	plug(&p, &a);
	plug(&p, &b);
	a.removes = &b;
	b.removes = &a;
	serve(&p, 8);
	assert_true((a.reads == 0) != (b.reads == 0));
	unplug(&a);
	unplug(&b);
	poller_close(&p);
}

static void an_error_without_input_is_told(void **state)
{
	struct peer broken;
	struct poller p;

	(void)state;
	assert_int_equal(poller_open(&p, NULL), 0);
	plug_broken(&p, &broken);
	broken.removes = &broken;
	serve(&p, 5);
	assert_int_equal(broken.failures, 1);
	assert_int_equal(broken.reads, 0);
	unplug(&broken);
	poller_close(&p);
}

static void only_frames_while_it_is_quiet(void **state)
{
	struct peer frames, loop, broken, gone;
	struct poller p;

	(void)state;
	assert_int_equal(poller_open(&p, NULL), 0);
	plug(&p, &frames);
	plug(&p, &loop);
	loop.source.failed = NULL; /* not for frames */
	plug_broken(&p, &broken);
	plug_broken(&p, &gone);
	poller_quiet(&p, true);
	serve(&p, 20);
	assert_true(frames.reads >= 16);
	assert_int_equal(loop.reads + broken.failures + gone.failures, 0);

	poller_del(&p, &frames.source);
	assert_false(poller_wait(&p, 0)); /* what is put off does not wake anybody */
	poller_del(&p, &gone.source);	  /* nor comes back when it was removed meanwhile */

	poller_quiet(&p, false);
	serve(&p, 10);
	assert_true(loop.reads >= 3);
	assert_true(broken.failures >= 3);
	assert_int_equal(gone.failures, 0);
	unplug(&frames);
	unplug(&loop);
	unplug(&broken);
	unplug(&gone);
	poller_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_gets_its_share),
		cmocka_unit_test(one_that_was_removed_is_not_called),
		cmocka_unit_test(an_error_without_input_is_told),
		cmocka_unit_test(only_frames_while_it_is_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
