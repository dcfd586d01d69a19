/* SPDX-License-Identifier: ISC */
/*
 * fuzz_frame.c - any bytes at all as a frame and its offload header.
 *
 * Input: ten bytes of struct virtio_net_hdr, of whose flags the top bit says that the port has such
 * headers at all, and the frame.  Whatever frame_parse() lets pass has to be what its header says.
 */
#include <string.h>

#include "check.h"
#include "core/frame.h"
#include "core/vnet.h"
#include "util/mac.h"

enum { HAS_VNET = 0x80 };

/* Parses a copy of exactly that size in a struct full of `dirt`, which must not matter. */
static enum drop parse(const uint8_t *vnet, const uint8_t *bytes, size_t len, int dirt,
		       struct frame *f)
{
	size_t front = vnet ? VNET_HDR_SIZE : 0;
	uint8_t *copy = malloc(front + len ? front + len : 1);
	enum drop d;

	CHECK(copy);
	if (vnet)
		memcpy(copy, vnet, VNET_HDR_SIZE);
	if (len)
		memcpy(copy + front, bytes, len);
	memset(f, dirt, sizeof(*f));
	f->data = copy + front;
	f->len = len;
	f->vnet = vnet ? copy : NULL;
	d = frame_parse(f);
	CHECK(f->data == copy + front && f->len == len);
	free(copy);
	f->data = bytes;
	f->vnet = vnet;
	return d;
}

static unsigned be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void check_header(const struct frame *f)
{
	CHECK(f->tags <= 2);
	CHECK(f->l3 == 14 + 4 * f->tags);
	CHECK(f->l3 <= f->len && f->len <= FRAME_MAX);
	CHECK(f->dst == mac_load(f->data) && f->src == mac_load(f->data + 6));
	CHECK(f->ethertype == be16(f->data + f->l3 - 2));
	CHECK(f->vid <= 4095);
	if (be16(f->data + 12) == ETHERTYPE_CTAG)
		CHECK(f->vid == (be16(f->data + 14) & 0xfff) && f->tags >= 1);
	else
		CHECK(f->vid == 0);
	if (f->tags < 2)
		CHECK(f->ethertype != ETHERTYPE_CTAG && f->ethertype != ETHERTYPE_STAG);
}

/* Headers, at least one byte to cut, and nothing that contradicts the type. */
static void check_super(const struct frame *f, const struct virtio_net_hdr *h)
{
	const uint8_t *ip = f->data + f->l3, *l4 = f->data + h->csum_start;
	unsigned type = h->gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
	bool udp = type == VIRTIO_NET_HDR_GSO_UDP_L4;
	size_t l4_len = udp ? 8 : (size_t)(l4[12] >> 4) * 4;

	CHECK(udp || type == VIRTIO_NET_HDR_GSO_TCPV4 || type == VIRTIO_NET_HDR_GSO_TCPV6);
	CHECK(h->csum_start + l4_len <= VNET_HEAD_MAX);
	if (udp)
		CHECK(h->csum_start + be16(l4 + 4) == f->len);
	CHECK(h->gso_size > 0 && l4_len >= (udp ? 8 : 20) && h->csum_offset == (udp ? 6 : 16));
	CHECK(f->payload + f->l3 > h->csum_start + l4_len);
	CHECK(f->payload + f->l3 == f->len ||
	      f->payload + f->l3 == h->csum_start + l4_len + h->gso_size);
	if (f->ethertype == ETHERTYPE_IPV4) {
		CHECK(type != VIRTIO_NET_HDR_GSO_TCPV6 && ip[0] >> 4 == 4);
		CHECK(f->l3 + be16(ip + 2) == f->len); /* no padding, no lie */
		CHECK(l4 == ip + (size_t)(ip[0] & 15) * 4 && l4 >= ip + 20);
		CHECK(ip[9] == (udp ? 17 : 6));
		CHECK((ip[6] & 0x3f) == 0 && ip[7] == 0); /* a fragment has no header to repeat */
	} else {
		CHECK(f->ethertype == ETHERTYPE_IPV6 && type != VIRTIO_NET_HDR_GSO_TCPV4);
		CHECK(ip[0] >> 4 == 6 && l4 >= ip + 40 && (l4 - ip) % 8 == 0);
		CHECK(l4 > ip + 40 || ip[6] == (udp ? 17 : 6));
		CHECK(f->l3 + 40 + be16(ip + 4) == f->len);
	}
}

/* What whoever finishes the checksum or cuts the segments is going to rely on. */
static void check_offload(const struct frame *f)
{
	struct virtio_net_hdr h = {0};

	CHECK(f->payload <= f->len - f->l3);
	if (f->vnet)
		h = vnet_load(f->vnet);
	CHECK(f->super == (h.gso_type != VIRTIO_NET_HDR_GSO_NONE));
	if (h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		CHECK(h.csum_start >= f->l3 + 20);
		CHECK((size_t)h.csum_start + h.csum_offset + 2 <= f->len);
		CHECK(h.csum_start + h.csum_offset + 2 <= VNET_HEAD_MAX);
	}
	if (!f->super) {
		CHECK(f->payload == f->len - f->l3);
		return;
	}
	CHECK(h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM);
	check_super(f, &h);
}

static void check_refused(const struct frame *f, enum drop d)
{
	CHECK(!f->super);
	switch (d) {
	case DROP_RUNT:
		CHECK(f->len < FRAME_MIN);
		return;
	case DROP_TRUNCATED_TAG:
		CHECK(f->len < FRAME_MIN + 8);
		break;
	case DROP_OVERSIZE:
		CHECK(f->len > FRAME_MAX);
		break;
	case DROP_BAD_VNET:
		CHECK(f->vnet);
		break;
	case DROP_BAD_GSO:
		CHECK(f->vnet && f->vnet[1] != VIRTIO_NET_HDR_GSO_NONE);
		break;
	default: /* a reason that is not the parser's */
		CHECK(d == DROP_RUNT);
	}
	/* the counters go by these */
	CHECK(f->dst == mac_load(f->data) && f->src == mac_load(f->data + 6));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t vnet[VNET_HDR_SIZE];
	struct frame f, again, plain;

	if (size < VNET_HDR_SIZE)
		return 0;
	memcpy(vnet, data, sizeof(vnet));
	vnet[0] &= (uint8_t)~HAS_VNET;
	const uint8_t *bytes = data + VNET_HDR_SIZE;
	size_t len = size - VNET_HDR_SIZE;
	const uint8_t *header = data[0] & HAS_VNET ? vnet : NULL;

	enum drop d = parse(header, bytes, len, 0x00, &f);
	CHECK(parse(header, bytes, len, 0xff, &again) == d);
	if (d != DROP_NONE) {
		check_refused(&f, d);
		/* without its offload header, only the rest counts */
		if (d == DROP_BAD_VNET || d == DROP_BAD_GSO)
			CHECK(parse(NULL, bytes, len, 0, &plain) == DROP_NONE);
		return 0;
	}
	CHECK(f.payload == again.payload && f.l3 == again.l3 && f.super == again.super);
	CHECK(f.vid == again.vid && f.tags == again.tags && f.ethertype == again.ethertype);
	check_header(&f);
	check_offload(&f);
	CHECK(parse(NULL, bytes, len, 0, &plain) == DROP_NONE);
	CHECK(plain.vid == f.vid && plain.l3 == f.l3 && !plain.super);
	return 0;
}
