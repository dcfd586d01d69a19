/* SPDX-License-Identifier: ISC */
/*
 * sw_stp.h - a switch that takes part in a spanning tree: core/stp.h, which knows nothing of switches, and
 * struct sw.
 *
 * While `stp` of the switch is off there is no bridge (sw->stp is NULL) and every port forwards.  When it is
 * turned on all ports discard at first, and forward when the protocol lets them.  Where memory runs out while
 * a bridge or a port of it is made, the ports concerned discard for good: a loop would be worse.
 *
 * A port takes in SW_STP_AT_ONCE BPDUs at once and SW_STP_PER_S a second, several times what all bridges of a LAN
 * send (802.1D-2004 table 17-1: each at most ten at once, and then one a second).  What is above that costs a
 * comparison: with 1024 ports a change of the root takes 0.2 ms and may be an event at each of them, and whoever
 * can send BPDUs can change the root with each.
 *
 * One tree for all VLANs; BPDUs have no tag, whatever VLANs a port is in (802.1Q-2018 clause 13.2).
 */
#ifndef CORE_SW_STP_H
#define CORE_SW_STP_H

#include <stdint.h>

#include "core/drop.h"
#include "core/frame.h"
#include "core/stp.h"
#include "core/sw.h"

enum { SW_STP_AT_ONCE = 128, SW_STP_PER_S = 32 };

/* The settings of the switch have changed: turns the protocol on or off, or changes it. */
void sw_stp_update(struct sw *sw);

/* A port came, went, changed its settings or its link. */
void sw_stp_port_added(struct sw_port *p);
void sw_stp_port_removed(struct sw_port *p);
void sw_stp_port_updated(struct sw_port *p);
void sw_stp_port_link(struct sw_port *p);

/* A BPDU came in; why it was not heeded, or DROP_NONE. */
enum drop sw_stp_receive(struct sw_port *in, const struct frame *f, uint64_t now_ms);

/* What sw_stp_receive() would answer.  Changes nothing. */
enum drop sw_stp_judge(const struct sw_port *in, const struct frame *f, uint64_t now_ms);

/* Seconds have passed. */
void sw_stp_tick(struct sw *sw, uint64_t now_ms);

/* What the settings say, in the protocol's terms. */
struct stp_cfg sw_stp_cfg(const struct sw_settings *set);
struct stp_port_cfg sw_stp_port_cfg(const struct sw_port_set *set);

enum { STP_ID_SIZE = 24 };

/* "32768.02:00:00:00:00:01", as people write a bridge identifier; returns out. */
const char *stp_id_format(uint64_t id, char out[STP_ID_SIZE]);

#endif
