/* SPDX-License-Identifier: ISC */
/*
 * vde.h - how a client of a VDE switch asks for a port, and is answered.
 *
 * The client connects to DIR/ctl, sends one request and reads one answer; both are packed structs in the
 * byte order of the host, which both are on.
 *
 *	version 3		version 1
 *	u32 0xfeedface		u32 0xfeedface
 *	u32 3			i32 type
 *	i32 type		u8[6] an address, not used
 *	sockaddr_un		sockaddr_un	where the client receives frames
 *	description		description	up to 128 bytes, not terminated
 *
 * The low byte of `type` is 0 for a port, or 1 for one without a number (the client asked for port 0);
 * what is above is the number of the port, 0 where any will do.  A type of version 1 is below 2, which is
 * how the versions are told apart, so it has no number.
 *
 * The answer is a bare sockaddr_un: where the switch receives frames.  (vde-2, src/vde_switch/datasock.c and
 * src/lib/libvdeplug.c; as seen from vde_plug of libvdeplug 4.0.1.)
 */
#ifndef CORE_VDE_H
#define CORE_VDE_H

#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

enum {
	VDE_PATH_SIZE = 108,		 /* sun_path */
	VDE_ADDRESS = 2 + VDE_PATH_SIZE, /* struct sockaddr_un of Linux */
	VDE_DESCRIPTION = 128,
	VDE_REQUEST_MAX = 4 + 4 + 6 + VDE_ADDRESS + VDE_DESCRIPTION,
	VDE_NUMBER_MAX = 9999, /* of a port; ours, the format has room for more */
};

struct vde_request {
	unsigned version;
	unsigned number;		       /* of the port that is asked for; 0 = any */
	char path[VDE_PATH_SIZE + 1];	       /* where the client receives; begins with '/' */
	char description[VDE_DESCRIPTION + 1]; /* fit to be shown; "" = none */
};

/*
 * What has come of a request.  Returns 0 with *r filled; -EAGAIN where more has to come; -EINVAL or
 * -EPROTONOSUPPORT, with *e saying what is wrong with it, where it never will be one.
 *
 * The format does not say how long the description is: whatever has come of it is taken.
 */
int vde_request_parse(const uint8_t *bytes, size_t len, struct vde_request *r, struct err *e);

/* The answer: frames go to `path`, which has less than VDE_PATH_SIZE characters. */
void vde_answer(const char *path, uint8_t out[VDE_ADDRESS]);

#endif
