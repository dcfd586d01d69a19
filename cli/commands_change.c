/* SPDX-License-Identifier: ISC */
/* commands_change.c - what changes the running daemon, one thing at a time. */
#include "commands.h"

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

static const struct option flush_options[] = {
	PORT_OPTION("only what was learned from this port"),
	VLAN_OPTION("only this VLAN; 0 is untagged"),
	{.name = NULL},
};

static const struct option set_port_options[] = {
	{
		.name = "impair",
		.arg = "none",
		.value = VALUE_OFF,
		.help = "the link is good again: takes back delay, loss and all the like that is not given here",
	},
	{.name = NULL},
};

static const struct option of_port_options[] = {
	PORT_OPTION("only this port"),
	{.name = NULL},
};

const struct command commands_change[] = {
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
			   "swctl set port uplink --trunk 10,20-29 --native 1\n"
			   "swctl set port h1 --delay 20ms --jitter 5ms --loss 1%",
		.run = set_port,
		.operands = {PORT_WORD("NAME")},
		.options = set_port_options,
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
	{.words = NULL},
};
