/* SPDX-License-Identifier: ISC */
/*
 * vm.h - virtual machines of a lab: QEMU, each of its cards a socket that a `stream` port connects to.
 *
 * What a machine writes to its serial line is kept in DIR/vm-NAME.log, and who wants to use it connects to DIR/vm-NAME.console.
 * All functions are called in the lab (keeper_enter()).
 */
#ifndef CLI_LAB_VM_H
#define CLI_LAB_VM_H

#include "lab/model.h"
#include "lab/state.h"

/* Starts it and writes it down.  0, or a status with *f filled. */
int vm_start(struct lab_state *s, const struct lab_vm *vm, struct fail *f);

/* Ends it: with SIGTERM QEMU writes down what of its disks it has not. */
void vm_end(struct lab_state *s, const char *name);

const char *vm_console(const struct lab_state *s, const char *name, char out[UNIX_PATH_SIZE]);

#endif
