/* SPDX-License-Identifier: ISC */
/*
 * show_daemon.c - what the daemon as a whole is: "show config" and "version".
 */
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "show.h"

int show_config(struct ctx *ctx)
{
	json_t *answer = ctx_call(ctx, "config.get", NULL), *config;
	char *text;

	if (!answer)
		return ctx_fail(ctx);
	config = json_object_get(answer, "config");
	if (ctx->json) {
		ctx_json(ctx, answer);
	} else if (!config) {
		fail_set(&ctx->fail, STATUS_UNREACHABLE,
			 "the answer of switchd holds no \"config\"");
		json_decref(answer);
		return ctx_fail(ctx);
	} else {
		/* for a file as much as for reading, so always over several lines */
		text = need(json_dumps(config, JSON_INDENT(2) | JSON_ENCODE_ANY |
						       (ctx->term.tty ? JSON_ENSURE_ASCII : 0)));
		fprintf(ctx->out, "%s\n", text);
		free(text);
	}
	json_decref(answer);
	return STATUS_OK;
}

static void tell_daemon(struct ctx *ctx, const json_t *info)
{
	const char *version = js_str(info, "version"), *file = js_str(info, "config_file");
	char age[HUMAN_SIZE];

	text_line(ctx->out, "switchd %s (pid %" JSON_INTEGER_FORMAT ", up for %s%s%s)",
		  *version ? version : "of unknown version", js_int(info, "pid"),
		  human_age(js_int(info, "uptime_s"), age), *file ? ", configuration " : "", file);
}

int show_version(struct ctx *ctx)
{
	json_t *info = ctx_call(ctx, "daemon.info", NULL);
	json_t *both;

	if (ctx->json) {
		both = need(json_pack("{s:s, s:O?}", "swctl", SWITCHD_VERSION, "switchd", info));
		ctx_json(ctx, both);
		json_decref(both);
	} else {
		fprintf(ctx->out, "swctl %s\n", SWITCHD_VERSION);
		if (info)
			tell_daemon(ctx, info);
	}
	if (!info)
		return ctx_fail(ctx);
	json_decref(info);
	return STATUS_OK;
}

int help_version(struct ctx *ctx)
{
	if (ctx->json)
		fprintf(ctx->out, "{\"swctl\":\"%s\"}\n", SWITCHD_VERSION);
	else
		fprintf(ctx->out, "swctl %s\n", SWITCHD_VERSION);
	return STATUS_OK;
}
