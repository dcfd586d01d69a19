/* SPDX-License-Identifier: ISC */
#include "lab/state.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "js.h"

enum { VERSION = 1 }; /* of what is written: another is not understood */

bool state_name_ok(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len >= LAB_NAME_SIZE || !isalnum((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
			return false;
	return true;
}

/*
 * The folder of all labs: root's below /run; a plain user's, or that of a root who may not write there, where the
 * XDG Base Directory Specification has such things, and without it below /tmp under a name with his number.  After su(1) the
 * environment may name the runtime directory of who was somebody else before.  Found once: in a lab (keeper_enter()) a plain user is root.
 */
static const char *root_dir(void)
{
	static char dir[UNIX_PATH_SIZE];
	const char *xdg = getenv("XDG_RUNTIME_DIR");

	if (dir[0])
		return dir;
	if (geteuid() == 0 && access("/run", W_OK) == 0)
		snprintf(dir, sizeof(dir), "/run/switchd/labs");
	else if (!xdg || xdg[0] != '/' || access(xdg, W_OK | X_OK) ||
		 snprintf(dir, sizeof(dir), "%s/switchd/labs", xdg) >= LAB_DIR_SIZE - 8)
		snprintf(dir, sizeof(dir), "/tmp/switchd-labs-%u", (unsigned)geteuid());
	return dir;
}

/* Others could have made the folder of all labs, or of one, first, and what is written there is believed. */
static int check_dir(const char *path, struct fail *f)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	    !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	return fail_set(f, STATUS_REFUSED,
			"%s, where labs are written down, is no folder that only you can write to; "
			"remove it, or set XDG_RUNTIME_DIR",
			path);
}

/* The folder of a lab and that of all labs; one that is not there is no trouble. */
static int check_dirs(const char *dir, struct fail *f)
{
	int rc;

	if (access(dir, F_OK))
		return 0;
	rc = check_dir(root_dir(), f);
	return rc ? rc : check_dir(dir, f);
}

/* Makes the folder and those above it; below /tmp others could have made it first. */
static int make_dir(const char *path, struct fail *f)
{
	char one[UNIX_PATH_SIZE];

	for (const char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		snprintf(one, sizeof(one), "%.*s", (int)(p - path), path);
		if (mkdir(one, 0755) && errno != EEXIST)
			return fail_set(f, STATUS_REFUSED, "cannot make the folder %s: %s", one,
					strerror(errno));
	}
	if (mkdir(path, 0700) && errno != EEXIST)
		return fail_set(f, STATUS_REFUSED, "cannot make the folder %s: %s", path,
				strerror(errno));
	return check_dirs(path, f);
}

const char *state_path(const struct lab_state *s, const char *name, char out[UNIX_PATH_SIZE])
{
	snprintf(out, UNIX_PATH_SIZE, "%s/%s", s->dir, name);
	return out;
}

const char *state_socket(const char *name, char out[UNIX_PATH_SIZE])
{
	if (snprintf(out, UNIX_PATH_SIZE, "%.*s/%.*s/switchd.sock", LAB_DIR_SIZE, root_dir(),
		     LAB_NAME_SIZE, name) >= UNIX_PATH_SIZE)
		out[0] = '\0';
	return out;
}

/*
 * The lock is a file of the folder, which its holder may remove: who gets the lock of a file that has no name any more
 * begins again.
 */
static int take_lock(struct lab_state *s, struct fail *f)
{
	char path[UNIX_PATH_SIZE];
	struct stat held, named;

	state_path(s, "lock", path);
	for (;;) {
		int rc = make_dir(s->dir, f);

		if (rc)
			return rc;
		s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (s->lock < 0 && errno == ENOENT)
			continue; /* its folder was just removed */
		if (s->lock < 0 || flock(s->lock, LOCK_EX))
			return fail_set(f, STATUS_REFUSED, "cannot lock %s: %s", path,
					strerror(errno));
		if (fstat(s->lock, &held) == 0 && stat(path, &named) == 0 &&
		    held.st_ino == named.st_ino && held.st_dev == named.st_dev)
			return 0;
		close(s->lock);
		s->lock = -1;
	}
}

static bool is_group(const json_t *v)
{
	return !v || json_is_object(v);
}

static bool is_state(const json_t *v)
{
	return js_int(v, "version") == VERSION &&
	       proc_from_json(json_object_get(v, "keeper")).pid > 0 &&
	       is_group(json_object_get(v, "hosts")) && is_group(json_object_get(v, "vms"));
}

/* What cannot be read is as good as nothing written: then the lab is a crashed one. */
static json_t *read_json(const struct lab_state *s)
{
	char path[UNIX_PATH_SIZE];
	json_t *v = json_load_file(state_path(s, "state.json", path), 0, NULL);

	if (is_state(v))
		return v;
	json_decref(v);
	return need(json_object());
}

int state_open(struct lab_state *s, const char *name, bool change, struct fail *f)
{
	int rc;

	*s = (struct lab_state){.lock = -1, .keeper = -1, .stop_fd = -1};
	if (!state_name_ok(name))
		return fail_set(
			f, STATUS_USAGE,
			"\"%s\" is no name of a lab: letters, digits, '-' and '_', at most %d",
			name, LAB_NAME_SIZE - 1);
	snprintf(s->name, sizeof(s->name), "%s", name);
	if (snprintf(s->dir, sizeof(s->dir), "%s/%s", root_dir(), name) >= (int)sizeof(s->dir))
		return fail_set(
			f, STATUS_REFUSED,
			"%s/%s is too long a path for sockets; set XDG_RUNTIME_DIR to a shorter "
			"one",
			root_dir(), name);
	rc = change ? take_lock(s, f) : check_dirs(s->dir, f);
	if (rc) {
		state_close(s);
		return rc;
	}
	s->json = read_json(s);
	s->keeper = state_proc(s, "keeper", NULL);
	s->user = js_true(s->json, "user_namespace");
	return 0;
}

void state_close(struct lab_state *s)
{
	json_decref(s->json);
	if (s->keeper >= 0)
		close(s->keeper);
	if (s->lock >= 0)
		close(s->lock);
	*s = (struct lab_state){.lock = -1, .keeper = -1, .stop_fd = -1};
}

bool state_exists(const struct lab_state *s)
{
	char path[UNIX_PATH_SIZE];

	return access(state_path(s, "state.json", path), F_OK) == 0 || state_runs(s);
}

bool state_runs(const struct lab_state *s)
{
	return s->keeper >= 0;
}

bool state_stopped(const struct lab_state *s)
{
	struct pollfd p = {.fd = s->stop_fd, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

int state_stop_signal(const struct lab_state *s)
{
	struct signalfd_siginfo info;

	if (read(s->stop_fd, &info, sizeof(info)) != sizeof(info))
		return SIGINT;
	return (int)info.ssi_signo;
}

int state_save(struct lab_state *s, struct fail *f)
{
	char path[UNIX_PATH_SIZE], next[UNIX_PATH_SIZE];

	state_path(s, "state.json", path);
	state_path(s, "state.json.new", next);
	json_object_set_new(s->json, "version", json_integer(VERSION));
	if (json_dump_file(s->json, next, JSON_INDENT(1)) || rename(next, path))
		return fail_set(f, STATUS_REFUSED, "cannot write %s: %s", path, strerror(errno));
	return 0;
}

int state_log(const struct lab_state *s, const char *name, bool anew, struct fail *f)
{
	char path[UNIX_PATH_SIZE];
	int fd = open(state_path(s, name, path),
		      O_WRONLY | O_CREAT | (anew ? O_TRUNC : 0) | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
		      0600);

	if (fd < 0)
		fail_set(f, STATUS_REFUSED, "cannot write %s: %s", path, strerror(errno));
	return fd;
}

int state_lab(const struct lab_state *s, struct lab *lab, struct fail *f)
{
	const char *file = js_str(s->json, "file");
	char path[UNIX_PATH_SIZE], *text;
	size_t len;
	FILE *in;
	int rc;

	*lab = (struct lab){.title = NULL};
	if (!*file)
		return 0;
	in = fopen(state_path(s, "lab.json", path), "re");
	if (!in)
		return fail_set(f, STATUS_REFUSED, "cannot read %s: %s", path, strerror(errno));
	text = need(malloc(LAB_FILE_MAX));
	len = fread(text, 1, LAB_FILE_MAX, in);
	fclose(in);
	rc = lab_parse(file, text, len, lab, f);
	free(text);
	return rc;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int state_remove(struct lab_state *s, struct fail *f)
{
	enum { OPEN_FOLDERS = 8 };

	if (nftw(s->dir, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) && errno != ENOENT)
		return fail_set(f, STATUS_REFUSED, "cannot remove %s: %s", s->dir, strerror(errno));
	rmdir(root_dir()); /* where it was the last lab */
	json_object_clear(s->json);
	return 0;
}

int state_proc(const struct lab_state *s, const char *group, const char *name)
{
	const json_t *v = json_object_get(s->json, group);
	struct proc p = proc_from_json(name ? json_object_get(v, name) : v);

	return proc_open(&p);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(json_string_value(*(json_t *const *)a),
		      json_string_value(*(json_t *const *)b));
}

json_t *state_names(void)
{
	json_t *names = need(json_array());
	DIR *dir = opendir(root_dir());
	const struct dirent *d;

	while (dir && (d = readdir(dir)) != NULL)
		if (state_name_ok(d->d_name))
			json_array_append_new(names, json_string(d->d_name));
	if (dir)
		closedir(dir);
	js_sort(names, by_text);
	return names;
}

int state_find(const char *name, char out[LAB_NAME_SIZE], struct fail *f)
{
	json_t *names = state_names();
	size_t i, n = json_array_size(names);
	const json_t *v;
	int rc = 0;

	out[0] = '\0';
	json_array_foreach (names, i, v)
		if (name ? strcmp(json_string_value(v), name) == 0 : n == 1)
			snprintf(out, LAB_NAME_SIZE, "%s", json_string_value(v));
	if (!out[0] && n == 0) {
		rc = fail_set(f, STATUS_REFUSED, "no lab of yours is up");
		fail_hint(f, "start one: swctl lab up FILE");
	} else if (!out[0]) {
		char *all = js_join(names, ", ");

		rc = name ? fail_set(f, STATUS_REFUSED, "there is no lab \"%s\"; there are: %s",
				     name, all)
			  : fail_set(f, STATUS_USAGE, "which lab? There are: %s", all);
		if (!name)
			fail_hint(f, "name it with --lab");
		free(all);
	}
	json_decref(names);
	return rc;
}

/* A file that has become wrong since the lab was made of it must not be in the way of ending that. */
static bool made_of(const char *file, char out[LAB_NAME_SIZE])
{
	json_t *names = state_names();
	char *wanted = realpath(file, NULL);
	const json_t *v;
	bool found = false;
	size_t i;

	json_array_foreach (names, i, v) {
		struct fail f = {.status = 0};
		struct lab_state s;
		char *path = NULL;

		if (state_open(&s, json_string_value(v), false, &f) == 0)
			path = realpath(js_str(s.json, "file"), NULL);
		if (!found && wanted && path && strcmp(wanted, path) == 0) {
			snprintf(out, LAB_NAME_SIZE, "%s", s.name);
			found = true;
		}
		free(path);
		state_close(&s);
		fail_clear(&f);
	}
	json_decref(names);
	free(wanted);
	return found;
}

int state_meant(const char *given, const char *option, char out[LAB_NAME_SIZE], struct fail *f)
{
	struct lab lab;

	if (!given || state_name_ok(given))
		return state_find(given ? given : option, out, f);
	if (made_of(given, out))
		return 0;
	if (lab_load(given, &lab, f))
		return f->status;
	snprintf(out, LAB_NAME_SIZE, "%s", lab.name);
	lab_free(&lab);
	return 0;
}
