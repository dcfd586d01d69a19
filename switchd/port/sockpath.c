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
#include <time.h>
#include <unistd.h>

#include "port/log.h"
#include "port/options.h"

enum {
	PATH_ROOM = sizeof(((struct sockaddr_un *)0)->sun_path),
	FD_PATH_SIZE = 32,

	/* How often a lock that somebody holds is asked for, and how long to wait between. */
	LOCK_TRIES = 20,
	LOCK_WAIT_MS = 10,
};

static struct sockaddr_un to_un(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};

	memcpy(sa.sun_path, path, strnlen(path, sizeof(sa.sun_path)));
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
 * Whoever may open the directory may hold the lock, for ever if he likes.  Those who should have it for the time of
 * a few system calls.
 */
static int lock(int dir)
{
	const struct timespec wait = {0, LOCK_WAIT_MS * 1000000L};

	for (int i = 0; flock(dir, LOCK_EX | LOCK_NB); i++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (i == LOCK_TRIES)
			return -EBUSY;
		nanosleep(&wait, NULL);
	}
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
	int fd, rc;

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
	rc = fd < 0 ? -errno : lock(fd);
	if (rc == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	if (rc == -EBUSY)
		return err_set(
			e, EBUSY,
			"another process keeps the directory %s locked (`lslocks` says which); "
			"stop it, or choose another directory",
			dir);
	return err_set(e, -rc, "cannot use the directory %s for a socket: %s", dir, strerror(-rc));
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

/* ---- rights ---- */

int sockpath_rights_of(const char *mode, const char *group, struct sockpath_rights *r,
		       struct err *e)
{
	uint32_t m = group[0] ? 0660 : 0600, gid = (uint32_t)-1;
	const struct group *gr = group[0] ? getgrnam(group) : NULL;

	(void)mode_parse(mode, &m); /* "" is none and changes nothing */
	if (gr)
		gid = gr->gr_gid;
	else if (group[0] && !id_parse(group, &gid))
		return err_set(e, ENOENT, "there is no group \"%s\"", group);
	*r = (struct sockpath_rights){.mode = m, .uid = (uid_t)-1, .gid = gid};
	return 0;
}

/* The name under which a descriptor is used for calls that take names only. */
static const char *fd_path(int fd, char out[FD_PATH_SIZE])
{
	snprintf(out, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
	return out;
}

/* A descriptor (O_PATH) of a file that is of this type and ours, with what is known of it; or -errno. */
static int open_own(const char *path, mode_t type, struct stat *st)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, st))
		rc = -errno;
	else if ((st->st_mode & S_IFMT) != type || st->st_uid != geteuid() ||
		 (type == S_IFSOCK && st->st_nlink != 1))
		rc = -EPERM; /* somebody has put something else there */
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

static int give(int fd, const struct sockpath_rights *r)
{
	char through[FD_PATH_SIZE];

	if (fchownat(fd, "", r->uid, r->gid, AT_EMPTY_PATH))
		return -errno;
	if (r->mode != (mode_t)-1 && chmod(fd_path(fd, through), r->mode))
		return -errno;
	return 0;
}

int sockpath_give(const char *path, mode_t type, const struct sockpath_rights *r)
{
	struct stat st = {0};
	int fd = open_own(path, type, &st), rc;

	if (fd < 0)
		return fd;
	rc = give(fd, r);
	close(fd);
	return rc;
}

static bool is_it(const struct sockpath *s, const struct stat *st)
{
	return st->st_dev == s->dev && st->st_ino == s->ino;
}

int sockpath_allow(const struct sockpath *s, const struct sockpath_rights *r, struct err *e)
{
	struct stat st = {0};
	int fd = open_own(s->path, S_IFSOCK, &st), rc = fd;

	if (fd >= 0) {
		rc = is_it(s, &st) ? give(fd, r) : -EPERM;
		close(fd);
	}
	return rc ? err_set(e, -rc, "cannot give the socket %s its mode and group: %s", s->path,
			    strerror(-rc))
		  : 0;
}

/* ---- sockets of ports ---- */

int sockpath_bind(struct sockpath *s, int fd, const char *path, struct err *e)
{
	struct sockaddr_un sa = to_un(path);
	mode_t mask = umask(0777); /* no moment in which anybody may connect who may not later */
	int rc = bind(fd, (struct sockaddr *)&sa, sizeof(sa)) ? -errno : 0, file;
	struct stat st = {0};

	umask(mask);
	*s = (struct sockpath){.path = ""};
	if (rc)
		return err_set(e, -rc, "cannot make the socket %s: %s", path, strerror(-rc));
	file = open_own(path, S_IFSOCK, &st);
	if (file < 0)
		return err_set(e, -file, "cannot find the socket %s just made: %s", path,
			       strerror(-file));
	close(file);
	snprintf(s->path, sizeof(s->path), "%s", path);
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

int sockpath_open(struct sockpath *s, int fd, int type, const char *path,
		  const struct sockpath_rights *r, struct err *e)
{
	int dir, rc;

	*s = (struct sockpath){.path = ""};
	dir = sockpath_claim(path, type, "choose another path", e);
	if (dir < 0)
		return dir;
	rc = sockpath_bind(s, fd, path, e);
	/* while it is locked: who finds that nobody listens yet takes the name for left behind */
	if (rc == 0 && type == SOCK_STREAM && listen(fd, SOMAXCONN))
		rc = err_set(e, errno, "cannot listen at %s: %s", path, strerror(errno));
	if (rc == 0)
		rc = sockpath_allow(s, r, e);
	if (rc)
		sockpath_remove(s);
	close(dir);
	return rc;
}

void sockpath_remove(struct sockpath *s)
{
	struct stat st;

	if (s->path[0] && lstat(s->path, &st) == 0 && is_it(s, &st))
		(void)unlink(s->path);
	s->path[0] = '\0';
}

bool sockpath_is_there(const struct sockpath *s)
{
	struct stat st;

	return lstat(s->path, &st) == 0 && is_it(s, &st);
}

/* ---- sockets of others ---- */

int sockpath_find(const char *path, uid_t uid, struct err *e)
{
	struct stat st;
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return err_set(e, errno, "its socket %s cannot be used: %s", path, strerror(errno));
	if (fstat(fd, &st))
		rc = err_set(e, errno, "its socket %s cannot be looked at: %s", path,
			     strerror(errno));
	else if (!S_ISSOCK(st.st_mode))
		rc = err_set(e, ENOTSOCK, "%s, where it wants its frames, is not a socket", path);
	else if (st.st_uid != uid && uid != 0)
		rc = err_set(e, EACCES,
			     "the socket %s, where it wants its frames, belongs to user %u and not "
			     "to user %u, whom it runs as",
			     path, (unsigned)st.st_uid, (unsigned)uid);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

int sockpath_connect(int fd, int file, const char *path)
{
	char through[FD_PATH_SIZE];
	struct sockaddr_un sa = to_un(fd_path(file, through));

	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return 0;
	if (errno != ENOENT) /* there is a /proc */
		return -errno;
	sa = to_un(path);
	return connect(fd, (struct sockaddr *)&sa, sizeof(sa)) ? -errno : 0;
}
