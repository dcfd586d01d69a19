/* SPDX-License-Identifier: ISC */
/* The static groups of a configuration: what is taken, and where and how the rest is refused. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "core/sw_snoop.h"
#include "ctl/config.h"

/* The groups of a switch with two ports, of the settings `more`; ' stands for ". */
static int parse(const char *more, const char *groups, struct config *c, struct err *e)
{
	char text[512];
	json_t *root;
	int rc;

	snprintf(text, sizeof(text),
		 "{'switches':{'sw0':{%s'ports':{'h1':{},'h2':{}},'groups':%s}}}", more, groups);
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	root = json_loads(text, 0, NULL);
	assert_non_null(root);
	*e = (struct err){0};
	rc = config_parse(root, c, e);
	json_decref(root);
	return rc;
}

static void refuses_in(const char *more, const char *groups, const char *where, const char *what)
{
	char path[64];
	struct config c;
	struct err e;

	assert_int_equal(parse(more, groups, &c, &e), -EINVAL);
	snprintf(path, sizeof(path), "switches.sw0.groups%s", where);
	assert_string_equal(e.path, path);
	if (!strstr(e.text, what))
		fail_msg("\"%s\" does not say %s", e.text, what);
}

static void refuses(const char *groups, const char *where, const char *what)
{
	refuses_in("", groups, where, what);
}

static void they_are_put_in_order_and_written_in_one_way(void **state)
{
	static const char *const want[][2] = {
		{"239.1.2.3", "h1"}, {"239.1.2.3", "h2"}, {"ff05::1:3", "h2"}};
	struct config c;
	struct err e;

	assert_int_equal(parse("",
			       "[{'group':'FF05:0::1:3','port':'h2'},"
			       "{'group':'239.1.2.3','port':'h2','vlan':0},"
			       "{'group':'239.1.2.3','port':'h1'}]",
			       &c, &e),
			 0);
	assert_int_equal(c.sw[0].groups, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(c.sw[0].group[i].group, want[i][0]);
		assert_string_equal(c.sw[0].group[i].port, want[i][1]);
		assert_ptr_equal(config_find_group(&c.sw[0], &c.sw[0].group[i]), &c.sw[0].group[i]);
	}
	config_free(&c);
}

static void what_is_no_group(void **state)
{
	refuses("1", "", "allowed is an array");
	refuses("[1]", "[0]", "\"group\" and \"port\"");
	refuses("[{'port':'h1'}]", "[0]", "\"group\" is missing");
	refuses("[{'group':'239.1.2.3'}]", "[0]", "\"port\" is missing");
	refuses("[{'group':'10.0.0.1','port':'h1'}]", "[0].group", "10.0.0.1");
	refuses("[{'group':'224.0.0.251','port':'h1'}]", "[0].group", "all ports");
	refuses("[{'group':'ff02::1','port':'h1'}]", "[0].group", "all ports");
	refuses("[{'group':'239.1.2.3','port':'h3'}]", "[0].port", "no port \"h3\"");
	refuses("[{'group':'239.1.2.3','port':'h1','vlann':1}]", "[0]", "did you mean \"vlan\"");
}

static void the_vlan_has_to_go_with_the_switch(void **state)
{
	struct config c;
	struct err e;

	refuses("[{'group':'239.1.2.3','port':'h1','vlan':10}]", "[0].vlan", "vlan_aware");
	refuses_in("'vlan_aware':true,", "[{'group':'239.1.2.3','port':'h1'}]", "[0]",
		   "\"vlan\" is missing");
	assert_int_equal(parse("'vlan_aware':true,",
			       "[{'group':'239.1.2.3','port':'h1','vlan':10},"
			       "{'group':'239.1.2.3','port':'h1','vlan':20}]",
			       &c, &e),
			 0);
	config_free(&c);
}

static void twice_is_once_too_often(void **state)
{
	refuses("[{'group':'ff05::1','port':'h1'},{'group':'ff05:0::1','port':'h1'}]", "",
		"listed twice");
}

/* As many as fit, and one more. */
static void no_more_than_there_can_be(void **state)
{
	for (int more = 0; more < 2; more++) {
		json_t *root = json_pack("{s:{s:{s:{s:{}}, s:[]}}}", "switches", "sw0", "ports",
					 "h1", "groups");
		json_t *sw = json_object_get(json_object_get(root, "switches"), "sw0");
		json_t *list = json_object_get(sw, "groups");
		char group[IP_STR_SIZE];
		struct config c;
		struct err e = {0};

		for (unsigned i = 0; i < SW_GROUPS_MAX + (unsigned)more; i++)
			json_array_append_new(list, json_pack("{s:s, s:s}", "group",
							      ip_format(ip4(0xef000000 + i), group),
							      "port", "h1"));
		assert_int_equal(config_parse(root, &c, &e), more ? -EINVAL : 0);
		if (more)
			assert_non_null(strstr(e.text, "1024"));
		config_free(&c);
		json_object_set_new(sw, "mcast_max_groups", json_integer(100));
		assert_int_equal(config_parse(root, &c, &e), -EINVAL);
		assert_non_null(strstr(e.text, "mcast_max_groups"));
		json_decref(root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_put_in_order_and_written_in_one_way),
		cmocka_unit_test(what_is_no_group),
		cmocka_unit_test(the_vlan_has_to_go_with_the_switch),
		cmocka_unit_test(twice_is_once_too_often),
		cmocka_unit_test(no_more_than_there_can_be),
	};

	return cmocka_run_group_tests_name("config_groups", tests, NULL, NULL);
}
