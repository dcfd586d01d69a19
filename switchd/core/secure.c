/* SPDX-License-Identifier: ISC */
#include "core/secure.h"

#include <errno.h>
#include <string.h>

#include "core/shut.h"

static bool acts(const struct sw_port_set *set, const char *action)
{
	return strcmp(set->max_macs_action, action) == 0;
}

unsigned secure_guard(const struct sw_port_set *set)
{
	unsigned guard = 0;

	if (set->locked)
		guard |= FDB_LOCKED;
	if (set->sticky)
		guard |= FDB_STICKY;
	if (acts(set, "drop") || acts(set, "shut"))
		guard |= FDB_STRICT;
	return guard;
}

int secure_check(const struct sw_port_set *set, struct err *e)
{
	if (set->max_macs)
		return 0;
	if (set->sticky)
		return err_set(e, EINVAL,
			       "sticky needs a max_macs, as what sticks does not age: say how many "
			       "addresses may");
	if (secure_guard(set) & FDB_STRICT)
		return err_set(e, EINVAL,
			       "max_macs_action is %s, but max_macs is 0, which is no limit: set "
			       "max_macs as well",
			       set->max_macs_action);
	return 0;
}

enum drop secure_drop(enum learn l)
{
	switch (l) {
	case LEARN_OVER:
		return DROP_OVER_MAX_MACS;
	case LEARN_LOCKED:
		return DROP_LOCKED;
	case LEARN_ELSEWHERE:
		return DROP_MAC_ELSEWHERE;
	default:
		return DROP_NONE;
	}
}

static const char *cause_of(enum learn l)
{
	if (l == LEARN_LOCKED)
		return "locked";
	return l == LEARN_ELSEWHERE ? "elsewhere" : "max_macs";
}

static const char *action_of(const struct sw_port *in, enum learn l)
{
	if (l == LEARN_PORT_FULL)
		return "flood";
	return l == LEARN_OVER ? in->set.max_macs_action : "drop";
}

static void tell(const struct sw *sw, const struct sw_port *in, const struct frame *f,
		 const struct verdict *v)
{
	struct event ev = {
		.kind = EVENT_MAC_REFUSED,
		.sw = sw->name,
		.port = in->name,
		.mac = f->src,
		.vid = v->vid,
		.key = "action",
		.now = action_of(in, v->src.learn),
		.cause = cause_of(v->src.learn),
	};

	if (v->src.learn == LEARN_ELSEWHERE)
		ev.from = sw->port[v->src.from]->name;
	sw->events->raise(sw->events, &ev);
}

void secure_refused(struct sw *sw, struct sw_port *in, const struct frame *f,
		    const struct verdict *v, uint64_t now_ms)
{
	if (!v->src.told_before && sw->events)
		tell(sw, in, f, v);
	/* a port that only learns as yet has dropped the frame for that */
	if (v->drop == DROP_OVER_MAX_MACS && acts(&in->set, "shut"))
		sw_port_shut(in, SHUT_MAX_MACS, now_ms);
}
