/* SPDX-License-Identifier: ISC */
/*
 * endpoint.h - an IP address with a port, as a person writes it.
 *
 * "192.0.2.1:4000", "[2001:db8::1]:4000" (the brackets: RFC 3986 clause 3.2.2), and for an address that
 * means something on one link only "[fe80::1%eth0]:4000" (RFC 4007 clause 11).  Numbers only: a name
 * would have to be looked up, which takes as long as it likes and may give another answer tomorrow.
 */
#ifndef UTIL_ENDPOINT_H
#define UTIL_ENDPOINT_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

/* The longest text: "[", an IPv6 address, "%", the name of a device, "]:", the port. */
enum { ENDPOINT_SIZE = 72 };

#define ENDPOINT_EXAMPLES "192.0.2.1:4000 or [2001:db8::1]:4000"

struct endpoint {
	bool ipv6;
	uint8_t addr[16];     /* IPv4: the first four bytes, the others are 0 */
	char scope[IFNAMSIZ]; /* the device a link-local IPv6 address is on; "" with any other */
	uint16_t port;	      /* host order, never 0 */
};

/*
 * Reads `text`.  Returns 0, or -EINVAL with *e (may be NULL) saying what was found, what is wrong with it
 * and how it is written.  Whether there is such an address or device is not looked at.
 */
int endpoint_parse(const char *text, struct endpoint *ep, struct err *e);

/*
 * The same, but the port may be left out: then it is `port`, and an IPv6 address needs no brackets.
 * "192.0.2.1", "2001:db8::1", "[fe80::1%eth0]".
 */
int endpoint_parse_at(const char *text, uint16_t port, struct endpoint *ep, struct err *e);

/* 0.0.0.0 or ::, which stand for every address of the host. */
bool endpoint_is_any(const struct endpoint *ep);

/* A group of hosts: multicast, or the broadcast 255.255.255.255. */
bool endpoint_is_group(const struct endpoint *ep);

/*
 * A total order, 0 where both are equal.  Among those of one family and port the one that
 * endpoint_is_any() comes first.
 */
int endpoint_compare(const struct endpoint *a, const struct endpoint *b);

/* Is it one host, whatever the ports? */
bool endpoint_same_host(const struct endpoint *a, const struct endpoint *b);

/* Could one datagram be for both?  They are equal, or differ in that one of them is any address. */
bool endpoint_overlap(const struct endpoint *a, const struct endpoint *b);

#endif
