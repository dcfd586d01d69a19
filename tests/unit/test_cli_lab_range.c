/* SPDX-License-Identifier: ISC */
/* Texts that stand for many: what each of them is, and which are none. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "lab/range.h"

static void is(const char *text, unsigned count, const char *first, const char *last)
{
	struct err e = {0};
	unsigned n = 99;
	char *one;

	if (range_count(text, &n, &e))
		fail_msg("%s: %s", text, e.text);
	assert_int_equal(n, count);
	one = range_pick(text, 0);
	assert_string_equal(one, first);
	free(one);
	one = range_pick(text, count ? count - 1 : 0);
	assert_string_equal(one, last);
	free(one);
}

static void ranges_are_written_out(void **state)
{
	(void)state;
	is("h{1..50}", 50, "h1", "h50");
	is("{7..7}", 1, "7", "7");
	is("10.{0..3}.0.{1..4}/24", 4, "10.0.0.1/24", "10.3.0.4/24");
	is("{01..12}", 12, "01", "12");
	is("{008..010}x", 3, "008x", "010x");
	is("{0..1023}", 1024, "0", "1023");
	is("{9..10}{99..100}", 2, "999", "10100");
	is("{{1..2}}", 2, "{1}", "{2}");
}

static void other_braces_mean_nothing(void **state)
{
	static const char *const texts[] = {"",
					    "h1",
					    "{}",
					    "{1}",
					    "{1..}",
					    "{..2}",
					    "{1..2",
					    "{1.2}",
					    "{a..b}",
					    "{-1..2}",
					    "{1...2}",
					    "${1..x}",
					    "{1,2}",
					    "{1..2 }",
					    "{ 1..2}",
					    "}1..2{",
					    "{1234567890..1234567891}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		is(texts[i], 0, texts[i], texts[i]);
}

static void ranges_that_cannot_be_are_refused(void **state)
{
	static const char *const texts[] = {"{2..1}", "{1..2}-{1..3}", "{1..1025}",
					    "{0..999999999}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct err e = {0};
		unsigned n;

		assert_true(range_count(texts[i], &n, &e) < 0);
		assert_non_null(strstr(e.text, "the range {"));
	}
}

static json_t *expand(const char *text, unsigned count, unsigned i, size_t *expanded, struct err *e)
{
	json_t *v = json_loads(text, JSON_DECODE_ANY, NULL), *out;

	assert_non_null(v);
	out = range_expand(v, count, i, expanded, e);
	json_decref(v);
	return out;
}

static void values_are_copied_with_their_ranges_gone(void **state)
{
	static const char from[] =
		"{\"k{1..3}\": [\"a{4..6}\", 7, null, {\"x\": {\"y\": [[\"{1..3}\"]]}}], \"z\": \"plain\"}";
	static const char to[] =
		"{\"k2\": [\"a5\", 7, null, {\"x\": {\"y\": [[\"2\"]]}}], \"z\": \"plain\"}";
	json_t *want = json_loads(to, 0, NULL), *got;
	struct err e = {0};
	size_t expanded = 0;

	(void)state;
	got = expand(from, 3, 1, &expanded, &e);
	assert_true(json_equal(got, want));
	assert_true(expanded > strlen(to));
	json_decref(got);
	json_decref(want);
}

static void refused(const char *text, size_t expanded, const char *path, const char *why)
{
	struct err e = {0};

	assert_null(expand(text, 3, 1, &expanded, &e));
	assert_string_equal(e.path, path);
	if (!strstr(e.text, why))
		fail_msg("\"%s\" is not in \"%s\"", why, e.text);
}

static void a_value_that_cannot_be_copied_is_told_at_its_place(void **state)
{
	char deep[300] = "";

	(void)state;
	refused("{\"a\": [1, {\"b\": \"{1..2}\"}]}", 0, "a[1].b", "is of 2 numbers");
	refused("{\"a\": {\"k{1..4}\": 1}}", 0, "a.k{1..4}", "is of 4 numbers");
	refused("{\"a{1..3}\": 1, \"a2\": 2}", 0, "a2", "there twice");
	refused("[\"x\"]", RANGE_EXPANDED_MAX, "[0]", "more than 64 MiB");
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	refused(deep, 0, "[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]", "too deeply");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_written_out),
		cmocka_unit_test(other_braces_mean_nothing),
		cmocka_unit_test(ranges_that_cannot_be_are_refused),
		cmocka_unit_test(values_are_copied_with_their_ranges_gone),
		cmocka_unit_test(a_value_that_cannot_be_copied_is_told_at_its_place),
	};

	return cmocka_run_group_tests_name("ranges", tests, NULL, NULL);
}
