/* SPDX-License-Identifier: ISC */
/*
 * config.c - the commands that take a configuration file: apply, diff, check.
 *
 * The file is read here and sent as JSON, so the daemon needs no right to read it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "jsonwhy.h"
#include "show.h"

enum { FILE_MAX = 1 << 20 }; /* more would not fit in a request either */

/* The whole of the file; NULL with ctx->fail filled. */
static char *read_file(struct ctx *ctx, const char *path, size_t *len)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *f = standard ? stdin : fopen(path, "re");
	char *text;
	int code;

	if (!f) {
		fail_set(&ctx->fail, STATUS_USAGE, "cannot open %s: %s", path, strerror(errno));
		return NULL;
	}
	text = need(malloc(FILE_MAX + 1));
	errno = 0;
	*len = fread(text, 1, FILE_MAX + 1, f);
	code = ferror(f) ? errno : 0;
	if (!standard)
		fclose(f);
	if (code) {
		fail_set(&ctx->fail, STATUS_USAGE, "cannot read %s: %s", path, strerror(code));
	} else if (*len > FILE_MAX) {
		fail_set(&ctx->fail, STATUS_REFUSED, "more than %d MiB: that is no configuration",
			 FILE_MAX >> 20);
	} else {
		text[*len] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

/* The file's JSON.  A key that is there twice is a mistake that would else pass unseen. */
static json_t *load(struct ctx *ctx)
{
	const char *path = ctx->args.operands[0];
	json_error_t error;
	size_t len;
	json_t *config;
	char *text = read_file(ctx, path, &len);

	if (!text)
		return NULL;
	config = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!config) {
		fail_set(&ctx->fail, STATUS_REFUSED, "%s%s", error.text,
			 json_why(text, len, error.text, (size_t)error.position));
		ctx->fail.data =
			json_pack("{s:i, s:i}", "line", error.line, "column", error.column);
	}
	free(text);
	return config;
}

/* FILE:LINE:COLUMN: what compilers print and editors jump to. */
static int load_failed(struct ctx *ctx)
{
	json_int_t line = js_int(ctx->fail.data, "line");

	if (line > 0 && !ctx->json) {
		text_line(stderr, "%s:%" JSON_INTEGER_FORMAT ":%" JSON_INTEGER_FORMAT ": %s",
			  ctx_file(ctx), line, js_int(ctx->fail.data, "column"), ctx->fail.text);
		return ctx->fail.status;
	}
	return ctx_fail(ctx);
}

/* Calls the method with the file; NULL with the exit status in *status, all told. */
static json_t *call(struct ctx *ctx, const char *method, int *status)
{
	json_t *config = load(ctx), *answer;

	if (!config) {
		*status = load_failed(ctx);
		return NULL;
	}
	answer = ctx_call(ctx, method, need(json_pack("{s:o}", "config", config)));
	*status = answer ? STATUS_OK : ctx_fail(ctx);
	return answer;
}

static enum colour op_colour(const char *op)
{
	if (strcmp(op, "add") == 0)
		return GREEN;
	return strcmp(op, "del") == 0 ? RED : YELLOW;
}

/* "~ switches.sw0.ports.h1.mtu  1500 -> 9000" */
static void tell_change(struct ctx *ctx, const json_t *c)
{
	const char *op = js_str(c, "op");
	const json_t *from = json_object_get(c, "from"), *to = json_object_get(c, "to");
	bool has_from = from && !json_is_null(from), has_to = to && !json_is_null(to);
	bool add = strcmp(op, "add") == 0, del = strcmp(op, "del") == 0;
	char *old = js_show(has_from ? from : NULL), *new = js_show(has_to ? to : NULL);
	const char *arrow = "";

	if (!add && !del && (has_from || has_to))
		arrow = " -> ";
	term_colour(&ctx->term, ctx->out, op_colour(op));
	char *line = text_format("%s %s%s%s%s%s%s",
				 add   ? "+"
				 : del ? "-"
				       : "~",
				 js_str(c, "path"), has_from || has_to ? "  " : "",
				 *arrow && !has_from ? "default" : old, arrow,
				 *arrow && !has_to ? "default" : new,
				 strcmp(op, "reopen") == 0 ? "  (reopens the port)" : "");
	char *safe = text_safe(line);
	fputs(safe, ctx->out);
	term_plain(&ctx->term, ctx->out, op_colour(op));
	fputc('\n', ctx->out);
	free(safe);
	free(line);
	free(old);
	free(new);
}

static int tell_changes(struct ctx *ctx, const char *method, bool done)
{
	int status;
	json_t *answer = call(ctx, method, &status), *changes, *c;
	size_t i;

	if (!answer)
		return status;
	changes = json_object_get(answer, "changes");
	if (!show_simple(ctx, answer, changes,
			 done ? "no difference: nothing to change" : "no difference")) {
		json_array_foreach (changes, i, c) {
			tell_change(ctx, c);
		}
		if (done)
			fprintf(ctx->out, "applied: %zu change%s\n", json_array_size(changes),
				json_array_size(changes) == 1 ? "" : "s");
	}
	json_decref(answer);
	return STATUS_OK;
}

int config_apply(struct ctx *ctx)
{
	return tell_changes(ctx, "config.apply", true);
}

int config_diff(struct ctx *ctx)
{
	return tell_changes(ctx, "config.diff", false);
}

int config_check(struct ctx *ctx)
{
	int status;
	json_t *answer = call(ctx, "config.check", &status);

	return answer ? ctx_done(ctx, answer, "%s: valid", ctx_file(ctx)) : status;
}
