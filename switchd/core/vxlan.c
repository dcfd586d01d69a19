/* SPDX-License-Identifier: ISC */
#include "core/vxlan.h"

#include <string.h>

#include "core/frame.h"

enum {
	FLAG_I = 0x08,
	IPV4_MIN = 20,
	IPV6_MIN = 40,
};

void vxlan_make(uint8_t out[VXLAN_HDR_SIZE], uint32_t vni)
{
	memset(out, 0, VXLAN_HDR_SIZE);
	out[0] = FLAG_I;
	out[4] = (uint8_t)(vni >> 16);
	out[5] = (uint8_t)(vni >> 8);
	out[6] = (uint8_t)vni;
}

bool vxlan_parse(const uint8_t *data, size_t len, uint32_t *vni)
{
	if (len < VXLAN_HDR_SIZE || !(data[0] & FLAG_I))
		return false;
	*vni = (uint32_t)data[4] << 16 | (uint32_t)data[5] << 8 | data[6];
	return true;
}

/* ---- looking into a frame ---- */

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool has_ipv4(const struct frame *f)
{
	return f->ethertype == ETHERTYPE_IPV4 && f->len >= f->l3 + (size_t)IPV4_MIN &&
	       f->data[f->l3] >> 4 == 4 && (f->data[f->l3] & 15) * 4 >= IPV4_MIN;
}

static bool has_ipv6(const struct frame *f)
{
	return f->ethertype == ETHERTYPE_IPV6 && f->len >= f->l3 + (size_t)IPV6_MIN &&
	       f->data[f->l3] >> 4 == 6;
}

/* Not secret and need not be: who picks his flows so that they meet shares a port with himself. */
static uint64_t mix(uint64_t h, uint64_t more)
{
	h = (h ^ more) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

static uint64_t mix_bytes(uint64_t h, const uint8_t *p, size_t len)
{
	for (; len >= 4; p += 4, len -= 4)
		h = mix(h,
			(uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
	return h;
}

/* The four bytes in which these protocols have both ports. */
static uint64_t mix_ports(uint64_t h, const struct frame *f, uint8_t protocol, size_t l4)
{
	enum { TCP = 6, UDP = 17, SCTP = 132 };

	h = mix(h, protocol);
	if ((protocol == TCP || protocol == UDP || protocol == SCTP) && f->len >= l4 + 4)
		h = mix_bytes(h, f->data + l4, 4);
	return h;
}

static uint64_t look_ipv4(const struct frame *f, struct vxlan_inner *in)
{
	const uint8_t *ip = f->data + f->l3;
	uint64_t h = mix_bytes(0, ip + 12, 8);
	bool fragment = (ip[6] & 0x3f) || ip[7];

	in->is_ip = true;
	in->tos = ip[1];
	in->ttl = ip[8];
	in->df = ip[6] & 0x40;
	return fragment ? h : mix_ports(h, f, ip[9], f->l3 + (size_t)(ip[0] & 15) * 4);
}

static uint64_t look_ipv6(const struct frame *f, struct vxlan_inner *in)
{
	const uint8_t *ip = f->data + f->l3;

	in->is_ip = true;
	in->tos = (uint8_t)(ip[0] << 4 | ip[1] >> 4);
	in->ttl = ip[7];
	in->df = true;
	return mix_ports(mix_bytes(0, ip + 8, 32), f, ip[6], f->l3 + (size_t)IPV6_MIN);
}

void vxlan_look(const uint8_t *data, size_t len, struct vxlan_inner *in)
{
	struct frame f = {.data = data, .len = len};
	uint64_t h;

	*in = (struct vxlan_inner){0};
	if (frame_parse(&f) != DROP_NONE)
		return;
	in->dst = f.dst;
	in->vid = f.vid;
	if (has_ipv4(&f))
		h = look_ipv4(&f, in);
	else if (has_ipv6(&f))
		h = look_ipv6(&f, in);
	else
		h = mix(mix_bytes(0, data, 12), f.ethertype);
	in->flow = (uint32_t)mix(h, f.vid);
}

/* ---- congestion ---- */

/* RFC 6040 figure 4, by inner and outer; -1: drop. */
static int combine(unsigned inner, unsigned outer)
{
	if (outer == ECN_CE)
		return inner == ECN_NOT_ECT ? -1 : ECN_CE;
	if (inner == ECN_ECT_0 && outer == ECN_ECT_1)
		return ECN_ECT_1;
	return (int)inner;
}

/* Puts another byte into the header and its checksum right, from what changed (RFC 1624). */
static void set_tos(uint8_t *ip, uint8_t tos)
{
	uint32_t sum = (uint32_t)(uint16_t)~be16(ip + 10) + (uint16_t)~be16(ip) +
		       (uint32_t)(ip[0] << 8 | tos);

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	ip[1] = tos;
	ip[10] = (uint8_t)(~sum >> 8);
	ip[11] = (uint8_t)~sum;
}

bool vxlan_ecn_unwrap(uint8_t *data, size_t len, uint8_t outer)
{
	struct frame f = {.data = data, .len = len};
	int ecn;

	outer &= ECN_MASK;
	if (outer == ECN_NOT_ECT || frame_parse(&f) != DROP_NONE)
		return true;
	uint8_t *ip = data + f.l3;
	if (has_ipv4(&f)) {
		ecn = combine(ip[1] & ECN_MASK, outer);
		if (ecn >= 0 && ecn != (ip[1] & ECN_MASK))
			set_tos(ip, (uint8_t)((ip[1] & ~ECN_MASK) | ecn));
		return ecn >= 0;
	}
	if (has_ipv6(&f)) {
		ecn = combine(ip[1] >> 4 & ECN_MASK, outer);
		if (ecn >= 0)
			ip[1] = (uint8_t)((ip[1] & ~(ECN_MASK << 4)) | ecn << 4);
		return ecn >= 0;
	}
	return true;
}
