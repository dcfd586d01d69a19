/* SPDX-License-Identifier: ISC */
/*
 * fdb_learn.c - what becomes of the source address of a frame, and of one that is silent.
 */
#include "core/fdb.h"

#include "core/fdb_impl.h"
#include "util/mac.h"

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
	if (most->stats.dynamic <= share)
		return NULL;
	return f->list[fdb_list_of((unsigned)(most - f->port), LEARNED)];
}

/* Of a port that has a guard, every address counts; of another, those that it learned. */
static bool is_at_limit(const struct fdb_port *p)
{
	return p->max_macs && (p->guard ? p->stats.entries : p->stats.dynamic) >= p->max_macs;
}

/* No station has such an address, so it cannot be one of those that may send. */
__attribute__((noinline, cold)) static enum learn judge_no_station(const struct fdb_port *p)
{
	if (p->guard & FDB_LOCKED)
		return LEARN_LOCKED;
	return p->guard & FDB_STRICT && is_at_limit(p) ? LEARN_OVER : LEARN_IGNORED;
}

/* An address of another port that is static there. */
static enum learn judge_static(const struct fdb *f, const struct fdb_entry *e,
			       const struct fdb_port *p)
{
	bool secured = fdb_is_sticky(e) || p->guard || f->port[fdb_port_of(e)].guard;

	return secured ? LEARN_ELSEWHERE : LEARN_STATIC;
}

/* An address that is not the port's: found elsewhere, or nowhere. */
__attribute__((noinline)) static void judge_stranger(const struct fdb *f, unsigned port,
						     struct fdb_verdict *v)
{
	const struct fdb_port *p = &f->port[port];

	if (v->entry && fdb_is_static(v->entry))
		v->learn = judge_static(f, v->entry, p);
	else if (p->guard & FDB_LOCKED)
		v->learn = LEARN_LOCKED;
	else if (is_at_limit(p))
		v->learn = p->guard & FDB_STRICT ? LEARN_OVER : LEARN_PORT_FULL;
	else if (v->entry)
		v->learn = LEARN_MOVED;
	else if (f->count < f->max || (v->victim = find_victim(f, port)) != NULL)
		v->learn = LEARN_NEW;
	else
		v->learn = LEARN_FULL;
}

struct fdb_verdict fdb_judge_at(const struct fdb *f, struct fdb_probe at, unsigned port)
{
	struct fdb_verdict v = {.learn = LEARN_IGNORED, .at = at};

	if (!mac_is_station(at.key & MAC_BROADCAST)) {
		v.learn = judge_no_station(&f->port[port]);
		return v;
	}
	v.entry = fdb_find(f, at);
	if (v.entry && fdb_port_of(v.entry) == port)
		v.learn = LEARN_KNOWN;
	else
		judge_stranger(f, port, &v);
	return v;
}

struct fdb_verdict fdb_judge(const struct fdb *f, uint16_t vid, uint64_t mac, unsigned port)
{
	return fdb_judge_at(f, fdb_probe(f, vid, mac), port);
}

/*
 * Does what the port learns become static?  Up to its limit and an equal part of the table: what does not age must
 * not take the table from the others.
 */
static bool sticks(const struct fdb *f, const struct fdb_port *p)
{
	uint32_t fixed = p->stats.entries - p->stats.dynamic;
	uint32_t share = f->max / (f->ports ? f->ports : 1);

	return (!p->max_macs || fixed < p->max_macs) && p->stats.sticky < (share ? share : 1);
}

/* Where an address that the port learns goes. */
static unsigned list_for(const struct fdb *f, unsigned port)
{
	const struct fdb_port *p = &f->port[port];

	return fdb_list_of(port, p->guard & FDB_STICKY && sticks(f, p) ? STICKY : LEARNED);
}

static void refresh(struct fdb *f, struct fdb_entry *e, uint32_t now_s)
{
	if (e->seen_s == now_s || fdb_is_static(e))
		return;
	e->seen_s = now_s;
	fdb_relist(f, e, list_for(f, fdb_port_of(e)));
}

static void move(struct fdb *f, struct fdb_verdict *v, unsigned port, uint32_t now_s)
{
	struct fdb_past *past = fdb_past(f, v->entry);

	if (now_s - past->moved_s > FDB_FLAP_QUIET_S) {
		past->moves = 0;
		past->flapping = false;
	}
	if (past->moves < UINT8_MAX)
		past->moves++;
	v->from = (uint16_t)fdb_port_of(v->entry);
	v->told_before = past->flapping;
	v->flapping_now = !v->told_before && past->moves >= FDB_FLAP_MOVES;
	if (v->flapping_now) {
		past->flapping = true;
		f->port[port].stats.flapping++;
	}
	past->moved_s = now_s;
	v->entry->seen_s = now_s;
	fdb_relist(f, v->entry, list_for(f, port));
	f->port[port].stats.moved_here++;
}

static void refuse(struct fdb_port *p, struct fdb_verdict *v, unsigned what, uint32_t now_s)
{
	v->told_before = p->told[what] && now_s - p->told_s[what] <= FDB_REFUSED_QUIET_S;
	p->told[what] = true;
	p->told_s[what] = now_s;
}

__attribute__((noinline)) static void learn_stranger(struct fdb *f, struct fdb_verdict *v,
						     unsigned port, uint32_t now_s)
{
	struct fdb_port *p = &f->port[port];
	struct fdb_port_stats *st = &p->stats;

	switch (v->learn) {
	case LEARN_NEW:
		if (v->victim) {
			f->port[fdb_port_of(v->victim)].stats.evicted++;
			fdb_remove(f, v->victim);
		}
		v->entry = fdb_insert(f, v->at, list_for(f, port), now_s);
		st->learned++;
		break;
	case LEARN_MOVED:
		move(f, v, port, now_s);
		break;
	case LEARN_STATIC:
		st->refused_static++;
		break;
	case LEARN_ELSEWHERE:
		st->refused_static++;
		v->from = (uint16_t)fdb_port_of(v->entry);
		refuse(p, v, TOLD_ELSEWHERE, now_s);
		break;
	case LEARN_LOCKED:
		st->refused_locked++;
		refuse(p, v, TOLD_LOCKED, now_s);
		break;
	case LEARN_OVER:
	case LEARN_PORT_FULL:
		st->refused_limit++;
		refuse(p, v, TOLD_LIMIT, now_s);
		break;
	case LEARN_FULL:
		st->refused_full++;
		break;
	case LEARN_IGNORED:
	case LEARN_KNOWN:
	case LEARN_COUNT:
		break;
	}
}

void fdb_learn(struct fdb *f, struct fdb_verdict *v, unsigned port, uint32_t now_s)
{
	if (v->learn == LEARN_KNOWN)
		refresh(f, v->entry, now_s);
	else
		learn_stranger(f, v, port, now_s);
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
		unsigned port = f->age_from;
		struct fdb_entry **list = &f->list[fdb_list_of(port, LEARNED)];

		/* the next call begins with the next port, whoever used up this one's budget */
		f->age_from = (port + 1) % f->port_end;
		while (*list && now_s - (*list)->seen_s >= ageing_s) {
			struct fdb_info info;

			if (budget-- == 0)
				return true;
			fdb_fill(f, *list, now_s, &info);
			fdb_remove(f, *list);
			f->port[port].stats.aged++;
			if (gone)
				gone(arg, &info);
		}
	}
	return false;
}
