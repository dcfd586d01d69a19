/* SPDX-License-Identifier: ISC */
/*
 * fuzz_switch.c - a sequence of frames and events against a switch with a small table.
 *
 * Input: the size of the table, the ageing time, then events of a byte each and their arguments;
 * the table at the end of this file says which.  After each of them, everything that can be seen
 * of the switch is compared with what an independent model expects.
 */
#include <errno.h>

#include "core/decide.h"
#include "core/secure.h"
#include "core/sw.h"
#include "model.h"
#include "util/bytes.h"

enum { PORTS = 6, PADS = 61, SLOTS = PORTS + PADS, FRAME_ROOM = 2200, MTU_STEP = 64 };

static struct {
	struct event_sink sink;
	unsigned raised[EVENT_COUNT];
	struct sw *sw;
	struct fdb *next; /* made while learning is paused, to take the place of the table */
	struct sw_settings set;
	uint64_t now_ms;
	struct model table;
	struct sw_stats stats;
	unsigned slots; /* in use of the following */
	struct sw_port port[SLOTS];
	struct {
		bool attached, forwarding;
		struct sw_port_stats stats;
	} want[SLOTS];
} t;

/* Filters: frames from odd addresses come in, those to odd addresses leave. */
static bool look(const uint8_t *frame, size_t caplen, size_t len, unsigned at)
{
	CHECK(caplen == len && caplen >= FRAME_MIN);
	return frame[at] & 1;
}

static bool odd_source(const struct filter *f, const uint8_t *frame, size_t caplen, size_t len)
{
	(void)f;
	return look(frame, caplen, len, 11);
}

static bool odd_target(const struct filter *f, const uint8_t *frame, size_t caplen, size_t len)
{
	(void)f;
	return look(frame, caplen, len, 5);
}

static const struct filter filter_in = {odd_source}, filter_out = {odd_target};

static uint32_t now_s(void)
{
	return (uint32_t)(t.now_ms / 1000);
}

static void raise_event(struct event_sink *sink, const struct event *ev)
{
	CHECK(sink == &t.sink && ev->kind < EVENT_COUNT);
	CHECK(ev->sw && ev->port);
	CHECK(mac_is_station(ev->mac) || ev->kind == EVENT_MAC_REFUSED ||
	      ev->kind == EVENT_PORT_SHUT);
	t.raised[ev->kind]++;
}

static void attach(unsigned slot)
{
	struct sw_port *p = &t.port[slot];
	unsigned lowest = 0;

	while (t.sw->port[lowest])
		lowest++;
	p->name = "port";
	CHECK(sw_attach(t.sw, p, NULL) == 0 && p->index == lowest);
	t.want[slot].attached = true;
	t.want[slot].forwarding = false;
	memset(&t.want[slot].stats, 0, sizeof(t.want[slot].stats));
	memset(&t.table.port[p->index], 0, sizeof(t.table.port[0]));
	t.table.port[p->index].limit = p->set.max_macs;
	t.table.port[p->index].guard = secure_guard(&p->set);
	t.table.ports++;
}

/* Everything that can be looked at is as it should be. */
static void compare(void)
{
	model_compare(&t.table, t.sw->fdb, now_s());
	CHECK(memcmp(&t.stats, &t.sw->stats, sizeof(t.stats)) == 0);
	CHECK(portset_count(&t.sw->attached, t.sw->words) == t.table.ports);
	for (unsigned i = 0; i < t.slots; i++) {
		const struct sw_port *p = &t.port[i];

		CHECK((p->sw != NULL) == t.want[i].attached);
		if (!p->sw)
			continue;
		CHECK(t.sw->port[p->index] == p && portset_has(&t.sw->attached, p->index));
		CHECK(portset_has(&t.sw->forwarding, p->index) == t.want[i].forwarding);
		CHECK(memcmp(&p->stats, &t.want[i].stats, sizeof(p->stats)) == 0);
		CHECK(memcmp(fdb_port_stats(t.sw->fdb, p->index), &t.table.port[p->index].st,
			     sizeof(struct fdb_port_stats)) == 0);
	}
}

/* The port one byte picks, or NULL where it is not attached. */
static struct sw_port *pick(struct rd *r, unsigned *slot)
{
	*slot = rd_u8(r) % PORTS;
	return t.want[*slot].attached ? &t.port[*slot] : NULL;
}

static uint64_t address(uint8_t b)
{
	if (b == 255)
		return MAC_BROADCAST;
	if (b == 254)
		return MAC_NONE;
	if (b >= 216)
		return UINT64_C(0x01005e000000) + b;
	if (b >= 200)
		return UINT64_C(0x0180c2000000) + b - 200u;
	return UINT64_C(0x020000000000) + b % 48;
}

static uint16_t vlan(uint8_t b)
{
	static const uint16_t vids[] = {0, 1, 2, 4095};

	return vids[b & 3];
}

enum { UNTAGGED, CTAG, STAG, PRIO, QINQ, RAW, KINDS };

static size_t put16(uint8_t *b, size_t at, unsigned v)
{
	b[at] = (uint8_t)(v >> 8);
	b[at + 1] = (uint8_t)v;
	return at + 2;
}

/* Destination, source, kind and VLAN, length. */
static size_t build(struct rd *r, uint8_t *b)
{
	uint64_t dst = address(rd_u8(r)), src = address(rd_u8(r));
	uint8_t how = rd_u8(r), len = rd_u8(r);
	unsigned kind = (how & 15u) % KINDS;
	size_t at = 12;

	memset(b, 0, FRAME_ROOM);
	mac_store(b, dst);
	mac_store(b + 6, src);
	if (kind == STAG || kind == QINQ)
		at = put16(b, put16(b, at, ETHERTYPE_STAG), 100);
	if (kind == CTAG || kind == PRIO || kind == QINQ)
		at = put16(b, put16(b, at, ETHERTYPE_CTAG), kind == PRIO ? 0xe000 : vlan(how >> 4));
	at = put16(b, at, kind == RAW ? ETHERTYPE_CTAG : ETHERTYPE_IPV4);
	return kind == RAW ? len % 20u : at + (size_t)len * 8 + (len & 1u);
}

/* Would this port refuse the frame, if it were to leave through it? */
static enum drop refused(const struct sw_port *p, const struct frame *f)
{
	if (p->mtu && f->payload > p->mtu)
		return DROP_EGRESS_MTU;
	return p->filter_out && !(f->dst & 1) ? DROP_FILTER_OUT : DROP_NONE;
}

/* May the frame leave through this port, if that does not refuse it? */
static bool may_leave(const struct sw_port *in, unsigned slot, int known)
{
	const struct sw_port *p = &t.port[slot];

	return t.want[slot].attached && t.want[slot].forwarding && p != in &&
	       (known < 0 || p->index == (unsigned)known);
}

/* What should become of the frame, from the rules alone. */
static enum drop expected(const struct sw_port *in, unsigned slot, const struct frame *f,
			  enum drop parsed, int *known)
{
	struct entry *e;
	enum drop first = DROP_NO_EGRESS;
	unsigned least = PORTSET_MAX;
	bool out = false;

	*known = -1;
	if (parsed != DROP_NONE)
		return parsed;
	if (!t.want[slot].forwarding)
		return DROP_PORT_BLOCKED;
	if (in->filter_in && !(f->src & 1))
		return DROP_FILTER_IN;
	if (in->mtu && f->payload > in->mtu)
		return DROP_OVERSIZE;
	if (f->dst >> 4 == UINT64_C(0x0180c200000) && !(t.sw->set.link_local & 1u << (f->dst & 15)))
		return DROP_LINK_LOCAL;
	switch (model_judge(&t.table, f->vid, f->src, in->index)) {
	case LEARN_OVER:
		return DROP_OVER_MAX_MACS;
	case LEARN_LOCKED:
		return DROP_LOCKED;
	case LEARN_ELSEWHERE:
		return DROP_MAC_ELSEWHERE;
	default:
		break;
	}
	e = model_find(&t.table, f->vid, f->dst);
	if (e && e->hidden)
		e = NULL;
	if (e && e->port == in->index)
		return DROP_SAME_PORT;
	*known = e ? (int)e->port : -1;
	for (unsigned i = 0; i < t.slots; i++) {
		const struct sw_port *p = &t.port[i];

		if (!may_leave(in, i, *known))
			continue;
		if (refused(p, f) == DROP_NONE) {
			out = true;
		} else if (p->index < least) {
			least = p->index;
			first = refused(p, f);
		}
	}
	return out ? DROP_NONE : first;
}

/* Is each port in the sets it should be in, and counted where it refused? */
static void check_egress(const struct sw_port *in, const struct frame *f, const struct verdict *v,
			 int known)
{
	CHECK(!portset_has(&v->out, in->index));
	for (unsigned i = 0; i < t.slots; i++) {
		const struct sw_port *p = &t.port[i];
		bool may = may_leave(in, i, known);
		enum drop why = refused(p, f);

		if (!t.want[i].attached)
			continue;
		CHECK(portset_has(&v->out, p->index) == (may && why == DROP_NONE));
		CHECK(((v->asked & ASKED_OUT) && portset_has(&v->cut, p->index)) == (may && why));
		if (may && why)
			t.want[i].stats.drops[why]++;
		t.want[i].stats.filter_out_passed += may && !why && p->filter_out;
	}
}

static void count(unsigned slot, const struct frame *f, const struct verdict *v)
{
	struct sw_port_stats *s = &t.want[slot].stats;

	s->rx_frames++;
	s->rx_bytes += f->len;
	if (v->drop != DROP_RUNT) {
		s->rx_unicast += !mac_is_group(f->dst);
		s->rx_broadcast += f->dst == MAC_BROADCAST;
		s->rx_multicast += mac_is_group(f->dst) && f->dst != MAC_BROADCAST;
	}
	if (v->drop) {
		s->drops[v->drop] += !drop_is_out(v->drop);
		t.stats.dropped++;
	} else {
		t.stats.forwarded++;
		t.stats.flooded += v->route != ROUTE_KNOWN;
	}
}

/* Deciding twice gives the same twice and leaves no trace. */
static void decide(const struct sw_port *in, const struct frame *f, enum drop parsed,
		   struct verdict *v)
{
	static uint8_t before[sizeof(struct sw)];
	const void *now = t.sw;
	struct verdict once;

	memcpy(before, now, sizeof(before));
	switch_decide(t.sw, in, f, parsed, &once);
	switch_decide(t.sw, in, f, parsed, v);
	CHECK(memcmp(before, now, sizeof(before)) == 0);
	compare();
	CHECK(once.drop == v->drop && once.route == v->route && once.vid == v->vid);
	CHECK(once.src.learn == v->src.learn);
	for (unsigned i = 0; i < t.sw->words; i++)
		CHECK(once.out.w[i] == v->out.w[i]);
}

static void check_events(const unsigned *before, enum learn l, bool flaps)
{
	CHECK(t.raised[EVENT_MAC_LEARNED] == before[EVENT_MAC_LEARNED] + (l == LEARN_NEW));
	CHECK(t.raised[EVENT_MAC_FLAPPING] == before[EVENT_MAC_FLAPPING] + flaps);
	CHECK(t.raised[EVENT_MAC_MOVED] <= before[EVENT_MAC_MOVED] + (l == LEARN_MOVED && !flaps));
	CHECK(t.raised[EVENT_MAC_REFUSED] <=
	      before[EVENT_MAC_REFUSED] + (l == LEARN_PORT_FULL || learn_refuses_frame(l)));
	CHECK(t.raised[EVENT_TABLE_FULL] <= before[EVENT_TABLE_FULL] + (l == LEARN_FULL));
}

static void on_frame(struct rd *r)
{
	unsigned slot, before[EVENT_COUNT];
	struct sw_port *in = pick(r, &slot);
	uint8_t room[FRAME_ROOM];
	size_t len = build(r, room);
	uint8_t *bytes = malloc(len ? len : 1);
	struct frame f = {.data = bytes, .len = len};
	struct verdict v;
	int known;

	CHECK(bytes);
	memcpy(bytes, room, len);
	if (in) {
		enum drop parsed = frame_parse(&f);

		memcpy(before, t.raised, sizeof(before));
		decide(in, &f, parsed, &v);
		CHECK(v.drop == expected(in, slot, &f, parsed, &known));
		enum learn judged = v.src.learn;
		bool refused_in = v.drop == DROP_OVER_MAX_MACS || v.drop == DROP_LOCKED ||
				  v.drop == DROP_MAC_ELSEWHERE;
		bool learns = refused_in || v.drop == DROP_NONE || v.drop == DROP_SAME_PORT ||
			      v.drop == DROP_NO_EGRESS || drop_is_out(v.drop);
		bool asked = in->filter_in && parsed == DROP_NONE && t.want[slot].forwarding;

		if (learns && !refused_in && v.drop != DROP_SAME_PORT)
			check_egress(in, &f, &v, known);
		switch_commit(t.sw, in, &f, &v, t.now_ms);
		count(slot, &f, &v);
		t.want[slot].stats.filter_in_passed += asked && v.drop != DROP_FILTER_IN;
		CHECK(v.src.learn == judged); /* what a trace says is what happens */
		if (learns && !t.sw->paused)
			model_learn(&t.table, t.sw->fdb, &v.src, f.vid, f.src, in->index, now_s());
		else
			CHECK(judged == LEARN_IGNORED);
		check_events(before, v.src.learn, v.src.flapping_now);
	}
	free(bytes);
}

static void set_forwarding(struct rd *r, bool on)
{
	unsigned slot;
	struct sw_port *p = pick(r, &slot);

	if (!p)
		return;
	sw_port_link(p, on);
	t.want[slot].forwarding = on;
	if (!on && t.sw->paused)
		model_hide(&t.table, p->index);
	else if (!on)
		model_flush(&t.table, (int)p->index, -1);
}

static void on_up(struct rd *r)
{
	set_forwarding(r, true);
}

static void on_down(struct rd *r)
{
	set_forwarding(r, false);
}

static void on_attach(struct rd *r)
{
	unsigned slot;

	if (!pick(r, &slot))
		attach(slot);
}

static void on_detach(struct rd *r)
{
	unsigned slot;
	struct sw_port *p = pick(r, &slot);

	if (!p)
		return;
	sw_detach(p);
	t.want[slot].attached = false;
	for (unsigned i = t.table.n; i-- > 0;)
		if (t.table.e[i].port == p->index)
			model_remove(&t.table, &t.table.e[i]);
	t.table.ports--;
}

/* The longest silent of all gives way to a static entry. */
static void check_made_room(void)
{
	struct entry gone = model_evicted(&t.table, t.sw->fdb);

	for (unsigned i = 0; i < t.table.n; i++)
		CHECK(t.table.e[i].fixed || t.table.e[i].seen_s >= gone.seen_s);
}

static void add_fixed(struct rd *r, bool sticky)
{
	unsigned slot;
	struct sw_port *p = pick(r, &slot);
	uint64_t mac = address(rd_u8(r));
	uint16_t vid = vlan(rd_u8(r));
	struct entry *e = model_find(&t.table, vid, mac);
	struct err err = {0};

	if (!p)
		return;
	int rc = sticky ? sw_add_sticky(t.sw, vid, mac, p, t.now_ms, &err)
			: sw_add_static(t.sw, vid, mac, p, t.now_ms, &err);
	CHECK(err.code == -rc && (rc == 0) == (err.text[0] == '\0'));
	if (!mac_is_station(mac)) {
		CHECK(rc == -EINVAL);
	} else if (e && e->sticky && sticky && e->port == p->index) {
		CHECK(rc == 0);
	} else if (e && e->fixed && !e->sticky) {
		CHECK(rc == (e->port == p->index ? 0 : -EEXIST));
	} else if (!e && model_statics(&t.table) == t.table.max) {
		CHECK(rc == -ENOSPC);
	} else {
		CHECK(rc == 0);
		if (e)
			model_remove(&t.table, e);
		else if (t.table.n == t.table.max)
			check_made_room();
		model_insert(&t.table, vid, mac, p->index, true, now_s());
		t.table.e[t.table.n - 1].sticky = sticky;
		t.table.port[p->index].st.sticky += sticky;
	}
}

static void on_static(struct rd *r)
{
	add_fixed(r, false);
}

static void on_sticky(struct rd *r)
{
	add_fixed(r, true);
}

static void on_del(struct rd *r)
{
	uint64_t mac = address(rd_u8(r));
	uint16_t vid = vlan(rd_u8(r));
	struct entry *e = model_find(&t.table, vid, mac);

	CHECK(fdb_del(t.sw->fdb, vid, mac) == (e ? 0 : -ENOENT));
	if (e)
		model_remove(&t.table, e);
}

/* Which strangers a port keeps out.  Shutting it is on_down() to the table. */
static void on_guard(struct rd *r)
{
	unsigned slot;
	struct sw_port *p = pick(r, &slot);
	uint8_t how = rd_u8(r);

	if (!p)
		return;
	p->set.locked = how & 1;
	p->set.sticky = how & 2;
	strcpy(p->set.max_macs_action, how & 4 ? "drop" : "flood");
	sw_port_update(p);
	t.table.port[p->index].guard = how & 7;
	if (p->set.locked)
		model_flush(&t.table, (int)p->index, -1);
}

static void on_release(struct rd *r)
{
	unsigned slot;
	struct sw_port *p = pick(r, &slot);

	if (p)
		CHECK(fdb_port_release(t.sw->fdb, p->index) == model_release(&t.table, p->index));
}

/* Of 255, any port or any VLAN. */
static void on_flush(struct rd *r)
{
	uint8_t a = rd_u8(r), b = rd_u8(r);
	int port = a == 255 ? -1 : a % PORTS, vid = b == 255 ? -1 : vlan(b);

	struct fdb_flush w = {.port = port, .vid = vid};
	while (fdb_flush(t.sw->fdb, &w, 3))
		;
	CHECK(w.gone == model_flush(&t.table, port, vid));
}

static void on_age(struct rd *r)
{
	unsigned aged, before = t.raised[EVENT_MAC_AGED];

	t.now_ms += rd_u8(r) * UINT64_C(100);
	CHECK(!sw_age(t.sw, t.now_ms)); /* the table is smaller than one turn's budget */
	aged = t.sw->paused ? 0 : model_age(&t.table, now_s(), t.sw->set.ageing_s);
	CHECK(t.raised[EVENT_MAC_AGED] == before + aged);
}

static void on_limit(struct rd *r)
{
	unsigned slot;
	struct sw_port *p = pick(r, &slot);
	uint8_t how = rd_u8(r);
	uint32_t mtu = how % 32u * MTU_STEP, max_macs = rd_u8(r) % 16;

	if (!p)
		return;
	p->mtu = mtu;
	p->filter_in = how & 0x40 ? &filter_in : NULL;
	p->filter_out = how & 0x80 ? &filter_out : NULL;
	p->set.max_macs = max_macs;
	p->set.loop_guard =
		how & 0x20; /* which no frame notices: nobody makes a probe without the key */
	sw_port_update(p);
	t.table.port[p->index].limit = max_macs;
}

static struct sw_settings read_settings(struct rd *r)
{
	struct sw_settings set = {.vlan_aware = false, .stp = "off"};

	set.max_macs = 1 + rd_u8(r) % 31u;
	set.ageing_s = rd_u8(r) % 32u;
	set.link_local = rd_u8(r) * 0x101u;
	return set;
}

static void on_settings(struct rd *r)
{
	struct sw_settings was = t.sw->set, set = read_settings(r);

	if (sw_reconfigure(t.sw, &set, NULL)) {
		CHECK(model_statics(&t.table) > set.max_macs);
		CHECK(memcmp(&was, &t.sw->set, sizeof(was)) == 0);
		return;
	}
	CHECK(memcmp(&set, &t.sw->set, sizeof(set)) == 0);
	model_resize(&t.table, t.sw->fdb, set.max_macs);
}

/* New settings as the daemon takes them over: frames, links and time go on between this... */
static void on_pause(struct rd *r)
{
	t.set = read_settings(r);
	sw_pause_learning(t.sw, true);
	if (sw_table_for(t.sw, &t.set, &t.next, NULL) == 0) {
		CHECK((t.next == NULL) == (t.set.max_macs == t.sw->set.max_macs));
		return;
	}
	CHECK(model_statics(&t.table) > t.set.max_macs && !t.next);
	t.set = t.sw->set;
}

/* ... and this. */
static void resume(void)
{
	fdb_free(sw_configure(t.sw, &t.set, t.next));
	sw_pause_learning(t.sw, false);
	if (t.next)
		model_resize(&t.table, t.sw->fdb, t.set.max_macs);
	else
		model_drop_hidden(&t.table);
	t.next = NULL;
	compare();
}

static void clear(unsigned slot)
{
	struct fdb_port_stats *st = &t.table.port[t.port[slot].index].st;

	memset(&t.want[slot].stats, 0, sizeof(t.want[slot].stats));
	*st = (struct fdb_port_stats){
		.entries = st->entries, .dynamic = st->dynamic, .sticky = st->sticky};
}

/* Of 255, all. */
static void on_clear(struct rd *r)
{
	uint8_t b = rd_u8(r);

	if (b != 255) {
		if (t.want[b % PORTS].attached) {
			sw_clear_stats(t.sw, &t.port[b % PORTS]);
			clear(b % PORTS);
		}
		return;
	}
	sw_clear_stats(t.sw, NULL);
	memset(&t.stats, 0, sizeof(t.stats));
	for (unsigned i = 0; i < t.slots; i++)
		if (t.want[i].attached)
			clear(i);
}

static void (*const events[])(struct rd *) = {
	on_frame, on_up,    on_down,	 on_attach, on_detach, on_static, on_del,     on_flush,
	on_age,	  on_limit, on_settings, on_clear,  on_pause,  on_guard,  on_release, on_sticky,
};

/* The administrator waits for one thing to be done before the next, the others do not. */
static bool may_come_in_a_pause(void (*event)(struct rd *))
{
	return event == on_frame || event == on_up || event == on_down || event == on_age;
}

/* Three top bits set: so many silent ports first that the others fall into two words of a set. */
static void start(struct rd *r)
{
	const struct siphash_key key = {{UINT64_C(0x0123456789abcdef), 77}};
	uint8_t size = rd_u8(r);
	struct sw_settings set = {.max_macs = 1 + (size & 0x1fu), .ageing_s = rd_u8(r) % 32u};

	memset(&t, 0, sizeof(t));
	t.sink.raise = raise_event;
	t.sw = sw_new("fuzz", &set, &key, 0, &t.sink, NULL);
	CHECK(t.sw);
	t.table.max = set.max_macs;
	t.slots = size >> 5 == 7 ? SLOTS : PORTS;
	for (unsigned i = PORTS; i < t.slots; i++)
		attach(i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_from(data, size);

	start(&r);
	while (rd_left(&r) && !r.bad) {
		void (*event)(struct rd *) =
			events[rd_u8(&r) % (sizeof(events) / sizeof(events[0]))];

		if (t.sw->paused && !may_come_in_a_pause(event))
			resume();
		event(&r);
		compare();
	}
	if (t.sw->paused)
		resume();
	for (unsigned i = 0; i < t.slots; i++)
		sw_detach(&t.port[i]);
	CHECK(fdb_count(t.sw->fdb) == 0);
	sw_free(t.sw);
	return 0;
}
