/* SPDX-License-Identifier: ISC */
/*
 * born.h - processes of a lab: they outlive the command that starts them.
 *
 * The first process of a lab, and that of each of its hosts, is the first of a pid namespace.  When it ends the kernel kills all
 * others of that, and network namespaces, devices and mounts that only they had go with them.  Nothing has to
 * be cleaned up that way, so nothing can be forgotten.  Others, switchd and QEMU and commands, are started in one of those.
 *
 * What must not be is a process that nobody knows of.  So it waits, when it is ready, until its number is written down;
 * when who started it ends before, it does too.
 *
 * Whose child it is matters: who dies is a zombie until its parent asks, and the namespace is not gone before.  A process
 * whose parent has ended is the first's of that parent's pid namespace, so the parent has to be one of the lab's: there are two processes
 * between who starts it and itself, the second of which is in there.
 */
#ifndef CLI_LAB_BORN_H
#define CLI_LAB_BORN_H

#include "lab/proc.h"
#include "util/err.h"

struct born_how {
	int pidfd; /* of whom to join... */
	int enter; /* ...in these namespaces (CLONE_NEW...); 0 = none */
	int make;  /* and new ones to make */
	int log;   /* descriptor that what it says goes to; 0 = nobody hears */
	int mark;  /* descriptor of a file that it has locked while it lives (fcntl(2)); 0 = none */
	const char *dir;			  /* where it begins, if that is there; NULL = / */
	int (*prepare)(void *arg, struct err *e); /* called in there; may be NULL */
	void *arg;
	/* What it becomes then: a program, looked for in $PATH; or, NULL, a first process of that name: lab_init_main(). */
	char *const *argv;
	const char *lab, *host; /* "" = the lab's own */
};

struct born {
	struct proc proc;
	int pidfd;
	int line; /* to it */
};

/* Starts it; what becomes of it born_await() tells.  0 or -errno with *e filled. */
int born_start(struct born *b, const struct born_how *how, struct err *e);

/* Waits until it is ready, and then b->proc and b->pidfd are its.  Else -errno with *e filled: there is none. */
int born_await(struct born *b, struct err *e);

/*
 * It is written down, and may go on: 0, and b->pidfd is the caller's; or -errno with *e filled where the program could not be
 * run, and then there is none.
 */
int born_go(struct born *b, struct err *e);

/* It is not wanted any more. */
void born_drop(struct born *b);

/* The first argument of a first process. */
#define LAB_INIT_COMMAND "lab-init"

/*
 * What that does: it reaps orphans.  With SIGTERM it passes that on to all of its namespace, gives them a moment,
 * and ends; that of a lab also when its mark has no name any more.  Returns the exit status.
 */
int lab_init_main(const char *host);

#endif
