/* SPDX-License-Identifier: ISC */
/* What people are told whose JSON is none. */
#include "unit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "jsonwhy.h"

static const char *why(const char *text)
{
	json_error_t e;
	json_t *v = json_loadb(text, strlen(text), JSON_REJECT_DUPLICATES, &e);

	if (v)
		fail_msg("%s is JSON", text);
	return json_why(text, strlen(text), e.text, (size_t)e.position);
}

#define says(text, what)                                                                \
	do {                                                                            \
		if (!strstr(why(text), what))                                           \
			fail_msg("%s: \"%s\" is not in \"%s\"", text, what, why(text)); \
	} while (0)

static void the_usual_slips_are_told(void **state)
{
	(void)state;
	says("[1 2]", "comma is missing before");
	says("{\"a\": {} \n \"b\": {}}", "comma is missing before");
	says("{\"a\": {} \n \"a text that is longer than an error\": {}}",
	     "comma is missing before");
	says("[{\"a\": 1}\n {\"b\": 1}]", "comma is missing before");
	says("[1, 2,]", "no comma behind the last");
	says("{\"a\": 1,\n}", "no comma behind the last");
	says("{\"a\" 1}", "colon");
	says("{\"a\", \"b\"}", "colon");
	says("{a: 1}", "keys stand in double quotes");
	says("{10: 1}", "keys stand in double quotes");
	says("{'a': 1}", "plain double quotes");
	says("{\"a\": 'b'}", "plain double quotes");
	says("{\xe2\x80\x9c"
	     "a\xe2\x80\x9d: 1}",
	     "plain double quotes");
	says("// a lab\n{}", "no comments");
	says("{\"a\": 1, # one\n\"b\": 2}", "no comments");
	says("{\"a\": True}", "true, false and null");
	says("{\"a\": yes}", "true, false and null");
	says("\xef\xbb\xbf{}", "byte order mark");
	says("", "it is empty");
	says(" \n\t\n", "it is empty");
	says("{\"a\": [1, 2}", "bracket before it");
	says("{\"a\": {\"b\": 1}", "not closed");
	says("{\"a\": \"b", "not closed");
	says("{\"a\": \"b\n\"}", "not closed by a quote");
	says("{}}", "closed too early, or twice");
}

static void what_is_not_known_is_not_guessed(void **state)
{
	(void)state;
	assert_string_equal(why("{\"a\": 1, \"a\": 2}"), "");
	assert_string_equal(why("[01]"), "");
	assert_string_equal(why("[\"\\x\"]"), "");
	assert_string_equal(json_why("[]", 2, "']' expected near 'x'", 900), "");
	assert_string_equal(json_why("[", 1, "nonsense near 'a far longer word than that'", 1), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_usual_slips_are_told),
		cmocka_unit_test(what_is_not_known_is_not_guessed),
	};

	return cmocka_run_group_tests_name("texts that are no JSON", tests, NULL, NULL);
}
