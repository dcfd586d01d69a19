/* SPDX-License-Identifier: ISC */
/*
 * where.h - where the control socket is if nobody says so.  swctl links it too.
 */
#ifndef CTL_WHERE_H
#define CTL_WHERE_H

#include "util/address.h"

/* Of the system's daemon. */
#define SOCKET_OF_SYSTEM "/run/switchd/switchd.sock"
/* Of a plain user's: in $XDG_RUNTIME_DIR. */
#define SOCKET_OF_USER "switchd/switchd.sock"

/*
 * Where a daemon that is started now serves: SOCKET_OF_SYSTEM, or SOCKET_OF_USER for who cannot write to
 * /run: a plain user, or the root of a user namespace.  Without XDG_RUNTIME_DIR (XDG Base Directory
 * Specification) it is the system's for all.  Returns out.
 */
const char *where_to_serve(char out[UNIX_PATH_SIZE]);

/* Where swctl looks for one: the user's own if there is one, else the system's.  Returns out. */
const char *where_to_ask(char out[UNIX_PATH_SIZE]);

#endif
