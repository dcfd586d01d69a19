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
		struct fdb_entry *e = f->list[fdb_list_of(i, LEARNED)];

		if (e && (!oldest || e->seen_s < oldest->seen_s))
			oldest = e;
	}
	if (!oldest)
		return false;
	f->port[fdb_port_of(oldest)].stats.evicted++;
	fdb_remove(f, oldest);
	return true;
}

static int add_fixed(struct fdb *f, struct fdb_probe at, unsigned list, uint32_t now_s,
		     unsigned *found)
{
	struct fdb_entry *e = fdb_find(f, at);

	if (e && e->list == list)
		return 0;
	/* what stuck gives way to what is added, but not the other way round */
	if (e && fdb_is_static(e) && !fdb_is_sticky(e)) {
		*found = fdb_port_of(e);
		return *found == list / KINDS ? 0 : -EEXIST;
	}
	if (e)
		fdb_remove(f, e);
	if (f->count >= f->max && !make_room_for_static(f))
		return -ENOSPC;
	fdb_insert(f, at, list, now_s);
	return 0;
}

int fdb_add_static(struct fdb *f, uint16_t vid, uint64_t mac, unsigned port, uint32_t now_s,
		   unsigned *found)
{
	return add_fixed(f, fdb_probe(f, vid, mac), fdb_list_of(port, STATIC), now_s, found);
}

int fdb_add_sticky(struct fdb *f, uint16_t vid, uint64_t mac, unsigned port, uint32_t now_s,
		   unsigned *found)
{
	return add_fixed(f, fdb_probe(f, vid, mac), fdb_list_of(port, STICKY), now_s, found);
}

int fdb_del(struct fdb *f, uint16_t vid, uint64_t mac)
{
	struct fdb_probe at = fdb_probe(f, vid, mac);
	struct fdb_entry *e = fdb_find(f, at);

	if (!e)
		return -ENOENT;
	fdb_remove(f, e);
	return 0;
}

bool fdb_get(const struct fdb *f, uint16_t vid, uint64_t mac, uint32_t now_s, struct fdb_info *info)
{
	const struct fdb_entry *e = fdb_find(f, fdb_probe(f, vid, mac));

	if (e)
		fdb_fill(f, e, now_s, info);
	return e != NULL;
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

/* The entry in a slot, or NULL where nobody lives there. */
static struct fdb_entry *at_slot(const struct fdb *f, uint32_t slot)
{
	struct fdb_entry *e = &f->pool[slot];

	return f->past[slot].used && !fdb_is_dead(f, e) ? e : NULL;
}

static bool is_to_go(const struct fdb_flush *w, const struct fdb_entry *e)
{
	return !fdb_is_static(e) && (w->port < 0 || (unsigned)w->port == fdb_port_of(e)) &&
	       fdb_key(e) >> VID_SHIFT == (unsigned)w->vid;
}

bool fdb_flush(struct fdb *f, struct fdb_flush *w, uint32_t slots)
{
	if (w->vid < 0) {
		flush_ports(f, w);
		return false;
	}
	for (; w->slot < f->used; w->slot++) {
		struct fdb_entry *e = at_slot(f, w->slot);

		if (slots-- == 0)
			return true;
		if (!e || !is_to_go(w, e))
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
	while (*slot < end) {
		const struct fdb_entry *e = at_slot(f, (*slot)++);

		if (!e)
			continue;
		fdb_fill(f, e, now_s, info);
		return true;
	}
	return false;
}

uint32_t fdb_slots(const struct fdb *f)
{
	return f->used;
}

static void each_of(const struct fdb *f, unsigned list,
		    void (*fn)(void *arg, const struct fdb_info *info), void *arg)
{
	for (const struct fdb_entry *e = f->list[list]; e; e = e->hh.next) {
		struct fdb_info info;

		fdb_fill(f, e, e->seen_s, &info);
		fn(arg, &info);
	}
}

void fdb_each_static(const struct fdb *f, void (*fn)(void *arg, const struct fdb_info *info),
		     void *arg)
{
	for (unsigned i = 0; i < f->port_end; i++) {
		each_of(f, fdb_list_of(i, STATIC), fn, arg);
		each_of(f, fdb_list_of(i, STICKY), fn, arg);
	}
}

/* Takes over the entries of a list but for the first `skip`; only while `to` cannot be full. */
static void adopt(struct fdb *to, const struct fdb *from, unsigned list, uint32_t skip)
{
	const struct fdb_entry *e = from->list[list];

	for (; e; e = e->hh.next) {
		struct fdb_probe at = {fdb_key(e), e->hh.hashv};
		struct fdb_entry *n;

		if (skip) {
			skip--;
			continue;
		}
		n = fdb_insert(to, at, list, e->seen_s);
		*fdb_past(to, n) = *fdb_past(from, e);
	}
}

/* How many of a port's n learned entries stay when `room` is left for all `total` of them. */
static uint32_t share_of(uint32_t n, uint32_t total, uint32_t room)
{
	return total <= room ? n : (uint32_t)((uint64_t)n * room / total);
}

static void adopt_port(struct fdb *to, const struct fdb *from, unsigned port, uint32_t keep)
{
	struct fdb_port *p = &to->port[port];
	uint32_t dynamic = from->port[port].stats.dynamic;

	*p = from->port[port];
	p->stats.entries = p->stats.dynamic = p->stats.sticky = 0; /* counted again as they come */
	adopt(to, from, fdb_list_of(port, STATIC), 0);
	adopt(to, from, fdb_list_of(port, STICKY), 0);
	adopt(to, from, fdb_list_of(port, LEARNED), dynamic - keep);
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
		uint32_t keep = share_of(f->port[i].stats.dynamic, dynamic, max - f->statics);

		adopt_port(n, f, i, keep);
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

	*s = (struct fdb_port_stats){
		.entries = s->entries,
		.dynamic = s->dynamic,
		.sticky = s->sticky,
	};
}
