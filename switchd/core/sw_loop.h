/* SPDX-License-Identifier: ISC */
/*
 * sw_loop.h - a switch that looks for loops: core/loopguard.h, which knows nothing of switches, and struct sw.
 *
 * There is a guard while a port of the switch has loop_guard.  Then all ports have GATE_PROBES, since a probe of ours
 * may come in anywhere; where it comes in at a port that is not guarded, the one that sent it is blocked.  A probe of
 * another switch is a frame like any other.
 *
 * Beside a spanning tree.  A port that the tree has discard closes no loop: it sends no probes, and one that
 * comes in there proves nothing.  What is left to find are loops that the tree does not see, because a
 * switch in between keeps its BPDUs.
 *
 * A port for which there is no memory is guarded as soon as there is some.
 */
#ifndef CORE_SW_LOOP_H
#define CORE_SW_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/frame.h"
#include "core/loopguard.h"
#include "core/sw.h"

/* When the switch is made: `key` is its secret. */
void sw_loop_init(struct sw *sw, const struct siphash_key *key);

/* The settings of the switch have changed. */
void sw_loop_update(struct sw *sw);

/* A port came, is about to go, changed its settings, or its link or what the spanning tree says of it. */
void sw_loop_port_added(struct sw_port *p);
void sw_loop_port_removed(struct sw_port *p);
void sw_loop_port_updated(struct sw_port *p);
void sw_loop_port_link(struct sw_port *p);

/* Is the frame, which goes to LOOP_GROUP, one for the guard, which there is?  Changes nothing. */
bool sw_loop_wants(const struct sw_port *in, const struct frame *f);

void sw_loop_tick(struct sw *sw, uint64_t now_ms);

/* Opens a port that is blocked, because somebody asks; false: it was not. */
bool sw_loop_retry(struct sw_port *p, uint64_t now_ms);

/* False: the port is not guarded. */
bool sw_loop_info(const struct sw_port *p, uint64_t now_ms, struct loopguard_info *info);

#endif
