/* SPDX-License-Identifier: ISC */
/*
 * snoop_lan.h - a LAN on the bench that snoops: what its hosts say comes in, time passes, and what goes where
 * is asked for.
 */
#ifndef SNOOP_LAN_H
#define SNOOP_LAN_H

#include "core/snoop.h"
#include "groups.h"

enum { LAN_SENT = 64 };

struct sent {
	uint16_t vid;
	struct mcast_msg msg;
	uint8_t bytes[MCAST_QUERY_SIZE];
	size_t len;
	uint64_t at_ms;
};

struct lan {
	struct snoop_settings set;
	struct snoop *s;
	uint64_t now_ms;
	unsigned n_sent; /* all; the last LAN_SENT are kept */
	struct sent sent[LAN_SENT];
	unsigned raised[SNOOP_EVENT_COUNT];
	struct snoop_event last;
	uint16_t vid; /* of what is received and asked about */
	char out[512];
};

/* Usual settings, to be changed before lan_open(). */
void lan_init(struct lan *l);
void lan_open(struct lan *l);
void lan_close(struct lan *l);

/* Receives it on that port. */
struct snoop_verdict lan_rx(struct lan *l, unsigned port, const struct gpacket *p);
/* Time passes, with a tick each second. */
void lan_wait(struct lan *l, uint64_t ms);
/* A querier with 10.0.0.1 and one with fe80::1 on the port, whose first answers are in. */
void lan_querier(struct lan *l, unsigned port);

/* Where a packet goes: "flood", or ports as in "1 2"; "" is nowhere. */
const char *lan_out(struct lan *l, const char *src, const char *group);
const char *lan_ports(struct lan *l, enum snoop_route route, const struct portset *out);
/* The membership, or NULL. */
const struct snoop_group_info *lan_member(struct lan *l, const char *group, unsigned port);
/* Its sources, sorted: "10.0.0.1 10.0.0.2!", where ! is blocked. */
const char *lan_sources(struct lan *l, const char *group, unsigned port);
/* The n-th last query that was sent, or NULL. */
const struct sent *lan_sent(const struct lan *l, unsigned n);
void lan_forget_sent(struct lan *l);

#endif
