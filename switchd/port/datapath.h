/* SPDX-License-Identifier: ISC */
/*
 * datapath.h - all switches of the daemon on one event loop, and what they share.
 */
#ifndef PORT_DATAPATH_H
#define PORT_DATAPATH_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/sw.h"
#include "port/aside.h"
#include "port/busy.h"
#include "port/capture.h"
#include "port/filter.h"
#include "port/poller.h"
#include "port/rtnl.h"
#include "port/rx.h"
#include "port/tx.h"
#include "util/identity.h"

enum {
	/* Frames one port may bring in a turn of the loop before the others have theirs. */
	RX_BUDGET = 64,
	/*
	 * Frames read and sent by all ports in a turn before the control socket, signals and timers have
	 * theirs: a few milliseconds.  A frame flooded to a thousand ports is a thousand of them.
	 */
	WORK_BUDGET = 2048,
};

struct burst;
struct packets;
struct close_job;
struct patch;
struct port;
struct vtep;

struct datapath {
	uv_loop_t *loop;
	struct event_sink *events;
	struct rtnl rtnl;
	struct sw *sw[SWITCHES_MAX]; /* no holes: those in use come first */
	unsigned switches;
	uint64_t opened_ms;
	struct identity identity; /* of what addresses of switches are made; set by who opens it */

	/* Where frames come from; libuv's loop is one of its sources. */
	struct poller poller;
	struct source loop_source;
	bool loop_due; /* libuv has something to do */
	unsigned work; /* done in this turn */
	struct busy busy;
	struct aside aside;

	/* descriptors being closed in the background: datapath_close_fd() */
	uv_mutex_t lock;
	uv_cond_t closed;
	struct close_job *to_close;
	unsigned closing, closers;

	struct port *retired;  /* port/listener.h */
	struct patch *patches; /* those that are open: port/patch.c */

	struct vtep *vteps; /* port/vtep.h */

	struct filters filters;
	struct captures captures;

	struct sw_io io;	   /* how frames of the switches' own get out */
	uv_timer_t protocols;	   /* while a switch has some: sw_tick() */
	uv_timer_t tick;	   /* ageing, lost ports */
	uv_timer_t age_more;	   /* the rest of what expired at once */
	uv_fs_event_t netns_names; /* names of namespaces come and go; */

	struct rx rx; /* what a port has just read */

	/* The same for sockets, which receive many with one system call: made when the first one is opened. */
	struct burst *burst;
	struct packets *packets; /* for packet sockets */

	struct tx tx; /* frames collected for ports that send many at a time */
};

#define dp_foreach_sw(s, dp)                       \
	for (struct sw *const *sp_ = (dp)->sw, *s; \
	     sp_ < (dp)->sw + (dp)->switches && (s = *sp_, true); sp_++)

/* Milliseconds since some start, as of this wakeup: the clock is read once, after waiting. */
static inline uint64_t datapath_now(const struct datapath *dp)
{
	return uv_now(dp->loop);
}

/*
 * May a port go on reading?  Not where the turn's budget is used up: what it leaves is offered again, after
 * the others had theirs.
 */
static inline bool datapath_may_work(const struct datapath *dp)
{
	return dp->work < WORK_BUDGET;
}

/* Is somebody in the middle of changing things, so that no port may come or go? */
static inline bool datapath_is_quiet(const struct datapath *dp)
{
	return dp->poller.quiet;
}

/* Starts the timers and the link listener.  `events` must outlive the datapath. */
int datapath_open(struct datapath *dp, uv_loop_t *loop, struct event_sink *events, struct err *e);

/* Removes every switch and port and stops the timers; the loop has to run once more to let go. */
void datapath_close(struct datapath *dp);

/* Forwards frames, and gives libuv's loop its turns, until the datapath is closed. */
void datapath_run(struct datapath *dp);

/*
 * For work that takes long, called between two steps of it: forwards the frames that wait, at most a turn's
 * worth, and returns.  Nothing else happens meanwhile: no port, switch or client comes, goes or changes.
 * Static addresses stay; learned ones may come and move, but not age.
 */
void datapath_breathe(struct datapath *dp);

/*
 * For work that takes long in one piece: calls fn(arg) in a thread and forwards frames until it returns,
 * as datapath_breathe() does; returns what fn did.  fn must not touch what frames touch: switches, ports'
 * descriptors that are in use, counters.  Nor libuv.
 */
int datapath_await(struct datapath *dp, int (*fn)(void *arg), void *arg);

/*
 * What the protocols do each 100 ms, done now: after a change of much that belongs together they are not to wait for the next
 * time.
 */
void datapath_run_protocols(struct datapath *dp);

/* A new switch without ports. */
struct sw *datapath_add(struct datapath *dp, const char *name, const struct sw_settings *set,
			struct err *e);

/*
 * Takes over changed settings while frames flow; while a table of another size is made nothing is
 * learned.  On an error nothing has changed.
 */
int datapath_configure(struct datapath *dp, struct sw *sw, const struct sw_settings *set,
		       struct err *e);

/* Removes the switch and its ports. */
void datapath_del(struct datapath *dp, struct sw *sw);

/* The switch of that name, or NULL. */
struct sw *datapath_find(const struct datapath *dp, const char *name);

/*
 * Closes fd in a thread: the last close of a tap takes the kernel some 25 ms, and frames of other ports
 * do not wait for that.  datapath_wait_closed() returns when all of them are closed, for who needs a name
 * that one of them had.
 */
void datapath_close_fd(struct datapath *dp, int fd);
void datapath_wait_closed(struct datapath *dp);

/*
 * The same for a file of which `size` bytes are mapped: taking many pages out of the process takes the kernel its time, too.
 * NULL: none are.
 */
void datapath_close_mapped(struct datapath *dp, int fd, void *mapped, size_t size);

/* Has ports refreshed when a name under NETNS_DIR appears or goes.  May be called often. */
void datapath_watch_netns(struct datapath *dp);

/* Calls fn for every port of every switch. */
void datapath_each_port(struct datapath *dp, void (*fn)(struct port *p, void *arg), void *arg);

#endif
