/* SPDX-License-Identifier: ISC */
/*
 * config_json.c - the configuration between its JSON form and plain data.
 *
 * Errors are filled in where they are found, and each level on the way out puts its key in front of
 * the path.
 */
#include "ctl/config_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/optjson.h"
#include "util/mac.h"
#include "util/portset.h"
#include "util/text.h"

int config_want_object(const json_t *v, const char *what, struct err *e)
{
	char found[96];

	if (json_is_object(v))
		return 0;
	return err_set(e, EINVAL, "found %s, allowed is an object%s",
		       optjson_found(v, found, sizeof(found)), what);
}

int config_each(const json_t *array, const char *example,
		int (*parse)(const json_t *entry, struct switch_cfg *s, struct err *e),
		struct switch_cfg *s, struct err *e)
{
	char found[96], at[24];
	json_t *entry;
	size_t i;

	if (array && !json_is_array(array))
		return err_set(e, EINVAL, "found %s, allowed is an array: %s",
			       optjson_found(array, found, sizeof(found)), example);
	json_array_foreach (array, i, entry) {
		int rc = parse(entry, s, e);

		if (rc == 0)
			continue;
		snprintf(at, sizeof(at), "[%zu]", i);
		err_at(e, at);
		return rc;
	}
	return 0;
}

/* The words of `also` as strings of their own; returns how many. */
static size_t split_words(const char *also, char words[][16], size_t room)
{
	size_t n = 0;

	for (const char *p = also; *p && n < room; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		snprintf(words[n++], 16, "%.*s", (int)len, p);
		p += len;
	}
	return n;
}

enum { KNOWN_SIZE = 320 };

/* Lists one name more; those that do not fit are told by "...". */
static void add_known(char known[KNOWN_SIZE], const char *name)
{
	size_t at = strlen(known), room = KNOWN_SIZE - sizeof(" ...");

	if (at + 1 + strlen(name) < room)
		snprintf(known + at, KNOWN_SIZE - at, " %s", name);
	else if (at < 4 || strcmp(known + at - 4, " ...") != 0)
		snprintf(known + at, KNOWN_SIZE - at, " ...");
}

/* Says which key was probably meant, or else which there are. */
static int refuse_key(const char *key, const struct opt *table, const char *also, struct err *e)
{
	char known[KNOWN_SIZE] = "", words[6][16], shown[TEXT_SHOWN_SIZE];
	size_t n = split_words(also, words, 6);
	const char *best = NULL;

	opt_foreach (o, table) {
		word_nearest(key, o->name, &best);
		add_known(known, o->name);
	}
	for (size_t i = 0; i < n; i++)
		word_nearest(key, words[i], &best);
	if (best)
		return word_unknown(e, EINVAL, key, best, "unknown key");
	return err_set(e, EINVAL, "unknown key \"%s\" (known:%s%s%s)", text_shown(key, shown),
		       known, *also ? " " : "", also);
}

int config_parse_options(const json_t *obj, const struct opt *table, const char *also, void *base,
			 struct err *e)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)obj, key, value) {
		const struct opt *o = opt_find(table, key);

		if (!o && word_in(key, also))
			continue;
		if (!o)
			return refuse_key(key, table, also, e);
		int rc = optjson_set(o, value, base, e);
		if (rc) {
			err_at(e, key);
			return rc;
		}
	}
	return 0;
}

const struct port_type *config_port_type(const json_t *obj, struct err *e)
{
	const json_t *v = json_object_get(obj, "type");
	const char *name = v ? json_string_value(v) : "tap";
	const struct port_type *type = name ? port_type_find(name) : NULL;
	char found[96], known[80] = "";

	if (type)
		return type;
	port_types_foreach (t) {
		size_t at = strlen(known);

		snprintf(known + at, sizeof(known) - at, " %s", t->name);
	}
	err_set(e, EINVAL, "found %s, allowed is one of:%s", optjson_found(v, found, sizeof(found)),
		known);
	err_at(e, "type");
	return NULL;
}

static int parse_port(const char *name, const json_t *obj, struct switch_cfg *s, struct err *e)
{
	const struct port_type *type;
	struct port_cfg *p;
	int rc = name_check(name, e);

	if (rc == 0)
		rc = config_want_object(obj, " of the port's settings", e);
	if (rc)
		return rc;
	type = config_port_type(obj, e);
	if (!type)
		return -EINVAL;
	p = config_add_port(s);
	if (!p)
		return err_set(e, ENOMEM, "out of memory");
	port_cfg_init(p, name, type);
	rc = config_parse_options(obj, type->options, "type", p, e);
	return rc ? rc : port_cfg_check(p, e);
}

/* The number of a VLAN as the key of its settings; 0: it is none. */
static unsigned vid_of_key(const char *key)
{
	struct vidset one;
	unsigned vid;

	if (!vidset_parse(key, &one) || strspn(key, "0123456789") != strlen(key))
		return VID_NONE;
	vid = vidset_next(&one, VID_FIRST);
	return vid <= VID_LAST && key[0] != '0' ? vid : VID_NONE;
}

static int parse_vlan(const char *key, const json_t *obj, struct switch_cfg *s, struct err *e)
{
	char shown[TEXT_SHOWN_SIZE];
	unsigned vid = vid_of_key(key);
	struct vlan_cfg *v;
	int rc;

	if (!vid)
		return err_set(e, EINVAL,
			       "found the key \"%s\", allowed is the number of a VLAN, 1 to 4094",
			       text_shown(key, shown));
	rc = config_want_object(obj, " of the VLAN's settings", e);
	if (rc)
		return rc;
	v = config_add_vlan(s, vid);
	if (!v)
		return err_set(e, ENOMEM, "out of memory");
	return config_parse_options(obj, sw_vlan_options, "", &v->set, e);
}

static int compare_vlans(const void *a, const void *b)
{
	const struct vlan_cfg *x = a, *y = b;

	return x->vid < y->vid ? -1 : x->vid > y->vid;
}

static int parse_vlans(const json_t *vlans, struct switch_cfg *s, struct err *e)
{
	const char *key;
	json_t *value;
	int rc;

	if (!vlans)
		return 0;
	rc = config_want_object(vlans, ": {\"10\": {settings}, ...}", e);
	json_object_foreach ((json_t *)(uintptr_t)vlans, key, value) {
		if (rc)
			break;
		rc = parse_vlan(key, value, s, e);
		if (rc)
			err_at(e, key);
	}
	if (rc == 0 && s->vlans)
		qsort(s->vlan, s->vlans, sizeof(*s->vlan), compare_vlans);
	return rc;
}

static int parse_ports(const json_t *ports, struct switch_cfg *s, struct err *e)
{
	const char *name;
	json_t *value;
	int rc;

	if (!ports)
		return 0;
	rc = config_want_object(ports, ": {\"NAME\": {settings}, ...}", e);
	if (rc)
		return rc;
	if (json_object_size(ports) > PORTSET_MAX)
		return err_set(e, ENOSPC, "%zu ports, but a switch has at most %u",
			       json_object_size(ports), PORTSET_MAX);
	json_object_foreach ((json_t *)(uintptr_t)ports, name, value) {
		rc = parse_port(name, value, s, e);
		if (rc) {
			err_at(e, name);
			return rc;
		}
	}
	return 0;
}

static int parse_switch(const char *name, const json_t *obj, struct config *c, struct err *e)
{
	struct switch_cfg *s;
	int rc = name_check(name, e);

	if (rc == 0)
		rc = config_want_object(obj, " of the switch's settings", e);
	if (rc)
		return rc;
	s = config_add_switch(c, name);
	if (!s)
		return err_set(e, ENOMEM, "out of memory");
	rc = config_parse_options(obj, sw_options, "ports vlans macs groups bindings", &s->set, e);
	if (rc)
		return rc;
	rc = sw_settings_check(&s->set, e);
	if (rc)
		return rc;
	rc = parse_vlans(json_object_get(obj, "vlans"), s, e);
	if (rc) {
		err_at(e, "vlans");
		return rc;
	}
	rc = parse_ports(json_object_get(obj, "ports"), s, e);
	if (rc) {
		err_at(e, "ports");
		return rc;
	}
	rc = config_parse_macs(json_object_get(obj, "macs"), s, e);
	if (rc) {
		err_at(e, "macs");
		return rc;
	}
	rc = config_parse_groups(json_object_get(obj, "groups"), s, e);
	if (rc) {
		err_at(e, "groups");
		return rc;
	}
	rc = config_parse_bindings(json_object_get(obj, "bindings"), s, e);
	if (rc)
		err_at(e, "bindings");
	return rc;
}

/* ---- devices that two ports would fight for ---- */

struct device_use {
	const struct switch_cfg *s;
	const struct port_cfg *p;
	size_t order;
};

/* Of two with one device, the one that stands first in the file comes first. */
static int compare_uses(const void *a, const void *b)
{
	const struct device_use *x = a, *y = b;
	int d = port_cfg_compare_devices(x->p, y->p);

	return d ? d : x->order < y->order ? -1 : x->order > y->order;
}

static int refuse_double(const struct device_use *a, const struct device_use *b, struct err *e)
{
	char at[ERR_PATH_MAX], device[DEVICE_TEXT_SIZE];

	err_set(e, EINVAL, "%s is that of port %s.%s already", port_cfg_device_text(b->p, device),
		a->s->name, a->p->name);
	snprintf(at, sizeof(at), "switches.%s.ports.%s", b->s->name, b->p->name);
	err_at(e, at);
	return -EINVAL;
}

static int check_devices(const struct config *c, struct err *e)
{
	size_t total = 0, n = 0;
	int rc = 0;

	for (size_t i = 0; i < c->switches; i++)
		total += c->sw[i].ports;
	if (total < 2)
		return 0;
	struct device_use *use = calloc(total, sizeof(*use));
	if (!use)
		return err_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < c->switches; i++)
		for (size_t j = 0; j < c->sw[i].ports; j++, n++)
			use[n] = (struct device_use){&c->sw[i], &c->sw[i].port[j], n};
	qsort(use, n, sizeof(*use), compare_uses);
	for (size_t i = 1; i < n && rc == 0; i++)
		if (port_cfg_same_device(use[i - 1].p, use[i].p) &&
		    !port_cfg_device_is_pattern(use[i].p))
			rc = refuse_double(&use[i - 1], &use[i], e);
	free(use);
	return rc;
}

/* ---- the whole ---- */

static int parse_switches(const json_t *switches, struct config *c, struct err *e)
{
	const char *name;
	json_t *value;
	int rc = config_want_object(switches, ": {\"NAME\": {settings}, ...}", e);

	if (rc)
		return rc;
	if (json_object_size(switches) > SWITCHES_MAX)
		return err_set(e, ENOSPC, "%zu switches, but a daemon has at most %d",
			       json_object_size(switches), SWITCHES_MAX);
	json_object_foreach ((json_t *)(uintptr_t)switches, name, value) {
		rc = parse_switch(name, value, c, e);
		if (rc) {
			err_at(e, name);
			return rc;
		}
	}
	return 0;
}

static int parse_section(const char *key, const json_t *value, struct config *c, struct err *e)
{
	static const struct opt none[] = {{.name = NULL}};

	const struct config_section *s = config_sections;
	int rc;

	while (s->name && strcmp(s->name, key) != 0)
		s++;
	if (strcmp(key, "switches") == 0)
		rc = parse_switches(value, c, e);
	else if (s->name)
		rc = config_want_object(value, "", e)
			     ?: config_parse_options(value, s->options, "", &c->daemon, e);
	else
		return refuse_key(key, none, "switches control log $schema", e);
	if (rc)
		err_at(e, key);
	return rc;
}

int config_parse(const json_t *root, struct config *c, struct err *e)
{
	const char *key;
	json_t *value;
	int rc;

	config_init(c);
	rc = config_want_object(root, ": {\"switches\": {...}}", e);
	json_object_foreach ((json_t *)(uintptr_t)root, key, value) {
		if (rc)
			break;
		if (strcmp(key, "$schema") == 0) /* for editors */
			continue;
		rc = parse_section(key, value, c, e);
	}
	if (rc == 0)
		rc = check_devices(c, e);
	if (rc)
		config_free(c);
	return rc;
}

int config_load(const char *path, struct config *c, struct err *e)
{
	json_error_t je;
	struct stat st;
	json_t *root;
	FILE *f;
	int rc;

	config_init(c);
	f = fopen(path, "re");
	if (!f)
		return err_set(e, errno, "%s: %s", path, strerror(errno));
	if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
		fclose(f);
		return err_set(e, EISDIR, "%s: %s", path, strerror(EISDIR));
	}
	root = json_loadf(f, JSON_REJECT_DUPLICATES, &je);
	fclose(f);
	if (!root)
		return err_set(e, EINVAL, "%s:%d:%d: %s", path, je.line, je.column, je.text);
	rc = config_parse(root, c, e);
	json_decref(root);
	if (rc)
		config_name_file(path, e);
	return rc;
}

void config_name_file(const char *path, struct err *e)
{
	char where[ERR_PATH_MAX];

	snprintf(where, sizeof(where), "%s", e->path);
	e->path[0] = '\0';
	err_prefix(e, "%s%s%s", path, where[0] ? ": " : "", where);
}
