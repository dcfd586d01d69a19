/* SPDX-License-Identifier: ISC */
#include "core/undone.h"

#include <string.h>

#include "core/csum.h"
#include "core/frame.h"
#include "util/bytes.h"

enum {
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	IPV4_HDR = 20,
	IPV6_HDR = 40,
	TCP_HDR = 20,
	TCP_CSUM = 16,
	TCP_FLAGS = 13,
	TCP_CWR = 0x80,
	UDP_HDR = 8,
	UDP_CSUM = 6,
};

/* What there is behind the Ethernet header. */
struct ip {
	const uint8_t *at;
	size_t hdr, total; /* bytes of the header; of header and what is behind it */
	uint8_t proto;
	bool v6;
};

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool read_ipv4(struct ip *ip, size_t room)
{
	const uint8_t *p = ip->at;

	if (room < IPV4_HDR || p[0] >> 4 != 4)
		return false;
	ip->hdr = (size_t)(p[0] & 15) * 4;
	ip->total = be16(p + 2);
	ip->proto = p[9];
	/* a fragment, whichever: its checksum is of more than it holds */
	return ip->hdr >= IPV4_HDR && !(be16(p + 6) & 0x3fff);
}

static bool read_ipv6(struct ip *ip, size_t room)
{
	const uint8_t *p = ip->at;

	if (room < IPV6_HDR || p[0] >> 4 != 6)
		return false;
	ip->v6 = true;
	ip->hdr = IPV6_HDR;
	ip->total = IPV6_HDR + (size_t)be16(p + 4);
	ip->proto = p[6];
	return true;
}

static bool read_ip(const struct frame *f, struct ip *ip)
{
	size_t room = f->len - f->l3;

	*ip = (struct ip){.at = f->data + f->l3};
	if (!(f->ethertype == ETHERTYPE_IPV4   ? read_ipv4(ip, room)
	      : f->ethertype == ETHERTYPE_IPV6 ? read_ipv6(ip, room)
					       : false))
		return false;
	return ip->total <= room && ip->total >= ip->hdr;
}

/* Is the checksum field the sum of the pseudo header, and nothing else in it? */
static bool is_undone(const struct ip *ip, size_t csum)
{
	uint32_t l4_len = (uint32_t)(ip->total - ip->hdr);
	uint64_t sum = ip->v6 ? csum_pseudo6(ip->at, ip->proto, l4_len)
			      : csum_pseudo4(ip->at, ip->proto, l4_len);

	return be16(ip->at + ip->hdr + csum) == csum_fold(sum);
}

bool undone_look(const uint8_t *data, size_t len, size_t mtu, struct virtio_net_hdr *h)
{
	struct frame f = {.data = data, .len = len};
	struct ip ip;

	if (frame_parse(&f) != DROP_NONE || !read_ip(&f, &ip))
		return false;
	bool tcp = ip.proto == PROTO_TCP;
	size_t csum = tcp ? TCP_CSUM : UDP_CSUM, l4_min = tcp ? TCP_HDR : UDP_HDR;

	if ((!tcp && ip.proto != PROTO_UDP) || ip.total < ip.hdr + l4_min || !is_undone(&ip, csum))
		return false;
	*h = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = (uint16_t)(f.l3 + ip.hdr),
		.csum_offset = (uint16_t)csum,
	};
	if (!tcp || ip.total <= mtu)
		return true;
	size_t tcp_hdr = (size_t)(ip.at[ip.hdr + 12] >> 4) * 4;

	if (tcp_hdr < TCP_HDR || ip.hdr + tcp_hdr >= mtu)
		return false;
	h->gso_type = ip.v6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
	if (ip.at[ip.hdr + TCP_FLAGS] & TCP_CWR)
		h->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	h->hdr_len = (uint16_t)(f.l3 + ip.hdr + tcp_hdr);
	h->gso_size = (uint16_t)(mtu - ip.hdr - tcp_hdr);
	return true;
}
