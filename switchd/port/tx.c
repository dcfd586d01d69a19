/* SPDX-License-Identifier: ISC */
#include "port/tx.h"

#include <errno.h>
#include <string.h>
#include <utlist.h>

#include "core/gso.h"
#include "core/mirror.h"
#include "core/tag.h"
#include "core/vnet.h"
#include "port/datapath.h"
#include "port/port.h"

void tx_count(struct port *p, const struct tx_unit *u, enum drop d)
{
	struct sw_port_stats *s = &p->core.stats;

	if (d == DROP_NONE) {
		s->tx_frames++;
		s->tx_bytes += tx_len(u);
	} else {
		s->drops[d]++;
	}
	if (p->taps.tx)
		capture_sent(p, u, d);
}

enum drop tx_drop_of_errno(int code)
{
	switch (code) {
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		return DROP_QUEUE_FULL;
	case EIO: /* a tap is down */
	case EBADFD:
	case EBADF: /* the port was lost when it had the frame already */
		return DROP_DEVICE_DOWN;
	case EMSGSIZE:
		return DROP_PATH_MTU;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case ECONNREFUSED:
	case ENOENT: /* the name of a Unix socket */
	case EADDRNOTAVAIL:
	case ENODEV:
	case EINVAL: /* the local address has gone: ip_route_output_key_hash_rcu() in net/ipv4/route.c */
		return DROP_UNREACHABLE;
	default:
		return DROP_TX_ERROR;
	}
}

static void flush_port(struct port *p)
{
	if (p->queue->count)
		p->ops->flush(p);
	p->queue->count = 0;
}

void tx_flush(struct tx *tx)
{
	while (tx->waiting) {
		struct port *p = tx->waiting;

		tx->waiting = p->queue->next;
		p->queue->listed = false;
		flush_port(p);
	}
	tx->used = 0;
	tx->borrowed = false;
}

void tx_release(struct tx *tx)
{
	if (tx->borrowed)
		tx_flush(tx);
}

void tx_forget(struct tx *tx, struct port *p)
{
	if (!p->queue || !p->queue->listed)
		return;
	LL_DELETE2(tx->waiting, p, queue->next);
	p->queue->listed = false;
	p->queue->count = 0;
}

/* Room in the arena; where there is none, what is in it is sent first. */
static uint8_t *room(struct tx *tx, size_t len)
{
	if (tx->used + len > sizeof(tx->arena))
		tx_flush(tx);
	return tx->arena + tx->used;
}

/* Sees to it that the unit, a whole frame, outlives the receive buffer it is in. */
static void keep(struct tx *tx, struct tx_unit *u)
{
	size_t lead = u->vnet ? VNET_HDR_SIZE : 0;

	if (u->head_len <= TX_COPY_MAX) {
		size_t len = lead + u->head_len;
		const uint8_t *copy = memcpy(room(tx, len), u->head - lead, len);

		u->vnet = lead ? copy : NULL;
		u->head = copy + lead;
		tx->used += len;
	} else {
		u->borrowed = true;
	}
	u->kept = true;
}

static void enqueue(struct tx *tx, struct port *p, struct tx_unit *u)
{
	struct tx_queue *q = p->queue;

	if (q->count == TX_QUEUE_MAX)
		flush_port(p);
	if (!u->kept)
		keep(tx, u);
	tx->borrowed |= u->borrowed;
	q->unit[q->count++] = *u;
	if (!q->listed) {
		LL_PREPEND2(tx->waiting, p, queue->next);
		q->listed = true;
	}
}

/* Sends or collects one unit, which p can take and its link has let pass.  It may move to the arena. */
static void put_through(struct tx *tx, struct port *p, struct tx_unit *u)
{
	p->dp->work += p->ops->work ? p->ops->work(p, u) : 1;
	if (p->queue)
		enqueue(tx, p, u);
	else
		tx_count(p, u, p->ops->send(p, u));
}

static void put(struct tx *tx, struct port *p, struct tx_unit *u)
{
	if (__builtin_expect(p->bad[IMPAIR_OUT] != NULL, false) && impair_send(p, u))
		return;
	put_through(tx, p, u);
}

void tx_send_held(struct tx *tx, struct port *p, struct tx_unit *u)
{
	if (p->state != PORT_UP) {
		tx_count(p, u, DROP_DEVICE_DOWN);
		return;
	}
	put_through(tx, p, u);
	tx_release(tx);
}

unsigned tx_owed(const struct frame *f)
{
	if (!gso_owed(f))
		return 0;
	if (f->super) {
		struct virtio_net_hdr h = vnet_load(f->vnet);

		if (vnet_gso_type(&h) == VIRTIO_NET_HDR_GSO_UDP_L4)
			return PORT_VNET | PORT_USO;
	}
	return PORT_VNET;
}

/* Joins head and body in the arena, where the head is the last thing already. */
static void join(struct tx *tx, struct tx_unit *u)
{
	memcpy(tx->arena + tx->used, u->body, u->body_len);
	tx->used += u->body_len;
	u->head_len += u->body_len;
	u->body_len = 0;
	u->borrowed = false;
}

/* Pays what f owes and sends what comes of it, piece for piece, to all ports of the set. */
static void finish(struct tx *tx, const struct sw *sw, const struct frame *f,
		   const struct tag_edit *edit, const struct portset *out, unsigned vid)
{
	bool small = f->len <= TX_COPY_MAX;
	struct gso_piece piece;
	struct gso g;

	gso_begin(&g, f);
	for (;;) {
		/* a tag may have to go in front of what is written */
		uint8_t *head = room(tx, TAG_SIZE + g.head_len + (small ? g.size : 0)) + TAG_SIZE;

		if (!gso_next(&g, head, &piece))
			return;
		uint8_t *start = edit ? tag_edit_head(edit, head) : head;
		struct tx_unit u = {
			.head = start,
			.head_len = (size_t)(head + piece.head_len - start),
			.body = piece.payload,
			.body_len = piece.payload_len,
			.vid = (uint16_t)vid,
			.kept = true,
			.borrowed = true,
		};

		tx->used += TAG_SIZE + piece.head_len;
		if (small)
			join(tx, &u);
		portset_foreach (i, out, sw->words)
			put(tx, port_of(sw->port[i]), &u);
	}
}

/*
 * The frame with other tags: a new beginning in the arena, and what follows it.  Of a large frame as much is
 * copied as headers may take up, for kinds that look at these; the rest stays where it is.
 */
static struct tx_unit edited(struct tx *tx, const struct frame *f, const struct tag_edit *edit)
{
	size_t from = tag_rest(edit), rest = f->len - from;
	size_t copy = f->len <= TX_COPY_MAX || rest < GSO_HEAD_MAX ? rest : GSO_HEAD_MAX;
	uint8_t *at = room(tx, VNET_HDR_SIZE + TAG_START_MAX + copy), *head = at + VNET_HDR_SIZE;
	size_t start = tag_start(edit, f->data, head);

	memcpy(head + start, f->data + from, copy);
	if (f->vnet) {
		memcpy(at, f->vnet, VNET_HDR_SIZE);
		vnet_shift(at, tag_growth(edit));
	}
	tx->used += VNET_HDR_SIZE + start + copy;
	return (struct tx_unit){
		.vnet = f->vnet ? at : NULL,
		.head = head,
		.head_len = start + copy,
		.body = f->data + from + copy,
		.body_len = rest - copy,
		.kept = true,
		.borrowed = copy < rest,
	};
}

/* The unit that f is as it came, or with its tags edited. */
static struct tx_unit unit_of(struct tx *tx, const struct frame *f, const struct tag_edit *edit)
{
	if (edit)
		return edited(tx, f, edit);
	return (struct tx_unit){.vnet = f->vnet, .head = f->data, .head_len = f->len};
}

/* Sends f, which is of that VLAN, with its tags edited or (NULL) as they are, to all ports of the set; the set is used up. */
static void send_all(struct tx *tx, const struct sw *sw, const struct frame *f,
		     const struct tag_edit *edit, struct portset *out, unsigned vid)
{
	struct tx_unit whole = {
		.vnet = f->vnet,
		.head = f->data,
		.head_len = f->len,
		.vid = (uint16_t)vid,
	};
	unsigned owed = tx_owed(f);
	bool made = !edit, collected = false;

	portset_foreach (i, out, sw->words) {
		struct port *p = port_of(sw->port[i]);

		if ((p->caps & owed) != owed || (owed && p->bad[IMPAIR_OUT]))
			continue;
		if (!made) {
			whole = edited(tx, f, edit);
			whole.vid = (uint16_t)vid;
		}
		made = true;
		collected |= p->queue != NULL;
		put(tx, p, &whole);
		portset_del(out, i);
	}
	if (edit && whole.kept && !collected)
		tx->used = (size_t)(whole.head - tx->arena) - VNET_HDR_SIZE;
	if (!portset_empty(out, sw->words)) {
		finish(tx, sw, f, edit, out, vid);
		portset_clear(out, sw->words);
	}
}

/* ---- mirrors ---- */

/*
 * Cuts the unit to what a mirror shows of it; 0 = all.  What is cut owes nothing: no checksum is right any more, and
 * nothing is there to be cut into segments.
 */
static void snap(struct tx_unit *u, size_t most)
{
	if (!most || tx_len(u) <= most)
		return;
	u->vnet = NULL;
	if (u->head_len > most)
		u->head_len = most;
	u->body_len = most - u->head_len;
}

static void send_copy(struct tx *tx, const struct sw *sw, const struct frame *f,
		      const struct tag_edit *edit, unsigned monitor, unsigned vid)
{
	struct port *p = port_of(sw->port[monitor]);
	size_t most = p->core.set.mirror_snaplen;
	struct portset only = {0};

	if (!filter_lets_copy(&p->core, f, edit))
		return;
	p->core.stats.tx_mirrored++;
	if (most && most < f->len + TAG_SIZE) {
		struct tx_unit u = unit_of(tx, f, edit);

		if (tx_len(&u) > most) {
			snap(&u, most);
			u.vid = (uint16_t)vid;
			put(tx, p, &u);
			return;
		}
	}
	portset_add(&only, monitor);
	send_all(tx, sw, f, edit, &only, vid);
}

/* Copies of what leaves through the ports of the set, which is shown somewhere. */
__attribute__((noinline, cold)) static void mirror_sent(struct tx *tx, const struct sw *sw,
							const struct frame *f,
							const struct tag_edit *edit,
							const struct portset *out, unsigned vid)
{
	portset_foreach (i, out, sw->words) {
		if (!(sw->port[i]->mirrored & MIRROR_TX))
			continue;
		portset_foreach (m, &sw->monitors, sw->words)
			if (mirror_wants(sw->port[m], sw->port[i], true, vid))
				send_copy(tx, sw, f, edit, m, vid);
	}
}

__attribute__((noinline, cold)) void tx_mirror_received(struct tx *tx, const struct sw_port *in,
							const struct frame *f,
							const struct verdict *v, unsigned count)
{
	const struct sw *sw = in->sw;

	for (unsigned i = 0; i < count; i++) {
		if (v[i].drop != DROP_NONE) /* so far that can only mean that it is no frame */
			continue;
		portset_foreach (m, &sw->monitors, sw->words)
			if (mirror_wants(sw->port[m], in, false, v[i].vid))
				send_copy(tx, sw, &f[i], NULL, m, v[i].vid);
	}
}

static void deliver(struct tx *tx, const struct sw *sw, const struct frame *f,
		    const struct tag_edit *edit, struct portset *out, unsigned vid)
{
	if (sw->mirrored)
		mirror_sent(tx, sw, f, edit, out, vid);
	send_all(tx, sw, f, edit, out, vid);
}

/* To those of v->out at which frames of the VLAN have a tag of that kind (0 = none). */
static void deliver_as(struct tx *tx, const struct sw *sw, const struct frame *f,
		       const struct verdict *v, uint16_t tpid)
{
	const struct portset *untagged = &sw->vlans->vlan[v->vid].untagged;
	struct tag_edit edit;
	struct portset out;

	portset_copy(&out, &v->out, sw->words);
	if (!tpid) {
		portset_and(&out, untagged, sw->words);
	} else {
		portset_minus(&out, untagged, sw->words);
		if (tpid == ETHERTYPE_STAG)
			portset_and(&out, &sw->vlans->stag, sw->words);
		else
			portset_minus(&out, &sw->vlans->stag, sw->words);
	}
	if (!portset_empty(&out, sw->words))
		deliver(tx, sw, f, tag_edit_for(f, &v->class, tpid, &edit) ? &edit : NULL, &out,
			v->vid);
}

void tx_deliver(struct tx *tx, const struct sw *sw, const struct frame *f, struct verdict *v)
{
	if (!sw->set.vlan_aware) {
		deliver(tx, sw, f, NULL, &v->out, v->vid);
		return;
	}
	deliver_as(tx, sw, f, v, 0);
	deliver_as(tx, sw, f, v, ETHERTYPE_CTAG);
	deliver_as(tx, sw, f, v, ETHERTYPE_STAG);
	portset_clear(&v->out, sw->words);
}

/* At once too: it may be long until somebody else has something to send. */
static void send_at_once(struct tx *tx, struct port *p, struct tx_unit u)
{
	put(tx, p, &u);
	if (p->queue)
		flush_port(p);
}

void tx_send_own(struct tx *tx, struct port *p, const uint8_t *frame, size_t len)
{
	const struct frame f = {.data = frame, .len = len};
	const struct sw *sw = p->core.sw;
	struct tx_unit own = unit_of(tx, &f, NULL);

	own.own = true;
	send_at_once(tx, p, own);
	if (!(p->core.mirrored & MIRROR_TX))
		return;
	portset_foreach (m, &sw->monitors, sw->words)
		if (mirror_wants(sw->port[m], &p->core, true, VID_NONE) &&
		    filter_lets_copy(sw->port[m], &f, NULL)) {
			struct tx_unit u = unit_of(tx, &f, NULL);

			snap(&u, sw->port[m]->set.mirror_snaplen);
			sw->port[m]->stats.tx_mirrored++;
			send_at_once(tx, port_of(sw->port[m]), u);
		}
}
