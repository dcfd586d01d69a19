/* SPDX-License-Identifier: ISC */
/*
 * impair_impl.h - what impair.c, where frames meet a bad link, and impair_link.c, which makes and changes it, share;
 * nobody else includes it.
 */
#ifndef PORT_IMPAIR_IMPL_H
#define PORT_IMPAIR_IMPL_H

#include "core/gro.h"
#include "core/hold.h"
#include "port/impair.h"
#include "port/poller.h"

/* When nothing is due. */
#define IMPAIR_NEVER UINT64_MAX

/* In front of each frame that is held: what of a tx_unit is to be known when it is sent. */
struct note {
	uint16_t vid;
	bool own;
};

/* One direction of it. */
struct bad_way {
	struct bad_link *link;
	enum impair_way way;
	struct impair *plan; /* NULL: it is good, but for what is let out yet */
	struct hold *hold;
	struct gro *join; /* segments that arrive at once */
	struct note note; /* of the frames in it */
	bool letting_out; /* whatever is held, until it is empty */
	uint64_t memory_full;
	uint64_t late, late_max_ns;
};

struct bad_link {
	struct port *port;
	struct source timer;
	uint64_t set_ns;   /* what the timer is set to */
	uint32_t any_seed; /* where no seed is set */
	struct bad_way way[IMPAIR_WAYS];
};

/* Nanoseconds of the clock that links go by. */
uint64_t impair_now_ns(void);

/* Has the link served again when something is due. */
void impair_set_timer(struct bad_link *l, uint64_t now);

/* For bad_way.join, whose argument is the bad_way: where frames go to that arrive. */
void impair_arrived(void *arg, struct frame *f);

/* Lets go on what is due by now, as much as may in a turn; what is not remains. */
void impair_release(struct bad_way *w, uint64_t now);

#endif
