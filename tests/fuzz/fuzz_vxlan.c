/* SPDX-License-Identifier: ISC */
/*
 * fuzz_vxlan.c - any bytes at all as a VXLAN datagram.
 *
 * Input: a byte of which the two lowest bits are the ECN bits of the datagram, and the datagram.
 */
#include <string.h>

#include "check.h"
#include "core/frame.h"
#include "core/undone.h"
#include "core/vnet.h"
#include "core/vxlan.h"

static uint8_t *copy_of(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	CHECK(copy);
	if (len)
		memcpy(copy, data, len);
	return copy;
}

/* What is looked at is what frame_parse() sees, and the same wherever the bytes are. */
static struct vxlan_inner check_look(const uint8_t *data, size_t len)
{
	struct frame f = {.data = data, .len = len};
	uint8_t *copy = copy_of(data, len);
	struct vxlan_inner in, again;
	enum drop d = frame_parse(&f);

	memset(&in, 0x00, sizeof(in));
	memset(&again, 0xff, sizeof(again));
	vxlan_look(data, len, &in);
	vxlan_look(copy, len, &again);
	CHECK(in.flow == again.flow && in.dst == again.dst && in.vid == again.vid);
	CHECK(in.tos == again.tos && in.ttl == again.ttl && in.df == again.df);
	if (d == DROP_NONE)
		CHECK(in.dst == f.dst && in.vid == f.vid);
	CHECK(in.is_ip || (!in.tos && !in.ttl && !in.df));
	free(copy);
	return in;
}

/* One bit in a header's checksum away from right stays as far away. */
static uint32_t sum_of(const uint8_t *ip)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum % 0xffff; /* both zeroes are one */
}

static void check_ecn(const uint8_t *data, size_t len, uint8_t outer, const struct vxlan_inner *in)
{
	uint8_t *copy = copy_of(data, len);
	struct frame f = {.data = data, .len = len};
	struct vxlan_inner after;
	bool passes = vxlan_ecn_unwrap(copy, len, outer);

	vxlan_look(copy, len, &after);
	CHECK(passes || (outer == ECN_CE && in->is_ip && (in->tos & ECN_MASK) == ECN_NOT_ECT));
	CHECK(after.flow == in->flow && after.is_ip == in->is_ip && after.ttl == in->ttl);
	CHECK((after.tos & ~ECN_MASK) == (in->tos & ~ECN_MASK));
	if (outer == ECN_NOT_ECT || !in->is_ip || !passes)
		CHECK(memcmp(copy, data, len) == 0);
	else
		CHECK(outer != ECN_CE || (after.tos & ECN_MASK) == ECN_CE);
	if (in->is_ip && frame_parse(&f) == DROP_NONE && f.ethertype == ETHERTYPE_IPV4)
		CHECK(sum_of(data + f.l3) == sum_of(copy + f.l3));
	free(copy);
}

/* The offload header that is found for a frame may not fit it, but is never one that a checksum does not go with. */
static void check_undone(const uint8_t *data, size_t len)
{
	enum { MTU = 1000 };
	uint8_t *room = malloc(VNET_HDR_SIZE + len), *copy = copy_of(data, len);
	struct frame f = {.data = room + VNET_HDR_SIZE, .len = len, .vnet = room};
	struct virtio_net_hdr h;

	CHECK(room);
	memcpy(room + VNET_HDR_SIZE, data, len);
	if (undone_look(copy, len, MTU, &h)) {
		vnet_save(room, &h);
		CHECK(vnet_needs_csum(&h) && h.csum_start + h.csum_offset + 2u <= len);
		if (frame_parse(&f) == DROP_NONE && f.super)
			CHECK(f.payload <= MTU);
	}
	free(copy);
	free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t outer, header[VXLAN_HDR_SIZE];
	uint32_t vni = UINT32_MAX, again;

	if (size < 1)
		return 0;
	outer = data[0] & ECN_MASK;
	data++;
	size--;
	if (!vxlan_parse(data, size, &vni)) {
		CHECK(vni == UINT32_MAX && (size < VXLAN_HDR_SIZE || !(data[0] & 8)));
		return 0;
	}
	CHECK(vni <= VNI_MAX);
	vxlan_make(header, vni);
	CHECK(vxlan_parse(header, sizeof(header), &again) && again == vni);
	CHECK(memcmp(header + 4, data + 4, 3) == 0);
	data += VXLAN_HDR_SIZE;
	size -= VXLAN_HDR_SIZE;
	struct vxlan_inner in = check_look(data, size);
	check_ecn(data, size, outer, &in);
	check_undone(data, size);
	return 0;
}
