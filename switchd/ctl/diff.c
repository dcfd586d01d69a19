/* SPDX-License-Identifier: ISC */
#include "ctl/diff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/optjson.h"
#include "util/mac.h"

/* ---- finding the differences ---- */

struct maker {
	struct changes *out;
	const struct switch_cfg *sw_from, *sw_to;
	size_t room;
	bool oom;
};

static struct change *put(struct maker *m, enum change_kind kind)
{
	static struct change nowhere; /* when memory ran out: written to, never read */
	struct changes *d = m->out;

	if (d->count == m->room) {
		size_t room = m->room ? 2 * m->room : 16;
		struct change *list = reallocarray(d->list, room, sizeof(*list));

		if (!list) {
			m->oom = true;
			return &nowhere;
		}
		d->list = list;
		m->room = room;
	}
	d->list[d->count] = (struct change){
		.kind = kind,
		.sw_from = m->sw_from,
		.sw_to = m->sw_to,
	};
	return &d->list[d->count++];
}

const struct opt *diff_reopening(const struct port_cfg *a, const struct port_cfg *b)
{
	opt_foreach (o, port_type_find(a->type)->options)
		if (o->change == OPT_REOPEN && !opt_equal(o, a, b))
			return o;
	return NULL;
}

/*
 * Is the device that `to` is to have another port's until now?  An open device cannot be moved into its
 * place, so both have to be made anew.
 */
static bool takes_anothers(const struct maker *m, const struct port_cfg *from,
			   const struct port_cfg *to)
{
	const struct config *have = m->out->from;

	if (port_cfg_same_device(from, to))
		return false;
	for (size_t i = 0; i < have->switches; i++)
		for (size_t j = 0; j < have->sw[i].ports; j++)
			if (&have->sw[i].port[j] != from &&
			    port_cfg_same_device(&have->sw[i].port[j], to))
				return true;
	return false;
}

static void diff_port(struct maker *m, const struct port_cfg *from, const struct port_cfg *to)
{
	struct change *c;

	if (!to) {
		c = put(m, CHANGE_PORT_DEL);
	} else if (!from) {
		c = put(m, CHANGE_PORT_ADD);
	} else if (strcmp(from->type, to->type) != 0 || diff_reopening(from, to) ||
		   takes_anothers(m, from, to)) {
		c = put(m, CHANGE_PORT_REOPEN);
	} else if (!opt_all_equal(port_type_find(to->type)->options, from, to)) {
		c = put(m, CHANGE_PORT_SET);
	} else {
		return;
	}
	c->from = from;
	c->to = to;
}

static bool has_mac(const struct switch_cfg *s, const struct static_mac *like)
{
	const struct static_mac *m = s ? config_find_mac(s, like->mac, like->vlan) : NULL;

	return m && m->sticky == like->sticky && strcmp(m->port, like->port) == 0;
}

/* The addresses of a that are not in b, or not in the same way. */
static void diff_macs(struct maker *m, const struct switch_cfg *a, const struct switch_cfg *b,
		      enum change_kind kind)
{
	for (size_t i = 0; a && i < a->macs; i++)
		if (!has_mac(b, &a->mac[i]))
			put(m, kind)->mac = &a->mac[i];
}

/* The groups of a that are not in b. */
static void diff_groups(struct maker *m, const struct switch_cfg *a, const struct switch_cfg *b,
			enum change_kind kind)
{
	for (size_t i = 0; a && i < a->groups; i++)
		if (!b || !config_find_group(b, &a->group[i]))
			put(m, kind)->group = &a->group[i];
}

/* The bindings of a that are not in b. */
static void diff_bindings(struct maker *m, const struct switch_cfg *a, const struct switch_cfg *b,
			  enum change_kind kind)
{
	for (size_t i = 0; a && i < a->bindings; i++)
		if (!b || !config_find_binding(b, &a->binding[i]))
			put(m, kind)->binding = &a->binding[i];
}

/* Those that are in both, but behind another remote. */
static void diff_remotes(struct maker *m)
{
	const struct switch_cfg *a = m->sw_from, *b = m->sw_to;

	for (size_t i = 0; a && b && i < b->macs; i++) {
		const struct static_mac *to = &b->mac[i];
		const struct static_mac *from = config_find_mac(a, to->mac, to->vlan);
		struct change *c;

		if (!from || strcmp(from->port, to->port) != 0 || from->sticky != to->sticky ||
		    same_remote(from->remote, to->remote))
			continue;
		c = put(m, CHANGE_MAC_SET);
		c->mac = to;
		c->mac_from = from;
	}
}

/* A VLAN that is not listed (NULL) has its settings at their defaults. */
static void diff_vlan(struct maker *m, const struct vlan_cfg *from, const struct vlan_cfg *to)
{
	struct sw_vlan_set defaults;
	struct change *c;

	opt_defaults(sw_vlan_options, &defaults);
	if (opt_all_equal(sw_vlan_options, from ? &from->set : &defaults,
			  to ? &to->set : &defaults))
		return;
	c = put(m, CHANGE_VLAN_SET);
	c->vlan_from = from;
	c->vlan_to = to;
}

static void diff_vlans(struct maker *m)
{
	const struct switch_cfg *a = m->sw_from, *b = m->sw_to;

	for (size_t i = 0; a && i < a->vlans; i++)
		diff_vlan(m, &a->vlan[i], b ? config_find_vlan(b, a->vlan[i].vid) : NULL);
	for (size_t i = 0; b && i < b->vlans; i++)
		if (!a || !config_find_vlan(a, b->vlan[i].vid))
			diff_vlan(m, NULL, &b->vlan[i]);
}

static void diff_ports(struct maker *m)
{
	const struct switch_cfg *from = m->sw_from, *to = m->sw_to;

	for (size_t i = 0; from && i < from->ports; i++)
		diff_port(m, &from->port[i], to ? config_find_port(to, from->port[i].name) : NULL);
	for (size_t i = 0; to && i < to->ports; i++)
		if (!from || !config_find_port(from, to->port[i].name))
			diff_port(m, NULL, &to->port[i]);
}

static void diff_switch(struct maker *m, const struct switch_cfg *from, const struct switch_cfg *to)
{
	m->sw_from = from;
	m->sw_to = to;
	if (!from)
		put(m, CHANGE_SWITCH_ADD);
	else if (to && !opt_all_equal(sw_options, &from->set, &to->set))
		put(m, CHANGE_SWITCH_SET);
	diff_macs(m, from, to, CHANGE_MAC_DEL);
	diff_groups(m, from, to, CHANGE_GROUP_DEL);
	diff_bindings(m, from, to, CHANGE_BINDING_DEL);
	diff_vlans(m);
	diff_ports(m);
	diff_remotes(m);
	diff_macs(m, to, from, CHANGE_MAC_ADD);
	diff_groups(m, to, from, CHANGE_GROUP_ADD);
	diff_bindings(m, to, from, CHANGE_BINDING_ADD);
	if (!to)
		put(m, CHANGE_SWITCH_DEL);
}

int diff_make(const struct config *from, const struct config *to, struct changes *out)
{
	struct maker m = {.out = out};

	*out = (struct changes){.from = from, .to = to};
	for (const struct config_section *s = config_sections; s->name; s++)
		if (!opt_all_equal(s->options, &from->daemon, &to->daemon)) {
			put(&m, CHANGE_DAEMON);
			break;
		}
	for (size_t i = 0; i < from->switches; i++)
		diff_switch(&m, &from->sw[i], config_find_switch(to, from->sw[i].name));
	for (size_t i = 0; i < to->switches; i++)
		if (!config_find_switch(from, to->sw[i].name))
			diff_switch(&m, NULL, &to->sw[i]);
	if (m.oom) {
		diff_free(out);
		return -ENOMEM;
	}
	return 0;
}

void diff_free(struct changes *d)
{
	free(d->list);
	*d = (struct changes){0};
}

/* ---- telling them ---- */

const char *diff_path(const struct change *c, char out[ERR_PATH_MAX])
{
	const struct switch_cfg *s = c->sw_to ? c->sw_to : c->sw_from;
	const struct port_cfg *p = c->to ? c->to : c->from;
	char mac[MAC_STR_SIZE];

	const struct vlan_cfg *v = c->vlan_to ? c->vlan_to : c->vlan_from;

	if (c->kind == CHANGE_DAEMON)
		out[0] = '\0';
	else if (v)
		snprintf(out, ERR_PATH_MAX, "switches.%s.vlans.%u", s->name, v->vid);
	else if (p)
		snprintf(out, ERR_PATH_MAX, "switches.%s.ports.%s", s->name, p->name);
	else if (c->group && c->group->vlan)
		snprintf(out, ERR_PATH_MAX, "switches.%s.groups.%s@%u.%s", s->name, c->group->group,
			 c->group->vlan, c->group->port);
	else if (c->group)
		snprintf(out, ERR_PATH_MAX, "switches.%s.groups.%s.%s", s->name, c->group->group,
			 c->group->port);
	else if (c->binding)
		snprintf(out, ERR_PATH_MAX, "switches.%s.bindings.%s@%u.%s", s->name,
			 mac_format(c->binding->mac, mac), c->binding->vlan, c->binding->ip);
	else if (c->mac && c->mac->vlan)
		snprintf(out, ERR_PATH_MAX, "switches.%s.macs.%s@%u", s->name,
			 mac_format(c->mac->mac, mac), c->mac->vlan);
	else if (c->mac)
		snprintf(out, ERR_PATH_MAX, "switches.%s.macs.%s", s->name,
			 mac_format(c->mac->mac, mac));
	else
		snprintf(out, ERR_PATH_MAX, "switches.%s", s->name);
	return out;
}

static void add_row(json_t *rows, const char *op, const char *path, json_t *from, json_t *to)
{
	json_t *row = json_pack("{s:s, s:s}", "op", op, "path", path);

	if (from)
		json_object_set_new(row, "from", from);
	if (to)
		json_object_set_new(row, "to", to);
	json_array_append_new(rows, row);
}

static void add_option_rows(json_t *rows, const char *path, const struct opt *table, const void *a,
			    const void *b)
{
	char at[ERR_PATH_MAX + 32];

	opt_foreach (o, table) {
		if (opt_equal(o, a, b))
			continue;
		snprintf(at, sizeof(at), "%s.%s", path, o->name);
		add_row(rows, o->change == OPT_REOPEN ? "reopen" : "set", at, optjson_get(o, a),
			optjson_get(o, b));
	}
}

/* Another kind of port has other options: the row shows all of both. */
static void add_reopen_rows(json_t *rows, const char *path, const struct change *c)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): a reopened port was and will be */
	if (strcmp(c->from->type, c->to->type) == 0)
		add_option_rows(rows, path, port_type_find(c->to->type)->options, c->from, c->to);
	else
		add_row(rows, "reopen", path, config_dump_port(c->from), config_dump_port(c->to));
}

static json_t *mac_row(const struct static_mac *m)
{
	char mac[MAC_STR_SIZE];
	json_t *row = json_pack("{s:s, s:s, s:i}", "mac", mac_format(m->mac, mac), "port", m->port,
				"vlan", (int)m->vlan);

	if (m->remote[0])
		json_object_set_new(row, "remote", json_string(m->remote));
	if (m->sticky)
		json_object_set_new(row, "sticky", json_true());
	return row;
}

static json_t *group_row(const struct static_group *g)
{
	return json_pack("{s:s, s:s, s:i}", "group", g->group, "port", g->port, "vlan",
			 (int)g->vlan);
}

static json_t *binding_row(const struct static_binding *b)
{
	char mac[MAC_STR_SIZE];

	return json_pack("{s:s, s:s, s:s, s:i}", "mac", mac_format(b->mac, mac), "ip", b->ip,
			 "port", b->port, "vlan", (int)b->vlan);
}

/* Same host, other text: no difference.  So it is not the option table that finds this one. */
static void add_remote_row(json_t *rows, const char *path, const struct change *c)
{
	const struct opt *o = opt_find(static_mac_options, "remote");
	char at[ERR_PATH_MAX + 32];

	snprintf(at, sizeof(at), "%s.%s", path, o->name);
	add_row(rows, "set", at, optjson_get(o, c->mac_from), optjson_get(o, c->mac));
}

static void add_vlan_rows(json_t *rows, const char *path, const struct change *c)
{
	struct sw_vlan_set defaults;

	opt_defaults(sw_vlan_options, &defaults);
	add_option_rows(rows, path, sw_vlan_options, c->vlan_from ? &c->vlan_from->set : &defaults,
			c->vlan_to ? &c->vlan_to->set : &defaults);
}

static json_t *switch_row(const struct switch_cfg *s)
{
	struct sw_settings defaults;

	opt_defaults(sw_options, &defaults);
	return config_dump_options(sw_options, &s->set, &defaults);
}

static void add_rows(json_t *rows, const struct changes *d, const struct change *c)
{
	char path[ERR_PATH_MAX];

	diff_path(c, path);
	switch (c->kind) {
	case CHANGE_DAEMON:
		for (const struct config_section *s = config_sections; s->name; s++)
			add_option_rows(rows, s->name, s->options, &d->from->daemon,
					&d->to->daemon);
		break;
	case CHANGE_SWITCH_ADD:
		add_row(rows, "add", path, NULL, switch_row(c->sw_to));
		break;
	case CHANGE_SWITCH_DEL:
		add_row(rows, "del", path, switch_row(c->sw_from), NULL);
		break;
	case CHANGE_SWITCH_SET:
		add_option_rows(rows, path, sw_options, &c->sw_from->set, &c->sw_to->set);
		break;
	case CHANGE_VLAN_SET:
		add_vlan_rows(rows, path, c);
		break;
	case CHANGE_PORT_ADD:
		add_row(rows, "add", path, NULL, config_dump_port(c->to));
		break;
	case CHANGE_PORT_DEL:
		add_row(rows, "del", path, config_dump_port(c->from), NULL);
		break;
	case CHANGE_PORT_SET:
		add_option_rows(rows, path, port_type_find(c->to->type)->options, c->from, c->to);
		break;
	case CHANGE_PORT_REOPEN:
		add_reopen_rows(rows, path, c);
		break;
	case CHANGE_MAC_ADD:
		add_row(rows, "add", path, NULL, mac_row(c->mac));
		break;
	case CHANGE_MAC_DEL:
		add_row(rows, "del", path, mac_row(c->mac), NULL);
		break;
	case CHANGE_MAC_SET:
		add_remote_row(rows, path, c);
		break;
	case CHANGE_GROUP_ADD:
		add_row(rows, "add", path, NULL, group_row(c->group));
		break;
	case CHANGE_BINDING_ADD:
		add_row(rows, "add", path, NULL, binding_row(c->binding));
		break;
	case CHANGE_BINDING_DEL:
		add_row(rows, "del", path, binding_row(c->binding), NULL);
		break;
	case CHANGE_GROUP_DEL:
		add_row(rows, "del", path, group_row(c->group), NULL);
		break;
	}
}

json_t *diff_json(const struct changes *d)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < d->count; i++)
		add_rows(rows, d, &d->list[i]);
	return rows;
}
