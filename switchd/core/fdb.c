/* SPDX-License-Identifier: ISC */
#include "core/fdb.h"

#include <errno.h>
#include <stdlib.h>

#include "core/fdb_impl.h"
#include "util/mac.h"

/* No VID has 16 bits, so this key cannot be a station's. */
#define SENTINEL_KEY UINT64_MAX

static const char *const learn_names[LEARN_COUNT] = {
	[LEARN_IGNORED] = "ignored", [LEARN_KNOWN] = "known",	[LEARN_NEW] = "new",
	[LEARN_MOVED] = "moved",     [LEARN_STATIC] = "static", [LEARN_PORT_FULL] = "port_full",
	[LEARN_FULL] = "table_full",
};

const char *learn_name(enum learn l)
{
	return learn_names[l];
}

uint64_t fdb_key(uint16_t vid, uint64_t mac)
{
	return (uint64_t)vid << VID_SHIFT | mac;
}

uint32_t fdb_hash(const struct fdb *f, uint64_t key)
{
	return (uint32_t)siphash13_u64(key, &f->key);
}

struct fdb_entry *fdb_find(const struct fdb *f, uint64_t key, uint32_t hash)
{
	struct fdb_entry *e;

	HASH_FIND_BYHASHVALUE(hh, f->table, &key, sizeof(key), hash, e);
	return e;
}

/* Lays out buckets for max entries: about one entry each, no rehashing while frames flow. */
static int make_buckets(struct fdb *f)
{
	struct fdb_entry *sentinel = &f->pool[f->max];
	bool oom = false;

	sentinel->key = SENTINEL_KEY;
	HASH_ADD_BYHASHVALUE(hh, f->table, key, sizeof(uint64_t), 0, sentinel);
	if (!sentinel->hh.tbl)
		return -ENOMEM;
	while (!oom && f->table->hh.tbl->num_buckets < f->max)
		HASH_EXPAND_BUCKETS(hh, f->table->hh.tbl, oom);
	f->table->hh.tbl->noexpand = 1;
	return oom ? -ENOMEM : 0;
}

struct fdb *fdb_new(uint32_t max, const struct siphash_key *key)
{
	struct fdb *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->key = *key;
	f->max = max;
	f->pool = calloc((size_t)max + 1, sizeof(*f->pool));
	if (!f->pool || make_buckets(f)) {
		fdb_free(f);
		return NULL;
	}
	return f;
}

void fdb_free(struct fdb *f)
{
	if (!f)
		return;
	HASH_CLEAR(hh, f->table); /* frees uthash's own memory; the entries are ours */
	free(f->pool);
	free(f);
}

static struct fdb_entry **list_of(struct fdb *f, const struct fdb_entry *e)
{
	struct fdb_port *p = &f->port[e->port];

	return e->flags & F_STATIC ? &p->statics : &p->dynamic;
}

static void link_port(struct fdb *f, struct fdb_entry *e, unsigned port)
{
	struct fdb_entry **list;

	e->port = (uint16_t)port;
	e->gen = f->gen[port][e->flags & F_STATIC];
	list = list_of(f, e);
	DL_APPEND2(*list, e, prev, next);
	f->port[port].stats.entries++;
	if (e->flags & F_STATIC)
		f->statics++;
	else
		f->port[port].stats.dynamic++;
	f->count++;
}

static void unlink_port(struct fdb *f, struct fdb_entry *e)
{
	struct fdb_entry **list = list_of(f, e);

	DL_DELETE2(*list, e, prev, next);
	f->port[e->port].stats.entries--;
	if (e->flags & F_STATIC)
		f->statics--;
	else
		f->port[e->port].stats.dynamic--;
	f->count--;
}

void fdb_remove(struct fdb *f, struct fdb_entry *e)
{
	if (fdb_is_dead(f, e))
		DL_DELETE2(f->dead, e, prev, next);
	else
		unlink_port(f, e);
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the sentinel keeps the table */
	HASH_DELETE(hh, f->table, e);
	e->flags = 0;
	e->next = f->free;
	f->free = e;
}

struct fdb_entry *fdb_insert(struct fdb *f, uint64_t key, uint32_t hash, unsigned port,
			     uint8_t flags, uint32_t now_s)
{
	struct fdb_entry *e;

	if (!f->free && f->used == f->max)
		fdb_remove(f, f->dead); /* there is room, so it is what the dead take */
	e = f->free;
	if (e)
		f->free = e->next;
	else
		e = &f->pool[f->used++];
	e->key = key;
	e->seen_s = now_s;
	e->moved_s = now_s;
	e->flags = F_USED | flags;
	e->moves = 0;
	HASH_ADD_BYHASHVALUE(hh, f->table, key, sizeof(uint64_t), hash, e);
	link_port(f, e, port);
	return e;
}

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

void fdb_port_hide(struct fdb *f, unsigned port)
{
	f->gen[port][0]++;
}

void fdb_port_flush(struct fdb *f, unsigned port)
{
	struct fdb_port *p = &f->port[port];

	f->gen[port][0]++;
	f->count -= p->stats.dynamic;
	p->stats.entries -= p->stats.dynamic;
	p->stats.dynamic = 0;
	DL_CONCAT2(f->dead, p->dynamic, prev, next);
	p->dynamic = NULL;
}

void fdb_port_close(struct fdb *f, unsigned port)
{
	struct fdb_port *p = &f->port[port];

	fdb_port_flush(f, port);
	f->gen[port][F_STATIC]++;
	f->count -= p->stats.entries;
	f->statics -= p->stats.entries;
	p->stats.entries = 0;
	DL_CONCAT2(f->dead, p->statics, prev, next);
	p->statics = NULL;
	f->ports--;
}

int fdb_lookup(const struct fdb *f, uint16_t vid, uint64_t mac)
{
	uint64_t key = fdb_key(vid, mac);
	const struct fdb_entry *e = fdb_find(f, key, fdb_hash(f, key));

	return e && !fdb_is_dead(f, e) ? e->port : -1;
}

/* What each port may be sure of: an equal part of what static entries leave, but at least one. */
static uint32_t fair_share(const struct fdb *f)
{
	uint32_t share = (f->max - f->statics) / (f->ports ? f->ports : 1);

	return share ? share : 1;
}

/* The entry that gives way to a station of a port below its share: NULL where nobody has too much.
 */
static struct fdb_entry *find_victim(const struct fdb *f, unsigned port)
{
	const struct fdb_port *most = &f->port[0];
	uint32_t share = fair_share(f);

	if (f->port[port].stats.dynamic >= share)
		return NULL;
	for (unsigned i = 1; i < f->port_end; i++)
		if (f->port[i].stats.dynamic > most->stats.dynamic)
			most = &f->port[i];
	return most->stats.dynamic > share ? most->dynamic : NULL;
}

struct fdb_verdict fdb_judge(const struct fdb *f, uint16_t vid, uint64_t mac, unsigned port)
{
	struct fdb_verdict v = {.learn = LEARN_IGNORED};
	const struct fdb_port *p = &f->port[port];

	if (!mac_is_station(mac))
		return v;
	v.key = fdb_key(vid, mac);
	v.hash = fdb_hash(f, v.key);
	v.entry = fdb_find(f, v.key, v.hash);
	if (v.entry && fdb_is_dead(f, v.entry)) {
		v.dead = v.entry;
		v.entry = NULL;
	}
	if (v.entry && v.entry->port == port)
		v.learn = LEARN_KNOWN;
	else if (v.entry && v.entry->flags & F_STATIC)
		v.learn = LEARN_STATIC;
	else if (p->max_macs && p->stats.dynamic >= p->max_macs)
		v.learn = LEARN_PORT_FULL;
	else if (v.entry)
		v.learn = LEARN_MOVED;
	else if (f->count < f->max || (v.victim = find_victim(f, port)) != NULL)
		v.learn = LEARN_NEW;
	else
		v.learn = LEARN_FULL;
	return v;
}

static void refresh(struct fdb *f, struct fdb_entry *e, uint32_t now_s)
{
	if (e->seen_s == now_s || e->flags & F_STATIC)
		return;
	e->seen_s = now_s;
	struct fdb_entry **list = list_of(f, e);
	DL_DELETE2(*list, e, prev, next);
	DL_APPEND2(*list, e, prev, next);
}

static void move(struct fdb *f, struct fdb_verdict *v, unsigned port, uint32_t now_s)
{
	struct fdb_entry *e = v->entry;

	if (now_s - e->moved_s > FDB_FLAP_QUIET_S) {
		e->moves = 0;
		e->flags &= (uint8_t)~F_FLAPPING;
	}
	if (e->moves < UINT8_MAX)
		e->moves++;
	v->from = e->port;
	v->moved_quietly = e->flags & F_FLAPPING;
	v->flapping_now = !v->moved_quietly && e->moves >= FDB_FLAP_MOVES;
	unlink_port(f, e);
	e->seen_s = now_s;
	e->moved_s = now_s;
	if (v->flapping_now) {
		e->flags |= F_FLAPPING;
		f->port[port].stats.flapping++;
	}
	link_port(f, e, port);
	f->port[port].stats.moved_here++;
}

void fdb_learn(struct fdb *f, struct fdb_verdict *v, unsigned port, uint32_t now_s)
{
	struct fdb_port_stats *st = &f->port[port].stats;

	switch (v->learn) {
	case LEARN_KNOWN:
		refresh(f, v->entry, now_s);
		break;
	case LEARN_NEW:
		if (v->victim) {
			f->port[v->victim->port].stats.evicted++;
			fdb_remove(f, v->victim);
		}
		if (v->dead)
			fdb_remove(f, v->dead);
		v->entry = fdb_insert(f, v->key, v->hash, port, 0, now_s);
		st->learned++;
		break;
	case LEARN_MOVED:
		move(f, v, port, now_s);
		break;
	case LEARN_STATIC:
		st->refused_static++;
		break;
	case LEARN_PORT_FULL:
		st->refused_limit++;
		break;
	case LEARN_FULL:
		st->refused_full++;
		break;
	case LEARN_IGNORED:
	case LEARN_COUNT:
		break;
	}
}

void fdb_fill(const struct fdb_entry *e, uint32_t now_s, struct fdb_info *info)
{
	bool still = now_s - e->moved_s > FDB_FLAP_QUIET_S;

	*info = (struct fdb_info){
		.mac = e->key & MAC_BROADCAST,
		.vid = (uint16_t)(e->key >> VID_SHIFT),
		.port = e->port,
		.is_static = e->flags & F_STATIC,
		.flapping = !still && e->flags & F_FLAPPING,
		.age_s = now_s - e->seen_s,
		.moves = still ? 0 : e->moves,
	};
}

bool fdb_age(struct fdb *f, uint32_t now_s, uint32_t ageing_s, uint32_t budget,
	     void (*gone)(void *arg, const struct fdb_info *info), void *arg)
{
	for (; f->dead; fdb_remove(f, f->dead))
		if (budget-- == 0)
			return true;
	if (ageing_s == 0)
		return false;
	for (unsigned n = 0; n < f->port_end; n++) {
		struct fdb_port *p = &f->port[f->age_from];

		/* the next call begins with the next port, whoever used up this one's budget */
		f->age_from = (f->age_from + 1) % f->port_end;
		while (p->dynamic && now_s - p->dynamic->seen_s >= ageing_s) {
			struct fdb_info info;

			if (budget-- == 0)
				return true;
			fdb_fill(p->dynamic, now_s, &info);
			fdb_remove(f, p->dynamic);
			p->stats.aged++;
			if (gone)
				gone(arg, &info);
		}
	}
	return false;
}
