/* SPDX-License-Identifier: ISC */
#include "ctl/schema.h"

#include <stdio.h>
#include <string.h>

#include "ctl/config.h"

#define NAME_PATTERN "^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,30}$"
#define MAC_PATTERN  "^([0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}(\\.[0-9A-Fa-f]{4}){2})$"
#define RATE_PATTERN "^(none|0|[0-9]+(\\.[0-9]+)?[kMG]?(bit|fps))$"

#define VID_PATTERN	"[0-9]{1,4}(-[0-9]{1,4})?"
#define VID_KEY_PATTERN "^([1-9][0-9]{0,2}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-4])$"
#define VIDS_PATTERN	"^(all|(" VID_PATTERN "(," VID_PATTERN ")*)?)$"

static json_t *words_of(const struct opt *o)
{
	json_t *list = json_array();

	for (const char *p = o->words; *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		json_array_append_new(list, json_stringn(p, len));
		p += len;
	}
	return list;
}

static json_t *value_schema(const struct opt *o)
{
	json_t *v;

	switch (o->type) {
	case OPT_BOOL:
		return json_pack("{s:s}", "type", "boolean");
	case OPT_UINT:
		v = json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)o->min,
			      "maximum", (json_int_t)o->max);
		if (o->step)
			json_object_set_new(v, "multipleOf", json_integer(o->step));
		return v;
	case OPT_ENUM:
		return json_pack("{s:o}", "enum", words_of(o));
	case OPT_MAC:
		return json_pack("{s:s, s:s}", "type", "string", "pattern", MAC_PATTERN);
	case OPT_MASK:
		return json_pack("{s:s, s:s}", "type", "string", "pattern", "^0x[0-9A-Fa-f]+$");
	case OPT_VIDS:
		return json_pack("{s:s, s:s}", "type", "string", "pattern", VIDS_PATTERN);
	case OPT_RATE:
		return json_pack("{s:s, s:s}", "type", "string", "pattern", RATE_PATTERN);
	case OPT_STR:
		break;
	}
	v = json_pack("{s:s, s:I}", "type", "string", "maxLength", (json_int_t)o->size - 1);
	if (o->pattern)
		json_object_set_new(v, "pattern", json_string(o->pattern));
	return v;
}

/* What else may stand there: null for the default, and what a type allows besides its main form. */
json_t *schema_option(const struct opt *o)
{
	json_t *any = json_pack("[o, {s:s}]", value_schema(o), "type", "null");

	if (o->type == OPT_UINT && o->zero_ok && o->min > 0)
		json_array_append_new(any, json_pack("{s:i}", "const", 0));
	if (o->type == OPT_MASK) {
		json_array_append_new(any, json_pack("{s:o}", "enum", words_of(o)));
		json_array_append_new(any, json_pack("{s:s, s:i, s:I}", "type", "integer",
						     "minimum", 0, "maximum", (json_int_t)o->max));
	}
	return json_pack("{s:s, s:o}", "description", o->help, "anyOf", any);
}

void schema_add_options(json_t *properties, const struct opt *table)
{
	opt_foreach (o, table)
		json_object_set_new(properties, o->name, schema_option(o));
}

json_t *schema_object(json_t *properties)
{
	return json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties", 0,
			 "properties", properties);
}

/* {NAME: value, ...} */
static json_t *map_schema(json_t *value, const char *help)
{
	return json_pack("{s:s, s:s, s:{s:s}, s:o}", "type", "object", "description", help,
			 "propertyNames", "pattern", NAME_PATTERN, "additionalProperties", value);
}

/* The keys that have to be there.  Left out, the type is the first kind. */
json_t *schema_required(const struct port_type *type)
{
	json_t *list = json_array();

	if (type != port_types[0])
		json_array_append_new(list, json_string("type"));
	opt_foreach (o, type->options)
		if (o->required)
			json_array_append_new(list, json_string(o->name));
	return list;
}

static json_t *port_schema(void)
{
	json_t *kinds = json_array();

	port_types_foreach (t) {
		json_t *p = json_pack("{s:{s:s, s:s}}", "type", "const", t->name, "description",
				      t->help);

		schema_add_options(p, t->options);
		p = schema_object(p);
		json_t *required = schema_required(t);
		if (json_array_size(required))
			json_object_set(p, "required", required);
		json_decref(required);
		json_array_append_new(kinds, p);
	}
	return json_pack("{s:o}", "anyOf", kinds);
}

/* An array of objects of these options, which eats `required`. */
static json_t *list_schema(const struct opt *table, json_t *required, const char *help)
{
	json_t *p = json_object();
	json_t *item;

	schema_add_options(p, table);
	item = schema_object(p);
	json_object_set_new(item, "required", required);
	return json_pack("{s:s, s:s, s:o}", "type", "array", "description", help, "items", item);
}

static json_t *vlan_schema(void)
{
	json_t *p = json_object();

	schema_add_options(p, sw_vlan_options);
	return json_pack("{s:s, s:s, s:{s:s}, s:o}", "type", "object", "description",
			 "settings of VLANs by number", "propertyNames", "pattern", VID_KEY_PATTERN,
			 "additionalProperties", schema_object(p));
}

json_t *schema_switch(bool ports)
{
	json_t *p = json_object();

	schema_add_options(p, sw_options);
	if (ports)
		json_object_set_new(p, "ports", map_schema(port_schema(), "ports by name"));
	json_object_set_new(p, "vlans", vlan_schema());
	json_object_set_new(p, "macs",
			    list_schema(static_mac_options, json_pack("[s, s]", "mac", "port"),
					"static addresses: never aged, never moved"));
	json_object_set_new(p, "groups",
			    list_schema(static_group_options, json_pack("[s, s]", "group", "port"),
					"ports that are in a multicast group whatever is heard"));
	json_object_set_new(p, "bindings",
			    list_schema(static_binding_options,
					json_pack("[s, s, s]", "mac", "ip", "port"),
					"stations that have an IPv4 address whatever DHCP says"));
	return schema_object(p);
}

json_t *schema_make(void)
{
	json_t *p = json_pack("{s:{s:s}}", "$schema", "type", "string");

	for (const struct config_section *s = config_sections; s->name; s++) {
		json_t *section = json_object();

		schema_add_options(section, s->options);
		json_object_set_new(p, s->name, schema_object(section));
	}
	json_object_set_new(p, "switches", map_schema(schema_switch(true), "switches by name"));
	json_t *schema = schema_object(p);
	json_object_set_new(schema, "$schema",
			    json_string("http://json-schema.org/draft-07/schema#"));
	json_object_set_new(schema, "title", json_string("configuration of switchd"));
	return schema;
}
