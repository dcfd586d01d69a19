/* SPDX-License-Identifier: ISC */
#include "lab/up.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "js.h"
#include "lab/daemon.h"
#include "lab/enter.h"
#include "lab/host.h"
#include "lab/keeper.h"
#include "lab/vm.h"

enum { AT_ONCE = 16 }; /* hosts that are worked at together */

struct up {
	struct lab_state *s;
	const struct lab *lab;
	struct up_report *report;
	up_progress *progress;
	void *arg;
	char *dir;   /* of the lab file */
	bool whole;  /* it was complete, so what is written of hosts can be believed */
	bool *fresh; /* of each host of the lab: its first process is new */
};

static void tell(const struct up *u, const char *what, size_t done, size_t all)
{
	if (u->progress)
		u->progress(u->arg, what, done, all);
}

/* Between any two things that are done, and where there are many: the person may want to stop (up_apply() tells). */
static int go_on(const struct up *u)
{
	return state_stopped(u->s) ? STATUS_REFUSED : 0;
}

/* ---- what is written of each host ---- */

static json_t *group(struct lab_state *s, const char *name)
{
	json_t *v = json_object_get(s->json, name);

	if (!v) {
		v = need(json_object());
		json_object_set_new(s->json, name, v);
	}
	return v;
}

static json_t *record_of(const struct up *u, const char *host)
{
	return json_object_get(json_object_get(u->s->json, "hosts"), host);
}

/* What a host has from its beginning, so that other values of it take another host. */
static json_t *birth(const struct lab_host *h)
{
	json_t *v = need(json_object());

	json_object_set(v, "files", json_object_get(h->json, "files"));
	json_object_set(v, "commands", json_object_get(h->json, "commands"));
	return v;
}

static bool is_as_born(const struct up *u, const struct lab_host *h)
{
	json_t *now = birth(h);
	bool same = json_equal(json_object_get(record_of(u, h->name), "birth"), now);

	json_decref(now);
	return same;
}

/* ---- hosts come ---- */

static bool is_fine(const struct up *u, const struct lab_host *h)
{
	int pidfd = state_proc(u->s, "hosts", h->name);

	if (pidfd < 0)
		return false;
	close(pidfd);
	return json_object_get(record_of(u, h->name), "complete") && is_as_born(u, h);
}

/* Waits for some that were started, and writes them down before they go on.  All are waited for, whatever one says. */
static int await_hosts(struct up *u, struct host_start *start, size_t n, struct fail *f)
{
	int rc = 0;
	struct err e;

	for (size_t i = 0; i < n; i++) {
		int one = rc ? rc : host_await(&start[i], f);

		if (one) {
			if (rc)
				born_drop(&start[i].born);
			rc = one;
			continue;
		}
		json_t *record = proc_json(&start[i].born.proc);

		json_object_set_new(record, "birth", birth(start[i].host));
		json_object_set_new(group(u->s, "hosts"), start[i].host->name, record);
	}
	if (!rc)
		rc = state_save(u->s, f);
	for (size_t i = 0; i < n; i++) {
		if (rc) {
			born_drop(&start[i].born);
			continue;
		}
		if (born_go(&start[i].born, &e) == 0) {
			close(start[i].born.pidfd);
			continue;
		}
		rc = fail_set(f, STATUS_REFUSED, "cannot start the host %s: %s",
			      start[i].host->name, e.text);
	}
	return rc;
}

static int start_hosts(struct up *u, struct fail *f)
{
	struct host_start start[AT_ONCE];
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < u->lab->hosts && !rc; i++) {
		const struct lab_host *h = &u->lab->host[i];

		rc = go_on(u);
		if (!rc && !is_fine(u, h)) {
			rc = record_of(u, h->name) ? host_end(u->s, h->name, f) : 0;
			if (rc)
				break;
			u->fresh[i] = true;
			u->report->hosts_started++;
			start[n] = (struct host_start){.lab = u->s, .host = h};
			rc = host_start(&start[n], f);
			n += rc == 0;
		}
		if (n == AT_ONCE && !rc) {
			rc = await_hosts(u, start, n, f);
			n = 0;
			tell(u, "hosts", i + 1, u->lab->hosts);
		}
	}
	if (rc)
		for (size_t i = 0; i < n; i++)
			born_drop(&start[i].born);
	else
		rc = await_hosts(u, start, n, f);
	tell(u, "hosts", u->lab->hosts, u->lab->hosts);
	return rc;
}

/* ---- hosts are set up ---- */

struct setting {
	const struct lab_host *host;
	pid_t pid;
	int line[2]; /* what went wrong comes back here */
};

static int configure(void *arg)
{
	const struct setting *g = arg;
	struct err e = {.code = 0};

	if (host_configure(g->host, &e) == 0)
		return 0;
	return send(g->line[1], &e, sizeof(e), MSG_NOSIGNAL) < 0 ? 2 : 1;
}

static int configure_start(const struct up *u, struct setting *g, struct fail *f)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, g->line))
		return fail_set(f, STATUS_REFUSED, "cannot set up the host %s: %s", g->host->name,
				strerror(errno));
	g->pid = enter_start(u->s, g->host->name, 0, configure, g, f);
	close(g->line[1]);
	if (g->pid >= 0)
		return 0;
	close(g->line[0]);
	return f->status;
}

static int configure_await(struct setting *g, struct fail *f)
{
	struct err e;
	int status = enter_wait(g->pid), rc = 0;

	if (status && recv(g->line[0], &e, sizeof(e), MSG_DONTWAIT) == sizeof(e))
		rc = fail_set(f, STATUS_REFUSED, "host %s: %s", g->host->name, e.text);
	else if (status)
		rc = fail_set(f, STATUS_REFUSED, "the host %s ended while it was set up",
			      g->host->name);
	close(g->line[0]);
	return rc;
}

/* A record without "spec" is of a host that was not completed. */
static bool is_configured(const struct up *u, const struct lab_host *h)
{
	return u->whole && strcmp(u->report->switchd, "kept") == 0 &&
	       json_equal(json_object_get(record_of(u, h->name), "spec"), h->json);
}

static int configure_hosts(struct up *u, struct fail *f)
{
	struct setting g[AT_ONCE];
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < u->lab->hosts && !rc; i++) {
		const struct lab_host *h = &u->lab->host[i];

		rc = go_on(u);
		if (!rc && !is_configured(u, h)) {
			u->report->hosts_changed +=
				!u->fresh[i] &&
				!json_equal(json_object_get(record_of(u, h->name), "spec"),
					    h->json);
			g[n] = (struct setting){.host = h};
			rc = configure_start(u, &g[n], f);
			n += rc == 0;
		}
		if (n == AT_ONCE || i + 1 == u->lab->hosts || rc) {
			for (size_t k = 0; k < n; k++) {
				struct fail other = {.status = 0};
				int one = configure_await(&g[k], rc ? &other : f);

				fail_clear(&other);
				rc = rc ? rc : one;
			}
			n = 0;
			tell(u, "addresses", i + 1, u->lab->hosts);
		}
	}
	return rc;
}

/* ---- commands ---- */

/* What is written of a host now is all that the file says. */
static int complete_hosts(struct up *u, struct fail *f)
{
	for (size_t i = 0; i < u->lab->hosts; i++) {
		const struct lab_host *h = &u->lab->host[i];
		json_t *record = record_of(u, h->name);

		if (go_on(u))
			return STATUS_REFUSED;
		if (!json_object_get(record, "complete"))
			for (size_t k = 0; k < h->commands; k++)
				if (host_command(u->s, h->name, h->command[k], u->dir, k == 0, f))
					return f->status;
		json_object_set_new(record, "complete", json_true());
		json_object_set(record, "spec", h->json);
	}
	return 0;
}

/* ---- what is no more in the file ---- */

/* The names of a group that `wanted` does not know; a new reference. */
static json_t *unwanted(const struct up *u, const char *what)
{
	json_t *names = need(json_array());
	const char *name;
	json_t *v;

	json_object_foreach (group(u->s, what), name, v)
		if (strcmp(what, "hosts") == 0 ? !lab_find_host(u->lab, name)
					       : !lab_find_vm(u->lab, name))
			json_array_append_new(names, json_string(name));
	return names;
}

static int end_hosts(struct up *u, struct fail *f)
{
	json_t *names = unwanted(u, "hosts"), *v;
	size_t i;
	int rc = 0;

	json_array_foreach (names, i, v) {
		u->report->hosts_ended++;
		if (!rc)
			rc = go_on(u) ?: host_end(u->s, json_string_value(v), f);
	}
	json_decref(names);
	return rc;
}

/* ---- VMs ---- */

static int change_vms(struct up *u, struct fail *f)
{
	json_t *names = unwanted(u, "vms"), *v;
	size_t i;

	json_array_foreach (names, i, v) {
		vm_end(u->s, json_string_value(v));
		u->report->vms_ended++;
	}
	json_decref(names);
	for (i = 0; i < u->lab->vms; i++) {
		const struct lab_vm *vm = &u->lab->vm[i];
		const json_t *record = json_object_get(group(u->s, "vms"), vm->name);
		int pidfd = state_proc(u->s, "vms", vm->name);
		bool fine = pidfd >= 0 && json_equal(json_object_get(record, "spec"), vm->json);

		if (pidfd >= 0)
			close(pidfd);
		if (fine)
			continue;
		vm_end(u->s, vm->name);
		u->report->vms_started++;
		if (go_on(u) || vm_start(u->s, vm, f))
			return STATUS_REFUSED;
		tell(u, "VMs", i + 1, u->lab->vms);
	}
	return 0;
}

/* ---- all of it ---- */

static int write_file(const struct up *u, struct fail *f)
{
	char path[UNIX_PATH_SIZE];
	FILE *out = fopen(state_path(u->s, "lab.json", path), "we");

	bool written = out && fwrite(u->lab->text, 1, u->lab->len, out) == u->lab->len;

	if (out && fclose(out))
		written = false;
	if (!written)
		return fail_set(f, STATUS_REFUSED, "cannot write %s: %s", path, strerror(errno));
	json_object_set_new(u->s->json, "file", json_string(u->lab->path));
	json_object_set_new(u->s->json, "complete", json_true());
	return state_save(u->s, f);
}

static int apply(struct up *u, struct fail *f)
{
	int rc = keeper_enter(u->s, f);

	if (!rc)
		rc = host_names_write(u->s, u->lab, f);
	if (!rc)
		rc = start_hosts(u, f);
	/* before the switch, which connects to them: one that finds nobody tries again only after a while */
	if (!rc)
		rc = change_vms(u, f);
	if (!rc)
		rc = daemon_apply_uplinks(u->s, u->lab, &u->report->uplinks, f);
	if (!rc)
		rc = daemon_apply(u->s, u->lab, &u->report->switchd, f);
	if (!rc)
		rc = configure_hosts(u, f);
	if (!rc)
		rc = end_hosts(u, f);
	if (!rc)
		rc = complete_hosts(u, f);
	return rc ? rc : write_file(u, f);
}

/* Each host that is being started takes some. */
static void raise_descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

/* What was begun is ended, or written down as it is; returns the status, of an interruption as a shell has it. */
static int give_up(struct lab_state *s, const struct lab *lab, bool ran, int rc, struct fail *f)
{
	struct fail other = {.status = 0};

	if (state_stopped(s)) {
		rc = fail_set(f, 128 + state_stop_signal(s), "interrupted: %s of the lab %s",
			      ran ? "only a part was changed" : "nothing is left", s->name);
		if (ran)
			fail_hint(f, "change the rest: swctl lab up %s", lab->path);
	}
	if (ran) {
		state_save(s, &other);
	} else {
		keeper_end(s, &other);
		state_remove(s, &other);
	}
	fail_clear(&other);
	return rc;
}

int up_apply(struct lab_state *s, const struct lab *lab, struct up_report *report,
	     up_progress *progress, void *arg, struct fail *f)
{
	struct up u = {.s = s, .lab = lab, .report = report, .progress = progress, .arg = arg};
	bool ran = state_runs(s);
	int rc = 0;

	*report = (struct up_report){.switchd = "kept"};
	u.dir = need(strndup(lab->path, (size_t)(strrchr(lab->path, '/') - lab->path) + 1));
	u.fresh = need(calloc(lab->hosts + 1, sizeof(*u.fresh)));
	raise_descriptors();
	if (!ran) {
		json_object_clear(s->json);
		rc = keeper_end(s, f) ?: keeper_start(s, f);
	}
	/* written down before anything is touched: what is not complete is looked at as a whole the next time */
	u.whole = js_true(s->json, "complete");
	json_object_del(s->json, "complete");
	if (!rc)
		rc = state_save(s, f);
	if (!rc)
		rc = apply(&u, f);
	if (rc)
		rc = give_up(s, lab, ran, rc, f);
	free(u.fresh);
	free(u.dir);
	return rc;
}
