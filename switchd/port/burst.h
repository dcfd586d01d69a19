/* SPDX-License-Identifier: ISC */
/*
 * burst.h - many datagrams received with one system call, for ports that are sockets.
 *
 * With UDP_GRO the kernel joins datagrams of one sender that arrived together and are of one size, all
 * but the last (udp(7); udp_gro_receive() in net/ipv4/udp_offload.c): one buffer then holds several,
 * one behind the other.  The frames in them may be segments of one flow: these are joined once more, to
 * a super-frame (core/gro.h).
 *
 * One is enough for all ports of a datapath: a burst is received, handed on and forgotten before the
 * next port has its turn.
 */
#ifndef PORT_BURST_H
#define PORT_BURST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "core/drop.h"

enum { BURST_MAX = 32 };

struct burst;
struct datapath;
struct port;

/* What one buffer holds, until the next burst_receive(). */
struct datagrams {
	uint8_t *data;
	size_t len;
	size_t each; /* length of each datagram in it but the last, which may be shorter */
	bool cut;    /* it was longer than any datagram may be: the rest is lost */
	/*
	 * Packets the socket has lost since it was made, because its buffer was full, before this one came
	 * (SO_RXQ_OVFL, socket(7)); 0 where it was not asked to tell.
	 */
	uint32_t lost;
	uid_t uid; /* who sent it; (uid_t)-1 where the socket was not asked to tell (SO_PASSCRED) */
	uint8_t tos; /* or traffic class; 0 where the socket was not asked to tell (IP_RECVTOS) */
	const struct sockaddr_storage *from;
	socklen_t from_len; /* 0 = the sender's socket has no name; *from is not its then */
};

/*
 * Buffers: two and a half megabytes, of which the system gives what is touched.  NULL when there is no
 * memory; the caller owns it and ends it with burst_free(), which takes NULL too.
 */
struct burst *burst_new(void);
void burst_free(struct burst *b);

/* Takes what has arrived at the socket fd, at most BURST_MAX buffers.  How many, or -errno. */
int burst_receive(struct burst *b, int fd);

/*
 * The same for a Unix socket.  Whoever sends to one may attach descriptors (SCM_RIGHTS, unix(7)), which the
 * kernel would make ours: without room for them it lets go of them instead.  `creds`: the socket was asked to tell
 * who sends (SO_PASSCRED), which is what it writes first (scm_recv() in include/net/scm.h).
 */
int burst_receive_unix(struct burst *b, int fd, bool creds);

/* Buffer i of those. */
struct datagrams burst_get(struct burst *b, int i);

/*
 * A frame of the burst, received by p: goes on through rx_input() now or, where `join` is set, perhaps
 * together with others of the same port that follow.
 */
void burst_frame(struct burst *b, struct port *p, const uint8_t *data, size_t len, bool join);

/*
 * What one buffer holds, received by p: each datagram goes on through burst_frame() or, where `why` is not
 * DROP_NONE, is counted as dropped for that reason.
 */
void burst_take(struct burst *b, struct port *p, const struct datagrams *d, enum drop why,
		bool join);

/*
 * For a source's readable(): takes what waits at the socket fd, within the budget, and calls
 * take(arg, ...) for each buffer.  take_errors(arg) fetches what the network reported
 * (port/udp_errors.h) and returns false where there was nothing.
 */
void burst_drain(struct datapath *dp, int fd, void (*take)(void *arg, const struct datagrams *d),
		 bool (*take_errors)(void *arg), void *arg);

/* The burst is over: what waits for others goes on.  To be called before anything else is received. */
void burst_end(struct burst *b);

#endif
