/* SPDX-License-Identifier: ISC */
#include "lab/proc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "js.h"

enum { KILLED_MS = 10000 }; /* a kernel that takes longer to end what was killed is stuck */

/* Fields of /proc/PID/stat: proc_pid_stat(5). */
enum { FIELD_STATE = 3, FIELD_FLAGS = 9, FIELD_START = 22 };

#define PF_EXITING 0x4u /* of the flags: include/linux/sched.h */

static bool read_field(pid_t pid, int wanted, unsigned long long *value)
{
	char path[64], text[1024];
	const char *at;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	/* the name in parentheses may have spaces and parentheses in it; behind it is a space and the state */
	at = strrchr(text, ')');
	for (int field = FIELD_STATE - 1; at && field < wanted; field++)
		at = strchr(at + 1, ' ');
	if (at)
		*value = strtoull(at + 1, NULL, 10);
	return at;
}

struct proc proc_of(pid_t pid)
{
	unsigned long long start;

	if (!read_field(pid, FIELD_START, &start))
		return (struct proc){.pid = 0};
	return (struct proc){.pid = pid, .start = start};
}

/*
 * Is it on its way out?  What takes long there is to let its namespaces go, and to wait for the others in a pid namespace that
 * it is the first of.
 */
static bool is_ending(pid_t pid)
{
	unsigned long long flags;

	return read_field(pid, FIELD_FLAGS, &flags) && flags & PF_EXITING;
}

int proc_open(const struct proc *p)
{
	int fd;

	if (p->pid <= 0)
		return -1;
	fd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	if (fd < 0)
		return -1;
	/* looked at while it is held: the number cannot become another's between the two */
	if (proc_of(p->pid).start != p->start ||
	    proc_ended(fd, is_ending(p->pid) ? KILLED_MS : 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

bool proc_ended(int pidfd, int timeout_ms)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int n;

	do {
		n = poll(&p, 1, timeout_ms);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static void send_signal(int pidfd, int sig)
{
	syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

bool proc_end(int pidfd, int grace_ms)
{
	if (grace_ms > 0) {
		send_signal(pidfd, SIGTERM);
		if (proc_ended(pidfd, grace_ms))
			return true;
	}
	send_signal(pidfd, SIGKILL);
	return proc_ended(pidfd, KILLED_MS);
}

json_t *proc_json(const struct proc *p)
{
	return json_pack("{s:i, s:I}", "pid", (int)p->pid, "start", (json_int_t)p->start);
}

struct proc proc_from_json(const json_t *v)
{
	json_int_t pid = js_int(v, "pid"), start = js_int(v, "start");

	if (pid <= 0 || pid > INT32_MAX || start < 0)
		return (struct proc){.pid = 0};
	return (struct proc){.pid = (pid_t)pid, .start = (uint64_t)start};
}

void proc_reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
