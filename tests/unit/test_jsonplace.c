/* SPDX-License-Identifier: ISC */
/* Lines of values in JSON. */
#include "unit.h"

#include <string.h>

#include "util/jsonplace.h"

static const char text[] = "\n"
			   "{\n"
			   "  \"switches\": {\n"
			   "    \"sw0\": {\"ageing_s\": 300, \"ports\": {\n"
			   "      \"vm\": {\"mtu\": 1},\n"
			   "      \"vm.2\": {\n"
			   "        \"text\": \"a { \\\" ] b\",\n"
			   "        \"mtu\": 1500\n"
			   "      }\n"
			   "    },\n"
			   "    \"macs\": [\n"
			   "      {\"mac\": \"x\"}, [1, 2],\n"
			   "      {\"mac\":\n"
			   "         \"y\", \"port\": \"vm\"},\n"
			   "      true, -1.5e3\n"
			   "    ]}\n"
			   "  },\n"
			   "  \"a\\\"b\": null\n"
			   "}\n";

static void is_at(const char *path, unsigned line, unsigned column)
{
	struct json_place p = json_place(text, sizeof(text) - 1, path);

	assert_int_equal(p.line, line);
	assert_int_equal(p.column, column);
}

static void keys_and_elements(void **state)
{
	is_at("", 2, 1);
	is_at("switches", 3, 3);
	is_at("switches.sw0", 4, 5);
	is_at("switches.sw0.ageing_s", 4, 13);
	is_at("switches.sw0.macs", 11, 5);
	is_at("switches.sw0.macs[0]", 12, 7);
	is_at("switches.sw0.macs[0].mac", 12, 8);
	is_at("switches.sw0.macs[1][1]", 12, 25);
	is_at("switches.sw0.macs[2].port", 14, 15);
	is_at("switches.sw0.macs[3]", 15, 7);
	is_at("switches.sw0.macs[4]", 15, 13);
	is_at("a\"b", 18, 3);
}

static void keys_with_dots(void **state)
{
	is_at("switches.sw0.ports.vm.mtu", 5, 14);
	is_at("switches.sw0.ports.vm.2", 6, 7);
	is_at("switches.sw0.ports.vm.2.mtu", 8, 9);
}

static void strings_hide_what_is_in_them(void **state)
{
	is_at("switches.sw0.ports.vm.2.text", 7, 9);
	is_at("switches.sw0.macs[2].mac", 13, 8);
}

static void nowhere_is_the_last_place_on_the_way(void **state)
{
	is_at("nothing", 2, 1);
	is_at("switches.sw1.ports", 3, 3);
	is_at("switches.sw0.ports.vm.2.ifname", 6, 7);
	is_at("switches.sw0.macs[9]", 11, 5);
	is_at("switches.sw0.macs[x]", 11, 5);
	is_at("switches.sw0.macs.mac", 11, 5);
	is_at("switches[0]", 3, 3);
}

static void what_is_not_json_is_no_matter(void **state)
{
	static const char *const bad[] = {
		"",	" ",	  "{", "{\"a\"",    "{\"a\":", "[",	   "[[[",
		"{\"a", "{\"a\\", "}", "{\"a\" 1}", "nul",     "{\"a\":}", "{\"a\":[1"};

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		struct json_place p = json_place(bad[i], strlen(bad[i]), "a[1].b");

		assert_int_equal(p.line, 1);
	}
	assert_int_equal(json_place("{\"a\":[1", 7, "a[1]").column, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_and_elements),
		cmocka_unit_test(keys_with_dots),
		cmocka_unit_test(strings_hide_what_is_in_them),
		cmocka_unit_test(nowhere_is_the_last_place_on_the_way),
		cmocka_unit_test(what_is_not_json_is_no_matter),
	};

	return cmocka_run_group_tests_name("jsonplace", tests, NULL, NULL);
}
