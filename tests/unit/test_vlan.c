/* SPDX-License-Identifier: ISC */
/* Which VLAN a frame belongs to, whether a port takes it, and the bytes of the tag it leaves with. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "core/tag.h"
#include "core/vnet.h"
#include "lab.h"
#include "util/mac.h"

enum { CTAG = ETHERTYPE_CTAG, STAG = ETHERTYPE_STAG };

static struct lab *aware(unsigned ports)
{
	struct lab *l = lab_new(ports, 64);
	struct sw_settings set = l->sw->set;

	set.vlan_aware = true;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	return l;
}

static void configure(struct lab *l, unsigned port, const char *name, const char *value)
{
	struct err e = {0};

	if (opt_parse(opt_find(sw_port_options, name), value, &l->port[port].set, &e))
		fail_msg("%s: %s", name, e.text);
	sw_port_update(&l->port[port]);
}

/* ---- how frames are classified ---- */

static struct verdict tagged(struct lab *l, unsigned in, uint16_t type, uint16_t tci)
{
	return lab_send_tagged(l, in, MAC_BROADCAST, STATION(in + 1), type, tci);
}

static void unset_ports_are_in_vlan_1(void **state)
{
	struct lab *l = aware(3);
	struct verdict v = lab_send(l, 0, MAC_BROADCAST, STATION(1));

	assert_int_equal(v.vid, 1);
	assert_int_equal(lab_fanout(l, &v), 2);
	assert_int_equal(fdb_lookup(l->sw->fdb, 1, STATION(1)), 0);
	configure(l, 1, "access", "2");
	v = lab_send(l, 0, MAC_BROADCAST, STATION(1));
	assert_true(lab_only_to(l, &v, 2));
	lab_free(l);
}

static void the_tag_that_the_port_knows_tells(void **state)
{
	struct lab *l = aware(2);
	struct verdict v;

	configure(l, 0, "trunk", "10,20");
	configure(l, 0, "native", "30");
	configure(l, 1, "trunk", "all");
	v = tagged(l, 0, CTAG, 0xb00a); /* priority 5, drop eligible */
	assert_int_equal(v.vid, 10);
	assert_int_equal(v.class.tci, 0xb00a);
	assert_true(v.class.popped);
	v = tagged(l, 0, STAG, 0xb00a); /* no tag to this port */
	assert_int_equal(v.vid, 30);
	assert_int_equal(v.class.tci, 30);
	assert_false(v.class.popped);
	configure(l, 0, "tpid", "0x88a8");
	v = tagged(l, 0, STAG, 0xb014);
	assert_int_equal(v.vid, 20);
	v = tagged(l, 0, CTAG, 0xb014);
	assert_int_equal(v.vid, 30);
	lab_free(l);
}

static void a_priority_tag_belongs_to_the_pvid(void **state)
{
	struct lab *l = aware(2);
	struct verdict v = tagged(l, 0, CTAG, 0xf000);

	assert_int_equal(v.vid, 1);
	assert_int_equal(v.class.tci, 0xf001);
	assert_true(v.class.popped);
	assert_int_equal(v.drop, DROP_NONE);
	configure(l, 0, "admit", "tagged"); /* clause 6.9: such a frame is none */
	assert_int_equal(tagged(l, 0, CTAG, 0xf000).drop, DROP_UNTAGGED);
	configure(l, 0, "admit", "untagged");
	assert_int_equal(tagged(l, 0, CTAG, 0xf000).drop, DROP_NONE);
	assert_int_equal(tagged(l, 0, CTAG, 1).drop, DROP_TAGGED);
	lab_free(l);
}

/* The same frame is refused for the same reason whatever else would speak against it. */
static void refusals(void **state)
{
	struct lab *l = aware(2);

	assert_int_equal(tagged(l, 0, CTAG, 4095).drop, DROP_VID_RESERVED);
	assert_int_equal(tagged(l, 0, CTAG, 0xffff).drop, DROP_VID_RESERVED);
	assert_int_equal(tagged(l, 0, CTAG, 7).drop, DROP_NOT_IN_VLAN);
	assert_int_equal(fdb_count(l->sw->fdb), 0);
	configure(l, 0, "ingress_filter", "false");
	assert_int_equal(tagged(l, 0, CTAG, 4095).drop, DROP_VID_RESERVED);
	assert_int_equal(tagged(l, 0, CTAG, 7).drop, DROP_NO_EGRESS);
	assert_int_equal(fdb_lookup(l->sw->fdb, 7, STATION(1)), 0);
	configure(l, 0, "trunk", "7");
	assert_int_equal(lab_send(l, 0, MAC_BROADCAST, STATION(1)).drop, DROP_UNTAGGED);
	sw_port_link(&l->port[0], false);
	assert_int_equal(tagged(l, 0, CTAG, 4095).drop, DROP_PORT_BLOCKED);
	lab_free(l);
}

/* Control frames of the link belong to no VLAN, so a trunk without a native one has them too. */
static void link_local_comes_before_vlans(void **state)
{
	struct lab *l = aware(2);

	configure(l, 0, "trunk", "7");
	assert_int_equal(lab_send(l, 0, UINT64_C(0x0180c2000000), STATION(1)).drop,
			 DROP_LINK_LOCAL);
	lab_free(l);
}

static void a_tunnel_looks_at_no_tag(void **state)
{
	struct lab *l = aware(2);
	static const uint16_t types[] = {CTAG, STAG};

	configure(l, 0, "dot1q_tunnel", "100");
	configure(l, 1, "trunk", "100");
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct verdict v = tagged(l, 0, types[i], 0xcfff);

		assert_int_equal(v.drop, DROP_NONE);
		assert_int_equal(v.vid, 100);
		assert_int_equal(v.class.tci, 0xc064);
		assert_false(v.class.popped);
	}
	lab_free(l);
}

static void a_switch_that_is_not_aware_does_not_care(void **state)
{
	struct lab *l = lab_new(2, 64);

	configure(l, 0, "access", "10");
	configure(l, 1, "access", "20");
	assert_int_equal(tagged(l, 0, CTAG, 4095).drop, DROP_NONE);
	assert_int_equal(fdb_lookup(l->sw->fdb, 4095, STATION(1)), 0);
	lab_free(l);
}

static void becoming_aware_forgets(void **state)
{
	struct lab *l = lab_new(2, 64);
	struct sw_settings set = l->sw->set;

	tagged(l, 0, CTAG, 10);
	assert_int_equal(sw_add_static(l->sw, 10, STATION(9), &l->port[1], 0, NULL), 0);
	set.vlan_aware = true;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	assert_int_equal(fdb_count(l->sw->fdb), 1);
	assert_int_equal(fdb_lookup(l->sw->fdb, 10, STATION(9)), 1);
	tagged(l, 0, CTAG, 1);
	set.vlan_aware = false;
	assert_int_equal(sw_reconfigure(l->sw, &set, NULL), 0);
	assert_int_equal(fdb_count(l->sw->fdb), 1);
	lab_free(l);
}

/* A port that goes leaves nothing behind for the one that gets its place. */
static void places_are_left_clean(void **state)
{
	struct lab *l = aware(3);
	struct verdict v;

	configure(l, 1, "trunk", "all");
	configure(l, 1, "tpid", "0x88a8");
	assert_true(vlan_in_use(l->sw, 4094));
	sw_detach(&l->port[1]);
	assert_false(vlan_in_use(l->sw, 4094));
	assert_true(vlan_in_use(l->sw, 1));
	opt_defaults(sw_port_options, &l->port[1].set);
	assert_int_equal(sw_attach(l->sw, &l->port[1], NULL), 0);
	sw_port_link(&l->port[1], true);
	assert_int_equal(vlan_egress_tpid(l->sw, 4094, 1), CTAG);
	configure(l, 0, "trunk", "all");
	v = tagged(l, 0, CTAG, 100);
	assert_int_equal(v.drop, DROP_NO_EGRESS);
	lab_free(l);
}

/* What one port is set to forgets what was learned there, and nothing else. */
static void a_change_disturbs_no_other_port(void **state)
{
	struct lab *l = aware(3);

	for (unsigned i = 0; i < 3; i++)
		lab_send(l, i, MAC_BROADCAST, STATION(i + 1));
	configure(l, 1, "max_macs", "7"); /* not of VLANs */
	assert_int_equal(fdb_count(l->sw->fdb), 3);
	configure(l, 1, "trunk", "1-5");
	configure(l, 1, "native", "1");
	assert_int_equal(fdb_count(l->sw->fdb), 2);
	assert_int_equal(fdb_lookup(l->sw->fdb, 1, STATION(2)), -1);
	assert_int_equal(fdb_lookup(l->sw->fdb, 1, STATION(3)), 2);
	lab_free(l);
}

static void modes_and_pvids(void **state)
{
	static const struct {
		const char *set, *value, *mode;
		uint16_t pvid;
	} v[] = {
		{"max_macs", "0", "access", 1},	 {"access", "10", "access", 10},
		{"trunk", "10", "trunk", 0},	 {"native", "10", "trunk", 10},
		{"untagged", "10", "hybrid", 0}, {"dot1q_tunnel", "10", "tunnel", 10},
	};
	struct sw_port_set set;

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		opt_defaults(sw_port_options, &set);
		assert_int_equal(
			opt_parse(opt_find(sw_port_options, v[i].set), v[i].value, &set, NULL), 0);
		assert_string_equal(vlan_port_mode(&set), v[i].mode);
		assert_int_equal(vlan_pvid(&set), v[i].pvid);
		assert_int_equal(sw_port_set_check(&set, NULL), 0);
	}
}

static void settings_that_exclude_each_other(void **state)
{
	static const char *const bad[][4] = {
		{"access", "10", "trunk", "20"},	   {"access", "10", "native", "10"},
		{"access", "10", "untagged", "10"},	   {"access", "10", "dot1q_tunnel", "10"},
		{"trunk", "10", "dot1q_tunnel", "10"},	   {"native", "10", "dot1q_tunnel", "10"},
		{"admit", "tagged", "dot1q_tunnel", "10"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct sw_port_set set;
		struct err e = {0};

		opt_defaults(sw_port_options, &set);
		opt_parse(opt_find(sw_port_options, bad[i][0]), bad[i][1], &set, NULL);
		opt_parse(opt_find(sw_port_options, bad[i][2]), bad[i][3], &set, NULL);
		assert_int_equal(sw_port_set_check(&set, &e), -EINVAL);
		assert_non_null(strstr(e.text, bad[i][0]));
		assert_non_null(strstr(e.text, bad[i][2]));
	}
}

/* ---- tags ---- */

/* The bytes that leave; checked both ways they can be made. */
static void leaves_as(struct lab *l, unsigned in, const uint8_t *bytes, size_t len, uint16_t tpid,
		      const char *tags, size_t tags_len)
{
	struct frame f = {.data = bytes, .len = len};
	struct tag_edit e;
	struct verdict v;
	uint8_t out[128], room[TAG_SIZE + 128], *head = room + TAG_SIZE;

	switch_decide(l->sw, &l->port[in], &f, frame_parse(&f), &v);
	if (!tag_edit_for(&f, &v.class, tpid, &e)) {
		assert_memory_equal(bytes + TAG_AT, tags, tags_len);
		return;
	}
	size_t start = tag_start(&e, bytes, out), rest = tag_rest(&e);
	assert_int_equal(start + len - rest, len + (size_t)tag_growth(&e));
	memcpy(out + start, bytes + rest, len - rest);
	memcpy(head, bytes, len);
	uint8_t *moved = tag_edit_head(&e, head);
	assert_int_equal(head + len - moved, start + len - rest);
	assert_memory_equal(moved, out, start + len - rest);
	assert_memory_equal(out, bytes, TAG_AT);
	assert_memory_equal(out + TAG_AT, tags, tags_len);
	assert_memory_equal(out + TAG_AT + tags_len,
			    "\x08\x00"
			    "payload",
			    9);
}

#define LEAVES_AS(in, bytes, tpid, tags) \
	leaves_as(l, in, bytes, sizeof(bytes) - 1, tpid, tags, sizeof(tags) - 1)

#define MACS "\x02\0\0\0\0\x02\x02\0\0\0\0\x01"
#define REST       \
	"\x08\x00" \
	"payload"

static void the_bytes_that_leave(void **state)
{
	static const uint8_t bare[] = MACS REST, ten[] = MACS "\x81\x00\xa0\x0a" REST,
			     prio[] = MACS "\x81\x00\xe0\x00" REST,
			     two[] = MACS "\x88\xa8\x20\x64\x81\x00\x00\x07" REST;
	struct lab *l = aware(2);

	configure(l, 0, "trunk", "10,100");
	configure(l, 0, "native", "5");
	LEAVES_AS(0, bare, 0, "");
	LEAVES_AS(0, bare, CTAG, "\x81\x00\x00\x05");
	LEAVES_AS(0, bare, STAG, "\x88\xa8\x00\x05");
	LEAVES_AS(0, ten, 0, "");
	LEAVES_AS(0, ten, CTAG, "\x81\x00\xa0\x0a");
	LEAVES_AS(0, ten, STAG, "\x88\xa8\xa0\x0a");
	LEAVES_AS(0, prio, 0, "");
	LEAVES_AS(0, prio, CTAG, "\x81\x00\xe0\x05");
	LEAVES_AS(0, two, 0, "\x88\xa8\x20\x64\x81\x00\x00\x07"); /* no tag of this port's */
	LEAVES_AS(0, two, CTAG, "\x81\x00\x00\x05\x88\xa8\x20\x64\x81\x00\x00\x07");
	configure(l, 0, "tpid", "0x88a8");
	LEAVES_AS(0, two, 0, "\x81\x00\x00\x07");
	LEAVES_AS(0, two, CTAG, "\x81\x00\x20\x64\x81\x00\x00\x07");
	LEAVES_AS(0, two, STAG, "\x88\xa8\x20\x64\x81\x00\x00\x07");
	lab_free(l);
}

/* The offload header points to where things are, so it moves with them. */
static void the_offload_header_moves(void **state)
{
	const struct virtio_net_hdr owed = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					    .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
					    .hdr_len = 58,
					    .gso_size = 1448,
					    .csum_start = 38,
					    .csum_offset = 16};
	const struct tag_edit edits[] = {
		{.pop = true}, {.tpid = CTAG}, {.pop = true, .tpid = STAG}};
	const int by[] = {-4, 4, 0};

	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		uint8_t p[VNET_HDR_SIZE];
		struct virtio_net_hdr h;

		vnet_save(p, &owed);
		assert_int_equal(tag_growth(&edits[i]), by[i]);
		vnet_shift(p, tag_growth(&edits[i]));
		h = vnet_load(p);
		assert_int_equal(h.csum_start, 38 + by[i]);
		assert_int_equal(h.hdr_len, 58 + by[i]);
		assert_int_equal(h.csum_offset, 16);
		assert_int_equal(h.gso_size, 1448);
	}
}

/* hdr_len is a hint, and a sender that lies there must not have its frame refused for it. */
static void a_hint_too_small_does_not_wrap(void **state)
{
	const struct virtio_net_hdr h = {.hdr_len = 2};
	uint8_t p[VNET_HDR_SIZE];

	vnet_save(p, &h);
	vnet_shift(p, -TAG_SIZE);
	assert_int_equal(vnet_load(p).hdr_len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unset_ports_are_in_vlan_1),
		cmocka_unit_test(the_tag_that_the_port_knows_tells),
		cmocka_unit_test(a_priority_tag_belongs_to_the_pvid),
		cmocka_unit_test(refusals),
		cmocka_unit_test(link_local_comes_before_vlans),
		cmocka_unit_test(a_tunnel_looks_at_no_tag),
		cmocka_unit_test(a_switch_that_is_not_aware_does_not_care),
		cmocka_unit_test(becoming_aware_forgets),
		cmocka_unit_test(places_are_left_clean),
		cmocka_unit_test(a_change_disturbs_no_other_port),
		cmocka_unit_test(modes_and_pvids),
		cmocka_unit_test(settings_that_exclude_each_other),
		cmocka_unit_test(the_bytes_that_leave),
		cmocka_unit_test(the_offload_header_moves),
		cmocka_unit_test(a_hint_too_small_does_not_wrap),
	};

	return cmocka_run_group_tests_name("vlan", tests, NULL, NULL);
}
