/* SPDX-License-Identifier: ISC */
/*
 * dhcp.h - what DHCP messages say (RFC 2131, 2132; of IPv6: RFC 8415), read as strictly as they are defined.
 *
 * A message that a server could read in another way than we do would get past whoever guards it.  So an
 * option that is looked at here may come once and with its own length only, the fields `file` and `sname`
 * are read where they hold options (option 52), and each list of options has its end.
 *
 * BOOTP (RFC 951) without a message type is read, too, if it has the cookie of RFC 1497.
 */
#ifndef CORE_DHCP_H
#define CORE_DHCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DHCP_SERVER_PORT = 67, /* of relay agents, too */
	DHCP_CLIENT_PORT = 68,
	DHCP6_CLIENT_PORT = 546,
	DHCP6_SERVER_PORT = 547, /* of relay agents, too */
};

#define DHCP_LEASE_INFINITE UINT32_MAX

enum dhcp_op { DHCP_BOOTREQUEST = 1, DHCP_BOOTREPLY = 2 };

/* Option 53 (RFC 2132 section 9.6; 9: RFC 3203; 10 to 13: RFC 4388). */
enum dhcp_type {
	DHCP_NO_TYPE = 0, /* BOOTP */
	DHCP_DISCOVER = 1,
	DHCP_OFFER = 2,
	DHCP_REQUEST = 3,
	DHCP_DECLINE = 4,
	DHCP_ACK = 5,
	DHCP_NAK = 6,
	DHCP_RELEASE = 7,
	DHCP_INFORM = 8,
	DHCP_FORCERENEW = 9,
	DHCP_LEASEQUERY = 10,
	DHCP_LEASEUNASSIGNED = 11,
	DHCP_LEASEUNKNOWN = 12,
	DHCP_LEASEACTIVE = 13,
};

/* Addresses in host order, 0 = none. */
struct dhcp {
	enum dhcp_op op;
	enum dhcp_type type;
	uint32_t xid;
	uint32_t ciaddr, yiaddr, giaddr;
	uint64_t chaddr;
	uint32_t requested; /* option 50 */
	uint32_t lease_s;   /* option 51; 0 = none, or of no time */
	bool relay_info;    /* option 82 is there (RFC 3046) */
	bool rapid_commit;  /* option 80 is there (RFC 4039) */
};

/*
 * Reads the payload of a datagram.  False: it is malformed, not of Ethernet, or its type is none of those
 * above.
 */
bool dhcp_parse(const uint8_t *data, size_t len, struct dhcp *d);

/* Is it a server who says such a thing? */
bool dhcp_from_server(const struct dhcp *d);

/* Who says such a thing, by the type of a DHCPv6 message. */
enum dhcp6_role {
	DHCP6_BAD, /* malformed, or a type that is not known */
	DHCP6_CLIENT,
	DHCP6_SERVER,
	DHCP6_RELAY, /* a relay agent, to a server */
};

/*
 * Reads the payload of a datagram as far as to say who sent it: the header and the lengths of the options
 * have to be right.
 */
enum dhcp6_role dhcp6_parse(const uint8_t *data, size_t len);

#endif
