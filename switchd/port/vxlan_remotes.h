/* SPDX-License-Identifier: ISC */
/*
 * vxlan_remotes.h - whom a vxlan port sends to and hears.
 *
 * A remote is known by its address: the port it sends from says which flow, and not who.  Its number stays
 * the same as long as it is there; the table of who is behind which remote (core/fdb.h) has these
 * numbers for ports.  All memory is part of the struct.
 */
#ifndef PORT_VXLAN_REMOTES_H
#define PORT_VXLAN_REMOTES_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "port/options.h"
#include "port/sockaddr.h"
#include "port/udp_tx.h"
#include "util/siphash.h"

enum {
	REMOTES_MAX = 2 * VXLAN_REMOTES_MAX, /* with those that were heard and not set */
	REMOTE_BUCKETS = 256,
};

struct remote {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} sa;
	char scope[IFNAMSIZ]; /* of one that was set: the device of a link-local address */
	bool used;
	bool configured; /* set by somebody, and not only heard */
	bool keep;	 /* for a change of all */
	uint16_t next;	 /* in its bucket; REMOTES_MAX = the last */
	struct udp_refusals refusals;
	int complaint;	       /* errno that the network reported of it, 0 = none... */
	uint64_t complaint_ms; /* ...then, for the last time */
};

struct remotes {
	struct siphash_key key;
	struct remote r[REMOTES_MAX];
	uint16_t bucket[REMOTE_BUCKETS];
	uint16_t flood[VXLAN_REMOTES_MAX]; /* those configured */
	unsigned floods;
	unsigned hand;	  /* where the next to be forgotten is looked for */
	unsigned heard;	  /* used, but not configured */
	unsigned changes; /* counts up with each that comes or goes */
};

/* `key` is secret: who may choose addresses must not choose buckets. */
void remotes_init(struct remotes *rs, const struct siphash_key *key);

/* The number of the remote with that address, or -1. */
int remotes_find(const struct remotes *rs, const struct sockaddr *a);

/* A new one, which is not there yet.  -1: there is no room. */
int remotes_add(struct remotes *rs, const struct sockaddr *a, bool configured);
void remotes_del(struct remotes *rs, unsigned i);

/* Gives one the scope of its link-local address anew. */
void remotes_rescope(struct remotes *rs, unsigned i, uint32_t ifindex);

/* The number of the one that was set and is that host, or -1.  Looks at all. */
int remotes_find_set(const struct remotes *rs, const struct endpoint *host);

/* Its address, without the port; returns out. */
const char *remote_text(const struct remote *r, char out[ENDPOINT_SIZE]);

/* Lists those to flood to anew, after some came or went. */
void remotes_list(struct remotes *rs);

static inline socklen_t remote_len(const struct remote *r)
{
	return r->sa.any.sa_family == AF_INET6 ? sizeof(r->sa.v6) : sizeof(r->sa.v4);
}

#define remotes_foreach(i, rs)                     \
	for (unsigned i = 0; i < REMOTES_MAX; i++) \
		if ((rs)->r[i].used)

#endif
