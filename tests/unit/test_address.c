/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "util/address.h"

static void paths_and_endpoints(void **state)
{
	struct address a;

	assert_int_equal(address_parse("unix:/run/lab/vm1", &a, NULL), 0);
	assert_true(a.is_unix);
	assert_string_equal(a.path, "/run/lab/vm1");
	assert_int_equal(address_parse("unix:@lab", &a, NULL), 0);
	assert_string_equal(a.path, "@lab");
	assert_int_equal(address_parse("[2001:db8::1]:4000", &a, NULL), 0);
	assert_false(a.is_unix);
	assert_true(a.ep.ipv6);
	assert_int_equal(a.ep.port, 4000);
}

static void the_longest_path(void **state)
{
	char text[5 + UNIX_PATH_SIZE + 1] = "unix:/";
	struct address a;

	memset(text + 6, 'x', UNIX_PATH_SIZE - 2);
	assert_int_equal(strlen(text), 5 + UNIX_PATH_SIZE - 1);
	assert_int_equal(address_parse(text, &a, NULL), 0);
	assert_int_equal(strlen(a.path), UNIX_PATH_SIZE - 1);
	strcat(text, "x");
	assert_int_equal(address_parse(text, &a, NULL), -EINVAL);
}

static void refusals_say_what_is_allowed(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "allowed is an address and a port"},
		{"vm1", "allowed is an address and a port"},
		{"/run/vm1", "unix:/run/lab/vm1"},
		{"unix:", "begins with /"},
		{"unix:vm1", "begins with /"},
		{"unix:@", "begins with /"},
		{"unix:/run/lab/", "directory"},
		{"unix:/", "directory"},
		{"127.0.0.1", "no port"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct address a = {.path = "untouched"};
		struct err e = {0};

		assert_int_equal(address_parse(cases[i].text, &a, &e), -EINVAL);
		if (!strstr(e.text, cases[i].says))
			fail_msg("\"%s\": %s", cases[i].text, e.text);
		assert_string_equal(a.path, "untouched");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_and_endpoints),
		cmocka_unit_test(the_longest_path),
		cmocka_unit_test(refusals_say_what_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
