/* SPDX-License-Identifier: ISC */
/* snoop_walk.c - looking at what is known, and counters. */
#include <errno.h>
#include <string.h>

#include <utlist.h>

#include "core/snoop_impl.h"

static const struct snoop_member *member_at(const struct snoop *s, uint32_t slot)
{
	const void *at = s->members.at + (size_t)slot * s->members.size;

	return at;
}

static void fill(const struct snoop_member *m, uint64_t now_ms, struct snoop_group_info *info)
{
	const struct snoop_fam *f = m->group->fam;

	*info = (struct snoop_group_info){
		.vid = f->vid,
		.port = m->port,
		.group = m->group->addr,
		.is_static = m->is_static,
		.learned = m->learned,
		.exclude = m->exclude,
		.version = (uint8_t)(snoop_member_level(m, now_ms) - f->v6),
		.n_sources = m->n_filters,
		.expires_ms = m->timer.running ? snoop_until(m->timer.due_ms, now_ms) : 0,
		.age_ms = snoop_until(now_ms, m->joined_ms),
	};
}

uint32_t snoop_slots(const struct snoop *s)
{
	return s->members.used;
}

bool snoop_walk(const struct snoop *s, uint32_t *slot, uint32_t end, uint64_t now_ms,
		struct snoop_group_info *info)
{
	if (end > s->members.used)
		end = s->members.used;
	while (*slot < end) {
		const struct snoop_member *m = member_at(s, (*slot)++);

		if (!m->group)
			continue;
		fill(m, now_ms, info);
		return true;
	}
	return false;
}

unsigned snoop_sources(const struct snoop *s, uint32_t slot, uint64_t now_ms,
		       struct snoop_source_info *out, unsigned max)
{
	const struct snoop_filter *f;
	unsigned n = 0;

	if (slot == 0 || slot > s->members.used || !member_at(s, slot - 1)->group)
		return 0;
	LL_FOREACH (member_at(s, slot - 1)->filters, f) {
		if (n == max)
			break;
		out[n++] = (struct snoop_source_info){
			.addr = f->source->addr,
			.blocked = !f->timer.running,
			.expires_ms = f->timer.running ? snoop_until(f->timer.due_ms, now_ms) : 0,
		};
	}
	return n;
}

int snoop_querier(const struct snoop *s, uint16_t vid, bool v6, uint64_t now_ms,
		  struct snoop_querier_info *info)
{
	const struct snoop_fam *f = snoop_fam(s, vid, v6);

	if (!f)
		return -ENOENT;
	*info = (struct snoop_querier_info){.known = snoop_has_querier(f), .port = SNOOP_NO_PORT};
	if (!info->known)
		return 0;
	info->self = f->self;
	info->settling = f->settle.running;
	info->addr = f->self ? snoop_own_source(f) : f->querier;
	info->port = f->self ? SNOOP_NO_PORT : f->querier_port;
	info->version = f->version;
	info->qrv = f->qrv;
	info->qqi_s = f->qqi_s;
	info->query_response_ms = f->response_ms;
	info->expires_ms = snoop_until(f->self ? f->query.due_ms : f->other.due_ms, now_ms);
	return 0;
}

int snoop_routers(const struct snoop *s, uint16_t vid, bool v6, struct portset *ports)
{
	const struct snoop_fam *f = snoop_fam(s, vid, v6);

	if (!f)
		return -ENOENT;
	portset_copy(ports, &f->learned, PORTSET_WORDS);
	portset_or(ports, &f->fixed, PORTSET_WORDS);
	return 0;
}

bool snoop_router(const struct snoop *s, uint16_t vid, bool v6, unsigned port, uint64_t now_ms,
		  struct snoop_router_info *info)
{
	const struct snoop_fam *f = snoop_fam(s, vid, v6);
	const struct snoop_router *r;

	if (!f)
		return false;
	*info = (struct snoop_router_info){.is_static = portset_has(&f->fixed, port)};
	LL_FOREACH (f->routers, r) {
		if (r->port != port)
			continue;
		info->learned = true;
		info->addr = r->addr;
		info->expires_ms = r->timer.due_ms == SNOOP_NEVER_MS
					   ? MCAST_HOLD_FOREVER
					   : snoop_until(r->timer.due_ms, now_ms);
	}
	return info->is_static || info->learned;
}

void snoop_port_stats(const struct snoop *s, unsigned port, struct snoop_port_stats *st)
{
	*st = s->port[port].stats;
}

uint32_t snoop_port_members(const struct snoop *s, unsigned port, uint32_t *sources)
{
	*sources = s->port[port].n_filters;
	return s->port[port].n_members;
}

void snoop_stats(const struct snoop *s, struct snoop_stats *st)
{
	*st = s->stats;
}

void snoop_clear_stats(struct snoop *s, int port)
{
	if (port != SNOOP_NO_PORT) {
		memset(&s->port[port].stats, 0, sizeof(s->port[port].stats));
		return;
	}
	for (unsigned i = 0; i < PORTSET_MAX; i++)
		memset(&s->port[i].stats, 0, sizeof(s->port[i].stats));
	memset(s->stats.sent, 0, sizeof(s->stats.sent));
}
