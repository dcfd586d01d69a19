/* SPDX-License-Identifier: ISC */
/*
 * unix_tx.h - frames as datagrams of a local socket, for kinds of port whose peers have one each.
 *
 * What the peer has not read lies in the send buffer of the socket that is connected to it or, as long as the
 * peer has not connected its own, in the peer's queue of net.unix.max_dgram_qlen, often 10 datagrams (unix(7),
 * unix_dgram_sendmsg() in net/unix/af_unix.c).  When either is full, frames wait in a ring until the kernel
 * says that there is room, which it does for connected sockets only; when the ring is full too, they are
 * dropped.  Nothing overtakes what waits.
 */
#ifndef PORT_UNIX_TX_H
#define PORT_UNIX_TX_H

#include <sys/socket.h>

#include "port/poller.h"
#include "port/tx.h"
#include "util/err.h"
#include "util/ring.h"

struct port;

/* Part of a port's struct; zero but for source.fd, which is -1, is one that is closed. */
struct unix_tx {
	struct port *port;
	struct source source; /* the connected socket; its owner is this struct */
	struct tx_queue queue;
	struct ring waiting; /* a frame each */
};

/*
 * The port p sends through the non-blocking datagram socket fd from now on, which is t's until unix_tx_close(),
 * on an error too.  readable(t) is called when there is something to read.  0, or -errno with *e.
 */
int unix_tx_open(struct unix_tx *t, struct port *p, int fd, void (*readable)(void *owner),
		 struct err *e);

/* Closes the socket and gives the memory back.  What waited is not counted.  Harmless where it is closed. */
void unix_tx_close(struct unix_tx *t);

/* Another way than through the connected socket: frames do not wait there, for nobody tells for how long. */
struct unix_way {
	int fd;
	const struct sockaddr *to;
	socklen_t to_len;
};

/*
 * Sends what is in the queue from unit *at on, or keeps it for later, and counts it.  Returns 0 when nothing is
 * left; else the errno that the frame *at met with, which is not counted: that is up to the caller, who then
 * calls again.  way: NULL = the connected socket.
 */
int unix_tx_send(struct unix_tx *t, const struct unix_way *way, unsigned *at);

/* What such an error means for a frame. */
enum drop unix_tx_drop_of(int code);

/* Counts what waits as lost: whom it was for is gone. */
void unix_tx_forget(struct unix_tx *t);

#endif
