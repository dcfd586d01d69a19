/* SPDX-License-Identifier: ISC */
/*
 * mcast.h - ports that are in a multicast group with others: an Ethernet frame is the payload of a UDP
 * datagram that all of them get.
 *
 * mcast.c is the port; mcast_socket.c makes its sockets.
 */
#ifndef PORT_MCAST_H
#define PORT_MCAST_H

#include <stdbool.h>
#include <stdint.h>

#include "port/poller.h"
#include "port/port.h"
#include "port/rtnl.h"
#include "port/sockaddr.h"
#include "port/udp_tx.h"

extern const struct port_ops mcast_ops;

/* What the port talks through. */
struct mcast_sockets {
	int in;	 /* bound to the group, which others of this host are too */
	int out; /* on a port of its own, connected to the group */
	struct sock_addr group;
	struct sock_addr self; /* what `out` sends from: whoever else sends from there is us */
	uint32_t ifindex;
};

/*
 * Joins the group, as cfg says.  The kernel may be busy with devices, so this is to be called aside
 * (datapath_await()).  Returns 0, and descriptors that are the caller's; or -errno with *e saying what to
 * do about it, and nothing left behind.
 */
int mcast_sockets_open(struct mcast_sockets *s, const struct mcast_cfg *cfg, struct rtnl *rtnl,
		       struct err *e);

/* How far what is sent from now on may go: mcast_cfg.ttl.  Does not take long.  0 or -errno with *e. */
int mcast_set_ttl(const struct mcast_sockets *s, uint32_t ttl, struct err *e);

struct mcast {
	struct port port;
	struct source source;
	struct tx_queue queue;
	struct udp_refusals refusals;
	uint32_t lost;		/* by the socket, as far as that was counted */
	struct mcast_sockets s; /* in and out are -1 while lost */
	bool failed; /* lost by what the kernel said to a datagram; the sockets are still there */
};

static inline struct mcast *mcast_of(struct port *p)
{
	return (struct mcast *)p;
}

#endif
