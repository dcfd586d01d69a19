/* SPDX-License-Identifier: ISC */
#include "core/binding.h"

#include <stdlib.h>

#include "core/binding_impl.h"

const char *binding_end_name(enum binding_end why)
{
	static const char *const names[BINDING_END_COUNT] = {
		[BINDING_EXPIRED] = "expired",	 [BINDING_RELEASED] = "released",
		[BINDING_DECLINED] = "declined", [BINDING_NAKED] = "refused_by_server",
		[BINDING_REPLACED] = "replaced", [BINDING_EVICTED] = "evicted",
		[BINDING_DELETED] = "deleted",	 [BINDING_PORT] = "port_gone",
		[BINDING_VLAN] = "vlan_off",
	};

	return names[why];
}

/* ---- memory ---- */

struct bindings *bindings_new(uint32_t max, const struct siphash_key *key,
			      struct binding_watch *watch)
{
	struct bindings *b = calloc(1, sizeof(*b));
	uint32_t chains = 16;

	if (!b)
		return NULL;
	while (chains < max)
		chains *= 2;
	b->key = *key;
	b->watch = watch;
	b->max = max;
	b->mask = chains - 1;
	b->pool = calloc(max ? max : 1, sizeof(*b->pool));
	b->by_mac = calloc(chains, sizeof(struct binding_entry *));
	b->by_ip = calloc(chains, sizeof(struct binding_entry *));
	if (!b->pool || !b->by_mac || !b->by_ip) {
		bindings_free(b);
		return NULL;
	}
	return b;
}

void bindings_free(struct bindings *b)
{
	if (!b)
		return;
	free(b->pool);
	free(b->by_mac);
	free(b->by_ip);
	free(b);
}

/* ---- the indexes ---- */

static struct binding_entry **mac_chain(const struct bindings *b, uint16_t vid, uint64_t mac)
{
	return &b->by_mac[siphash13_u64((uint64_t)vid << 48 | mac, &b->key) & b->mask];
}

static struct binding_entry **ip_chain(const struct bindings *b, uint16_t vid, uint32_t ip)
{
	return &b->by_ip[siphash13_u64((uint64_t)vid << 32 | ip, &b->key) & b->mask];
}

static void unchain(struct bindings *b, struct binding_entry *e)
{
	struct binding_entry **at = mac_chain(b, e->b.vid, e->b.mac);

	while (*at != e)
		at = &(*at)->by_mac;
	*at = e->by_mac;
	at = ip_chain(b, e->b.vid, e->b.ip);
	while (*at != e)
		at = &(*at)->by_ip;
	*at = e->by_ip;
}

/* ---- the lists of ports ---- */

static void list_put(struct binding_list *l, struct binding_entry *e, bool in_front)
{
	e->prev = in_front ? NULL : l->last;
	e->next = in_front ? l->first : NULL;
	*(e->prev ? &e->prev->next : &l->first) = e;
	*(e->next ? &e->next->prev : &l->last) = e;
	l->count++;
}

void bindings_unlist(struct binding_list *l, struct binding_entry *e)
{
	*(e->prev ? &e->prev->next : &l->first) = e->next;
	*(e->next ? &e->next->prev : &l->last) = e->prev;
	l->count--;
}

/* ---- entries ---- */

void bindings_insert(struct bindings *b, const struct binding *what, bool in_front)
{
	struct binding_entry *e = b->free, **chain;

	if (e)
		b->free = e->next;
	else
		e = &b->pool[b->used++];
	*e = (struct binding_entry){.b = *what, .used = true};
	chain = mac_chain(b, what->vid, what->mac);
	e->by_mac = *chain;
	*chain = e;
	chain = ip_chain(b, what->vid, what->ip);
	e->by_ip = *chain;
	*chain = e;
	list_put(bindings_list(b, e), e, in_front);
	b->count++;
	b->statics += what->is_static;
	b->leases[what->vid % BINDING_VIDS] += !what->is_static;
}

void bindings_end(struct bindings *b, struct binding_entry *e, enum binding_end why)
{
	struct binding gone = e->b;

	unchain(b, e);
	bindings_unlist(bindings_list(b, e), e);
	b->count--;
	b->statics -= gone.is_static;
	b->leases[gone.vid % BINDING_VIDS] -= !gone.is_static;
	e->used = false;
	e->next = b->free;
	b->free = e;
	if (b->watch)
		b->watch->gone(b->watch, &gone, why);
}

struct binding_entry *bindings_entry(const struct bindings *b, uint16_t vid, uint64_t mac,
				     uint32_t ip)
{
	struct binding_entry *e = *mac_chain(b, vid, mac);

	while (e && (e->b.mac != mac || e->b.vid != vid || e->b.ip != ip))
		e = e->by_mac;
	return e;
}

const struct binding *bindings_find(const struct bindings *b, uint16_t vid, uint64_t mac,
				    uint32_t ip, uint64_t now_ms)
{
	const struct binding_entry *e = bindings_entry(b, vid, mac, ip);

	return e && !binding_is_over(e, now_ms) ? &e->b : NULL;
}

const struct binding *bindings_of(const struct bindings *b, uint16_t vid, uint64_t mac,
				  uint64_t now_ms, const struct binding *at)
{
	const struct binding_entry *e =
		at ? ((const struct binding_entry *)at)->by_mac : *mac_chain(b, vid, mac);

	while (e && (e->b.mac != mac || e->b.vid != vid || binding_is_over(e, now_ms)))
		e = e->by_mac;
	return e ? &e->b : NULL;
}

/* The dynamic binding of the station, whether its lease has run out or not. */
static struct binding_entry *dynamic_of_mac(const struct bindings *b, uint16_t vid, uint64_t mac)
{
	struct binding_entry *e = *mac_chain(b, vid, mac);

	while (e && (e->b.mac != mac || e->b.vid != vid || e->b.is_static))
		e = e->by_mac;
	return e;
}

struct binding_entry *bindings_entry_ip(const struct bindings *b, uint16_t vid, uint32_t ip,
					bool is_static)
{
	struct binding_entry *e = *ip_chain(b, vid, ip);

	while (e && (e->b.ip != ip || e->b.vid != vid || e->b.is_static != is_static))
		e = e->by_ip;
	return e;
}

/* ---- ports ---- */

void bindings_port_open(struct bindings *b, unsigned port, uint32_t limit)
{
	b->port[port] = (struct binding_port){.limit = limit, .open = true};
	if (port >= b->port_end)
		b->port_end = port + 1;
}

void bindings_port_limit(struct bindings *b, unsigned port, uint32_t limit)
{
	b->port[port].limit = limit;
}

void bindings_port_close(struct bindings *b, unsigned port)
{
	struct binding_port *p = &b->port[port];

	while (p->dynamic.first)
		bindings_end(b, p->dynamic.first, BINDING_PORT);
	while (p->statics.first)
		bindings_end(b, p->statics.first, BINDING_PORT);
	p->open = false;
}

/* What makes room for the port in a full table, or NULL. */
static struct binding_entry *victim_for(const struct bindings *b, unsigned port)
{
	const struct binding_port *most = &b->port[0];

	for (unsigned i = 1; i < b->port_end; i++)
		if (b->port[i].dynamic.count > most->dynamic.count)
			most = &b->port[i];
	return most->dynamic.count > b->port[port].dynamic.count + 1 ? most->dynamic.first : NULL;
}

static bool port_is_full(const struct bindings *b, unsigned port)
{
	const struct binding_port *p = &b->port[port];

	return p->limit && p->dynamic.count >= p->limit;
}

bool bindings_room(const struct bindings *b, unsigned port)
{
	return b->port[port].open && !port_is_full(b, port) &&
	       (bindings_has_slot(b) || victim_for(b, port));
}

/* ---- learning ---- */

static enum bind renew(struct bindings *b, struct binding_entry *e, uint64_t expires_ms)
{
	bindings_unlist(bindings_list(b, e), e);
	e->b.expires_ms = expires_ms;
	list_put(bindings_list(b, e), e, false);
	return BIND_RENEWED;
}

static enum bind enter(struct bindings *b, const struct binding *want, struct binding_entry *old,
		       struct binding_entry *taken, uint64_t now_ms)
{
	struct binding fresh = *want;
	struct binding_entry *victim = NULL;

	/* what it takes the place of may be what fills the port, or the table */
	if (port_is_full(b, want->port) && !binding_is_on(old, want->port) &&
	    !binding_is_on(taken, want->port))
		return BIND_PORT_FULL;
	if (!bindings_has_slot(b) && !old && !taken) {
		victim = victim_for(b, want->port);
		if (!victim)
			return BIND_FULL;
		bindings_end(b, victim, BINDING_EVICTED);
	}
	if (old)
		bindings_end(b, old,
			     binding_is_over(old, now_ms) ? BINDING_EXPIRED : BINDING_REPLACED);
	if (taken)
		bindings_end(b, taken,
			     binding_is_over(taken, now_ms) ? BINDING_EXPIRED : BINDING_REPLACED);
	fresh.is_static = false;
	fresh.since_ms = now_ms;
	bindings_insert(b, &fresh, false);
	return BIND_NEW;
}

enum bind bindings_learn(struct bindings *b, const struct binding *want, uint64_t now_ms)
{
	struct binding_entry *same = bindings_entry(b, want->vid, want->mac, want->ip);
	struct binding_entry *old = dynamic_of_mac(b, want->vid, want->mac);
	struct binding_entry *taken = bindings_entry_ip(b, want->vid, want->ip, false);

	if (same && same->b.is_static)
		return binding_is_on(same, want->port) ? BIND_RENEWED : BIND_HELD;
	if (bindings_entry_ip(b, want->vid, want->ip, true))
		return BIND_HELD;
	if (binding_is_on(same, want->port) && !binding_is_over(same, now_ms))
		return renew(b, same, want->expires_ms);
	return enter(b, want, old, taken == old ? NULL : taken, now_ms);
}

/* ---- time ---- */

void bindings_expire(struct bindings *b, uint64_t now_ms, uint32_t slots)
{
	if (slots > b->used)
		slots = b->used;
	for (; slots; slots--) {
		if (b->sweep >= b->used)
			b->sweep = 0;
		struct binding_entry *e = &b->pool[b->sweep++];
		if (e->used && binding_is_over(e, now_ms))
			bindings_end(b, e, BINDING_EXPIRED);
	}
}

/* ---- looking ---- */

bool bindings_walk(const struct bindings *b, uint32_t *slot, struct binding *out)
{
	while (*slot < b->used) {
		const struct binding_entry *e = &b->pool[(*slot)++];

		if (!e->used)
			continue;
		*out = e->b;
		return true;
	}
	return false;
}

struct binding_counts bindings_count(const struct bindings *b)
{
	return (struct binding_counts){.all = b->count, .statics = b->statics};
}

struct binding_counts bindings_port_count(const struct bindings *b, unsigned port)
{
	const struct binding_port *p = &b->port[port];

	return (struct binding_counts){
		.all = p->dynamic.count + p->statics.count,
		.statics = p->statics.count,
	};
}

uint32_t bindings_max(const struct bindings *b)
{
	return b->max;
}
