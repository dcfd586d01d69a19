/* SPDX-License-Identifier: ISC */
/* snoop_table.c - groups, memberships and sources: their memory, how they are found, who gives way. */
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "core/snoop_impl.h"

/* ---- memory ---- */

static bool pool_open(struct snoop_pool *p, size_t size, uint32_t max)
{
	*p = (struct snoop_pool){.size = size, .max = max};
	p->at = calloc(max ? max : 1, size);
	return p->at != NULL;
}

/* The link is at the end, because what is at the start of a membership says that its slot is free. */
static void **pool_link(const struct snoop_pool *p, void *item)
{
	return (void **)(void *)((char *)item + p->size - sizeof(void *));
}

/* Zeroed; NULL where all are taken. */
static void *pool_take(struct snoop_pool *p)
{
	void *item = p->free;

	if (item) {
		p->free = *pool_link(p, item);
		*pool_link(p, item) = NULL;
		return item;
	}
	return p->used < p->max ? p->at + p->size * p->used++ : NULL;
}

static void pool_give(struct snoop_pool *p, void *item)
{
	memset(item, 0, p->size);
	*pool_link(p, item) = p->free;
	p->free = item;
}

/* Twice as many as there can be entries, or up to four times. */
static uint32_t buckets_for(uint32_t entries)
{
	uint32_t n = 16;

	while (n < entries * 2 && n < UINT32_C(1) << 30)
		n *= 2;
	return n;
}

bool snoop_tables_open(struct snoop *s)
{
	uint32_t max = s->set.max_groups, sources = s->set.max_sources ? max * SNOOP_ROOM : 0;
	uint32_t groups_n = buckets_for(max), sources_n = buckets_for(sources);

	s->group_mask = groups_n - 1;
	s->source_mask = sources_n - 1;
	s->group_at = calloc(groups_n, sizeof(*s->group_at));
	s->member_at = calloc(groups_n, sizeof(*s->member_at));
	s->source_at = calloc(sources_n, sizeof(*s->source_at));
	/* each attempt, so that all can be freed */
	bool ok = pool_open(&s->members, sizeof(struct snoop_member), max);

	ok &= pool_open(&s->groups, sizeof(struct snoop_group), max);
	ok &= pool_open(&s->sources, sizeof(struct snoop_source), sources);
	ok &= pool_open(&s->filters, sizeof(struct snoop_filter), sources);
	return ok && s->group_at && s->member_at && s->source_at;
}

void snoop_tables_close(struct snoop *s)
{
	free(s->group_at);
	free(s->member_at);
	free(s->source_at);
	free(s->members.at);
	free(s->groups.at);
	free(s->sources.at);
	free(s->filters.at);
}

/* ---- groups and their sources ---- */

static struct snoop_group **group_bucket(const struct snoop *s, const struct snoop_fam *f,
					 struct ip_addr group)
{
	const uint64_t words[] = {group.hi, group.lo, f->vid};

	return &s->group_at[siphash13_words(words, 3, &s->key) & s->group_mask];
}

struct snoop_group *snoop_find_group(const struct snoop *s, const struct snoop_fam *f,
				     struct ip_addr group)
{
	struct snoop_group *g = *group_bucket(s, f, group);

	while (g && (g->fam != f || !ip_equal(g->addr, group)))
		g = g->next;
	return g;
}

static struct snoop_source **source_bucket(const struct snoop *s, const struct snoop_group *g,
					   struct ip_addr addr)
{
	const uint64_t words[] = {addr.hi, addr.lo, (uintptr_t)g};

	return &s->source_at[siphash13_words(words, 3, &s->key) & s->source_mask];
}

struct snoop_source *snoop_find_source(const struct snoop *s, const struct snoop_group *g,
				       struct ip_addr addr)
{
	struct snoop_source *src = *source_bucket(s, g, addr);

	while (src && (src->group != g || !ip_equal(src->addr, addr)))
		src = src->next;
	return src;
}

/* There are no more groups than memberships, so there is room. */
static struct snoop_group *get_group(struct snoop_fam *f, struct ip_addr addr)
{
	struct snoop *s = f->s;
	struct snoop_group *g = snoop_find_group(s, f, addr), **at;

	if (g)
		return g;
	g = pool_take(&s->groups);
	if (!g)
		return NULL;
	at = group_bucket(s, f, addr);
	g->fam = f;
	g->addr = addr;
	g->ask.kind = TIMER_ASK;
	g->next = *at;
	*at = g;
	DL_APPEND2(f->groups, g, fprev, fnext);
	s->stats.groups++;
	return g;
}

static void put_group(struct snoop *s, struct snoop_group *g)
{
	struct snoop_group **at = group_bucket(s, g->fam, g->addr);

	if (g->members)
		return;
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	DL_DELETE2(g->fam->groups, g, fprev, fnext);
	snoop_timer_stop(s, &g->ask);
	pool_give(&s->groups, g);
	s->stats.groups--;
}

/* ---- memberships ---- */

static struct snoop_member **member_bucket(const struct snoop *s, const struct snoop_group *g,
					   unsigned port)
{
	const uint64_t words[] = {(uintptr_t)g, port};

	return &s->member_at[siphash13_words(words, 2, &s->key) & s->group_mask];
}

struct snoop_member *snoop_find_member(const struct snoop *s, const struct snoop_group *g,
				       unsigned port)
{
	struct snoop_member *m = g ? *member_bucket(s, g, port) : NULL;

	while (m && (m->group != g || m->port != port))
		m = m->hnext;
	return m;
}

static uint32_t learned_of(const struct snoop_port *p)
{
	return p->n_members - p->n_static;
}

void snoop_count(struct snoop *s, unsigned port, int members, int statics)
{
	struct snoop_port *p = &s->port[port];

	s->holders -= learned_of(p) > 0;
	p->n_members += (uint32_t)members;
	p->n_static += (uint32_t)statics;
	s->stats.members += (uint32_t)members;
	s->stats.statics += (uint32_t)statics;
	s->holders += learned_of(p) > 0;
}

/* What a port may be sure of: an equal part of what static ones leave, for each that learned any. */
static uint32_t fair_share(const struct snoop *s, unsigned port)
{
	uint32_t holders = s->holders + (learned_of(&s->port[port]) == 0);
	uint32_t share = (s->set.max_groups - s->stats.statics) / holders;

	return share ? share : 1;
}

/*
 * The longest silent membership of the port that has most, if that is more than its share; what is learned
 * gives way to the administrator's word in any case.
 */
static struct snoop_member *find_victim(const struct snoop *s, unsigned port, bool is_static)
{
	uint32_t share = is_static ? 0 : fair_share(s, port), most = share;
	const struct snoop_port *who = NULL;
	struct snoop_member *m;

	if (!is_static && learned_of(&s->port[port]) >= share)
		return NULL;
	portset_foreach (i, &s->seen, s->words) {
		uint32_t n = learned_of(&s->port[i]);

		if (n > most) {
			most = n;
			who = &s->port[i];
		}
	}
	if (!who)
		return NULL;
	DL_FOREACH2 (who->members, m, pnext)
		if (!m->is_static)
			break;
	return m;
}

static bool make_room(struct snoop_fam *f, unsigned port, bool is_static, uint64_t now_ms)
{
	struct snoop *s = f->s;
	const struct snoop_port *p = &s->port[port];
	struct snoop_member *victim;

	if (!is_static && s->set.max_port_groups && learned_of(p) >= s->set.max_port_groups)
		return false;
	if (s->stats.members < s->set.max_groups)
		return true;
	victim = find_victim(s, port, is_static);
	if (!victim)
		return false;
	s->port[victim->port].stats.evicted++;
	snoop_overflow(victim->group->fam, victim->port, victim->group->addr, now_ms);
	snoop_forget_member(s, victim);
	return true;
}

struct snoop_member *snoop_add_member(struct snoop_fam *f, struct ip_addr group, unsigned port,
				      bool is_static, uint64_t now_ms)
{
	struct snoop *s = f->s;
	struct snoop_group *g;
	struct snoop_member *m, **at;

	snoop_see_port(s, port);
	if (!make_room(f, port, is_static, now_ms))
		return NULL;
	m = pool_take(&s->members);
	g = m ? get_group(f, group) : NULL;
	if (!g)
		return NULL;
	m->group = g;
	m->port = (uint16_t)port;
	m->timer.kind = TIMER_MEMBER;
	m->joined_ms = now_ms;
	at = member_bucket(s, g, port);
	m->hnext = *at;
	*at = m;
	DL_APPEND(g->members, m);
	DL_APPEND2(s->port[port].members, m, pprev, pnext);
	s->port[port].told_full = false;
	snoop_count(s, port, 1, 0);
	return m;
}

void snoop_remove_member(struct snoop *s, struct snoop_member *m)
{
	struct snoop_group *g = m->group;
	struct snoop_port *p = &s->port[m->port];
	struct snoop_member **at;

	while (m->filters)
		snoop_remove_filter(s, m->filters);
	snoop_timer_stop(s, &m->timer);
	portset_del(&g->exclude, m->port);
	portset_del(&g->fixed, m->port);
	DL_DELETE(g->members, m);
	DL_DELETE2(p->members, m, pprev, pnext);
	for (at = member_bucket(s, g, m->port); *at != m;)
		at = &(*at)->hnext;
	*at = m->hnext;
	snoop_count(s, m->port, -1, m->is_static ? -1 : 0);
	pool_give(&s->members, m);
	put_group(s, g);
}

void snoop_forget_member(struct snoop *s, struct snoop_member *m)
{
	struct snoop_event ev = {.kind = SNOOP_LEFT, .port = m->port, .group = m->group->addr};
	struct snoop_fam *f = m->group->fam;
	bool learned = m->learned;

	if (m->is_static) {
		while (m->filters)
			snoop_remove_filter(s, m->filters);
		snoop_set_mode(s, m, false);
		m->learned = false;
		m->asks = 0;
		m->v1_until_ms = m->v2_until_ms = 0;
	} else {
		snoop_remove_member(s, m);
	}
	if (learned)
		snoop_tell(f, ev);
}

void snoop_touch_member(struct snoop *s, struct snoop_member *m)
{
	struct snoop_port *p = &s->port[m->port];

	DL_DELETE2(p->members, m, pprev, pnext);
	DL_APPEND2(p->members, m, pprev, pnext);
}

void snoop_set_mode(struct snoop *s, struct snoop_member *m, bool exclude)
{
	struct snoop_filter *f;

	m->exclude = exclude;
	if (exclude) {
		portset_add(&m->group->exclude, m->port);
	} else {
		portset_del(&m->group->exclude, m->port);
		snoop_timer_stop(s, &m->timer);
	}
	LL_FOREACH (m->filters, f)
		snoop_show_filter(f);
}

/* ---- sources of a membership ---- */

static struct snoop_source *get_source(struct snoop *s, struct snoop_group *g, struct ip_addr addr)
{
	struct snoop_source *src = snoop_find_source(s, g, addr), **at;

	if (src) {
		src->refs++;
		return src;
	}
	src = pool_take(&s->sources);
	if (!src)
		return NULL;
	at = source_bucket(s, g, addr);
	src->group = g;
	src->addr = addr;
	src->refs = 1;
	src->next = *at;
	*at = src;
	g->n_sources++;
	return src;
}

static void put_source(struct snoop *s, struct snoop_source *src)
{
	struct snoop_source **at = source_bucket(s, src->group, src->addr);

	if (--src->refs)
		return;
	while (*at != src)
		at = &(*at)->next;
	*at = src->next;
	src->group->n_sources--;
	pool_give(&s->sources, src);
}

/* A port holds no more than are left: whoever comes after it finds as much again. */
static bool source_room(const struct snoop *s, const struct snoop_member *m)
{
	uint32_t left = s->filters.max - s->stats.sources;

	return m->n_filters < s->set.max_sources && s->port[m->port].n_filters < left;
}

struct snoop_filter *snoop_add_filter(struct snoop *s, struct snoop_member *m, struct ip_addr addr)
{
	struct snoop_filter *f = source_room(s, m) ? pool_take(&s->filters) : NULL;

	if (!f)
		return NULL;
	f->source = get_source(s, m->group, addr);
	if (!f->source) {
		pool_give(&s->filters, f);
		return NULL;
	}
	f->member = m;
	f->timer.kind = TIMER_SOURCE;
	LL_PREPEND(m->filters, f);
	m->n_filters++;
	s->port[m->port].n_filters++;
	s->stats.sources++;
	return f;
}

void snoop_remove_filter(struct snoop *s, struct snoop_filter *f)
{
	struct snoop_member *m = f->member;

	snoop_timer_stop(s, &f->timer);
	portset_del(&f->source->allow, m->port);
	portset_del(&f->source->block, m->port);
	put_source(s, f->source);
	LL_DELETE(m->filters, f);
	m->n_filters--;
	s->port[m->port].n_filters--;
	s->stats.sources--;
	pool_give(&s->filters, f);
}

void snoop_show_filter(struct snoop_filter *f)
{
	const struct snoop_member *m = f->member;

	portset_del(&f->source->allow, m->port);
	portset_del(&f->source->block, m->port);
	if (f->timer.running)
		portset_add(&f->source->allow, m->port);
	else if (m->exclude)
		portset_add(&f->source->block, m->port);
}

/* ---- what did not fit ---- */

/* Remembered for one to two times as long as a membership would have lasted. */
void snoop_overflow(struct snoop_fam *f, unsigned port, struct ip_addr group, uint64_t now_ms)
{
	struct snoop_port *p = &f->s->port[port];

	snoop_see_port(f->s, port);
	portset_add(&f->overflow, port);
	if (!f->spill.running)
		snoop_timer_start(f->s, &f->spill, now_ms + snoop_gmi_ms(f));
	if (!p->told_full)
		snoop_tell(f, (struct snoop_event){
				      .kind = SNOOP_FULL, .port = (int)port, .group = group});
	p->told_full = true;
}
