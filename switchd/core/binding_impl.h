/* SPDX-License-Identifier: ISC */
/*
 * binding_impl.h - the inside of the table of bindings, shared by binding.c (learning, looking, ending) and
 * binding_admin.c (what an administrator does to it).  Nobody else includes it.
 */
#ifndef CORE_BINDING_IMPL_H
#define CORE_BINDING_IMPL_H

#include <stddef.h>

#include "core/binding.h"
#include "util/portset.h"

/*
 * On two chains, of those with its station's hash and of those with its address's, and on one of the lists of
 * its port.  (uthash keeps one handle an index and keys that come once; here several bindings share a key.)
 */
struct binding_entry {
	struct binding b; /* first: what is handed out is turned back into its entry */
	struct binding_entry *by_mac, *by_ip;
	struct binding_entry *prev, *next; /* in a free slot, next: of the free ones */
	bool used;
};

enum { BINDING_VIDS = 4096 };

struct binding_list {
	struct binding_entry *first, *last;
	uint32_t count;
};

struct binding_port {
	struct binding_list dynamic; /* renewed longest ago first */
	struct binding_list statics;
	uint32_t limit;
	bool open;
};

struct bindings {
	struct siphash_key key;
	struct binding_watch *watch;
	struct binding_entry *pool, *free;
	struct binding_entry **by_mac, **by_ip; /* mask + 1 chains each */
	uint32_t mask;
	uint32_t max, used, count, statics;
	uint32_t sweep;	   /* the slot that bindings_expire() looks at next */
	unsigned port_end; /* no port at or above was ever open */
	struct binding_port port[PORTSET_MAX];
	uint32_t leases[BINDING_VIDS]; /* dynamic ones of each VLAN */
};

static inline bool bindings_has_slot(const struct bindings *b)
{
	return b->free || b->used < b->max;
}

static inline bool binding_is_over(const struct binding_entry *e, uint64_t now_ms)
{
	return e->b.expires_ms <= now_ms;
}

static inline bool binding_is_on(const struct binding_entry *e, unsigned port)
{
	return e && e->b.port == port;
}

static inline struct binding_list *bindings_list(struct bindings *b, const struct binding_entry *e)
{
	struct binding_port *p = &b->port[e->b.port];

	return e->b.is_static ? &p->statics : &p->dynamic;
}

/* Of exactly these, whether it has run out or not; or NULL. */
struct binding_entry *bindings_entry(const struct bindings *b, uint16_t vid, uint64_t mac,
				     uint32_t ip);
/* One of those of the address that are static, or are not. */
struct binding_entry *bindings_entry_ip(const struct bindings *b, uint16_t vid, uint32_t ip,
					bool is_static);
/* The caller has made sure that there is a slot.  in_front: it was renewed before all others of its port. */
void bindings_insert(struct bindings *b, const struct binding *what, bool in_front);
void bindings_end(struct bindings *b, struct binding_entry *e, enum binding_end why);
/* Takes it off the list of its port, and no more. */
void bindings_unlist(struct binding_list *l, struct binding_entry *e);

#endif
