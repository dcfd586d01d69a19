/* SPDX-License-Identifier: ISC */
/*
 * sw_police.h - how much a port may bring in and take out: rate limits, and storm control for what is flooded.
 *
 * A port has a meter (core/meter.h) for each of its limits: rate_in for all that comes in, storm_broadcast,
 * storm_multicast and storm_unknown (unicast to an address that nobody knows) for what would be flooded, rate_out
 * for all that leaves.  Each counts by itself, and only for its port.  The switch has no queues, so what is above a
 * limit is dropped, not delayed: this is a policer (IEEE 802.1Q-2018 clause 8.6.5, flow metering), not a shaper.
 *
 * Complications, and how each is answered:
 *
 * Ordinary ports pay nothing.  A limit on the way in is a gate (GATE_METERED), one on the way out a reason to ask
 * each egress port (sw->ask_from); frames of other ports see neither.
 *
 * Deciding changes nothing.  It asks what a meter would hold by now, which is sw->now_ms, set for each batch by
 * switch_begin(); committing fills it up to there and takes out what the frame costs.
 *
 * Protocols of the switch.  By the standard only frames that are being forwarded are metered.  Those for a protocol
 * of the switch end here, and are neither refused nor taken into account, by storm control or rate_in, as switches
 * of others do it: a flood of data must not cost a tree its BPDUs, or it would become a loop.  What the switch
 * sends itself is not metered for the same reason.
 *
 * Several limits.  rate_in is asked before storm control, and both after everything else that may keep a frame
 * out.  A frame that passes all of them is taken from all, one that does not from none, so a storm does not use
 * up what rate_in leaves to others.  The standard would have us look up the destination first; we do not learn from
 * frames that did not come in, so a station cannot fill the table faster than it may send.  What the look-up then
 * keeps here (DROP_SAME_PORT) has been taken all the same.
 *
 * Shutting.  With storm_action shut the first frame above a limit of storm control shuts the port (core/shut.h);
 * rate_in never does, since being at a limit is how a station normally finds out what it may send.
 *
 * Events.  A storm has begun when the first frame is above a limit of storm control, and has ended when
 * STORM_QUIET_MS went by without one: each is told once, so there are at most two a second of a class at a port.
 */
#ifndef CORE_SW_POLICE_H
#define CORE_SW_POLICE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/drop.h"
#include "core/meter.h"
#include "util/rate.h"

struct frame;
struct sw;
struct sw_port;
struct verdict;

enum storm_class {
	STORM_BROADCAST,
	STORM_MULTICAST, /* all other group addresses, whoever has joined */
	STORM_UNKNOWN,	 /* unicast, flooded because the table does not have the address */
	STORM_CLASSES
};

enum { STORM_QUIET_MS = 1000 };

/* One limit of a port: what was set, and the meter that keeps it. */
struct police_limit {
	struct rate rate;
	uint32_t burst_ms;
	struct meter meter;
};

struct storm {
	struct police_limit limit;
	bool on;
	uint64_t began_ms;  /* of the storm that is on... */
	uint64_t excess_ms; /* ...when a frame was last refused... */
	uint64_t refused;   /* ...and how many were */
};

/* A port's, all zero while it has no limits. */
struct police {
	struct police_limit in, out;
	struct storm storm[STORM_CLASSES];
};

/* The port comes, changes its settings, or goes.  A meter whose limit stays as it is goes on as it was. */
void sw_police_port_added(struct sw_port *p);
void sw_police_port_updated(struct sw_port *p);
void sw_police_port_removed(struct sw_port *p);

/* Has it a limit on the way in, or out? */
bool sw_police_in(const struct sw_port *p);
bool sw_police_out(const struct sw_port *p);

/*
 * A frame that may come in otherwise: DROP_NONE, DROP_RATE_IN or DROP_STORM_....  Changes nothing, but sets
 * ASKED_METER and v->storm for sw_police_commit(), which takes it from the meters or notes the storm.
 */
enum drop sw_police_decide(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			   struct verdict *v);
void sw_police_commit(struct sw_port *in, const struct frame *f, const struct verdict *v,
		      uint64_t now_ms);

/* Would rate_out let a frame leave?  Changes nothing; and, where it did leave, takes it from the meter, if there is one. */
bool sw_police_may_leave(const struct sw_port *out);
void sw_police_leaves(struct sw_port *out, const struct frame *f, uint64_t now_ms);

/* Time has passed: which storms are over? */
void sw_police_tick(struct sw *sw, uint64_t now_ms);

#endif
