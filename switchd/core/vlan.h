/* SPDX-License-Identifier: ISC */
/*
 * vlan.h - which VLAN a frame belongs to, and who is in it (IEEE 802.1Q-2018 clauses 6.9 and 8.6).
 *
 * Where a switch is vlan_aware each frame is in exactly one VLAN: that of its tag, where the port
 * knows that kind of tag, or else the port's PVID.  The VLAN's member set bounds where the frame may
 * go, its untagged set tells where it leaves without a tag.  Nothing here touches the frame: how it
 * was classified stands in a struct vlan_class, and core/tag.h makes the bytes that leave.
 *
 * - A tag of VID 0 carries a priority and no VLAN: it is the PVID's, and the priority is kept.
 * - VID 4095 is reserved and refused (table 9-2).
 * - A port with dot1q_tunnel looks at no tag at all: the customer's frame, tags included, is what the
 *   provider carries.  The priority of the customer's outer tag is taken over.
 * - Ports of one switch may have different TPIDs.  A tag of the other kind is no tag to a port.
 *
 * A row for each VID is made with the switch: a megabyte of address space, of which only the pages
 * of VLANs in use are ever touched.
 */
#ifndef CORE_VLAN_H
#define CORE_VLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/drop.h"
#include "core/settings.h"
#include "util/portset.h"
#include "util/vidset.h"

struct frame;
struct sw;
struct sw_port;

struct vlan {
	struct portset members;
	struct portset untagged; /* of members */
	struct sw_vlan_set set;
};

struct vlan_table {
	struct vlan vlan[VID_COUNT];
	struct portset stag; /* ports whose tags are provider tags */
};

/* What follows from a port's settings, for frames that come in. */
struct vlan_port {
	uint16_t pvid; /* 0 = untagged frames belong nowhere */
	uint16_t tpid; /* of tags that are looked at; VLAN_NO_TPID = of none */
	bool tunnel;
	bool refuse_tagged;
	bool refuse_untagged;
	bool filter;
	struct vidset members, untagged; /* the rows it is in */
};

enum { VLAN_NO_TPID = 1 }; /* no EtherType, and not what an untagged frame has */

/* How a frame was classified. */
struct vlan_class {
	uint16_t vid;
	uint16_t tci; /* of a tag that it leaves with: priority, drop eligibility and VID */
	bool popped;  /* the frame's outer tag said so, and is not part of what is carried */
};

/*
 * Classifies the frame received on `in` of a switch that is vlan_aware.  DROP_NONE, or why the port
 * does not take it: DROP_VID_RESERVED, DROP_TAGGED, DROP_UNTAGGED, DROP_NOT_IN_VLAN.  c->vid is set
 * even then, where there is one.
 */
enum drop vlan_classify(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			struct vlan_class *c);

/* The TPID of the tag that frames of the VLAN leave with at the port; 0 = without. */
uint16_t vlan_egress_tpid(const struct sw *sw, unsigned vid, unsigned port);

/* Puts the port into its VLANs as p->set says.  True: that is news, and what it learned is void. */
bool vlan_port_update(struct sw_port *p);

/* Takes the port out of every VLAN. */
void vlan_port_forget(struct sw_port *p);

/* Does the VLAN mean anything: has it members, or settings of its own? */
bool vlan_in_use(const struct sw *sw, unsigned vid);

/* "access", "trunk", "hybrid" (untagged in more than one VLAN) or "tunnel": what people call that. */
const char *vlan_port_mode(const struct sw_port_set *set);

/* The VLAN of frames without a tag; 0 = they have none. */
uint16_t vlan_pvid(const struct sw_port_set *set);

#endif
