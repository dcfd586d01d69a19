/* SPDX-License-Identifier: ISC */
#include "core/shut.h"

static const struct {
	const char *name, *text;
} reasons[SHUT_COUNT] = {
	[SHUT_NOT] = {"", NULL},
	[SHUT_DOWN] = {"shutdown", "its setting shutdown says so"},
	[SHUT_MAX_MACS] = {"max_macs", "one address more sent than max_macs allows"},
	[SHUT_STORM] = {"storm", "more frames of a kind came than storm control allows"},
};

const char *shut_name(enum shut why)
{
	return reasons[why].name;
}

const char *shut_text(enum shut why)
{
	return reasons[why].text;
}

static void raise_shut(const struct sw_port *p, enum event_kind kind, const char *cause)
{
	const struct sw *sw = p->sw;
	struct event ev = {
		.kind = kind,
		.sw = sw->name,
		.port = p->name,
		.cause = cause,
	};

	if (sw->events)
		sw->events->raise(sw->events, &ev);
}

bool shut_may_open(const struct sw_port *p)
{
	return p->shut != SHUT_NOT && p->shut != SHUT_DOWN;
}

static void set_shut(struct sw_port *p, enum shut why)
{
	p->sw->shut_ports -= shut_may_open(p);
	p->shut = why;
	p->sw->shut_ports += shut_may_open(p);
	sw_port_link(p, p->carrier);
}

void sw_port_shut(struct sw_port *p, enum shut why, uint64_t now_ms)
{
	p->shut_at_ms = now_ms;
	if (p->shut != SHUT_NOT)
		return;
	set_shut(p, why);
	raise_shut(p, EVENT_PORT_SHUT, shut_name(why));
}

bool sw_port_open(struct sw_port *p, const char *cause)
{
	if (!shut_may_open(p))
		return false;
	set_shut(p, SHUT_NOT);
	raise_shut(p, EVENT_PORT_OPENED, cause);
	return true;
}

void sw_port_shutdown(struct sw_port *p)
{
	if (p->set.shutdown == (p->shut == SHUT_DOWN))
		return;
	set_shut(p, p->set.shutdown ? SHUT_DOWN : SHUT_NOT);
	if (p->set.shutdown)
		raise_shut(p, EVENT_PORT_SHUT, shut_name(SHUT_DOWN));
	else
		raise_shut(p, EVENT_PORT_OPENED, "asked");
}

uint64_t shut_left_ms(const struct sw_port *p, uint64_t now_ms)
{
	uint64_t whole = (uint64_t)p->set.shut_recovery_s * 1000;
	uint64_t gone = now_ms > p->shut_at_ms ? now_ms - p->shut_at_ms : 0;

	if (!shut_may_open(p) || !whole)
		return 0;
	return whole > gone ? whole - gone : 1;
}

void sw_shut_tick(struct sw *sw, uint64_t now_ms)
{
	if (!sw->shut_ports)
		return;
	sw_foreach_port (i, sw) {
		struct sw_port *p = sw->port[i];
		uint64_t whole = (uint64_t)p->set.shut_recovery_s * 1000;

		if (shut_may_open(p) && whole && now_ms >= p->shut_at_ms + whole)
			sw_port_open(p, "time");
	}
}
