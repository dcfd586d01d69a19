/* SPDX-License-Identifier: ISC */
/*
 * datapath.h - all switches of the daemon on one event loop, and what they share.
 */
#ifndef PORT_DATAPATH_H
#define PORT_DATAPATH_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/frame.h"
#include "core/sw.h"
#include "core/vnet.h"
#include "port/rtnl.h"

enum {
	SWITCHES_MAX = 64,
	/* Frames a port may bring in one wakeup before the others, and the control socket, have
	   their turn. */
	RX_BUDGET = 64,
};

struct datapath {
	uv_loop_t *loop;
	struct event_sink *events;
	struct rtnl rtnl;
	struct sw *sw[SWITCHES_MAX]; /* no holes: those in use come first */
	unsigned switches;
	uint64_t opened_ms;

	uv_timer_t tick;	   /* ageing, lost ports */
	uv_timer_t age_more;	   /* the rest of what expired at once */
	uv_fs_event_t netns_names; /* names of namespaces come and go; data is NULL until it runs */

	/*
	 * The buffer every port reads into: a frame is passed on while it is hot in the cache, so
	 * one is enough.  The offload header goes directly in front of the frame; one byte is left
	 * behind FRAME_MAX so that a read of more can be told from one that just fits.
	 */
	uint8_t rx[VNET_HDR_SIZE + FRAME_MAX + 1] __attribute__((aligned(64)));
};

#define dp_foreach_sw(s, dp)                       \
	for (struct sw *const *sp_ = (dp)->sw, *s; \
	     sp_ < (dp)->sw + (dp)->switches && (s = *sp_, true); sp_++)

/* Milliseconds since some start, as of this wakeup: libuv reads the clock once, after waiting. */
static inline uint64_t datapath_now(const struct datapath *dp)
{
	return uv_now(dp->loop);
}

/* Starts the timers and the link listener.  `events` must outlive the datapath. */
int datapath_open(struct datapath *dp, uv_loop_t *loop, struct event_sink *events, struct err *e);

/* Removes every switch and port and stops the timers; the loop has to run once more to let go. */
void datapath_close(struct datapath *dp);

/* A new switch without ports. */
struct sw *datapath_add(struct datapath *dp, const char *name, const struct sw_settings *set,
			struct err *e);

/* Removes the switch and its ports. */
void datapath_del(struct datapath *dp, struct sw *sw);

/* The switch of that name, or NULL. */
struct sw *datapath_find(const struct datapath *dp, const char *name);

/* Has ports refreshed when a name under NETNS_DIR appears or goes.  May be called often. */
void datapath_watch_netns(struct datapath *dp);

/* Calls fn for every port of every switch. */
struct port;
void datapath_each_port(struct datapath *dp, void (*fn)(struct port *p, void *arg), void *arg);

#endif
