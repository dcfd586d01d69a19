/* SPDX-License-Identifier: ISC */
/*
 * sw_snoop.h - a switch that sends multicast to who asked for it: core/snoop.h, which knows nothing of
 * switches, and struct sw.
 *
 * - While `mcast_snooping` is off sw->snoop is NULL, and a flooded frame pays one look at it.  It is made, or
 *   made anew where another number of groups is to fit, by the next tick; where there is no memory for it
 *   that is tried again each time, and frames are flooded.
 * - A switch that is not vlan_aware has one VLAN, 0, which is that of frames without a tag or with a priority
 *   alone; it asks nobody in other VLANs, so frames of these are flooded.  One that is vlan_aware snoops in
 *   each VLAN that has a port, unless its mcast_flood is set.  Thousands of VLANs that come at once, or are to
 *   be asked after a change of the tree, have their turns in several ticks.
 * - A query of ours leaves as any frame of its VLAN does: without a tag, or with that of the port.
 * - What the administrator has put into groups is kept here and given to the snooping whenever there is one,
 *   so that it is still known when that is off, or the port in another VLAN for a while.
 * - Hosts that join and leave raise events, at most SNOOP_TOLD each second and port; how many there were
 *   beyond is an event, too.
 */
#ifndef CORE_SW_SNOOP_H
#define CORE_SW_SNOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/snoop.h"
#include "core/sw.h"
#include "util/err.h"

enum {
	SNOOP_TOLD = 16,
	SNOOP_TOLD_MORE = 4,	  /* of queriers, routers and full ports */
	SNOOP_VLANS_AT_ONCE = 64, /* VLANs that begin, or are asked, in a tick */
	SW_GROUPS_MAX = 1024,	  /* static memberships of a switch */
};

/* A membership that the administrator has set. */
struct sw_group {
	struct ip_addr group;
	uint16_t vid; /* 0 in a switch that is not vlan_aware */
	uint16_t port;
};

/* The switch's part of it, there whether snooping is on or off. */
struct sw_snooping {
	struct sw_group *group; /* static memberships, in no order */
	unsigned groups;
	unsigned next_vid;	/* VLANs from here on are to be looked at */
	unsigned next_stale;	/* ...and these to be asked: the tree has changed */
	bool statics;		/* have not been given to the snooping yet */
	struct portset routers; /* ports that are static routers' */
	struct sw_settings set; /* as the snooping has them */
	uint64_t now_ms, told_at_ms;
	struct portset talked;	       /* ports that raised an event this second... */
	uint16_t told[PORTSET_MAX];    /* ...so many... */
	uint32_t skipped[PORTSET_MAX]; /* ...and so many that were not raised */
};

/* What the settings say, in the protocol's terms. */
struct snoop_settings sw_snoop_cfg(const struct sw *sw);

bool sw_snoop_is_on(const struct sw *sw);

/* The settings of the switch, or of one of its VLANs, have changed. */
void sw_snoop_update(struct sw *sw);
void sw_snoop_vlan_updated(struct sw *sw, unsigned vid);

/* A port came, went, changed its settings or its link. */
void sw_snoop_port_added(struct sw_port *p);
void sw_snoop_port_removed(struct sw_port *p);
void sw_snoop_port_updated(struct sw_port *p, const struct vidset *was);
void sw_snoop_port_link(struct sw_port *p);

/* Hosts may be behind other ports now: it is acted upon in the next tick. */
void sw_snoop_topology_changed(struct sw *sw);

void sw_snoop_tick(struct sw *sw, uint64_t now_ms);
void sw_snoop_commit(struct sw *sw, const struct snoop_verdict *v, uint64_t now_ms);

/* For struct snoop_ops: raises it as an event of the switch arg, unless the port has told enough this second. */
void sw_snoop_tell(void *arg, const struct snoop_event *from);
/* A second may be over, and each port may talk again. */
void sw_snoop_renew_telling(struct sw *sw, uint64_t now_ms);

/* What struct sw has of it; NULL: no memory. */
struct sw_snooping *sw_snoop_new(void);
void sw_snoop_free(struct sw *sw);

/* Gives one to the snooping, where it is on in that VLAN and the port is in it. */
void sw_group_put(struct sw *sw, const struct sw_group *g, uint64_t now_ms);

/* Do static memberships fit those settings? */
int sw_groups_fit(const struct sw *sw, const struct sw_settings *set, struct err *e);

/*
 * A static membership.  0 (also where it is there already); -EINVAL: it is no group that can be
 * snooped for, or the VLAN does not fit the switch; -ENOSPC: there are SW_GROUPS_MAX, or mcast_max_groups; -ENOMEM.
 */
int sw_group_add(struct sw *sw, uint16_t vid, struct ip_addr group, struct sw_port *p,
		 struct err *e);
/* 0, or -ENOENT: there is none. */
int sw_group_del(struct sw *sw, uint16_t vid, struct ip_addr group, struct sw_port *p,
		 struct err *e);

#endif
