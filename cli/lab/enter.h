/* SPDX-License-Identifier: ISC */
/*
 * enter.h - code that runs in a host of a lab.
 */
#ifndef CLI_LAB_ENTER_H
#define CLI_LAB_ENTER_H

#include <sys/types.h>

#include "lab/env.h"
#include "lab/state.h"

enum {
	ENTER_OWN_GROUP =
		1, /* a process group of its own, whose number is the child's, ended with us: lab_env.start */
	ENTER_JOB =
		2, /* it stands for us, which job_forward() and job_wait() do the rest of; ended with us */
};

/*
 * Runs fn(arg) in all namespaces of the host, in a child process that ends with what it returns.  Returns the child's number, to be
 * waited for; -1 with *f filled where the host does not run.  Where it is gone by then, the child ends with LAB_ENV_GONE.
 */
pid_t enter_start(const struct lab_state *s, const char *host, unsigned flags, int (*fn)(void *),
		  void *arg, struct fail *f);

/* Waits for it: its exit status, or 128 and the signal that ended it, as shells have it. */
int enter_wait(pid_t pid);

/* What the checks of the lab are carried out with: s has to outlive it. */
void enter_env(struct lab_env *env, struct lab_state *s);

#endif
