/* SPDX-License-Identifier: ISC */
/* sw_snoop_tell.c - what snooping tells of a switch, as events, and how much of it. */
#include "core/sw_snoop.h"
#include "util/iptext.h"

enum { SECOND_MS = 1000 };

/* May the port raise one more event this second?  Those who join and leave do not use up what the others may. */
static bool may_tell(struct sw_snooping *s, int port, enum snoop_event_kind kind)
{
	unsigned most = SNOOP_TOLD;

	if (port < 0)
		return true;
	if (kind != SNOOP_JOINED && kind != SNOOP_LEFT)
		most += SNOOP_TOLD_MORE;
	portset_add(&s->talked, (unsigned)port);
	if (s->told[port] < most) {
		s->told[port]++;
		return true;
	}
	s->skipped[port]++;
	return false;
}

/* What changed, and its new value. */
static void fill_event(const struct snoop_event *from, struct event *ev, char text[IP_STR_SIZE])
{
	static const enum event_kind kinds[SNOOP_EVENT_COUNT] = {
		[SNOOP_JOINED] = EVENT_GROUP_JOINED,
		[SNOOP_LEFT] = EVENT_GROUP_LEFT,
		[SNOOP_QUERIER] = EVENT_GROUP_QUERIER,
		[SNOOP_QUERIER_LOST] = EVENT_GROUP_NO_QUERIER,
		[SNOOP_ROUTER_LEARNED] = EVENT_GROUP_ROUTER,
		[SNOOP_ROUTER_AGED] = EVENT_GROUP_NO_ROUTER,
		[SNOOP_FULL] = EVENT_GROUP_FULL,
	};

	ev->kind = kinds[from->kind];
	switch (from->kind) {
	case SNOOP_JOINED:
	case SNOOP_LEFT:
	case SNOOP_FULL:
		ev->key = "group";
		ev->now = ip_format(from->group, text);
		break;
	case SNOOP_QUERIER:
		ev->key = "querier";
		ev->now = ip_format(from->addr, text);
		break;
	case SNOOP_ROUTER_LEARNED:
		ev->key = "router";
		ev->now = ip_format(from->addr, text);
		break;
	default:
		ev->key = "family";
		ev->now = from->v6 ? "ipv6" : "ipv4";
		break;
	}
}

void sw_snoop_tell(void *arg, const struct snoop_event *from)
{
	struct sw *sw = arg;
	char text[IP_STR_SIZE];
	struct event ev = {.sw = sw->name, .vid = from->vid};

	if (!sw->events || !may_tell(sw->snooping, from->port, from->kind))
		return;
	if (from->port >= 0 && sw->port[from->port])
		ev.port = sw->port[from->port]->name;
	fill_event(from, &ev, text);
	sw->events->raise(sw->events, &ev);
}

static void tell_skipped(struct sw *sw, unsigned port)
{
	struct event ev = {
		.kind = EVENT_GROUP_SKIPPED,
		.sw = sw->name,
		.number = sw->snooping->skipped[port],
	};

	if (!sw->snooping->skipped[port] || !sw->port[port] || !sw->events)
		return;
	ev.port = sw->port[port]->name;
	sw->events->raise(sw->events, &ev);
}

void sw_snoop_renew_telling(struct sw *sw, uint64_t now_ms)
{
	struct sw_snooping *s = sw->snooping;

	if (now_ms - s->told_at_ms < SECOND_MS)
		return;
	s->told_at_ms = now_ms;
	portset_foreach (i, &s->talked, sw->words) {
		tell_skipped(sw, i);
		s->told[i] = 0;
		s->skipped[i] = 0;
	}
	portset_clear(&s->talked, PORTSET_WORDS);
}
