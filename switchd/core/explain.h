/* SPDX-License-Identifier: ISC */
/*
 * explain.h - why a frame would go where it goes: the verdict of switch_decide(), and the reason for each port and step.
 *
 * A verdict says what is done and not why, because nobody asks while frames flow.  Here the reasons are found
 * afterwards, for a frame that is never sent: the steps of the decision are taken once more with the sets and functions that
 * decide, and what a port was lost at is its reason.  The verdict is the authority; where the steps do not lead to
 * its set of ports (which would be a fault of this file) the port says that there is no reason, and not a wrong one.
 *
 * Nothing is changed, counted or learned.
 */
#ifndef CORE_EXPLAIN_H
#define CORE_EXPLAIN_H

#include "core/decide.h"
#include "core/snoop.h"
#include "core/tag.h"

/* The steps, in the order in which they are taken. */
enum explain_step {
	STEP_PARSE,	 /* is it a frame? */
	STEP_LINK,	 /* may anything come in at the port? */
	STEP_TRAP,	 /* is it for a protocol of the switch? */
	STEP_STATE,	 /* may data frames pass? */
	STEP_FILTER,	 /* the port's filter_in */
	STEP_MTU,	 /* the port's mtu */
	STEP_LINK_LOCAL, /* reserved addresses */
	STEP_VLAN,	 /* which VLAN, and may the port have it? */
	STEP_GUARD,	 /* DHCP snooping, ARP inspection, RA guard */
	STEP_SENDER,	 /* may the station send here? */
	STEP_METER,	 /* rate limits and storm control */
	STEP_LEARN,	 /* the source address */
	STEP_LOOKUP,	 /* the destination address */
	STEP_GROUP,	 /* multicast snooping */
	STEP_EGRESS,	 /* which of the ports may have it? */
	STEP_COUNT
};

enum explain_result {
	STEP_PASSED,
	STEP_NOTHING, /* there is nothing set or known that it would be about */
	STEP_STOPPED, /* here it was dropped */
	STEP_TAKEN,   /* a protocol of the switch hears it, and it goes no further */
	STEP_UNASKED, /* it did not come to that */
};

/* Why a port was chosen or not. */
enum explain_why {
	WHY_OUT,       /* it leaves here */
	WHY_CAME,      /* it came from here */
	WHY_UNASKED,   /* it did not come to that */
	WHY_ELSEWHERE, /* its station is known on another port */
	WHY_NO_MEMBER, /* nobody there wants the group */
	WHY_MONITOR,   /* it shows copies */
	WHY_NO_LINK,   /* it is not up */
	WHY_SHUT,      /* a defence has shut it */
	WHY_LOOPED,    /* blocked because of a loop */
	WHY_DISCARDS,  /* the spanning tree has it discard... */
	WHY_LEARNS,    /* ...or learn */
	WHY_NOT_IN_VLAN,
	WHY_UNTRUSTED, /* a question to DHCP servers, and none may be there */
	WHY_NOT_ASKER, /* an answer of DHCP, and the client is elsewhere */
	WHY_REFUSED,   /* explain_port.drop says why */
	WHY_NONE,      /* there is no reason: see above */
	WHY_COUNT
};

struct explain_port {
	enum explain_why why;
	enum drop drop; /* of WHY_REFUSED: what is counted there */
};

struct explain {
	enum drop parsed;
	struct verdict v;
	enum drop heard; /* what the protocol that hears it would say, or DROP_NONE */
	enum snoop_why
		flooded;    /* of a frame to a group, where that is snooped on: why to all ports */
	int known;	    /* the port its destination is on; -1: none, or it was not asked */
	int was;	    /* the port its source is on now; -1: none */
	struct portset out; /* what v.out is, bounded by sw->words */
	struct explain_port port[PORTSET_MAX]; /* of those that are attached */
};

/*
 * Decides f, whose data, len and vnet are set, as received on `in` at that time, and fills *x.  f is parsed.  Time is
 * told to the switch by switch_begin(), as it is for each batch of frames; that apart nothing changes.
 */
void explain_frame(struct sw *sw, const struct sw_port *in, struct frame *f, uint64_t now_ms,
		   struct explain *x);

/* What came of a step. */
enum explain_result explain_step(const struct sw *sw, const struct sw_port *in,
				 const struct frame *f, const struct explain *x,
				 enum explain_step step);

/* The reason that would be counted for the frame as a whole, at `in` unless it is one of the way out; DROP_NONE. */
static inline enum drop explain_drop(const struct explain *x)
{
	return x->v.drop != DROP_NONE ? x->v.drop : x->heard;
}

/* Why a port forwards nothing: WHY_NO_LINK, _SHUT, _LOOPED, _DISCARDS or _LEARNS, or WHY_MONITOR. */
enum explain_why explain_closed(const struct sw_port *p);

/* What is done to the tags where the frame leaves through `out`; false: nothing, and *e is untouched. */
bool explain_edit(const struct sw *sw, const struct frame *f, const struct explain *x, unsigned out,
		  struct tag_edit *e);

#endif
