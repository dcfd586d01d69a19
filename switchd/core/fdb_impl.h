/* SPDX-License-Identifier: ISC */
/*
 * fdb_impl.h - the inside of the address table, shared by fdb.c (its lists and looking up), fdb_learn.c
 * (learning and ageing) and fdb_admin.c (what an administrator does to it).  Nobody else includes it, but
 * for the test that looks how long the buckets' chains get.
 */
#ifndef CORE_FDB_IMPL_H
#define CORE_FDB_IMPL_H

#include "core/fdb.h"
#include "core/fdb_hash.h"

enum { VID_SHIFT = 48, CACHE_LINE = 64 };

/*
 * What a lookup needs fits one cache line, because in a large table each line costs one access to
 * main memory, which is ten times the rest of a lookup.  Entries are aligned to lines.
 */
struct fdb_entry {
	UT_hash_handle hh; /* key: VID and address, vid << 48 | mac; prev, next: of its list */
	uint32_t seen_s;   /* last heard */
	uint16_t list;	   /* fdb_list_of() its port */
	uint16_t gen;	   /* of the list, when it was put on it */
};

_Static_assert(sizeof(struct fdb_entry) == CACHE_LINE, "an entry is a line");

/* What else there is to know about the entry in the same slot. */
struct fdb_past {
	uint32_t moved_s; /* last moved */
	uint8_t moves;	  /* since it last kept still; stays at 255 */
	bool flapping;
	bool used; /* the slot has an entry, dead or alive */
};

/*
 * Each port has three lists: its learned entries, longest silent first, its static ones, and those that
 * stuck, which are static as well and so have that bit, too.
 */
enum { LEARNED = 0, STATIC = 1, STICKY = 3, KINDS = 4, LISTS = KINDS * PORTSET_MAX };

static inline unsigned fdb_list_of(unsigned port, unsigned kind)
{
	return port * KINDS + kind;
}

/* What a port is reported for, each by itself. */
enum { TOLD_LIMIT, TOLD_LOCKED, TOLD_ELSEWHERE, TOLD_COUNT };

struct fdb_port {
	uint32_t max_macs;
	unsigned guard;		     /* enum fdb_guard */
	uint32_t told_s[TOLD_COUNT]; /* last refused for that... */
	bool told[TOLD_COUNT];	     /* ...if it ever was */
	struct fdb_port_stats stats;
};

struct fdb {
	struct siphash_key key;
	void *block;	     /* the memory of the buckets, the pool and the past */
	UT_hash_table table; /* its buckets, and how many */
	struct fdb_entry *pool;
	struct fdb_past *past;	/* one for each of the pool */
	struct fdb_entry *free; /* given back, linked by next */
	struct fdb_entry *dead; /* a list: flushed, in the table still, but nobody's any more */
	uint32_t max;
	uint32_t used;	     /* slots of the pool that were ever in use */
	uint32_t count;	     /* entries in the table, those that are dead apart */
	uint32_t statics;    /* of these, static ones, those that stuck among them */
	uint32_t ports;	     /* open ones */
	uint32_t port_end;   /* no port at or above was ever open */
	uint32_t age_from;   /* the port ageing looks at next */
	uint16_t gen[LISTS]; /* an entry of another generation than its list's is dead */
	struct fdb_entry *list[LISTS];
	struct fdb_port port[PORTSET_MAX];
};

static inline bool fdb_is_dead(const struct fdb *f, const struct fdb_entry *e)
{
	/* rare: let the processor go on with the entry and look up the generation by the way */
	return __builtin_expect(e->gen != f->gen[e->list], false);
}

static inline unsigned fdb_port_of(const struct fdb_entry *e)
{
	return e->list / KINDS;
}

static inline bool fdb_is_static(const struct fdb_entry *e)
{
	return e->list & STATIC;
}

static inline bool fdb_is_sticky(const struct fdb_entry *e)
{
	return e->list % KINDS == STICKY;
}

static inline struct fdb_past *fdb_past(const struct fdb *f, const struct fdb_entry *e)
{
	return &f->past[e - f->pool];
}

static inline uint64_t fdb_key(const struct fdb_entry *e)
{
	return (uintptr_t)e->hh.key;
}

static inline UT_hash_bucket *fdb_bucket(const struct fdb *f, uint32_t hash)
{
	unsigned i;

	HASH_TO_BKT(hash, f->table.num_buckets, i);
	return &f->table.buckets[i];
}

/*
 * The entry of that address, or NULL.  There may be dead ones of it, too, but uthash puts the newest first
 * in its bucket, so that the first is alive or none of them is.
 */
static inline struct fdb_entry *fdb_find(const struct fdb *f, struct fdb_probe at)
{
	const void *key = (const void *)(uintptr_t)at.key;
	struct fdb_entry *e;

	HASH_FIND_IN_BKT(&f->table, hh, *fdb_bucket(f, at.hash), key, sizeof(key), at.hash, e);
	if (!e || fdb_is_dead(f, e))
		return NULL;
	return e;
}

/* The caller has made sure that there is room. */
struct fdb_entry *fdb_insert(struct fdb *f, struct fdb_probe at, unsigned list, uint32_t now_s);
/* Takes it out of the table, dead or alive. */
void fdb_remove(struct fdb *f, struct fdb_entry *e);
/* Takes one that is alive to the end of a list, its own or another. */
void fdb_relist(struct fdb *f, struct fdb_entry *e, unsigned list);

void fdb_fill(const struct fdb *f, const struct fdb_entry *e, uint32_t now_s,
	      struct fdb_info *info);

#endif
