/* SPDX-License-Identifier: ISC */
/*
 * job.h - a program that stands for this process: what is done to one is done to the other.
 *
 * Who calls waits for a program, itself the job that a shell knows of.  Signals that somebody sends to the waiting process have to reach
 * the program, whose end and stop have to be its own.  What the keys of a terminal send the kernel tells the program itself, so that is
 * not passed on.  A program with job control of its own, as a shell, moves to another process group and has the terminal: when it stops
 * nobody else does, and when it ends the terminal is nobody's.
 */
#ifndef CLI_LAB_JOB_H
#define CLI_LAB_JOB_H

#include <sys/types.h>

/*
 * Keeps these signals back: from before the program is started, so that none ends this process, and the program with it, while there
 * is nobody yet to pass it on to.  Until job_forward(), or job_release(), which the program calls as well.
 */
void job_hold(void);
void job_release(void);

/* Passes SIGINT, SIGQUIT, SIGTERM and SIGHUP that others send to this process on to pid; those it ignored it still does. */
void job_forward(pid_t pid);

/*
 * Waits for the end of pid, a child, and stops when it does.  Returns its exit status, or 128 and the signal that ended
 * it; -1 where there is no such child.
 */
int job_wait(pid_t pid);

/* The process group that has the terminal at standard input, if it is this process's, else 0; and gives it back. */
pid_t job_terminal(void);
void job_terminal_back(pid_t group);

#endif
