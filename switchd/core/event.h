/* SPDX-License-Identifier: ISC */
/*
 * event.h - what happened in a switch, as data.
 *
 * The core and the ports raise events through a `struct event_sink`; who listens (a control client,
 * a log, a test) is none of their business.  Names: docs/protocol.md.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <stdint.h>

enum event_kind {
	EVENT_PORT_ADDED,
	EVENT_PORT_REMOVED,
	EVENT_PORT_UP,
	EVENT_PORT_DOWN,
	EVENT_PORT_LOST,
	EVENT_PORT_LISTENING,
	EVENT_PORT_SHUT,
	EVENT_PORT_OPENED,
	EVENT_MAC_LEARNED,
	EVENT_MAC_MOVED,
	EVENT_MAC_AGED,
	EVENT_MAC_FLAPPING,
	EVENT_MAC_REFUSED,
	EVENT_TABLE_FULL,
	EVENT_STP_ROLE,
	EVENT_STP_STATE,
	EVENT_STP_ROOT,
	EVENT_STP_TOPOLOGY,
	EVENT_STP_GUARD,
	EVENT_STP_VERSION,
	EVENT_GROUP_JOINED,
	EVENT_GROUP_LEFT,
	EVENT_GROUP_FULL,
	EVENT_GROUP_SKIPPED,
	EVENT_GROUP_QUERIER,
	EVENT_GROUP_NO_QUERIER,
	EVENT_GROUP_ROUTER,
	EVENT_GROUP_NO_ROUTER,
	EVENT_NEIGHBOR_ADDED,
	EVENT_NEIGHBOR_CHANGED,
	EVENT_NEIGHBOR_LEFT,
	EVENT_NEIGHBOR_AGED,
	EVENT_NEIGHBOR_FLOOD,
	EVENT_STORM_BEGAN,
	EVENT_STORM_ENDED,
	EVENT_LOOP_DETECTED,
	EVENT_LOOP_CLEARED,
	EVENT_BINDING_ADDED,
	EVENT_BINDING_REMOVED,
	EVENT_GUARD_VIOLATION,
	EVENT_SWITCH_ADDED,
	EVENT_SWITCH_REMOVED,
	EVENT_CONFIG_APPLIED,
	EVENT_COUNT
};

/* Which members mean something follows from the kind; strings live only while the sink runs. */
struct event {
	enum event_kind kind;
	const char *sw;	  /* name of the switch, NULL where none is meant */
	const char *port; /* name of the port */
	const char *
		from; /* EVENT_MAC_MOVED, _FLAPPING: the port the station left; _REFUSED: its port */
	const char *reason; /* EVENT_PORT_DOWN, _LOST */
	uint64_t mac;
	uint16_t vid;
	uint64_t
		number; /* moves of an address, changes of a configuration, frames refused, events skipped */
	/* EVENT_STP_..., _LOOP_..., _STORM_..., _PORT_SHUT, _OPENED, _MAC_REFUSED; each may be NULL */
	const char *key; /* what changed: "role"... */
	const char *now, *was;
	const char *cause; /* what set it off, and which port and bridge */
	const char *cause_port, *cause_bridge;
	const char *limit; /* EVENT_STORM_...: what is above it is refused */
	/* EVENT_NEIGHBOR_... but _FLOOD: who it is; _LEFT has a cause too */
	const char *chassis, *port_id, *system;
	int pid, uid; /* EVENT_CONFIG_APPLIED: who asked; -1 = the daemon itself */
};

struct event_sink {
	/*
	 * Takes one event.  It is called from the frame path, for every address learned: it has to
	 * be brief and must not call back into the switch.
	 */
	void (*raise)(struct event_sink *sink, const struct event *ev);
};

/* "mac.learned"; the part in front of the dot is the event's group. */
const char *event_name(enum event_kind kind);

#endif
