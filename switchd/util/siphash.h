/* SPDX-License-Identifier: ISC */
/*
 * siphash.h - SipHash-1-3 of 64-bit words, and SipHash-2-4 of bytes (Aumasson, Bernstein: "SipHash: a
 * fast short-input PRF", 2012).
 *
 * The first is for hash tables.  The key is secret, so a guest that picks its MAC addresses cannot aim them all
 * at one bucket.  One compression and three finalisation rounds are what the kernel uses for its
 * hash tables too (lib/siphash.c, HSIPHASH).  Ours rather than a library's because the table's hit
 * path wants it inlined and because no library in Debian offers this variant.
 *
 * The second is for frames of ours that others must not be able to make: its authors offer it as a message
 * authentication code, which they do not with fewer rounds.
 */
#ifndef UTIL_SIPHASH_H
#define UTIL_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k[2];
};

static inline uint64_t siphash_rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static inline void siphash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = siphash_rotl(v[1], 13) ^ v[0];
	v[3] = siphash_rotl(v[3], 16) ^ v[2];
	v[0] = siphash_rotl(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = siphash_rotl(v[1], 17) ^ v[2];
	v[3] = siphash_rotl(v[3], 21) ^ v[0];
	v[2] = siphash_rotl(v[2], 32);
}

static inline void siphash_start(uint64_t v[4], const struct siphash_key *key)
{
	v[0] = UINT64_C(0x736f6d6570736575) ^ key->k[0];
	v[1] = UINT64_C(0x646f72616e646f6d) ^ key->k[1];
	v[2] = UINT64_C(0x6c7967656e657261) ^ key->k[0];
	v[3] = UINT64_C(0x7465646279746573) ^ key->k[1];
}

/* The hash of n words, taken as a message of 8 n little-endian bytes. */
static inline uint64_t siphash13_words(const uint64_t *word, unsigned n,
				       const struct siphash_key *key)
{
	const uint64_t tail = (uint64_t)(8 * n) << 56; /* the length byte of the last block */
	uint64_t v[4];

	siphash_start(v, key);
	for (unsigned i = 0; i < n; i++) {
		v[3] ^= word[i];
		siphash_round(v);
		v[0] ^= word[i];
	}
	v[3] ^= tail;
	siphash_round(v);
	v[0] ^= tail;
	v[2] ^= 0xff;
	siphash_round(v);
	siphash_round(v);
	siphash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The hash of the eight bytes of `word`. */
static inline uint64_t siphash13_u64(uint64_t word, const struct siphash_key *key)
{
	return siphash13_words(&word, 1, key);
}

/* The first n bytes at p, 8 at most, as a little-endian number. */
static inline uint64_t siphash_word(const uint8_t *p, size_t n)
{
	uint64_t w = 0;

	for (size_t i = 0; i < n; i++)
		w |= (uint64_t)p[i] << 8 * i;
	return w;
}

/* The tag of len bytes at p. */
static inline uint64_t siphash24(const uint8_t *p, size_t len, const struct siphash_key *key)
{
	uint64_t v[4];

	siphash_start(v, key);
	for (size_t i = 0; i <= len; i += 8) {
		size_t n = len - i < 8 ? len - i : 8;
		uint64_t w = siphash_word(p + i, n);

		if (n < 8)
			w |= (uint64_t)(len & 0xff) << 56; /* the last block ends with the length */
		v[3] ^= w;
		siphash_round(v);
		siphash_round(v);
		v[0] ^= w;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		siphash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
