/* SPDX-License-Identifier: ISC */
/*
 * commands.c - the table of commands, in the order in which --help lists them.
 *
 * The commands of one verb stand together.
 */
#include "ctx.h"

/* The operands and options that several commands share. */
/* clang-format off */
#define PORT_NEW    {.name = "port", .arg = "NAME", .value = VALUE_NAME, .param = true, \
		     .help = "the name the port gets"}
#define PORT_WORD(word) {.name = "port", .arg = word, .value = VALUE_PORT, .param = true, \
		     .help = "the port's name"}
#define PORT_OPTION(text) {.name = "port", .arg = "NAME", .value = VALUE_PORT, .param = true, \
		     .help = text}
#define STP_PORT(text) {.name = "port", .arg = "PORT", .value = VALUE_PORT, .optional = true, \
		     .help = "all about this port; " text}
#define SWITCH_NEW  {.name = "switch", .arg = "NAME", .value = VALUE_NAME, .param = true, \
		     .help = "the name the switch gets"}
#define SWITCH_WORD {.name = "switch", .arg = "NAME", .value = VALUE_SWITCH, .param = true, \
		     .help = "the switch's name"}
#define SWITCH_MAYBE {.name = "switch", .arg = "NAME", .value = VALUE_SWITCH, .param = true, \
		     .letter = 's', .optional = true, \
		     .help = "the switch's name; may be left out where there is one"}
#define MAC_WORD    {.name = "mac", .arg = "MAC", .value = VALUE_MAC, .param = true, \
		     .help = "the address, like 02:00:00:00:00:01"}
#define GROUP_WORD  {.name = "group", .arg = "GROUP", .value = VALUE_GROUP, .param = true, \
		     .help = "the group's address, like 239.1.2.3 or ff05::1"}
#define IP_WORD     {.name = "ip", .arg = "IP", .value = VALUE_IP, .param = true, \
		     .help = "its IPv4 address, like 192.0.2.7"}
#define VLAN_OPTION(text) {.name = "vlan", .arg = "VID", .value = VALUE_VLAN, .param = true, \
		     .help = text}
#define VID_WORD    {.name = "vlan", .arg = "VID", .value = VALUE_VID, .param = true, \
		     .help = "the VLAN's number, 1 to 4094"}
#define FILE_WORD   {.name = "file", .arg = "FILE", .value = VALUE_FILE, \
		     .help = "a configuration in JSON; - reads standard input"}
/* clang-format on */

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

static const struct option of_port_options[] = {
	PORT_OPTION("only this port"),
	{.name = NULL},
};

static const struct option add_port_options[] = {
	{
		.name = "type",
		.arg = "TYPE",
		.value = VALUE_TYPE,
		.param = true,
		.help = "the kind of port; default: tap",
	},
	{.name = NULL},
};

static const struct option mac_options[] = {
	VLAN_OPTION("in this VLAN; default 0, untagged"),
	{.name = NULL},
};

static const struct option group_options[] = {
	VLAN_OPTION("in this VLAN; default: that of the port's untagged frames"),
	{.name = NULL},
};

static const struct option binding_options[] = {
	VLAN_OPTION("in this VLAN; default: that of the port's untagged frames"),
	{.name = NULL},
};

static const struct option del_binding_options[] = {
	VLAN_OPTION("in this VLAN; default: 1, or none where the switch knows none"),
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

static const struct option add_mac_options[] = {
	VLAN_OPTION("in this VLAN; default 0, untagged"),
	{
		.name = "remote",
		.arg = "ADDRESS",
		.value = VALUE_REMOTE,
		.param = true,
		.help = "behind this remote of a vxlan port; default: whichever it is heard from",
	},
	{.name = NULL},
};

static const struct option flush_options[] = {
	PORT_OPTION("only what was learned from this port"),
	VLAN_OPTION("only this VLAN; 0 is untagged"),
	{.name = NULL},
};

static const struct option monitor_options[] = {
	{
		.name = "events",
		.arg = "LIST",
		.value = VALUE_EVENTS,
		.help = "only these, with commas between: names like mac.moved, or groups: port, mac, table, stp, loop, neighbor, group, binding, guard, switch, config",
	},
	{
		.name = "count",
		.arg = "NUMBER",
		.value = VALUE_COUNT,
		.help = "end after so many events",
	},
	{.name = NULL},
};

const struct command commands[] = {
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
		.words = "show vlans",
		.summary = "the VLANs: their names, and which ports are in them",
		.example = "swctl show vlans",
		.run = show_vlans,
		.flags = CMD_SWITCH | CMD_WATCH,
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
	{
		.words = "add port",
		.summary = "make a port on a switch",
		.example = "swctl add port h1 --netns h1 --mtu 9000",
		.run = add_port,
		.operands = {PORT_NEW},
		.options = add_port_options,
		.flags = CMD_SWITCH | CMD_PORT_SETTINGS,
	},
	{
		.words = "add switch",
		.summary = "make a switch",
		.example = "swctl add switch sw1 --ageing_s 60",
		.run = add_switch,
		.operands = {SWITCH_NEW},
		.flags = CMD_SWITCH_SETTINGS,
	},
	{
		.words = "add mac",
		.summary = "add a static address, or make a learned one static",
		.example = "swctl add mac 02:00:00:00:00:01 h1 --vlan 10",
		.run = add_mac,
		.operands = {MAC_WORD, PORT_WORD("PORT")},
		.options = add_mac_options,
		.flags = CMD_SWITCH,
	},
	{
		.words = "add group",
		.summary = "have a port get a multicast group, whatever is heard there",
		.example = "swctl add group 239.1.2.3 h1\n"
			   "swctl add group ff05::1:3 uplink --vlan 10",
		.run = add_group,
		.operands = {GROUP_WORD, PORT_WORD("PORT")},
		.options = group_options,
		.flags = CMD_SWITCH,
	},
	{
		.words = "add binding",
		.summary = "a station that has an address whatever DHCP says",
		.example = "swctl add binding 02:00:00:00:00:fe 10.0.0.1 h1\n"
			   "swctl add binding 02:00:00:00:00:fe 10.0.0.1 uplink --vlan 10",
		.run = add_binding,
		.operands = {MAC_WORD, IP_WORD, PORT_WORD("PORT")},
		.options = binding_options,
		.flags = CMD_SWITCH,
	},
	{
		.words = "del port",
		.summary = "remove a port from its switch",
		.example = "swctl del port h1",
		.run = del_port,
		.operands = {PORT_WORD("NAME")},
		.flags = CMD_SWITCH,
	},
	{
		.words = "del switch",
		.summary = "remove a switch and all its ports",
		.example = "swctl del switch sw1",
		.run = del_switch,
		.operands = {SWITCH_WORD},
	},
	{
		.words = "del mac",
		.summary = "forget one address, static, sticky or learned",
		.example = "swctl del mac 02:00:00:00:00:01",
		.run = del_mac,
		.operands = {MAC_WORD},
		.options = mac_options,
		.flags = CMD_SWITCH,
	},
	{
		.words = "del group",
		.summary = "take a port out of a group that it was put into",
		.example = "swctl del group 239.1.2.3 h1",
		.run = del_group,
		.operands = {GROUP_WORD, PORT_WORD("PORT")},
		.options = group_options,
		.flags = CMD_SWITCH,
	},
	{
		.words = "del binding",
		.summary = "end a binding of a station to an address, learned or set",
		.example = "swctl del binding 02:00:00:00:00:fe 10.0.0.1",
		.run = del_binding,
		.operands = {MAC_WORD, IP_WORD},
		.options = del_binding_options,
		.flags = CMD_SWITCH,
	},
	{
		.words = "set port",
		.summary = "change settings of a port; the value \"default\" takes one back",
		.example = "swctl set port h1 --mtu 9000 --max_macs default\n"
			   "swctl set port h1 --access 10\n"
			   "swctl set port uplink --trunk 10,20-29 --native 1",
		.run = set_port,
		.operands = {PORT_WORD("NAME")},
		.flags = CMD_SWITCH | CMD_PORT_SETTINGS,
	},
	{
		.words = "set switch",
		.summary = "change settings of a switch; the value \"default\" takes one back",
		.example = "swctl set switch sw0 --link_local forward",
		.run = set_switch,
		.operands = {SWITCH_MAYBE},
		.flags = CMD_SWITCH_SETTINGS,
	},
	{
		.words = "set vlan",
		.summary = "change settings of a VLAN; the value \"default\" takes one back",
		.example = "swctl set vlan 10 --name office",
		.run = set_vlan,
		.operands = {VID_WORD},
		.flags = CMD_SWITCH | CMD_VLAN_SETTINGS,
	},
	{
		.words = "reopen",
		.summary = "open a port that a defence of its own has shut or blocked",
		.example = "swctl reopen h1",
		.run = reopen_port,
		.operands = {PORT_WORD("PORT")},
		.flags = CMD_SWITCH,
	},
	{
		.words = "mcheck",
		.summary = "try RSTP again on a port that has fallen back to STP",
		.example = "swctl mcheck h1",
		.run = mcheck_port,
		.operands = {PORT_WORD("PORT")},
		.flags = CMD_SWITCH,
	},
	{
		.words = "flush macs",
		.summary = "forget learned addresses; static and sticky ones stay",
		.example = "swctl flush macs --port h1",
		.run = flush_macs,
		.options = flush_options,
		.flags = CMD_SWITCH,
	},
	{
		.words = "release",
		.summary = "forget the sticky addresses of a port, so that others may come",
		.example = "swctl release h1",
		.run = release_port,
		.operands = {PORT_WORD("PORT")},
		.flags = CMD_SWITCH,
	},
	{
		.words = "clear stats",
		.summary = "set counters back to zero",
		.example = "swctl clear stats --port h1",
		.run = clear_stats,
		.options = of_port_options,
		.flags = CMD_SWITCH,
	},
	{
		.words = "monitor",
		.summary = "print what happens, one event a line, until Ctrl-C",
		.example = "swctl monitor --events mac.moved,port",
		.run = monitor_run,
		.options = monitor_options,
		.flags = CMD_SWITCH,
	},
	{
		.words = "apply",
		.summary =
			"make the daemon run this configuration: all of it or, on an error, nothing",
		.example = "swctl apply switchd.json",
		.run = config_apply,
		.operands = {FILE_WORD},
	},
	{
		.words = "diff",
		.summary = "what apply would change",
		.example = "swctl diff switchd.json",
		.run = config_diff,
		.operands = {FILE_WORD},
	},
	{
		.words = "check",
		.summary = "is this configuration valid? changes nothing",
		.example = "swctl check switchd.json",
		.run = config_check,
		.operands = {FILE_WORD},
	},
	{
		.words = "explain",
		.summary = "what a reason for dropping frames means",
		.example = "swctl explain runt",
		.run = explain_reasons,
		.operands = {{.name = "reason",
			      .arg = "REASON",
			      .value = VALUE_REASON,
			      .param = true,
			      .optional = true,
			      .help = "left out: all of them"}},
	},
	{
		.words = "version",
		.summary = "the versions of swctl and of the running daemon",
		.example = "swctl version --json",
		.run = show_version,
	},
	{
		.words = "help",
		.summary = "how to use a command",
		.example = "swctl help add port",
		.run = help_run,
		.operands = {{.name = "command",
			      .arg = "COMMAND",
			      .value = VALUE_COMMAND,
			      .optional = true,
			      .help = "its words, or port-types, or port and a kind of port; left "
				      "out: all commands"}},
		.flags = CMD_ANY_WORDS,
	},
	{.words = NULL},
};
