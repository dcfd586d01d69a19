/* SPDX-License-Identifier: ISC */
#include "core/explain.h"

#include "core/decide_impl.h"
#include "core/mirror.h"
#include "core/secure.h"
#include "core/sw_guard.h"
#include "core/trap.h"
#include "util/mac.h"

/* ---- steps ---- */

/* Those of the guard stand together in core/drop.h. */
static bool is_of_guard(enum drop d)
{
	return d >= DROP_HIDDEN_HEADER && d <= DROP_IP6_UNDECIDED;
}

/* At which step a frame is dropped for that reason. */
static enum explain_step step_of(const struct sw_port *in, const struct explain *x)
{
	enum drop d = x->v.drop;

	if (x->parsed != DROP_NONE)
		return STEP_PARSE;
	if (in->gate & GATE_DOWN)
		return STEP_LINK;
	if (is_of_guard(d))
		return STEP_GUARD;
	switch (d) {
	case DROP_PORT_BLOCKED:
	case DROP_LOOP_BLOCKED:
		return STEP_STATE;
	case DROP_FILTER_IN:
		return STEP_FILTER;
	case DROP_OVERSIZE:
		return STEP_MTU;
	case DROP_LINK_LOCAL:
		return STEP_LINK_LOCAL;
	case DROP_VID_RESERVED:
	case DROP_TAGGED:
	case DROP_UNTAGGED:
	case DROP_NOT_IN_VLAN:
		return STEP_VLAN;
	case DROP_OVER_MAX_MACS:
	case DROP_LOCKED:
	case DROP_MAC_ELSEWHERE:
		return STEP_SENDER;
	case DROP_RATE_IN:
	case DROP_STORM_BROADCAST:
	case DROP_STORM_MULTICAST:
	case DROP_STORM_UNKNOWN:
		return STEP_METER;
	case DROP_SAME_PORT:
		return STEP_LOOKUP;
	case DROP_BAD_IGMP:
	case DROP_BAD_MLD:
	case DROP_BAD_PIM:
	case DROP_ROUTER_GUARD:
		return STEP_GROUP;
	default:
		return STEP_EGRESS;
	}
}

static bool is_trapped(const struct explain *x)
{
	return x->v.route == ROUTE_HERE && x->v.trap != TRAP_SNOOP;
}

/* Is there anything that the step is about? */
static bool concerns(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		     const struct explain *x, enum explain_step step)
{
	const unsigned asked = x->v.asked;

	switch (step) {
	case STEP_TRAP:
		return is_trapped(x);
	case STEP_FILTER:
		return in->filter_in != NULL;
	case STEP_MTU:
		return in->mtu != 0;
	case STEP_LINK_LOCAL:
		return is_link_local(f);
	case STEP_VLAN:
		return sw->set.vlan_aware;
	case STEP_GUARD:
		return asked & ASKED_GUARD;
	case STEP_METER:
		return asked & ASKED_METER || x->v.drop == DROP_RATE_IN;
	case STEP_LEARN:
		return x->v.src.learn != LEARN_IGNORED;
	case STEP_GROUP:
		if (x->v.trap == TRAP_SNOOP || x->v.route == ROUTE_GROUP)
			return true;
		return sw->snoop && mac_is_group(f->dst) && f->dst != MAC_BROADCAST;
	default:
		return true;
	}
}

enum explain_result explain_step(const struct sw *sw, const struct sw_port *in,
				 const struct frame *f, const struct explain *x,
				 enum explain_step step)
{
	enum explain_step last = is_trapped(x)		  ? STEP_TRAP
				 : x->v.drop == DROP_NONE ? STEP_EGRESS
							  : step_of(in, x);

	/* a port that only learns as yet has learned from what it dropped */
	if (step == STEP_LEARN && x->v.src.learn != LEARN_IGNORED &&
	    !learn_refuses_frame(x->v.src.learn))
		return STEP_PASSED;
	if (step > last)
		return STEP_UNASKED;
	if (step == last && x->v.drop != DROP_NONE)
		return STEP_STOPPED;
	if (step == last && is_trapped(x))
		return STEP_TAKEN;
	return concerns(sw, in, f, x, step) ? STEP_PASSED : STEP_NOTHING;
}

/* ---- ports ---- */

/* Did the decision come to the choice of ports? */
static bool ports_were_asked(const struct sw_port *in, const struct explain *x)
{
	enum explain_step at;

	if (is_trapped(x))
		return false;
	if (x->v.drop == DROP_NONE)
		return true;
	at = step_of(in, x);
	return at == STEP_EGRESS || at == STEP_LOOKUP;
}

/* The port was in `before` and is not in `now`. */
static void lose(struct explain *x, const struct sw *sw, struct portset *before,
		 const struct portset *now, enum explain_why why)
{
	struct portset lost;

	portset_copy(&lost, before, sw->words);
	portset_minus(&lost, now, sw->words);
	portset_foreach (i, &lost, sw->words)
		x->port[i].why = why;
	portset_and(before, now, sw->words);
}

enum explain_why explain_closed(const struct sw_port *p)
{
	if (mirror_is_monitor(&p->set))
		return WHY_MONITOR;
	if (p->shut != SHUT_NOT)
		return WHY_SHUT;
	if (!p->link)
		return WHY_NO_LINK;
	if (p->looped)
		return WHY_LOOPED;
	return p->not_learning ? WHY_DISCARDS : WHY_LEARNS;
}

/* The ports that the frame is meant for: that of the station, of the group, or all. */
static void choose(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		   struct explain *x, struct portset *left)
{
	struct verdict again = x->v;
	struct portset one = {0};

	if (x->known >= 0) {
		portset_add(&one, (unsigned)x->known);
		lose(x, sw, left, &one, WHY_ELSEWHERE);
		return;
	}
	if (!sw->snoop || !mac_is_group(f->dst))
		return;
	x->flooded = sw_snoop_why(sw, f, &x->v);
	portset_copy(&again.out, left, sw->words);
	if (snoop_choose(sw, in, f, &again) == DROP_NONE)
		lose(x, sw, left, &again.out, WHY_NO_MEMBER);
}

static void cut_guard(const struct sw *sw, const struct sw_port *in, struct explain *x,
		      struct portset *left)
{
	struct verdict again = x->v;

	portset_copy(&again.out, left, sw->words);
	(void)sw_guard_narrow(sw, in, &again);
	lose(x, sw, left, &again.out,
	     x->v.guard.to == GUARD_TO_TRUSTED ? WHY_UNTRUSTED : WHY_NOT_ASKER);
	portset_copy(left, &again.out, sw->words); /* which may have one more */
}

static void cut_refused(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			struct explain *x, struct portset *left)
{
	portset_foreach (i, &x->v.cut, sw->words) {
		x->port[i].why = WHY_REFUSED;
		x->port[i].drop = switch_refusal(in, f, sw->port[i]);
	}
	portset_minus(left, &x->v.cut, sw->words);
}

/* The steps of choose_egress() in decide.c, with what each loses. */
static void explain_ports(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			  struct explain *x)
{
	struct portset left, now;

	portset_copy(&left, &sw->attached, sw->words);
	choose(sw, in, f, x, &left);
	portset_copy(&now, &left, sw->words);
	portset_and(&now, &sw->forwarding, sw->words);
	portset_foreach (i, &left, sw->words)
		if (!portset_has(&now, i))
			x->port[i].why = explain_closed(sw->port[i]);
	portset_copy(&left, &now, sw->words);
	if (sw->set.vlan_aware)
		lose(x, sw, &left, &sw->vlans->vlan[x->v.vid].members, WHY_NOT_IN_VLAN);
	portset_del(&left, in->index);
	if (x->v.asked & ASKED_OUT) {
		if (x->v.asked & ASKED_GUARD)
			cut_guard(sw, in, x, &left);
		cut_refused(sw, in, f, x, &left);
	}
	sw_foreach_port (i, sw) {
		bool out = portset_has(&x->out, i);

		if (out && portset_has(&left, i))
			x->port[i].why = WHY_OUT;
		else if (out || portset_has(&left, i))
			x->port[i].why = WHY_NONE;
	}
}

void explain_frame(struct sw *sw, const struct sw_port *in, struct frame *f, uint64_t now_ms,
		   struct explain *x)
{
	x->known = x->was = -1;
	x->flooded = SNOOP_WHY_PORTS;
	x->heard = DROP_NONE;
	x->parsed = frame_parse(f);
	switch_begin(sw, now_ms);
	switch_probe(sw, in, f, x->parsed, &x->v);
	switch_decide_at(sw, in, f, &x->v);
	portset_clear(&x->out, sw->words);
	if (x->v.drop == DROP_NONE && x->v.route != ROUTE_HERE)
		portset_copy(&x->out, &x->v.out, sw->words);
	if (x->v.drop == DROP_NONE && is_trapped(x))
		x->heard = trap_judge(in, f, x->v.trap, now_ms);
	if (x->parsed == DROP_NONE && mac_is_station(f->src))
		x->was = fdb_lookup_at(sw->fdb, x->v.src_at);
	sw_foreach_port (i, sw)
		x->port[i] = (struct explain_port){.why = WHY_UNASKED};
	if (ports_were_asked(in, x)) {
		if (!mac_is_group(f->dst))
			x->known = fdb_lookup_at(sw->fdb, x->v.dst_at);
		explain_ports(sw, in, f, x);
	}
	x->port[in->index].why = WHY_CAME;
}

bool explain_edit(const struct sw *sw, const struct frame *f, const struct explain *x, unsigned out,
		  struct tag_edit *e)
{
	return sw->set.vlan_aware &&
	       tag_edit_for(f, &x->v.class, vlan_egress_tpid(sw, x->v.vid, out), e);
}
