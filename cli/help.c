/* SPDX-License-Identifier: ISC */
#include "help.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { PAGE_WIDTH = 80, INDENT = 2, GAP = 2, LEFT_MAX = 30 };

static size_t page_width(const struct ctx *ctx)
{
	return ctx->term.width && ctx->term.width < PAGE_WIDTH ? ctx->term.width : PAGE_WIDTH;
}

static void heading(const struct ctx *ctx, const char *text)
{
	term_colour(&ctx->term, ctx->out, BOLD);
	fprintf(ctx->out, "%s", text);
	term_plain(&ctx->term, ctx->out, BOLD);
}

/* "  left    what it means", the meaning broken into lines below itself. */
static void entry(const struct ctx *ctx, const char *left, size_t width, const char *meaning)
{
	size_t indent = INDENT + width + GAP;

	fprintf(ctx->out, "%*s%s", INDENT, "", left);
	if (strlen(left) > width)
		fprintf(ctx->out, "\n%*s", (int)indent, "");
	else
		fprintf(ctx->out, "%*s", (int)(width - strlen(left) + GAP), "");
	text_wrap(ctx->out, meaning, indent, page_width(ctx));
}

/* "-s, --switch NAME" */
static char *option_left(const struct option *o)
{
	char letter[8] = "";

	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	return text_format("%s--%s%s%s", o->letter ? letter : "    ", o->name, o->arg ? " " : "",
			   o->arg ? o->arg : "");
}

/* The meaning of a setting ends with whether it can be changed later, and with its default. */
static char *option_meaning(const struct option *o)
{
	const struct opt *s = o->setting;

	if (!s)
		return text_format("%s", o->help);
	return text_format("%s%s%s%s%s", o->help,
			   s->change == OPT_REOPEN ? "; fixed while the port is open" : "",
			   *s->dflt ? " [" : "", s->dflt, *s->dflt ? "]" : "");
}

static void options(const struct ctx *ctx, const struct option *o, size_t n)
{
	size_t width = 0;

	for (size_t i = 0; i < n; i++) {
		char *left = option_left(&o[i]);

		if (strlen(left) > width && strlen(left) <= LEFT_MAX)
			width = strlen(left);
		free(left);
	}
	for (size_t i = 0; i < n; i++) {
		char *left = option_left(&o[i]), *meaning = option_meaning(&o[i]);

		entry(ctx, left, width, meaning);
		free(left);
		free(meaning);
	}
}

static void usage_line(const struct ctx *ctx, const struct command *cmd)
{
	fprintf(ctx->out, "swctl %s", cmd->words);
	for (const struct option *o = cmd->operands; o->name; o++)
		fprintf(ctx->out, o->optional ? " [%s%s]" : " %s%s", o->arg,
			cmd->flags & CMD_ANY_WORDS ? "..." : "");
	fputs(" [OPTION...]", ctx->out);
	if (cmd->tail)
		fprintf(ctx->out, cmd->tail->optional ? " [-- %s]" : " -- %s", cmd->tail->arg);
	fputc('\n', ctx->out);
}

/* The kinds of port, where they matter. */
static void types(const struct ctx *ctx)
{
	port_types_foreach (t)
		entry(ctx, t->name, 8, t->help);
}

/* Command lines as they are typed, those that go on in the next one included. */
static void example(const struct ctx *ctx, const char *lines)
{
	bool in_word =
		false; /* the line before has the beginning of one, which a space would end */

	for (const char *line = lines; *line;) {
		size_t len = strcspn(line, "\n");

		fprintf(ctx->out, "%*s%.*s\n", in_word ? 0 : INDENT, "", (int)len, line);
		in_word = len > 1 && line[len - 1] == '\\' && line[len - 2] != ' ';
		line += len + (line[len] == '\n');
	}
}

static int page_command(const struct ctx *ctx, const struct command *cmd)
{
	struct option all[OPTIONS_MAX];
	bool ports = cmd->flags & CMD_PORT_SETTINGS;
	/* of all kinds together they would not be told apart */
	size_t n = command_options(cmd, ports ? port_type_find("tap") : NULL, all);
	size_t own = command_options_own(all, n), kept = 0;

	/* an operand that is also an option, as "set switch [NAME]", is told of once */
	for (size_t i = 0; i < own; i++)
		if (all[i].name != cmd->operands[0].name)
			all[kept++] = all[i];
	heading(ctx, "usage: ");
	usage_line(ctx, cmd);
	text_wrap(ctx->out, cmd->summary, 0, page_width(ctx));
	if (cmd->operands[0].name || cmd->tail)
		fputc('\n', ctx->out);
	for (const struct option *o = cmd->operands; o->name; o++)
		entry(ctx, o->arg, 8, o->help);
	if (cmd->tail)
		entry(ctx, cmd->tail->arg, 8, cmd->tail->help);
	if (kept) {
		heading(ctx, ports ? "\noptions, with the settings of a tap\n" : "\noptions\n");
		options(ctx, all, kept);
	}
	if (ports) {
		heading(ctx, "\nkinds of port; swctl help port KIND lists the settings of one\n");
		types(ctx);
	}
	heading(ctx, "\neverywhere\n");
	options(ctx, all + own, n - own);
	heading(ctx, "\nexample\n");
	example(ctx, cmd->example);
	return STATUS_OK;
}

/* "show port NAME" */
static char *command_left(const struct command *cmd)
{
	char *left = text_format("%s", cmd->words);

	for (const struct option *o = cmd->operands; o->name; o++) {
		char *more = text_format(o->optional ? "%s [%s]" : "%s %s", left, o->arg);

		free(left);
		left = more;
	}
	return left;
}

/* The commands that begin with the verb; all, where it is NULL.  Returns how many. */
static size_t list_commands(const struct ctx *ctx, const char *verb)
{
	size_t n = 0;

	commands_foreach (c) {
		size_t len = command_verb_len(c->words);

		if (verb && (strlen(verb) != len || strncmp(verb, c->words, len) != 0))
			continue;
		char *left = command_left(c);
		entry(ctx, left, 18, c->summary);
		free(left);
		n++;
	}
	return n;
}

static int page_types(const struct ctx *ctx)
{
	heading(ctx, "kinds of port\n");
	types(ctx);
	fputs("\nswctl help port KIND lists the settings of one, and how to plug in.\n", ctx->out);
	return STATUS_OK;
}

/* What a port of one kind can be told, and what is started at its other end. */
static int page_type(const struct ctx *ctx, const struct port_type *t)
{
	static const struct command none = {.flags = CMD_PORT_SETTINGS};
	struct option all[OPTIONS_MAX];
	size_t n = command_options(&none, t, all);

	heading(ctx, "usage: ");
	fprintf(ctx->out, "swctl add port NAME --type %s [OPTION...]\n", t->name);
	text_wrap(ctx->out, t->help, 0, page_width(ctx));
	heading(ctx, "\nsettings\n");
	options(ctx, all, command_options_own(all, n));
	heading(ctx, "\nexample\n");
	example(ctx, t->example);
	return STATUS_OK;
}

static int help_port(struct ctx *ctx, const char *kind)
{
	const struct port_type *t = port_type_find(kind);
	const char *best = NULL;

	if (t)
		return page_type(ctx, t);
	fail_set(&ctx->fail, STATUS_USAGE, "there is no kind of port called \"%.100s\"", kind);
	port_types_foreach (k)
		word_nearest(kind, k->name, &best);
	if (best)
		fail_hint(&ctx->fail, "did you mean %s?", best);
	fail_hint(&ctx->fail, "swctl help port-types lists them");
	return ctx_fail(ctx);
}

static int page_all(const struct ctx *ctx)
{
	struct option all[OPTIONS_MAX];
	size_t n = command_options(NULL, NULL, all);
	size_t own = command_options_own(all, n);

	heading(ctx, "usage: ");
	fputs("swctl COMMAND [OPTION...]\n", ctx->out);
	fputs("Looks at and changes the virtual Ethernet switches of switchd.\n", ctx->out);
	heading(ctx, "\ncommands\n");
	list_commands(ctx, NULL);
	heading(ctx, "\neverywhere\n");
	options(ctx, all + own, n - own);
	heading(ctx, "\nexit status\n");
	entry(ctx, "0", 1, "done");
	entry(ctx, "1", 1, "refused by the daemon, or the file holds no valid configuration");
	entry(ctx, "2", 1, "the command line is wrong, or a file cannot be read");
	entry(ctx, "3", 1, "the daemon cannot be reached or gives no usable answer");
	heading(ctx, "\nexamples\n");
	fputs("  swctl add port h1 --netns h1\n"
	      "  swctl show macs --port h1\n"
	      "  swctl show ports --watch 2\n",
	      ctx->out);
	return STATUS_OK;
}

/* The same as data: what the table of commands holds. */
static int page_json(struct ctx *ctx)
{
	json_t *list = need(json_array()), *all;

	commands_foreach (c) {
		struct option opts[OPTIONS_MAX];
		size_t n = command_options(c, NULL, opts);
		json_t *names = need(json_array());
		char *left = command_left(c);

		for (size_t i = 0; i < n; i++)
			json_array_append_new(names, json_string(opts[i].name));
		json_array_append_new(list,
				      need(json_pack("{s:s, s:s, s:s, s:s, s:o}", "command",
						     c->words, "usage", left, "summary", c->summary,
						     "example", c->example, "options", names)));
		free(left);
	}
	all = need(json_pack("{s:o}", "commands", list));
	ctx_json(ctx, all);
	json_decref(all);
	return STATUS_OK;
}

int help_words(struct ctx *ctx, char **words, size_t n)
{
	const struct command *cmd;
	size_t used;

	if (ctx->json)
		return page_json(ctx);
	if (n == 0)
		return page_all(ctx);
	if (n == 1 && (strcmp(words[0], "port-types") == 0 || strcmp(words[0], "port") == 0))
		return page_types(ctx);
	if (n == 2 && strcmp(words[0], "port") == 0)
		return help_port(ctx, words[1]);
	cmd = command_find(words, n, &used);
	if (cmd)
		return page_command(ctx, cmd);
	if (n == 1 && command_is_verb(words[0])) {
		heading(ctx, "usage: ");
		fprintf(ctx->out, "swctl %s WHAT [OPTION...]\n\n", words[0]);
		list_commands(ctx, words[0]);
		fprintf(ctx->out, "\nswctl %s WHAT --help says more\n", words[0]);
		return STATUS_OK;
	}
	const struct args asked = {.words = words, .n_words = n};
	args_no_command(&asked, &ctx->fail);
	return ctx_fail(ctx);
}

int help_run(struct ctx *ctx)
{
	return help_words(ctx, ctx->args.words + 1, ctx->args.n_words - 1);
}
