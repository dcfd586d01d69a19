/* SPDX-License-Identifier: ISC */
/* sw_snoop_frame.c - frames to groups, in a switch that snoops. */
#include "core/decide_impl.h"
#include "core/sw_snoop.h"

/*
 * Does the switch understand who speaks?  What is behind a tag that is not ours, or that says another VLAN in a
 * switch that knows none, is of a network that we ask nobody in: it is flooded.
 */
static bool is_ours(const struct sw *sw, const struct frame *f, const struct verdict *v)
{
	if (f->ethertype != ETHERTYPE_IPV4 && f->ethertype != ETHERTYPE_IPV6)
		return false;
	if (sw->set.vlan_aware)
		return f->tags == (v->class.popped ? 1 : 0);
	return !f->tags || (f->tags == 1 && f->tpid == ETHERTYPE_CTAG && f->vid == VID_NONE);
}

__attribute__((noinline, cold)) enum drop snoop_choose(const struct sw *sw,
						       const struct sw_port *in,
						       const struct frame *f, struct verdict *v)
{
	struct snoop_verdict s;

	if (!is_ours(sw, f, v))
		return DROP_NONE;
	snoop_decide(sw->snoop, v->vid, in->index, f, &s);
	if (s.drop != DROP_NONE) {
		v->trap = TRAP_SNOOP; /* which counts it */
		v->src = (struct fdb_verdict){.learn = LEARN_IGNORED};
		return s.drop;
	}
	if (s.msg.kind != MCAST_NONE)
		v->trap = TRAP_SNOOP;
	if (s.route == SNOOP_PORTS) {
		v->route = ROUTE_GROUP;
		portset_copy(&v->out, &s.out, sw->words);
	}
	return DROP_NONE;
}

enum snoop_why sw_snoop_why(const struct sw *sw, const struct frame *f, const struct verdict *v)
{
	return is_ours(sw, f, v) ? snoop_why_flooded(sw->snoop, v->vid, f) : SNOOP_WHY_FOREIGN;
}

__attribute__((noinline, cold)) enum drop snoop_nobody(struct verdict *v)
{
	if (v->trap == TRAP_SNOOP) {
		v->route = ROUTE_HERE;
		return DROP_NONE;
	}
	return v->route == ROUTE_GROUP ? DROP_NO_MEMBER : DROP_NO_EGRESS;
}

/* Asked again what was asked when it was decided: a message is rare, and a verdict is moved about for each frame. */
__attribute__((noinline, cold)) void snoop_hear(struct sw *sw, const struct sw_port *in,
						const struct frame *f, const struct verdict *v,
						uint64_t now_ms)
{
	struct snoop_verdict s;

	snoop_decide(sw->snoop, v->vid, in->index, f, &s);
	sw_snoop_commit(sw, &s, now_ms);
}
