/* SPDX-License-Identifier: ISC */
#include "complete.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/about.h"
#include "lab/state.h"
#include "monitor.h"
#include "show.h"

#define NETNS_DIR "/run/netns"

/* In "add mac MAC PORT". */
enum { ADD_MAC_PORT = 3 };

/* A person waits with a finger on the key. */
static const double PATIENCE_S = 0.5;

struct completion {
	struct ctx *ctx;
	const char *lead; /* of the word under the cursor, what is not to be matched: "--port=" */
	int lead_len;
	const char *typed; /* the rest of it */
};

static void offer(const struct completion *c, const char *word, const char *help)
{
	char *safe;

	if (strncmp(word, c->typed, strlen(c->typed)) != 0)
		return;
	safe = text_safe(word); /* what a terminal cannot show, a shell had better not insert */
	if (*word && strcmp(safe, word) == 0 && !strpbrk(word, " '\"\\$`")) {
		char *about = text_safe(help);

		printf("%.*s%s%s%s\n", c->lead_len, c->lead, word, *about ? "\t" : "", about);
		free(about);
	}
	free(safe);
}

/* Each of the space-separated words. */
static void offer_words(const struct completion *c, const char *words)
{
	for (size_t len; *words; words += len, words += *words == ' ') {
		len = strcspn(words, " ");
		char *word = need(strndup(words, len));

		offer(c, word, "");
		free(word);
	}
}

/* Calls `one` with each row that the daemon lists, on the switch that was named or on all. */
static void each_row(const struct completion *c, const char *method, const char *key,
		     void (*one)(const struct completion *c, const json_t *row))
{
	json_t *names = show_switch_names(c->ctx), *sw;
	size_t i, k;

	json_array_foreach (names, i, sw) {
		json_t *answer = ctx_call(c->ctx, method, need(json_pack("{s:O}", "switch", sw)));
		json_t *row;

		json_array_foreach (json_object_get(answer, key), k, row) {
			one(c, row);
		}
		json_decref(answer);
	}
	json_decref(names);
}

static void offer_port(const struct completion *c, const json_t *p)
{
	char *help = text_format("%s, %s on %s", js_str(p, "type"), js_str(p, "state"),
				 js_str(p, "switch"));

	offer(c, js_str(p, "port"), help);
	free(help);
}

/* What stands under the key, and where it is. */
static void offer_at(const struct completion *c, const json_t *row, const char *key)
{
	json_int_t vlan = js_int(row, "vlan");
	char *help =
		vlan ? text_format("at %s, vlan %" JSON_INTEGER_FORMAT, js_str(row, "port"), vlan)
		     : text_format("at %s", js_str(row, "port"));

	offer(c, js_str(row, key), help);
	free(help);
}

static void offer_mac(const struct completion *c, const json_t *m)
{
	offer_at(c, m, "mac");
}

static void offer_group(const struct completion *c, const json_t *g)
{
	offer_at(c, g, "group");
}

static void offer_ip(const struct completion *c, const json_t *b)
{
	char *help = text_format("%s at %s", js_str(b, "mac"), js_str(b, "port"));

	offer(c, js_str(b, "ip"), help);
	free(help);
}

static void offer_vlan(const struct completion *c, const json_t *v)
{
	char number[16];

	snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, js_int(v, "vlan"));
	offer(c, number, js_str(v, "name"));
}

/* The remotes of the port that the words name, or of all while they name none. */
static void offer_remotes(const struct completion *c, const json_t *p)
{
	const struct args *a = &c->ctx->args;
	const char *port = js_str(p, "port");
	const char *list = js_str(json_object_get(p, "config"), "remotes");
	char *help = text_format("of port %s on %s", port, js_str(p, "switch"));

	if (a->n_words > ADD_MAC_PORT && strcmp(a->words[ADD_MAC_PORT], port) != 0)
		list = "";
	for (size_t len; *list; list += len, list += *list == ',') {
		len = strcspn(list, ",");
		char *word = need(strndup(list, len));

		offer(c, word, help);
		free(word);
	}
	free(help);
}

static void offer_switches(const struct completion *c)
{
	json_t *answer = ctx_call(c->ctx, "switch.list", NULL), *sw;
	size_t i;

	json_array_foreach (json_object_get(answer, "switches"), i, sw) {
		char *help = text_format("switch with %" JSON_INTEGER_FORMAT " ports",
					 js_int(sw, "ports"));

		offer(c, js_str(sw, "name"), help);
		free(help);
	}
	json_decref(answer);
}

static void offer_explained(const struct completion *c)
{
	struct about a;

	for (size_t i = 0; about_at(i, &a); i++)
		offer(c, a.word, a.means);
}

static void offer_events(const struct completion *c)
{
	struct about a;

	for (const struct event_group *g = event_groups; g->name; g++)
		offer(c, g->name, g->help);
	for (size_t i = 0; about_at(i, &a); i++)
		if (a.kind == ABOUT_EVENT)
			offer(c, a.word, a.means);
}

static void offer_ports(const struct completion *c)
{
	each_row(c, "port.list", "ports", offer_port);
	offer(c, "all", "each port, and those to come");
}

static void offer_frames(const struct completion *c)
{
	offer(c, "in", "as received, with what was decided");
	offer(c, "out", "as it left each port");
	offer(c, "both", "in and out");
	offer(c, "dropped", "only what was dropped, with the reason");
}

/* A list with commas: what stands before the last one is kept. */
static void offer_list(const struct completion *c, void (*fn)(const struct completion *c))
{
	struct completion last = *c;
	const char *comma = strrchr(c->typed, ',');
	char *lead;

	if (comma)
		last.typed = comma + 1;
	lead = text_format("%.*s%.*s", c->lead_len, c->lead, (int)(last.typed - c->typed),
			   c->typed);
	last.lead = lead;
	last.lead_len = (int)strlen(lead);
	fn(&last);
	free(lead);
}

static void offer_namespaces(const struct completion *c)
{
	DIR *dir = opendir(NETNS_DIR);
	struct dirent *d;

	while (dir && (d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.')
			offer(c, d->d_name, "network namespace");
	if (dir)
		closedir(dir);
}

static void offer_setting(const struct completion *c, const struct opt *o)
{
	switch (o->type) {
	case OPT_BOOL:
		offer_words(c, "true false");
		break;
	case OPT_ENUM:
	case OPT_MASK:
		offer_words(c, o->words);
		break;
	case OPT_VIDS:
		offer_words(c, "all");
		break;
	case OPT_RATE:
		offer_words(c, "none");
		break;
	case OPT_UINT:
	case OPT_MAC:
		break;
	case OPT_STR:
		if (strcmp(o->name, "netns") == 0)
			offer_namespaces(c);
		if (strcmp(o->arg, "STATE") == 0)
			offer_words(c, "up down");
		else if (o->pattern) /* those that make a link bad */
			offer_words(c, "none");
		break;
	}
	offer(c, "default", *o->dflt ? o->dflt : "not set");
}

static void offer_files(void)
{
	puts(":files");
}

static void offer_types(const struct completion *c)
{
	port_types_foreach (t)
		offer(c, t->name, t->help);
}

/* The labs that are up; where a file will do as well, files too. */
static void offer_labs(const struct completion *c)
{
	json_t *names = state_names(), *v;
	size_t i;

	json_array_foreach (names, i, v)
		offer(c, json_string_value(v), "a lab that is up");
	json_decref(names);
}

static void offer_hosts_of(const struct completion *c, const char *lab)
{
	struct fail f = {.status = 0};
	struct lab_state s;
	const char *name;
	json_t *v;

	if (state_open(&s, lab, false, &f) == 0) {
		json_object_foreach (json_object_get(s.json, "hosts"), name, v)
			offer(c, name, lab);
		json_object_foreach (json_object_get(s.json, "vms"), name, v)
			offer(c, name, lab);
	}
	state_close(&s);
	fail_clear(&f);
}

static void offer_hosts(const struct completion *c)
{
	json_t *names = state_names(), *v;
	size_t i;

	json_array_foreach (names, i, v)
		offer_hosts_of(c, json_string_value(v));
	json_decref(names);
}

static void offer_values(const struct completion *c, const struct option *o)
{
	switch (o->value) {
	case VALUE_PORT:
		each_row(c, "port.list", "ports", offer_port);
		break;
	case VALUE_SWITCH:
		offer_switches(c);
		break;
	case VALUE_MAC:
		each_row(c, "mac.list", "macs", offer_mac);
		break;
	case VALUE_GROUP:
		each_row(c, "group.list", "groups", offer_group);
		break;
	case VALUE_IP:
		each_row(c, "binding.list", "bindings", offer_ip);
		break;
	case VALUE_REMOTE:
		each_row(c, "port.list", "ports", offer_remotes);
		break;
	case VALUE_WORD:
		offer_explained(c);
		break;
	case VALUE_TYPE:
		offer_types(c);
		break;
	case VALUE_EVENTS:
		offer_list(c, offer_events);
		break;
	case VALUE_CHOICE:
		offer_words(c, o->words);
		break;
	case VALUE_PORTS:
		offer_list(c, offer_ports);
		break;
	case VALUE_FRAMES:
		offer_list(c, offer_frames);
		break;
	case VALUE_LAB:
		offer_labs(c);
		break;
	case VALUE_HOST:
		offer_hosts(c);
		break;
	case VALUE_LAB_FILE:
	case VALUE_FILE:
		offer_files();
		break;
	case VALUE_OFF:
		offer_words(c, "none");
		break;
	case VALUE_SETTING:
		offer_setting(c, o->setting);
		break;
	case VALUE_VLAN:
	case VALUE_VID:
		each_row(c, "vlan.list", "vlans", offer_vlan);
		break;
	case VALUE_NONE:
	case VALUE_TEXT:
	case VALUE_VIDS:
	case VALUE_BYTES:
	case VALUE_NAME:
	case VALUE_SECONDS:
	case VALUE_COUNT:
	case VALUE_COMMAND:
		break;
	}
}

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
			offer(c, word, all[i].help);
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
				offer(c, command_noun(cmd->words), cmd->summary);
			continue;
		}
		if (!command_is_first(cmd))
			continue;
		char *word = need(strndup(cmd->words, len)), *nouns = command_nouns(word);

		offer(c, word, *nouns ? nouns : cmd->summary);
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
			offer(c, rest, cmd->summary);
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
			offer_values(c, o);
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
		offer_files(); /* of a command that is not swctl's */
		return;
	}
	if (n == 0)
		offer_commands(c, NULL);
	if (n == 0 && help) {
		offer(c, "port-types", "the kinds of port there are");
		offer(c, "port", "the settings of a kind of port");
	} else if (n == 1 && help && strcmp(words[0], "port") == 0)
		offer_types(c);
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
			offer_values(c, o);
			return;
		}
	for (size_t i = 0; i < n; i++)
		if (option_is(&all[i], name)) {
			offer_values(c, &all[i]);
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
