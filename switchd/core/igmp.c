/* SPDX-License-Identifier: ISC */
#include "core/igmp.h"

#include <string.h>

#include "core/csum.h"

enum {
	TYPE_QUERY = 0x11,
	TYPE_V1_REPORT = 0x12,
	TYPE_V2_REPORT = 0x16,
	TYPE_LEAVE = 0x17,
	TYPE_V3_REPORT = 0x22,
	TYPE_MRD_ADVERTISEMENT = 0x30,
	TYPE_MRD_TERMINATION = 0x32,

	SHORT = 8,		/* all of a message of v1 or v2 */
	V3_QUERY = 12,		/* a query of v3 without sources */
	V1_RESPONSE_MS = 10000, /* RFC 3376 clause 7.2.1 */
};

#define ALL_SYSTEMS ip4(0xe0000001)

/* Which version a query is follows from its length (RFC 3376 clause 7.1). */
static bool parse_query(const struct mcast_packet *p, struct mcast_msg *m)
{
	struct rd rest = rd_from(p->l4 + SHORT, p->len - SHORT);

	if (ip_is_unspecified(m->group) ? !ip_equal(m->dst, ALL_SYSTEMS) : !ip_is_group(m->group))
		return false;
	m->kind = MCAST_QUERY;
	if (p->len == SHORT) {
		m->version = p->l4[1] ? 2 : 1;
		m->max_resp_ms = p->l4[1] ? p->l4[1] * 100u : V1_RESPONSE_MS;
		return true;
	}
	m->version = 3;
	m->max_resp_ms = mcast_code8(p->l4[1]) * 100;
	return p->len >= V3_QUERY && mcast_take_query(m, rest);
}

/* RFC 4286 clause 3: the interval in seconds stands where the code is; three may be lost (clause 4). */
static bool parse_advertisement(const struct mcast_packet *p, struct mcast_msg *m)
{
	m->kind = MCAST_ROUTER;
	m->hold_s = p->l4[1] * 3u;
	return p->l4[1] != 0 && !ip_is_unspecified(m->src);
}

static bool parse_known(const struct mcast_packet *p, struct mcast_msg *m)
{
	struct rd rest;

	switch (p->l4[0]) {
	case TYPE_QUERY:
		return parse_query(p, m);
	case TYPE_V1_REPORT:
	case TYPE_V2_REPORT:
		m->kind = MCAST_REPORT;
		m->version = p->l4[0] == TYPE_V1_REPORT ? 1 : 2;
		return ip_is_group(m->group);
	case TYPE_LEAVE:
		m->kind = MCAST_LEAVE;
		m->version = 2;
		return ip_is_group(m->group);
	case TYPE_V3_REPORT:
		m->kind = MCAST_REPORT;
		m->version = 3;
		m->group = ip4(0);
		rest = rd_from(p->l4 + SHORT, p->len - SHORT);
		return mcast_take_records(m, rest, (unsigned)(p->l4[6] << 8 | p->l4[7]));
	case TYPE_MRD_ADVERTISEMENT:
		return parse_advertisement(p, m);
	default:
		return false;
	}
}

enum drop igmp_parse(const struct mcast_packet *p, struct mcast_msg *m)
{
	enum { AT_TTL = 8, MRD_SHORT = 4 };
	uint8_t type;

	if (p->len < MRD_SHORT || csum_finish(csum_add(0, p->l4, p->len)))
		return DROP_BAD_IGMP;
	type = p->l4[0];
	switch (type) {
	case TYPE_QUERY:
	case TYPE_V1_REPORT:
	case TYPE_V2_REPORT:
	case TYPE_LEAVE:
	case TYPE_V3_REPORT:
	case TYPE_MRD_ADVERTISEMENT:
	case TYPE_MRD_TERMINATION:
		break;
	default: /* DVMRP, traceroute...: not ours to judge */
		m->kind = MCAST_OTHER;
		return DROP_NONE;
	}
	if (p->ip[AT_TTL] != 1)
		return DROP_BAD_IGMP;
	if (type == TYPE_MRD_TERMINATION) {
		m->kind = MCAST_ROUTER;
		return DROP_NONE;
	}
	if (p->len < SHORT)
		return DROP_BAD_IGMP;
	m->group = ip4_load(p->l4 + 4);
	return parse_known(p, m) ? DROP_NONE : DROP_BAD_IGMP;
}

/* ---- building ---- */

static void put_ip(uint8_t *ip, struct ip_addr src, struct ip_addr dst, size_t len)
{
	static const uint8_t fixed[] = {0x46, 0xc0, 0, 0, 0, 0, 0, 0, 1, 2};
	static const uint8_t router_alert[] = {0x94, 4, 0, 0}; /* RFC 2113 */

	memcpy(ip, fixed, sizeof(fixed));
	csum_put(ip + 2, (uint16_t)len);
	csum_put(ip + 10, 0);
	ip4_store(ip + 12, src);
	ip4_store(ip + 16, dst);
	memcpy(ip + 20, router_alert, sizeof(router_alert));
	csum_put(ip + 10, csum_finish(csum_add(0, ip, 24)));
}

size_t igmp_query(uint8_t out[MCAST_QUERY_SIZE], const struct mcast_query *q)
{
	enum { IP_HEADER = 24, SHORTEST = 60 };
	bool general = ip_is_unspecified(q->group);
	struct ip_addr dst = general ? ALL_SYSTEMS : q->group;
	uint8_t *ip = out + mcast_put_ethernet(out, q->mac, dst), *igmp = ip + IP_HEADER;
	uint32_t tenths = q->max_resp_ms / 100;
	size_t len = SHORT, total;

	memset(igmp, 0, SHORT);
	igmp[0] = TYPE_QUERY;
	if (q->version == 3) /* 0 would make it version 1's */
		igmp[1] = mcast_to_code8(tenths ? tenths : 1);
	else
		igmp[1] = (uint8_t)(tenths > 255 ? 255 : tenths ? tenths : 1);
	if (!general)
		ip4_store(igmp + 4, q->group);
	if (q->version == 3)
		len += mcast_put_query(igmp + SHORT, q, false);
	csum_put(igmp + 2, csum_finish(csum_add(0, igmp, len)));
	put_ip(ip, q->src, dst, IP_HEADER + len);
	total = FRAME_MIN + IP_HEADER + len;
	if (total < SHORTEST)
		memset(out + total, 0, SHORTEST - total);
	return total < SHORTEST ? SHORTEST : total;
}
