/* SPDX-License-Identifier: ISC */
/*
 * aside.h - a thread for what takes long in one piece: a system call that waits for the kernel's
 * rtnl lock, a library that parses a megabyte.
 *
 * Whoever asks does wait for it, but frames do not: see datapath_await(), the only caller.
 *
 * The thread is there as long as it is needed and no longer: while a process has more than one, each
 * system call on a descriptor counts a reference up and down (fdget() in include/linux/file.h), which is
 * several percent of what a small frame costs.
 */
#ifndef PORT_ASIDE_H
#define PORT_ASIDE_H

#include <stdbool.h>
#include <uv.h>

#include "port/poller.h"
#include "util/err.h"

struct aside {
	uv_thread_t thread;
	struct source done; /* an eventfd: tells the poller */
	int (*fn)(void *arg);
	void *arg;
	int rc;
	bool busy;
	bool started; /* in a thread */
};

/* The end of a job is seen through p. */
int aside_open(struct aside *a, struct poller *p, struct err *e);
void aside_close(struct aside *a, struct poller *p);

/* Has fn(arg) called in a thread.  a->busy is cleared by the poller when it is over. */
void aside_start(struct aside *a, int (*fn)(void *arg), void *arg);

/* Then: returns what fn did. */
int aside_finish(struct aside *a);

#endif
