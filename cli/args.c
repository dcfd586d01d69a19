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

/* The first word that begins as `typed` does, or else the nearest. */
static void nearer(const char *typed, const char *candidate, const char **best)
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
		nearer(typed, verb, &best);
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
		nearer(typed, noun, &best);
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
			nearer(g->typed + 2, all[i].name, &best);
	fail_set(f, STATUS_USAGE, "%s has no option %.60s%s%s%s", a->command->words, g->typed,
		 best ? "; did you mean --" : "", best ? best : "", best ? "?" : "");
	hint_help(a, f);
	return STATUS_USAGE;
}

double args_seconds(const char *value)
{
	return strtod(value, NULL);
}

uint64_t args_bytes(const char *value)
{
	static const char units[] = "kMG";
	char *end;
	const char *unit;
	unsigned long long v;

	if (strspn(value, "0123456789") == 0 || strlen(value) > 12)
		return 0;
	v = strtoull(value, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return 0;
	for (long i = unit ? unit - units + 1 : 0; i > 0 && v < UINT64_C(1) << 50; i--)
		v *= 1024;
	return v < UINT64_C(1) << 60 ? v : 0;
}

static bool is_number(const char *s, long min, long max)
{
	char *end;

	errno = 0;
	long v = strtol(s, &end, 10);
	return s[0] >= '0' && s[0] <= '9' && !*end && !errno && v >= min && v <= max;
}

static bool is_seconds(const char *s)
{
	char *end;
	double v = strtod(s, &end);

	/* strtod() reads "inf" and "0x1p3" too: not here */
	return strspn(s, "0123456789.") == strlen(s) && end != s && !*end && v >= 0.1 && v <= 86400;
}

static int check_word(const char *words, const char *s, struct err *e)
{
	char word[NAME_SIZE];
	const char *best = NULL;

	if (word_in(s, words))
		return 0;
	for (const char *w = words; *w && !best; w += strspn(w, " ")) {
		size_t len = strcspn(w, " ");

		snprintf(word, sizeof(word), "%.*s", (int)len, w);
		nearer(s, word, &best);
		w += len;
	}
	return err_set(e, EINVAL, "allowed is one of: %s%s%s%s", words,
		       best ? "; did you mean " : "", best ? best : "", best ? "?" : "");
}

/* Judges a value as far as that can be done here; the rest is for the daemon. */
static int check_value(const struct option *o, const char *s, struct err *e)
{
	struct ip_addr group;
	struct vidset vids;
	uint64_t mac;

	switch (o->value) {
	case VALUE_NAME:
	case VALUE_PORT:
	case VALUE_SWITCH:
		return name_check(s, e);
	case VALUE_MAC:
		if (mac_parse(s, &mac))
			return 0;
		return err_set(e, EINVAL, "a MAC address looks like 02:00:00:00:00:01");
	case VALUE_GROUP:
		if (ip_parse(s, &group) && ip_is_group(group))
			return 0;
		return err_set(e, EINVAL,
			       "the address of a multicast group looks like 239.1.2.3 or ff05::1");
	case VALUE_IP:
		if (ip_parse(s, &group) && ip_is_v4(group))
			return 0;
		return err_set(e, EINVAL, "an IPv4 address looks like 192.0.2.7");
	case VALUE_REMOTE:
		return check_any_remote(s, e);
	case VALUE_VLAN:
		if (is_number(s, 0, VID_MAX - 1))
			return 0;
		return err_set(e, EINVAL, "a VLAN is a number from 0 (untagged) to %d",
			       VID_MAX - 1);
	case VALUE_VID:
		if (is_number(s, VID_FIRST, VID_LAST))
			return 0;
		return err_set(e, EINVAL, "a VLAN is a number from %d to %d", VID_FIRST, VID_LAST);
	case VALUE_TYPE:
		if (port_type_find(s))
			return 0;
		return err_set(e, EINVAL, "there is no such kind of port");
	case VALUE_SECONDS:
		if (is_seconds(s))
			return 0;
		return err_set(e, EINVAL, "allowed are seconds from 0.1 to 86400, like 2 or 0.5");
	case VALUE_OFF:
		if (strcmp(s, "none") == 0)
			return 0;
		return err_set(
			e, EINVAL,
			"it can only be none, which takes everything back; what is to be, has "
			"settings of its own");
	case VALUE_COUNT:
		if (is_number(s, 1, 1000000000))
			return 0;
		return err_set(e, EINVAL, "allowed is a whole number from 1");
	case VALUE_EVENTS:
		if (*s && strspn(s, "abcdefghijklmnopqrstuvwxyz_.,") == strlen(s))
			return 0;
		return err_set(e, EINVAL,
			       "allowed are names with commas between, like mac.moved,port");
	case VALUE_CHOICE:
		return check_word(o->words, s, e);
	case VALUE_BYTES:
		if (args_bytes(s))
			return 0;
		return err_set(e, EINVAL, "allowed are bytes like 1500, 64k, 10M or 1G");
	case VALUE_VIDS:
		if (*s && vidset_parse(s, &vids))
			return 0;
		return err_set(e, EINVAL, "allowed are VLANs like 10,20-29");
	case VALUE_PORTS:
	case VALUE_FRAMES:
		return *s ? 0 : err_set(e, EINVAL, "the list is empty");
	case VALUE_LAB:
	case VALUE_LAB_FILE:
	case VALUE_HOST:
	case VALUE_FILE:
		return *s ? 0 : err_set(e, EINVAL, "the path is empty");
	case VALUE_WORD:
	case VALUE_NONE:
	case VALUE_TEXT:
	case VALUE_SETTING:
	case VALUE_COMMAND:
		break;
	}
	return 0;
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
	} else if (g->value && check_value(o, g->value, &e)) {
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
			if (check_value(&operands[i], a->operands[i], &e))
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
