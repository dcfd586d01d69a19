/* SPDX-License-Identifier: ISC */
/*
 * fdb_admin.c - the address table as its administrator meets it: static entries, flushing, listing,
 * resizing, counters.  None of it is on the path of a frame.
 */
#include "core/fdb.h"

#include <errno.h>

#include "core/fdb_impl.h"

/* Room for a static entry: the longest silent learned one gives way, wherever it is. */
static bool make_room_for_static(struct fdb *f)
{
	struct fdb_entry *oldest = NULL;

	for (unsigned i = 0; i < f->port_end; i++) {
		struct fdb_entry *e = f->port[i].dynamic;

		if (e && (!oldest || e->seen_s < oldest->seen_s))
			oldest = e;
	}
	if (!oldest)
		return false;
	f->port[oldest->port].stats.evicted++;
	fdb_remove(f, oldest);
	return true;
}

int fdb_add_static(struct fdb *f, uint16_t vid, uint64_t mac, unsigned port, uint32_t now_s,
		   unsigned *found)
{
	uint64_t key = fdb_key(vid, mac);
	uint32_t hash = fdb_hash(f, key);
	struct fdb_entry *e = fdb_find(f, key, hash);

	if (e && e->flags & F_STATIC && !fdb_is_dead(f, e)) {
		*found = e->port;
		return e->port == port ? 0 : -EEXIST;
	}
	if (e)
		fdb_remove(f, e);
	if (f->count >= f->max && !make_room_for_static(f))
		return -ENOSPC;
	fdb_insert(f, key, hash, port, F_STATIC, now_s);
	return 0;
}

int fdb_del(struct fdb *f, uint16_t vid, uint64_t mac)
{
	uint64_t key = fdb_key(vid, mac);
	struct fdb_entry *e = fdb_find(f, key, fdb_hash(f, key));

	if (!e || fdb_is_dead(f, e))
		return -ENOENT;
	fdb_remove(f, e);
	return 0;
}

/* All of one port, or of each: needs no looking at entries. */
static void flush_ports(struct fdb *f, struct fdb_flush *w)
{
	for (unsigned i = 0; i < f->port_end; i++) {
		if (w->port >= 0 && (unsigned)w->port != i)
			continue;
		w->gone += f->port[i].stats.dynamic;
		fdb_port_flush(f, i);
	}
}

static bool is_to_go(const struct fdb *f, const struct fdb_flush *w, const struct fdb_entry *e)
{
	return e->flags & F_USED && !(e->flags & F_STATIC) && !fdb_is_dead(f, e) &&
	       (w->port < 0 || (unsigned)w->port == e->port) &&
	       e->key >> VID_SHIFT == (unsigned)w->vid;
}

bool fdb_flush(struct fdb *f, struct fdb_flush *w, uint32_t slots)
{
	if (w->vid < 0) {
		flush_ports(f, w);
		return false;
	}
	for (; w->slot < f->used; w->slot++) {
		struct fdb_entry *e = &f->pool[w->slot];

		if (slots-- == 0)
			return true;
		if (!is_to_go(f, w, e))
			continue;
		fdb_remove(f, e);
		w->gone++;
	}
	return false;
}

bool fdb_walk(const struct fdb *f, uint32_t *slot, uint32_t end, uint32_t now_s,
	      struct fdb_info *info)
{
	if (end > f->used)
		end = f->used;
	for (; *slot < end; ++*slot) {
		const struct fdb_entry *e = &f->pool[*slot];

		if (!(e->flags & F_USED) || fdb_is_dead(f, e))
			continue;
		fdb_fill(e, now_s, info);
		++*slot;
		return true;
	}
	return false;
}

uint32_t fdb_slots(const struct fdb *f)
{
	return f->used;
}

void fdb_each_static(const struct fdb *f, void (*fn)(void *arg, const struct fdb_info *info),
		     void *arg)
{
	for (unsigned i = 0; i < f->port_end; i++) {
		const struct fdb_entry *e;

		DL_FOREACH2 (f->port[i].statics, e, next) {
			struct fdb_info info;

			fdb_fill(e, e->seen_s, &info);
			fn(arg, &info);
		}
	}
}

/* Takes over an entry as it is; used only while the new table cannot be full. */
static void adopt(struct fdb *to, const struct fdb_entry *e)
{
	struct fdb_entry *n = fdb_insert(to, e->key, e->hh.hashv, e->port, e->flags, e->seen_s);

	n->moved_s = e->moved_s;
	n->moves = e->moves;
}

/* How many of a port's n learned entries stay when `room` is left for all `total` of them. */
static uint32_t share_of(uint32_t n, uint32_t total, uint32_t room)
{
	return total <= room ? n : (uint32_t)((uint64_t)n * room / total);
}

static void adopt_port(struct fdb *to, unsigned port, const struct fdb_port *from, uint32_t keep)
{
	struct fdb_port *p = &to->port[port];
	uint32_t skip = from->stats.dynamic - keep;
	const struct fdb_entry *e;

	p->max_macs = from->max_macs;
	p->stats = from->stats;
	p->stats.entries = p->stats.dynamic = 0; /* counted again as they come */
	DL_FOREACH2 (from->statics, e, next)
		adopt(to, e);
	DL_FOREACH2 (from->dynamic, e, next) {
		if (skip)
			skip--;
		else
			adopt(to, e);
	}
}

struct fdb *fdb_resized(const struct fdb *f, uint32_t max, int *rc)
{
	uint32_t dynamic = f->count - f->statics;
	struct fdb *n;

	*rc = -ENOSPC;
	if (f->statics > max)
		return NULL;
	*rc = -ENOMEM;
	n = fdb_new(max, &f->key);
	if (!n)
		return NULL;
	n->ports = f->ports;
	n->port_end = f->port_end;
	for (unsigned i = 0; i < f->port_end; i++) {
		const struct fdb_port *from = &f->port[i];

		adopt_port(n, i, from, share_of(from->stats.dynamic, dynamic, max - f->statics));
	}
	*rc = 0;
	return n;
}

uint32_t fdb_count(const struct fdb *f)
{
	return f->count;
}

uint32_t fdb_max(const struct fdb *f)
{
	return f->max;
}

bool fdb_is_full(const struct fdb *f)
{
	return f->count >= f->max;
}

const struct fdb_port_stats *fdb_port_stats(const struct fdb *f, unsigned port)
{
	return &f->port[port].stats;
}

void fdb_port_stats_clear(struct fdb *f, unsigned port)
{
	struct fdb_port_stats *s = &f->port[port].stats;

	*s = (struct fdb_port_stats){.entries = s->entries, .dynamic = s->dynamic};
}
