/* SPDX-License-Identifier: ISC */
/* model_read.c - values and entries of a lab file, and how their errors are told. */
#include "lab/model_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/optjson.h"
#include "lab/range.h"
#include "util/jsonplace.h"
#include "util/text.h"
#include "util/words.h"

/* ---- errors ---- */

static int refuse_at(const struct lab *lab, struct fail *f, const struct lab_where *at,
		     const char *text)
{
	struct json_place place = json_place(lab->text, lab->len, at->path);
	char shown[LAB_WHERE_SIZE];

	model_where(shown, sizeof(shown), "%s", at->path);
	text_clean(shown);
	fail_set(f, STATUS_REFUSED, "%s:%u:%u: %s%s%s%s%s%s", lab->called, place.line, place.column,
		 shown, at->which[0] ? " (" : "", at->which, at->which[0] ? ")" : "",
		 shown[0] ? ": " : "", text);
	text_clean(f->text);
	f->data = json_pack("{s:s?, s:i, s:i, s:s}", "file", lab->called, "line", (int)place.line,
			    "column", (int)place.column, "where", shown);
	return STATUS_REFUSED;
}

int lab_error(const struct lab *lab, struct fail *f, const char *where, const char *fmt, ...)
{
	struct lab_where at = {.which = ""};
	char text[sizeof(f->text)];
	va_list ap;

	model_where(at.path, sizeof(at.path), "%s", where);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return refuse_at(lab, f, &at, text);
}

static int refuse_below(struct reader *r, const char *below, const char *text)
{
	struct lab_where at = r->at;

	/* of an entry that is none, as the file itself, the path begins without a dot */
	if (!at.path[0] && below[0] == '.')
		below++;
	snprintf(at.path + strlen(at.path), sizeof(at.path) - strlen(at.path), "%s", below);
	return refuse_at(r->lab, r->f, &at, text);
}

int model_refuse(struct reader *r, const char *below, const char *fmt, ...)
{
	char text[sizeof(r->f->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return refuse_below(r, below, text);
}

int model_refuse_err(struct reader *r, const char *below, const struct err *e)
{
	char where[LAB_WHERE_SIZE];
	const char *dot = e->path[0] && e->path[0] != '[' ? "." : "";

	model_where(where, sizeof(where), "%s%s%s", below, dot, e->path);
	return refuse_below(r, where, e->text);
}

int model_found(struct reader *r, const char *below, const json_t *v, const char *allowed)
{
	char found[96];
	unsigned count = 0;

	model_refuse(r, below, "found %s, allowed is %s", optjson_found(v, found, sizeof(found)),
		     allowed);
	if (json_is_string(v) && range_count(json_string_value(v), &count, NULL) == 0 && count)
		fail_hint(
			r->f,
			"a range counts only in an entry that has one in its name, or in \"between\"");
	return STATUS_REFUSED;
}

const char *model_meant(const char *name)
{
	/* what people write who have not read the manual, and what it is called here */
	static const struct {
		const char *word, *key;
	} meant[] = {
		{"ip", "addresses"},	  {"ips", "addresses"},	   {"ipv4", "addresses"},
		{"ipv6", "addresses"},	  {"gateway", "routes"},   {"default_gateway", "routes"},
		{"nodes", "hosts"},	  {"machines", "hosts"},   {"bridges", "switches"},
		{"cables", "links"},	  {"edges", "links"},	   {"connections", "links"},
		{"endpoints", "between"}, {"ends", "between"},	   {"description", "title"},
		{"tests", "checks"},	  {"run", "commands"},	   {"exec", "commands"},
		{"nics", "interfaces"},	  {"hwaddr", "mac"},	   {"vlan", "access"},
		{"vid", "access"},	  {"pvid", "access"},	   {"vlans", "trunk"},
		{"latency", "delay"},	  {"packet_loss", "loss"}, {"speed", "bandwidth"},
		{"rate", "bandwidth"},
	};

	for (size_t i = 0; i < sizeof(meant) / sizeof(*meant); i++)
		if (strcasecmp(name, meant[i].word) == 0)
			return meant[i].key;
	return NULL;
}

int model_unknown(struct reader *r, const char *below, const char *what, const char *name,
		  const json_t *known)
{
	const char *best = NULL, *key, *meant = model_meant(name);
	struct err e = {0};
	json_t *v;

	if (meant && json_object_get(known, meant))
		best = meant;
	else
		json_object_foreach ((json_t *)(uintptr_t)known, key, v)
			word_nearest(name, key, &best);
	word_unknown(&e, EINVAL, name, best, "%s", what);
	return model_refuse(r, below, "%s", e.text);
}

void model_where(char *out, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out, size, fmt, ap);
	va_end(ap);
}

/* ---- values ---- */

json_t *model_member(const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	return v && !json_is_null(v) ? v : NULL;
}

int model_want_object(struct reader *r, const char *below, const json_t *v, const char *example)
{
	char allowed[160];

	if (!v || json_is_object(v))
		return 0;
	snprintf(allowed, sizeof(allowed), "an object%s%s", *example ? ": " : "", example);
	return model_found(r, below, v, allowed);
}

int model_want_array(struct reader *r, const char *below, const json_t *v, const char *example)
{
	char allowed[160];

	if (!v || json_is_array(v))
		return 0;
	snprintf(allowed, sizeof(allowed), "an array: %s", example);
	return model_found(r, below, v, allowed);
}

/* The words as the keys of an object, which is what model_unknown() looks through. */
static json_t *keys_of_words(const char *words)
{
	json_t *o = need(json_object());

	for (const char *p = words; *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		char *word = need(strndup(p, len));

		json_object_set_new(o, word, json_true());
		free(word);
		p += len;
	}
	return o;
}

int model_keys(struct reader *r, const char *below, const json_t *o, const char *known)
{
	const char *key;
	json_t *v, *keys;
	int rc = 0;

	json_object_foreach ((json_t *)(uintptr_t)o, key, v) {
		if (word_in(key, known))
			continue;

		char where[LAB_WHERE_SIZE];

		keys = keys_of_words(known);
		model_where(where, sizeof(where), "%s.%s", below, key);
		rc = model_unknown(r, where, "unknown key", key, keys);
		json_decref(keys);
		if (!strstr(r->f->text, "did you mean"))
			fail_hint(r->f, "known here: %s", known);
		return rc;
	}
	return 0;
}

enum { TEXT_MAX = 4096 };

int model_text(struct reader *r, const char *below, const json_t *v, const char *allowed,
	       const char **out)
{
	const char *s = json_string_value(v);
	struct err e = {0};

	if (!s || !*s)
		return model_found(r, below, v, allowed);
	if (strlen(s) >= TEXT_MAX)
		return model_refuse(r, below, "found %zu characters; at most %d fit", strlen(s),
				    TEXT_MAX - 1);
	if (text_check(s, &e))
		return model_refuse_err(r, below, &e);
	*out = s;
	return 0;
}

int model_uint(struct reader *r, const char *below, const json_t *v, uint32_t min, uint32_t max,
	       const char *allowed, uint32_t *out)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < min || n > max)
		return model_found(r, below, v, allowed);
	*out = (uint32_t)n;
	return 0;
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int model_name(struct reader *r, const char *below, const char *name)
{
	size_t len = strlen(name);
	char shown[TEXT_SHOWN_SIZE];
	const char *p = name;

	if (len == 0)
		return model_refuse(r, below, "the name is empty");
	if (len >= LAB_NAME_SIZE)
		return model_refuse(r, below, "the name \"%s\" has %zu characters; at most %d fit",
				    text_shown(name, shown), len, LAB_NAME_SIZE - 1);
	while (is_alnum(*p) || (p > name && *p && strchr("-_", *p)))
		p++;
	if (*p) {
		model_refuse(r, below,
			     "found the name \"%s\", allowed are letters, digits, '-' and '_', a "
			     "letter or digit in front",
			     text_shown(name, shown));
		if (strchr("{}", *p))
			fail_hint(r->f,
				  "a range is one of whole numbers, with two dots: \"h{1..50}\"");
		return STATUS_REFUSED;
	}
	/* of a namespace it would be the number of a process */
	if (strspn(name, "0123456789") == len)
		return model_refuse(
			r, below,
			"the name \"%s\" is a number; put a letter in front, as in \"h%s\"", name,
			name);
	return 0;
}

void *model_append(void *list, size_t *count, size_t size)
{
	void **p = list;
	size_t n = *count;

	if ((n & (n - 1)) == 0)
		*p = need(reallocarray(*p, n ? n * 2 : 1, size));

	void *one = (char *)*p + n * size;

	memset(one, 0, size);
	++*count;
	return one;
}

/* ---- entries ---- */

int model_claim(struct reader *r, const char *name, enum model_kind kind, size_t index)
{
	static const char *const what[] = {"a host", "a VM", "a switch", "an uplink"};
	const json_t *other = json_object_get(r->names, name);
	int rc = model_name(r, "", name);

	if (rc)
		return rc;
	if (other)
		return model_refuse(
			r, "",
			"the name %s is that of %s already (%s); hosts, VMs, switches and "
			"uplinks have names of one space",
			name, what[json_integer_value(json_array_get(other, 0))],
			json_string_value(json_array_get(other, 2)));
	if (index >= LAB_HOSTS_MAX)
		return model_refuse(r, "", "there are more than %d of them", LAB_HOSTS_MAX);
	json_t *entry = need(json_pack("[i, i]", (int)kind, (int)index));

	json_array_append_new(entry,
			      json_string_nocheck(r->at.path)); /* may be cut in a character */
	json_object_set_new(r->names, name, entry);
	return 0;
}

bool model_lookup(const struct reader *r, const char *name, enum model_kind *kind, size_t *index)
{
	const json_t *v = json_object_get(r->names, name);

	*kind = (enum model_kind)json_integer_value(json_array_get(v, 0));
	*index = (size_t)json_integer_value(json_array_get(v, 1));
	return v != NULL;
}

static int read_range(struct reader *r, const char *key, const json_t *v, unsigned count,
		      int (*read)(struct reader *r, const char *name, const json_t *v))
{
	int rc = 0;

	for (unsigned i = 0; i < count && rc == 0; i++) {
		char *name = range_pick(key, i);
		struct err e = {0};
		json_t *one = range_expand(v, count, i, &r->expanded, &e);

		model_where(r->at.which, sizeof(r->at.which), "%.*s", LAB_NAME_SIZE, name);
		rc = one ? read(r, name, one) : model_refuse_err(r, "", &e);
		json_decref(one);
		free(name);
	}
	return rc;
}

int model_each(struct reader *r, const char *section, const char *example,
	       int (*read)(struct reader *r, const char *name, const json_t *v))
{
	const json_t *entries = model_member(r->lab->json, section);
	const char *key;
	json_t *v;
	int rc;

	r->at = (struct lab_where){.path = ""};
	model_where(r->at.path, sizeof(r->at.path), "%s", section);
	rc = model_want_object(r, "", entries, example);
	json_object_foreach ((json_t *)(uintptr_t)entries, key, v) {
		struct err e = {0};
		unsigned count;

		if (rc)
			break;
		model_where(r->at.path, sizeof(r->at.path), "%s.%s", section, key);
		r->at.which[0] = '\0';
		if (range_count(key, &count, &e))
			rc = model_refuse_err(r, "", &e);
		else
			rc = count ? read_range(r, key, v, count, read) : read(r, key, v);
	}
	return rc;
}
