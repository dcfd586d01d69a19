/* SPDX-License-Identifier: ISC */
/*
 * fuzz_police.c - frames, time and changes against ports that have limits.
 *
 * Input: events of a byte, whose lowest two bits name a port and the next three say which, and their arguments: the
 * table at the end of this file.  An independent model keeps its own buckets; what becomes of each frame, each
 * counter, and which storms are on and were told are compared with it.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "core/decide.h"
#include "core/shut.h"
#include "core/sw.h"
#include "util/bytes.h"
#include "util/mac.h"

enum {
	PORTS = 4,
	FRAME_ROOM = 60 + 255 * 8,
	SETTINGS = 2 + STORM_CLASSES,
	IN = 0,
	OUT = 1,
	STORMS = 2
};

/* A bucket, in thousandths of a bit or frame. */
struct bucket {
	bool on, bits;
	int64_t rate, full, level;
	uint64_t at_ms;
};

static struct {
	struct event_sink sink;
	struct sw *sw;
	struct sw_port port[PORTS];
	uint64_t now_ms;
	unsigned began, ended; /* told */
	struct {
		bool link, shut;
		struct bucket b[SETTINGS]; /* rate_in, rate_out, each class of storm */
		struct {
			bool on;
			uint64_t excess_ms, refused;
		} storm[STORM_CLASSES];
		uint64_t drops[DROP_COUNT];
	} want[PORTS];
	unsigned want_began, want_ended;
	uint64_t dropped;
} t;

static void raise_event(struct event_sink *sink, const struct event *ev)
{
	CHECK(sink == &t.sink && ev->port);
	t.began += ev->kind == EVENT_STORM_BEGAN;
	t.ended += ev->kind == EVENT_STORM_ENDED;
}

static uint64_t station(unsigned port)
{
	return UINT64_C(0x020000000000) + port;
}

/* ---- the model ---- */

static void fill(struct bucket *b)
{
	int64_t more = b->rate * (int64_t)(t.now_ms - b->at_ms);

	b->level = b->full - b->level < more ? b->full : b->level + more;
	b->at_ms = t.now_ms;
}

static bool lets_pass(struct bucket *b)
{
	if (!b->on)
		return true;
	fill(b);
	return b->level > 0;
}

static void pay(struct bucket *b, size_t len)
{
	if (b->on)
		b->level -= b->bits ? (int64_t)len * 8000 : 1000;
}

/* What the man page says of bursts. */
static void set_bucket(struct bucket *b, const struct rate *r, uint32_t burst_ms)
{
	int64_t n = (int64_t)r->n, least = r->unit == RATE_BITS ? INT64_C(65557) * 8 : 64, holds;

	if (least > n)
		least = n;
	holds = burst_ms ? n * burst_ms / 1000 : n / 4 > least ? n / 4 : least;
	if (burst_ms && holds == 0)
		holds = 1;
	*b = (struct bucket){.on = r->unit != RATE_NONE,
			     .bits = r->unit == RATE_BITS,
			     .rate = n,
			     .full = holds * 1000,
			     .level = holds * 1000,
			     .at_ms = t.now_ms};
}

/* STORM_CLASSES: none of them. */
static unsigned class_of(uint64_t dst)
{
	if (dst == MAC_BROADCAST)
		return STORM_BROADCAST;
	if (mac_is_group(dst))
		return STORM_MULTICAST;
	return dst >= station(PORTS) ? STORM_UNKNOWN : STORM_CLASSES;
}

static bool forwards(unsigned port)
{
	return t.want[port].link && !t.want[port].shut;
}

static void excess(unsigned in, unsigned class)
{
	t.want_began += !t.want[in].storm[class].on;
	if (!t.want[in].storm[class].on)
		t.want[in].storm[class].refused = 0;
	t.want[in].storm[class].on = true;
	t.want[in].storm[class].refused++;
	t.want[in].storm[class].excess_ms = t.now_ms;
	if (t.port[in].set.storm_action[0] == 's')
		t.want[in].shut = true;
}

static enum drop come_in(unsigned in, uint64_t dst, size_t len)
{
	static const enum drop why[] = {DROP_STORM_BROADCAST, DROP_STORM_MULTICAST,
					DROP_STORM_UNKNOWN};
	unsigned class = class_of(dst);

	if (!forwards(in))
		return t.want[in].shut ? DROP_PORT_SHUT : DROP_PORT_BLOCKED;
	if (!lets_pass(&t.want[in].b[IN]))
		return DROP_RATE_IN;
	if (class != STORM_CLASSES && !lets_pass(&t.want[in].b[STORMS + class])) {
		excess(in, class);
		return why[class];
	}
	pay(&t.want[in].b[IN], len);
	if (class != STORM_CLASSES)
		pay(&t.want[in].b[STORMS + class], len);
	return DROP_NONE;
}

/* Who gets it, as bits. */
static enum drop go_out(unsigned in, uint64_t dst, size_t len, unsigned *out)
{
	bool cut = false;

	if (dst == station(in))
		return DROP_SAME_PORT;
	for (unsigned i = 0; i < PORTS; i++) {
		if (i == in || !forwards(i) ||
		    (class_of(dst) == STORM_CLASSES && dst != station(i)))
			continue;
		if (!lets_pass(&t.want[i].b[OUT])) {
			t.want[i].drops[DROP_RATE_OUT]++;
			cut = true;
			continue;
		}
		pay(&t.want[i].b[OUT], len);
		*out |= 1u << i;
	}
	return *out ? DROP_NONE : cut ? DROP_RATE_OUT : DROP_NO_EGRESS;
}

/* ---- frames ---- */

static void compare(void)
{
	CHECK(t.began == t.want_began && t.ended == t.want_ended);
	CHECK(t.sw->stats.dropped == t.dropped);
	for (unsigned i = 0; i < PORTS; i++) {
		const struct sw_port *p = &t.port[i];

		CHECK(memcmp(p->stats.drops, t.want[i].drops, sizeof(p->stats.drops)) == 0);
		CHECK((p->shut == SHUT_STORM) == t.want[i].shut);
		for (unsigned c = 0; c < STORM_CLASSES; c++) {
			CHECK(p->police.storm[c].on == t.want[i].storm[c].on);
			CHECK(!p->police.storm[c].on ||
			      p->police.storm[c].refused == t.want[i].storm[c].refused);
		}
	}
}

static void send(unsigned in, uint64_t dst, size_t len)
{
	uint8_t bytes[FRAME_ROOM] = {0};
	struct frame f = {.data = bytes, .len = len};
	struct police before[PORTS];
	struct verdict v, again;
	unsigned out = 0, got = 0;
	enum drop want;

	mac_store(bytes, dst);
	mac_store(bytes + 6, station(in));
	bytes[12] = 8;
	CHECK(frame_parse(&f) == DROP_NONE);
	switch_begin(t.sw, t.now_ms);
	for (unsigned i = 0; i < PORTS; i++)
		before[i] = t.port[i].police;
	switch_decide(t.sw, &t.port[in], &f, DROP_NONE, &again);
	switch_decide(t.sw, &t.port[in], &f, DROP_NONE, &v);
	for (unsigned i = 0; i < PORTS; i++)
		CHECK(memcmp(&before[i], &t.port[i].police, sizeof(before[i])) == 0);
	CHECK(v.drop == again.drop);
	want = come_in(in, dst, len);
	if (want == DROP_NONE)
		want = go_out(in, dst, len, &out);
	CHECK(v.drop == want);
	portset_foreach (i, &v.out, t.sw->words)
		got |= 1u << i;
	CHECK(got == out);
	switch_commit(t.sw, &t.port[in], &f, &v, t.now_ms);
	if (want != DROP_NONE) {
		t.dropped++;
		t.want[in].drops[want] += !drop_is_out(want);
	}
	compare();
}

/* Whom to, how long, how many. */
static void on_frames(struct rd *r, unsigned port)
{
	uint8_t to = rd_u8(r), len = rd_u8(r), n = rd_u8(r);
	uint64_t dst = to % 8 == 0   ? MAC_BROADCAST
		       : to % 8 == 1 ? UINT64_C(0x01005e000001)
		       : to % 8 < 4  ? station(PORTS + to)
				     : station(to % 4u);

	for (unsigned i = 0; i <= n; i++)
		send(port, dst, 60 + len * 8u);
}

/* ---- all else ---- */

static void on_time(struct rd *r, unsigned port)
{
	(void)port;
	t.now_ms += rd_be16(r);
	sw_tick(t.sw, t.now_ms);
	for (unsigned i = 0; i < PORTS; i++)
		for (unsigned c = 0; c < STORM_CLASSES; c++)
			if (t.want[i].storm[c].on &&
			    t.now_ms - t.want[i].storm[c].excess_ms >= STORM_QUIET_MS) {
				t.want[i].storm[c].on = false;
				t.want_ended++;
			}
}

static struct rate rate_of(uint8_t b)
{
	static const char *const texts[] = {"none",  "1fps",   "7fps",	"100fps",
					    "1kfps", "64kbit", "1Mbit", "99999bit"};
	struct rate r;

	CHECK(rate_parse(texts[b % 8], &r));
	return r;
}

/* Which, a rate, a burst. */
static void on_limit(struct rd *r, unsigned port)
{
	struct sw_port_set *s = &t.port[port].set;
	struct rate *rates[SETTINGS] = {&s->rate_in, &s->rate_out, &s->storm_broadcast,
					&s->storm_multicast, &s->storm_unknown};
	unsigned which = rd_u8(r) % SETTINGS;
	struct rate rate = rate_of(rd_u8(r));
	uint32_t burst_ms = rd_u8(r) * 4u, none = 0;
	uint32_t *burst = which == IN	 ? &s->rate_in_burst_ms
			  : which == OUT ? &s->rate_out_burst_ms
					 : &none;
	bool same = rate_equal(rates[which], &rate) && (which >= STORMS || *burst == burst_ms);

	*rates[which] = rate;
	*burst = which >= STORMS ? 0 : burst_ms;
	switch_begin(t.sw, t.now_ms);
	sw_port_update(&t.port[port]);
	if (!same)
		set_bucket(&t.want[port].b[which], &rate, *burst);
	if (which >= STORMS && rate.unit == RATE_NONE && t.want[port].storm[which - STORMS].on) {
		t.want[port].storm[which - STORMS].on = false;
		t.want_ended++;
	}
}

static void on_action(struct rd *r, unsigned port)
{
	const char *action = rd_u8(r) % 2 ? "shut" : "drop";

	snprintf(t.port[port].set.storm_action, sizeof(t.port[port].set.storm_action), "%s",
		 action);
	sw_port_update(&t.port[port]);
}

static void on_link(struct rd *r, unsigned port)
{
	bool up = rd_u8(r) % 2;

	sw_port_link(&t.port[port], up);
	t.want[port].link = up;
}

static void on_open(struct rd *r, unsigned port)
{
	(void)r;
	CHECK(sw_port_open(&t.port[port], "asked") == t.want[port].shut);
	t.want[port].shut = false;
}

static void attach(unsigned port)
{
	struct sw_port *p = &t.port[port];
	const struct sw_port_set *s = &p->set;
	const struct rate *rates[SETTINGS] = {&s->rate_in, &s->rate_out, &s->storm_broadcast,
					      &s->storm_multicast, &s->storm_unknown};

	p->name = "p";
	CHECK(sw_attach(t.sw, p, NULL) == 0 && p->index == port);
	CHECK(sw_add_static(t.sw, 0, station(port), p, t.now_ms, NULL) == 0);
	memset(&t.want[port], 0, sizeof(t.want[port]));
	for (unsigned i = 0; i < SETTINGS; i++)
		set_bucket(&t.want[port].b[i], rates[i],
			   i == IN    ? s->rate_in_burst_ms
			   : i == OUT ? s->rate_out_burst_ms
				      : 0);
}

/* It goes, and comes again with the same settings. */
static void on_detach(struct rd *r, unsigned port)
{
	switch_begin(t.sw, t.now_ms);
	sw_detach(&t.port[port]);
	attach(port);
	on_link(r, port);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const events[8])(struct rd * r, unsigned port) = {
		on_frames, on_time, on_limit, on_link, on_detach, on_action, on_open, on_frames,
	};
	static const struct siphash_key key = {{UINT64_C(0x706f6c696365), 7}};
	struct sw_settings set;
	struct rd r = rd_from(data, size);

	memset(&t, 0, sizeof(t));
	t.sink.raise = raise_event;
	opt_defaults(sw_options, &set);
	set.max_macs = 16;
	t.sw = sw_new("fuzz", &set, &key, 0, &t.sink, NULL);
	CHECK(t.sw);
	for (unsigned i = 0; i < PORTS; i++) {
		opt_defaults(sw_port_options, &t.port[i].set);
		t.port[i].set.shut_recovery_s = 0;
		attach(i);
		sw_port_link(&t.port[i], true);
		t.want[i].link = true;
	}
	while (rd_left(&r)) {
		uint8_t b = rd_u8(&r);

		events[b >> 2 & 7](&r, b & 3);
		compare();
	}
	for (unsigned i = 0; i < PORTS; i++)
		sw_detach(&t.port[i]);
	sw_free(t.sw);
	return 0;
}
