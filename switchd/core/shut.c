/* SPDX-License-Identifier: ISC */
#include "core/shut.h"

static const struct {
	const char *name, *text;
} reasons[SHUT_COUNT] = {
	[SHUT_NOT] = {"", NULL},
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

void sw_port_shut(struct sw_port *p, enum shut why, uint64_t now_ms)
{
	p->shut_at_ms = now_ms;
	if (p->shut != SHUT_NOT)
		return;
	p->shut = why;
	p->sw->shut_ports++;
	sw_port_link(p, p->carrier);
	raise_shut(p, EVENT_PORT_SHUT, shut_name(why));
}

bool sw_port_open(struct sw_port *p, const char *cause)
{
	if (p->shut == SHUT_NOT)
		return false;
	p->shut = SHUT_NOT;
	p->sw->shut_ports--;
	sw_port_link(p, p->carrier);
	raise_shut(p, EVENT_PORT_OPENED, cause);
	return true;
}

uint64_t shut_left_ms(const struct sw_port *p, uint64_t now_ms)
{
	uint64_t whole = (uint64_t)p->set.shut_recovery_s * 1000;
	uint64_t gone = now_ms > p->shut_at_ms ? now_ms - p->shut_at_ms : 0;

	if (p->shut == SHUT_NOT || !whole)
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

		if (p->shut != SHUT_NOT && whole && now_ms >= p->shut_at_ms + whole)
			sw_port_open(p, "time");
	}
}
