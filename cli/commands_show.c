/* SPDX-License-Identifier: ISC */
/* commands_show.c - what there is to see. */
#include "commands.h"

static const struct option show_macs_options[] = {
	PORT_OPTION("only what was learned from this port"),
	VLAN_OPTION("only this VLAN; 0 is untagged"),
	{
		.name = "mac",
		.arg = "MAC",
		.value = VALUE_MAC,
		.param = true,
		.help = "only this address",
	},
	{.name = NULL},
};

static const struct option show_groups_options[] = {
	PORT_OPTION("only groups of this port"),
	VLAN_OPTION("only this VLAN; 0 where the switch knows none"),
	{
		.name = "group",
		.arg = "GROUP",
		.value = VALUE_GROUP,
		.param = true,
		.help = "only this group",
	},
	{.name = NULL},
};

static const struct option show_bindings_options[] = {
	PORT_OPTION("only stations of this port"),
	VLAN_OPTION("only this VLAN; 0 where the switch knows none"),
	{
		.name = "mac",
		.arg = "MAC",
		.value = VALUE_MAC,
		.param = true,
		.help = "only this station",
	},
	{.name = NULL},
};

static const struct option of_port_options[] = {
	PORT_OPTION("only this port"),
	{.name = NULL},
};

const struct command commands_show[] = {
	{
		.words = "show macs",
		.summary = "the addresses in the table: where each is, and since when it is silent",
		.example = "swctl show macs --port h1 --vlan 10",
		.run = show_macs,
		.options = show_macs_options,
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show ports",
		.summary = "all ports: state, device, traffic",
		.example = "swctl show ports --watch 2",
		.run = show_ports,
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show port",
		.summary = "everything about one port, and why it is not up",
		.example = "swctl show port h1",
		.run = show_port,
		.operands = {PORT_WORD("NAME")},
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show stats",
		.summary = "the counters of the switch and of each port",
		.example = "swctl show stats --json",
		.run = show_stats,
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show drops",
		.summary = "which frames were dropped, how many, and why",
		.example = "swctl show drops --port h1",
		.run = show_drops,
		.options = of_port_options,
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show switches",
		.summary = "the switches: size, settings, counters",
		.example = "swctl show switches",
		.run = show_switches,
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show mirrors",
		.summary = "monitor ports, and whose frames they show",
		.example = "swctl show mirrors",
		.run = show_mirrors,
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show impair",
		.summary = "links that are bad: how, and what became of frames there",
		.example = "swctl show impair\n"
			   "swctl show impair h1",
		.run = show_impair,
		.operands =
			{{.name = "port",
			  .arg = "PORT",
			  .value = VALUE_PORT,
			  .param = true,
			  .optional = true,
			  .help = "all about the link of this port; default: all that are bad"}},
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show vlans",
		.summary = "the VLANs: their names, and which ports are in them",
		.example = "swctl show vlans",
		.run = show_vlans,
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show captures",
		.summary = "who captures frames: of which ports, how many, and how many were lost",
		.example = "swctl show captures",
		.run = show_captures,
		.flags = CMD_WATCH,
	},
	{
		.words = "show stp",
		.summary =
			"the spanning tree: its root, and the role and state of each port, or all about one",
		.example = "swctl show stp\n"
			   "swctl show stp h1",
		.run = show_stp,
		.operands = {STP_PORT("left out: the tree, and a line for each port")},
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show stp port",
		.summary = "of the spanning tree only the ports, or all about one",
		.example = "swctl show stp port\n"
			   "swctl show stp port h1",
		.run = show_stp_port,
		.operands = {STP_PORT("left out: a line for each")},
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show neighbors",
		.summary =
			"who is at the other end of each port, as they say by LLDP, or all they say at one",
		.example = "swctl show neighbors\n"
			   "swctl show neighbors uplink",
		.run = show_neighbors,
		.operands = {{.name = "port",
			      .arg = "PORT",
			      .value = VALUE_PORT,
			      .param = true,
			      .optional = true,
			      .help = "all they say at this port; left out: a line for each"}},
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show lldp",
		.summary = "what the switch says of itself by LLDP, and what was sent and received",
		.example = "swctl show lldp",
		.run = show_lldp,
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show groups",
		.summary = "multicast groups: which ports are in them, who asks, where routers are",
		.example = "swctl show groups\n"
			   "swctl show groups --port h1",
		.run = show_groups,
		.options = show_groups_options,
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show bindings",
		.summary = "which station has which IPv4 address where, by DHCP or as set",
		.example = "swctl show bindings\n"
			   "swctl show bindings --port h1",
		.run = show_bindings,
		.options = show_bindings_options,
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show guard",
		.summary = "what is watched in which VLANs, and what became of leases",
		.example = "swctl show guard",
		.run = show_guard,
		.flags = CMD_SWITCH | CMD_WATCH,
	},
	{
		.words = "show config",
		.summary = "what runs now, in the form of the configuration file",
		.example = "swctl show config > switchd.json",
		.run = show_config,
		.flags = CMD_WATCH,
	},
	{
		.words = "show version",
		.summary = "the versions of swctl and of the running daemon",
		.example = "swctl show version",
		.run = show_version,
		.flags = CMD_WATCH,
	},
	{.words = NULL},
};
