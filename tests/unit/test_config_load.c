/* SPDX-License-Identifier: ISC */
/*
 * The configuration read from a file: what the error says where there is no file, or one that holds
 * something else.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/config.h"

static char folder[] = "/tmp/config-XXXXXX";
static char file[sizeof(folder) + 16];

static int make_folder(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof(file), "%s/c.json", folder);
	return 0;
}

static int remove_folder(void **state)
{
	unlink(file);
	return rmdir(folder);
}

static void put(const char *bytes, size_t len)
{
	FILE *f = fopen(file, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* The text of the file, with " for each ' */
static void put_text(const char *text)
{
	char *q = strdup(text);

	assert_non_null(q);
	for (char *p = q; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	put(q, strlen(q));
	free(q);
}

static void refuses(const char *path, int code, const char *hint)
{
	struct config c;
	struct err e = {0};

	memset(&c, 0x5a, sizeof(c));
	assert_int_equal(config_load(path, &c, &e), -code);
	assert_int_equal(e.code, code);
	if (!strstr(e.text, hint))
		fail_msg("\"%s\" does not say \"%s\"", e.text, hint);
	assert_null(c.sw); /* nothing is left to free */
	assert_int_equal(c.switches, 0);
}

/* At this line and column. */
static void refuses_at(const char *text, const char *place)
{
	char hint[sizeof(file) + 16];

	put_text(text);
	snprintf(hint, sizeof(hint), "%s:%s: ", file, place);
	refuses(file, EINVAL, hint);
}

static void a_good_file(void **state)
{
	struct config c;
	struct err e = {0};

	put_text("{\n\t'switches': {\n\t\t'sw0': {'ports': {'h1': {'mtu': 9000}}}\n\t}\n}\n");
	assert_int_equal(config_load(file, &c, &e), 0);
	assert_int_equal(c.switches, 1);
	assert_int_equal(c.sw[0].port[0].mtu, 9000);
	config_free(&c);
}

static void syntax_errors_have_a_place(void **state)
{
	refuses_at("{\n'switches': {\n'sw0': {},\n}\n}\n", "4:1");
	refuses_at("{'switches': x}", "1:14");
	refuses_at("{\n\n  'log' 'x'}", "3:11");
	refuses_at("{\n'log': {}\n}\n\n]", "5:1");
	refuses_at("{\n'log': 01}", "2:8");
	refuses_at("{'log': {}, 'log': {}}", "1:17");
}

static void what_is_not_json(void **state)
{
	refuses_at("", "1:0");
	refuses_at("switches = sw0\n", "1:8"); /* where the bad word ends */
	refuses_at("5\n", "1:1");
	refuses_at("{'a\xff': 1}", "1:3");
	put("{\0}", 3);
	refuses(file, EINVAL, ":1:2: ");
}

static void an_empty_file(void **state)
{
	put("", 0);
	refuses(file, EINVAL, file);
}

/* JSON, but no configuration: the place is the key, not a line, and part of the text. */
static void what_is_no_configuration(void **state)
{
	char hint[sizeof(file) + 64];
	struct config c;
	struct err e = {0};

	put_text("{'switches': {\n'sw0': {'ageing_s': -1}}}");
	snprintf(hint, sizeof(hint), "%s: switches.sw0.ageing_s: found", file);
	refuses(file, EINVAL, hint);
	assert_int_equal(config_load(file, &c, &e), -EINVAL);
	assert_string_equal(e.path, "");
	put_text("[]");
	snprintf(hint, sizeof(hint), "%s: found an array, allowed is an object", file);
	refuses(file, EINVAL, hint);
}

static void no_such_file(void **state)
{
	char none[sizeof(file) + 8];

	snprintf(none, sizeof(none), "%s.not", file);
	refuses(none, ENOENT, none);
	refuses(none, ENOENT, "No such file");
	refuses("", ENOENT, "No such file");
	put("", 0);
	snprintf(none, sizeof(none), "%s/x", file);
	refuses(none, ENOTDIR, "Not a directory");
}

/* fopen() opens one without complaint. */
static void a_directory(void **state)
{
	refuses(folder, EISDIR, "Is a directory");
}

static void a_file_nested_too_deep(void **state)
{
	char *text = malloc(1 << 20);

	assert_non_null(text);
	memset(text, '[', 1 << 20);
	put(text, 1 << 20);
	free(text);
	refuses(file, EINVAL, "depth");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_file),
		cmocka_unit_test(syntax_errors_have_a_place),
		cmocka_unit_test(what_is_not_json),
		cmocka_unit_test(an_empty_file),
		cmocka_unit_test(what_is_no_configuration),
		cmocka_unit_test(no_such_file),
		cmocka_unit_test(a_directory),
		cmocka_unit_test(a_file_nested_too_deep),
	};

	return cmocka_run_group_tests_name("config files", tests, make_folder, remove_folder);
}
