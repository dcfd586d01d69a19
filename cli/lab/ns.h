/* SPDX-License-Identifier: ISC */
/*
 * ns.h - processes in namespaces of their own: made, and entered.
 */
#ifndef CLI_LAB_NS_H
#define CLI_LAB_NS_H

#include <stdbool.h>
#include <sys/types.h>

#include "util/err.h"

/*
 * As fork(), into new namespaces (CLONE_NEW...).  With CLONE_NEWUSER who calls is root in there, and
 * nobody else is anybody.  In the child returns 0, in the parent its number and in *pidfd a descriptor of it; -errno with *e filled
 * where it could not be made, with what to do about it.
 */
pid_t ns_fork(int namespaces, int *pidfd, struct err *e);

/*
 * The calling process, which has one thread, enters those namespaces of the process behind pidfd; CLONE_NEWUSER among them only where
 * that is not its own.  Of a pid namespace only its children will be.  0 or -errno with *e filled.
 */
int ns_enter(int pidfd, int namespaces, struct err *e);

/* Is a plain user who calls, one who needs a user namespace? */
bool ns_needs_user(void);

#endif
