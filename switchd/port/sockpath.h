/* SPDX-License-Identifier: ISC */
/*
 * sockpath.h - names of Unix sockets in the file system: taking one over safely, and giving it back.
 *
 * These functions touch the file system and may ask a directory service for a group: call them through
 * datapath_await() where frames flow.
 */
#ifndef PORT_SOCKPATH_H
#define PORT_SOCKPATH_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "util/address.h"
#include "util/err.h"

/*
 * Makes sure that path can be bound by a socket of this type (SOCK_STREAM, SOCK_DGRAM): removes a socket
 * whose owner is gone, makes a missing last directory.  Returns a descriptor of the directory, which
 * is locked against others who do the same until the caller, after binding, closes it; or -errno with *e
 * filled.  `instead` ends the sentence "the path is taken; ": what to do about it.
 */
int sockpath_claim(const char *path, int type, const char *instead, struct err *e);

/* A name that is ours. */
struct sockpath {
	char path[UNIX_PATH_SIZE]; /* "" = none */
	dev_t dev;
	ino_t ino;
};

struct sockpath_rights {
	mode_t mode;
	const char *group; /* name or gid; NULL or "" = leave */
};

/* "0660" as a mode; -EINVAL where it is none. */
int sockpath_mode(const char *text, mode_t *mode);

/*
 * Claims path and binds fd, a socket of that type, to it; nobody can connect before the rights are as
 * they should.  On an error nothing is left behind.
 */
int sockpath_bind(struct sockpath *s, int fd, int type, const char *path,
		  const struct sockpath_rights *r, struct err *e);

/* Gives a name that is ours other rights. */
int sockpath_allow(const struct sockpath *s, const struct sockpath_rights *r, struct err *e);

/* Removes the name, unless somebody else has it by now. */
void sockpath_remove(struct sockpath *s);

/* Is the name still there, and ours? */
bool sockpath_is_there(const struct sockpath *s);

#endif
