/* SPDX-License-Identifier: ISC */
/*
 * host_files.c - files that only one host has.
 *
 * A folder of the machine that such a file is put in is covered by an overlay whose upper half is in the
 * host's /run: all that is there stays to be seen, and what is written is the host's.  It is the deepest folder on the way
 * that there is, so that not more than needed is covered.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "lab/host.h"

#define UPPERS "/run/.lab"

enum { PATH_SIZE = 4096 };

/* Is it on a file system that only the host has: its /run, or an overlay made here? */
static bool is_own(const char *dir)
{
	struct stat at, run, made;

	if (stat(dir, &at) || stat("/run", &run))
		return false;
	if (at.st_dev == run.st_dev)
		return true;
	for (unsigned i = 0;; i++) {
		char path[64];
		char lower[PATH_SIZE];
		ssize_t n;

		snprintf(path, sizeof(path), UPPERS "/%u/of", i);
		n = readlink(path, lower, sizeof(lower) - 1);
		if (n < 0)
			return false;
		lower[n] = '\0';
		if (stat(lower, &made) == 0 && made.st_dev == at.st_dev)
			return true;
	}
}

static int make_one(const char *path, struct err *e)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		return err_set(e, errno, "cannot make the folder %s: %s", path, strerror(errno));
	return 0;
}

/* Covers dir; a link to it stands beside the upper half, so that is_own() knows it again. */
static int cover(const char *dir, struct err *e)
{
	char base[64], path[80], options[2 * PATH_SIZE];
	struct stat st;
	unsigned i = 0;

	if (strpbrk(dir, ",:\\"))
		return err_set(e, EINVAL,
			       "no file can be put in %s: of ',', ':' and '\\' in the name of "
			       "a folder overlays make something else",
			       dir);
	do {
		snprintf(base, sizeof(base), UPPERS "/%u", i++);
	} while (access(base, F_OK) == 0);
	if (make_one(UPPERS, e) || make_one(base, e))
		return -e->code;
	snprintf(path, sizeof(path), "%s/up", base);
	if (make_one(path, e))
		return -e->code;
	/* the folder shows the mode and owner of its upper half; a plain user can give it to nobody else */
	if (stat(dir, &st) || chmod(path, st.st_mode & ALLPERMS) ||
	    (chown(path, st.st_uid, st.st_gid) && errno != EINVAL && errno != EPERM))
		return err_set(e, errno, "cannot make %s like %s: %s", path, dir, strerror(errno));
	snprintf(path, sizeof(path), "%s/work", base);
	if (make_one(path, e))
		return -e->code;
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s/up,workdir=%s/work,userxattr",
		 dir, base, base);
	if (mount("overlay", dir, "overlay", MS_NOSUID | MS_NODEV, options))
		return err_set(e, errno, "cannot cover %s, so that a file can be put there: %s%s",
			       dir, strerror(errno),
			       errno == ENODEV ? " (the kernel has no overlayfs: modprobe overlay)"
					       : "");
	snprintf(path, sizeof(path), "%s/of", base);
	if (symlink(dir, path))
		return err_set(e, errno, "cannot make %s: %s", path, strerror(errno));
	return 0;
}

/* The deepest folder on the way to the file that is there: its length in the path. */
static size_t deepest(const char *path)
{
	char dir[PATH_SIZE];
	struct stat st;
	size_t len = (size_t)(strrchr(path, '/') - path);

	for (; len > 0; len--) {
		if (path[len] != '/')
			continue;
		snprintf(dir, sizeof(dir), "%.*s", (int)len, path);
		if (stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
			return len;
	}
	return 0;
}

static int write_text(const struct lab_file *file, struct err *e)
{
	int fd, rc = 0;

	/* what is there may be a link out of the folder that is covered */
	if (unlink(file->path) && errno != ENOENT)
		return err_set(e, errno, "cannot replace %s: %s", file->path, strerror(errno));
	fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || write(fd, file->text, file->len) != (ssize_t)file->len ||
	    fchmod(fd, file->mode))
		rc = err_set(e, errno, "cannot write %s: %s", file->path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

static int put(const struct lab_file *file, struct err *e)
{
	char dir[PATH_SIZE], real[PATH_SIZE];
	size_t len;

	if (strlen(file->path) >= sizeof(dir))
		return err_set(e, ENAMETOOLONG, "the path %.60s... is too long", file->path);
	len = deepest(file->path);
	if (len == 0)
		return err_set(
			e, ENOENT,
			"no file can be put at %s: the folder %.*s is not there, and / is the "
			"machine's; use one below /etc, /run or another that is there",
			file->path, (int)strcspn(file->path + 1, "/") + 1, file->path);
	snprintf(dir, sizeof(dir), "%.*s", (int)len, file->path);
	if (!realpath(dir, real))
		return err_set(e, errno, "cannot find %s: %s", dir, strerror(errno));
	if (!is_own(real) && cover(real, e))
		return -e->code;
	for (const char *p = strchr(file->path + len + 1, '/'); p; p = strchr(p + 1, '/')) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(p - file->path), file->path);
		if (make_one(dir, e))
			return -e->code;
	}
	return write_text(file, e);
}

int host_files(const struct lab_host *host, struct err *e)
{
	for (size_t i = 0; i < host->files; i++)
		if (put(&host->file[i], e))
			return -e->code;
	return 0;
}
