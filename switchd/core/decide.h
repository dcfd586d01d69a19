/* SPDX-License-Identifier: ISC */
/*
 * decide.h - what happens to a frame, and why (IEEE 802.1Q-2018 clause 8.6).
 *
 * Deciding and acting are two things.  switch_decide() looks and changes nothing: the daemon calls
 * it for a frame it is about to forward, a trace for a frame that is never sent.  switch_commit()
 * then learns and counts what was decided.  Nothing may change the switch between the two.
 */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include <stdint.h>

#include "core/fdb.h"
#include "core/frame.h"
#include "core/guard.h"
#include "core/sw.h"

/*
 * Who listens to the frame: core/trap.h, core/sw_snoop.h.  One that is ROUTE_HERE is for nobody else; others
 * are forwarded all the same.
 */
enum trap {
	TRAP_NONE,  /* nobody: it is forwarded like any other */
	TRAP_STP,   /* a BPDU */
	TRAP_SNOOP, /* a message about multicast groups */
	TRAP_LLDP,  /* who a neighbour says it is */
	TRAP_LOOP,  /* a probe for loops */
	TRAP_COUNT
};

/* How the output ports were chosen. */
enum route {
	ROUTE_KNOWN,	 /* the address table knows the port */
	ROUTE_UNKNOWN,	 /* unicast to nobody knows whom: all */
	ROUTE_MULTICAST, /* all */
	ROUTE_BROADCAST, /* all */
	ROUTE_GROUP,	 /* snooping knows which ports */
	ROUTE_HERE,	 /* it is for a protocol of the switch, and goes no further */
	ROUTE_NONE,	 /* dropped before that was asked */
};

/* Who was asked by himself. */
enum asked {
	ASKED_IN = 1 << 0,    /* filter_in of the port it came from, which let it pass */
	ASKED_OUT = 1 << 1,   /* each port it would go to: it is large, or a port is particular */
	ASKED_METER = 1 << 2, /* limits of the port it came from; rate_in let it pass */
	ASKED_GUARD = 1 << 3, /* the guard, which may have something to do */
};

struct verdict {
	/*
	 * DROP_NONE: it goes to `out`, which is not empty.  A reason of the way out: it would go somewhere, but
	 * no port there takes it; this is why the first does not.
	 */
	enum drop drop;
	enum route route;
	enum trap trap;			 /* which protocol hears it */
	enum drop vlan;			 /* why the port does not take frames of its VLAN... */
	struct vlan_class class;	 /* ...which this is; in a switch that is vlan_aware */
	uint16_t vid;			 /* the VLAN it is looked up and learned in... */
	struct fdb_probe dst_at, src_at; /* ...and where: set by switch_probe() */
	struct fdb_verdict src;
	struct portset out; /* ports to send it to; only sw->words words are set */
	struct portset cut; /* ports it would go to, if they took it; valid with ASKED_OUT */
	struct guard_verdict guard; /* valid with ASKED_GUARD */
	enum storm_class storm;	    /* whose limit it counts to; valid with ASKED_METER */
	unsigned asked;		    /* enum asked: what else is to be counted */
};

/*
 * Fills *v for the frame f received on `in`.  `parsed` is what frame_parse() returned for it.  The
 * steps, in order: well-formed? is there a link? is it for a protocol of the switch? may data frames pass?
 * does the port's filter let it in? within the port's mtu? link-local control? may the port have frames of its VLAN? may its sender send here? learn (after these, so that a rejected frame cannot poison the table),
 * look up, egress set.
 */
void switch_decide(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		   enum drop parsed, struct verdict *v);

/*
 * Says what time it is: call it before each batch of frames of a port, and before a trace.  Limits of rates go by
 * it; that apart it changes nothing.
 */
static inline void switch_begin(struct sw *sw, uint64_t now_ms)
{
	sw->now_ms = now_ms;
}

/*
 * The same in three steps, for several frames at once: a table of a million addresses is in main memory,
 * and what one frame needs of it comes while the steps of the others are taken.
 *
 *	switch_probe()	    for each frame
 *	switch_prefetch()   for each, where there are several
 *	switch_decide_at()  and switch_commit(), for one after the other
 */
void switch_probe(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		  enum drop parsed, struct verdict *v);
void switch_prefetch(const struct sw *sw, const struct verdict *v);
void switch_decide_at(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		      struct verdict *v);

/*
 * Why `out`, which is in v->cut, does not get the frame of which v was decided.  To be asked before that is committed.
 */
enum drop switch_refusal(const struct sw_port *in, const struct frame *f,
			 const struct sw_port *out);

/* Learns what v says, counts the frame, and raises the events that follow.  v->drop may become what the protocol says that it is for. */
void switch_commit(struct sw *sw, struct sw_port *in, const struct frame *f, struct verdict *v,
		   uint64_t now_ms);

#endif
