/* SPDX-License-Identifier: ISC */
/*
 * udp_socket.h - UDP sockets for frames: large buffers, joined datagrams (UDP_GRO), a count of what was
 * lost (SO_RXQ_OVFL), reports of the network (IP_RECVERR), and datagrams larger than the MTU sent in
 * fragments.
 */
#ifndef PORT_UDP_SOCKET_H
#define PORT_UDP_SOCKET_H

#include "port/sockaddr.h"
#include "util/err.h"

/*
 * A non-blocking socket bound to `local`, which a person wrote as `text`.  Returns the descriptor, or
 * -errno with *e saying what to do about it.
 */
int udp_socket(const struct sock_addr *local, const char *text, struct err *e);

/* Of a UDP socket that somebody else has made: what makes it better for frames, and what it can do without. */
void udp_socket_tune(int fd, bool ipv6);

#endif
