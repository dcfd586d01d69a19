/* SPDX-License-Identifier: ISC */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "core/settings.h"
#include "fail.h"
#include "rpc.h"
#include "text.h"

static const struct option global_options[] = {
	{.name = "json", .letter = 'j', .help = "the daemon's own answer, as JSON; errors too"},
	{
		.name = "socket",
		.arg = "PATH",
		.value = VALUE_FILE,
		.help = "the daemon's socket; default: $SWITCHD_SOCKET, or that of your own daemon or the "
			"system's",
	},
	{
		.name = "lab",
		.arg = "NAME",
		.value = VALUE_LAB,
		.help = "the daemon of this lab; of the lab commands, which lab",
	},
	{
		.name = "timeout",
		.arg = "SECONDS",
		.value = VALUE_SECONDS,
		.help = "how long to wait for an answer; default 10",
	},
	{.name = "help", .letter = 'h', .help = "what a command does, its options, an example"},
	{.name = "version", .letter = 'V', .help = "print the version of swctl"},
	{.name = NULL},
};

static const struct option switch_option = {
	.name = "switch",
	.arg = "NAME",
	.help = "which switch; left out: all, or where it has to be one, the only one there is",
	.value = VALUE_SWITCH,
	.letter = 's',
	.param = true,
};

static const struct option watch_option = {
	.name = "watch",
	.arg = "SECONDS",
	.help = "show it again and again, so far apart (0.1 or more); Ctrl-C ends it",
	.value = VALUE_SECONDS,
	.letter = 'w',
};

static void collect(struct option *out, size_t *n, const struct option *o)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(out[i].name, o->name) == 0)
			return;
	if (*n == OPTIONS_MAX) /* there are more settings than were thought of */
		abort();
	out[(*n)++] = *o;
}

static void collect_settings(struct option *out, size_t *n, const struct opt *table)
{
	opt_foreach (s, table) {
		const struct option o = {
			.name = s->name,
			.arg = s->arg,
			.help = s->help,
			.value = VALUE_SETTING,
			.setting = s,
		};

		collect(out, n, &o);
	}
}

static void collect_own(struct option *out, size_t *n, const struct command *cmd,
			const struct port_type *type)
{
	for (const struct option *o = cmd->options; o && o->name; o++)
		collect(out, n, o);
	if (cmd->flags & CMD_PORT_SETTINGS)
		port_types_foreach (t)
			if (!type || t == type)
				collect_settings(out, n, t->options);
	if (cmd->flags & CMD_SWITCH_SETTINGS)
		collect_settings(out, n, sw_options);
	if (cmd->flags & CMD_VLAN_SETTINGS)
		collect_settings(out, n, sw_vlan_options);
	if (cmd->flags & CMD_SWITCH)
		collect(out, n, &switch_option);
	if (cmd->flags & CMD_WATCH)
		collect(out, n, &watch_option);
}

static void collect_all(struct option *out, size_t *n, const struct port_type *type)
{
	commands_foreach (c) {
		collect_own(out, n, c, type);
		/* "--port h1" may stand for the operand of that name */
		for (const struct option *o = c->operands; o->name; o++)
			collect(out, n, o);
	}
}

size_t command_options(const struct command *cmd, const struct port_type *type,
		       struct option out[OPTIONS_MAX])
{
	size_t n = 0;

	if (cmd)
		collect_own(out, &n, cmd, type);
	else
		collect_all(out, &n, type);
	for (const struct option *o = global_options; o->name; o++)
		collect(out, &n, o);
	return n;
}

size_t command_options_own(const struct option *options, size_t n)
{
	size_t own = 0;

	while (own < n && strcmp(options[own].name, global_options[0].name) != 0)
		own++;
	return own;
}

size_t command_verb_len(const char *words)
{
	return strcspn(words, " ");
}

const char *command_noun(const char *words)
{
	const char *space = strchr(words, ' ');

	return space ? space + 1 : "";
}

static bool verb_is(const struct command *cmd, const char *verb)
{
	size_t len = command_verb_len(cmd->words);

	return strlen(verb) == len && strncmp(verb, cmd->words, len) == 0;
}

bool command_is_first(const struct command *cmd)
{
	size_t len = command_verb_len(cmd->words);

	commands_foreach (c) {
		if (c == cmd)
			break;
		if (len == command_verb_len(c->words) && strncmp(c->words, cmd->words, len) == 0)
			return false;
	}
	return true;
}

bool command_is_verb(const char *verb)
{
	commands_foreach (c)
		if (*command_noun(c->words) && verb_is(c, verb))
			return true;
	return false;
}

const char *command_after(const struct command *cmd, char *const *words, size_t n)
{
	const char *rest = cmd->words;

	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(rest, " ");

		if (!*rest || strlen(words[i]) != len || strncmp(words[i], rest, len) != 0)
			return NULL;
		rest += len;
		rest += *rest == ' ';
	}
	return rest;
}

static size_t count_words(const char *words)
{
	size_t n = 1;

	while ((words = strchr(words, ' ')) != NULL) {
		words++;
		n++;
	}
	return n;
}

const struct command *command_find(char *const *words, size_t n, size_t *used)
{
	const struct command *best = NULL;

	*used = 0;
	commands_foreach (c) {
		size_t len = count_words(c->words);
		const char *rest = len <= n && len > *used ? command_after(c, words, len) : NULL;

		if (!rest)
			continue;
		best = c;
		*used = len;
	}
	return best;
}

char *command_nouns(const char *verb)
{
	char *list = text_format("%s", "");

	commands_foreach (c) {
		if (!verb_is(c, verb) || strchr(command_noun(c->words), ' '))
			continue;
		char *more = text_format("%s%s%s", list, *list ? ", " : "", command_noun(c->words));

		free(list);
		list = more;
	}
	return list;
}

bool option_is(const struct option *o, const char *typed)
{
	const char *name = o->name;

	for (; *name && *typed; name++, typed++)
		if ((*name == '-' ? '_' : *name) != (*typed == '-' ? '_' : *typed))
			return false;
	return *name == *typed;
}
