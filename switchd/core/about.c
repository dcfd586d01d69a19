/* SPDX-License-Identifier: ISC */
#include "core/about_impl.h"

static const struct {
	const char *name, *text;
} kinds[ABOUT_KINDS] = {
	[ABOUT_DROP] = {"drop", "why frames go no further; swctl show drops counts them"},
	[ABOUT_EVENT] = {"event", "what happens; swctl monitor tells it"},
	[ABOUT_PORT_STATE] = {"port state", "how a port is connected; swctl show ports"},
	[ABOUT_SHUT] = {"shut", "who or what has shut a port; swctl show port"},
	[ABOUT_STP_ROLE] = {"stp role", "what a port is in the spanning tree; swctl show stp"},
	[ABOUT_STP_STATE] = {"stp state", "what the spanning tree lets a port do; swctl show stp"},
	[ABOUT_STP_GUARD] = {"stp guard", "what a guard of the spanning tree does to a port"},
};

enum { DROPS = DROP_COUNT - 1 }; /* all but DROP_NONE */

bool about_at(size_t n, struct about *a)
{
	if (n < DROPS) {
		enum drop d = (enum drop)(n + 1);
		const struct about_drop *of = &about_drops[d];

		*a = (struct about){ABOUT_DROP, drop_name(d), drop_text(d),
				    of->cause,	of->todo,     of->more};
		return true;
	}
	n -= DROPS;
	if (n < EVENT_COUNT) {
		const struct about_event *of = &about_events[n];

		*a = (struct about){ABOUT_EVENT, event_name((enum event_kind)n),
				    of->means,	 of->cause,
				    of->todo,	 of->more};
		return true;
	}
	n -= EVENT_COUNT;
	for (const struct about *of = about_states; of->word; of++)
		if (n-- == 0) {
			*a = *of;
			return true;
		}
	return false;
}

const char *about_kind_name(enum about_kind kind)
{
	return kinds[kind].name;
}

const char *about_kind_text(enum about_kind kind)
{
	return kinds[kind].text;
}
