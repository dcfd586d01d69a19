/* SPDX-License-Identifier: ISC */
/* Port security: who may send through a port, and what becomes of the others. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/secure.h"
#include "core/shut.h"
#include "lab.h"
#include "util/mac.h"

enum { A, B, C, PORTS };

static struct lab *l;

static int setup(void **state)
{
	l = lab_new(PORTS, 64);
	l->now_ms = 5000;
	return 0;
}

static int teardown(void **state)
{
	lab_free(l);
	return 0;
}

static void act(unsigned port, uint32_t max_macs, const char *action)
{
	struct sw_port *p = &l->port[port];

	p->set.max_macs = max_macs;
	snprintf(p->set.max_macs_action, sizeof(p->set.max_macs_action), "%s", action);
	sw_port_update(p);
}

static void lock(unsigned port, bool locked)
{
	l->port[port].set.locked = locked;
	sw_port_update(&l->port[port]);
}

static void stick(unsigned port, uint32_t max_macs)
{
	l->port[port].set.sticky = max_macs > 0;
	act(port, max_macs, "flood");
}

static enum drop heard(unsigned port, uint64_t src)
{
	return lab_send(l, port, MAC_BROADCAST, src).drop;
}

static uint64_t dropped(unsigned port, enum drop why)
{
	return l->port[port].stats.drops[why];
}

static void list(uint64_t mac, unsigned port)
{
	assert_int_equal(sw_add_static(l->sw, 0, mac, &l->port[port], l->now_ms, NULL), 0);
}

static struct fdb_info about(uint64_t mac)
{
	struct fdb_info info = {.port = UINT16_MAX};

	(void)fdb_get(l->sw->fdb, 0, mac, (uint32_t)(l->now_ms / 1000), &info);
	return info;
}

static const struct fdb_port_stats *table(unsigned port)
{
	return fdb_port_stats(l->sw->fdb, port);
}

/* ---- max_macs_action ---- */

static void flooding_is_what_it_was(void **state)
{
	act(A, 2, "flood");
	list(STATION(9), A);
	for (unsigned i = 1; i <= 3; i++)
		assert_int_equal(heard(A, STATION(i)), DROP_NONE);
	assert_int_equal(table(A)->dynamic, 2); /* the static one apart */
	assert_int_equal(about(STATION(3)).port, UINT16_MAX);
	assert_int_equal(table(A)->refused_limit, 1);
}

static void frames_from_one_too_many_are_dropped(void **state)
{
	act(A, 2, "drop");
	assert_int_equal(heard(A, STATION(1)), DROP_NONE);
	assert_int_equal(heard(A, STATION(2)), DROP_NONE);
	assert_int_equal(heard(A, STATION(3)), DROP_OVER_MAX_MACS);
	assert_int_equal(heard(A, STATION(1)), DROP_NONE);
	assert_int_equal(dropped(A, DROP_OVER_MAX_MACS), 1);
	assert_int_equal(l->sw->stats.dropped, 1);
	assert_int_equal(table(A)->refused_limit, 1);
	assert_int_equal(fdb_count(l->sw->fdb), 2);
	assert_int_equal(heard(B, STATION(3)), DROP_NONE);	    /* elsewhere it is welcome */
	assert_int_equal(heard(A, STATION(3)), DROP_OVER_MAX_MACS); /* and does not move here */
	assert_int_equal(about(STATION(3)).port, B);
}

/* As many as max_macs are secure, whoever listed them; nothing is taken from the administrator for that. */
static void statics_count_where_frames_are_dropped(void **state)
{
	list(STATION(1), A);
	act(A, 2, "drop");
	assert_int_equal(heard(A, STATION(2)), DROP_NONE);
	assert_int_equal(heard(A, STATION(3)), DROP_OVER_MAX_MACS);
	list(STATION(4), A);
	list(STATION(5), A);
	assert_int_equal(table(A)->entries, 4);
	assert_int_equal(heard(A, STATION(5)), DROP_NONE);
	assert_int_equal(heard(A, STATION(2)), DROP_NONE); /* learned before */
	assert_int_equal(heard(A, STATION(6)), DROP_OVER_MAX_MACS);
}

static void who_ages_makes_room(void **state)
{
	act(A, 1, "drop");
	heard(A, STATION(1));
	l->now_ms += UINT64_C(1000) * (AGEING_DEFAULT_S - 1);
	sw_age(l->sw, l->now_ms);
	assert_int_equal(heard(A, STATION(2)), DROP_OVER_MAX_MACS);
	l->now_ms += 1000;
	sw_age(l->sw, l->now_ms);
	assert_int_equal(heard(A, STATION(2)), DROP_NONE);
}

/* A flood of made-up senders is worth nothing: neighbours stay known, and nobody hears it. */
static void a_flood_of_senders_changes_nothing(void **state)
{
	struct verdict v;

	act(A, 3, "drop");
	for (unsigned i = 0; i < 20; i++)
		heard(B, STATION(100 + i));
	for (unsigned i = 0; i < 5000; i++)
		heard(A, STATION(1000 + i));
	assert_int_equal(fdb_count(l->sw->fdb), 23);
	assert_int_equal(dropped(A, DROP_OVER_MAX_MACS), 4997);
	assert_int_equal(l->raised[EVENT_MAC_LEARNED], 23);
	assert_int_equal(l->raised[EVENT_MAC_REFUSED], 1);
	assert_int_equal(table(B)->evicted, 0);
	v = lab_send(l, C, STATION(119), STATION(7));
	assert_true(lab_only_to(l, &v, B));
}

/* An address that no station has is none that may send when there is no room for more. */
static void no_stations(void **state)
{
	static const uint64_t none[] = {MAC_NONE, UINT64_C(0x01005e000001), MAC_BROADCAST};

	act(A, 1, "drop");
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(heard(A, none[i]), DROP_NONE);
	heard(A, STATION(1));
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(heard(A, none[i]), DROP_OVER_MAX_MACS);
	lock(B, true);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(heard(B, none[i]), DROP_LOCKED);
}

static void one_too_many_shuts_the_port(void **state)
{
	l->port[A].set.shut_recovery_s = 60;
	act(A, 1, "shut");
	list(STATION(9), B);
	heard(A, STATION(1));
	assert_int_equal(l->port[A].shut, SHUT_NOT);
	assert_int_equal(heard(A, STATION(2)), DROP_OVER_MAX_MACS);
	assert_int_equal(l->port[A].shut, SHUT_MAX_MACS);
	assert_int_equal(l->raised[EVENT_MAC_REFUSED], 1);
	assert_int_equal(l->raised[EVENT_PORT_SHUT], 1);
	assert_int_equal(heard(A, STATION(1)), DROP_PORT_SHUT);
	assert_int_equal(fdb_count(l->sw->fdb), 1);

	l->now_ms += 60000;
	sw_tick(l->sw, l->now_ms);
	assert_int_equal(l->port[A].shut, SHUT_NOT);
	assert_int_equal(heard(A, STATION(2)), DROP_NONE);
	assert_int_equal(heard(A, STATION(1)), DROP_OVER_MAX_MACS);
	assert_int_equal(l->port[A].shut, SHUT_MAX_MACS);
	assert_int_equal(l->raised[EVENT_PORT_SHUT], 2);
}

/* What stuck is no reason to shut the port again when it opens. */
static void who_stuck_is_still_there_afterwards(void **state)
{
	l->port[A].set.sticky = true;
	act(A, 1, "shut");
	heard(A, STATION(1));
	heard(A, STATION(2));
	assert_int_equal(l->port[A].shut, SHUT_MAX_MACS);
	assert_true(sw_port_open(&l->port[A], "asked"));
	assert_int_equal(heard(A, STATION(1)), DROP_NONE);
	assert_int_equal(l->port[A].shut, SHUT_NOT);
	heard(A, STATION(2));
	assert_int_equal(l->port[A].shut, SHUT_MAX_MACS);
}

/* A switch without a listener defends itself all the same. */
static void nobody_listens(void **state)
{
	l->sw->events = NULL;
	act(A, 1, "shut");
	heard(A, STATION(1));
	assert_int_equal(heard(A, STATION(2)), DROP_OVER_MAX_MACS);
	assert_int_equal(l->port[A].shut, SHUT_MAX_MACS);
}

/* A trace asks what would happen. */
static void asking_shuts_nothing(void **state)
{
	uint8_t buf[60];
	struct frame f = {.data = buf,
			  .len = lab_frame(buf, MAC_BROADCAST, STATION(2), ETHERTYPE_IPV4, 60)};
	struct verdict v;

	act(A, 1, "shut");
	heard(A, STATION(1));
	assert_int_equal(frame_parse(&f), DROP_NONE);
	for (unsigned i = 0; i < 3; i++) {
		switch_decide(l->sw, &l->port[A], &f, DROP_NONE, &v);
		assert_int_equal(v.drop, DROP_OVER_MAX_MACS);
	}
	assert_int_equal(l->port[A].shut, SHUT_NOT);
	assert_int_equal(table(A)->refused_limit, 0);
	assert_int_equal(l->raised[EVENT_MAC_REFUSED], 0);
}

/* ---- locked ---- */

static void only_who_is_listed_may_send(void **state)
{
	struct verdict v;

	heard(A, STATION(1));
	list(STATION(2), A);
	lock(A, true);
	assert_int_equal(about(STATION(1)).port, UINT16_MAX); /* it may not send any more */
	assert_int_equal(heard(A, STATION(1)), DROP_LOCKED);
	assert_int_equal(heard(A, STATION(2)), DROP_NONE);
	assert_int_equal(dropped(A, DROP_LOCKED), 1);
	assert_int_equal(table(A)->refused_locked, 1);
	assert_int_equal(fdb_count(l->sw->fdb), 1);
	v = lab_send(l, B, STATION(2), STATION(3));
	assert_true(lab_only_to(l, &v, A));
	assert_int_equal(heard(A, STATION(3)), DROP_LOCKED); /* learned on B, and stays there */
	assert_int_equal(about(STATION(3)).port, B);
	lock(A, false);
	assert_int_equal(heard(A, STATION(1)), DROP_NONE);
	assert_int_equal(about(STATION(1)).port, A);
}

static void a_list_is_of_a_vlan(void **state)
{
	struct sw_settings set = l->sw->set;

	set.vlan_aware = true;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	for (unsigned i = 0; i < PORTS; i++) {
		vidset_add(&l->port[i].set.trunk, 10);
		vidset_add(&l->port[i].set.trunk, 20);
		sw_port_update(&l->port[i]);
	}
	assert_int_equal(sw_add_static(l->sw, 10, STATION(1), &l->port[A], 0, NULL), 0);
	lock(A, true);
	assert_int_equal(lab_send_tagged(l, A, MAC_BROADCAST, STATION(1), ETHERTYPE_CTAG, 10).drop,
			 DROP_NONE);
	assert_int_equal(lab_send_tagged(l, A, MAC_BROADCAST, STATION(1), ETHERTYPE_CTAG, 20).drop,
			 DROP_LOCKED);
	/* what another VLAN does not know of is nobody's there */
	assert_int_equal(lab_send_tagged(l, B, MAC_BROADCAST, STATION(1), ETHERTYPE_CTAG, 20).drop,
			 DROP_NONE);
	assert_int_equal(lab_send_tagged(l, B, MAC_BROADCAST, STATION(1), ETHERTYPE_CTAG, 10).drop,
			 DROP_MAC_ELSEWHERE);
}

/* ---- who is where ---- */

/* As ever: a static address is not learned elsewhere, and what it sends there passes. */
static void statics_of_ordinary_ports(void **state)
{
	list(STATION(1), A);
	assert_int_equal(heard(B, STATION(1)), DROP_NONE);
	assert_int_equal(table(B)->refused_static, 1);
	assert_int_equal(about(STATION(1)).port, A);
	assert_int_equal(l->raised[EVENT_MAC_REFUSED], 0);
}

static void statics_of_secure_ports_send_nowhere_else(void **state)
{
	list(STATION(1), A);
	lock(A, true);
	assert_int_equal(heard(B, STATION(1)), DROP_MAC_ELSEWHERE);
	assert_int_equal(l->last.kind, EVENT_MAC_REFUSED);
	assert_string_equal(l->last.port, "p1");
	assert_string_equal(l->last.from, "p0");
	assert_int_equal(dropped(B, DROP_MAC_ELSEWHERE), 1);
	assert_int_equal(table(B)->refused_static, 1);
	assert_int_equal(about(STATION(1)).port, A);
	lock(A, false);
	assert_int_equal(heard(B, STATION(1)), DROP_NONE);
}

static void secure_ports_take_nobody_elses(void **state)
{
	list(STATION(1), A);
	act(B, 5, "drop");
	assert_int_equal(heard(B, STATION(1)), DROP_MAC_ELSEWHERE);
	stick(C, 5);
	assert_int_equal(heard(C, STATION(1)), DROP_MAC_ELSEWHERE);
	assert_int_equal(heard(A, STATION(1)), DROP_NONE);
}

/* ---- sticky ---- */

static void the_first_to_come_stay(void **state)
{
	struct verdict v;

	stick(A, 2);
	heard(A, STATION(1));
	heard(A, STATION(2));
	assert_int_equal(heard(A, STATION(3)), DROP_NONE); /* max_macs_action is flood */
	assert_true(about(STATION(1)).is_sticky && about(STATION(1)).is_static);
	assert_true(about(STATION(2)).is_sticky);
	assert_int_equal(about(STATION(3)).port, UINT16_MAX);
	assert_int_equal(table(A)->sticky, 2);
	assert_int_equal(table(A)->dynamic, 0);

	l->now_ms += UINT64_C(1000) * AGEING_MAX_S;
	sw_age(l->sw, l->now_ms);
	sw_port_link(&l->port[A], false);
	sw_port_flush(&l->port[A]);
	sw_port_link(&l->port[A], true);
	assert_int_equal(table(A)->sticky, 2);
	v = lab_send(l, B, STATION(1), STATION(7));
	assert_true(lab_only_to(l, &v, A));
	assert_int_equal(heard(C, STATION(1)), DROP_MAC_ELSEWHERE); /* C is an ordinary port */
	assert_int_equal(about(STATION(1)).port, A);
}

static void what_was_learned_sticks_when_heard(void **state)
{
	heard(A, STATION(1));
	heard(A, STATION(2));
	heard(A, STATION(3));
	stick(A, 2);
	assert_int_equal(table(A)->sticky, 0);
	l->now_ms += 1000;
	for (unsigned i = 1; i <= 3; i++)
		assert_int_equal(heard(A, STATION(i)), DROP_NONE);
	assert_int_equal(table(A)->sticky, 2);
	assert_int_equal(table(A)->dynamic, 1);
	assert_false(about(STATION(3)).is_static);
}

static void who_moves_here_sticks(void **state)
{
	heard(B, STATION(1));
	stick(A, 1);
	heard(A, STATION(1));
	assert_int_equal(about(STATION(1)).port, A);
	assert_true(about(STATION(1)).is_sticky);
	assert_int_equal(l->raised[EVENT_MAC_MOVED], 1);
}

static void released(void **state)
{
	stick(A, 2);
	list(STATION(9), A);
	heard(A, STATION(1));
	assert_int_equal(fdb_port_release(l->sw->fdb, A), 1);
	assert_int_equal(fdb_port_release(l->sw->fdb, A), 0);
	assert_int_equal(table(A)->entries, 1);
	assert_true(about(STATION(9)).is_static && !about(STATION(9)).is_sticky);
	assert_int_equal(heard(B, STATION(1)), DROP_NONE);
	assert_int_equal(about(STATION(1)).port, B);
	heard(A, STATION(2));
	assert_true(about(STATION(2)).is_sticky);
}

/* First let come who is there, then lock the door. */
static void stuck_and_locked(void **state)
{
	stick(A, 5);
	heard(A, STATION(1));
	lock(A, true);
	assert_int_equal(heard(A, STATION(1)), DROP_NONE);
	assert_int_equal(heard(A, STATION(2)), DROP_LOCKED);
	assert_int_equal(table(A)->entries, 1);
	stick(A, 0); /* what stuck stays until it is released */
	assert_int_equal(heard(A, STATION(1)), DROP_NONE);
}

static void a_port_that_goes_takes_them_along(void **state)
{
	stick(A, 2);
	heard(A, STATION(1));
	sw_detach(&l->port[A]);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	assert_int_equal(heard(B, STATION(1)), DROP_NONE);
	assert_int_equal(sw_attach(l->sw, &l->port[A], NULL), 0);
	sw_port_link(&l->port[A], true);
	heard(A, STATION(2));
	assert_true(about(STATION(2)).is_sticky); /* it is secure from the start */
}

/* The administrator's word counts more than what came about by itself. */
static void added_by_hand(void **state)
{
	struct err e = {0};

	stick(A, 3);
	heard(A, STATION(1));
	heard(A, STATION(2));
	list(STATION(1), B);
	assert_int_equal(about(STATION(1)).port, B);
	assert_false(about(STATION(1)).is_sticky);
	list(STATION(2), A);
	assert_false(about(STATION(2)).is_sticky);
	assert_int_equal(table(A)->sticky, 0);

	assert_int_equal(sw_add_sticky(l->sw, 0, STATION(3), &l->port[A], 0, NULL), 0);
	assert_true(about(STATION(3)).is_sticky);
	assert_int_equal(sw_add_sticky(l->sw, 0, STATION(3), &l->port[A], 0, NULL), 0);
	assert_int_equal(table(A)->sticky, 1);
	assert_int_equal(sw_add_sticky(l->sw, 0, STATION(3), &l->port[B], 0, NULL), 0);
	assert_int_equal(about(STATION(3)).port, B);
	assert_int_equal(table(A)->sticky, 0);
	assert_int_equal(sw_add_sticky(l->sw, 0, STATION(1), &l->port[A], 0, &e), -EEXIST);
	assert_non_null(strstr(e.text, "p1"));
	assert_int_equal(sw_add_sticky(l->sw, 0, STATION(2), &l->port[A], 0, NULL), 0);
	assert_false(about(STATION(2)).is_sticky); /* static is more */
	assert_int_equal(sw_add_sticky(l->sw, 0, MAC_NONE, &l->port[A], 0, &e), -EINVAL);
}

/* What does not age must not fill the table: no more stick than an equal part of it. */
static void a_flood_does_not_stick(void **state)
{
	stick(A, 1000);
	for (unsigned i = 0; i < 1000; i++)
		heard(A, STATION(i + 1));
	assert_int_equal(table(A)->sticky, 64 / PORTS);
	for (unsigned i = 0; i < 64 / PORTS; i++) {
		heard(B, STATION(2000 + i));
		heard(C, STATION(3000 + i));
	}
	assert_true(table(B)->dynamic >= (64 - 64 / PORTS) / PORTS);
	assert_true(table(C)->dynamic >= (64 - 64 / PORTS) / PORTS);
	assert_int_equal(table(A)->sticky, 64 / PORTS);
}

/* ---- a table of another size ---- */

static void resizing_keeps_them(void **state)
{
	struct sw_settings set = l->sw->set;

	stick(A, 2);
	act(B, 1, "drop");
	heard(A, STATION(1));
	heard(A, STATION(2));
	heard(B, STATION(5));
	for (unsigned i = 0; i < 40; i++)
		heard(C, STATION(100 + i));
	set.max_macs = 8;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	assert_int_equal(table(A)->sticky, 2);
	assert_true(about(STATION(1)).is_sticky && about(STATION(2)).is_sticky);
	assert_int_equal(heard(C, STATION(1)), DROP_MAC_ELSEWHERE);
	heard(B, STATION(5));
	assert_int_equal(heard(B, STATION(6)), DROP_OVER_MAX_MACS);
	set.max_macs = 1;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), -ENOSPC);
}

/* Meanwhile nothing is learned, but who may not send may not. */
static void closed_while_learning_is_paused(void **state)
{
	list(STATION(1), A);
	lock(A, true);
	act(B, 1, "shut");
	heard(B, STATION(2));
	sw_pause_learning(l->sw, true);
	assert_int_equal(heard(A, STATION(1)), DROP_NONE);
	assert_int_equal(heard(A, STATION(9)), DROP_LOCKED);
	assert_int_equal(heard(B, STATION(3)), DROP_OVER_MAX_MACS);
	assert_int_equal(heard(C, STATION(1)), DROP_MAC_ELSEWHERE);
	assert_int_equal(heard(C, STATION(8)), DROP_NONE);
	assert_int_equal(l->port[B].shut, SHUT_NOT);
	assert_int_equal(l->raised[EVENT_MAC_REFUSED], 0);
	assert_int_equal(fdb_count(l->sw->fdb), 2);
	sw_pause_learning(l->sw, false);
	assert_int_equal(heard(A, STATION(9)), DROP_LOCKED);
	assert_int_equal(heard(B, STATION(3)), DROP_OVER_MAX_MACS);
	assert_int_equal(l->port[B].shut, SHUT_MAX_MACS);
}

/* ---- the rest ---- */

/* Reported when it begins, and again after it was over for a while; each reason by itself. */
static void told_once(void **state)
{
	act(A, 1, "drop");
	heard(A, STATION(1));
	for (unsigned i = 0; i < 100; i++) {
		heard(A, STATION(10 + i));
		l->now_ms += 1000;
	}
	assert_int_equal(l->raised[EVENT_MAC_REFUSED], 1);
	assert_true(l->last.mac == STATION(10));
	list(STATION(9), B);
	heard(A, STATION(9));
	assert_int_equal(l->raised[EVENT_MAC_REFUSED], 2);
	l->now_ms += UINT64_C(1000) * FDB_REFUSED_QUIET_S;
	heard(A, STATION(2));
	assert_int_equal(l->raised[EVENT_MAC_REFUSED], 3);
	act(A, 1, "flood");
	heard(B, STATION(5));
	act(B, 1, "flood");
	heard(B, STATION(6)); /* is forwarded, and told all the same */
	assert_int_equal(l->raised[EVENT_MAC_REFUSED], 4);
	assert_string_equal(l->last.port, "p1");
}

/* Strangers do not use up what the port may bring in, and what is above that teaches nothing. */
static void metered(void **state)
{
	l->port[A].set.rate_in = (struct rate){.n = 2, .unit = RATE_FRAMES};
	l->port[A].set.rate_in_burst_ms = 1000;
	act(A, 1, "drop");
	switch_begin(l->sw, l->now_ms);
	heard(A, STATION(1));
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(heard(A, STATION(10 + i)), DROP_OVER_MAX_MACS);
	assert_int_equal(table(A)->refused_limit, 100);
	assert_int_equal(l->raised[EVENT_MAC_REFUSED], 1);
	assert_int_equal(heard(A, STATION(1)), DROP_NONE);
	assert_int_equal(heard(A, STATION(1)), DROP_RATE_IN);
	act(A, 2, "drop");
	assert_int_equal(heard(A, STATION(2)), DROP_RATE_IN);
	assert_int_equal(about(STATION(2)).port, UINT16_MAX);
	l->now_ms += 1000;
	switch_begin(l->sw, l->now_ms);
	assert_int_equal(heard(A, STATION(2)), DROP_NONE);
	assert_int_equal(about(STATION(2)).port, A);
}

/* A port that the spanning tree has learn does not forward anyway; it is not shut for what it hears. */
static void learning_state(void **state)
{
	act(A, 1, "shut");
	sw_port_state(&l->port[A], true, false);
	assert_int_equal(heard(A, STATION(1)), DROP_PORT_BLOCKED);
	assert_int_equal(heard(A, STATION(2)), DROP_PORT_BLOCKED);
	assert_int_equal(table(A)->refused_limit, 1);
	assert_int_equal(l->port[A].shut, SHUT_NOT);
	sw_port_state(&l->port[A], true, true);
	assert_int_equal(heard(A, STATION(2)), DROP_OVER_MAX_MACS);
	assert_int_equal(l->port[A].shut, SHUT_MAX_MACS);
}

static void settings_that_need_another(void **state)
{
	struct sw_port_set set;
	struct err e = {0};

	opt_defaults(sw_port_options, &set);
	assert_int_equal(secure_guard(&set), 0);
	assert_int_equal(sw_port_set_check(&set, &e), 0);
	set.sticky = true;
	assert_int_equal(sw_port_set_check(&set, &e), -EINVAL);
	assert_non_null(strstr(e.text, "max_macs"));
	set.max_macs = 1;
	assert_int_equal(sw_port_set_check(&set, &e), 0);
	set.sticky = false;
	set.locked = true;
	set.max_macs = 0;
	assert_int_equal(sw_port_set_check(&set, &e), 0);
	strcpy(set.max_macs_action, "shut");
	assert_int_equal(sw_port_set_check(&set, &e), -EINVAL);
	assert_non_null(strstr(e.text, "shut"));
	assert_int_equal(secure_guard(&set), FDB_LOCKED | FDB_STRICT);
	memset(&set, 0, sizeof(set));
	assert_int_equal(secure_guard(&set), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(flooding_is_what_it_was),
		TEST(frames_from_one_too_many_are_dropped),
		TEST(statics_count_where_frames_are_dropped),
		TEST(who_ages_makes_room),
		TEST(a_flood_of_senders_changes_nothing),
		TEST(no_stations),
		TEST(one_too_many_shuts_the_port),
		TEST(who_stuck_is_still_there_afterwards),
		TEST(nobody_listens),
		TEST(asking_shuts_nothing),
		TEST(only_who_is_listed_may_send),
		TEST(a_list_is_of_a_vlan),
		TEST(statics_of_ordinary_ports),
		TEST(statics_of_secure_ports_send_nowhere_else),
		TEST(secure_ports_take_nobody_elses),
		TEST(the_first_to_come_stay),
		TEST(what_was_learned_sticks_when_heard),
		TEST(who_moves_here_sticks),
		TEST(released),
		TEST(stuck_and_locked),
		TEST(a_port_that_goes_takes_them_along),
		TEST(added_by_hand),
		TEST(a_flood_does_not_stick),
		TEST(resizing_keeps_them),
		TEST(closed_while_learning_is_paused),
		TEST(told_once),
		TEST(metered),
		TEST(learning_state),
		TEST(settings_that_need_another),
	};

	return cmocka_run_group_tests_name("port_security", tests, NULL, NULL);
}
