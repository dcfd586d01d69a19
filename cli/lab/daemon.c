/* SPDX-License-Identifier: ISC */
#include "lab/daemon.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "js.h"
#include "lab/argv.h"
#include "lab/born.h"
#include "rpc.h"

enum {
	ANSWERS_S = 20, /* a switch with hundreds of taps takes some seconds to start */
	ASK_MS = 10,
	LEAVE_MS = 3000,
};

/* One of the two. */
struct role {
	const char *key;		   /* in state.json */
	const char *socket, *log, *config; /* DIR/... */
	int enter; /* namespaces besides the lab's that this process is in */
};
static const struct role inner = {
	.key = "switchd",
	.socket = "switchd.sock",
	.log = "switchd.log",
	.config = "switchd.json",
	.enter = CLONE_NEWPID | CLONE_NEWNET,
};
static const struct role outer = {
	.key = "uplinks",
	.socket = "uplinks.sock",
	.log = "uplinks.log",
	.config = "uplinks.json",
	.enter = CLONE_NEWPID,
};

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* $SWITCHD, the one beside this program or where `make install` puts it, or one of $PATH. */
static const char *find_program(char out[4096])
{
	static const char *const near[] = {"switchd", "../sbin/switchd"};
	const char *named = getenv("SWITCHD"), *slash;
	char self[2048];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (named && *named) {
		snprintf(out, 4096, "%s", named);
		return out;
	}
	self[n < 0 ? 0 : n] = '\0';
	slash = strrchr(self, '/');
	for (size_t i = 0; slash && i < sizeof(near) / sizeof(near[0]); i++) {
		snprintf(out, 4096, "%.*s/%s", (int)(slash - self), self, near[i]);
		if (is_program(out))
			return out;
	}
	snprintf(out, 4096, "switchd");
	return out;
}

static double clock_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static json_t *call(const struct lab_state *s, const struct role *role, double timeout_s,
		    const char *method, json_t *params, struct fail *f)
{
	char path[UNIX_PATH_SIZE];
	json_t *result = NULL;
	struct rpc r;

	rpc_init(&r, state_path(s, role->socket, path));
	r.timeout_s = timeout_s;
	r.stop_fd = s->stop_fd;
	if (rpc_call(&r, method, params, &result, f))
		result = NULL;
	rpc_close(&r);
	return result;
}

json_t *daemon_call(const struct lab_state *s, const char *method, json_t *params, struct fail *f)
{
	return call(s, &inner, ANSWERS_S, method, params, f);
}

/* The last lines of what it said, for an error. */
static void hint_log(const struct lab_state *s, const struct role *role, struct fail *f)
{
	char text[2048], path[UNIX_PATH_SIZE];
	FILE *in = fopen(state_path(s, role->log, path), "re");
	size_t n = 0;

	if (in) {
		if (fseek(in, -(long)(sizeof(f->hint) - 200), SEEK_END))
			rewind(in);
		n = fread(text, 1, sizeof(text) - 1, in);
		fclose(in);
	}
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	if (n)
		fail_hint(f, "it said: %s", text);
}

/* Waits until it answers, or ends. */
static int await_answer(const struct lab_state *s, const struct role *role, int pidfd,
			struct fail *f)
{
	double until = clock_s() + ANSWERS_S;
	char path[UNIX_PATH_SIZE];

	state_path(s, role->socket, path);
	while (clock_s() < until && !state_stopped(s)) {
		double left = until - clock_s() + ASK_MS / 1e3;
		json_t *answer =
			access(path, F_OK) ? NULL : call(s, role, left, "daemon.info", NULL, f);

		if (answer) {
			json_decref(answer);
			fail_clear(f);
			return 0;
		}
		if (proc_ended(pidfd, ASK_MS))
			break;
	}
	fail_set(f, STATUS_REFUSED, "the switchd of the lab %s %s", s->name,
		 proc_ended(pidfd, 0) ? "ended at once" : "does not answer");
	hint_log(s, role, f);
	return STATUS_REFUSED;
}

static int start(struct lab_state *s, const struct role *role, json_t *config, struct fail *f)
{
	char program[4096], file[UNIX_PATH_SIZE], sock[UNIX_PATH_SIZE];
	struct argv argv = {.n = 0};
	struct born b;
	struct err e;
	int rc;

	state_path(s, role->config, file);
	state_path(s, role->socket, sock);
	if (json_dump_file(config, file, JSON_INDENT(2)))
		return fail_set(f, STATUS_REFUSED, "cannot write %s: %s", file, strerror(errno));
	argv_adds(&argv, find_program(program), "--config", file, "--socket", sock);
	struct born_how how = {.pidfd = s->keeper, .enter = role->enter, .argv = argv.word};

	how.log = state_log(s, role->log, true, f);
	if (how.log < 0)
		return f->status;
	rc = born_start(&b, &how, &e) ? -1 : born_await(&b, &e);
	close(how.log);
	argv_free(&argv);
	if (rc)
		return fail_set(f, STATUS_REFUSED, "cannot start switchd: %s", e.text);
	json_object_set_new(s->json, role->key, proc_json(&b.proc));
	rc = state_save(s, f);
	if (rc) {
		born_drop(&b);
		return rc;
	}
	if (born_go(&b, &e)) {
		fail_set(f, STATUS_REFUSED, "cannot start switchd: %s", e.text);
		fail_hint(f, "it is looked for beside swctl and in $PATH; or name it: export "
			     "SWITCHD=/usr/local/sbin/switchd");
		return STATUS_REFUSED;
	}
	rc = await_answer(s, role, b.pidfd, f);
	close(b.pidfd);
	return rc;
}

static void end(struct lab_state *s, const struct role *role)
{
	int pidfd = state_proc(s, role->key, NULL);

	if (pidfd >= 0) {
		proc_end(pidfd, LEAVE_MS);
		close(pidfd);
	}
	json_object_del(s->json, role->key);
}

/* Of one that runs. */
static int change(const struct lab_state *s, const struct role *role, int pidfd, json_t *config,
		  const char **what, struct fail *f)
{
	json_t *answer = NULL;

	/* who started it may have been interrupted before it was ready */
	if (await_answer(s, role, pidfd, f) == 0)
		answer = call(s, role, ANSWERS_S, "config.apply",
			      json_pack("{s:O}", "config", config), f);
	*what = json_array_size(json_object_get(answer, "changes")) ? "changed" : "kept";
	json_decref(answer);
	return answer ? 0 : f->status ?: STATUS_REFUSED; /* it has none where the person wants to stop */
}

/* Takes over config. */
static int apply(struct lab_state *s, const struct role *role, json_t *config, const char **what,
		 struct fail *f)
{
	int pidfd = state_proc(s, role->key, NULL), rc = 0;
	bool runs = pidfd >= 0;

	if (runs) {
		rc = change(s, role, pidfd, config, what, f);
		/* one that is just ending, or that an interrupted command left in trouble, is none */
		runs = rc == 0 || !proc_ended(pidfd, 0);
		close(pidfd);
	}
	if (!runs) {
		fail_clear(f);
		*what = "started";
		rc = start(s, role, config, f);
	}
	json_decref(config);
	return rc;
}

int daemon_apply(struct lab_state *s, const struct lab *lab, const char **what, struct fail *f)
{
	return apply(s, &inner, lab_config(lab, s->dir), what, f);
}

int daemon_apply_uplinks(struct lab_state *s, const struct lab *lab, const char **what,
			 struct fail *f)
{
	json_t *config = lab_uplink_config(lab, s->dir);

	if (config)
		return apply(s, &outer, config, what, f);
	*what = json_object_get(s->json, outer.key) ? "ended" : "kept";
	end(s, &outer);
	return 0;
}
