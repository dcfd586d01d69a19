/* SPDX-License-Identifier: ISC */
/* commands_watch.c - what shows things as they happen. */
#include "commands.h"

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

const struct command commands_watch[] = {
	{
		.words = "monitor",
		.summary = "print what happens, one event a line, until Ctrl-C",
		.example = "swctl monitor --events mac.moved,port",
		.run = monitor_run,
		.options = monitor_options,
		.flags = CMD_SWITCH,
	},
	{.words = NULL},
};
