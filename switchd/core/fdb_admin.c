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

	if (e && e->flags & F_STATIC) {
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

	if (!e)
		return -ENOENT;
	fdb_remove(f, e);
	return 0;
}

uint32_t fdb_flush(struct fdb *f, int port, int vid)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < f->port_end; i++) {
		struct fdb_entry *e, *tmp;

		if (port >= 0 && (unsigned)port != i)
			continue;
		DL_FOREACH_SAFE2 (f->port[i].dynamic, e, tmp, next) {
			if (vid >= 0 && e->key >> VID_SHIFT != (unsigned)vid)
				continue;
			fdb_remove(f, e);
			n++;
		}
	}
	return n;
}

bool fdb_walk(const struct fdb *f, uint32_t *slot, uint32_t now_s, struct fdb_info *info)
{
	for (; *slot < f->used; ++*slot) {
		const struct fdb_entry *e = &f->pool[*slot];

		if (!(e->flags & F_USED))
			continue;
		fdb_fill(e, now_s, info);
		++*slot;
		return true;
	}
	return false;
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

int fdb_resize(struct fdb **fdb, uint32_t max)
{
	const struct fdb *f = *fdb;
	uint32_t statics = 0, dynamic = 0;
	struct fdb *n;

	for (unsigned i = 0; i < f->port_end; i++) {
		dynamic += f->port[i].stats.dynamic;
		statics += f->port[i].stats.entries - f->port[i].stats.dynamic;
	}
	if (statics > max)
		return -ENOSPC;
	n = fdb_new(max, &f->key);
	if (!n)
		return -ENOMEM;
	n->ports = f->ports;
	n->port_end = f->port_end;
	for (unsigned i = 0; i < f->port_end; i++) {
		const struct fdb_port *from = &f->port[i];

		adopt_port(n, i, from, share_of(from->stats.dynamic, dynamic, max - statics));
	}
	fdb_free(*fdb);
	*fdb = n;
	return 0;
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
