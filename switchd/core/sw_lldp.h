/* SPDX-License-Identifier: ISC */
/*
 * sw_lldp.h - a switch that tells its neighbours who it is, and knows who they are: core/lldp.h, which knows
 * nothing of switches, and struct sw.
 *
 * While `lldp` of the switch is off there is no agent (sw->lldp is NULL), and its frames are like any others to
 * the reserved addresses.  So they are at a port that does not receive.
 *
 * Complications, and how each is answered:
 *
 * What a neighbour is called is up to the neighbour, and whoever sends frames can be a new one with each.  How many
 * are kept is bounded by the agent; events are by a bucket for each port (core/meter.h): EVENTS_AT_ONCE, and one
 * more a second.  When it is empty EVENT_NEIGHBOR_FLOOD says so, once until it has filled up again, and what is
 * not told is counted.  What the agent keeps is true all the same.
 *
 * Each port sends from an address of its own, as the standard wants it: the switch's with the port's number in
 * it.  A bridge in between that lets LLDP through would else find one address behind two ports.
 *
 * A port's VLANs may be in the thousands, and names change one at a time: what a port says of them is put
 * together again when the next tick comes, a few ports in each.
 *
 * A port that goes says goodbye, for which its device has to be there still: sw_port_leave().
 */
#ifndef CORE_SW_LLDP_H
#define CORE_SW_LLDP_H

#include <stdint.h>

#include "core/drop.h"
#include "core/frame.h"
#include "core/lldp.h"
#include "core/sw.h"

/* The settings of the switch have changed: turns the protocol on or off, or changes it. */
void sw_lldp_update(struct sw *sw);

/* The last of it, without a word. */
void sw_lldp_free(struct sw *sw);

/* A port came, went, changed its settings or its link.  One may be said to go twice. */
void sw_lldp_port_added(struct sw_port *p);
void sw_lldp_port_removed(struct sw_port *p);
void sw_lldp_port_updated(struct sw_port *p);
void sw_lldp_port_link(struct sw_port *p);

/* Sets the port's counters to zero. */
void sw_lldp_clear(struct sw_port *p);

/* The name of a VLAN has changed. */
void sw_lldp_vlans_changed(struct sw *sw);

/* Time has passed. */
void sw_lldp_tick(struct sw *sw, uint64_t now_ms);

/* Is it a frame for the agent, at a port that receives?  Changes nothing. */
bool sw_lldp_wants(const struct sw_port *in, const struct frame *f);

/* Such a frame: what became of it, as lldp_receive() says. */
enum drop sw_lldp_receive(struct sw_port *in, const struct frame *f, uint64_t now_ms);

/* ---- looking ---- */

/* The agent, or NULL where LLDP is off. */
const struct lldp *sw_lldp_agent(const struct sw *sw);

/* What the settings say, in the protocol's terms. */
struct lldp_cfg sw_lldp_cfg(const struct sw *sw);
enum lldp_mode sw_lldp_mode(const struct sw_port_set *set);

/* Events of the port that were not told, because there were too many. */
uint64_t sw_lldp_untold(const struct sw_port *p);

#endif
