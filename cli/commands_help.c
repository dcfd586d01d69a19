/* SPDX-License-Identifier: ISC */
/* commands_help.c - what there is to know. */
#include "commands.h"

const struct command commands_help[] = {
	{
		.words = "explain",
		.summary = "what a word of the switch means, what brings it about, what to do",
		.example = "swctl explain not_in_vlan\n"
			   "swctl explain mac",
		.run = explain_run,
		.operands =
			{{.name = "word",
			  .arg = "WORD",
			  .value = VALUE_WORD,
			  .optional = true,
			  .help = "a reason for a drop, an event or a group of them, a state or "
				  "role of a port; left out: all of them"}},
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
