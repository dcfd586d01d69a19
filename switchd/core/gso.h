/* SPDX-License-Identifier: ISC */
/*
 * gso.h - what a frame owes, paid: a missing checksum filled in, a super-frame cut into segments.
 *
 * For a port that cannot hand the offload header (core/vnet.h) on.  The frame has been through
 * frame_parse(), so its header is believed.  Only headers are written, into memory of the caller;
 * payload stays where it is.
 *
 * The result is, byte for byte, what Linux makes of the same super-frame in software:
 * tcp_gso_segment() in net/ipv4/tcp_offload.c, __udp_gso_segment() in udp_offload.c,
 * inet_gso_segment() in af_inet.c, ipv6_gso_segment() in net/ipv6/ip6_offload.c, and
 * skb_checksum_help() in net/core/dev.c.  One difference: a super-frame no longer than a segment is
 * sent with its checksum filled in; the kernel does that too, but drops it where TCP options are
 * what is missing to a second segment.
 *
 *	struct gso g;
 *	struct gso_piece piece;
 *	uint8_t head[GSO_HEAD_MAX];
 *
 *	gso_begin(&g, f);
 *	while (gso_next(&g, head, &piece))
 *		send(piece.head, piece.head_len, piece.payload, piece.payload_len);
 *
 * A frame that owes nothing becomes one piece without a head, so that a caller need not ask.
 */
#ifndef CORE_GSO_H
#define CORE_GSO_H

#include "core/frame.h"
#include "core/vnet.h"

/* The longest head: vnet_check() refused what would need more. */
enum { GSO_HEAD_MAX = VNET_HEAD_MAX };

/* One frame for the wire: head, then payload. */
struct gso_piece {
	const uint8_t *head; /* the caller's memory, as given to gso_next() */
	size_t head_len;
	const uint8_t *payload; /* within the frame's bytes; valid as long as these */
	size_t payload_len;	/* 0 where the frame ends with its checksum */
};

/* On the caller's stack.  The first three may be read, the rest is for gso.c. */
struct gso {
	size_t head_len; /* of every piece: what gso_next() writes to `head` */
	size_t size;	 /* payload of every piece but the last, which may have less */
	size_t count;	 /* pieces that gso_next() has not given yet */

	const uint8_t *data;
	const uint8_t *payload;
	const uint8_t *end;
	uint8_t owed; /* enum owed in gso.c */
	bool first;
	bool ipv4;
	uint8_t tcp_flags;
	uint16_t l3;
	uint16_t l4;
	uint16_t csum; /* offset of the checksum field */
	uint16_t ip_id;
	uint32_t seq;
	uint64_t ip_sum; /* of the IPv4 header, without what differs from one segment to the next */
	uint64_t l4_sum; /* of pseudo header and transport header, likewise */
};

/* Does the frame owe a checksum?  One that owes segmentation does: vnet_check() insists. */
bool gso_owed(const struct frame *f);

/* f has passed frame_parse().  Nothing of it is copied: it must stay as it is until the end. */
void gso_begin(struct gso *g, const struct frame *f);

/*
 * The next piece; false: that was all.  `head` has room for g->head_len bytes, which is never more
 * than GSO_HEAD_MAX and the same for all pieces of a frame: whoever collects them may pack them.
 */
bool gso_next(struct gso *g, uint8_t *head, struct gso_piece *piece);

#endif
