/* SPDX-License-Identifier: ISC */
/*
 * commands.c - the tables of commands, in the order in which --help lists them.
 *
 * A verb that several tables have, as "show", is offered once, where it stands first.
 */
#include "commands.h"

/* clang-format off */
static const struct command *const tables[] = {
	commands_show,
	commands_change,
	commands_watch,
	commands_capture,
	commands_trace,
	commands_config,
	commands_lab,
	commands_help,
};
/* clang-format on */

enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

static const struct command *last_of(const struct command *table)
{
	while (table[1].words)
		table++;
	return table;
}

const struct command *command_next(const struct command *cmd)
{
	if (!cmd)
		return tables[0];
	if (cmd[1].words)
		return cmd + 1;
	for (size_t t = 0; t + 1 < TABLES; t++)
		if (last_of(tables[t]) == cmd)
			return tables[t + 1];
	return NULL;
}
