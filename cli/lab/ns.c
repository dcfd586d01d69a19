/* SPDX-License-Identifier: ISC */
#include "lab/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

bool ns_needs_user(void)
{
	return geteuid() != 0;
}

/* What may be in the way of a plain user, as far as files of /proc tell. */
static const char *why_no_user_namespace(void)
{
	static const struct {
		const char *path, *closed, *text;
	} switches[] = {
		{"/proc/sys/kernel/unprivileged_userns_clone", "0",
		 "the system does not let plain users have namespaces of their own; as root: "
		 "sysctl kernel.unprivileged_userns_clone=1, or run this as root"},
		{"/proc/sys/user/max_user_namespaces", "0",
		 "the system allows no user namespaces; as root: sysctl user.max_user_namespaces=10000, or "
		 "run this as root"},
		{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
		 "AppArmor does not let plain users have namespaces of their own; as root: sysctl "
		 "kernel.apparmor_restrict_unprivileged_userns=0, or run this as root"},
	};

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		char text[8] = "";
		FILE *f = fopen(switches[i].path, "re");
		bool closed = f && fgets(text, sizeof(text), f) &&
			      strspn(text, switches[i].closed) == 1 && text[1] == '\n';

		if (f)
			fclose(f);
		if (closed)
			return switches[i].text;
	}
	return "run this as root";
}

static int refused(int code, int namespaces, struct err *e)
{
	const char *what = "cannot make namespaces";

	if (code == ENOSPC || code == EUSERS)
		return err_set(e, code,
			       "%s: there are as many as the system allows (sysctl -a "
			       "--pattern '^user[.]max_')",
			       what);
	if (code != EPERM && code != EACCES)
		return err_set(e, code, "%s: %s", what, strerror(code));
	if (namespaces & CLONE_NEWUSER)
		return err_set(e, code, "%s: %s", what, why_no_user_namespace());
	return err_set(e, code,
		       "%s: this root is none (it takes CAP_SYS_ADMIN, which containers "
		       "often lack)",
		       what);
}

/* Writes one of the files that say who is who; 0 or -errno. */
static int write_map(pid_t pid, const char *file, const char *text)
{
	char path[64];
	int fd, rc;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

/* user_namespaces(7): a plain user may map himself alone, and groups only when they can no more be changed. */
static int map_user(pid_t pid)
{
	char map[32];
	int rc = write_map(pid, "setgroups", "deny");

	if (rc)
		return rc;
	snprintf(map, sizeof(map), "0 %u 1", (unsigned)getegid());
	rc = write_map(pid, "gid_map", map);
	if (rc)
		return rc;
	snprintf(map, sizeof(map), "0 %u 1", (unsigned)geteuid());
	return write_map(pid, "uid_map", map);
}

/* In the child: waits until it is somebody.  Ends with its parent. */
static void await_map(const int go[2])
{
	char byte;

	close(go[1]);
	if (read(go[0], &byte, 1) != 1)
		_exit(1);
	close(go[0]);
}

pid_t ns_fork(int namespaces, int *pidfd, struct err *e)
{
	struct clone_args args = {
		.flags = (uint64_t)(unsigned)namespaces | CLONE_PIDFD,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};
	bool user = namespaces & CLONE_NEWUSER;
	int go[2] = {-1, -1}, rc;
	pid_t pid;

	if (user && pipe2(go, O_CLOEXEC))
		return err_set(e, errno, "cannot make a pipe: %s", strerror(errno));
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	rc = pid < 0 ? refused(errno, namespaces, e) : 0;
	if (!user)
		return rc ? rc : pid;
	if (pid == 0) {
		await_map(go);
		return 0;
	}
	if (pid > 0) {
		rc = map_user(pid);
		if (!rc && write(go[1], "", 1) != 1)
			rc = -errno;
		if (rc) { /* it ends when the pipe does */
			err_set(e, -rc, "cannot become root of a user namespace: %s",
				strerror(-rc));
			close(*pidfd);
		}
	}
	close(go[0]);
	close(go[1]);
	if (rc && pid > 0)
		waitpid(pid, NULL, 0);
	return rc ? rc : pid;
}

int ns_enter(int pidfd, int namespaces, struct err *e)
{
	if (setns(pidfd, namespaces))
		return err_set(e, errno, "cannot enter the namespaces: %s%s", strerror(errno),
			       errno == EPERM ? " (the lab is another user's?)" : "");
	return 0;
}
