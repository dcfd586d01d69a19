/* SPDX-License-Identifier: ISC */
#include "core/mcast.h"

#include <string.h>

#include "core/csum.h"
#include "core/igmp.h"
#include "core/mld.h"
#include "util/mac.h"

enum {
	IPV4_MIN = 20,
	IPV6_MIN = 40,
	PROTO_IGMP = 2,
	PROTO_ICMPV6 = 58,
	PROTO_PIM = 103,
	HOP_BY_HOP = 0,
	FLAG_SUPPRESS = 0x08,
	QRV_MASK = 0x07,
};

bool mcast_is_everybodys(struct ip_addr group)
{
	unsigned scope = group.hi >> 48 & 15;

	if (ip_is_v4(group))
		return (group.lo & 0xffffff00) == 0xe0000000;
	return scope <= 1 || (group.hi == UINT64_C(0xff02) << 48 && group.lo == 1);
}

/* ---- time codes ---- */

uint32_t mcast_code8(uint8_t code)
{
	if (code < 0x80)
		return code;
	return (uint32_t)((code & 15) | 16) << ((code >> 4 & 7) + 3);
}

uint8_t mcast_to_code8(uint32_t value)
{
	unsigned exp = 0;

	if (value < 0x80)
		return (uint8_t)value;
	while (exp < 7 && value >> (exp + 3) > 31)
		exp++;
	value >>= exp + 3;
	return (uint8_t)(0x80 | exp << 4 | ((value > 31 ? 31 : value) & 15));
}

/* ---- parts of messages ---- */

static bool sources_are_hosts(const uint8_t *sources, bool v6, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct ip_addr a = mcast_source(sources, v6, i);

		if (ip_is_group(a) || ip_is_unspecified(a))
			return false;
	}
	return true;
}

static bool read_record(struct rd *r, bool v6, struct mcast_record *rec)
{
	size_t size = v6 ? 16 : 4;
	const uint8_t *group;
	unsigned aux;

	rec->type = rd_u8(r);
	aux = rd_u8(r);
	rec->n_sources = rd_be16(r);
	group = rd_take(r, size);
	rec->sources = rd_take(r, size * rec->n_sources);
	rd_take(r, (size_t)aux * 4);
	if (r->bad)
		return false;
	rec->group = v6 ? ip6_load(group) : ip4_load(group);
	return true;
}

bool mcast_take_records(struct mcast_msg *m, struct rd r, unsigned count)
{
	struct mcast_record rec;

	m->records = r;
	m->n_records = (uint16_t)count;
	for (; count; count--)
		if (!read_record(&r, m->v6, &rec) ||
		    !(m->v6 ? ip6_is_group : ip4_is_group)(rec.group) ||
		    !sources_are_hosts(rec.sources, m->v6, rec.n_sources))
			return false;
	return true;
}

bool mcast_take_query(struct mcast_msg *m, struct rd r)
{
	uint8_t flags = rd_u8(&r);

	m->suppress = flags & FLAG_SUPPRESS;
	m->qrv = flags & QRV_MASK;
	m->qqi_s = mcast_code8(rd_u8(&r));
	m->n_sources = rd_be16(&r);
	m->sources = rd_take(&r, (size_t)m->n_sources * (m->v6 ? 16 : 4));
	if (r.bad || (m->n_sources && ip_is_unspecified(m->group)))
		return false;
	return sources_are_hosts(m->sources, m->v6, m->n_sources);
}

size_t mcast_put_query(uint8_t *out, const struct mcast_query *q, bool v6)
{
	size_t size = v6 ? 16 : 4;

	out[0] = (uint8_t)((q->suppress ? FLAG_SUPPRESS : 0) | (q->qrv <= QRV_MASK ? q->qrv : 0));
	out[1] = mcast_to_code8(q->qqi_s);
	out[2] = 0;
	out[3] = (uint8_t)q->n_sources;
	for (unsigned i = 0; i < q->n_sources; i++)
		(v6 ? ip6_store : ip4_store)(out + 4 + i * size, q->sources[i]);
	return 4 + q->n_sources * size;
}

/* RFC 1112 clause 6.4, RFC 2464 clause 7. */
size_t mcast_put_ethernet(uint8_t *out, uint64_t mac, struct ip_addr dst)
{
	bool v6 = !ip_is_v4(dst);

	mac_store(out, v6 ? UINT64_C(0x333300000000) | (uint32_t)dst.lo
			  : UINT64_C(0x01005e000000) | (dst.lo & 0x7fffff));
	mac_store(out + 6, mac);
	csum_put(out + 12, v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	return FRAME_MIN;
}

/* ---- records, as who keeps state sees them ---- */

static bool is_old(const struct mcast_msg *m)
{
	return m->kind == MCAST_LEAVE || m->version < (m->v6 ? 2 : 3);
}

struct mcast_walk mcast_walk(const struct mcast_msg *m)
{
	if (m->kind != MCAST_REPORT && m->kind != MCAST_LEAVE)
		return (struct mcast_walk){.left = 0};
	if (is_old(m))
		return (struct mcast_walk){.left = 1};
	return (struct mcast_walk){.r = m->records, .left = m->n_records};
}

bool mcast_next(const struct mcast_msg *m, struct mcast_walk *w, struct mcast_record *rec)
{
	if (!w->left)
		return false;
	w->left--;
	if (!is_old(m))
		return read_record(&w->r, m->v6, rec);
	*rec = (struct mcast_record){
		.type = m->kind == MCAST_LEAVE ? MCAST_TO_IN : MCAST_IS_EX,
		.group = m->group,
	};
	return true;
}

/* ---- PIM ---- */

/* RFC 7761 clause 4.9: version and type, a byte, checksum; a hello's options are type, length, value. */
static enum drop parse_pim(const struct mcast_packet *p, struct mcast_msg *m)
{
	enum { HELLO = 0x20, HOLDTIME = 1, HOLD_DEFAULT_S = 105, FOREVER = 0xffff };
	struct rd r = rd_from(p->l4, p->len);
	uint8_t type = rd_u8(&r);
	uint64_t sum = m->v6 ? csum_pseudo6(p->ip, PROTO_PIM, (uint32_t)p->len) : 0;

	if (type != HELLO)
		return DROP_NONE; /* data, to ALL-PIM-ROUTERS: of the groups that are everybody's */
	rd_take(&r, 3);
	if (r.bad || csum_finish(csum_add(sum, p->l4, p->len)) || ip_is_unspecified(m->src))
		return DROP_BAD_PIM;
	m->hold_s = HOLD_DEFAULT_S;
	while (rd_left(&r)) {
		uint16_t option = rd_be16(&r), len = rd_be16(&r);
		const uint8_t *value = rd_take(&r, len);

		if (r.bad || (option == HOLDTIME && len != 2))
			return DROP_BAD_PIM;
		if (option == HOLDTIME)
			m->hold_s = (uint32_t)(value[0] << 8 | value[1]);
	}
	if (m->hold_s == FOREVER)
		m->hold_s = MCAST_HOLD_FOREVER;
	m->kind = MCAST_ROUTER;
	return DROP_NONE;
}

/* ---- IP ---- */

/* Is the header right, and the packet whole?  Fills *p and the addresses. */
static bool check_ipv4(const struct frame *f, struct mcast_packet *p, struct mcast_msg *m)
{
	enum { MORE_OR_OFFSET = 0x3fff };
	const uint8_t *ip = p->ip;
	size_t left = f->len - f->l3, header = (size_t)(ip[0] & 15) * 4;
	size_t total = (size_t)ip[2] << 8 | ip[3];

	if (header < IPV4_MIN || total < header || total > left)
		return false;
	if (csum_finish(csum_add(0, ip, header)) || ((ip[6] << 8 | ip[7]) & MORE_OR_OFFSET))
		return false;
	m->src = ip4_load(ip + 12);
	m->dst = ip4_load(ip + 16);
	p->l4 = ip + header;
	p->len = total - header;
	return ip_is_group(m->dst) && !ip_is_group(m->src) &&
	       m->src.lo != (IP4_MAPPED | UINT32_MAX);
}

static enum drop parse_ipv4(const struct frame *f, struct mcast_msg *m)
{
	struct mcast_packet p = {.ip = f->data + f->l3};
	bool igmp;

	if (f->len < f->l3 + (size_t)IPV4_MIN || p.ip[0] >> 4 != 4)
		return DROP_NONE;
	igmp = p.ip[9] == PROTO_IGMP;
	if (!igmp && p.ip[9] != PROTO_PIM)
		return DROP_NONE;
	if (!check_ipv4(f, &p, m))
		return igmp ? DROP_BAD_IGMP : DROP_BAD_PIM;
	return igmp ? igmp_parse(&p, m) : parse_pim(&p, m);
}

/* A hop-by-hop header, of which *alert says whether it has the Router Alert of MLD (RFC 2711). */
static bool read_hop_by_hop(struct rd *r, uint8_t *next, bool *alert)
{
	enum { PAD1 = 0, ROUTER_ALERT = 5 };
	struct rd options;
	const uint8_t *rest;
	size_t len;

	*next = rd_u8(r);
	len = (size_t)rd_u8(r) * 8 + 6;
	rest = rd_take(r, len);
	if (!rest)
		return false;
	options = rd_from(rest, len);
	while (rd_left(&options)) {
		uint8_t type = rd_u8(&options), size;
		const uint8_t *value;

		if (type == PAD1)
			continue;
		size = rd_u8(&options);
		value = rd_take(&options, size);
		if (!value)
			return false;
		*alert |= type == ROUTER_ALERT && size == 2 && value[0] == 0 && value[1] == 0;
	}
	return true;
}

static enum drop parse_ipv6(const struct frame *f, struct mcast_msg *m)
{
	struct mcast_packet p = {.ip = f->data + f->l3};
	size_t payload, left;
	bool alert = false, whole;
	struct rd r;
	uint8_t next;

	if (f->len < f->l3 + (size_t)IPV6_MIN || p.ip[0] >> 4 != 6)
		return DROP_NONE;
	payload = (size_t)p.ip[4] << 8 | p.ip[5];
	left = f->len - f->l3 - IPV6_MIN;
	whole = payload <= left;
	r = rd_from(p.ip + IPV6_MIN, whole ? payload : left);
	next = p.ip[6];
	if (next == HOP_BY_HOP && !read_hop_by_hop(&r, &next, &alert))
		return DROP_NONE; /* and so no MLD, as far as anybody could say */
	p.l4 = r.p;
	p.len = rd_left(&r);
	if (!p.len || (next != PROTO_PIM && (next != PROTO_ICMPV6 || !mld_is_type(p.l4[0]))))
		return DROP_NONE;
	m->src = ip6_load(p.ip + 8);
	m->dst = ip6_load(p.ip + 24);
	if (!whole || !ip6_is_group(m->dst) || ip_is_group(m->src))
		return next == PROTO_PIM ? DROP_BAD_PIM : DROP_BAD_MLD;
	return next == PROTO_PIM ? parse_pim(&p, m) : mld_parse(&p, alert, m);
}

enum drop mcast_parse(const struct frame *f, struct mcast_msg *m)
{
	enum drop d = DROP_NONE;

	memset(m, 0, sizeof(*m));
	m->v6 = f->ethertype == ETHERTYPE_IPV6;
	if (!mac_is_group(f->dst))
		return DROP_NONE;
	if (f->ethertype == ETHERTYPE_IPV4)
		d = parse_ipv4(f, m);
	else if (m->v6)
		d = parse_ipv6(f, m);
	if (d != DROP_NONE)
		m->kind = MCAST_NONE;
	return d;
}
