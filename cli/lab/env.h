/* SPDX-License-Identifier: ISC */
/*
 * env.h - a lab that runs, as its checks see it: hosts in which code can be run, and a switchd that answers.
 *
 * Checks know no namespaces, pids and sockets.  Who keeps the lab running supplies these functions; tests supply others.
 */
#ifndef CLI_LAB_ENV_H
#define CLI_LAB_ENV_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "fail.h"

struct lab_env {
	/*
	 * Runs fn(fn_arg) in a child process that is in all namespaces of the host, with the capabilities that a root of that
	 * host has.  The child ends with what fn returns, by _exit(): nothing that the parent had buffered is written twice.  It
	 * inherits all descriptors, is in a process group of its own (its pid is the group's), has the usual disposition of all signals
	 * and none blocked, and dies with the parent (PR_SET_PDEATHSIG).
	 * Returns at once with its pid, for which the caller waits with waitpid(); many may run at a time, of one host too.
	 * Or -1 with *f filled: there is no such host, or it cannot be entered.  A host that is found to be gone only in
	 * the child ends it with 125.
	 */
	pid_t (*start)(void *arg, const char *host, int (*fn)(void *), void *fn_arg,
		       struct fail *f);

	/* Asks the lab's switchd, whose switches and ports have the names of the lab file; takes over params.  NULL with *f filled. */
	json_t *(*call)(void *arg, const char *method, json_t *params, struct fail *f);

	/* Waits so long; true where the person wants to stop instead (Ctrl-C). */
	bool (*pause)(void *arg, double seconds);

	void *arg;
};

enum { LAB_ENV_GONE = 125 }; /* how a child ends that could not enter its host */

#endif
