/* SPDX-License-Identifier: ISC */
#include "args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings.h"
#include "text.h"
#include "util/iptext.h"
#include "util/mac.h"
#include "util/vidset.h"
#include "util/words.h"

static const struct option *find_long(const struct option *all, size_t n, const char *typed)
{
	for (size_t i = 0; i < n; i++)
		if (option_is(&all[i], typed))
			return &all[i];
	return NULL;
}

static const struct option *find_letter(const struct option *all, size_t n, char letter)
{
	for (size_t i = 0; i < n; i++)
		if (letter && all[i].letter == letter)
			return &all[i];
	return NULL;
}

/* Takes argv[i] as an option, and perhaps argv[i + 1] as its value; returns how many it took. */
static size_t split_option(struct given *g, const struct option *all, size_t n, size_t left,
			   char **argv)
{
	char *typed = argv[0];
	const struct option *o;
	char *value = NULL;

	if (typed[1] == '-') {
		value = strchr(typed, '=');
		if (value)
			*value++ = '\0';
		o = find_long(all, n, typed + 2);
	} else {
		o = find_letter(all, n, typed[1]);
		if (typed[2]) /* "-ssw0" */
			value = typed + 2;
	}
	*g = (struct given){.typed = typed, .value = value};
	if (!o) {
		g->unknown = true;
		return 1;
	}
	g->option = *o;
	if (o->value == VALUE_NONE) {
		g->surplus = value != NULL;
		return 1;
	}
	if (value || left < 2)
		return 1;
	g->value = argv[1];
	return 2;
}

void args_split(struct args *a, size_t argc, char **argv)
{
	struct option all[OPTIONS_MAX];
	size_t n = command_options(NULL, NULL, all);

	memset(a, 0, sizeof(*a));
	a->words = need(calloc(argc + 1, sizeof(*a->words)));
	a->given = need(calloc(argc + 1, sizeof(*a->given)));
	for (size_t i = 0; i < argc;) {
		if (a->ended || argv[i][0] != '-' || argv[i][1] == '\0') {
			a->words[a->n_words++] = argv[i++];
		} else if (strcmp(argv[i], "--") == 0) {
			a->ended = true;
			a->before = a->n_words;
			i++;
		} else {
			i += split_option(&a->given[a->n_given++], all, n, argc - i, argv + i);
		}
	}
}

void args_free(struct args *a)
{
	free(a->words);
	free(a->given);
	memset(a, 0, sizeof(*a));
}

void args_nearer(const char *typed, const char *candidate, const char **best)
{
	size_t len = strlen(typed);

	if (len && *best && strncmp(typed, *best, len) == 0)
		return;
	if (len && strncmp(typed, candidate, len) == 0)
		*best = candidate;
	else
		word_nearest(typed, candidate, best);
}

/* The verb that is meant, in `out`; false: none is near. */
static bool nearest_verb(const char *typed, char out[NAME_SIZE])
{
	*out = '\0';
	commands_foreach (c) {
		char verb[NAME_SIZE];
		const char *best = *out ? out : NULL;

		snprintf(verb, sizeof(verb), "%.*s", (int)command_verb_len(c->words), c->words);
		args_nearer(typed, verb, &best);
		if (best == verb)
			snprintf(out, NAME_SIZE, "%s", verb);
	}
	return *out;
}

/* The command "verb noun" that is meant by a noun; any verb where it is NULL. */
static const struct command *nearest_noun(const char *verb, const char *typed)
{
	const struct command *found = NULL;
	const char *best = NULL;

	commands_foreach (c) {
		const char *noun = command_noun(c->words), *before = best;

		if (!*noun || (verb && (strlen(verb) != command_verb_len(c->words) ||
					strncmp(verb, c->words, strlen(verb)) != 0)))
			continue;
		args_nearer(typed, noun, &best);
		if (best != before)
			found = c;
	}
	return found;
}

static void hint_nouns(const char *verb, struct fail *f)
{
	char *list = command_nouns(verb);

	fail_hint(f, "%s what: %s", verb, list);
	free(list);
}

/* "there is no command X; did you mean Y?", where nothing may be meant. */
static void no_such(struct fail *f, const char *typed, const char *meant)
{
	if (meant)
		fail_set(f, STATUS_USAGE, "there is no command \"%.60s\"; did you mean \"%s\"?",
			 typed, meant);
	else
		fail_set(f, STATUS_USAGE, "there is no command \"%.60s\"", typed);
}

/* The verb is right. */
static void no_such_noun(struct fail *f, const char *verb, const char *noun)
{
	const struct command *meant = nearest_noun(verb, noun);
	char *typed = text_format("%s %s", verb, noun);

	no_such(f, typed, meant ? meant->words : NULL);
	hint_nouns(verb, f);
	free(typed);
}

/* Not even the verb; or it was left out, as in "swctl macs". */
static void no_such_verb(struct fail *f, const char *verb, const char *noun)
{
	const struct command *meant;
	char near[NAME_SIZE];

	if (nearest_verb(verb, near)) {
		meant = noun ? nearest_noun(near, noun) : NULL;
		no_such(f, verb, meant ? meant->words : near);
	} else {
		meant = nearest_noun(NULL, verb);
		no_such(f, verb, meant ? meant->words : NULL);
	}
	fail_hint(f, "swctl --help lists all commands");
}

int args_no_command(const struct args *a, struct fail *f)
{
	const char *verb = a->n_words > 0 ? a->words[0] : NULL;
	const char *noun = a->n_words > 1 ? a->words[1] : NULL;

	if (!verb) {
		fail_set(f, STATUS_USAGE, "a command is needed");
		fail_hint(f, "swctl --help lists all commands");
	} else if (!command_is_verb(verb)) {
		no_such_verb(f, verb, noun);
	} else if (noun) {
		no_such_noun(f, verb, noun);
	} else {
		fail_set(f, STATUS_USAGE, "\"%s\" needs a word more", verb);
		hint_nouns(verb, f);
	}
	return STATUS_USAGE;
}

static void hint_help(const struct args *a, struct fail *f)
{
	fail_hint(f, "swctl %s --help says more", a->command->words);
}

static int unknown_option(const struct args *a, const struct given *g, const struct option *all,
			  size_t n, struct fail *f)
{
	const char *best = NULL;

	if (g->typed[1] == '-')
		for (size_t i = 0; i < n; i++)
			args_nearer(g->typed + 2, all[i].name, &best);
	fail_set(f, STATUS_USAGE, "%s has no option %.60s%s%s%s", a->command->words, g->typed,
		 best ? "; did you mean --" : "", best ? best : "", best ? "?" : "");
	hint_help(a, f);
	return STATUS_USAGE;
}

static int bad_value(const struct args *a, const char *what, const struct option *o,
		     const char *value, const struct err *e, struct fail *f)
{
	fail_set(f, STATUS_USAGE, "%s \"%.100s\": %s", what, value, e->text);
	if (o->value == VALUE_TYPE)
		port_types_foreach (t)
			fail_hint(f, "%s: %s", t->name, t->help);
	hint_help(a, f);
	return STATUS_USAGE;
}

/* An operand of the command that may be given as "--name". */
static size_t operand_named(const struct command *cmd, const char *name)
{
	size_t i = 0;

	while (cmd->operands[i].name && strcmp(cmd->operands[i].name, name) != 0)
		i++;
	return i;
}

static int match_option(struct args *a, struct given *g, const struct option *all, size_t n,
			struct fail *f)
{
	const struct option *o = NULL;
	struct err e = {.code = 0};
	size_t operand = OPERANDS_MAX;

	if (!g->unknown) {
		operand = operand_named(a->command, g->option.name);
		o = find_long(all, n, g->option.name);
		if (a->command->operands[operand].name)
			o = &a->command->operands[operand];
	}
	if (!o)
		return unknown_option(a, g, all, n, f);
	g->option = *o;
	if (g->surplus) {
		fail_set(f, STATUS_USAGE, "%s takes no value", g->typed);
	} else if (o->value != VALUE_NONE && !g->value) {
		fail_set(f, STATUS_USAGE, "%s needs a value: %s (%s)", g->typed, o->arg, o->help);
	} else if (g->value && args_check_value(o, g->value, &e)) {
		return bad_value(a, g->typed, o, g->value, &e, f);
	} else {
		if (a->command->operands[operand].name)
			a->operands[operand] = g->value;
		return 0;
	}
	hint_help(a, f);
	return STATUS_USAGE;
}

/* Takes the words after "--" away from the others, where they are not for swctl. */
static int match_tail(struct args *a, size_t used, struct fail *f)
{
	const struct option *tail = a->command->tail;

	if (!tail)
		return 0;
	if (a->ended && a->before >= used) {
		a->tail = a->words + a->before;
		a->n_tail = a->n_words - a->before;
		a->n_words = a->before;
	}
	if (a->n_tail || tail->optional)
		return 0;
	fail_set(f, STATUS_USAGE, "%s needs -- and then %s: %s", a->command->words, tail->arg,
		 tail->help);
	hint_help(a, f);
	return STATUS_USAGE;
}

/* Gives the words behind the command to the operands that no option named. */
static int match_words(struct args *a, size_t used, struct fail *f)
{
	const struct option *operands = a->command->operands;
	struct err e = {.code = 0};
	size_t w = used;

	for (size_t i = 0; operands[i].name; i++) {
		if (a->operands[i])
			continue;
		if (w < a->n_words) {
			a->operands[i] = a->words[w++];
			if (args_check_value(&operands[i], a->operands[i], &e))
				return bad_value(a, operands[i].arg, &operands[i], a->operands[i],
						 &e, f);
		} else if (!operands[i].optional) {
			fail_set(f, STATUS_USAGE, "%s needs %s: %s", a->command->words,
				 operands[i].arg, operands[i].help);
			hint_help(a, f);
			return STATUS_USAGE;
		}
	}
	if (w < a->n_words && !(a->command->flags & CMD_ANY_WORDS)) {
		fail_set(f, STATUS_USAGE, "%s: the word \"%.60s\" is one too many",
			 a->command->words, a->words[w]);
		hint_help(a, f);
		return STATUS_USAGE;
	}
	return 0;
}

int args_match_as(struct args *a, const struct command *cmd, size_t used, struct fail *f)
{
	struct option all[OPTIONS_MAX];
	size_t n = command_options(cmd, NULL, all);

	a->command = cmd;
	for (size_t i = 0; i < a->n_given; i++)
		if (match_option(a, &a->given[i], all, n, f))
			return STATUS_USAGE;
	if (match_tail(a, used, f))
		return STATUS_USAGE;
	return match_words(a, used, f);
}

int args_match(struct args *a, struct fail *f)
{
	size_t used;
	const struct command *cmd = command_find(a->words, a->n_words, &used);

	return cmd ? args_match_as(a, cmd, used, f) : args_no_command(a, f);
}

const char *args_value(const struct args *a, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; a->command && a->command->operands[i].name; i++)
		if (strcmp(a->command->operands[i].name, name) == 0)
			return a->operands[i];
	for (size_t i = 0; i < a->n_given; i++)
		if (!a->given[i].unknown && strcmp(a->given[i].option.name, name) == 0)
			value = a->given[i].value;
	return value;
}

bool args_flag(const struct args *a, const char *name)
{
	for (size_t i = 0; i < a->n_given; i++)
		if (!a->given[i].unknown && !a->given[i].surplus &&
		    strcmp(a->given[i].option.name, name) == 0)
			return true;
	return false;
}
