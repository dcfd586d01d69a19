/* SPDX-License-Identifier: ISC */
/*
 * udp.h - ports that are cables to one peer: an Ethernet frame is the payload of a UDP datagram, no
 * header of ours in front of it.
 *
 * udp.c opens the socket, receives, and keeps the port's state; udp_send.c sends.
 */
#ifndef PORT_UDP_H
#define PORT_UDP_H

#include <stdbool.h>
#include <stdint.h>

#include "port/poller.h"
#include "port/port.h"
#include "port/sockaddr.h"

extern const struct port_ops udp_ops;

struct udp {
	struct port port;
	int fd; /* -1 while lost */
	struct source source;
	struct sock_addr local, remote;
	struct tx_queue queue;

	/*
	 * Frames of one length larger than this are not sent as one (UDP_SEGMENT): the kernel refused a
	 * while ago.  It does where a segment does not fit the MTU of the route, and altogether where a
	 * card cannot fill in checksums (Linux before 6.7) or packets are encrypted (xfrm).
	 */
	size_t segment_max;
	uint64_t segment_tried_ms;

	uint32_t lost; /* by the socket, as far as that was counted */

	int complaint;	       /* errno that the network reported of the peer, 0 = none... */
	uint64_t complaint_ms; /* ...then, for the last time */
};

static inline struct udp *udp_of(struct port *p)
{
	return (struct udp *)p;
}

/* port_ops.flush: sends what is in the port's queue. */
void udp_flush(struct port *p);

/* Forgets what the kernel refused: the remote is another one. */
void udp_forget_refusals(struct udp *u);

/*
 * Fetches what the network reported of datagrams sent before (IP_RECVERR, ip(7)).  Returns false where
 * there was nothing.  Until it is fetched, system calls on the socket fail with it.
 */
bool udp_take_errors(struct udp *u);

/* The last report is history where the peer was heard since, or nothing more came for a while. */
void udp_settle(struct udp *u, bool heard);

#endif
