/* SPDX-License-Identifier: ISC */
/*
 * watch.h - the one wrapper over uv_poll.
 *
 * libuv stops a poll handle for good when the descriptor shows POLLERR alone (1.44 reports EBADF
 * and leaves the handle inactive).  For some descriptors that is the end (a deleted tap), for
 * others it is weather (a UDP peer that is not there yet).  Here the owner is asked, and watching
 * goes on if he says so.
 */
#ifndef PORT_WATCH_H
#define PORT_WATCH_H

#include <stdbool.h>
#include <uv.h>

#include "util/err.h"

struct watch {
	uv_poll_t *poll; /* NULL = not watching; freed by the loop after it was closed */
	void *owner;
	/* The descriptor can be read. */
	void (*readable)(void *owner);
	/* It shows an error.  Fetch it, and return true to go on watching. */
	bool (*failed)(void *owner);
};

/* Starts watching fd for input.  w's callbacks and owner are set by the caller. */
int watch_start(struct watch *w, uv_loop_t *loop, int fd, struct err *e);

/* Stops at once; fd may be closed right after.  Harmless where nothing is watched. */
void watch_stop(struct watch *w);

#endif
