/* SPDX-License-Identifier: ISC */
/*
 * fuzz_sw_snoop.c - a switch that snoops: ports, VLANs and settings that change, links that break in the middle of a
 * query, and what hosts, routers and liars say.
 *
 * Input: events of a byte each and their arguments; the table at the end says which.  What holds: deciding
 * leaves no trace; a frame goes to ports of its VLAN that forward, and not back; what is everybody's goes to all
 * of these; static members and routers get what they are to get whatever was heard; what the switch sends
 * leaves through ports of the VLAN with the tag that it has there.
 */
#include "core/decide.h"
#include "core/sw_snoop.h"
#include "core/tag.h"
#include "groups.h"
#include "util/bytes.h"

enum { PORTS = 4, GROUPS = 4, VIDS = 3, FRAME_ROOM = 600, STATICS = 16 };

/* Of IPv4 and IPv6, and one of each that is everybody's. */
static const struct ip_addr groups[GROUPS] = {
	{0, IP4_MAPPED | 0xef010203},
	{UINT64_C(0xff05) << 48, 3},
	{0, IP4_MAPPED | 0xe00000fb},
	{UINT64_C(0xff02) << 48, 1},
};

static struct {
	struct sw_io io;
	struct event_sink sink;
	struct sw *sw;
	struct sw_port port[PORTS];
	uint64_t now_ms;
	int breaks; /* the port that is lost when something is sent through it, or -1 */
} t;

static uint16_t vid_of(uint8_t b)
{
	static const uint16_t vids[VIDS] = {1, 10, 20};

	return vids[b % VIDS];
}

static bool is_member(unsigned port, uint16_t vid)
{
	return !t.sw->set.vlan_aware || portset_has(&t.sw->vlans->vlan[vid].members, port);
}

/* A query of the switch's own: of which VLAN follows from its tag, or from the port where it has none. */
static void on_send(struct sw_io *io, struct sw_port *out, const uint8_t *bytes, size_t len)
{
	struct frame f = {.data = bytes, .len = len};
	struct mcast_msg m;

	CHECK(io == &t.io && out->link && portset_has(&t.sw->forwarding, out->index));
	CHECK(frame_parse(&f) == DROP_NONE && mcast_parse(&f, &m) == DROP_NONE);
	CHECK(m.kind == MCAST_QUERY && f.src == t.sw->mac);
	if (!t.sw->set.vlan_aware) {
		CHECK(!f.tags);
	} else if (f.tags) {
		uint16_t vid = f.tci & 0xfff;

		CHECK(f.tags == 1 && is_member(out->index, vid));
		CHECK(f.tpid == vlan_egress_tpid(t.sw, vid, out->index));
	} else {
		CHECK(!vidset_empty(&out->vlan.untagged));
	}
	if (t.breaks == (int)out->index)
		sw_port_link(out, false);
}

static void on_event(struct event_sink *sink, const struct event *ev)
{
	CHECK(sink == &t.sink && ev->sw && ev->kind < EVENT_COUNT);
	CHECK(ev->kind != EVENT_GROUP_JOINED || (ev->port && ev->now));
}

/* ---- what goes where ---- */

/* To which ports it could go, if nobody snooped. */
static struct portset flooded(unsigned in, const struct verdict *v)
{
	struct portset out = t.sw->forwarding;

	if (t.sw->set.vlan_aware)
		portset_and(&out, &t.sw->vlans->vlan[v->vid].members, PORTSET_WORDS);
	portset_del(&out, in);
	return out;
}

static bool same_ports(const struct portset *a, const struct portset *b)
{
	return a->w[0] == b->w[0];
}

static bool is_data(const struct frame *f, struct ip_addr *group)
{
	struct mcast_msg m;

	if (mcast_parse(f, &m) != DROP_NONE || m.kind != MCAST_NONE || f->len < f->l3 + 40u)
		return false;
	if (f->ethertype == ETHERTYPE_IPV4)
		*group = ip4_load(f->data + f->l3 + 16);
	else
		*group = ip6_load(f->data + f->l3 + 24);
	return ip_is_group(*group);
}

/* A static member or router is never left out. */
static void check_statics(const struct verdict *v, const struct portset *could,
			  struct ip_addr group)
{
	const struct sw_snooping *s = t.sw->snooping;

	for (unsigned i = 0; i < s->groups; i++)
		if (s->group[i].vid == (t.sw->set.vlan_aware ? v->vid : VID_NONE) &&
		    ip_equal(s->group[i].group, group) && portset_has(could, s->group[i].port))
			CHECK(portset_has(&v->out, s->group[i].port));
	portset_foreach (i, could, 1)
		if (strcmp(t.sw->port[i]->set.mcast_router, "always") == 0)
			CHECK(portset_has(&v->out, i));
}

static void check_out(unsigned in, const struct frame *f, const struct verdict *v)
{
	struct portset could = flooded(in, v), beyond = v->out;
	struct ip_addr group;

	if (v->route != ROUTE_MULTICAST && v->route != ROUTE_GROUP && v->route != ROUTE_HERE)
		return;
	if (v->drop == DROP_BAD_IGMP || v->drop == DROP_BAD_MLD || v->drop == DROP_BAD_PIM ||
	    v->drop == DROP_ROUTER_GUARD) {
		CHECK(t.sw->snoop && v->src.learn == LEARN_IGNORED && v->trap == TRAP_SNOOP);
		return;
	}
	portset_minus(&beyond, &could, 1);
	CHECK(portset_empty(&beyond, 1));
	if (!t.sw->snoop || v->route == ROUTE_MULTICAST)
		CHECK(v->drop ? portset_empty(&could, 1) : same_ports(&v->out, &could));
	if (!is_data(f, &group))
		return;
	CHECK(v->route != ROUTE_HERE && v->trap == TRAP_NONE);
	if (mcast_is_everybodys(group))
		CHECK(v->drop ? portset_empty(&could, 1) : same_ports(&v->out, &could));
	check_statics(v, &could, group);
}

static void receive(unsigned in, const uint8_t *bytes, size_t len)
{
	static uint8_t before[sizeof(struct sw)], glue[sizeof(struct sw_snooping)];
	struct frame f = {.data = bytes, .len = len};
	enum drop parsed = frame_parse(&f);
	struct sw_port *p = &t.port[in];
	uint64_t dropped = t.sw->stats.dropped;
	struct verdict v;

	if (!p->sw)
		return;
	memcpy(before, (const void *)t.sw, sizeof(before));
	memcpy(glue, (const void *)t.sw->snooping, sizeof(glue));
	switch_decide(t.sw, p, &f, parsed, &v);
	CHECK(memcmp(before, (const void *)t.sw, sizeof(before)) == 0);
	CHECK(memcmp(glue, (const void *)t.sw->snooping, sizeof(glue)) == 0);
	if (v.vlan == DROP_NONE && parsed == DROP_NONE)
		check_out(p->index, &f, &v);
	switch_commit(t.sw, p, &f, &v, t.now_ms);
	CHECK(t.sw->stats.dropped == dropped + (v.drop != DROP_NONE));
}

/* ---- events ---- */

/* Behind a message that is right up to there, any bytes; with a tag or two of any kind. */
static void send_with_tags(struct rd *r, uint8_t *frame, size_t len)
{
	uint8_t in = rd_u8(r) % PORTS, tags = rd_u8(r), out[FRAME_ROOM + 2 * TAG_SIZE];
	size_t at = TAG_AT;

	memcpy(out, frame, TAG_AT);
	for (unsigned i = 0; i < (tags & 3u) % 3; i++) {
		bool stag = tags >> (4 + i) & 1;

		memcpy(out + at, stag ? "\x88\xa8" : "\x81\0", 2);
		csum_put(out + at + 2, tags & 0x80 ? 0xe000 : vid_of(tags >> 2));
		at += TAG_SIZE;
	}
	memcpy(out + at, frame + TAG_AT, len - TAG_AT);
	receive(in, out, at + len - TAG_AT);
}

static void on_message(struct rd *r)
{
	static const uint8_t types[] = {0x11, 0x12, 0x16, 0x17, 0x22, 130, 131, 132, 143};
	uint8_t which = rd_u8(r), how = rd_u8(r), frame[FRAME_ROOM], msg[256] = {0};
	struct ip_addr group = groups[how % GROUPS];
	size_t len = rd_u8(r) % sizeof(msg);
	bool v6 = which % sizeof(types) >= 5;

	msg[0] = types[which % sizeof(types)];
	for (size_t i = 1; i < len; i++)
		msg[i] = rd_u8(r);
	if (how & 8) { /* such that it is likely to mean something */
		len = v6 ? 24 : 8;
		if (v6)
			ip6_store(msg + 8, group);
		else
			ip4_store(msg + 4, group);
	}
	len = v6 ? wrap6(frame, WRAP_ICMPV6, (struct ip_addr){UINT64_C(0xfe80) << 48, how},
			 how & 16 ? (struct ip_addr){UINT64_C(0xff02) << 48, 1} : group, msg, len)
		 : wrap4(frame, WRAP_IGMP, ip4(0x0a000000u | how),
			 how & 16 ? ip4(0xe0000001) : group, msg, len);
	if (how & 32)
		frame[len - 1] ^= 1;
	send_with_tags(r, frame, len);
}

static void on_data(struct rd *r)
{
	struct ip_addr group = groups[rd_u8(r) % GROUPS];
	uint8_t frame[FRAME_ROOM], body[12] = {0};
	size_t len =
		ip_is_v4(group)
			? wrap4(frame, WRAP_UDP, ip4(0x0a000005), group, body, sizeof(body))
			: wrap6(frame, WRAP_UDP, (struct ip_addr){1, 5}, group, body, sizeof(body));

	send_with_tags(r, frame, len);
}

static void on_time(struct rd *r)
{
	for (unsigned n = rd_u8(r); n; n--) {
		t.now_ms += SW_TICK_MS;
		sw_tick(t.sw, t.now_ms);
	}
}

/* What is set is put into effect in the next tick. */
static void soon(void)
{
	t.now_ms += SW_TICK_MS;
	sw_tick(t.sw, t.now_ms);
}

static void on_settings(struct rd *r)
{
	static const char *const modes[] = {"off", "on", "igmp", "mld"};
	struct sw_settings set;
	uint8_t how = rd_u8(r);
	bool refused;

	opt_defaults(sw_options, &set);
	set.max_macs = 16;
	snprintf(set.mcast_snooping, sizeof(set.mcast_snooping), "%s", modes[how & 3]);
	set.mcast_querier = how & 4;
	set.mcast_flood_unknown = how & 8;
	set.vlan_aware = how & 16;
	set.mcast_max_groups = how & 32 ? 16 : 20;
	set.mcast_max_sources = how & 64 ? 0 : 4;
	set.mcast_query_interval_s = 2;
	set.mcast_query_response_ms = 500;
	refused = set.vlan_aware != t.sw->set.vlan_aware && t.sw->snooping->groups;
	CHECK((sw_reconfigure(t.sw, &set, NULL) != 0) == refused);
	soon();
}

static void set_port(struct sw_port *p, uint8_t how, uint8_t vlans)
{
	static const char *const routers[] = {"auto", "never", "always", "auto"};

	opt_defaults(sw_port_options, &p->set);
	snprintf(p->set.mcast_router, sizeof(p->set.mcast_router), "%s", routers[how & 3]);
	p->set.mcast_fast_leave = how & 4;
	if (how & 8)
		snprintf(p->set.tpid, sizeof(p->set.tpid), "0x88a8");
	if (how & 16)
		p->set.dot1q_tunnel = vid_of(vlans);
	else if (how & 32)
		p->set.access = vid_of(vlans);
	else
		for (unsigned i = 0; i < VIDS; i++)
			if (vlans >> i & 1)
				vidset_add(&p->set.trunk, vid_of((uint8_t)i));
	if (how & 64 && !vidset_empty(&p->set.trunk))
		p->set.native = vid_of(vlans >> 4);
}

static void on_port(struct rd *r)
{
	struct sw_port *p = &t.port[rd_u8(r) % PORTS];
	uint8_t how = rd_u8(r), vlans = rd_u8(r);

	set_port(p, how, vlans);
	if (p->sw)
		sw_port_update(p);
	soon();
}

static void on_plug(struct rd *r)
{
	struct sw_port *p = &t.port[rd_u8(r) % PORTS];

	if (p->sw)
		sw_detach(p);
	else
		CHECK(sw_attach(t.sw, p, NULL) == 0);
	soon();
}

static void on_link(struct rd *r)
{
	uint8_t b = rd_u8(r);

	if (t.port[b % PORTS].sw)
		sw_port_link(&t.port[b % PORTS], b & 0x80);
}

static void on_breaks(struct rd *r)
{
	t.breaks = (int)(rd_u8(r) % (PORTS + 1)) - 1;
}

static void on_vlan(struct rd *r)
{
	uint16_t vid = vid_of(rd_u8(r));
	uint8_t how = rd_u8(r);
	const struct sw_vlan_set set = {.mcast_flood = how & 1, .mcast_querier = how & 2};

	sw_vlan_configure(t.sw, vid, &set);
	soon();
}

static void on_static(struct rd *r)
{
	struct sw_port *p = &t.port[rd_u8(r) % PORTS];
	struct ip_addr group = groups[rd_u8(r) % GROUPS];
	uint8_t how = rd_u8(r);
	uint16_t vid = t.sw->set.vlan_aware ? vid_of(how >> 1) : VID_NONE;
	unsigned before = t.sw->snooping->groups;

	if (!p->sw)
		return;
	if (how & 1) {
		int rc = sw_group_del(t.sw, vid, group, p, NULL);

		CHECK(t.sw->snooping->groups == before - (rc == 0));
	} else if (before < STATICS) {
		CHECK((sw_group_add(t.sw, vid, group, p, NULL) == 0) ==
		      !mcast_is_everybodys(group));
	}
}

static void on_topology(struct rd *r)
{
	(void)r;
	sw_snoop_topology_changed(t.sw);
}

static void (*const events[])(struct rd *) = {
	on_message, on_data, on_time, on_settings, on_port,	on_plug,    on_link,
	on_breaks,  on_vlan, on_data, on_static,   on_topology, on_message,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct siphash_key key = {{UINT64_C(0x0123456789abcdef), 77}};
	struct rd r = rd_from(data, size);
	struct sw_settings set;

	memset(&t, 0, sizeof(t));
	t.io.send = on_send;
	t.sink.raise = on_event;
	t.now_ms = 50000;
	t.breaks = -1;
	opt_defaults(sw_options, &set);
	set.max_macs = 16;
	t.sw = sw_new("fuzz", &set, &key, UINT64_C(0x02000000aaaa), &t.sink, NULL);
	CHECK(t.sw);
	t.sw->io = &t.io;
	for (unsigned i = 0; i < PORTS; i++) {
		t.port[i].name = "port";
		set_port(&t.port[i], 0, 0);
		CHECK(sw_attach(t.sw, &t.port[i], NULL) == 0);
		sw_port_link(&t.port[i], true);
	}
	for (unsigned n = 0; rd_left(&r) && !r.bad && n < 400; n++)
		events[rd_u8(&r) % (sizeof(events) / sizeof(events[0]))](&r);
	for (unsigned i = 0; i < PORTS; i++)
		if (t.port[i].sw)
			sw_detach(&t.port[i]);
	CHECK(t.sw->snooping->groups == 0);
	sw_free(t.sw);
	return 0;
}
