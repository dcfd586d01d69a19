/* SPDX-License-Identifier: ISC */
/*
 * stp.h - the spanning tree: which ports of a bridge forward, so that a network with loops in its
 * cables has none for frames (RSTP, IEEE 802.1D-2004 clause 17, which is the CIST of 802.1Q-2018 clause
 * 13 where there is one tree and no regions).  Towards a bridge that knows only STP (version 0) a port falls
 * back to STP by itself, and returns when that bridge is gone.
 *
 * One struct stp is one bridge.  Events go in (link up or down, a BPDU, a second gone by, a setting), the
 * state machines run until none of them has anything more to do, and what follows goes out
 * through struct stp_out before the call returns.
 *
 * What complicates it, and the answer:
 *
 * - A BPDU is a stranger's word.  It is checked before anything is learned from it, and refused under a
 *   name of its own (enum drop).  Times in it are moved into the limits of table 17-1, for a forwarding
 *   delay of 0 s announced by a root would open loops here.
 * - Machines that set each other off could go on for ever if one were wrong.  Each run is bounded and
 *   says so when the bound is met (machine_overruns, which is 0).
 * - An ordinary hello is looked at by the port it came in on alone; all ports are walked where roles may
 *   change, and once a second.
 * - BPDUs are sent when all machines of a run are at rest, so that a port which changed its mind
 *   three times says the last one, once.  The standard leaves that order open, and each port may send
 *   tx_hold_count in one go and then one a second.
 * - Addresses are forgotten at once (flush) towards STP bridges too, where the standard would age them
 *   faster for a while (17.19.7): what it wants to be rid of is gone sooner.
 * - A student asks why.  Each change of a role or a state is told with its cause: what decided, and which
 *   port and bridge set it off.
 *
 * Nothing is allocated but by stp_new() and stp_port_add(); nothing here is thread-safe.
 */
#ifndef CORE_STP_H
#define CORE_STP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/drop.h"
#include "util/err.h"

enum {
	STP_PORTS_MAX =
		1024, /* ports are 0 to 1023; the number in the port identifier is one more */
	STP_COST_MAX = 200000000,
	STP_NO_PORT = -1,
};

/* A bridge identifier: 4 bits of priority, 12 of the system id extension (0 here), the address. */
#define STP_BRIDGE_MAC(id)	((id)&UINT64_C(0xffffffffffff))
#define STP_BRIDGE_PRIORITY(id) ((uint32_t)((id) >> 48 & 0xf000))

/* ---- settings ---- */

/* The version of the protocol (ForceProtocolVersion, 17.13.4). */
enum stp_version {
	STP_VERSION_STP = 0,
	STP_VERSION_RSTP = 2,
};

struct stp_cfg {
	uint32_t priority;	  /* 0 to 61440 in steps of 4096; the lowest becomes root */
	uint32_t hello_time_s;	  /* 1 to 2 */
	uint32_t forward_delay_s; /* 4 to 30 */
	uint32_t max_age_s;	  /* 6 to 40 */
	uint32_t tx_hold_count;	  /* 1 to 10 */
	uint32_t
		guard_recovery_s; /* a port shut by BPDU guard is opened after so long; 0 = never */
	enum stp_version version;
};

/* operPointToPointMAC (6.4.3): exactly one other bridge may be at the other end. */
enum stp_p2p {
	STP_P2P_AUTO, /* if the link is full duplex */
	STP_P2P_YES,
	STP_P2P_NO,
};

struct stp_port_cfg {
	uint32_t cost;	   /* 1 to STP_COST_MAX; 0 = from the speed, table 17-3 */
	uint32_t priority; /* 0 to 240 in steps of 16 */
	enum stp_p2p p2p;
	/*
	 * No bridge is to be expected here: the port forwards at once.  A BPDU takes that back.  As in the
	 * standard (17.25) a port takes this up when its link comes up the next time.
	 */
	bool admin_edge;
	bool auto_edge;	  /* finds out by itself: no BPDU heard for 3 s (17.20.4) */
	bool bpdu_guard;  /* a BPDU heard here shuts the port */
	bool bpdu_filter; /* BPDUs are neither sent nor heeded: the port takes no part */
	/*
	 * No root beyond this port: while a better BPDU than ours is heard, the port stays designated but
	 * discards (root-inconsistent).  That BPDU is forgotten after three of its hello times.
	 */
	bool root_guard;
};

/* Table 17-1 and 17-2: 32768, 2, 15, 20, 6; RSTP; no timed recovery. */
struct stp_cfg stp_cfg_default(void);
/* Cost from the speed, priority 128, auto_edge; no guard. */
struct stp_port_cfg stp_port_cfg_default(void);

/*
 * Are the values in their ranges and, of a bridge, do the times fit together (17.14: 2 * (forward_delay
 * - 1) >= max_age >= 2 * (hello_time + 1))?  Returns 0, or -EINVAL with *e naming the setting.
 */
int stp_cfg_check(const struct stp_cfg *cfg, struct err *e);
int stp_port_cfg_check(const struct stp_port_cfg *cfg, struct err *e);

/* ---- what comes out ---- */

enum stp_role {
	STP_ROLE_DISABLED,
	STP_ROLE_ROOT,
	STP_ROLE_DESIGNATED,
	STP_ROLE_ALTERNATE,
	STP_ROLE_BACKUP,
	STP_ROLE_COUNT
};

enum stp_state { STP_STATE_DISCARDING, STP_STATE_LEARNING, STP_STATE_FORWARDING, STP_STATE_COUNT };

enum stp_event_kind {
	STP_EVENT_ROLE,		/* port, role, old_role */
	STP_EVENT_STATE,	/* port, state, old_state */
	STP_EVENT_ROOT,		/* root, old_root; port is the root port or STP_NO_PORT */
	STP_EVENT_TOPOLOGY,	/* a topology change: port is where it was seen or heard of */
	STP_EVENT_GUARD_SHUT,	/* BPDU guard shut the port */
	STP_EVENT_GUARD_OPENED, /* and it is open again */
	STP_EVENT_INCONSISTENT, /* root guard holds the port */
	STP_EVENT_CONSISTENT,	/* and lets go */
	STP_EVENT_TO_STP,	/* the port speaks STP now: an STP bridge was heard */
	STP_EVENT_TO_RSTP,	/* and RSTP again */
	STP_EVENT_COUNT
};

enum stp_cause {
	/* what set things off */
	STP_CAUSE_BEGIN,   /* the port was added, or the protocol started anew */
	STP_CAUSE_REMOVED, /* a port is removed */
	STP_CAUSE_LINK_UP,
	STP_CAUSE_LINK_DOWN,
	STP_CAUSE_SETTING,  /* somebody changed a setting or asked for it */
	STP_CAUSE_BPDU,	    /* a BPDU of cause_bridge came in on cause_port */
	STP_CAUSE_AGED_OUT, /* cause_bridge was not heard on cause_port any more */
	STP_CAUSE_TIMER,    /* a timer ran out */
	STP_CAUSE_BPDU_GUARD,
	STP_CAUSE_ROOT_GUARD,
	/* what decided about the state of a port */
	STP_CAUSE_ROLE,		 /* its new role discards */
	STP_CAUSE_FORWARD_DELAY, /* it waited out the forward delay */
	STP_CAUSE_AGREED,	 /* the bridge at the other end agreed to a proposal */
	STP_CAUSE_EDGE,		 /* there is no bridge at the other end */
	STP_CAUSE_REROOTED,	 /* a new root port: no recent one forwards any more */
	STP_CAUSE_SYNC,	  /* the root port was made a proposal: this one has to agree below first */
	STP_CAUSE_REROOT, /* it was root port lately, and another one waits for it */
	STP_CAUSE_DISPUTE, /* the other end believes itself designated too and forwards */
	STP_CAUSE_COUNT
};

/* Members that the kind does not name are 0.  cause, cause_port and cause_bridge always mean something. */
struct stp_event {
	enum stp_event_kind kind;
	int port;
	enum stp_role role, old_role;
	enum stp_state state, old_state;
	uint64_t root, old_root;
	/*
	 * Why.  Where the state of a port changed, what decided; port and bridge are those that set it off.
	 * The port may be STP_NO_PORT; the bridge is an identifier, of a TCN BPDU (which has none) the address
	 * of the sender, and 0 where none is meant.
	 */
	enum stp_cause cause;
	int cause_port;
	uint64_t cause_bridge;
};

/*
 * What the bridge does.  All four are called in the middle of a run and must not call back into the same
 * struct stp, nor lead to that before they return: a BPDU for another bridge of this process has to
 * be queued.
 */
struct stp_out {
	void *arg;
	/* Sends a whole Ethernet frame of 60 bytes through the port. */
	void (*send)(void *arg, unsigned port, const uint8_t *frame, size_t len);
	/* Data frames: may addresses be learned, may frames pass?  A new port starts with neither. */
	void (*state)(void *arg, unsigned port, bool learning, bool forwarding);
	/* Forget the addresses learned on the port. */
	void (*flush)(void *arg, unsigned port);
	/* Tells what happened; the event lives only during the call. */
	void (*tell)(void *arg, const struct stp_event *ev);
};

/* ---- the bridge ---- */

struct stp;

/*
 * A bridge without ports that believes itself root.  cfg has passed stp_cfg_check(); bridge_mac is a
 * station's address, unique in the network, and also the source of what is sent.  *out is copied; all
 * four functions are there.  NULL: no memory.
 */
struct stp *stp_new(const struct stp_cfg *cfg, uint64_t bridge_mac, const struct stp_out *out);

/* Without a word to anybody. */
void stp_free(struct stp *s);

/* Takes over changed settings, which have passed stp_cfg_check().  Another version starts all anew. */
void stp_set(struct stp *s, const struct stp_cfg *cfg);

/* One second went by. */
void stp_tick(struct stp *s);

/*
 * A frame to 01:80:C2:00:00:00 came in on the port.  DROP_NONE: it was heeded.  Otherwise why not:
 *
 *	DROP_BAD_BPDU	   not a BPDU as 9.2 to 9.3.4 (802.1Q-2018: 14.4) want it
 *	DROP_BPDU_OLD	   a Config BPDU whose message age has reached its max age
 *	DROP_BPDU_OWN	   sent by this very port: what is beyond it sends frames back
 *	DROP_BPDU_FILTER   the port has bpdu_filter
 *	DROP_BPDU_GUARD	   the port has bpdu_guard: this shut it, or it was shut
 *	DROP_PORT_BLOCKED  there is no such port, or its link is down
 */
enum drop stp_receive(struct stp *s, unsigned port, const uint8_t *frame, size_t len);

/* What stp_receive() would answer.  Changes nothing. */
enum drop stp_judge(const struct stp *s, unsigned port, const uint8_t *frame, size_t len);

/* ---- ports ---- */

/*
 * A port whose link is down.  cfg has passed stp_port_cfg_check().  0, -EINVAL (no such number), -EEXIST
 * or -ENOMEM.
 */
int stp_port_add(struct stp *s, unsigned port, const struct stp_port_cfg *cfg);

/* As if its link went down first.  The functions below do nothing where there is no such port. */
void stp_port_del(struct stp *s, unsigned port);

/*
 * The link went up or down, or has another speed.  speed_mbit 0: not known, counts as 1000.  A port that
 * BPDU guard has shut is opened by its link going down.  Saying the same again changes nothing.
 */
void stp_port_link(struct stp *s, unsigned port, bool up, uint32_t speed_mbit, bool full_duplex);

/* Takes over changed settings, which have passed stp_port_cfg_check(). */
void stp_port_set(struct stp *s, unsigned port, const struct stp_port_cfg *cfg);

/* Opens a port that BPDU guard has shut; false: it was not.  Turning the setting off does not open it. */
bool stp_port_reopen(struct stp *s, unsigned port);

/* Try RSTP again towards whatever is there (mcheck, 17.19.13). */
void stp_port_mcheck(struct stp *s, unsigned port);

/* ---- for those who look ---- */

struct stp_bridge_info {
	struct stp_cfg cfg;
	uint64_t bridge_id;
	uint64_t root_id; /* of the tree; bridge_id if this is the root */
	uint32_t root_path_cost;
	int root_port;	       /* STP_NO_PORT: this is the root */
	uint32_t hello_time_s; /* the times in use, which are the root's */
	uint32_t forward_delay_s;
	uint32_t max_age_s;
	uint32_t message_age_s; /* how far from the root, in bridges */
	bool topology_change;	/* one is being told to the others now */
	uint64_t topology_changes;
	int topology_change_port; /* where the last was seen or heard of; STP_NO_PORT: none yet */
	uint64_t since_topology_change_s; /* since the last, or since stp_new() */
	uint64_t machine_overruns;	  /* runs that met their bound: a fault in this code */
};

struct stp_port_info {
	struct stp_port_cfg cfg;
	enum stp_role role;
	enum stp_state state;
	bool link;
	bool shut;		/* by BPDU guard */
	bool root_inconsistent; /* held by root guard */
	bool edge;		/* operEdge */
	bool p2p;		/* operPointToPointMAC */
	bool rapid;		/* speaks RSTP; false: STP */
	bool proposing;		/* waits for the other end to agree */
	bool agreed;		/* it did */
	bool topology_change;	/* this port tells the others about one now */
	uint16_t port_id;
	uint32_t path_cost; /* in use */
	/* The port priority vector: what is believed to be the best on this link. */
	uint64_t designated_root;
	uint32_t designated_cost;
	uint64_t designated_bridge;
	uint16_t designated_port;
	/* Seconds that are left, 0 = not running. */
	uint32_t info_left_s;	 /* until what was heard is forgotten (rcvdInfoWhile) */
	uint32_t forward_left_s; /* of the forward delay (fdWhile) */
	uint32_t shut_left_s;	 /* until the port is opened by itself */
	uint32_t inconsistent_left_s;
	uint64_t state_since_s; /* how long the state has been what it is */
	uint64_t forward_transitions;
	uint64_t tx_config, tx_rst, tx_tcn;
	uint64_t rx_config, rx_rst, rx_tcn;
	uint64_t rx_bad;   /* DROP_BAD_BPDU and DROP_BPDU_OLD */
	uint64_t rx_other; /* refused for another reason */
};

void stp_bridge_info(const struct stp *s, struct stp_bridge_info *info);

/* False: there is no such port. */
bool stp_port_info(const struct stp *s, unsigned port, struct stp_port_info *info);

/* "root", "designated"...; "discarding", "learning", "forwarding". */
const char *stp_role_name(enum stp_role r);
const char *stp_state_name(enum stp_state st);
/* "role", "root", "guard_shut"...; "bpdu", "forward_delay"... */
const char *stp_event_name(enum stp_event_kind k);
const char *stp_cause_name(enum stp_cause c);
/* A sentence for a person: what the cause means. */
const char *stp_cause_text(enum stp_cause c);

#endif
