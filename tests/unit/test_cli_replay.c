/* SPDX-License-Identifier: ISC */
/* The switches of a configuration without devices: names of ports, patches, time. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/replay.h"
#include "util/mac.h"

static struct {
	struct replay_sink sink;
	unsigned verdicts, crossed;
	enum drop last;
	const char *port;
} seen;

static void note(struct replay_sink *sink, const struct replay_verdict *v)
{
	assert_ptr_equal(sink, &seen.sink);
	seen.verdicts++;
	seen.crossed += v->crossed;
	seen.last = explain_drop(v->x);
	seen.port = v->in->name;
}

static struct config config;

static struct replay *made(const char *json, uint32_t settle_s)
{
	json_t *root = json_loads(json, 0, NULL);
	struct err e = {0};

	assert_non_null(root);
	if (config_parse(root, &config, &e))
		fail_msg("%s: %s", e.path, e.text);
	json_decref(root);
	struct replay *r = replay_new(&config, settle_s, &e);
	if (!r)
		fail_msg("%s", e.text);
	memset(&seen, 0, sizeof(seen));
	seen.sink.verdict = note;
	return r;
}

static void finish(struct replay *r)
{
	replay_free(r);
	config_free(&config);
}

static bool say(struct replay *r, const char *port, uint64_t ms)
{
	uint8_t frame[60] = {0};
	struct err e = {0};
	struct sw_port *in = replay_port(r, port, &e);

	if (!in)
		fail_msg("%s", e.text);
	mac_store(frame, MAC_BROADCAST);
	mac_store(frame + 6, STATION(1));
	frame[12] = 0x88;
	frame[13] = 0xb5;
	return replay_frame(r, in, frame, sizeof(frame), ms, &seen.sink);
}

static void a_port_is_found_by_its_name(void **state)
{
	struct replay *r = made("{\"switches\": {"
				"\"a\": {\"ports\": {\"h1\": {}, \"x\": {}}},"
				"\"b\": {\"ports\": {\"h2\": {}, \"x\": {\"ifname\": \"y\"}}}}}",
				0);
	struct err e = {0};

	assert_string_equal(replay_port(r, "h1", &e)->sw->name, "a");
	assert_string_equal(replay_port(r, "h2", &e)->sw->name, "b");
	assert_string_equal(replay_port(r, "b/x", &e)->sw->name, "b");
	assert_null(replay_port(r, "x", &e));
	assert_int_equal(e.code, EINVAL);
	assert_null(replay_port(r, "a/h2", &e));
	assert_int_equal(e.code, ENOENT);
	assert_null(replay_port(r, "", NULL));
	assert_null(replay_port(r, "/", NULL));
	assert_null(replay_port(r, "h1.1", NULL)); /* it does not listen */
	finish(r);
}

static void peers_are_bounded(void **state)
{
	struct replay *r =
		made("{\"switches\": {\"a\": {\"ports\": {\"vms\": {\"type\": \"stream\", "
		     "\"listen\": \"unix:/tmp/x\"}}}}}",
		     0);
	char name[NAME_SIZE];

	for (int i = 0; i < REPLAY_PEERS_MAX; i++) {
		snprintf(name, sizeof(name), "vms.%d", i);
		assert_non_null(replay_port(r, name, NULL));
		assert_ptr_equal(replay_port(r, name, NULL), replay_port(r, name, NULL));
	}
	assert_null(replay_port(r, "vms.one_more", NULL));
	assert_null(replay_port(r, "vms.a_name_that_is_longer_than_any_may_be", NULL));
	say(r, "vms", 0);
	assert_int_equal(seen.last, DROP_PORT_BLOCKED); /* it waits, and carries nothing */
	finish(r);
}

static const char ring[] =
	"{\"switches\": {"
	"\"a\": {%s\"ports\": {\"x\": {}, \"p\": {\"type\": \"patch\", \"peer\": \"b/p\"},"
	" \"q\": {\"type\": \"patch\", \"peer\": \"b/q\"}}},"
	"\"b\": {%s\"ports\": {\"p\": {\"type\": \"patch\", \"peer\": \"a/p\"},"
	" \"q\": {\"type\": \"patch\", \"peer\": \"a/q\"}}}}}";

static struct replay *made_ring(const char *settings, uint32_t settle_s)
{
	char text[800];

	snprintf(text, sizeof(text), ring, settings, settings);
	return made(text, settle_s);
}

static void a_ring_has_an_end(void **state)
{
	struct replay *r = made_ring("", 0);

	say(r, "x", 0);
	assert_int_equal(seen.verdicts, 1 + REPLAY_CROSSINGS_MAX);
	assert_int_equal(seen.crossed, REPLAY_CROSSINGS_MAX);
	assert_true(replay_cut(r) > 0);
	finish(r);
}

static void a_spanning_tree_cuts_it(void **state)
{
	struct replay *r = made_ring("\"stp\": \"rstp\", ", 60);

	say(r, "x", 0);
	assert_int_equal(seen.verdicts, 3); /* one of the two ways, and the end that discards */
	assert_int_equal(replay_cut(r), 0);
	finish(r);
}

static void a_patch_without_its_other_end_is_down(void **state)
{
	struct replay *r = made("{\"switches\": {\"a\": {\"ports\": {\"x\": {}, \"p\": {\"type\": "
				"\"patch\", \"peer\": \"b/p\"}}}}}",
				0);

	say(r, "x", 0);
	assert_int_equal(seen.last, DROP_NO_EGRESS);
	say(r, "p", 0);
	assert_int_equal(seen.last, DROP_PORT_BLOCKED);
	finish(r);
}

static void time_never_goes_back(void **state)
{
	struct replay *r = made("{\"switches\": {\"a\": {\"ageing_s\": 10, \"ports\": {\"x\": {}, "
				"\"y\": {}}}}}",
				5);
	uint64_t then;

	assert_true(say(r, "x", 0));
	then = replay_now(r);
	assert_true(say(r, "x", 500));
	assert_true(replay_now(r) == then + 500);
	assert_false(say(r, "x", 100));
	assert_true(replay_now(r) == then + 500);
	assert_int_equal(fdb_count(replay_switch(r, 0)->fdb), 1);
	assert_true(say(r, "x", UINT64_MAX)); /* and a gap of ages takes no ages */
	assert_true(say(r, "x", UINT64_MAX));
	assert_null(replay_switch(r, 1));
	finish(r);
}

static void what_the_daemon_would_refuse_is_refused(void **state)
{
	json_t *root = json_loads(
		"{\"switches\": {\"a\": {\"ports\": {\"x\": {\"filter_in\": \"ip and and\"}}}}}", 0,
		NULL);
	struct err e = {0};

	assert_int_equal(config_parse(root, &config, &e), 0);
	assert_null(replay_new(&config, 0, &e));
	assert_int_equal(e.code, EINVAL);
	config_free(&config);
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_is_found_by_its_name),
		cmocka_unit_test(peers_are_bounded),
		cmocka_unit_test(a_ring_has_an_end),
		cmocka_unit_test(a_spanning_tree_cuts_it),
		cmocka_unit_test(a_patch_without_its_other_end_is_down),
		cmocka_unit_test(time_never_goes_back),
		cmocka_unit_test(what_the_daemon_would_refuse_is_refused),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
