/* SPDX-License-Identifier: ISC */
/*
 * vde_door.c - clients at DIR/ctl: their request is read, and they are let in or told that they are not.
 *
 * Theory of operation.  A client connects, makes its data socket, and sends its request.  Until that is there
 * it is a caller: so many at a time, each for so long.  Whoever comes when there is no more room waits in the
 * kernel's queue.
 *
 * Nothing here happens while the poller is quiet: the sources have no `failed`.  So a port may come and go
 * in any of these functions, and a caller is still there after datapath_await().
 *
 * Who is not let in gets an answer, too: the address of the directory, which nobody can connect to.  So
 * libvdeplug fails, and says "connection refused"; at a bare hang-up its older versions, which QEMU may be
 * linked with, would go on without a switch.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/datapath.h"
#include "port/holder.h"
#include "port/listener.h"
#include "port/log.h"
#include "port/vde.h"

enum {
	SILENT_MS = 5000,      /* a caller may be, before it is sent away */
	SILENT_FULL_MS = 1000, /* the same when others wait */
};

static void hang_up(struct vde_caller *c)
{
	struct vde *v = c->door;
	unsigned at = 0;

	poller_del(&v->port.dp->poller, &c->source);
	if (c->source.fd >= 0)
		close(c->source.fd);
	while (v->caller[at] != c)
		at++;
	v->callers--;
	memmove(&v->caller[at], &v->caller[at + 1], (v->callers - at) * sizeof(v->caller[0]));
	free(c);
}

static void answer_no(const struct vde_caller *c)
{
	uint8_t answer[VDE_ADDRESS];

	vde_answer(c->door->port.cfg.u.vde.dir, answer);
	(void)send(c->source.fd, answer, sizeof(answer), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Says no, to the caller and in the log, and frees it. */
static void refuse(struct vde_caller *c, const char *why)
{
	struct port *p = &c->door->port;
	char who[HOLDER_SIZE];

	process_text(c->pid, who, sizeof(who));
	log_say(&p->log, LOGL_WARNING, "%s: port %s does not let in %s of user %u: %s",
		p->core.sw->name, p->cfg.name, who, (unsigned)c->uid, why);
	answer_no(c);
	hang_up(c);
}

/* Who it is that has become `peer`. */
static void name_peer(struct vde *peer, const struct vde_caller *c, const struct vde_request *r)
{
	if (r->description[0])
		snprintf(peer->who, sizeof(peer->who), "%s", r->description);
	else
		process_text(c->pid, peer->who, sizeof(peer->who));
}

/* A port for the client whose data socket job->fd is connected to.  0, or -errno with job->e. */
static int plug_in(struct vde_caller *c, struct vde_data_job *job)
{
	struct vde *v = c->door;
	struct port *p = listener_spawn_as(&v->port, job->request->number, job->e);
	uint8_t answer[VDE_ADDRESS];
	struct vde *peer;
	int rc;

	if (!p) {
		close(job->fd);
		return -job->e->code;
	}
	peer = vde_of(p);
	peer->ctl.fd = peer->tx.source.fd = -1;
	job->number = listener_number(p);
	job->path = &peer->data_path;
	rc = datapath_await(p->dp, vde_data_bind, job);
	if (rc) {
		close(job->fd);
		port_free(p);
		return rc;
	}
	name_peer(peer, c, job->request);
	vde_answer(peer->data_path.path, answer);
	poller_del(&p->dp->poller, &c->source);
	rc = vde_peer_open(peer, c->source.fd, job->fd, job->e);
	c->source.fd = -1;
	/* the first thing on its way there: it cannot fill the buffer */
	if (rc == 0 && send(peer->ctl.fd, answer, sizeof(answer), MSG_DONTWAIT | MSG_NOSIGNAL) !=
			       sizeof(answer))
		rc = err_set(job->e, EPIPE, "it did not wait for the answer");
	if (rc)
		port_free(p);
	else
		port_set_state(p, PORT_UP, "");
	return rc;
}

static void admit(struct vde_caller *c, const struct vde_request *r)
{
	struct vde *v = c->door;
	const struct vde_cfg *cfg = &v->port.cfg.u.vde;
	struct err e = {0};
	struct vde_data_job job = {.cfg = cfg, .request = r, .e = &e, .uid = c->uid, .fd = -1};
	int rc;

	if (v->port.children >= cfg->max_peers) {
		snprintf(e.text, sizeof(e.text), "%u are plugged in already, as max_peers allows",
			 v->port.children);
		refuse(c, e.text);
		return;
	}
	rc = datapath_await(v->port.dp, vde_data_connect, &job);
	if (rc == 0)
		rc = plug_in(c, &job);
	if (rc)
		refuse(c, e.text);
	else
		hang_up(c); /* its descriptor is the peer's now */
}

static void on_request(void *owner)
{
	struct vde_caller *c = owner;
	struct vde_request r;
	struct err e = {0};
	ssize_t n = recv(c->source.fd, c->bytes + c->len, sizeof(c->bytes) - c->len, MSG_DONTWAIT);
	int rc;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) { /* somebody who looks whether we are here does that */
		if (c->len)
			refuse(c, "it hung up before its request was complete");
		else
			hang_up(c);
		return;
	}
	c->len += (size_t)n;
	rc = vde_request_parse(c->bytes, c->len, &r, &e);
	if (rc == 0)
		admit(c, &r);
	else if (rc != -EAGAIN)
		refuse(c, e.text);
}

/* ---- who comes in ---- */

/* For a while nobody is accepted. */
static void shut(struct vde *v)
{
	v->full = true;
	poller_del(&v->port.dp->poller, &v->ctl);
}

static void receive_caller(struct vde *v, int fd)
{
	struct vde_caller *c = calloc(1, sizeof(*c));
	struct ucred cred = {0};
	socklen_t len = sizeof(cred);

	if (!c) {
		close(fd);
		return;
	}
	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	c->door = v;
	c->pid = cred.pid;
	c->uid = cred.uid;
	c->since_ms = datapath_now(v->port.dp);
	c->source = (struct source){.fd = fd, .owner = c, .readable = on_request};
	v->caller[v->callers++] = c;
	if (poller_add(&v->port.dp->poller, &c->source, NULL))
		hang_up(c);
}

static void on_knock(void *owner)
{
	struct vde *v = owner;
	struct port *p = &v->port;
	int fd;

	if (v->callers == VDE_CALLERS_MAX) {
		shut(v);
		return;
	}
	fd = accept4(v->ctl.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		receive_caller(v, fd);
	} else if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
		log_say(&p->log, LOGL_ERROR,
			"%s: port %s cannot accept a client: %s; it tries again", p->core.sw->name,
			p->cfg.name, strerror(errno));
		shut(v);
	}
}

/* ---- once a second ---- */

static void send_away_the_silent(struct vde *v)
{
	uint64_t now = datapath_now(v->port.dp);
	uint64_t limit = v->full ? SILENT_FULL_MS : SILENT_MS;

	while (v->callers && now - v->caller[0]->since_ms >= limit)
		refuse(v->caller[0], "it did not send a request in time");
}

void vde_door_tick(struct vde *v)
{
	char reason[REASON_SIZE];

	send_away_the_silent(v);
	if (v->full && poller_add(&v->port.dp->poller, &v->ctl, NULL) == 0)
		v->full = false;
	if (sockpath_is_there(&v->ctl_path))
		return;
	/* who is in stays, and retry() makes another */
	snprintf(reason, sizeof(reason), "somebody has removed %s; it is made again",
		 v->ctl_path.path);
	vde_door_close(v);
	port_set_state(&v->port, PORT_LOST, reason);
}

/* ---- */

int vde_door_open(struct vde *v, int fd, struct err *e)
{
	int rc;

	v->ctl = (struct source){.fd = fd, .owner = v, .readable = on_knock};
	v->full = false;
	rc = poller_add(&v->port.dp->poller, &v->ctl, e);
	if (rc)
		vde_door_close(v);
	return rc;
}

void vde_door_close(struct vde *v)
{
	for (unsigned i = v->callers; i-- > 0;)
		hang_up(v->caller[i]);
	poller_del(&v->port.dp->poller, &v->ctl);
	if (v->ctl.fd >= 0)
		close(v->ctl.fd);
	v->ctl.fd = -1;
}
