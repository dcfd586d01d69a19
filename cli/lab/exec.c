/* SPDX-License-Identifier: ISC */
/*
 * exec.c - "lab exec" and "lab shell": programs in a host.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctx.h"
#include "js.h"
#include "lab/argv.h"
#include "lab/console.h"
#include "lab/enter.h"
#include "lab/job.h"
#include "util/words.h"

enum { NOT_FOUND = 127, NOT_RUNNABLE = 126 }; /* as shells have it */

#define SHELL_OF_ALL "/bin/sh"

struct program {
	char *const *argv;
	const char *instead; /* is run where that cannot be; NULL = nothing */
};

static int run(void *arg)
{
	const struct program *p = arg;

	execvp(p->argv[0], p->argv);
	if (p->instead)
		execl(p->instead, p->instead, NULL);
	fprintf(stderr, "swctl: cannot run %s: %s\n", p->argv[0], strerror(errno));
	return errno == ENOENT ? NOT_FOUND : NOT_RUNNABLE;
}

/* The lab that is meant; 0, or a status with ctx->fail filled. */
static int open_lab(struct ctx *ctx, struct lab_state *s)
{
	char name[LAB_NAME_SIZE];
	int rc = state_find(args_value(&ctx->args, "lab"), name, &ctx->fail);

	if (!rc)
		rc = state_open(s, name, false, &ctx->fail);
	if (!rc && !state_runs(s)) {
		rc = fail_set(&ctx->fail, STATUS_REFUSED, "the lab %s has crashed", name);
		fail_hint(&ctx->fail,
			  "start it again with swctl lab up, or clean up: swctl lab down %s", name);
		state_close(s);
	}
	return rc;
}

/* There is no host of that name: which was meant? */
static int no_such_host(struct ctx *ctx, const struct lab_state *s, const char *typed)
{
	const char *best = NULL, *name;
	struct err e;
	json_t *v;

	json_object_foreach (json_object_get(s->json, "hosts"), name, v)
		word_nearest(typed, name, &best);
	json_object_foreach (json_object_get(s->json, "vms"), name, v)
		word_nearest(typed, name, &best);
	word_unknown(&e, ENOENT, typed, best, "the lab %s has no host", s->name);
	return fail_set(&ctx->fail, STATUS_REFUSED, "%s", e.text);
}

static bool has(const struct lab_state *s, const char *what, const char *name)
{
	return json_object_get(json_object_get(s->json, what), name);
}

static int in_host(struct ctx *ctx, const struct lab_state *s, const char *host, char *const *argv,
		   bool shell)
{
	struct program program = {.argv = argv, .instead = shell ? SHELL_OF_ALL : NULL};
	pid_t terminal = job_terminal(), pid;
	int status;

	pid = enter_start(s, host, ENTER_JOB, run, &program, &ctx->fail);
	if (pid < 0)
		return ctx_fail(ctx);
	job_forward(pid);
	status = job_wait(pid);
	job_terminal_back(terminal);
	return status < 0 ? LAB_ENV_GONE : status;
}

static int in_vm(struct ctx *ctx, struct lab_state *s, const char *vm, bool shell)
{
	if (shell) {
		/* or else a signal would leave the terminal as the console has it */
		ctx_catch_stop(ctx);
		s->stop_fd = ctx->rpc.stop_fd;
		return console_run(s, vm, &ctx->fail) ? ctx_fail(ctx) : STATUS_OK;
	}
	fail_set(&ctx->fail, STATUS_REFUSED,
		 "%s is a VM: no command can be started in it from outside", vm);
	fail_hint(&ctx->fail, "its console: swctl lab shell %s", vm);
	return ctx_fail(ctx);
}

static int in_node(struct ctx *ctx, char *const *argv, bool shell)
{
	const char *node = ctx->args.operands[0];
	struct lab_state s;
	int status;

	if (open_lab(ctx, &s))
		return ctx_fail(ctx);
	if (has(&s, "hosts", node)) {
		status = in_host(ctx, &s, node, argv, shell);
	} else if (has(&s, "vms", node)) {
		status = in_vm(ctx, &s, node, shell);
	} else {
		no_such_host(ctx, &s, node);
		status = ctx_fail(ctx);
	}
	state_close(&s);
	return status;
}

int lab_exec(struct ctx *ctx)
{
	return in_node(ctx, ctx->args.tail, false);
}

/* $SHELL; but not that of an account which nobody is to log in to, as a service's is, since it ends at once. */
static const char *shell_of_user(void)
{
	const char *shell = getenv("SHELL"), *name = shell ? strrchr(shell, '/') : NULL;

	if (!name || strcmp(name, "/nologin") == 0 || strcmp(name, "/false") == 0)
		return SHELL_OF_ALL;
	return shell;
}

int lab_shell(struct ctx *ctx)
{
	struct argv argv = {.n = 0};
	int status;

	argv_adds(&argv, shell_of_user());
	status = in_node(ctx, argv.word, true);
	argv_free(&argv);
	return status;
}
