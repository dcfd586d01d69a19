/* SPDX-License-Identifier: ISC */
/* A switch that speaks LLDP: what it says and hears at which port, its settings, its events. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/lldp_make.h"
#include "core/sw_lldp.h"
#include "lab.h"
#include "util/mac.h"

enum { PORTS = 3, SECOND = 1000 };

/* What the switch said through each port. */
static struct {
	struct sw_io io;
	unsigned sent[PORTS], goodbyes[PORTS];
	uint8_t frame[PORTS][LLDP_FRAME_MAX];
	struct lldp_info said[PORTS]; /* last that was no goodbye */
	uint64_t src[PORTS];
} wire;

/* What it told. */
static struct {
	struct event_sink sink;
	unsigned raised[EVENT_COUNT], from[PORTS];
	char port[NAME_SIZE], chassis[32], port_id[32], system[32], cause[16];
} told;

static struct lab *l; /* of the test that runs */

static void keep_sent(struct sw_io *io, struct sw_port *out, const uint8_t *frame, size_t len)
{
	struct lldp_tlv_stats s;
	struct lldp_info info;
	unsigned i = out->index;

	assert_ptr_equal(io, &wire.io);
	assert_true(out->link && lldp_is(frame, len));
	assert_int_equal(lldp_parse(frame + 14, len - 14, &info, &s), DROP_NONE);
	assert_int_equal(s.discarded + s.unrecognized, 0);
	wire.sent[i]++;
	wire.src[i] = mac_load(frame + 6);
	if (info.ttl_s == 0) {
		wire.goodbyes[i]++;
		return;
	}
	memcpy(wire.frame[i], frame, len);
	lldp_parse(wire.frame[i] + 14, len - 14, &wire.said[i], &s);
}

static void keep(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

static void keep_told(struct event_sink *sink, const struct event *ev)
{
	assert_ptr_equal(sink, &told.sink);
	told.raised[ev->kind]++;
	told.from[ev->port[1] - '0']++;
	keep(told.port, sizeof(told.port), ev->port);
	keep(told.chassis, sizeof(told.chassis), ev->chassis);
	keep(told.port_id, sizeof(told.port_id), ev->port_id);
	keep(told.system, sizeof(told.system), ev->system);
	keep(told.cause, sizeof(told.cause), ev->cause);
}

/* The daemon's steps. */
static void let_pass(unsigned seconds)
{
	for (unsigned i = 0; i < seconds * SECOND / SW_TICK_MS; i++) {
		l->now_ms += SW_TICK_MS;
		sw_tick(l->sw, l->now_ms);
	}
}

static void forget(void)
{
	memset(wire.sent, 0, sizeof(wire.sent));
	memset(wire.goodbyes, 0, sizeof(wire.goodbyes));
	memset(told.raised, 0, sizeof(told.raised));
	memset(told.from, 0, sizeof(told.from));
}

/* Three ports of a switch in which LLDP is off. */
static int setup(void **state)
{
	memset(&wire, 0, sizeof(wire));
	memset(&told, 0, sizeof(told));
	l = lab_new(PORTS, 64);
	l->now_ms = 5000;
	wire.io.send = keep_sent;
	told.sink.raise = keep_told;
	l->sw->io = &wire.io;
	l->sw->events = &told.sink;
	return 0;
}

static int done(void **state)
{
	lab_free(l);
	return 0;
}

static void turn(bool on)
{
	struct sw_settings set = l->sw->set;

	set.lldp = on;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
}

static int setup_on(void **state)
{
	setup(state);
	turn(true);
	let_pass(1);
	return 0;
}

static void set_port(unsigned port, const char *mode)
{
	snprintf(l->port[port].set.lldp, sizeof(l->port[port].set.lldp), "%s", mode);
	sw_port_update(&l->port[port]);
}

static void set_switch(const char *option, const char *text)
{
	struct sw_settings set = l->sw->set;

	assert_int_equal(opt_parse(opt_find(sw_options, option), text, &set, NULL), 0);
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
}

/* What neighbour n says, and what becomes of it at the port. */
static struct verdict hear(unsigned port, unsigned n, const char *name, uint16_t ttl_s)
{
	struct lldp_cfg cfg;
	struct lldp_port_cfg at = {.mode = LLDP_BOTH, .mac = 0x020000000100 + n, .name = "eth7"};
	uint8_t frame[LLDP_FRAME_MAX];
	uint64_t left_out = 0;

	lldp_defaults(&cfg);
	cfg.chassis = 0x020000001000 + n;
	snprintf(cfg.sys_name, sizeof(cfg.sys_name), "%s", name);
	return lab_receive(l, port, frame, lldp_make(&cfg, &at, ttl_s, frame, &left_out));
}

static unsigned known(unsigned port)
{
	return lldp_neighbors(sw_lldp_agent(l->sw), port);
}

static bool text_is(struct lldp_bytes b, const char *text)
{
	return b.p && b.len == strlen(text) && memcmp(b.p, text, b.len) == 0;
}

/* ---- on and off ---- */

static void off_it_is_a_link_local_frame_like_others(void **state)
{
	let_pass(90);
	assert_false(sw_has_protocols(l->sw));
	assert_int_equal(hear(0, 1, "x", 120).drop, DROP_LINK_LOCAL);
	set_switch("link_local", "0x4000");
	struct verdict v = hear(0, 1, "x", 120);
	assert_int_equal(lab_fanout(l, &v), PORTS - 1);
	for (unsigned i = 0; i < PORTS; i++)
		assert_int_equal(wire.sent[i], 0);
	assert_null(sw_lldp_agent(l->sw));
}

static void on_it_says_who_it_is(void **state)
{
	char text[LLDP_TEXT_SIZE], name[8];

	turn(true);
	assert_true(sw_has_protocols(l->sw));
	let_pass(1);
	for (unsigned i = 0; i < PORTS; i++) {
		const struct lldp_info *said = &wire.said[i];

		snprintf(name, sizeof(name), "p%u", i);
		assert_int_equal(wire.sent[i], 1);
		assert_int_equal(said->chassis.subtype, LLDP_CHASSIS_MAC);
		assert_int_equal(mac_load(said->chassis.id.p), l->sw->mac);
		assert_string_equal(lldp_port_text(&said->port, text), name);
		assert_int_equal(said->port.subtype, LLDP_PORT_IFNAME);
		assert_true(text_is(said->port_desc, name));
		assert_true(text_is(said->sys_name, "lab"));
		assert_true(text_is(said->sys_desc, "switchd " SWITCHD_VERSION));
		assert_int_equal(said->caps, LLDP_CAP_BRIDGE);
		assert_int_equal(said->caps_on, LLDP_CAP_BRIDGE);
		assert_int_equal(said->ttl_s, 121);
		assert_false(said->has_pvid);
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(wire.src[i], wire.src[j]);
		assert_true(mac_is_station(wire.src[i]));
	}
	forget();
	let_pass(60);
	assert_int_equal(wire.sent[1], 2);
}

static void turned_off_it_says_goodbye(void **state)
{
	hear(1, 1, "far", 120);
	forget();
	turn(false);
	for (unsigned i = 0; i < PORTS; i++) {
		assert_int_equal(wire.goodbyes[i], 1);
		assert_int_equal(wire.sent[i], 1);
	}
	assert_int_equal(told.raised[EVENT_NEIGHBOR_LEFT], 1);
	assert_null(sw_lldp_agent(l->sw));
	assert_false(sw_has_protocols(l->sw));
	let_pass(60);
	assert_int_equal(wire.sent[0], 1);
}

static void it_is_called_what_is_set(void **state)
{
	forget();
	set_switch("lldp_system_name", "core-7");
	set_switch("lldp_system_description", "the one in the cellar");
	set_switch("lldp_interval_s", "5");
	set_switch("lldp_hold", "2");
	snprintf(l->port[1].set.lldp_description, SW_TEXT_SIZE, "to the roof");
	sw_port_update(&l->port[1]);
	let_pass(2);
	assert_true(text_is(wire.said[0].sys_name, "core-7"));
	assert_true(text_is(wire.said[0].sys_desc, "the one in the cellar"));
	assert_int_equal(wire.said[0].ttl_s, 11);
	assert_true(text_is(wire.said[0].port_desc, "p0"));
	assert_true(text_is(wire.said[1].port_desc, "to the roof"));
	for (unsigned i = 0; i < PORTS; i++)
		assert_int_equal(wire.goodbyes[i], 0);
}

static void it_tells_where_it_is_managed(void **state)
{
	static const char *const bad[] = {
		"192.0.2.1,",
		",192.0.2.1",
		"192.0.2.1,,192.0.2.2",
		"192.0.2.1:80",
		"0.0.0.0",
		"224.0.0.1",
		"ff02::1",
		"fe80::1",
		"fe80::1%eth0",
		"[2001:db8::1]",
		"host",
		"192.0.2.1/24",
		"1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5",
	};
	char text[LLDP_TEXT_SIZE];
	struct sw_settings set = l->sw->set;

	set_switch("lldp_management", "192.0.2.1,2001:db8::a");
	forget();
	let_pass(2);
	assert_int_equal(wire.said[0].addrs, 2);
	assert_string_equal(
		lldp_addr_text(wire.said[0].addr[0].family, wire.said[0].addr[0].addr, text),
		"192.0.2.1");
	assert_string_equal(
		lldp_addr_text(wire.said[0].addr[1].family, wire.said[0].addr[1].addr, text),
		"2001:db8::a");
	assert_int_equal(wire.sent[0], 1);
	set_switch("lldp_management", "192.0.2.1,2001:db8::b"); /* the last byte alone */
	let_pass(2);
	assert_int_equal(wire.sent[0], 2);
	set_switch("lldp_management", "");
	let_pass(2);
	assert_int_equal(wire.said[0].addrs, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(
			opt_parse(opt_find(sw_options, "lldp_management"), bad[i], &set, NULL),
			-EINVAL);
}

static void another_chassis_is_a_new_one(void **state)
{
	forget();
	set_switch("stp_address", "02:00:00:00:00:77");
	assert_int_equal(wire.goodbyes[0], 1);
	let_pass(2);
	assert_int_equal(mac_load(wire.said[0].chassis.id.p), 0x020000000077);
	set_switch("lldp_chassis", "02:00:00:00:00:78");
	let_pass(2);
	assert_int_equal(mac_load(wire.said[0].chassis.id.p), 0x020000000078);
}

static void settings_that_have_nothing_to_do_with_it_make_it_say_nothing(void **state)
{
	forget();
	set_switch("ageing_s", "60");
	l->port[1].set.max_macs = 7;
	sw_port_update(&l->port[1]);
	let_pass(2);
	for (unsigned i = 0; i < PORTS; i++)
		assert_int_equal(wire.sent[i], 0);
}

/* Structs that nobody filled in are not a switch that speaks all the time. */
static void nothing_set_is_what_the_standard_says(void **state)
{
	struct sw_settings set = {.max_macs = 64, .lldp = true};

	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	assert_int_equal(sw_lldp_cfg(l->sw).tx_interval_s, 30);
	assert_int_equal(sw_lldp_cfg(l->sw).max_neighbors, 16);
	assert_int_equal(sw_lldp_mode(&(struct sw_port_set){.max_macs = 0}), LLDP_OFF);
}

/* ---- neighbours ---- */

static void a_neighbour_is_heard_and_goes_no_further(void **state)
{
	struct lldp_neighbor n;

	forget();
	struct verdict v = hear(1, 9, "far", 120);
	assert_int_equal(v.drop, DROP_NONE);
	assert_int_equal(v.route, ROUTE_HERE);
	assert_int_equal(lab_fanout(l, &v), 0);
	assert_int_equal(l->port[1].stats.rx_control, 1);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	assert_true(lldp_neighbor(sw_lldp_agent(l->sw), 1, 0, l->now_ms, &n));
	assert_true(text_is(n.info.sys_name, "far"));
	assert_int_equal(known(0) + known(2), 0);
	assert_int_equal(told.raised[EVENT_NEIGHBOR_ADDED], 1);
	assert_string_equal(told.port, "p1");
	assert_string_equal(told.system, "far");
	assert_string_equal(told.chassis, "02:00:00:00:10:09");
	assert_string_equal(told.port_id, "eth7");
}

static void what_it_says_later_is_told_where_it_differs(void **state)
{
	forget();
	hear(1, 9, "far", 120);
	hear(1, 9, "far", 120);
	assert_int_equal(told.from[1], 1);
	hear(1, 9, "further", 120);
	assert_int_equal(told.raised[EVENT_NEIGHBOR_CHANGED], 1);
	assert_string_equal(told.system, "further");
	assert_int_equal(known(1), 1);
}

static void it_leaves_when_it_says_so(void **state)
{
	forget();
	hear(1, 9, "far", 120);
	assert_int_equal(hear(1, 9, "far", 0).drop, DROP_NONE);
	assert_int_equal(told.raised[EVENT_NEIGHBOR_LEFT], 1);
	assert_string_equal(told.cause, "goodbye");
	assert_int_equal(known(1), 0);
}

static void it_ages_when_it_is_silent(void **state)
{
	forget();
	hear(1, 9, "far", 20);
	let_pass(18);
	assert_int_equal(known(1), 1);
	let_pass(3);
	assert_int_equal(known(1), 0);
	assert_int_equal(told.raised[EVENT_NEIGHBOR_AGED], 1);
}

static void it_goes_with_the_link(void **state)
{
	forget();
	hear(1, 9, "far", 120);
	hear(2, 9, "far", 120);
	sw_port_link(&l->port[1], false);
	assert_int_equal(told.raised[EVENT_NEIGHBOR_LEFT], 1);
	assert_string_equal(told.cause, "port");
	assert_int_equal(known(1), 0);
	assert_int_equal(known(2), 1);
	let_pass(31);
	assert_int_equal(wire.sent[1], 0);
	sw_port_link(&l->port[1], true);
	let_pass(1);
	assert_int_equal(wire.sent[1], 1);
}

/* A port that the spanning tree has blocked has a neighbour all the same. */
static void a_port_that_discards_hears_and_speaks(void **state)
{
	forget();
	sw_port_state(&l->port[1], false, false);
	assert_int_equal(hear(1, 9, "far", 120).route, ROUTE_HERE);
	assert_int_equal(known(1), 1);
	let_pass(2);
	assert_true(wire.sent[1] > 0);
}

static void a_bad_frame_is_counted_and_teaches_nothing(void **state)
{
	uint8_t f[60];

	forget();
	lab_frame(f, LLDP_GROUP, 0x020000000009, ETHERTYPE_LLDP, sizeof(f));
	assert_int_equal(lab_receive(l, 1, f, sizeof(f)).route, ROUTE_HERE);
	assert_int_equal(l->port[1].stats.drops[DROP_BAD_LLDP], 1);
	assert_int_equal(l->sw->stats.dropped, 1);
	assert_int_equal(known(1), 0);
	assert_int_equal(told.from[1], 0);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
}

static void a_frame_with_a_tag_is_none_of_it(void **state)
{
	uint8_t f[LLDP_FRAME_MAX + 4] = {0};

	lab_frame(f, LLDP_GROUP, 0x020000000009, ETHERTYPE_CTAG, 64);
	f[16] = ETHERTYPE_LLDP >> 8;
	f[17] = ETHERTYPE_LLDP & 0xff;
	assert_int_equal(lab_receive(l, 1, f, 64).drop, DROP_LINK_LOCAL);
	lab_frame(f, LLDP_GROUP, 0x020000000009, 0x88b5, 60);
	assert_int_equal(lab_receive(l, 1, f, 60).drop, DROP_LINK_LOCAL);
}

static void as_many_are_kept_as_is_set(void **state)
{
	set_switch("lldp_max_neighbors", "2");
	for (unsigned n = 1; n <= 5; n++)
		hear(1, n, "far", 120);
	assert_int_equal(known(1), 2);
	assert_int_equal(l->port[1].stats.drops[DROP_LLDP_FULL], 3);
	hear(2, 1, "far", 120); /* who floods one port takes nothing from others */
	assert_int_equal(known(2), 1);
}

/* ---- ports ---- */

static void a_port_may_only_listen(void **state)
{
	forget();
	set_port(1, "rx");
	assert_int_equal(wire.goodbyes[1], 1);
	let_pass(40);
	assert_int_equal(wire.sent[1], 1);
	hear(1, 9, "far", 120);
	assert_int_equal(known(1), 1);
}

static void a_port_may_only_speak(void **state)
{
	hear(1, 9, "far", 120);
	let_pass(10); /* somebody new is answered soon and often (txFast) */
	forget();
	set_port(1, "tx");
	assert_int_equal(told.raised[EVENT_NEIGHBOR_LEFT], 1);
	assert_int_equal(wire.goodbyes[1], 0);
	assert_int_equal(hear(1, 9, "far", 120).drop, DROP_LINK_LOCAL);
	assert_int_equal(known(1), 0);
	let_pass(30);
	assert_int_equal(wire.sent[1], 1);
}

static void a_port_that_is_off_is_like_one_of_a_switch_without(void **state)
{
	set_switch("link_local", "forward");
	forget();
	set_port(1, "off");
	assert_int_equal(wire.goodbyes[1], 1);
	struct verdict v = hear(1, 9, "far", 120);
	assert_int_equal(lab_fanout(l, &v), PORTS - 1);
	assert_int_equal(known(1), 0);
	let_pass(40);
	assert_int_equal(wire.sent[1], 1);
	set_port(1, "both");
	let_pass(1);
	assert_int_equal(wire.sent[1], 2);
}

static void what_changes_at_one_port_is_not_seen_at_others(void **state)
{
	hear(0, 9, "far", 120);
	let_pass(10);
	forget();
	set_port(1, "off");
	set_port(1, "both");
	l->port[1].mtu = 9000;
	sw_port_update(&l->port[1]);
	let_pass(5);
	assert_int_equal(wire.sent[0] + wire.sent[2], 0);
	assert_int_equal(told.from[0], 0);
	assert_int_equal(known(0), 1);
	assert_int_equal(wire.said[1].frame_max, 9018);
}

static void a_port_that_goes_says_goodbye_once(void **state)
{
	forget();
	hear(1, 9, "far", 120);
	sw_port_leave(&l->port[1]);
	assert_int_equal(wire.goodbyes[1], 1);
	assert_int_equal(told.raised[EVENT_NEIGHBOR_LEFT], 1);
	let_pass(2);
	sw_detach(&l->port[1]);
	assert_int_equal(wire.sent[1], 1);
	assert_int_equal(sw_attach(l->sw, &l->port[1], NULL), 0);
	sw_port_link(&l->port[1], true);
	let_pass(1);
	assert_int_equal(wire.sent[1], 2);
	assert_int_equal(known(1), 0);
}

/* ---- VLANs ---- */

static void name_vlan(unsigned vid, const char *name)
{
	struct sw_vlan_set set = {0};

	snprintf(set.name, sizeof(set.name), "%s", name);
	sw_vlan_configure(l->sw, vid, &set);
}

static void vlans_are_told_where_there_are_any(void **state)
{
	name_vlan(10, "office");
	name_vlan(20, "lab");
	name_vlan(30, "elsewhere");
	l->port[0].set.access = 10;
	vidset_parse("10-20", &l->port[1].set.trunk);
	for (unsigned i = 0; i < PORTS; i++)
		sw_port_update(&l->port[i]);
	let_pass(2);
	assert_false(wire.said[0].has_pvid);
	assert_int_equal(wire.said[1].vlans, 0);

	set_switch("vlan_aware", "true");
	let_pass(2);
	assert_true(wire.said[0].has_pvid);
	assert_int_equal(wire.said[0].pvid, 10);
	assert_int_equal(wire.said[0].vlans, 1);
	assert_true(text_is(wire.said[0].vlan[0].name, "office"));
	assert_true(wire.said[1].has_pvid); /* a trunk without a native VLAN has none */
	assert_int_equal(wire.said[1].pvid, 0);
	assert_int_equal(wire.said[1].vlans, 2);
	assert_int_equal(wire.said[1].vlan[1].vid, 20);
	assert_int_equal(wire.said[2].pvid, 1);

	forget();
	name_vlan(20, "workshop");
	let_pass(2);
	assert_true(text_is(wire.said[1].vlan[1].name, "workshop"));
	assert_int_equal(wire.sent[1], 1);
	assert_int_equal(wire.sent[0] + wire.sent[2], 0); /* for them it is the same as before */
}

static void more_vlans_than_are_told(void **state)
{
	set_switch("vlan_aware", "true");
	for (unsigned vid = 100; vid < 150; vid++)
		name_vlan(vid, "v");
	vidset_parse("all", &l->port[1].set.trunk);
	sw_port_update(&l->port[1]);
	let_pass(2);
	assert_int_equal(wire.said[1].vlans, LLDP_VLANS_SENT);
	assert_int_equal(wire.said[1].vlan[0].vid, 100);
}

/* ---- too much of it ---- */

static void events_are_bounded_whatever_is_sent(void **state)
{
	char name[16];

	forget();
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		hear(1, 1, name, 120);
	}
	assert_int_equal(told.from[1], LLDP_NEIGHBORS_MAX + 1);
	assert_int_equal(told.raised[EVENT_NEIGHBOR_FLOOD], 1);
	assert_int_equal(sw_lldp_untold(&l->port[1]), 1000 - LLDP_NEIGHBORS_MAX);
	assert_int_equal(known(1), 1);

	hear(2, 2, "quiet", 120); /* others are told of */
	assert_int_equal(told.raised[EVENT_NEIGHBOR_ADDED], 2);
	assert_string_equal(told.port, "p2");
	assert_int_equal(sw_lldp_untold(&l->port[2]), 0);
}

static void a_flood_that_goes_on_is_told_once(void **state)
{
	forget();
	for (unsigned i = 0; i < 600; i++) {
		hear(1, i, "x", 1);
		hear(1, i, "x", 0);
		let_pass(1);
	}
	assert_int_equal(told.raised[EVENT_NEIGHBOR_FLOOD], 1);
	assert_in_range(told.from[1], 600, 600 + LLDP_NEIGHBORS_MAX + 1);
	let_pass(LLDP_NEIGHBORS_MAX + 1); /* it is over */
	forget();
	for (unsigned i = 0; i < LLDP_NEIGHBORS_MAX; i++) {
		hear(1, i, "x", 120);
		hear(1, i, "x", 0);
	}
	assert_int_equal(told.raised[EVENT_NEIGHBOR_FLOOD], 1);
	assert_int_equal(told.from[1], LLDP_NEIGHBORS_MAX + 1);
}

/* All that a port knew goes with its link, in full. */
static void a_full_port_that_goes_down_is_told_whole(void **state)
{
	set_switch("lldp_max_neighbors", "64");
	for (unsigned i = 0; i < LLDP_NEIGHBORS_MAX; i++)
		hear(1, i, "x", 3600);
	let_pass(LLDP_NEIGHBORS_MAX + 1);
	forget();
	sw_port_link(&l->port[1], false);
	assert_int_equal(told.raised[EVENT_NEIGHBOR_LEFT], LLDP_NEIGHBORS_MAX);
	assert_int_equal(told.raised[EVENT_NEIGHBOR_FLOOD], 0);
}

/* The neighbours are still there. */
static void counters_are_cleared(void **state)
{
	hear(1, 9, "far", 120);
	hear(2, 9, "far", 120);
	assert_int_equal(lldp_port_stats(sw_lldp_agent(l->sw), 1)->frames_in, 1);
	sw_clear_stats(l->sw, &l->port[1]);
	assert_int_equal(lldp_port_stats(sw_lldp_agent(l->sw), 1)->frames_in, 0);
	assert_int_equal(lldp_port_stats(sw_lldp_agent(l->sw), 1)->frames_out, 0);
	assert_int_equal(lldp_port_stats(sw_lldp_agent(l->sw), 2)->frames_in, 1);
	assert_int_equal(known(1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(off_it_is_a_link_local_frame_like_others, setup,
						done),
		cmocka_unit_test_setup_teardown(on_it_says_who_it_is, setup, done),
		cmocka_unit_test_setup_teardown(turned_off_it_says_goodbye, setup_on, done),
		cmocka_unit_test_setup_teardown(it_is_called_what_is_set, setup_on, done),
		cmocka_unit_test_setup_teardown(it_tells_where_it_is_managed, setup_on, done),
		cmocka_unit_test_setup_teardown(counters_are_cleared, setup_on, done),
		cmocka_unit_test_setup_teardown(another_chassis_is_a_new_one, setup_on, done),
		cmocka_unit_test_setup_teardown(
			settings_that_have_nothing_to_do_with_it_make_it_say_nothing, setup_on,
			done),
		cmocka_unit_test_setup_teardown(nothing_set_is_what_the_standard_says, setup, done),
		cmocka_unit_test_setup_teardown(a_neighbour_is_heard_and_goes_no_further, setup_on,
						done),
		cmocka_unit_test_setup_teardown(what_it_says_later_is_told_where_it_differs,
						setup_on, done),
		cmocka_unit_test_setup_teardown(it_leaves_when_it_says_so, setup_on, done),
		cmocka_unit_test_setup_teardown(it_ages_when_it_is_silent, setup_on, done),
		cmocka_unit_test_setup_teardown(it_goes_with_the_link, setup_on, done),
		cmocka_unit_test_setup_teardown(a_port_that_discards_hears_and_speaks, setup_on,
						done),
		cmocka_unit_test_setup_teardown(a_bad_frame_is_counted_and_teaches_nothing,
						setup_on, done),
		cmocka_unit_test_setup_teardown(a_frame_with_a_tag_is_none_of_it, setup_on, done),
		cmocka_unit_test_setup_teardown(as_many_are_kept_as_is_set, setup_on, done),
		cmocka_unit_test_setup_teardown(a_port_may_only_listen, setup_on, done),
		cmocka_unit_test_setup_teardown(a_port_may_only_speak, setup_on, done),
		cmocka_unit_test_setup_teardown(a_port_that_is_off_is_like_one_of_a_switch_without,
						setup_on, done),
		cmocka_unit_test_setup_teardown(what_changes_at_one_port_is_not_seen_at_others,
						setup_on, done),
		cmocka_unit_test_setup_teardown(a_port_that_goes_says_goodbye_once, setup_on, done),
		cmocka_unit_test_setup_teardown(vlans_are_told_where_there_are_any, setup_on, done),
		cmocka_unit_test_setup_teardown(more_vlans_than_are_told, setup_on, done),
		cmocka_unit_test_setup_teardown(events_are_bounded_whatever_is_sent, setup_on,
						done),
		cmocka_unit_test_setup_teardown(a_flood_that_goes_on_is_told_once, setup_on, done),
		cmocka_unit_test_setup_teardown(a_full_port_that_goes_down_is_told_whole, setup_on,
						done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
