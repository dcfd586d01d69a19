/* SPDX-License-Identifier: ISC */
#include "ctl/sockpath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "port/log.h"

enum { PATH_ROOM = sizeof(((struct sockaddr_un *)0)->sun_path) };

/*
 * Connects to see whether somebody listens.  Returns 0 where somebody does, with his pid (0: unknown), or
 * the errno that says why not: ECONNREFUSED means that the socket was left behind.
 */
static int probe(const char *path, pid_t *pid)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct ucred cred = {0};
	socklen_t len = sizeof(cred);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int code = 0;

	if (fd < 0)
		return errno;
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		code = errno;
	else if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0)
		*pid = cred.pid;
	close(fd);
	return code == EAGAIN ? 0 : code; /* EAGAIN: he listens, but is busy */
}

/* Clears what a dead daemon left; refuses to touch anything else. */
static int clear_stale(const char *path, struct err *e)
{
	struct stat st;
	pid_t pid = 0;
	int code;

	if (lstat(path, &st))
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, EEXIST,
			       "%s exists and is not a socket; choose another path with --socket",
			       path);
	code = probe(path, &pid);
	if (code == 0)
		return err_set(
			e, EADDRINUSE,
			"another switchd (process %d) is serving %s; stop it, or choose another "
			"path with --socket",
			(int)pid, path);
	if (code != ECONNREFUSED)
		return err_set(
			e, code,
			"%s is there and may be served by another user's daemon (%s); choose "
			"another path with --socket",
			path, strerror(code));
	log_info("taking over the socket %s, which a daemon that is gone left behind", path);
	if (unlink(path))
		return err_set(e, errno, "cannot remove the stale socket %s: %s", path,
			       strerror(errno));
	return 0;
}

/*
 * The directory, made if only its last part is missing, and locked: two daemons that start at once
 * must not take over each other's socket.
 */
static int lock_directory(const char *path, struct err *e)
{
	char dir[PATH_ROOM];
	char *slash;
	int fd;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (!slash)
		snprintf(dir, sizeof(dir), ".");
	else
		slash[slash == dir] = '\0';
	if (mkdir(dir, 0755) && errno != EEXIST)
		return err_set(e, errno, "cannot make the directory %s for the control socket: %s",
			       dir, strerror(errno));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX)) {
		err_set(e, errno, "cannot use the directory %s for the control socket: %s", dir,
			strerror(errno));
		if (fd >= 0)
			close(fd);
		return -e->code;
	}
	return fd;
}

int sockpath_claim(const char *path, struct err *e)
{
	int dir, rc;

	if (strlen(path) >= PATH_ROOM)
		return err_set(
			e, ENAMETOOLONG,
			"the path of the control socket has %zu characters; at most %d fit: %s",
			strlen(path), PATH_ROOM - 1, path);
	dir = lock_directory(path, e);
	if (dir < 0)
		return dir;
	rc = clear_stale(path, e);
	if (rc) {
		close(dir);
		return rc;
	}
	return dir;
}
