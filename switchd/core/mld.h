/* SPDX-License-Identifier: ISC */
/*
 * mld.h - MLDv1 (RFC 2710), MLDv2 (RFC 3810), and of RFC 4286 what is IPv6.
 */
#ifndef CORE_MLD_H
#define CORE_MLD_H

#include "core/mcast.h"

/* Is this type of ICMPv6 one of ours? */
bool mld_is_type(uint8_t type);

/*
 * Reads an ICMPv6 message of a type that mld_is_type() knows, behind an IPv6 header that was found right;
 * `alert`: there was a Router Alert option for MLD in front of it.  mcast_parse() calls it.
 */
enum drop mld_parse(const struct mcast_packet *p, bool alert, struct mcast_msg *m);

/* Builds a query as a whole Ethernet frame: hop limit 1, hop-by-hop header with Router Alert. */
size_t mld_query(uint8_t out[MCAST_QUERY_SIZE], const struct mcast_query *q);

#endif
