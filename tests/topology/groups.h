/* SPDX-License-Identifier: ISC */
/*
 * groups.h - what hosts of a topology say about multicast groups of IPv4 (RFC 2236), and what they send there.
 */
#ifndef TOPOLOGY_GROUPS_H
#define TOPOLOGY_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum group_frame {
	GROUP_REPORT,
	GROUP_LEAVE,
	GROUP_DATA,
};

enum { GROUP_FRAME = 60 }; /* bytes that each of them has */

/* Writes one of them, from the host with that address. */
void group_frame(uint8_t out[GROUP_FRAME], enum group_frame what, uint64_t mac, uint32_t group);

/* Is the frame about groups?  *query: it asks which ones its receiver wants. */
bool group_talk(const uint8_t *bytes, size_t len, bool *query);

#endif
