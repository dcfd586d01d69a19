/* SPDX-License-Identifier: ISC */
#include "core/pending.h"

#include <errno.h>
#include <stdlib.h>

#include "util/portset.h"

enum { CHAINS = 4096 };

struct place {
	struct pending p;
	struct place *chain;
	bool used;
};

struct ring {
	struct place place[PENDING_PER_PORT];
	unsigned next; /* the place that is taken next */
	unsigned count;
};

struct pendings {
	struct siphash_key key;
	struct place *chain[CHAINS];
	struct ring *port[PORTSET_MAX];
};

struct pendings *pendings_new(const struct siphash_key *key)
{
	struct pendings *t = calloc(1, sizeof(*t));

	if (t)
		t->key = *key;
	return t;
}

void pendings_free(struct pendings *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < PORTSET_MAX; i++)
		free(t->port[i]);
	free(t);
}

/* Two words to hash: the second round hides how they add up, because the first one's result is secret. */
static size_t chain_of(const struct pendings *t, uint16_t vid, uint64_t mac, uint32_t xid)
{
	uint64_t h = siphash13_u64((uint64_t)vid << 48 | mac, &t->key);

	h = siphash13_u64(h ^ xid, &t->key);
	return h % CHAINS;
}

static struct place *find(const struct pendings *t, uint16_t vid, uint64_t mac, uint32_t xid)
{
	struct place *e = t->chain[chain_of(t, vid, mac, xid)];

	while (e && (e->p.xid != xid || e->p.mac != mac || e->p.vid != vid))
		e = e->chain;
	return e;
}

static void drop(struct pendings *t, struct place *e)
{
	struct place **at = &t->chain[chain_of(t, e->p.vid, e->p.mac, e->p.xid)];

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	e->used = false;
	t->port[e->p.port]->count--;
}

int pendings_port_open(struct pendings *t, unsigned port)
{
	t->port[port] = calloc(1, sizeof(struct ring));
	return t->port[port] ? 0 : -ENOMEM;
}

void pendings_port_close(struct pendings *t, unsigned port)
{
	struct ring *r = t->port[port];

	if (!r)
		return;
	for (unsigned i = 0; i < PENDING_PER_PORT; i++)
		if (r->place[i].used)
			drop(t, &r->place[i]);
	free(r);
	t->port[port] = NULL;
}

static bool is_old(const struct place *e, uint64_t now_ms)
{
	return now_ms - e->p.since_ms >= PENDING_MS;
}

const struct pending *pendings_find(const struct pendings *t, uint16_t vid, uint64_t mac,
				    uint32_t xid, uint64_t now_ms)
{
	const struct place *e = find(t, vid, mac, xid);

	return e && !is_old(e, now_ms) ? &e->p : NULL;
}

bool pendings_put(struct pendings *t, const struct pending *p)
{
	struct place *e = find(t, p->vid, p->mac, p->xid), **chain;
	struct ring *r = t->port[p->port];

	if (!r)
		return false;
	if (e && e->p.port == p->port) {
		e->p = *p;
		return true;
	}
	if (e && !is_old(e, p->since_ms))
		return false;
	if (e)
		drop(t, e);
	e = &r->place[r->next];
	r->next = (r->next + 1) % PENDING_PER_PORT;
	if (e->used)
		drop(t, e);
	chain = &t->chain[chain_of(t, p->vid, p->mac, p->xid)];
	*e = (struct place){.p = *p, .chain = *chain, .used = true};
	*chain = e;
	r->count++;
	return true;
}

void pendings_end(struct pendings *t, const struct pending *p)
{
	struct place *e = find(t, p->vid, p->mac, p->xid);

	if (e)
		drop(t, e);
}

unsigned pendings_count(const struct pendings *t, unsigned port)
{
	return t->port[port] ? t->port[port]->count : 0;
}
