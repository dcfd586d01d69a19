/* SPDX-License-Identifier: ISC */
/* Settings described by tables, with a table of its own that has one option of every type. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/opt.h"
#include "util/vidset.h"

struct thing {
	bool flag;
	uint32_t number;
	uint32_t some; /* 0, or 10 to 20 */
	char text[8];
	char kind[12];
	uint64_t mac;
	uint32_t mask;
	struct vidset vids;
	uint32_t further;
	struct rate rate;
};

static int no_x(const char *value, struct err *e)
{
	return strchr(value, 'x') ? err_set(e, EINVAL, "has an x: %s", value) : 0;
}

#define AT(field) offsetof(struct thing, field)

/* What another table may have too. */
static const struct opt common[] = {
	{.name = "vids", .type = OPT_VIDS, .off = AT(vids), .dflt = ""},
	{.name = "further", .type = OPT_UINT, .off = AT(further), .max = 9, .dflt = "3"},
	{.name = NULL},
};

static const struct opt table[] = {
	{.name = "flag", .type = OPT_BOOL, .off = AT(flag), .dflt = "true"},
	{.name = "number",
	 .type = OPT_UINT,
	 .off = AT(number),
	 .min = 5,
	 .max = UINT32_MAX,
	 .dflt = "7"},
	{.name = "some",
	 .type = OPT_UINT,
	 .off = AT(some),
	 .min = 10,
	 .max = 20,
	 .zero_ok = true,
	 .dflt = "0"},
	{.name = "text", .type = OPT_STR, .off = AT(text), .size = 8, .dflt = "", .check = no_x},
	{.name = "kind",
	 .type = OPT_ENUM,
	 .off = AT(kind),
	 .size = 12,
	 .dflt = "tap",
	 .words = "tap veth vxlan"},
	{.name = "mac", .type = OPT_MAC, .off = AT(mac), .dflt = ""},
	{.name = "mask",
	 .type = OPT_MASK,
	 .off = AT(mask),
	 .max = 0xffff,
	 .dflt = "drop",
	 .words = "drop forward"},
	{.name = "rate", .type = OPT_RATE, .off = AT(rate), .dflt = "none"},
	{.name = NULL, .more = common},
};

static int set(struct thing *t, const char *name, const char *text, struct err *e)
{
	return opt_parse(opt_find(table, name), text, t, e);
}

/* Refused, with words that hold both what was found and what is allowed; nothing changed. */
static void refused(const char *name, const char *text, const char *says)
{
	struct thing before, after;
	struct err e = {0};

	memset(&before, 0x5a, sizeof(before));
	opt_defaults(table, &before);
	after = before;
	if (set(&after, name, text, &e) != -EINVAL)
		fail_msg("%s took \"%s\"", name, text);
	assert_int_equal(e.code, EINVAL);
	if (!strstr(e.text, says))
		fail_msg("\"%s\" lacks \"%s\"", e.text, says);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void takes(const char *name, const char *text, const char *shown)
{
	struct thing t;
	char out[64];

	opt_defaults(table, &t);
	if (set(&t, name, text, NULL))
		fail_msg("%s refused \"%s\"", name, text);
	assert_string_equal(opt_format(opt_find(table, name), &t, out, sizeof(out)), shown);
}

static void finds_by_whole_name(void **state)
{
	assert_ptr_equal(opt_find(table, "text"), &table[3]);
	assert_null(opt_find(table, "tex"));
	assert_null(opt_find(table, "texts"));
	assert_null(opt_find(table, ""));
	assert_ptr_equal(opt_find(table, "vids"), &common[0]);
	assert_ptr_equal(opt_find(table, "further"), &common[1]);
}

static void defaults_fill_everything(void **state)
{
	struct thing t;

	memset(&t, 0x5a, sizeof(t));
	opt_defaults(table, &t);
	assert_true(t.flag);
	assert_int_equal(t.number, 7);
	assert_int_equal(t.some, 0);
	assert_string_equal(t.text, "");
	assert_string_equal(t.kind, "tap");
	assert_int_equal(t.mac, 0);
	assert_int_equal(t.mask, 0);
	assert_true(vidset_empty(&t.vids));
	assert_int_equal(t.further, 3);
	assert_true(t.rate.n == 0 && t.rate.unit == RATE_NONE);
}

/* A table may consist of nothing but what others have. */
static void a_table_goes_on_in_another(void **state)
{
	static const struct opt only[] = {{.name = NULL, .more = common}};
	static const struct opt empty[] = {{.name = NULL}};
	unsigned n = 0;

	opt_foreach (o, table)
		n++;
	assert_int_equal(n, ARRAY_SIZE(table) - 1 + ARRAY_SIZE(common) - 1);
	n = 0;
	opt_foreach (o, only)
		assert_ptr_equal(o, &common[n++]);
	assert_int_equal(n, 2);
	opt_foreach (o, empty)
		fail();
}

/* On a command line "default" means this; in a file it is a name like any other. */
static void an_option_is_reset(void **state)
{
	struct thing t;

	opt_defaults(table, &t);
	t.number = 100;
	opt_reset(opt_find(table, "number"), &t);
	assert_int_equal(t.number, 7);
	strcpy(t.text, "abc");
	opt_reset(opt_find(table, "text"), &t);
	assert_string_equal(t.text, "");
	assert_int_equal(set(&t, "text", "default", NULL), 0);
	assert_string_equal(t.text, "default");
}

static void bools(void **state)
{
	takes("flag", "yes", "true");
	takes("flag", "on", "true");
	takes("flag", "1", "true");
	takes("flag", "no", "false");
	takes("flag", "off", "false");
	takes("flag", "0", "false");
	refused("flag", "", "true or false");
	refused("flag", "maybe", "found \"maybe\"");
	refused("flag", "TRUE", "true or false");
	refused("flag", "true yes", "true or false");
}

static void numbers(void **state)
{
	takes("number", "5", "5");
	takes("number", "4294967295", "4294967295");
	takes("number", "010", "10");
	takes("some", "0", "0");
	takes("some", "10", "10");
	takes("some", "20", "20");
	refused("number", "4", "from 5 to 4294967295");
	refused("number", "0", "from 5");
	refused("number", "4294967296", "found the number 4294967296");
	refused("number", "99999999999999999999999", "from 5");
	refused("number", "-7", "found \"-7\"");
	refused("number", "+7", "from 5");
	refused("number", " 7", "from 5");
	refused("number", "7 ", "from 5");
	refused("number", "7s", "found \"7s\"");
	refused("number", "0x10", "from 5");
	refused("number", "7.5", "from 5");
	refused("number", "", "from 5");
	refused("some", "9", "from 10 to 20 (or 0)");
	refused("some", "21", "(or 0)");
}

static void texts(void **state)
{
	takes("text", "1234567", "1234567");
	takes("text", "", "");
	refused("text", "12345678", "at most 7 characters");
	refused("text", "axb", "has an x: axb");
}

static void enums(void **state)
{
	takes("kind", "vxlan", "vxlan");
	refused("kind", "vx", "one of: tap veth vxlan");
	refused("kind", "", "one of:");
	refused("kind", "tap veth", "one of:");
}

static void macs(void **state)
{
	takes("mac", "02-00-00-00-00-0A", "02:00:00:00:00:0a");
	takes("mac", "", "");
	refused("mac", "02:00:00:00:00", "MAC address");
	refused("mac", "01:00:5e:00:00:01", "group address");
	refused("mac", "00:00:00:00:00:00", "unicast");
}

static void masks(void **state)
{
	takes("mask", "drop", "drop");
	takes("mask", "forward", "forward");
	takes("mask", "0", "drop");
	takes("mask", "0x0", "drop");
	takes("mask", "0xffff", "forward");
	takes("mask", "65535", "forward");
	takes("mask", "0x4000", "0x4000");
	takes("mask", "0xABC", "0xabc");
	refused("mask", "0x10000", "from 0x0 to 0xffff");
	refused("mask", "0x", "\"drop\", \"forward\"");
	refused("mask", "dro", "\"drop\", \"forward\"");
	refused("mask", "drops", "\"drop\", \"forward\"");
	refused("mask", "drop forward", "\"drop\", \"forward\"");
	refused("mask", "", "\"drop\"");
	refused("mask", "-1", "0xffff");
}

static void sets_of_vlans(void **state)
{
	takes("vids", "", "");
	takes("vids", "20-29,10", "10,20-29");
	takes("vids", "all", "1-4094");
	refused("vids", "0", "VLANs from 1 to 4094 like \"10,20-29\", or \"all\"");
	refused("vids", "10-", "found \"10-\"");
}

/* Nobody who writes 010 expects eight: it is ten, as it is for numbers, or refused. */
static void masks_are_not_octal(void **state)
{
	struct thing t;

	opt_defaults(table, &t);
	if (set(&t, "mask", "010", NULL) == 0)
		assert_int_equal(t.mask, 10);
}

static void rates(void **state)
{
	takes("rate", "none", "none");
	takes("rate", "0", "none");
	takes("rate", "0Mbit", "none");
	takes("rate", "64kbit", "64kbit");
	takes("rate", "1000kbit", "1Mbit");
	takes("rate", "1500fps", "1500fps");
	takes("rate", "1000Gbit", "1000Gbit");
	refused("rate", "64", "found \"64\"");
	refused("rate", "64k", "with k, M or G in front");
	refused("rate", "1000.1Gbit", "up to 1000G");
	refused("rate", "", "or none");
	refused("rate", "off", "or none");
}

/* What is between the members of the struct is no difference. */
static void equal_compares_rates(void **state)
{
	const struct opt *o = opt_find(table, "rate");
	struct thing a, b;

	memset(&a, 0x5a, sizeof(a));
	memset(&b, 0xa5, sizeof(b));
	a.rate.n = b.rate.n = 7;
	a.rate.unit = b.rate.unit = RATE_FRAMES;
	assert_true(opt_equal(o, &a, &b));
	b.rate.unit = RATE_BITS;
	assert_false(opt_equal(o, &a, &b));
	b.rate = (struct rate){.n = 8, .unit = RATE_FRAMES};
	assert_false(opt_equal(o, &a, &b));
	opt_copy(o, &a, &b);
	assert_true(opt_equal(o, &a, &b));
	assert_int_equal(a.mask, 0x5a5a5a5a);
}

static void typed_values_pass_the_same_checks(void **state)
{
	struct thing t;
	struct err e = {0};

	opt_defaults(table, &t);
	assert_int_equal(opt_set_bool(opt_find(table, "flag"), false, &t, &e), 0);
	assert_false(t.flag);
	assert_int_equal(opt_set_uint(opt_find(table, "number"), 5, &t, &e), 0);
	assert_int_equal(t.number, 5);
	assert_int_equal(opt_set_uint(opt_find(table, "mask"), 0x8000, &t, &e), 0);
	assert_int_equal(t.mask, 0x8000);
	assert_int_equal(opt_set_uint(opt_find(table, "number"), -1, &t, &e), -EINVAL);
	assert_non_null(strstr(e.text, "found the number -1"));
	assert_int_equal(opt_set_uint(opt_find(table, "number"), INT64_C(1) << 32, &t, &e),
			 -EINVAL);
	assert_int_equal(opt_set_uint(opt_find(table, "mask"), INT64_MIN, &t, &e), -EINVAL);
	assert_int_equal(opt_set_uint(opt_find(table, "flag"), 1, &t, &e), -EINVAL);
	assert_int_equal(opt_set_bool(opt_find(table, "number"), true, &t, &e), -EINVAL);
	assert_int_equal(opt_set_uint(opt_find(table, "rate"), 1000, &t, &e), -EINVAL);
	assert_int_equal(opt_set_bool(opt_find(table, "rate"), false, &t, &e), -EINVAL);
	assert_int_equal(t.rate.unit, RATE_NONE);
	assert_int_equal(t.number, 5);
}

static void format_reads_back(void **state)
{
	struct thing a, b;
	char out[64];

	opt_defaults(table, &a);
	opt_defaults(table, &b);
	a.flag = false;
	a.number = 123456;
	a.some = 20;
	strcpy(a.text, "hello");
	strcpy(a.kind, "veth");
	a.mac = UINT64_C(0x02000000000f);
	a.mask = 0x21;
	a.further = 9;
	vidset_add(&a.vids, 100);
	a.rate = (struct rate){.n = 2500000, .unit = RATE_BITS};
	opt_foreach (o, table) {
		assert_false(opt_equal(o, &a, &b));
		assert_int_equal(opt_parse(o, opt_format(o, &a, out, sizeof(out)), &b, NULL), 0);
		assert_true(opt_equal(o, &a, &b));
	}
}

static void copy_takes_one_value(void **state)
{
	struct thing a, b;

	opt_defaults(table, &a);
	opt_defaults(table, &b);
	strcpy(a.text, "one");
	a.mac = 2;
	opt_copy(opt_find(table, "mac"), &b, &a);
	assert_int_equal(b.mac, 2);
	assert_string_equal(b.text, "");
	opt_copy(opt_find(table, "text"), &b, &a);
	assert_string_equal(b.text, "one");
}

/* Bytes behind the end of a string are no difference. */
static void equal_compares_strings(void **state)
{
	struct thing a, b;

	opt_defaults(table, &a);
	opt_defaults(table, &b);
	memcpy(a.text, "ab\0cdef", 8);
	memcpy(b.text, "ab\0xyzw", 8);
	assert_true(opt_equal(opt_find(table, "text"), &a, &b));
}

/* Error text goes out as JSON, which is UTF-8: cutting somebody's input must not split a letter. */
static void long_input_is_cut_between_letters(void **state)
{
	struct thing t;
	struct err e = {0};
	char text[3 * 45 + 1];

	for (size_t i = 0; i < sizeof(text) - 1; i += 3)
		memcpy(text + i, "\xe2\x82\xac", 4); /* the euro sign, three bytes, and a NUL */
	for (const char *from = text; from < text + 9; from += 3) {
		char in[256];

		/* one, two or three bytes in front: one of them puts the cut inside a letter */
		snprintf(in, sizeof(in), "%.*s%s", (int)((from - text) / 3), "ab", from);
		opt_defaults(table, &t);
		assert_int_equal(set(&t, "kind", in, &e), -EINVAL);
		const char *cut = strstr(e.text, "...");
		assert_non_null(cut);
		assert_int_equal((unsigned char)cut[-1], 0xac); /* the last byte of a letter */
	}
}

static void allowed_is_never_overrun(void **state)
{
	char small[12];

	opt_foreach (o, table) {
		memset(small, 'z', sizeof(small));
		assert_ptr_equal(opt_allowed(o, small, sizeof(small) - 1), small);
		assert_true(strlen(small) < sizeof(small) - 1 && strlen(small) > 0);
		assert_int_equal(small[sizeof(small) - 1], 'z');
	}
}

/* 0 is a number that somebody may have meant. */
static void a_number_may_be_required(void **state)
{
	static const struct opt needed[] = {
		{.name = "number",
		 .type = OPT_UINT,
		 .off = AT(number),
		 .max = 9,
		 .required = true,
		 .dflt = ""},
		{.name = NULL},
	};
	struct thing t = {.number = 0};
	char out[16];

	assert_false(opt_missing(needed, &t));
	opt_defaults(needed, &t);
	assert_true(opt_missing(needed, &t));
	assert_string_equal(opt_format(needed, &t, out, sizeof(out)), "");
	assert_int_equal(opt_parse(needed, "0", &t, NULL), 0);
	assert_false(opt_missing(needed, &t));
	assert_string_equal(opt_format(needed, &t, out, sizeof(out)), "0");
	opt_reset(needed, &t);
	assert_true(opt_missing(needed, &t));
	assert_false(opt_missing(&table[1], &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_whole_name),
		cmocka_unit_test(a_number_may_be_required),
		cmocka_unit_test(defaults_fill_everything),
		cmocka_unit_test(an_option_is_reset),
		cmocka_unit_test(bools),
		cmocka_unit_test(numbers),
		cmocka_unit_test(texts),
		cmocka_unit_test(enums),
		cmocka_unit_test(macs),
		cmocka_unit_test(masks),
		cmocka_unit_test(masks_are_not_octal),
		cmocka_unit_test(sets_of_vlans),
		cmocka_unit_test(a_table_goes_on_in_another),
		cmocka_unit_test(rates),
		cmocka_unit_test(equal_compares_rates),
		cmocka_unit_test(typed_values_pass_the_same_checks),
		cmocka_unit_test(format_reads_back),
		cmocka_unit_test(copy_takes_one_value),
		cmocka_unit_test(equal_compares_strings),
		cmocka_unit_test(long_input_is_cut_between_letters),
		cmocka_unit_test(allowed_is_never_overrun),
	};

	return cmocka_run_group_tests_name("opt", tests, NULL, NULL);
}
