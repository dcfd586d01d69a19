/* SPDX-License-Identifier: ISC */
/*
 * mcast.h - what hosts and routers tell each other about multicast groups, of IPv4 and IPv6 alike.
 *
 * IGMP (RFC 1112, 2236, 3376) and MLD (RFC 2710, 3810) say the same in different bytes, and so do the hello
 * of PIM (RFC 7761 clause 4.9.2) and multicast router discovery (RFC 4286).  A frame with such a message
 * becomes one struct mcast_msg; what old versions say becomes the group record that means it (RFC 3376
 * clause 7.3.2), so that who keeps state knows records alone.
 *
 * Every byte is untrusted.  A message with any error is none: its reason is named and nothing of it is used
 * (RFC 4541 clause 2.1.1 (5)).  Checked are
 *
 *	IPv4	header, total length against the frame (padding may follow), header checksum, no fragment, a
 *		source that is one host or 0.0.0.0
 *	IGMP	TTL 1, checksum, length; general queries go to 224.0.0.1.  A Router Alert option is not asked
 *		for: IGMPv1 has none, hosts forget it, and Linux's bridge does not look either
 *	IPv6	header, payload length; a hop-by-hop header with Router Alert, as RFC 2710 clause 3 and RFC 3810
 *		clause 5 demand: without it no router would read the message; hop limit 1; a link-local source,
 *		or ::, which hosts without an address yet have, and queries of switches that only ask in the
 *		name of others (RFC 4541 clause 3)
 *	MLD	ICMPv6 checksum with pseudo header, length; general queries go to ff02::1
 *	both	group records and source lists lie within the message; groups are groups, sources are hosts
 *
 * Only the messages that we know are checked.  Other types are MCAST_OTHER, to be flooded as they are (RFC
 * 4541 clause 2.1.1 (2)).  Messages to the MAC address of a station are nobody's but that station's.
 */
#ifndef CORE_MCAST_H
#define CORE_MCAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"
#include "util/bytes.h"
#include "util/ip.h"

enum {
	MCAST_QUERY_SIZE = 1514,  /* the largest query we build, a whole Ethernet frame */
	MCAST_QUERY_SOURCES = 64, /* sources a query that we build can ask about */
	MCAST_HOLD_FOREVER = UINT32_MAX,
};

enum mcast_kind {
	MCAST_NONE,   /* not a message about groups: data */
	MCAST_QUERY,  /* a querier asks who is in a group, or in any */
	MCAST_REPORT, /* a host says so */
	MCAST_LEAVE,  /* a host leaves: IGMPv2 leave, MLDv1 done */
	MCAST_ROUTER, /* a router says that it is there, or goes: PIM hello, MRD advertisement, termination */
	MCAST_OTHER, /* IGMP or MRD of another type */
};

/* Group record types (RFC 3376 clause 4.2.12, RFC 3810 clause 5.2.12); others are to be ignored. */
enum mcast_record_type {
	MCAST_IS_IN = 1,
	MCAST_IS_EX = 2,
	MCAST_TO_IN = 3,
	MCAST_TO_EX = 4,
	MCAST_ALLOW = 5,
	MCAST_BLOCK = 6,
};

struct mcast_msg {
	enum mcast_kind kind;
	bool v6;
	uint8_t version; /* of IGMP (1 to 3) or MLD (1, 2), the message's own */
	struct ip_addr src, dst;

	struct ip_addr
		group; /* MCAST_QUERY: unspecified = general; MCAST_LEAVE, old MCAST_REPORT */

	/* MCAST_QUERY */
	uint32_t max_resp_ms;
	uint32_t qqi_s; /* Querier's Query Interval; 0 = not said */
	uint8_t qrv;	/* Querier's Robustness Variable; 0 = not said */
	bool suppress;	/* S flag: routers shall not lower their timers */
	uint16_t n_sources;
	const uint8_t *sources; /* in the frame; read with mcast_source() */

	/* MCAST_REPORT of IGMPv3 and MLDv2 */
	uint16_t n_records;
	struct rd records; /* in the frame; read with mcast_next() */

	/* MCAST_ROUTER: for how long; 0 = it goes, MCAST_HOLD_FOREVER */
	uint32_t hold_s;
};

struct mcast_record {
	uint8_t type; /* enum mcast_record_type, or another, which means nothing */
	struct ip_addr group;
	uint16_t n_sources;
	const uint8_t *sources;
};

/*
 * Reads the frame f, which has passed frame_parse().  DROP_NONE: *m is filled and borrows the frame's
 * bytes.  DROP_BAD_IGMP, DROP_BAD_MLD, DROP_BAD_PIM: it is a message with an error; only m->v6 is set and
 * m->kind is MCAST_NONE.
 */
enum drop mcast_parse(const struct frame *f, struct mcast_msg *m);

/* Goes through a report's or leave's records: begin with mcast_walk(), true = *rec is the next one. */
struct mcast_walk {
	struct rd r;
	unsigned left;
};

struct mcast_walk mcast_walk(const struct mcast_msg *m);
bool mcast_next(const struct mcast_msg *m, struct mcast_walk *w, struct mcast_record *rec);

/* The i-th of a list of sources. */
static inline struct ip_addr mcast_source(const uint8_t *sources, bool v6, unsigned i)
{
	return v6 ? ip6_load(sources + 16 * (size_t)i) : ip4_load(sources + 4 * (size_t)i);
}

/* Groups of which hosts say nothing and which always reach everybody: 224.0.0.0/24 (RFC 4541 clause 2.1.2
 * (2)), ff02::1, and the IPv6 scopes 0 and 1 (RFC 3810 clause 6). */
bool mcast_is_everybodys(struct ip_addr group);

/* A query to be built; see igmp_query() and mld_query(). */
struct mcast_query {
	uint64_t mac;	      /* Ethernet source */
	struct ip_addr src;   /* IPv4, 0.0.0.0 allowed; IPv6, link-local or :: */
	struct ip_addr group; /* unspecified = general */
	uint8_t version;      /* of IGMP 2 or 3; of MLD 1 or 2 */
	uint32_t max_resp_ms;
	uint32_t qqi_s;
	uint8_t qrv;
	bool suppress;
	const struct ip_addr *sources;
	unsigned n_sources; /* at most MCAST_QUERY_SOURCES; 0 in the older version of each */
};

/* ---- shared by igmp.c and mld.c ---- */

struct mcast_packet {
	const uint8_t *ip;
	const uint8_t *l4;
	size_t len; /* of what is at l4, without padding */
};

/* Do all records, and what is in them, lie within the message?  Fills m->records. */
bool mcast_take_records(struct mcast_msg *m, struct rd r, unsigned count);

/* Flags, QRV, QQIC, sources: the part that both versions' new queries end with. */
bool mcast_take_query(struct mcast_msg *m, struct rd r);

/* Writes that part; returns its length. */
size_t mcast_put_query(uint8_t *out, const struct mcast_query *q, bool v6);

/* The time code of QQIC and IGMPv3 (RFC 3376 clause 4.1.1): 1 + 3 + 4 bits; coded, it is rounded down. */
uint32_t mcast_code8(uint8_t code);
uint8_t mcast_to_code8(uint32_t value);

/* The Ethernet header of a message to dst, at out; returns its length. */
size_t mcast_put_ethernet(uint8_t *out, uint64_t mac, struct ip_addr dst);

#endif
