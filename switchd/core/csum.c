/* SPDX-License-Identifier: ISC */
#include "core/csum.h"

#include <string.h>

static uint64_t load64(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

/* The last bytes, fewer than a turn of the loop in csum_add(). */
static uint64_t add_rest(uint64_t sum, const uint8_t *p, size_t len)
{
	for (; len >= 4; len -= 4, p += 4) {
		uint32_t w;

		memcpy(&w, p, sizeof(w));
		sum += w;
	}
	if (len >= 2) {
		uint16_t w;

		memcpy(&w, p, sizeof(w));
		sum += w;
		p += 2;
		len -= 2;
	}
	if (len) {
		uint16_t w = 0;

		memcpy(&w, p, 1);
		sum += w;
	}
	return sum;
}

/*
 * Eight bytes at a time: 2^64 is 1 modulo 0xffff, so a carry counts one (RFC 1071 section 2 (C)).
 * Two chains, because each addition waits for the one before it.
 */
uint64_t csum_add(uint64_t sum, const uint8_t *p, size_t len)
{
	uint64_t a = 0, b = 0, carries = 0;

	for (; len >= 32; len -= 32, p += 32) {
		carries += __builtin_add_overflow(a, load64(p), &a);
		carries += __builtin_add_overflow(b, load64(p + 8), &b);
		carries += __builtin_add_overflow(a, load64(p + 16), &a);
		carries += __builtin_add_overflow(b, load64(p + 24), &b);
	}
	sum += carries + (a >> 32) + (uint32_t)a + (b >> 32) + (uint32_t)b;
	return add_rest(sum, p, len);
}

uint64_t csum_pseudo4(const uint8_t *ip, uint8_t proto, uint32_t l4_len)
{
	return csum_add(0, ip + 12, 8) + csum_u16(proto) + csum_u32(l4_len);
}

uint64_t csum_pseudo6(const uint8_t *ip, uint8_t proto, uint32_t l4_len)
{
	return csum_add(0, ip + 8, 32) + csum_u16(proto) + csum_u32(l4_len);
}
