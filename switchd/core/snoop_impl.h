/* SPDX-License-Identifier: ISC */
/*
 * snoop_impl.h - the inside of snooping, shared by its files.  Nobody else includes it.
 *
 *	snoop.c		the switch, its VLANs and ports
 *	snoop_table.c	groups, memberships, sources: memory, hash, limits
 *	snoop_filter.c	what a group record does to a membership (RFC 3376 clause 6.4)
 *	snoop_query.c	queriers, our queries, routers
 *	snoop_ask.c	our questions about one group
 *	snoop_decide.c	frames
 *	snoop_timer.c	the wheel
 *	snoop_walk.c	looking
 */
#ifndef CORE_SNOOP_IMPL_H
#define CORE_SNOOP_IMPL_H

#include "core/snoop.h"

enum {
	WHEEL_SHIFT = 7,    /* a slot is 128 ms... */
	WHEEL_SLOTS = 4096, /* ...and a turn 524 s, which is longer than usual timers */
	TICK_BUDGET = 512,  /* timers a call sees to */
};

#define SNOOP_NEVER_MS (UINT64_MAX >> 1) /* when a timer is due that shall not be */

enum timer_kind {
	TIMER_MEMBER, /* group timer of a membership */
	TIMER_SOURCE, /* source timer */
	TIMER_ASK,    /* questions about a group are to be sent */
	TIMER_ROUTER,
	TIMER_OTHER,	/* other querier present */
	TIMER_QUERY,	/* our general query */
	TIMER_SETTLE,	/* answers are in */
	TIMER_OVERFLOW, /* ports that were refused something */
};

struct snoop_timer {
	struct snoop_timer *next, *prev; /* of the slot; prev of the first is the last */
	uint64_t due_ms;
	uint32_t slot;
	uint8_t kind;
	bool running;
};

/* A source that some port has something to say about, of one group. */
struct snoop_source {
	struct snoop_source *next; /* of its bucket */
	struct snoop_group *group;
	struct ip_addr addr;
	uint32_t refs;
	bool marked;	      /* in the query that is being looked at */
	struct portset allow; /* ports whose timer for it runs */
	struct portset block; /* ports in EXCLUDE mode whose timer does not */
};

/* What one port has to say about it: in EXCLUDE mode of X while the timer runs, of Y when it does not. */
struct snoop_filter {
	struct snoop_filter *next; /* of the membership */
	struct snoop_timer timer;
	struct snoop_member *member;
	struct snoop_source *source;
	uint8_t asks; /* queries that are still to be sent */
	bool lower;   /* with the next of them, the timer */
	bool marked;  /* in the record that is being applied... */
	bool fresh;   /* ...and was not there before */
};

struct snoop_member {
	struct snoop_group *group;	    /* NULL: the slot is free */
	struct snoop_member *hnext;	    /* of its bucket */
	struct snoop_member *next, *prev;   /* of the group */
	struct snoop_member *pnext, *pprev; /* of the port, the longest silent first */
	struct snoop_timer timer;
	struct snoop_filter *filters;
	uint64_t joined_ms;
	uint64_t v1_until_ms, v2_until_ms; /* older version host present */
	uint16_t n_filters;
	uint16_t port;
	uint8_t asks;
	bool lower;
	bool is_static;
	bool learned;
	bool exclude;
};

struct snoop_group {
	struct snoop_group *next; /* of its bucket */
	struct snoop_fam *fam;
	struct snoop_group *fnext, *fprev; /* of the family */
	struct snoop_member *members;
	struct ip_addr addr;
	struct snoop_timer ask;
	uint32_t n_sources;
	struct portset exclude; /* ports in EXCLUDE mode */
	struct portset fixed;	/* the administrator's */
};

struct snoop_router {
	struct snoop_router *next;
	struct snoop_fam *fam;
	struct snoop_timer timer;
	struct ip_addr addr;
	uint16_t port;
};

/* One family in one VLAN. */
struct snoop_fam {
	struct snoop *s;
	struct snoop_group *groups;
	struct snoop_router *routers;
	struct portset learned, fixed; /* ports with routers */
	struct portset overflow,
		overflow_old; /* ports that were refused something lately, or before that */
	struct snoop_timer query, other, settle, spill;
	struct ip_addr querier; /* another one's */
	int querier_port;
	uint32_t qqi_s, response_ms; /* in effect: the querier's, or ours */
	uint16_t vid;
	uint8_t qrv;
	uint8_t version; /* the querier's */
	uint8_t startup; /* queries of ours that come early */
	bool v6;
	bool self;   /* we are the querier */
	bool active; /* there is a querier and its first answers are in: groups mean something */
};

struct snoop_vlan {
	struct snoop_vlan_settings set;
	struct snoop_fam fam[2]; /* IPv4, IPv6 */
};

struct snoop_port {
	struct snoop_member *members;
	struct snoop_port_settings set;
	struct snoop_port_stats stats;
	uint32_t n_members, n_static, n_filters;
	uint32_t tokens; /* questions that it may still cause this second */
	uint64_t tokens_at_s;
	bool told_full;
};

/* Memory for a fixed number of things of one size. */
struct snoop_pool {
	char *at;
	size_t size;
	uint32_t max, used;
	void *free; /* given back, linked by their last bytes */
};

struct snoop {
	struct snoop_settings set;
	struct siphash_key key;
	struct snoop_ops ops;
	unsigned words;	     /* of portsets that are in use */
	struct portset seen; /* ports that have anything */
	struct snoop_pool members, groups, sources, filters;
	struct snoop_group **group_at;
	struct snoop_member **member_at; /* as many buckets */
	struct snoop_source **source_at;
	uint32_t group_mask, source_mask; /* buckets less one */
	struct snoop_stats stats;
	uint32_t holders;  /* ports that learned a membership */
	uint64_t wheel_at; /* the slot that is due next, counted from time 0 */
	struct snoop_timer *wheel[WHEEL_SLOTS];
	struct snoop_vlan *vlan[SNOOP_VIDS];
	struct snoop_port port[PORTSET_MAX];
};

static inline struct snoop_fam *snoop_fam(const struct snoop *s, uint16_t vid, bool v6)
{
	return vid < SNOOP_VIDS && s->vlan[vid] ? &s->vlan[vid]->fam[v6] : NULL;
}

static inline bool snoop_enabled(const struct snoop *s, bool v6)
{
	return v6 ? s->set.mld : s->set.igmp;
}

static inline bool snoop_has_querier(const struct snoop_fam *f)
{
	return f->self || f->other.running;
}

/* Group membership interval (RFC 3376 clause 8.4). */
static inline uint64_t snoop_gmi_ms(const struct snoop_fam *f)
{
	return (uint64_t)f->qrv * f->qqi_s * 1000 + f->response_ms;
}

/* The versions count alike for both families: 1 and 2 of MLD are 2 and 3 of IGMP. */
static inline uint8_t snoop_level(bool v6, uint8_t version)
{
	return (uint8_t)(version + v6);
}

static inline uint32_t snoop_until(uint64_t due_ms, uint64_t now_ms)
{
	uint64_t left = due_ms > now_ms ? due_ms - now_ms : 0;

	return left < UINT32_MAX ? (uint32_t)left : UINT32_MAX - 1;
}

/* snoop.c */
void snoop_tell(const struct snoop_fam *f, struct snoop_event ev);
void snoop_see_port(struct snoop *s, unsigned port);

/* snoop_timer.c: starting one that runs starts it anew */
void snoop_timer_start(struct snoop *s, struct snoop_timer *t, uint64_t due_ms);
void snoop_timer_stop(struct snoop *s, struct snoop_timer *t);

/* snoop_table.c */
bool snoop_tables_open(struct snoop *s);
void snoop_tables_close(struct snoop *s);
struct snoop_group *snoop_find_group(const struct snoop *s, const struct snoop_fam *f,
				     struct ip_addr group);
struct snoop_source *snoop_find_source(const struct snoop *s, const struct snoop_group *g,
				       struct ip_addr addr);
struct snoop_member *snoop_find_member(const struct snoop *s, const struct snoop_group *g,
				       unsigned port);
/* A membership that says nothing yet, or NULL: no room. */
struct snoop_member *snoop_add_member(struct snoop_fam *f, struct ip_addr group, unsigned port,
				      bool is_static, uint64_t now_ms);
/* So many more memberships of a port, and of these static ones. */
void snoop_count(struct snoop *s, unsigned port, int members, int statics);
void snoop_remove_member(struct snoop *s, struct snoop_member *m);
/* Takes away what was learned of it, and it where nothing else is left. */
void snoop_forget_member(struct snoop *s, struct snoop_member *m);
/* It was heard of: others give way before it. */
void snoop_touch_member(struct snoop *s, struct snoop_member *m);
/* NULL: no room. */
struct snoop_filter *snoop_add_filter(struct snoop *s, struct snoop_member *m, struct ip_addr addr);
void snoop_remove_filter(struct snoop *s, struct snoop_filter *f);
/* Puts the port sets right after the mode or a timer changed. */
void snoop_show_filter(struct snoop_filter *f);
void snoop_set_mode(struct snoop *s, struct snoop_member *m, bool exclude);
/* The port gets everything for a while. */
void snoop_overflow(struct snoop_fam *f, unsigned port, struct ip_addr group, uint64_t now_ms);

/* snoop_filter.c */
uint8_t snoop_member_level(const struct snoop_member *m, uint64_t now_ms);
void snoop_apply(struct snoop_fam *f, unsigned port, uint8_t level, const struct mcast_record *rec,
		 uint64_t now_ms);
void snoop_member_expired(struct snoop *s, struct snoop_member *m);
void snoop_source_expired(struct snoop *s, struct snoop_filter *f);

/* snoop_query.c */
struct ip_addr snoop_own_source(const struct snoop_fam *f);
void snoop_send_query(struct snoop_fam *f, struct mcast_query *q);
/* The timer ends then, if it would later. */
void snoop_lower(struct snoop *s, struct snoop_timer *t, uint64_t due_ms);
void snoop_fam_start(struct snoop_fam *f, uint64_t now_ms);
void snoop_fam_stop(struct snoop_fam *f);
void snoop_fam_reset(struct snoop_fam *f, uint64_t now_ms);
void snoop_hear_query(struct snoop_fam *f, unsigned port, const struct mcast_msg *m,
		      uint64_t now_ms);
void snoop_hear_router(struct snoop_fam *f, unsigned port, const struct mcast_msg *m,
		       uint64_t now_ms);
void snoop_router_gone(struct snoop_fam *f, unsigned port, bool tell);
void snoop_resettle(struct snoop_fam *f, uint64_t now_ms);
void snoop_fam_timer(struct snoop_fam *f, enum timer_kind kind, uint64_t now_ms);

/* snoop_ask.c: what is due, and what a message from the port made due */
void snoop_ask(struct snoop_group *g, uint64_t now_ms);
void snoop_ask_for(struct snoop_group *g, unsigned port, uint64_t now_ms);

#endif
