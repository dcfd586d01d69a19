/* SPDX-License-Identifier: ISC */
/*
 * port.h - a port of a switch: the part that touches the outside world.
 *
 * One file a kind of port implements struct port_ops.  What a kind must know:
 *
 * - Frames come in through rx_input() (port/rx.h) and go out through ops->send(), or port->queue and
 *   ops->flush() (port/tx.h); none of these may block, allocate, log or ask the time.
 * - A port whose device went away is not closed: it is `lost`, with a reason, until ops->retry() has
 *   it back.  A full queue never kills a port: the frame is counted as DROP_QUEUE_FULL.
 * - close() detaches at once; what the event loop still holds is freed by the loop.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/sw.h"
#include "port/capture.h"
#include "port/impair.h"
#include "port/options.h"
#include "port/rtnl.h"
#include "port/rx.h"
#include "port/tx.h"
#include "util/err.h"
#include "port/log.h"

struct bad_link;
struct bad_way;
struct datapath;
struct port;

enum port_state {
	PORT_DOWN, /* there, but set down */
	PORT_UP,
	PORT_LOST,	/* what it was connected to is gone */
	PORT_LISTENING, /* waits for peers, each of which becomes a port of its own: port/listener.h */
};

/* What a frame may still owe when it is sent: bits of port->caps. */
enum port_caps {
	PORT_VNET = 1 << 0, /* a checksum, or TCP segmentation */
	PORT_USO = 1 << 1,  /* UDP segmentation; with PORT_VNET */
};

enum { REASON_SIZE = 256, PEER_SIZE = 160 };

/* What `swctl show port` tells of what is behind a port; "" and 0 where there is no such thing. */
struct port_device {
	char ifname[IFNAMSIZ];
	char local[PEER_SIZE];
	char peer[PEER_SIZE];
	char netns[NETNS_SIZE];
	int ifindex;
	uint32_t mtu;
	uint64_t mac;
};

struct port_ops {
	const char *type;
	size_t size;	  /* of the kind's struct, which begins with a struct port */
	uint32_t mtu_max; /* no larger payload fits; 0 = no limit but FRAME_MAX */

	/* Connects the port as its cfg says.  On failure nothing is left behind and *e says why. */
	int (*open)(struct port *p, struct err *e);

	/*
	 * Puts what was there before the port was opened back as it was found, for a change that is
	 * being undone; close() follows.
	 */
	void (*give_back)(struct port *p);

	/* Disconnects at once.  The port is not used again but to be freed. */
	void (*close)(struct port *p);

	/*
	 * Sends one frame, whole or not at all.  u->vnet is set only where port->caps allows.  DROP_NONE,
	 * or why not.  NULL for a kind that collects.
	 */
	enum drop (*send)(struct port *p, const struct tx_unit *u);

	/*
	 * How much of a turn's budget (WORK_BUDGET) it takes to send the frame: more than one where it goes to
	 * several peers.  NULL: one.
	 */
	unsigned (*work)(const struct port *p, const struct tx_unit *u);

	/*
	 * Sends what is in port->queue, in its order, and says of each what became of it: tx_count().
	 * NULL for a kind that does not collect.
	 */
	void (*flush)(struct port *p);

	/*
	 * Takes over `to`, which differs from p->cfg in OPT_LIVE options of this kind only, while
	 * frames flow.  On an error everything is as it was.  p->cfg is replaced by the caller.
	 */
	int (*change)(struct port *p, const struct port_cfg *to, struct err *e);

	/* A lost port, about once a second: connects again if what it lost is back. */
	void (*retry)(struct port *p);

	/*
	 * About once a second, whatever the state and whosever port it is; may be NULL.  For what nobody
	 * tells of: the name of a socket that was deleted, a peer that has vanished.
	 */
	void (*tick)(struct port *p);

	/* A device somewhere changed or went away (gone); look whether it is this port's. */
	void (*link_changed)(struct port *p, const struct link_info *link, bool gone);

	/* The IP addresses of a device somewhere changed; NULL for a kind that does not ask. */
	void (*addressed)(struct port *p, int nsid, int ifindex);

	/* Looks where the device is and how it does, and calls port_set_state(). */
	void (*refresh)(struct port *p);

	void (*describe)(const struct port *p, struct port_device *d);

	/*
	 * The switch forgets learned addresses of the port: so does a kind that has learned for itself who is
	 * behind it.  vid -1 = any, mac MAC_NONE = any.  NULL for the others.
	 */
	void (*forget)(struct port *p, int vid, uint64_t mac);

	/*
	 * For a kind that has forget().  The station is behind that peer from now on, whatever is heard,
	 * until forget() names its address; "" = behind whom it was heard, or is.  The peer is one that
	 * port_cfg_check_remote() takes.  Between two frames; on an error nothing has changed.
	 */
	int (*pin)(struct port *p, uint16_t vid, uint64_t mac, const char *peer, struct err *e);

	/*
	 * The address of the peer that the station is behind, and whether it is pinned there.  False: that is
	 * not known.  NULL for a kind that has not learned.
	 */
	bool (*behind)(const struct port *p, uint16_t vid, uint64_t mac, bool *pinned,
		       char peer[ENDPOINT_SIZE]);

	/*
	 * Number n, from 0, of the peers that a frame which begins so is sent to; false: there are only so many.
	 * NULL for a kind that has one.
	 */
	bool (*reaches)(const struct port *p, const uint8_t *head, size_t len, unsigned n,
			char peer[ENDPOINT_SIZE]);
};

struct port {
	struct sw_port core;
	struct datapath *dp;
	const struct port_ops *ops;
	struct port_cfg cfg;
	struct port_taps taps;	/* who captures its frames */
	unsigned caps;		/* what it can pass on unfinished: enum port_caps */
	struct tx_queue *queue; /* of a kind that collects, inside of its struct; else NULL */
	struct bad_way *bad[IMPAIR_WAYS]; /* directions of its link that are bad; else NULL */
	struct bad_link *bad_link;	  /* port/impair.c */
	enum port_state state;
	uint64_t state_since_ms;
	char reason
		[REASON_SIZE]; /* why it is not up, or, while it is, what is wrong all the same */
	struct port *parent;   /* the port that listens, whose peer this is; NULL = none */
	unsigned children;     /* ports whose parent this is */
	bool retired;	       /* in datapath.retired, by retired_next */
	struct port *retired_next;
	/* One port that goes up and down does not silence the others.  Its peers have this one too. */
	struct log_site log;
};

/* The kind called `type`, or NULL. */
const struct port_ops *port_ops_find(const char *type);

/* The port that has `core` inside. */
static inline struct port *port_of(struct sw_port *core)
{
	return (struct port *)((char *)core - offsetof(struct port, core));
}

/*
 * Makes a port as cfg says, attaches it to the switch and opens it.  Returns NULL with *e filled,
 * and nothing left behind, on failure.
 */
struct port *port_new(struct datapath *dp, struct sw *sw, const struct port_cfg *cfg,
		      struct err *e);

/*
 * The first steps of port_new(): a port that is attached to the switch but not opened.  For
 * port/listener.c.
 */
struct port *port_make(struct datapath *dp, struct sw *sw, const struct port_cfg *cfg,
		       struct err *e);

/* Takes the port out of its switch, and those whose parent it is; closes and frees it. */
void port_free(struct port *p);

/*
 * Takes over changed settings while frames flow; the caller has seen to it that only OPT_LIVE
 * options differ.  On an error nothing has changed.
 */
int port_change(struct port *p, const struct port_cfg *to, struct err *e);

/* Its last step: the port has these settings from now on. */
void port_take_cfg(struct port *p, const struct port_cfg *to);

/*
 * A static address at the switch, and behind `remote` (port_cfg_check_remote(); "" = whichever it is heard
 * from) at the port; or another remote for one that is there, from one frame to the next.  The errors of
 * sw_add_static(), and -EINVAL with e->path where the port has no such remote.
 */
int port_add_static(struct port *p, uint16_t vid, uint64_t mac, const char *remote, struct err *e);

/* The port of that name, or NULL. */
struct port *port_find(const struct sw *sw, const char *name);

/* Tells that something became of the port. */
void port_raise(const struct port *p, enum event_kind kind);

/* For kinds: what the port's connection is like now; raises the event if that is news. */
void port_set_state(struct port *p, enum port_state state, const char *reason);

const char *port_state_name(enum port_state s);

#endif
