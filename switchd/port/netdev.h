/* SPDX-License-Identifier: ISC */
/*
 * netdev.h - ports that are a network device somebody else has: a tap that a virtual machine monitor holds, one end
 * of a veth pair, a real card.
 *
 * netdev.c keeps the port's state, netdev_attach.c finds the device and opens a packet socket on it
 * (packet(7)), netdev_frames.c moves frames.
 */
#ifndef PORT_NETDEV_H
#define PORT_NETDEV_H

#include <stdbool.h>
#include <stdint.h>

#include "port/netns.h"
#include "port/poller.h"
#include "port/port.h"

extern const struct port_ops netdev_ops;

struct netdev {
	struct port port;
	int fd; /* -1 while lost */
	struct source source;
	struct link_info dev;	/* the device as last seen */
	char netns[NETNS_SIZE]; /* what the namespace it is in is called; "" = the daemon's own */
	struct netns_id where;	/* and which that is */
	struct netns_id home;	/* the one that the cfg's netns named when we attached */
	bool home_vanished; /* it had no name for a while: numbers of namespaces are used again */
	int pid_fd;	    /* of the process that the cfg's netns names; -1 = it names none */
	struct source pid_source;

	struct tx_queue queue;
	unsigned batch;	 /* frames it is worth reading at once; 0 = nothing known yet */
	uint32_t lost;	 /* by the socket, as far as that was counted */
	bool told_unfit; /* of frames that the kernel cannot hand over */

	char why[REASON_SIZE]; /* lost or, while it is up, what is wrong all the same */
	bool loops;	       /* `why` is that the device is another port's, too */
};

static inline struct netdev *netdev_of(struct port *p)
{
	return (struct netdev *)p;
}

/*
 * Opens a packet socket on a device in the namespace called netns: the one of that index, or (0) the one
 * that the cfg names.  Fills fd, dev, netns, where, and n's caps.  Takes long: to be called aside.  Returns 0
 * or -errno (-ENODEV: there is no such device) with *e filled and nothing changed.
 */
int netdev_attach(struct netdev *n, const char *netns, int ifindex, struct err *e);

/*
 * What the namespace is called that a device was moved to, as a message about it says; false: it has no name
 * here.  Takes long, too.
 */
bool netdev_whereabouts(struct netdev *n, const struct link_info *gone, char netns[NETNS_SIZE]);

/*
 * Looks whether somebody else makes use of the device in a way that will surprise: writes that to why,
 * which is "" otherwise.  Returns true where frames would go round in circles.  Takes long, too.
 */
bool netdev_find_fault(struct netdev *n, char why[REASON_SIZE]);

/*
 * How fast the link of the device is, in Mbit/s; 0: it does not say, or says what nobody has measured (a tun device is
 * always of 10 Mbit/s).  Takes long, too.
 */
uint32_t netdev_speed(const struct netdev *n, bool *half_duplex);

/* Has the device take frames for any address, or (false) for its own. */
int netdev_set_promisc(int fd, int ifindex, bool on, struct err *e);

/* The source's readable: takes what has arrived. */
void netdev_receive(void *owner);

/* Counts a frame that was lost because an offload header cannot express it: see packets_receive(). */
void netdev_count_unfit(struct netdev *n);

/* port_ops.flush: sends what is in the port's queue. */
void netdev_flush(struct port *p);

/* The socket is new: what was learned of the old one is forgotten. */
void netdev_forget(struct netdev *n);

#endif
