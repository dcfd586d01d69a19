/* SPDX-License-Identifier: ISC */
/* What an administrator does to the table of bindings. */
#include <errno.h>

#include "core/binding_impl.h"

/* ---- what an administrator does ---- */

int bindings_add_static(struct bindings *b, uint16_t vid, uint64_t mac, uint32_t ip, unsigned port,
			uint64_t now_ms)
{
	struct binding_entry *same = bindings_entry(b, vid, mac, ip),
			     *taken = bindings_entry_ip(b, vid, ip, false);
	const struct binding fresh = {
		.mac = mac,
		.ip = ip,
		.vid = vid,
		.port = (uint16_t)port,
		.is_static = true,
		.since_ms = now_ms,
		.expires_ms = BINDING_FOREVER,
	};

	if (same && same->b.is_static)
		return binding_is_on(same, port) ? 0 : -EEXIST;
	if (taken)
		bindings_end(b, taken, BINDING_REPLACED);
	if (!bindings_has_slot(b)) {
		struct binding_entry *victim = NULL;

		for (unsigned i = 0; i < b->port_end; i++) {
			const struct binding_list *l = &b->port[i].dynamic;

			if (l->first && (!victim || l->count > bindings_list(b, victim)->count))
				victim = l->first;
		}
		if (!victim)
			return -ENOSPC;
		bindings_end(b, victim, BINDING_EVICTED);
	}
	bindings_insert(b, &fresh, false);
	return 0;
}

int bindings_del(struct bindings *b, uint16_t vid, uint64_t mac, uint32_t ip, enum binding_end why)
{
	struct binding_entry *e = bindings_entry(b, vid, mac, ip);

	if (!e)
		return -ENOENT;
	bindings_end(b, e, why);
	return 0;
}

void bindings_flush_vlan(struct bindings *b, uint16_t vid)
{
	/* thousands of VLANs may be turned off at once, of which few have any */
	for (uint32_t i = 0; i < b->used && b->leases[vid % BINDING_VIDS]; i++) {
		struct binding_entry *e = &b->pool[i];

		if (e->used && e->b.vid == vid && !e->b.is_static)
			bindings_end(b, e, BINDING_VLAN);
	}
}

/* ---- another size ---- */

static void copy_statics(struct bindings *to, const struct bindings *from)
{
	for (uint32_t i = 0; i < from->used; i++)
		if (from->pool[i].used && from->pool[i].b.is_static)
			bindings_insert(to, &from->pool[i].b, false);
}

/* One of each port in turn, those renewed last first, as long as there is room; the others end. */
static void copy_dynamic(struct bindings *to, struct bindings *from)
{
	bool more = true;

	while (more) {
		more = false;
		for (unsigned i = 0; i < from->port_end; i++) {
			struct binding_entry *e = from->port[i].dynamic.last;

			if (!e)
				continue;
			more = true;
			if (!bindings_has_slot(to)) {
				bindings_end(from, from->port[i].dynamic.first, BINDING_EVICTED);
				continue;
			}
			bindings_insert(to, &e->b, true);
			bindings_unlist(&from->port[i].dynamic, e);
		}
	}
}

struct bindings *bindings_resized(struct bindings *old, uint32_t max, int *rc)
{
	struct bindings *b;

	*rc = -ENOSPC;
	if (old->statics > max)
		return NULL;
	*rc = -ENOMEM;
	b = bindings_new(max, &old->key, old->watch);
	if (!b)
		return NULL;
	b->port_end = old->port_end;
	for (unsigned i = 0; i < old->port_end; i++)
		b->port[i] = (struct binding_port){.limit = old->port[i].limit,
						   .open = old->port[i].open};
	copy_statics(b, old);
	copy_dynamic(b, old);
	bindings_free(old);
	*rc = 0;
	return b;
}
