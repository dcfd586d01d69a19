/* SPDX-License-Identifier: ISC */
/*
 * capture.h - frames shown to who asked over the control socket: what comes in with what was decided of it, what leaves as it
 * leaves, what is dropped with the reason.
 *
 * Frames go through memory that is shared with the client (core/capture_ring.h): a record costs a copy, no system call, and
 * never a wait.  The memory is made in a thread and touched there, so that no frame has to wait for the kernel to give a page;
 * it is sealed, so that the client can neither shrink it under us nor write to what we write.  Making files of it is the
 * client's affair, as are names of formats and words.
 *
 * Where frames are looked at:
 *
 *	in	port/rx.c, between deciding and committing, so that what the switch says in answer comes behind what it answers to
 *	out	tx_count() in port/tx.c, the only place that knows what became of a frame at a port, with which tags and in how
 *		many segments it left
 *	dropped	both, and the ports that would not take a frame which others got
 *
 * Which captures look at a port stands in the port (struct port_taps), as bits, and whether any does is one byte that is looked at for each
 * frame: that is what captures cost where there are none.
 */
#ifndef PORT_CAPTURE_H
#define PORT_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/drop.h"
#include "port/options.h"
#include "util/err.h"
#include "util/vidset.h"
#include "util/words.h"

enum {
	CAPTURES_MAX = 8,		/* at a time: a bit for each in struct port_taps */
	CAPTURE_MEMORY_MAX = 128 << 20, /* bytes of all rings */
	CAPTURE_PORTS_SIZE = 1024,
};

enum capture_what {
	CAPTURE_WANTS_IN = 1 << 0,
	CAPTURE_WANTS_OUT = 1 << 1,
	CAPTURE_WANTS_DROPPED = 1 << 2,
};

struct capture_cfg {
	char sw[NAME_SIZE];		/* "" = all switches */
	char ports[CAPTURE_PORTS_SIZE]; /* names with commas between; "" = all, and those to come */
	char filter[FILTER_SIZE];	/* "" = all; the program has been made: port/filter.h */
	unsigned wants;			/* enum capture_what */
	bool by_vlan;
	struct vidset vlans; /* with by_vlan */
	uint32_t snaplen;    /* bytes of each frame; 0 = all */
	uint64_t size;	     /* of the ring: a power of two */
	pid_t pid;	     /* whose it is, for who asks */
	uid_t uid;
};

struct capture;
struct datapath;
struct frame;
struct port;
struct tx_unit;
struct verdict;

/* In a port: which captures look at it.  Zero is a port that nobody looks at. */
struct port_taps {
	bool rx, tx;		  /* somebody wants to know of what it receives; of what it sends */
	uint8_t in, out, dropped; /* who: a bit for each capture */
	uint8_t named;		  /* who has been told what the port is called */
	uint32_t number;	  /* of the port, never used twice */
	uint64_t seen[CAPTURES_MAX], lost[CAPTURES_MAX];
};

/* In a datapath; zero is a valid beginning. */
struct captures {
	struct capture *slot[CAPTURES_MAX];
	unsigned count;
	uint64_t memory;  /* of all rings */
	uint32_t ports;	  /* numbers given to ports so far */
	uint32_t started; /* captures so far */
	bool fresh;	  /* time_ns is of this turn */
	uint64_t time_ns; /* since 1970 */
};

/* What there is to tell of one. */
struct capture_info {
	const struct capture_cfg *cfg;
	uint32_t id;
	uint64_t since_ms; /* datapath_now() when it began */
	uint64_t frames, lost;
};

/*
 * Begins a capture; the memory is made aside.  NULL with *e: there are as many as may be (-ENOSPC), or no memory.  It has to be
 * ended before the datapath is closed.
 */
struct capture *capture_start(struct datapath *dp, const struct capture_cfg *cfg, struct err *e);
void capture_end(struct capture *c);

/* The descriptors that the client is to get: of the ring, the place, and a socket from which it is woken.  They stay the capture's. */
enum { CAPTURE_FDS = 3 };
void capture_fds(const struct capture *c, int fd[CAPTURE_FDS]);

struct capture_info capture_info(const struct capture *c);

/* How many frames of the port there were for it, and how many of them it has lost.  False: it does not look at that port. */
bool capture_of_port(const struct capture *c, const struct port *p, uint64_t *seen, uint64_t *lost);

/* A port has come, or its parent has become known: who looks at it? */
void captures_meet(struct port *p);

/* What was written so far is shown; to be called before the loop waits. */
void captures_tell(struct captures *cs);

/* The time is to be asked for again: that of the next frame is later. */
static inline void captures_wake(struct captures *cs)
{
	cs->fresh = false;
}

/* For rx.c, where p->taps.rx: a frame of which v has been decided.  `first` of a batch. */
struct capture_mark {
	uint64_t at[CAPTURES_MAX];
	uint8_t written; /* bits: in which it is, at that place */
};
void capture_received(struct port *p, const struct frame *f, const struct verdict *v, bool first,
		      struct capture_mark *mark);

/* And then: committing found that it is dropped for that reason, which nobody knew when capture_received() was called. */
void capture_refused(struct port *p, const struct frame *f, const struct verdict *v,
		     const struct capture_mark *mark);

/* For tx.c, where p->taps.tx: it left, or why not. */
void capture_sent(struct port *p, const struct tx_unit *u, enum drop d);

#endif
