/* SPDX-License-Identifier: ISC */
/*
 * model.h - the address table once more, as an array that is searched from end to end.
 *
 * It knows the rules (what is learned, moved, refused) but not the policies: where the real table
 * has a choice, which entry gives way, the model looks at what became of it and checks that the
 * choice was a fair one.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include <string.h>

#include "check.h"
#include "core/fdb.h"
#include "util/mac.h"

enum { MODEL_ENTRIES = 64, MODEL_PORTS = 128 };

struct entry {
	uint64_t mac;
	uint16_t vid;
	bool fixed, flapping;
	bool sticky; /* and fixed */
	bool hidden; /* its port stopped forwarding while learning was paused */
	unsigned port;
	uint32_t seen_s, moved_s, moves;
	uint64_t turn; /* of its port, those with the lowest were silent longest */
};

struct model {
	struct entry e[MODEL_ENTRIES];
	unsigned n;
	uint32_t max;
	unsigned ports; /* open ones */
	uint64_t turn;
	struct {
		uint32_t limit;
		unsigned guard;
		struct fdb_port_stats st;
	} port[MODEL_PORTS];
};

static struct entry *model_find(struct model *m, uint16_t vid, uint64_t mac)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->e[i].mac == mac && m->e[i].vid == vid)
			return &m->e[i];
	return NULL;
}

static void model_count(struct model *m, const struct entry *e, uint32_t by)
{
	m->port[e->port].st.entries += by;
	if (!e->fixed)
		m->port[e->port].st.dynamic += by;
	if (e->sticky)
		m->port[e->port].st.sticky += by;
}

static void model_remove(struct model *m, struct entry *e)
{
	model_count(m, e, UINT32_MAX); /* one less */
	*e = m->e[--m->n];
}

static void model_insert(struct model *m, uint16_t vid, uint64_t mac, unsigned port, bool fixed,
			 uint32_t now_s)
{
	struct entry *e = &m->e[m->n++];

	CHECK(m->n <= m->max);
	*e = (struct entry){
		.mac = mac,
		.vid = vid,
		.fixed = fixed,
		.port = port,
		.seen_s = now_s,
		.moved_s = now_s,
		.turn = m->turn++,
	};
	model_count(m, e, 1);
}

static unsigned model_statics(const struct model *m)
{
	unsigned n = 0;

	for (unsigned i = 0; i < m->n; i++)
		n += m->e[i].fixed;
	return n;
}

/* Learned entries of the port that has most of them. */
static uint32_t model_most(const struct model *m)
{
	uint32_t most = 0;

	for (unsigned i = 0; i < MODEL_PORTS; i++)
		if (m->port[i].st.dynamic > most)
			most = m->port[i].st.dynamic;
	return most;
}

/* May the table, full as it is, refuse the port a new entry? */
static bool model_may_refuse(const struct model *m, unsigned port)
{
	uint32_t share = (m->max - model_statics(m)) / (m->ports ? m->ports : 1);

	if (m->n < m->max)
		return false;
	return m->port[port].st.dynamic >= (share ? share : 1) || model_most(m) <= 1;
}

/* Has the port as many as it may have, by what counts there? */
static bool model_at_limit(const struct model *m, unsigned port)
{
	const struct fdb_port_stats *st = &m->port[port].st;

	return m->port[port].limit &&
	       (m->port[port].guard ? st->entries : st->dynamic) >= m->port[port].limit;
}

/* Does what the port learns become static? */
static bool model_sticks(const struct model *m, unsigned port)
{
	const struct fdb_port_stats *st = &m->port[port].st;
	uint32_t share = m->max / (m->ports ? m->ports : 1);

	return m->port[port].guard & FDB_STICKY && st->sticky < (share ? share : 1) &&
	       (!m->port[port].limit || st->entries - st->dynamic < m->port[port].limit);
}

/* What learning would do; LEARN_NEW where a full table may choose between that and LEARN_FULL. */
static enum learn model_judge(struct model *m, uint16_t vid, uint64_t mac, unsigned port)
{
	const struct entry *e = model_find(m, vid, mac);
	unsigned guard = m->port[port].guard;

	if (e && e->hidden)
		e = NULL;
	if (!mac_is_station(mac)) {
		if (guard & FDB_LOCKED)
			return LEARN_LOCKED;
		return guard & FDB_STRICT && model_at_limit(m, port) ? LEARN_OVER : LEARN_IGNORED;
	}
	if (e && e->port == port)
		return LEARN_KNOWN;
	if (e && e->fixed)
		return guard || e->sticky || m->port[e->port].guard ? LEARN_ELSEWHERE
								    : LEARN_STATIC;
	if (guard & FDB_LOCKED)
		return LEARN_LOCKED;
	if (model_at_limit(m, port))
		return guard & FDB_STRICT ? LEARN_OVER : LEARN_PORT_FULL;
	return e ? LEARN_MOVED : LEARN_NEW;
}

/* Of its port, was nobody silent for longer? */
static bool model_is_oldest(const struct model *m, const struct entry *e)
{
	for (unsigned i = 0; i < m->n; i++)
		if (!m->e[i].fixed && m->e[i].port == e->port && m->e[i].turn < e->turn)
			return false;
	return true;
}

/* Finds the one entry that is gone from the table, which was full, and takes it out here, too. */
static struct entry model_evicted(struct model *m, const struct fdb *f)
{
	struct entry *gone = NULL, copy;

	for (unsigned i = 0; i < m->n; i++)
		if (fdb_lookup(f, m->e[i].vid, m->e[i].mac) < 0) {
			CHECK(!gone);
			gone = &m->e[i];
		}
	CHECK(gone && !gone->fixed && model_is_oldest(m, gone));
	m->port[gone->port].st.evicted++;
	copy = *gone;
	model_remove(m, gone);
	return copy;
}

static void model_new(struct model *m, const struct fdb *f, uint16_t vid, uint64_t mac,
		      unsigned port, uint32_t now_s)
{
	if (m->n == m->max) {
		uint32_t most = model_most(m), mine = m->port[port].st.dynamic;
		struct entry gone = model_evicted(m, f);

		/* it was taken from who has most, and does not have less than the taker now */
		CHECK(m->port[gone.port].st.dynamic + 1 == most && most > mine);
	}
	bool sticks = model_sticks(m, port);

	model_insert(m, vid, mac, port, sticks, now_s);
	m->e[m->n - 1].sticky = sticks;
	m->port[port].st.sticky += sticks;
	m->port[port].st.learned++;
}

/* To the end of what the port has learned, or to what stuck there. */
static void model_stick(struct model *m, struct entry *e, unsigned port)
{
	model_count(m, e, UINT32_MAX);
	e->sticky = e->fixed = model_sticks(m, port);
	e->port = port;
	model_count(m, e, 1);
	e->turn = m->turn++;
}

static void model_move(struct model *m, struct entry *e, unsigned port, uint32_t now_s)
{
	if (now_s - e->moved_s > FDB_FLAP_QUIET_S) {
		e->moves = 0;
		e->flapping = false;
	}
	e->moves += e->moves < 255;
	if (!e->flapping && e->moves >= FDB_FLAP_MOVES) {
		e->flapping = true;
		m->port[port].st.flapping++;
	}
	model_stick(m, e, port);
	e->seen_s = e->moved_s = now_s;
	m->port[port].st.moved_here++;
}

static void model_learn(struct model *m, const struct fdb *f, const struct fdb_verdict *v,
			uint16_t vid, uint64_t mac, unsigned port, uint32_t now_s)
{
	struct fdb_port_stats *st = &m->port[port].st;
	enum learn want = model_judge(m, vid, mac, port);
	struct entry *e = model_find(m, vid, mac);

	if (want == LEARN_NEW && v->learn == LEARN_FULL) {
		CHECK(model_may_refuse(m, port));
		st->refused_full++;
		return;
	}
	CHECK(v->learn == want);
	if (want == LEARN_NEW)
		model_new(m, f, vid, mac, port, now_s);
	if (want == LEARN_MOVED)
		model_move(m, e, port, now_s);
	st->refused_static += want == LEARN_STATIC || want == LEARN_ELSEWHERE;
	st->refused_limit += want == LEARN_PORT_FULL || want == LEARN_OVER;
	st->refused_locked += want == LEARN_LOCKED;
	if (want == LEARN_KNOWN && !e->fixed && e->seen_s != now_s) {
		e->seen_s = now_s;
		model_stick(m, e, port);
	}
}

/* Takes out what stuck to a port; returns how many. */
static unsigned model_release(struct model *m, unsigned port)
{
	unsigned n = 0;

	for (unsigned i = m->n; i-- > 0;)
		if (m->e[i].sticky && m->e[i].port == port) {
			model_remove(m, &m->e[i]);
			n++;
		}
	return n;
}

/* Takes out the learned entries of a port (-1: any) and VID (-1: any); returns how many. */
static unsigned model_flush(struct model *m, int port, int vid)
{
	unsigned n = 0;

	for (unsigned i = m->n; i-- > 0;) {
		struct entry *e = &m->e[i];

		if (e->fixed || (port >= 0 && e->port != (unsigned)port) ||
		    (vid >= 0 && e->vid != vid))
			continue;
		model_remove(m, e);
		n++;
	}
	return n;
}

/* The learned entries of the port are not found any more, but go only when learning goes on. */
static void model_hide(struct model *m, unsigned port)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->e[i].port == port && !m->e[i].fixed)
			m->e[i].hidden = true;
}

static void model_drop_hidden(struct model *m)
{
	for (unsigned i = m->n; i-- > 0;)
		if (m->e[i].hidden)
			model_remove(m, &m->e[i]);
}

static unsigned model_age(struct model *m, uint32_t now_s, uint32_t ageing_s)
{
	unsigned n = 0;

	for (unsigned i = m->n; i-- > 0;) {
		struct entry *e = &m->e[i];

		if (e->fixed || ageing_s == 0 || now_s - e->seen_s < ageing_s)
			continue;
		m->port[e->port].st.aged++;
		model_remove(m, e);
		n++;
	}
	return n;
}

/* The table was resized: whoever is gone had to go, and of each port they were the oldest. */
static void model_resize(struct model *m, const struct fdb *f, uint32_t max)
{
	bool fits = m->n <= max, all_seen = true;

	m->max = max;
	for (;;) {
		struct entry *gone = NULL;

		for (unsigned i = 0; i < m->n; i++)
			if (!m->e[i].hidden && fdb_lookup(f, m->e[i].vid, m->e[i].mac) < 0 &&
			    (!gone || m->e[i].turn < gone->turn))
				gone = &m->e[i];
		if (!gone)
			break;
		CHECK(!fits && !gone->fixed && model_is_oldest(m, gone));
		model_remove(m, gone);
	}
	for (unsigned i = 0; i < m->n; i++)
		all_seen &=
			!m->e[i].hidden; /* of the hidden, nobody knows how many there were room for */
	model_drop_hidden(m);
	/* shares are rounded down, so that each port may have given up one too many */
	CHECK(m->n <= max && (fits || !all_seen || m->n + m->ports >= max));
}

/* The table holds what the model holds, each entry once, and counts it the same way. */
static void model_compare(struct model *m, const struct fdb *f, uint32_t now_s)
{
	bool seen[MODEL_ENTRIES] = {false};
	struct fdb_info info;
	uint32_t slot = 0;

	CHECK(fdb_count(f) == m->n && fdb_max(f) == m->max && m->n <= m->max);
	CHECK(fdb_is_full(f) == (m->n == m->max));
	while (fdb_walk(f, &slot, UINT32_MAX, now_s, &info)) {
		const struct entry *e = model_find(m, info.vid, info.mac);

		CHECK(e && !e->hidden && !seen[e - m->e]);
		seen[e - m->e] = true;
		bool still = now_s - e->moved_s > FDB_FLAP_QUIET_S;
		CHECK(mac_is_station(info.mac) && info.vid <= 4095);
		CHECK(info.port == e->port && info.is_static == e->fixed &&
		      info.is_sticky == e->sticky);
		CHECK(info.age_s == now_s - e->seen_s);
		CHECK(info.flapping == (e->flapping && !still));
		CHECK(info.moves == (still ? 0 : e->moves));
		CHECK(fdb_lookup(f, info.vid, info.mac) == (int)e->port);
	}
	for (unsigned i = 0; i < m->n; i++)
		CHECK(seen[i] == !m->e[i].hidden);
}

#endif
