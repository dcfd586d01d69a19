/* SPDX-License-Identifier: ISC */
#include "show.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEY_WIDTH = 12 };

json_t *show_switch_names(struct ctx *ctx)
{
	const char *named = args_value(&ctx->args, "switch");
	json_t *names = need(json_array());
	json_t *answer, *sw;
	size_t i;

	if (named) {
		json_array_append_new(names, need(json_string(named)));
		return names;
	}
	answer = ctx_call(ctx, "switch.list", NULL);
	if (!answer) {
		json_decref(names);
		return NULL;
	}
	json_array_foreach (json_object_get(answer, "switches"), i, sw) {
		json_t *name = json_object_get(sw, "name");

		if (json_is_string(name))
			json_array_append(names, name);
	}
	json_decref(answer);
	return names;
}

/* One page of one switch, added to `all`.  The place to go on from is left in *after, or NULL. */
static int gather_page(struct ctx *ctx, const char *method, const char *key, json_t *sw,
		       json_t **after, json_t *all)
{
	json_t *params = ctx_params(ctx), *answer, *rows, *next;
	int rc = 0;

	json_object_set(params, "switch", sw);
	if (*after)
		json_object_set(params, "after", *after);
	answer = ctx_call(ctx, method, params);
	if (!answer)
		return -1;
	rows = json_object_get(answer, key);
	next = json_object_get(answer, "next");
	if (!json_is_array(rows))
		rc = fail_set(&ctx->fail, STATUS_UNREACHABLE,
			      "the answer of switchd to %s has no \"%s\"", method, key);
	else
		json_array_extend(json_object_get(all, key), rows);
	if (json_is_null(next))
		json_object_set(all, "next", next);
	if (!*after && js_has(answer, "total"))
		json_object_set_new(all, "total",
				    json_integer(js_int(all, "total") + js_int(answer, "total")));
	if (!json_is_integer(next)) {
		next = NULL;
	} else if (*after && json_equal(next, *after)) {
		rc = fail_set(&ctx->fail, STATUS_UNREACHABLE,
			      "switchd gives the same page of %s again and again", method);
	}
	json_decref(*after);
	*after = json_incref(next);
	json_decref(answer);
	return rc;
}

static int gather_switch(struct ctx *ctx, const char *method, const char *key, json_t *sw,
			 json_t *all)
{
	json_t *after = NULL;
	int rc;

	do
		rc = gather_page(ctx, method, key, sw, &after, all);
	while (rc == 0 && after);
	json_decref(after);
	return rc;
}

json_t *show_gather(struct ctx *ctx, const char *method, const char *key, bool *several)
{
	json_t *names = show_switch_names(ctx), *sw;
	json_t *all = need(json_pack("{s:[]}", key));
	size_t i, missing = 0;
	bool failed = !names;

	*several = json_array_size(names) > 1;
	json_array_foreach (names, i, sw) {
		if (gather_switch(ctx, method, key, sw, all) == 0)
			continue;
		if (ctx->fail.code != CODE_NOT_FOUND) {
			failed = true;
			break;
		}
		missing++;
	}
	failed = failed || (missing && missing == json_array_size(names));
	json_decref(names);
	if (!failed)
		return all;
	json_decref(all);
	return NULL;
}

bool show_simple(struct ctx *ctx, const json_t *result, const json_t *rows, const char *empty)
{
	if (ctx->json)
		ctx_json(ctx, result);
	else if (json_array_size(rows) == 0)
		fprintf(ctx->out, "%s\n", empty);
	else
		return false;
	return true;
}

void show_pair(struct ctx *ctx, const char *key, const char *fmt, ...)
{
	va_list ap;
	char *s, *safe;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	safe = text_safe(need(s));
	free(s);
	if (*safe) {
		term_colour(&ctx->term, ctx->out, BOLD);
		fprintf(ctx->out, "%s%s", key, *key ? ":" : "");
		term_plain(&ctx->term, ctx->out, BOLD);
		int gap = KEY_WIDTH - (int)strlen(key) - (*key != '\0');
		fprintf(ctx->out, "%*s", gap > 1 ? gap : 1, "");
		text_wrap(ctx->out, safe, KEY_WIDTH, ctx->term.width);
	}
	free(safe);
}

/* What was printed in one round, cut to the height of the terminal. */
static void watch_picture(const struct ctx *ctx, const char *head, const char *text)
{
	size_t room = ctx->term.height > 3 ? ctx->term.height - 3 : (size_t)-1;
	size_t lines = 0, more = 0;
	const char *p = text;

	for (; *p && lines < room; lines++)
		p = strchr(p, '\n') ? strchr(p, '\n') + 1 : p + strlen(p);
	for (const char *q = p; *q; q++)
		more += *q == '\n';
	printf("\033[H%s\033[K\n\033[J\n%.*s", head, (int)(p - text), text);
	if (more)
		printf("%s %zu lines more", text_ellipsis(), more);
	fflush(stdout);
}

static void watch_print(const struct ctx *ctx, double seconds, bool first, const char *text)
{
	char when[32], head[160];
	time_t t = time(NULL);
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	if (ctx->term.tty) {
		snprintf(head, sizeof(head), "%s  swctl %s, every %gs", when,
			 ctx->args.command->words, seconds);
		head[text_fit(head, ctx->term.width)] = '\0';
		if (first)
			fputs("\033[2J", stdout);
		watch_picture(ctx, head, text);
		return;
	}
	if (!ctx->json) /* a line of JSON each needs nothing between them */
		printf("%s%s\n", first ? "" : "\n", when);
	fputs(text, stdout);
	fflush(stdout);
}

int show_watch(struct ctx *ctx, double seconds)
{
	bool first = true, stop = false;
	char *text = NULL;
	size_t size = 0;
	int rc = STATUS_OK;

	ctx_catch_stop(ctx);
	while (!stop) {
		term_look(&ctx->term);
		ctx->out = need(open_memstream(&text, &size));
		rc = ctx->args.command->run(ctx);
		fclose(ctx->out);
		ctx->out = stdout;
		if (size)
			watch_print(ctx, seconds, first, text);
		stop = rc != STATUS_OK || ctx->rpc.fd < 0 || ferror(stdout);
		first = false;
		free(text);
		text = NULL;
		if (!stop && rpc_pause(&ctx->rpc, seconds)) {
			fail_clear(&ctx->fail);
			rc = ctx_fail(ctx);
			stop = true;
		}
	}
	return rc;
}
