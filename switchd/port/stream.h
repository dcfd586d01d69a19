/* SPDX-License-Identifier: ISC */
/*
 * stream.h - ports whose frames are in a stream of bytes (core/stream.h): peers that connect, each a port of
 * its own, or one connection out.
 *
 * stream.c listens and connects and keeps the port's state; stream_conn.c moves frames.
 */
#ifndef PORT_STREAM_H
#define PORT_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/stream.h"
#include "port/poller.h"
#include "port/port.h"
#include "port/sockpath.h"

extern const struct port_ops stream_ops;

/* One of three: it listens, it is a peer of one that does (port.parent), or it connects. */
struct stream {
	struct port port;
	int fd; /* -1 = none */
	struct source source;

	/* of one that listens */
	struct sockpath path;

	/* of one that connects */
	bool connecting; /* the answer is not there yet */
	uint64_t connecting_ms;

	/* while connected: buf is NULL else */
	struct stream_in in;
	struct stream_out out; /* what the peer has not taken yet, the rest of a frame first */
	struct tx_queue queue;
	bool tcp;
	char peer[ADDRESS_SIZE]; /* who it is, for a person */
	char why[REASON_SIZE];	 /* it is not connected */
};

static inline struct stream *stream_of(struct port *p)
{
	return (struct stream *)p;
}

/*
 * Frames pass over the connected, non-blocking socket fd from now on.  It is s's on success; on an error it
 * is the caller's still.
 */
int stream_plug(struct stream *s, int fd, struct err *e);

/* Stops that, closes the socket and gives the memory back; nothing where there is no socket. */
void stream_unplug(struct stream *s);

/* For stream_conn.c: the connection is of no use any more.  May be called while nobody may come or go. */
void stream_ended(struct stream *s, const char *reason);

/* port_ops.flush. */
void stream_flush(struct port *p);

/* About once a second: does a peer over TCP still answer?  Ends the connection where it does not. */
void stream_check_alive(struct stream *s);

#endif
