/* SPDX-License-Identifier: ISC */
#include "core/settings.h"

#include "core/sw_stp.h"

#include <errno.h>
#include <string.h>

#define AT(field) offsetof(struct sw_settings, field)

const struct opt sw_options[] = {
	{
		.name = "ageing_s",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(ageing_s),
		.max = AGEING_MAX_S,
		.dflt = "300",
		.arg = "SECONDS",
		.help = "forget a station not heard for this long; 0 = never",
	},
	{
		.name = "max_macs",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(max_macs),
		.min = 16,
		.max = FDB_MACS_MAX,
		.dflt = "65536",
		.arg = "NUMBER",
		.help = "room in the address table; further addresses are flooded and counted",
	},
	{
		.name = "link_local",
		.type = OPT_MASK,
		.change = OPT_LIVE,
		.off = AT(link_local),
		.max = LINK_LOCAL_ALL,
		.dflt = "drop",
		.arg = "drop|forward|MASK",
		.words = "drop forward",
		.help = "which of 01:80:C2:00:00:00-0F (STP, LACP, LLDP...) to pass on; bit i is address 0i",
	},
	{
		.name = "vlan_aware",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(vlan_aware),
		.dflt = "false",
		.arg = "BOOL",
		.help = "tell VLANs apart, by each port's settings; false = carry tags as they are",
	},
	{
		.name = "stp",
		.type = OPT_ENUM,
		.change = OPT_LIVE,
		.off = AT(stp),
		.size = sizeof(((struct sw_settings *)0)->stp),
		.dflt = "off",
		.arg = "WHICH",
		.words = "off rstp stp",
		.help = "take part in a spanning tree: rapid, or only the old protocol",
	},
	{
		.name = "stp_address",
		.type = OPT_MAC,
		.change = OPT_LIVE,
		.off = AT(stp_address),
		.dflt = "",
		.arg = "MAC",
		.help = "the address in the bridge identifier; default: one of the switch's own",
	},
	{
		.name = "stp_priority",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(stp_priority),
		.max = 61440,
		.step = 4096,
		.dflt = "32768",
		.arg = "NUMBER",
		.help = "the lowest becomes root: 0 to 61440 in steps of 4096",
	},
	{
		.name = "stp_hello_s",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(stp_hello_s),
		.min = 1,
		.max = 2,
		.dflt = "2",
		.arg = "SECONDS",
		.help = "seconds between BPDUs",
	},
	{
		.name = "stp_forward_delay_s",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(stp_forward_delay_s),
		.min = 4,
		.max = 30,
		.dflt = "15",
		.arg = "SECONDS",
		.help = "seconds in each state before forwarding, where nobody agrees faster",
	},
	{
		.name = "stp_max_age_s",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(stp_max_age_s),
		.min = 6,
		.max = 40,
		.dflt = "20",
		.arg = "SECONDS",
		.help = "how old news of the root may be, in seconds and bridges",
	},
	{
		.name = "stp_tx_hold",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(stp_tx_hold),
		.min = 1,
		.max = 10,
		.dflt = "6",
		.arg = "NUMBER",
		.help = "BPDUs a port may send in a second",
	},
	{
		.name = "stp_guard_recovery_s",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(stp_guard_recovery_s),
		.max = 86400,
		.dflt = "300",
		.arg = "SECONDS",
		.help = "open a port that stp_bpdu_guard has shut after so long; 0 = never",
	},
	{.name = NULL},
};

#undef AT
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
	{.name = NULL},
};

#undef AT
#undef ROOM
#define AT(field)   offsetof(struct sw_port_set, field)
#define ROOM(field) sizeof(((struct sw_port_set *)0)->field)

const struct opt sw_port_options[] = {
	{
		.name = "max_macs",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(max_macs),
		.max = FDB_MACS_MAX,
		.dflt = "0",
		.arg = "NUMBER",
		.help = "addresses that may be learned from this port; 0 = no limit of its own",
	},
	{
		.name = "access",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(access),
		.max = VID_LAST,
		.dflt = "0",
		.arg = "VID",
		.help = "the one VLAN it is in, untagged; 0 = VLAN 1, unless another of these is set",
	},
	{
		.name = "trunk",
		.type = OPT_VIDS,
		.change = OPT_LIVE,
		.off = AT(trunk),
		.dflt = "",
		.arg = "VIDS",
		.help = "VLANs whose frames come and leave with a tag, like 10,20-29 or all",
	},
	{
		.name = "native",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(native),
		.max = VID_LAST,
		.dflt = "0",
		.arg = "VID",
		.help = "of a trunk: the VLAN of frames without a tag, coming and leaving; 0 = none",
	},
	{
		.name = "untagged",
		.type = OPT_VIDS,
		.change = OPT_LIVE,
		.off = AT(untagged),
		.dflt = "",
		.arg = "VIDS",
		.help = "of a trunk: further VLANs whose frames leave without a tag",
	},
	{
		.name = "dot1q_tunnel",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(dot1q_tunnel),
		.max = VID_LAST,
		.dflt = "0",
		.arg = "VID",
		.help = "a customer's port: all frames, whatever their tags, are of this VLAN; 0 = no",
	},
	{
		.name = "tpid",
		.type = OPT_ENUM,
		.change = OPT_LIVE,
		.off = AT(tpid),
		.size = ROOM(tpid),
		.dflt = "0x8100",
		.arg = "TPID",
		.words = "0x8100 0x88a8",
		.help = "which tag says a frame's VLAN: a customer's or a provider's (802.1ad)",
	},
	{
		.name = "admit",
		.type = OPT_ENUM,
		.change = OPT_LIVE,
		.off = AT(admit),
		.size = ROOM(admit),
		.dflt = "all",
		.arg = "WHICH",
		.words = "all tagged untagged",
		.help = "which frames to take; one with a priority and no VLAN is untagged",
	},
	{
		.name = "ingress_filter",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(ingress_filter),
		.dflt = "true",
		.arg = "BOOL",
		.help = "refuse frames of VLANs that the port is not in",
	},
	{
		.name = "stp_cost",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(stp_cost),
		.max = 200000000,
		.dflt = "0",
		.arg = "NUMBER",
		.help = "what the way through this port costs; 0 = 20000, that of 1 Gbit/s",
	},
	{
		.name = "stp_priority",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(stp_priority),
		.max = 240,
		.step = 16,
		.dflt = "128",
		.arg = "NUMBER",
		.help = "of two ports to one bridge the lower forwards: 0 to 240 in steps of 16",
	},
	{
		.name = "stp_p2p",
		.type = OPT_ENUM,
		.change = OPT_LIVE,
		.off = AT(stp_p2p),
		.size = ROOM(stp_p2p),
		.dflt = "auto",
		.arg = "WHICH",
		.words = "auto yes no",
		.help = "is at most one other bridge at the other end? auto = yes",
	},
	{
		.name = "stp_edge",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(stp_edge),
		.dflt = "false",
		.arg = "BOOL",
		.help = "no bridge is here: forward as soon as the link is up",
	},
	{
		.name = "stp_auto_edge",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(stp_auto_edge),
		.dflt = "true",
		.arg = "BOOL",
		.help = "find that out: no BPDU heard for 3 seconds",
	},
	{
		.name = "stp_bpdu_guard",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(stp_bpdu_guard),
		.dflt = "false",
		.arg = "BOOL",
		.help = "a BPDU heard here shuts the port",
	},
	{
		.name = "stp_bpdu_filter",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(stp_bpdu_filter),
		.dflt = "false",
		.arg = "BOOL",
		.help = "neither send nor heed BPDUs here",
	},
	{
		.name = "stp_root_guard",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(stp_root_guard),
		.dflt = "false",
		.arg = "BOOL",
		.help = "take no root from here: discard while a better one is heard",
	},
	{.name = NULL},
};

/* The VLANs of a port are given in one of three ways. */
static int check_vlans(const struct sw_port_set *set, struct err *e)
{
	const char *trunk = !vidset_empty(&set->trunk)	    ? "trunk"
			    : !vidset_empty(&set->untagged) ? "untagged"
			    : set->native		    ? "native"
							    : NULL;
	const char *first = set->access ? "access" : trunk;
	const char *other = set->dot1q_tunnel ? "dot1q_tunnel" : trunk;

	if (!first || !other || first == other)
		return 0;
	return err_set(
		e, EINVAL,
		"the port has both %s and %s, which exclude each other: set one of them to its "
		"default",
		first, other);
}

int sw_port_set_check(const struct sw_port_set *set, struct err *e)
{
	int rc = check_vlans(set, e);

	if (rc)
		return rc;
	if (set->dot1q_tunnel && strcmp(set->admit, "all") != 0)
		return err_set(
			e, EINVAL,
			"a port with dot1q_tunnel looks at no tags, so admit can only be all");
	const struct stp_port_cfg stp = sw_stp_port_cfg(set);
	return stp_port_cfg_check(&stp, e);
}

int sw_settings_check(const struct sw_settings *set, struct err *e)
{
	const struct stp_cfg stp = sw_stp_cfg(set);

	return stp_cfg_check(&stp, e);
}
