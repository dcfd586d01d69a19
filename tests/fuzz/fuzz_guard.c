/* SPDX-License-Identifier: ISC */
/*
 * fuzz_guard.c - a sequence of frames and events against a guard with a small table.
 *
 * Input: events of a byte each and their arguments; the table at the end of this file says which.  After each of
 * them the table of bindings is held against its counters and its rules, and of each frame what is known of it
 * without parsing it as the guard does.
 */
#include <string.h>

#include "check.h"
#include "core/arp.h"
#include "core/guard.h"
#include "core/vnet.h"
#include "util/bytes.h"
#include "util/mac.h"

enum { PORTS = 4, VIDS = 2, MAX = 12, FRAME_ROOM = 1600, SERVER = 0 };

static struct {
	struct guard_watch watch;
	struct guard *g;
	uint64_t now_ms;
	bool there[PORTS];
	uint64_t raised[3];
	uint64_t told; /* violations, those that were suppressed included */
	uint64_t violations;
} t;

static void hear(struct guard_watch *w, const struct guard_event *ev)
{
	CHECK(w == &t.watch && ev->vid < VIDS && ev->port < PORTS);
	CHECK((ev->kind == GUARD_VIOLATION) == (ev->drop != DROP_NONE));
	CHECK(ev->kind == GUARD_VIOLATION || (mac_is_station(ev->mac) && ev->ip));
	t.raised[ev->kind]++;
	if (ev->kind == GUARD_VIOLATION)
		t.told += 1 + ev->suppressed;
}

static bool is_trusted(unsigned port, enum guard_what what)
{
	return portset_has(guard_trusted(t.g, what), port);
}

/* ---- what holds at any time ---- */

static void check_pair(const struct binding *a, const struct binding *b)
{
	if (a->vid != b->vid)
		return;
	CHECK(a->mac != b->mac || a->ip != b->ip);
	if (!a->is_static && !b->is_static)
		CHECK(a->mac != b->mac && a->ip != b->ip);
	else if (a->is_static != b->is_static)
		CHECK(a->ip != b->ip);
}

static void check_table(void)
{
	const struct bindings *b = guard_bindings(t.g);
	struct binding seen[MAX + 1];
	uint32_t slot = 0, n = 0, statics = 0, per_port[PORTS] = {0};
	struct binding_counts all = bindings_count(b);

	CHECK(bindings_max(b) <= MAX);
	while (bindings_walk(b, &slot, &seen[n])) {
		CHECK(n < bindings_max(b) && seen[n].port < PORTS && seen[n].vid < VIDS);
		CHECK(t.there[seen[n].port] && mac_is_station(seen[n].mac) && seen[n].ip);
		CHECK(seen[n].is_static || (guard_vlan(t.g, seen[n].vid) & GUARD_DHCP));
		per_port[seen[n].port]++;
		statics += seen[n].is_static;
		for (uint32_t i = 0; i < n; i++)
			check_pair(&seen[i], &seen[n]);
		n++;
	}
	CHECK(all.all == n && all.statics == statics);
	for (unsigned i = 0; i < PORTS; i++)
		CHECK(bindings_port_count(b, i).all == per_port[i]);
	CHECK(t.raised[GUARD_BOUND] == guard_stats(t.g)->bound);
	CHECK(t.told <= t.violations);
}

/* ---- frames ---- */

static void check_same(const struct guard_verdict *a, const struct guard_verdict *b)
{
	CHECK(a->drop == b->drop && a->to == b->to && a->to_what == b->to_what);
	CHECK(a->to_port == b->to_port && a->vid == b->vid && a->port == b->port);
	CHECK(a->act == b->act && a->type == b->type && a->rapid == b->rapid);
	CHECK(a->mac == b->mac && a->ip == b->ip && a->xid == b->xid && a->lease_s == b->lease_s);
}

/* Said of the plainest form of what is guarded against, which no host can read in another way. */
static void check_plain(const struct frame *f, uint8_t need, const struct guard_verdict *v)
{
	const uint8_t *p = f->data + f->l3;
	size_t have = f->len - f->l3;
	bool dropped = v->drop != DROP_NONE;

	/* 24: with less than that, there is no port that anybody could see */
	if ((need & GUARD_DHCP) && f->ethertype == ETHERTYPE_IPV4 && have >= 28 && p[0] == 0x45 &&
	    (p[2] || p[3] >= 24) && p[9] == 17 && p[22] == 0 && p[23] == 68 && !(p[6] & 0x1f) &&
	    !p[7])
		CHECK(dropped);
	if ((need & GUARD_RA) && f->ethertype == ETHERTYPE_IPV6 && have >= 48 && p[0] >> 4 == 6 &&
	    p[6] == 58 && (p[4] || p[5] >= 2) && (p[40] == 134 || p[40] == 137))
		CHECK(dropped);
	if ((need & GUARD_DHCP6) && f->ethertype == ETHERTYPE_IPV6 && have >= 48 &&
	    p[0] >> 4 == 6 && p[6] == 17 && (p[4] || p[5] >= 4) && p[42] == 2 && p[43] == 34)
		CHECK(dropped);
	if (!(need & GUARD_ARP) || f->ethertype != ETHERTYPE_ARP || dropped)
		return;
	CHECK(have >= ARP_SIZE && mac_load(p + 8) == f->src);
	uint32_t ip = (uint32_t)p[14] << 24 | (uint32_t)p[15] << 16 | (uint32_t)p[16] << 8 | p[17];
	if (ip) {
		const struct binding *b =
			bindings_find(guard_bindings(t.g), v->vid, f->src, ip, t.now_ms);

		CHECK(b && b->port == v->port);
	}
}

static void check_verdict(const struct frame *f, unsigned port, uint16_t vid,
			  const struct guard_verdict *v)
{
	uint8_t on = guard_vlan(t.g, vid), need = on;

	for (unsigned i = 1; i <= GUARD_RA; i <<= 1)
		if (is_trusted(port, (enum guard_what)i))
			need &= (uint8_t)~i;
	CHECK(need || v->drop == DROP_NONE);
	if (!on || !guard_wants(f))
		CHECK(v->drop == DROP_NONE && v->act == GUARD_NOTHING && v->to == GUARD_TO_ANY);
	if (v->drop != DROP_NONE)
		CHECK(v->act == GUARD_NOTHING && v->to == GUARD_TO_ANY);
	if (v->to == GUARD_TO_PORT)
		CHECK(v->to_port < PORTS && t.there[v->to_port] && !(need & GUARD_DHCP));
	/* what servers say is believed of trusted ports, what clients say is remembered of others */
	if (v->act == GUARD_BIND || v->act == GUARD_NAK || v->act == GUARD_MALFORMED)
		CHECK(is_trusted(port, GUARD_DHCP));
	if (v->act == GUARD_REMEMBER || v->act == GUARD_RELEASE || v->act == GUARD_DECLINE)
		CHECK(!is_trusted(port, GUARD_DHCP) && v->port == port);
	check_plain(f, need, v);
}

static void decide(struct frame *f, unsigned port, uint16_t vid)
{
	uint64_t bound = guard_stats(t.g)->bound;
	struct guard_verdict v, again;

	if (frame_parse(f) != DROP_NONE)
		return;
	memset(&v, 0, sizeof(v));
	memset(&again, 0xff, sizeof(again));
	guard_decide(t.g, vid, port, f, &v);
	guard_decide(t.g, vid, port, f, &again);
	check_same(&v, &again);
	check_verdict(f, port, vid, &v);
	/* of a port that is not there nothing is told; of a lease that is refused, something may be */
	t.violations += (t.there[port] && v.drop != DROP_NONE) || v.act == GUARD_BIND;
	guard_commit(t.g, &v, t.now_ms);
	if (v.act != GUARD_BIND)
		CHECK(guard_stats(t.g)->bound == bound);
}

enum { PLAIN, OWED, ANY_VNET };

/* The frame in memory of its size, with an offload header in front that owes its UDP or ICMPv6 checksum, or any. */
static void event_frame(struct rd *r)
{
	unsigned port = rd_u8(r) % PORTS;
	uint8_t how = rd_u8(r);
	size_t len = rd_be16(r) % FRAME_ROOM;
	const uint8_t *vnet = how % 3 == ANY_VNET ? rd_take(r, VNET_HDR_SIZE) : NULL;
	uint8_t *room;

	if (len > rd_left(r))
		len = rd_left(r);
	const uint8_t *bytes = rd_take(r, len);
	room = calloc(1, VNET_HDR_SIZE + len);
	CHECK(room && bytes);
	memcpy(room + VNET_HDR_SIZE, bytes, len);
	if (vnet)
		memcpy(room, vnet, VNET_HDR_SIZE);
	else if (how % 3 == OWED && len > 60) {
		bool v4 = bytes[12] == 8;
		struct virtio_net_hdr h = {
			.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
			.csum_start = v4 ? 34 : 54,
			.csum_offset = v4 || bytes[20] == 17 ? 6 : 2,
		};
		vnet_save(room, &h);
	}
	struct frame f = {.data = room + VNET_HDR_SIZE, .len = len};
	if (how % 3 != PLAIN)
		f.vnet = room;
	decide(&f, port, how >> 7);
	free(room);
}

/* ---- other events ---- */

static void event_time(struct rd *r)
{
	t.now_ms += (uint64_t)rd_be16(r) * 100;
	guard_age(t.g, t.now_ms);
}

static void event_port(struct rd *r)
{
	unsigned port = rd_u8(r) % PORTS;
	uint8_t how = rd_u8(r);
	struct guard_port_settings set = {.trusted = how & GUARD_ALL, .max_bindings = rd_u8(r) % 4};

	if (!t.there[port]) {
		CHECK(guard_port_add(t.g, port, &set, NULL) == 0);
		t.there[port] = true;
	} else if (how & 0x80) {
		guard_port_del(t.g, port);
		t.there[port] = false;
	} else {
		guard_port_set(t.g, port, &set);
		guard_port_up(t.g, port, how & 0x40);
	}
}

static void event_vlan(struct rd *r)
{
	uint16_t vid = rd_u8(r) % VIDS;

	guard_vlan_set(t.g, vid, rd_u8(r));
}

static void event_configure(struct rd *r)
{
	uint8_t flags = rd_u8(r);
	struct guard_settings set = {
		.max_bindings = 1 + rd_u8(r) % MAX,
		.check_chaddr = flags & 1,
		.allow_relays = flags & 2,
		.to_trusted = flags & 4,
		.check_arp_target = flags & 8,
	};

	(void)guard_configure(t.g, &set, NULL);
}

static void event_bind(struct rd *r)
{
	uint16_t vid = rd_u8(r) % VIDS;
	unsigned port = rd_u8(r) % PORTS;
	uint64_t mac = UINT64_C(0x020000000000) + rd_u8(r) % 8;
	uint32_t ip = 0x0a000000u + rd_u8(r) % 8;

	if (port & 1)
		(void)guard_unbind(t.g, vid, mac, ip, NULL);
	else
		(void)guard_bind(t.g, vid, mac, ip, rd_u8(r) % PORTS, t.now_ms, NULL);
}

static void start(void)
{
	static const struct siphash_key key = {{7, 8}};
	struct guard_settings set = guard_defaults();

	memset(&t, 0, sizeof(t));
	t.watch.raise = hear;
	t.now_ms = 1000;
	set.max_bindings = 6;
	t.g = guard_new(&set, &key, &t.watch, NULL);
	CHECK(t.g);
	guard_age(t.g, t.now_ms);
	guard_vlan_set(t.g, 0, GUARD_ALL);
	for (unsigned i = 0; i < PORTS; i++) {
		struct guard_port_settings p = {.trusted = i == SERVER ? GUARD_ALL : 0};

		CHECK(guard_port_add(t.g, i, &p, NULL) == 0);
		t.there[i] = true;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const events[])(struct rd *) = {
		event_frame, event_time, event_port, event_vlan, event_configure, event_bind,
	};
	struct rd r = rd_from(data, size);

	start();
	while (rd_left(&r)) {
		events[rd_u8(&r) % (sizeof(events) / sizeof(events[0]))](&r);
		check_table();
	}
	guard_free(t.g);
	return 0;
}
