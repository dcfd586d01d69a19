/* SPDX-License-Identifier: ISC */
/* Ports that a defence of theirs shuts, and how they open again. */
#include "unit.h"

#include <string.h>

#include "core/shut.h"
#include "lab.h"
#include "util/mac.h"

static struct lab *l;

static int setup(void **state)
{
	l = lab_new(3, 64);
	l->now_ms = 5000;
	l->port[0].set.shut_recovery_s = 60;
	return 0;
}

static int teardown(void **state)
{
	lab_free(l);
	return 0;
}

static unsigned heard(unsigned from)
{
	struct verdict v = lab_send(l, from, MAC_BROADCAST, STATION(from));

	return lab_fanout(l, &v);
}

static void later(uint64_t ms)
{
	l->now_ms += ms;
	sw_tick(l->sw, l->now_ms);
}

static void nothing_passes(void **state)
{
	heard(0);
	sw_port_shut(&l->port[0], SHUT_STORM, l->now_ms);
	assert_int_equal(l->last.kind, EVENT_PORT_SHUT);
	assert_string_equal(l->last.port, "p0");
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	assert_int_equal(heard(1), 1);
	assert_int_equal(heard(0), 0);
	assert_int_equal(l->port[0].stats.drops[DROP_PORT_SHUT], 1);
	assert_int_equal(l->port[0].stats.drops[DROP_PORT_BLOCKED], 0);
	assert_int_equal(fdb_count(l->sw->fdb), 1);
	assert_int_equal(l->raised[EVENT_PORT_OPENED], 0);
}

static void opens_in_time(void **state)
{
	assert_false(sw_has_protocols(l->sw));
	sw_port_shut(&l->port[0], SHUT_STORM, l->now_ms);
	assert_true(sw_has_protocols(l->sw));
	assert_int_equal(shut_left_ms(&l->port[0], l->now_ms), 60000);
	later(59999);
	assert_int_equal(heard(0), 0);
	assert_int_equal(shut_left_ms(&l->port[0], l->now_ms), 1);
	later(1);
	assert_int_equal(heard(0), 2);
	assert_int_equal(l->raised[EVENT_PORT_OPENED], 1);
	assert_int_equal(shut_left_ms(&l->port[0], l->now_ms), 0);
	assert_false(sw_has_protocols(l->sw));
}

static void a_reason_more_begins_its_time_anew(void **state)
{
	sw_port_shut(&l->port[0], SHUT_STORM, l->now_ms);
	later(40000);
	sw_port_shut(&l->port[0], SHUT_MAX_MACS, l->now_ms);
	assert_int_equal(l->port[0].shut, SHUT_STORM);
	assert_int_equal(l->raised[EVENT_PORT_SHUT], 1);
	later(40000);
	assert_int_equal(heard(0), 0);
	later(20000);
	assert_int_equal(heard(0), 2);
}

static void for_good_until_asked(void **state)
{
	l->port[0].set.shut_recovery_s = 0;
	sw_port_shut(&l->port[0], SHUT_MAX_MACS, l->now_ms);
	later(UINT64_C(365) * 86400 * 1000);
	assert_int_equal(heard(0), 0);
	assert_true(sw_port_open(&l->port[0], "asked"));
	assert_int_equal(heard(0), 2);
	assert_false(sw_port_open(&l->port[0], "asked"));
	assert_int_equal(l->raised[EVENT_PORT_OPENED], 1);
}

static void shutdown_is(bool down)
{
	l->port[0].set.shutdown = down;
	sw_port_update(&l->port[0]);
}

/* By who runs the switch: no defence and no time opens it, and nothing has to run for it. */
static void by_its_setting(void **state)
{
	heard(0);
	shutdown_is(true);
	assert_int_equal(l->last.kind, EVENT_PORT_SHUT);
	assert_int_equal(l->port[0].shut, SHUT_DOWN);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	assert_int_equal(heard(0), 0);
	assert_int_equal(l->port[0].stats.drops[DROP_PORT_SHUT], 1);
	assert_false(sw_has_protocols(l->sw));
	sw_port_shut(&l->port[0], SHUT_STORM, l->now_ms);
	later(3600000);
	assert_false(sw_port_open(&l->port[0], "asked"));
	assert_int_equal(heard(0), 0);
	shutdown_is(true); /* once more says nothing */
	assert_int_equal(l->raised[EVENT_PORT_SHUT], 1);
	shutdown_is(false);
	assert_int_equal(heard(0), 2);
	assert_int_equal(l->raised[EVENT_PORT_OPENED], 1);
}

static void the_setting_goes_before_a_defence(void **state)
{
	sw_port_shut(&l->port[0], SHUT_STORM, l->now_ms);
	shutdown_is(true);
	assert_int_equal(l->port[0].shut, SHUT_DOWN);
	assert_int_equal(shut_left_ms(&l->port[0], l->now_ms), 0);
	later(60000);
	assert_int_equal(heard(0), 0);
	shutdown_is(false); /* and what the defence had against it is over with it */
	assert_int_equal(heard(0), 2);
	assert_false(sw_has_protocols(l->sw));
}

static void shut_from_the_beginning(void **state)
{
	sw_detach(&l->port[0]);
	l->port[0].set.shutdown = true;
	assert_int_equal(sw_attach(l->sw, &l->port[0], NULL), 0);
	sw_port_link(&l->port[0], true);
	assert_int_equal(heard(0), 0);
	assert_int_equal(heard(1), 1);
	shutdown_is(false);
	assert_int_equal(heard(0), 2);
}

/* Who pulls the cable and puts it back does not get out of it; who is down meanwhile stays down. */
static void the_link_is_another_matter(void **state)
{
	sw_port_shut(&l->port[0], SHUT_STORM, l->now_ms);
	sw_port_link(&l->port[0], false);
	sw_port_link(&l->port[0], true);
	assert_int_equal(heard(0), 0);
	sw_port_link(&l->port[0], false);
	sw_port_open(&l->port[0], "asked");
	assert_int_equal(heard(0), 0);
	assert_int_equal(l->port[0].stats.drops[DROP_PORT_BLOCKED], 1);
	sw_port_link(&l->port[0], true);
	assert_int_equal(heard(0), 2);
}

static void a_new_port_in_its_place_is_open(void **state)
{
	sw_port_shut(&l->port[0], SHUT_STORM, l->now_ms);
	sw_detach(&l->port[0]);
	assert_false(sw_has_protocols(l->sw));
	assert_int_equal(sw_attach(l->sw, &l->port[0], NULL), 0);
	sw_port_link(&l->port[0], true);
	assert_int_equal(heard(0), 2);
}

static void each_has_a_name_and_a_sentence(void **state)
{
	assert_string_equal(shut_name(SHUT_NOT), "");
	assert_null(shut_text(SHUT_NOT));
	for (unsigned i = SHUT_NOT + 1; i < SHUT_COUNT; i++) {
		assert_non_null(shut_name((enum shut)i));
		assert_non_null(shut_text((enum shut)i));
		assert_true(strlen(shut_text((enum shut)i)) > 10);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_passes),
		TEST(opens_in_time),
		TEST(a_reason_more_begins_its_time_anew),
		TEST(for_good_until_asked),
		TEST(by_its_setting),
		TEST(the_setting_goes_before_a_defence),
		TEST(shut_from_the_beginning),
		TEST(the_link_is_another_matter),
		TEST(a_new_port_in_its_place_is_open),
		TEST(each_has_a_name_and_a_sentence),
	};

	return cmocka_run_group_tests_name("shut", tests, NULL, NULL);
}
