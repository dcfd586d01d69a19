/* SPDX-License-Identifier: ISC */
#include "util/hex.h"

#include <errno.h>

static const char digits[] = "0123456789abcdef";

char *hex_write(const uint8_t *bytes, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
	return out;
}

static int value_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

long hex_read(const char *text, uint8_t *out, size_t room)
{
	size_t n = 0;

	for (; *text; text += 2, n++) {
		int high = value_of(text[0]), low = value_of(text[1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		if (n == room)
			return -E2BIG;
		out[n] = (uint8_t)(high << 4 | low);
	}
	return (long)n;
}
