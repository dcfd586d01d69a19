/* SPDX-License-Identifier: ISC */
/* explain.c - "explain": what the words mean that the switch uses; no daemon is asked. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/about.h"
#include "show.h"

enum { NEAR_MAX = 8 }; /* words offered for one that there is not */

/* How an entry answers to what was typed. */
enum match {
	MATCH_NOT,
	MATCH_AMONG, /* its kind or, of an event, its group was named */
	MATCH_WORD,
};

static enum match match(const struct about *a, const char *typed)
{
	size_t len = typed ? strlen(typed) : 0;

	if (!typed)
		return MATCH_AMONG;
	if (strcasecmp(a->word, typed) == 0)
		return MATCH_WORD;
	if (strcasecmp(about_kind_name(a->kind), typed) == 0)
		return MATCH_AMONG;
	return strncasecmp(a->word, typed, len) == 0 && a->word[len] == '.' ? MATCH_AMONG
									    : MATCH_NOT;
}

/* An array of the commands that are one a line. */
static json_t *commands_of(const char *more)
{
	json_t *list = need(json_array());

	for (size_t len; *more; more += len, more += *more == '\n') {
		len = strcspn(more, "\n");
		json_array_append_new(list, need(json_stringn(more, len)));
	}
	return list;
}

static void add_json(json_t *list, const struct about *a)
{
	json_t *o = need(json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "word", a->word, "kind",
				   about_kind_name(a->kind), "means", a->means, "cause", a->cause,
				   "todo", a->todo, "more", commands_of(a->more)));

	json_array_append_new(list, o);
}

static void tell_word(struct ctx *ctx, const struct about *a)
{
	json_t *more = commands_of(a->more), *c;
	size_t i;

	text_line(ctx->out, "%s (%s)", a->word, about_kind_name(a->kind));
	show_pair(ctx, "meaning", "%s", a->means);
	show_pair(ctx, "cause", "%s", a->cause);
	show_pair(ctx, "to do", "%s", a->todo);
	json_array_foreach (more, i, c) {
		show_pair(ctx, i ? "" : "more", "%s", json_string_value(c));
	}
	json_decref(more);
}

/* The entries of one kind that match without being the word itself. */
static void tell_kind(struct ctx *ctx, enum about_kind kind, const char *typed, bool *some)
{
	static const struct column columns[] = {{"WORD", 0, 0}, {"MEANING", COL_WRAP, 0}};
	struct table *t = table_new(columns, 2);
	bool rows = false;
	struct about a;

	for (size_t i = 0; about_at(i, &a); i++) {
		if (a.kind != kind || match(&a, typed) != MATCH_AMONG)
			continue;
		table_cell(t, YELLOW, "%s", a.word);
		table_cell(t, PLAIN, "%s", a.means);
		rows = true;
	}
	if (rows) {
		text_line(ctx->out, "%s%s: %s", *some ? "\n" : "", about_kind_name(kind),
			  about_kind_text(kind));
		table_print(t, ctx->out, &ctx->term);
		*some = true;
	}
	table_free(t);
}

/* The word that was probably meant; failing that the first of those whose parts are nearest, and how near in *parts. */
static const char *meant(const char *typed, unsigned *parts)
{
	const char *best = NULL, *by_parts = NULL;
	struct about a;

	*parts = WORD_FAR;
	for (size_t i = 0; about_at(i, &a); i++) {
		unsigned d = word_parts_distance(typed, a.word);

		word_nearest(typed, a.word, &best);
		if (d >= *parts)
			continue;
		*parts = d;
		by_parts = a.word;
	}
	if (!best)
		return by_parts;
	*parts = WORD_FAR;
	return best;
}

/* What may have been meant: the nearest word, those whose parts are as near, and those in which it stands. */
static int no_such_word(struct ctx *ctx, const char *typed)
{
	unsigned parts;
	const char *best = meant(typed, &parts), *before = "";
	struct about a;
	size_t offered = 0;

	fail_set(&ctx->fail, STATUS_REFUSED, "nothing is called \"%s\"%s%s%s", typed,
		 best ? "; did you mean " : "", best ? best : "", best ? "?" : "");
	for (size_t i = 0; about_at(i, &a) && offered < NEAR_MAX; i++) {
		bool near = parts < WORD_FAR && word_parts_distance(typed, a.word) == parts;

		if ((!near && !(*typed && strstr(a.word, typed))) || strcmp(before, a.word) == 0)
			continue;
		fail_hint(&ctx->fail, "%s: %s", a.word, a.means);
		before = a.word;
		offered++;
	}
	fail_hint(&ctx->fail, "swctl explain lists all words");
	return ctx_fail(ctx);
}

int explain_run(struct ctx *ctx)
{
	const char *typed = args_value(&ctx->args, "word");
	json_t *list = need(json_array());
	bool some = false;
	struct about a;

	for (size_t i = 0; about_at(i, &a); i++) {
		enum match m = match(&a, typed);

		if (m != MATCH_NOT)
			add_json(list, &a);
		if (m != MATCH_WORD || ctx->json)
			continue;
		if (some)
			fputc('\n', ctx->out);
		tell_word(ctx, &a);
		some = true;
	}
	bool known = json_array_size(list) > 0;
	json_t *answer = need(json_pack("{s:o}", "words", list));

	if (ctx->json && known)
		ctx_json(ctx, answer);
	for (int kind = 0; kind < ABOUT_KINDS && !ctx->json; kind++)
		tell_kind(ctx, (enum about_kind)kind, typed, &some);
	json_decref(answer);
	return known ? STATUS_OK : no_such_word(ctx, typed);
}
