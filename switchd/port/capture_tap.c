/* SPDX-License-Identifier: ISC */
/* capture_tap.c - frames are written to those who capture.  Nothing here waits, allocates or fails but by losing a frame. */
#include <string.h>
#include <time.h>

#include "core/decide.h"
#include "core/vnet.h"
#include "port/capture_impl.h"
#include "port/datapath.h"
#include "port/port.h"

/* The numbers are part of the ring's layout: whoever changes one takes another CAPTURE_VERSION. */
_Static_assert((int)CAPTURE_TO_KNOWN == (int)ROUTE_KNOWN &&
		       (int)CAPTURE_TO_ALL_UNKNOWN == (int)ROUTE_UNKNOWN &&
		       (int)CAPTURE_TO_ALL_MULTICAST == (int)ROUTE_MULTICAST &&
		       (int)CAPTURE_TO_ALL_BROADCAST == (int)ROUTE_BROADCAST &&
		       (int)CAPTURE_TO_GROUP == (int)ROUTE_GROUP &&
		       (int)CAPTURE_TO_SWITCH == (int)ROUTE_HERE &&
		       (int)CAPTURE_TO_NOBODY == (int)ROUTE_NONE,
	       "routes");
_Static_assert(TRAP_COUNT == 5, "traps");

static const uint8_t learn_of[LEARN_COUNT] = {
	[LEARN_IGNORED] = CAPTURE_NOT_LEARNED,
	[LEARN_KNOWN] = CAPTURE_KNOWN,
	[LEARN_NEW] = CAPTURE_LEARNED,
	[LEARN_MOVED] = CAPTURE_MOVED,
	[LEARN_STATIC] = CAPTURE_STATIC_ELSEWHERE,
	[LEARN_PORT_FULL] = CAPTURE_PORT_FULL,
	[LEARN_FULL] = CAPTURE_TABLE_FULL,
	/* of a frame that is dropped for it, the reason says so */
	[LEARN_OVER] = CAPTURE_NOT_LEARNED,
	[LEARN_LOCKED] = CAPTURE_NOT_LEARNED,
	[LEARN_ELSEWHERE] = CAPTURE_NOT_LEARNED,
};

/* Once a batch, while somebody captures; what the switch does meanwhile has the same time. */
static void ask_time(struct captures *cs)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	cs->time_ns = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	cs->fresh = true;
}

/* Has the capture been told what that port is called, or is it now? */
static bool is_named(struct capture *c, struct port *p)
{
	uint8_t bit = (uint8_t)(1 << c->slot);
	struct capture_port name = {.port = p->taps.number};

	if (p->taps.named & bit)
		return true;
	memcpy(name.sw, p->core.sw->name, sizeof(name.sw));
	memcpy(name.name, p->cfg.name, sizeof(name.name));
	strncpy(name.type, p->ops->type, sizeof(name.type) - 1);
	if (!capture_put_port(&c->w, &name))
		return false;
	p->taps.named |= bit;
	return true;
}

static bool are_named(struct capture *c, struct port *p, const struct verdict *v, unsigned listed)
{
	const struct sw *sw = p->core.sw;

	if (!is_named(c, p))
		return false;
	if (listed)
		portset_foreach (i, &v->out, sw->words) {
			if (!is_named(c, port_of(sw->port[i])))
				return false;
			if (--listed == 0)
				break;
		}
	return true;
}

static bool wants(const struct capture *c, const struct capture_frame *f, size_t head_len)
{
	if (c->cfg.by_vlan && !vidset_has(&c->cfg.vlans, f->vid))
		return false;
	return !c->filter || c->filter->match(c->filter, f->data, head_len, f->len);
}

/*
 * Writes a frame of p to one capture, if it wants it; head_len bytes are at f->data and the rest at `body`.  v: which ports are listed,
 * where some are.  True: it is there.
 */
static bool put(struct capture *c, struct port *p, struct capture_frame *f, size_t head_len,
		const uint8_t *body, const struct verdict *v)
{
	uint64_t *seen = &p->taps.seen[c->slot], *lost = &p->taps.lost[c->slot];
	bool there;

	if (!wants(c, f, head_len))
		return false;
	/* a turn may be longer than the ring is large; not behind it, since a frame may be amended: capture_refused() */
	if (c->w.written - c->w.told > c->w.size / 8)
		capture_show(c);
	c->frames++;
	f->seen = ++*seen;
	f->lost = *lost;
	f->port = p->taps.number;
	f->caplen = c->cfg.snaplen && c->cfg.snaplen < f->len ? c->cfg.snaplen : f->len;
	if (are_named(c, p, v, f->listed)) {
		there = capture_put_frame(&c->w, f, head_len, body);
	} else {
		capture_lose(&c->w);
		there = false;
	}
	*lost += !there;
	c->lost += !there;
	return there;
}

/* What the frame still owes, as its offload header says. */
static void note_owed(struct capture_frame *f, const uint8_t *vnet)
{
	struct virtio_net_hdr h;

	if (!vnet)
		return;
	h = vnet_load(vnet);
	if (h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		f->flags |= CAPTURE_OWES_CHECKSUM;
	if (vnet_gso_type(&h) != VIRTIO_NET_HDR_GSO_NONE) {
		f->flags |= CAPTURE_OWES_SEGMENTS;
		f->segment = h.gso_size;
	}
}

static struct capture_frame describe(struct port *p, const struct frame *f, const struct verdict *v)
{
	struct captures *cs = &p->dp->captures;
	struct capture_frame r = {
		.time_ns = cs->time_ns,
		.drop = (uint16_t)v->drop,
		.vid = v->vid,
		.len = (uint32_t)f->len,
		.data = f->data,
	};

	if (v->drop != DROP_RUNT && v->drop != DROP_BAD_VNET && v->drop != DROP_BAD_GSO)
		note_owed(&r, f->vnet);
	return r;
}

/* Which ports get it, and what was thought of it. */
static void describe_way(struct capture_frame *r, const struct sw *sw, const struct verdict *v)
{
	r->dir = CAPTURE_IN;
	r->route = (uint8_t)v->route;
	r->trap = (uint8_t)v->trap;
	r->learn = learn_of[v->src.learn];
	if (v->drop != DROP_NONE)
		return;
	r->ports = portset_count(&v->out, sw->words);
	portset_foreach (i, &v->out, sw->words) {
		r->list[r->listed++] = port_of(sw->port[i])->taps.number;
		if (r->listed == CAPTURE_PORTS_MAX)
			break;
	}
}

static void write_in(struct port *p, const struct frame *f, const struct verdict *v, uint8_t who,
		     struct capture_mark *mark)
{
	struct captures *cs = &p->dp->captures;
	struct capture_frame r = describe(p, f, v);

	describe_way(&r, p->core.sw, v);
	for (unsigned i = 0; i < CAPTURES_MAX; i++) {
		if (!(who >> i & 1) || !put(cs->slot[i], p, &r, f->len, NULL, v))
			continue;
		mark->at[i] = cs->slot[i]->w.last;
		mark->written |= (uint8_t)(1 << i);
	}
}

/* Ports that it was meant for and that did not take it. */
static void write_cut(struct port *in, const struct frame *f, const struct verdict *v)
{
	struct captures *cs = &in->dp->captures;
	const struct sw *sw = in->core.sw;
	struct capture_frame r = describe(in, f, v);

	r.dir = CAPTURE_OUT;
	r.flags |= CAPTURE_AS_RECEIVED;
	r.route = ROUTE_NONE;
	portset_foreach (out, &v->cut, sw->words) {
		struct port *p = port_of(sw->port[out]);

		r.drop = (uint16_t)switch_refusal(&in->core, f, &p->core);
		for (unsigned i = 0; i < CAPTURES_MAX; i++)
			if (p->taps.dropped >> i & 1)
				(void)put(cs->slot[i], p, &r, f->len, NULL, v);
	}
}

__attribute__((noinline, cold)) void capture_received(struct port *p, const struct frame *f,
						      const struct verdict *v, bool first,
						      struct capture_mark *mark)
{
	uint8_t who = p->taps.in;

	if (first || !p->dp->captures.fresh)
		ask_time(&p->dp->captures);
	mark->written = 0;
	/* of a reason of the way out the ports below tell */
	if (v->drop != DROP_NONE && !drop_is_out(v->drop))
		who |= p->taps.dropped;
	if (who)
		write_in(p, f, v, who, mark);
	if (v->asked & ASKED_OUT)
		write_cut(p, f, v);
}

__attribute__((noinline, cold)) void capture_refused(struct port *p, const struct frame *f,
						     const struct verdict *v,
						     const struct capture_mark *mark)
{
	struct captures *cs = &p->dp->captures;
	uint8_t others = p->taps.dropped & (uint8_t)~mark->written & (uint8_t)~p->taps.in;
	struct capture_mark none = {.written = 0};

	for (unsigned i = 0; i < CAPTURES_MAX; i++)
		if (mark->written >> i & 1)
			capture_amend(&cs->slot[i]->w, mark->at[i], (uint16_t)v->drop);
	if (others)
		write_in(p, f, v, others, &none);
}

__attribute__((noinline, cold)) void capture_sent(struct port *p, const struct tx_unit *u,
						  enum drop d)
{
	struct captures *cs = &p->dp->captures;
	uint8_t who = d == DROP_NONE ? p->taps.out : p->taps.dropped;
	struct capture_frame r = {
		.drop = (uint16_t)d,
		.dir = CAPTURE_OUT,
		.route = ROUTE_NONE,
		.vid = u->vid,
		.flags = u->own ? CAPTURE_OWN : 0,
		.len = (uint32_t)tx_len(u),
		.data = u->head,
	};

	if (!cs->fresh)
		ask_time(cs);
	r.time_ns = cs->time_ns;
	note_owed(&r, u->vnet);
	for (unsigned i = 0; i < CAPTURES_MAX; i++)
		if (who >> i & 1)
			(void)put(cs->slot[i], p, &r, u->head_len, u->body, NULL);
}
