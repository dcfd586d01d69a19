/* SPDX-License-Identifier: ISC */
/*
 * impair.h - a port whose link is bad: frames are lost, kept for a while, altered, as its settings say.
 *
 * core/impair.h says what becomes of a frame and core/hold.h keeps it; this is where the two meet the frames and the
 * clock.  The link is thought of as outside of the switch: what comes in goes through it before the switch sees it
 * (rx_input()), so it is neither counted, learned from nor mirrored before it arrives; what goes out goes through it
 * after the switch has sent it, mirrored it and put its tags on (put() in tx.c).  Protocols of the switch are no
 * exception: BPDUs get lost, too.
 *
 * Complications, and how each is answered:
 *
 * A port with a good link pays one comparison a frame and direction: port->bad[way] is NULL.
 *
 * Super-frames are no frames of a wire.  They are cut before they meet the link, so that each segment fares by
 * itself, and what is owed of checksums is paid before bits are flipped, so that they no longer fit.  Segments that
 * arrive at the same time are joined again (core/gro.h), which whoever cuts them again cannot tell: so a port whose
 * link is far away and good otherwise is not a tenth as fast.
 *
 * Time.  A timer of each bad port (timerfd(2), to the nanosecond) is a source of the poller like any other: frames that
 * are due have their share of a turn, and what is left of them comes in the next.
 *
 * Order.  A frame that is due at once goes on without being copied, unless others are due that came before it.
 *
 * Memory is bounded for each direction by a setting; what finds it full is lost, and counted as such.
 *
 * A link that becomes good again lets out what is under way, at once and in order.  One that changes otherwise leaves
 * it alone.
 */
#ifndef PORT_IMPAIR_H
#define PORT_IMPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"
#include "core/impair_set.h"
#include "util/err.h"

struct port;
struct port_cfg;
struct tx_unit;

/*
 * Sees to it that port_impair_apply() cannot fail for these settings.  On an error nothing has changed.  What is made for
 * settings that do not come to be, the next port_impair_apply() lets go.
 */
int port_impair_make(struct port *p, const struct port_cfg *cfg, struct err *e);

/* From now on the link is as p->cfg says.  The port is attached to its switch. */
void port_impair_apply(struct port *p);

/* The port goes, and with it what is under way. */
void port_impair_free(struct port *p);

/* About once a second: gives back memory that is not needed. */
void port_impair_tick(struct port *p);

/*
 * For rx.c, of a port with bad[IMPAIR_IN]: what becomes of frames that were received.  How many go on at once; they
 * have been moved to the beginning of f.
 */
unsigned impair_receive(struct port *p, struct frame *f, unsigned count);

/* For tx.c, of a port with bad[IMPAIR_OUT]: true where the frame, which owes nothing, does not go on at once. */
bool impair_send(struct port *p, const struct tx_unit *u);

/* What `swctl show impair` shows of a direction. */
struct impair_info {
	const struct impair_stats *stats;
	uint64_t memory_full;	 /* frames and copies for which there was no room */
	size_t held, held_bytes; /* under way, and what memory they take */
	struct impair_queue queue;
	uint64_t late; /* frames that went on more than a millisecond after they were due... */
	uint64_t late_max_us; /* ...and how late the latest was */
	uint32_t seed;
};

/* False: the direction is good. */
bool port_impair_info(const struct port *p, enum impair_way way, struct impair_info *info);

void port_impair_clear(struct port *p);

#endif
