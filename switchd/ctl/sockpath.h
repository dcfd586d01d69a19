/* SPDX-License-Identifier: ISC */
/*
 * sockpath.h - whose is the path of the control socket?
 */
#ifndef CTL_SOCKPATH_H
#define CTL_SOCKPATH_H

#include "util/err.h"

/*
 * Makes sure that `path` can be bound: its directory is there, nobody listens at it, and a socket
 * that a dead daemon left is gone.  Returns a descriptor that keeps other daemons out of the
 * directory until the caller has bound the path and closes it, or -errno with *e filled
 * (EADDRINUSE: another daemon serves it).
 */
int sockpath_claim(const char *path, struct err *e);

#endif
