/* SPDX-License-Identifier: ISC */
/* snoop_decide.c - what becomes of a frame, and what is learned from it. */
#include "core/snoop_impl.h"

#include "util/mac.h"

/* ---- data ---- */

enum { IPV4_MIN = 20, IPV6_MIN = 40 };

/* The addresses of an IP packet to a group; false: it is none. */
static inline __attribute__((always_inline)) bool
read_addresses(const struct frame *f, struct ip_addr *src, struct ip_addr *dst)
{
	const uint8_t *ip = f->data + f->l3;

	if (f->ethertype == ETHERTYPE_IPV4 && f->len >= f->l3 + (size_t)IPV4_MIN &&
	    ip[0] >> 4 == 4) {
		*src = ip4_load(ip + 12);
		*dst = ip4_load(ip + 16);
		return ip4_is_group(*dst);
	}
	if (f->ethertype == ETHERTYPE_IPV6 && f->len >= f->l3 + (size_t)IPV6_MIN &&
	    ip[0] >> 4 == 6) {
		*src = ip6_load(ip + 8);
		*dst = ip6_load(ip + 24);
		return ip6_is_group(*dst);
	}
	return false;
}

/* RFC 3376 clause 6.3: EXCLUDE ports but those that block the source, and those that want it. */
static void add_members(const struct snoop *s, const struct snoop_group *g, struct ip_addr addr,
			struct portset *out)
{
	const struct snoop_source *src = g->n_sources ? snoop_find_source(s, g, addr) : NULL;

	portset_or(out, &g->exclude, s->words);
	if (src) {
		portset_minus(out, &src->block, s->words);
		portset_or(out, &src->allow, s->words);
	}
	portset_or(out, &g->fixed, s->words);
}

static void add_routers(const struct snoop_fam *fam, struct portset *out)
{
	portset_or(out, &fam->learned, fam->s->words);
	portset_or(out, &fam->fixed, fam->s->words);
}

static bool is_link_scope6(struct ip_addr group)
{
	return (group.hi >> 48 & 0xff0f) == 0xff02;
}

__attribute__((noinline, cold)) static enum snoop_why why_asleep(const struct snoop_fam *fam)
{
	if (!fam || !snoop_enabled(fam->s, fam->v6))
		return SNOOP_WHY_OFF;
	return snoop_has_querier(fam) ? SNOOP_WHY_SETTLING : SNOOP_WHY_ASKLESS;
}

/* SNOOP_WHY_PORTS: *src is who sends, and *g the group if anybody is in it.  Asked for each frame, so it is no call. */
static inline __attribute__((always_inline)) enum snoop_why
judge(const struct snoop *s, const struct snoop_fam *fam, const struct frame *f,
      struct ip_addr *src, const struct snoop_group **g)
{
	struct ip_addr dst;

	if (!fam || !fam->active)
		return why_asleep(fam);
	if (!mac_is_group(f->dst) || !read_addresses(f, src, &dst))
		return SNOOP_WHY_NO_GROUP;
	if (mcast_is_everybodys(dst))
		return SNOOP_WHY_EVERYBODYS;
	*g = snoop_find_group(s, fam, dst);
	if (!*g && (s->set.unknown == SNOOP_UNKNOWN_FLOOD || is_link_scope6(dst)))
		return SNOOP_WHY_UNKNOWN;
	return SNOOP_WHY_PORTS;
}

enum snoop_why snoop_why_flooded(const struct snoop *s, uint16_t vid, const struct frame *f)
{
	const struct snoop_group *g;
	struct ip_addr src;

	return judge(s, snoop_fam(s, vid, f->ethertype == ETHERTYPE_IPV6), f, &src, &g);
}

enum snoop_route snoop_lookup(const struct snoop *s, uint16_t vid, const struct frame *f,
			      struct portset *out)
{
	const struct snoop_fam *fam = snoop_fam(s, vid, f->ethertype == ETHERTYPE_IPV6);
	const struct snoop_group *g = NULL;
	struct ip_addr src;

	if (judge(s, fam, f, &src, &g) != SNOOP_WHY_PORTS)
		return SNOOP_FLOOD;
	portset_clear(out, PORTSET_WORDS);
	if (g)
		add_members(s, g, src, out);
	add_routers(fam, out);
	portset_or(out, &fam->overflow, s->words);
	portset_or(out, &fam->overflow_old, s->words);
	return SNOOP_PORTS;
}

/* ---- messages ---- */

static bool is_guarded(const struct snoop *s, unsigned in, enum mcast_kind kind)
{
	return (kind == MCAST_QUERY || kind == MCAST_ROUTER) &&
	       s->port[in].set.router == SNOOP_ROUTER_NEVER;
}

/* A report that only routers are to see (RFC 4541 clause 2.1.1 (1)). */
static bool is_for_routers(const struct snoop_fam *fam, const struct mcast_msg *m)
{
	return fam->active && (m->kind == MCAST_REPORT || m->kind == MCAST_LEAVE);
}

void snoop_decide(const struct snoop *s, uint16_t vid, unsigned in, const struct frame *f,
		  struct snoop_verdict *v)
{
	const struct snoop_fam *fam = snoop_fam(s, vid, f->ethertype == ETHERTYPE_IPV6);

	v->drop = DROP_NONE;
	v->route = SNOOP_FLOOD;
	v->vid = vid;
	v->in = (uint16_t)in;
	v->msg.kind = MCAST_NONE;
	if (!fam || !snoop_enabled(s, fam->v6))
		return;
	v->drop = mcast_parse(f, &v->msg);
	if (v->drop == DROP_NONE && is_guarded(s, in, v->msg.kind))
		v->drop = DROP_ROUTER_GUARD;
	if (v->drop != DROP_NONE)
		return;
	if (v->msg.kind == MCAST_NONE) {
		v->route = snoop_lookup(s, vid, f, &v->out);
	} else if (is_for_routers(fam, &v->msg)) {
		v->route = SNOOP_PORTS;
		portset_clear(&v->out, PORTSET_WORDS);
		add_routers(fam, &v->out);
	}
}

static void learn_report(struct snoop_fam *f, const struct snoop_verdict *v, uint64_t now_ms)
{
	struct mcast_walk w = mcast_walk(&v->msg);
	uint8_t level = snoop_level(v->msg.v6, v->msg.version);
	struct mcast_record rec;

	for (unsigned n = 0; mcast_next(&v->msg, &w, &rec); n++) {
		if (n == SNOOP_RECORDS) {
			f->s->port[v->in].stats.cut++;
			snoop_overflow(f, v->in, rec.group, now_ms);
			return;
		}
		snoop_apply(f, v->in, level, &rec, now_ms);
	}
}

static void count(struct snoop_port_stats *st, const struct snoop_verdict *v)
{
	unsigned v6 = v->msg.v6;

	switch (v->drop) {
	case DROP_BAD_IGMP:
	case DROP_BAD_MLD:
	case DROP_BAD_PIM:
		st->bad[v6]++;
		return;
	case DROP_ROUTER_GUARD:
		st->guarded++;
		return;
	default:
		break;
	}
	st->reports[v6] += v->msg.kind == MCAST_REPORT;
	st->leaves[v6] += v->msg.kind == MCAST_LEAVE;
	st->queries[v6] += v->msg.kind == MCAST_QUERY;
	st->hellos += v->msg.kind == MCAST_ROUTER;
}

void snoop_commit(struct snoop *s, const struct snoop_verdict *v, uint64_t now_ms)
{
	struct snoop_fam *f;

	if (v->drop == DROP_NONE && v->msg.kind == MCAST_NONE)
		return;
	count(&s->port[v->in].stats, v);
	f = snoop_fam(s, v->vid, v->msg.v6);
	if (v->drop != DROP_NONE || !f)
		return;
	switch (v->msg.kind) {
	case MCAST_QUERY:
		snoop_hear_query(f, v->in, &v->msg, now_ms);
		return;
	case MCAST_REPORT:
	case MCAST_LEAVE:
		learn_report(f, v, now_ms);
		return;
	case MCAST_ROUTER:
		snoop_hear_router(f, v->in, &v->msg, now_ms);
		return;
	default:
		return;
	}
}
