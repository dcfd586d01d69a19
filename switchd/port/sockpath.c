/* SPDX-License-Identifier: ISC */
#include "port/sockpath.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "port/log.h"
#include "port/options.h"

enum { PATH_ROOM = sizeof(((struct sockaddr_un *)0)->sun_path) };

static struct sockaddr_un to_un(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	return sa;
}

/*
 * Connects to see whether somebody is there.  Returns 0 where somebody is, with his pid (0: unknown), or
 * the errno that says why not: ECONNREFUSED means that the socket was left behind.
 */
static int probe(const char *path, int type, pid_t *pid)
{
	struct sockaddr_un sa = to_un(path);
	struct ucred cred = {0};
	socklen_t len = sizeof(cred);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int code = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		code = errno;
	else if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0)
		*pid = cred.pid;
	close(fd);
	/* EAGAIN: he listens, but is busy; EPROTOTYPE: he does, in another way */
	return code == EAGAIN || code == EPROTOTYPE ? 0 : code;
}

/* Clears what somebody who is gone left behind; refuses to touch anything else. */
static int clear_stale(const char *path, int type, const char *instead, struct err *e)
{
	struct stat st;
	char who[32] = "another process";
	pid_t pid = 0;
	int code;

	if (lstat(path, &st))
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, EEXIST, "%s exists and is not a socket; %s", path, instead);
	code = probe(path, type, &pid);
	if (pid)
		snprintf(who, sizeof(who), "process %d", (int)pid);
	if (code == 0)
		return err_set(e, EADDRINUSE, "%s is serving %s; stop it, or %s", who, path,
			       instead);
	if (code != ECONNREFUSED)
		return err_set(e, code,
			       "%s is there and may be served by another user's program (%s); %s",
			       path, strerror(code), instead);
	log_info("taking over the socket %s, which a program that is gone left behind", path);
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
		return err_set(e, errno, "cannot make the directory %s for a socket: %s", dir,
			       strerror(errno));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX)) {
		err_set(e, errno, "cannot use the directory %s for a socket: %s", dir,
			strerror(errno));
		if (fd >= 0)
			close(fd);
		return -e->code;
	}
	return fd;
}

int sockpath_claim(const char *path, int type, const char *instead, struct err *e)
{
	int dir, rc;

	if (strlen(path) >= PATH_ROOM)
		return err_set(e, ENAMETOOLONG,
			       "the path of the socket has %zu characters; at most %d fit: %s",
			       strlen(path), PATH_ROOM - 1, path);
	dir = lock_directory(path, e);
	if (dir < 0)
		return dir;
	rc = clear_stale(path, type, instead, e);
	if (rc) {
		close(dir);
		return rc;
	}
	return dir;
}

/* ---- sockets of ports ---- */

int sockpath_mode(const char *text, mode_t *mode)
{
	uint32_t v;

	if (!mode_parse(text, &v))
		return -EINVAL;
	*mode = v;
	return 0;
}

static int give(const char *path, const struct sockpath_rights *r, struct err *e)
{
	uint32_t gid;
	const struct group *gr;

	if (chmod(path, r->mode))
		return err_set(e, errno, "cannot set the mode of %s: %s", path, strerror(errno));
	if (!r->group || !r->group[0])
		return 0;
	gr = getgrnam(r->group);
	if (gr)
		gid = gr->gr_gid;
	else if (!id_parse(r->group, &gid))
		return err_set(e, ENOENT, "there is no group \"%s\"", r->group);
	if (chown(path, (uid_t)-1, gid))
		return err_set(e, errno, "cannot give the socket %s to group %s: %s", path,
			       r->group, strerror(errno));
	return 0;
}

static int bind_path(struct sockpath *s, int fd, const char *path, const struct sockpath_rights *r,
		     struct err *e)
{
	struct sockaddr_un sa = to_un(path);
	mode_t mask = umask(0777); /* no moment in which anybody may connect who may not later */
	int rc = bind(fd, (struct sockaddr *)&sa, sizeof(sa)) ? -errno : 0;
	struct stat st;

	umask(mask);
	if (rc)
		return err_set(e, -rc, "cannot make the socket %s: %s", path, strerror(-rc));
	if (lstat(path, &st) == 0) {
		snprintf(s->path, sizeof(s->path), "%s", path);
		s->dev = st.st_dev;
		s->ino = st.st_ino;
	}
	rc = give(path, r, e);
	if (rc)
		sockpath_remove(s);
	return rc;
}

int sockpath_bind(struct sockpath *s, int fd, int type, const char *path,
		  const struct sockpath_rights *r, struct err *e)
{
	int dir, rc;

	*s = (struct sockpath){.path = ""};
	dir = sockpath_claim(path, type, "choose another path", e);
	if (dir < 0)
		return dir;
	rc = bind_path(s, fd, path, r, e);
	close(dir);
	return rc;
}

int sockpath_allow(const struct sockpath *s, const struct sockpath_rights *r, struct err *e)
{
	return give(s->path, r, e);
}

void sockpath_remove(struct sockpath *s)
{
	struct stat st;

	if (s->path[0] && lstat(s->path, &st) == 0 && st.st_dev == s->dev && st.st_ino == s->ino)
		(void)unlink(s->path);
	s->path[0] = '\0';
}

bool sockpath_is_there(const struct sockpath *s)
{
	struct stat st;

	return lstat(s->path, &st) == 0 && st.st_dev == s->dev && st.st_ino == s->ino;
}
