/* SPDX-License-Identifier: ISC */
/*
 * lldp.h - an LLDP agent for the ports of a switch (IEEE 802.1AB-2016): says who we are, and keeps who the
 * neighbours say they are.
 *
 * For each port one agent of the standard, for the group "nearest bridge": the transmit machine (clause 9.2.8),
 * its timers (9.2.10) and the receive machine (9.2.9).  Frames come in by lldp_receive() and go out by
 * struct lldp_out; what neighbours say is read by core/lldp_tlv.h.
 *
 * Complications, and how each is answered:
 *
 * Changes that come thick and fast, and neighbours that do, would make us send as fast: each frame costs
 * one of at most credit_max credits, of which one comes back a second (txCredit).
 *
 * Several neighbours on one port are normal behind a hub or a bridge that knows no LLDP, and whoever is there
 * can make up any number.  Each port keeps max_neighbors; one more is refused, counted and told
 * (tooManyNeighbors), so that who floods one port takes nothing from the others.  What is kept of one
 * is its LLDPDU, at most LLDPDU_MAX bytes.
 *
 * A port that is down: the standard keeps its neighbours until they age.  Here they go at once.  The cable of a
 * virtual port is not pulled by accident, and a list that names stations which are not there helps nobody.
 *
 * Events follow what frames say, and whoever sends them can say something else with each.  Who calls may bound
 * that by a meter (core/meter.h) in front of lldp_receive(); nobody who follows the standard sends more than
 * five at once and one a second.
 *
 * Time is in milliseconds and only has to grow; lldp_tick() wants to be called once a second.  None of the
 * functions of struct lldp_out may call back into the agent.
 */
#ifndef CORE_LLDP_H
#define CORE_LLDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/drop.h"
#include "core/lldp_tlv.h"
#include "util/portset.h"
#include "util/words.h"

enum {
	LLDP_FRAME_MAX = 14 + LLDPDU_MAX,
	LLDP_NEIGHBORS_MAX = 64,  /* upper bound of max_neighbors */
	LLDP_ADDRS_SENT = 4,	  /* management addresses we may have */
	LLDP_VLANS_SENT = 8,	  /* VLAN names that one port may tell */
	LLDP_SENDS_PER_TICK = 64, /* frames, so that others need not wait for all ports */
};

enum lldp_mode {
	LLDP_OFF = 0,
	LLDP_RX = 1,
	LLDP_TX = 2,
	LLDP_BOTH = LLDP_RX | LLDP_TX,
};

/* Of the whole switch.  lldp_defaults() fills in what the standard recommends. */
struct lldp_cfg {
	uint64_t chassis; /* MAC address that stands for the switch, the chassis ID */
	char sys_name[LLDP_STRING_MAX + 1]; /* "" = not said; the same with all texts */
	char sys_desc[LLDP_STRING_MAX + 1];
	uint16_t caps, caps_on; /* enum lldp_cap */
	unsigned addrs;
	struct {
		uint8_t family; /* LLDP_FAMILY_... */
		uint8_t len;	/* 4, 16, 6 */
		uint8_t addr[16];
	} addr[LLDP_ADDRS_SENT];
	/* clause 9.2.5, in brackets the recommendation */
	uint16_t tx_interval_s; /* msgTxInterval: 1 to 3600 (30) */
	uint16_t fast_s;	/* msgFastTx: 1 to 3600 (1) */
	uint8_t hold;		/* msgTxHold: 1 to 100 intervals that what we say is good for (4) */
	uint8_t fast_init;	/* txFastInit: 1 to 8 frames so soon after each other (4) */
	uint8_t credit_max;	/* txCreditMax: 1 to 10 (5) */
	uint8_t reinit_s;	/* reinitDelay: 1 to 10 (2) */
	uint16_t max_neighbors; /* of each port: 1 to LLDP_NEIGHBORS_MAX (16) */
};

/* Of one port. */
struct lldp_port_cfg {
	enum lldp_mode mode;
	uint64_t mac;	      /* source of what it sends */
	char name[NAME_SIZE]; /* the port ID, an interface name; never "" */
	char desc[LLDP_STRING_MAX + 1];
	uint32_t mtu;  /* largest payload; 0 = nothing is said of it */
	bool has_pvid; /* say the next? */
	uint16_t pvid; /* VLAN of untagged frames; 0 = there is none */
	unsigned vlans;
	struct {
		uint16_t vid;
		char name[LLDP_VLAN_NAME_MAX + 1];
	} vlan[LLDP_VLANS_SENT];
};

/* Clause 9.2.6. */
struct lldp_stats {
	uint64_t frames_out;
	uint64_t frames_in;
	uint64_t frames_discarded; /* of frames_in: not right, or too many neighbours */
	uint64_t frames_in_error;  /* of frames_in: not right, in part at least */
	uint64_t tlvs_discarded;
	uint64_t tlvs_unrecognized;
	uint64_t ageouts;
	uint64_t length_errors; /* TLVs of ours that did not fit into a frame of the port's mtu */
	uint64_t inserts, deletes; /* neighbours that came and went */
	uint64_t too_many;	   /* of frames_discarded: there was no room for the neighbour */
};

/* What is known of one neighbour.  `info` points into the agent: until the next call that may change it. */
struct lldp_neighbor {
	unsigned port;
	struct lldp_info info;
	uint64_t first_ms; /* when it was first heard, in the caller's time */
	uint32_t age_s;	   /* since it was last heard */
	uint32_t left_s;   /* until it is forgotten */
};

enum lldp_event {
	LLDP_ADDED,
	LLDP_CHANGED, /* it says something else than before */
	LLDP_LEFT,    /* it said that it leaves, with a time to live of 0 */
	LLDP_AGED,    /* it was not heard for as long as it said */
	LLDP_CUT,     /* the port went down, away, or does not receive any more */
};

struct lldp_out {
	void *arg;
	/* Sends a frame through the port; what becomes of it is not asked. */
	void (*send)(void *arg, unsigned port, const uint8_t *frame, size_t len);
	/* Something became of a neighbour.  May be NULL.  n lives until it returns. */
	void (*tell)(void *arg, enum lldp_event event, const struct lldp_neighbor *n);
};

struct lldp;

/* Recommended times and limits; capabilities of a bridge; the rest empty. */
void lldp_defaults(struct lldp_cfg *cfg);

/* Copies both.  NULL: there is no memory. */
struct lldp *lldp_new(const struct lldp_cfg *cfg, const struct lldp_out *out);

/* Tells nobody and sends nothing; lldp_port_del() each port first where neighbours should know. */
void lldp_free(struct lldp *l);

/*
 * Other settings for the switch.  Neighbours are told soon; where the chassis is another, they are told at once
 * to forget the old one.  Of a port that has more than max_neighbors already, none goes before its time.
 */
void lldp_configure(struct lldp *l, const struct lldp_cfg *cfg);

/*
 * A port, 0 to PORTSET_MAX - 1, down at first.  Returns 0, -EEXIST where there is one of that number,
 * -EINVAL where the number is too large or it has no name, -ENOMEM.
 */
int lldp_port_add(struct lldp *l, unsigned port, const struct lldp_port_cfg *cfg);

/*
 * Other settings for it, the mode included: switched off, it says so to its neighbours before this returns (a
 * shutdown LLDPDU, clause 9.1), and does not speak again for reinit_s.  Where nothing differs nothing happens.
 * Nothing, too, where there is no such port: the same with the three that follow.
 */
void lldp_port_set(struct lldp *l, unsigned port, const struct lldp_port_cfg *cfg, uint64_t now_ms);

/* Says goodbye where the port is up and sends, and forgets its neighbours and counters. */
void lldp_port_del(struct lldp *l, unsigned port, uint64_t now_ms);

/* May frames go in and out?  A port that comes up speaks with the next tick. */
void lldp_port_up(struct lldp *l, unsigned port, bool up, uint64_t now_ms);

/* An untagged frame of LLDP for the nearest bridge: one for lldp_receive() and not to be forwarded. */
bool lldp_is(const uint8_t *frame, size_t len);

/*
 * Takes a frame that came in on the port.  DROP_NONE: it was taken.  DROP_LINK_LOCAL: it is none of ours, the
 * port does not receive, or there is none.  DROP_BAD_LLDP, DROP_LLDP_FULL: nothing was learned from it.
 */
enum drop lldp_receive(struct lldp *l, unsigned port, const uint8_t *frame, size_t len,
		       uint64_t now_ms);

/* What lldp_receive() would answer, but for want of memory.  Changes nothing. */
enum drop lldp_judge(const struct lldp *l, unsigned port, const uint8_t *frame, size_t len);

/*
 * Sends what is due and forgets who is; no more than LLDP_SENDS_PER_TICK frames.  True: there are more to be
 * sent, call it again soon.
 */
bool lldp_tick(struct lldp *l, uint64_t now_ms);

/* Sets the counters of the port to zero. */
void lldp_port_clear(struct lldp *l, unsigned port);

/* ---- looking ---- */

/* How many neighbours the port has, and the one at an index below that, in the order they came. */
unsigned lldp_neighbors(const struct lldp *l, unsigned port);
bool lldp_neighbor(const struct lldp *l, unsigned port, unsigned index, uint64_t now_ms,
		   struct lldp_neighbor *n);

/* Was there a neighbour that there was no room for, whose time has not passed (clause 9.2.5)? */
bool lldp_too_many(const struct lldp *l, unsigned port, uint64_t now_ms);

/* NULL where there is no such port. */
const struct lldp_stats *lldp_port_stats(const struct lldp *l, unsigned port);

#endif
