/* SPDX-License-Identifier: ISC */
#include "core/mld.h"

#include <string.h>

#include "core/csum.h"

enum {
	TYPE_QUERY = 130,
	TYPE_V1_REPORT = 131,
	TYPE_DONE = 132,
	TYPE_V2_REPORT = 143,
	TYPE_MRD_ADVERTISEMENT = 151,
	TYPE_MRD_SOLICITATION = 152,
	TYPE_MRD_TERMINATION = 153,

	PROTO_ICMPV6 = 58,
	HEADER = 8, /* what comes before the group, or the records */
	SHORT = 24, /* all of a message of v1 */
	V2_QUERY = 28,
};

#define ALL_NODES ((struct ip_addr){UINT64_C(0xff02) << 48, 1})

bool mld_is_type(uint8_t type)
{
	return (type >= TYPE_QUERY && type <= TYPE_DONE) || type == TYPE_V2_REPORT ||
	       (type >= TYPE_MRD_ADVERTISEMENT && type <= TYPE_MRD_TERMINATION);
}

/* RFC 3810 clause 5.1.3: 1 + 3 + 12 bits, of milliseconds. */
static uint32_t code16(uint16_t code)
{
	if (code < 0x8000)
		return code;
	return (uint32_t)((code & 0xfff) | 0x1000) << ((code >> 12 & 7) + 3);
}

static uint16_t to_code16(uint32_t value)
{
	unsigned exp = 0;

	if (value < 0x8000)
		return (uint16_t)value;
	while (exp < 7 && value >> (exp + 3) > 0x1fff)
		exp++;
	value >>= exp + 3;
	return (uint16_t)(0x8000 | exp << 12 | ((value > 0x1fff ? 0x1fff : value) & 0xfff));
}

/* Which version a query is follows from its length (RFC 3810 clause 8.1). */
static bool parse_query(const struct mcast_packet *p, struct mcast_msg *m)
{
	uint16_t code = (uint16_t)(p->l4[4] << 8 | p->l4[5]);

	if (ip_is_unspecified(m->group) ? !ip_equal(m->dst, ALL_NODES) : !ip6_is_group(m->group))
		return false;
	m->kind = MCAST_QUERY;
	m->version = p->len == SHORT ? 1 : 2;
	m->max_resp_ms = m->version == 1 ? code : code16(code);
	return m->version == 1 ||
	       (p->len >= V2_QUERY && mcast_take_query(m, rd_from(p->l4 + SHORT, p->len - SHORT)));
}

static bool parse_short(const struct mcast_packet *p, struct mcast_msg *m)
{
	if (p->len < SHORT)
		return false;
	m->group = ip6_load(p->l4 + HEADER);
	if (p->l4[0] == TYPE_QUERY)
		return parse_query(p, m);
	m->kind = p->l4[0] == TYPE_DONE ? MCAST_LEAVE : MCAST_REPORT;
	m->version = 1;
	return ip6_is_group(m->group);
}

static bool parse_known(const struct mcast_packet *p, struct mcast_msg *m)
{
	switch (p->l4[0]) {
	case TYPE_V2_REPORT:
		m->kind = MCAST_REPORT;
		m->version = 2;
		return p->len >= HEADER &&
		       mcast_take_records(m, rd_from(p->l4 + HEADER, p->len - HEADER),
					  (unsigned)(p->l4[6] << 8 | p->l4[7]));
	case TYPE_MRD_ADVERTISEMENT: /* as in IPv4 */
		m->kind = MCAST_ROUTER;
		m->hold_s = p->l4[1] * 3u;
		return p->len >= HEADER && p->l4[1] != 0 && !ip_is_unspecified(m->src);
	case TYPE_MRD_TERMINATION:
		m->kind = MCAST_ROUTER;
		return true;
	case TYPE_MRD_SOLICITATION:
		m->kind = MCAST_OTHER;
		return true;
	default:
		return parse_short(p, m);
	}
}

enum drop mld_parse(const struct mcast_packet *p, bool alert, struct mcast_msg *m)
{
	enum { AT_HOP_LIMIT = 7, ICMP_HEADER = 4 };
	uint64_t sum = csum_pseudo6(p->ip, PROTO_ICMPV6, (uint32_t)p->len);

	if (!alert || p->ip[AT_HOP_LIMIT] != 1 || p->len < ICMP_HEADER)
		return DROP_BAD_MLD;
	if (!ip_is_link_local6(m->src) && !ip_is_unspecified(m->src))
		return DROP_BAD_MLD;
	if (csum_finish(csum_add(sum, p->l4, p->len)))
		return DROP_BAD_MLD;
	return parse_known(p, m) ? DROP_NONE : DROP_BAD_MLD;
}

size_t mld_query(uint8_t out[MCAST_QUERY_SIZE], const struct mcast_query *q)
{
	enum { IP_HEADER = 40 };
	/* ICMPv6, eight bytes; Router Alert 0: MLD (RFC 2711 clause 2.1); PadN of two bytes */
	static const uint8_t hop_by_hop[] = {PROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0};
	bool general = ip_is_unspecified(q->group);
	struct ip_addr dst = general ? ALL_NODES : q->group;
	uint8_t *ip = out + mcast_put_ethernet(out, q->mac, dst);
	uint8_t *mld = ip + IP_HEADER + sizeof(hop_by_hop);
	uint32_t ms = q->max_resp_ms;
	size_t len = SHORT;

	memset(ip, 0, IP_HEADER);
	ip[0] = 0x60;
	ip[7] = 1; /* hop limit; the next header is hop-by-hop, 0 */
	ip6_store(ip + 8, q->src);
	ip6_store(ip + 24, dst);
	memcpy(ip + IP_HEADER, hop_by_hop, sizeof(hop_by_hop));

	memset(mld, 0, SHORT);
	mld[0] = TYPE_QUERY;
	csum_put(mld + 4, q->version == 2 ? to_code16(ms) : (uint16_t)(ms > 0xffff ? 0xffff : ms));
	if (!general)
		ip6_store(mld + HEADER, q->group);
	if (q->version == 2)
		len += mcast_put_query(mld + SHORT, q, true);
	csum_put(ip + 4, (uint16_t)(sizeof(hop_by_hop) + len));
	csum_put(mld + 2,
		 csum_finish(csum_add(csum_pseudo6(ip, PROTO_ICMPV6, (uint32_t)len), mld, len)));
	return FRAME_MIN + IP_HEADER + sizeof(hop_by_hop) + len;
}
