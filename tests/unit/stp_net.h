/* SPDX-License-Identifier: ISC */
/*
 * stp_net.h - a network of bridges in simulated time: wires that take their time, hubs, cuts.
 *
 * After every single thing that happens (a frame arrives, a second of one bridge is over) it is looked
 * whether the ports that forward make a loop; the test fails at once if they do.  Seconds of
 * the bridges do not begin at the same time.
 */
#ifndef STP_NET_H
#define STP_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/stp.h"
#include "core/stp_bpdu.h"

enum {
	NET_BRIDGES = 64,
	NET_PORTS = 16, /* of one bridge */
	NET_SEGMENTS = 256,
	NET_EVENTS = 256, /* kept of each bridge, the last ones */
};

struct net;

/* What one bridge said and did. */
struct net_log {
	struct stp_event event[NET_EVENTS];
	uint64_t at_us[NET_EVENTS];
	unsigned count; /* of all; the newest is event[(count - 1) % NET_EVENTS] */
	unsigned flushed[NET_PORTS];
	unsigned sent[NET_PORTS];
	struct stp_bpdu last[NET_PORTS]; /* sent */
};

struct net *net_new(uint64_t seed);
void net_free(struct net *n);

/* A bridge with so many ports; cfg NULL: the default.  Its address is 02:00:00:00:00:nn with nn = its number. */
unsigned net_bridge(struct net *n, const struct stp_cfg *cfg, unsigned ports);
struct stp *net_stp(struct net *n, unsigned bridge);
uint64_t net_id(struct net *n, unsigned bridge);
struct net_log *net_log(struct net *n, unsigned bridge);
void net_forget(struct net *n); /* empties all logs */

/* Two ports and a wire between them, which is whole; a port already in use elsewhere fails the test. */
unsigned net_wire(struct net *n, unsigned a, unsigned port_a, unsigned b, unsigned port_b);
/* A wire with nothing at its other end, for net_say(). */
unsigned net_loose_wire(struct net *n, unsigned bridge, unsigned port);
/* The port receives this BPDU; without src, from the bridge that it names. */
enum drop net_say(struct net *n, unsigned bridge, unsigned port, struct stp_bpdu b);
/* A shared segment; ports plugged into it are half duplex. */
unsigned net_hub(struct net *n);
void net_plug(struct net *n, unsigned segment, unsigned bridge, unsigned port);
void net_delay(struct net *n, unsigned segment, unsigned us); /* 100 at first */
/* Both ends see it at once; what was on the way is lost. */
void net_cut(struct net *n, unsigned segment);
void net_mend(struct net *n, unsigned segment);
bool net_is_cut(struct net *n, unsigned segment);
/* Loops that last less than so long are let be; 0 at first, which is not one step. */
void net_tolerate(struct net *n, unsigned us);
/* Frames are lost in both directions, and nobody sees it. */
void net_mute(struct net *n, unsigned segment, bool on);
/* The bridge says and hears nothing and has no more time; its links stay up. */
void net_hang(struct net *n, unsigned bridge);
uint64_t net_now_ms(struct net *n);
void net_run(struct net *n, unsigned ms);

/*
 * Is the tree the one and only: in each connected part of the network all bridges know the best of them as
 * root at the true cost, all are reached by ports that forward, and each segment has one designated
 * port, which everybody on it takes for that?  `why` gets a sentence otherwise.
 */
bool net_is_tree(struct net *n, char why[160]);
/* Runs until net_is_tree() and returns the milliseconds that took; fails the test after max_ms. */
unsigned net_converge(struct net *n, unsigned max_ms);

struct stp_port_info net_port(struct net *n, unsigned bridge, unsigned port);
struct stp_bridge_info net_info(struct net *n, unsigned bridge);

/* The newest event of the kind at the port (any if < 0), or NULL. */
const struct stp_event *net_last(struct net *n, unsigned bridge, enum stp_event_kind kind,
				 int port);
unsigned net_count(struct net *n, unsigned bridge, enum stp_event_kind kind, int port);

/* The same numbers for the same seed, everywhere. */
uint64_t net_random(struct net *n, uint64_t below);

#endif
