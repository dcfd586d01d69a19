/* SPDX-License-Identifier: ISC */
/* What swctl prints: numbers people read, text that is safe, tables that fit. */
#include "unit.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "human.h"
#include "table.h"
#include "text.h"

static void numbers(void **state)
{
	static const struct {
		json_int_t n;
		const char *count, *bytes, *age;
	} as[] = {
		{0, "0", "0 B", "0s"},
		{59, "59", "59 B", "59s"},
		{60, "60", "60 B", "1m00s"},
		{999, "999", "999 B", "16m39s"},
		{1000, "1000", "1.0 kB", "16m40s"},
		{9999, "9999", "10.0 kB", "2h46m"},
		{12345, "12.3k", "12.3 kB", "3h25m"},
		{99960, "100k", "100 kB", "1d03h"},
		{999499, "999k", "999 kB", "11d13h"},
		{999500, "1.0M", "1.0 MB", "11d13h"},
		{3400000000, "3.4G", "3.4 GB", "39351d20h"},
		{INT64_MAX, "9.2E", "9.2 EB", NULL},
	};
	char out[HUMAN_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(as); i++) {
		assert_string_equal(human_count(as[i].n, out), as[i].count);
		assert_string_equal(human_bytes(as[i].n, out), as[i].bytes);
		if (as[i].age)
			assert_string_equal(human_age(as[i].n, out), as[i].age);
	}
	assert_string_equal(human_age(-5, out), "0s");
}

/* Nothing that reaches a terminal may steer it. */
static void text_is_safe(void **state)
{
	static const struct {
		const char *raw, *safe;
		size_t width;
	} as[] = {
		{"", "", 0},
		{"plain", "plain", 5},
		{"\033[31mred\n", "\\x1b[31mred\\x0a", 15},
		{"caf\xc3\xa9", "caf\xc3\xa9", 4},
		{"\xe4\xb8\xad", "\xe4\xb8\xad", 2}, /* a wide one */
		{"a\xc2\x9b"
		 "b",
		 "a\\xc2\\x9bb", 10},			 /* CSI as one character */
		{"\xe2\x80\x8b", "\\xe2\\x80\\x8b", 12}, /* takes no column */
		{"\xff\xc3", "\\xff\\xc3", 8},
		{"\x7f", "\\x7f", 4},
	};

	for (size_t i = 0; i < ARRAY_SIZE(as); i++) {
		char *safe = text_safe(as[i].raw);

		assert_string_equal(safe, as[i].safe);
		assert_int_equal(text_width(safe), as[i].width);
		free(safe);
	}
}

static void lines_break_at_words(void **state)
{
	char *out;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	fprintf(f, "key: ");
	text_wrap(f, "one two threefourfivesixseveneightnine ten", 5, 30);
	text_wrap(f, "", 5, 30);
	text_wrap(f, "no limit here, however long the line may grow to be", 5, 0);
	fclose(f);
	assert_string_equal(out, "key: one two\n"
				 "     threefourfivesixseveneigh\n"
				 "     tnine ten\n"
				 "\n"
				 "no limit here, however long the line may grow to be\n");
	free(out);
}

/* The table of the tests below, as wide as the terminal is said to be. */
static char *print(size_t width, const char *name, const char *note)
{
	static const struct column columns[] = {
		{"NAME", COL_SHORTEN, 0}, {"HIDDEN", COL_HIDE_EMPTY, 0}, {"N", COL_RIGHT, 0},
		{"EXTRA", 0, 1},	  {"NOTE", COL_WRAP, 0},
	};
	const struct term term = {.tty = width > 0, .width = width};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));
	char *out;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	table_cell(t, PLAIN, "%s", name);
	table_cell(t, PLAIN, "%s", "");
	table_cell(t, RED, "%d", 12);
	table_cell(t, PLAIN, "%s", "");
	table_cell(t, PLAIN, "%s", note);
	table_print(t, f, &term);
	fclose(f);
	table_free(t);
	return out;
}

static void tables_align(void **state)
{
	char *out = print(0,
			  "h\xc3\xa9"
			  "1",
			  "a note");

	assert_string_equal(out, "NAME   N  EXTRA  NOTE\n"
				 "h\xc3\xa9"
				 "1   12  -      a note\n");
	free(out);
}

static void tables_fit(void **state)
{
	static const char name[] = "a-name-of-thirty-one-characters";
	static const char note[] = "a sentence of some length that goes on and on for a while";

	for (size_t width = 44; width < 160; width++) {
		char *out = print(width, name, note);

		for (const char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
			assert_in_range(text_width(line), 1, width);
		free(out);
	}
	/* through a pipe nothing is lost */
	char *out = print(0, name, note);
	assert_non_null(strstr(out, name));
	assert_non_null(strstr(out, note));
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(text_is_safe),
		cmocka_unit_test(lines_break_at_words),
		cmocka_unit_test(tables_align),
		cmocka_unit_test(tables_fit),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
