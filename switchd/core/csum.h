/* SPDX-License-Identifier: ISC */
/*
 * csum.h - the internet checksum (RFC 1071; incremental update: RFC 1624).
 *
 * A *sum* is a uint64_t: 16-bit words added up without folding.  What counts is its value modulo
 * 0xffff, so sums of parts are joined with a plain `+`, and csum_fold() ends the work.  The words
 * are added as they lie in memory (RFC 1071 section 2 (B) allows it), so a number of our own enters
 * through csum_u16() or csum_u32(), never as it is.
 *
 * Room: a call of csum_add() adds less than 2^36, so some 2^28 parts fit.
 */
#ifndef CORE_CSUM_H
#define CORE_CSUM_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Adds len bytes at p (of any alignment) to a sum and returns the new one.  An odd last byte counts
 * as the first half of a word whose other half is zero (RFC 1071 section 1): of a message that is
 * summed in parts, only the last part may have an odd length.
 */
uint64_t csum_add(uint64_t sum, const uint8_t *p, size_t len);

/* What a number counts for that stands in the message in network byte order. */
static inline uint64_t csum_u16(uint16_t v)
{
	return htobe16(v);
}

static inline uint64_t csum_u32(uint32_t v)
{
	return htobe32(v);
}

/*
 * What takes away the words of a number that is counted in the sum: add it (RFC 1624 equation 3;
 * the one's complement of a number is its negative).
 */
static inline uint64_t csum_minus_u16(uint16_t v)
{
	return (uint16_t)~htobe16(v);
}

static inline uint64_t csum_minus_u32(uint32_t v)
{
	return (uint32_t)~htobe32(v);
}

/*
 * The sum in 16 bits, NOT complemented, as a number in host order: what a field that holds a
 * partial checksum (VIRTIO_NET_HDR_F_NEEDS_CSUM) has to be.  0 comes of a sum of 0 only; a message
 * whose checksum field is counted and right folds to 0xffff.
 */
static inline uint16_t csum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return be16toh((uint16_t)sum);
}

/* Writes a 16-bit number in network byte order. */
static inline void csum_put(uint8_t *field, uint16_t v)
{
	field[0] = (uint8_t)(v >> 8);
	field[1] = (uint8_t)v;
}

/* The finished checksum of a sum: folded and complemented. */
static inline uint16_t csum_finish(uint64_t sum)
{
	return (uint16_t)~csum_fold(sum);
}

/* The same for UDP, where 0 says that there is no checksum and 0xffff takes its place (RFC 768). */
static inline uint16_t csum_finish_udp(uint64_t sum)
{
	uint16_t v = csum_finish(sum);

	return v ? v : 0xffff;
}

/*
 * The sum of the pseudo header of a TCP or UDP message of l4_len bytes (its header counts) behind
 * the IP header at `ip`: RFC 9293 section 3.1 for IPv4, of which 20 bytes are there; RFC 8200
 * section 8.1 for IPv6, of which 40 bytes are there.  The destination of IPv6 is the one in the
 * header, which under a routing header that is not used up is not the last one.
 */
uint64_t csum_pseudo4(const uint8_t *ip, uint8_t proto, uint32_t l4_len);
uint64_t csum_pseudo6(const uint8_t *ip, uint8_t proto, uint32_t l4_len);

#endif
