/* SPDX-License-Identifier: ISC */
/* snoop_ask.c - somebody left: our questions about one group (RFC 3376 clause 6.6.3). */
#include <utlist.h>

#include "core/snoop_impl.h"

/* May the port cause one more question this second? */
static bool take_token(struct snoop *s, unsigned port, uint64_t now_ms)
{
	struct snoop_port *p = &s->port[port];

	if (p->tokens_at_s != now_ms / 1000) {
		p->tokens_at_s = now_ms / 1000;
		p->tokens = SNOOP_ASKS;
	}
	if (!p->tokens)
		return false;
	p->tokens--;
	return true;
}

/* One of the ports that have something to ask pays for it. */
static bool take_any_token(struct snoop *s, const struct snoop_group *g, uint64_t now_ms)
{
	const struct snoop_member *m;
	const struct snoop_filter *f;

	DL_FOREACH (g->members, m) {
		bool has = m->asks;

		LL_FOREACH (m->filters, f)
			has |= f->asks != 0;
		if (has && take_token(s, m->port, now_ms))
			return true;
	}
	return false;
}

static void ask_about_group(struct snoop_group *g, struct mcast_query *q, uint64_t due_ms)
{
	struct snoop *s = g->fam->s;
	struct snoop_member *m;
	bool any = false, answered = true;

	DL_FOREACH (g->members, m) {
		if (!m->asks)
			continue;
		any = true;
		m->asks--;
		if (m->lower)
			snoop_lower(s, &m->timer, due_ms);
		m->lower = false;
		answered &= m->timer.running && m->timer.due_ms > due_ms;
	}
	q->suppress = answered;
	if (any)
		snoop_send_query(g->fam, q);
}

/*
 * Takes sources that are to be asked about: those that somebody wants since the question was due, or the
 * others, whose timers are lowered with the first question.
 */
static unsigned collect(struct snoop_group *g, struct ip_addr *list, bool answered, uint64_t due_ms)
{
	struct snoop_member *m;
	struct snoop_filter *f;
	unsigned n = 0;

	DL_FOREACH (g->members, m)
		LL_FOREACH (m->filters, f) {
			unsigned i = 0;

			if (!f->asks || f->marked ||
			    (!f->lower && f->timer.due_ms > due_ms) != answered)
				continue;
			while (i < n && !ip_equal(list[i], f->source->addr))
				i++;
			if (i == MCAST_QUERY_SOURCES)
				continue; /* the next time */
			list[i] = f->source->addr;
			n += i == n;
			if (f->lower)
				snoop_lower(g->fam->s, &f->timer, due_ms);
			f->lower = false;
			f->asks--;
			f->marked = true;
		}
	return n;
}

static void ask_about_sources(struct snoop_group *g, const struct mcast_query *about,
			      uint64_t due_ms)
{
	struct mcast_query q = *about;
	struct ip_addr list[MCAST_QUERY_SOURCES];
	struct snoop_member *m;
	struct snoop_filter *f;

	DL_FOREACH (g->members, m)
		LL_FOREACH (m->filters, f)
			f->marked = false;
	q.sources = list;
	for (int answered = 0; answered <= 1; answered++) {
		q.suppress = answered;
		q.n_sources = (uint16_t)collect(g, list, answered, due_ms);
		if (q.n_sources)
			snoop_send_query(g->fam, &q);
	}
}

static bool has_asks(const struct snoop_group *g)
{
	const struct snoop_member *m;
	const struct snoop_filter *f;

	DL_FOREACH (g->members, m) {
		if (m->asks)
			return true;
		LL_FOREACH (m->filters, f)
			if (f->asks)
				return true;
	}
	return false;
}

/* Questions that cannot be put any more: by another querier, or about sources in an old version. */
static void forget_asks(struct snoop_group *g)
{
	bool self = g->fam->self, new = snoop_level(g->fam->v6, g->fam->version) == 3;
	struct snoop_member *m;
	struct snoop_filter *f;

	if (self && new)
		return;
	DL_FOREACH (g->members, m) {
		if (!self)
			m->asks = 0;
		LL_FOREACH (m->filters, f)
			f->asks = 0;
	}
}

static void put_questions(struct snoop_group *g, uint64_t now_ms)
{
	struct snoop_fam *f = g->fam;
	uint64_t due_ms = now_ms + (uint64_t)f->qrv * f->s->set.last_member_ms;
	struct mcast_query q = {
		.src = snoop_own_source(f),
		.group = g->addr,
		.max_resp_ms = f->s->set.last_member_ms,
	};

	ask_about_group(g, &q, due_ms);
	ask_about_sources(g, &q, due_ms);
}

/* Asks, and again a last member query interval later, until it was asked often enough. */
void snoop_ask(struct snoop_group *g, uint64_t now_ms)
{
	struct snoop *s = g->fam->s;

	forget_asks(g);
	if (has_asks(g) && take_any_token(s, g, now_ms))
		put_questions(g, now_ms);
	if (has_asks(g))
		snoop_timer_start(s, &g->ask, now_ms + s->set.last_member_ms);
}

/* Where the port may not, it waits for the timer, and looking through a large group does, too. */
void snoop_ask_for(struct snoop_group *g, unsigned port, uint64_t now_ms)
{
	struct snoop *s = g->fam->s;
	bool may = take_token(s, port, now_ms);

	if (may) {
		forget_asks(g);
		put_questions(g, now_ms);
	}
	if (may || !g->ask.running)
		snoop_timer_start(s, &g->ask, now_ms + s->set.last_member_ms);
}
