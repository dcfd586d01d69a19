/* SPDX-License-Identifier: ISC */
/* Bytes as digits and back. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "util/hex.h"

static void what_was_written_is_read(void **state)
{
	uint8_t bytes[256], again[256];
	char text[513];

	for (int i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	assert_ptr_equal(hex_write(bytes, sizeof(bytes), text), text);
	assert_int_equal(strlen(text), 512);
	assert_memory_equal(text, "000102", 6);
	assert_int_equal(hex_read(text, again, sizeof(again)), 256);
	assert_memory_equal(again, bytes, sizeof(bytes));
	assert_int_equal(hex_read(text, again, 255), -E2BIG);
	assert_string_equal(hex_write(bytes, 0, text), "");
	assert_int_equal(hex_read("", again, 0), 0);
	assert_int_equal(hex_read("aBCd", again, 2), 2);
	assert_true(again[0] == 0xab && again[1] == 0xcd);
}

static void what_is_no_digit_is_refused(void **state)
{
	static const char *const wrong[] = {"0",   "0g",   "g0",    "000", " 00",
					    "00 ", "0x00", "0\x80", "@1",  "/:"};
	uint8_t out[8];

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(hex_read(wrong[i], out, sizeof(out)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(what_is_no_digit_is_refused),
	};

	return cmocka_run_group_tests_name("hex", tests, NULL, NULL);
}
