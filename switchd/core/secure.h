/* SPDX-License-Identifier: ISC */
/*
 * secure.h - port security: which stations may send through a port.
 *
 * Three settings of a port keep strangers out, each by itself or together:
 *
 * - `locked`: its static addresses may send, and nobody else; nothing is learned.
 * - `sticky`: what is learned becomes static by itself, up to max_macs, until it is released.
 * - `max_macs_action`: what happens to frames from addresses beyond max_macs: they are forwarded, and only their
 *   senders not learned; or they are dropped; or the first of them shuts the port (core/shut.h).
 *
 * A port with any of them is secure.  All its addresses count towards its max_macs, static ones included, and
 * what is static there is nobody's elsewhere: a frame with such a source from another port is dropped there,
 * whatever that port is set to.  (A static address of a port that is not secure is only not learned elsewhere,
 * as IEEE 802.1Q-2018 clause 8.7 has it.)
 *
 * The decision is the address table's, which knows all of this as enum fdb_guard: it asks only when an address
 * is not the port's already, so that a known station of a secure port costs what any costs.  While
 * learning is paused, sources are looked at all the same, and refused without being counted or reported: fail closed.
 * What is for a protocol of the switch is not asked: it is neither learned from nor forwarded.
 */
#ifndef CORE_SECURE_H
#define CORE_SECURE_H

#include "core/decide.h"

/* What the address table is to know of the settings: enum fdb_guard. */
unsigned secure_guard(const struct sw_port_set *set);

/* Settings that mean nothing without another.  0, or -EINVAL with *e. */
int secure_check(const struct sw_port_set *set, struct err *e);

/* Why a frame goes no further whose source is refused, or DROP_NONE where it is not for that. */
enum drop secure_drop(enum learn l);

/* The source of a frame was refused, and that counted: raises EVENT_MAC_REFUSED, shuts the port. */
void secure_refused(struct sw *sw, struct sw_port *in, const struct frame *f,
		    const struct verdict *v, uint64_t now_ms);

#endif
