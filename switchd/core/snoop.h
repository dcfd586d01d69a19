/* SPDX-License-Identifier: ISC */
/*
 * snoop.h - IGMP and MLD snooping: multicast goes to who asked for it (RFC 4541), and the querier that
 * makes hosts say so where no router does (RFC 3376 clause 6.6.2, RFC 3810 clause 7.6.2).
 *
 * For each VLAN, and for IPv4 and IPv6 apart, it holds which ports are members of which groups, with the
 * filter of sources that RFC 3376 clause 6.4 keeps for an interface (here: for a port), behind which ports
 * there are multicast routers, and who is the querier.  A switch that knows no VLANs has VLAN 0 alone.
 *
 * What complicates it, and the answer:
 *
 * - Snooping without a querier cuts people off: hosts that are not asked say nothing, and their membership
 *   ends.  So, as in Linux's bridge, a VLAN in which no querier is heard floods as if there were no snooping,
 *   reports included; and so it does until the first answers after a querier appears, or the topology
 *   changes, are in.
 * - Which groups are forwarded how (RFC 4541 clauses 2.1.2 and 3):
 *
 *	not IP, 224.0.0.0/24, ff02::1, IPv6 scopes 0 and 1	flooded
 *	known						members and routers
 *	unknown, other ff02::/16			flooded: neighbour discovery, mDNS and DHCPv6 depend on
 *							these, and not every host reports them.  One that does
 *							makes its solicited-node group a known one
 *	unknown						routers, or flooded where `unknown` says so
 *
 * - A report goes to routers only (RFC 4541 clause 2.1.1 (1)): a host that hears another's would not send its
 *   own, and its port would be forgotten.  Where the switch itself is the querier, that may be nobody.
 * - A hostile guest can join without end.  What is bounded are memberships, a group on a port: a port has at
 *   most max_port_groups, the switch max_groups.  When it is full, a port below its fair share takes the
 *   place of the longest silent membership of the port that has most.  A port that was refused, or lost, a
 *   membership gets all multicast of the VLAN for a while: it misses nothing, and only itself gets more.
 * - Sources: at most max_sources of a group on a port, and of all that the switch has room for (SNOOP_ROOM
 *   each membership) a port may hold no more than are left, so that nobody takes all.  A membership whose
 *   sources do not fit becomes one for all sources: nothing is missed.
 * - Hosts speak old versions, and an old one is not understood to hear a new one (RFC 3376 clause 7.3.2): a
 *   port on which one was heard takes part in a group at that one's level for a while.
 * - A leave counts when the querier's question after others in the group went unanswered.  Where we are the
 *   querier we ask, at most SNOOP_ASKS a second for each port; what is above waits, and so do its
 *   memberships.  Where another is, its question is seen, and answers are awaited for as long as it does.
 *   A port with fast leave has one host behind it: then nobody needs to be asked.
 * - A guest that says to be a router gets everything, and one that says to be a querier decides how long
 *   memberships last: a port can be set to have no router behind it (SNOOP_ROUTER_NEVER).
 * - Thousands of memberships end together: timers are on a wheel, and one call of snoop_tick() does a
 *   bounded amount of work.
 *
 * The source 0.0.0.0 (RFC 4541 clause 2.1.1 (1)): a query from it makes hosts answer, and so counts as a
 * querier where there is no other, but takes no part in the election, and no router is behind its port.
 * We may use it too (igmp_source), and then yield to any other.  As its port is no router's, neither
 * reports nor data find the way to it: between several switches, the querier needs a real address.
 *
 * A host that joins while there is no room for a group to be remembered is served as above.  Memory is taken
 * by snoop_new() alone, but for a few bytes for each VLAN, and for each port that a router is behind.
 *
 * Time is milliseconds of a clock that does not go back.  Nothing here is thread-safe.
 */
#ifndef CORE_SNOOP_H
#define CORE_SNOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/drop.h"
#include "core/frame.h"
#include "core/mcast.h"
#include "util/ip.h"
#include "util/portset.h"
#include "util/siphash.h"

enum {
	SNOOP_NO_PORT = -1,
	SNOOP_ROOM = 4,	     /* sources the switch has room for, for each of max_groups */
	SNOOP_RECORDS = 512, /* records of one report that are read; the port is served as above */
	SNOOP_ASKS = 16,
	SNOOP_VIDS = 4096,
};

enum snoop_unknown { SNOOP_UNKNOWN_ROUTERS, SNOOP_UNKNOWN_FLOOD };

enum snoop_router_mode {
	SNOOP_ROUTER_AUTO,  /* learned: from queries, PIM hellos, MRD */
	SNOOP_ROUTER_NEVER, /* such messages are dropped: DROP_ROUTER_GUARD */
};

/* RFC 3376 clause 8 and RFC 3810 clause 9 name these; what a querier other than us says comes first. */
struct snoop_settings {
	bool igmp, mld; /* which of them; the other's groups are flooded */
	enum snoop_unknown unknown;
	uint32_t max_groups; /* memberships of the switch; 1 or more; fixed once made */
	uint32_t
		max_port_groups; /* of a port, those of the administrator apart; 0 = as max_groups */
	uint32_t max_sources;	 /* of a membership; 0 = filters by source are not kept */

	uint32_t robustness;	    /* 1 to 7, usually 2: messages of which one less may be lost */
	uint32_t query_interval_s;  /* 1 to 31744, usually 125 */
	uint32_t query_response_ms; /* 100 or more, below the query interval, usually 10000 */
	uint32_t last_member_ms;    /* 100 or more, usually 1000 */

	bool querier;		    /* in all VLANs */
	uint8_t igmp_version;	    /* of our queries: 2 or 3 */
	uint8_t mld_version;	    /* 1 or 2 */
	uint64_t mac;		    /* where our queries come from */
	struct ip_addr igmp_source; /* 0.0.0.0 allowed, see above */
	struct ip_addr
		mld_source; /* link-local; ::, one is made of the mac (RFC 4291 appendix A) */
};

/* Usual values: both families on, no querier, room for 4096 memberships. */
void snoop_defaults(struct snoop_settings *set);

/* ---- what comes out ---- */

enum snoop_event_kind {
	SNOOP_JOINED,	    /* vid, port, group */
	SNOOP_LEFT,	    /* vid, port, group: it left, fell silent or gave way */
	SNOOP_QUERIER,	    /* vid, v6, addr, port (SNOOP_NO_PORT = we): there is another querier */
	SNOOP_QUERIER_LOST, /* vid, v6: none is heard any more */
	SNOOP_ROUTER_LEARNED, /* vid, v6, port, addr */
	SNOOP_ROUTER_AGED,    /* vid, v6, port */
	SNOOP_FULL, /* vid, port, group: refused; said once until the port has room again */
	SNOOP_EVENT_COUNT
};

struct snoop_event {
	enum snoop_event_kind kind;
	uint16_t vid;
	bool v6;
	int port;
	struct ip_addr group, addr;
};

/*
 * What the snooping does to its switch.  Neither may call back.  `send` floods a frame of our own, without a
 * tag, to the ports of the VLAN; `event` may be NULL.
 */
struct snoop_ops {
	void *arg;
	void (*send)(void *arg, uint16_t vid, const uint8_t *frame, size_t len);
	void (*event)(void *arg, const struct snoop_event *ev);
};

struct snoop;

/*
 * Snooping for one switch, without a VLAN yet.  `key` is secret and random; *ops is copied.  NULL: no memory.
 * It takes some 600 bytes for each of max_groups and, where max_sources is not 0, 1600 more, which the
 * system gives as they are touched.
 */
struct snoop *snoop_new(const struct snoop_settings *set, const struct siphash_key *key,
			const struct snoop_ops *ops, uint64_t now_ms);
void snoop_free(struct snoop *s);

/*
 * Takes over other settings but max_groups, and max_sources if it was 0.  Groups of a family that is
 * switched off are forgotten.
 */
void snoop_configure(struct snoop *s, const struct snoop_settings *set, uint64_t now_ms);

/* ---- VLANs and ports ---- */

/* Frames of a VLAN are snooped from when it was added on.  0, also where it was there; -ENOMEM. */
int snoop_vlan_add(struct snoop *s, uint16_t vid, uint64_t now_ms);
bool snoop_vlan_is(const struct snoop *s, uint16_t vid);
/* Forgets all of it, static memberships and routers too; no events are raised. */
void snoop_vlan_del(struct snoop *s, uint16_t vid);

/* What a VLAN has for itself. */
struct snoop_vlan_settings {
	bool querier;		    /* here, where settings.querier is not set for all */
	struct ip_addr igmp_source; /* 0.0.0.0 = the settings' igmp_source */
};

/* Takes over other settings of a VLAN.  0, or -ENOENT: there is no such VLAN. */
int snoop_vlan_configure(struct snoop *s, uint16_t vid, const struct snoop_vlan_settings *set,
			 uint64_t now_ms);

struct snoop_port_settings {
	bool fast_leave;
	enum snoop_router_mode router;
};

/* Ports need not be announced; one that was not is as with all of this zero. */
void snoop_port_configure(struct snoop *s, unsigned port, const struct snoop_port_settings *set);
/* The link is down: forgets what was learned on the port. */
void snoop_port_down(struct snoop *s, unsigned port);
/* The port is removed: forgets everything of it, counters and settings too. */
void snoop_port_del(struct snoop *s, unsigned port);
/* The port is not in the VLAN any more: forgets everything of it there. */
void snoop_port_leaves(struct snoop *s, unsigned port, uint16_t vid);

/*
 * The tree changed (STP): hosts may be behind other ports now.  Has them asked (RFC 4541 clause 2.1.1 (4)):
 * by us as the querier, otherwise from 0.0.0.0 or ::; and floods until the answers are in.
 */
void snoop_topology_changed(struct snoop *s, uint16_t vid, uint64_t now_ms);

/*
 * The administrator's word.  0, -ENOENT: there is no such VLAN, or nothing to take away; -EINVAL: not a
 * group, or one that is everybody's; -ENOSPC: there are max_groups of these; what is learned gives way.
 */
int snoop_static_add(struct snoop *s, uint16_t vid, struct ip_addr group, unsigned port,
		     uint64_t now_ms);
int snoop_static_del(struct snoop *s, uint16_t vid, struct ip_addr group, unsigned port);
/* A port with a router behind it, whatever is heard: for both families.  0 or -ENOENT. */
int snoop_static_router(struct snoop *s, uint16_t vid, unsigned port, bool on);

/* ---- frames ---- */

enum snoop_route {
	SNOOP_FLOOD, /* to all ports of the VLAN, as without snooping */
	SNOOP_PORTS, /* to a set of ports, which may be empty */
};

/*
 * Where a frame that carries data to a group goes.  Changes nothing, allocates nothing, takes the same time
 * whatever there is in the tables.  SNOOP_PORTS: *out is the set, all PORTSET_WORDS of it; that the port
 * the frame came from, and ports that do not forward, are not sent to is for the caller to see to.
 */
enum snoop_route snoop_lookup(const struct snoop *s, uint16_t vid, const struct frame *f,
			      struct portset *out);

/* Why such a frame is flooded, in the order in which it is looked at. */
enum snoop_why {
	SNOOP_WHY_PORTS,    /* it is not: SNOOP_PORTS */
	SNOOP_WHY_OFF,	    /* the VLAN is not watched, or not for the family */
	SNOOP_WHY_ASKLESS,  /* there is no querier */
	SNOOP_WHY_SETTLING, /* its first answers are not in yet */
	SNOOP_WHY_NO_GROUP, /* no IP packet to a group */
	SNOOP_WHY_EVERYBODYS,
	SNOOP_WHY_UNKNOWN, /* nobody has joined, and such groups are flooded */
	SNOOP_WHY_FOREIGN, /* tagged otherwise than hosts here are asked: the caller knows */
};

enum snoop_why snoop_why_flooded(const struct snoop *s, uint16_t vid, const struct frame *f);

struct snoop_verdict {
	/* DROP_NONE, or why the frame goes nowhere: DROP_BAD_IGMP, _BAD_MLD, _BAD_PIM, _ROUTER_GUARD. */
	enum drop drop;
	enum snoop_route route;
	struct portset out; /* SNOOP_PORTS */
	uint16_t vid;
	uint16_t in;
	struct mcast_msg msg; /* MCAST_NONE: data */
};

/*
 * What becomes of the frame f, which came from port `in` and is to a group: message or data.  Changes
 * nothing.  *v borrows the frame's bytes.
 */
void snoop_decide(const struct snoop *s, uint16_t vid, unsigned in, const struct frame *f,
		  struct snoop_verdict *v);

/*
 * Learns and counts what was decided; nothing may have changed in between.  For data it does nothing.  A
 * message whose `out` is empty has been received by the switch: it is not lost.
 */
void snoop_commit(struct snoop *s, const struct snoop_verdict *v, uint64_t now_ms);

/* Time passes: call it about once a second.  True: more is due, call it again soon. */
bool snoop_tick(struct snoop *s, uint64_t now_ms);

/* ---- looking ---- */

struct snoop_group_info {
	uint16_t vid;
	uint16_t port;
	struct ip_addr group;
	bool is_static; /* the administrator's; if learned is false, nothing more */
	bool learned;
	bool exclude;	 /* all sources but those that are blocked; else only those that are not */
	uint8_t version; /* of IGMP or MLD that the port's hosts are heard at */
	uint16_t n_sources;
	uint32_t expires_ms; /* exclude: until it ends, or becomes one for single sources */
	uint32_t age_ms;     /* since it came */
};

struct snoop_source_info {
	struct ip_addr addr;
	bool blocked;	     /* else wanted... */
	uint32_t expires_ms; /* ...for so long */
};

/*
 * Walks memberships by slots, for listings that go on while they change.  Looks at those from *slot up to
 * but not including `end`; true: *info is one, and *slot is behind it.  False: there is none, and *slot is
 * where to go on; over when it has reached snoop_slots().  A membership that stays is seen exactly once.
 */
bool snoop_walk(const struct snoop *s, uint32_t *slot, uint32_t end, uint64_t now_ms,
		struct snoop_group_info *info);
uint32_t snoop_slots(const struct snoop *s);

/* The sources of the membership in the slot in front of `slot`, at most max; how many were written. */
unsigned snoop_sources(const struct snoop *s, uint32_t slot, uint64_t now_ms,
		       struct snoop_source_info *out, unsigned max);

struct snoop_querier_info {
	bool known; /* else nothing of the rest */
	bool self;
	bool settling; /* its first answers are being waited for, and all is flooded */
	struct ip_addr addr;
	int port; /* SNOOP_NO_PORT where it is us */
	uint8_t version;
	uint8_t qrv;
	uint32_t qqi_s;
	uint32_t query_response_ms;
	uint32_t expires_ms; /* another: until it counts as gone.  We: until the next query */
};

/* 0, or -ENOENT: there is no such VLAN. */
int snoop_querier(const struct snoop *s, uint16_t vid, bool v6, uint64_t now_ms,
		  struct snoop_querier_info *info);

struct snoop_router_info {
	bool is_static;
	bool learned;
	struct ip_addr addr; /* the rest: of one that was learned */
	uint32_t expires_ms; /* MCAST_HOLD_FOREVER */
};

/* The ports with routers behind them; 0 or -ENOENT. */
int snoop_routers(const struct snoop *s, uint16_t vid, bool v6, struct portset *ports);
/* One of them; false: none is there. */
bool snoop_router(const struct snoop *s, uint16_t vid, bool v6, unsigned port, uint64_t now_ms,
		  struct snoop_router_info *info);

/* Of a port, since it was made or the counters cleared; [0]: IGMP, [1]: MLD. */
struct snoop_port_stats {
	uint64_t reports[2], leaves[2], queries[2];
	uint64_t hellos; /* of routers */
	uint64_t bad[2];
	uint64_t guarded; /* dropped because no router may be there */
	uint64_t refused; /* memberships for which there was no room */
	uint64_t evicted; /* memberships that gave way to another port's */
	uint64_t widened; /* memberships that became ones for all sources */
	uint64_t cut;	  /* reports of which only the first SNOOP_RECORDS were read */
};

struct snoop_stats {
	uint32_t groups;  /* different ones, now */
	uint32_t members; /* memberships, now */
	uint32_t statics; /* of these, the administrator's */
	uint32_t sources; /* of memberships, now */
	uint64_t sent[2]; /* queries, since then */
};

void snoop_port_stats(const struct snoop *s, unsigned port, struct snoop_port_stats *st);
/* Memberships of a port now, and sources of these. */
uint32_t snoop_port_members(const struct snoop *s, unsigned port, uint32_t *sources);
void snoop_stats(const struct snoop *s, struct snoop_stats *st);
/* Of one port, or with SNOOP_NO_PORT of all and the switch. */
void snoop_clear_stats(struct snoop *s, int port);

#endif
