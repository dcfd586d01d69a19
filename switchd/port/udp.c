/* SPDX-License-Identifier: ISC */
/*
 * udp.c - an Ethernet frame as the payload of a datagram, to one peer and from it alone.
 *
 * Theory of operation.  The socket is bound and not connected: what somebody else sends is seen, and
 * counted, and an absent peer is nobody's fault.  The port is up as long as there is the socket; it does
 * not ask whether anybody is at the other end, as a cable does not.  But where the network reports that
 * the peer cannot be reached (ICMP), `reason` says so until the peer is heard again.
 *
 * Frames are received many at a time (port/burst.h), and segments of one flow are joined before they
 * enter the switch (core/gro.h).
 *
 * A frame as large as the MTU of the network in between makes a datagram that is larger.  It is sent in
 * fragments rather than not at all: IP_PMTUDISC_DONT (ip(7)).
 */
#include "port/udp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/burst.h"
#include "port/datapath.h"
#include "port/log.h"
#include "port/udp_errors.h"
#include "port/udp_socket.h"
#include "port/udp_tx.h"
#include "util/endpoint.h"

/* ---- what the network says of the peer ---- */

/* The last report is history where the peer was heard since, or nothing more came for a while. */
static void settle(struct udp *u, bool heard)
{
	if (!heard && datapath_now(u->port.dp) - u->complaint_ms < COMPLAINT_MS)
		return;
	u->complaint = 0;
	port_set_state(&u->port, PORT_UP, "");
}

static void on_report(void *arg, const struct udp_report *r)
{
	struct udp *u = arg;
	struct port *p = &u->port;
	char text[REASON_SIZE];
	bool news = u->complaint != r->code;

	if (!sock_addr_is(&u->remote, r->sent_to))
		return;
	u->complaint = r->code;
	u->complaint_ms = datapath_now(p->dp);
	if (!news)
		return;
	udp_complaint_text(r->code, p->cfg.u.udp.remote, text, sizeof(text));
	port_set_state(p, PORT_UP, text);
	log_say(&p->log, LOGL_WARNING, "%s: port %s: %s", p->core.sw->name, p->cfg.name, text);
}

static bool take_errors(void *arg)
{
	struct udp *u = arg;

	return udp_errors_take(u->fd, on_report, u);
}

static void on_failed(void *owner)
{
	struct udp *u = owner;

	udp_errors_clear(u->fd, on_report, u);
}

/* ---- frames ---- */

/* One datagram, or several that the kernel has joined. */
static void take(void *owner, const struct datagrams *d)
{
	struct udp *u = owner;
	bool known = sock_addr_is(&u->remote, d->from);

	rx_count_lost(&u->port, &u->lost, d->lost);
	if (known && u->complaint)
		settle(u, true);
	burst_take(u->port.dp->burst, &u->port, d, known ? DROP_NONE : DROP_WRONG_PEER,
		   u->port.cfg.u.udp.coalesce);
}

static void on_readable(void *owner)
{
	struct udp *u = owner;

	burst_drain(u->port.dp, u->fd, take, take_errors, u);
}

static void udp_flush(struct port *p)
{
	struct udp *u = udp_of(p);
	struct udp_letter letter[TX_QUEUE_MAX];
	const struct udp_way way = {
		.to = &u->remote.sa.any,
		.to_len = u->remote.len,
		.tos = -1,
		.ttl = -1,
		.refusals = &u->refusals,
	};

	for (unsigned i = 0; i < u->queue.count; i++)
		letter[i] = (struct udp_letter){&u->queue.unit[i], &way};
	udp_tx_send(p, u->fd, letter, u->queue.count, take_errors, u);
	if (u->complaint)
		settle(u, false);
}

/* ---- the socket ---- */

static void let_go(struct udp *u)
{
	poller_del(&u->port.dp->poller, &u->source);
	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
}

/* From nothing to a socket that is watched; on an error there is nothing still. */
static int take_up(struct udp *u, struct err *e)
{
	const struct udp_cfg *cfg = &u->port.cfg.u.udp;
	int rc = sock_addr_of_endpoint(cfg->local, &u->local, e);

	if (rc) {
		err_at(e, "local");
		return rc;
	}
	rc = sock_addr_of_endpoint(cfg->remote, &u->remote, e);
	if (rc) {
		err_at(e, "remote");
		return rc;
	}
	u->fd = udp_socket(&u->local, cfg->local, e);
	if (u->fd < 0) {
		err_at(e, "local");
		return u->fd;
	}
	u->source = (struct source){
		.fd = u->fd,
		.owner = u,
		.readable = on_readable,
		.failed = on_failed,
	};
	rc = poller_add(&u->port.dp->poller, &u->source, e);
	if (rc)
		let_go(u);
	udp_tx_forget(&u->refusals);
	u->lost = 0;
	return rc;
}

/* ---- the port ---- */

static void udp_close(struct port *p)
{
	let_go(udp_of(p));
}

static int udp_open(struct port *p, struct err *e)
{
	struct udp *u = udp_of(p);

	u->fd = -1;
	p->queue = &u->queue;
	if (!p->dp->burst)
		p->dp->burst = burst_new();
	return p->dp->burst ? take_up(u, e) : err_set(e, ENOMEM, "out of memory");
}

/* What coalesce says is asked with each burst. */
static int udp_change(struct port *p, const struct port_cfg *to, struct err *e)
{
	struct udp *u = udp_of(p);
	struct sock_addr remote;
	int rc = sock_addr_of_endpoint(to->u.udp.remote, &remote, e);

	if (rc) {
		err_at(e, "remote");
		return rc;
	}
	u->remote = remote;
	udp_tx_forget(&u->refusals);
	if (strcmp(p->cfg.u.udp.remote, to->u.udp.remote) != 0 && u->complaint)
		settle(u, true);
	return 0;
}

static void udp_refresh(struct port *p)
{
	const struct udp *u = udp_of(p);

	if (u->fd >= 0 && p->state != PORT_UP)
		port_set_state(p, PORT_UP, "");
}

static void udp_retry(struct port *p)
{
	if (take_up(udp_of(p), NULL) == 0)
		udp_refresh(p);
}

/* A link-local address is on one device: with it goes what the socket was bound to. */
static void udp_link_changed(struct port *p, const struct link_info *link, bool gone)
{
	struct udp *u = udp_of(p);
	uint32_t index = (uint32_t)link->ifindex;
	char reason[REASON_SIZE];

	if (link->nsid != NSID_OWN || !gone || u->fd < 0 || u->local.sa.any.sa_family != AF_INET6)
		return;
	if (index != u->local.sa.v6.sin6_scope_id && index != u->remote.sa.v6.sin6_scope_id)
		return;
	let_go(u);
	u->complaint = 0;
	snprintf(reason, sizeof(reason),
		 "the device %s is gone, which an address of the port is on; the port waits for it",
		 link->name);
	port_set_state(p, PORT_LOST, reason);
}

static void udp_give_back(struct port *p)
{
	(void)p; /* nothing was there before */
}

static void udp_describe(const struct port *p, struct port_device *d)
{
	snprintf(d->local, sizeof(d->local), "%s", p->cfg.u.udp.local);
	snprintf(d->peer, sizeof(d->peer), "%s", p->cfg.u.udp.remote);
	d->mtu = p->cfg.mtu;
}

const struct port_ops udp_ops = {
	.type = "udp",
	.size = sizeof(struct udp),
	.mtu_max = UDP_MTU_MAX,
	.open = udp_open,
	.give_back = udp_give_back,
	.close = udp_close,
	.flush = udp_flush,
	.change = udp_change,
	.retry = udp_retry,
	.link_changed = udp_link_changed,
	.refresh = udp_refresh,
	.describe = udp_describe,
};
