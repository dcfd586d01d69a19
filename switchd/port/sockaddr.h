/* SPDX-License-Identifier: ISC */
/*
 * sockaddr.h - addresses as the kernel takes them, made out of texts that a person writes.
 */
#ifndef PORT_SOCKADDR_H
#define PORT_SOCKADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "util/address.h"
#include "util/err.h"

struct sock_addr {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un un;
	} sa;
	socklen_t len;
};

/* Of "192.0.2.1:4000" and the like.  -ENODEV with *e: there is no such device; -EINVAL: no such text. */
int sock_addr_of_endpoint(const char *text, struct sock_addr *out, struct err *e);

/* Of an endpoint, or of "unix:/path". */
int sock_addr_of(const char *text, struct sock_addr *out, struct err *e);

/* Of a parsed endpoint; `text` is what it was written as. */
int sock_addr_of_ep(const struct endpoint *ep, const char *text, struct sock_addr *out,
		    struct err *e);

/* The text of an IPv4 or IPv6 one, as a person writes it; returns out. */
const char *sock_addr_text(const struct sockaddr *a, char out[ENDPOINT_SIZE]);

/* Is `from`, as recvmsg(2) fills it, the endpoint `a`?  Ports and link-local devices count. */
bool sock_addr_is(const struct sock_addr *a, const struct sockaddr_storage *from);

#endif
