/* SPDX-License-Identifier: ISC */
/* fuzz_hex.c - any text as the digits of a frame.  Input: how many bytes there is room for, and the text. */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "util/hex.h"

static bool all_digits(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room = size ? data[0] : 0, len = size ? size - 1 : 0;
	char *text = malloc(len + 1), *again = malloc(2 * room + 1);
	uint8_t *out = malloc(room ? room : 1); /* exactly as many: a sanitizer sees the rest */
	long n;

	CHECK(text && again && out);
	if (len)
		memcpy(text, data + 1, len);
	text[len] = '\0';
	len = strlen(text);
	n = hex_read(text, out, room);
	if (n >= 0) {
		CHECK((size_t)n <= room && (size_t)n * 2 == len && all_digits(text, len));
		hex_write(out, (size_t)n, again);
		for (size_t i = 0; i < len; i++)
			CHECK(again[i] == tolower((unsigned char)text[i]));
	} else if (n == -E2BIG) {
		CHECK(len > 2 * room && all_digits(text, 2 * room));
	} else {
		CHECK(n == -EINVAL && (len % 2 || !all_digits(text, len)));
	}
	free(out);
	free(again);
	free(text);
	return 0;
}
