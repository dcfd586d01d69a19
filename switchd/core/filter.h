/* SPDX-License-Identifier: ISC */
/*
 * filter.h - a port's own opinion of frames: what it takes in, and what it lets out.
 *
 * The opinion is a program that somebody else has made out of an expression and runs for us; the core knows
 * nothing of either.  What it does know is which bytes to show to it:
 *
 *	on the way in	the frame as it was received, tags and all
 *	on the way out	the frame as it leaves: where its tags are not those it came with, a copy of the beginning
 *			with the right ones, FILTER_HEAD bytes at most
 *
 * A super-frame, which is cut to size where it leaves, is shown whole and counted once.
 *
 * - What a protocol of the switch hears on the address of the link (a BPDU, say) and what the switch itself sends
 *   is not asked about: an expression that allows IP alone must not open a loop.
 * - Of a monitor port, which shows copies of others' frames, filter_out says which.
 * - A frame that is refused on the way in teaches nothing.
 * - A filter changes nothing when it is asked, so that a trace gets the same answer as the frame; what it
 *   said is counted when the frame is.
 */
#ifndef CORE_FILTER_H
#define CORE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

struct sw;
struct sw_port;
struct tag_edit;
struct verdict;

enum { FILTER_HEAD = 512 };

/* Begins what its maker knows of a program. */
struct filter {
	/*
	 * Does the frame pass?  `caplen` bytes of it are at `frame`; it is `len` long.  Takes a bounded time, and
	 * does not allocate, log or change anything.
	 */
	bool (*match)(const struct filter *f, const uint8_t *frame, size_t caplen, size_t len);
};

/* May f come in?  True where the port has no filter. */
bool filter_takes(const struct sw_port *in, const struct frame *f);

/* A frame as it leaves, made when it is first asked for: once for ports where it has the same tags. */
struct filter_view {
	bool made;
	uint16_t tpid; /* of the tag that it leaves with */
	const uint8_t *data;
	size_t caplen, len;
	uint8_t head[FILTER_HEAD];
};

/*
 * May f, of which v is being decided, leave through `out`?  True where that has no filter.  *view (made false
 * at first) is kept by the caller from port to port.
 */
bool filter_lets_out(const struct sw *sw, const struct sw_port *out, const struct frame *f,
		     const struct verdict *v, struct filter_view *view);

/*
 * The same of a copy for a monitor port (core/mirror.h), which leaves with these edits to its tags (NULL = as it
 * is); counts what it says.
 */
bool filter_lets_copy(struct sw_port *monitor, const struct frame *f, const struct tag_edit *edit);

/* The same without counting, for a trace. */
bool filter_shows_copy(const struct sw_port *monitor, const struct frame *f,
		       const struct tag_edit *edit);

#endif
