/* SPDX-License-Identifier: ISC */
/*
 * hub.h - events, from the switches to the clients that subscribed.
 *
 * Raising an event copies it into a ring and no more: it happens on the path of frames.  The loop
 * empties the ring a few events at a time.  When events come faster than that, the newest are lost,
 * counted, and their number is told in their place.
 */
#ifndef CTL_HUB_H
#define CTL_HUB_H

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

#include "core/event.h"
#include "port/options.h"
#include "port/port.h"
#include "util/iptext.h"
#include "util/text.h"
#include "util/rate.h"

enum { HUB_RING = 2048, HUB_BURST = 64 };

/*
 * Which events somebody wants.  An event that is of no port (of no address, of no VLAN) is none of those of
 * one port (address, VLAN).
 */
struct hub_filter {
	uint64_t kinds;	    /* bit for each enum event_kind */
	char sw[NAME_SIZE]; /* "" = of all switches */
	char port
		[NAME_SIZE]; /* where it happened, where a station came from, or what set it off; "" = any */
	bool of_mac; /* only those of `mac` */
	uint64_t mac;
	int vid;	     /* -1 = any */
	unsigned per_second; /* no more than that; 0 = all */
};

/* What of them was sent in one second, for filter.per_second. */
struct hub_quota {
	double began;
	unsigned sent;
	uint64_t untold; /* and were not sent since then */
};

struct hub_event {
	enum event_kind kind;
	double time; /* seconds since 1970 */
	char sw[NAME_SIZE];
	char port[NAME_SIZE];
	char from[NAME_SIZE];
	char reason[REASON_SIZE];
	const char *key, *cause; /* these live for ever */
	char now[IP_STR_SIZE], was[24];
	char cause_port[NAME_SIZE];
	char cause_bridge[24];
	char chassis[TEXT_SHOWN_SIZE], port_id[TEXT_SHOWN_SIZE], system[TEXT_SHOWN_SIZE];
	char limit[RATE_STR_SIZE];
	uint64_t mac;
	uint16_t vid;
	uint64_t number;
	int pid, uid;
};

struct hub {
	struct event_sink sink;
	uv_idle_t drain; /* active while the ring holds something */
	unsigned listeners;
	uint64_t kinds; /* that any of them wants */
	struct hub_event *ring;
	unsigned head, count;
	uint64_t lost;	      /* and not told yet */
	unsigned before_lost; /* events in the ring that were raised before the first of these */
	uint64_t raised, told;
	void *owner;
	/* Does anybody want it?  Asked before it is made a line of. */
	bool (*wanted)(void *owner, const struct hub_event *ev);
	/* One event as a line of JSON-RPC without newline; for those whose filter matches. */
	void (*deliver)(void *owner, const struct hub_event *ev, const char *line);
	/* So many events were lost. */
	void (*overflow)(void *owner, const char *line);
};

/* wanted, deliver, overflow and owner are set by the caller.  0 or -ENOMEM. */
int hub_open(struct hub *h, uv_loop_t *loop);
void hub_close(struct hub *h);

/* Nothing is kept while nobody listens, and nothing that nobody wants: `kinds` are those that somebody does. */
void hub_listeners(struct hub *h, unsigned n, uint64_t kinds);

/*
 * How many events were raised until now; and have that many been told, so that an answer given now
 * comes behind them?
 */
static inline uint64_t hub_now(const struct hub *h)
{
	return h->raised;
}

static inline bool hub_has_told(const struct hub *h, uint64_t raised)
{
	return h->told >= raised;
}

bool hub_matches(const struct hub_filter *f, const struct hub_event *ev);

/*
 * May one more be sent, to somebody who wants f->per_second at most?  If so, *lost is how many before it
 * were not.
 */
bool hub_may_send(const struct hub_filter *f, struct hub_quota *q, double time, uint64_t *lost);

/* "So many events were lost", as a line without newline, to be freed; NULL: there is no memory. */
char *hub_lost_line(uint64_t count);

/*
 * Reads a filter from an array of event names and groups (NULL = all).  0, or -EINVAL with *e
 * naming what is unknown.
 */
int hub_parse_filter(const json_t *names, struct hub_filter *f, struct err *e);

#endif
