/* SPDX-License-Identifier: ISC */
/*
 * patch.c - a cable between two switches of this daemon, or two ports of one.
 *
 * Theory of operation.  Each end names the other; where both do, they are joined and up.  What one end
 * sends is copied to a ring of the other, with its offload header, so that super-frames cross as they are.
 * The other end takes it from there when it has its turn, like a frame from any other port: switches that
 * are joined in a circle go round and round in it, but the stack does not grow, and one turn does what one turn
 * may do.  Frames of others come in between.
 *
 * An end is woken by an eventfd, a source like any other: it so has its share of each turn, and is served
 * while the poller is quiet, without a second list of who is ready beside the kernel's.  It is written to
 * when the first frame is put into an empty ring and read when the last is taken out, which is once a burst
 * and not once a frame.
 *
 * The frames are decided on and sent where they lie.  Sending may put others into the same ring, of two
 * ports of one switch; those taken are dropped from it afterwards.
 */
#include "port/patch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utlist.h>

#include "port/datapath.h"

enum {
	/* As many as a tap keeps for us. */
	QUEUE_MAX = 1000,
	/* Room for as many super-frames as one port may bring before the other end has its turn. */
	RING_SIZE = (RX_BUDGET + 1) * RING_NEED(VNET_HDR_SIZE + FRAME_MAX),
};

/* ---- frames ---- */

static void wake(const struct patch *t)
{
	const uint64_t one = 1;

	if (write(t->fd, &one, sizeof(one)) < 0)
		return; /* its counter is at its end: it is readable already */
}

static void sleep_on(const struct patch *t)
{
	uint64_t count;

	if (read(t->fd, &count, sizeof(count)) < 0)
		return; /* nothing to clear */
}

static enum drop patch_send(struct port *p, const struct tx_unit *u)
{
	struct patch *to = patch_of(p)->peer;
	uint8_t *at;

	if (!to)
		return DROP_DEVICE_DOWN;
	at = to->in.count < QUEUE_MAX ? ring_put(&to->in, VNET_HDR_SIZE + tx_len(u)) : NULL;
	if (!at)
		return DROP_QUEUE_FULL;
	if (u->vnet)
		memcpy(at, u->vnet, VNET_HDR_SIZE);
	else
		memset(at, 0, VNET_HDR_SIZE); /* nothing is owed */
	at += VNET_HDR_SIZE;
	memcpy(at, u->head, u->head_len);
	if (u->body_len)
		memcpy(at + u->head_len, u->body, u->body_len);
	if (to->in.count == 1)
		wake(to);
	return DROP_NONE;
}

/* Describes the oldest frames of the ring, at least one and at most max; how many. */
static unsigned describe_frames(const struct ring *in, struct frame *f, unsigned max)
{
	size_t len, bytes = 0;
	uint8_t *at = ring_first(in, &len);
	unsigned n = 0;

	for (;;) {
		f[n++] = (struct frame){
			.data = at + VNET_HDR_SIZE,
			.len = len - VNET_HDR_SIZE,
			.vnet = at,
		};
		bytes += len;
		if (n == max || n == in->count || bytes >= RX_BATCH_BYTES)
			return n;
		at = ring_after(in, at, &len);
	}
}

static void on_readable(void *owner)
{
	struct patch *t = owner;
	struct datapath *dp = t->port.dp;
	const unsigned max = rx_batch_max(t->port.core.sw);

	for (unsigned taken = 0; t->in.count && taken < RX_BUDGET && datapath_may_work(dp);) {
		unsigned want = t->batch && t->batch < max ? t->batch : max;
		unsigned n = describe_frames(&t->in, dp->rx.frame, want), before = dp->work;

		rx_input(&t->port, dp->rx.frame, n);
		ring_drop(&t->in, n);
		t->batch = rx_batch_fit(n, dp->work - before);
		taken += n;
	}
	if (!t->in.count)
		sleep_on(t);
}

/* An eventfd shows no errors; that there is this function makes it a source of frames. */
static void on_failed(void *owner)
{
	(void)owner;
}

/* ---- who is joined with whom ---- */

/* Has the patch port t the port p as its peer? */
static bool names(const struct patch *t, const struct port *p)
{
	const char *peer = t->port.cfg.u.patch.peer, *sw = p->core.sw->name;
	size_t len = strlen(sw);

	return strncmp(peer, sw, len) == 0 && peer[len] == '/' &&
	       strcmp(peer + len + 1, p->cfg.name) == 0;
}

/* The patch port that t has as its peer, or NULL where there is none. */
static struct patch *find_peer(const struct patch *t)
{
	struct patch *other;

	DL_FOREACH (t->port.dp->patches, other)
		if (names(t, &other->port))
			break;
	return other;
}

/*
 * Why t is not joined.  What it says depends on patch ports alone, which tell each other when they come
 * and go: a port of another kind, or a switch, does not.
 */
static void explain(struct patch *t)
{
	const char *peer = t->port.cfg.u.patch.peer, *port = strchr(peer, '/') + 1;
	const char *own_sw = t->port.core.sw->name, *own = t->port.cfg.name;
	const struct patch *other = find_peer(t);
	char reason[REASON_SIZE];
	int sw = (int)(port - 1 - peer);

	if (other)
		snprintf(reason, sizeof(reason),
			 "port %s of %.*s has another peer, %s; `swctl set port %s --switch %.*s "
			 "--peer %s/%s` changes that",
			 port, sw, peer, other->port.cfg.u.patch.peer, port, sw, peer, own_sw, own);
	else
		snprintf(reason, sizeof(reason),
			 "%.*s has no patch port %s; `swctl add port %s --switch %.*s --type patch "
			 "--peer %s/%s` makes it",
			 sw, peer, port, port, sw, peer, own_sw, own);
	port_set_state(&t->port, PORT_DOWN, reason);
}

/* Has those that want to be joined with t, and are not, say why. */
static void tell_others(const struct patch *t)
{
	struct patch *other;

	DL_FOREACH (t->port.dp->patches, other)
		if (!other->peer && names(other, &t->port))
			explain(other);
}

static void part(struct patch *t)
{
	struct patch *other = t->peer;

	if (!other)
		return;
	t->peer = other->peer = NULL;
	explain(other);
}

/* One end of a cable is as the other lets it be. */
static void show_joined(struct patch *t)
{
	const struct port *other = &t->peer->port;
	const char *sw = other->core.sw->name, *name = other->cfg.name;
	char reason[REASON_SIZE];

	if (!other->cfg.set.shutdown) {
		port_set_state(&t->port, PORT_UP, "");
		return;
	}
	snprintf(reason, sizeof(reason),
		 "port %s of %s, at the other end, is shut; `swctl set port %s --switch %s "
		 "--shutdown false` opens it",
		 name, sw, name, sw);
	port_set_state(&t->port, PORT_DOWN, reason);
}

static void show_both(struct patch *t)
{
	show_joined(t->peer);
	show_joined(t);
}

static void join(struct patch *t, struct patch *other)
{
	t->peer = other;
	other->peer = t;
	show_both(t);
}

static void patch_refresh(struct port *p)
{
	struct patch *t = patch_of(p), *other;

	if (t->peer && names(t, &t->peer->port)) { /* which names us, or would have parted */
		show_both(t);
		return;
	}
	part(t);
	other = find_peer(t);
	if (other && names(other, p))
		join(t, other);
	else
		explain(t);
	tell_others(t);
}

/* ---- the port ---- */

static int check_peer(const struct port *p, const struct port_cfg *to, struct err *e)
{
	const struct patch like = {.port.cfg = *to};

	if (!names(&like, p))
		return 0;
	err_set(e, EINVAL, "found \"%s\", which is the port itself; allowed is another patch port",
		to->u.patch.peer);
	err_at(e, "peer");
	return -EINVAL;
}

/* On an error there is nothing. */
static int open_source(struct patch *t, struct err *e)
{
	t->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (t->fd < 0)
		return err_set(e, errno, "cannot make an eventfd: %s", strerror(errno));
	t->source = (struct source){
		.fd = t->fd,
		.owner = t,
		.readable = on_readable,
		.failed = on_failed,
	};
	int rc = poller_add(&t->port.dp->poller, &t->source, e);
	if (rc)
		close(t->fd);
	return rc;
}

static int patch_open(struct port *p, struct err *e)
{
	struct patch *t = patch_of(p);
	int rc = check_peer(p, &p->cfg, e);

	if (rc)
		return rc;
	if (ring_open(&t->in, RING_SIZE))
		return err_set(e, ENOMEM, "no memory for the frames of port %s", p->cfg.name);
	rc = open_source(t, e);
	if (rc) {
		ring_close(&t->in);
		return rc;
	}
	p->caps = PORT_VNET | PORT_USO;
	DL_APPEND(p->dp->patches, t);
	return 0;
}

static void patch_close(struct port *p)
{
	struct patch *t = patch_of(p);

	DL_DELETE(p->dp->patches, t); /* nobody finds it any more */
	part(t);
	tell_others(t);
	poller_del(&p->dp->poller, &t->source);
	close(t->fd);
	ring_close(&t->in);
}

static int patch_change(struct port *p, const struct port_cfg *to, struct err *e)
{
	return check_peer(p, to, e); /* the rest is patch_refresh()'s */
}

static void patch_give_back(struct port *p)
{
	(void)p; /* nothing was there before */
}

static void patch_retry(struct port *p)
{
	(void)p; /* it is never lost */
}

static void patch_link_changed(struct port *p, const struct link_info *link, bool gone)
{
	(void)p;
	(void)link;
	(void)gone;
}

static void patch_describe(const struct port *p, struct port_device *d)
{
	snprintf(d->peer, sizeof(d->peer), "%s", p->cfg.u.patch.peer);
	d->mtu = p->cfg.mtu;
}

const struct port_ops patch_ops = {
	.type = "patch",
	.size = sizeof(struct patch),
	.open = patch_open,
	.give_back = patch_give_back,
	.close = patch_close,
	.send = patch_send,
	.change = patch_change,
	.retry = patch_retry,
	.link_changed = patch_link_changed,
	.refresh = patch_refresh,
	.describe = patch_describe,
};
