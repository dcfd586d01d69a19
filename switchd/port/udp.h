/* SPDX-License-Identifier: ISC */
/*
 * udp.h - ports that are cables to one peer: an Ethernet frame is the payload of a UDP datagram, no
 * header of ours in front of it.
 */
#ifndef PORT_UDP_H
#define PORT_UDP_H

#include <stdbool.h>
#include <stdint.h>

#include "port/poller.h"
#include "port/port.h"
#include "port/sockaddr.h"
#include "port/udp_tx.h"

extern const struct port_ops udp_ops;

struct udp {
	struct port port;
	int fd; /* -1 while lost */
	struct source source;
	struct sock_addr local, remote;
	struct tx_queue queue;

	struct udp_refusals refusals;

	uint32_t lost; /* by the socket, as far as that was counted */

	int complaint;	       /* errno that the network reported of the peer, 0 = none... */
	uint64_t complaint_ms; /* ...then, for the last time */
};

static inline struct udp *udp_of(struct port *p)
{
	return (struct udp *)p;
}

#endif
