/* SPDX-License-Identifier: ISC */
#include "core/ipwalk.h"

#include "core/csum.h"
#include "core/vnet.h"
#include "util/bytes.h"

enum {
	IPV4_MIN = 20,
	IPV6_HEADER = 40,
	UDP_HEADER = 8,
	UDP_CSUM = 6,
	ICMP6_CSUM = 2,
	FLAG_MF = 0x2000,
	OFFSET_4 = 0x1fff,
	OFFSET_6 = 0xfff8,
	FLAG_M = 1,
};

/* IPv6 extension headers by their number as a next header (RFC 7045 section 4). */
enum {
	HOP_BY_HOP = 0,
	ROUTING = 43,
	FRAGMENT = 44,
	AUTHENTICATION = 51,
	DESTINATION_OPTIONS = 60,
	MOBILITY = 135,
	HIP = 139,
	SHIM6 = 140,
};

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static enum ip_walk walk4(const struct frame *f, struct ip_packet *p)
{
	size_t have = f->len - f->l3;

	if (have < IPV4_MIN || p->ip[0] >> 4 != 4)
		return IP_BAD;
	size_t header = (size_t)(p->ip[0] & 15) * 4, total = be16(p->ip + 2);
	if (header < IPV4_MIN || total < header || total > have)
		return IP_BAD;
	uint16_t piece = be16(p->ip + 6);

	p->fragment = piece & (FLAG_MF | OFFSET_4);
	p->later = piece & OFFSET_4;
	p->proto = p->ip[9];
	p->l4 = f->l3 + header;
	p->l4_len = total - header;
	return IP_FOUND;
}

/*
 * Takes one extension header of type p->proto, which becomes the type of the next.  1: done, -1: it is not
 * all there, 0: that was none.
 */
static int take_extension(struct rd *r, struct ip_packet *p)
{
	uint8_t type = p->proto, next = rd_u8(r), units;
	uint16_t piece;

	switch (type) {
	case HOP_BY_HOP:
	case ROUTING:
	case DESTINATION_OPTIONS:
	case MOBILITY:
	case HIP:
	case SHIM6:
		units = rd_u8(r);
		(void)rd_take(r, (size_t)units * 8 + 6);
		break;
	case AUTHENTICATION: /* counts in words, less two (RFC 4302 section 2.2) */
		units = rd_u8(r);
		(void)rd_take(r, (size_t)units * 4 + 6);
		break;
	case FRAGMENT:
		(void)rd_u8(r);
		piece = rd_be16(r);
		(void)rd_take(r, 4);
		p->fragment = true;
		p->later = piece & OFFSET_6; /* ends the walk */
		break;
	default:
		return 0;
	}
	p->proto = next;
	return r->bad ? -1 : 1;
}

static enum ip_walk walk6(const struct frame *f, struct ip_packet *p)
{
	struct rd r = rd_from(p->ip, f->len - f->l3);

	if (!rd_take(&r, IPV6_HEADER) || p->ip[0] >> 4 != 6)
		return IP_BAD;
	size_t len = be16(p->ip + 4);
	p->proto = p->ip[6];
	if (len > rd_left(&r))
		return IP_BAD;
	if (len || p->proto != HOP_BY_HOP)
		r.end = r.p + len;
	/* each takes eight bytes at least, so this ends */
	for (;;) {
		struct rd before = r;
		int rc = p->later ? 0 : take_extension(&r, p);

		if (rc < 0)
			return IP_CUT;
		if (rc == 0) {
			r = before;
			break;
		}
	}
	p->l4 = (size_t)(r.p - f->data);
	p->l4_len = rd_left(&r);
	return IP_FOUND;
}

enum ip_walk ip_walk(const struct frame *f, struct ip_packet *p)
{
	*p = (struct ip_packet){.ip = f->data + f->l3, .v6 = f->ethertype == ETHERTYPE_IPV6};
	return p->v6 ? walk6(f, p) : walk4(f, p);
}

/* Where the message has its checksum; both protocols have it in front of all that varies in length. */
static size_t csum_field(const struct ip_packet *p)
{
	return p->proto == IP_PROTO_UDP ? UDP_CSUM : ICMP6_CSUM;
}

/* Is this the checksum that the offload header owes? */
static bool is_owed(const struct virtio_net_hdr *h, const struct ip_packet *p)
{
	return vnet_needs_csum(h) && h->csum_start == p->l4 && h->csum_offset == csum_field(p);
}

bool ip_will_change(const struct frame *f, const struct ip_packet *p, size_t seen)
{
	if (!f->vnet)
		return false;
	struct virtio_net_hdr h = vnet_load(f->vnet);

	return vnet_needs_csum(&h) && !is_owed(&h, p) &&
	       (size_t)h.csum_start + h.csum_offset < p->l4 + seen;
}

static bool csum_is_owed(const struct frame *f, const struct ip_packet *p)
{
	if (!f->vnet)
		return false;
	struct virtio_net_hdr h = vnet_load(f->vnet);

	return is_owed(&h, p);
}

bool ip_csum_ok(const struct frame *f, const struct ip_packet *p, size_t len)
{
	const uint8_t *l4 = f->data + p->l4;
	size_t field = csum_field(p);

	if (len > p->l4_len || field + 2 > len)
		return false;
	if (!p->v6) {
		size_t header = p->l4 - f->l3;

		if (csum_fold(csum_add(0, p->ip, header)) != 0xffff)
			return false;
		if (be16(l4 + field) == 0) /* RFC 768: the sender has made none */
			return true;
	}
	if (csum_is_owed(f, p))
		return true;
	/* over IPv6 there has to be one (RFC 8200 section 8.1) */
	if (p->proto == IP_PROTO_UDP && be16(l4 + field) == 0)
		return false;
	uint64_t sum = p->v6 ? csum_pseudo6(p->ip, p->proto, (uint32_t)len)
			     : csum_pseudo4(p->ip, p->proto, (uint32_t)len);

	return csum_fold(csum_add(sum, l4, len)) == 0xffff;
}

bool udp_parse(const struct frame *f, const struct ip_packet *p, struct udp *u)
{
	struct rd r = rd_from(f->data + p->l4, p->l4_len);

	u->sport = rd_be16(&r);
	u->dport = rd_be16(&r);
	size_t len = rd_be16(&r);
	(void)rd_be16(&r);
	if (r.bad || len < UDP_HEADER || len > p->l4_len)
		return false;
	u->data = r.p;
	u->len = len - UDP_HEADER;
	return true;
}
