/* SPDX-License-Identifier: ISC */
/* What a port's filters are shown, and what follows from what they say; programs are test_filter_program.c's. */
#include "unit.h"

#include <string.h>

#include "core/tag.h"
#include "core/vnet.h"
#include "lab.h"
#include "packet.h"
#include "util/mac.h"

#define BRIDGE_GROUP UINT64_C(0x0180c2000000)

/* A filter that lets pass what has `type` at the place of the EtherType, and writes down what it saw. */
struct spy {
	struct filter filter; /* first */
	uint16_t type;
	unsigned asked;
	size_t caplen, len;
	uint8_t seen[FRAME_MAX];
};

static struct spy spies[3];

static bool look(const struct filter *f, const uint8_t *frame, size_t caplen, size_t len)
{
	struct spy *s = (struct spy *)(uintptr_t)f;

	assert_true(caplen <= len && caplen <= sizeof(s->seen));
	s->asked++;
	s->caplen = caplen;
	s->len = len;
	memcpy(s->seen, frame, caplen);
	return caplen >= 14 && (frame[12] << 8 | frame[13]) == s->type;
}

static const struct filter *spy(unsigned i, uint16_t type)
{
	spies[i] = (struct spy){.filter = {.match = look}, .type = type};
	return &spies[i].filter;
}

static void filter_in(struct lab *l, unsigned port, const struct filter *f)
{
	l->port[port].filter_in = f;
	sw_port_update(&l->port[port]);
}

static void filter_out(struct lab *l, unsigned port, const struct filter *f)
{
	l->port[port].filter_out = f;
	sw_port_update(&l->port[port]);
}

static struct verdict arp(struct lab *l, unsigned in, uint64_t dst, uint64_t src)
{
	uint8_t buf[60];

	return lab_receive(l, in, buf, lab_frame(buf, dst, src, 0x0806, sizeof(buf)));
}

static const struct sw_port_stats *stats(const struct lab *l, unsigned port)
{
	return &l->port[port].stats;
}

/* ---- on the way in ---- */

static void in_refuses_and_nothing_is_learned(void **state)
{
	struct lab *l = lab_new(3, 16);
	struct verdict v;

	filter_in(l, 0, spy(0, 0x0806));
	v = lab_send(l, 0, MAC_BROADCAST, STATION(1));
	assert_int_equal(v.drop, DROP_FILTER_IN);
	assert_int_equal(lab_fanout(l, &v), 0);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	assert_int_equal(stats(l, 0)->drops[DROP_FILTER_IN], 1);
	assert_int_equal(stats(l, 0)->filter_in_passed, 0);
	assert_int_equal(l->sw->stats.dropped, 1);
	v = arp(l, 0, MAC_BROADCAST, STATION(1));
	assert_int_equal(lab_fanout(l, &v), 2);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), 0);
	assert_int_equal(stats(l, 0)->filter_in_passed, 1);
	assert_int_equal(stats(l, 0)->drops[DROP_FILTER_IN], 1);
	assert_int_equal(spies[0].caplen, 60);
	assert_int_equal(spies[0].len, 60);
	lab_free(l);
}

static void others_are_not_asked(void **state)
{
	struct lab *l = lab_new(3, 16);
	struct verdict v;

	filter_in(l, 0, spy(0, 0x0806));
	assert_int_equal(l->port[1].gate, 0);
	v = lab_send(l, 1, MAC_BROADCAST, STATION(1));
	assert_int_equal(lab_fanout(l, &v), 2); /* port 0, too: it is filtered on the way in */
	assert_int_equal(v.asked, 0);
	assert_int_equal(spies[0].asked, 0);
	lab_free(l);
}

static void a_trace_changes_nothing_and_is_told_the_same(void **state)
{
	struct lab *l = lab_new(2, 16);
	struct sw_port_stats before;
	uint8_t buf[60];
	struct frame f = {.data = buf,
			  .len = lab_frame(buf, MAC_BROADCAST, STATION(1), 0x0800, sizeof(buf))};
	struct verdict v;

	filter_in(l, 0, spy(0, 0x0800));
	filter_out(l, 1, spy(1, 0x0806));
	before = *stats(l, 0);
	switch_decide(l->sw, &l->port[0], &f, frame_parse(&f), &v);
	assert_int_equal(v.drop, DROP_FILTER_OUT);
	assert_memory_equal(&before, stats(l, 0), sizeof(before));
	assert_int_equal(stats(l, 1)->drops[DROP_FILTER_OUT], 0);
	switch_commit(l->sw, &l->port[0], &f, &v, 0);
	assert_int_equal(v.drop, DROP_FILTER_OUT);
	assert_int_equal(stats(l, 0)->filter_in_passed, 1);
	assert_int_equal(stats(l, 1)->drops[DROP_FILTER_OUT], 1);
	assert_int_equal(spies[0].asked, 1);
	assert_int_equal(spies[1].asked, 1); /* nor is it asked again to be counted */
	lab_free(l);
}

/* It comes before what else may be wrong with a frame, so that its counter says what it did. */
static void in_is_asked_before_vlans_and_sizes(void **state)
{
	struct lab *l = lab_new(2, 16);
	struct sw_settings set = l->sw->set;
	struct verdict v;

	set.vlan_aware = true;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	filter_in(l, 0, spy(0, 0x0806));
	v = lab_send_tagged(l, 0, MAC_BROADCAST, STATION(1), ETHERTYPE_CTAG, 99);
	assert_int_equal(v.drop, DROP_FILTER_IN);
	assert_int_equal(spies[0].len, 64); /* as it was received, tag and all */
	assert_int_equal(spies[0].seen[12] << 8 | spies[0].seen[13], ETHERTYPE_CTAG);
	spies[0].type = ETHERTYPE_CTAG;
	v = lab_send_tagged(l, 0, MAC_BROADCAST, STATION(1), ETHERTYPE_CTAG, 99);
	assert_int_equal(v.drop, DROP_NOT_IN_VLAN);
	assert_int_equal(stats(l, 0)->filter_in_passed, 1);
	lab_free(l);
}

static void what_is_no_frame_is_not_shown(void **state)
{
	struct lab *l = lab_new(2, 16);
	uint8_t runt[13] = {0};
	struct verdict v;

	filter_in(l, 0, spy(0, 0x0800));
	v = lab_receive(l, 0, runt, sizeof(runt));
	assert_int_equal(v.drop, DROP_RUNT);
	sw_port_link(&l->port[0], false);
	v = lab_send(l, 0, MAC_BROADCAST, STATION(1));
	assert_int_equal(v.drop, DROP_PORT_BLOCKED);
	assert_int_equal(spies[0].asked, 0);
	lab_free(l);
}

static void tree(struct lab *l, const char *which)
{
	struct sw_settings set = l->sw->set;

	strcpy(set.stp, which);
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
}

static void a_bpdu_is_not_asked_about(void **state)
{
	struct lab *l = lab_new(2, 16);
	struct verdict v;

	filter_in(l, 0, spy(0, 0x0800)); /* IP alone */
	tree(l, "rstp");
	v = arp(l, 0, BRIDGE_GROUP, STATION(1));
	assert_int_equal(v.trap, TRAP_STP);
	assert_int_equal(stats(l, 0)->rx_control, 1);
	assert_int_equal(spies[0].asked, 0);
	tree(l, "off"); /* then it is a frame like any other */
	v = arp(l, 0, BRIDGE_GROUP, STATION(1));
	assert_int_equal(v.drop, DROP_FILTER_IN);
	lab_free(l);
}

static void a_port_that_learns_learns_what_passes(void **state)
{
	struct lab *l = lab_new(2, 16);
	struct verdict v;

	filter_in(l, 0, spy(0, 0x0806));
	sw_port_state(&l->port[0], true, false);
	v = lab_send(l, 0, MAC_BROADCAST, STATION(1));
	assert_int_equal(v.drop, DROP_PORT_BLOCKED);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	v = arp(l, 0, MAC_BROADCAST, STATION(2));
	assert_int_equal(v.drop, DROP_PORT_BLOCKED);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(2)), 0);
	lab_free(l);
}

static void a_filter_that_is_taken_away_costs_nothing(void **state)
{
	struct lab *l = lab_new(2, 16);
	struct verdict v;

	filter_in(l, 0, spy(0, 0x0806));
	filter_out(l, 1, spy(1, 0x0806));
	assert_int_equal(l->port[0].gate, GATE_FILTER);
	assert_int_equal(l->sw->ask_from, 0);
	filter_in(l, 0, NULL);
	filter_out(l, 1, NULL);
	assert_int_equal(l->port[0].gate, 0);
	assert_int_equal(l->sw->ask_from, UINT32_MAX);
	v = lab_send(l, 0, MAC_BROADCAST, STATION(1));
	assert_true(lab_only_to(l, &v, 1));
	assert_int_equal(v.asked, 0);
	lab_free(l);
}

/* ---- on the way out ---- */

static void out_is_asked_of_each_port_by_itself(void **state)
{
	struct lab *l = lab_new(4, 16);
	struct verdict v;

	filter_out(l, 1, spy(1, 0x0800));
	filter_out(l, 2, spy(2, 0x0806));
	v = lab_send(l, 0, MAC_BROADCAST, STATION(1));
	assert_int_equal(v.drop, DROP_NONE);
	assert_int_equal(lab_fanout(l, &v), 2);
	assert_false(portset_has(&v.out, 2));
	assert_int_equal(stats(l, 1)->filter_out_passed, 1);
	assert_int_equal(stats(l, 2)->drops[DROP_FILTER_OUT], 1);
	assert_int_equal(stats(l, 2)->filter_out_passed, 0);
	assert_int_equal(stats(l, 3)->filter_out_passed, 0);
	assert_int_equal(fdb_lookup(l->sw->fdb, 0, STATION(1)), 0); /* it came in rightly */
	lab_free(l);
}

/* Never flooded to others because the one it is for does not take it. */
static void out_of_the_only_one(void **state)
{
	struct lab *l = lab_new(3, 16);
	struct verdict v;

	lab_send(l, 1, MAC_BROADCAST, STATION(2));
	filter_out(l, 1, spy(1, 0x0806));
	v = lab_send(l, 0, STATION(2), STATION(1));
	assert_int_equal(v.drop, DROP_FILTER_OUT);
	assert_int_equal(stats(l, 1)->drops[DROP_FILTER_OUT], 1);
	assert_int_equal(stats(l, 0)->drops[DROP_NO_EGRESS], 0);
	assert_int_equal(l->sw->stats.dropped, 1);
	v = arp(l, 0, STATION(2), STATION(1));
	assert_true(lab_only_to(l, &v, 1));
	lab_free(l);
}

static void other_reasons_come_first(void **state)
{
	struct lab *l = lab_new(3, 16);
	struct verdict v;

	l->port[0].set.isolated = l->port[1].set.isolated = true;
	sw_port_update(&l->port[0]);
	filter_out(l, 1, spy(1, 0x0806));
	v = lab_send(l, 0, MAC_BROADCAST, STATION(1));
	assert_true(lab_only_to(l, &v, 2));
	assert_int_equal(stats(l, 1)->drops[DROP_ISOLATED], 1);
	assert_int_equal(stats(l, 1)->drops[DROP_FILTER_OUT], 0);
	assert_int_equal(spies[1].asked, 0);
	lab_free(l);
}

static void configure(struct lab *l, unsigned port, const char *name, const char *value)
{
	assert_int_equal(
		opt_parse(opt_find(sw_port_options, name), value, &l->port[port].set, NULL), 0);
	sw_port_update(&l->port[port]);
}

static struct lab *trunk_and_access(void)
{
	struct lab *l = lab_new(3, 16);
	struct sw_settings set = l->sw->set;

	set.vlan_aware = true;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	configure(l, 0, "access", "10");
	configure(l, 1, "trunk", "10");
	configure(l, 2, "access", "10");
	return l;
}

static void out_is_shown_the_tag_that_it_leaves_with(void **state)
{
	struct lab *l = trunk_and_access();
	struct verdict v;

	filter_out(l, 1, spy(1, ETHERTYPE_CTAG));
	filter_out(l, 2, spy(2, 0x0800));
	v = lab_send(l, 0, MAC_BROADCAST, STATION(1));
	assert_int_equal(lab_fanout(l, &v), 2);
	assert_int_equal(spies[1].len, 64);
	assert_int_equal(spies[1].caplen, 64);
	assert_int_equal(spies[1].seen[14] << 8 | spies[1].seen[15], 10);
	assert_int_equal(spies[1].seen[16] << 8 | spies[1].seen[17], 0x0800);
	assert_int_equal(spies[2].len, 60);

	/* and the other way round */
	v = lab_send_tagged(l, 1, STATION(1), STATION(9), ETHERTYPE_CTAG, 10);
	assert_true(lab_only_to(l, &v, 0));
	filter_out(l, 0, spy(0, 0x0800));
	v = lab_send_tagged(l, 1, STATION(1), STATION(9), ETHERTYPE_CTAG, 10);
	assert_true(lab_only_to(l, &v, 0));
	assert_int_equal(spies[0].len, 60);
	assert_int_equal(spies[0].seen[12] << 8 | spies[0].seen[13], 0x0800);
	lab_free(l);
}

static void of_a_large_frame_with_another_tag_the_head_is_shown(void **state)
{
	static const size_t sizes[] = {508, 509, 1514, 9014};
	struct lab *l = trunk_and_access();
	uint8_t buf[9014];
	struct verdict v;

	filter_out(l, 1, spy(1, ETHERTYPE_CTAG));
	filter_out(l, 2, spy(2, 0x0800));
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t caplen = sizes[i] + 4 < FILTER_HEAD ? sizes[i] + 4 : FILTER_HEAD;

		lab_frame(buf, MAC_BROADCAST, STATION(1), 0x0800, sizes[i]);
		memset(buf + 14, 0xa5, sizes[i] - 14);
		v = lab_receive(l, 0, buf, sizes[i]);
		assert_int_equal(lab_fanout(l, &v), 2);
		assert_int_equal(spies[1].len, sizes[i] + 4); /* the real one */
		assert_int_equal(spies[1].caplen, caplen);
		assert_memory_equal(spies[1].seen, buf, 12);
		assert_memory_equal(spies[1].seen + 16, buf + 12, caplen - 16);
		assert_int_equal(spies[2].caplen, sizes[i]); /* as it came: all of it */
	}
	lab_free(l);
}

static void a_super_frame_is_shown_whole_and_counted_once(void **state)
{
	static struct packet p;
	struct lab *l = lab_new(2, 16);
	struct frame f;
	struct verdict v;

	packet_ipv4(&p, TCP, 20, 20000);
	packet_owe(&p, VIRTIO_NET_HDR_GSO_TCPV4, 1448);
	assert_int_equal(packet_parse(&p, &f), DROP_NONE);
	assert_true(f.super);
	filter_in(l, 0, spy(0, 0x0800));
	filter_out(l, 1, spy(1, 0x0800));
	switch_decide(l->sw, &l->port[0], &f, DROP_NONE, &v);
	switch_commit(l->sw, &l->port[0], &f, &v, 0);
	assert_true(lab_only_to(l, &v, 1));
	assert_int_equal(spies[0].len, p.len);
	assert_int_equal(spies[1].caplen, p.len);
	assert_int_equal(stats(l, 0)->filter_in_passed, 1);
	assert_int_equal(stats(l, 1)->filter_out_passed, 1);
	lab_free(l);
}

/* What it lets out are copies only, so that nobody else is asked for its sake. */
static void a_monitor_port_shows_what_matches(void **state)
{
	const struct tag_edit tag = {.tpid = ETHERTYPE_CTAG, .tci = 10};
	struct lab *l = lab_new(3, 16);
	uint8_t buf[1514];
	struct frame f = {.data = buf,
			  .len = lab_frame(buf, MAC_BROADCAST, STATION(1), 0x0800, sizeof(buf))};
	struct sw_port *monitor = &l->port[2];

	configure(l, 2, "mirror", "p0");
	filter_out(l, 2, spy(2, 0x0800));
	assert_int_equal(l->sw->ask_from, UINT32_MAX);
	assert_true(filter_lets_copy(monitor, &f, NULL));
	assert_int_equal(spies[2].caplen, sizeof(buf));
	assert_false(filter_lets_copy(monitor, &f, &tag));
	assert_int_equal(spies[2].caplen, FILTER_HEAD);
	assert_int_equal(spies[2].len, sizeof(buf) + 4);
	assert_int_equal(spies[2].seen[15], 10);
	assert_int_equal(monitor->stats.filter_out_passed, 1);
	assert_int_equal(monitor->stats.drops[DROP_FILTER_OUT], 1);
	filter_out(l, 2, NULL);
	assert_true(filter_lets_copy(monitor, &f, &tag));
	assert_int_equal(monitor->stats.filter_out_passed, 1);
	lab_free(l);
}

static void clearing_counters_clears_these(void **state)
{
	struct lab *l = lab_new(2, 16);

	filter_in(l, 0, spy(0, 0x0800));
	filter_out(l, 1, spy(1, 0x0800));
	lab_send(l, 0, MAC_BROADCAST, STATION(1));
	assert_int_equal(stats(l, 0)->filter_in_passed + stats(l, 1)->filter_out_passed, 2);
	sw_clear_stats(l->sw, NULL);
	assert_int_equal(stats(l, 0)->filter_in_passed + stats(l, 1)->filter_out_passed, 0);
	lab_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_refuses_and_nothing_is_learned),
		cmocka_unit_test(others_are_not_asked),
		cmocka_unit_test(a_trace_changes_nothing_and_is_told_the_same),
		cmocka_unit_test(in_is_asked_before_vlans_and_sizes),
		cmocka_unit_test(what_is_no_frame_is_not_shown),
		cmocka_unit_test(a_bpdu_is_not_asked_about),
		cmocka_unit_test(a_port_that_learns_learns_what_passes),
		cmocka_unit_test(a_filter_that_is_taken_away_costs_nothing),
		cmocka_unit_test(out_is_asked_of_each_port_by_itself),
		cmocka_unit_test(out_of_the_only_one),
		cmocka_unit_test(other_reasons_come_first),
		cmocka_unit_test(out_is_shown_the_tag_that_it_leaves_with),
		cmocka_unit_test(of_a_large_frame_with_another_tag_the_head_is_shown),
		cmocka_unit_test(a_super_frame_is_shown_whole_and_counted_once),
		cmocka_unit_test(a_monitor_port_shows_what_matches),
		cmocka_unit_test(clearing_counters_clears_these),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
