/* SPDX-License-Identifier: ISC */
/*
 * aside.h - one thread for what takes long in one piece: a system call that waits for the kernel's
 * rtnl lock, a library that parses a megabyte.
 *
 * Whoever asks does wait for it, but frames do not: see datapath_await(), the only caller.
 */
#ifndef PORT_ASIDE_H
#define PORT_ASIDE_H

#include <stdbool.h>
#include <uv.h>

#include "port/poller.h"
#include "util/err.h"

struct aside {
	uv_thread_t thread;
	uv_sem_t asked;
	struct source done;   /* an eventfd: tells the poller */
	int (*fn)(void *arg); /* NULL asks the thread to end */
	void *arg;
	int rc;
	bool busy;
};

/* Starts the thread; its end of a job is seen through p. */
int aside_open(struct aside *a, struct poller *p, struct err *e);
void aside_close(struct aside *a, struct poller *p);

/* Has fn(arg) called in the thread.  a->busy is cleared, and a->rc set, by the poller when it is over. */
void aside_start(struct aside *a, int (*fn)(void *arg), void *arg);

#endif
