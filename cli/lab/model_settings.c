/* SPDX-License-Identifier: ISC */
/* model_settings.c - what a lab file sets on the ports of links and uplinks. */
#include "lab/model_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/options.h"
#include "util/text.h"

/* Settings of ports that a lab makes itself, and where what they are for is said. */
static const struct {
	const char *keys, *why;
} not_here[] = {
	{"type peer listen connect",
	 "a lab makes the kind of port that what is at the other end needs"},
	{"netns ifname",
	 "the port of a host is an interface of the host, whose name \"between\" can say, "
	 "as in \"h1:eth0\""},
	{"mac",
	 "the address is that of the host's interface; set it there, under \"hosts\" or \"vms\""},
	{"persist up owner group mode max_peers",
	 "a lab makes its ports when it goes up and takes them away with itself"},
};

#define VLAN_KEYS "access trunk native untagged dot1q_tunnel tpid admit ingress_filter"

bool model_sets_itself(const char *key)
{
	for (size_t i = 0; i < sizeof(not_here) / sizeof(*not_here); i++)
		if (word_in(key, not_here[i].keys))
			return true;
	return false;
}

static int refuse_key(struct reader *r, const char *below, const char *key)
{
	const struct opt *all = port_type_find("tap")->options;
	const char *meant = opt_find(all, key) ? NULL : model_meant(key);

	if (meant && opt_find(all, meant))
		return model_refuse(r, below, "unknown key \"%s\"; did you mean \"%s\"?", key,
				    meant);
	for (size_t i = 0; i < sizeof(not_here) / sizeof(*not_here); i++)
		if (word_in(key, not_here[i].keys))
			return model_refuse(r, below, "it cannot be set here: %s", not_here[i].why);
	return 0;
}

/* Settings of VLANs, for both ends of a link where `two`, mean nothing to a switch that does not look at them. */
static int check_vlan_key(struct reader *r, const char *below, const char *key, const json_t *v,
			  const char *sw, bool two)
{
	const struct lab_switch *s = lab_find_switch(r->lab, sw);

	if (json_is_null(v) || !word_in(key, VLAN_KEYS) ||
	    json_is_true(json_object_get(s->settings, "vlan_aware")))
		return 0;
	return model_refuse(
		r, below,
		"%s knows no VLANs, so this means nothing there; set \"vlan_aware\": true in "
		"switches.%s%s",
		sw, sw, two ? ", or set this for the other end alone, under \"at\"" : "");
}

/*
 * Is it a setting of how bad a link is?  A link has it once, so of two switches it is the port of the first that is
 * told: there "in" is what the second sends.
 */
static bool is_of_link(const char *key)
{
	return opt_find(port_impair_options, key) && !opt_find(sw_port_options, key);
}

/* What a range has made, "10", is a text; where the setting is a number it is that.  A new reference. */
static json_t *number_of_range(const struct reader *r, const char *key, const json_t *v)
{
	const struct opt *o = opt_find(port_type_find("tap")->options, key);
	const char *text = json_string_value(v);

	if (r->at.which[0] && o && o->type == OPT_UINT && text && *text && strlen(text) < 10 &&
	    strspn(text, "0123456789") == strlen(text))
		return need(json_integer(strtol(text, NULL, 10)));
	return json_incref((json_t *)(uintptr_t)v);
}

/* Puts the settings of an object into those of an end; `below` is where the object stands. */
static int add_settings(struct reader *r, const char *below, const json_t *from,
			struct lab_end *end, const struct lab_end *first)
{
	char where[LAB_WHERE_SIZE];
	const char *key;
	json_t *v;

	json_object_foreach ((json_t *)(uintptr_t)from, key, v) {
		int rc;

		if (!*below && word_in(key, "between at"))
			continue;
		model_where(where, sizeof(where), "%s.%s", below, key);
		rc = refuse_key(r, where, key)
			     ?: check_vlan_key(r, where, key, v, end->node,
					       !*below && first->kind == LAB_SWITCH);
		if (rc)
			return rc;
		if (!*below && is_of_link(key) && first->kind == LAB_SWITCH && end != first)
			continue;
		json_object_set_new(end->settings, key, number_of_range(r, key, v));
	}
	return 0;
}

/* The end that a key of "at" means, "sw2" or "sw2:p7"; NULL: none, or either. */
static struct lab_end *end_of_key(struct lab_link *link, const char *key)
{
	struct lab_end *found = NULL;
	unsigned n = 0;

	for (int k = 0; k < 2; k++) {
		struct lab_end *end = &link->end[k];
		size_t len = strlen(end->node);

		if (strncmp(key, end->node, len) != 0)
			continue;
		if (key[len] == '\0' ||
		    (key[len] == ':' && strcmp(key + len + 1, end->name) == 0)) {
			found = end;
			n++;
		}
	}
	return n == 1 ? found : NULL;
}

static int read_at(struct reader *r, const json_t *at, struct lab_link *link)
{
	char where[LAB_WHERE_SIZE];
	const char *key;
	json_t *v;
	int rc = model_want_object(r, ".at", at, "{\"sw1\": {settings of its port}}");

	json_object_foreach ((json_t *)(uintptr_t)at, key, v) {
		struct lab_end *end = end_of_key(link, key);

		model_where(where, sizeof(where), ".at.%s", key);
		if (!end)
			return model_refuse(
				r, where, "this is not one of the ends, which are %s:%s and %s:%s",
				link->end[0].node, link->end[0].name, link->end[1].node,
				link->end[1].name);
		if (end->kind != LAB_SWITCH)
			return model_refuse(
				r, where,
				"settings are those of the port of a switch, and %s is none; those of the "
				"port at the other end stand beside \"between\"",
				end->node);
		rc = model_want_object(r, where, v, "the settings of a port")
			     ?: add_settings(r, where, v, end, link->end);
		if (rc)
			return rc;
		model_where(end->at, sizeof(end->at), "%s%s", r->at.path, where);
	}
	return rc;
}

/* First those of both ends, which those of one end go before; a key that both have is checked where it counts. */
static int read_link(struct reader *r, const json_t *v, struct lab_link *link)
{
	const json_t *at = model_member(v, "at");
	int rc = 0;

	for (int k = 0; k < 2 && rc == 0; k++) {
		struct lab_end *end = &link->end[k];

		if (end->kind != LAB_SWITCH)
			continue;
		end->settings = need(json_object());
		rc = add_settings(r, "", v, end, link->end);
	}
	return rc ? rc : read_at(r, at, link);
}

int model_read_settings(struct reader *r)
{
	int rc = 0;

	for (size_t i = 0; i < r->lab->links && rc == 0; i++) {
		r->at = r->lab->link[i].where;
		rc = read_link(r, json_array_get(r->links, i), &r->lab->link[i]);
	}
	return rc;
}

/* ---- uplinks ---- */

/* Is it a setting of any port, which is that of the switch's? */
static bool is_of_any_port(const char *key)
{
	return opt_find(port_impair_options, key) || word_in(key, "filter_in filter_out");
}

static int refuse_switch(struct reader *r, const char *name)
{
	json_t *known = need(json_object());
	int rc;

	for (size_t i = 0; i < r->lab->switches; i++)
		json_object_set_new(known, r->lab->sw[i].name, json_true());
	rc = model_unknown(r, ".switch", "there is no switch", name, known);
	json_decref(known);
	return rc;
}

static int split_settings(struct reader *r, const json_t *v, struct lab_uplink *u)
{
	char where[LAB_WHERE_SIZE];
	const char *key;
	json_t *one;
	int rc = 0;

	u->settings = need(json_object());
	u->port = need(json_object());
	json_object_foreach ((json_t *)(uintptr_t)v, key, one) {
		model_where(where, sizeof(where), ".%s", key);
		if (strcmp(key, "switch") == 0)
			continue;
		if (is_of_any_port(key))
			rc = check_vlan_key(r, where, key, one, u->sw, false);
		if (rc)
			return rc;
		json_object_set(is_of_any_port(key) ? u->port : u->settings, key, one);
	}
	return 0;
}

int model_read_uplink(struct reader *r, const char *name, const json_t *v)
{
	static const char example[] = "{\"switch\": \"sw1\", \"type\": \"vxlan\", ...}";
	const char *type = json_string_value(json_object_get(v, "type")), *sw;
	size_t index = r->lab->uplinks, at;
	struct lab_uplink *u;
	enum model_kind kind;
	int rc = model_claim(r, name, MODEL_UPLINK, index) ?: model_want_object(r, "", v, example);

	if (rc)
		return rc;
	if (!json_object_get(v, "switch") || !json_object_get(v, "type"))
		return model_refuse(r, "", "\"%s\" is missing; an uplink is like %s",
				    json_object_get(v, "switch") ? "type" : "switch", example);
	rc = model_text(r, ".switch", json_object_get(v, "switch"), "the name of a switch", &sw);
	if (rc)
		return rc;
	if (!model_lookup(r, sw, &kind, &at) || kind != MODEL_SWITCH)
		return refuse_switch(r, sw);
	if (!type || !word_in(type, "vxlan udp"))
		return model_found(r, ".type", json_object_get(v, "type"), "\"vxlan\" or \"udp\"");
	u = model_append(&r->lab->uplink, &r->lab->uplinks, sizeof(*u));
	snprintf(u->name, sizeof(u->name), "%s", name);
	snprintf(u->sw, sizeof(u->sw), "%s", sw);
	u->where = r->at;
	return split_settings(r, v, u);
}
