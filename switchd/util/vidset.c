/* SPDX-License-Identifier: ISC */
#include "util/vidset.h"

#include <stdio.h>
#include <string.h>

bool vidset_empty(const struct vidset *s)
{
	return vidset_next(s, 0) == VID_COUNT;
}

unsigned vidset_next(const struct vidset *s, unsigned from)
{
	for (unsigned i = from / 64; i < VIDSET_WORDS; i++) {
		uint64_t w = s->w[i];

		if (i == from / 64)
			w &= ~UINT64_C(0) << from % 64;
		if (w)
			return i * 64 + (unsigned)__builtin_ctzll(w);
	}
	return VID_COUNT;
}

/* A VID of at most four digits at *p, which is moved behind it; 0 where there is none. */
static unsigned take_vid(const char **p)
{
	unsigned v = 0, digits = 0;

	for (; **p >= '0' && **p <= '9' && digits < 4; ++*p, digits++)
		v = v * 10 + (unsigned)(**p - '0');
	return v >= VID_FIRST && v <= VID_LAST ? v : 0;
}

bool vidset_parse(const char *text, struct vidset *s)
{
	struct vidset out = {{0}};
	const char *p = strcmp(text, "all") == 0 ? "1-4094" : text;

	while (*p) {
		unsigned first = take_vid(&p), last = first;

		if (*p == '-') {
			p++;
			last = take_vid(&p);
		}
		if (!first || last < first || (*p && *p != ','))
			return false;
		for (unsigned vid = first; vid <= last; vid++)
			vidset_add(&out, vid);
		if (*p == ',' && !*++p)
			return false;
	}
	*s = out;
	return true;
}

/* The last of the members that follow one another from `first` on. */
static unsigned end_of_run(const struct vidset *s, unsigned first)
{
	while (first < VID_LAST && vidset_has(s, first + 1))
		first++;
	return first;
}

const char *vidset_format(const struct vidset *s, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (unsigned vid = vidset_next(s, 0); vid < VID_COUNT && at < size;) {
		unsigned last = end_of_run(s, vid);
		const char *comma = at ? "," : "";
		int n = last == vid ? snprintf(out + at, size - at, "%s%u", comma, vid)
				    : snprintf(out + at, size - at, "%s%u%s%u", comma, vid,
					       last == vid + 1 ? "," : "-", last);

		at += (size_t)n;
		vid = vidset_next(s, last + 1);
	}
	return out;
}
