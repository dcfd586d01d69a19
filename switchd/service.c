/* SPDX-License-Identifier: ISC */
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* The parent stays until the child is ready or dead, and ends as truthfully as the child did. */
static void wait_for_child(pid_t child, int fd)
{
	char byte;
	int status = 0;

	if (read(fd, &byte, 1) == 1)
		_exit(0);
	if (waitpid(child, &status, 0) == child && WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	_exit(1);
}

int service_detach(int *ready_fd, struct err *e)
{
	int pipefd[2];
	pid_t child;

	if (pipe2(pipefd, O_CLOEXEC))
		return err_set(e, errno, "cannot make a pipe: %s", strerror(errno));
	child = fork();
	if (child < 0)
		return err_set(e, errno, "cannot go into the background: %s", strerror(errno));
	if (child > 0) {
		close(pipefd[1]);
		wait_for_child(child, pipefd[0]);
	}
	close(pipefd[0]);
	*ready_fd = pipefd[1];
	if (setsid() < 0 || chdir("/"))
		return err_set(e, errno, "cannot leave the terminal: %s", strerror(errno));
	return 0;
}

static void close_terminal(bool keep_stderr)
{
	int last = keep_stderr ? STDOUT_FILENO : STDERR_FILENO;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	for (int fd = STDIN_FILENO; fd <= last; fd++)
		(void)dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
}

void service_ready(int ready_fd, bool keep_stderr)
{
	service_notify("READY=1");
	if (ready_fd < 0)
		return;
	close_terminal(keep_stderr);
	if (write(ready_fd, "r", 1) != 1) {
		/* nobody waits any more, which is as well */
	}
	close(ready_fd);
}

/* Empty, or what a daemon wrote: then it is ours to write, and to remove. */
static bool is_pidfile(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return false;
	text[n] = '\0';
	size_t digits = strspn(text, "0123456789");
	return n == 0 || (digits > 0 && strcmp(text + digits, "\n") == 0);
}

int service_pidfile(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0)
		return err_set(e, errno, "cannot open the pid file %s: %s", path, strerror(errno));
	if (!is_pidfile(fd)) {
		close(fd);
		return err_set(
			e, EEXIST,
			"%s holds something else than a process id; choose another path with "
			"--pidfile",
			path);
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return err_set(e, EEXIST,
			       "the pid file %s belongs to a switchd that runs; stop it or choose "
			       "another with --pidfile",
			       path);
	}
	if (ftruncate(fd, 0) || dprintf(fd, "%d\n", (int)getpid()) < 0) {
		err_set(e, errno, "cannot write the pid file %s: %s", path, strerror(errno));
		(void)unlink(path);
		close(fd);
		return -e->code;
	}
	return fd;
}

void service_identity(const char *place, struct identity *id)
{
	char machine[64] = "";
	FILE *f = fopen("/etc/machine-id", "re");

	if (f && !fgets(machine, sizeof(machine), f))
		machine[0] = '\0';
	if (f)
		fclose(f);
	identity_make(id, machine, place);
}

/*
 * The protocol is one datagram to the socket in $NOTIFY_SOCKET, documented as stable in
 * sd_notify(3). That is all of it we need, so the daemon does not load libsystemd for it.
 */
void service_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;

	if (len == 0 || len >= sizeof(sa.sun_path))
		return;
	memcpy(sa.sun_path, path, len);
	if (path[0] == '@') /* the abstract namespace */
		sa.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&sa,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}
