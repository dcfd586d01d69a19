/* SPDX-License-Identifier: ISC */
/*
 * vxlan.h - Ethernet frames inside of datagrams (RFC 7348): the header in front of them, and what of the
 * frame shows on the outside.
 *
 * The header (clause 5) is eight bytes: flags, of which I (0x08) says that there is a VNI; 24 bits and
 * another 8 that are reserved, 0 where we send and not looked at where we receive; and between them the
 * 24 bits of the VXLAN network identifier.  Its octets are in network order.
 *
 * What shows outside: two bits in which networks tell of congestion (RFC 6040, in its normal mode), and
 * where somebody asked for it DSCP, hop limit and DF of the frame's IP header.  The flow it is of becomes
 * the source port, so that routers with several ways spread flows over them and keep each on one.
 */
#ifndef CORE_VXLAN_H
#define CORE_VXLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	VXLAN_HDR_SIZE = 8,
	VXLAN_PORT = 4789,
	VNI_MAX = 0xffffff,
};

/* The two lowest bits of IPv4's TOS and IPv6's traffic class (RFC 3168 clause 5). */
enum ecn { ECN_NOT_ECT, ECN_ECT_1, ECN_ECT_0, ECN_CE, ECN_MASK = 3 };

/* Writes the header. */
void vxlan_make(uint8_t out[VXLAN_HDR_SIZE], uint32_t vni);

/*
 * Reads the header of a datagram of len bytes; the frame is behind it.  False: it is shorter than
 * a header or has no VNI.
 */
bool vxlan_parse(const uint8_t *data, size_t len, uint32_t *vni);

/* What is to be known of a frame that is about to be wrapped. */
struct vxlan_inner {
	uint64_t dst; /* where it goes */
	uint16_t vid; /* of its outermost C-tag, as frame_parse() sees it; 0 = none */
	bool is_ip;   /* the next three are an IP header's; 0 where there is none */
	uint8_t tos;  /* or traffic class */
	uint8_t ttl;  /* or hop limit */
	bool df;      /* may not be fragmented: IPv6, or IPv4 that says so */
	uint32_t flow;
};

/*
 * Reads the first len bytes of a frame, which has passed frame_parse(); its headers should be among
 * them, what is missing counts as not there.  The flow is a number that all frames of one
 * conversation in one direction have in common: of addresses and ports of TCP, UDP and SCTP; of IP addresses
 * alone where it is another protocol or a fragment; of the Ethernet header where there is no IP.
 */
void vxlan_look(const uint8_t *data, size_t len, struct vxlan_inner *in);

/*
 * A frame arrives whose datagram had the ECN bits `outer`: has it say what it has met (RFC 6040 clause
 * 4.2, figure 4), which may change its bytes.  False: it met congestion, and its sender would not
 * understand the mark, so it is to be dropped.  Frames without IP pass.
 */
bool vxlan_ecn_unwrap(uint8_t *data, size_t len, uint8_t outer);

#endif
