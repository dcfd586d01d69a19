/* SPDX-License-Identifier: ISC */
/* snoop_query.c - who asks: the election, general queries, and where the routers are. */
#include <stdlib.h>

#include <utlist.h>

#include "core/igmp.h"
#include "core/mld.h"
#include "core/snoop_impl.h"

/* ---- our queries ---- */

static const struct snoop_vlan_settings *vlan_settings(const struct snoop_fam *f)
{
	return &f->s->vlan[f->vid]->set;
}

static bool wants_to_ask(const struct snoop_fam *f)
{
	return (f->s->set.querier || vlan_settings(f)->querier) && snoop_enabled(f->s, f->v6);
}

/* Of a querier's address: the one set, or for MLD one made of the MAC (RFC 4291 appendix A). */
struct ip_addr snoop_own_source(const struct snoop_fam *f)
{
	const struct snoop *s = f->s;
	struct ip_addr own = vlan_settings(f)->igmp_source;
	uint64_t mac = s->set.mac;

	if (!f->v6)
		return ip4((uint32_t)(ip_is_unspecified(own) ? s->set.igmp_source : own).lo);
	if (!ip_is_unspecified(s->set.mld_source))
		return s->set.mld_source;
	return (struct ip_addr){
		.hi = UINT64_C(0xfe80) << 48,
		.lo = ((mac >> 24) ^ 0x020000) << 40 | UINT64_C(0xfffe) << 24 | (mac & 0xffffff),
	};
}

void snoop_send_query(struct snoop_fam *f, struct mcast_query *q)
{
	struct snoop *s = f->s;
	uint8_t frame[MCAST_QUERY_SIZE];
	size_t len;

	q->mac = s->set.mac;
	q->version = f->v6 ? s->set.mld_version : s->set.igmp_version;
	q->qrv = f->qrv;
	q->qqi_s = f->qqi_s;
	len = f->v6 ? mld_query(frame, q) : igmp_query(frame, q);
	s->stats.sent[f->v6]++;
	s->ops.send(s->ops.arg, f->vid, frame, len);
}

static void send_general(struct snoop_fam *f, struct ip_addr src)
{
	struct mcast_query q = {
		.src = src,
		.group = f->v6 ? (struct ip_addr){0, 0} : ip4(0),
		.max_resp_ms = f->response_ms,
	};

	snoop_send_query(f, &q);
}

/* ---- who is the querier ---- */

static void use_own_times(struct snoop_fam *f)
{
	f->qrv = (uint8_t)f->s->set.robustness;
	f->qqi_s = f->s->set.query_interval_s;
	f->response_ms = f->s->set.query_response_ms;
}

static void update_active(struct snoop_fam *f)
{
	f->active = snoop_enabled(f->s, f->v6) && snoop_has_querier(f) && !f->settle.running;
}

/* Until the answers to a query are in, what is known is not all. */
static void settle(struct snoop_fam *f, uint64_t for_ms, uint64_t now_ms)
{
	if (!f->settle.running || f->settle.due_ms < now_ms + for_ms)
		snoop_timer_start(f->s, &f->settle, now_ms + for_ms);
	update_active(f);
}

static void tell_querier(struct snoop_fam *f, struct ip_addr addr, int port)
{
	snoop_tell(f, (struct snoop_event){.kind = SNOOP_QUERIER, .addr = addr, .port = port});
}

static void own_query(struct snoop_fam *f, uint64_t now_ms)
{
	uint64_t wait = (uint64_t)f->qqi_s * 1000;

	send_general(f, snoop_own_source(f));
	if (f->startup)
		f->startup--;
	if (f->startup) /* startup query interval: RFC 3376 clause 8.6 */
		wait /= 4;
	snoop_timer_start(f->s, &f->query, now_ms + wait);
}

static void become_querier(struct snoop_fam *f, uint64_t now_ms)
{
	use_own_times(f);
	f->self = true;
	f->version = f->v6 ? f->s->set.mld_version : f->s->set.igmp_version;
	tell_querier(f, snoop_own_source(f), SNOOP_NO_PORT);
	own_query(f, now_ms);
	update_active(f);
}

/* It does not ask any more; what it has asked already is answered to whoever takes over. */
static void resign(struct snoop_fam *f)
{
	f->self = false;
	f->startup = 0;
	snoop_timer_stop(f->s, &f->query);
}

void snoop_fam_start(struct snoop_fam *f, uint64_t now_ms)
{
	use_own_times(f);
	if (wants_to_ask(f)) {
		f->startup = (uint8_t)f->s->set.robustness;
		become_querier(f, now_ms);
		settle(f, f->response_ms, now_ms);
	}
}

void snoop_fam_stop(struct snoop_fam *f)
{
	resign(f);
	snoop_timer_stop(f->s, &f->other);
	snoop_timer_stop(f->s, &f->settle);
	snoop_timer_stop(f->s, &f->spill);
	portset_clear(&f->overflow, PORTSET_WORDS);
	portset_clear(&f->overflow_old, PORTSET_WORDS);
	update_active(f);
}

void snoop_fam_reset(struct snoop_fam *f, uint64_t now_ms)
{
	bool want = wants_to_ask(f);

	if (f->other.running) { /* it stays the querier, if it is the better one */
		if (want && ip_below(snoop_own_source(f), f->querier) &&
		    !ip_is_unspecified(snoop_own_source(f))) {
			snoop_timer_stop(f->s, &f->other);
			become_querier(f, now_ms);
		}
	} else if (f->self && want) {
		use_own_times(f);
		f->version = f->v6 ? f->s->set.mld_version : f->s->set.igmp_version;
		own_query(f, now_ms);
	} else if (want) {
		snoop_fam_start(f, now_ms);
	} else {
		if (f->self)
			snoop_tell(f, (struct snoop_event){.kind = SNOOP_QUERIER_LOST,
							   .port = SNOOP_NO_PORT});
		resign(f);
		use_own_times(f);
	}
	update_active(f);
}

/* The lower address wins (RFC 3376 clause 6.6.2), but one that is unspecified yields to all others. */
static bool beats(struct ip_addr a, struct ip_addr b)
{
	if (ip_is_unspecified(a) || ip_is_unspecified(b))
		return ip_is_unspecified(b) && !ip_is_unspecified(a);
	return ip_below(a, b);
}

/* What it says of its times, or what is usual where it says nothing (RFC 3376 clause 4.1.6, 4.1.7). */
static void use_other_times(struct snoop_fam *f, const struct mcast_msg *m)
{
	use_own_times(f);
	if (m->qrv)
		f->qrv = m->qrv;
	if (m->qqi_s)
		f->qqi_s = m->qqi_s;
	f->response_ms = m->max_resp_ms;
}

/* Other querier present interval (RFC 3376 clause 8.5). */
static uint64_t other_present_ms(const struct snoop_fam *f)
{
	return (uint64_t)f->qrv * f->qqi_s * 1000 + f->response_ms / 2;
}

static void elect(struct snoop_fam *f, unsigned port, const struct mcast_msg *m, uint64_t now_ms)
{
	bool had = snoop_has_querier(f), other = f->other.running;
	bool same = other && ip_equal(m->src, f->querier);

	if (f->self && !beats(m->src, snoop_own_source(f)))
		return;
	if (other && !same && !beats(m->src, f->querier))
		return;
	resign(f);
	use_other_times(f, m);
	f->version = m->version;
	f->querier = m->src;
	f->querier_port = (int)port;
	snoop_timer_start(f->s, &f->other, now_ms + other_present_ms(f));
	if (!same)
		tell_querier(f, m->src, (int)port);
	if (!had)
		settle(f, m->max_resp_ms, now_ms);
	update_active(f);
}

/* ---- routers ---- */

static struct snoop_router *find_router(const struct snoop_fam *f, unsigned port)
{
	struct snoop_router *r;

	LL_FOREACH (f->routers, r)
		if (r->port == port)
			break;
	return r;
}

void snoop_router_gone(struct snoop_fam *f, unsigned port, bool tell)
{
	struct snoop_router *r = find_router(f, port);

	if (!r)
		return;
	snoop_timer_stop(f->s, &r->timer);
	portset_del(&f->learned, port);
	LL_DELETE(f->routers, r);
	free(r);
	if (tell)
		snoop_tell(f, (struct snoop_event){.kind = SNOOP_ROUTER_AGED, .port = (int)port});
}

/* Several may be behind a port: the one that is heard for longest counts. */
static void learn_router(struct snoop_fam *f, unsigned port, struct ip_addr addr, uint64_t due_ms)
{
	struct snoop_router *r = find_router(f, port);

	if (!r) {
		r = calloc(1, sizeof(*r));
		if (!r) /* then it is heard next time */
			return;
		r->fam = f;
		r->port = (uint16_t)port;
		r->timer.kind = TIMER_ROUTER;
		LL_PREPEND(f->routers, r);
		snoop_see_port(f->s, port);
		portset_add(&f->learned, port);
		snoop_tell(f, (struct snoop_event){.kind = SNOOP_ROUTER_LEARNED,
						   .port = (int)port,
						   .addr = addr});
	} else if (r->timer.due_ms > due_ms && !ip_equal(r->addr, addr)) {
		return;
	}
	r->addr = addr;
	snoop_timer_start(f->s, &r->timer, due_ms);
}

void snoop_hear_router(struct snoop_fam *f, unsigned port, const struct mcast_msg *m,
		       uint64_t now_ms)
{
	const struct snoop_router *r = find_router(f, port);

	if (m->hold_s == MCAST_HOLD_FOREVER)
		learn_router(f, port, m->src, SNOOP_NEVER_MS);
	else if (m->hold_s)
		learn_router(f, port, m->src, now_ms + (uint64_t)m->hold_s * 1000);
	else if (r && ip_equal(r->addr, m->src))
		snoop_router_gone(f, port, true);
}

/* ---- queries of others ---- */

void snoop_lower(struct snoop *s, struct snoop_timer *t, uint64_t due_ms)
{
	if (t->running && t->due_ms > due_ms)
		snoop_timer_start(s, t, due_ms);
}

static void mark_sources(struct snoop_group *g, const struct mcast_msg *m, bool on)
{
	for (unsigned i = 0; i < m->n_sources; i++) {
		struct snoop_source *src =
			snoop_find_source(g->fam->s, g, mcast_source(m->sources, m->v6, i));

		if (src)
			src->marked = on;
	}
}

/*
 * RFC 3376 clause 6.6.1: it is flooded to all ports, so all that want the group answer.  The last member query
 * time is its Max Resp Time, robustness times.
 */
static void hear_specific(struct snoop_fam *f, const struct mcast_msg *m, uint64_t now_ms)
{
	struct snoop_group *g = snoop_find_group(f->s, f, m->group);
	uint8_t qrv = m->qrv ? m->qrv : f->qrv;
	uint64_t due_ms = now_ms + (uint64_t)qrv * m->max_resp_ms;
	struct snoop_member *p;
	struct snoop_filter *x;

	if (!g || m->suppress)
		return;
	mark_sources(g, m, true);
	DL_FOREACH (g->members, p) {
		if (!m->n_sources)
			snoop_lower(f->s, &p->timer, due_ms);
		LL_FOREACH (p->filters, x)
			if (x->source->marked)
				snoop_lower(f->s, &x->timer, due_ms);
	}
	mark_sources(g, m, false);
}

void snoop_hear_query(struct snoop_fam *f, unsigned port, const struct mcast_msg *m,
		      uint64_t now_ms)
{
	if (ip_is_unspecified(m->group))
		elect(f, port, m, now_ms);
	else
		hear_specific(f, m, now_ms);
	if (!ip_is_unspecified(m->src))
		learn_router(f, port, m->src, now_ms + other_present_ms(f));
}

/* ---- what time and the tree bring ---- */

void snoop_resettle(struct snoop_fam *f, uint64_t now_ms)
{
	uint64_t answers_ms = f->response_ms;

	if (!snoop_enabled(f->s, f->v6) || !snoop_has_querier(f))
		return;
	if (f->self) {
		f->startup = f->qrv;
		own_query(f, now_ms);
	} else {
		send_general(f, f->v6 ? (struct ip_addr){0, 0} : ip4(0));
		if (f->v6) /* hosts do not answer :: (RFC 3810 clause 5.1.14), but the next one's */
			answers_ms += (uint64_t)f->qqi_s * 1000;
	}
	settle(f, answers_ms, now_ms);
}

static void other_gone(struct snoop_fam *f, uint64_t now_ms)
{
	if (wants_to_ask(f)) {
		become_querier(f, now_ms);
		return;
	}
	use_own_times(f);
	snoop_tell(f, (struct snoop_event){.kind = SNOOP_QUERIER_LOST, .port = SNOOP_NO_PORT});
	update_active(f);
}

void snoop_fam_timer(struct snoop_fam *f, enum timer_kind kind, uint64_t now_ms)
{
	switch (kind) {
	case TIMER_OTHER:
		other_gone(f, now_ms);
		return;
	case TIMER_QUERY:
		own_query(f, now_ms);
		return;
	case TIMER_OVERFLOW:
		portset_copy(&f->overflow_old, &f->overflow, PORTSET_WORDS);
		portset_clear(&f->overflow, PORTSET_WORDS);
		if (!portset_empty(&f->overflow_old, PORTSET_WORDS))
			snoop_timer_start(f->s, &f->spill, now_ms + snoop_gmi_ms(f));
		return;
	default: /* TIMER_SETTLE */
		update_active(f);
		return;
	}
}
