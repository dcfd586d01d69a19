/* SPDX-License-Identifier: ISC */
/*
 * igmp.h - IGMPv1 (RFC 1112), v2 (RFC 2236), v3 (RFC 3376), and of RFC 4286 what is IPv4.
 */
#ifndef CORE_IGMP_H
#define CORE_IGMP_H

#include "core/mcast.h"

/* Reads an IGMP message behind an IPv4 header that was found right; mcast_parse() calls it. */
enum drop igmp_parse(const struct mcast_packet *p, struct mcast_msg *m);

/*
 * Builds a query as a whole Ethernet frame of at least 60 bytes: TTL 1, Router Alert, precedence
 * "internetwork control" (RFC 3376 clause 4).  Returns its length.
 */
size_t igmp_query(uint8_t out[MCAST_QUERY_SIZE], const struct mcast_query *q);

#endif
