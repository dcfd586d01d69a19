/* SPDX-License-Identifier: ISC */
/*
 * grade.c - "lab check": is in the lab what its file says must be?
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>

#include "ctx.h"
#include "js.h"
#include "lab/checks.h"
#include "lab/enter.h"
#include "text.h"

/* Ctrl-C ends the checks and not only the one that runs. */
struct listener {
	struct lab_env of_lab;
	struct ctx *ctx;
};

static pid_t start(void *arg, const char *host, int (*fn)(void *), void *fn_arg, struct fail *f)
{
	const struct listener *l = arg;

	return l->of_lab.start(l->of_lab.arg, host, fn, fn_arg, f);
}

static json_t *call(void *arg, const char *method, json_t *params, struct fail *f)
{
	const struct listener *l = arg;

	return l->of_lab.call(l->of_lab.arg, method, params, f);
}

static bool wait_a_while(void *arg, double seconds)
{
	const struct listener *l = arg;

	return rpc_pause(&l->ctx->rpc, seconds);
}

/* As they end, so that whoever waits sees that something happens. */
static void progress(void *arg, const struct checks *all, size_t i, const struct check_result *r)
{
	struct ctx *ctx = arg;

	if (ctx->json)
		return;
	if (r) {
		if (ctx->term.tty)
			fputs("\r\033[K", ctx->out);
		checks_tell(ctx->out, &ctx->term, all, i);
	} else if (ctx->term.tty) {
		char *name = text_safe(all->check[i].name);
		size_t room = ctx->term.width > 8 ? ctx->term.width - 8 : 0;

		fprintf(ctx->out, "...    %.*s", (int)text_fit(name, room), name);
		free(name);
	}
	fflush(ctx->out);
}

/* A file: what it says now, of the lab of its name.  Else what the lab was made of. */
static int find_lab(struct ctx *ctx, struct lab_state *s, struct lab *lab)
{
	const char *given = ctx->args.operands[0];
	bool is_file = given && *given && (strchr(given, '/') || !state_name_ok(given));
	char name[LAB_NAME_SIZE];
	int rc;

	if (!given)
		given = args_value(&ctx->args, "lab");
	if (is_file) {
		if (lab_load(given, lab, &ctx->fail))
			return ctx->fail.status = STATUS_USAGE;
		snprintf(name, sizeof(name), "%s", lab->name);
	} else if (state_find(given, name, &ctx->fail)) {
		return ctx->fail.status = STATUS_UNREACHABLE;
	}
	rc = state_open(s, name, false, &ctx->fail);
	if (!rc && !state_runs(s)) {
		rc = fail_set(&ctx->fail, STATUS_UNREACHABLE, "the lab %s is not up", name);
		fail_hint(&ctx->fail, "swctl lab up %s", is_file ? given : "FILE");
	} else if (!rc && !is_file) {
		rc = state_lab(s, lab, &ctx->fail);
	}
	if (rc)
		ctx->fail.status = STATUS_UNREACHABLE;
	return rc;
}

/* Before anything is checked, so that it is not all for nothing. */
static FILE *open_report(struct ctx *ctx)
{
	const char *path = args_value(&ctx->args, "junit");
	FILE *out;

	if (!path)
		return NULL;
	out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	if (!out)
		fail_set(&ctx->fail, STATUS_USAGE, "cannot write %s: %s", path, strerror(errno));
	return out;
}

static int write_report(struct ctx *ctx, FILE *report, const struct checks *all)
{
	bool written = !report || checks_junit(report, all);
	int code = errno;

	if (report && report != stdout && fclose(report) != 0 && written) {
		written = false;
		code = errno;
	}
	if (written)
		return 0;
	return fail_set(&ctx->fail, STATUS_UNREACHABLE, "cannot write %s: %s",
			args_value(&ctx->args, "junit"), strerror(code));
}

/* Carries out and tells; the exit status. */
static int grade(struct ctx *ctx, struct lab_state *s, const struct lab *lab)
{
	struct listener l = {.ctx = ctx};
	const struct lab_env env = {.start = start, .call = call, .pause = wait_a_while, .arg = &l};
	FILE *report = open_report(ctx);
	struct checks all = {0};
	int status;

	if (*ctx->fail.text)
		return ctx_fail(ctx);
	if (checks_read(lab, &all, &ctx->fail)) {
		ctx->fail.status = STATUS_USAGE;
		return ctx_fail(ctx);
	}
	enter_env(&l.of_lab, s);
	ctx_catch_stop(ctx);
	checks_run(&all, &env, progress, ctx);
	if (ctx->json) {
		json_t *v = checks_json(&all);

		ctx_json(ctx, v);
		json_decref(v);
	} else {
		checks_tell_sum(ctx->out, &ctx->term, &all);
	}
	status = checks_status(&all);
	if (write_report(ctx, report, &all))
		status = ctx_fail(ctx);
	checks_free(&all);
	return status;
}

int lab_check(struct ctx *ctx)
{
	struct lab_state s = {.lock = -1, .keeper = -1};
	struct lab lab = {.name = ""};
	int status = find_lab(ctx, &s, &lab) ? ctx_fail(ctx) : grade(ctx, &s, &lab);

	state_close(&s);
	lab_free(&lab);
	return status;
}
