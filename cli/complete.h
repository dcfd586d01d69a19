/* SPDX-License-Identifier: ISC */
/*
 * complete.h - what could come next on the command line.
 *
 * The scripts in cli/completion/ only run `swctl __complete WORDS...`, the last word being the one
 * under the cursor, and hand the answer to their shell: a candidate a line, perhaps with a tab and
 * a description.  The line ":files" means "and names of files".  Anything that goes wrong, such as
 * a daemon that is not there, gives fewer candidates and no message.
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include <stddef.h>

#define COMPLETE_COMMAND "__complete"

int complete_run(size_t argc, char **argv);

#endif
