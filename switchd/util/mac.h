/* SPDX-License-Identifier: ISC */
/*
 * mac.h - 48-bit MAC addresses, held in the low bits of a uint64_t in the order they are written:
 * 02:00:00:00:00:01 is 0x020000000001.  One integer compares, hashes and copies for free.
 */
#ifndef UTIL_MAC_H
#define UTIL_MAC_H

#include <stdbool.h>
#include <stdint.h>

#define MAC_STR_SIZE  18 /* "xx:xx:xx:xx:xx:xx" and the NUL */
#define MAC_BROADCAST UINT64_C(0xffffffffffff)
#define MAC_NONE      UINT64_C(0)

/* The address at p[0..5] of a frame. */
static inline uint64_t mac_load(const uint8_t *p)
{
	return (uint64_t)p[0] << 40 | (uint64_t)p[1] << 32 | (uint64_t)p[2] << 24 |
	       (uint64_t)p[3] << 16 | (uint64_t)p[4] << 8 | p[5];
}

static inline void mac_store(uint8_t *p, uint64_t mac)
{
	for (int i = 5; i >= 0; i--, mac >>= 8)
		p[i] = (uint8_t)mac;
}

/* The I/G bit, the first on the wire (IEEE 802-2014 clause 8.2): multicast or broadcast. */
static inline bool mac_is_group(uint64_t mac)
{
	return mac >> 40 & 1;
}

/* An address a station may have: neither a group nor all zeroes. */
static inline bool mac_is_station(uint64_t mac)
{
	return mac != MAC_NONE && !mac_is_group(mac);
}

/*
 * Reads six two-digit hex octets with ':' or '-' between them (one kind throughout), or the dotted
 * 0200.0000.0001 of router consoles.  The whole string must be the address.  Returns false, and
 * leaves *mac alone, for anything else.
 */
bool mac_parse(const char *s, uint64_t *mac);

/* Writes lower-case colon form, 17 characters and a NUL; returns out. */
char *mac_format(uint64_t mac, char out[MAC_STR_SIZE]);

#endif
