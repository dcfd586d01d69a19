/* SPDX-License-Identifier: ISC */
/*
 * fuzz_vlan.c - any frames and any settings in a switch that is vlan_aware.
 *
 * Input: for each port three bytes of settings; then events: a byte whose lowest bits name a port, and
 * either three bytes of other settings for it (bit 7), or a frame: a byte of length, whether an offload
 * header comes first (bit 6), and the bytes.
 */
#include <string.h>

#include "check.h"
#include "core/decide.h"
#include "core/tag.h"
#include "core/vnet.h"
#include "util/bytes.h"
#include "util/mac.h"

enum { PORTS = 6, MACS = 32 };

static const uint16_t vids[] = {1, 2, 10, 100, 4094};
enum { VIDS = sizeof(vids) / sizeof(vids[0]) };

static struct {
	struct sw *sw;
	struct sw_port port[PORTS];
	uint64_t now_ms;
} t;

static void read_vids(struct vidset *s, uint8_t bits)
{
	*s = (struct vidset){{0}};
	for (unsigned i = 0; i < VIDS; i++)
		if (bits >> i & 1)
			vidset_add(s, vids[i]);
}

static const char *pick(const char *const *words, uint8_t n)
{
	return words[n % 3];
}

/* Only what passes sw_port_set_check(), as anywhere. */
static void read_settings(struct rd *r, struct sw_port_set *set)
{
	static const char *const admits[] = {"all", "tagged", "untagged"};
	uint8_t way = rd_u8(r), a = rd_u8(r), b = rd_u8(r);

	opt_defaults(sw_port_options, set);
	set->ingress_filter = !(way & 0x80);
	snprintf(set->tpid, sizeof(set->tpid), "%s", way & 0x40 ? "0x88a8" : "0x8100");
	if ((way & 3) == 0) {
		set->access = a % 2 ? vids[b % VIDS] : 0;
	} else if ((way & 3) == 1) {
		set->dot1q_tunnel = vids[b % VIDS];
		return;
	} else {
		read_vids(&set->trunk, a);
		read_vids(&set->untagged, way & 3 & 1 ? b : 0);
		set->native = a & 0x80 ? vids[b % VIDS] : 0;
	}
	snprintf(set->admit, sizeof(set->admit), "%s", pick(admits, (uint8_t)(way >> 3)));
}

static bool is_member(unsigned port, unsigned vid)
{
	const struct sw_port_set *s = &t.port[port].set;

	return vid == vlan_pvid(s) ||
	       (!s->dot1q_tunnel && !s->access &&
		(vidset_has(&s->trunk, vid) || vidset_has(&s->untagged, vid)));
}

/* ---- what leaves ---- */

static uint16_t be16_at(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* The bytes for one port are the frame's, but for the tag; both ways of making them agree. */
static size_t leave(const struct frame *f, const struct verdict *v, uint16_t tpid, uint8_t *out)
{
	struct tag_edit e;
	uint8_t room[TAG_SIZE + 512], *head = room + TAG_SIZE;

	if (!tag_edit_for(f, &v->class, tpid, &e)) {
		memcpy(out, f->data, f->len);
		return f->len;
	}
	size_t start = tag_start(&e, f->data, out), rest = tag_rest(&e);
	memcpy(out + start, f->data + rest, f->len - rest);
	memcpy(head, f->data, f->len);
	head = tag_edit_head(&e, head);
	CHECK((size_t)(room + TAG_SIZE + f->len - head) == start + f->len - rest);
	CHECK(memcmp(head, out, start + f->len - rest) == 0);
	return start + f->len - rest;
}

static bool is_tag(uint16_t type)
{
	return type == ETHERTYPE_CTAG || type == ETHERTYPE_STAG;
}

/* The offload header still fits the frame that has another beginning. */
static void check_offload(const struct frame *f, const uint8_t *bytes, size_t len)
{
	uint8_t vnet[VNET_HDR_SIZE];
	struct frame out = {.data = bytes, .len = len, .vnet = vnet};

	memcpy(vnet, f->vnet, sizeof(vnet));
	vnet_shift(vnet, (int)len - (int)f->len);
	enum drop d = frame_parse(&out);
	/* headers are seen behind two tags, and in the first VNET_HEAD_MAX bytes */
	if (!is_tag(f->ethertype) && !is_tag(out.ethertype))
		CHECK(d == DROP_NONE || (len > f->len && d != DROP_RUNT));
}

static void check_out(const struct frame *f, const struct verdict *v, unsigned port)
{
	uint16_t tpid = vlan_egress_tpid(t.sw, v->vid, port);
	uint8_t bytes[512 + TAG_SIZE];
	size_t len = leave(f, v, tpid, bytes), body = TAG_AT + (v->class.popped ? TAG_SIZE : 0);
	size_t from = TAG_AT + (tpid ? TAG_SIZE : 0);

	CHECK(memcmp(bytes, f->data, TAG_AT) == 0);
	CHECK(len - from == f->len - body && memcmp(bytes + from, f->data + body, len - from) == 0);
	if (tpid) {
		uint16_t tci = be16_at(bytes + TAG_AT + 2);

		CHECK(be16_at(bytes + TAG_AT) == tpid);
		CHECK((tci & 0xfff) == v->vid && v->vid >= VID_FIRST && v->vid <= VID_LAST);
		CHECK(!v->class.popped || tci >> 12 == f->tci >> 12);
	}
	if (f->vnet)
		check_offload(f, bytes, len);
}

/* ---- what is decided ---- */

static void on_frame(struct rd *r, unsigned in, bool offload)
{
	size_t len = rd_u8(r) * 2u;
	const uint8_t *vnet = offload ? rd_take(r, VNET_HDR_SIZE) : NULL;
	const uint8_t *bytes = rd_left(r) >= len ? rd_take(r, len) : NULL;
	struct frame f = {.data = bytes, .len = len, .vnet = vnet};
	struct verdict v, again;

	if (!bytes)
		return;
	enum drop parsed = frame_parse(&f);
	uint32_t known = fdb_count(t.sw->fdb);
	switch_decide(t.sw, &t.port[in], &f, parsed, &v);
	switch_decide(t.sw, &t.port[in], &f, parsed, &again);
	CHECK(v.drop == again.drop && v.vid == again.vid && v.vlan == again.vlan);
	switch_commit(t.sw, &t.port[in], &f, &v, t.now_ms++);
	if (v.drop != DROP_NONE && v.drop != DROP_SAME_PORT && v.drop != DROP_NO_EGRESS)
		CHECK(fdb_count(t.sw->fdb) == known);
	if (v.drop != DROP_NONE)
		return;
	CHECK(v.vid >= VID_FIRST && v.vid <= VID_LAST);
	CHECK(!t.port[in].set.ingress_filter || is_member(in, v.vid));
	CHECK(!portset_empty(&v.out, t.sw->words) && !portset_has(&v.out, in));
	portset_foreach (i, &v.out, t.sw->words) {
		CHECK(is_member(i, v.vid));
		check_out(&f, &v, i);
	}
}

/* The rows say what the settings say, whatever came before. */
static void check_rows(void)
{
	static const uint16_t others[] = {0, 3, 4095};

	for (unsigned j = 0; j < VIDS + sizeof(others) / sizeof(others[0]); j++) {
		unsigned vid = j < VIDS ? vids[j] : others[j - VIDS];
		const struct vlan *row = &t.sw->vlans->vlan[vid];

		for (unsigned i = 0; i < PORTS; i++) {
			bool in = vid && is_member(i, vid);
			CHECK(portset_has(&row->members, i) == in);
			CHECK(!portset_has(&row->untagged, i) || in);
		}
	}
}

static void on_settings(struct rd *r, unsigned port)
{
	read_settings(r, &t.port[port].set);
	CHECK(sw_port_set_check(&t.port[port].set, NULL) == 0);
	sw_port_update(&t.port[port]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct siphash_key key = {{UINT64_C(0x766c616e), 7}};
	struct sw_settings set;
	struct rd r = rd_from(data, size);

	memset(&t, 0, sizeof(t));
	opt_defaults(sw_options, &set);
	set.vlan_aware = true;
	set.max_macs = MACS;
	t.sw = sw_new("fuzz", &set, &key, 0, NULL, NULL);
	CHECK(t.sw);
	for (unsigned i = 0; i < PORTS; i++) {
		read_settings(&r, &t.port[i].set);
		t.port[i].name = "p";
		CHECK(sw_attach(t.sw, &t.port[i], NULL) == 0);
		sw_port_link(&t.port[i], true);
	}
	while (rd_left(&r)) {
		uint8_t b = rd_u8(&r);

		if (b & 0x80)
			on_settings(&r, b % PORTS);
		else
			on_frame(&r, b % PORTS, b & 0x40);
	}
	check_rows();
	for (unsigned i = 0; i < PORTS; i++)
		sw_detach(&t.port[i]);
	sw_free(t.sw);
	return 0;
}
