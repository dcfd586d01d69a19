/* SPDX-License-Identifier: ISC */
/* A switch that snoops: what goes to whom, what it sends and how that is tagged, its settings, its events. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/sw_snoop.h"
#include "groups.h"
#include "lab.h"

enum { PORTS = 5, START_MS = 7000000 }; /* the clock does not begin with us */

/* What the switch sent through each port. */
static struct {
	struct sw_io io;
	unsigned sent[PORTS];
	uint8_t last[PORTS][2048];
	size_t len[PORTS];
	int cut; /* the port whose link breaks when something is sent through it, or -1 */
} wire;

static struct lab *l; /* of the test that runs */

static int done(void **state)
{
	lab_free(l);
	l = NULL;
	return 0;
}

static void keep_sent(struct sw_io *io, struct sw_port *out, const uint8_t *frame, size_t len)
{
	assert_ptr_equal(io, &wire.io);
	assert_true(out->link && len <= sizeof(wire.last[0]));
	wire.sent[out->index]++;
	memcpy(wire.last[out->index], frame, len);
	wire.len[out->index] = len;
	if (wire.cut == (int)out->index)
		sw_port_link(out, false);
}

static void forget_sent(void)
{
	memset(wire.sent, 0, sizeof(wire.sent));
}

/* Time goes by in steps, as in the daemon. */
static void let_pass(uint64_t ms)
{
	for (uint64_t end = l->now_ms + ms; l->now_ms < end;) {
		l->now_ms += SW_TICK_MS;
		sw_tick(l->sw, l->now_ms);
	}
}

static void bench(void)
{
	memset(&wire, 0, sizeof(wire));
	wire.io.send = keep_sent;
	wire.cut = -1;
	l = lab_new(PORTS, 64);
	l->now_ms = START_MS;
	l->sw->io = &wire.io;
}

static void change(void (*fn)(struct sw_settings *set))
{
	struct sw_settings set = l->sw->set;

	fn(&set);
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
}

static void snoop_on(struct sw_settings *set)
{
	snprintf(set->mcast_snooping, sizeof(set->mcast_snooping), "on");
}

static void snoop_off(struct sw_settings *set)
{
	snprintf(set->mcast_snooping, sizeof(set->mcast_snooping), "off");
}

static void ask(struct sw_settings *set)
{
	snoop_on(set);
	set->mcast_querier = true;
	snprintf(set->mcast_querier_ipv4, sizeof(set->mcast_querier_ipv4), "10.0.0.1");
}

static void aware(struct sw_settings *set)
{
	set->vlan_aware = true;
}

static struct verdict rx(unsigned in, const struct gpacket *p)
{
	return lab_receive(l, in, p->data, p->len);
}

/* With a tag in front of what there is. */
static struct verdict rx_tagged(unsigned in, const struct gpacket *p, uint16_t tpid, uint16_t tci)
{
	uint8_t buf[2048];

	memcpy(buf, p->data, 12);
	buf[12] = (uint8_t)(tpid >> 8);
	buf[13] = (uint8_t)tpid;
	buf[14] = (uint8_t)(tci >> 8);
	buf[15] = (uint8_t)tci;
	memcpy(buf + 16, p->data + 12, p->len - 12);
	return lab_receive(l, in, buf, p->len + 4);
}

static struct verdict join(unsigned port, const char *group)
{
	struct gpacket p;

	gp_record(&p, MCAST_TO_EX, group, NULL);
	return rx(port, &p);
}

static struct verdict data(unsigned in, const char *group)
{
	struct gpacket p;

	gp_data(&p, strchr(group, ':') ? "fe80::5" : "10.0.0.5", group);
	return rx(in, &p);
}

/* "1 3": the ports that it goes to; "" where it goes nowhere. */
static const char *ports(const struct verdict *v)
{
	static char text[64];

	text[0] = '\0';
	if (v->drop == DROP_NONE && v->route != ROUTE_HERE)
		portset_foreach (i, &v->out, l->sw->words)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%u",
				 *text ? " " : "", i);
	return text;
}

static void assert_goes(unsigned in, const char *group, const char *to)
{
	struct verdict v = data(in, group);

	assert_string_equal(ports(&v), to);
}

/* A querier at port 4 whose first answers are in. */
static void querier_at_4(void)
{
	struct gpacket p;

	let_pass(SW_TICK_MS);
	gp_query(&p, "10.0.0.250", NULL, 1000, NULL);
	(void)rx(4, &p);
	gp_query(&p, "fe80::250", NULL, 1000, NULL);
	(void)rx(4, &p);
	let_pass(1200);
}

/* ---- what goes to whom ---- */

static void off_is_as_ever(void **state)
{
	bench();
	let_pass(200);
	(void)join(1, "239.1.2.3");
	assert_goes(0, "239.1.2.3", "1 2 3 4");
	assert_null(l->sw->snoop);
	assert_false(sw_has_protocols(l->sw));
	assert_int_equal(l->sw->stats.flooded, 2);
}

static void without_a_querier_all_is_flooded(void **state)
{
	struct verdict v;

	bench();
	change(snoop_on);
	assert_true(sw_has_protocols(l->sw));
	let_pass(200);
	v = join(1, "239.1.2.3");
	assert_string_equal(ports(&v), "0 2 3 4");
	assert_goes(0, "239.1.2.3", "1 2 3 4");
}

static void who_asked_gets_it(void **state)
{
	struct verdict v;

	bench();
	change(snoop_on);
	querier_at_4();
	v = join(1, "239.1.2.3");
	assert_int_equal(v.route, ROUTE_GROUP);
	assert_string_equal(ports(&v), "4"); /* reports are the router's */
	uint64_t flooded = l->sw->stats.flooded;
	assert_goes(0, "239.1.2.3", "1 4");
	assert_goes(1, "239.1.2.3", "4");
	assert_goes(0, "239.9.9.9", "4");
	assert_int_equal(l->sw->stats.flooded, flooded);
	assert_goes(0, "224.0.0.251", "1 2 3 4");
	(void)join(2, "ff05::7");
	assert_goes(0, "ff05::7", "2 4");
	assert_goes(0, "ff02::1", "1 2 3 4");
	assert_goes(0, "ff02::1:ff00:9", "1 2 3 4"); /* nobody has said it is his */
	(void)join(3, "ff02::1:ff00:9");
	assert_goes(0, "ff02::1:ff00:9", "3 4");
}

static void data_for_nobody_has_a_reason(void **state)
{
	struct verdict v;

	bench();
	change(ask);
	let_pass(11000); /* our own first answers */
	v = data(0, "239.1.2.3");
	assert_int_equal(v.drop, DROP_NO_MEMBER);
	assert_int_equal(l->port[0].stats.drops[DROP_NO_MEMBER], 1);
	(void)join(0, "239.1.2.3");
	v = data(0, "239.1.2.3"); /* he has it already */
	assert_int_equal(v.drop, DROP_NO_MEMBER);
	assert_int_equal(l->sw->stats.dropped, 2);
	assert_goes(2, "239.1.2.3", "0");
	sw_port_link(&l->port[0], false);
	v = data(2, "239.1.2.3");
	assert_int_equal(v.drop, DROP_NO_MEMBER);
}

static void a_report_that_only_we_want_is_not_lost(void **state)
{
	struct verdict v;

	bench();
	change(ask);
	let_pass(11000);
	v = join(1, "239.1.2.3");
	assert_int_equal(v.drop, DROP_NONE);
	assert_int_equal(v.route, ROUTE_HERE);
	assert_int_equal(l->port[1].stats.rx_control, 1);
	assert_int_equal(l->sw->stats.dropped, 0);
	assert_goes(0, "239.1.2.3", "1");
}

static void deciding_changes_nothing(void **state)
{
	struct gpacket p;
	struct verdict v;

	bench();
	change(snoop_on);
	querier_at_4();
	gp_record(&p, MCAST_TO_EX, "239.1.2.3", NULL);
	struct frame f = {.data = p.data, .len = p.len};
	switch_decide(l->sw, &l->port[1], &f, frame_parse(&f), &v);
	assert_string_equal(ports(&v), "4");
	assert_goes(0, "239.1.2.3", "4");
}

static void what_is_wrong_teaches_nothing(void **state)
{
	static const char *const group[] = {"239.1.2.3", "ff05::7"};
	struct snoop_port_stats st;
	struct gpacket p;
	struct verdict v;

	bench();
	change(snoop_on);
	querier_at_4();
	for (unsigned v6 = 0; v6 < 2; v6++) {
		gp_record(&p, MCAST_TO_EX, group[v6], NULL);
		p.data[p.l4 + 3] ^= 1; /* the checksum */
		v = rx(1, &p);
		assert_int_equal(v.drop, v6 ? DROP_BAD_MLD : DROP_BAD_IGMP);
		assert_int_equal(v.src.learn, LEARN_IGNORED);
		gp_record(&p, MCAST_TO_EX, group[v6], NULL);
		p.data[p.l4 + 7] = 200; /* so many records are not there */
		gp_finish(&p);
		v = rx(1, &p);
		assert_int_equal(v.drop, v6 ? DROP_BAD_MLD : DROP_BAD_IGMP);
		assert_int_equal(l->port[1].stats.drops[v.drop], 2);
		assert_goes(0, group[v6], "4");
	}
	snoop_port_stats(l->sw->snoop, 1, &st);
	assert_int_equal(st.bad[0], 2);
	assert_int_equal(st.bad[1], 2);
	sw_clear_stats(l->sw, &l->port[1]);
	snoop_port_stats(l->sw->snoop, 1, &st);
	assert_int_equal(st.bad[0] + st.bad[1], 0);
}

/* ---- routers and what is set ---- */

static void a_guarded_port_is_no_routers(void **state)
{
	struct gpacket p;
	struct verdict v;

	bench();
	change(snoop_on);
	let_pass(200);
	snprintf(l->port[4].set.mcast_router, sizeof(l->port[4].set.mcast_router), "never");
	sw_port_update(&l->port[4]);
	gp_query(&p, "10.0.0.250", NULL, 1000, NULL);
	v = rx(4, &p);
	assert_int_equal(v.drop, DROP_ROUTER_GUARD);
	assert_int_equal(l->port[4].stats.drops[DROP_ROUTER_GUARD], 1);
	let_pass(1200);
	assert_goes(0, "239.1.2.3", "1 2 3 4"); /* nobody asked */
}

static void a_router_that_is_set_gets_everything(void **state)
{
	bench();
	change(ask);
	let_pass(11000);
	snprintf(l->port[3].set.mcast_router, sizeof(l->port[3].set.mcast_router), "always");
	sw_port_update(&l->port[3]);
	let_pass(SW_TICK_MS);
	assert_goes(0, "239.1.2.3", "3");
	change(snoop_off);
	change(ask);
	let_pass(11000);
	assert_goes(0, "239.1.2.3", "3");
	snprintf(l->port[3].set.mcast_router, sizeof(l->port[3].set.mcast_router), "auto");
	sw_port_update(&l->port[3]);
	let_pass(SW_TICK_MS);
	assert_goes(0, "239.1.2.3", "");
}

static void a_static_group_stays(void **state)
{
	struct ip_addr group = addr("239.1.2.3");
	struct err e = {0};

	bench();
	assert_int_equal(sw_group_add(l->sw, 0, group, &l->port[2], &e), 0); /* it is off yet */
	change(ask);
	let_pass(11000);
	assert_goes(0, "239.1.2.3", "2");
	assert_int_equal(sw_group_add(l->sw, 0, group, &l->port[3], &e), 0);
	assert_int_equal(sw_group_add(l->sw, 0, group, &l->port[3], &e), 0);
	assert_goes(0, "239.1.2.3", "2 3"); /* at once */
	sw_port_link(&l->port[2], false);
	sw_port_link(&l->port[2], true);
	assert_goes(0, "239.1.2.3", "2 3");
	assert_int_equal(sw_group_del(l->sw, 0, group, &l->port[3], &e), 0);
	assert_int_equal(sw_group_del(l->sw, 0, group, &l->port[3], &e), -ENOENT);
	assert_goes(0, "239.1.2.3", "2");
	sw_detach(&l->port[2]);
	assert_int_equal(sw_attach(l->sw, &l->port[2], &e), 0); /* another one now */
	sw_port_link(&l->port[2], true);
	let_pass(SW_TICK_MS);
	assert_goes(0, "239.1.2.3", "");
}

static void refuses(uint16_t vid, const char *group, int code, const char *word)
{
	struct err e = {0};

	assert_int_equal(sw_group_add(l->sw, vid, addr(group), &l->port[1], &e), -code);
	assert_non_null(strstr(e.text, word));
}

static void groups_that_make_no_sense_are_refused(void **state)
{
	struct sw_settings set;
	struct err e = {0};

	bench();
	refuses(0, "10.0.0.1", EINVAL, "10.0.0.1");
	refuses(0, "224.0.0.251", EINVAL, "all ports");
	refuses(0, "ff02::1", EINVAL, "all ports");
	refuses(5, "239.1.2.3", EINVAL, "vlan_aware");
	assert_int_equal(sw_group_add(l->sw, 0, addr("239.1.2.3"), &l->port[1], NULL), 0);
	set = l->sw->set;
	set.vlan_aware = true;
	assert_int_equal(sw_reconfigure(l->sw, &set, &e), -EINVAL);
	assert_int_equal(sw_group_del(l->sw, 0, addr("239.1.2.3"), &l->port[1], NULL), 0);
	assert_int_equal(sw_reconfigure(l->sw, &set, &e), 0);
	refuses(0, "239.1.2.3", EINVAL, "1 to 4094");
	for (unsigned i = 0; i < SW_GROUPS_MAX; i++)
		assert_int_equal(sw_group_add(l->sw, 1, ip4(0xef000000 + i), &l->port[1], NULL), 0);
	refuses(1, "239.9.9.9", ENOSPC, "1024");
	set.mcast_max_groups = 16;
	assert_int_equal(sw_reconfigure(l->sw, &set, &e), -ENOSPC);
}

/* ---- ports and VLANs ---- */

static void a_port_that_goes_is_forgotten(void **state)
{
	bench();
	change(ask);
	let_pass(11000);
	for (unsigned i = 1; i < 4; i++)
		(void)join(i, "239.1.2.3");
	assert_goes(0, "239.1.2.3", "1 2 3");
	sw_port_link(&l->port[1], false);
	sw_port_link(&l->port[1], true);
	assert_goes(0, "239.1.2.3", "2 3");
	sw_detach(&l->port[2]);
	assert_int_equal(sw_attach(l->sw, &l->port[2], NULL), 0);
	sw_port_link(&l->port[2], true);
	assert_goes(0, "239.1.2.3", "3");
}

/* Ports 0 and 1 in VLAN 10, 2 in VLAN 20; 3 a trunk of both with C-tags, 4 one with S-tags, of VLAN 10 alone. */
static void vlans(void)
{
	bench();
	change(aware);
	l->port[0].set.access = l->port[1].set.access = 10;
	l->port[2].set.access = 20;
	vidset_add(&l->port[3].set.trunk, 10);
	vidset_add(&l->port[3].set.trunk, 20);
	vidset_add(&l->port[4].set.trunk, 10);
	snprintf(l->port[4].set.tpid, sizeof(l->port[4].set.tpid), "0x88a8");
	for (unsigned i = 0; i < PORTS; i++)
		sw_port_update(&l->port[i]);
}

static void assert_tag(unsigned port, uint16_t tpid, uint16_t vid)
{
	const uint8_t *at = wire.last[port] + 12;

	assert_int_equal(at[0] << 8 | at[1], tpid);
	assert_int_equal(at[2] << 8 | at[3], 6 << 13 | vid);
	assert_int_equal(at[4] << 8 | at[5], ETHERTYPE_IPV4);
}

static void a_query_has_the_tag_of_its_vlan(void **state)
{
	struct sw_vlan_set set = {.mcast_querier = true};

	vlans();
	change(snoop_on);
	let_pass(200);
	sw_vlan_configure(l->sw, 10, &set);
	let_pass(SW_TICK_MS);
	for (unsigned i = 0; i < PORTS; i++)
		assert_int_equal(wire.sent[i], i == 2 ? 0 : 2); /* IGMP and MLD */
	set.mcast_querier = false;
	forget_sent();
	sw_vlan_configure(l->sw, 10, &set);
	let_pass(400000);
	for (unsigned i = 0; i < PORTS; i++)
		assert_int_equal(wire.sent[i], 0);
	snprintf(l->sw->set.mcast_snooping, sizeof(l->sw->set.mcast_snooping), "igmp");
	set.mcast_querier = true;
	snprintf(set.mcast_querier_ipv4, sizeof(set.mcast_querier_ipv4), "10.10.0.1");
	sw_vlan_configure(l->sw, 20, &set);
	let_pass(200);
	assert_int_equal(wire.sent[3], 1);
	assert_tag(3, ETHERTYPE_CTAG, 20);
	assert_int_equal(wire.sent[2], 1);
	assert_int_equal(wire.last[2][12] << 8 | wire.last[2][13], ETHERTYPE_IPV4);
	assert_memory_equal(wire.last[2] + 14 + 12, "\x0a\x0a\x00\x01", 4);
	assert_memory_equal(wire.last[3] + 18 + 12, "\x0a\x0a\x00\x01", 4);
	assert_int_equal(wire.len[3], wire.len[2] + 4);
	forget_sent();
	sw_vlan_configure(l->sw, 10, &set);
	let_pass(200);
	assert_tag(3, ETHERTYPE_CTAG, 10);
	assert_tag(4, ETHERTYPE_STAG, 10);
	assert_int_equal(wire.sent[2], 0);
}

static void vlans_are_apart(void **state)
{
	struct sw_vlan_set flood = {.mcast_flood = true};
	struct gpacket p;
	struct verdict v;

	vlans();
	change(ask);
	let_pass(11000);
	(void)join(1, "239.1.2.3");
	assert_goes(0, "239.1.2.3", "1");
	assert_goes(2, "239.1.2.3", "");
	gp_record(&p, MCAST_TO_EX, "239.1.2.3", NULL);
	(void)rx_tagged(3, &p, ETHERTYPE_CTAG, 20);
	assert_goes(2, "239.1.2.3", "3");
	assert_goes(0, "239.1.2.3", "1"); /* not the trunk: that was in VLAN 20 */
	gp_data(&p, "10.0.0.5", "239.1.2.3");
	v = rx_tagged(3, &p, ETHERTYPE_CTAG, 10);
	assert_string_equal(ports(&v), "1");
	sw_vlan_configure(l->sw, 10, &flood);
	let_pass(SW_TICK_MS);
	assert_goes(0, "239.1.2.3", "1 3 4");
	assert_goes(2, "239.1.2.3", "3");
}

static void a_port_that_leaves_a_vlan_is_forgotten_there(void **state)
{
	vlans();
	assert_int_equal(sw_group_add(l->sw, 10, addr("239.7.7.7"), &l->port[1], NULL), 0);
	change(ask);
	let_pass(11000);
	(void)join(1, "239.1.2.3");
	assert_goes(0, "239.1.2.3", "1");
	assert_goes(0, "239.7.7.7", "1");
	l->port[1].set.access = 20;
	sw_port_update(&l->port[1]);
	let_pass(SW_TICK_MS);
	assert_goes(0, "239.7.7.7", "");
	l->port[1].set.access = 10;
	sw_port_update(&l->port[1]);
	let_pass(SW_TICK_MS);
	assert_goes(0, "239.1.2.3", "");
	assert_goes(0, "239.7.7.7", "1"); /* that was an order */
}

static void tags_that_are_not_ours_are_flooded(void **state)
{
	struct gpacket p;
	struct verdict v;

	bench();
	change(ask);
	let_pass(11000);
	gp_record(&p, MCAST_TO_EX, "239.1.2.3", NULL);
	v = rx_tagged(1, &p, ETHERTYPE_CTAG, 10);
	assert_string_equal(ports(&v), "0 2 3 4");
	v = rx_tagged(1, &p, ETHERTYPE_STAG, 0);
	assert_string_equal(ports(&v), "0 2 3 4");
	assert_goes(0, "239.1.2.3", "");
	(void)rx_tagged(1, &p, ETHERTYPE_CTAG, 5 << 13); /* a priority alone */
	assert_goes(0, "239.1.2.3", "1");
	gp_data(&p, "10.0.0.5", "239.1.2.3");
	v = rx_tagged(0, &p, ETHERTYPE_CTAG, 10);
	assert_string_equal(ports(&v), "1 2 3 4");
}

static void a_customers_tags_are_flooded_in_the_tunnel(void **state)
{
	struct gpacket p;
	struct verdict v;

	vlans();
	memset(&l->port[1].set.access, 0, sizeof(l->port[1].set.access));
	l->port[1].set.dot1q_tunnel = 10;
	sw_port_update(&l->port[1]);
	change(ask);
	let_pass(11000);
	gp_data(&p, "10.0.0.5", "239.1.2.3");
	v = rx_tagged(1, &p, ETHERTYPE_CTAG, 77);
	assert_string_equal(ports(&v), "0 3 4");
	v = rx(1, &p);
	assert_int_equal(v.drop, DROP_NO_MEMBER);
}

static void thousands_of_vlans_have_turns(void **state)
{
	unsigned n;

	vlans();
	assert_true(vidset_parse("all", &l->port[3].set.trunk));
	sw_port_update(&l->port[3]);
	change(ask);
	let_pass(SW_TICK_MS);
	n = wire.sent[3];
	assert_int_equal(n, 2 * SNOOP_VLANS_AT_ONCE);
	let_pass(SW_TICK_MS);
	assert_int_equal(wire.sent[3], 2 * n);
	let_pass(4094 / SNOOP_VLANS_AT_ONCE * SW_TICK_MS);
	for (uint16_t vid = 1; vid < 4095; vid++)
		assert_true(snoop_vlan_is(l->sw->snoop, vid));
	assert_false(snoop_vlan_is(l->sw->snoop, 0));
}

/* ---- what happens ---- */

static void the_tree_changes(void **state)
{
	bench();
	change(ask);
	let_pass(11000);
	(void)join(1, "239.1.2.3");
	assert_goes(0, "239.1.2.3", "1");
	forget_sent();
	sw_snoop_topology_changed(l->sw);
	sw_snoop_topology_changed(l->sw);
	let_pass(SW_TICK_MS);
	assert_int_equal(wire.sent[2], 2); /* once, of each family */
	assert_goes(0, "239.1.2.3", "1 2 3 4");
	let_pass(11000);
	assert_goes(0, "239.1.2.3", "1");
}

static void a_link_breaks_in_the_middle_of_a_query(void **state)
{
	struct gpacket p;

	bench();
	change(ask);
	let_pass(11000);
	(void)join(1, "239.1.2.3");
	(void)join(2, "239.1.2.3");
	wire.cut = 1;
	gp_leave(&p, "239.1.2.3");
	(void)rx(2, &p); /* asks whether others are there */
	assert_false(l->port[1].link);
	let_pass(SW_TICK_MS);
	assert_int_equal(snoop_port_members(l->sw->snoop, 1, &(uint32_t){0}), 0);
	wire.cut = -1;
	sw_port_link(&l->port[1], true);
	let_pass(3000);
	assert_goes(0, "239.1.2.3", "");
}

static void other_tables_are_made_anew(void **state)
{
	struct sw_settings set;

	bench();
	change(ask);
	let_pass(11000);
	(void)join(1, "239.1.2.3");
	set = l->sw->set;
	set.mcast_last_member_ms = 500;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	let_pass(SW_TICK_MS);
	assert_goes(0, "239.1.2.3", "1");
	set.mcast_max_groups = 16;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	assert_goes(0, "239.1.2.3", "1 2 3 4");
	let_pass(11000);
	assert_goes(0, "239.1.2.3", "");
	for (unsigned i = 0; i < 20; i++) {
		char group[16];

		snprintf(group, sizeof(group), "239.2.0.%u", i);
		(void)join(1, group);
	}
	assert_int_equal(snoop_port_members(l->sw->snoop, 1, &(uint32_t){0}), 16);
	assert_int_equal(l->raised[EVENT_GROUP_FULL], 1);
}

static void settings_that_say_the_same_ask_nobody(void **state)
{
	struct sw_settings set;

	bench();
	change(ask);
	let_pass(60000);
	forget_sent();
	set = l->sw->set;
	set.ageing_s = 60;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	let_pass(SW_TICK_MS);
	assert_int_equal(wire.sent[0], 0);
}

static void events_are_told_so_many_a_second(void **state)
{
	bench();
	change(ask);
	let_pass(11000);
	assert_int_equal(l->raised[EVENT_GROUP_QUERIER], 2);
	for (unsigned i = 0; i < 100; i++) {
		char group[16];

		snprintf(group, sizeof(group), "239.2.0.%u", i);
		(void)join(1, group);
	}
	assert_int_equal(l->raised[EVENT_GROUP_JOINED], SNOOP_TOLD);
	(void)join(2, "239.2.0.0");
	assert_int_equal(l->raised[EVENT_GROUP_JOINED], SNOOP_TOLD + 1);
	assert_string_equal(l->last.port, "p2");
	let_pass(1000);
	assert_int_equal(l->raised[EVENT_GROUP_SKIPPED], 1);
	assert_int_equal(l->last.number, 100 - SNOOP_TOLD);
	assert_string_equal(l->last.port, "p1");
	sw_port_link(&l->port[2], false);
	assert_int_equal(l->raised[EVENT_GROUP_LEFT], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(off_is_as_ever, done),
		cmocka_unit_test_teardown(without_a_querier_all_is_flooded, done),
		cmocka_unit_test_teardown(who_asked_gets_it, done),
		cmocka_unit_test_teardown(data_for_nobody_has_a_reason, done),
		cmocka_unit_test_teardown(a_report_that_only_we_want_is_not_lost, done),
		cmocka_unit_test_teardown(deciding_changes_nothing, done),
		cmocka_unit_test_teardown(what_is_wrong_teaches_nothing, done),
		cmocka_unit_test_teardown(a_guarded_port_is_no_routers, done),
		cmocka_unit_test_teardown(a_router_that_is_set_gets_everything, done),
		cmocka_unit_test_teardown(a_static_group_stays, done),
		cmocka_unit_test_teardown(groups_that_make_no_sense_are_refused, done),
		cmocka_unit_test_teardown(a_port_that_goes_is_forgotten, done),
		cmocka_unit_test_teardown(a_query_has_the_tag_of_its_vlan, done),
		cmocka_unit_test_teardown(vlans_are_apart, done),
		cmocka_unit_test_teardown(a_port_that_leaves_a_vlan_is_forgotten_there, done),
		cmocka_unit_test_teardown(tags_that_are_not_ours_are_flooded, done),
		cmocka_unit_test_teardown(a_customers_tags_are_flooded_in_the_tunnel, done),
		cmocka_unit_test_teardown(thousands_of_vlans_have_turns, done),
		cmocka_unit_test_teardown(the_tree_changes, done),
		cmocka_unit_test_teardown(a_link_breaks_in_the_middle_of_a_query, done),
		cmocka_unit_test_teardown(other_tables_are_made_anew, done),
		cmocka_unit_test_teardown(settings_that_say_the_same_ask_nobody, done),
		cmocka_unit_test_teardown(events_are_told_so_many_a_second, done),
	};

	return cmocka_run_group_tests_name("sw_snoop", tests, NULL, NULL);
}
