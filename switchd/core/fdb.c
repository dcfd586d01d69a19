/* SPDX-License-Identifier: ISC */
#include "core/fdb.h"

#include <errno.h>
#include <stdlib.h>

#include "core/fdb_impl.h"
#include "util/mac.h"

enum {
	GEN_MANY = 1000, /* of a list: time to count from 0 again, if that can be had for nothing */
	GEN_MAX = 60000, /* the dead are cleared away at once, lest their generation come again */
};

static const char *const learn_names[LEARN_COUNT] = {
	[LEARN_IGNORED] = "ignored", [LEARN_KNOWN] = "known",
	[LEARN_NEW] = "new",	     [LEARN_MOVED] = "moved",
	[LEARN_STATIC] = "static",   [LEARN_PORT_FULL] = "port_full",
	[LEARN_FULL] = "table_full", [LEARN_OVER] = "over_max_macs",
	[LEARN_LOCKED] = "locked",   [LEARN_ELSEWHERE] = "elsewhere",
};

const char *learn_name(enum learn l)
{
	return learn_names[l];
}

/* ---- the hash ---- */

struct fdb_probe fdb_probe(const struct fdb *f, uint16_t vid, uint64_t mac)
{
	uint64_t key = (uint64_t)vid << VID_SHIFT | mac;
	struct fdb_probe at = {key, (uint32_t)siphash13_u64(key, &f->key)};

	__builtin_prefetch(fdb_bucket(f, at.hash));
	return at;
}

/*
 * Between 1.5 and 3 buckets for each of max entries: it is rare that an entry has to be looked at on the way
 * to another, which in a large table would be another access to main memory.
 */
static unsigned buckets_for(uint32_t max)
{
	unsigned n = HASH_INITIAL_NUM_BUCKETS;

	while (n < max + max / 2)
		n *= 2;
	return n;
}

/*
 * All in one block.  Of a large one the kernel gives a page when it is touched for the first time.  (With
 * huge pages, lookups among a million entries took a fifth less.  But the first touch of such a page
 * can take milliseconds, which is too long for a frame to wait, and touching all of them beforehand would
 * take the memory of the largest table for one that stays empty.)
 */
static bool lay_out(struct fdb *f, uint32_t max)
{
	size_t buckets = buckets_for(max), entries = max;
	char *at = calloc(1, CACHE_LINE + buckets * sizeof(UT_hash_bucket) +
				     entries * (sizeof(*f->pool) + sizeof(*f->past)));

	if (!at)
		return false;
	f->block = at;
	at += (CACHE_LINE - (uintptr_t)at % CACHE_LINE) % CACHE_LINE;
	f->pool = (struct fdb_entry *)at;
	at += entries * sizeof(*f->pool);
	f->table = (UT_hash_table){
		.buckets = (UT_hash_bucket *)at,
		.num_buckets = (unsigned)buckets,
		.hho = offsetof(struct fdb_entry, hh),
		.noexpand = 1,
	};
	f->past = (struct fdb_past *)(at + buckets * sizeof(UT_hash_bucket));
	f->max = max;
	return true;
}

struct fdb *fdb_new(uint32_t max, const struct siphash_key *key)
{
	struct fdb *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->key = *key;
	if (!lay_out(f, max)) {
		free(f);
		return NULL;
	}
	return f;
}

void fdb_free(struct fdb *f)
{
	if (!f)
		return;
	free(f->block);
	free(f);
}

/* ---- lists: the first's prev is the last, the last's next is NULL ---- */

static void list_append(struct fdb_entry **list, struct fdb_entry *e)
{
	struct fdb_entry *first = *list, *last;

	e->hh.next = NULL;
	if (!first) {
		e->hh.prev = *list = e;
		return;
	}
	last = first->hh.prev;
	e->hh.prev = last;
	last->hh.next = first->hh.prev = e;
}

static void list_remove(struct fdb_entry **list, struct fdb_entry *e)
{
	struct fdb_entry *prev = e->hh.prev, *next = e->hh.next;

	if (*list == e)
		*list = next;
	else
		prev->hh.next = next;
	if (next)
		next->hh.prev = prev;
	else if (*list)
		(*list)->hh.prev = prev;
}

static void list_append_all(struct fdb_entry **list, struct fdb_entry *more)
{
	struct fdb_entry *last;

	if (!*list || !more) {
		*list = *list ? *list : more;
		return;
	}
	last = (*list)->hh.prev;
	(*list)->hh.prev = more->hh.prev;
	more->hh.prev = last;
	last->hh.next = more;
}

static void link_port(struct fdb *f, struct fdb_entry *e, unsigned list)
{
	struct fdb_port_stats *st = &f->port[list / KINDS].stats;

	e->list = (uint16_t)list;
	e->gen = f->gen[list];
	list_append(&f->list[list], e);
	st->entries++;
	if (fdb_is_static(e))
		f->statics++;
	else
		st->dynamic++;
	st->sticky += fdb_is_sticky(e);
	f->count++;
}

static void unlink_port(struct fdb *f, struct fdb_entry *e)
{
	struct fdb_port_stats *st = &f->port[fdb_port_of(e)].stats;

	list_remove(&f->list[e->list], e);
	st->entries--;
	if (fdb_is_static(e))
		f->statics--;
	else
		st->dynamic--;
	st->sticky -= fdb_is_sticky(e);
	f->count--;
}

void fdb_relist(struct fdb *f, struct fdb_entry *e, unsigned list)
{
	unlink_port(f, e);
	link_port(f, e, list);
}

/* ---- entries ---- */

void fdb_remove(struct fdb *f, struct fdb_entry *e)
{
	if (fdb_is_dead(f, e))
		list_remove(&f->dead, e);
	else
		unlink_port(f, e);
	HASH_DEL_IN_BKT(*fdb_bucket(f, e->hh.hashv), &e->hh);
	fdb_past(f, e)->used = false;
	e->hh.next = f->free;
	f->free = e;
}

static struct fdb_entry *take_slot(struct fdb *f)
{
	struct fdb_entry *e;

	if (!f->free && f->used == f->max)
		fdb_remove(f, f->dead); /* there is room, so it is what the dead take */
	e = f->free;
	if (!e)
		return &f->pool[f->used++];
	f->free = e->hh.next;
	return e;
}

struct fdb_entry *fdb_insert(struct fdb *f, struct fdb_probe at, unsigned list, uint32_t now_s)
{
	struct fdb_entry *e = take_slot(f);
	int oom = 0; /* set by uthash where it lays out more buckets, which it must not */

	*fdb_past(f, e) = (struct fdb_past){.moved_s = now_s, .used = true};
	e->seen_s = now_s;
	e->hh.tbl = &f->table;
	e->hh.key = (const void *)(uintptr_t)at.key;
	e->hh.keylen = sizeof(e->hh.key);
	e->hh.hashv = at.hash;
	HASH_ADD_TO_BKT(*fdb_bucket(f, at.hash), hh, &e->hh, oom);
	(void)oom;
	link_port(f, e, list);
	return e;
}

/* ---- ports ---- */

void fdb_port_open(struct fdb *f, unsigned port, uint32_t max_macs)
{
	f->port[port] = (struct fdb_port){.max_macs = max_macs};
	f->ports++;
	if (port >= f->port_end)
		f->port_end = port + 1;
}

void fdb_port_limit(struct fdb *f, unsigned port, uint32_t max_macs)
{
	f->port[port].max_macs = max_macs;
}

void fdb_port_guard(struct fdb *f, unsigned port, unsigned guard)
{
	f->port[port].guard = guard;
}

void fdb_port_hide(struct fdb *f, unsigned port)
{
	f->gen[fdb_list_of(port, LEARNED)]++;
}

/* All of a list at once: whoever is on it belongs to a generation that has passed. */
static void bury(struct fdb *f, unsigned list)
{
	bool others = f->dead;

	list_append_all(&f->dead, f->list[list]);
	f->list[list] = NULL;
	f->gen[list]++;
	if (f->gen[list] < (others ? GEN_MAX : GEN_MANY))
		return;
	while (others && f->dead)
		fdb_remove(f, f->dead);
	f->gen[list] = 0; /* nobody is of that, neither on the list nor among the dead */
}

void fdb_port_flush(struct fdb *f, unsigned port)
{
	struct fdb_port_stats *st = &f->port[port].stats;

	f->count -= st->dynamic;
	st->entries -= st->dynamic;
	st->dynamic = 0;
	bury(f, fdb_list_of(port, LEARNED));
}

void fdb_port_close(struct fdb *f, unsigned port)
{
	struct fdb_port_stats *st = &f->port[port].stats;

	fdb_port_flush(f, port);
	f->count -= st->entries;
	f->statics -= st->entries;
	st->entries = st->sticky = 0;
	bury(f, fdb_list_of(port, STATIC));
	bury(f, fdb_list_of(port, STICKY));
	f->ports--;
}

uint32_t fdb_port_release(struct fdb *f, unsigned port)
{
	struct fdb_port_stats *st = &f->port[port].stats;
	uint32_t n = st->sticky;

	f->count -= n;
	f->statics -= n;
	st->entries -= n;
	st->sticky = 0;
	bury(f, fdb_list_of(port, STICKY));
	return n;
}

/* ---- the way of a frame ---- */

void fdb_prefetch(const struct fdb *f, struct fdb_probe at)
{
	__builtin_prefetch(fdb_bucket(f, at.hash)->hh_head);
}

int fdb_lookup_at(const struct fdb *f, struct fdb_probe at)
{
	const struct fdb_entry *e = fdb_find(f, at);

	if (!e)
		return -1;
	return (int)fdb_port_of(e);
}

int fdb_lookup(const struct fdb *f, uint16_t vid, uint64_t mac)
{
	return fdb_lookup_at(f, fdb_probe(f, vid, mac));
}

void fdb_fill(const struct fdb *f, const struct fdb_entry *e, uint32_t now_s, struct fdb_info *info)
{
	const struct fdb_past *past = fdb_past(f, e);
	bool still = now_s - past->moved_s > FDB_FLAP_QUIET_S;

	*info = (struct fdb_info){
		.mac = fdb_key(e) & MAC_BROADCAST,
		.vid = (uint16_t)(fdb_key(e) >> VID_SHIFT),
		.port = (uint16_t)fdb_port_of(e),
		.is_static = fdb_is_static(e),
		.is_sticky = fdb_is_sticky(e),
		.flapping = !still && past->flapping,
		.age_s = now_s - e->seen_s,
		.moves = still ? 0 : past->moves,
	};
}
