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
#include <linux/errqueue.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/burst.h"
#include "port/datapath.h"
#include "port/log.h"
#include "port/udp_socket.h"
#include "util/endpoint.h"

enum {
	COMPLAINT_MS = 10000, /* a report is history when none has followed for so long */
	REPORTS_AT_ONCE = 64,
};

/* ---- frames ---- */

/* One datagram, or several that the kernel has joined. */
static void take(struct udp *u, const struct datagrams *d)
{
	bool known = sock_addr_is(&u->remote, d->from);

	burst_count_lost(&u->port, d, &u->lost);
	if (known && u->complaint)
		udp_settle(u, true);
	burst_take(u->port.dp->burst, &u->port, d, known ? DROP_NONE : DROP_WRONG_PEER,
		   u->port.cfg.u.udp.coalesce);
}

static void on_readable(void *owner)
{
	struct udp *u = owner;
	struct datapath *dp = u->port.dp;
	struct burst *b = dp->burst;

	for (int taken = 0; taken < RX_BUDGET && datapath_may_work(dp);) {
		int n = burst_receive(b, u->fd);

		if (n < 0) { /* drained; or the network has reported something */
			if (n == -EAGAIN || !udp_take_errors(u))
				return;
			taken++;
			continue;
		}
		for (int i = 0; i < n; i++) {
			struct datagrams d = burst_get(b, i);

			take(u, &d);
		}
		burst_end(b);
		taken += n;
		if (n < BURST_MAX)
			return;
	}
}

/* ---- what the network says of the peer ---- */

static void complain(struct udp *u, int code)
{
	const char *remote = u->port.cfg.u.udp.remote;
	struct port *p = &u->port;
	char text[REASON_SIZE];
	bool news = u->complaint != code;

	u->complaint = code;
	u->complaint_ms = datapath_now(p->dp);
	if (!news)
		return;
	if (code == ECONNREFUSED)
		snprintf(text, sizeof(text), "nobody receives on %s, its host answers", remote);
	else
		snprintf(text, sizeof(text), "%s cannot be reached: %s", remote, strerror(code));
	port_set_state(p, PORT_UP, text);
	log_say(&p->log, LOGL_WARNING, "%s: port %s: %s", p->core.sw->name, p->cfg.name, text);
}

void udp_settle(struct udp *u, bool heard)
{
	if (!heard && datapath_now(u->port.dp) - u->complaint_ms < COMPLAINT_MS)
		return;
	u->complaint = 0;
	port_set_state(&u->port, PORT_UP, "");
}

/*
 * The errno of one report, 0 where it is none that concerns the peer.  That a datagram was too large for
 * some network (ICMPv6) the kernel has taken to heart already: the next ones go in smaller fragments.
 */
static int report_code(struct msghdr *m)
{
	struct sock_extended_err e;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
		    !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			continue;
		if (c->cmsg_len < CMSG_LEN(sizeof(e)))
			continue;
		memcpy(&e, CMSG_DATA(c), sizeof(e));
		if ((e.ee_origin == SO_EE_ORIGIN_ICMP || e.ee_origin == SO_EE_ORIGIN_ICMP6) &&
		    e.ee_errno != EMSGSIZE)
			return (int)e.ee_errno;
	}
	return 0;
}

bool udp_take_errors(struct udp *u)
{
	union {
		struct cmsghdr align;
		char bytes[512];
	} control;
	struct sockaddr_storage sent_to = {0};
	bool any = false;

	for (int i = 0; i < REPORTS_AT_ONCE; i++) {
		struct msghdr m = {
			.msg_name = &sent_to,
			.msg_namelen = sizeof(sent_to),
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};

		if (recvmsg(u->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			break;
		any = true;
		int code = report_code(&m);
		if (code && sock_addr_is(&u->remote, &sent_to))
			complain(u, code);
	}
	return any;
}

/* EPOLLERR: the network has reported something, and nothing is there to be read. */
static void on_failed(void *owner)
{
	struct udp *u = owner;
	socklen_t len = sizeof(int);
	int code;

	if (!udp_take_errors(u)) /* an error without a report: asking for it clears it */
		(void)getsockopt(u->fd, SOL_SOCKET, SO_ERROR, &code, &len);
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
	udp_forget_refusals(u);
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
	udp_forget_refusals(u);
	if (strcmp(p->cfg.u.udp.remote, to->u.udp.remote) != 0 && u->complaint)
		udp_settle(u, true);
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
