/* SPDX-License-Identifier: ISC */
/* Loops found by probes: which port is blocked, for how long, and what forged probes can do. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "core/loopguard.h"
#include "util/mac.h"

enum { PORTS = 8, QUEUE = 4096 };

static const uint8_t id[8] = {1, 2, 3, 4, 5, 6, 7, 8};
static const struct siphash_key key = {{42, 43}};

/* ---- a switch, and the LANs its ports lead to ---- */

struct probe {
	unsigned from;
	uint8_t bytes[LOOP_FRAME_SIZE];
};

static struct {
	struct loopguard *g;
	struct loopguard_cfg cfg;
	uint64_t now;
	int lan[PORTS];	    /* those of one number hear each other; 0 = alone */
	bool mirror[PORTS]; /* what is sent out of it comes back */
	bool blocked[PORTS];
	struct probe queue[QUEUE]; /* sent, and not delivered yet */
	unsigned queued, sent;
	unsigned found, opened;
	unsigned where, other; /* of the last event */
} t;

static void on_send(void *arg, unsigned port, const uint8_t *frame, size_t len)
{
	assert_ptr_equal(arg, &t);
	assert_int_equal(len, LOOP_FRAME_SIZE);
	assert_true(t.queued < QUEUE);
	t.queue[t.queued].from = port;
	memcpy(t.queue[t.queued++].bytes, frame, len);
	t.sent++;
}

static void on_block(void *arg, unsigned port, bool blocked)
{
	assert_int_not_equal(t.blocked[port], blocked);
	t.blocked[port] = blocked;
}

static void on_tell(void *arg, enum loopguard_event event, unsigned port, unsigned other)
{
	assert_int_equal(t.blocked[port], event == LOOP_FOUND);
	if (event == LOOP_FOUND)
		t.found++;
	else
		t.opened++;
	t.where = port;
	t.other = other;
}

static const struct loopguard_out out = {
	.arg = &t, .send = on_send, .block = on_block, .tell = on_tell};

static int setup(void **state)
{
	memset(&t, 0, sizeof(t));
	t.now = 1000000;
	loopguard_defaults(&t.cfg);
	t.g = loopguard_new(&t.cfg, id, &key, &out);
	return t.g ? 0 : -1;
}

static int teardown(void **state)
{
	loopguard_free(t.g);
	return 0;
}

static void add(unsigned port)
{
	assert_int_equal(loopguard_port_add(t.g, port, STATION(port)), 0);
	loopguard_port_up(t.g, port, true, t.now);
}

static enum drop hear(unsigned port, const struct probe *p)
{
	return loopguard_receive(t.g, port, p->bytes, sizeof(p->bytes), t.now);
}

/* The LANs carry what was sent; `backwards`: the last probe comes in first. */
static void deliver(bool backwards)
{
	for (unsigned i = 0; i < t.queued; i++) {
		const struct probe *p = &t.queue[backwards ? t.queued - 1 - i : i];

		for (unsigned port = 0; port < PORTS; port++) {
			bool comes = port == p->from ? t.mirror[port]
						     : t.lan[port] && t.lan[port] == t.lan[p->from];

			if (comes)
				assert_int_equal(hear(port, p), DROP_LOOP_PROBE);
		}
	}
	t.queued = 0;
}

static void seconds_of(unsigned n, bool backwards)
{
	while (n--) {
		t.now += 1000;
		while (loopguard_tick(t.g, t.now))
			;
		deliver(backwards);
	}
}

static void seconds(unsigned n)
{
	seconds_of(n, false);
}

static struct loopguard_info info(unsigned port)
{
	struct loopguard_info i;

	assert_true(loopguard_port(t.g, port, t.now, &i));
	return i;
}

/* Sends one probe out of the port and takes it off the wire. */
static struct probe catch_probe(unsigned port)
{
	t.queued = 0;
	for (int i = 0; i < 2; i++) {
		t.now += 1000;
		loopguard_tick(t.g, t.now);
	}
	for (unsigned i = 0; i < t.queued; i++)
		if (t.queue[i].from == port) {
			t.queued = 0;
			return t.queue[i];
		}
	fail_msg("port %u sent nothing", port);
	return t.queue[0];
}

/* ---- probes ---- */

static void a_probe_is_as_documented(void **state)
{
	static const uint8_t want[38] = {0x03, 0x53, 0x57, 0x4c, 0x50, 0x00, 0x02, 0,	0, 0,
					 0,    5,    0x88, 0xb5, 's',  'w',  'l',  'p', 1, 0,
					 0,    5,    1,	   2,	 3,    4,    5,	   6,	7, 8,
					 0,    0,    0,	   0,	 0,    0,    0,	   1};
	struct probe p;
	uint64_t tag, dst;

	add(5);
	p = catch_probe(5);
	assert_memory_equal(p.bytes, want, sizeof(want));
	tag = siphash24(want + 14, 24, &key);
	for (int i = 0; i < 8; i++)
		assert_int_equal(p.bytes[38 + i], (uint8_t)(tag >> (56 - 8 * i)));
	for (int i = 46; i < 60; i++)
		assert_int_equal(p.bytes[i], 0);
	dst = mac_load(p.bytes);
	assert_true(mac_is_group(dst) && dst != MAC_BROADCAST);
	assert_int_equal(p.bytes[0] & 0x0f, 0x03); /* a group, ours to choose */
	assert_true(loopguard_is(p.bytes, sizeof(p.bytes)));
}

static void probes_come_every_interval(void **state)
{
	assert_int_equal(loopguard_port_add(t.g, 0, STATION(1)), 0);
	seconds(10);
	assert_int_equal(t.sent, 0); /* it is down */
	loopguard_port_up(t.g, 0, true, t.now);
	seconds(1);
	assert_int_equal(t.sent, 1);
	seconds(20);
	assert_int_equal(t.sent, 11);
	t.cfg.interval_s = 10;
	loopguard_configure(t.g, &t.cfg);
	seconds(60);
	assert_in_range(t.sent, 11 + 6, 11 + 7);
	assert_int_equal(info(0).probes_sent, t.sent);
	assert_int_equal(t.found, 0);
}

static void many_ports_take_turns(void **state)
{
	unsigned ticks = 1;

	for (unsigned i = 0; i < 1000; i++)
		add(i);
	t.now += 1000;
	while (loopguard_tick(t.g, t.now)) {
		assert_true(t.queued <= ticks * LOOP_SENDS_PER_TICK);
		ticks++;
	}
	assert_int_equal(t.queued, 1000);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(t.queue[i].from, i);
	assert_int_equal(ticks, (1000 + LOOP_SENDS_PER_TICK - 1) / LOOP_SENDS_PER_TICK);
	t.now += 2000;
	while (loopguard_tick(t.g, t.now))
		;
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(t.queue[1000 + i].from, i); /* in the same order */
}

/* ---- loops ---- */

static void of_two_ports_to_one_lan_the_higher_is_blocked(void **state)
{
	for (unsigned i = 0; i < 4; i++)
		add(i);
	seconds(10);
	assert_int_equal(t.found, 0);
	t.lan[1] = t.lan[3] = 1;
	seconds(2);
	assert_int_equal(t.found, 1);
	assert_int_equal(t.where, 3);
	assert_int_equal(t.other, 1);
	assert_true(t.blocked[3] && !t.blocked[1] && !t.blocked[0] && !t.blocked[2]);
	assert_true(info(3).blocked && info(3).seen);
	assert_int_equal(info(3).other, 1);
	assert_int_equal(info(3).loops, 1);
}

static void a_loop_behind_one_port_blocks_that(void **state)
{
	add(0);
	add(2);
	t.mirror[2] = true;
	seconds(1);
	assert_int_equal(t.found, 1);
	assert_int_equal(t.where, 2);
	assert_int_equal(t.other, 2);
}

/* Whatever the order in which probes arrive, the LAN stays connected, by one port. */
static void of_all_ports_to_a_lan_one_stays_open(void **state)
{
	for (unsigned i = 0; i < 6; i++) {
		add(i);
		t.lan[i] = 1;
	}
	for (unsigned round = 0; round < 400; round++) {
		unsigned open = 0;

		seconds_of(1, round & 1);
		for (unsigned i = 0; i < 6; i++)
			open += !t.blocked[i];
		assert_int_equal(open, 1);
	}
}

static void one_direction_is_enough(void **state)
{
	struct probe p;

	add(1);
	add(4);
	p = catch_probe(4); /* what 4 sends comes in on 1, and the other way nothing */
	assert_int_equal(hear(1, &p), DROP_LOOP_PROBE);
	assert_true(t.blocked[1]);
	assert_false(t.blocked[4]);
}

static void a_port_without_guard_blocks_the_other(void **state)
{
	struct probe p;

	add(1);
	p = catch_probe(1);
	assert_int_equal(hear(7, &p), DROP_LOOP_PROBE);
	assert_true(t.blocked[1]);
	assert_int_equal(t.other, 7);
	assert_false(loopguard_port(t.g, 7, t.now, &(struct loopguard_info){0}));
	t.now += 100000;
	loopguard_port_retry(t.g, 1, t.now);
	p = catch_probe(1);
	assert_int_equal(hear(PORTSET_MAX + 5, &p), DROP_LOOP_PROBE);
}

/* ---- and its end ---- */

static void while_the_loop_is_there_the_port_stays_blocked(void **state)
{
	add(0);
	add(1);
	t.lan[0] = t.lan[1] = 1;
	seconds(5000);
	assert_int_equal(t.found, 1);
	assert_int_equal(t.opened, 0);
	t.lan[1] = 0;
	seconds(4);
	assert_int_equal(t.opened, 0); /* it has to be silent for as long as probes are good */
	seconds(3);
	assert_int_equal(t.opened, 1);
	assert_false(t.blocked[1]);
	seconds(1000);
	assert_int_equal(t.found, 1);
}

static void a_loop_behind_a_port_is_seen_while_it_is_blocked(void **state)
{
	add(0);
	t.mirror[0] = true;
	seconds(1000);
	assert_int_equal(t.found, 1);
	assert_int_equal(t.opened, 0);
	t.mirror[0] = false;
	seconds(10);
	assert_int_equal(t.opened, 1);
}

static void it_is_blocked_for_a_while_at_least(void **state)
{
	add(0);
	add(1);
	t.lan[0] = t.lan[1] = 1;
	seconds(3);
	t.lan[1] = 0;
	assert_in_range(info(1).retry_s, 58, 62); /* and up to two intervals */
	seconds(57);
	assert_true(t.blocked[1]);
	assert_int_equal(info(1).blocked_s, 59);
	assert_false(info(1).seen);
	seconds(5);
	assert_false(t.blocked[1]);
}

/* It is there only while the port is open: who forwards nothing to a blocked port hides it. */
static void who_hides_a_loop_is_blocked_longer_each_time(void **state)
{
	static const unsigned holds[] = {60, 120, 240, 480, 960, 1920, 3600, 3600};

	add(0);
	for (size_t i = 0; i < ARRAY_SIZE(holds); i++) {
		unsigned n = 0;

		t.mirror[0] = true;
		seconds(1);
		assert_true(t.blocked[0]);
		assert_int_equal(t.found, i + 1);
		t.mirror[0] = false;
		if (i == 0) /* tried early, as others may have blocked a port of theirs as well */
			assert_in_range(info(0).retry_s, 4, 8);
		else
			assert_in_range(info(0).retry_s, holds[i], holds[i] + 4);
		while (t.blocked[0]) {
			n++;
			t.now += 1000;
			t.mirror[0] = true; /* with the tick that opens it */
			loopguard_tick(t.g, t.now);
			if (t.blocked[0])
				t.queued = 0;
		}
		if (i == 0)
			assert_in_range(n, 4, 8);
		else
			assert_in_range(n, holds[i], holds[i] + 4);
	}
	/* long without one: it begins anew */
	t.mirror[0] = false;
	t.queued = 0;
	seconds(3600);
	t.mirror[0] = true;
	seconds(2);
	assert_in_range(info(0).retry_s, 2, 8);
	seconds(2);
	assert_in_range(info(0).retry_s, 56, 63);
}

/*
 * Two switches in one loop that find it in the same moment: the probes of each come in before either has blocked a
 * port.  One of the two ports opens, not both, and not one after the other again and again.
 */
static void two_that_find_one_loop_agree(void **state)
{
	static const uint8_t other_id[8] = {8, 7, 6, 5, 4, 3, 2, 1};
	struct loopguard *first = t.g, *second;
	struct probe mine, theirs;

	second = loopguard_new(&t.cfg, other_id, &key, &out);
	assert_non_null(second);
	add(0);
	add(1);
	mine = catch_probe(0);
	assert_int_equal(hear(1, &mine), DROP_LOOP_PROBE);
	assert_true(t.blocked[1]);
	t.g = second; /* its ports are 2 and 3 */
	add(2);
	add(3);
	theirs = catch_probe(2);
	assert_int_equal(hear(3, &theirs), DROP_LOOP_PROBE);
	assert_true(t.blocked[3]);
	for (unsigned s = 0; s < 500; s++) {
		t.now += 100;
		t.queued = 0;
		loopguard_tick(first, t.now);
		loopguard_tick(second, t.now);
		for (unsigned i = 0; i < t.queued; i++) {
			const struct probe *p = &t.queue[i];

			/* 0 is connected with 2, and 1 with 3: round the loop as far as nothing is blocked */
			t.g = p->from < 2 ? first : second;
			if (p->from < 2 ? !t.blocked[2] && !t.blocked[3]
					: !t.blocked[0] && !t.blocked[1])
				hear(p->from ^ 1, p);
		}
		t.queued = 0;
	}
	assert_int_equal(t.blocked[1] + t.blocked[3], 1);
	assert_false(t.blocked[0] || t.blocked[2]);
	assert_int_equal(t.found, 2);
	assert_int_equal(t.opened, 1);
	loopguard_free(second);
	t.g = first;
}

/* What was on its way when the port was blocked does not say that the loop is still there. */
static void an_old_probe_keeps_nothing_blocked(void **state)
{
	struct probe p, q;

	add(0);
	add(1);
	p = catch_probe(1);
	t.queued = 0;
	t.now += 2000;
	loopguard_tick(t.g, t.now);
	q = t.queue[0];
	assert_int_equal(q.from, 0);
	assert_int_equal(hear(1, &q), DROP_LOOP_PROBE);
	assert_true(t.blocked[1]);
	assert_int_equal(hear(0, &p), DROP_LOOP_PROBE); /* of the one that is blocked */
	t.queued = 0;
	seconds(8);
	assert_false(t.blocked[1]);
}

/* Two blocked ports that hear each other only must not keep each other blocked. */
static void when_the_open_one_goes_another_opens(void **state)
{
	for (unsigned i = 0; i < 3; i++) {
		add(i);
		t.lan[i] = 1;
	}
	seconds(10);
	assert_true(!t.blocked[0] && t.blocked[1] && t.blocked[2]);
	loopguard_port_up(t.g, 0, false, t.now);
	t.lan[0] = 0;
	seconds(70);
	assert_int_equal(t.blocked[1] + t.blocked[2], 1);
}

static void a_plug_pulled_opens_no_loop(void **state)
{
	add(0);
	add(1);
	t.lan[0] = t.lan[1] = 1;
	seconds(1);
	for (int i = 0; i < 20; i++) {
		loopguard_port_up(t.g, 1, false, t.now);
		seconds(1);
		loopguard_port_up(t.g, 1, true, t.now);
		seconds(20);
	}
	assert_true(t.blocked[1]);
	assert_int_equal(t.found, 1);
	seconds(100); /* of the time it has to be blocked nothing is left */
	loopguard_port_up(t.g, 1, false, t.now);
	t.lan[1] = 0;
	seconds(100);
	t.lan[1] = 1;
	loopguard_port_up(t.g, 1, true, t.now);
	seconds(100);
	assert_int_equal(t.opened, 0);
	/* and put somewhere else it works soon */
	loopguard_port_up(t.g, 1, false, t.now);
	t.lan[1] = 0;
	loopguard_port_up(t.g, 1, true, t.now);
	seconds(6);
	assert_false(t.blocked[1]);
}

static void somebody_may_know_better(void **state)
{
	add(0);
	t.mirror[0] = true;
	seconds(1);
	assert_true(t.blocked[0]);
	loopguard_port_retry(t.g, 0, t.now);
	assert_false(t.blocked[0]);
	assert_int_equal(t.opened, 1);
	seconds(1);
	assert_true(t.blocked[0]); /* not so */
	loopguard_port_del(t.g, 0);
	assert_false(t.blocked[0]);
	assert_int_equal(t.opened, 1); /* nobody asked whether there is a loop */
	loopguard_port_retry(t.g, 0, t.now);
	loopguard_port_del(t.g, 0);
}

/* ---- what is none of ours, and what only says so ---- */

static void other_switches_are_forwarded(void **state)
{
	static const uint8_t other_id[8] = {1, 2, 3, 4, 5, 6, 7, 9};
	struct loopguard *mine = t.g;
	struct probe p;

	add(0);
	t.g = loopguard_new(&t.cfg, other_id, &key, &out);
	assert_non_null(t.g);
	add(0);
	p = catch_probe(0);
	loopguard_free(t.g);
	t.g = mine;
	assert_int_equal(hear(0, &p), DROP_NONE);
	assert_int_equal(t.found, 0);
	assert_int_equal(info(0).probes_heard + info(0).probes_bad, 0);
}

static void what_is_no_probe_is_forwarded(void **state)
{
	static const unsigned places[] = {0, 5, 12, 13, 14, 17, 18, 22, 29};
	struct probe p, q;

	add(0);
	p = catch_probe(0);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		q = p;
		q.bytes[places[i]] ^= 0x40;
		assert_int_equal(hear(0, &q), DROP_NONE);
	}
	for (size_t len = 0; len < 46; len++)
		assert_int_equal(loopguard_receive(t.g, 0, p.bytes, len, t.now), DROP_NONE);
	assert_int_equal(t.found, 0);
	assert_int_equal(loopguard_receive(t.g, 0, p.bytes, 46, t.now), DROP_LOOP_PROBE);
}

static void forged_probes_block_nothing(void **state)
{
	struct probe p, q;
	unsigned n = 0;

	add(0);
	add(1);
	p = catch_probe(1);
	for (unsigned bit = 19 * 8; bit < 46 * 8; bit++) {
		if (bit / 8 >= 22 && bit / 8 < 30) /* the id */
			continue;
		q = p;
		q.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(hear(0, &q), DROP_BAD_PROBE);
		n++;
	}
	assert_int_equal(info(0).probes_bad, n);
	assert_int_equal(info(1).probes_bad, 0);
	assert_int_equal(t.found, 0);
	assert_int_equal(hear(5, &q), DROP_BAD_PROBE); /* on a port without guard, too */
	assert_int_equal(hear(0, &p), DROP_LOOP_PROBE);
}

static void old_probes_block_nothing(void **state)
{
	struct probe p[LOOP_PROBES_GOOD + 1];

	add(0);
	add(1);
	for (unsigned i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = catch_probe(1);
	assert_int_equal(hear(0, &p[0]), DROP_BAD_PROBE);
	assert_int_equal(t.found, 0);
	assert_int_equal(hear(0, &p[1]), DROP_LOOP_PROBE);
	/* where it sent no more, time counts */
	loopguard_port_retry(t.g, 0, t.now);
	t.now += 7000;
	assert_int_equal(hear(0, &p[3]), DROP_BAD_PROBE);
	assert_int_equal(t.found, 1);
}

static void probes_of_ports_that_are_gone_block_nothing(void **state)
{
	struct probe p;

	add(0);
	add(1);
	p = catch_probe(1);
	loopguard_port_up(t.g, 1, false, t.now);
	assert_int_equal(hear(0, &p), DROP_BAD_PROBE);
	loopguard_port_del(t.g, 1);
	assert_int_equal(hear(0, &p), DROP_BAD_PROBE);
	add(1);
	assert_int_equal(hear(0, &p), DROP_BAD_PROBE); /* it has sent none yet */
	catch_probe(1);
	assert_int_equal(hear(0, &p), DROP_BAD_PROBE); /* and now none like it */
	assert_int_equal(t.found, 0);
}

static void ports_are_checked(void **state)
{
	struct loopguard_info i;

	assert_int_equal(loopguard_port_add(t.g, PORTSET_MAX, STATION(1)), -EINVAL);
	add(3);
	assert_int_equal(loopguard_port_add(t.g, 3, STATION(1)), -EEXIST);
	loopguard_port_up(t.g, 4, true, t.now);
	loopguard_port_up(t.g, PORTSET_MAX, true, t.now);
	assert_false(loopguard_port(t.g, 4, t.now, &i));
	assert_false(loopguard_port(t.g, PORTSET_MAX, t.now, &i));
	loopguard_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_probe_is_as_documented),
		TEST(probes_come_every_interval),
		TEST(many_ports_take_turns),
		TEST(of_two_ports_to_one_lan_the_higher_is_blocked),
		TEST(a_loop_behind_one_port_blocks_that),
		TEST(of_all_ports_to_a_lan_one_stays_open),
		TEST(one_direction_is_enough),
		TEST(a_port_without_guard_blocks_the_other),
		TEST(while_the_loop_is_there_the_port_stays_blocked),
		TEST(a_loop_behind_a_port_is_seen_while_it_is_blocked),
		TEST(it_is_blocked_for_a_while_at_least),
		TEST(who_hides_a_loop_is_blocked_longer_each_time),
		TEST(two_that_find_one_loop_agree),
		TEST(an_old_probe_keeps_nothing_blocked),
		TEST(when_the_open_one_goes_another_opens),
		TEST(a_plug_pulled_opens_no_loop),
		TEST(somebody_may_know_better),
		TEST(other_switches_are_forwarded),
		TEST(what_is_no_probe_is_forwarded),
		TEST(forged_probes_block_nothing),
		TEST(old_probes_block_nothing),
		TEST(probes_of_ports_that_are_gone_block_nothing),
		TEST(ports_are_checked),
	};

	return cmocka_run_group_tests_name("loopguard", tests, NULL, NULL);
}
