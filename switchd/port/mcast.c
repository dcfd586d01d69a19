/* SPDX-License-Identifier: ISC */
/*
 * mcast.c - a LAN that is a multicast group: an Ethernet frame as the payload of a datagram to all who are
 * in it, as QEMU's -netdev socket,mcast= and -netdev dgram do.
 *
 * Theory of operation.  All who are in the group are behind the one port, like stations on a hub.  Whoever
 * sends to the group is heard: there is no peer to compare with.
 *
 * The kernel gives what is sent to a group to each socket of this host that is in it, our own as well: else
 * a guest on this host would not hear us.  What comes from our own address and port is what we sent, and is
 * forgotten: it was counted when it was sent, it is no frame that anybody lost, and to learn from it would
 * move every station of the switch behind this port.
 *
 * Datagrams are received and sent as a udp port does it (port/burst.h, port/udp_tx.h).  Where the kernel says that
 * there is no way to the group any more, the port is lost, and tries to join it anew every second: what a
 * connected socket sends from is chosen once, and a device that was made anew does not know who was in which
 * group on the old one.
 */
#include "port/mcast.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "port/burst.h"
#include "port/datapath.h"
#include "port/udp_errors.h"

/* ---- what the network says: of a group it concerns nobody in particular ---- */

static void on_report(void *arg, const struct udp_report *r)
{
	(void)arg;
	(void)r;
}

static bool take_errors_in(void *arg)
{
	const struct mcast *m = arg;

	return udp_errors_take(m->s.in, on_report, NULL);
}

static bool take_errors_out(void *arg)
{
	const struct mcast *m = arg;

	return udp_errors_take(m->s.out, on_report, NULL);
}

/* What makes the port lost is seen elsewhere. */
static void on_failed(void *owner)
{
	const struct mcast *m = owner;

	udp_errors_clear(m->s.in, on_report, NULL);
}

/* ---- frames ---- */

static void take(void *owner, const struct datagrams *d)
{
	struct mcast *m = owner;
	struct port *p = &m->port;

	rx_count_lost(p, &m->lost, d->lost);
	if (!sock_addr_is(&m->s.self, d->from))
		burst_take(p->dp->burst, p, d, DROP_NONE, p->cfg.u.mcast.coalesce);
}

static void on_readable(void *owner)
{
	const struct mcast *m = owner;

	burst_drain(m->port.dp, m->s.in, take, take_errors_in, owner);
}

static void mcast_flush(struct port *p)
{
	const uint64_t *unreachable = &p->core.stats.drops[DROP_UNREACHABLE];
	struct mcast *m = mcast_of(p);
	uint64_t before = *unreachable;
	struct udp_letter letter[TX_QUEUE_MAX];
	const struct udp_way way = {
		.to = &m->s.group.sa.any,
		.to_len = m->s.group.len,
		.tos = -1,
		.ttl = -1,
		.refusals = &m->refusals,
	};
	char reason[REASON_SIZE];

	for (unsigned i = 0; i < m->queue.count; i++)
		letter[i] = (struct udp_letter){&m->queue.unit[i], &way};
	udp_tx_send(p, m->s.out, letter, m->queue.count, take_errors_out, m);
	if (*unreachable == before || m->failed)
		return;
	/* somebody may be reading from the sockets right now: they go when it is tried again */
	m->failed = true;
	snprintf(reason, sizeof(reason),
		 "this host has no way to %s any more: its route, its address or its link is gone",
		 p->cfg.u.mcast.group);
	port_set_state(p, PORT_LOST, reason);
}

/* ---- the sockets ---- */

struct open_job {
	struct mcast_sockets s;
	const struct mcast_cfg *cfg;
	struct rtnl *rtnl;
	struct err *e;
};

static int open_sockets(void *arg)
{
	struct open_job *job = arg;

	return mcast_sockets_open(&job->s, job->cfg, job->rtnl, job->e);
}

/* Leaving a group waits for the kernel's rtnl lock. */
static void let_go(struct mcast *m)
{
	struct datapath *dp = m->port.dp;

	poller_del(&dp->poller, &m->source);
	if (m->s.in >= 0) {
		datapath_close_fd(dp, m->s.in);
		close(m->s.out);
	}
	m->s.in = m->s.out = -1;
}

/* From nothing to sockets that are watched; on an error there is nothing still. */
static int take_up(struct mcast *m, struct err *e)
{
	struct port *p = &m->port;
	struct open_job job = {.cfg = &p->cfg.u.mcast, .rtnl = &p->dp->rtnl, .e = e};
	int rc = datapath_await(p->dp, open_sockets, &job);

	if (rc)
		return rc;
	m->s = job.s;
	m->failed = false;
	m->lost = 0;
	udp_tx_forget(&m->refusals);
	m->source = (struct source){
		.fd = m->s.in,
		.owner = m,
		.readable = on_readable,
		.failed = on_failed,
	};
	rc = poller_add(&p->dp->poller, &m->source, e);
	if (rc)
		let_go(m);
	return rc;
}

/* ---- the port ---- */

static void mcast_close(struct port *p)
{
	let_go(mcast_of(p));
}

static int mcast_open(struct port *p, struct err *e)
{
	struct mcast *m = mcast_of(p);

	m->s.in = m->s.out = -1;
	p->queue = &m->queue;
	if (!p->dp->burst)
		p->dp->burst = burst_new();
	return p->dp->burst ? take_up(m, e) : err_set(e, ENOMEM, "out of memory");
}

/* What coalesce says is asked with each burst. */
static int mcast_change(struct port *p, const struct port_cfg *to, struct err *e)
{
	const struct mcast *m = mcast_of(p);

	return m->s.out < 0 ? 0 : mcast_set_ttl(&m->s, to->u.mcast.ttl, e);
}

static void mcast_refresh(struct port *p)
{
	const struct mcast *m = mcast_of(p);

	if (m->s.in >= 0 && !m->failed && p->state != PORT_UP)
		port_set_state(p, PORT_UP, "");
}

static void mcast_retry(struct port *p)
{
	struct mcast *m = mcast_of(p);
	struct err e = {0};

	let_go(m);
	if (take_up(m, &e))
		port_set_state(p, PORT_LOST, e.text);
	else
		mcast_refresh(p);
}

static void mcast_link_changed(struct port *p, const struct link_info *link, bool gone)
{
	struct mcast *m = mcast_of(p);
	char reason[REASON_SIZE];

	if (link->nsid != NSID_OWN || (uint32_t)link->ifindex != m->s.ifindex || m->s.in < 0 ||
	    (link->up && !gone))
		return;
	let_go(m);
	snprintf(reason, sizeof(reason), "the device %s is %s; the port waits for it", link->name,
		 gone ? "gone" : "set down");
	port_set_state(p, PORT_LOST, reason);
}

static void mcast_give_back(struct port *p)
{
	(void)p; /* nothing was there before */
}

static void mcast_describe(const struct port *p, struct port_device *d)
{
	const struct mcast *m = (const struct mcast *)p;

	if (m->s.in >= 0) {
		d->ifindex = (int)m->s.ifindex;
		(void)if_indextoname(m->s.ifindex, d->ifname);
	}
	snprintf(d->peer, sizeof(d->peer), "%s", p->cfg.u.mcast.group);
	d->mtu = p->cfg.mtu;
}

const struct port_ops mcast_ops = {
	.type = "mcast",
	.size = sizeof(struct mcast),
	.mtu_max = UDP_MTU_MAX,
	.open = mcast_open,
	.give_back = mcast_give_back,
	.close = mcast_close,
	.flush = mcast_flush,
	.change = mcast_change,
	.retry = mcast_retry,
	.link_changed = mcast_link_changed,
	.refresh = mcast_refresh,
	.describe = mcast_describe,
};
