/* SPDX-License-Identifier: ISC */
/*
 * service.h - being a daemon: the background, the pid file, and what systemd wants to know.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>

#include "util/err.h"
#include "util/identity.h"

/*
 * Goes into the background.  The caller of switchd gets its prompt back, and the exit status, when
 * service_ready() is called or the process ends.  Returns 0 in the background, or -errno.
 */
int service_detach(int *ready_fd, struct err *e);

/*
 * Tells whoever waits (ready_fd, -1 = nobody) that the daemon serves now, and lets go of the terminal;
 * of stderr not where that is where the log goes.
 */
void service_ready(int ready_fd, bool keep_stderr);

/*
 * Writes the pid to `path` and keeps the file locked, so that a second daemon with the same file is
 * refused and a file left by a dead one is not in the way.  A file that holds anything but a
 * process id is somebody else's and refused.  Returns a descriptor to keep, or
 * -errno.
 */
int service_pidfile(const char *path, struct err *e);

/*
 * What addresses of switches are made of, so that they are the same each time: this machine, by its machine-id(5), and
 * `place`, the absolute path of the control socket.  Without a machine-id nothing is known.
 */
void service_identity(const char *place, struct identity *id);

/* Tells systemd: "READY=1", "STOPPING=1"...  Does nothing where it does not listen (sd_notify(3)).
 */
void service_notify(const char *state);

#endif
