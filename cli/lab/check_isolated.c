/* SPDX-License-Identifier: ISC */
/*
 * check_isolated.c - groups of hosts: all of a group reach each other, and nobody of another group.
 *
 * Each host asks in a child of its own, all at the same time, and each asks all its targets at once.  Two things keep that from being done with
 * all pairs of many hosts: their broadcasts, as the square of their number, go to all hosts, and Linux has one table for the
 * neighbours of all namespaces together, of 1024 entries (net.ipv4.neigh.default.gc_thresh3), of which those that are
 * older than 5 s may give way.  So
 *
 * - where there are more than PAIRS_MAX pairs each host asks NEAR of its own group, those that follow it in the list, and FAR of
 *   each of the GROUPS groups that follow its own, spread over the group and beginning at another place for each host.  Every host
 *   then asks and is asked, by its own and by others.  The result says that it was so.
 * - they ask in waves, of at most WAVE_PAIRS pairs, with a pause between.
 */
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"
#include "util/iptext.h"

/* Until neighbours of one wave may be forgotten for the next. */
static const double FORGET_S = 5.5;

enum {
	PAIRS_MAX = 240,
	NEAR = 2,
	FAR = 2,
	GROUPS = 4,
	WAVE_PAIRS = 300,
	COUNT = 3,
	INTERVAL_US = 200000,
	WAIT_US = 1000000,
	SIZE = 56,
	PATIENCE_S = 20,
	TOLD_MAX = 4,
};

struct member {
	const char *name;
	size_t group, at; /* which, and which of it */
	json_t *now;
};

struct pair {
	size_t from, to; /* members */
	bool together;
	struct reach reach;
	bool asked, reached;
	char error[160];
};

struct matrix {
	const struct check *c;
	struct member *member;
	size_t members;
	struct pair *pair; /* in the order of `from` */
	size_t pairs;
	bool sampled;
};

static int complete(struct check *c, const struct lab *lab, struct fail *f)
{
	char at[64];

	field_at(at, sizeof(at), c->at, "isolated");
	if (c->groups == 1 && c->group[0].hosts == 1)
		return lab_error(lab, f, at, "one host alone is isolated already");
	if (!c->expect)
		return lab_error(
			lab, f, at,
			"\"expect\": false says little here: write groups that are as they should be, or single pings");
	return 0;
}

static char *describe(const struct check *c)
{
	size_t n = 0;

	for (size_t g = 0; g < c->groups; g++)
		n += c->group[g].hosts;
	if (c->groups == 1)
		return text_format("all %zu hosts from %s to %s reach each other", n,
				   c->group[0].host[0], c->group[0].host[n - 1]);
	return text_format("%zu groups of %zu hosts are isolated from each other", c->groups, n);
}

static void collect(struct matrix *m)
{
	for (size_t g = 0; g < m->c->groups; g++)
		m->members += m->c->group[g].hosts;
	m->member = need(calloc(m->members + 1, sizeof(*m->member)));
	m->members = 0;
	for (size_t g = 0; g < m->c->groups; g++)
		for (size_t i = 0; i < m->c->group[g].hosts; i++)
			m->member[m->members++] = (struct member){
				.name = m->c->group[g].host[i], .group = g, .at = i};
}

/* The rule above; without it, everybody. */
static bool asks(const struct matrix *m, const struct member *a, const struct member *b)
{
	size_t n = m->c->group[b->group].hosts, groups = m->c->groups, step, after;

	if (a == b)
		return false;
	if (!m->sampled)
		return true;
	after = (b->at + n - a->at % n) % n;
	if (a->group == b->group)
		return after <= NEAR;
	step = n > FAR ? n / FAR : 1;
	return (b->group + groups - a->group) % groups <= GROUPS && after % step == 0 &&
	       after / step < FAR;
}

static void pair_up(struct matrix *m)
{
	size_t room = m->members * m->members;

	m->sampled = room - m->members > PAIRS_MAX;
	m->pair = need(calloc(room + 1, sizeof(*m->pair)));
	for (size_t i = 0; i < m->members; i++)
		for (size_t j = 0; j < m->members; j++)
			if (asks(m, &m->member[i], &m->member[j]))
				m->pair[m->pairs++] = (struct pair){
					.from = i,
					.to = j,
					.together = m->member[i].group == m->member[j].group,
				};
}

/* What all hosts say of themselves; 0 or a status. */
static int look(struct matrix *m, const struct lab_env *env, struct fail *f)
{
	struct probe *p = need(calloc(m->members + 1, sizeof(*p)));
	bool stop;
	int rc = 0;

	for (size_t i = 0; i < m->members; i++)
		p[i] = (struct probe){.host = m->member[i].name,
				      .fn = probe_host,
				      .in = need(json_object()),
				      .patience = PATIENCE_S};
	stop = probe_ask_all(env, p, m->members);
	for (size_t i = 0; i < m->members; i++) {
		m->member[i].now = json_incref(json_object_get(p[i].out, "interfaces"));
		if (!p[i].out && !rc && !stop) {
			*f = p[i].fail;
			memset(&p[i].fail, 0, sizeof(p[i].fail));
			rc = f->status ? f->status : STATUS_UNREACHABLE;
		}
		probe_end(&p[i]);
	}
	free(p);
	return stop ? -1 : rc;
}

/* As if the two were asked of alone. */
static void pair_check(const struct matrix *m, const struct pair *p, struct check *one)
{
	memset(one, 0, sizeof(*one));
	snprintf(one->host, sizeof(one->host), "%s", m->member[p->from].name);
	snprintf(one->to.host, sizeof(one->to.host), "%s", m->member[p->to].name);
}

/* Which addresses; a pair without is one that does not reach. */
static void find_ways(struct matrix *m)
{
	for (size_t i = 0; i < m->pairs; i++) {
		struct pair *p = &m->pair[i];
		struct check one;
		struct check_result r = {.why = need(json_array())};

		pair_check(m, p, &one);
		p->asked = reach_find(&one, m->member[p->from].now, m->member[p->to].now, &p->reach,
				      &r);
		if (!p->asked)
			snprintf(p->error, sizeof(p->error), "%s", r.observed);
		check_result_free(&r);
	}
}

static json_t *targets_of(const struct matrix *m, size_t from, size_t first)
{
	json_t *list = need(json_array());
	char ip[IP_STR_SIZE];

	for (size_t i = first; i < m->pairs && m->pair[i].from == from; i++)
		if (m->pair[i].asked)
			json_array_append_new(list,
					      json_string(ip_format(m->pair[i].reach.ip, ip)));
	return list;
}

static void take_answers(struct matrix *m, size_t from, size_t first, const json_t *list)
{
	size_t k = 0;

	for (size_t i = first; i < m->pairs && m->pair[i].from == from; i++) {
		const json_t *one;

		if (!m->pair[i].asked)
			continue;
		one = json_array_get(list, k++);
		m->pair[i].reached = js_int(one, "received") > 0;
		snprintf(m->pair[i].error, sizeof(m->pair[i].error), "%s", js_str(one, "error"));
	}
}

static size_t first_pair(const struct matrix *m, size_t from)
{
	size_t i = 0;

	while (i < m->pairs && m->pair[i].from < from)
		i++;
	return i;
}

static size_t pairs_of(const struct matrix *m, size_t from)
{
	size_t first = first_pair(m, from), n = 0;

	while (first + n < m->pairs && m->pair[first + n].from == from)
		n++;
	return n;
}

static struct probe question(const struct matrix *m, size_t from)
{
	struct probe p = {.host = m->member[from].name, .fn = probe_ping, .patience = PATIENCE_S};

	p.in = need(json_pack("{s:o, s:i, s:i, s:i, s:i, s:b}", "targets",
			      targets_of(m, from, first_pair(m, from)), "count", COUNT,
			      "interval_us", INTERVAL_US, "wait_us", WAIT_US, "size", SIZE, "first",
			      1));
	return p;
}

/* Those from `first` on, n of them.  0 or a status. */
static int ask_wave(struct matrix *m, size_t first, size_t n, const struct lab_env *env,
		    struct fail *f)
{
	struct probe *p = need(calloc(n, sizeof(*p)));
	bool stop;
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		p[i] = question(m, first + i);
	stop = probe_ask_all(env, p, n);
	for (size_t i = 0; i < n; i++) {
		if (p[i].out && !*p[i].fail.text) {
			take_answers(m, first + i, first_pair(m, first + i),
				     json_object_get(p[i].out, "targets"));
		} else if (!rc && !stop) {
			*f = p[i].fail;
			memset(&p[i].fail, 0, sizeof(p[i].fail));
			rc = f->status ? f->status : STATUS_UNREACHABLE;
		}
		probe_end(&p[i]);
	}
	free(p);
	return stop ? -1 : rc;
}

/* All ask, wave after wave.  0 or a status. */
static int ask_all(struct matrix *m, const struct lab_env *env, struct fail *f)
{
	int rc = 0;

	for (size_t first = 0, n; first < m->members && !rc; first += n) {
		size_t pairs = pairs_of(m, first);

		for (n = 1; first + n < m->members; n++) {
			pairs += pairs_of(m, first + n);
			if (pairs > WAVE_PAIRS)
				break;
		}
		if (first && env->pause(env->arg, FORGET_S))
			rc = -1;
		else
			rc = ask_wave(m, first, n, env, f);
	}
	return rc;
}

static void tell_pair(const struct matrix *m, const struct pair *p, struct check_result *r)
{
	const char *a = m->member[p->from].name, *b = m->member[p->to].name;

	if (p->together)
		because(r, "%s does not reach %s, which is of its group%s%s", a, b,
			*p->error ? ": " : "", p->error);
	else
		because(r, "%s reaches %s, which is of another group", a, b);
}

static bool judge(const struct matrix *m, const struct lab *lab, const struct lab_env *env,
		  const json_t *drops, struct check_result *r)
{
	size_t wrong = 0, apart = 0;
	const struct pair *first = NULL;
	struct check one;

	for (size_t i = 0; i < m->pairs; i++) {
		const struct pair *p = &m->pair[i];

		apart += !p->together;
		if (p->reached == p->together)
			continue;
		if (wrong++ < TOLD_MAX)
			tell_pair(m, p, r);
		first = first ? first : p;
	}
	observe(r, "%zu of %zu pairs are as they should be%s", m->pairs - wrong, m->pairs,
		m->sampled ? " (a sample: see switchd-lab.json(5))" : "");
	if (wrong > TOLD_MAX)
		because(r, "so are %zu more pairs", wrong - TOLD_MAX);
	if (first && first->together) {
		if (drops)
			why_dropped(lab, env, drops, m->member[first->from].name,
				    m->member[first->to].name, r);
		pair_check(m, first, &one);
		why_apart(lab, env, &one, r);
	} else if (first) {
		why_together(lab, env, m->member[first->from].name, m->member[first->to].name, r);
	}
	return wrong == 0;
}

static int try(const struct check *c, const struct lab *lab, const struct lab_env *env,
	       struct check_result *r, bool *holds, struct fail *f)
{
	struct matrix m = {.c = c};
	json_t *drops = drops_now(env);
	int rc;

	collect(&m);
	pair_up(&m);
	rc = look(&m, env, f);
	if (!rc) {
		find_ways(&m);
		rc = ask_all(&m, env, f);
	}
	if (!rc)
		*holds = judge(&m, lab, env, drops, r);
	for (size_t i = 0; i < m.members; i++)
		json_decref(m.member[i].now);
	free(m.member);
	free(m.pair);
	json_decref(drops);
	return rc;
}

const struct check_kind check_isolated = {
	.name = "isolated",
	.help = "groups of hosts: all of a group reach each other, and nobody of another group",
	.complete = complete,
	.describe = describe,
	.try = try,
};
