/* SPDX-License-Identifier: ISC */
/*
 * nd.h - Neighbor Discovery messages of IPv6 (RFC 4861), held against the rules by which hosts accept them.
 *
 * The rules of sections 6.1, 7.1 and 8.1 apply that can be checked from the packet alone.  Hosts drop
 * what breaks them, so nobody misses it.  Options that nobody knows are skipped, as they have to be.
 */
#ifndef CORE_ND_H
#define CORE_ND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nd_type {
	ND_ROUTER_SOLICITATION = 133,
	ND_ROUTER_ADVERTISEMENT = 134,
	ND_NEIGHBOR_SOLICITATION = 135,
	ND_NEIGHBOR_ADVERTISEMENT = 136,
	ND_REDIRECT = 137,
};

/* Is this ICMPv6 type one of these? */
static inline bool nd_is_type(uint8_t type)
{
	return type >= ND_ROUTER_SOLICITATION && type <= ND_REDIRECT;
}

struct nd {
	enum nd_type type;
	const uint8_t *src, *dst; /* of the packet, 16 bytes */
	const uint8_t *target;	  /* of NS, NA and Redirect; else NULL */
	uint64_t
		lladdr; /* source (RS, RA, NS) or target (NA, Redirect) link-layer address option; 0 = none */
	uint16_t router_lifetime_s; /* of an RA; 0 = not a default router */
};

/*
 * Reads the ICMPv6 message of len bytes behind the IPv6 header `ip`, of which 40 bytes are there.  The
 * checksum is not looked at.  False: it is none of these, or one that hosts have to ignore.
 */
bool nd_parse(const uint8_t *ip, const uint8_t *data, size_t len, struct nd *n);

#endif
