/* SPDX-License-Identifier: ISC */
/*
 * drop.h - every reason for which a frame goes no further, with its name and its explanation.
 *
 * A frame that is not forwarded, or not to one of the ports it was meant for, is counted under
 * exactly one of these at the port where that was decided: "in" reasons at the port it came from,
 * "out" reasons at the port it did not leave through.
 */
#ifndef CORE_DROP_H
#define CORE_DROP_H

#include <stdbool.h>

enum drop {
	DROP_NONE,
	/* on the way in */
	DROP_RX_OVERRUN,
	DROP_IMPAIRED_IN,
	DROP_WRONG_PEER,
	DROP_UNANSWERABLE,
	DROP_PEER_REFUSED,
	DROP_BAD_VXLAN,
	DROP_UNKNOWN_VNI,
	DROP_CONGESTION,
	DROP_RUNT,
	DROP_OVERSIZE,
	DROP_TRUNCATED_TAG,
	DROP_BAD_VNET,
	DROP_BAD_GSO,
	DROP_PORT_BLOCKED,
	DROP_FILTER_IN,
	DROP_PORT_SHUT,
	DROP_MONITOR,
	DROP_LINK_LOCAL,
	DROP_VID_RESERVED,
	DROP_TAGGED,
	DROP_UNTAGGED,
	DROP_NOT_IN_VLAN,
	DROP_OVER_MAX_MACS,
	DROP_LOCKED,
	DROP_MAC_ELSEWHERE,
	DROP_BAD_BPDU,
	DROP_BPDU_OLD,
	DROP_BPDU_OWN,
	DROP_BPDU_FILTER,
	DROP_BPDU_GUARD,
	DROP_BPDU_LIMIT,
	DROP_BAD_LLDP,
	DROP_LLDP_FULL,
	DROP_LOOP_BLOCKED,
	DROP_LOOP_PROBE,
	DROP_BAD_PROBE,
	DROP_HIDDEN_HEADER,
	DROP_BAD_DHCP,
	DROP_DHCP_FRAGMENT,
	DROP_DHCP_ROGUE_SERVER,
	DROP_DHCP_RELAY,
	DROP_DHCP_CHADDR,
	DROP_DHCP_NOT_HOLDER,
	DROP_DHCP_LIMIT,
	DROP_BAD_DHCP6,
	DROP_DHCP6_ROGUE_SERVER,
	DROP_BAD_ARP,
	DROP_ARP_SPOOF,
	DROP_ARP_NO_BINDING,
	DROP_ARP_TARGET,
	DROP_BAD_ND,
	DROP_ND_FRAGMENT,
	DROP_RA_GUARD,
	DROP_IP6_UNDECIDED,
	DROP_RATE_IN,
	DROP_STORM_BROADCAST,
	DROP_STORM_MULTICAST,
	DROP_STORM_UNKNOWN,
	DROP_NO_TRUSTED,
	DROP_SAME_PORT,
	DROP_BAD_IGMP,
	DROP_BAD_MLD,
	DROP_BAD_PIM,
	DROP_ROUTER_GUARD,
	DROP_NO_MEMBER,
	DROP_NO_EGRESS,
	/* on the way out */
	DROP_EGRESS_MTU,
	DROP_ISOLATED,
	DROP_FILTER_OUT,
	DROP_RATE_OUT,
	DROP_IMPAIRED_OUT,
	DROP_DEVICE_DOWN,
	DROP_NO_REMOTE,
	DROP_UNREACHABLE,
	DROP_PATH_MTU,
	DROP_QUEUE_FULL,
	DROP_TX_ERROR,
	DROP_COUNT
};

#define DROP_FIRST_OUT DROP_EGRESS_MTU

static inline bool drop_is_out(enum drop d)
{
	return d >= DROP_FIRST_OUT;
}

/* The name used in counters, JSON and the documentation: "runt". "none" for DROP_NONE. */
const char *drop_name(enum drop d);

/* One sentence for a person: what it means and, where there is something to do, what to do. */
const char *drop_text(enum drop d);

#endif
