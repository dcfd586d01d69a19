/* SPDX-License-Identifier: ISC */
/*
 * fuzz_snoop.c - any sequence of messages, time and changes against snooping.
 *
 * Input: a byte of settings, then steps; each is a byte that says which, and the bytes that it takes (see
 * step()).  After each step what can be walked has to agree with the counters and the limits, and where data
 * goes has to follow from what can be walked.
 */
#include "core/snoop.h"
#include "groups.h"

enum {
	PORTS = 6,
	VIDS = 2,
	GROUPS = 6,
	SOURCES = 6,
	MAX_GROUPS = 12,
	MAX_PORT = 8,
	MAX_SOURCES = 3
};

/* The last is in the second word of a set. */
static const unsigned ports[PORTS] = {0, 1, 2, 3, 4, 70};

struct lab {
	struct snoop *s;
	struct snoop_settings set;
	struct snoop_port_settings port_set[PORTSET_MAX];
	uint64_t now_ms;
	uint32_t learned; /* joined and not left */
	unsigned sent;
};

struct input {
	const uint8_t *p, *end;
};

static uint8_t take(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

static struct ip_addr group_of(unsigned n)
{
	n %= GROUPS;
	return n % 2 ? (struct ip_addr){UINT64_C(0xff0e) << 48, n} : ip4(0xef000000 + n);
}

static struct ip_addr source_of(unsigned n, bool v6)
{
	n %= SOURCES;
	return v6 ? (struct ip_addr){UINT64_C(0x20010db8) << 32, n + 1} : ip4(0x0a000001 + n);
}

/* ---- what comes out ---- */

static void on_send(void *arg, uint16_t vid, const uint8_t *bytes, size_t len)
{
	struct lab *l = arg;
	struct frame f = {.data = bytes, .len = len};
	struct mcast_msg m;

	CHECK(vid < VIDS && len <= MCAST_QUERY_SIZE);
	CHECK(frame_parse(&f) == DROP_NONE && mcast_parse(&f, &m) == DROP_NONE);
	CHECK(m.kind == MCAST_QUERY && f.src == l->set.mac);
	l->sent++;
}

static void on_event(void *arg, const struct snoop_event *ev)
{
	struct lab *l = arg;

	if (ev->kind == SNOOP_JOINED) {
		l->learned++;
	} else if (ev->kind == SNOOP_LEFT) {
		CHECK(l->learned > 0);
		l->learned--;
	}
}

/* ---- what has to hold ---- */

struct totals {
	uint32_t members, statics, learned, sources, groups;
	uint32_t of_port[PORTSET_MAX], static_of_port[PORTSET_MAX];
};

static bool is_first_of_group(const struct lab *l, const struct snoop_group_info *info,
			      uint32_t slot)
{
	struct snoop_group_info other;
	uint32_t at = 0;

	while (at < slot && snoop_walk(l->s, &at, slot - 1, l->now_ms, &other))
		if (other.vid == info->vid && ip_equal(other.group, info->group))
			return false;
	return true;
}

static void check_member(const struct snoop_group_info *info, uint32_t n_sources)
{
	CHECK(info->is_static || info->learned);
	CHECK(info->n_sources == n_sources && n_sources <= MAX_SOURCES);
	CHECK(!info->learned || info->exclude || n_sources);
	CHECK(info->learned || (!info->exclude && !n_sources));
	CHECK(ip_is_group(info->group) && !mcast_is_everybodys(info->group));
}

static void check_totals(const struct lab *l)
{
	struct snoop_source_info src[MAX_SOURCES + 1];
	struct totals t = {0};
	struct snoop_group_info info;
	struct snoop_stats st;
	uint32_t slot = 0, n;

	while (snoop_walk(l->s, &slot, UINT32_MAX, l->now_ms, &info)) {
		n = snoop_sources(l->s, slot, l->now_ms, src, MAX_SOURCES + 1);
		check_member(&info, n);
		for (uint32_t i = 0; i < n; i++)
			CHECK(!src[i].blocked || info.exclude);
		t.members++;
		t.statics += info.is_static;
		t.learned += info.learned;
		t.sources += n;
		t.groups += is_first_of_group(l, &info, slot);
		t.of_port[info.port]++;
		t.static_of_port[info.port] += info.is_static;
	}
	snoop_stats(l->s, &st);
	CHECK(st.members == t.members && st.statics == t.statics && st.groups == t.groups);
	CHECK(st.sources == t.sources && t.learned == l->learned && t.members <= MAX_GROUPS);
	for (unsigned i = 0; i < PORTS; i++) {
		unsigned port = ports[i];
		uint32_t n_sources;

		CHECK(snoop_port_members(l->s, port, &n_sources) == t.of_port[port]);
		/* one that was static may be learned, too, and stay when it is static no more */
		CHECK(t.of_port[port] - t.static_of_port[port] <= MAX_GROUPS);
	}
}

/* Does the membership let the source through? */
static bool lets_through(const struct lab *l, uint32_t slot, const struct snoop_group_info *info,
			 struct ip_addr source)
{
	struct snoop_source_info src[MAX_SOURCES];
	unsigned n = snoop_sources(l->s, slot, l->now_ms, src, MAX_SOURCES);

	if (info->is_static)
		return true;
	for (unsigned i = 0; i < n; i++)
		if (ip_equal(src[i].addr, source))
			return !src[i].blocked;
	return info->exclude;
}

/* Ports that something was refused to get everything, for a while. */
static bool may_get_all(const struct lab *l, unsigned port)
{
	struct snoop_port_stats st;

	snoop_port_stats(l->s, port, &st);
	return st.refused || st.evicted || st.cut;
}

static void check_set(const struct lab *l, uint16_t vid, struct ip_addr group,
		      struct ip_addr source, const struct portset *out)
{
	struct portset want = {{0}};
	struct snoop_group_info info;
	uint32_t slot = 0;

	CHECK(snoop_routers(l->s, vid, !ip_is_v4(group), &want) == 0);
	while (snoop_walk(l->s, &slot, UINT32_MAX, l->now_ms, &info))
		if (info.vid == vid && ip_equal(info.group, group) &&
		    lets_through(l, slot, &info, source))
			portset_add(&want, info.port);
	portset_foreach (i, &want, PORTSET_WORDS)
		CHECK(portset_has(out, i));
	portset_foreach (i, out, PORTSET_WORDS)
		CHECK(portset_has(&want, i) || may_get_all(l, i));
}

static bool is_known(const struct lab *l, uint16_t vid, struct ip_addr group)
{
	struct snoop_group_info info;
	uint32_t slot = 0;

	while (snoop_walk(l->s, &slot, UINT32_MAX, l->now_ms, &info))
		if (info.vid == vid && ip_equal(info.group, group))
			return true;
	return false;
}

static void check_data(const struct lab *l, uint16_t vid, struct ip_addr group, unsigned n)
{
	static const uint8_t udp[8];
	bool v6 = !ip_is_v4(group), floods;
	struct ip_addr source = source_of(n, v6);
	struct snoop_querier_info q = {.known = false};
	uint8_t bytes[WRAP_ROOM + sizeof(udp)];
	struct frame f = {.data = bytes};
	struct portset out;

	memset(&out, 0xff, sizeof(out));
	f.len = (v6 ? wrap6 : wrap4)(bytes, WRAP_UDP, source, group, udp, sizeof(udp));
	CHECK(frame_parse(&f) == DROP_NONE);
	floods = snoop_querier(l->s, vid, v6, l->now_ms, &q) != 0 || !q.known || q.settling ||
		 !(v6 ? l->set.mld : l->set.igmp) ||
		 (l->set.unknown == SNOOP_UNKNOWN_FLOOD && !is_known(l, vid, group));
	CHECK((snoop_lookup(l->s, vid, &f, &out) == SNOOP_FLOOD) == floods);
	if (!floods)
		check_set(l, vid, group, source, &out);
}

static void check_all(const struct lab *l, unsigned salt)
{
	check_totals(l);
	for (unsigned g = 0; g < GROUPS; g++)
		check_data(l, (uint16_t)((salt + g) % VIDS), group_of(g), salt);
}

/* ---- what comes in ---- */

static void receive(struct lab *l, unsigned port, uint16_t vid, const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len);
	struct frame f = {.data = copy, .len = len};
	struct snoop_stats before, after;
	struct snoop_verdict v;

	CHECK(copy);
	memcpy(copy, bytes, len);
	CHECK(frame_parse(&f) == DROP_NONE);
	snoop_stats(l->s, &before);
	snoop_decide(l->s, vid, port, &f, &v);
	snoop_stats(l->s, &after);
	CHECK(memcmp(&before, &after, sizeof(before)) == 0);
	if (l->port_set[port].router == SNOOP_ROUTER_NEVER && v.drop == DROP_NONE)
		CHECK(v.msg.kind != MCAST_QUERY && v.msg.kind != MCAST_ROUTER);
	snoop_commit(l->s, &v, l->now_ms);
	free(copy);
}

static void receive_message(struct lab *l, unsigned port, uint16_t vid, bool v6, struct ip_addr src,
			    struct ip_addr dst, const uint8_t *msg, size_t len)
{
	uint8_t frame[WRAP_ROOM + 512];

	CHECK(len <= 512);
	len = v6 ? wrap6(frame, WRAP_ICMPV6, src, dst, msg, len)
		 : wrap4(frame, WRAP_IGMP, src, dst, msg, len);
	receive(l, port, vid, frame, len);
}

static struct ip_addr host(bool v6, uint8_t n)
{
	if (v6)
		return n ? (struct ip_addr){UINT64_C(0xfe80) << 48, n} : (struct ip_addr){0, 0};
	return ip4(n ? 0x0a000000u + n : 0);
}

static size_t put_addr(uint8_t *at, struct ip_addr a, bool v6)
{
	(v6 ? ip6_store : ip4_store)(at, a);
	return v6 ? 16 : 4;
}

static size_t put_sources(struct input *in, uint8_t *at, unsigned n, bool v6)
{
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += put_addr(at + len, source_of(take(in), v6), v6);
	return len;
}

/* A new report with records, each: type and number of sources, group, sources. */
static void do_report(struct lab *l, struct input *in, unsigned port, uint16_t vid)
{
	uint8_t msg[512] = {0}, how = take(in);
	bool v6 = how & 1;
	size_t len = 8;

	msg[0] = v6 ? 143 : 0x22;
	msg[7] = (how >> 1 & 3) + 1;
	for (unsigned i = 0; i < msg[7]; i++) {
		uint8_t what = take(in);
		unsigned group = take(in) * 2u + v6;

		msg[len] = what % 8;
		msg[len + 3] = what >> 3 & 3;
		put_addr(msg + len + 4, group_of(group), v6);
		len += v6 ? 20 : 8;
		len += put_sources(in, msg + len, what >> 3 & 3, v6);
	}
	receive_message(l, port, vid, v6, host(v6, how >> 4),
			host(v6, 1).hi ? group_of(1) : group_of(0), msg, len);
}

/* An old report, a leave, or an announcement of a router. */
static void do_old(struct lab *l, struct input *in, unsigned port, uint16_t vid)
{
	static const uint8_t types4[] = {0x12, 0x16, 0x17, 0x30, 0x32};
	static const uint8_t types6[] = {131, 131, 132, 151, 153};
	uint8_t msg[24] = {0}, how = take(in);
	bool v6 = how & 1;
	struct ip_addr group = group_of(take(in) * 2u + v6);

	msg[0] = (v6 ? types6 : types4)[(how >> 1) % 5];
	if ((how >> 1) % 5 == 3)
		msg[1] = how; /* in seconds */
	put_addr(msg + (v6 ? 8 : 4), group, v6);
	receive_message(l, port, vid, v6, host(v6, how >> 4), group, msg, v6 ? 24 : 8);
}

/* A query: who asks, about what, response time, times, sources. */
static void do_query(struct lab *l, struct input *in, unsigned port, uint16_t vid)
{
	uint8_t msg[512] = {0}, how = take(in), who = take(in), times = take(in);
	bool v6 = how & 1, general = how & 2, old = how & 4;
	struct ip_addr all = v6 ? (struct ip_addr){UINT64_C(0xff02) << 48, 1} : ip4(0xe0000001);
	struct ip_addr group = group_of((unsigned)(who >> 4) * 2 + v6);
	size_t head = v6 ? 24 : 8, len = old ? head : head + 4;

	msg[0] = v6 ? 130 : 0x11;
	msg[v6 ? 4 : 1] = times;
	if (!general)
		put_addr(msg + (v6 ? 8 : 4), group, v6);
	if (!old) {
		msg[head] = how >> 4;
		msg[head + 1] = times;
		msg[head + 3] = general ? 0 : how >> 3 & 1;
		len += put_sources(in, msg + len, msg[head + 3], v6);
	}
	receive_message(l, port, vid, v6, host(v6, who & 15), general ? all : group, msg, len);
}

/* A message of any bytes. */
static void do_raw(struct lab *l, struct input *in, unsigned port, uint16_t vid)
{
	uint8_t how = take(in);
	bool v6 = how & 1;
	size_t left = (size_t)(in->end - in->p), len = how >> 1 < left ? how >> 1 : left;

	receive_message(l, port, vid, v6, host(v6, 9), group_of(v6), in->p, len);
	in->p += len;
}

static void do_time(struct lab *l, struct input *in)
{
	uint8_t how = take(in);
	unsigned sent = l->sent;

	l->now_ms += (uint64_t)(how & 31) << (how >> 5) * 2;
	l->now_ms += (uint64_t)(how >> 6) * 1000;
	snoop_tick(l->s, l->now_ms);
	CHECK(l->sent - sent <= 3 * 512);
}

static void do_settings(struct lab *l, struct input *in)
{
	uint8_t how = take(in);

	l->set.igmp = !(how & 1) || how & 2;
	l->set.mld = !(how & 4) || how & 2;
	l->set.querier = how & 8;
	l->set.unknown = how & 16 ? SNOOP_UNKNOWN_FLOOD : SNOOP_UNKNOWN_ROUTERS;
	l->set.igmp_version = how & 32 ? 2 : 3;
	l->set.mld_version = how & 32 ? 1 : 2;
	l->set.igmp_source = ip4(how & 64 ? 0x0a000005 : 0);
	l->set.max_port_groups = how & 128 ? 0 : MAX_PORT;
	snoop_configure(l->s, &l->set, l->now_ms);
}

static void do_port(struct lab *l, struct input *in, unsigned port, uint16_t vid)
{
	uint8_t how = take(in);

	switch (how % 4) {
	case 0:
		l->port_set[port].fast_leave = how & 8;
		l->port_set[port].router = how & 16 ? SNOOP_ROUTER_NEVER : SNOOP_ROUTER_AUTO;
		snoop_port_configure(l->s, port, &l->port_set[port]);
		break;
	case 1:
		snoop_port_down(l->s, port);
		break;
	case 2:
		snoop_port_del(l->s, port);
		memset(&l->port_set[port], 0, sizeof(l->port_set[port]));
		break;
	default:
		snoop_port_leaves(l->s, port, vid);
		break;
	}
}

static void do_admin(struct lab *l, struct input *in, unsigned port, uint16_t vid)
{
	uint8_t how = take(in);
	struct ip_addr group = group_of(how >> 3);
	struct snoop_group_info info;
	uint32_t slot = 0;

	switch (how % 8) {
	case 0:
	case 1:
		snoop_static_add(l->s, vid, group, port, l->now_ms);
		break;
	case 2:
		snoop_static_del(l->s, vid, group, port);
		break;
	case 3:
		snoop_static_router(l->s, vid, port, how & 8);
		break;
	case 4:
		snoop_topology_changed(l->s, vid, l->now_ms);
		break;
	case 5: /* nobody is told of each membership */
		while (snoop_walk(l->s, &slot, UINT32_MAX, l->now_ms, &info))
			l->learned -= info.vid == vid && info.learned;
		snoop_vlan_del(l->s, vid);
		break;
	default:
		CHECK(snoop_vlan_add(l->s, vid, l->now_ms) == 0);
		break;
	}
}

static void step(struct lab *l, struct input *in)
{
	uint8_t op = take(in), where = take(in);
	unsigned port = ports[(where & 15) % PORTS];
	uint16_t vid = where >> 7;

	switch (op % 12) {
	case 0:
		do_old(l, in, port, vid);
		break;
	case 1:
		do_query(l, in, port, vid);
		break;
	case 2:
		do_raw(l, in, port, vid);
		break;
	case 3:
		do_settings(l, in);
		break;
	case 4:
		do_port(l, in, port, vid);
		break;
	case 5:
		do_admin(l, in, port, vid);
		break;
	case 6:
	case 7:
		do_time(l, in);
		break;
	default:
		do_report(l, in, port, vid);
		break;
	}
	check_all(l, op + where);
}

/* When nobody has said anything for long, nothing that was learned is left. */
static void check_end(struct lab *l)
{
	l->now_ms += UINT64_C(1) << 40;
	for (unsigned n = 0; snoop_tick(l->s, l->now_ms); n++)
		CHECK(n < 100);
	check_totals(l);
	CHECK(l->learned == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct siphash_key key = {{3, 5}};
	struct input in = {data, data + size};
	static struct lab l; /* large */
	struct snoop_ops ops = {.arg = &l, .send = on_send, .event = on_event};
	uint8_t how = take(&in);

	memset(&l, 0, sizeof(l));
	snoop_defaults(&l.set);
	l.set.max_groups = MAX_GROUPS;
	l.set.max_port_groups = MAX_PORT;
	l.set.max_sources = how & 2 ? 0 : MAX_SOURCES;
	l.set.querier = how & 1;
	l.set.igmp_source = ip4(0x0a000005);
	l.set.mac = UINT64_C(0x020000000005);
	l.now_ms = how & 4 ? 0 : 1000000;
	l.s = snoop_new(&l.set, &key, &ops, l.now_ms);
	CHECK(l.s);
	CHECK(snoop_vlan_add(l.s, 0, l.now_ms) == 0);
	for (unsigned n = 0; in.p < in.end && n < 300; n++)
		step(&l, &in);
	check_end(&l);
	snoop_free(l.s);
	return 0;
}
