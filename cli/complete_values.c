/* SPDX-License-Identifier: ISC */
/* complete_values.c - what a value may be: names that the daemon knows, words of tables, labs that are up. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "complete_impl.h"
#include "core/about.h"
#include "lab/state.h"
#include "monitor.h"

#define NETNS_DIR "/run/netns"

/* In "add mac MAC PORT". */
enum { ADD_MAC_PORT = 3 };

void complete_offer(const struct completion *c, const char *word, const char *help)
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

		complete_offer(c, word, "");
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

	complete_offer(c, js_str(p, "port"), help);
	free(help);
}

/* What stands under the key, and where it is. */
static void offer_at(const struct completion *c, const json_t *row, const char *key)
{
	json_int_t vlan = js_int(row, "vlan");
	char *help =
		vlan ? text_format("at %s, vlan %" JSON_INTEGER_FORMAT, js_str(row, "port"), vlan)
		     : text_format("at %s", js_str(row, "port"));

	complete_offer(c, js_str(row, key), help);
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

	complete_offer(c, js_str(b, "ip"), help);
	free(help);
}

static void offer_vlan(const struct completion *c, const json_t *v)
{
	char number[16];

	snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, js_int(v, "vlan"));
	complete_offer(c, number, js_str(v, "name"));
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

		complete_offer(c, word, help);
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

		complete_offer(c, js_str(sw, "name"), help);
		free(help);
	}
	json_decref(answer);
}

static void offer_explained(const struct completion *c)
{
	struct about a;

	for (size_t i = 0; about_at(i, &a); i++)
		complete_offer(c, a.word, a.means);
}

static void offer_events(const struct completion *c)
{
	struct about a;

	for (const struct event_group *g = event_groups; g->name; g++)
		complete_offer(c, g->name, g->help);
	for (size_t i = 0; about_at(i, &a); i++)
		if (a.kind == ABOUT_EVENT)
			complete_offer(c, a.word, a.means);
}

static void offer_ports(const struct completion *c)
{
	each_row(c, "port.list", "ports", offer_port);
	complete_offer(c, "all", "each port, and those to come");
}

static void offer_frames(const struct completion *c)
{
	complete_offer(c, "in", "as received, with what was decided");
	complete_offer(c, "out", "as it left each port");
	complete_offer(c, "both", "in and out");
	complete_offer(c, "dropped", "only what was dropped, with the reason");
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
			complete_offer(c, d->d_name, "network namespace");
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
	complete_offer(c, "default", *o->dflt ? o->dflt : "not set");
}

void complete_files(void)
{
	puts(":files");
}

void complete_types(const struct completion *c)
{
	port_types_foreach (t)
		complete_offer(c, t->name, t->help);
}

/* The labs that are up; where a file will do as well, files too. */
static void offer_labs(const struct completion *c)
{
	json_t *names = state_names(), *v;
	size_t i;

	json_array_foreach (names, i, v)
		complete_offer(c, json_string_value(v), "a lab that is up");
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
			complete_offer(c, name, lab);
		json_object_foreach (json_object_get(s.json, "vms"), name, v)
			complete_offer(c, name, lab);
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

void complete_values(const struct completion *c, const struct option *o)
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
		complete_types(c);
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
		complete_files();
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
