/* SPDX-License-Identifier: ISC */
/*
 * vde_files.c - directories and sockets of VDE in the file system.
 *
 * Theory of operation.  Clients may write to the directory, because they make their own sockets in it, and
 * we may be root.  So nothing is believed of a name that was there a moment ago: a file is opened with
 * O_PATH, looked at, and then used through that descriptor.  And a client may only name a socket that
 * belongs to it, or it could have us write to anybody's.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "port/log.h"
#include "port/vde.h"

enum {
	WAITING_MAX = 128, /* connections that nobody has accepted yet */
	SEND_BUFFER = 1 << 20,
	FD_PATH_SIZE = 32,
};

/* ---- names ---- */

/* Of the directory without slashes at its end, and of a file in it where `name` is not empty. */
static void dir_path(const struct vde_cfg *cfg, const char *name, char out[UNIX_PATH_SIZE])
{
	size_t len = strlen(cfg->dir);

	while (len > 1 && cfg->dir[len - 1] == '/')
		len--;
	snprintf(out, UNIX_PATH_SIZE, "%.*s%s%s", (int)len, cfg->dir, *name ? "/" : "", name);
}

static const char *fd_path(int fd, char out[FD_PATH_SIZE])
{
	snprintf(out, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
	return out;
}

static struct sockaddr_un to_un(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};

	memcpy(sa.sun_path, path, strnlen(path, sizeof(sa.sun_path)));
	return sa;
}

/* ---- rights ---- */

/* The bits of each class, and that it may search where it may do anything. */
static mode_t dirmode_of(mode_t mode)
{
	mode_t m = S_ISGID | (mode & 0666); /* sockets that clients make belong to the group, too */

	for (int shift = 0; shift <= 6; shift += 3)
		if (mode & 06u << shift)
			m |= 01u << shift;
	return m;
}

static int rights_of(const struct vde_cfg *cfg, struct vde_rights *r, struct err *e)
{
	const struct group *gr;
	uint32_t gid = (uint32_t)-1;

	r->mode = (mode_t)strtoul(cfg->mode, NULL, 8);
	r->dirmode = dirmode_of(r->mode);
	if (cfg->group[0]) {
		gr = getgrnam(cfg->group);
		if (gr)
			gid = gr->gr_gid;
		else if (!id_parse(cfg->group, &gid))
			return err_set(e, ENOENT, "there is no group \"%s\"", cfg->group);
	}
	r->gid = gid;
	return 0;
}

/* What give() is to find, so that it gives no other file. */
struct expected {
	mode_t type; /* S_IFSOCK, S_IFDIR */
	uid_t to;    /* (uid_t)-1 = leave */
	gid_t gid;
	mode_t mode;
};

static int give(const char *path, const struct expected *x)
{
	char through[FD_PATH_SIZE];
	struct stat st;
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || (st.st_mode & S_IFMT) != x->type || st.st_uid != geteuid() ||
	    (x->type == S_IFSOCK && st.st_nlink != 1))
		rc = -EPERM; /* somebody has put something else there */
	else if (fchownat(fd, "", x->to, x->gid, AT_EMPTY_PATH) ||
		 chmod(fd_path(fd, through), x->mode))
		rc = -errno;
	close(fd);
	return rc;
}

static int give_dir(const char *path, const struct vde_rights *r, struct err *e)
{
	const struct expected x = {S_IFDIR, (uid_t)-1, r->gid, r->dirmode};
	int rc = give(path, &x);

	return rc ? err_set(e, -rc, "cannot give the directory %s its mode and group: %s", path,
			    strerror(-rc))
		  : 0;
}

static int give_socket(const char *path, const struct vde_rights *r, struct err *e)
{
	const struct expected x = {S_IFSOCK, (uid_t)-1, r->gid, r->mode};
	int rc = give(path, &x);

	return rc ? err_set(e, -rc, "cannot give the socket %s its mode and group: %s", path,
			    strerror(-rc))
		  : 0;
}

/* ---- the directory ---- */

/* What a switch that was killed leaves behind: "001.5", which nobody has open. */
static bool is_data_name(const char *name)
{
	size_t number = strspn(name, "0123456789");
	const char *rest = name + number + 1;

	return number >= 3 && name[number] == '.' && *rest && !rest[strspn(rest, "0123456789")];
}

static bool is_abandoned(const char *path)
{
	struct sockaddr_un sa = to_un(path);
	struct stat st;
	int fd, rc;

	if (lstat(path, &st) || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	rc = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) ? errno : 0;
	close(fd);
	return rc == ECONNREFUSED;
}

static void sweep(const struct vde_cfg *cfg, const char *dir)
{
	char path[UNIX_PATH_SIZE];
	DIR *d = opendir(dir);

	if (!d)
		return;
	for (struct dirent *f = readdir(d); f; f = readdir(d)) {
		if (!is_data_name(f->d_name) || strlen(f->d_name) > VDE_NAME_MAX)
			continue;
		dir_path(cfg, f->d_name, path);
		if (is_abandoned(path))
			(void)unlink(path);
	}
	closedir(d);
}

static int make_dir(const char *dir, struct vde_dir_job *job)
{
	*job->made = mkdir(dir, 0700) == 0;
	if (*job->made || errno == EEXIST)
		return 0;
	return err_set(job->e, errno, "cannot make the directory %s: %s%s", dir, strerror(errno),
		       errno == ENOENT ? "; make the one it is in" : "");
}

/* Of a directory that was there before: its rights are its maker's business. */
static void warn_of_mode(const char *dir, const struct vde_rights *r)
{
	struct stat st;
	mode_t lacks;

	if (stat(dir, &st))
		return;
	lacks = r->dirmode & 0777 & ~st.st_mode;
	if (lacks)
		log_warning(
			"the directory %s was there before and keeps its mode %04o; for clients "
			"to get in as mode says, it would be %04o",
			dir, (unsigned)st.st_mode & 07777, (unsigned)r->dirmode);
}

static int listen_there(const char *path, struct vde_dir_job *job)
{
	const struct sockpath_rights rights = {
		.mode = (mode_t)strtoul(job->cfg->mode, NULL, 8),
		.group = job->cfg->group,
	};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return err_set(job->e, errno, "cannot make a socket: %s", strerror(errno));
	rc = sockpath_bind(job->ctl, fd, SOCK_STREAM, path, &rights, job->e);
	if (rc == 0 && listen(fd, WAITING_MAX)) {
		rc = err_set(job->e, errno, "cannot listen on %s: %s", path, strerror(errno));
		sockpath_remove(job->ctl);
	}
	if (rc) {
		close(fd);
		return rc;
	}
	job->fd = fd;
	return 0;
}

int vde_dir_open(void *arg)
{
	struct vde_dir_job *job = arg;
	char dir[UNIX_PATH_SIZE], ctl[UNIX_PATH_SIZE];
	struct vde_rights rights = {0};
	int rc = rights_of(job->cfg, &rights, job->e);

	dir_path(job->cfg, "", dir);
	dir_path(job->cfg, "ctl", ctl);
	if (rc == 0)
		rc = make_dir(dir, job);
	if (rc)
		return rc;
	rc = listen_there(ctl, job);
	if (rc == 0 && *job->made) {
		rc = give_dir(dir, &rights, job->e);
		if (rc) {
			sockpath_remove(job->ctl);
			close(job->fd);
		}
	}
	if (rc) {
		if (*job->made)
			(void)rmdir(dir);
		return rc;
	}
	if (!*job->made)
		warn_of_mode(dir, &rights);
	sweep(job->cfg, dir);
	return 0;
}

int vde_dir_change(void *arg)
{
	struct vde_dir_job *job = arg;
	char dir[UNIX_PATH_SIZE];
	struct vde_rights rights = {0}, old;
	struct stat st;
	int rc = rights_of(job->cfg, &rights, job->e);

	dir_path(job->cfg, "", dir);
	if (rc)
		return rc;
	if (stat(job->ctl->path, &st))
		return err_set(job->e, errno, "cannot find %s: %s", job->ctl->path,
			       strerror(errno));
	old = (struct vde_rights){.mode = st.st_mode & 07777, .gid = st.st_gid};
	rc = give_socket(job->ctl->path, &rights, job->e);
	if (rc == 0 && *job->made) {
		rc = give_dir(dir, &rights, job->e);
		if (rc)
			(void)give_socket(job->ctl->path, &old, NULL);
	}
	if (rc == 0 && !*job->made)
		warn_of_mode(dir, &rights);
	return rc;
}

int vde_dir_look(void *arg)
{
	const struct vde_dir_job *job = arg;

	return sockpath_is_there(job->ctl) ? 0 : -ENOENT;
}

/* ---- data sockets ---- */

static void read_program(struct vde_data_job *job)
{
	char path[FD_PATH_SIZE];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)job->pid);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(job->program, sizeof(job->program), f))
		job->program[strcspn(job->program, "\n")] = '\0';
	fclose(f);
}

/* The client's socket, if it is one and his: a descriptor of the file, or -errno. */
static int find_socket(const struct vde_data_job *job)
{
	const char *path = job->request->path;
	struct stat st;
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return err_set(job->e, errno, "its socket %s cannot be used: %s", path,
			       strerror(errno));
	if (fstat(fd, &st))
		rc = err_set(job->e, errno, "cannot look at %s: %s", path, strerror(errno));
	else if (!S_ISSOCK(st.st_mode))
		rc = err_set(job->e, ENOTSOCK, "%s, where it wants its frames, is not a socket",
			     path);
	else if (st.st_uid != job->uid && job->uid != 0)
		rc = err_set(job->e, EPERM,
			     "the socket %s, where it wants its frames, belongs to user %u", path,
			     (unsigned)st.st_uid);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

/* Connects to the socket that `file` is a descriptor of, whatever its name is by now. */
static int connect_to(int fd, int file, const char *path)
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

static int refused(const struct vde_data_job *job, int rc)
{
	const char *path = job->request->path;

	switch (-rc) {
	case EACCES:
		return err_set(job->e, EACCES,
			       "this daemon may not write to its socket %s; the client has to let "
			       "it, by the socket's mode or group, or be the same user",
			       path);
	case ECONNREFUSED:
		return err_set(job->e, ECONNREFUSED, "nobody has its socket %s open", path);
	case EPROTOTYPE:
		return err_set(job->e, EPROTOTYPE, "its socket %s is not for datagrams", path);
	default:
		return err_set(job->e, -rc, "cannot connect to its socket %s: %s", path,
			       strerror(-rc));
	}
}

/* What the kernel keeps for the peer is bounded by this; without the right to more, by wmem_max. */
static void enlarge(int fd)
{
	int size = SEND_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

int vde_data_connect(void *arg)
{
	struct vde_data_job *job = arg;
	int file, fd, rc;

	read_program(job);
	file = find_socket(job);
	if (file < 0)
		return file;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	rc = fd < 0 ? -errno : connect_to(fd, file, job->request->path);
	close(file);
	if (rc == 0) {
		enlarge(fd);
		job->fd = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	return refused(job, rc);
}

/*
 * Root gives the name to the client's user, who may then do with it what libvdeplug does.  It does not matter
 * who else may connect to it: the socket is connected and hears nobody but the client.
 */
static int give_data(const char *path, const struct vde_data_job *job, const struct vde_rights *r)
{
	const struct expected his = {S_IFSOCK, job->uid, r->gid, r->mode & 0700};
	const struct expected ours = {S_IFSOCK, (uid_t)-1, r->gid, r->mode};

	if (geteuid() == 0 && give(path, &his) == 0)
		return 0;
	return give(path, &ours);
}

int vde_data_bind(void *arg)
{
	struct vde_data_job *job = arg;
	char name[VDE_NAME_MAX + 8], path[UNIX_PATH_SIZE];
	struct sockaddr_un sa;
	struct vde_rights rights = {0};
	struct stat st;
	int rc = rights_of(job->cfg, &rights, job->e);

	if (rc)
		return rc;
	snprintf(name, sizeof(name), "%03u.%d", job->number, job->fd);
	dir_path(job->cfg, name, path);
	sa = to_un(path);
	if (is_abandoned(path))
		(void)unlink(path);
	if (bind(job->fd, (struct sockaddr *)&sa, sizeof(sa)))
		return err_set(job->e, errno, "cannot make the socket %s: %s", path,
			       strerror(errno));
	*job->path = (struct sockpath){.path = ""};
	if (lstat(path, &st) == 0) {
		snprintf(job->path->path, sizeof(job->path->path), "%s", path);
		job->path->dev = st.st_dev;
		job->path->ino = st.st_ino;
	}
	rc = give_data(path, job, &rights);
	if (rc) {
		sockpath_remove(job->path);
		return err_set(job->e, -rc, "cannot give the socket %s its mode and group: %s",
			       path, strerror(-rc));
	}
	return 0;
}
