/* SPDX-License-Identifier: ISC */
/* Who is shown where; what a monitor port is to the rest of the switch. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "core/mirror.h"
#include "lab.h"
#include "util/mac.h"

static struct lab *l;

static int setup(void **state)
{
	l = lab_new(5, 64);
	return 0;
}

static int teardown(void **state)
{
	lab_free(l);
	return 0;
}

static void set(unsigned port, const char *name, const char *value)
{
	struct err e;

	assert_int_equal(opt_parse(opt_find(sw_port_options, name), value, &l->port[port].set, &e),
			 0);
	sw_port_update(&l->port[port]);
}

static bool shows(unsigned monitor, unsigned of, bool out, unsigned vid)
{
	return mirror_wants(&l->port[monitor], &l->port[of], out, vid);
}

static void nothing_is_shown_unasked(void **state)
{
	assert_false(l->sw->mirrored);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(l->port[i].mirrored, 0);
	assert_true(portset_empty(&l->sw->monitors, l->sw->words));
}

static void ports_of_the_list_are_shown(void **state)
{
	set(4, "mirror", "p0,p2");
	assert_true(l->sw->mirrored);
	assert_int_equal(l->port[0].mirrored, MIRROR_RX | MIRROR_TX);
	assert_int_equal(l->port[1].mirrored, 0);
	assert_int_equal(l->port[2].mirrored, MIRROR_RX | MIRROR_TX);
	assert_int_equal(l->port[4].mirrored, 0);
	assert_true(shows(4, 0, false, 7) && shows(4, 2, true, 0));
	assert_false(shows(4, 1, true, 0));
	set(4, "mirror", "");
	assert_false(l->sw->mirrored);
	assert_int_equal(l->port[0].mirrored, 0);
}

/* "p1" is neither "p" nor "p11". */
static void names_are_whole(void **state)
{
	set(4, "mirror", "p,p11,xp0,p0x");
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(l->port[i].mirrored, 0);
}

static void one_direction(void **state)
{
	set(4, "mirror", "p0");
	set(4, "mirror_direction", "rx");
	assert_int_equal(l->port[0].mirrored, MIRROR_RX);
	assert_false(l->sw->mirrored); /* of what is sent nothing is shown */
	assert_true(shows(4, 0, false, 0));
	assert_false(shows(4, 0, true, 0));
	set(3, "mirror", "p0");
	set(3, "mirror_direction", "tx");
	assert_int_equal(l->port[0].mirrored, MIRROR_RX | MIRROR_TX);
	assert_true(shows(3, 0, true, 0) && !shows(3, 0, false, 0));
}

static void of_some_vlans(void **state)
{
	set(4, "mirror", "all");
	set(4, "mirror_vlans", "10,20-29");
	assert_true(shows(4, 0, true, 10) && shows(4, 1, false, 25));
	assert_false(shows(4, 0, true, 0) || shows(4, 0, false, 11));
}

static void a_monitor_port_is_no_source(void **state)
{
	set(3, "mirror", "all");
	set(4, "mirror", "all");
	assert_int_equal(l->port[3].mirrored | l->port[4].mirrored, 0);
	assert_int_equal(l->port[0].mirrored, MIRROR_RX | MIRROR_TX);
}

static void a_monitor_port_is_none_of_the_lan(void **state)
{
	struct verdict v;

	lab_send(l, 4, MAC_BROADCAST, STATION(4));
	assert_int_equal(fdb_count(l->sw->fdb), 1);
	set(4, "mirror", "p0");
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	v = lab_send(l, 0, MAC_BROADCAST, STATION(0));
	assert_int_equal(lab_fanout(l, &v), 3);
	assert_false(portset_has(&v.out, 4));
	v = lab_send(l, 4, MAC_BROADCAST, STATION(4));
	assert_int_equal(v.drop, DROP_MONITOR);
	assert_int_equal(l->port[4].stats.drops[DROP_MONITOR], 1);
	assert_int_equal(fdb_count(l->sw->fdb), 1);
	assert_false(portset_has(&l->sw->vlans->vlan[1].members, 4));
	set(4, "mirror", "");
	v = lab_send(l, 4, MAC_BROADCAST, STATION(4));
	assert_int_equal(lab_fanout(l, &v), 4);
	assert_true(portset_has(&l->sw->vlans->vlan[1].members, 4));
}

/* Whether copies can leave is another matter. */
static void copies_need_a_link(void **state)
{
	set(4, "mirror", "p0");
	assert_true(shows(4, 0, true, 0));
	sw_port_link(&l->port[4], false);
	assert_false(shows(4, 0, true, 0));
	sw_port_link(&l->port[4], true);
	assert_true(shows(4, 0, true, 0));
	assert_false(portset_has(&l->sw->forwarding, 4));
}

static void a_port_that_comes_later_is_shown(void **state)
{
	sw_detach(&l->port[0]);
	set(4, "mirror", "p0");
	assert_false(l->sw->mirrored);
	assert_int_equal(sw_attach(l->sw, &l->port[0], NULL), 0);
	assert_int_equal(l->port[0].mirrored, MIRROR_RX | MIRROR_TX);
	sw_detach(&l->port[4]);
	assert_false(l->sw->mirrored);
	assert_int_equal(l->port[0].mirrored, 0);
	assert_int_equal(sw_attach(l->sw, &l->port[4], NULL), 0);
	assert_int_equal(l->port[0].mirrored, MIRROR_RX | MIRROR_TX);
}

static void lists_are_checked(void **state)
{
	static const char *const bad[] = {
		",", "a,", ",a", "a,,b", "a b", "a/b", "a12345678901234567890123456789012"};
	struct err e;

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_not_equal(mirror_check_list(bad[i], &e), 0);
	assert_int_equal(mirror_check_list("", &e), 0);
	assert_int_equal(mirror_check_list("all", &e), 0);
	assert_int_equal(mirror_check_list("none", &e), -EINVAL);
	assert_non_null(strstr(e.text, "`default` to swctl"));
	assert_int_equal(mirror_check_list("a1234567890123456789012345678901,vm.2", &e), -EINVAL);
	assert_int_equal(mirror_check_list("a123456789012345678901234567890,vm.2", &e), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_shown_unasked),
		TEST(ports_of_the_list_are_shown),
		TEST(names_are_whole),
		TEST(one_direction),
		TEST(of_some_vlans),
		TEST(a_monitor_port_is_no_source),
		TEST(a_monitor_port_is_none_of_the_lan),
		TEST(copies_need_a_link),
		TEST(a_port_that_comes_later_is_shown),
		TEST(lists_are_checked),
	};

	return cmocka_run_group_tests_name("mirror", tests, NULL, NULL);
}
