/* SPDX-License-Identifier: ISC */
/*
 * vnet.h - the offload header beside a frame (struct virtio_net_hdr, VIRTIO 1.2 clause 5.1.6).
 *
 * It says which checksum is still to be filled in and how a super-frame is to be cut into segments.
 * It comes from whoever wrote the frame, so it is untrusted: vnet_check() runs once, where the
 * frame enters, and everything after may believe the header.
 */
#ifndef CORE_VNET_H
#define CORE_VNET_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4 /* UDP segmentation, Linux 6.2; Debian 12's headers are older */
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

struct frame;

/* On the wire of a tap: the ten bytes of the header without num_buffers, little-endian as we ask.
 */
enum { VNET_HDR_SIZE = 10 };

/* The fields in host order.  Reads exactly VNET_HDR_SIZE bytes. */
struct virtio_net_hdr vnet_load(const uint8_t *p);

static inline bool vnet_is_super(const struct virtio_net_hdr *h)
{
	return h->gso_type != VIRTIO_NET_HDR_GSO_NONE;
}

/*
 * Does the header fit the frame, already parsed, it came with?  The checksum field has to lie in
 * the frame; of a super-frame, the segmentation type has to agree with the frame's IP version and
 * protocol, csum_start with where the transport header begins, and a payload has to be left to cut.
 *
 * Returns the length of the largest Ethernet frame that f will be on a wire (of a super-frame, the
 * length of a full segment), or 0 when the header contradicts the frame.
 */
size_t vnet_check(const struct virtio_net_hdr *h, const struct frame *f);

#endif
