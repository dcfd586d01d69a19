/* SPDX-License-Identifier: ISC */
/* commands_watch.c - what shows things as they happen. */
#include "commands.h"
#include "monitor.h"

static const struct option monitor_options[] = {
	{
		.name = "events",
		.arg = "LIST",
		.value = VALUE_EVENTS,
		.help = "only these, with commas between: names like mac.moved, or groups: port, mac, table, stp, loop, neighbor, storm, group, binding, guard, switch, config",
	},
	PORT_OPTION("only what happens at this port"),
	{
		.name = "mac",
		.arg = "MAC",
		.value = VALUE_MAC,
		.param = true,
		.help = "only what happens to this address",
	},
	VLAN_OPTION("only of this VLAN; 0 is untagged"),
	{
		.name = "time",
		.arg = "FORMAT",
		.value = VALUE_CHOICE,
		.words = MONITOR_TIMES,
		.help = "how times are written; default clock. passed: seconds since the event before",
	},
	{
		.name = "count",
		.arg = "NUMBER",
		.value = VALUE_COUNT,
		.help = "end after so many events",
	},
	{.name = NULL},
};

static const struct option top_options[] = {
	{
		.name = "interval",
		.arg = "SECONDS",
		.value = VALUE_SECONDS,
		.help = "so far apart (0.1 or more); default 1; keys + and - change it",
	},
	{.name = NULL},
};

const struct command commands_watch[] = {
	{
		.words = "top",
		.summary = "a live picture of a switch: rates of its ports, drops, what happens",
		.example = "swctl top\n"
			   "swctl top --switch sw1 --interval 0.5",
		.run = top_run,
		.options = top_options,
		.flags = CMD_SWITCH,
	},
	{
		.words = "monitor",
		.summary = "print what happens, one event a line, until Ctrl-C",
		.example = "swctl monitor --events mac.moved,port\n"
			   "swctl monitor --port h1 --time passed",
		.run = monitor_run,
		.options = monitor_options,
		.flags = CMD_SWITCH,
	},
	{.words = NULL},
};
