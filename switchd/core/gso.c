/* SPDX-License-Identifier: ISC */
#include "core/gso.h"

#include <string.h>

#include "core/csum.h"

enum owed { OWED_NOTHING, OWED_CSUM, OWED_TCP, OWED_UDP };

enum {
	TCP_FIN = 0x01,
	TCP_PSH = 0x08,
	TCP_CWR = 0x80,
	IPV6_HEADER = 40,
};

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static void put32(uint8_t *p, uint32_t v)
{
	csum_put(p, (uint16_t)(v >> 16));
	csum_put(p + 2, (uint16_t)v);
}

bool gso_owed(const struct frame *f)
{
	/* NEEDS_CSUM is in the first byte (VIRTIO 1.2 clause 5.1.6) */
	return f->vnet && (f->vnet[0] & VIRTIO_NET_HDR_F_NEEDS_CSUM);
}

/* The second half of the word that holds the length of the TCP header: the flags. */
static uint16_t tcp_flag_word(const uint8_t *tcp, uint8_t flags)
{
	return (uint16_t)(tcp[12] << 8 | flags);
}

/*
 * The sums of what all segments have in common.  The checksum field holds the pseudo header's sum,
 * of the super-frame's length: it is kept, as the kernel does, because under an IPv6 routing header
 * only the sender knows the address that it has to be made with.
 */
static void begin_sums(struct gso *g, uint16_t l4_len)
{
	const uint8_t *ip = g->data + g->l3, *l4 = g->data + g->l4;

	g->l4_sum = csum_add(0, l4, g->head_len - g->l4) + csum_minus_u16(l4_len);
	if (g->owed == OWED_TCP) {
		g->seq = be32(l4 + 4);
		g->tcp_flags = l4[13];
		g->l4_sum +=
			csum_minus_u32(g->seq) + csum_minus_u16(tcp_flag_word(l4, g->tcp_flags));
	} else {
		g->l4_sum += csum_minus_u16(l4_len); /* once more, in the UDP header */
	}
	if (g->ipv4) {
		g->ip_id = be16(ip + 4);
		g->ip_sum = csum_add(0, ip, (size_t)(g->l4 - g->l3)) +
			    csum_minus_u16(be16(ip + 2)) + csum_minus_u16(g->ip_id) +
			    csum_minus_u16(be16(ip + 10));
	}
}

/* A super-frame; false when it is one segment only, which is a frame without a checksum. */
static bool begin_super(struct gso *g, const struct virtio_net_hdr *h, const struct frame *f)
{
	bool udp = vnet_gso_type(h) == VIRTIO_NET_HDR_GSO_UDP_L4;
	size_t l4_header = udp ? 8 : (size_t)(f->data[h->csum_start + 12] >> 4) * 4;
	size_t head_len = h->csum_start + l4_header;
	size_t payload = f->len - head_len;

	if (payload <= h->gso_size)
		return false;
	g->owed = udp ? OWED_UDP : OWED_TCP;
	g->head_len = head_len;
	g->size = h->gso_size;
	g->count = (payload + g->size - 1) / g->size;
	g->ipv4 = f->ethertype == ETHERTYPE_IPV4;
	begin_sums(g, (uint16_t)(f->len - g->l4));
	return true;
}

void gso_begin(struct gso *g, const struct frame *f)
{
	g->data = f->data;
	g->end = f->data + f->len;
	g->first = true;
	g->l3 = f->l3;
	g->owed = OWED_NOTHING;
	g->count = 1;
	g->head_len = 0;
	if (gso_owed(f)) {
		struct virtio_net_hdr h = vnet_load(f->vnet);

		g->l4 = h.csum_start;
		g->csum = (uint16_t)(h.csum_start + h.csum_offset);
		if (!f->super || !begin_super(g, &h, f)) {
			g->owed = OWED_CSUM;
			g->head_len = g->csum + 2u;
		}
	}
	g->payload = f->data + g->head_len;
	if (g->count == 1)
		g->size = f->len - g->head_len;
}

static void finish_ip(struct gso *g, uint8_t *ip, uint16_t len)
{
	if (!g->ipv4) {
		csum_put(ip + 4, (uint16_t)(len - IPV6_HEADER));
		return;
	}
	csum_put(ip + 2, len);
	csum_put(ip + 4, g->ip_id);
	csum_put(ip + 10, csum_finish(g->ip_sum + csum_u16(len) + csum_u16(g->ip_id)));
	g->ip_id++; /* with DF and without, as the kernel does */
}

/* FIN and PSH are of the last byte (RFC 9293); CWR tells of one event (RFC 3168 section 6.1.2). */
static uint8_t tcp_flags(const struct gso *g)
{
	uint8_t flags = g->tcp_flags;

	if (g->count > 1)
		flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	if (!g->first)
		flags &= (uint8_t)~TCP_CWR;
	return flags;
}

static void finish_tcp(struct gso *g, uint8_t *tcp, uint64_t sum)
{
	uint8_t flags = tcp_flags(g);

	put32(tcp + 4, g->seq);
	tcp[13] = flags;
	sum += csum_u32(g->seq) + csum_u16(tcp_flag_word(tcp, flags));
	csum_put(tcp + 16, csum_finish(sum));
	g->seq += (uint32_t)g->size;
}

static void finish_udp(struct gso *g, uint8_t *udp, uint64_t sum, uint16_t len)
{
	csum_put(udp + 4, len);
	csum_put(udp + 6, csum_finish_udp(sum + csum_u16(len)));
}

/* The head of the segment that g->payload begins, with n bytes. */
static void finish_segment(struct gso *g, uint8_t *head, size_t n)
{
	uint16_t l4_len = (uint16_t)(g->head_len - g->l4 + n);
	uint64_t sum = csum_add(g->l4_sum, g->payload, n) + csum_u16(l4_len);

	finish_ip(g, head + g->l3, (uint16_t)(g->l4 - g->l3 + l4_len));
	if (g->owed == OWED_TCP)
		finish_tcp(g, head + g->l4, sum);
	else
		finish_udp(g, head + g->l4, sum, l4_len);
}

/*
 * The field holds the pseudo header's sum and is counted with the rest.  Which protocol this is
 * nobody said: what UDP needs does the others no harm, as 0 and 0xffff are the same number.
 */
static void finish_csum(struct gso *g, uint8_t *head)
{
	const uint8_t *l4 = g->data + g->l4;

	csum_put(head + g->csum, csum_finish_udp(csum_add(0, l4, (size_t)(g->end - l4))));
}

bool gso_next(struct gso *g, uint8_t *head, struct gso_piece *piece)
{
	if (g->count == 0)
		return false;
	size_t n = g->count > 1 ? g->size : (size_t)(g->end - g->payload);
	*piece = (struct gso_piece){head, g->head_len, g->payload, n};
	if (g->owed != OWED_NOTHING)
		memcpy(head, g->data, g->head_len);
	if (g->owed == OWED_CSUM)
		finish_csum(g, head);
	else if (g->owed != OWED_NOTHING)
		finish_segment(g, head, n);
	g->payload += n;
	g->first = false;
	g->count--;
	return true;
}
