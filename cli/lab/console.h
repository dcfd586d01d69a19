/* SPDX-License-Identifier: ISC */
/*
 * console.h - the serial line of a VM, at this terminal.
 */
#ifndef CLI_LAB_CONSOLE_H
#define CLI_LAB_CONSOLE_H

#include "lab/state.h"

/*
 * Joins standard input and output with the VM's line until Ctrl-] or the end of either.  A terminal is in raw mode meanwhile, so that
 * all other keys are the VM's.  0, or a status with *f filled.
 */
int console_run(const struct lab_state *s, const char *vm, struct fail *f);

#endif
