/* SPDX-License-Identifier: ISC */
/* The small things of util/: the bounded reader, errors, SipHash. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/bytes.h"
#include "util/err.h"
#include "util/siphash.h"
#include "util/text.h"

static void reader_takes_in_order(void **state)
{
	const uint8_t bytes[] = {1, 0x12, 0x34, 9, 8};
	struct rd r = rd_from(bytes, sizeof(bytes));

	assert_int_equal(rd_left(&r), 5);
	assert_int_equal(rd_u8(&r), 1);
	assert_int_equal(rd_be16(&r), 0x1234);
	assert_ptr_equal(rd_take(&r, 2), bytes + 3);
	assert_int_equal(rd_left(&r), 0);
	assert_false(r.bad);
}

static void reader_past_the_end_stays_bad(void **state)
{
	const uint8_t bytes[] = {0xff, 0xff, 0xff};
	struct rd r = rd_from(bytes, sizeof(bytes));

	assert_int_equal(rd_be16(&r), 0xffff);
	assert_int_equal(rd_be16(&r), 0); /* one byte is left: not half a number */
	assert_true(r.bad);
	assert_int_equal(rd_left(&r), 0);
	assert_int_equal(rd_u8(&r), 0); /* the byte that was left is gone too */
	assert_null(rd_take(&r, 1));
	assert_true(r.bad);
}

static void reader_of_nothing(void **state)
{
	const uint8_t byte = 7;
	struct rd r = rd_from(&byte, 0);

	assert_ptr_equal(rd_take(&r, 0), &byte);
	assert_false(r.bad);
	assert_int_equal(rd_u8(&r), 0);
	assert_true(r.bad);
}

static void err_says_and_returns(void **state)
{
	struct err e = {0};
	char text[ERR_TEXT_MAX + ERR_PATH_MAX];

	assert_int_equal(err_set(NULL, ENOENT, "%d", 1), -ENOENT);
	assert_int_equal(err_set(&e, EINVAL, "found %d", 7), -EINVAL);
	assert_int_equal(e.code, EINVAL);
	assert_string_equal(err_str(&e, text, sizeof(text)), "found 7");
	err_at(&e, "mtu");
	err_at(&e, "ports.h1");
	err_prefix(&e, "port %s", "h1");
	assert_string_equal(err_str(&e, text, sizeof(text)), "ports.h1.mtu: port h1: found 7");
	err_set(&e, EPERM, "other"); /* the path stays: the place is known, the words get better */
	assert_string_equal(e.path, "ports.h1.mtu");
	err_at(NULL, "x");
	err_prefix(NULL, "x");
}

static void err_path_of_an_array(void **state)
{
	struct err e = {0};

	err_at(&e, "port");
	err_at(&e, "[3]");
	err_at(&e, "macs");
	assert_string_equal(e.path, "macs[3].port");
}

static void err_too_long_is_cut(void **state)
{
	struct err e = {0};
	char word[ERR_TEXT_MAX + 100];

	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	err_set(&e, EINVAL, "%s", word);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_prefix(&e, "front");
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	assert_memory_equal(e.text, "front: www", 10);
	err_prefix(&e, "%s", word);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_at(&e, "end");
	err_at(&e, word);
	assert_int_equal(strlen(e.path), ERR_PATH_MAX - 1);
}

static void shown_is_cut_between_letters(void **state)
{
	char out[TEXT_SHOWN_SIZE], in[3 * TEXT_SHOWN];

	assert_string_equal(text_shown("", out), "");
	memset(in, 'x', sizeof(in));
	in[TEXT_SHOWN] = '\0';
	assert_string_equal(text_shown(in, out), in); /* just fits */
	in[TEXT_SHOWN] = 'x';
	in[TEXT_SHOWN + 1] = '\0';
	assert_int_equal(strlen(text_shown(in, out)), TEXT_SHOWN + 3);
	assert_string_equal(out + TEXT_SHOWN, "...");
	memcpy(in + TEXT_SHOWN - 1, "\xc3\xa9", 3); /* a letter across the cut goes whole */
	assert_string_equal(text_shown(in, out) + TEXT_SHOWN - 1, "...");
	memset(in, 0x80, TEXT_SHOWN + 20); /* no letters at all: cut all the same */
	in[TEXT_SHOWN + 20] = '\0';
	assert_true(strlen(text_shown(in, out)) > TEXT_SHOWN - 4);
}

static void clean_leaves_only_what_may_be_shown(void **state)
{
	static const struct {
		const char *in, *out;
	} v[] = {
		{"", ""},
		{"plain, caf\xc3\xa9, \xe2\x82\xac, \xf0\x9f\x98\x80",
		 "plain, caf\xc3\xa9, \xe2\x82\xac, \xf0\x9f\x98\x80"},
		{"a\nb\x1b[2Jc\x7f", "a?b?[2Jc?"},
		{"\x80", "?"},
		{"\xc3", "?"},
		{"\xe2\x82", "??"},
		{"\xe2\x82x", "??x"},
		{"\xc0\xaf", "??"},	      /* overlong */
		{"\xe0\x80\xaf", "???"},      /* overlong */
		{"\xed\xa0\x80", "???"},      /* a surrogate */
		{"\xf4\x90\x80\x80", "????"}, /* above U+10FFFF */
		{"\xff\xfe", "??"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s", v[i].in);
		text_clean(text);
		assert_string_equal(text, v[i].out);
	}
}

static void texts_that_are_checked(void **state)
{
	static const char *const good[] = {"", "abc", "caf\xc3\xa9", "\xf0\x9f\x90\x9f"};
	static const struct {
		const char *text, *found;
	} bad[] = {
		{"a\nb", "0x0a"},     {"\x1b[2J", "0x1b"},	{"abc\x7f", "0x7f"},
		{"\xff", "0xff"},     {"ab\xc3", "0xc3"},	{"\xc2\x9b", "0xc2"},
		{"\xc0\xaf", "0xc0"}, {"\xed\xa0\x80", "0xed"},
	};
	struct err e = {0};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(text_check(good[i], &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(text_check(bad[i].text, &e), -EINVAL);
		assert_non_null(strstr(e.text, bad[i].found));
	}
	assert_int_equal(text_check("\n", NULL), -EINVAL);
}

/* An error is shown on terminals and sent as JSON, whatever it quotes. */
static void err_text_is_clean(void **state)
{
	struct err e = {0};

	err_set(&e, EINVAL, "found \"%s\"", "a\x1b[31m\xff");
	assert_string_equal(e.text, "found \"a?[31m?\"");
	err_at(&e, "switches.\r\n");
	assert_string_equal(e.path, "switches.??");
	err_prefix(&e, "port %s", "\x07");
	assert_string_equal(e.text, "port ?: found \"a?[31m?\"");
}

/*
 * Values from a Python implementation written from the paper, which also gives the paper's own
 * SipHash-2-4 value.  The first is in the test vectors of other SipHash-1-3 implementations, too.
 */
static void siphash_matches_reference(void **state)
{
	const struct siphash_key key = {
		{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};
	const struct siphash_key zero = {{0, 0}};
	static const struct {
		uint64_t word, hash;
	} v[] = {
		{UINT64_C(0x0706050403020100), UINT64_C(0x369095118d299a8e)},
		{0, UINT64_C(0x5cb96f6ba2a4fcfc)},
		{UINT64_MAX, UINT64_C(0x823f307311453347)},
		{UINT64_C(0x000a020000000001), UINT64_C(0xe0cdd5e2b2deea47)},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		assert_int_equal(siphash13_u64(v[i].word, &key), v[i].hash);
	assert_int_equal(siphash13_u64(0, &zero), UINT64_C(0xbd60acb658c79e45));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reader_takes_in_order),
		cmocka_unit_test(reader_past_the_end_stays_bad),
		cmocka_unit_test(reader_of_nothing),
		cmocka_unit_test(err_says_and_returns),
		cmocka_unit_test(err_path_of_an_array),
		cmocka_unit_test(err_too_long_is_cut),
		cmocka_unit_test(shown_is_cut_between_letters),
		cmocka_unit_test(clean_leaves_only_what_may_be_shown),
		cmocka_unit_test(texts_that_are_checked),
		cmocka_unit_test(err_text_is_clean),
		cmocka_unit_test(siphash_matches_reference),
	};

	return cmocka_run_group_tests_name("util", tests, NULL, NULL);
}
