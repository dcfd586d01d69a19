/* SPDX-License-Identifier: ISC */
/*
 * trap.h - frames that are the switch's own business: what its protocols hear, say, and do in time.
 *
 * A protocol (spanning tree, LLDP...) is a module of its own that knows nothing of switches.  Here is the one
 * place where they meet: which frames are for whom, what becomes of ports, and how frames of ours get out.
 * Such a frame is ROUTE_HERE: it teaches the address table nothing, goes to no port, and is counted in
 * rx_control.
 */
#ifndef CORE_TRAP_H
#define CORE_TRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide.h"
#include "core/frame.h"
#include "core/sw.h"

/*
 * Is the frame for a protocol that is on at that port?  Asked for those to the reserved block of the link, and at ports
 * with GATE_PROBES for all.  Changes nothing.
 */
enum trap trap_wants(const struct sw *sw, const struct sw_port *in, const struct frame *f);

/* Hands it over.  Why the protocol refused it, or DROP_NONE. */
enum drop trap_receive(struct sw *sw, struct sw_port *in, const struct frame *f, enum trap to,
		       uint64_t now_ms);

/* What trap_receive() would answer, for a trace.  Changes nothing. */
enum drop trap_judge(const struct sw_port *in, const struct frame *f, enum trap to,
		     uint64_t now_ms);

#endif
