/* SPDX-License-Identifier: ISC */
/*
 * config_dump.c - the configuration as JSON, without what is at its default.
 */
#include "ctl/config.h"

#include <stdio.h>

#include "ctl/optjson.h"

json_t *config_dump_options(const struct opt *table, const void *base, const void *defaults)
{
	json_t *out = json_object();

	opt_foreach (o, table)
		if (!opt_equal(o, base, defaults))
			json_object_set_new(out, o->name, optjson_get(o, base));
	return out;
}

json_t *config_dump_all(const struct opt *table, const void *base)
{
	json_t *out = json_object();

	opt_foreach (o, table)
		json_object_set_new(out, o->name, optjson_get(o, base));
	return out;
}

json_t *config_dump_port(const struct port_cfg *p)
{
	const struct port_type *type = port_type_find(p->type);
	struct port_cfg defaults;
	json_t *out;

	port_cfg_init(&defaults, p->name, type);
	out = config_dump_options(type->options, p, &defaults);
	json_object_set_new(out, "type", json_string(p->type));
	return out;
}

static json_t *dump_mac(const struct static_mac *m)
{
	static const struct static_mac none;

	return config_dump_options(static_mac_options, m, &none);
}

static json_t *dump_group(const struct static_group *g)
{
	static const struct static_group none;

	return config_dump_options(static_group_options, g, &none);
}

static json_t *dump_binding(const struct static_binding *b)
{
	static const struct static_binding none;

	return config_dump_options(static_binding_options, b, &none);
}

json_t *config_dump_vlan(const struct sw_vlan_set *set)
{
	struct sw_vlan_set defaults;

	opt_defaults(sw_vlan_options, &defaults);
	return config_dump_options(sw_vlan_options, set, &defaults);
}

static json_t *dump_vlans(const struct switch_cfg *s)
{
	json_t *out = json_object();
	char key[8];

	for (size_t i = 0; i < s->vlans; i++) {
		snprintf(key, sizeof(key), "%u", s->vlan[i].vid);
		json_object_set_new(out, key, config_dump_vlan(&s->vlan[i].set));
	}
	return out;
}

static json_t *dump_switch(const struct switch_cfg *s)
{
	struct sw_settings defaults;
	json_t *out, *ports = json_object();

	opt_defaults(sw_options, &defaults);
	out = config_dump_options(sw_options, &s->set, &defaults);
	for (size_t i = 0; i < s->ports; i++)
		json_object_set_new(ports, s->port[i].name, config_dump_port(&s->port[i]));
	json_object_set_new(out, "ports", ports);
	if (s->vlans)
		json_object_set_new(out, "vlans", dump_vlans(s));
	if (s->macs) {
		json_t *macs = json_array();

		for (size_t i = 0; i < s->macs; i++)
			json_array_append_new(macs, dump_mac(&s->mac[i]));
		json_object_set_new(out, "macs", macs);
	}
	if (s->groups) {
		json_t *groups = json_array();

		for (size_t i = 0; i < s->groups; i++)
			json_array_append_new(groups, dump_group(&s->group[i]));
		json_object_set_new(out, "groups", groups);
	}
	if (s->bindings) {
		json_t *bindings = json_array();

		for (size_t i = 0; i < s->bindings; i++)
			json_array_append_new(bindings, dump_binding(&s->binding[i]));
		json_object_set_new(out, "bindings", bindings);
	}
	return out;
}

json_t *config_dump(const struct config *c)
{
	json_t *out = json_object(), *switches = json_object();
	struct config defaults;

	config_init(&defaults);
	for (const struct config_section *s = config_sections; s->name; s++) {
		json_t *section = config_dump_options(s->options, &c->daemon, &defaults.daemon);

		if (json_object_size(section))
			json_object_set(out, s->name, section);
		json_decref(section);
	}
	for (size_t i = 0; i < c->switches; i++)
		json_object_set_new(switches, c->sw[i].name, dump_switch(&c->sw[i]));
	json_object_set_new(out, "switches", switches);
	return out;
}
