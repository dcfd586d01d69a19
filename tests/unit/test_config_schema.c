/* SPDX-License-Identifier: ISC */
/*
 * The JSON Schema of the configuration: it knows every option of every table, with its limits and
 * its help, and no other key, and takes what the daemon takes.
 */
#include "unit.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/config.h"
#include "ctl/optjson.h"
#include "ctl/schema.h"
#include "util/words.h"

static json_t *schema;

static int make(void **state)
{
	schema = schema_make();
	return schema ? 0 : -1;
}

static int drop(void **state)
{
	json_decref(schema);
	return 0;
}

/* The schema of one key of an object's schema. */
static const json_t *property(const json_t *object, const char *name)
{
	const json_t *v = json_object_get(json_object_get(object, "properties"), name);

	if (!v)
		fail_msg("\"%s\" is missing", name);
	return v;
}

static const char *text(const json_t *v, const char *key)
{
	const char *s = json_string_value(json_object_get(v, key));

	if (!s)
		fail_msg("no text \"%s\"", key);
	return s;
}

/* Of the switches, of the ports of a switch: the schema of each value. */
static const json_t *each_of(const json_t *map)
{
	assert_string_equal(text(map, "type"), "object");
	return json_object_get(map, "additionalProperties");
}

static const json_t *a_switch(void)
{
	return each_of(property(schema, "switches"));
}

static const json_t *a_port(size_t kind)
{
	const json_t *kinds = json_object_get(each_of(property(a_switch(), "ports")), "anyOf");

	return json_array_get(kinds, kind);
}

static const json_t *a_mac(void)
{
	return json_object_get(property(a_switch(), "macs"), "items");
}

static bool matches(const char *pattern, const char *s)
{
	regex_t re;
	bool yes;

	assert_int_equal(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	yes = regexec(&re, s, 0, NULL, 0) == 0;
	regfree(&re);
	return yes;
}

/* ---- as much of a validator as the schema needs ---- */

/* NOLINTBEGIN(misc-no-recursion): no deeper than the schema is */

static bool valid(const json_t *s, json_t *v);

static bool has_type(const char *type, const json_t *v)
{
	return (strcmp(type, "object") == 0 && json_is_object(v)) ||
	       (strcmp(type, "array") == 0 && json_is_array(v)) ||
	       (strcmp(type, "string") == 0 && json_is_string(v)) ||
	       (strcmp(type, "integer") == 0 && json_is_integer(v)) ||
	       (strcmp(type, "boolean") == 0 && json_is_boolean(v)) ||
	       (strcmp(type, "null") == 0 && json_is_null(v));
}

static bool valid_any(const json_t *list, json_t *v)
{
	const json_t *s;
	size_t i;

	json_array_foreach (list, i, s)
		if (valid(s, v))
			return true;
	return false;
}

static bool among(const json_t *list, const json_t *v)
{
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (json_equal(one, v))
			return true;
	return false;
}

static bool valid_members(const json_t *s, json_t *object)
{
	const json_t *further = json_object_get(s, "additionalProperties");
	const json_t *names = json_object_get(json_object_get(s, "propertyNames"), "pattern");
	const json_t *needed;
	const char *key;
	json_t *v;
	size_t i;

	json_object_foreach (object, key, v) {
		const json_t *known = json_object_get(json_object_get(s, "properties"), key);

		if (names && !matches(json_string_value(names), key))
			return false;
		if (known ? !valid(known, v) : json_is_false(further))
			return false;
		if (!known && json_is_object(further) && !valid(further, v))
			return false;
	}
	json_array_foreach (json_object_get(s, "required"), i, needed)
		if (!json_object_get(object, json_string_value(needed)))
			return false;
	return true;
}

static bool valid_items(const json_t *s, const json_t *list)
{
	json_t *v;
	size_t i;

	json_array_foreach (list, i, v)
		if (!valid(json_object_get(s, "items"), v))
			return false;
	return true;
}

/* One keyword of a schema.  One that is not known here would say more than this test can see. */
static bool valid_by(const char *key, const json_t *arg, const json_t *s, json_t *v)
{
	const json_int_t n = json_integer_value(v);

	if (strcmp(key, "type") == 0)
		return has_type(json_string_value(arg), v);
	if (strcmp(key, "const") == 0)
		return json_equal(arg, v);
	if (strcmp(key, "enum") == 0)
		return among(arg, v);
	if (strcmp(key, "anyOf") == 0)
		return valid_any(arg, v);
	if (strcmp(key, "pattern") == 0)
		return !json_is_string(v) || matches(json_string_value(arg), json_string_value(v));
	if (strcmp(key, "maxLength") == 0)
		return !json_is_string(v) ||
		       (json_int_t)json_string_length(v) <= json_integer_value(arg);
	if (strcmp(key, "minimum") == 0)
		return !json_is_integer(v) || n >= json_integer_value(arg);
	if (strcmp(key, "maximum") == 0)
		return !json_is_integer(v) || n <= json_integer_value(arg);
	if (strcmp(key, "multipleOf") == 0)
		return !json_is_integer(v) || n % json_integer_value(arg) == 0;
	if (strcmp(key, "properties") == 0)
		return !json_is_object(v) || valid_members(s, v);
	if (strcmp(key, "additionalProperties") == 0)
		return !json_is_object(v) || valid_members(s, v);
	if (strcmp(key, "items") == 0)
		return !json_is_array(v) || valid_items(s, v);
	if (!word_in(key, "description title $schema propertyNames required"))
		fail_msg("the schema uses \"%s\"", key);
	return true;
}

static bool valid(const json_t *s, json_t *v)
{
	const char *key;
	json_t *arg;

	assert_true(json_is_object(s));
	json_object_foreach ((json_t *)(uintptr_t)s, key, arg)
		if (!valid_by(key, arg, s, v))
			return false;
	return true;
}

/* NOLINTEND(misc-no-recursion) */

/* ---- options ---- */

/* The schema and the daemon are of one mind about a value; takes it over. */
static void agree(const struct opt *o, const json_t *s, json_t *v)
{
	static uint64_t room[sizeof(struct port_cfg) / 8 + 2];
	char *text = json_dumps(v, JSON_ENCODE_ANY);
	bool want;

	assert_true(o->off + o->size + sizeof(uint64_t) <= sizeof(room));
	want = optjson_set(o, v, room, NULL) == 0;
	if (valid(s, v) != want)
		fail_msg("%s: the daemon %s %s, the schema does not", o->name,
			 want ? "takes" : "refuses", text);
	free(text);
	json_decref(v);
}

static void agree_on_numbers(const struct opt *o, const json_t *s)
{
	const json_int_t numbers[] = {0,
				      1,
				      -1,
				      o->min,
				      (json_int_t)o->min - 1,
				      o->max,
				      (json_int_t)o->max + 1,
				      INT64_MAX,
				      INT64_MIN};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		agree(o, s, json_integer(numbers[i]));
}

static bool is_endpoint(const struct opt *o)
{
	return strcmp(o->name, "local") == 0 || strcmp(o->name, "remote") == 0;
}

static bool is_address(const struct opt *o)
{
	return strcmp(o->name, "listen") == 0 || strcmp(o->name, "connect") == 0;
}

static bool is_mode(const struct opt *o)
{
	return strcmp(o->name, "mode") == 0;
}

/* Does its check() want more than any text? */
static bool has_form(const struct opt *o)
{
	return o->check && (o->check("aaa", NULL) || strcmp(o->arg, "NAMES") == 0);
}

static void agree_on_texts(const struct opt *o, const json_t *s)
{
	static const char *const endpoints[] = {
		"192.0.2.1:1",
		"[2001:db8::1]:65535",
		"[fe80:1111:2222:3333:4444:5555:6666:7777%abcdefghijklmno]:65535",
	};
	static const char *const texts[] = {
		"drop",
		"forward",
		"Drop",
		"drop forward",
		"0x1fF0",
		"0x",
		"true",
		"yes",
		"info",
		"warning",
		"loud",
		"02:00:00:00:00:0a",
		"02-00-00-00-00-0A",
		"0200.0000.000a",
		"02:00:00:00:00",
		"x02:00:00:00:00:01",
		"02:00:00:00:00:01:02",
		"0200.0000.00001",
	};
	char text[VXLAN_REMOTES_SIZE + 8];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (o->type != OPT_STR) /* what their check() wants is not in the schema */
			agree(o, s, json_string(texts[i]));
	if (o->type != OPT_STR)
		return;
	memset(text, 'a', sizeof(text));
	for (size_t len = o->size - 2; len <= o->size + 1; len++)
		if (!has_form(o)) /* likewise */
			agree(o, s, json_stringn(text, len));
	if (is_endpoint(o))
		for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++)
			agree(o, s, json_string(endpoints[i]));
	if (is_address(o)) {
		snprintf(text, sizeof(text), "unix:/%0*d", UNIX_PATH_SIZE - 2, 0);
		agree(o, s, json_string(text));
		agree(o, s, json_string("unix:@x"));
	}
	if (is_mode(o))
		agree(o, s, json_string("0660"));
}

/* Where the schema does say what texts look like; of limits and sums it says nothing. */
static void agree_on_forms(const struct opt *o, const json_t *s)
{
	static const char *const texts[] = {
		"",	     "none",	 "None",
		"0",	     "100",	 "20ms",
		"1.5s",	     "250us",	 "20m",
		"ms",	     "1.ms",	 "20ms,20ms",
		"5ms,",	     "1%",	 "0.5%",
		"50ppm",     "1%,25%",	 "1%,25",
		"1%,",	     "1%,2%,3%", "1%,2%,3%,4%",
		"1%,3bits",  "1%,1bit",	 "1%,2%,3%,4%,5%",
		"1%%",	     "10frames", "1frame",
		"1.5frames", "64kB",	 "1400B",
		"1 MB",	     "2KiB",	 "100frames,",
		"up",	     "down",	 "64kB,100frames",
		"up,down",   "10Mbit",	 "1000fps",
		"2.5Gbit",   "0.01MB",	 "5ms,normal",
		" 1%",	     "1% ",	 "5ms,25%",
		"5ms,other", "-1%",	 "5ms,overtake,pareto,1%",
	};

	for (size_t i = 0; o->pattern && i < ARRAY_SIZE(texts); i++)
		agree(o, s, json_string(texts[i]));
}

static void check_option(const struct opt *o, const json_t *v)
{
	assert_string_equal(text(v, "description"), o->help);
	agree(o, v, json_null());
	agree(o, v, json_true());
	agree(o, v, json_false());
	agree(o, v, json_real(1.5));
	agree(o, v, json_object());
	agree(o, v, json_array());
	agree_on_numbers(o, v);
	agree_on_texts(o, v);
	agree_on_forms(o, v);
}

/* An object that takes the options of the table, `further` other keys, and nothing else. */
static void check_object(const json_t *object, const struct opt *table, size_t further)
{
	size_t n = further;

	assert_string_equal(text(object, "type"), "object");
	assert_true(json_is_false(json_object_get(object, "additionalProperties")));
	opt_foreach (o, table) {
		check_option(o, property(object, o->name));
		n++;
	}
	assert_int_equal(json_object_size(json_object_get(object, "properties")), n);
}

static void the_whole(void **state)
{
	static const struct opt none[] = {{.name = NULL}};
	size_t sections = 0;

	assert_string_equal(text(schema, "$schema"), "http://json-schema.org/draft-07/schema#");
	assert_true(strlen(text(schema, "title")) > 0);
	assert_string_equal(text(property(schema, "$schema"), "type"), "string");
	for (const struct config_section *s = config_sections; s->name; s++, sections++)
		check_object(property(schema, s->name), s->options, 0);
	check_object(schema, none, sections + 2); /* $schema and switches */
}

static void switches(void **state)
{
	assert_true(strlen(text(property(schema, "switches"), "description")) > 0);
	check_object(a_switch(), sw_options, 5); /* ports, vlans, macs, groups and bindings */
	check_object(json_object_get(property(a_switch(), "vlans"), "additionalProperties"),
		     sw_vlan_options, 0);
}

static void ports_of_each_kind(void **state)
{
	size_t kind = 0;

	port_types_foreach (t) {
		const json_t *type = property(a_port(kind), "type");

		assert_string_equal(text(type, "const"), t->name);
		assert_string_equal(text(type, "description"), t->help);
		check_object(a_port(kind), t->options, 1);
		kind++;
	}
	assert_null(a_port(kind));
}

static void static_addresses(void **state)
{
	const json_t *required = json_object_get(a_mac(), "required");

	assert_string_equal(text(property(a_switch(), "macs"), "type"), "array");
	check_object(a_mac(), static_mac_options, 0);
	assert_int_equal(json_array_size(required), 2);
	assert_string_equal(json_string_value(json_array_get(required, 0)), "mac");
	assert_string_equal(json_string_value(json_array_get(required, 1)), "port");
}

static void static_bindings(void **state)
{
	const json_t *binding = json_object_get(property(a_switch(), "bindings"), "items");

	assert_string_equal(text(property(a_switch(), "bindings"), "type"), "array");
	check_object(binding, static_binding_options, 0);
	assert_int_equal(json_array_size(json_object_get(binding, "required")), 3);
}

static void static_groups(void **state)
{
	const json_t *group = json_object_get(property(a_switch(), "groups"), "items");
	const json_t *required = json_object_get(group, "required");

	assert_string_equal(text(property(a_switch(), "groups"), "type"), "array");
	check_object(group, static_group_options, 0);
	assert_int_equal(json_array_size(required), 2);
	assert_string_equal(json_string_value(json_array_get(required, 0)), "group");
	assert_string_equal(json_string_value(json_array_get(required, 1)), "port");
}

/* The pattern of the schema and the check of the daemon are of one mind. */
static void check_names(const json_t *map)
{
	static const char *const names[] = {
		"",
		"a",
		"_",
		"-a",
		".a",
		"a-",
		"a.b",
		"a:b",
		"a@b",
		"a+b",
		"9",
		"a b",
		"a/b",
		"a%d",
		"Zz09",
		"a_b",
		"a,b",
		"+a",
		"@",
		":",
		"\t",
		"a\n",
		"\xc3",
		"abcdefghijklmnopqrstuvwxyz01234",
		"abcdefghijklmnopqrstuvwxyz012345",
	};
	const char *pattern = text(json_object_get(map, "propertyNames"), "pattern");

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (matches(pattern, names[i]) != (name_check(names[i], NULL) == 0))
			fail_msg("the name \"%s\"", names[i]);
}

static void names(void **state)
{
	check_names(property(schema, "switches"));
	check_names(property(a_switch(), "ports"));
}

/* The value of a text with ' for " */
static json_t *json_of(const char *text)
{
	char *q = strdup(text);
	json_t *v;

	assert_non_null(q);
	for (char *p = q; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	v = json_loads(q, 0, NULL);
	assert_non_null(v);
	free(q);
	return v;
}

/* The schema and the daemon are of one mind about the whole, too. */
static void a_configuration(void **state)
{
	static const char *const good[] = {
		"{}",
		"{'$schema':'x','log':{'level':'debug'},'control':{'group':null}}",
		"{'switches':{'a':{},'b':{'ports':{'h1':{'type':'tap','mtu':9000},'h2':{}}}}}",
		"{'switches':{'a':{'ports':{'h':{}},'macs':[{'mac':'0200.0000.0001','port':'h'}]}}}",
		"{'switches':{'a':{'ports':{'u':{'type':'udp','local':'192.0.2.1:4000',"
		"'remote':'192.0.2.2:4000','coalesce':false,'mtu':1400}}}}}",
		"{'switches':{'a':{'ports':{'s':{'type':'stream','listen':'unix:/run/s',"
		"'mode':'0660','group':'adm','max_peers':3},"
		"'c':{'type':'stream','connect':'192.0.2.1:4000'},"
		"'d':{'type':'dgram','listen':'unix:@d','mode':null}}}}}",
		"{'switches':{'a':{'ports':{'n':{'type':'netdev','promisc':false}}}}}",
		"{'switches':{'a':{'ports':{'p':{'type':'patch','peer':'b/c','mtu':9000}}}}}",
		"{'switches':{'a':{'ports':{'p':{'type':'mcast','group':'230.0.0.1:1','ttl':0}}}}}",
		"{'switches':{'a':{'ports':{'v':{'type':'vde','dir':'/run/lab','mode':'0660',"
		"'group':'adm','max_peers':1,'coalesce':true}}}}}",
		"{'switches':{'a':{'ports':{'v':{'type':'vxlan','vni':0}}}}}",
	};
	static const char *const bad[] = {
		"[]",
		"{'swiches':{}}",
		"{'log':{'levle':'debug'}}",
		"{'switches':{'a/b':{}}}",
		"{'switches':{'a':{'ports':{'h1':{'type':'wire'}}}}}",
		"{'switches':{'a':{'ports':{'h1':{'ifnmae':'x'}}}}}",
		"{'switches':{'a':{'ports':{'h1':{}},'macs':[{'port':'h1'}]}}}",
		"{'switches':{'a':{'macs':{}}}}",
		"{'switches':{'a':{'ports':{'u':{'type':'udp','local':'192.0.2.1:4000'}}}}}",
		"{'switches':{'a':{'ports':{'u':{'type':'udp','remote':'192.0.2.1:4000'}}}}}",
		"{'switches':{'a':{'ports':{'u':{'local':'192.0.2.1:4000',"
		"'remote':'192.0.2.2:4000'}}}}}",
		"{'switches':{'a':{'ports':{'h':{'coalesce':true}}}}}",
		"{'switches':{'a':{'ports':{'s':{'listen':'unix:/run/s'}}}}}",
		"{'switches':{'a':{'ports':{'s':{'type':'dgram'}}}}}",
		"{'switches':{'a':{'ports':{'s':{'type':'dgram','connect':'unix:/run/s'}}}}}",
		"{'switches':{'a':{'ports':{'s':{'type':'stream','listen':'unix:/s','max_peers':0}}}}}",
		"{'switches':{'a':{'ports':{'n':{'type':'netdev','up':true}}}}}",
		"{'switches':{'a':{'ports':{'p':{'type':'patch'}}}}}",
		"{'switches':{'a':{'ports':{'p':{'type':'mcast','ifname':'lo'}}}}}",
		"{'switches':{'a':{'ports':{'v':{'type':'vde'}}}}}",
		"{'switches':{'a':{'ports':{'v':{'type':'vde','dir':'/x','max_peers':0}}}}}",
		"{'switches':{'a':{'ports':{'v':{'type':'vxlan','remotes':'192.0.2.1'}}}}}",
		"{'switches':[]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good) + ARRAY_SIZE(bad); i++) {
		const bool want = i < ARRAY_SIZE(good);
		json_t *v = json_of(want ? good[i] : bad[i - ARRAY_SIZE(good)]);
		struct config c;

		assert_int_equal(config_parse(v, &c, NULL) == 0, want);
		config_free(&c);
		assert_int_equal(valid(schema, v), want);
		json_decref(v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole),
		cmocka_unit_test(switches),
		cmocka_unit_test(ports_of_each_kind),
		cmocka_unit_test(static_addresses),
		cmocka_unit_test(static_groups),
		cmocka_unit_test(static_bindings),
		cmocka_unit_test(names),
		cmocka_unit_test(a_configuration),
	};

	return cmocka_run_group_tests_name("config schema", tests, make, drop);
}
