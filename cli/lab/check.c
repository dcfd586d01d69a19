/* SPDX-License-Identifier: ISC */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"
#include "util/words.h"

enum { WITHIN_US = 5000000, AGAIN_MS = 300, COUNT_MAX = 1000000 };

const struct check_kind *const check_kinds[] = {
	&check_ping,	 &check_tcp,	 &check_udp, &check_dhcp,
	&check_isolated, &check_stp,	 &check_mac, &check_command,
	&check_drops,	 &check_counter, NULL,
};

/* The keys that all kinds have; `within` is -1 where it was not given. */
static const struct check_field common[] = {
	{.name = "name",
	 .type = FIELD_TEXT,
	 .off = FIELD(name),
	 .help = "what tables and reports call it"},
	{.name = "expect",
	 .type = FIELD_BOOL,
	 .off = FIELD(expect),
	 .help = "false: the opposite has to be so"},
	{.name = "within",
	 .type = FIELD_TIME,
	 .off = FIELD(within_us),
	 .max = 600000000,
	 .help = "it is tried again until it holds or this time is over"},
	{.name = "points",
	 .type = FIELD_NUMBER,
	 .off = FIELD(points),
	 .max = COUNT_MAX,
	 .help = "what it counts for; default 1"},
	{.name = "hint", .type = FIELD_TEXT, .off = FIELD(hint), .help = "shown where it fails"},
	FIELD_END,
};

void observe(struct check_result *r, const char *fmt, ...)
{
	va_list ap;

	free(r->observed);
	va_start(ap, fmt);
	if (vasprintf(&r->observed, fmt, ap) < 0)
		r->observed = NULL;
	va_end(ap);
	need(r->observed);
}

void because(struct check_result *r, const char *fmt, ...)
{
	va_list ap;
	char *s;
	json_t *v;
	size_t i;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	s = need(s);
	json_array_foreach (r->why, i, v) {
		if (strcmp(json_string_value(v), s) == 0) {
			free(s);
			return;
		}
	}
	v = json_string(s);
	json_array_append_new(r->why, v ? v : json_string("a reason that is no text"));
	free(s);
}

/* The one key that says of which kind it is. */
static int find_kind(const json_t *one, const struct lab *lab, struct check *c, struct fail *f)
{
	const char *key, *best = NULL;
	char path[160], known[160] = "";
	json_t *v;

	json_object_foreach ((json_t *)(uintptr_t)one, key, v) {
		const struct check_kind *found = NULL;
		bool is_common = false;

		for (const struct check_field *d = common; d->name; d++)
			is_common = is_common || strcmp(d->name, key) == 0;
		for (size_t i = 0; check_kinds[i]; i++)
			if (strcmp(check_kinds[i]->name, key) == 0)
				found = check_kinds[i];
		field_at(path, sizeof(path), c->at, key);
		if (found && c->kind)
			return lab_error(
				lab, f, path,
				"it is a check of \"%s\" already: one that has two things to ask is two checks",
				c->kind->name);
		if (found)
			c->kind = found;
		if (found || is_common)
			continue;
		for (size_t i = 0; check_kinds[i]; i++)
			word_nearest(key, check_kinds[i]->name, &best);
		for (const struct check_field *d = common; d->name; d++)
			word_nearest(key, d->name, &best);
		return lab_error(lab, f, path, "there is no such check or key%s%s%s",
				 best ? "; did you mean \"" : "", best ? best : "",
				 best ? "\"?" : "");
	}
	for (size_t i = 0; check_kinds[i]; i++)
		sprintf(known + strlen(known), "%s%s", i ? ", " : "", check_kinds[i]->name);
	if (!c->kind)
		return lab_error(lab, f, c->at, "it does not say what to check: one of %s", known);
	return 0;
}

static int parse_common(const json_t *one, const struct lab *lab, struct check *c, struct fail *f)
{
	json_t *rest = need(json_copy((json_t *)(uintptr_t)one));
	int rc;

	json_object_del(rest, c->kind->name);
	rc = fields_parse(common, rest, c->at, lab, c, f);
	json_decref(rest);
	return rc;
}

/* All numbers to "not given", which is not zero. */
static void nothing_given(struct check *c, size_t index)
{
	memset(c, 0, sizeof(*c));
	c->expect = c->listen = true;
	c->within_us = c->points = CHECK_UNSET;
	c->count = c->interval_us = c->size = c->loss_max_ppm = CHECK_UNSET;
	c->rtt_min_us = c->rtt_max_us = c->port_number = c->wait_us = c->vlan = CHECK_UNSET;
	c->status = c->min = c->max = CHECK_UNSET;
	c->root = CHECK_UNSET;
	snprintf(c->at, sizeof(c->at), "checks[%zu]", index);
}

int check_parse(const json_t *one, const struct lab *lab, size_t index, struct check *c,
		struct fail *f)
{
	char path[160];
	const json_t *what;
	int rc;

	nothing_given(c, index);
	rc = json_is_object(one) ? find_kind(one, lab, c, f)
				 : lab_error(lab, f, c->at, "a check is an object, { ... }");
	if (!rc)
		rc = parse_common(one, lab, c, f);
	if (!rc) {
		what = json_object_get(one, c->kind->name);
		field_at(path, sizeof(path), c->at, c->kind->name);
		rc = c->kind->fields ? fields_parse(c->kind->fields, what, path, lab, c, f)
				     : groups_parse(what, path, lab, c, f);
	}
	if (!rc && c->kind->complete)
		rc = c->kind->complete(c, lab, f);
	if (rc) {
		check_free(c);
		return rc;
	}
	if (c->within_us < 0)
		c->within_us = WITHIN_US;
	if (c->points < 0)
		c->points = 1;
	if (!c->name)
		c->name = c->kind->describe(c);
	if (!c->hint)
		c->hint = need(strdup(""));
	return 0;
}

void check_free(struct check *c)
{
	for (size_t i = 0; i < c->groups; i++)
		free(c->group[i].host);
	free(c->group);
	free(c->name);
	free(c->hint);
	free(c->run);
	free(c->output);
	memset(c, 0, sizeof(*c));
}

int checks_valid(const struct lab *lab, struct fail *f)
{
	struct check c;
	json_t *v;
	size_t i;

	if (lab->checks && !json_is_array(lab->checks))
		return lab_error(lab, f, "checks", "it has to be a list of checks, [ ... ]");
	if (json_array_size(lab->checks) > CHECKS_MAX)
		return lab_error(lab, f, "checks", "there are %zu; at most %d are taken",
				 json_array_size(lab->checks), CHECKS_MAX);
	json_array_foreach (lab->checks, i, v) {
		int rc = check_parse(v, lab, i, &c, f);

		if (rc)
			return rc;
		check_free(&c);
	}
	return 0;
}

/* One try; true when there is nothing to wait for any more. */
static bool try_once(const struct check *c, const struct lab *lab, const struct lab_env *env,
		     struct check_result *r)
{
	struct fail f = {0};
	bool holds = false;

	free(r->observed);
	r->observed = NULL;
	json_array_clear(r->why);
	if (c->kind->try(c, lab, env, r, &holds, &f)) {
		r->outcome = f.status == STATUS_OK ? CHECK_STOPPED : CHECK_ERROR;
		observe(r, "%s", *f.text ? f.text : "stopped");
		if (*f.hint)
			because(r, "%s", f.hint);
		fail_clear(&f);
		return true;
	}
	r->outcome = holds == c->expect ? CHECK_PASS : CHECK_FAIL;
	return r->outcome == CHECK_PASS;
}

void check_run(const struct check *c, const struct lab *lab, const struct lab_env *env,
	       struct check_result *r)
{
	double began = probe_clock(), until = began + (double)c->within_us / 1e6;

	memset(r, 0, sizeof(*r));
	r->why = need(json_array());
	r->expected = c->kind->describe(c);
	while (!try_once(c, lab, env, r) && probe_clock() + AGAIN_MS / 1e3 <= until)
		if (env->pause(env->arg, AGAIN_MS / 1e3)) {
			r->outcome = CHECK_STOPPED;
			break;
		}
	if (r->outcome == CHECK_FAIL && c->kind->explain)
		c->kind->explain(c, lab, env, r);
	r->seconds = probe_clock() - began;
}

void check_result_free(struct check_result *r)
{
	free(r->expected);
	free(r->observed);
	json_decref(r->why);
	memset(r, 0, sizeof(*r));
}

/* ---- schema ---- */

static json_t *field_schema(const struct check_field *d)
{
	static const char *const type[] = {
		[FIELD_BOOL] = "boolean",
		[FIELD_YESNO] = "boolean",
		[FIELD_NUMBER] = "integer",
	};
	const char *t = (size_t)d->type < sizeof(type) / sizeof(type[0]) ? type[d->type] : NULL;
	json_t *s = need(json_object());

	json_object_set_new(s, "description", json_string(d->help));
	if (d->type == FIELD_SERVERS)
		json_object_set_new(s, "type", json_pack("[ss]", "string", "array"));
	else
		json_object_set_new(s, "type", json_string(t ? t : "string"));
	if (d->type == FIELD_NUMBER) {
		json_object_set_new(s, "minimum", json_integer(d->min));
		json_object_set_new(s, "maximum", json_integer(d->max));
	}
	if (d->type == FIELD_WORD) {
		char *words = need(strdup(d->words)), *word, *save;
		json_t *list = json_array();

		for (word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save))
			json_array_append_new(list, json_string(word));
		json_object_set_new(s, "enum", list);
		free(words);
	}
	if (d->type == FIELD_TIME || d->type == FIELD_PART)
		json_object_set_new(s, "pattern",
				    json_string(d->type == FIELD_TIME
							? "^[0-9]+(\\.[0-9]+)?(us|ms|s|m)$"
							: "^[0-9]+(\\.[0-9]+)?%$"));
	return s;
}

static json_t *fields_schema(const struct check_field *fields)
{
	json_t *properties = need(json_object()), *required = need(json_array()), *s;

	for (const struct check_field *d = fields; d->name; d++) {
		json_object_set_new(properties, d->name, field_schema(d));
		if (d->required)
			json_array_append_new(required, json_string(d->name));
	}
	s = need(json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties", 0,
			   "properties", properties));
	if (json_array_size(required))
		json_object_set(s, "required", required);
	json_decref(required);
	return s;
}

json_t *check_schema(void)
{
	json_t *all = fields_schema(common), *kinds = need(json_array());
	json_t *properties = json_object_get(all, "properties"), *s;

	for (size_t i = 0; check_kinds[i]; i++) {
		const struct check_kind *k = check_kinds[i];

		s = k->fields ? fields_schema(k->fields)
			      : need(json_pack("{s:s, s:{s:s, s:{s:s}}}", "type", "array", "items",
					       "type", "array", "items", "type", "string"));
		json_object_set_new(s, "description", json_string(k->help));
		json_object_set_new(properties, k->name, s);
		json_array_append_new(kinds, json_pack("{s:[s]}", "required", k->name));
	}
	json_object_set_new(all, "oneOf", kinds);
	return all;
}
