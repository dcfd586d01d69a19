/* SPDX-License-Identifier: ISC */
/*
 * udp_tx.h - many frames as datagrams with one system call, for kinds of port that are UDP sockets.
 *
 * What is sent is a list of letters, in its order: a frame of a port's queue and the way it goes.
 * Letters of one way that follow each other and are of one length, as the segments of a super-frame are, go
 * as one message: the kernel cuts it into datagrams (UDP_SEGMENT, udp(7)) as late as it can, perhaps in
 * the card, and looks up the route once.
 */
#ifndef PORT_UDP_TX_H
#define PORT_UDP_TX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "port/tx.h"

struct port;

/*
 * Frames of one length larger than this are not sent as one (UDP_SEGMENT): the kernel refused a while
 * ago.  It does where a segment does not fit the MTU of the route, and altogether where a card cannot
 * fill in checksums (Linux before 6.7), where there are to be none, or packets are encrypted (xfrm).
 */
struct udp_refusals {
	size_t segment_max;
	uint64_t tried_ms;
};

/* Forgets what the kernel refused: the way is another one. */
void udp_tx_forget(struct udp_refusals *r);

/* Where datagrams go, and how.  All pointers are the caller's and outlive the call. */
struct udp_way {
	const struct sockaddr *to;
	socklen_t to_len;
	const uint8_t *prefix; /* in front of each frame */
	size_t prefix_len;
	int tos, ttl; /* as the IP header has them; -1 = as the socket is set */
	int ifindex;  /* to send through; 0 = as the route says */
	bool whole;   /* never as one: this socket cannot have them cut */
	struct udp_refusals *refusals;
};

struct udp_letter {
	const struct tx_unit *unit;
	const struct udp_way *way; /* the same pointer for the same way */
};

/*
 * Sends the letters through the socket fd, at most TX_QUEUE_MAX of them, and says of each what became
 * of it: tx_count(p, ...).  Where the kernel refuses one for what it heard of earlier ones, take_errors(arg)
 * is called, which returns false where there was nothing to be taken (port/udp_errors.h).
 */
void udp_tx_send(struct port *p, int fd, const struct udp_letter *letter, unsigned count,
		 bool (*take_errors)(void *arg), void *arg);

#endif
