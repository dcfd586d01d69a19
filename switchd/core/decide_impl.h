/* SPDX-License-Identifier: ISC */
/*
 * decide_impl.h - what decide.c and the files with its rare steps share; nobody else includes it.
 *
 * The way of an ordinary frame is decide.c alone.  Whatever a port is set to beyond that turns up in one of
 * two places, so that frames of ports without it pay nothing:
 *
 *	on the way in	a bit in sw_port.gate, which sends frames to admit_special() in admit.c
 *	on the way out	sw->ask_from, beyond which egress_cut() in egress.c asks each port by itself
 */
#ifndef CORE_DECIDE_IMPL_H
#define CORE_DECIDE_IMPL_H

#include "core/decide.h"

/* The reserved block 01-80-C2-00-00-00 to 0F: 802.1Q-2018 table 8-1. */
#define LINK_LOCAL_FIRST UINT64_C(0x0180c2000000)
#define LINK_LOCAL_MASK	 (~UINT64_C(0x0f))

static inline bool is_link_local(const struct frame *f)
{
	return (f->dst & LINK_LOCAL_MASK) == LINK_LOCAL_FIRST;
}

static inline bool is_oversize(const struct sw_port *in, const struct frame *f)
{
	return in->mtu && f->payload > in->mtu;
}

/*
 * For a frame that may be for a protocol of the switch, or from a port that is not like any other: may it take
 * part?  May set v->route and v->trap, and v->src where it is learned from all the same.
 */
enum drop admit_special(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			struct verdict *v);

/*
 * Takes out of v->out the ports that do not take the frame, remembers them in v->cut, and adds ASKED_OUT to v->asked.
 * Returns why the first of them did not, or DROP_NONE.
 */
enum drop egress_cut(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		     struct verdict *v);

/*
 * What follows from v->asked when the frame is sent: filters count it, meters take it into account, and the ports in
 * v->cut count why they are.
 */
void egress_commit(struct sw *sw, struct sw_port *in, const struct frame *f,
		   const struct verdict *v, uint64_t now_ms);

/*
 * For a frame to a group in a switch that snoops (sw_snoop_frame.c), before its ports are cut to those that may
 * have it: narrows v->out, sets v->route and v->trap.  Why it goes nowhere, or DROP_NONE.
 */
enum drop snoop_choose(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		       struct verdict *v);

/* Why it is flooded. */
enum snoop_why sw_snoop_why(const struct sw *sw, const struct frame *f, const struct verdict *v);

/* What it means that there is no port left: a message has been received all the same. */
enum drop snoop_nobody(struct verdict *v);

/* Learns and counts a frame that is TRAP_SNOOP. */
void snoop_hear(struct sw *sw, const struct sw_port *in, const struct frame *f,
		const struct verdict *v, uint64_t now_ms);

/* From what payload on the ports of the switch have to be asked: sw->ask_from. */
uint32_t egress_ask_from(const struct sw *sw);

#endif
