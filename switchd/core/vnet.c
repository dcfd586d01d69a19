/* SPDX-License-Identifier: ISC */
#include "core/vnet.h"

#include <endian.h>
#include <string.h>

#include "core/frame.h"
#include "util/bytes.h"

enum {
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	TCP_HEADER = 20,
	UDP_HEADER = 8,
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	/* means something else inside Linux (include/linux/skbuff.h), so taps refuse it */
	GSO_BY_FRAGS = 0xffff,
};

struct virtio_net_hdr vnet_load(const uint8_t *p)
{
	struct virtio_net_hdr h;

	_Static_assert(sizeof(h) == VNET_HDR_SIZE, "the header of a tap has ten bytes");
	memcpy(&h, p, sizeof(h));
	h.hdr_len = le16toh(h.hdr_len);
	h.gso_size = le16toh(h.gso_size);
	h.csum_start = le16toh(h.csum_start);
	h.csum_offset = le16toh(h.csum_offset);
	return h;
}

void vnet_save(uint8_t *p, const struct virtio_net_hdr *h)
{
	struct virtio_net_hdr out = *h;

	out.hdr_len = htole16(h->hdr_len);
	out.gso_size = htole16(h->gso_size);
	out.csum_start = htole16(h->csum_start);
	out.csum_offset = htole16(h->csum_offset);
	memcpy(p, &out, sizeof(out));
}

/* Not below zero: hdr_len is a hint that its sender may have made too small. */
static void add_le16(uint8_t *p, int by)
{
	int v = (p[0] | p[1] << 8) + by;

	if (v < 0)
		v = 0;
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

void vnet_shift(uint8_t *p, int by)
{
	struct virtio_net_hdr h = vnet_load(p);

	if (h.hdr_len)
		add_le16(p + offsetof(struct virtio_net_hdr, hdr_len), by);
	if (vnet_needs_csum(&h))
		add_le16(p + offsetof(struct virtio_net_hdr, csum_start), by);
}

/*
 * The checksum covers from csum_start on and is stored in two bytes inside the frame.  In front of
 * it is at least an IPv4 header: a tap refuses less, though it counts the Ethernet header in
 * (__virtio_net_hdr_to_skb() in include/linux/virtio_net.h).
 */
static bool csum_in_frame(const struct virtio_net_hdr *h, const struct frame *f)
{
	size_t end = (size_t)h->csum_start + h->csum_offset + 2;

	return h->csum_start >= f->l3 + IPV4_HEADER && end <= f->len && end <= VNET_HEAD_MAX;
}

/* Length of the TCP header at csum_start, 0 when it is cut short or lies. */
static size_t tcp_header_len(const struct virtio_net_hdr *h, const struct frame *f)
{
	if ((size_t)h->csum_start + TCP_HEADER > f->len)
		return 0;
	size_t n = (size_t)(f->data[h->csum_start + 12] >> 4) * 4;
	if (n < TCP_HEADER || h->csum_start + n > f->len)
		return 0;
	return n;
}

/* Length of the UDP header at csum_start, 0 when its length is not that of the frame. */
static size_t udp_header_len(const struct virtio_net_hdr *h, const struct frame *f)
{
	struct rd r = rd_from(f->data + h->csum_start, f->len - h->csum_start);

	(void)rd_take(&r, 4);
	return rd_be16(&r) == f->len - h->csum_start ? UDP_HEADER : 0;
}

/*
 * IPv4 (RFC 791): a transport header must start right behind the IP header, and not in a fragment;
 * nothing may stand behind the datagram, as padding would.
 */
static bool ipv4_agrees(const struct virtio_net_hdr *h, const struct frame *f, uint8_t proto)
{
	const uint8_t *ip = f->data + f->l3;

	if (f->ethertype != ETHERTYPE_IPV4 || f->len < (size_t)f->l3 + IPV4_HEADER)
		return false;
	size_t ihl = (size_t)(ip[0] & 15) * 4;
	size_t total = (size_t)ip[2] << 8 | ip[3];
	bool fragment = (ip[6] & 0x3f) || ip[7]; /* MF or an offset */

	return ip[0] >> 4 == 4 && ihl >= IPV4_HEADER && ip[9] == proto && !fragment &&
	       h->csum_start == f->l3 + ihl && f->l3 + total == f->len;
}

/* IPv6 (RFC 8200): extension headers may stand between; they must lead to the transport header. */
static bool ipv6_agrees(const struct virtio_net_hdr *h, const struct frame *f, uint8_t proto)
{
	struct rd r = rd_from(f->data + f->l3, f->len - f->l3);
	const uint8_t *ip = rd_take(&r, IPV6_HEADER);

	if (f->ethertype != ETHERTYPE_IPV6 || !ip || ip[0] >> 4 != 6)
		return false;
	if (((size_t)ip[4] << 8 | ip[5]) != rd_left(&r))
		return false;
	uint8_t next = ip[6];
	/* hop-by-hop, routing, destination options: type, length in eights less one (RFC 8200) */
	while (next == 0 || next == 43 || next == 60) {
		next = rd_u8(&r);
		size_t rest = (size_t)rd_u8(&r) * 8 + 6;
		if (!rd_take(&r, rest))
			return false;
	}
	return next == proto && r.p == f->data + h->csum_start;
}

/* Bytes in front of the payload that every segment repeats; 0 when the headers are not what they
 * say. */
static size_t super_header_len(const struct virtio_net_hdr *h, const struct frame *f)
{
	size_t l4 = 0;

	switch (vnet_gso_type(h)) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		l4 = ipv4_agrees(h, f, PROTO_TCP) ? tcp_header_len(h, f) : 0;
		break;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		l4 = ipv6_agrees(h, f, PROTO_TCP) ? tcp_header_len(h, f) : 0;
		break;
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		if (h->gso_type & VIRTIO_NET_HDR_GSO_ECN) /* means something in TCP only */
			return 0;
		if (ipv4_agrees(h, f, PROTO_UDP) || ipv6_agrees(h, f, PROTO_UDP))
			l4 = udp_header_len(h, f);
		break;
	default: /* VIRTIO_NET_HDR_GSO_UDP asks for IP fragments; no kernel since 4.14 sends it */
		break;
	}
	return l4 ? h->csum_start + l4 : 0;
}

static enum drop super_check(const struct virtio_net_hdr *h, const struct frame *f,
			     size_t *wire_len)
{
	bool udp = vnet_gso_type(h) == VIRTIO_NET_HDR_GSO_UDP_L4;
	uint16_t csum_field = udp ? 6 : 16; /* RFC 768, 9293 */

	/* segments need a checksum each, so whoever leaves segmentation to us leaves that too */
	if (!vnet_needs_csum(h) || h->csum_offset != csum_field)
		return DROP_BAD_GSO;
	if (h->gso_size == 0 || h->gso_size == GSO_BY_FRAGS)
		return DROP_BAD_GSO;
	size_t header = super_header_len(h, f);
	if (header == 0 || header >= f->len || header > VNET_HEAD_MAX)
		return DROP_BAD_GSO;
	size_t most = udp ? VNET_UDP_SEGMENTS_MAX : VNET_TCP_SEGMENTS_MAX;
	if (f->len - header > h->gso_size * most)
		return DROP_BAD_GSO;
	size_t segment = header + h->gso_size;
	*wire_len = segment < f->len ? segment : f->len;
	return DROP_NONE;
}

enum drop vnet_check(const struct virtio_net_hdr *h, const struct frame *f, size_t *wire_len)
{
	/* hdr_len is a hint, but tun_get_user() refuses to be told more than there is */
	if (h->hdr_len > f->len)
		return DROP_BAD_VNET;
	if (vnet_needs_csum(h) && !csum_in_frame(h, f))
		return DROP_BAD_VNET;
	if (vnet_is_super(h))
		return super_check(h, f, wire_len);
	*wire_len = f->len;
	return DROP_NONE;
}
