/* SPDX-License-Identifier: ISC */
#include "port/tx.h"

#include <errno.h>
#include <string.h>
#include <utlist.h>

#include "core/gso.h"
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

/* Sends or collects one unit, which p can take.  It may move to the arena. */
static void put(struct tx *tx, struct port *p, struct tx_unit *u)
{
	p->dp->work += p->ops->work ? p->ops->work(p, u) : 1;
	if (p->queue)
		enqueue(tx, p, u);
	else
		tx_count(p, u, p->ops->send(p, u));
}

/* What a port has to be able to do to take the frame as it is: enum port_caps. */
static unsigned owed_by(const struct frame *f)
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
		   const struct portset *out)
{
	bool small = f->len <= TX_COPY_MAX;
	struct gso_piece piece;
	struct gso g;

	gso_begin(&g, f);
	while (gso_next(&g, room(tx, g.head_len + (small ? g.size : 0)), &piece)) {
		struct tx_unit u = {
			.head = piece.head,
			.head_len = piece.head_len,
			.body = piece.payload,
			.body_len = piece.payload_len,
			.kept = true,
			.borrowed = true,
		};

		tx->used += piece.head_len;
		if (small)
			join(tx, &u);
		portset_foreach (i, out, sw->words)
			put(tx, port_of(sw->port[i]), &u);
	}
}

void tx_deliver(struct tx *tx, const struct sw *sw, const struct frame *f, struct portset *out)
{
	struct tx_unit whole = {.vnet = f->vnet, .head = f->data, .head_len = f->len};
	unsigned owed = owed_by(f);

	portset_foreach (i, out, sw->words) {
		struct port *p = port_of(sw->port[i]);

		if ((p->caps & owed) != owed)
			continue;
		put(tx, p, &whole);
		portset_del(out, i);
	}
	if (!portset_empty(out, sw->words)) {
		finish(tx, sw, f, out);
		portset_clear(out, sw->words);
	}
}
