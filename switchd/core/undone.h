/* SPDX-License-Identifier: ISC */
/*
 * undone.h - frames that somebody on this host has left undone, and nobody says so.
 *
 * Linux leaves checksums and segmentation of what goes into a tunnel to the card that the tunnel leaves
 * through, like those of any frame.  Where that "card" is one end of a veth pair it leaves them undone, too, and
 * the datagram comes to a socket on the other side with a frame in it as its sender's TCP made it: the
 * checksum is the sum of the pseudo header alone (what VIRTIO_NET_HDR_F_NEEDS_CSUM stands for), and the
 * frame may be a super-frame.  A packet socket would be given an offload header; a UDP socket is told
 * nothing.  But the frame itself tells: its checksum field holds that sum.
 *
 * One in 65,535 finished frames has that number for a checksum by chance.  To finish it once more gives the
 * same number, so nothing is spoilt by taking it for undone.
 */
#ifndef CORE_UNDONE_H
#define CORE_UNDONE_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Looks at a frame of len bytes.  True: it is TCP or UDP, whole, over IPv4 or IPv6 without extension headers, and
 * its checksum was left undone; *h is the offload header it should have come with, in host order.  A TCP frame
 * whose payload, as an MTU counts it, is more than `mtu` is to be cut so that its pieces are not.
 */
bool undone_look(const uint8_t *data, size_t len, size_t mtu, struct virtio_net_hdr *h);

#endif
