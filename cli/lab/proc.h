/* SPDX-License-Identifier: ISC */
/*
 * proc.h - processes that outlive the command that started them, and are found again by a later one.
 *
 * A number alone says nothing: by the time somebody asks, it may be another process's.  With the time at which the process began it is
 * unmistakable, and a descriptor of it (pidfd_open(2)) stays so while it is held: nothing here signals or enters by number.
 */
#ifndef CLI_LAB_PROC_H
#define CLI_LAB_PROC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct proc {
	pid_t pid; /* 0 = none */
	uint64_t
		start; /* when it began, in clock ticks since the machine did: field 22 of /proc/PID/stat */
};

/* The process of that number, as it is now; pid is 0 where there is none. */
struct proc proc_of(pid_t pid);

/* A descriptor of it, close-on-exec, or -1 where it is no more.  One that is just ending is waited for. */
int proc_open(const struct proc *p);

/* Has the process behind the descriptor ended?  Waits so long for it at most; 0 = asks. */
bool proc_ended(int pidfd, int timeout_ms);

/*
 * Ends it: SIGTERM, and SIGKILL where it is still there after grace_ms.  Waits until it is gone; true where it is.
 */
bool proc_end(int pidfd, int grace_ms);

/* {"pid": 12, "start": 3456}, a new reference; and back, pid 0 where v is no such thing. */
json_t *proc_json(const struct proc *p);
struct proc proc_from_json(const json_t *v);

/* For a child: signals do what they do in a program that has just been started, whatever an ancestor had them do. */
void proc_reset_signals(void);

#endif
