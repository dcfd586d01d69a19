/* SPDX-License-Identifier: ISC */
/*
 * ip.h - IPv4 and IPv6 addresses as two numbers, so that they compare, hash and copy for nothing.
 *
 * An IPv4 address is held as ::ffff:a.b.c.d (RFC 4291 clause 2.5.5.2): one type for both families, and
 * "which is lower" is asked in the same way of both.
 */
#ifndef UTIL_IP_H
#define UTIL_IP_H

#include <stdbool.h>
#include <stdint.h>

struct ip_addr {
	uint64_t hi, lo; /* the first eight bytes and the last, the first byte highest */
};

#define IP4_MAPPED (UINT64_C(0xffff) << 32)

static inline struct ip_addr ip4(uint32_t addr)
{
	return (struct ip_addr){0, IP4_MAPPED | addr};
}

/* The four, or sixteen, bytes at p of a packet. */
static inline struct ip_addr ip4_load(const uint8_t *p)
{
	return ip4((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
}

static inline struct ip_addr ip6_load(const uint8_t *p)
{
	struct ip_addr a = {0, 0};

	for (int i = 0; i < 8; i++) {
		a.hi = a.hi << 8 | p[i];
		a.lo = a.lo << 8 | p[8 + i];
	}
	return a;
}

static inline void ip4_store(uint8_t *p, struct ip_addr a)
{
	for (int i = 3; i >= 0; i--, a.lo >>= 8)
		p[i] = (uint8_t)a.lo;
}

static inline void ip6_store(uint8_t *p, struct ip_addr a)
{
	for (int i = 7; i >= 0; i--, a.hi >>= 8, a.lo >>= 8) {
		p[i] = (uint8_t)a.hi;
		p[8 + i] = (uint8_t)a.lo;
	}
}

static inline bool ip_is_v4(struct ip_addr a)
{
	return a.hi == 0 && a.lo >> 32 == 0xffff;
}

static inline bool ip_equal(struct ip_addr a, struct ip_addr b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

static inline bool ip_below(struct ip_addr a, struct ip_addr b)
{
	return a.hi != b.hi ? a.hi < b.hi : a.lo < b.lo;
}

/* 0.0.0.0 or :: */
static inline bool ip_is_unspecified(struct ip_addr a)
{
	return a.hi == 0 && (a.lo == 0 || a.lo == IP4_MAPPED);
}

/* 224.0.0.0/4 or ff00::/8 */
static inline bool ip4_is_group(struct ip_addr a)
{
	return ip_is_v4(a) && (a.lo >> 28 & 15) == 14;
}

static inline bool ip6_is_group(struct ip_addr a)
{
	return a.hi >> 56 == 0xff;
}

static inline bool ip_is_group(struct ip_addr a)
{
	return ip4_is_group(a) || ip6_is_group(a);
}

/* fe80::/10 */
static inline bool ip_is_link_local6(struct ip_addr a)
{
	return a.hi >> 54 == 0xfe80 >> 6;
}

#endif
