/* SPDX-License-Identifier: ISC */
/*
 * stream.c - ports whose frames are in a stream of bytes: who listens, who comes, and who connects.
 *
 * Theory of operation.  One that listens carries no frames; each peer that connects is a port of its own
 * (port/listener.h) and goes with its connection.  One that connects is lost while it is not connected, and
 * tries again about once a second: QEMU, passt and their like may be started before or after us.
 *
 * Where the name of a listening socket is deleted, nobody finds it any more, and nobody tells: it is looked
 * for once a second, and made again.  Peers that are connected already stay so.
 */
#include "port/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/burst.h"
#include "port/datapath.h"
#include "port/holder.h"
#include "port/listener.h"
#include "port/log.h"
#include "port/sockaddr.h"
#include "port/sockbind.h"

enum {
	ACCEPT_AT_ONCE = 16,
	CONNECT_MS = 10000, /* an address that has not answered by then is tried anew */
};

static bool listens(const struct port *p)
{
	return p->cfg.u.stream.listen[0] && !p->parent;
}

void stream_ended(struct stream *s, const char *reason)
{
	stream_unplug(s);
	snprintf(s->why, sizeof(s->why), "%s", reason);
	if (s->port.parent)
		listener_retire(&s->port, reason);
	else
		port_set_state(&s->port, PORT_LOST, reason);
}

/* ---- who comes ---- */

static void name_process(int fd, char *out, size_t size)
{
	struct ucred cred = {0};
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) || cred.pid <= 0)
		snprintf(out, size, "a process of another namespace");
	else
		process_text(cred.pid, out, size);
}

_Static_assert((int)ADDRESS_SIZE >= (int)ENDPOINT_SIZE, "an endpoint is an address");

static void name_peer(int fd, const struct sockaddr_storage *from, char out[ADDRESS_SIZE])
{
	if (from->ss_family == AF_UNIX)
		name_process(fd, out, ADDRESS_SIZE);
	else
		sock_addr_text((const struct sockaddr *)from, out);
}

/* Makes the connection a port.  On an error it is not touched. */
static int let_in(struct stream *s, int fd, const char *peer, struct err *e)
{
	uint32_t max = s->port.cfg.u.stream.max_peers;
	struct port *p;
	int rc;

	if (s->port.children >= max)
		return err_set(e, EUSERS, "there are %u, as many as max_peers allows", max);
	p = listener_spawn(&s->port, e);
	if (!p)
		return -e->code;
	struct stream *child = stream_of(p);

	child->fd = -1;
	snprintf(child->peer, sizeof(child->peer), "%s", peer);
	rc = stream_plug(child, fd, e);
	if (rc)
		port_free(p);
	else
		port_set_state(p, PORT_UP, "");
	return rc;
}

/* Out of descriptors, say: not asked again before the next tick, for it would be told at once and always. */
static void pause_listening(struct stream *s, int code)
{
	struct port *p = &s->port;

	poller_del(&p->dp->poller, &s->source);
	log_say(&p->log, LOGL_WARNING, "%s: port %s: cannot take a connection now: %s",
		p->core.sw->name, p->cfg.name, strerror(code));
}

static void on_connection(void *owner)
{
	struct stream *s = owner;
	struct port *p = &s->port;

	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		struct sockaddr_storage from = {0};
		socklen_t len = sizeof(from);
		int fd = accept4(s->fd, (struct sockaddr *)&from, &len,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);
		char peer[ADDRESS_SIZE];
		struct err e = {0};

		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
			    errno == ENOBUFS)
				pause_listening(s, errno);
			return; /* what else there is, is over, or asked again */
		}
		name_peer(fd, &from, peer);
		if (let_in(s, fd, peer, &e) == 0)
			continue;
		log_say(&p->log, LOGL_WARNING, "%s: port %s: %s is turned away: %s",
			p->core.sw->name, p->cfg.name, peer, e.text);
		close(fd);
	}
}

static int watch_listener(struct stream *s, struct err *e)
{
	s->source = (struct source){.fd = s->fd, .owner = s, .readable = on_connection};
	return poller_add(&s->port.dp->poller, &s->source, e);
}

static int start_listening(struct stream *s, struct err *e)
{
	const struct stream_cfg *cfg = &s->port.cfg.u.stream;
	int rc;

	s->fd = sockbind(s->port.dp, SOCK_STREAM, cfg->listen, cfg->mode, cfg->group, &s->path, e);
	if (s->fd < 0) {
		err_at(e, "listen");
		return s->fd;
	}
	rc = watch_listener(s, e);
	if (rc) {
		sockpath_remove(&s->path);
		stream_unplug(s);
	}
	return rc;
}

/* ---- connecting ---- */

static void explain(struct stream *s, int code)
{
	const char *to = s->port.cfg.u.stream.connect;

	switch (code) {
	case ENOENT:
		snprintf(s->why, sizeof(s->why),
			 "there is no socket %s; the port connects when there is", to);
		break;
	case ECONNREFUSED:
		snprintf(s->why, sizeof(s->why),
			 "nobody listens at %s; the port connects when somebody does", to);
		break;
	case EACCES:
		snprintf(s->why, sizeof(s->why), "%s may not be used by the user switchd runs as",
			 to);
		break;
	case EAGAIN:
		snprintf(s->why, sizeof(s->why), "%s has as many connections waiting as it takes",
			 to);
		break;
	default:
		snprintf(s->why, sizeof(s->why), "%s cannot be reached: %s", to, strerror(code));
	}
}

static void give_up(struct stream *s, int code)
{
	stream_unplug(s);
	explain(s, code);
}

/*
 * Nobody listens, but the kernel has picked for our end the very port we connect to: a connection to
 * ourselves (RFC 9293 section 3.5, simultaneous open).
 */
static bool is_own_echo(int fd)
{
	struct sockaddr_storage a = {0}, b = {0};
	socklen_t a_len = sizeof(a), b_len = sizeof(b);

	return getsockname(fd, (struct sockaddr *)&a, &a_len) == 0 &&
	       getpeername(fd, (struct sockaddr *)&b, &b_len) == 0 && a.ss_family != AF_UNIX &&
	       a_len == b_len && memcmp(&a, &b, a_len) == 0;
}

static void connected(struct stream *s)
{
	struct err e = {0};
	int fd = s->fd;

	poller_del(&s->port.dp->poller, &s->source);
	s->connecting = false;
	if (is_own_echo(fd)) {
		give_up(s, ECONNREFUSED);
	} else if (stream_plug(s, fd, &e)) {
		stream_unplug(s);
		snprintf(s->why, sizeof(s->why), "%.*s", (int)sizeof(s->why) - 1, e.text);
	}
}

static void stream_refresh(struct port *p);

/* The answer to connect() is there. */
static void on_answer(void *owner)
{
	struct stream *s = owner;
	socklen_t len = sizeof(int);
	int code = 0;

	if (!s->connecting)
		return;
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &code, &len))
		code = errno;
	if (code)
		give_up(s, code);
	else
		connected(s);
	stream_refresh(&s->port);
}

/* What comes of it is seen in s->fd, s->connecting and s->why; -errno with *e where it makes no sense. */
static int start_connecting(struct stream *s, struct err *e)
{
	const char *to = s->port.cfg.u.stream.connect;
	struct sock_addr a;
	int rc = sock_addr_of(to, &a, e);

	if (rc) {
		err_at(e, "connect");
		return rc;
	}
	s->fd = socket(a.sa.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return err_set(e, errno, "cannot make a socket for %s: %s", to, strerror(errno));
	if (connect(s->fd, &a.sa.any, a.len) == 0) {
		connected(s);
		return 0;
	}
	if (errno != EINPROGRESS) {
		give_up(s, errno);
		return 0;
	}
	snprintf(s->why, sizeof(s->why), "%s has not answered yet", to);
	s->connecting = true;
	s->connecting_ms = datapath_now(s->port.dp);
	s->source = (struct source){
		.fd = s->fd,
		.owner = s,
		.readable = on_answer,
		.writable = on_answer,
	};
	rc = poller_add(&s->port.dp->poller, &s->source, e);
	if (rc)
		stream_unplug(s);
	else
		poller_want_write(&s->port.dp->poller, &s->source, true);
	return rc;
}

/* ---- the port ---- */

static int stream_open(struct port *p, struct err *e)
{
	struct stream *s = stream_of(p);

	s->fd = -1;
	p->log.burst = LISTENER_LINES;
	if (!p->dp->burst)
		p->dp->burst = burst_new();
	if (!p->dp->burst)
		return err_set(e, ENOMEM, "out of memory");
	return listens(p) ? start_listening(s, e) : start_connecting(s, e);
}

static void stream_close(struct port *p)
{
	sockpath_remove(&stream_of(p)->path);
	stream_unplug(stream_of(p));
}

static void stream_refresh(struct port *p)
{
	const struct stream *s = stream_of(p);

	if (p->parent)
		return;
	if (s->in.buf)
		port_set_state(p, PORT_UP, "");
	else if (listens(p) && s->fd >= 0)
		port_set_state(p, PORT_LISTENING, "");
	else
		port_set_state(p, PORT_LOST, s->why);
}

static void stream_retry(struct port *p)
{
	struct stream *s = stream_of(p);
	struct err e = {0};
	int rc;

	if (s->connecting && datapath_now(p->dp) - s->connecting_ms < CONNECT_MS)
		return;
	stream_unplug(s);
	rc = listens(p) ? start_listening(s, &e) : start_connecting(s, &e);
	if (rc)
		snprintf(s->why, sizeof(s->why), "%.*s", (int)sizeof(s->why) - 1, e.text);
	stream_refresh(p);
}

static void stream_tick(struct port *p)
{
	struct stream *s = stream_of(p);

	if (!listens(p)) {
		stream_check_alive(s);
		return;
	}
	if (s->fd < 0)
		return;
	if (!s->source.added)
		(void)watch_listener(s, NULL);
	if (!s->path.path[0] || sockpath_is_there(&s->path))
		return;
	s->path.path[0] = '\0';
	stream_unplug(s);
	snprintf(s->why, sizeof(s->why), "the socket %s was deleted", p->cfg.u.stream.listen);
	port_set_state(p, PORT_LOST, s->why);
}

/* What else can be changed is asked when it is needed. */
static int stream_change(struct port *p, const struct port_cfg *to, struct err *e)
{
	const struct stream_cfg *was = &p->cfg.u.stream, *new = &to->u.stream;

	if (strcmp(was->mode, new->mode) == 0 && strcmp(was->group, new->group) == 0)
		return 0;
	return sockbind_change(p->dp, &stream_of(p)->path, new->mode, new->group, e);
}

static void stream_link_changed(struct port *p, const struct link_info *link, bool gone)
{
	(void)p; /* connections look after themselves */
	(void)link;
	(void)gone;
}

static void stream_give_back(struct port *p)
{
	(void)p; /* nothing was there before */
}

static void stream_describe(const struct port *p, struct port_device *d)
{
	const struct stream *s = (const struct stream *)p;
	const struct stream_cfg *cfg = &p->cfg.u.stream;

	snprintf(d->local, sizeof(d->local), "%s", cfg->listen);
	snprintf(d->peer, sizeof(d->peer), "%s", p->parent ? s->peer : cfg->connect);
	d->mtu = p->cfg.mtu;
}

const struct port_ops stream_ops = {
	.type = "stream",
	.size = sizeof(struct stream),
	.open = stream_open,
	.give_back = stream_give_back,
	.close = stream_close,
	.flush = stream_flush,
	.change = stream_change,
	.retry = stream_retry,
	.tick = stream_tick,
	.link_changed = stream_link_changed,
	.refresh = stream_refresh,
	.describe = stream_describe,
};
