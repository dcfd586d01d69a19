/* SPDX-License-Identifier: ISC */
/*
 * gro.h - receive coalescing: segments of one flow that arrive in one burst become a super-frame.
 *
 * For ports that receive plain frames, many at a time.  A super-frame crosses the switch as one
 * frame and is written to a tap with one call; its offload header says how it was cut, so whoever
 * has to cut it again gets the frames that came in:
 *
 *	segment(coalesce(x)) = x, byte for byte, and in order within each flow
 *
 * (the segmentation is Linux's: tcp_gso_segment(), __udp_gso_segment() and inet_gso_segment(), or
 * core/gso.h).  Whatever that would not give back is not merged: every header byte that segments
 * repeat has to be equal, the IPv4 identification and the TCP sequence number have to count up, and
 * all checksums have to be right and in the form that a sender writes.
 *
 * A flow is the Ethernet header with its tags, the addresses, TCP or UDP, and the ports.  Frames
 * of different flows may overtake each other.  A fragment or a chain of IPv6 extension headers,
 * whose ports are not looked for, overtakes nothing; frames of other protocols, which cannot be
 * of any flow, pass at once.
 */
#ifndef CORE_GRO_H
#define CORE_GRO_H

#include <stddef.h>
#include <stdint.h>

struct frame;
struct gro;

enum {
	/* Held at a time; one more sends the oldest on. */
	GRO_FLOWS = 8,
	/* In a super-frame: UDP_MAX_SEGMENTS of Linux until it was doubled. */
	GRO_SEGMENTS_MAX = 64,
};

/*
 * Where frames go to.  f->data, f->len and f->vnet are set and the rest is zero, for frame_parse()
 * to fill.  f->vnet is NULL for a frame that passes as it came, in the memory it came in; of a
 * super-frame it is the offload header, right in front of the data.  Both are valid until the sink
 * returns.  It must not call into the same struct gro.
 */
typedef void gro_sink(void *arg, struct frame *f);

/*
 * One for each port that coalesces; flows of different ports must not mix.  All memory is taken
 * here: half a megabyte, of which the system gives what is touched.  NULL when there is none.
 * The caller owns it and ends it with gro_free(), which takes NULL too; what is still held then
 * is gone.
 */
struct gro *gro_new(gro_sink *sink, void *arg);
void gro_free(struct gro *g);

/*
 * A plain frame of this burst, any bytes at all.  It goes to the sink at once, with what must not
 * come after it, or is held.  `data` has to stay as it is until gro_flush(): a frame nothing
 * follows is never copied.
 */
void gro_receive(struct gro *g, const uint8_t *data, size_t len);

/* The burst is over: all that is held goes to the sink, oldest first. */
void gro_flush(struct gro *g);

#endif
