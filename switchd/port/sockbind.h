/* SPDX-License-Identifier: ISC */
/*
 * sockbind.h - the socket at which a port waits for peers: its address, and who may come.
 */
#ifndef PORT_SOCKBIND_H
#define PORT_SOCKBIND_H

#include "port/datapath.h"
#include "port/sockpath.h"

/*
 * A non-blocking socket of this type bound to `address`, as a person writes it ("unix:/path", "unix:@name", an
 * endpoint): SOCK_STREAM, which listens, or SOCK_DGRAM, which tells who sends (SO_PASSCRED).  Frames are forwarded while the file system is asked.
 * mode: "" = 0600, or 0660 where there is a group; group: "" = leave.  *path is the name that was made, to be
 * given back with sockpath_remove(); its path is "" where there is none.  Returns the descriptor, or -errno
 * with *e.
 */
int sockbind(struct datapath *dp, int type, const char *address, const char *mode,
	     const char *group, struct sockpath *path, struct err *e);

/* Gives a name that is ours another mode and group; as above.  0, or -errno with *e. */
int sockbind_change(struct datapath *dp, const struct sockpath *path, const char *mode,
		    const char *group, struct err *e);

/* Buffers of so many bytes for what is sent and what is received, or as near to that as we may; 0 = leave. */
void sockbind_buffers(int fd, int send, int receive);

#endif
