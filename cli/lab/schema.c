/* SPDX-License-Identifier: ISC */
/*
 * schema.c - the JSON Schema of lab files.
 *
 * What are settings of switches and ports comes from the daemon's tables, what checks take from theirs.  Where a range can
 * stand a pattern allows its braces; what its numbers come to only the reader sees.
 */
#include "lab/model_impl.h"

#include <string.h>

#include "ctl/schema.h"
#include "ctx.h"
#include "lab/check.h"

#define RANGE	     "\\{[0-9]+\\.\\.[0-9]+\\}"
#define NAME_PATTERN "^([A-Za-z0-9_-]|" RANGE ")+$"
#define MAC_PATTERN  "^([0-9A-Fa-f:.-]|" RANGE ")+$"
#define IP_PATTERN   "([0-9A-Fa-f:.]|" RANGE ")+"
#define CIDR_PATTERN "^" IP_PATTERN "/[0-9]{1,3}$"

static json_t *text_schema(const char *help, const char *pattern)
{
	json_t *v = need(json_pack("{s:s, s:s}", "type", "string", "description", help));

	if (pattern)
		json_object_set_new(v, "pattern", json_string(pattern));
	return v;
}

static json_t *number_schema(const char *help, json_int_t min, json_int_t max)
{
	return need(json_pack("{s:s, s:s, s:I, s:I}", "type", "integer", "description", help,
			      "minimum", min, "maximum", max));
}

static json_t *array_schema(const char *help, json_t *items)
{
	return need(
		json_pack("{s:s, s:s, s:o}", "type", "array", "description", help, "items", items));
}

/* {NAME: value, ...} */
static json_t *map_schema(const char *help, const char *pattern, json_t *value)
{
	json_t *v = need(json_pack("{s:s, s:s, s:o}", "type", "object", "description", help,
				   "additionalProperties", value));

	if (pattern)
		json_object_set_new(v, "propertyNames", json_pack("{s:s}", "pattern", pattern));
	return v;
}

/* An object of these keys, of which each may be null; eats `properties`. */
static json_t *keys_schema(json_t *properties)
{
	json_t *any = need(json_object()), *v;
	const char *key;

	json_object_foreach (properties, key, v)
		json_object_set_new(any, key,
				    json_pack("{s:[O, {s:s}]}", "anyOf", v, "type", "null"));
	json_decref(properties);
	return need(schema_object(any));
}

/* ---- hosts and VMs ---- */

static void add_interface(json_t *p)
{
	json_object_set_new(p, "addresses",
			    array_schema("its addresses, like 10.0.0.1/24",
					 text_schema("an address and its prefix", CIDR_PATTERN)));
	json_object_set_new(p, "mac",
			    text_schema("its MAC address; default: made of names", MAC_PATTERN));
	json_object_set_new(p, "mtu", number_schema("largest payload", 68, 65521));
}

static json_t *route_schema(void)
{
	json_t *p = json_object();

	json_object_set_new(p, "to",
			    text_schema("a network; default: default",
					"^(default|" IP_PATTERN "/[0-9]{1,3})$"));
	json_object_set_new(p, "via", text_schema("the router", "^" IP_PATTERN "$"));
	json_object_set_new(p, "dev",
			    text_schema("the interface; default: as the kernel finds", NULL));
	json_object_set_new(p, "metric",
			    number_schema("of two routes the lower counts", 0, INT32_MAX));
	return keys_schema(p);
}

static json_t *file_schema(void)
{
	json_t *lines = array_schema("lines", text_schema("a line", NULL));
	json_t *text = json_pack("{s:[{s:s}, o]}", "anyOf", "type", "string", lines);
	json_t *p = json_pack("{s:O, s:o}", "text", text, "mode",
			      text_schema("like 0644", "^0?[0-7]{3}$"));
	json_t *full = schema_object(p);

	json_object_set_new(full, "required", json_pack("[s]", "text"));
	return need(json_pack("{s:[o, o]}", "anyOf", text, full));
}

static json_t *host_schema(void)
{
	json_t *interface = json_object(), *p = json_object(), *value;

	add_interface(interface);
	add_interface(p);
	json_object_set_new(p, "interfaces",
			    map_schema("interfaces by name, where there are several", NULL,
				       keys_schema(interface)));
	json_object_set_new(p, "routes", array_schema("routes", route_schema()));
	value = json_pack("{s:[s, s, s]}", "type", "integer", "boolean", "string");
	json_object_set_new(
		p, "sysctls",
		map_schema("settings of its kernel", "^(net[./]|kernel[./]domainname$)", value));
	json_object_set_new(p, "files", map_schema("files by path", "^/", file_schema()));
	json_object_set_new(p, "commands",
			    array_schema("commands for sh -c, in the background",
					 text_schema("a command", NULL)));
	return keys_schema(p);
}

static json_t *vm_schema(void)
{
	json_t *p = json_object(), *nic = json_object();
	json_t *memory = text_schema("how much, like 256M", "^[0-9]+[MG]$");

	json_object_set_new(p, "kernel", text_schema("the kernel's file", NULL));
	json_object_set_new(p, "initrd", text_schema("its first file system", NULL));
	json_object_set_new(p, "append", text_schema("its command line", NULL));
	json_object_set_new(p, "disk", text_schema("a disk's file", NULL));
	json_object_set_new(
		p, "memory",
		json_pack("{s:[o, o]}", "anyOf", memory, number_schema("in MiB", 1, 1 << 20)));
	json_object_set_new(p, "cpus", number_schema("processors", 1, 64));
	json_object_set_new(p, "accel",
			    text_schema("how it runs; default: auto", "^(auto|kvm|tcg)$"));
	json_object_set_new(
		p, "args",
		array_schema("more of QEMU's command line", text_schema("a word", NULL)));
	json_object_set_new(nic, "mac",
			    text_schema("its MAC address; default: made of names", MAC_PATTERN));
	json_object_set_new(p, "interfaces",
			    map_schema("net0, net1...", "^net[0-9]+$", keys_schema(nic)));
	return keys_schema(p);
}

/* ---- links and uplinks ---- */

/* Of a range "{10..12}" a setting that is a number is made one. */
static json_t *setting_schema(const struct opt *o)
{
	json_t *v = need(schema_option(o));

	if (o->type == OPT_UINT)
		json_array_append_new(
			json_object_get(v, "anyOf"),
			json_pack("{s:s, s:s}", "type", "string", "pattern", "^" RANGE "$"));
	return v;
}

/* All that ports of links have, whichever kind what is at their other end makes them. */
static json_t *link_settings(void)
{
	static const char *const kinds[] = {"tap", "stream", "patch"};
	json_t *p = json_object();

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		opt_foreach (o, port_type_find(kinds[i])->options)
			if (!model_sets_itself(o->name) && !json_object_get(p, o->name))
				json_object_set_new(p, o->name, setting_schema(o));
	return p;
}

static json_t *link_schema(void)
{
	json_t *p = link_settings();
	json_t *ends = array_schema(
		"the two ends: NODE, or NODE:NAME with the name of an interface or port",
		text_schema("an end", NULL));
	json_t *link;

	json_object_set_new(ends, "minItems", json_integer(2));
	json_object_set_new(ends, "maxItems", json_integer(2));
	json_object_set_new(p, "at",
			    map_schema("settings of one end alone, by its node", NULL,
				       need(json_pack("{s:s}", "$ref", "#/definitions/port"))));
	json_object_set_new(p, "between", ends);
	link = schema_object(p);
	json_object_set_new(link, "required", json_pack("[s]", "between"));
	return need(link);
}

static json_t *uplink_schema(void)
{
	static const char *const kinds[] = {"vxlan", "udp"};
	json_t *any = json_array();

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct port_type *type = port_type_find(kinds[i]);
		json_t *p = json_object(), *required = schema_required(type), *one;

		json_object_set_new(p, "switch", text_schema("where it begins", NAME_PATTERN));
		json_object_set_new(p, "type", json_pack("{s:s}", "const", type->name));
		schema_add_options(p, type->options);
		one = schema_object(p);
		json_array_append_new(required, json_string("switch"));
		json_object_set_new(one, "required", required);
		json_array_append_new(any, one);
	}
	return need(json_pack("{s:o}", "anyOf", any));
}

/* ---- the whole ---- */

json_t *lab_schema_make(void)
{
	json_t *p = json_pack("{s:{s:s}}", "$schema", "type", "string"), *schema;

	json_object_set_new(
		p, "name",
		text_schema("of the lab; default: that of the file", "^[A-Za-z0-9_-]+$"));
	json_object_set_new(p, "title", text_schema("what the lab shows", NULL));
	json_object_set_new(p, "switches",
			    map_schema("switches by name", NAME_PATTERN, schema_switch(false)));
	json_object_set_new(p, "hosts", map_schema("hosts by name", NAME_PATTERN, host_schema()));
	json_object_set_new(p, "vms",
			    map_schema("virtual machines by name", NAME_PATTERN, vm_schema()));
	json_object_set_new(p, "links", array_schema("what is connected with what", link_schema()));
	json_object_set_new(
		p, "uplinks",
		map_schema("ways out of the lab, by name", NAME_PATTERN, uplink_schema()));
	json_object_set_new(p, "checks", array_schema("what has to be so", check_schema()));
	schema = need(schema_object(p));
	json_object_set_new(schema, "$schema",
			    json_string("http://json-schema.org/draft-07/schema#"));
	json_object_set_new(schema, "title", json_string("a lab of switchd"));
	json_object_set_new(schema, "definitions",
			    json_pack("{s:o}", "port", schema_object(link_settings())));
	return schema;
}

int lab_schema(struct ctx *ctx)
{
	json_t *schema = lab_schema_make();
	char *text = need(json_dumps(schema, JSON_INDENT(2)));

	fprintf(ctx->out, "%s\n", text);
	free(text);
	json_decref(schema);
	return STATUS_OK;
}
