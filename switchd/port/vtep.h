/* SPDX-License-Identifier: ISC */
/*
 * vtep.h - the sockets of vxlan ports: one to receive on for all VXLAN networks that have a local address in
 * common, and those that datagrams are sent from.
 *
 * Receiving.  A network is known by its VNI, so ports of one local address share its socket and each gets
 * the datagrams of its own.  What is of no port is counted at the one that has had the address longest.
 *
 * Sending.  Routers that have several ways choose by addresses and UDP ports, so the flow of the frame
 * inside has to show in the source port (RFC 7348 clause 5).  A socket has one source port; a raw one,
 * which could write any, needs privileges and has neither UDP_SEGMENT nor checksums left to the card.  So
 * there is a handful of sockets, each bound to a port of the range 49152-65535 that the RFC names, and
 * the flow chooses one.  Nothing is received on them: a filter drops it before it takes memory.  Don't
 * fragment and no checksum are settings of a socket too: each combination in use has its handful.  What
 * else differs between ports and datagrams goes beside each datagram (port/udp_tx.h).
 */
#ifndef PORT_VTEP_H
#define PORT_VTEP_H

#include <stdbool.h>
#include <stdint.h>

#include "port/burst.h"
#include "port/poller.h"
#include "port/sockaddr.h"
#include "port/udp_errors.h"

enum { VTEP_SOCKETS = 16 };

struct datapath;
struct port;
struct vtep;

/* One network of a vtep.  The port's, who fills the first five; the rest is the vtep's. */
struct vtep_user {
	struct port *port;
	uint32_t vni;
	/* len bytes behind the header, one datagram of d.  May be changed until the burst is over. */
	void (*receive)(struct vtep_user *u, const struct datagrams *d, uint8_t *data, size_t len);
	/* The network reports of a datagram, perhaps one of another network to the same remote. */
	void (*report)(struct vtep_user *u, const struct udp_report *r);

	struct vtep *vtep; /* NULL = not in one */
	struct vtep_user *prev, *next;
	struct vtep_user *chain; /* of those whose VNI has the same hash */
};

/*
 * Enters the vtep of the local address that a person wrote as `local`, and makes it if it is the first.
 * Returns 0 or -errno with *e: there is another port with that VNI, or no such address.
 */
int vtep_enter(struct vtep_user *u, struct datapath *dp, const char *local, struct err *e);

/* Leaves it; the last one takes the socket along.  What it got from the vtep is to be given back before. */
void vtep_leave(struct vtep_user *u);

/* What it receives on. */
const struct sock_addr *vtep_local(const struct vtep *v);

/*
 * Ports ask before each look at how wide a way is: all ports of a vtep together have so many in a turn of
 * the loop, for frames wait meanwhile.
 */
bool vtep_may_look(struct vtep *v);

/* ---- sending ---- */

struct vtep_socket {
	struct vtep_out *out;
	int fd;
	struct source source;
};

struct vtep_kind {
	uint16_t first, last; /* range of source ports */
	bool df; /* datagrams that are too large are not sent, instead of in fragments */
	bool csum;
};

/* Sockets of one kind, for all who want that. */
struct vtep_out {
	struct vtep_kind kind;
	unsigned count; /* 1 to VTEP_SOCKETS */
	struct vtep_socket socket[VTEP_SOCKETS];

	struct vtep *vtep;
	unsigned users;
	struct vtep_out *next;
};

/* Returns NULL with *e where not a single port of the range is free; vtep_out_put() takes NULL too. */
struct vtep_out *vtep_out_get(struct vtep *v, const struct vtep_kind *kind, struct err *e);
void vtep_out_put(struct vtep_out *out);

/* For udp_tx_send(): take_errors(), of a socket. */
bool vtep_take_errors(void *socket);

/* ---- groups ---- */

struct vtep_group;

/*
 * Receives what is sent to the multicast group `to` on the device ifindex.  NULL with *e where that is
 * not possible; vtep_group_put() takes NULL too.
 */
struct vtep_group *vtep_group_get(struct vtep *v, const struct sock_addr *to, int ifindex,
				  struct err *e);
void vtep_group_put(struct vtep_group *g);

#endif
