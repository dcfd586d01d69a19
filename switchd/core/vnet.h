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

#include "core/drop.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4 /* UDP segmentation, Linux 6.2; Debian 12's headers are older */
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

struct frame;

/* On the wire of a tap: the ten bytes of the header without num_buffers, little-endian as we ask.
 */
enum { VNET_HDR_SIZE = 10 };

enum {
	/*
	 * Bytes in front of what a checksum or a segment is made of: an Ethernet header with two
	 * tags (22), IPv6 (40) and the longest TCP header (60) leave 390 for extension headers; a
	 * frame in a tunnel has its headers twice.  A sender may write more (RFC 8200 sets no
	 * bound), but whoever sends segments keeps room for this much, and so a frame that needs
	 * more is refused.
	 */
	VNET_HEAD_MAX = 512,

	/* Linux, UDP_MAX_SEGMENTS in include/linux/udp.h: a tap refuses more. */
	VNET_UDP_SEGMENTS_MAX = 128,
	/*
	 * A frame that a guest wrote with a segment size of 1 would become 60,000, and hold the switch
	 * for as many sends.  A stream cut by the smallest MSS that Linux knows, 48 bytes, comes to 1365;
	 * what a receiver joins of smaller segments ends with its burst.
	 */
	VNET_TCP_SEGMENTS_MAX = 2048,
};

/* The fields in host order.  Reads exactly VNET_HDR_SIZE bytes. */
struct virtio_net_hdr vnet_load(const uint8_t *p);
/* The other way round. */
void vnet_save(uint8_t *p, const struct virtio_net_hdr *h);

static inline bool vnet_is_super(const struct virtio_net_hdr *h)
{
	return h->gso_type != VIRTIO_NET_HDR_GSO_NONE;
}

static inline bool vnet_needs_csum(const struct virtio_net_hdr *h)
{
	return h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
}

/* The type of segmentation without its ECN flag: VIRTIO_NET_HDR_GSO_... */
static inline uint8_t vnet_gso_type(const struct virtio_net_hdr *h)
{
	return h->gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
}

/*
 * Of the header at p, VNET_HDR_SIZE bytes: `by` bytes were put into the frame (or, negative, taken out) in
 * front of all that the header points to, a VLAN tag for instance.  It is not checked: what was right
 * before stays right.
 */
void vnet_shift(uint8_t *p, int by);

/*
 * Does the header fit the frame, already parsed, it came with?
 *
 * DROP_BAD_VNET: what the checksum covers begins where there is no room for an IP header in front,
 * its field is outside of the frame or of the first VNET_HEAD_MAX bytes, or the header claims more
 * bytes than the frame has.
 *
 * DROP_BAD_GSO, super-frames only: nothing is left to cut or to cut it by; the type of segmentation
 * is unknown, or does not agree with the IP version and the protocol; csum_start is not where the
 * transport header begins; the lengths in the IP and UDP headers are not what the frame has; the
 * headers are longer than VNET_HEAD_MAX; it would become more segments than VNET_..._SEGMENTS_MAX.
 *
 * About lengths: the kernel cuts all bytes of a super-frame and overwrites its length fields
 * (inet_gso_segment() in net/ipv4/af_inet.c), but where it delivers one it goes by them, and trims
 * or refuses (ip_rcv_core() in net/ipv4/ip_input.c).  Where the two differ a frame means two
 * things, so it means nothing here.  No sender needs that: only datagrams above 64 KiB carry no length
 * (RFC 2675, and BIG TCP in Linux), and these are too large for us anyway.
 *
 * Returns DROP_NONE, and in *wire_len the length of the largest Ethernet frame that f will be on a
 * wire: of a super-frame, the length of a full segment.
 */
enum drop vnet_check(const struct virtio_net_hdr *h, const struct frame *f, size_t *wire_len);

#endif
