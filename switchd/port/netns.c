/* SPDX-License-Identifier: ISC */
#include "port/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "port/log.h"

enum { PATH_SIZE = 192 };

static bool is_number(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

/* The file that stands for the namespace; a name goes before a process of the same number. */
static const char *path_of(const char *spec, char path[PATH_SIZE])
{
	if (!*spec) {
		snprintf(path, PATH_SIZE, "/proc/thread-self/ns/net");
		return path;
	}
	snprintf(path, PATH_SIZE, NETNS_DIR "/%s", spec);
	if (is_number(spec) && access(path, F_OK) != 0)
		snprintf(path, PATH_SIZE, "/proc/%s/ns/net", spec);
	return path;
}

/* `ip netns add` makes a file first and mounts the namespace on it later. */
static bool is_namespace(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC;
}

static int explain_open(int code, const char *spec, const char *path, struct err *e)
{
	if (code == ENOENT && is_number(spec))
		return err_set(e, ENOENT, "there is no process %s and no namespace of that name",
			       spec);
	if (code == ENOENT)
		return err_set(e, ENOENT,
			       "there is no network namespace \"%s\" (no file %s); make it with "
			       "`ip netns add %s`",
			       spec, path, spec);
	return err_set(e, code, "cannot open the network namespace %s: %s", path, strerror(code));
}

int netns_open(const char *spec, struct err *e)
{
	char path[PATH_SIZE];
	int fd = open(path_of(spec, path), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return explain_open(errno, spec, path, e);
	if (is_namespace(fd))
		return fd;
	close(fd);
	return err_set(e, ENOENT, "%s is a file, but no network namespace", path);
}

bool netns_is_pid(const char *spec)
{
	char path[PATH_SIZE];

	return strncmp(path_of(spec, path), "/proc/", 6) == 0 && *spec;
}

int netns_identify(int fd, struct netns_id *id)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	*id = (struct netns_id){.dev = st.st_dev, .ino = st.st_ino};
	return 0;
}

bool netns_lookup(const char *spec, struct netns_id *id)
{
	int fd = netns_open(spec, NULL);

	if (fd < 0)
		return false;
	bool found = netns_identify(fd, id) == 0;
	close(fd);
	return found;
}

const char *netns_name(const struct netns_id *id, char *out, size_t size)
{
	struct netns_id other = {0};
	const struct dirent *d;
	DIR *names;

	snprintf(out, size, "?");
	if (netns_lookup("", &other) && netns_same(&other, id)) {
		snprintf(out, size, "%s", "");
		return out;
	}
	names = opendir(NETNS_DIR);
	while (names && (d = readdir(names)) != NULL) {
		if (d->d_name[0] == '.' || !netns_lookup(d->d_name, &other) ||
		    !netns_same(&other, id))
			continue;
		snprintf(out, size, "%s", d->d_name);
		break;
	}
	if (names)
		closedir(names);
	return out;
}

int netns_enter(int ns)
{
	int home = netns_open("", NULL);

	if (home < 0)
		return home;
	if (setns(ns, CLONE_NEWNET)) {
		int code = errno;

		close(home);
		return -code;
	}
	return home;
}

void netns_leave(int home)
{
	if (setns(home, CLONE_NEWNET)) {
		log_error("cannot return to the own network namespace: %s", strerror(errno));
		abort();
	}
	close(home);
}
