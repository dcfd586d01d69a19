/* SPDX-License-Identifier: ISC */
/*
 * packets.h - many frames received from a packet socket with one system call (packet(7)).
 *
 * The kernel puts an offload header in front of each frame (PACKET_VNET_HDR), as a tap does, so super-frames come
 * whole.  The outer VLAN tag it has taken out of the frame before, and tells of it beside
 * (PACKET_AUXDATA): here it is put back.
 *
 * One is enough for all ports of a datapath: what was received is handed on and forgotten before the next
 * port has its turn.
 */
#ifndef PORT_PACKETS_H
#define PORT_PACKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/frame.h"

struct packets;

/* One of them, until the next packets_receive(). */
struct packet {
	struct frame frame; /* not parsed yet */
	bool outgoing;	    /* what the host sent through the device, not what came in */
	bool cut;	    /* it was longer than any frame may be: the rest is lost */
	/*
	 * Frames the socket has lost since it was made, because its buffer was full, before this one came
	 * (SO_RXQ_OVFL, socket(7)).
	 */
	uint32_t lost;
};

/*
 * Buffers: a megabyte, of which the system gives what is touched.  NULL when there is no memory; the caller
 * owns it and ends it with packets_free(), which takes NULL too.
 */
struct packets *packets_new(void);
void packets_free(struct packets *b);

/*
 * Takes up to `want` (RX_BATCH at most) frames that have arrived at the socket fd, which has PACKET_VNET_HDR and
 * PACKET_AUXDATA set.  How many, or -errno; -EINVAL: there was one whose segmentation an offload header cannot
 * express (virtio_net_hdr_from_skb() in include/linux/virtio_net.h), and it is gone.
 */
int packets_receive(struct packets *b, int fd, unsigned want);

/* Number i of those. */
struct packet packets_get(struct packets *b, int i);

#endif
