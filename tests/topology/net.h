/* SPDX-License-Identifier: ISC */
/*
 * net.h - switches, hosts and the fake wires between them.
 *
 * The switches are the real core; a wire is a queue.  Frames are carried breadth first: all that a
 * frame causes one hop away comes before what that causes two hops away.  A topology that never
 * comes to rest is stopped when what set it off has used up its budget of frames.
 *
 * A hub is a wire with any number of ends: what one sends, all others get.  What switches say among
 * themselves takes no time and means nothing to hosts, who do not count it.  Nor do they count what is said about
 * multicast groups; asked which ones they are in, they answer at once.
 */
#ifndef TOPOLOGY_NET_H
#define TOPOLOGY_NET_H

#include "core/decide.h"
#include "core/sw.h"
#include "groups.h"

enum {
	NET_SWITCHES = 16,
	NET_HOSTS = 64,
	NET_PORTS = 200,
	NET_HUBS = 8,
	NET_WAITING = 1024, /* frames on all wires together */
	NET_BUDGET = 20000, /* frames received by switches because of one line */
	NET_FRAME = 9300,   /* bytes of the longest frame that a host sends */
	NET_TAGS = 2,	    /* that it has at most */
	NET_STEP_MS = SW_TICK_MS,
	NET_GROUPS = 4, /* that a host is in */
};

struct node; /* a switch */

struct host {
	char name[NAME_SIZE];
	uint64_t mac;
	struct port *port;
	unsigned long received; /* since it was made */
	unsigned long just_now; /* because of the last send */
	uint32_t group[NET_GROUPS];
	unsigned groups;
	size_t len;	   /* of what it received last... */
	uint8_t start[22]; /* ...and how that begins: addresses, two tags, EtherType */
};

struct hub {
	char name[NAME_SIZE];
};

struct port {
	struct sw_port core;
	char name[NAME_SIZE];
	struct host *host; /* at the other end of the wire, or */
	struct port *peer; /* the port of another switch, or */
	struct hub *hub;   /* all that are plugged in there */
};

struct node {
	struct event_sink sink;
	struct sw *sw;
	unsigned long raised[EVENT_COUNT];
};

/* What a host sends. */
struct sending {
	uint64_t dst, src;
	struct {
		uint16_t tpid;
		uint16_t tci;
	} tag[NET_TAGS]; /* outermost first */
	unsigned tags;
	size_t len;
};

struct net {
	struct sw_io io; /* first: how the switches send is the net itself */
	struct node node[NET_SWITCHES];
	struct host host[NET_HOSTS];
	struct port port[NET_PORTS];
	struct hub hub[NET_HUBS];
	unsigned nodes, hosts, ports, hubs;
	uint64_t now_ms;
	bool looped; /* what was set off last did not come to rest */
	uint64_t invented;
	struct waiting *waiting;
	unsigned first, count; /* of waiting, a ring */
};

struct net *net_new(void);
void net_free(struct net *n);

struct node *net_node(struct net *n, const char *name);
struct host *net_host(struct net *n, const char *name);
struct hub *net_hub(struct net *n, const char *name);

/* The port of that name, NULL where the switch has none. */
struct port *net_port(struct net *n, const struct node *node, const char *name);

/*
 * Adding: NULL with *e filled when there is no room or the name is taken.  A new port has no link yet, so
 * that it can be set up first: net_carrier().
 */
struct node *net_add_node(struct net *n, const char *name, const struct sw_settings *set,
			  struct err *e);
struct host *net_add_host(struct net *n, const char *name, struct node *at, struct err *e);

/* A wire between two switches; the ports are named after the other end, the second one "s2.2". */
struct port *net_add_link(struct net *n, struct node *a, struct node *b, struct err *e);

struct hub *net_add_hub(struct net *n, const char *name, struct err *e);

/* A wire from a switch to a hub; the port is named after the hub. */
struct port *net_add_tap(struct net *n, struct node *a, struct hub *hub, struct err *e);

/* Unplugs the host and plugs it in at a switch, the same one or another. */
int net_move(struct net *n, struct host *h, struct node *to, struct err *e);

/* A host or a wire goes down or comes up: of a wire between switches, both ends. */
void net_carrier(struct port *p, bool on);

/* Sends one frame and carries it and all that follows until the wires are empty. */
void net_send(struct net *n, struct host *from, const struct sending *s);

/* The same with a frame about a group, or for it. */
void net_send_group(struct net *n, struct host *from, enum group_frame what, uint32_t group);

/* Carries what switches have sent of their own accord, until the wires are empty. */
void net_settle(struct net *n);

/* Lets time pass, NET_STEP_MS at a time. */
void net_wait(struct net *n, unsigned seconds);

#endif
