/* SPDX-License-Identifier: ISC */
/*
 * echo.h - ICMP echo messages (RFC 792, RFC 4443 section 4) and what is said of those that got lost, as bytes.
 *
 * Pure.  What raw sockets receive is everybody's, of this host and others: what is not an answer to a request of ours, or an
 * error about one, is nothing.
 */
#ifndef CLI_LAB_ECHO_H
#define CLI_LAB_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/ip.h"

enum {
	ECHO_HEADER = 8,
	ECHO_SIZE_MAX = 65000, /* of what is behind the header */
};

struct echo {
	enum echo_what {
		ECHO_NOTHING,
		ECHO_REPLY,
		ECHO_LOST, /* somebody says that it cannot be delivered */
	} what;
	uint16_t id, seq;
	struct ip_addr about; /* whom the request was for; of a reply who sent it */
	struct ip_addr from;  /* who says so */
	bool own;	      /* who sent the request says so: its own kernel */
	const char *why;      /* ECHO_LOST: "there is no route to the host" */
};

/* Writes a request of ECHO_HEADER + size bytes; the checksum of ICMPv6 is the kernel's work. */
void echo_make(uint8_t *out, size_t size, bool v6, uint16_t id, uint16_t seq);

/* Reads what a raw socket of IPPROTO_ICMP received: the IP header in front. */
struct echo echo_parse4(const uint8_t *data, size_t len);

/* What one of IPPROTO_ICMPV6 received, which is without; `from` is told beside. */
struct echo echo_parse6(const uint8_t *data, size_t len, struct ip_addr from);

#endif
