/* SPDX-License-Identifier: ISC */
/*
 * fdb_impl.h - the inside of the address table, shared by fdb.c (learning, looking up, ageing) and
 * fdb_admin.c (what an administrator does to it).  Nobody else includes it.
 */
#ifndef CORE_FDB_IMPL_H
#define CORE_FDB_IMPL_H

#include <utlist.h>

#include "core/fdb.h"
#include "core/fdb_hash.h"

enum { VID_SHIFT = 48 };

enum { F_STATIC = 1, F_USED = 2, F_FLAPPING = 4 }; /* F_STATIC: an index into struct fdb's gen[] */

struct fdb_entry {
	uint64_t key;	  /* VID and address: vid << 48 | mac */
	uint32_t seen_s;  /* last heard */
	uint32_t moved_s; /* last moved */
	uint16_t port;
	uint8_t flags;
	uint8_t moves;		       /* since it last kept still; stays at 255 */
	uint32_t gen;		       /* that of its list when it came to it */
	struct fdb_entry *prev, *next; /* of its port: longest silent first; dead; or free */
	UT_hash_handle hh;
};

struct fdb_port {
	uint32_t max_macs;
	struct fdb_entry *dynamic; /* longest silent first */
	struct fdb_entry *statics;
	struct fdb_port_stats stats;
};

struct fdb {
	struct siphash_key key;
	/*
	 * max entries and, behind them, one that is never found.  uthash builds its table with the
	 * first entry and tears it down with the last: this sentinel keeps it, and lets the buckets
	 * be laid out once, for max entries, before there is anything to move.
	 */
	struct fdb_entry *pool;
	struct fdb_entry *free;	 /* given back, linked by next */
	struct fdb_entry *table; /* uthash's head: the sentinel */
	struct fdb_entry *dead;	 /* flushed: in the table still, but nobody's any more */
	uint32_t max;
	uint32_t used;	   /* slots of the pool that were ever in use */
	uint32_t count;	   /* entries in the table, those that are dead apart */
	uint32_t statics;  /* of these, static ones */
	uint32_t ports;	   /* open ones */
	uint32_t port_end; /* no port at or above was ever open */
	uint32_t age_from; /* the port ageing looks at next */
	/* Generations of a port's two lists; an entry of another generation is dead. */
	uint32_t gen[PORTSET_MAX][2];
	struct fdb_port port[PORTSET_MAX];
};

static inline bool fdb_is_dead(const struct fdb *f, const struct fdb_entry *e)
{
	return e->gen != f->gen[e->port][e->flags & F_STATIC];
}

uint64_t fdb_key(uint16_t vid, uint64_t mac);
uint32_t fdb_hash(const struct fdb *f, uint64_t key);
/* The entry of that key, dead or alive, or NULL. */
struct fdb_entry *fdb_find(const struct fdb *f, uint64_t key, uint32_t hash);

/* The caller has made sure that there is room. */
struct fdb_entry *fdb_insert(struct fdb *f, uint64_t key, uint32_t hash, unsigned port,
			     uint8_t flags, uint32_t now_s);
/* Takes it out of the table, dead or alive. */
void fdb_remove(struct fdb *f, struct fdb_entry *e);

void fdb_fill(const struct fdb_entry *e, uint32_t now_s, struct fdb_info *info);

#endif
