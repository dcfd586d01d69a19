/* SPDX-License-Identifier: ISC */
/*
 * vidset.h - a set of VLANs as bits, and as people write one: "10,20-29".
 *
 * Members are the VIDs that a VLAN may have, 1 to 4094 (IEEE 802.1Q-2018 table 9-2).
 */
#ifndef UTIL_VIDSET_H
#define UTIL_VIDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	VID_NONE = 0, /* in a tag: a priority, and no VLAN */
	VID_FIRST = 1,
	VID_LAST = 4094,
	VID_COUNT = 4096, /* what the twelve bits of a tag can say */
	VIDSET_WORDS = VID_COUNT / 64,
	/* every other VID, four digits and a comma each, is the longest text there is */
	VIDSET_TEXT_SIZE = VID_COUNT / 2 * 5 + 1,
};

struct vidset {
	uint64_t w[VIDSET_WORDS];
};

static inline void vidset_add(struct vidset *s, unsigned vid)
{
	s->w[vid / 64] |= UINT64_C(1) << vid % 64;
}

static inline bool vidset_has(const struct vidset *s, unsigned vid)
{
	return s->w[vid / 64] >> vid % 64 & 1;
}

bool vidset_empty(const struct vidset *s);

/* The first member at or after `from`, or VID_COUNT. */
unsigned vidset_next(const struct vidset *s, unsigned from);

#define vidset_foreach(vid, s) \
	for (unsigned vid = vidset_next((s), 0); vid < VID_COUNT; vid = vidset_next((s), vid + 1))

/*
 * Reads numbers and ranges with commas between, in any order, or "all"; "" is the empty set.  False,
 * and *s is left alone, for anything else.
 */
bool vidset_parse(const char *text, struct vidset *s);

/* Writes the shortest such text, in order, cut where `size` ends; returns out. */
const char *vidset_format(const struct vidset *s, char *out, size_t size);

#endif
