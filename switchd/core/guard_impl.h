/* SPDX-License-Identifier: ISC */
/*
 * guard_impl.h - the inside of the guard, shared by guard.c (what changes it) and guard_decide.c (what only
 * looks).  Nobody else includes it.
 */
#ifndef CORE_GUARD_IMPL_H
#define CORE_GUARD_IMPL_H

#include <stddef.h>

#include "core/guard.h"
#include "core/pending.h"

enum {
	GUARD_WHATS = 4, /* bits of enum guard_what */
	GUARD_VIDS = 4096,
	GUARD_FIRST_DROP = DROP_HIDDEN_HEADER,
	GUARD_DROPS = DROP_IP6_UNDECIDED - DROP_HIDDEN_HEADER + 1,
};

/* Of violations of one kind on one port: when one was raised, and the last of those that were not. */
struct guard_told {
	uint64_t at_ms;
	uint64_t mac;
	uint32_t ip;
	uint32_t suppressed;
	uint16_t vid;
	bool ever;
};

struct guard_port {
	struct guard_port_settings set;
	bool up;
	struct guard_told told[GUARD_DROPS];
};

struct guard {
	struct guard_settings set;
	struct guard_watch *watch;
	struct binding_watch on_end; /* of the table below */
	struct bindings *bindings;
	struct pendings *pendings;
	uint64_t now_ms; /* when it was last told */
	uint32_t untold; /* of all `told`, those that have something suppressed */
	uint32_t slots;	 /* that guard_age() looks at each time */
	struct guard_port *port[PORTSET_MAX]; /* NULL: not added, trusted for nothing */
	struct portset trusted[GUARD_WHATS];
	uint8_t vlan[GUARD_VIDS];
	struct guard_stats stats;
};

/* An address that a host may have: not of 0/8, 127/8, or from 224/4 on (RFC 6890). */
static inline bool guard_is_host(uint32_t ip)
{
	return ip >> 24 && ip >> 24 != 127 && ip >> 24 < 224;
}

/* The station is bound to another port, and not to this one: a lease counts only while its port is up. */
bool guard_is_elsewhere(const struct guard *g, uint16_t vid, uint64_t mac, unsigned port);

#endif
