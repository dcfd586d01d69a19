/* SPDX-License-Identifier: ISC */
/* The tables of what can be set on a switch and on each kind of port. */
#include "unit.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/fdb.h"
#include "core/settings.h"
#include "port/options.h"

/* Room for any struct a table is for. */
union any {
	struct sw_settings sw;
	struct port_cfg port;
	uint8_t bytes[sizeof(struct port_cfg) + 64];
};

static void check_spelling(const struct opt *o)
{
	for (const char *p = o->name; *p; p++)
		assert_true(islower((unsigned char)*p) || *p == '_');
	assert_non_null(o->dflt);
	assert_true(o->help && strlen(o->help) > 10);
	assert_int_not_equal(o->help[strlen(o->help) - 1], '.'); /* one line of a list */
	assert_non_null(o->arg);
	for (const char *p = o->arg; *p; p++)
		assert_true(*p == '|' || isupper((unsigned char)*p) || islower((unsigned char)*p));
}

/* A default has to be what --help says, parse, and be shown as it is written. */
static void check_default(const struct opt *o)
{
	union any a, b;
	char out[256];
	struct err e = {0};

	memset(&a, 0x5a, sizeof(a));
	memset(&b, 0xa5, sizeof(b));
	if (opt_parse(o, o->dflt, &a, &e))
		fail_msg("default of %s: %s", o->name, e.text);
	assert_string_equal(opt_format(o, &a, out, sizeof(out)), o->dflt);
	opt_reset(o, &b);
	assert_true(opt_equal(o, &a, &b));
}

static void check_limits(const struct opt *o)
{
	union any a;
	struct err e = {0};

	if (o->type != OPT_UINT && o->type != OPT_MASK)
		return;
	assert_true(o->max > o->min);
	assert_int_equal(opt_set_uint(o, o->min, &a, &e), 0);
	assert_int_equal(opt_set_uint(o, o->max, &a, &e), 0);
	assert_int_equal(opt_set_uint(o, (int64_t)o->max + 1, &a, &e), -EINVAL);
	assert_int_equal(opt_set_uint(o, -1, &a, &e), -EINVAL);
	if (o->min > 0) {
		assert_int_equal(opt_set_uint(o, (int64_t)o->min - 1, &a, &e), -EINVAL);
		assert_int_equal(opt_set_uint(o, 0, &a, &e), o->zero_ok ? 0 : -EINVAL);
	}
}

static void check_table(const struct opt *table)
{
	opt_foreach (o, table) {
		assert_ptr_equal(opt_find(table, o->name), o); /* no name twice */
		check_spelling(o);
		check_default(o);
		check_limits(o);
	}
}

static void switch_table_is_sound(void **state)
{
	check_table(sw_options);
}

static void port_tables_are_sound(void **state)
{
	for (const struct port_type *t = port_types; t->name; t++) {
		assert_ptr_equal(port_type_find(t->name), t);
		assert_true(t->help && strlen(t->help) > 10);
		check_table(t->options);
		assert_non_null(opt_find(t->options, "mtu")); /* what every kind has */
		assert_non_null(opt_find(t->options, "max_macs"));
	}
	assert_null(port_type_find("ta"));
	assert_null(port_type_find(""));
}

static void switch_defaults(void **state)
{
	struct sw_settings set;

	opt_defaults(sw_options, &set);
	assert_int_equal(set.ageing_s, AGEING_DEFAULT_S);
	assert_int_equal(set.max_macs, FDB_MACS_DEFAULT);
	assert_int_equal(set.link_local, 0);
}

/* The message a person gets names the limit that was missed. */
static void switch_messages_name_what_is_allowed(void **state)
{
	static const struct {
		const char *name, *text, *says;
	} v[] = {
		{"ageing_s", "1000001", "from 0 to 1000000"},
		{"ageing_s", "5m", "found \"5m\""},
		{"max_macs", "15", "from 16 to 4194304"},
		{"max_macs", "4194305", "from 16 to 4194304"},
		{"link_local", "pass", "\"drop\", \"forward\" or a mask from 0x0 to 0xffff"},
	};
	struct sw_settings set;

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct err e = {0};

		assert_int_equal(opt_parse(opt_find(sw_options, v[i].name), v[i].text, &set, &e),
				 -EINVAL);
		if (!strstr(e.text, v[i].says))
			fail_msg("\"%s\" lacks \"%s\"", e.text, v[i].says);
	}
}

/* What a port may be limited to has to be what a table can hold. */
static void limits_agree_with_each_other(void **state)
{
	const struct opt *tap = port_type_find("tap")->options;

	assert_int_equal(opt_find(sw_options, "max_macs")->max, FDB_MACS_MAX);
	assert_int_equal(opt_find(tap, "max_macs")->max, FDB_MACS_MAX);
	assert_int_equal(opt_find(tap, "mtu")->max, 65521);
}

static void tap(struct port_cfg *cfg, const char *name)
{
	port_cfg_init(cfg, name, port_type_find("tap"));
}

static void tap_defaults(void **state)
{
	struct port_cfg cfg;

	memset(&cfg, 0x5a, sizeof(cfg));
	tap(&cfg, "h1");
	assert_string_equal(cfg.name, "h1");
	assert_string_equal(cfg.type, "tap");
	assert_string_equal(tap_ifname(&cfg), "h1");
	assert_true(cfg.u.tap.up);
	assert_false(cfg.u.tap.persist);
	assert_int_equal(cfg.mtu, 0);
	assert_int_equal(cfg.max_macs, 0);
	assert_int_equal(port_cfg_check(&cfg, NULL), 0);
}

static void tap_names_the_kernel_takes(void **state)
{
	static const char *const good[] = {"h1", "tap%d", "a.b-c_d", "abcdefghijklmno"};
	static const char *const bad[] = {".",	     "..",   "a/b",	    "a:b",
					  "a b",     "a\tb", "caf\xc3\xa9", "a%s",
					  "tap%d%d", "%",    "100%",	    "abcdefghijklmnop"};
	const struct opt *o = opt_find(port_type_find("tap")->options, "ifname");
	struct port_cfg cfg;

	tap(&cfg, "h1");
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(opt_parse(o, good[i], &cfg, NULL), 0);
		assert_string_equal(tap_ifname(&cfg), good[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (opt_parse(o, bad[i], &cfg, NULL) != -EINVAL)
			fail_msg("ifname took \"%s\"", bad[i]);
	assert_string_equal(tap_ifname(&cfg), "abcdefghijklmno");
}

static void netns_is_a_name_not_a_path(void **state)
{
	static const char *const bad[] = {"/run/netns/x", "../x", "..", ".", "a/b"};
	const struct opt *o = opt_find(port_type_find("tap")->options, "netns");
	struct port_cfg cfg;

	tap(&cfg, "h1");
	assert_int_equal(opt_parse(o, "lab", &cfg, NULL), 0);
	assert_int_equal(opt_parse(o, "4711", &cfg, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (opt_parse(o, bad[i], &cfg, NULL) != -EINVAL)
			fail_msg("netns took \"%s\"", bad[i]);
	assert_string_equal(cfg.u.tap.netns, "4711");
}

/* A port may have a name no device can have, if the device is given one of its own. */
static void port_names_that_need_an_ifname(void **state)
{
	static const char *const names[] = {"a-port-with-a-long-name", "vm:1"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct port_cfg cfg;
		struct err e = {0};

		tap(&cfg, names[i]);
		assert_int_equal(port_cfg_check(&cfg, &e), -EINVAL);
		assert_non_null(strstr(e.text, "ifname")); /* says what to do */
		strcpy(cfg.u.tap.ifname, "h1");
		assert_int_equal(port_cfg_check(&cfg, &e), 0);
	}
}

static void names_too_long_are_cut_not_overrun(void **state)
{
	struct port_cfg cfg;
	char name[100];

	memset(name, 'n', sizeof(name) - 1);
	name[99] = '\0';
	tap(&cfg, name);
	assert_int_equal(strlen(cfg.name), NAME_SIZE - 1);
	assert_string_equal(cfg.type, "tap");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(switch_table_is_sound),
		cmocka_unit_test(port_tables_are_sound),
		cmocka_unit_test(switch_defaults),
		cmocka_unit_test(switch_messages_name_what_is_allowed),
		cmocka_unit_test(limits_agree_with_each_other),
		cmocka_unit_test(tap_defaults),
		cmocka_unit_test(tap_names_the_kernel_takes),
		cmocka_unit_test(netns_is_a_name_not_a_path),
		cmocka_unit_test(port_names_that_need_an_ifname),
		cmocka_unit_test(names_too_long_are_cut_not_overrun),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
