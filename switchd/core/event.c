/* SPDX-License-Identifier: ISC */
#include "core/event.h"

static const char *const names[EVENT_COUNT] = {
	[EVENT_PORT_ADDED] = "port.added",
	[EVENT_PORT_REMOVED] = "port.removed",
	[EVENT_PORT_UP] = "port.up",
	[EVENT_PORT_DOWN] = "port.down",
	[EVENT_PORT_LOST] = "port.lost",
	[EVENT_PORT_LISTENING] = "port.listening",
	[EVENT_PORT_SHUT] = "port.shut",
	[EVENT_PORT_OPENED] = "port.opened",
	[EVENT_MAC_LEARNED] = "mac.learned",
	[EVENT_MAC_MOVED] = "mac.moved",
	[EVENT_MAC_AGED] = "mac.aged",
	[EVENT_MAC_FLAPPING] = "mac.flapping",
	[EVENT_MAC_REFUSED] = "mac.refused",
	[EVENT_TABLE_FULL] = "table.full",
	[EVENT_STP_ROLE] = "stp.role",
	[EVENT_STP_STATE] = "stp.state",
	[EVENT_STP_ROOT] = "stp.root",
	[EVENT_STP_TOPOLOGY] = "stp.topology",
	[EVENT_STP_GUARD] = "stp.guard",
	[EVENT_STP_VERSION] = "stp.version",
	[EVENT_GROUP_JOINED] = "group.joined",
	[EVENT_GROUP_LEFT] = "group.left",
	[EVENT_GROUP_FULL] = "group.full",
	[EVENT_GROUP_SKIPPED] = "group.skipped",
	[EVENT_GROUP_QUERIER] = "group.querier",
	[EVENT_GROUP_NO_QUERIER] = "group.no_querier",
	[EVENT_GROUP_ROUTER] = "group.router",
	[EVENT_GROUP_NO_ROUTER] = "group.no_router",
	[EVENT_NEIGHBOR_ADDED] = "neighbor.added",
	[EVENT_NEIGHBOR_CHANGED] = "neighbor.changed",
	[EVENT_NEIGHBOR_LEFT] = "neighbor.left",
	[EVENT_NEIGHBOR_AGED] = "neighbor.aged",
	[EVENT_NEIGHBOR_FLOOD] = "neighbor.flood",
	[EVENT_STORM_BEGAN] = "storm.began",
	[EVENT_STORM_ENDED] = "storm.ended",
	[EVENT_LOOP_DETECTED] = "loop.detected",
	[EVENT_LOOP_CLEARED] = "loop.cleared",
	[EVENT_BINDING_ADDED] = "binding.added",
	[EVENT_BINDING_REMOVED] = "binding.removed",
	[EVENT_GUARD_VIOLATION] = "guard.violation",
	[EVENT_SWITCH_ADDED] = "switch.added",
	[EVENT_SWITCH_REMOVED] = "switch.removed",
	[EVENT_CONFIG_APPLIED] = "config.applied",
};

const char *event_name(enum event_kind kind)
{
	return names[kind];
}
