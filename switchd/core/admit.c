/* SPDX-License-Identifier: ISC */
/* admit.c - may a frame take part that may be for a protocol, or comes from a port that is not like any other? */
#include "core/decide_impl.h"
#include "core/mirror.h"
#include "core/secure.h"
#include "core/sw_guard.h"
#include "core/trap.h"

static enum drop why_down(const struct sw_port *in)
{
	if (mirror_is_monitor(&in->set))
		return DROP_MONITOR;
	return in->shut != SHUT_NOT ? DROP_PORT_SHUT : DROP_PORT_BLOCKED;
}

/*
 * May its sender send here?  Otherwise asked when it is learned from; but strangers are not to use up what a meter
 * leaves to others, nor to get in while nothing is learned.
 */
static enum drop admit_sender(const struct sw *sw, const struct sw_port *in, struct verdict *v)
{
	struct fdb_verdict src = fdb_judge_at(sw->fdb, v->src_at, in->index);

	if (!(in->gate & GATE_DEAF))
		v->src = src;
	return secure_drop(src.learn);
}

/* What is above a limit teaches nothing. */
static enum drop admit_metered(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			       struct verdict *v)
{
	enum drop d = sw_police_decide(sw, in, f, v);

	if (d != DROP_NONE)
		v->src.learn = LEARN_IGNORED;
	return d;
}

/* What is for a protocol is not asked what data frames are: a port that discards has to hear its neighbour. */
__attribute__((noinline, cold)) enum drop admit_special(const struct sw *sw,
							const struct sw_port *in,
							const struct frame *f, struct verdict *v)
{
	if (in->gate & GATE_DOWN)
		return why_down(in);
	v->trap = trap_wants(sw, in, f);
	if (v->trap != TRAP_NONE) {
		v->route = ROUTE_HERE;
		return DROP_NONE;
	}
	if (in->gate & GATE_BLOCKED) {
		/* learning state */
		if (!(in->gate & GATE_DEAF) && v->vlan == DROP_NONE && filter_takes(in, f))
			v->src = fdb_judge_at(sw->fdb, v->src_at, in->index);
		return in->looped ? DROP_LOOP_BLOCKED : DROP_PORT_BLOCKED;
	}
	if (in->gate & GATE_FILTER) {
		if (!filter_takes(in, f))
			return DROP_FILTER_IN;
		v->asked |= ASKED_IN;
	}
	if (is_oversize(in, f))
		return DROP_OVERSIZE;
	if (is_link_local(f) && !(sw->set.link_local >> (f->dst & 15) & 1))
		return DROP_LINK_LOCAL;
	if (v->vlan == DROP_NONE && in->gate & GATE_GUARD) {
		enum drop d = sw_guard_decide(sw, in, f, v);

		if (d != DROP_NONE)
			return d;
	}
	if (v->vlan == DROP_NONE && in->gate & (GATE_PAUSED | GATE_METERED)) {
		enum drop d = admit_sender(sw, in, v);

		if (d != DROP_NONE)
			return d;
	}
	if (v->vlan == DROP_NONE && in->gate & GATE_METERED)
		return admit_metered(sw, in, f, v);
	return v->vlan;
}
