/* SPDX-License-Identifier: ISC */
/*
 * offer.h - asking who offers addresses on a LAN, and reading what they say (RFC 2131), as frames.
 *
 * Pure.  Nothing is taken: after a DISCOVER without a REQUEST a server forgets what it offered (section 3.1).
 */
#ifndef CLI_LAB_OFFER_H
#define CLI_LAB_OFFER_H

#include <stddef.h>
#include <stdint.h>

#include "util/ip.h"

enum { DISCOVER_SIZE = 14 + 20 + 8 + 300 }; /* RFC 1542 section 2.1: BOOTP has 300 bytes at least */

/* Writes the frame of a DISCOVER that is broadcast by `mac` and asks for broadcast answers. */
void discover_make(uint8_t out[DISCOVER_SIZE], uint64_t mac, uint32_t xid);

struct offer {
	struct ip_addr
		server; /* as it calls itself (RFC 2132 section 9.7), else where the datagram is from */
	struct ip_addr address; /* what it offers */
	uint64_t mac;		/* who sent the frame */
};

enum offer_what {
	OFFER_NOTHING,	 /* something else, or for somebody else */
	OFFER_MALFORMED, /* DHCP that cannot be read */
	OFFER_MADE,	 /* *o is filled */
};

/* Reads a frame that arrived at the station `mac`.  Checksums are not looked at: the kernel may owe them still. */
enum offer_what offer_parse(const uint8_t *data, size_t len, uint64_t mac, uint32_t xid,
			    struct offer *o);

#endif
