/* SPDX-License-Identifier: ISC */
/*
 * help.h - how to use a command, made from the table of commands.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "ctx.h"

/* The page of a command, of a verb with several nouns, or of swctl as a whole. */
int help_words(struct ctx *ctx, char **words, size_t n);

/* The version of this program, without asking the daemon. */
int help_version(struct ctx *ctx);

#endif
