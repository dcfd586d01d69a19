/* SPDX-License-Identifier: ISC */
/* options_vlan.c - what can be set on a VLAN of a switch; core/settings.h. */
#include "core/settings.h"

#define AT(field)   offsetof(struct sw_vlan_set, field)
#define ROOM(field) sizeof(((struct sw_vlan_set *)0)->field)

const struct opt sw_vlan_options[] = {
	{
		.name = "name",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(name),
		.size = ROOM(name),
		.dflt = "",
		.arg = "NAME",
		.help = "what people call the VLAN",
		.check = name_check,
	},
	{
		.name = "mcast_flood",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(mcast_flood),
		.dflt = "false",
		.arg = "BOOL",
		.help = "no multicast snooping in this VLAN",
	},
	{
		.name = "mcast_querier",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(mcast_querier),
		.dflt = "false",
		.arg = "BOOL",
		.help = "ask in this VLAN; the switch's mcast_querier asks in all",
	},
	{
		.name = "mcast_querier_ipv4",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(mcast_querier_ipv4),
		.size = ROOM(mcast_querier_ipv4),
		.dflt = "",
		.arg = "HOST",
		.help = "where the questions come from here; default: as the switch has it",
		.check = sw_check_querier_ipv4,
	},
	{
		.name = "dhcp_snooping",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(dhcp_snooping),
		.dflt = "false",
		.arg = "BOOL",
		.help = "of this VLAN, as the switch has it for all: learn who has which IPv4 address from the answers of DHCP servers",
	},
	{
		.name = "dhcp6_guard",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(dhcp6_guard),
		.dflt = "false",
		.arg = "BOOL",
		.help = "of this VLAN, as the switch has it for all: take the answers of DHCPv6 servers from trusted ports only",
	},
	{
		.name = "arp_inspection",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(arp_inspection),
		.dflt = "false",
		.arg = "BOOL",
		.help = "of this VLAN, as the switch has it for all: refuse ARP from who has no binding for the address that he claims",
	},
	{
		.name = "ra_guard",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(ra_guard),
		.dflt = "false",
		.arg = "BOOL",
		.help = "of this VLAN, as the switch has it for all: take router advertisements and redirects from trusted ports only",
	},
	{.name = NULL},
};
