/* SPDX-License-Identifier: ISC */
/*
 * portset.h - a set of switch ports as bits, so that "who gets this frame" is one expression.
 *
 * A set has room for PORTSET_MAX ports, but a switch of a few ports need not pay for the rest: the
 * combining functions take the number of 64-bit words in use.  Bits above those words are never
 * looked at by them.
 */
#ifndef UTIL_PORTSET_H
#define UTIL_PORTSET_H

#include <stdbool.h>
#include <stdint.h>

#define PORTSET_MAX   1024u
#define PORTSET_WORDS (PORTSET_MAX / 64u)

struct portset {
	uint64_t w[PORTSET_WORDS];
};

static inline void portset_add(struct portset *s, unsigned i)
{
	s->w[i / 64] |= UINT64_C(1) << i % 64;
}

static inline void portset_del(struct portset *s, unsigned i)
{
	s->w[i / 64] &= ~(UINT64_C(1) << i % 64);
}

static inline bool portset_has(const struct portset *s, unsigned i)
{
	return s->w[i / 64] >> i % 64 & 1;
}

static inline void portset_clear(struct portset *s, unsigned words)
{
	for (unsigned i = 0; i < words; i++)
		s->w[i] = 0;
}

static inline void portset_copy(struct portset *s, const struct portset *from, unsigned words)
{
	for (unsigned i = 0; i < words; i++)
		s->w[i] = from->w[i];
}

static inline void portset_and(struct portset *s, const struct portset *with, unsigned words)
{
	for (unsigned i = 0; i < words; i++)
		s->w[i] &= with->w[i];
}

static inline void portset_or(struct portset *s, const struct portset *with, unsigned words)
{
	for (unsigned i = 0; i < words; i++)
		s->w[i] |= with->w[i];
}

static inline void portset_minus(struct portset *s, const struct portset *without, unsigned words)
{
	for (unsigned i = 0; i < words; i++)
		s->w[i] &= ~without->w[i];
}

static inline bool portset_empty(const struct portset *s, unsigned words)
{
	uint64_t any = 0;

	for (unsigned i = 0; i < words; i++)
		any |= s->w[i];
	return any == 0;
}

static inline unsigned portset_count(const struct portset *s, unsigned words)
{
	unsigned n = 0;

	for (unsigned i = 0; i < words; i++)
		n += (unsigned)__builtin_popcountll(s->w[i]);
	return n;
}

/* The first member at or after `from`, or PORTSET_MAX. */
static inline unsigned portset_next(const struct portset *s, unsigned from, unsigned words)
{
	for (unsigned i = from / 64; i < words; i++) {
		uint64_t w = s->w[i];

		if (i == from / 64)
			w &= ~UINT64_C(0) << from % 64;
		if (w)
			return i * 64 + (unsigned)__builtin_ctzll(w);
	}
	return PORTSET_MAX;
}

#define portset_foreach(i, set, words)                                      \
	for (unsigned i = portset_next((set), 0, (words)); i < PORTSET_MAX; \
	     i = portset_next((set), i + 1, (words)))

#endif
