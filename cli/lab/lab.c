/* SPDX-License-Identifier: ISC */
/*
 * lab.c - the commands that change a lab: up, reload, down.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctx.h"
#include "js.h"
#include "lab/keeper.h"
#include "lab/up.h"
#include "text.h"

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- up and reload ---- */

/* On a terminal a line that is written over; elsewhere progress is of no use. */
static void show_progress(void *arg, const char *what, size_t done, size_t all)
{
	(void)arg;
	if (all)
		fprintf(stderr, "\r\033[K%s %zu/%zu", what, done, all);
	fflush(stderr);
}

static void clear_progress(bool shown)
{
	if (shown)
		fputs("\r\033[K", stderr);
}

static json_t *result_of(const struct lab *lab, const struct up_report *r, double seconds)
{
	char sock[UNIX_PATH_SIZE];

	return need(json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:f}",
		"lab", lab->name, "file", lab->path, "socket", state_socket(lab->name, sock),
		"hosts", (json_int_t)lab->hosts, "switches", (json_int_t)lab->switches, "vms",
		(json_int_t)lab->vms, "links", (json_int_t)lab->links, "hosts_started",
		(json_int_t)r->hosts_started, "hosts_changed", (json_int_t)r->hosts_changed,
		"hosts_ended", (json_int_t)r->hosts_ended, "vms_started",
		(json_int_t)r->vms_started, "vms_ended", (json_int_t)r->vms_ended, "switchd",
		r->switchd, "uplinks", r->uplinks, "seconds", seconds));
}

/* "3 hosts", "1 switch"; nothing for none of what need not be there. */
static void count(char *out, size_t size, size_t n, const char *one, const char *many)
{
	size_t len = strlen(out);

	if (n)
		snprintf(out + len, size - len, "%s%zu %s", len ? ", " : "", n,
			 n == 1 ? one : many);
}

static void tell_lab(struct ctx *ctx, const struct lab *lab, const struct up_report *r,
		     double seconds)
{
	char what[160] = "", did[160] = "";

	count(what, sizeof(what), lab->hosts, "host", "hosts");
	count(what, sizeof(what), lab->vms, "VM", "VMs");
	count(what, sizeof(what), lab->switches, "switch", "switches");
	count(what, sizeof(what), lab->links, "link", "links");
	count(did, sizeof(did), r->hosts_started, "host started", "hosts started");
	count(did, sizeof(did), r->hosts_changed, "host changed", "hosts changed");
	count(did, sizeof(did), r->hosts_ended, "host ended", "hosts ended");
	count(did, sizeof(did), r->vms_started, "VM started", "VMs started");
	count(did, sizeof(did), r->vms_ended, "VM ended", "VMs ended");
	if (strcmp(r->switchd, "kept") != 0)
		snprintf(did + strlen(did), sizeof(did) - strlen(did), "%sswitchd %s",
			 did[0] ? ", " : "", r->switchd);
	if (strcmp(r->uplinks, "kept") != 0)
		snprintf(did + strlen(did), sizeof(did) - strlen(did), "%suplinks %s",
			 did[0] ? ", " : "", r->uplinks);
	text_line(ctx->out, "lab %s is up: %s", lab->name, what);
	if (did[0])
		text_line(ctx->out, "%s in %.1f s", did, seconds);
	else
		text_line(ctx->out, "nothing to change");
}

static int apply(struct ctx *ctx, const char *path, bool must_run)
{
	bool progress = isatty(STDERR_FILENO) && !ctx->json;
	struct lab_state s = {.lock = -1, .keeper = -1, .stop_fd = -1};
	struct up_report report;
	struct lab lab;
	double begin = now_s();
	int rc;

	if (lab_load(path, &lab, &ctx->fail))
		return ctx_fail(ctx);
	rc = lab_check_files(&lab, &ctx->fail) ?: state_open(&s, lab.name, true, &ctx->fail);
	if (!rc && must_run && !state_runs(&s)) {
		rc = fail_set(&ctx->fail, STATUS_REFUSED, "the lab %s is not up", lab.name);
		fail_hint(&ctx->fail, "swctl lab up %s", path);
		if (!state_exists(&s)) { /* of which only the lock was made */
			struct fail other = {.status = 0};

			state_remove(&s, &other);
			fail_clear(&other);
		}
	}
	if (!rc) {
		ctx_catch_stop(ctx);
		s.stop_fd = ctx->rpc.stop_fd;
		rc = up_apply(&s, &lab, &report, progress ? show_progress : NULL, NULL, &ctx->fail);
		clear_progress(progress);
	}
	if (rc) {
		ctx_fail(ctx);
	} else if (ctx->json) {
		json_t *v = result_of(&lab, &report, now_s() - begin);

		ctx_json(ctx, v);
		json_decref(v);
	} else {
		tell_lab(ctx, &lab, &report, now_s() - begin);
	}
	state_close(&s);
	lab_free(&lab);
	return rc;
}

int lab_up(struct ctx *ctx)
{
	return apply(ctx, ctx->args.operands[0], false);
}

int lab_reload(struct ctx *ctx)
{
	struct lab_state s;
	char name[LAB_NAME_SIZE], *path;
	const char *given = ctx->args.operands[0];
	int rc;

	if (given)
		return apply(ctx, given, true);
	/* the file that the lab was made of */
	if (state_find(args_value(&ctx->args, "lab"), name, &ctx->fail) ||
	    state_open(&s, name, false, &ctx->fail))
		return ctx_fail(ctx);
	path = need(strdup(js_str(s.json, "file")));
	state_close(&s);
	if (*path) {
		rc = apply(ctx, path, true);
	} else {
		fail_set(&ctx->fail, STATUS_REFUSED,
			 "the lab %s was never complete; swctl lab up FILE, or swctl lab down %s",
			 name, name);
		rc = ctx_fail(ctx);
	}
	free(path);
	return rc;
}

/* ---- down ---- */

static int end_one(struct ctx *ctx, const char *name, struct lab_state *s)
{
	bool was = state_exists(s);

	if (keeper_end(s, &ctx->fail) || state_remove(s, &ctx->fail))
		return ctx_fail(ctx);
	return ctx_done(ctx, json_pack("{s:s, s:b}", "lab", name, "was_up", was),
			was ? "lab %s is down" : "lab %s was not up", name);
}

/* What is begun is not left half done, which takes seconds at most: who wants to stop does so after it. */
static int down_one(struct ctx *ctx, const char *name)
{
	struct lab_state s;
	sigset_t set, was;
	int rc;

	if (state_open(&s, name, true, &ctx->fail))
		return ctx_fail(ctx);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &was);
	rc = end_one(ctx, name, &s);
	state_close(&s);
	fflush(ctx->out);
	sigprocmask(SIG_SETMASK, &was, NULL);
	return rc;
}

int lab_down(struct ctx *ctx)
{
	const char *given = ctx->args.operands[0];
	char name[LAB_NAME_SIZE];
	int status = STATUS_OK;

	if (args_flag(&ctx->args, "all")) {
		json_t *names = state_names(), *v;
		size_t i;

		json_array_foreach (names, i, v) {
			int one = down_one(ctx, json_string_value(v));

			status = one ? one : status;
		}
		json_decref(names);
		return status;
	}
	if (state_meant(given, args_value(&ctx->args, "lab"), name, &ctx->fail)) {
		/* to be down is what was wanted */
		if (!given || !state_name_ok(given))
			return ctx_fail(ctx);
		fail_clear(&ctx->fail);
		snprintf(name, sizeof(name), "%s", given);
		return ctx_done(ctx, json_pack("{s:s, s:b}", "lab", name, "was_up", 0),
				"lab %s was not up", name);
	}
	return down_one(ctx, name);
}
