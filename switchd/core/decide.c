/* SPDX-License-Identifier: ISC */
#include "core/decide_impl.h"
#include "core/secure.h"
#include "core/trap.h"
#include "util/mac.h"

/* The steps that need no table: may this frame take part at all? */
static enum drop admit(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		       struct verdict *v)
{
	if (in->gate & ~(unsigned)GATE_DEAF || is_link_local(f))
		return admit_special(sw, in, f, v);
	if (is_oversize(in, f))
		return DROP_OVERSIZE;
	return v->vlan;
}

static enum route flood_route(uint64_t dst)
{
	if (dst == MAC_BROADCAST)
		return ROUTE_BROADCAST;
	return mac_is_group(dst) ? ROUTE_MULTICAST : ROUTE_UNKNOWN;
}

/* out = (known ? {port} : all) & forwarding & members & ~{in}; known: the port, or -1 */
static enum drop choose_egress(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			       int known, struct verdict *v)
{
	enum drop why = DROP_NONE;

	if (known == (int)in->index) {
		v->route = ROUTE_KNOWN;
		return DROP_SAME_PORT;
	}
	if (known >= 0) {
		v->route = ROUTE_KNOWN;
		portset_add(&v->out, (unsigned)known);
	} else {
		v->route = flood_route(f->dst);
		portset_copy(&v->out, &sw->attached, sw->words);
		if (sw->snoop && v->route != ROUTE_UNKNOWN) {
			why = snoop_choose(sw, in, f, v);
			if (why != DROP_NONE)
				return why;
		}
	}
	portset_and(&v->out, &sw->forwarding, sw->words);
	if (sw->set.vlan_aware)
		portset_and(&v->out, &sw->vlans->vlan[v->vid].members, sw->words);
	portset_del(&v->out, in->index);
	if (f->payload >= sw->ask_from)
		why = egress_cut(sw, in, f, v);
	if (!portset_empty(&v->out, sw->words))
		return DROP_NONE;
	if (why == DROP_NONE && sw->snoop)
		return snoop_nobody(v);
	return why != DROP_NONE ? why : DROP_NO_EGRESS;
}

void switch_probe(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		  enum drop parsed, struct verdict *v)
{
	v->drop = parsed;
	v->vlan = DROP_NONE;
	v->vid = 0;
	if (parsed != DROP_NONE)
		return;
	v->vid = f->vid;
	if (sw->set.vlan_aware) {
		v->vlan = vlan_classify(sw, in, f, &v->class);
		v->vid = v->class.vid;
	}
	v->src_at = fdb_probe(sw->fdb, v->vid, f->src);
	if (!mac_is_group(f->dst))
		v->dst_at = fdb_probe(sw->fdb, v->vid, f->dst);
	else
		v->dst_at = v->src_at; /* to be fetched in its place, harmlessly */
}

void switch_prefetch(const struct sw *sw, const struct verdict *v)
{
	if (v->drop != DROP_NONE)
		return;
	fdb_prefetch(sw->fdb, v->src_at);
	fdb_prefetch(sw->fdb, v->dst_at);
}

void switch_decide_at(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		      struct verdict *v)
{
	v->route = ROUTE_NONE;
	v->trap = TRAP_NONE;
	v->asked = 0;
	v->src = (struct fdb_verdict){.learn = LEARN_IGNORED};
	portset_clear(&v->out, sw->words);

	if (v->drop == DROP_NONE)
		v->drop = admit(sw, in, f, v);
	if (v->drop != DROP_NONE || v->route == ROUTE_HERE)
		return;
	if (!(in->gate & (GATE_DEAF | GATE_METERED))) { /* of the second, admitted already */
		v->src = fdb_judge_at(sw->fdb, v->src_at, in->index);
		if (__builtin_expect(learn_refuses_frame(v->src.learn), false)) {
			v->drop = secure_drop(v->src.learn);
			return;
		}
	}
	v->drop = choose_egress(sw, in, f,
				mac_is_group(f->dst) ? -1 : fdb_lookup_at(sw->fdb, v->dst_at), v);
}

void switch_decide(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		   enum drop parsed, struct verdict *v)
{
	switch_probe(sw, in, f, parsed, v);
	switch_decide_at(sw, in, f, v);
}

static void raise_learned(struct sw *sw, const struct sw_port *in, const struct frame *f,
			  const struct verdict *v)
{
	const struct fdb_verdict *src = &v->src;
	struct event ev = {
		.sw = sw->name,
		.port = in->name,
		.mac = f->src,
		.vid = v->vid,
	};

	if (src->learn == LEARN_NEW) {
		ev.kind = EVENT_MAC_LEARNED;
	} else if (src->learn == LEARN_FULL && !sw->told_full) {
		ev.kind = EVENT_TABLE_FULL;
		sw->told_full = true;
	} else if (src->learn == LEARN_MOVED && !src->told_before) {
		ev.kind = src->flapping_now ? EVENT_MAC_FLAPPING : EVENT_MAC_MOVED;
		ev.from = sw->port[src->from]->name;
		ev.number = FDB_FLAP_MOVES;
	} else {
		return;
	}
	sw->events->raise(sw->events, &ev);
}

static void count_received(struct sw_port_stats *s, const struct frame *f, enum drop d)
{
	s->rx_frames++;
	s->rx_bytes += f->len;
	if (d == DROP_RUNT) /* has no whole address */
		return;
	s->rx_super += f->super;
	if (!mac_is_group(f->dst))
		s->rx_unicast++;
	else if (f->dst == MAC_BROADCAST)
		s->rx_broadcast++;
	else
		s->rx_multicast++;
}

/* What follows from a source that was not known there before. */
__attribute__((noinline, cold)) static void learned(struct sw *sw, struct sw_port *in,
						    const struct frame *f, const struct verdict *v,
						    uint64_t now_ms)
{
	if (v->src.learn == LEARN_PORT_FULL || learn_refuses_frame(v->src.learn))
		secure_refused(sw, in, f, v, now_ms);
	else if (sw->events)
		raise_learned(sw, in, f, v);
}

/* Rare, and kept out of the way of what is not. */
__attribute__((noinline, cold)) static void receive_here(struct sw *sw, struct sw_port *in,
							 const struct frame *f, struct verdict *v,
							 uint64_t now_ms)
{
	enum drop d = DROP_NONE;

	if (v->trap == TRAP_SNOOP)
		snoop_hear(sw, in, f, v, now_ms);
	else
		d = trap_receive(sw, in, f, v->trap, now_ms);
	in->stats.rx_control++;
	if (d == DROP_NONE)
		return;
	in->stats.drops[d]++;
	sw->stats.dropped++;
	v->drop = d;
}

void switch_commit(struct sw *sw, struct sw_port *in, const struct frame *f, struct verdict *v,
		   uint64_t now_ms)
{
	count_received(&in->stats, f, v->drop);
	if (v->src.learn != LEARN_IGNORED) {
		fdb_learn(sw->fdb, &v->src, in->index, (uint32_t)(now_ms / 1000));
		if (v->src.learn != LEARN_KNOWN)
			learned(sw, in, f, v, now_ms);
	}
	if (v->asked)
		egress_commit(sw, in, f, v, now_ms);
	if (v->drop != DROP_NONE) {
		if (!drop_is_out(v->drop)) /* those were counted where it did not leave */
			in->stats.drops[v->drop]++;
		sw->stats.dropped++;
		if (v->trap == TRAP_SNOOP)
			snoop_hear(sw, in, f, v, now_ms);
		return;
	}
	if (v->route != ROUTE_KNOWN) {
		if (v->route == ROUTE_HERE) {
			receive_here(sw, in, f, v, now_ms);
			return;
		}
		sw->stats.flooded += v->route != ROUTE_GROUP;
		if (v->trap == TRAP_SNOOP)
			snoop_hear(sw, in, f, v, now_ms);
	}
	sw->stats.forwarded++;
}
