/* SPDX-License-Identifier: ISC */
/* snoop_timer.c - the wheel: what is due is found without looking at what is not. */
#include <utlist.h>

#include "core/snoop_impl.h"

/*
 * In the slot after which it is due for certain; what lies more than a turn ahead goes into the last one and
 * is looked at again then.
 */
void snoop_timer_start(struct snoop *s, struct snoop_timer *t, uint64_t due_ms)
{
	uint64_t slot = (due_ms + (1u << WHEEL_SHIFT) - 1) >> WHEEL_SHIFT;
	uint64_t last = s->wheel_at + WHEEL_SLOTS - 1;

	snoop_timer_stop(s, t);
	if (slot < s->wheel_at)
		slot = s->wheel_at;
	if (slot > last)
		slot = last;
	t->due_ms = due_ms;
	t->slot = (uint32_t)(slot % WHEEL_SLOTS);
	t->running = true;
	DL_APPEND(s->wheel[t->slot], t);
}

void snoop_timer_stop(struct snoop *s, struct snoop_timer *t)
{
	if (t->running)
		DL_DELETE(s->wheel[t->slot], t);
	t->running = false;
}

#define holder(t, type, member) ((type *)(void *)((char *)(t)-offsetof(type, member)))

static void fire(struct snoop *s, struct snoop_timer *t, uint64_t now_ms)
{
	struct snoop_router *r;

	switch ((enum timer_kind)t->kind) {
	case TIMER_MEMBER:
		snoop_member_expired(s, holder(t, struct snoop_member, timer));
		return;
	case TIMER_SOURCE:
		snoop_source_expired(s, holder(t, struct snoop_filter, timer));
		return;
	case TIMER_ASK:
		snoop_ask(holder(t, struct snoop_group, ask), now_ms);
		return;
	case TIMER_ROUTER:
		r = holder(t, struct snoop_router, timer);
		snoop_router_gone(r->fam, r->port, true);
		return;
	case TIMER_OTHER:
		snoop_fam_timer(holder(t, struct snoop_fam, other), TIMER_OTHER, now_ms);
		return;
	case TIMER_QUERY:
		snoop_fam_timer(holder(t, struct snoop_fam, query), TIMER_QUERY, now_ms);
		return;
	case TIMER_SETTLE:
		snoop_fam_timer(holder(t, struct snoop_fam, settle), TIMER_SETTLE, now_ms);
		return;
	case TIMER_OVERFLOW:
		snoop_fam_timer(holder(t, struct snoop_fam, spill), TIMER_OVERFLOW, now_ms);
		return;
	}
}

bool snoop_tick(struct snoop *s, uint64_t now_ms)
{
	uint64_t target = now_ms >> WHEEL_SHIFT;
	unsigned budget = TICK_BUDGET;

	if (target >
	    s->wheel_at + WHEEL_SLOTS) /* nobody called for more than a turn: all are due */
		s->wheel_at = target - WHEEL_SLOTS;
	for (; s->wheel_at <= target; s->wheel_at++) {
		struct snoop_timer **slot = &s->wheel[s->wheel_at % WHEEL_SLOTS];

		while (*slot) {
			struct snoop_timer *t = *slot;

			if (budget-- == 0)
				return true;
			snoop_timer_stop(s, t);
			if (t->due_ms <= now_ms)
				fire(s, t, now_ms);
			else
				snoop_timer_start(s, t, t->due_ms);
		}
	}
	return false;
}
