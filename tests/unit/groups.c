/* SPDX-License-Identifier: ISC */
#include "groups.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "packet.h"
#include "unit.h"

enum { ETHERNET = 14, IGMP = 2, ICMPV6 = 58, PIM = 103, HOP_BY_HOP = 8 };

struct ip_addr addr(const char *text)
{
	uint8_t b[16];

	if (inet_pton(AF_INET, text, b) == 1)
		return ip4_load(b);
	assert_int_equal(inet_pton(AF_INET6, text, b), 1);
	return ip6_load(b);
}

static bool is_v6(const char *text)
{
	return strchr(text, ':');
}

/* ---- frames ---- */

static void put_macs(struct gpacket *p, const char *dst)
{
	struct ip_addr a = addr(dst);
	uint8_t *d = p->data;

	if (is_v6(dst)) {
		packet_put16(d, 0x3333);
		packet_put32(d + 2, (uint32_t)a.lo);
	} else {
		d[0] = 0x01;
		d[1] = 0x00;
		packet_put32(d + 2, 0x5e000000 | ((uint32_t)a.lo & 0x7fffff));
	}
	memcpy(d + 6, "\2\0\0\0\0\x63", 6);
	packet_put16(d + 12, is_v6(dst) ? 0x86dd : 0x0800);
	p->ip = ETHERNET;
}

static void put_ipv4(struct gpacket *p, uint8_t proto, const char *src, const char *dst)
{
	static const uint8_t alert[] = {0x94, 4, 0, 0};
	uint8_t *ip = p->data + ETHERNET;

	memset(p, 0, sizeof(*p));
	put_macs(p, dst);
	ip[0] = 0x46;
	ip[1] = 0xc0;
	ip[8] = 1;
	ip[9] = proto;
	ip4_store(ip + 12, addr(src));
	ip4_store(ip + 16, addr(dst));
	memcpy(ip + 20, alert, sizeof(alert));
	p->l4 = ETHERNET + 24;
}

static void put_ipv6(struct gpacket *p, uint8_t proto, const char *src, const char *dst, bool alert)
{
	uint8_t *ip = p->data + ETHERNET;
	const uint8_t hop[HOP_BY_HOP] = {proto, 0, 5, 2, 0, 0, 1, 0};

	memset(p, 0, sizeof(*p));
	put_macs(p, dst);
	ip[0] = 0x60;
	ip[6] = alert ? 0 : proto;
	ip[7] = 1;
	ip6_store(ip + 8, addr(src));
	ip6_store(ip + 24, addr(dst));
	p->l4 = ETHERNET + 40;
	if (alert) {
		memcpy(ip + 40, hop, sizeof(hop));
		p->l4 += sizeof(hop);
	}
}

void gp_finish_ip(struct gpacket *p)
{
	uint8_t *ip = p->data + p->ip;

	if (ip[0] >> 4 != 4)
		return;
	packet_put16(ip + 10, 0);
	packet_put16(ip + 10, (uint16_t)~packet_sum(ip, (ip[0] & 15) * 4u, 0));
}

void gp_finish(struct gpacket *p)
{
	uint8_t *ip = p->data + p->ip, *l4 = p->data + p->l4;
	bool v6 = ip[0] >> 4 == 6;
	uint8_t proto = v6 ? (ip[6] ? ip[6] : ip[40]) : ip[9];
	uint32_t pseudo = v6 ? packet_sum(ip + 8, 32, proto + (uint32_t)p->l4_len) : 0;

	p->len = p->l4 + p->l4_len;
	packet_put16(ip + (v6 ? 4 : 2), p->len - p->ip - (v6 ? 40 : 0));
	gp_finish_ip(p);
	if (proto == IGMP || proto == ICMPV6 || proto == PIM) {
		packet_put16(l4 + 2, 0);
		packet_put16(l4 + 2, (uint16_t)~packet_sum(l4, p->l4_len, pseudo));
	}
	if (p->len < 60) {
		memset(p->data + p->len, 0xa5, 60 - p->len); /* not zeroes, lest padding count */
		p->len = 60;
	}
}

static void put_message(struct gpacket *p, const uint8_t *msg, size_t len)
{
	assert_true(p->l4 + len <= sizeof(p->data));
	memcpy(p->data + p->l4, msg, len);
	p->l4_len = len;
	gp_finish(p);
}

void gp_igmp(struct gpacket *p, const char *src, const char *dst, const uint8_t *msg, size_t len)
{
	put_ipv4(p, IGMP, src, dst);
	put_message(p, msg, len);
}

void gp_mld(struct gpacket *p, const char *src, const char *dst, const uint8_t *msg, size_t len)
{
	put_ipv6(p, ICMPV6, src, dst, true);
	put_message(p, msg, len);
}

void gp_pim(struct gpacket *p, const char *src, const uint8_t *msg, size_t len)
{
	if (is_v6(src))
		put_ipv6(p, PIM, src, "ff02::d", false);
	else
		put_ipv4(p, PIM, src, "224.0.0.13");
	put_message(p, msg, len);
}

/* ---- messages ---- */

#define HOST4 "10.0.0.99"
#define HOST6 "fe80::99"

static size_t put_addr(uint8_t *at, const char *text)
{
	if (is_v6(text)) {
		ip6_store(at, addr(text));
		return 16;
	}
	ip4_store(at, addr(text));
	return 4;
}

void gp_report(struct gpacket *p, const char *group, unsigned version)
{
	uint8_t m[24] = {0};

	if (is_v6(group)) {
		m[0] = 131;
		put_addr(m + 8, group);
		gp_mld(p, HOST6, group, m, sizeof(m));
	} else {
		m[0] = version == 1 ? 0x12 : 0x16;
		put_addr(m + 4, group);
		gp_igmp(p, HOST4, group, m, 8);
	}
}

void gp_leave(struct gpacket *p, const char *group)
{
	uint8_t m[24] = {0};

	if (is_v6(group)) {
		m[0] = 132;
		put_addr(m + 8, group);
		gp_mld(p, HOST6, "ff02::2", m, sizeof(m));
	} else {
		m[0] = 0x17;
		put_addr(m + 4, group);
		gp_igmp(p, HOST4, "224.0.0.2", m, 8);
	}
}

/* Returns the length; *n is how many there are. */
static size_t put_sources(uint8_t *at, const char *sources, unsigned *n)
{
	char copy[4096], *save, *word;
	size_t len = 0;

	*n = 0;
	if (!sources)
		return 0;
	snprintf(copy, sizeof(copy), "%s", sources);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		len += put_addr(at + len, word);
		++*n;
	}
	return len;
}

void gp_records(struct gpacket *p, enum mcast_record_type type, const char *group, unsigned n,
		const char *sources)
{
	uint8_t m[GROUPS_FRAME] = {is_v6(group) ? 143 : 0x22};
	struct ip_addr a = addr(group);
	size_t len = 8;

	packet_put16(m + 6, n);
	for (unsigned i = 0; i < n; i++, a.lo++) {
		uint8_t *rec = m + len;
		unsigned count;

		rec[0] = (uint8_t)type;
		if (is_v6(group))
			ip6_store(rec + 4, a);
		else
			ip4_store(rec + 4, a);
		len += is_v6(group) ? 20 : 8;
		len += put_sources(m + len, sources, &count);
		packet_put16(rec + 2, count);
	}
	if (is_v6(group))
		gp_mld(p, HOST6, "ff02::16", m, len);
	else
		gp_igmp(p, HOST4, "224.0.0.22", m, len);
}

void gp_record(struct gpacket *p, enum mcast_record_type type, const char *group,
	       const char *sources)
{
	gp_records(p, type, group, 1, sources);
}

void gp_query(struct gpacket *p, const char *src, const char *group, uint32_t max_resp_ms,
	      const char *sources)
{
	uint8_t m[GROUPS_FRAME] = {0};
	unsigned count;
	size_t len;

	if (is_v6(src)) {
		m[0] = 130;
		packet_put16(m + 4, max_resp_ms);
		put_addr(m + 8, group ? group : "::");
		len = 28 + put_sources(m + 28, sources, &count);
		packet_put16(m + 26, count);
		gp_mld(p, src, group ? group : "ff02::1", m, len);
	} else {
		m[0] = 0x11;
		m[1] = (uint8_t)(max_resp_ms / 100);
		put_addr(m + 4, group ? group : "0.0.0.0");
		len = 12 + put_sources(m + 12, sources, &count);
		packet_put16(m + 10, count);
		gp_igmp(p, src, group ? group : "224.0.0.1", m, len);
	}
	gp_query_times(p, 2, 125);
}

static uint8_t *query_tail(struct gpacket *p)
{
	return p->data + p->l4 + (p->data[p->ip] >> 4 == 6 ? 24 : 8);
}

void gp_query_times(struct gpacket *p, uint8_t qrv, uint8_t qqic)
{
	uint8_t *tail = query_tail(p);

	tail[0] = (uint8_t)((tail[0] & 8) | qrv);
	tail[1] = qqic;
	gp_finish(p);
}

void gp_query_suppress(struct gpacket *p)
{
	query_tail(p)[0] |= 8;
	gp_finish(p);
}

void gp_query_old(struct gpacket *p, const char *src, const char *group, unsigned version,
		  uint32_t max_resp_ms)
{
	gp_query(p, src, group, max_resp_ms, NULL);
	p->l4_len -= 4;
	if (!is_v6(src) && version == 1)
		p->data[p->l4 + 1] = 0;
	gp_finish(p);
}

void gp_data(struct gpacket *p, const char *src, const char *group)
{
	static const uint8_t udp[40] = {0x10, 0x00, 0x20, 0x00, 0, 40};

	if (is_v6(group))
		put_ipv6(p, UDP, src, group, false);
	else
		put_ipv4(p, UDP, src, group);
	put_message(p, udp, sizeof(udp));
}

enum drop gp_parse(const struct gpacket *p, struct frame *f, struct mcast_msg *m)
{
	*f = (struct frame){.data = p->data, .len = p->len};
	assert_int_equal(frame_parse(f), DROP_NONE);
	memset(m, 0xa5, sizeof(*m));
	return mcast_parse(f, m);
}
