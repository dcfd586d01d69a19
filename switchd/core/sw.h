/* SPDX-License-Identifier: ISC */
/*
 * sw.h - a switch: its ports, its address table, its settings, its counters.
 *
 * Everything about one switch hangs off its struct sw; a process may have any number of them.
 */
#ifndef CORE_SW_H
#define CORE_SW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/drop.h"
#include "core/event.h"
#include "core/fdb.h"
#include "core/meter.h"
#include "core/filter.h"
#include "core/settings.h"
#include "core/sw_police.h"
#include "core/vlan.h"
#include "util/err.h"
#include "util/portset.h"
#include "util/words.h"

enum { SW_TICK_MS = 100, SEND_VLAN_MAX = 1514 };

struct sw_port_stats {
	uint64_t rx_frames, rx_bytes;
	uint64_t rx_unicast, rx_multicast, rx_broadcast;
	uint64_t rx_super;   /* of rx_frames, those with segmentation still owed */
	uint64_t rx_control; /* of rx_frames, those for a protocol of the switch */
	uint64_t tx_frames, tx_bytes;
	uint64_t filter_in_passed; /* frames that filter_in was asked about and let pass */
	uint64_t filter_out_passed;
	uint64_t tx_mirrored; /* copies of others' frames that were to be sent here */
	uint64_t drops[DROP_COUNT];
};

/*
 * What keeps a frame that comes in from being forwarded and learned from like any other.  One word, so
 * that an ordinary port costs one look.
 */
enum gate {
	GATE_DOWN = 1 << 0,    /* there is no link: nothing passes */
	GATE_BLOCKED = 1 << 1, /* data frames do not pass; those for protocols do */
	GATE_DEAF = 1 << 2,    /* nothing is learned */
	GATE_FILTER = 1 << 3,  /* filter_in is asked */
	GATE_METERED = 1 << 4, /* only so many pass: core/sw_police.h */
	GATE_PROBES = 1 << 5, /* frames to more than the reserved addresses may be for a protocol */
	GATE_PAUSED = 1 << 6, /* learning is: who may send is looked at all the same */
	GATE_GUARD = 1 << 7,  /* what stations say is watched: core/sw_guard.h */
};

/* Which frames of a port are copied to a monitor port. */
enum mirrored {
	MIRROR_RX = 1 << 0,
	MIRROR_TX = 1 << 1,
};

/* Who has shut a port, a person or which defence of its own: core/shut.h. */
enum shut {
	SHUT_NOT,
	SHUT_DOWN,     /* its setting "shutdown" */
	SHUT_MAX_MACS, /* more addresses than max_macs allows */
	SHUT_STORM,    /* more of a kind of frames than storm control allows */
	SHUT_COUNT
};

/* The core's part of a port; the port layer embeds it in its own. */
struct sw_port {
	struct sw *sw;	 /* NULL while not attached */
	unsigned index;	 /* its bit in every portset */
	unsigned gate;	 /* enum gate; 0 = frames pass */
	uint32_t mtu;	 /* largest payload in and out; 0 = no limit but FRAME_MAX */
	bool carrier;	 /* sw_port_link()... */
	bool link;	 /* ...and it is neither shut nor a monitor port */
	bool discarding; /* by protocol: sw_port_state() */
	bool not_learning;
	bool looped;	      /* by sw_port_looped() */
	unsigned mirrored;    /* enum mirrored: core/mirror.h */
	struct portset shows; /* of a monitor port: whose frames */
	struct meter bpdus;   /* that may come in: core/sw_stp.h */
	enum shut shut;
	uint64_t shut_at_ms;
	uint32_t speed_mbit; /* sw_port_speed() */
	bool half_duplex;
	const char *name; /* the port layer's memory, for events */
	struct vlan_port vlan;
	const struct filter *filter_in; /* the port layer's; NULL = none: core/filter.h */
	const struct filter *filter_out;
	struct sw_port_set set;
	struct sw_port_stats stats;
	struct police police;
};

/* The search for loops of a switch: core/sw_loop.h. */
struct sw_loop {
	struct loopguard *guard; /* NULL = no port is guarded */
	struct siphash_key key;	 /* of probes, and derived from that of the switch */
	uint64_t id;		 /* in them: another one for each guard */
	uint64_t at_ms;		 /* until when it has been told of time */
	const char *cause;	 /* why ports are opened just now */
	bool wanting;		 /* some port is not guarded that should be, for want of memory */
};

struct sw_stats {
	uint64_t forwarded; /* frames sent to at least one port */
	uint64_t flooded;   /* of these, sent to all because nobody knew better */
	uint64_t dropped;   /* frames sent nowhere */
};

/*
 * How frames of the switch's own get out.  send() sends one whole frame through the port, as it is; the bytes
 * are the caller's.
 */
struct sw_io {
	void (*send)(struct sw_io *io, struct sw_port *out, const uint8_t *frame, size_t len);
};

struct sw {
	char name[NAME_SIZE];
	struct sw_settings set;
	struct fdb *fdb;
	struct event_sink *events; /* NULL = nobody listens */
	struct sw_io *io;	   /* set by who made the switch; NULL = nothing gets out */

	unsigned words; /* of the sets below that are in use */
	struct portset attached;
	struct portset forwarding; /* may send and receive data frames */
	unsigned sending;	   /* frames of our own, just now: sw_send() */
	struct portset unheard;	   /* of whose link protocols are to be told in the next tick */
	struct portset forget;	   /* stopped forwarding while learning was paused */
	bool paused;		   /* sw_pause_learning() */
	struct portset storming;   /* a storm is on at these */
	uint64_t now_ms;	   /* of the frames being decided: switch_begin() */
	uint32_t
		ask_from; /* payload from which each egress port is asked whether it takes a frame */
	bool mirrored;	  /* copies are made of what some port sends */
	struct portset monitors; /* where copies go: core/mirror.h */
	struct sw_port *port[PORTSET_MAX];
	unsigned shut_ports; /* how many a defence has shut, which may open by themselves */
	struct vlan_table *vlans;
	uint64_t mac;		/* an address of the switch's own */
	struct stp *stp;	/* core/sw_stp.h; NULL = off */
	uint64_t stp_mac;	/* set.stp_address when it began */
	bool stp_timed;		/* it has been told of time since it began... */
	uint64_t stp_at_ms;	/* ...until then */
	struct sw_lldp *lldp;	/* core/sw_lldp.h; NULL = off */
	struct siphash_key key; /* the secret one */
	struct snoop *snoop;	/* core/sw_snoop.h; NULL = off */
	struct sw_snooping *snooping;
	struct sw_loop loop;
	struct sw_guard *guard; /* core/sw_guard.h; NULL = none was needed yet */
	bool guarded;		/* it watches... */
	bool guard_wanting;	/* ...or would, had there been memory */

	struct sw_stats stats;
	bool told_full; /* EVENT_TABLE_FULL was raised and there was no room since */
};

/* The ports of a switch, lowest index first; the body must not attach or detach. */
#define sw_foreach_port(i, s) portset_foreach (i, &(s)->attached, (s)->words)

/*
 * A switch without ports.  `key` is secret and random; `mac` is an address of the switch's own, or 0: one is made up
 * from the key.  `events` (may be NULL) must outlive the switch.  Returns NULL with *e filled when there is no memory.
 */
struct sw *sw_new(const char *name, const struct sw_settings *set, const struct siphash_key *key,
		  uint64_t mac, struct event_sink *events, struct err *e);

/*
 * All ports must have been detached.  Giving back a large table takes milliseconds; a thread may do
 * it, as it may sw_new().
 */
void sw_free(struct sw *sw);

/*
 * Changed settings are taken over in two steps, because a table of another size takes long to make:
 *
 *	sw_pause_learning(sw, true);
 *	rc = sw_table_for(sw, set, &table, e);	 in a thread, while frames are forwarded
 *	if (rc == 0)
 *		old = sw_configure(sw, set, table);
 *	sw_pause_learning(sw, false);
 *	fdb_free(old);				 in a thread
 *
 * sw_table_for() only reads.  *table is NULL where the size stays as it is.  On an error (too small
 * for the static addresses, those are in no VLAN and now have to be, no memory) there is nothing to undo.
 */
int sw_table_for(const struct sw *sw, const struct sw_settings *set, struct fdb **table,
		 struct err *e);

/* Cannot fail and does not take long.  Returns the table that is to be freed, or NULL. */
struct fdb *sw_configure(struct sw *sw, const struct sw_settings *set, struct fdb *table);

/* All of it in one go, for who does not mind the wait.  On an error nothing has changed. */
int sw_reconfigure(struct sw *sw, const struct sw_settings *set, struct err *e);

/*
 * While learning is paused, frames are forwarded by what the table knows; it is not changed, sources
 * are neither learned nor refreshed, though those that may not send are refused, and nothing ages.  Ports may start and stop forwarding, but not
 * come or go.
 */
void sw_pause_learning(struct sw *sw, bool on);

/*
 * Gives the port the lowest free index.  p->name, p->mtu, p->set and the filters are set by the caller; the port
 * does not forward before sw_port_link() says so.  -ENOSPC at PORTSET_MAX ports.
 */
int sw_attach(struct sw *sw, struct sw_port *p, struct err *e);

/*
 * The port is about to go, and its device is there still: protocols say their last word to who is behind it.
 * sw_detach() is to follow.
 */
void sw_port_leave(struct sw_port *p);

/*
 * Takes the port out of every set and table, at once however many addresses it has.  Its counters
 * stay readable in *p.
 */
void sw_detach(struct sw_port *p);

/*
 * The link is there, so that frames may pass, or is not: then the port's learned addresses are
 * forgotten, which takes effect at once however many there are.  It may be called while a frame of the switch's own
 * is sent, through which a lost peer is often found out: protocols then hear of it in the next tick, since one of them is
 * in the middle of something.
 */
void sw_port_link(struct sw_port *p, bool up);

/*
 * How fast the link is, 0 where nobody knows, and whether it is one of those on which both ends cannot speak at once.
 * To be told before the link is up, or when it changes.
 */
void sw_port_speed(struct sw_port *p, uint32_t mbit, bool half_duplex);

/*
 * What a protocol of the switch has decided: may data frames pass, and addresses be learned?  Both are so where
 * no protocol says otherwise.  What was learned stays: a protocol says what is to be forgotten.
 */
void sw_port_state(struct sw_port *p, bool learning, bool forwarding);

/* A loop was found behind the port: nothing passes but what is for protocols, and what was learned is forgotten. */
void sw_port_looped(struct sw_port *p, bool looped);

/* What decides about the gates of all ports has changed. */
void sw_gates_update(struct sw *sw);

/* Forgets what was learned on the port, at once. */
void sw_port_flush(struct sw_port *p);

/* Sends a frame of the switch's own, if the port's link is there. */
void sw_send(struct sw_port *p, const uint8_t *frame, size_t len);

/* The same to all ports of a VLAN through which data frames pass: with the VLAN's tag where it has one.
 * At most SEND_VLAN_MAX bytes. */
void sw_send_vlan(struct sw *sw, unsigned vid, const uint8_t *frame, size_t len);

/* Takes over changed p->mtu, p->set and filters.  Only what became of this port's frames is affected. */
void sw_port_update(struct sw_port *p);

/* Takes over changed settings of a VLAN. */
void sw_vlan_configure(struct sw *sw, unsigned vid, const struct sw_vlan_set *set);

/*
 * Ages the table and clears away what was forgotten: call it at least once a second.  Takes well under
 * a millisecond.  True: more is due, call again soon.
 */
bool sw_age(struct sw *sw, uint64_t now_ms);

/*
 * What protocols do in time: call it every SW_TICK_MS while sw_has_protocols(), and once a second otherwise.
 * Frames may be sent meanwhile.
 */
void sw_tick(struct sw *sw, uint64_t now_ms);
bool sw_has_protocols(const struct sw *sw);

/* Static address; the errors of fdb_add_static() with words.  And one that stuck: fdb_add_sticky(). */
int sw_add_static(struct sw *sw, uint16_t vid, uint64_t mac, struct sw_port *p, uint64_t now_ms,
		  struct err *e);
int sw_add_sticky(struct sw *sw, uint16_t vid, uint64_t mac, struct sw_port *p, uint64_t now_ms,
		  struct err *e);

/* Clears the counters of one port, or of the switch and all its ports (p NULL). */
void sw_clear_stats(struct sw *sw, struct sw_port *p);

#endif
