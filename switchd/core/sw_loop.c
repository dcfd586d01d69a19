/* SPDX-License-Identifier: ISC */
#include "core/sw_loop.h"

/* A port that is blocked again and again is tried at least so often. */
enum { RETRY_MAX_S = 3600 };

void sw_loop_init(struct sw *sw, const struct siphash_key *key)
{
	sw->loop.key.k[0] = siphash13_u64(UINT64_C(0x6c6f6f7030), key);
	sw->loop.key.k[1] = siphash13_u64(UINT64_C(0x6c6f6f7031), key);
	sw->loop.id = siphash13_u64(UINT64_C(0x6c6f6f7032), key);
}

/* Settings that are not set, which no table of options leaves so, are the recommended ones. */
static struct loopguard_cfg cfg_of(const struct sw_settings *set)
{
	struct loopguard_cfg c;

	loopguard_defaults(&c);
	if (set->loop_guard_interval_s)
		c.interval_s = set->loop_guard_interval_s;
	if (set->loop_guard_recovery_s)
		c.retry_s = set->loop_guard_recovery_s;
	c.retry_max_s = c.retry_s > RETRY_MAX_S ? c.retry_s : RETRY_MAX_S;
	return c;
}

/* ---- what the guard does ---- */

static void on_send(void *arg, unsigned port, const uint8_t *frame, size_t len)
{
	struct sw *sw = arg;

	sw_send(sw->port[port], frame, len);
}

static void on_block(void *arg, unsigned port, bool blocked)
{
	struct sw *sw = arg;

	sw_port_looped(sw->port[port], blocked);
}

static void raise_loop(const struct sw *sw, enum event_kind kind, unsigned port, unsigned other,
		       const char *cause)
{
	bool there = other < PORTSET_MAX && sw->port[other];
	struct event ev = {
		.kind = kind,
		.sw = sw->name,
		.port = sw->port[port]->name,
		.cause = cause,
		.cause_port = there ? sw->port[other]->name : NULL,
	};

	if (sw->events)
		sw->events->raise(sw->events, &ev);
}

static void on_tell(void *arg, enum loopguard_event event, unsigned port, unsigned other)
{
	const struct sw *sw = arg;

	if (event == LOOP_FOUND)
		raise_loop(sw, EVENT_LOOP_DETECTED, port, other, "probe");
	else
		raise_loop(sw, EVENT_LOOP_CLEARED, port, other, sw->loop.cause);
}

/* ---- on and off ---- */

/* Another identity each time: the numbers of probes begin anew, and no old one may be taken for a new one. */
static void start(struct sw *sw)
{
	const struct loopguard_out out = {
		.arg = sw,
		.send = on_send,
		.block = on_block,
		.tell = on_tell,
	};
	struct loopguard_cfg cfg = cfg_of(&sw->set);
	uint64_t number = ++sw->loop.id;
	uint8_t id[8];

	for (unsigned i = 0; i < sizeof(id); i++, number >>= 8)
		id[i] = (uint8_t)number;
	sw->loop.guard = loopguard_new(&cfg, id, &sw->loop.key, &out);
	sw_gates_update(sw);
}

static void stop(struct sw *sw)
{
	loopguard_free(sw->loop.guard);
	sw->loop.guard = NULL;
	sw->loop.wanting = false;
	sw_gates_update(sw);
}

/* Is a port guarded, or to be guarded, other than this one? */
static bool others(const struct sw *sw, const struct sw_port *but)
{
	sw_foreach_port (i, sw)
		if (sw->port[i] != but && sw->port[i]->set.loop_guard)
			return true;
	return false;
}

static void forget(struct sw_port *p)
{
	struct sw *sw = p->sw;

	if (!sw->loop.guard && !sw->loop.wanting)
		return;
	if (sw->loop.guard)
		loopguard_port_del(sw->loop.guard, p->index);
	if (!others(sw, p))
		stop(sw);
}

void sw_loop_port_added(struct sw_port *p)
{
	struct sw_loop *l = &p->sw->loop;

	if (!p->set.loop_guard)
		return;
	if (!l->guard)
		start(p->sw);
	if (l->guard && loopguard_port_add(l->guard, p->index, p->sw->mac) == 0)
		sw_loop_port_link(p);
	else
		l->wanting = true;
}

void sw_loop_port_removed(struct sw_port *p)
{
	forget(p);
}

void sw_loop_port_updated(struct sw_port *p)
{
	struct loopguard_info info;
	bool guarded = sw_loop_info(p, p->sw->loop.at_ms, &info);

	if (p->set.loop_guard && !guarded) {
		sw_loop_port_added(p);
	} else if (!p->set.loop_guard && guarded) {
		forget(p);
		if (info.blocked)
			raise_loop(p->sw, EVENT_LOOP_CLEARED, p->index, info.other, "setting");
	}
}

void sw_loop_update(struct sw *sw)
{
	struct loopguard_cfg cfg = cfg_of(&sw->set);

	if (sw->loop.guard)
		loopguard_configure(sw->loop.guard, &cfg);
}

/* ---- in time ---- */

void sw_loop_port_link(struct sw_port *p)
{
	const struct sw_loop *l = &p->sw->loop;

	if (l->guard)
		loopguard_port_up(l->guard, p->index, p->link && !p->discarding, l->at_ms);
}

bool sw_loop_wants(const struct sw_port *in, const struct frame *f)
{
	return !in->discarding && loopguard_ours(in->sw->loop.guard, f->data, f->len);
}

static void try_again(struct sw *sw)
{
	sw->loop.wanting = false;
	sw_foreach_port (i, sw)
		sw_loop_port_updated(sw->port[i]);
}

void sw_loop_tick(struct sw *sw, uint64_t now_ms)
{
	sw->loop.at_ms = now_ms;
	if (sw->loop.wanting)
		try_again(sw);
	if (!sw->loop.guard)
		return;
	sw->loop.cause = "time";
	loopguard_tick(sw->loop.guard, now_ms);
}

bool sw_loop_retry(struct sw_port *p, uint64_t now_ms)
{
	struct sw_loop *l = &p->sw->loop;

	l->cause = "asked";
	return l->guard && loopguard_port_retry(l->guard, p->index, now_ms);
}

bool sw_loop_info(const struct sw_port *p, uint64_t now_ms, struct loopguard_info *info)
{
	const struct loopguard *g = p->sw->loop.guard;

	return g && loopguard_port(g, p->index, now_ms, info);
}
