/* SPDX-License-Identifier: ISC */
/*
 * vxlan_send.c - which remotes a frame goes to, and through which socket.
 *
 * Theory of operation.  First each frame of the queue is looked at: who is it for, of which flow is it,
 * what of it shows outside?  The flow chooses a socket, so the frames are sent socket by socket; those of
 * one flow stay in their order.  Frames that follow each other there and have the same way make a run, which
 * may leave as one message.  A run that is for everybody is sent to one remote after the other (head-end
 * replication), or once to the group.
 *
 * A frame to several remotes is counted once for each, as sent or as dropped.
 */
#include <stdio.h>
#include <string.h>

#include "port/datapath.h"
#include "port/udp_tx.h"
#include "port/vxlan.h"
#include "util/mac.h"

enum {
	TO_ALL = -1,
	DEFAULT_TTL = 64,
	/* A datagram that nothing is sent along with takes longer than a write to a tap, 5 us and not 2. */
	DATAGRAM_WORK = 2,
};

/* What was found out of a frame. */
struct plan {
	int to; /* number of a remote, or TO_ALL */
	int tos, ttl;
	uint8_t df; /* which of means.out */
	uint8_t socket;
	bool done;
};

static bool same_way(const struct plan *a, const struct plan *b)
{
	return a->to == b->to && a->tos == b->tos && a->ttl == b->ttl;
}

/* Letters to be sent through one socket. */
struct mail {
	struct vxlan *v;
	struct vtep_socket *socket;
	unsigned letters, ways;
	struct udp_letter letter[TX_QUEUE_MAX];
	struct udp_way way[TX_QUEUE_MAX];
};

static void send_off(struct mail *m)
{
	if (m->letters)
		udp_tx_send(&m->v->port, m->socket->fd, m->letter, m->letters, vtep_take_errors,
			    m->socket);
	m->letters = m->ways = 0;
}

/* ---- plans ---- */

/* DSCP as the port says; of ECN what the frame inside says, always: RFC 6040 clause 4.1, normal mode. */
static int outer_tos(const struct vxlan *v, const struct vxlan_inner *in)
{
	int dscp = v->means.tos == VXLAN_TOS_INHERIT ? in->tos & ~ECN_MASK : v->means.tos;
	int tos = dscp | (in->tos & ECN_MASK);

	return tos ? tos : -1; /* as sockets are by themselves */
}

static int outer_ttl(const struct vxlan *v, const struct vxlan_inner *in)
{
	uint32_t ttl = v->port.cfg.u.vxlan.ttl;

	if (ttl)
		return (int)ttl;
	return in->ttl ? in->ttl : DEFAULT_TTL;
}

static int whom(const struct vxlan *v, const struct vxlan_inner *in)
{
	return mac_is_group(in->dst) ? TO_ALL : fdb_lookup(v->macs, in->vid, in->dst);
}

static void make_plan(const struct vxlan *v, const struct tx_unit *u, struct plan *p)
{
	struct vxlan_inner in;

	vxlan_look(u->head, u->head_len, &in);
	p->to = whom(v, &in);
	p->tos = outer_tos(v, &in);
	p->ttl = outer_ttl(v, &in);
	p->df = v->means.df == DF_SET || (v->means.df == DF_INHERIT && in.df);
	p->socket = (uint8_t)((uint64_t)in.flow * v->means.out[p->df]->count >> 32);
	p->done = false;
}

bool vxlan_reaches(const struct port *p, const uint8_t *head, size_t len, unsigned n,
		   char peer[ENDPOINT_SIZE])
{
	const struct vxlan *v = (const struct vxlan *)p;
	struct vxlan_inner in;
	int to;

	vxlan_look(head, len, &in);
	to = whom(v, &in);
	if (to == TO_ALL && !v->means.group) {
		if (n >= v->remotes.floods)
			return false;
		to = v->remotes.flood[n];
	} else if (n > 0) {
		return false;
	}
	if (to == TO_ALL)
		snprintf(peer, ENDPOINT_SIZE, "%s", p->cfg.u.vxlan.group);
	else
		remote_text(&v->remotes.r[to], peer);
	return true;
}

unsigned vxlan_work(const struct port *p, const struct tx_unit *u)
{
	const struct vxlan *v = (const struct vxlan *)p;
	struct frame f = {.data = u->head, .len = u->head_len};

	if (v->remotes.floods < 2 || v->means.group || frame_parse(&f) != DROP_NONE)
		return 1;
	if (!mac_is_group(f.dst) && fdb_lookup(v->macs, f.vid, f.dst) >= 0)
		return 1;
	return v->remotes.floods * DATAGRAM_WORK;
}

/* ---- letters ---- */

static struct udp_way way_of(struct vxlan *v, const struct plan *p)
{
	return (struct udp_way){
		.prefix = v->header,
		.prefix_len = sizeof(v->header),
		.tos = p->tos,
		.ttl = p->ttl,
		.whole = !v->means.csum, /* the kernel cuts only what it may fill checksums into */
	};
}

/* Writes the frames of the run, `count` numbers of units, to one address. */
static void write_run(struct mail *m, const struct udp_way *way, const uint8_t *run, unsigned count)
{
	const struct udp_way *w = NULL;

	for (unsigned i = 0; i < count; i++) {
		if (m->letters == TX_QUEUE_MAX || (!w && m->ways == TX_QUEUE_MAX)) {
			send_off(m);
			w = NULL;
		}
		if (!w) {
			m->way[m->ways] = *way;
			w = &m->way[m->ways++];
		}
		m->letter[m->letters++] = (struct udp_letter){&m->v->queue.unit[run[i]], w};
	}
}

static void write_to_remote(struct mail *m, const struct plan *p, unsigned remote,
			    const uint8_t *run, unsigned count)
{
	struct remote *r = &m->v->remotes.r[remote];
	struct udp_way way = way_of(m->v, p);

	way.to = &r->sa.any;
	way.to_len = remote_len(r);
	way.refusals = &r->refusals;
	write_run(m, &way, run, count);
}

static void write_to_group(struct mail *m, const struct plan *p, const uint8_t *run, unsigned count)
{
	struct udp_way way = way_of(m->v, p);

	way.to = &m->v->means.group_to.sa.any;
	way.to_len = m->v->means.group_to.len;
	way.ifindex = m->v->means.group_ifindex;
	way.refusals = &m->v->group_refusals;
	write_run(m, &way, run, count);
}

static void write_to_all(struct mail *m, const struct plan *p, const uint8_t *run, unsigned count)
{
	struct vxlan *v = m->v;

	if (v->means.group) {
		write_to_group(m, p, run, count);
		return;
	}
	for (unsigned i = 0; i < v->remotes.floods; i++)
		write_to_remote(m, p, v->remotes.flood[i], run, count);
	for (unsigned i = 0; v->remotes.floods == 0 && i < count; i++)
		tx_count(&v->port, &v->queue.unit[run[i]], DROP_NO_REMOTE);
}

/* Those of `count` frames, from `at` on, that leave through the same socket. */
static void send_through(struct mail *m, struct plan *plan, unsigned at, unsigned count)
{
	const struct plan *first = &plan[at];
	uint8_t run[TX_QUEUE_MAX];

	m->socket = &m->v->means.out[first->df]->socket[first->socket];
	while (at < count) {
		const struct plan *p = &plan[at];
		unsigned n = 0;

		for (; at < count; at++) {
			if (plan[at].df != first->df || plan[at].socket != first->socket)
				continue;
			if (!same_way(&plan[at], p))
				break;
			plan[at].done = true;
			run[n++] = (uint8_t)at;
		}
		if (p->to == TO_ALL)
			write_to_all(m, p, run, n);
		else
			write_to_remote(m, p, (unsigned)p->to, run, n);
	}
	send_off(m);
}

void vxlan_flush(struct port *p)
{
	struct vxlan *v = vxlan_of(p);
	const unsigned count = v->queue.count;
	struct plan plan[TX_QUEUE_MAX] = {0};
	struct mail m;

	if (!v->user.vtep) { /* they were collected before it was lost */
		for (unsigned i = 0; i < count; i++)
			tx_count(p, &v->queue.unit[i], DROP_DEVICE_DOWN);
		return;
	}
	m.v = v;
	m.letters = m.ways = 0;
	for (unsigned i = 0; i < count; i++)
		make_plan(v, &v->queue.unit[i], &plan[i]);
	for (unsigned i = 0; i < count; i++)
		if (!plan[i].done)
			send_through(&m, plan, i, count);
}
