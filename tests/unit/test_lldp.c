/* SPDX-License-Identifier: ISC */
/* The LLDP agent: when it speaks and what it says, whom it hears and for how long it remembers. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lldp.h"
#include "core/lldp_make.h"

/* ---- an agent, and what comes out of it ---- */

static struct {
	struct lldp *l;
	struct lldp_cfg cfg;
	struct lldp_port_cfg port;
	uint64_t now;

	unsigned sent, sent_on; /* frames since the last look, and the port of the last */
	uint8_t frame[LLDP_FRAME_MAX];
	size_t len;
	struct lldp_info said; /* by the last frame */

	unsigned told[LLDP_CUT + 1];
	char who[32]; /* system name of the last that something was told of */
	unsigned where;
} t;

static void on_send(void *arg, unsigned port, const uint8_t *frame, size_t len)
{
	struct lldp_tlv_stats s;

	assert_ptr_equal(arg, &t);
	assert_true(len <= sizeof(t.frame));
	assert_true(lldp_is(frame, len));
	memcpy(t.frame, frame, len);
	t.len = len;
	t.sent++;
	t.sent_on = port;
	assert_int_equal(lldp_parse(t.frame + 14, len - 14, &t.said, &s), DROP_NONE);
	assert_int_equal(s.discarded + s.unrecognized, 0);
	assert_int_equal(t.said.used, len - 14); /* with its End TLV, and nothing behind it */
}

static void on_tell(void *arg, enum lldp_event event, const struct lldp_neighbor *n)
{
	assert_ptr_equal(arg, &t);
	t.told[event]++;
	t.where = n->port;
	snprintf(t.who, sizeof(t.who), "%.*s", (int)n->info.sys_name.len,
		 n->info.sys_name.p ? (const char *)n->info.sys_name.p : "");
}

static int setup(void **state)
{
	const struct lldp_out out = {.arg = &t, .send = on_send, .tell = on_tell};

	memset(&t, 0, sizeof(t));
	t.now = 1000000;
	lldp_defaults(&t.cfg);
	t.cfg.chassis = UINT64_C(0x020000000099);
	strcpy(t.cfg.sys_name, "sw0");
	t.port = (struct lldp_port_cfg){
		.mode = LLDP_BOTH, .mac = STATION(1), .name = "p1", .desc = "first"};
	t.l = lldp_new(&t.cfg, &out);
	return t.l ? 0 : -1;
}

static int teardown(void **state)
{
	lldp_free(t.l);
	return 0;
}

static void add(unsigned port)
{
	assert_int_equal(lldp_port_add(t.l, port, &t.port), 0);
	lldp_port_up(t.l, port, true, t.now);
}

/* So many ticks, one a second; how many frames were sent. */
static unsigned seconds(unsigned n)
{
	unsigned before = t.sent;

	while (n--) {
		t.now += 1000;
		while (lldp_tick(t.l, t.now))
			;
	}
	return t.sent - before;
}

/* A neighbour speaks: its number makes chassis and port. */
static enum drop hear_with(unsigned port, unsigned who, const char *name, uint16_t ttl)
{
	uint8_t f[200] = {0x01,
			  0x80,
			  0xc2,
			  0,
			  0,
			  0x0e,
			  2,
			  0,
			  0,
			  0,
			  0,
			  9,
			  0x88,
			  0xcc,
			  2,
			  7,
			  4,
			  2,
			  0,
			  0,
			  0,
			  (uint8_t)(who >> 8),
			  (uint8_t)who,
			  4,
			  5,
			  5,
			  'e',
			  't',
			  'h',
			  '0',
			  6,
			  2,
			  (uint8_t)(ttl >> 8),
			  (uint8_t)ttl};
	size_t len = 34, n = strlen(name);

	f[len++] = 5 << 1;
	f[len++] = (uint8_t)n;
	memcpy(f + len, name, n);
	len += n + 2;
	return lldp_receive(t.l, port, f, len, t.now);
}

static enum drop hear(unsigned port, unsigned who)
{
	return hear_with(port, who, "peer", 120);
}

static struct lldp_neighbor neighbor(unsigned port, unsigned index)
{
	struct lldp_neighbor n;

	assert_true(lldp_neighbor(t.l, port, index, t.now, &n));
	return n;
}

/* ---- what is sent ---- */

static void the_frame_is_as_in_the_standard(void **state)
{
	static const uint8_t
		want[] =
			{
				0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e, 0x02, 0,	0,    0,    0,
				0x01, 0x88, 0xcc, 0x02, 0x07, 0x04, 0x02, 0,	0,    0,    0,
				0x99,			     /* chassis ID: MAC */
				0x04, 0x03, 0x05, 'p',	'1', /* port ID: interface name */
				0x06, 0x02, 0x00, 0x79,	     /* 30 * 4 + 1 */
				0x08, 0x05, 'f',  'i',	'r',  's',  't',  0x0a, 0x03, 's',  'w',
				'0',  0x0c, 0x07, 's',	'w',  'i',  't',  'c',	'h',  'd',  0x0e,
				0x04, 0x01, 0x04, 0x00, 0x04, 0x10, 0x0c, 0x05, 0x01, 192,  0,
				2,    1,    0x01, 0,	0,    0,    0,	  0x00, 0xfe, 0x06, 0x00,
				0x80, 0xc2, 0x01, 0x00, 0x0a, 0xfe, 0x0b, 0x00, 0x80, 0xc2, 0x03,
				0x00, 0x0a, 0x04, 'b',	'l',  'u',  'e',  0xfe, 0x06, 0x00, 0x12,
				0x0f, 0x04, 0x05, 0xee, 0x00, 0x00,
			};

	strcpy(t.cfg.sys_desc, "switchd");
	t.cfg.caps = LLDP_CAP_BRIDGE | LLDP_CAP_CVLAN;
	t.cfg.addrs = 1;
	t.cfg.addr[0].family = LLDP_FAMILY_IPV4;
	t.cfg.addr[0].len = 4;
	memcpy(t.cfg.addr[0].addr, "\xc0\0\2\1", 4);
	lldp_configure(t.l, &t.cfg);
	t.port.has_pvid = true;
	t.port.pvid = 10;
	t.port.vlans = 1;
	t.port.vlan[0].vid = 10;
	strcpy(t.port.vlan[0].name, "blue");
	t.port.mtu = 1500;
	add(3);
	assert_int_equal(seconds(1), 1);
	assert_int_equal(t.sent_on, 3);
	assert_int_equal(t.len, sizeof(want));
	assert_memory_equal(t.frame, want, sizeof(want));
}

static void what_is_not_known_is_not_said(void **state)
{
	t.cfg.sys_name[0] = '\0';
	t.cfg.caps = 0;
	lldp_configure(t.l, &t.cfg);
	t.port.desc[0] = '\0';
	add(0);
	seconds(1);
	assert_int_equal(t.len, 14 + 9 + 5 + 4 + 2);
}

static void the_time_to_live_is_bounded(void **state)
{
	t.cfg.tx_interval_s = 3600;
	t.cfg.hold = 100;
	assert_int_equal(lldp_ttl(&t.cfg), 65535);
	t.cfg.tx_interval_s = 1;
	t.cfg.hold = 1;
	assert_int_equal(lldp_ttl(&t.cfg), 2);
}

static void what_does_not_fit_is_left_out(void **state)
{
	static const uint32_t mtus[] = {68, 100, 280, 1500, 65521};

	memset(t.cfg.sys_desc, 'd', LLDP_STRING_MAX);
	memset(t.port.desc, 'e', LLDP_STRING_MAX);
	memset(t.port.name, 'n', NAME_SIZE - 1);
	lldp_configure(t.l, &t.cfg);
	for (unsigned i = 0; i < ARRAY_SIZE(mtus); i++) {
		t.port.mtu = mtus[i];
		add(i);
		seconds(1);
		assert_true(t.len - 14 <= mtus[i]);
		assert_int_equal(t.said.port.id.len, NAME_SIZE - 1);
		assert_int_equal(t.said.port_desc.p != NULL && t.said.sys_desc.p != NULL,
				 mtus[i] >= 1500);
		assert_int_equal(lldp_port_stats(t.l, i)->length_errors > 0, mtus[i] < 1500);
		lldp_port_del(t.l, i, t.now);
	}
}

/* ---- when it is sent ---- */

static void it_speaks_every_thirty_seconds(void **state)
{
	add(0);
	assert_int_equal(seconds(1), 1);
	assert_int_equal(seconds(29), 0);
	assert_int_equal(seconds(1), 1);
	assert_int_equal(seconds(300), 10);
	assert_int_equal(lldp_port_stats(t.l, 0)->frames_out, 12);
}

static void a_new_neighbour_is_told_soon_and_several_times(void **state)
{
	add(0);
	seconds(10);
	hear(0, 1);
	assert_int_equal(seconds(1), 1);
	assert_int_equal(seconds(1), 1);
	assert_int_equal(seconds(1), 1);
	assert_int_equal(seconds(1), 1);
	assert_int_equal(seconds(29), 0);
	assert_int_equal(seconds(1), 1);
	hear(0, 1); /* is not new */
	assert_int_equal(seconds(29), 0);
}

/* One that comes meanwhile hears the rest, and that is all. */
static void a_second_new_neighbour_begins_nothing_anew(void **state)
{
	add(0);
	seconds(10);
	hear(0, 1);
	assert_int_equal(seconds(2), 2);
	hear(0, 2);
	assert_int_equal(seconds(2), 2);
	assert_int_equal(seconds(29), 0);
}

static void a_change_is_told_at_once_but_no_storm_follows(void **state)
{
	unsigned sent;

	add(0);
	seconds(10);
	for (int i = 0; i < 100; i++) {
		snprintf(t.port.desc, sizeof(t.port.desc), "change %d", i);
		lldp_port_set(t.l, 0, &t.port, t.now);
		lldp_tick(t.l, t.now);
	}
	sent = t.sent - 1;
	assert_int_equal(sent, 5); /* txCreditMax */
	assert_int_equal(seconds(1), 1);
	assert_int_equal(t.said.port_desc.len, strlen("change 99")); /* the last is not lost */
	assert_memory_equal(t.said.port_desc.p, "change 99", 9);
	assert_int_equal(seconds(20), 0);
	lldp_port_set(t.l, 0, &t.port, t.now); /* nothing differs */
	assert_int_equal(seconds(5), 0);
}

/* New neighbours, as fast as they can be made up. */
static void made_up_neighbours_do_not_make_it_storm(void **state)
{
	unsigned before;

	add(0);
	seconds(10);
	before = t.sent;
	for (unsigned i = 0; i < 10000; i++) {
		hear(0, i);
		hear_with(0, i, "peer", 0);
		t.now += 1;
		lldp_tick(t.l, t.now);
	}
	assert_in_range(t.sent - before, 5, 5 + 10 + 1);
}

static void the_switch_may_change_too(void **state)
{
	add(0);
	add(7);
	seconds(10);
	strcpy(t.cfg.sys_name, "renamed");
	lldp_configure(t.l, &t.cfg);
	assert_int_equal(seconds(1), 2);
	assert_memory_equal(t.said.sys_name.p, "renamed", 7);
}

static void who_changes_identity_takes_leave_of_the_old(void **state)
{
	add(0);
	seconds(1);
	t.cfg.chassis++;
	lldp_configure(t.l, &t.cfg);
	assert_int_equal(t.sent, 2);
	assert_int_equal(t.said.ttl_s, 0);
	assert_int_equal(t.said.chassis.id.p[5], 0x99);
	assert_int_equal(seconds(1), 1);
	assert_int_equal(t.said.chassis.id.p[5], 0x9a);
	strcpy(t.port.name, "p2");
	lldp_port_set(t.l, 0, &t.port, t.now);
	assert_int_equal(t.sent, 4);
	assert_int_equal(t.said.ttl_s, 0);
	assert_memory_equal(t.said.port.id.p, "p1", 2);
	assert_int_equal(seconds(1), 1);
	assert_memory_equal(t.said.port.id.p, "p2", 2);
}

static void a_port_that_is_down_says_nothing(void **state)
{
	assert_int_equal(lldp_port_add(t.l, 0, &t.port), 0);
	assert_int_equal(seconds(100), 0);
	lldp_port_up(t.l, 0, true, t.now);
	assert_int_equal(seconds(1), 1);
	lldp_port_up(t.l, 0, false, t.now);
	assert_int_equal(seconds(100), 0); /* no goodbye either: nobody would hear it */
	lldp_port_up(t.l, 0, true, t.now);
	assert_int_equal(seconds(1), 1);
}

static void modes(void **state)
{
	t.port.mode = LLDP_RX;
	add(0);
	assert_int_equal(seconds(100), 0);
	assert_int_equal(hear(0, 1), DROP_NONE);
	t.port.mode = LLDP_TX;
	add(1);
	assert_int_equal(seconds(1), 1);
	assert_int_equal(hear(1, 1), DROP_LINK_LOCAL);
	t.port.mode = LLDP_OFF;
	add(2);
	assert_int_equal(hear(2, 1), DROP_LINK_LOCAL);
	assert_int_equal(lldp_port_stats(t.l, 2)->frames_in, 0);
	assert_int_equal(lldp_port_stats(t.l, 2)->frames_out, 0);
}

static void goodbye(void)
{
	assert_int_equal(t.said.ttl_s, 0);
	assert_int_equal(t.len, 14 + 9 + 5 + 4 + 2); /* what has to be there, and nothing else */
}

static void who_is_switched_off_says_goodbye(void **state)
{
	add(0);
	seconds(5);
	t.port.mode = LLDP_RX;
	lldp_port_set(t.l, 0, &t.port, t.now);
	assert_int_equal(t.sent, 2);
	goodbye();
	assert_int_equal(seconds(100), 0);
	t.port.mode = LLDP_BOTH;
	lldp_port_set(t.l, 0, &t.port, t.now);
	assert_int_equal(seconds(1), 1);
	assert_int_equal(t.said.ttl_s, 121);
	lldp_port_del(t.l, 0, t.now);
	assert_int_equal(t.sent, 4);
	goodbye();
}

/* Off and on again: for reinitDelay nothing is heard of it. */
static void who_comes_back_waits_a_little(void **state)
{
	add(0);
	seconds(5);
	t.port.mode = LLDP_OFF;
	lldp_port_set(t.l, 0, &t.port, t.now);
	t.port.mode = LLDP_BOTH;
	lldp_port_set(t.l, 0, &t.port, t.now);
	assert_int_equal(seconds(1), 0);
	assert_int_equal(seconds(1), 1);
}

static void many_ports_take_turns(void **state)
{
	unsigned ticks = 0;

	for (unsigned i = 0; i < 1000; i++)
		add(i);
	t.now += 1000;
	for (bool more = true; more; ticks++) {
		unsigned before = t.sent;

		more = lldp_tick(t.l, t.now);
		assert_true(t.sent - before <= LLDP_SENDS_PER_TICK);
	}
	assert_int_equal(t.sent, 1000);
	assert_int_equal(ticks, (1000 + LLDP_SENDS_PER_TICK - 1) / LLDP_SENDS_PER_TICK);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(lldp_port_stats(t.l, i)->frames_out, 1);
}

/* Who calls too seldom sends too seldom, but it is not always the same ports that wait. */
static void ports_that_wait_come_first(void **state)
{
	t.cfg.tx_interval_s = 1;
	lldp_configure(t.l, &t.cfg);
	for (unsigned i = 0; i < 4 * LLDP_SENDS_PER_TICK; i++)
		add(i);
	for (int n = 0; n < 40; n++) {
		t.now += 1000;
		lldp_tick(t.l, t.now);
	}
	for (unsigned i = 0; i < 4 * LLDP_SENDS_PER_TICK; i++)
		assert_int_equal(lldp_port_stats(t.l, i)->frames_out, 10);
}

/* ---- who is heard ---- */

static void a_neighbour_is_entered_told_and_shown(void **state)
{
	struct lldp_neighbor n;

	add(5);
	assert_int_equal(hear(5, 0x102), DROP_NONE);
	assert_int_equal(t.told[LLDP_ADDED], 1);
	assert_string_equal(t.who, "peer");
	assert_int_equal(t.where, 5);
	assert_int_equal(lldp_neighbors(t.l, 5), 1);
	assert_int_equal(lldp_neighbors(t.l, 6), 0);
	seconds(20);
	n = neighbor(5, 0);
	assert_int_equal(n.port, 5);
	assert_int_equal(n.age_s, 20);
	assert_int_equal(n.left_s, 100);
	assert_int_equal(n.first_ms, t.now - 20000);
	assert_int_equal(n.info.ttl_s, 120);
	assert_int_equal(n.info.chassis.subtype, LLDP_CHASSIS_MAC);
	assert_int_equal(n.info.chassis.id.p[4], 1);
	assert_false(lldp_neighbor(t.l, 5, 1, t.now, &n));
	assert_false(lldp_neighbor(t.l, 6, 0, t.now, &n));
	assert_false(lldp_neighbor(t.l, PORTSET_MAX, 0, t.now, &n));
}

static void it_ages_unless_it_is_heard_again(void **state)
{
	add(0);
	hear_with(0, 1, "a", 30);
	hear_with(0, 2, "b", 30);
	seconds(29);
	assert_int_equal(lldp_neighbors(t.l, 0), 2);
	hear_with(0, 1, "a", 30);
	assert_int_equal(t.told[LLDP_ADDED], 2);
	assert_int_equal(t.told[LLDP_CHANGED], 0);
	seconds(1);
	assert_int_equal(lldp_neighbors(t.l, 0), 1);
	assert_int_equal(t.told[LLDP_AGED], 1);
	assert_string_equal(t.who, "b");
	seconds(28);
	assert_int_equal(lldp_neighbors(t.l, 0), 1);
	seconds(1);
	assert_int_equal(lldp_neighbors(t.l, 0), 0);
	assert_int_equal(lldp_port_stats(t.l, 0)->ageouts, 2);
}

static void who_says_something_else_is_told_of(void **state)
{
	add(0);
	hear_with(0, 1, "a", 30);
	hear_with(0, 2, "b", 30);
	seconds(3);
	hear_with(0, 1, "longer name", 30);
	assert_int_equal(t.told[LLDP_CHANGED], 1);
	assert_string_equal(t.who, "longer name");
	assert_int_equal(neighbor(0, 0).first_ms, t.now - 3000); /* in its old place */
	assert_int_equal(neighbor(0, 0).age_s, 0);
	hear_with(0, 1, "longer name", 60);
	assert_int_equal(t.told[LLDP_CHANGED], 1); /* its time to live is no news */
	assert_int_equal(lldp_neighbors(t.l, 0), 2);
	assert_int_equal(neighbor(0, 1).info.sys_name.p[0], 'b'); /* the other is where it was */
	assert_int_equal(neighbor(0, 0).left_s, 60);
	assert_int_equal(t.told[LLDP_ADDED], 2);
}

static void who_says_goodbye_is_forgotten_at_once(void **state)
{
	add(0);
	for (unsigned i = 0; i < 3; i++)
		hear(0, i);
	assert_int_equal(hear_with(0, 1, "", 0), DROP_NONE);
	assert_int_equal(t.told[LLDP_LEFT], 1);
	assert_string_equal(t.who, "peer");
	assert_int_equal(lldp_neighbors(t.l, 0), 2);
	assert_int_equal(neighbor(0, 0).info.chassis.id.p[5], 0);
	assert_int_equal(neighbor(0, 1).info.chassis.id.p[5], 2);
	assert_int_equal(hear_with(0, 77, "", 0), DROP_NONE); /* was never there */
	assert_int_equal(t.told[LLDP_LEFT], 1);
	assert_int_equal(lldp_port_stats(t.l, 0)->ageouts, 0);
	assert_int_equal(lldp_port_stats(t.l, 0)->deletes, 1);
}

static void a_port_has_room_for_so_many(void **state)
{
	const struct lldp_stats *s;

	t.cfg.max_neighbors = 4;
	lldp_configure(t.l, &t.cfg);
	add(0);
	add(1);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(hear(0, i), DROP_NONE);
	assert_false(lldp_too_many(t.l, 0, t.now));
	assert_int_equal(hear_with(0, 4, "one more", 50), DROP_LLDP_FULL);
	assert_true(lldp_too_many(t.l, 0, t.now));
	assert_int_equal(lldp_neighbors(t.l, 0), 4);
	assert_int_equal(hear(0, 2), DROP_NONE); /* who is there is heard */
	assert_int_equal(hear(1, 4), DROP_NONE); /* and who is elsewhere */
	s = lldp_port_stats(t.l, 0);
	assert_int_equal(s->too_many, 1);
	assert_int_equal(s->frames_discarded, 1);
	assert_int_equal(s->frames_in_error, 0);
	seconds(49);
	assert_true(lldp_too_many(t.l, 0, t.now));
	seconds(1);
	assert_false(lldp_too_many(t.l, 0, t.now));
	hear_with(0, 3, "", 0);
	assert_int_equal(hear(0, 4), DROP_NONE);
	hear(0, 5);
	assert_true(lldp_too_many(t.l, 0, t.now));
	lldp_port_up(t.l, 0, false, t.now);
	assert_false(lldp_too_many(t.l, 0, t.now));
}

static void no_setting_makes_that_room_boundless(void **state)
{
	t.cfg.max_neighbors = UINT16_MAX;
	lldp_configure(t.l, &t.cfg);
	add(0);
	for (unsigned i = 0; i < LLDP_NEIGHBORS_MAX; i++)
		assert_int_equal(hear(0, i), DROP_NONE);
	assert_int_equal(hear(0, LLDP_NEIGHBORS_MAX), DROP_LLDP_FULL);
}

static void a_port_that_goes_takes_them_with_it(void **state)
{
	add(0);
	add(1);
	hear(0, 1);
	hear(0, 2);
	hear(1, 3);
	lldp_port_up(t.l, 0, false, t.now);
	assert_int_equal(t.told[LLDP_CUT], 2);
	assert_int_equal(lldp_neighbors(t.l, 0), 0);
	assert_int_equal(hear(0, 1), DROP_LINK_LOCAL);
	lldp_port_up(t.l, 0, true, t.now);
	assert_int_equal(hear(0, 1), DROP_NONE);
	t.port.mode = LLDP_TX;
	lldp_port_set(t.l, 0, &t.port, t.now);
	assert_int_equal(t.told[LLDP_CUT], 3);
	lldp_port_del(t.l, 1, t.now);
	assert_int_equal(t.told[LLDP_CUT], 4);
	assert_null(lldp_port_stats(t.l, 1));
}

static void bad_frames_teach_nothing(void **state)
{
	const uint8_t header[14] = {0x01, 0x80, 0xc2, 0, 0, 0x0e, 2, 0, 0, 0, 0, 9, 0x88, 0xcc};
	const struct lldp_stats *s;
	uint8_t f[64] = {0};

	add(0);
	memcpy(f, header, sizeof(header));
	assert_int_equal(lldp_receive(t.l, 0, f, sizeof(f), t.now), DROP_BAD_LLDP);
	assert_int_equal(lldp_receive(t.l, 0, f, 14, t.now), DROP_BAD_LLDP);
	assert_int_equal(lldp_receive(t.l, 0, f, 13, t.now), DROP_LINK_LOCAL);
	f[5] = 0; /* of spanning tree */
	assert_int_equal(lldp_receive(t.l, 0, f, sizeof(f), t.now), DROP_LINK_LOCAL);
	f[5] = 0x0e;
	f[13] = 0xcd;
	assert_int_equal(lldp_receive(t.l, 0, f, sizeof(f), t.now), DROP_LINK_LOCAL);
	s = lldp_port_stats(t.l, 0);
	assert_int_equal(s->frames_in, 2);
	assert_int_equal(s->frames_discarded, 2);
	assert_int_equal(s->frames_in_error, 2);
	assert_int_equal(lldp_neighbors(t.l, 0), 0);
	assert_int_equal(t.told[LLDP_ADDED], 0);
}

static void what_is_wrong_in_a_good_frame_is_counted(void **state)
{
	uint8_t f[] = {
		0x01, 0x80, 0xc2, 0, 0, 0x0e, 2, 0, 0, 0, 0,	9, 0x88, 0xcc, 2, 2,
		7,    'c',  4,	  2, 7, 'p',  6, 2, 0, 9, 0x0e, 2, 0,	 4, /* capabilities, cut */
		0x12, 1,    0,						    /* type 9 */
		0xfe, 4,    1,	  2, 3, 4,    0, 0};
	const struct lldp_stats *s;

	add(0);
	assert_int_equal(lldp_receive(t.l, 0, f, sizeof(f), t.now), DROP_NONE);
	s = lldp_port_stats(t.l, 0);
	assert_int_equal(s->frames_in_error, 1);
	assert_int_equal(s->frames_discarded, 0);
	assert_int_equal(s->tlvs_discarded, 1);
	assert_int_equal(s->tlvs_unrecognized, 2);
	assert_int_equal(lldp_neighbors(t.l, 0), 1);
}

/* One switch hears another, and is heard. */
static void two_agents_understand_each_other(void **state)
{
	char out[LLDP_TEXT_SIZE];
	struct lldp_neighbor n;

	add(0);
	add(1);
	seconds(1);
	lldp_receive(t.l, 0, t.frame, t.len, t.now);
	n = neighbor(0, 0);
	assert_string_equal(lldp_chassis_text(&n.info.chassis, out), "02:00:00:00:00:99");
	assert_string_equal(lldp_port_text(&n.info.port, out), "p1");
	assert_string_equal(lldp_text(n.info.sys_name, out), "sw0");
	assert_int_equal(n.info.caps_on, LLDP_CAP_BRIDGE);
	lldp_port_del(t.l, 1, t.now);
	lldp_receive(t.l, 0, t.frame, t.len, t.now);
	assert_int_equal(lldp_neighbors(t.l, 0), 0);
}

static void ports_that_are_not_there_do_no_harm(void **state)
{
	assert_int_equal(hear(3, 1), DROP_LINK_LOCAL);
	assert_int_equal(hear(PORTSET_MAX, 1), DROP_LINK_LOCAL);
	lldp_port_up(t.l, 3, true, t.now);
	lldp_port_set(t.l, 3, &t.port, t.now);
	lldp_port_del(t.l, PORTSET_MAX, t.now);
	lldp_port_del(t.l, 3, t.now);
	assert_int_equal(seconds(10), 0);
	assert_int_equal(lldp_port_add(t.l, PORTSET_MAX, &t.port), -EINVAL);
	add(PORTSET_MAX - 1);
	assert_int_equal(lldp_port_add(t.l, PORTSET_MAX - 1, &t.port), -EEXIST);
	t.port.name[0] = '\0';
	assert_int_equal(lldp_port_add(t.l, 0, &t.port), -EINVAL);
	lldp_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_frame_is_as_in_the_standard),
		TEST(what_is_not_known_is_not_said),
		TEST(the_time_to_live_is_bounded),
		TEST(what_does_not_fit_is_left_out),
		TEST(it_speaks_every_thirty_seconds),
		TEST(a_new_neighbour_is_told_soon_and_several_times),
		TEST(a_second_new_neighbour_begins_nothing_anew),
		TEST(a_change_is_told_at_once_but_no_storm_follows),
		TEST(made_up_neighbours_do_not_make_it_storm),
		TEST(the_switch_may_change_too),
		TEST(who_changes_identity_takes_leave_of_the_old),
		TEST(a_port_that_is_down_says_nothing),
		TEST(modes),
		TEST(who_is_switched_off_says_goodbye),
		TEST(who_comes_back_waits_a_little),
		TEST(many_ports_take_turns),
		TEST(ports_that_wait_come_first),
		TEST(a_neighbour_is_entered_told_and_shown),
		TEST(it_ages_unless_it_is_heard_again),
		TEST(who_says_something_else_is_told_of),
		TEST(who_says_goodbye_is_forgotten_at_once),
		TEST(a_port_has_room_for_so_many),
		TEST(no_setting_makes_that_room_boundless),
		TEST(a_port_that_goes_takes_them_with_it),
		TEST(bad_frames_teach_nothing),
		TEST(what_is_wrong_in_a_good_frame_is_counted),
		TEST(two_agents_understand_each_other),
		TEST(ports_that_are_not_there_do_no_harm),
	};

	return cmocka_run_group_tests_name("lldp", tests, NULL, NULL);
}
