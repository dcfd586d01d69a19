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
 * is locked against others who do the same until the caller, after binding and listening, closes it; or -errno
 * with *e filled: -EBUSY where somebody else keeps it locked.  `instead` ends the sentence "the path is taken; ":
 * what to do about it.
 */
int sockpath_claim(const char *path, int type, const char *instead, struct err *e);

/* A name that is ours. */
struct sockpath {
	char path[UNIX_PATH_SIZE]; /* "" = none */
	dev_t dev;
	ino_t ino;
};

struct sockpath_rights {
	mode_t mode; /* (mode_t)-1 = leave, and so below */
	uid_t uid;
	gid_t gid;
};

/*
 * What the settings mode and group stand for, uid left as it is.  mode: octal digits; "" = 0600, or 0660 where
 * there is a group.  group: a name or number; "" = leave.  0, or -ENOENT with *e where there is no such group.
 */
int sockpath_rights_of(const char *mode, const char *group, struct sockpath_rights *r,
		       struct err *e);

/*
 * Gives a file of ours other rights.  Others may write to the directory it is in, so it is looked at first, and
 * then meant by a descriptor and not by its name: -EPERM where it is not of this type (S_IFSOCK, S_IFDIR), belongs
 * to somebody else or has other names too.  0, or -errno.
 */
int sockpath_give(const char *path, mode_t type, const struct sockpath_rights *r);

/* Binds fd to path, which nobody else may use before it is given other rights.  -errno with *e. */
int sockpath_bind(struct sockpath *s, int fd, const char *path, struct err *e);

/*
 * Claims path, binds fd, a socket of that type, and listens where that can be done; nobody can connect before
 * the rights are as they should.  On an error nothing is left behind.
 */
int sockpath_open(struct sockpath *s, int fd, int type, const char *path,
		  const struct sockpath_rights *r, struct err *e);

/* Gives a name that is ours other rights. */
int sockpath_allow(const struct sockpath *s, const struct sockpath_rights *r, struct err *e);

/*
 * A descriptor (O_PATH) of the socket that user `uid` says is his, or -errno with *e, a sentence in which it is
 * "its socket": -ENOTSOCK where it is none, -EACCES where it belongs to another user.  Whoever may have us send
 * somewhere could else have us, who may be root, write to what he may not.
 */
int sockpath_find(const char *path, uid_t uid, struct err *e);

/* Connects fd to the socket that `file` is a descriptor of, whatever its name is by now.  0, or -errno. */
int sockpath_connect(int fd, int file, const char *path);

/* Removes the name, unless somebody else has it by now. */
void sockpath_remove(struct sockpath *s);

/* Is the name still there, and ours? */
bool sockpath_is_there(const struct sockpath *s);

#endif
