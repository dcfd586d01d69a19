/* SPDX-License-Identifier: ISC */
/* egress.c - ports that do not take each frame that is meant for them. */
#include "core/decide_impl.h"
#include "core/mirror.h"
#include "core/sw_guard.h"

/*
 * Why `out` does not take the frame, or DROP_NONE: all reasons but its filter, which is asked last.  Asked when it
 * is decided, and again when that is counted: nothing may change the answer in between.
 */
static enum drop refusal(const struct sw_port *in, const struct frame *f, const struct sw_port *out)
{
	if (in->set.isolated && out->set.isolated)
		return DROP_ISOLATED;
	if (out->mtu && f->payload > out->mtu)
		return DROP_EGRESS_MTU;
	if (!sw_police_may_leave(out))
		return DROP_RATE_OUT;
	return DROP_NONE;
}

__attribute__((noinline, cold)) enum drop
switch_refusal(const struct sw_port *in, const struct frame *f, const struct sw_port *out)
{
	enum drop why = refusal(in, f, out);

	return why != DROP_NONE ? why : DROP_FILTER_OUT;
}

__attribute__((noinline, cold)) enum drop egress_cut(const struct sw *sw, const struct sw_port *in,
						     const struct frame *f, struct verdict *v)
{
	enum drop first = DROP_NONE;
	struct filter_view view;

	view.made = false;
	v->asked |= ASKED_OUT;
	portset_clear(&v->cut, sw->words);
	if (v->asked & ASKED_GUARD)
		first = sw_guard_narrow(sw, in, v);
	portset_foreach (i, &v->out, sw->words) {
		enum drop why = refusal(in, f, sw->port[i]);

		if (why == DROP_NONE && !filter_lets_out(sw, sw->port[i], f, v, &view))
			why = DROP_FILTER_OUT;
		if (why == DROP_NONE)
			continue;
		if (first == DROP_NONE)
			first = why;
		portset_add(&v->cut, i);
	}
	portset_minus(&v->out, &v->cut, sw->words);
	return first;
}

__attribute__((noinline, cold)) void egress_commit(struct sw *sw, struct sw_port *in,
						   const struct frame *f, const struct verdict *v,
						   uint64_t now_ms)
{
	if (v->asked & ASKED_IN)
		in->stats.filter_in_passed++;
	if (v->asked & ASKED_GUARD)
		sw_guard_commit(sw, v, now_ms);
	if (v->asked & ASKED_METER)
		sw_police_commit(in, f, v, now_ms);
	if (!(v->asked & ASKED_OUT))
		return;
	portset_foreach (i, &v->cut, sw->words) {
		struct sw_port *p = sw->port[i];

		p->stats.drops[switch_refusal(in, f, p)]++;
	}
	portset_foreach (i, &v->out, sw->words) {
		struct sw_port *p = sw->port[i];

		p->stats.filter_out_passed += p->filter_out != NULL;
		sw_police_leaves(p, f, now_ms);
	}
}

/* The same for one port; it need not be asked about frames that are smaller. */
static uint32_t port_asks_from(const struct sw_port *p)
{
	if (mirror_is_monitor(&p->set)) /* no frame is meant for it */
		return UINT32_MAX;
	if (p->set.isolated || p->filter_out || sw_police_out(p))
		return 0;
	return p->mtu ? p->mtu + 1 : UINT32_MAX;
}

uint32_t egress_ask_from(const struct sw *sw)
{
	uint32_t least = sw->guarded ? 0 : UINT32_MAX;

	sw_foreach_port (i, sw) {
		uint32_t from = port_asks_from(sw->port[i]);

		if (from < least)
			least = from;
	}
	return least;
}
