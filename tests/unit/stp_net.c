/* SPDX-License-Identifier: ISC */
#include "stp_net_impl.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	US = 1000, /* of a millisecond */
	SECOND_US = 1000000,
	IN_FLIGHT = 8192,
};

uint64_t net_random(struct net *n, uint64_t below)
{
	n->seed ^= n->seed >> 12;
	n->seed ^= n->seed << 25;
	n->seed ^= n->seed >> 27;
	return (n->seed * UINT64_C(2685821657736338717) >> 11) % below;
}

/* ---- frames on their way: a heap, the earliest first ---- */

static bool earlier(const struct flight *a, const struct flight *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->seq < b->seq;
}

static void swap(struct flight *a, struct flight *b)
{
	struct flight t = *a;

	*a = *b;
	*b = t;
}

static void take_off(struct net *n, const struct flight *f)
{
	unsigned i = n->flights++;

	assert_true(n->flights <= IN_FLIGHT);
	n->heap[i] = *f;
	for (; i && earlier(&n->heap[i], &n->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&n->heap[i], &n->heap[(i - 1) / 2]);
}

static struct flight land(struct net *n)
{
	struct flight first = n->heap[0];
	unsigned i = 0;

	n->heap[0] = n->heap[--n->flights];
	for (;;) {
		unsigned least = i;

		for (unsigned c = 2 * i + 1; c <= 2 * i + 2 && c < n->flights; c++)
			if (earlier(&n->heap[c], &n->heap[least]))
				least = c;
		if (least == i)
			return first;
		swap(&n->heap[i], &n->heap[least]);
		i = least;
	}
}

/* ---- what a bridge does ---- */

static void on_send(void *arg, unsigned port, const uint8_t *frame, size_t len)
{
	struct bridge *b = arg;
	struct net *n = b->net;
	struct flight f = {.seq = n->seq++, .from = {b->number, port}};

	assert_int_equal(len, STP_FRAME_SIZE);
	b->log.sent[port]++;
	assert_int_equal(stp_bpdu_parse(frame, len, &b->log.last[port]), DROP_NONE);
	if (b->segment[port] < 0)
		return;
	f.segment = (unsigned)b->segment[port];
	f.cuts = n->segment[f.segment].cuts;
	f.at_us = n->now_us + n->segment[f.segment].delay_us;
	memcpy(f.bytes, frame, len);
	if (!n->segment[f.segment].cut && !n->segment[f.segment].mute)
		take_off(n, &f);
}

static void on_state(void *arg, unsigned port, bool learning, bool forwarding)
{
	struct bridge *b = arg;

	assert_true(learning || !forwarding);
	b->learning[port] = learning;
	b->forwarding[port] = forwarding;
	b->net->changed = true;
}

static void on_flush(void *arg, unsigned port)
{
	struct bridge *b = arg;

	if (port < NET_PORTS) /* a test may add others by itself */
		b->log.flushed[port]++;
}

static void on_tell(void *arg, const struct stp_event *ev)
{
	struct bridge *b = arg;
	unsigned i = b->log.count++ % NET_EVENTS;

	b->log.event[i] = *ev;
	b->log.at_us[i] = b->net->now_us;
}

/* ---- building ---- */

struct net *net_new(uint64_t seed)
{
	struct net *n = calloc(1, sizeof(*n));

	assert_non_null(n);
	n->seed = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	n->heap = calloc(IN_FLIGHT, sizeof(*n->heap));
	assert_non_null(n->heap);
	return n;
}

void net_free(struct net *n)
{
	for (unsigned i = 0; i < n->bridges; i++) {
		struct stp_bridge_info info = net_info(n, i);

		assert_int_equal(info.machine_overruns, 0);
		stp_free(n->bridge[i].stp);
	}
	free(n->heap);
	free(n);
}

unsigned net_bridge(struct net *n, const struct stp_cfg *cfg, unsigned ports)
{
	const struct stp_cfg dflt = stp_cfg_default();
	const struct stp_port_cfg port = stp_port_cfg_default();
	struct bridge *b = &n->bridge[n->bridges];
	const struct stp_out out = {b, on_send, on_state, on_flush, on_tell};

	assert_true(n->bridges < NET_BRIDGES && ports <= NET_PORTS);
	b->net = n;
	b->number = n->bridges++;
	b->ports = ports;
	b->stp = stp_new(cfg ? cfg : &dflt, UINT64_C(0x020000000000) + b->number, &out);
	b->tick_us = n->now_us + 1 + net_random(n, SECOND_US);
	assert_non_null(b->stp);
	for (unsigned i = 0; i < ports; i++) {
		b->segment[i] = -1;
		assert_int_equal(stp_port_add(b->stp, i, &port), 0);
	}
	return b->number;
}

struct stp *net_stp(struct net *n, unsigned bridge)
{
	return n->bridge[bridge].stp;
}

uint64_t net_id(struct net *n, unsigned bridge)
{
	return net_info(n, bridge).bridge_id;
}

struct net_log *net_log(struct net *n, unsigned bridge)
{
	return &n->bridge[bridge].log;
}

void net_forget(struct net *n)
{
	for (unsigned i = 0; i < n->bridges; i++)
		memset(&n->bridge[i].log, 0, sizeof(n->bridge[i].log));
}

static unsigned new_segment(struct net *n, bool is_hub)
{
	struct segment *s = &n->segment[n->segments];

	assert_true(n->segments < NET_SEGMENTS);
	s->is_hub = is_hub;
	s->delay_us = 100;
	return n->segments++;
}

unsigned net_hub(struct net *n)
{
	return new_segment(n, true);
}

void net_plug(struct net *n, unsigned segment, unsigned bridge, unsigned port)
{
	struct segment *s = &n->segment[segment];
	struct bridge *b = &n->bridge[bridge];

	assert_true(s->plugs < NET_BRIDGES && port < b->ports && b->segment[port] < 0);
	s->plug[s->plugs++] = (struct plug){bridge, port};
	b->segment[port] = (int)segment;
	if (!s->cut)
		stp_port_link(b->stp, port, true, 1000, !s->is_hub);
}

unsigned net_wire(struct net *n, unsigned a, unsigned port_a, unsigned b, unsigned port_b)
{
	unsigned s = new_segment(n, false);

	n->segment[s].cut = true; /* so that both ends see it whole at once */
	net_plug(n, s, a, port_a);
	net_plug(n, s, b, port_b);
	net_mend(n, s);
	return s;
}

unsigned net_loose_wire(struct net *n, unsigned bridge, unsigned port)
{
	unsigned s = new_segment(n, false);

	net_plug(n, s, bridge, port);
	return s;
}

enum drop net_say(struct net *n, unsigned bridge, unsigned port, struct stp_bpdu b)
{
	uint8_t frame[STP_FRAME_SIZE];

	if (!b.src)
		b.src = STP_BRIDGE_MAC(b.vec.bridge);
	stp_bpdu_make(&b, frame);
	return stp_receive(n->bridge[bridge].stp, port, frame, sizeof(frame));
}

void net_delay(struct net *n, unsigned segment, unsigned us)
{
	n->segment[segment].delay_us = us;
}

static void tell_links(struct net *n, struct segment *s, bool up)
{
	for (unsigned i = 0; i < s->plugs; i++)
		stp_port_link(n->bridge[s->plug[i].bridge].stp, s->plug[i].port, up, 1000,
			      !s->is_hub);
}

void net_cut(struct net *n, unsigned segment)
{
	struct segment *s = &n->segment[segment];

	s->cut = true;
	s->cuts++;
	tell_links(n, s, false);
}

void net_mend(struct net *n, unsigned segment)
{
	n->segment[segment].cut = false;
	tell_links(n, &n->segment[segment], true);
}

bool net_is_cut(struct net *n, unsigned segment)
{
	return n->segment[segment].cut;
}

void net_mute(struct net *n, unsigned segment, bool on)
{
	n->segment[segment].mute = on;
}

void net_hang(struct net *n, unsigned bridge)
{
	n->bridge[bridge].hung = true;
}

/* ---- time ---- */

uint64_t net_now_ms(struct net *n)
{
	return n->now_us / US;
}

static void arrive(struct net *n)
{
	struct flight f = land(n);
	const struct segment *s = &n->segment[f.segment];

	n->now_us = f.at_us;
	if (s->cut || s->cuts != f.cuts || s->mute)
		return;
	for (unsigned i = 0; i < s->plugs; i++) {
		const struct plug *p = &s->plug[i];
		struct bridge *b = &n->bridge[p->bridge];

		if ((p->bridge == f.from.bridge && p->port == f.from.port) || b->hung)
			continue;
		(void)stp_receive(b->stp, p->port, f.bytes, STP_FRAME_SIZE);
		net_look_for_loops(n);
	}
}

void net_run(struct net *n, unsigned ms)
{
	uint64_t end = n->now_us + (uint64_t)ms * US;

	net_look_for_loops(n);
	for (;;) {
		struct bridge *next = NULL;

		for (unsigned i = 0; i < n->bridges; i++)
			if (!n->bridge[i].hung && (!next || n->bridge[i].tick_us < next->tick_us))
				next = &n->bridge[i];
		if (n->flights && n->heap[0].at_us <= end &&
		    (!next || n->heap[0].at_us <= next->tick_us)) {
			arrive(n);
		} else if (next && next->tick_us <= end) {
			n->now_us = next->tick_us;
			next->tick_us += SECOND_US;
			stp_tick(next->stp);
		} else {
			break;
		}
		net_look_for_loops(n);
	}
	n->now_us = end;
}

/* ---- looking ---- */

struct stp_port_info net_port(struct net *n, unsigned bridge, unsigned port)
{
	const struct bridge *b = &n->bridge[bridge];
	struct stp_port_info info;

	assert_true(stp_port_info(b->stp, port, &info));
	assert_int_equal(info.state == STP_STATE_FORWARDING, b->forwarding[port]);
	assert_int_equal(info.state != STP_STATE_DISCARDING, b->learning[port]);
	return info;
}

struct stp_bridge_info net_info(struct net *n, unsigned bridge)
{
	struct stp_bridge_info info;

	stp_bridge_info(n->bridge[bridge].stp, &info);
	return info;
}

const struct stp_event *net_last(struct net *n, unsigned bridge, enum stp_event_kind kind, int port)
{
	const struct net_log *l = &n->bridge[bridge].log;

	for (unsigned i = l->count; i > 0 && i + NET_EVENTS > l->count; i--) {
		const struct stp_event *ev = &l->event[(i - 1) % NET_EVENTS];

		if (ev->kind == kind && (port < 0 || ev->port == port))
			return ev;
	}
	return NULL;
}

unsigned net_count(struct net *n, unsigned bridge, enum stp_event_kind kind, int port)
{
	const struct net_log *l = &n->bridge[bridge].log;
	unsigned count = 0;

	assert_true(l->count <= NET_EVENTS);
	for (unsigned i = 0; i < l->count; i++)
		count += l->event[i].kind == kind && (port < 0 || l->event[i].port == port);
	return count;
}
