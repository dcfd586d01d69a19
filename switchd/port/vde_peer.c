/* SPDX-License-Identifier: ISC */
/*
 * vde_peer.c - a client that is plugged in: frames as datagrams, until its connection to DIR/ctl ends.
 *
 * Theory of operation.  Both data sockets are connected to each other: frames come from ours and are sent
 * through it (port/unix_tx.h).
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/burst.h"
#include "port/datapath.h"
#include "port/listener.h"
#include "port/vde.h"

/* ---- frames ---- */

static void on_frames(void *owner)
{
	const struct unix_tx *t = owner;
	struct port *p = t->port;
	struct datapath *dp = p->dp;
	struct burst *b = dp->burst;
	bool join = p->cfg.u.vde.coalesce;

	for (int taken = 0; taken < RX_BUDGET && datapath_may_work(dp);) {
		int n = burst_receive_unix(b, t->source.fd, false);

		for (int i = 0; i < n; i++) {
			struct datagrams d = burst_get(b, i);

			burst_take(b, p, &d, DROP_NONE, join);
		}
		if (n > 0)
			burst_end(b);
		if (n < BURST_MAX)
			return;
		taken += n;
	}
}

void vde_flush(struct port *p)
{
	struct unix_tx *t = &vde_of(p)->tx;
	unsigned at = 0;
	int code;

	while ((code = unix_tx_send(t, NULL, &at)) != 0) /* that one; the next tells for itself */
		tx_count(p, &t->queue.unit[at++], unix_tx_drop_of(code));
}

/* ---- plugging in and out ---- */

static void on_ctl(void *owner)
{
	struct vde *v = owner;
	char ignored[256]; /* nothing is said after the request */
	ssize_t n = recv(v->ctl.fd, ignored, sizeof(ignored), MSG_DONTWAIT);

	if (n > 0 || (n < 0 && errno == EAGAIN))
		return;
	listener_retire(&v->port, "the client has unplugged");
	port_free(&v->port); /* nobody is in the midst of anything: see vde_door.c */
}

int vde_peer_open(struct vde *v, int ctl, int data, struct err *e)
{
	int rc;

	v->ctl = (struct source){.fd = ctl, .owner = v, .readable = on_ctl};
	rc = unix_tx_open(&v->tx, &v->port, data, on_frames, e);
	return rc ? rc : poller_add(&v->port.dp->poller, &v->ctl, e);
}

void vde_peer_close(struct vde *v)
{
	poller_del(&v->port.dp->poller, &v->ctl);
	if (v->ctl.fd >= 0)
		close(v->ctl.fd);
	v->ctl.fd = -1;
	unix_tx_close(&v->tx);
	sockpath_remove(&v->data_path);
}
