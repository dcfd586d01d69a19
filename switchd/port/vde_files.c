/* SPDX-License-Identifier: ISC */
/*
 * vde_files.c - directories and sockets of VDE in the file system.
 *
 * Theory of operation.  Clients may write to the directory, because they make their own sockets in it, and
 * we may be root.  So nothing is believed of a name that was there a moment ago (sockpath_give()), and a
 * client may only name a socket that belongs to it (sockpath_find()).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "port/log.h"
#include "port/sockbind.h"
#include "port/vde.h"

enum { SEND_BUFFER = 1 << 20 };

/* ---- names ---- */

/* Of the directory without slashes at its end, and of a file in it where `name` is not empty. */
static void dir_path(const struct vde_cfg *cfg, const char *name, char out[UNIX_PATH_SIZE])
{
	size_t len = strlen(cfg->dir);

	while (len > 1 && cfg->dir[len - 1] == '/')
		len--;
	snprintf(out, UNIX_PATH_SIZE, "%.*s%s%s", (int)len, cfg->dir, *name ? "/" : "", name);
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

/* Of the sockets, and of the directory: whoever may use the sockets may look for them. */
struct vde_rights {
	struct sockpath_rights sockets, dir;
};

static int rights_of(const struct vde_cfg *cfg, struct vde_rights *r, struct err *e)
{
	int rc = sockpath_rights_of(cfg->mode, cfg->group, &r->sockets, e);

	r->dir = r->sockets;
	r->dir.mode = dirmode_of(r->sockets.mode);
	return rc;
}

static int give_dir(const char *path, const struct vde_rights *r, struct err *e)
{
	int rc = sockpath_give(path, S_IFDIR, &r->dir);

	return rc ? err_set(e, -rc, "cannot give the directory %s its mode and group: %s", path,
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
	lacks = r->dir.mode & 0777 & ~st.st_mode;
	if (lacks)
		log_warning(
			"the directory %s was there before and keeps its mode %04o; for clients "
			"to get in as mode says, it would be %04o",
			dir, (unsigned)st.st_mode & 07777, (unsigned)r->dir.mode);
}

static int listen_there(const char *path, const struct vde_rights *r, struct vde_dir_job *job)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return err_set(job->e, errno, "cannot make a socket: %s", strerror(errno));
	rc = sockpath_open(job->ctl, fd, SOCK_STREAM, path, &r->sockets, job->e);
	if (rc)
		close(fd);
	else
		job->fd = fd;
	return rc;
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
	rc = listen_there(ctl, &rights, job);
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
	struct vde_rights rights = {0};
	struct sockpath_rights old;
	struct stat st;
	int rc = rights_of(job->cfg, &rights, job->e);

	dir_path(job->cfg, "", dir);
	if (rc)
		return rc;
	if (stat(job->ctl->path, &st))
		return err_set(job->e, errno, "cannot find %s: %s", job->ctl->path,
			       strerror(errno));
	old = (struct sockpath_rights){st.st_mode & 07777, (uid_t)-1, st.st_gid};
	rc = sockpath_allow(job->ctl, &rights.sockets, job->e);
	if (rc == 0 && *job->made) {
		rc = give_dir(dir, &rights, job->e);
		if (rc)
			(void)sockpath_allow(job->ctl, &old, NULL);
	}
	if (rc == 0 && !*job->made)
		warn_of_mode(dir, &rights);
	return rc;
}

/* ---- data sockets ---- */

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

int vde_data_connect(void *arg)
{
	struct vde_data_job *job = arg;
	int file, fd, rc;

	file = sockpath_find(job->request->path, job->uid, job->e);
	if (file < 0)
		return file;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	rc = fd < 0 ? -errno : sockpath_connect(fd, file, job->request->path);
	close(file);
	if (rc == 0) {
		sockbind_buffers(fd, SEND_BUFFER, 0);
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
static int give_data(const char *path, uid_t uid, const struct vde_rights *r)
{
	const struct sockpath_rights his = {r->sockets.mode & 0700, uid, r->sockets.gid};

	if (geteuid() == 0 && sockpath_give(path, S_IFSOCK, &his) == 0)
		return 0;
	return sockpath_give(path, S_IFSOCK, &r->sockets);
}

int vde_data_bind(void *arg)
{
	struct vde_data_job *job = arg;
	char name[VDE_NAME_MAX + 8], path[UNIX_PATH_SIZE];
	struct vde_rights rights = {0};
	int rc = rights_of(job->cfg, &rights, job->e);

	if (rc)
		return rc;
	snprintf(name, sizeof(name), "%03u.%d", job->number, job->fd);
	dir_path(job->cfg, name, path);
	if (is_abandoned(path))
		(void)unlink(path);
	rc = sockpath_bind(job->path, job->fd, path, job->e);
	if (rc)
		return rc;
	rc = give_data(path, job->uid, &rights);
	if (rc) {
		sockpath_remove(job->path);
		return err_set(job->e, -rc, "cannot give the socket %s its mode and group: %s",
			       path, strerror(-rc));
	}
	return 0;
}
