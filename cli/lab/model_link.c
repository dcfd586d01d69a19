/* SPDX-License-Identifier: ISC */
/*
 * model_link.c - the links of a lab file: what is at their ends, and how the interfaces and ports there are called.
 *
 * Names that the file says are given first, wherever they stand, so that no name made up is one that somebody asked for.
 */
#include "lab/model_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/range.h"
#include "util/text.h"
#include "util/words.h"

enum { NICS_MAX = 16 };

#define BETWEEN "[\"h1\", \"sw1\"]: two ends, each a node or NODE:NAME"

/* ---- the ends ---- */

static const char *const kind_text[] = {"a host", "a VM", "a switch"};

/* "h2:eth0" or "sw1"; the name stays as it is written. */
static int read_end(struct reader *r, const char *below, const char *text, struct lab_end *end)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);
	char node[64], shown[TEXT_SHOWN_SIZE];
	enum model_kind kind;
	size_t index;
	struct err e = {0};

	model_where(node, sizeof(node), "%.*s", (int)(len < sizeof(node) ? len : sizeof(node) - 1),
		    text);
	if (!model_lookup(r, node, &kind, &index))
		return model_unknown(r, below, "there is no host, VM or switch", node, r->names);
	if (kind == MODEL_UPLINK)
		return model_refuse(
			r, below,
			"%s is an uplink, whose \"switch\" says where it begins; a link is between "
			"hosts, VMs and switches",
			node);
	if (colon && strlen(colon + 1) >= sizeof(end->name))
		return model_refuse(r, below, "the name \"%s\" is too long",
				    text_shown(colon + 1, shown));
	end->kind = kind == MODEL_HOST ? LAB_HOST : kind == MODEL_VM ? LAB_VM : LAB_SWITCH;
	model_where(end->node, sizeof(end->node), "%s", node);
	model_where(end->name, sizeof(end->name), "%s", colon ? colon + 1 : "");
	if (!colon)
		return 0;
	if (end->kind == LAB_SWITCH)
		return name_check(end->name, &e) ? model_refuse_err(r, below, &e) : 0;
	return model_ifname(r, below, end->name);
}

static int refuse_no_switch(struct reader *r, const struct lab_link *link)
{
	const char *a = link->end[0].node, *b = link->end[1].node;

	if (strcmp(a, b) == 0)
		return model_refuse(r, ".between", "both ends are %s; one has to be a switch", a);
	model_refuse(r, ".between", "%s is %s and %s is %s, and one end has to be a switch", a,
		     kind_text[link->end[0].kind], b, kind_text[link->end[1].kind]);
	fail_hint(
		r->f,
		"put a switch between them: {\"between\": [\"%s\", \"sw1\"]}, {\"between\": [\"%s\", "
		"\"sw1\"]}",
		a, b);
	return STATUS_REFUSED;
}

/* One link, its ranges written out. */
static int read_link(struct reader *r, const json_t *v)
{
	const json_t *between = json_object_get(v, "between");
	struct lab_link *link;
	int rc = 0;

	if (r->lab->links >= LAB_HOSTS_MAX)
		return model_refuse(r, "", "there are more than %d links", LAB_HOSTS_MAX);
	link = model_append(&r->lab->link, &r->lab->links, sizeof(*link));
	link->where = r->at;
	json_array_append(r->links, (json_t *)(uintptr_t)v);
	for (size_t i = 0; i < 2 && rc == 0; i++) {
		char where[16];

		model_where(where, sizeof(where), ".between[%zu]", i);
		rc = read_end(r, where, json_string_value(json_array_get(between, i)),
			      &link->end[i]);
	}
	if (rc)
		return rc;
	if (link->end[0].kind != LAB_SWITCH && link->end[1].kind != LAB_SWITCH)
		return refuse_no_switch(r, link);
	if (link->end[1].kind != LAB_SWITCH) {
		struct lab_end other = link->end[0];

		link->end[0] = link->end[1];
		link->end[1] = other;
	}
	return 0;
}

/* How many links an entry stands for, of which the ends are strings. */
static int count_links(struct reader *r, const json_t *between, unsigned *count)
{
	unsigned n[2];

	for (size_t i = 0; i < 2; i++) {
		struct err e = {0};
		char where[16];

		model_where(where, sizeof(where), ".between[%zu]", i);
		if (range_count(json_string_value(json_array_get(between, i)), &n[i], &e))
			return model_refuse_err(r, where, &e);
	}
	if (n[0] && n[1] && n[0] != n[1])
		return model_refuse(
			r, ".between[1]",
			"this end is of %u and the other of %u; they go up together, so they have "
			"to be of one length",
			n[1], n[0]);
	*count = n[0] ? n[0] : n[1];
	return 0;
}

static int read_entry(struct reader *r, const json_t *v)
{
	const json_t *between = model_member(v, "between");
	unsigned count = 0;
	int rc = model_want_object(r, "", v, "{\"between\": [\"h1\", \"sw1\"], ...}");

	if (rc)
		return rc;
	if (!between)
		return model_refuse(r, "", "\"between\" is missing; allowed is " BETWEEN);
	if (!json_is_array(between) || json_array_size(between) != 2 ||
	    !json_is_string(json_array_get(between, 0)) ||
	    !json_is_string(json_array_get(between, 1)))
		return model_found(r, ".between", between, BETWEEN);
	rc = count_links(r, between, &count);
	if (rc || !count)
		return rc ? rc : read_link(r, v);
	for (unsigned i = 0; i < count && rc == 0; i++) {
		struct err e = {0};
		json_t *one = range_expand(v, count, i, &r->expanded, &e);
		const json_t *ends = json_object_get(one, "between");

		if (!one)
			return model_refuse_err(r, "", &e);
		model_where(r->at.which, sizeof(r->at.which), "%.*s to %.*s", LAB_NAME_SIZE,
			    json_string_value(json_array_get(ends, 0)), LAB_NAME_SIZE,
			    json_string_value(json_array_get(ends, 1)));
		rc = read_link(r, one);
		json_decref(one);
	}
	return rc;
}

/* ---- the names ---- */

/* An end that is there: where the link or uplink stands that it belongs to, or NULL. */
static const char *used_by(const struct reader *r, const struct lab_end *end)
{
	char key[LAB_NAME_SIZE + sizeof(end->name) + 1];

	model_where(key, sizeof(key), "%s:%s", end->node, end->name);
	return json_string_value(json_object_get(r->ends, key));
}

static void use(struct reader *r, const char *node, const char *name)
{
	char key[LAB_NAME_SIZE + sizeof(((struct lab_end *)0)->name) + 1];

	model_where(key, sizeof(key), "%s:%s", node, name);
	json_object_set_new(r->ends, key, json_string_nocheck(r->at.path));
}

static int refuse_used(struct reader *r, const struct lab_end *end)
{
	return model_refuse(r, ".between", "%s:%s is an end already, of %s", end->node, end->name,
			    used_by(r, end));
}

/* ethN, the lowest that the host has not. */
static void next_eth(struct lab_host *h, char out[16])
{
	for (unsigned n = 0;; n++) {
		snprintf(out, 16, "eth%u", n);
		if (!model_find_interface(h->interface, h->interfaces, out))
			return;
	}
}

static int refuse_second(struct reader *r, const struct lab_host *h)
{
	model_refuse(
		r, ".between",
		"this is a second link of %s, whose addresses are said of the host and not of an "
		"interface",
		h->name);
	fail_hint(r->f,
		  "in %s write \"interfaces\": {\"eth0\": {\"addresses\": [...]}, \"eth1\": "
		  "{\"addresses\": [...]}}",
		  h->where.path);
	return STATUS_REFUSED;
}

static struct lab_interface *free_interface(struct lab_host *h)
{
	for (size_t i = 0; i < h->interfaces; i++)
		if (!h->interface[i].sw[0])
			return &h->interface[i];
	return NULL;
}

static json_t *interface_names(const struct lab_host *h)
{
	json_t *names = need(json_object());

	for (size_t i = 0; i < h->interfaces; i++)
		json_object_set_new(names, h->interface[i].name, json_true());
	return names;
}

/* The interface that an end means, made if it is not there yet; NULL: refused. */
static struct lab_interface *take_interface(struct reader *r, struct lab_host *h,
					    struct lab_end *end)
{
	struct lab_interface *i =
		end->name[0] ? model_find_interface(h->interface, h->interfaces, end->name)
			     : free_interface(h);

	if (!i && h->said == LAB_INTERFACES_ONE && !h->interface->sw[0])
		i = h->interface;
	if (!i && h->said == LAB_INTERFACES_ONE) {
		refuse_second(r, h);
		return NULL;
	}
	if (i && i->sw[0]) {
		refuse_used(r, end);
		return NULL;
	}
	if (!i && end->name[0] && h->said == LAB_INTERFACES_NAMED) {
		json_t *names = interface_names(h);

		model_unknown(r, ".between", "the host has no interface", end->name, names);
		json_decref(names);
		return NULL;
	}
	if (!i && h->interfaces >= MODEL_INTERFACES_MAX) {
		model_refuse(r, ".between", "%s has more than %d interfaces", h->name,
			     MODEL_INTERFACES_MAX);
		return NULL;
	}
	if (!i)
		i = model_append(&h->interface, &h->interfaces, sizeof(*i));
	if (!end->name[0] && !i->name[0])
		next_eth(h, end->name);
	if (!end->name[0])
		model_where(end->name, sizeof(end->name), "%s", i->name);
	snprintf(i->name, sizeof(i->name), "%s", end->name);
	return i;
}

/* net0 to net15; those before it are there too. */
static struct lab_nic *take_nic(struct reader *r, struct lab_vm *vm, struct lab_end *end)
{
	size_t n = 0;
	char name[16];

	if (end->name[0]) {
		do
			model_where(name, sizeof(name), "net%zu", n);
		while (strcmp(name, end->name) != 0 && ++n < NICS_MAX);
	} else {
		while (n < vm->nics && vm->nic[n].sw[0])
			n++;
		model_where(end->name, sizeof(end->name), "net%zu", n);
	}
	if (n >= NICS_MAX) {
		model_refuse(r, ".between", "interfaces of a VM are net0 to net%d; found %s",
			     NICS_MAX - 1, end->name);
		return NULL;
	}
	while (vm->nics <= n)
		model_append(&vm->nic, &vm->nics, sizeof(*vm->nic));
	if (vm->nic[n].sw[0]) {
		refuse_used(r, end);
		return NULL;
	}
	return &vm->nic[n];
}

static int take_port(struct reader *r, struct lab_end *end, const struct lab_end *other)
{
	if (end->name[0])
		return used_by(r, end) ? refuse_used(r, end) : 0;
	model_where(end->name, sizeof(end->name), "%s", other->node);
	for (unsigned n = 2; used_by(r, end); n++)
		model_where(end->name, sizeof(end->name), "%s.%u", other->node, n);
	return 0;
}

/* Gives a name to an end, and tells the interface there which link it has. */
static int name_end(struct reader *r, struct lab_link *link, int k)
{
	struct lab_end *end = &link->end[k];
	const char *sw = link->end[1].node;
	enum model_kind kind;
	size_t index;

	model_lookup(r, end->node, &kind, &index);
	if (end->kind == LAB_HOST) {
		struct lab_interface *i = take_interface(r, &r->lab->host[index], end);

		if (i)
			snprintf(i->sw, sizeof(i->sw), "%s", sw);
		return i ? 0 : STATUS_REFUSED;
	}
	if (end->kind == LAB_VM) {
		struct lab_nic *nic = take_nic(r, &r->lab->vm[index], end);

		if (nic)
			snprintf(nic->sw, sizeof(nic->sw), "%s", sw);
		return nic ? 0 : STATUS_REFUSED;
	}
	return take_port(r, end, &link->end[!k]);
}

static int take_end(struct reader *r, struct lab_link *link, int k)
{
	int rc = name_end(r, link, k);

	if (rc == 0)
		use(r, link->end[k].node, link->end[k].name);
	return rc;
}

static int take_ends(struct reader *r, bool said)
{
	int rc = 0;

	for (size_t i = 0; i < r->lab->links && rc == 0; i++)
		for (int k = 0; k < 2 && rc == 0; k++) {
			struct lab_link *link = &r->lab->link[i];

			if ((link->end[k].name[0] != '\0') != said)
				continue;
			r->at = link->where;
			rc = take_end(r, link, k);
		}
	return rc;
}

/* The largest payload is one number for the port and the interface, whoever of them says it. */
static int join_mtu(struct reader *r, const struct lab_link *link, struct lab_interface *i)
{
	json_int_t mtu = json_integer_value(json_object_get(link->end[1].settings, "mtu"));

	if (mtu > 0 && i->mtu && mtu != i->mtu)
		return model_refuse(r, ".mtu",
				    "it is %" JSON_INTEGER_FORMAT
				    " here and %u for %s:%s, which is the other side "
				    "of this port; say it once",
				    mtu, i->mtu, link->end[0].node, i->name);
	if (mtu > 0 && mtu <= UINT16_MAX)
		i->mtu = (uint32_t)mtu;
	return 0;
}

/* Tells the interface at a link's other end what the port is called. */
static int tell_port(struct reader *r, const struct lab_link *link)
{
	const struct lab_end *end = link->end;
	enum model_kind kind;
	size_t index;

	model_lookup(r, end[0].node, &kind, &index);
	if (kind == MODEL_VM) {
		struct lab_nic *nic = r->lab->vm[index].nic + strtoul(end[0].name + 3, NULL, 10);

		snprintf(nic->port, sizeof(nic->port), "%s", end[1].name);
	}
	if (kind != MODEL_HOST)
		return 0;

	struct lab_host *h = &r->lab->host[index];
	struct lab_interface *i = model_find_interface(h->interface, h->interfaces, end[0].name);

	snprintf(i->port, sizeof(i->port), "%s", end[1].name);
	r->at = link->where;
	return join_mtu(r, link, i);
}

int model_read_links(struct reader *r)
{
	const json_t *links = model_member(r->lab->json, "links");
	json_t *v;
	size_t i;
	int rc;

	r->at = (struct lab_where){.path = "links"};
	rc = model_want_array(r, "", links, "[{\"between\": [\"h1\", \"sw1\"]}, ...]");
	json_array_foreach (links, i, v) {
		if (rc)
			break;
		model_where(r->at.path, sizeof(r->at.path), "links[%zu]", i);
		r->at.which[0] = '\0';
		rc = read_entry(r, v);
	}
	for (i = 0; i < r->lab->uplinks; i++) {
		r->at = r->lab->uplink[i].where;
		use(r, r->lab->uplink[i].sw, r->lab->uplink[i].name);
	}
	if (rc == 0)
		rc = take_ends(r, true) ?: take_ends(r, false) ?: model_read_settings(r);
	for (i = 0; i < r->lab->links && rc == 0; i++)
		rc = tell_port(r, &r->lab->link[i]);
	return rc;
}
