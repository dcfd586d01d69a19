/* SPDX-License-Identifier: ISC */
/*
 * sw_guard.h - a switch on which stations cannot speak in the name of others: core/guard.h, which knows nothing of
 * switches, and struct sw.
 *
 * - There is no guard (sw->guard is NULL) before one is needed: something is to be watched, or there is a binding.  While
 *   nothing is watched an ordinary frame pays nothing for it: neither is GATE_GUARD set, nor are egress ports asked.
 * - Each thing that can be watched is a setting of the switch, which means all VLANs, and of a VLAN, which means
 *   that one in a switch that is vlan_aware.
 * - Where there is no memory for a guard that is to be, frames are not watched, and each tick tries again.
 * - A frame that is refused teaches nothing.  What clients ask of DHCP servers leaves through trusted ports only; what
 *   a server answers, where the client has asked.
 */
#ifndef CORE_SW_GUARD_H
#define CORE_SW_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/guard.h"
#include "core/sw.h"

struct verdict;

/* What struct sw has of it. */
struct sw_guard {
	struct guard_watch watch;
	struct sw *sw;
	struct guard *guard;
	uint64_t aged_at_ms;
};

/*
 * The settings of the switch or of a VLAN have changed: sw->guarded says whether anything is watched from now on, and
 * sw->guard_wanting whether it should be and there is no memory.
 */
void sw_guard_update(struct sw *sw);

/* A port comes; 0, or -ENOMEM with *e. */
int sw_guard_port_added(struct sw_port *p, struct err *e);
void sw_guard_port_removed(struct sw_port *p);
void sw_guard_port_updated(struct sw_port *p);
void sw_guard_port_link(struct sw_port *p);

/* Leases run out. */
void sw_guard_tick(struct sw *sw, uint64_t now_ms);
void sw_guard_free(struct sw *sw);

/* Would the static bindings fit those settings?  -ENOSPC. */
int sw_guard_fits(const struct sw *sw, const struct sw_settings *set, struct err *e);

/* What is watched in a VLAN: enum guard_what. */
uint8_t sw_guard_vlan(const struct sw *sw, unsigned vid);

/* The errors of guard_bind(), and where the VLAN does not fit the switch -EINVAL. */
int sw_guard_bind(struct sw *sw, uint16_t vid, uint64_t mac, uint32_t ip, struct sw_port *p,
		  uint64_t now_ms, struct err *e);
int sw_guard_unbind(struct sw *sw, uint16_t vid, uint64_t mac, uint32_t ip, struct err *e);

/* ---- for frames: sw->guarded is true ---- */

/* Why the frame goes no further; else v->guard says where it may go, and v->asked remembers that. */
enum drop sw_guard_decide(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			  struct verdict *v);

/* Takes ports out of v->out that the frame is not for.  DROP_NO_TRUSTED: there was one, and it is not trusted. */
enum drop sw_guard_narrow(const struct sw *sw, const struct sw_port *in, struct verdict *v);

void sw_guard_commit(struct sw *sw, const struct verdict *v, uint64_t now_ms);

#endif
