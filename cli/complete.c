/* SPDX-License-Identifier: ISC */
#include "complete.h"

#include <stdlib.h>
#include <string.h>

#include "complete_impl.h"

/* A person waits with a finger on the key. */
static const double PATIENCE_S = 0.5;

/* The kind of port that is being added; NULL where that is not what is being done. */
static const struct port_type *kind_meant(const struct completion *c, const struct command *cmd)
{
	const char *type = args_value(&c->ctx->args, "type");

	if (!cmd || strcmp(cmd->words, "add port") != 0)
		return NULL;
	return port_type_find(type ? type : "tap");
}

/* Every option that was not given yet. */
static void offer_options(const struct completion *c, const struct command *cmd)
{
	struct option all[OPTIONS_MAX];
	size_t n = command_options(cmd, kind_meant(c, cmd), all);
	size_t first = cmd ? 0 : command_options_own(all, n);

	for (size_t i = first; i < n; i++) {
		char *word = text_format("--%s", all[i].name);

		if (!args_flag(&c->ctx->args, all[i].name))
			complete_offer(c, word, all[i].help);
		free(word);
	}
}

/* Verbs, or the nouns of a verb; help and completion of "help" take the same words. */
static void offer_commands(const struct completion *c, const char *verb)
{
	commands_foreach (cmd) {
		size_t len = command_verb_len(cmd->words);

		if (verb) {
			if (strlen(verb) == len && strncmp(verb, cmd->words, len) == 0)
				complete_offer(c, command_noun(cmd->words), cmd->summary);
			continue;
		}
		if (!command_is_first(cmd))
			continue;
		char *word = need(strndup(cmd->words, len)), *nouns = command_nouns(word);

		complete_offer(c, word, *nouns ? nouns : cmd->summary);
		free(nouns);
		free(word);
	}
}

/* "show stp" may go on with "port": words of longer commands that begin with all of these. */
static void offer_longer(const struct completion *c, char **words, size_t n)
{
	commands_foreach (cmd) {
		const char *rest = command_after(cmd, words, n);

		if (rest && *rest && !strchr(rest, ' '))
			complete_offer(c, rest, cmd->summary);
	}
}

static void offer_operand(const struct completion *c, const struct command *cmd, size_t used)
{
	const struct args *a = &c->ctx->args;
	size_t skip = a->n_words - used;

	for (const struct option *o = cmd->operands; o->name; o++) {
		if (args_flag(a, o->name)) /* "--port h1" stood for it */
			continue;
		if (skip-- == 0) {
			complete_values(c, o);
			return;
		}
	}
}

static void complete_word(const struct completion *c)
{
	struct args *a = &c->ctx->args;
	bool help = a->n_words > 0 && strcmp(a->words[0], "help") == 0;
	char **words = a->words + help;
	size_t n = a->n_words - help, used;
	const struct command *cmd = command_find(words, n, &used);

	if (a->ended && cmd && cmd->tail) {
		complete_files(); /* of a command that is not swctl's */
		return;
	}
	if (n == 0)
		offer_commands(c, NULL);
	if (n == 0 && help) {
		complete_offer(c, "port-types", "the kinds of port there are");
		complete_offer(c, "port", "the settings of a kind of port");
	} else if (n == 1 && help && strcmp(words[0], "port") == 0)
		complete_types(c);
	else if (n == 1 && command_is_verb(words[0]))
		offer_commands(c, words[0]);
	else if (n) {
		offer_longer(c, words, n);
		if (cmd && !help)
			offer_operand(c, cmd, used);
	}
}

/* The option as this command knows it: "--mac" is not the same for "add port" and "show macs". */
static void complete_value(const struct completion *c, const struct command *cmd, const char *name)
{
	struct option all[OPTIONS_MAX];
	size_t n = command_options(cmd, kind_meant(c, cmd), all);

	for (const struct option *o = cmd ? cmd->operands : NULL; o && o->name; o++)
		if (option_is(o, name)) {
			complete_values(c, o);
			return;
		}
	for (size_t i = 0; i < n; i++)
		if (option_is(&all[i], name)) {
			complete_values(c, &all[i]);
			return;
		}
}

static void complete(struct completion *c)
{
	struct args *a = &c->ctx->args;
	const struct given *last = a->n_given ? &a->given[a->n_given - 1] : NULL;
	const char *equals = strchr(c->typed, '=');
	const struct command *cmd;
	size_t used;

	cmd = command_find(a->words, a->n_words, &used);
	if (last && !last->unknown && last->option.value != VALUE_NONE && !last->value) {
		complete_value(c, cmd, last->option.name);
	} else if (!a->ended && strncmp(c->typed, "--", 2) == 0 && equals) {
		char *name = need(strndup(c->typed + 2, (size_t)(equals - c->typed) - 2));

		c->lead = c->typed;
		c->typed = equals + 1;
		c->lead_len = (int)(c->typed - c->lead);
		complete_value(c, cmd, name);
		free(name);
	} else if (!a->ended && c->typed[0] == '-') {
		offer_options(c, cmd);
	} else {
		complete_word(c);
	}
}

int complete_run(size_t argc, char **argv)
{
	struct ctx ctx = {.out = stdout};
	struct completion c = {.ctx = &ctx, .lead = "", .typed = argc ? argv[argc - 1] : ""};

	args_split(&ctx.args, argc ? argc - 1 : 0, argv);
	ctx_find_daemon(&ctx);
	ctx.rpc.timeout_s = PATIENCE_S;
	complete(&c);
	fail_clear(&ctx.fail);
	rpc_close(&ctx.rpc);
	args_free(&ctx.args);
	return STATUS_OK;
}
