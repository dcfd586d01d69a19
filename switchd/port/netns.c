/* SPDX-License-Identifier: ISC */
#include "port/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/log.h"

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

int netns_open(const char *spec, struct err *e)
{
	char path[PATH_SIZE];
	int fd = open(path_of(spec, path), O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT && is_number(spec))
		return err_set(e, ENOENT, "there is no process %s and no namespace of that name",
			       spec);
	if (errno == ENOENT)
		return err_set(e, ENOENT,
			       "there is no network namespace \"%s\" (no file %s); make it with "
			       "`ip netns add %s`",
			       spec, path, spec);
	return err_set(e, errno, "cannot open the network namespace %s: %s", path, strerror(errno));
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
	char path[PATH_SIZE];
	struct stat st;

	if (stat(path_of(spec, path), &st))
		return false;
	*id = (struct netns_id){.dev = st.st_dev, .ino = st.st_ino};
	return true;
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
