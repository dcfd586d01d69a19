/* SPDX-License-Identifier: ISC */
/* commands_config.c - configurations as a whole. */
#include "commands.h"

const struct command commands_config[] = {
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
	{.words = NULL},
};
