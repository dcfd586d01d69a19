/* SPDX-License-Identifier: ISC */
/*
 * dgram.h - ports whose frames are the datagrams of a local socket: everybody who sends to it is a port of
 * its own.
 *
 * dgram.c has the socket, receives, and tells who is there; dgram_peer.c sends.
 */
#ifndef PORT_DGRAM_H
#define PORT_DGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "port/poller.h"
#include "port/port.h"
#include "port/sockpath.h"
#include "port/unix_tx.h"

extern const struct port_ops dgram_ops;

enum { DGRAM_BUCKETS = 256 };

/* What the socket of a peer is bound to, and who sent from there first. */
struct dgram_name {
	struct sockaddr_un un;
	socklen_t len;
	uid_t uid;
};

/* The one that listens (port.parent is NULL), or a peer of it. */
struct dgram {
	struct port port;
	/* of the one that listens */
	int fd; /* what is received on; -1 = none */
	struct source source;
	struct sockpath path;
	char why[REASON_SIZE];		     /* it is lost */
	struct dgram *bucket[DGRAM_BUCKETS]; /* its peers, by name */
	struct dgram *last;		     /* who was heard last; NULL = nobody */

	/* of a peer */
	struct dgram *next; /* in the bucket */
	struct dgram_name name;
	/*
	 * It has connected its socket to ours and hears that alone, so it is sent to from there, and what it
	 * has not read lies in the buffer of that socket.
	 */
	bool hears_parent;
	/*
	 * A socket connected to its name, through which is sent: so it is known when it can take more, and its
	 * share of memory is its own.
	 */
	struct unix_tx tx;
};

static inline struct dgram *dgram_of(struct port *p)
{
	return (struct dgram *)p;
}

/* Can the one who sent be reached by that name?  0, or -errno with *e as from dgram_reach(). */
int dgram_probe(const struct dgram_name *name, struct err *e);

/*
 * A socket to send to d->name with, memory for what waits; or, where there was one already, asks whether that
 * name is still the same user's, and follows it where it leads to another socket.  Returns 0, or -errno with *e:
 * -ECONNREFUSED or -ENOENT where nobody is there any more, -EACCES where somebody else is.
 */
int dgram_reach(struct dgram *d, struct err *e);

/* The reverse.  Nothing where there is none. */
void dgram_let_go(struct dgram *d);

/* port_ops.flush, of a peer. */
void dgram_flush(struct port *p);

#endif
