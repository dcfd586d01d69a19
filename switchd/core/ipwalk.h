/* SPDX-License-Identifier: ISC */
/*
 * ipwalk.h - from the IP header of a frame to the header of what it carries.
 *
 * For those that guard: a station must not be able to see in a frame what we did not.  So where hosts
 * differ in how they read a header, or where the answer lies in another fragment, that is said, and
 * the caller decides what it lets pass.
 *
 * IPv4 is RFC 791; options are skipped.  IPv6 is RFC 8200; the chain of extension headers is followed
 * through all that hosts follow (RFC 7045 lists them).  ESP, "no next header" and protocols that nobody
 * knows end the chain: no host looks behind them without a key or knowledge that we lack (RFC 7113
 * section 3).  A payload length of 0 in front of hop-by-hop options means "up to the end": it belongs to
 * jumbograms (RFC 2675), but Linux takes it for that whether there is a jumbo option or not.
 */
#ifndef CORE_IPWALK_H
#define CORE_IPWALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

enum {
	IP_PROTO_UDP = 17,
	IP_PROTO_ICMP6 = 58,
};

struct ip_packet {
	const uint8_t *ip; /* the IP header: 20 or 40 bytes are there, and all of its options */
	bool v6;
	bool fragment; /* a piece of a datagram, or with a fragment header all the same (RFC 6946) */
	bool later;    /* not the first piece: its bytes at l4 are no header */
	uint8_t proto; /* what the chain ends with */
	size_t l4;     /* offset of that in the frame... */
	size_t l4_len; /* ...and how much of it there is, padding not counted */
};

enum ip_walk {
	IP_FOUND, /* *p is filled */
	IP_CUT,	  /* the chain goes on behind the end of the frame or the fragment (RFC 7112) */
	IP_BAD,	  /* no IP header, or its lengths are not those of the frame: hosts drop it */
};

/* f has passed frame_parse() and its EtherType is that of IPv4 or IPv6. */
enum ip_walk ip_walk(const struct frame *f, struct ip_packet *p);

/*
 * The offload header has a checksum written into what was looked at: the IP header, the extension headers,
 * or the first `seen` bytes behind them; other than into the checksum of this UDP or ICMPv6 message.  Whoever
 * finishes the frame changes it there, and what was seen is not what arrives.
 */
bool ip_will_change(const struct frame *f, const struct ip_packet *p, size_t seen);

/*
 * Is the checksum of this whole UDP or ICMPv6 message right, which has `len` bytes?  One that the offload
 * header still owes is; so is one that UDP over IPv4 goes without.  The checksum of the IPv4 header counts,
 * too.
 */
bool ip_csum_ok(const struct frame *f, const struct ip_packet *p, size_t len);

struct udp {
	uint16_t sport, dport;
	const uint8_t *data;
	size_t len;
};

/* Reads the UDP header of a whole packet or a first fragment; false: it is not all there, or its length is
 * more than there is or less than a header. */
bool udp_parse(const struct frame *f, const struct ip_packet *p, struct udp *u);

#endif
