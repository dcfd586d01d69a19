/* SPDX-License-Identifier: ISC */
#include "port/holder.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/text.h"

enum { PATH_SIZE = 320, LINE_SIZE = 128 };

/* drivers/net/tun.c writes the device of a descriptor as "iff:\tNAME" into its fdinfo. */
static bool fdinfo_names(const char *path, const char *name)
{
	char line[LINE_SIZE], device[LINE_SIZE];
	bool found = false;
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "iff: %127s", device) == 1 && strcmp(device, name) == 0;
	fclose(f);
	return found;
}

static bool process_holds(const char *pid, const char *name)
{
	char dir[PATH_SIZE], path[PATH_SIZE * 2];
	bool found = false;
	const struct dirent *d;

	snprintf(dir, sizeof(dir), "/proc/%.20s/fdinfo", pid);
	DIR *fds = opendir(dir);
	if (!fds)
		return false;
	while (!found && (d = readdir(fds)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, d->d_name);
		found = d->d_name[0] != '.' && fdinfo_names(path, name);
	}
	closedir(fds);
	return found;
}

void process_comm(pid_t pid, char out[COMM_SIZE])
{
	char path[32];
	FILE *f;

	out[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(out, COMM_SIZE, f))
		out[0] = '\0';
	fclose(f);
	out[strcspn(out, "\n")] = '\0';
	text_clean(out); /* a program chooses its name */
}

void process_text(pid_t pid, char *out, size_t size)
{
	char comm[COMM_SIZE];

	process_comm(pid, comm);
	if (comm[0])
		snprintf(out, size, "process %d (%s)", (int)pid, comm);
	else
		snprintf(out, size, "process %d", (int)pid);
}

/* The holder among all processes but `self`, or (only) self. */
static bool find_holder(const char *name, const char *self, bool only, char out[HOLDER_SIZE])
{
	bool found = false;
	const struct dirent *d;
	DIR *proc = opendir("/proc");

	while (proc && !found && (d = readdir(proc)) != NULL) {
		if (d->d_name[0] < '1' || d->d_name[0] > '9' ||
		    (strcmp(d->d_name, self) == 0) != only || !process_holds(d->d_name, name))
			continue;
		process_text((pid_t)strtol(d->d_name, NULL, 10), out, HOLDER_SIZE);
		found = true;
	}
	if (proc)
		closedir(proc);
	return found;
}

const char *tun_holder(const char *name, char out[HOLDER_SIZE])
{
	char self[24];

	/* names repeat between namespaces and ours may be another device of that name: we come last */
	snprintf(self, sizeof(self), "%d", (int)getpid());
	snprintf(out, HOLDER_SIZE, "another process");
	if (!find_holder(name, self, false, out))
		(void)find_holder(name, self, true, out);
	return out;
}
