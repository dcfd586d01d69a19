/* SPDX-License-Identifier: ISC */
#include "lab/keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/born.h"
#include "lab/nl.h"
#include "lab/ns.h"

#define NETNS_DIR "/run/netns" /* ip-netns(8) */

enum {
	LAB_NS = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC,
	LEAVE_MS = 5000, /* more than its processes take for the same (born.c) */
};

static int mount_tmpfs(const char *path, const char *options, struct err *e)
{
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options))
		return err_set(e, errno, "cannot mount a tmpfs at %s: %s", path, strerror(errno));
	return 0;
}

/* Shows in the new /run what was in the old one, which is behind the descriptor. */
static int bind_back(int old, const char *name, unsigned char type, struct err *e)
{
	char from[300], to[300];
	int fd;

	snprintf(from, sizeof(from), "/proc/self/fd/%d/%s", old, name);
	snprintf(to, sizeof(to), "/run/%s", name);
	if (type == DT_LNK)
		return 0; /* what it leads to may be anything; nothing of ours needs it */
	if (type == DT_DIR) {
		if (mkdir(to, 0755))
			return err_set(e, errno, "cannot make %s: %s", to, strerror(errno));
	} else {
		fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return err_set(e, errno, "cannot make %s: %s", to, strerror(errno));
		close(fd);
	}
	/* what the user may not look into, or has just gone, is not missed */
	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) && errno != EACCES && errno != EINVAL &&
	    errno != ENOENT)
		return err_set(e, errno, "cannot show %s in the lab: %s", to, strerror(errno));
	return 0;
}

/* Where there is no /run/netns yet, and a plain user cannot make it: a /run of the lab's own with all that is in it. */
static int own_run(struct err *e)
{
	int old = open("/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;
	const struct dirent *d;
	DIR *dir = old < 0 ? NULL : fdopendir(dup(old));

	if (!dir)
		return err_set(e, errno, "cannot open /run: %s", strerror(errno));
	rc = mount_tmpfs("/run", "mode=755", e);
	while (!rc && (d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			rc = bind_back(old, d->d_name, d->d_type, e);
	closedir(dir);
	close(old);
	if (!rc && mkdir(NETNS_DIR, 0755))
		rc = err_set(e, errno, "cannot make " NETNS_DIR ": %s", strerror(errno));
	return rc;
}

static int prepare(void *arg, struct err *e)
{
	const struct lab_state *s = arg;

	if (sethostname(s->name, strlen(s->name)))
		return err_set(e, errno, "cannot set the host name: %s", strerror(errno));
	/* what is mounted in here stays in here */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return err_set(e, errno, "cannot make mounts private: %s", strerror(errno));
	if (access(NETNS_DIR, F_OK) == 0 ? mount_tmpfs(NETNS_DIR, "mode=755", e) : own_run(e))
		return -e->code;
	return nl_up("lo", e);
}

static int failed(const struct lab_state *s, struct fail *f, const struct err *e)
{
	return fail_set(f, STATUS_REFUSED, "cannot start the lab %s: %s", s->name, e->text);
}

/* It holds the lock of that file while it lives, so it is found whatever has become of state.json. */
static int open_mark(const struct lab_state *s)
{
	char path[UNIX_PATH_SIZE];

	return open(state_path(s, "keeper", path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* Who holds the lock; 0 = nobody. */
static pid_t holder(int mark)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(mark, F_GETLK, &l) == 0 && l.l_type != F_UNLCK ? l.l_pid : 0;
}

/* A descriptor of the one that runs although nothing readable says so; -1 = there is none. */
static int find_unknown(const struct lab_state *s)
{
	int mark = open_mark(s), pidfd = -1;
	struct proc p;

	if (mark < 0)
		return -1;
	p = proc_of(holder(mark));
	pidfd = proc_open(&p);
	/* asked again while it is held: the number may have become another's */
	if (pidfd >= 0 && holder(mark) != p.pid) {
		close(pidfd);
		pidfd = -1;
	}
	close(mark);
	return pidfd;
}

int keeper_start(struct lab_state *s, struct fail *f)
{
	struct born_how how = {
		.mark = open_mark(s),
		.make = LAB_NS | (ns_needs_user() ? CLONE_NEWUSER : 0),
		.prepare = prepare,
		.arg = s,
		.lab = s->name,
		.host = "",
	};
	struct born b;
	struct err e;
	int rc;

	if (how.mark < 0)
		return fail_set(f, STATUS_REFUSED, "cannot write in %s: %s", s->dir,
				strerror(errno));
	rc = born_start(&b, &how, &e) ?: born_await(&b, &e);
	close(how.mark);
	if (rc)
		return failed(s, f, &e);
	s->user = how.make & CLONE_NEWUSER;
	json_object_set_new(s->json, "user_namespace", json_boolean(s->user));
	json_object_set_new(s->json, "keeper", proc_json(&b.proc));
	rc = state_save(s, f);
	if (rc) {
		born_drop(&b);
		return rc;
	}
	if (born_go(&b, &e))
		return failed(s, f, &e);
	s->keeper = b.pidfd;
	return 0;
}

int keeper_enter(struct lab_state *s, struct fail *f)
{
	struct err e;
	int user = s->user && !s->inside ? CLONE_NEWUSER : 0;

	if (ns_enter(s->keeper, user | CLONE_NEWNS, &e))
		return fail_set(f, STATUS_REFUSED, "cannot enter the lab %s: %s", s->name, e.text);
	s->inside = true;
	return 0;
}

int keeper_end(struct lab_state *s, struct fail *f)
{
	if (s->keeper < 0)
		s->keeper = find_unknown(s);
	if (s->keeper < 0)
		return 0;
	if (!proc_end(s->keeper, LEAVE_MS))
		return fail_set(
			f, STATUS_REFUSED,
			"the first process of the lab %s does not end, although it was killed",
			s->name);
	close(s->keeper);
	s->keeper = -1;
	return 0;
}
