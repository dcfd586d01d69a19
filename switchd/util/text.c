/* SPDX-License-Identifier: ISC */
#include "util/text.h"

#include <errno.h>
#include <string.h>

/* Bytes of the UTF-8 character at s (RFC 3629), 0 where there is none. */
static unsigned char_len(const unsigned char *s)
{
	unsigned n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	if (s[0] == 0xc2 && s[1] < 0xa0) /* U+0080 to U+009F: control characters too */
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	for (unsigned i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80) /* the NUL at the end is such a byte */
			return 0;
	/* overlong forms, surrogates, above U+10FFFF */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

const char *text_shown(const char *s, char out[TEXT_SHOWN_SIZE])
{
	size_t len = strlen(s), cut = len;

	if (len > TEXT_SHOWN) {
		cut = TEXT_SHOWN;
		while (cut > TEXT_SHOWN - 4 && ((unsigned char)s[cut] & 0xc0) == 0x80)
			cut--;
	}
	memcpy(out, s, cut);
	memcpy(out + cut, cut < len ? "..." : "", cut < len ? 4 : 1);
	return out;
}

/* Bytes of the character at p that may be shown, 0 where there is none. */
static unsigned shown_len(const unsigned char *p)
{
	return *p < 0x20 || *p == 0x7f ? 0 : char_len(p);
}

void text_clean(char *s)
{
	unsigned char *p = (unsigned char *)s;

	while (*p) {
		unsigned n = shown_len(p);

		if (n == 0) {
			*p = '?';
			n = 1;
		}
		p += n;
	}
}

int text_check(const char *s, struct err *e)
{
	const unsigned char *p = (const unsigned char *)s;

	for (unsigned n; *p; p += n) {
		n = shown_len(p);
		if (n == 0)
			return err_set(e, EINVAL,
				       "found the byte 0x%02x; allowed is text in UTF-8 without "
				       "control characters",
				       *p);
	}
	return 0;
}
