/* SPDX-License-Identifier: ISC */
/* commands_help.c - what there is to know. */
#include "commands.h"

const struct command commands_help[] = {
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
