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
	unsigned reads, writes, failures;
	struct peer *removes; /* while it is read from, written to, or while it fails */
	unsigned in_hand;     /* times that it has more than its descriptor shows */
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
	if (me->in_hand) {
		me->in_hand--;
		poller_again(me->p, &me->source);
	}
	act(me);
}

static void on_writable(void *owner)
{
	struct peer *me = owner;

	assert_true(me->reads <= me->writes); /* first of the two */
	me->writes++;
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
		.source =
			{
				.fd = fd,
				.owner = peer,
				.readable = on_readable,
				.writable = on_writable,
				.failed = on_failed,
			},
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

static void writing_is_offered_while_it_is_wanted(void **state)
{
	struct peer a;
	struct poller p;

	(void)state;
	assert_int_equal(poller_open(&p, NULL), 0);
	plug(&p, &a);
	serve(&p, 3);
	assert_int_equal(a.writes, 0);
	a.reads = 0;
	poller_want_write(&p, &a.source, true);
	serve(&p, 6); /* each time both, and writing first */
	assert_int_equal(a.writes, 3);
	assert_int_equal(a.reads, 3);
	poller_want_write(&p, &a.source, false);
	serve(&p, 5);
	assert_int_equal(a.writes, 3);
	assert_int_equal(a.reads, 8);
	unplug(&a);
	poller_close(&p);
}

/* The second half of an event, reading, must not reach who went away in the first. */
static void one_that_goes_while_it_writes_is_not_read(void **state)
{
	struct peer a;
	struct poller p;

	(void)state;
	assert_int_equal(poller_open(&p, NULL), 0);
	plug(&p, &a);
	a.removes = &a;
	poller_want_write(&p, &a.source, true);
	serve(&p, 5);
	assert_int_equal(a.writes, 1);
	assert_int_equal(a.reads, 0);
	unplug(&a);
	poller_close(&p);
}

/* What waits to be written are frames; what has no frames waits, and is asked again afterwards. */
static void writing_while_it_is_quiet(void **state)
{
	struct peer frames, other;
	struct poller p;
	char byte;

	(void)state;
	assert_int_equal(poller_open(&p, NULL), 0);
	plug(&p, &frames);
	plug(&p, &other);
	assert_int_equal(read(frames.source.fd, &byte, 1), 1);
	assert_int_equal(read(other.source.fd, &byte, 1), 1);
	other.source.failed = NULL;
	poller_want_write(&p, &frames.source, true);
	poller_quiet(&p, true);
	poller_want_write(&p, &other.source, true);
	serve(&p, 10);
	assert_true(frames.reads + frames.writes > 0);
	assert_int_equal(other.reads + other.writes, 0);
	poller_want_write(&p, &frames.source, false);
	poller_quiet(&p, false);
	other.reads = other.writes;
	assert_true(poller_wait(&p, 0));
	assert_true(poller_serve(&p));
	assert_int_equal(other.writes, 1);
	unplug(&frames);
	unplug(&other);
	poller_close(&p);
}

/* Served again although the descriptor has nothing to read, behind those that have. */
static void one_with_more_in_hand_is_called_again(void **state)
{
	struct peer a, b;
	struct poller p;
	char byte;

	(void)state;
	assert_int_equal(poller_open(&p, NULL), 0);
	plug(&p, &a);
	plug(&p, &b);
	a.in_hand = 3;
	serve(&p, 2);
	assert_int_equal(read(a.source.fd, &byte, 1), 1);
	serve(&p, 20);
	assert_int_equal(a.reads, 4);
	assert_int_equal(b.reads, 18);
	assert_int_equal(read(b.source.fd, &byte, 1), 1);
	assert_false(poller_wait(&p, 0));

	poller_again(&p, &a.source);
	assert_true(poller_wait(&p, -1)); /* does not sleep */
	poller_del(&p, &a.source);
	poller_again(&p, &a.source); /* who is not watched is not called */
	assert_false(poller_serve(&p));
	assert_false(poller_wait(&p, 0));
	unplug(&a);
	unplug(&b);
	poller_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_gets_its_share),
		cmocka_unit_test(one_that_was_removed_is_not_called),
		cmocka_unit_test(an_error_without_input_is_told),
		cmocka_unit_test(only_frames_while_it_is_quiet),
		cmocka_unit_test(writing_is_offered_while_it_is_wanted),
		cmocka_unit_test(one_that_goes_while_it_writes_is_not_read),
		cmocka_unit_test(writing_while_it_is_quiet),
		cmocka_unit_test(one_with_more_in_hand_is_called_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
