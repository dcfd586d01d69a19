/* SPDX-License-Identifier: ISC */
#include "ctx.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "ctl/where.h"
#include "js.h"
#include "lab/state.h"
#include "text.h"

void ctx_find_daemon(struct ctx *ctx)
{
	const char *path = args_value(&ctx->args, "socket"), *lab = args_value(&ctx->args, "lab");

	if (!path && lab && *lab)
		path = state_socket(lab, ctx->default_socket);
	if (!path)
		path = getenv("SWITCHD_SOCKET");
	rpc_init(&ctx->rpc, path && *path ? path : where_to_ask(ctx->default_socket));
}

/* No daemon is where one was looked for: a lab that there is not has none, and those of labs are elsewhere. */
static void hint_labs(struct ctx *ctx)
{
	const char *lab = args_value(&ctx->args, "lab");
	struct fail why = {0};
	char found[LAB_NAME_SIZE];

	if (lab && *lab) {
		if (state_find(lab, found, &why)) {
			fail_clear(&ctx->fail);
			ctx->fail = why;
			ctx->fail.code = ctx->fail.status = STATUS_UNREACHABLE;
		}
		return;
	}

	json_t *names = state_names();
	char *all = js_join(names, ", ");

	if (*all)
		fail_hint(&ctx->fail, "or ask that of a lab: swctl --lab NAME, of %s", all);
	free(all);
	json_decref(names);
}

json_t *ctx_call(struct ctx *ctx, const char *method, json_t *params)
{
	json_t *result;

	if (rpc_call(&ctx->rpc, method, params, &result, &ctx->fail) == 0)
		return result;
	if (ctx->fail.code == CODE_INVALID_PARAMS && !args_value(&ctx->args, "switch") &&
	    strcmp(js_str(ctx->fail.data, "path"), "switch") == 0)
		fail_hint(&ctx->fail, "add --switch NAME; swctl show switches lists them");
	if (ctx->fail.status == STATUS_UNREACHABLE && access(ctx->rpc.path, F_OK) != 0 &&
	    !args_value(&ctx->args, "socket"))
		hint_labs(ctx);
	return NULL;
}

static void put(json_t *params, const struct option *o, const char *value)
{
	if (!o->param || !value)
		return;
	json_object_set_new(params, o->name,
			    o->value == VALUE_VLAN || o->value == VALUE_VID
				    ? json_integer(strtol(value, NULL, 10))
				    : js_typed(value, strlen(value)));
}

json_t *ctx_params(const struct ctx *ctx)
{
	const struct args *a = &ctx->args;
	json_t *params = need(json_object());

	for (size_t i = 0; a->command->operands[i].name; i++)
		put(params, &a->command->operands[i], a->operands[i]);
	for (size_t i = 0; i < a->n_given; i++)
		put(params, &a->given[i].option, a->given[i].value);
	return params;
}

const char *ctx_file(const struct ctx *ctx)
{
	const struct command *cmd = ctx->args.command;
	const char *path = ctx->args.operands[0];

	if (!cmd || cmd->operands[0].value != VALUE_FILE || !path)
		return NULL;
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

int ctx_fail(struct ctx *ctx)
{
	/* after the terminal's own "^C" */
	if (ctx->fail.status == STATUS_OK && ctx->term.tty)
		fputc('\n', ctx->out);
	fflush(ctx->out); /* what was printed before the failure stands before it */
	return fail_report(&ctx->fail, ctx->fail.status == STATUS_REFUSED ? ctx_file(ctx) : NULL,
			   ctx->json);
}

void ctx_json(struct ctx *ctx, const json_t *v)
{
	/* ASCII on a terminal: JSON's own escapes leave 0x7f to 0x9f as they are */
	size_t flags = ctx->term.tty ? JSON_INDENT(2) | JSON_ENSURE_ASCII : JSON_COMPACT;
	char *text = need(json_dumps(v, flags | JSON_ENCODE_ANY | JS_REALS));

	fprintf(ctx->out, "%s\n", text);
	free(text);
}

int ctx_done(struct ctx *ctx, json_t *result, const char *fmt, ...)
{
	va_list ap;
	char *s;

	if (!result)
		return ctx_fail(ctx);
	if (ctx->json) {
		ctx_json(ctx, result);
	} else {
		va_start(ap, fmt);
		if (vasprintf(&s, fmt, ap) < 0)
			s = NULL;
		va_end(ap);
		text_line(ctx->out, "%s", (char *)need(s));
		free(s);
	}
	json_decref(result);
	return STATUS_OK;
}

/* The terminal is closed; nohup(1) has that ignored. */
static bool may_hang_up(void)
{
	struct sigaction now;

	return sigaction(SIGHUP, NULL, &now) == 0 && now.sa_handler != SIG_IGN;
}

void ctx_catch_stop(struct ctx *ctx)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (may_hang_up())
		sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ctx->rpc.stop_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	ctx->rpc.out_fd = STDOUT_FILENO;
}
