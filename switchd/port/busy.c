/* SPDX-License-Identifier: ISC */
#include "port/busy.h"

#include <sched.h>
#include <time.h>

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void busy_set(struct busy *b, uint32_t max_us)
{
	cpu_set_t cpus;
	bool alone = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) == 1;

	*b = (struct busy){.max_ns = alone ? 0 : max_us * 1000};
}

void busy_slept(struct busy *b, uint64_t waited_ns)
{
	if (waited_ns > b->max_ns) {
		b->ns = b->ns > BUSY_START_NS ? b->ns / 2 : 0;
		return;
	}
	b->ns = b->ns ? b->ns * 2 : BUSY_START_NS;
	if (b->ns > b->max_ns)
		b->ns = b->max_ns;
}

/*
 * Looks until a frame is there or the time is up.  Yields in between: who else is ready to run on this
 * processor, perhaps the very station we wait for, goes first.
 */
static bool look(struct busy *b, struct poller *p, uint64_t start)
{
	uint64_t before = start, now;

	for (;;) {
		if (poller_wait(p, 0))
			return true;
		sched_yield();
		now = now_ns();
		/* somebody else ran: was it who sent us a frame? */
		if (now - before > BUSY_CONTENDED_NS && !poller_wait(p, 0)) {
			b->ns = 0;
			b->rest_until = now + BUSY_REST_NS;
			return false;
		}
		if (now - start > b->ns)
			return false;
		before = now;
	}
}

bool busy_wait(struct busy *b, struct poller *p, int timeout_ms)
{
	uint64_t start;
	bool ready;

	if (!b->max_ns || timeout_ms == 0 || poller_pending(p))
		return poller_wait(p, timeout_ms);
	start = now_ns();
	if (b->ns && look(b, p, start))
		return true;
	ready = poller_wait(p, timeout_ms);
	if (start >= b->rest_until)
		busy_slept(b, now_ns() - start);
	return ready;
}
