/* SPDX-License-Identifier: ISC */
/* What a network is asked: can frames loop, and is it the tree that it should be? */
#include "stp_net_impl.h"

#include "unit.h"

#include <stdio.h>

/* ---- loops: a forest of bridges and segments, joined by ports that forward ---- */

struct forest {
	unsigned up[NET_BRIDGES + NET_SEGMENTS];
};

static void plant(struct forest *f)
{
	for (unsigned i = 0; i < NET_BRIDGES + NET_SEGMENTS; i++)
		f->up[i] = i;
}

static unsigned top(struct forest *f, unsigned i)
{
	while (f->up[i] != i)
		i = f->up[i] = f->up[f->up[i]];
	return i;
}

/* False: they were joined already. */
static bool join(struct forest *f, unsigned a, unsigned b)
{
	a = top(f, a);
	b = top(f, b);
	f->up[a] = b;
	return a != b;
}

/* Joins what frames get through, or with `cables` what is connected at all; false: there is a loop. */
static bool grow(struct net *n, struct forest *f, bool cables)
{
	bool tree = true;

	plant(f);
	for (unsigned i = 0; i < n->segments; i++) {
		const struct segment *s = &n->segment[i];

		for (unsigned k = 0; !s->cut && k < s->plugs; k++) {
			const struct plug *p = &s->plug[k];

			if (cables || n->bridge[p->bridge].forwarding[p->port])
				tree = join(f, NET_BRIDGES + i, p->bridge) && tree;
		}
	}
	return tree;
}

void net_look_for_loops(struct net *n)
{
	struct forest f;

	if (n->changed) {
		bool loop = !grow(n, &f, false);

		if (loop && !n->looping)
			n->looping_since_us = n->now_us;
		n->looping = loop;
		n->changed = false;
	}
	if (n->looping && n->now_us - n->looping_since_us >= n->tolerated_us)
		fail_msg("frames can loop since %llu us, now %llu us",
			 (unsigned long long)n->looping_since_us, (unsigned long long)n->now_us);
}

void net_tolerate(struct net *n, unsigned us)
{
	n->tolerated_us = us;
}

/* ---- is it the tree? ---- */

static bool linked(struct net *n, unsigned bridge, unsigned port)
{
	int s = n->bridge[bridge].segment[port];

	return s >= 0 && !n->segment[s].cut;
}

/* The cost of the best way to the root, by as many rounds as there are bridges (Bellman and Ford). */
static void true_costs(struct net *n, uint64_t cost[NET_BRIDGES])
{
	for (bool better = true; better;) {
		better = false;
		for (unsigned i = 0; i < n->segments; i++) {
			const struct segment *s = &n->segment[i];
			uint64_t best = UINT32_MAX;

			for (unsigned k = 0; !s->cut && k < s->plugs; k++)
				if (cost[s->plug[k].bridge] < best)
					best = cost[s->plug[k].bridge];
			for (unsigned k = 0; best < UINT32_MAX && k < s->plugs; k++) {
				const struct plug *p = &s->plug[k];
				uint64_t c = best + net_port(n, p->bridge, p->port).path_cost;

				if (c < cost[p->bridge]) {
					cost[p->bridge] = c;
					better = true;
				}
			}
		}
	}
}

static bool roots_are_right(struct net *n, char why[160])
{
	struct forest f;
	uint64_t root[NET_BRIDGES], cost[NET_BRIDGES];

	grow(n, &f, true);
	for (unsigned i = 0; i < n->bridges; i++) {
		root[i] = net_id(n, i);
		for (unsigned k = 0; k < n->bridges; k++)
			if (top(&f, i) == top(&f, k) && net_id(n, k) < root[i])
				root[i] = net_id(n, k);
		cost[i] = root[i] == net_id(n, i) ? 0 : UINT32_MAX;
	}
	true_costs(n, cost);
	for (unsigned i = 0; i < n->bridges; i++) {
		struct stp_bridge_info b = net_info(n, i);

		if (b.root_id == root[i] && b.root_path_cost == cost[i] &&
		    (b.root_port < 0) == (root[i] == b.bridge_id))
			continue;
		snprintf(why, 160, "bridge %u: root %llx at %u, should be %llx at %llu", i,
			 (unsigned long long)b.root_id, b.root_path_cost,
			 (unsigned long long)root[i], (unsigned long long)cost[i]);
		return false;
	}
	return true;
}

/* One designated port on each segment, and all others know it. */
static bool segment_is_right(struct net *n, unsigned number, char why[160])
{
	const struct segment *s = &n->segment[number];
	unsigned designated = 0;

	for (unsigned i = 0; i < s->plugs; i++) {
		struct stp_port_info p = net_port(n, s->plug[i].bridge, s->plug[i].port);
		struct stp_port_info first = net_port(n, s->plug[0].bridge, s->plug[0].port);
		bool forwards = p.role == STP_ROLE_DESIGNATED || p.role == STP_ROLE_ROOT;
		bool own = p.designated_bridge == net_id(n, s->plug[i].bridge) &&
			   p.designated_port == p.port_id;

		designated += p.role == STP_ROLE_DESIGNATED;
		if (p.role == STP_ROLE_DISABLED || own != (p.role == STP_ROLE_DESIGNATED) ||
		    p.designated_bridge != first.designated_bridge ||
		    p.designated_port != first.designated_port ||
		    p.state != (forwards ? STP_STATE_FORWARDING : STP_STATE_DISCARDING)) {
			snprintf(why, 160, "bridge %u port %u: %s, %s", s->plug[i].bridge,
				 s->plug[i].port, stp_role_name(p.role), stp_state_name(p.state));
			return false;
		}
	}
	if (designated == 1)
		return true;
	snprintf(why, 160, "segment %u has %u designated ports", number, designated);
	return false;
}

static bool all_are_reached(struct net *n, char why[160])
{
	struct forest cables, frames;

	grow(n, &cables, true);
	if (!grow(n, &frames, false)) {
		snprintf(why, 160, "there is a loop");
		return false;
	}
	for (unsigned i = 0; i < n->bridges; i++)
		for (unsigned k = 0; k < i; k++) {
			if ((top(&cables, i) == top(&cables, k)) ==
			    (top(&frames, i) == top(&frames, k)))
				continue;
			snprintf(why, 160, "no way between bridges %u and %u", i, k);
			return false;
		}
	return true;
}

bool net_is_tree(struct net *n, char why[160])
{
	if (!roots_are_right(n, why))
		return false;
	for (unsigned i = 0; i < n->segments; i++)
		if (!n->segment[i].cut && n->segment[i].plugs && !segment_is_right(n, i, why))
			return false;
	for (unsigned b = 0; b < n->bridges; b++)
		for (unsigned p = 0; p < n->bridge[b].ports; p++)
			if (!linked(n, b, p) && net_port(n, b, p).role != STP_ROLE_DISABLED) {
				snprintf(why, 160, "bridge %u port %u is up?", b, p);
				return false;
			}
	return all_are_reached(n, why);
}

unsigned net_converge(struct net *n, unsigned max_ms)
{
	char why[160];

	net_run(n, 0);
	for (unsigned ms = 0; ms <= max_ms; ms += 10) {
		if (net_is_tree(n, why))
			return ms;
		net_run(n, 10);
	}
	fail_msg("no tree after %u ms: %s", max_ms, why);
	return 0;
}
