/* SPDX-License-Identifier: ISC */
/*
 * busy.h - looking for the next frame a little longer before going to sleep.
 *
 * Going to sleep and being woken costs the switch, and the frame, several microseconds.  Who answers
 * within that time is better waited for awake; but time spent looking is time that a station on the same
 * processor does not have.  So it is learned whether it pays, as KVM does for idle guests
 * (virt/kvm/kvm_main.c, halt_poll_ns): a sleep that was short makes us look longer the next time, one
 * that was long shorter, and finding that somebody else wants the processor ends it for a while.
 */
#ifndef PORT_BUSY_H
#define PORT_BUSY_H

#include <stdbool.h>
#include <stdint.h>

#include "port/poller.h"

enum {
	BUSY_START_NS = 8000,	   /* the first try, and the shortest */
	BUSY_REST_NS = 100000000,  /* no looking after the processor was found contended */
	BUSY_CONTENDED_NS = 20000, /* one look takes a microsecond: longer, and somebody else ran */
};

struct busy {
	uint32_t max_ns;     /* the setting; 0 = never */
	uint32_t ns;	     /* how long to look now */
	uint64_t rest_until; /* contended until then */
};

/* Takes over the setting; 0, or a machine with one processor, switches it off. */
void busy_set(struct busy *b, uint32_t max_us);

/* As poller_wait(), looking for up to b->ns before it sleeps. */
bool busy_wait(struct busy *b, struct poller *p, int timeout_ms);

/* What is learned from a sleep that ended waited_ns after looking began. */
void busy_slept(struct busy *b, uint64_t waited_ns);

#endif
