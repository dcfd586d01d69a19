/* SPDX-License-Identifier: ISC */
/*
 * dgram.c - ports whose frames are the datagrams of a local socket.
 *
 * Theory of operation.  The port that listens is bound to a name and receives for all.  Who sends to it
 * has a name too, to be answered at, and that is what tells peers apart: each is a port of its own
 * (port/listener.h), made when its first datagram comes.  A guest that is started anew with the same name is
 * the same port.
 *
 * Nobody tells that a peer has gone.  So each name is connected to once a second, which costs a few
 * microseconds and sends nothing: it fails where no socket has it any more.
 *
 * vfkit begins with a datagram of four bytes, "VFKT", for programs that wait to be told who is there (unixgram
 * transport of gvisor-tap-vsock).  It is no frame and not counted as one.
 */
#include "port/dgram.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "port/burst.h"
#include "port/datapath.h"
#include "port/listener.h"
#include "port/log.h"
#include "port/sockbind.h"
#include "util/text.h"

enum {
	RECEIVE_BUFFER = 4 << 20,
	SEND_BUFFER = 4 << 20, /* to those that hear this socket alone */
};

static const uint8_t vfkit_hello[4] = {'V', 'F', 'K', 'T'};

/* ---- names ---- */

/* "unix:/run/lab/vm1", "unix:@name" */
static void name_text(const struct dgram_name *name, char out[ADDRESS_SIZE])
{
	const char *path = name->un.sun_path;
	size_t len = (size_t)name->len - offsetof(struct sockaddr_un, sun_path);

	if (path[0])
		snprintf(out, ADDRESS_SIZE, "unix:%.*s", (int)strnlen(path, len), path);
	else
		snprintf(out, ADDRESS_SIZE, "unix:@%.*s", (int)strnlen(path + 1, len - 1),
			 path + 1);
	text_clean(out);
}

/* Names mostly differ at their end; who makes them alike makes a list of max_peers long, no more. */
static unsigned bucket_of(const struct sockaddr_un *un, socklen_t len)
{
	const uint8_t *bytes = (const uint8_t *)un;
	uint64_t tail = 0;
	size_t n = len < sizeof(tail) ? len : sizeof(tail);

	memcpy(&tail, bytes + len - n, n);
	return (unsigned)(tail * UINT64_C(0x9e3779b97f4a7c15) >> 56);
}

static bool is_called(const struct dgram *d, const struct datagrams *g)
{
	return d->name.len == g->from_len && memcmp(&d->name.un, g->from, g->from_len) == 0;
}

static struct dgram *find(struct dgram *d, const struct datagrams *g)
{
	struct dgram *p = d->last;

	if (p && is_called(p, g))
		return p;
	p = d->bucket[bucket_of((const struct sockaddr_un *)g->from, g->from_len)];
	while (p && !is_called(p, g))
		p = p->next;
	return p;
}

static void enter(struct dgram *d, struct dgram *peer)
{
	struct dgram **b = &d->bucket[bucket_of(&peer->name.un, peer->name.len)];

	peer->next = *b;
	*b = peer;
}

/* Nothing where it was not entered. */
static void strike_out(struct dgram *d, struct dgram *peer)
{
	struct dgram **b = &d->bucket[bucket_of(&peer->name.un, peer->name.len)];

	if (d->last == peer)
		d->last = NULL;
	while (*b && *b != peer)
		b = &(*b)->next;
	if (*b)
		*b = peer->next;
}

/* ---- who comes and goes ---- */

static void turned_away(struct dgram *d, const char *who, const char *why)
{
	struct port *p = &d->port;

	log_say(&p->log, LOGL_WARNING, "%s: port %s: %s is turned away: %s", p->core.sw->name,
		p->cfg.name, who, why);
}

/* Who sent g, where that can be answered. */
static bool read_name(struct dgram *d, const struct datagrams *g, struct dgram_name *name)
{
	char who[ADDRESS_SIZE];
	struct err e = {0};

	if (g->from_len <= offsetof(struct sockaddr_un, sun_path) ||
	    g->from_len > sizeof(name->un)) {
		turned_away(d, "a socket without a name", "nothing could be sent back to it");
		return false;
	}
	*name = (struct dgram_name){.len = g->from_len, .uid = g->uid};
	memcpy(&name->un, g->from, g->from_len);
	if (dgram_probe(name, &e) == 0)
		return true;
	name_text(name, who);
	turned_away(d, who, e.text);
	return false;
}

/* A port for who sent g.  NULL with *why where there is to be none. */
static struct dgram *let_in(struct dgram *d, const struct datagrams *g, enum drop *why)
{
	struct dgram_name name;
	char who[ADDRESS_SIZE];
	struct err e = {0};
	struct port *p = NULL;

	*why = DROP_PEER_REFUSED;
	if (datapath_is_quiet(d->port.dp))
		return NULL; /* comes with the next */
	*why = DROP_UNANSWERABLE;
	if (!read_name(d, g, &name))
		return NULL;
	*why = DROP_PEER_REFUSED;
	if (d->port.children >= d->port.cfg.u.dgram.max_peers)
		err_set(&e, EUSERS, "there are as many peers as max_peers allows");
	else
		p = listener_spawn(&d->port, &e);
	if (p) {
		struct dgram *peer = dgram_of(p);

		peer->fd = peer->tx.source.fd = -1;
		peer->name = name;
		if (dgram_reach(peer, &e) == 0) {
			enter(d, peer);
			port_set_state(p, PORT_UP, "");
			return peer;
		}
		port_free(p);
	}
	name_text(&name, who);
	turned_away(d, who, e.text);
	return NULL;
}

static void ended(struct dgram *peer, const char *reason)
{
	if (peer->port.parent)
		strike_out(dgram_of(peer->port.parent), peer);
	dgram_let_go(peer);
	listener_retire(&peer->port, reason);
}

/* ---- frames ---- */

static struct dgram *sender_of(struct dgram *d, const struct datagrams *g)
{
	struct dgram *peer = g->from_len ? find(d, g) : NULL;
	enum drop why = DROP_NONE;

	if (!peer)
		peer = let_in(d, g, &why);
	if (peer)
		d->last = peer;
	else
		rx_reject(&d->port, g->len, why);
	return peer;
}

static void take(struct dgram *peer, const struct datagrams *g, bool join)
{
	struct port *p = &peer->port;

	if (g->len == sizeof(vfkit_hello) && memcmp(g->data, vfkit_hello, g->len) == 0)
		return;
	burst_take(p->dp->burst, p, g, DROP_NONE, join && p->cfg.u.dgram.coalesce);
}

/* Hands on n datagrams, those of one sender together, so that segments of a flow find each other. */
static void take_all(struct dgram *d, int n)
{
	struct burst *b = d->port.dp->burst;
	struct datagrams got[BURST_MAX];
	struct dgram *from[BURST_MAX];

	for (int i = 0; i < n; i++) {
		got[i] = burst_get(b, i);
		from[i] = sender_of(d, &got[i]);
	}
	for (int i = 0; i < n; i++) {
		struct dgram *peer = from[i];

		if (!peer)
			continue;
		for (int k = i; k < n; k++) {
			if (from[k] != peer)
				continue;
			take(peer, &got[k], n > 1);
			from[k] = NULL;
		}
		burst_end(b);
	}
}

static void on_readable(void *owner)
{
	struct dgram *d = owner;
	struct datapath *dp = d->port.dp;

	for (int taken = 0; taken < RX_BUDGET && datapath_may_work(dp);) {
		int n = burst_receive_unix(dp->burst, d->fd, true);

		if (n <= 0)
			return;
		take_all(d, n);
		taken += n;
		if (n < BURST_MAX)
			return;
	}
}

static void on_failed(void *owner)
{
	const struct dgram *d = owner;
	socklen_t len = sizeof(int);
	int code;

	(void)getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &code, &len); /* asking clears it */
}

/* ---- the port ---- */

static void stop_listening(struct dgram *d)
{
	poller_del(&d->port.dp->poller, &d->source);
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static int start_listening(struct dgram *d, struct err *e)
{
	const struct dgram_cfg *cfg = &d->port.cfg.u.dgram;
	int rc;

	d->fd = sockbind(d->port.dp, SOCK_DGRAM, cfg->listen, cfg->mode, cfg->group, &d->path, e);
	if (d->fd < 0) {
		err_at(e, "listen");
		return d->fd;
	}
	sockbind_buffers(d->fd, SEND_BUFFER, RECEIVE_BUFFER);
	d->source = (struct source){
		.fd = d->fd,
		.owner = d,
		.readable = on_readable,
		.failed = on_failed,
	};
	rc = poller_add(&d->port.dp->poller, &d->source, e);
	if (rc) {
		sockpath_remove(&d->path);
		stop_listening(d);
	}
	return rc;
}

static int dgram_open(struct port *p, struct err *e)
{
	struct dgram *d = dgram_of(p);

	d->fd = d->tx.source.fd = -1;
	p->log.burst = LISTENER_LINES;
	if (!p->dp->burst)
		p->dp->burst = burst_new();
	return p->dp->burst ? start_listening(d, e) : err_set(e, ENOMEM, "out of memory");
}

static void dgram_close(struct port *p)
{
	struct dgram *d = dgram_of(p);

	if (p->parent) {
		strike_out(dgram_of(p->parent), d);
		dgram_let_go(d);
	} else {
		sockpath_remove(&d->path);
		stop_listening(d);
	}
}

static void dgram_refresh(struct port *p)
{
	const struct dgram *d = dgram_of(p);

	if (p->parent)
		return;
	if (d->fd >= 0)
		port_set_state(p, PORT_LISTENING, "");
	else
		port_set_state(p, PORT_LOST, d->why);
}

static void dgram_retry(struct port *p)
{
	struct dgram *d = dgram_of(p);
	struct err e = {0};

	if (start_listening(d, &e))
		snprintf(d->why, sizeof(d->why), "%.*s", (int)sizeof(d->why) - 1, e.text);
	dgram_refresh(p);
}

static void look_after_peer(struct dgram *d)
{
	struct err e = {0};
	int rc = d->port.retired ? 0 : dgram_reach(d, &e);

	if (rc == -ECONNREFUSED)
		ended(d, "the peer has closed its socket");
	else if (rc == -ENOENT)
		ended(d, "the name of the peer's socket is gone");
	else if (rc)
		ended(d, e.text);
}

static void dgram_tick(struct port *p)
{
	struct dgram *d = dgram_of(p);

	if (p->parent) {
		look_after_peer(d);
		return;
	}
	if (d->fd < 0 || !d->path.path[0] || sockpath_is_there(&d->path))
		return;
	d->path.path[0] = '\0';
	stop_listening(d);
	snprintf(d->why, sizeof(d->why), "the socket %s was deleted", p->cfg.u.dgram.listen);
	port_set_state(p, PORT_LOST, d->why);
}

/* What else can be changed is asked when it is needed. */
static int dgram_change(struct port *p, const struct port_cfg *to, struct err *e)
{
	const struct dgram_cfg *was = &p->cfg.u.dgram, *new = &to->u.dgram;

	if (strcmp(was->mode, new->mode) == 0 && strcmp(was->group, new->group) == 0)
		return 0;
	return sockbind_change(p->dp, &dgram_of(p)->path, new->mode, new->group, e);
}

static void dgram_link_changed(struct port *p, const struct link_info *link, bool gone)
{
	(void)p; /* no device is in it */
	(void)link;
	(void)gone;
}

static void dgram_give_back(struct port *p)
{
	(void)p; /* nothing was there before */
}

static void dgram_describe(const struct port *p, struct port_device *d)
{
	snprintf(d->local, sizeof(d->local), "%s", p->cfg.u.dgram.listen);
	if (p->parent)
		name_text(&((const struct dgram *)p)->name, d->peer);
	d->mtu = p->cfg.mtu;
}

const struct port_ops dgram_ops = {
	.type = "dgram",
	.size = sizeof(struct dgram),
	.open = dgram_open,
	.give_back = dgram_give_back,
	.close = dgram_close,
	.flush = dgram_flush,
	.change = dgram_change,
	.retry = dgram_retry,
	.tick = dgram_tick,
	.link_changed = dgram_link_changed,
	.refresh = dgram_refresh,
	.describe = dgram_describe,
};
