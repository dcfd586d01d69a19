/* SPDX-License-Identifier: ISC */
/*
 * check_field.c - what a check takes, read by the table of its kind.
 */
#include <ctype.h>
#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"
#include "core/drop.h"
#include "util/iptext.h"
#include "util/mac.h"
#include "util/words.h"

static void *place(const struct reading *r)
{
	return (char *)r->c + r->field->off;
}

const char *field_at(char *out, size_t size, const char *at, const char *key)
{
	snprintf(out, size, "%s%s%s", at, *at ? "." : "", key);
	return out;
}

int target_complete(struct check *c, const struct lab *lab, struct fail *f)
{
	char at[64];

	field_at(at, sizeof(at), c->at, c->kind->name);
	if (strcmp(c->host, c->to.host) == 0)
		return lab_error(lab, f, at, "%s is to reach itself, which says nothing of the LAN",
				 c->host);
	if (*c->family && !*c->to.host)
		return lab_error(lab, f, at,
				 "\"family\" says nothing where \"to\" is an address already");
	return 0;
}

const char *target_name(const struct check *c, char ip[IP_STR_SIZE])
{
	return *c->to.host ? c->to.host : ip_format(c->to.ip, ip);
}

/* A number with one of the units behind it, as so many of the smallest. */
static bool with_unit(const char *text, const char *const *units, const double *worth, int64_t *out)
{
	char *end;
	double n;

	if (!isdigit((unsigned char)*text)) /* strtod() takes more than people write here */
		return false;
	for (const char *p = text; *p; p++)
		if (*p == 'x' || *p == 'X')
			return false;
	n = strtod(text, &end);
	for (size_t i = 0; units[i]; i++)
		if (strcmp(end, units[i]) == 0 && n * worth[i] < 1e15) {
			*out = (int64_t)(n * worth[i] + 0.5);
			return true;
		}
	return false;
}

bool field_time(const char *text, int64_t *us)
{
	static const char *const units[] = {"us", "ms", "s", "m", NULL};
	static const double worth[] = {1, 1e3, 1e6, 60e6};

	return with_unit(text, units, worth, us);
}

bool field_part(const char *text, int64_t *ppm)
{
	static const char *const units[] = {"%", NULL};
	static const double worth[] = {1e4};

	return with_unit(text, units, worth, ppm);
}

const char *time_text(int64_t us, char out[TIME_TEXT])
{
	if (us < 1000)
		snprintf(out, TIME_TEXT, "%" PRId64 "us", us);
	else if (us < 1000000)
		snprintf(out, TIME_TEXT, "%.3gms", (double)us / 1e3);
	else
		snprintf(out, TIME_TEXT, "%.6gs", (double)us / 1e6);
	return out;
}

static int wrong_type(const struct reading *r, const char *wanted)
{
	char *found = need(json_dumps(r->v, JSON_ENCODE_ANY | JS_REALS));
	int rc;

	if (strlen(found) > 40)
		memcpy(found + 37, "...", 4);
	rc = lab_error(r->lab, r->f, r->at, "%s is not %s", found, wanted);
	free(found);
	return rc;
}

/* What a name is looked for in, one after the other. */
typedef const char *(*name_at)(const struct reading *r, size_t i);

static const char *host_name(const struct reading *r, size_t i)
{
	return i < r->lab->hosts ? r->lab->host[i].name : NULL;
}

static const char *switch_name(const struct reading *r, size_t i)
{
	return i < r->lab->switches ? r->lab->sw[i].name : NULL;
}

static const char *reason_name(const struct reading *r, size_t i)
{
	(void)r;
	return i + 1 < DROP_COUNT ? drop_name((enum drop)(i + 1)) : NULL;
}

/* Of the switch that was read before: the ends of links that are ports of it, and its uplinks. */
static const char *port_name(const struct reading *r, size_t i)
{
	for (size_t l = 0; l < r->lab->links; l++)
		for (size_t e = 0; e < 2; e++) {
			const struct lab_end *end = &r->lab->link[l].end[e];

			if (end->kind == LAB_SWITCH && strcmp(end->node, r->c->sw) == 0 && i-- == 0)
				return end->name;
		}
	for (size_t u = 0; u < r->lab->uplinks; u++)
		if (strcmp(r->lab->uplink[u].sw, r->c->sw) == 0 && i-- == 0)
			return r->lab->uplink[u].name;
	return NULL;
}

static const char *interface_name(const struct reading *r, size_t i)
{
	const struct lab_host *h = lab_find_host(r->lab, r->c->host);

	return h && i < h->interfaces ? h->interface[i].name : NULL;
}

/* One of the names, or an error that says which was probably meant or which there are. */
static int read_name(const struct reading *r, name_at names, const char *what, size_t size)
{
	const char *typed = json_string_value(r->v), *best = NULL, *name, *of = "", *of_what = "";
	char known[160] = "";
	size_t i;

	if (!typed)
		return wrong_type(r, what);
	for (i = 0; (name = names(r, i)); i++) {
		if (strcmp(name, typed) == 0) {
			snprintf(place(r), size, "%s", typed);
			return 0;
		}
		word_nearest(typed, name, &best);
		if (strlen(known) + strlen(name) + 3 < sizeof(known) && i < 12)
			sprintf(known + strlen(known), "%s%s", i ? ", " : "", name);
	}
	if (r->field->type == FIELD_PORT || r->field->type == FIELD_INTERFACE) {
		of = " of ";
		of_what = r->field->type == FIELD_PORT ? r->c->sw : r->c->host;
	}
	if (best)
		return lab_error(r->lab, r->f, r->at, "\"%s\" is not %s%s%s; did you mean \"%s\"?",
				 typed, what, of, of_what, best);
	if (i > 0 && i <= 12)
		return lab_error(r->lab, r->f, r->at, "\"%s\" is not %s%s%s; there are %s", typed,
				 what, of, of_what, known);
	return lab_error(r->lab, r->f, r->at, "\"%s\" is not %s%s%s%s", typed, what, of, of_what,
			 i ? "" : ", there is none");
}

/* A VM has no namespace that anything could be run in, and no address that we know. */
static int refuse_vm(const struct reading *r)
{
	const char *typed = json_string_value(r->v);

	if (!typed || !lab_find_vm(r->lab, typed))
		return 0;
	if (r->field->type == FIELD_TARGET)
		return lab_error(
			r->lab, r->f, r->at,
			"%s is a VM, whose addresses are its own: write the one that is meant, like \"10.0.0.9\"",
			typed);
	return lab_error(r->lab, r->f, r->at,
			 "%s is a VM, in which nothing can be run from here: take a host", typed);
}

static int read_target(const struct reading *r)
{
	struct check_target *t = place(r);
	const char *typed = json_string_value(r->v);

	if (typed && ip_parse(typed, &t->ip))
		return 0;
	return read_name(r, host_name, "a host of the lab or an address", sizeof(t->host));
}

static int read_quantity(const struct reading *r)
{
	const struct check_field *d = r->field;
	const char *text = json_string_value(r->v);
	bool is_time = d->type == FIELD_TIME;
	int64_t *n = place(r);
	char low[TIME_TEXT], high[TIME_TEXT];

	if (json_is_number(r->v))
		return wrong_type(r, is_time ? "a time: it needs its unit, like \"38ms\" or \"10s\""
					     : "a part: it needs its unit, like \"2%\"");
	if (!text || !(is_time ? field_time : field_part)(text, n))
		return wrong_type(r, is_time ? "a time like \"38ms\" or \"10s\""
					     : "a part like \"2%\"");
	if (*n >= d->min && *n <= d->max)
		return 0;
	if (is_time)
		return lab_error(r->lab, r->f, r->at, "\"%s\" is not within %s to %s", text,
				 time_text(d->min, low), time_text(d->max, high));
	return lab_error(r->lab, r->f, r->at, "\"%s\" is more than 100%%", text);
}

static int read_number(const struct reading *r)
{
	json_int_t n = json_integer_value(r->v);

	if (!json_is_integer(r->v))
		return wrong_type(r, "a whole number");
	if (n < r->field->min || n > r->field->max)
		return lab_error(r->lab, r->f, r->at,
				 "%" JSON_INTEGER_FORMAT " is not within %" PRId64 " to %" PRId64,
				 n, r->field->min, r->field->max);
	*(int64_t *)place(r) = n;
	return 0;
}

static int read_text(const struct reading *r)
{
	const char *text = json_string_value(r->v);
	char why[128];
	regex_t regex;
	int rc;

	if (!text || !*text)
		return wrong_type(r, "a text");
	if (r->field->type == FIELD_REGEX) {
		rc = regcomp(&regex, text, REG_EXTENDED | REG_NEWLINE | REG_NOSUB);
		if (rc) {
			regerror(rc, &regex, why, sizeof(why));
			return lab_error(r->lab, r->f, r->at,
					 "\"%s\" is not a regular expression: %s", text, why);
		}
		regfree(&regex);
	}
	*(char **)place(r) = need(strdup(text));
	return 0;
}

/* The table's word for word_nearest(), with NULs between. */
static int read_word(const struct reading *r)
{
	const char *typed = json_string_value(r->v), *best = NULL;
	char *words = need(strdup(r->field->words)), *word, *save;
	int rc;

	if (typed && word_in(typed, r->field->words)) {
		memcpy(place(r), typed, strlen(typed) + 1); /* the words of the table fit */
		free(words);
		return 0;
	}
	for (word = strtok_r(words, " ", &save); typed && word; word = strtok_r(NULL, " ", &save))
		word_nearest(typed, word, &best);
	if (best)
		rc = lab_error(r->lab, r->f, r->at, "\"%s\" is none of: %s; did you mean \"%s\"?",
			       typed, r->field->words, best);
	else
		rc = lab_error(r->lab, r->f, r->at, "it has to be one of: %s", r->field->words);
	free(words);
	return rc;
}

static int read_mac(const struct reading *r)
{
	const char *typed = json_string_value(r->v);
	uint64_t *mac = place(r);

	if (!typed || !mac_parse(typed, mac) || !mac_is_station(*mac))
		return wrong_type(r, "a station's address like \"02:00:00:00:00:01\"");
	return 0;
}

/* One address or several; an IPv4 address each, since that is what DHCP offers. */
static int read_servers(const struct reading *r)
{
	size_t n = json_is_array(r->v) ? json_array_size(r->v) : 1;

	if (n < 1 || n > CHECK_SERVERS_MAX)
		return lab_error(r->lab, r->f, r->at, "one to %d servers can be named",
				 CHECK_SERVERS_MAX);
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_is_array(r->v) ? json_array_get(r->v, i) : r->v;
		const char *typed = json_string_value(one);
		struct ip_addr *ip = &r->c->server[i];

		if (!typed || !ip_parse(typed, ip) || !ip_is_v4(*ip))
			return wrong_type(r, "the address of a server, like \"10.0.0.1\"");
	}
	r->c->servers = n;
	return 0;
}

int field_read(const struct reading *r)
{
	switch (r->field->type) {
	case FIELD_HOST:
		return refuse_vm(r) ? r->f->status
				    : read_name(r, host_name, "a host of the lab", LAB_NAME_SIZE);
	case FIELD_TARGET:
		return refuse_vm(r) ? r->f->status : read_target(r);
	case FIELD_SWITCH:
		return read_name(r, switch_name, "a switch of the lab", LAB_NAME_SIZE);
	case FIELD_PORT:
		return read_name(r, port_name, "a port", sizeof(r->c->port));
	case FIELD_INTERFACE:
		return read_name(r, interface_name, "an interface", sizeof(r->c->interface));
	case FIELD_REASON:
		return read_name(r, reason_name,
				 "a reason for which frames are dropped (see swctl explain)",
				 sizeof(r->c->reason));
	case FIELD_BOOL:
	case FIELD_YESNO:
		if (!json_is_boolean(r->v))
			return wrong_type(r, "true or false");
		if (r->field->type == FIELD_BOOL)
			*(bool *)place(r) = json_is_true(r->v);
		else
			*(int *)place(r) = json_is_true(r->v);
		return 0;
	case FIELD_NUMBER:
		return read_number(r);
	case FIELD_TIME:
	case FIELD_PART:
		return read_quantity(r);
	case FIELD_TEXT:
	case FIELD_REGEX:
		return read_text(r);
	case FIELD_WORD:
		return read_word(r);
	case FIELD_MAC:
		return read_mac(r);
	case FIELD_SERVERS:
		return read_servers(r);
	}
	return 0;
}

static int unknown_key(const struct check_field *fields, const char *key, const char *at,
		       const struct lab *lab, struct fail *f)
{
	const char *best = NULL;
	char path[160], known[256] = "";

	field_at(path, sizeof(path), at, key);
	for (const struct check_field *d = fields; d->name; d++) {
		word_nearest(key, d->name, &best);
		if (strlen(known) + strlen(d->name) + 3 < sizeof(known))
			sprintf(known + strlen(known), "%s%s", d == fields ? "" : ", ", d->name);
	}
	if (best)
		return lab_error(lab, f, path, "there is no such key here; did you mean \"%s\"?",
				 best);
	return lab_error(lab, f, path, "there is no such key here; there are %s", known);
}

int fields_parse(const struct check_field *fields, const json_t *what, const char *at,
		 const struct lab *lab, struct check *c, struct fail *f)
{
	char path[160];
	const char *key;
	json_t *v;
	int rc = 0;

	if (!json_is_object(what))
		return lab_error(lab, f, at, "it has to be an object, { ... }");
	json_object_foreach ((json_t *)(uintptr_t)what, key, v) {
		const struct check_field *d = fields;

		while (d->name && strcmp(d->name, key) != 0)
			d++;
		if (!d->name)
			return unknown_key(fields, key, at, lab, f);
	}
	/* in the order of the table: a port is looked for at the switch that stands before it */
	for (const struct check_field *d = fields; d->name && !rc; d++) {
		struct reading r = {.field = d,
				    .v = json_object_get(what, d->name),
				    .lab = lab,
				    .c = c,
				    .f = f};

		r.at = field_at(path, sizeof(path), at, d->name);
		if (r.v)
			rc = field_read(&r);
		else if (d->required)
			rc = lab_error(lab, f, at, "\"%s\" is missing: %s", d->name, d->help);
	}
	return rc;
}
