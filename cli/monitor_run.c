/* SPDX-License-Identifier: ISC */
/* monitor_run.c - the command "monitor": which events are wanted, and printing them. */
#include "monitor.h"

#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "util/words.h"

static void tell_event(struct ctx *ctx, json_t *e, enum monitor_time how, double *before)
{
	enum colour colour = monitor_colour(js_str(e, "event"));
	char *line = ctx->json ? need(json_dumps(e, JSON_COMPACT | JSON_ENSURE_ASCII | JS_REALS))
			       : monitor_line(e, how, before);

	if (!ctx->json)
		term_colour(&ctx->term, ctx->out, colour);
	fputs(line, ctx->out);
	if (!ctx->json)
		term_plain(&ctx->term, ctx->out, colour);
	fputc('\n', ctx->out);
	fflush(ctx->out);
	free(line);
}

/* "mac,port.up" as an array; the daemon says which of them it does not know. */
static json_t *event_list(const char *list)
{
	json_t *array = need(json_array());

	for (size_t len; *list; list += len, list += *list == ',') {
		len = strcspn(list, ",");
		if (len)
			json_array_append_new(array, need(json_stringn(list, len)));
	}
	return array;
}

static bool subscribe(struct ctx *ctx)
{
	const char *events = args_value(&ctx->args, "events");
	json_t *params = ctx_params(ctx), *answer;

	if (events)
		json_object_set_new(params, "events", event_list(events));
	answer = ctx_call(ctx, "subscribe", params);
	json_decref(answer);
	return answer != NULL;
}

/* Which of the words it is; they stand in the order of the enum. */
static enum monitor_time time_format(const char *word)
{
	unsigned how = MONITOR_CLOCK;

	for (const char *w = MONITOR_TIMES; word && *w; how++) {
		size_t len = strcspn(w, " ");

		if (strlen(word) == len && strncmp(w, word, len) == 0)
			return (enum monitor_time)how;
		w += len + (w[len] == ' ');
	}
	return MONITOR_CLOCK;
}

int monitor_run(struct ctx *ctx)
{
	const char *count = args_value(&ctx->args, "count");
	long left = count ? strtol(count, NULL, 10) : -1;
	enum monitor_time how = time_format(args_value(&ctx->args, "time"));
	double before = 0;
	json_t *msg, *e;

	ctx_catch_stop(ctx);
	if (!subscribe(ctx))
		return ctx_fail(ctx);
	while (left != 0 && !ferror(ctx->out)) { /* main() tells of a disk that is full */
		if (rpc_next(&ctx->rpc, &msg, &ctx->fail))
			return ctx_fail(ctx);
		e = json_object_get(msg, "params");
		if (json_is_object(e) && strcmp(js_str(msg, "method"), "event") == 0) {
			tell_event(ctx, e, how, &before);
			if (left > 0)
				left--;
		}
		json_decref(msg);
	}
	return STATUS_OK;
}
