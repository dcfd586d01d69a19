/* SPDX-License-Identifier: ISC */
/*
 * check_group.c - the groups of hosts that an isolated check takes.
 */
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"
#include "lab/range.h"

/* One host, or with a range as many. */
static int member_parse(const struct reading *r, struct check_group *g)
{
	const char *text = json_string_value(r->v);
	unsigned count = 0;
	struct err e = {0};
	int rc = 0;

	if (text && range_count(text, &count, &e))
		return lab_error(r->lab, r->f, r->at, "%s", e.text);
	for (unsigned i = 0; i < (count ? count : 1) && !rc; i++) {
		char *name = text && count ? range_pick(text, i) : NULL;
		json_t *v = name ? need(json_string(name)) : json_incref((json_t *)(uintptr_t)r->v);
		struct reading one = *r;

		one.v = v;
		rc = field_read(&one);
		if (!rc && g->hosts == LAB_HOSTS_MAX)
			rc = lab_error(r->lab, r->f, r->at, "there are more than %d hosts",
				       LAB_HOSTS_MAX);
		if (!rc) {
			g->host = need(reallocarray(g->host, g->hosts + 1, sizeof(*g->host)));
			memcpy(g->host[g->hosts++], r->c->host, sizeof(r->c->host));
		}
		json_decref(v);
		free(name);
	}
	return rc;
}

static int group_parse(const json_t *list, const char *at, const struct lab *lab, struct check *c,
		       struct check_group *g, struct fail *f)
{
	static const struct check_field member = {
		.name = "", .type = FIELD_HOST, .off = FIELD(host)};
	char path[192];
	json_t *v;
	size_t i;
	int rc = 0;

	if (!json_is_array(list))
		return lab_error(lab, f, at, "a group is a list of hosts, like [\"h1\", \"h2\"]");
	if (json_array_size(list) == 0)
		return lab_error(lab, f, at, "a group without hosts says nothing");
	json_array_foreach (list, i, v) {
		struct reading r = {
			.field = &member, .v = v, .lab = lab, .c = c, .f = f, .at = path};

		snprintf(path, sizeof(path), "%s[%zu]", at, i);
		rc = member_parse(&r, g);
		if (rc)
			break;
	}
	c->host[0] = '\0';
	return rc;
}

/* No host twice: it would be isolated from itself, or asked twice. */
static int no_host_twice(const struct check *c, const char *at, const struct lab *lab,
			 struct fail *f)
{
	json_t *seen = need(json_object());
	char path[160];
	int rc = 0;

	for (size_t g = 0; g < c->groups && !rc; g++)
		for (size_t i = 0; i < c->group[g].hosts && !rc; i++) {
			const char *name = c->group[g].host[i];

			snprintf(path, sizeof(path), "%s[%zu]", at, g);
			if (json_object_get(seen, name))
				rc = lab_error(lab, f, path, "%s is in these groups twice", name);
			json_object_set_new(seen, name, json_true());
		}
	json_decref(seen);
	return rc;
}

int groups_parse(const json_t *what, const char *at, const struct lab *lab, struct check *c,
		 struct fail *f)
{
	char path[160];
	json_t *v;
	size_t i;
	int rc = 0;

	if (!json_is_array(what) || json_array_size(what) == 0)
		return lab_error(
			lab, f, at,
			"it has to be a list of groups, like [[\"h1\", \"h2\"], [\"h3\"]]");
	c->group = need(calloc(json_array_size(what), sizeof(*c->group)));
	json_array_foreach (what, i, v) {
		snprintf(path, sizeof(path), "%s[%zu]", at, i);
		rc = group_parse(v, path, lab, c, &c->group[c->groups++], f);
		if (rc)
			return rc;
	}
	return no_host_twice(c, at, lab, f);
}
