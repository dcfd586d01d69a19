/* SPDX-License-Identifier: ISC */
#include "core/gro.h"

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/csum.h"
#include "core/frame.h"
#include "core/vnet.h"

enum {
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	IPV4_HEADER = 20, /* without options */
	IPV6_HEADER = 40,
	TCP_HEADER = 20,
	UDP_HEADER = 8,
	PORTS = 4,	    /* both begin with them */
	IP_LEN_MAX = 65535, /* of IPv6 too: with its header, so that FRAME_MAX has room */

	TCP_FIN = 0x01,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_ECE = 0x40,
	TCP_END = TCP_PSH | TCP_FIN, /* segmentation gives them to the last segment only */
};

/* What there is to know of a frame without adding up its bytes. */
struct segment {
	const uint8_t *data;
	size_t len;
	size_t l3, l4, payload; /* offsets; the last two only of one that has ports */
	uint32_t hash;		/* of the flow */
	bool ipv6;
	uint8_t proto;
	uint8_t flags;	/* of TCP; 0 for UDP */
	bool mergeable; /* whole, with payload, and nothing unusual about it */
};

/* How a frame stands to the flows. */
enum kin {
	KIN_NONE,    /* of no flow */
	KIN_UNKNOWN, /* might be of any */
	KIN_FLOW,
};

/* The frames held of one flow: the first where it came, or all of them in buf. */
struct flow {
	struct segment first;
	unsigned segments;
	uint8_t end_flags; /* TCP_END, of the last segment merged */
	bool verified;	   /* the first one's checksums */
	uint16_t next_id;
	uint32_t next_seq;
	size_t len; /* of the frame in buf */
	uint8_t buf[VNET_HDR_SIZE + FRAME_MAX];
};

struct gro {
	gro_sink *sink;
	void *arg;
	unsigned held;
	/* those held, oldest first; then those free, the last used first: its buffer is in the cache */
	struct flow *slot[GRO_FLOWS];
	struct flow flow[GRO_FLOWS];
};

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static bool same(const uint8_t *a, const uint8_t *b, size_t from, size_t n)
{
	return memcmp(a + from, b + from, n) == 0;
}

/* ---- what a frame is ---- */

static uint32_t mix(uint32_t h, const uint8_t *p)
{
	uint32_t w;

	memcpy(&w, p, sizeof(w));
	return (h ^ w) * UINT32_C(0x9e3779b1);
}

/*
 * A hash saves comparing, no more: with GRO_FLOWS entries, somebody who chooses colliding
 * addresses costs us that many comparisons.
 */
static uint32_t flow_hash(const struct segment *s)
{
	const uint8_t *ip = s->data + s->l3;
	uint32_t h = mix(s->proto, s->data + s->l4);

	h = mix(h, s->ipv6 ? ip + 20 : ip + 12);
	return mix(h, s->ipv6 ? ip + 36 : ip + 16);
}

static bool same_flow(const struct segment *a, const struct segment *b)
{
	const uint8_t *ip_a = a->data + a->l3, *ip_b = b->data + b->l3;

	/* the EtherType, and so the IP version, is in the Ethernet header */
	return a->hash == b->hash && a->proto == b->proto && a->l3 == b->l3 &&
	       same(a->data, b->data, 0, a->l3) &&
	       (a->ipv6 ? same(ip_a, ip_b, 8, 32) : same(ip_a, ip_b, 12, 8)) &&
	       same(a->data + a->l4, b->data + b->l4, 0, PORTS);
}

/* RFC 9293 section 3.1.  Of the flags, ECE may be set if it is on all of them. */
static bool tcp_mergeable(struct segment *s)
{
	const uint8_t *tcp = s->data + s->l4;

	if (s->l4 + TCP_HEADER > s->len)
		return false;
	size_t header = (size_t)(tcp[12] >> 4) * 4;
	s->payload = s->l4 + header;
	s->flags = tcp[13];
	return header >= TCP_HEADER && s->payload < s->len &&
	       (s->flags & ~(TCP_END | TCP_ECE)) == TCP_ACK;
}

/* RFC 768.  A sender may leave out the checksum (0), but segmentation fills one in. */
static bool udp_mergeable(struct segment *s)
{
	const uint8_t *udp = s->data + s->l4;

	s->payload = s->l4 + UDP_HEADER;
	return s->payload < s->len && be16(udp + 4) == s->len - s->l4 && be16(udp + 6) != 0;
}

static enum kin has_ports(struct segment *s, uint8_t proto, size_t l4, bool plain)
{
	if (l4 + PORTS > s->len)
		return KIN_NONE;
	s->proto = proto;
	s->l4 = l4;
	s->hash = flow_hash(s);
	s->mergeable = plain && (proto == PROTO_TCP ? tcp_mergeable(s) : udp_mergeable(s));
	return KIN_FLOW;
}

/* RFC 791.  Options are as rare as they are odd: Linux does not merge such packets either. */
static enum kin look_ipv4(struct segment *s)
{
	const uint8_t *ip = s->data + s->l3;

	if (s->len < s->l3 + IPV4_HEADER || ip[0] >> 4 != 4)
		return KIN_NONE;
	if (ip[9] != PROTO_TCP && ip[9] != PROTO_UDP)
		return KIN_NONE;
	if ((ip[6] & 0x3f) || ip[7]) /* more fragments, or an offset */
		return KIN_UNKNOWN;
	size_t header = (size_t)(ip[0] & 15) * 4;
	if (header < IPV4_HEADER)
		return KIN_NONE;
	bool whole = be16(ip + 2) == s->len - s->l3;

	return has_ports(s, ip[9], s->l3 + header, whole && header == IPV4_HEADER);
}

/* RFC 8200. */
static enum kin look_ipv6(struct segment *s)
{
	const uint8_t *ip = s->data + s->l3;

	if (s->len < s->l3 + IPV6_HEADER || ip[0] >> 4 != 6)
		return KIN_NONE;
	s->ipv6 = true;
	switch (ip[6]) {
	case PROTO_TCP:
	case PROTO_UDP:
		break;
	case 0:	 /* hop-by-hop options */
	case 43: /* routing */
	case 44: /* fragment */
	case 51: /* authentication */
	case 60: /* destination options */
		return KIN_UNKNOWN;
	default:
		return KIN_NONE;
	}
	size_t header = s->l3 + IPV6_HEADER;

	return has_ports(s, ip[6], header, be16(ip + 4) == s->len - header);
}

static enum kin look(struct segment *s, const uint8_t *data, size_t len)
{
	struct frame f = {.data = data, .len = len};

	if (frame_parse(&f) != DROP_NONE)
		return KIN_NONE;
	*s = (struct segment){.data = data, .len = len, .l3 = f.l3};
	if (f.ethertype == ETHERTYPE_IPV4)
		return look_ipv4(s);
	return f.ethertype == ETHERTYPE_IPV6 ? look_ipv6(s) : KIN_NONE;
}

/*
 * Are the checksums as a sender computes them?  Zero has two forms in one's complement: 0xffff in
 * IPv4 and TCP is right for a receiver, but segmentation will write 0.
 */
static bool verify(const struct segment *s)
{
	const uint8_t *ip = s->data + s->l3, *l4 = s->data + s->l4;
	uint32_t l4_len = (uint32_t)(s->len - s->l4);

	if (!s->ipv6 &&
	    (csum_fold(csum_add(0, ip, IPV4_HEADER)) != 0xffff || be16(ip + 10) == 0xffff))
		return false;
	if (s->proto == PROTO_TCP && be16(l4 + 16) == 0xffff)
		return false;
	uint64_t sum =
		s->ipv6 ? csum_pseudo6(ip, s->proto, l4_len) : csum_pseudo4(ip, s->proto, l4_len);

	return csum_fold(csum_add(sum, l4, l4_len)) == 0xffff;
}

/* ---- what goes on ---- */

static void pass(const struct gro *g, const uint8_t *data, size_t len)
{
	struct frame f = {.data = data, .len = len};

	g->sink(g->arg, &f);
}

static uint8_t gso_type(const struct segment *s)
{
	if (s->proto == PROTO_UDP)
		return VIRTIO_NET_HDR_GSO_UDP_L4;
	return s->ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
}

static void put_vnet(uint8_t *p, const struct segment *s)
{
	struct virtio_net_hdr h = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = gso_type(s),
		.hdr_len = (uint16_t)s->payload,
		.gso_size = (uint16_t)(s->len - s->payload),
		.csum_start = (uint16_t)s->l4,
		.csum_offset = s->proto == PROTO_TCP ? 16 : 6,
	};

	vnet_save(p, &h);
}

/*
 * The lengths of the whole, the flags of the last segment, and for a checksum that is still owed
 * the sum of the pseudo header (Linux: CHECKSUM_PARTIAL in include/linux/skbuff.h).
 */
static void put_headers(struct flow *fl)
{
	const struct segment *s = &fl->first;
	uint8_t *ip = fl->buf + VNET_HDR_SIZE + s->l3, *l4 = fl->buf + VNET_HDR_SIZE + s->l4;
	uint32_t l4_len = (uint32_t)(fl->len - s->l4);
	uint64_t pseudo;

	if (s->ipv6) {
		csum_put(ip + 4, (uint16_t)l4_len);
		pseudo = csum_pseudo6(ip, s->proto, l4_len);
	} else {
		csum_put(ip + 2, (uint16_t)(fl->len - s->l3));
		csum_put(ip + 10, 0);
		csum_put(ip + 10, csum_finish(csum_add(0, ip, IPV4_HEADER)));
		pseudo = csum_pseudo4(ip, s->proto, l4_len);
	}
	if (s->proto == PROTO_TCP) {
		l4[13] |= fl->end_flags;
		csum_put(l4 + 16, csum_fold(pseudo));
	} else {
		csum_put(l4 + 4, (uint16_t)l4_len);
		csum_put(l4 + 6, csum_fold(pseudo));
	}
}

/* Sends on what is held at place i. */
static void release(struct gro *g, unsigned i)
{
	struct flow *fl = g->slot[i];

	g->held--;
	memmove(&g->slot[i], &g->slot[i + 1], (g->held - i) * sizeof(fl));
	g->slot[g->held] = fl;
	if (fl->segments == 1) {
		pass(g, fl->first.data, fl->first.len);
		return;
	}
	struct frame f = {.data = fl->buf + VNET_HDR_SIZE, .len = fl->len, .vnet = fl->buf};

	put_headers(fl);
	put_vnet(fl->buf, &fl->first);
	g->sink(g->arg, &f);
}

/* ---- what is held ---- */

static void hold(struct gro *g, const struct segment *s)
{
	if (g->held == GRO_FLOWS)
		release(g, 0);
	struct flow *fl = g->slot[g->held++];

	fl->first = *s;
	fl->segments = 1;
	fl->verified = false;
	fl->len = s->len;
	if (!s->ipv6)
		fl->next_id = (uint16_t)(be16(s->data + s->l3 + 4) + 1);
	if (s->proto == PROTO_TCP)
		fl->next_seq = be32(s->data + s->l4 + 4) + (uint32_t)(s->len - s->payload);
}

/* Type of service, DF, and time to live; or traffic class, flow label, and hop limit. */
static bool ip_repeats(const struct flow *fl, const struct segment *s)
{
	const uint8_t *a = fl->first.data + s->l3, *b = s->data + s->l3;

	if (s->ipv6)
		return same(a, b, 0, 4) && a[7] == b[7];
	return be16(b + 4) == fl->next_id && a[1] == b[1] && same(a, b, 6, 2) && a[8] == b[8];
}

/*
 * All but the sequence number, the flags that end a super-frame, and the checksum.  Acknowledgment,
 * header length with the reserved bits, window, urgent pointer, and options.
 */
static bool tcp_repeats(const struct flow *fl, const struct segment *s)
{
	const uint8_t *a = fl->first.data + s->l4, *b = s->data + s->l4;

	return be32(b + 4) == fl->next_seq && same(a, b, 8, 5) &&
	       (s->flags & ~TCP_END) == fl->first.flags && same(a, b, 14, 2) && same(a, b, 18, 2) &&
	       same(a, b, TCP_HEADER, s->payload - s->l4 - TCP_HEADER);
}

/* Does the segment, of the same flow, come next?  The checksums are last because they cost most. */
static bool follows(struct flow *fl, const struct segment *s)
{
	size_t n = s->len - s->payload;

	if (!s->mergeable || n > fl->first.len - fl->first.payload)
		return false;
	if (fl->len - s->l3 + n > IP_LEN_MAX || !ip_repeats(fl, s))
		return false;
	if (s->proto == PROTO_TCP && !tcp_repeats(fl, s))
		return false;
	if (!fl->verified && !verify(&fl->first))
		return false;
	fl->verified = true;
	return verify(s);
}

static void append(struct flow *fl, const struct segment *s)
{
	size_t n = s->len - s->payload;
	uint8_t *frame = fl->buf + VNET_HDR_SIZE;

	if (fl->segments == 1)
		memcpy(frame, fl->first.data, fl->first.len);
	memcpy(frame + fl->len, s->data + s->payload, n);
	fl->len += n;
	fl->segments++;
	fl->next_id++;
	fl->next_seq += (uint32_t)n;
	fl->end_flags = s->flags & TCP_END;
}

/* Nothing can come behind a shorter segment, or one that says that data ends here. */
static bool complete(const struct flow *fl, const struct segment *s)
{
	return fl->end_flags || fl->segments == GRO_SEGMENTS_MAX ||
	       s->len - s->payload < fl->first.len - fl->first.payload;
}

/* The place where the flow's frames are held, or g->held. */
static unsigned find(const struct gro *g, const struct segment *s)
{
	unsigned i = 0;

	while (i < g->held && !same_flow(&g->slot[i]->first, s))
		i++;
	return i;
}

/* ---- for callers ---- */

void gro_receive(struct gro *g, const uint8_t *data, size_t len)
{
	struct segment s;
	enum kin kin = look(&s, data, len);

	if (kin != KIN_FLOW) {
		if (kin == KIN_UNKNOWN)
			gro_flush(g);
		pass(g, data, len);
		return;
	}
	unsigned i = find(g, &s);
	if (i < g->held) {
		struct flow *fl = g->slot[i];

		if (follows(fl, &s)) {
			append(fl, &s);
			if (complete(fl, &s))
				release(g, i);
			return;
		}
		release(g, i);
	}
	if (s.mergeable && !(s.flags & TCP_END))
		hold(g, &s);
	else
		pass(g, data, len);
}

void gro_flush(struct gro *g)
{
	while (g->held)
		release(g, 0);
}

struct gro *gro_new(gro_sink *sink, void *arg)
{
	struct gro *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->sink = sink;
	g->arg = arg;
	for (unsigned i = 0; i < GRO_FLOWS; i++)
		g->slot[i] = &g->flow[i];
	return g;
}

void gro_free(struct gro *g)
{
	free(g);
}
