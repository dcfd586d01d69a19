/* SPDX-License-Identifier: ISC */
/*
 * snoop_filter.c - what a group record does to the membership of a port (RFC 3376 clauses 6.4 and 6.5, RFC
 * 3810 clauses 7.4 and 7.3, which agree).
 *
 * In INCLUDE mode the sources of a membership are the set A, all with a timer that runs.  In EXCLUDE mode
 * those whose timer runs are X, which somebody wants, and the others Y, which nobody does; and there is
 * the group timer.  A membership that is in INCLUDE mode of nothing is none.
 */
#include <utlist.h>

#include "core/snoop_impl.h"

/* What the record is applied with. */
struct act {
	struct snoop *s;
	struct snoop_fam *fam;
	struct snoop_member *m;
	uint64_t now_ms, gmi_ms;
	bool fast; /* no others are behind the port */
	bool asked;
};

uint8_t snoop_member_level(const struct snoop_member *m, uint64_t now_ms)
{
	if (m->v1_until_ms > now_ms)
		return 1;
	return m->v2_until_ms > now_ms ? 2 : 3;
}

static void start_source(struct act *a, struct snoop_filter *f, uint64_t for_ms)
{
	snoop_timer_start(a->s, &f->timer, a->now_ms + for_ms);
	f->lower = false; /* somebody wants it, so the question that was due is answered */
	snoop_show_filter(f);
}

static void start_group(struct act *a)
{
	snoop_timer_start(a->s, &a->m->timer, a->now_ms + a->gmi_ms);
	a->m->lower = false;
}

/* What is left of the group timer, which new sources of an EXCLUDE membership begin with. */
static uint64_t group_left(const struct act *a)
{
	return snoop_until(a->m->timer.running ? a->m->timer.due_ms : 0, a->now_ms);
}

/* ---- the end of timers (RFC 3376 clauses 6.3 and 6.5) ---- */

static bool is_nothing(const struct snoop_member *m)
{
	return !m->exclude && !m->filters;
}

/* The source is wanted no more.  In INCLUDE mode that may be the end of the membership: see is_nothing(). */
static void end_source(struct snoop *s, struct snoop_filter *f)
{
	snoop_timer_stop(s, &f->timer);
	f->asks = 0;
	if (f->member->exclude)
		snoop_show_filter(f);
	else
		snoop_remove_filter(s, f);
}

/* To INCLUDE of X. */
static void end_group(struct snoop *s, struct snoop_member *m)
{
	struct snoop_filter *f, *next;

	LL_FOREACH_SAFE(m->filters, f, next)
	if (!f->timer.running)
		snoop_remove_filter(s, f);
	m->asks = 0;
	snoop_set_mode(s, m, false);
}

void snoop_source_expired(struct snoop *s, struct snoop_filter *f)
{
	struct snoop_member *m = f->member;

	end_source(s, f);
	if (is_nothing(m))
		snoop_forget_member(s, m);
}

void snoop_member_expired(struct snoop *s, struct snoop_member *m)
{
	end_group(s, m);
	if (is_nothing(m))
		snoop_forget_member(s, m);
}

/* ---- asking whether others still want it ---- */

/*
 * Only the querier asks; timers are lowered with the question, wherever it comes from.  Behind a port with
 * fast leave there is nobody else to be asked.  Old versions have no questions about sources: one that
 * nobody wants ends by itself.
 */
static void ask_source(struct act *a, struct snoop_filter *f)
{
	if (a->fast) {
		end_source(a->s, f);
	} else if (a->fam->self && snoop_level(a->fam->v6, a->fam->version) == 3) {
		f->asks = a->fam->qrv;
		f->lower = a->asked = true;
	}
}

static void ask_group(struct act *a)
{
	if (a->fast) {
		end_group(a->s, a->m);
	} else if (a->fam->self) {
		a->m->asks = a->fam->qrv;
		a->m->lower = a->asked = true;
	}
}

static void ask_sources(struct act *a, bool marked)
{
	struct snoop_filter *f, *next;

	LL_FOREACH_SAFE(a->m->filters, f, next)
	if (f->marked == marked && !f->fresh && f->timer.running)
		ask_source(a, f);
}

/* ---- records ---- */

static struct snoop_filter *find_filter(const struct snoop_member *m, struct ip_addr addr)
{
	struct snoop_filter *f;

	LL_FOREACH (m->filters, f)
		if (ip_equal(f->source->addr, addr))
			break;
	return f;
}

/* The sources do not fit: all of them are let through. */
static void widen(struct act *a)
{
	while (a->m->filters)
		snoop_remove_filter(a->s, a->m->filters);
	snoop_set_mode(a->s, a->m, true);
	start_group(a);
	a->s->port[a->m->port].stats.widened++;
}

/* Marks the record's sources and enters those that are missing, if `add`.  False: there is no room. */
static bool mark(struct act *a, const struct mcast_record *rec, bool add)
{
	struct snoop_filter *f;

	LL_FOREACH (a->m->filters, f)
		f->marked = f->fresh = false;
	for (unsigned i = 0; i < rec->n_sources; i++) {
		struct ip_addr addr = mcast_source(rec->sources, a->fam->v6, i);

		f = find_filter(a->m, addr);
		if (!f && add) {
			f = snoop_add_filter(a->s, a->m, addr);
			if (!f)
				return false;
			f->fresh = true;
		}
		if (f)
			f->marked = true;
	}
	return true;
}

static void drop_unmarked(struct act *a)
{
	struct snoop_filter *f, *next;

	LL_FOREACH_SAFE(a->m->filters, f, next)
	if (!f->marked)
		snoop_remove_filter(a->s, f);
}

/* Sources that the record brought in begin their timer. */
static void start_fresh(struct act *a, uint64_t for_ms)
{
	struct snoop_filter *f;

	LL_FOREACH (a->m->filters, f)
		if (f->fresh)
			start_source(a, f, for_ms);
}

/* IS_IN(B), ALLOW(B), TO_IN(B): B are wanted; after TO_IN, who else wants A-B or X-B, and all others? */
static void apply_include(struct act *a, const struct mcast_record *rec)
{
	struct snoop_filter *f;

	if (!mark(a, rec, true)) {
		widen(a);
		return;
	}
	LL_FOREACH (a->m->filters, f)
		if (f->marked)
			start_source(a, f, a->gmi_ms);
	if (rec->type != MCAST_TO_IN)
		return;
	ask_sources(a, false);
	if (a->m->exclude)
		ask_group(a);
}

/*
 * IS_EX(B), TO_EX(B): from INCLUDE(A) to EXCLUDE(A*B, B-A); from EXCLUDE(X,Y) to EXCLUDE(B-Y, Y*B), where
 * what is new has a timer.  After TO_EX, who else wants A*B or B-Y?
 */
static void apply_exclude(struct act *a, const struct mcast_record *rec)
{
	bool was_exclude = a->m->exclude;
	struct snoop_filter *f;

	/* first, so that what leaves makes room for what comes */
	mark(a, rec, false);
	drop_unmarked(a);
	if (!mark(a, rec, true)) {
		widen(a);
		return;
	}
	if (was_exclude)
		start_fresh(a, rec->type == MCAST_IS_EX ? a->gmi_ms : group_left(a));
	snoop_set_mode(a->s, a->m, true);
	start_group(a);
	if (rec->type == MCAST_IS_EX)
		return;
	LL_FOREACH (a->m->filters, f) /* B-Y are all that have a timer, new ones too */
		f->fresh = false;
	ask_sources(a, true);
}

/* BLOCK(B): in EXCLUDE mode what is new may be wanted by others; who wants A*B or B-Y? */
static void apply_block(struct act *a, const struct mcast_record *rec)
{
	struct snoop_filter *f;

	(void)mark(a, rec,
		   a->m->exclude); /* for what there is no room, that comes through as before */
	if (a->m->exclude)
		start_fresh(a, group_left(a));
	LL_FOREACH (a->m->filters, f)
		f->fresh = false;
	ask_sources(a, true);
}

static void apply_to(struct act *a, const struct mcast_record *rec)
{
	switch (rec->type) {
	case MCAST_IS_IN:
	case MCAST_ALLOW:
	case MCAST_TO_IN:
		apply_include(a, rec);
		break;
	case MCAST_IS_EX:
	case MCAST_TO_EX:
		apply_exclude(a, rec);
		break;
	default:
		apply_block(a, rec);
		break;
	}
}

/* RFC 3376 clause 7.3.2, RFC 3810 clause 8.3.2: what an old host would not understand is not meant.
 * False: nothing is left of the record. */
static bool make_compatible(uint8_t level, struct mcast_record *rec)
{
	if (level < 3 && rec->type == MCAST_BLOCK)
		return false;
	if (level < 3 && rec->type == MCAST_TO_EX)
		rec->n_sources = 0;
	return level > 1 || rec->type != MCAST_TO_IN;
}

static bool makes_member(const struct mcast_record *rec)
{
	if (rec->type == MCAST_IS_EX || rec->type == MCAST_TO_EX)
		return true;
	return rec->type != MCAST_BLOCK && rec->n_sources;
}

static void hear_version(struct act *a, uint8_t level, const struct mcast_record *rec)
{
	if (rec->type == MCAST_TO_IN) /* a leave: says nothing of others */
		return;
	if (level == 1)
		a->m->v1_until_ms = a->now_ms + a->gmi_ms;
	else if (level == 2)
		a->m->v2_until_ms = a->now_ms + a->gmi_ms;
}

static void note_learned(struct act *a)
{
	if (a->m->learned)
		return;
	a->m->learned = true;
	snoop_tell(a->fam, (struct snoop_event){.kind = SNOOP_JOINED,
						.port = a->m->port,
						.group = a->m->group->addr});
}

static void apply_known(struct act *a, uint8_t level, struct mcast_record *rec)
{
	hear_version(a, level, rec);
	if (!make_compatible(snoop_member_level(a->m, a->now_ms), rec))
		return;
	apply_to(a, rec);
	if (is_nothing(a->m)) {
		if (a->m->learned || !a->m->is_static)
			snoop_forget_member(a->s, a->m);
		return;
	}
	note_learned(a);
	if (rec->type != MCAST_TO_IN && rec->type != MCAST_BLOCK)
		snoop_touch_member(a->s, a->m);
	if (a->asked)
		snoop_ask_for(a->m->group, a->m->port, a->now_ms);
}

void snoop_apply(struct snoop_fam *f, unsigned port, uint8_t level, const struct mcast_record *rec,
		 uint64_t now_ms)
{
	struct mcast_record r = *rec;
	struct act a = {
		.s = f->s,
		.fam = f,
		.now_ms = now_ms,
		.gmi_ms = snoop_gmi_ms(f),
		.fast = f->s->port[port].set.fast_leave,
	};

	if (r.type < MCAST_IS_IN || r.type > MCAST_BLOCK || mcast_is_everybodys(r.group))
		return;
	a.m = snoop_find_member(f->s, snoop_find_group(f->s, f, r.group), port);
	if (!a.m && makes_member(&r)) {
		a.m = snoop_add_member(f, r.group, port, false, now_ms);
		if (!a.m) {
			f->s->port[port].stats.refused++;
			snoop_overflow(f, port, r.group, now_ms);
		}
	}
	if (a.m)
		apply_known(&a, level, &r);
}
