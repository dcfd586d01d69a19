/* SPDX-License-Identifier: ISC */
#include "util/mac.h"

#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool mac_parse(const char *s, uint64_t *mac)
{
	size_t len = strlen(s);
	size_t digits_between; /* separators stand after every so many digits */
	char sep;
	uint64_t v = 0;

	if (len == 17 && (s[2] == ':' || s[2] == '-'))
		digits_between = 2;
	else if (len == 14 && s[4] == '.')
		digits_between = 4;
	else
		return false;
	sep = s[digits_between];
	for (size_t i = 0; i < len; i++) {
		if (i % (digits_between + 1) == digits_between) {
			if (s[i] != sep)
				return false;
			continue;
		}
		int d = hex_digit(s[i]);
		if (d < 0)
			return false;
		v = v << 4 | (unsigned)d;
	}
	*mac = v;
	return true;
}

char *mac_format(uint64_t mac, char out[MAC_STR_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	char *p = out;

	for (int shift = 44; shift >= 0; shift -= 8) {
		*p++ = hex[mac >> shift & 15];
		*p++ = hex[mac >> (shift - 4) & 15];
		*p++ = ':';
	}
	p[-1] = '\0';
	return out;
}
