/* SPDX-License-Identifier: ISC */
/*
 * vde_peer.c - a client that is plugged in: frames as datagrams, until its connection to DIR/ctl ends.
 *
 * Theory of operation.  Both data sockets are connected to each other.  What the peer has not read lies in
 * our socket's send buffer or, as long as the peer has not connected its own, in its queue of
 * net.unix.max_dgram_qlen (unix_dgram_sendmsg() in net/unix/af_unix.c); when either is full, frames wait in
 * the backlog until the kernel says that there is room, and when that is full, they are dropped.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/burst.h"
#include "port/datapath.h"
#include "port/listener.h"
#include "port/vde.h"

enum {
	BACKLOG = 256 << 10,
	AT_ONCE = 16, /* frames of the backlog sent with one call */
};

/* ---- frames in ---- */

static void on_frames(void *owner)
{
	struct vde *v = owner;
	struct datapath *dp = v->port.dp;
	struct burst *b = dp->burst;
	bool join = v->port.cfg.u.vde.coalesce;

	for (int taken = 0; taken < RX_BUDGET && datapath_may_work(dp);) {
		int n = burst_receive_unix(b, v->data.fd);

		for (int i = 0; i < n; i++) {
			struct datagrams d = burst_get(b, i);

			if (d.cut)
				rx_reject(&v->port, d.len, DROP_OVERSIZE);
			else
				burst_frame(b, &v->port, d.data, d.len, join);
		}
		if (n > 0)
			burst_end(b);
		if (n < BURST_MAX)
			return;
		taken += n;
	}
}

/* The peer's socket is gone; that it unplugs is seen at the other one.  Asking for the error clears it. */
static void on_failed(void *owner)
{
	struct vde *v = owner;
	socklen_t len = sizeof(int);
	int code;

	(void)getsockopt(v->data.fd, SOL_SOCKET, SO_ERROR, &code, &len);
}

/* ---- frames out ---- */

static enum drop drop_of(int code)
{
	switch (code) {
	case ENOTCONN:
	case ECONNRESET:
	case EPIPE:
		return DROP_UNREACHABLE;
	default:
		return tx_drop_of_errno(code);
	}
}

static bool is_full(int code)
{
	return code == EAGAIN || code == ENOBUFS || code == ENOMEM;
}

/* What a call is to send: one message for each frame. */
struct batch {
	struct mmsghdr msg[TX_QUEUE_MAX];
	struct iovec iov[TX_QUEUE_MAX][2];
};

static void describe(struct batch *b, unsigned i)
{
	b->msg[i].msg_hdr = (struct msghdr){
		.msg_iov = b->iov[i],
		.msg_iovlen = b->iov[i][1].iov_len ? 2 : 1,
	};
}

static int send_batch(const struct vde *v, struct batch *b, unsigned count)
{
	int n = sendmmsg(v->data.fd, b->msg, count, MSG_DONTWAIT | MSG_NOSIGNAL);

	return n < 0 ? -errno : n;
}

/* The frames of the queue from `at` on wait, as far as there is room. */
static void keep(struct vde *v, unsigned at)
{
	for (; at < v->queue.count; at++)
		if (!backlog_put(&v->backlog, &v->queue.unit[at]))
			tx_count(&v->port, &v->queue.unit[at], DROP_QUEUE_FULL);
	if (!backlog_empty(&v->backlog))
		poller_want_write(&v->port.dp->poller, &v->data, true);
}

static int send_queue(struct vde *v, unsigned at)
{
	struct batch b;
	unsigned n = 0;

	for (; at < v->queue.count; at++, n++) {
		const struct tx_unit *u = &v->queue.unit[at];

		b.iov[n][0] = (struct iovec){(void *)(uintptr_t)u->head, u->head_len};
		b.iov[n][1] = (struct iovec){(void *)(uintptr_t)u->body, u->body_len};
		describe(&b, n);
	}
	return send_batch(v, &b, n);
}

void vde_flush(struct port *p)
{
	struct vde *v = vde_of(p);
	const struct tx_queue *q = &v->queue;
	unsigned at = 0;

	while (at < q->count && backlog_empty(&v->backlog)) {
		int n = send_queue(v, at);

		if (n < 0 && is_full(-n))
			break;
		if (n < 0) /* that one; the next tells for itself */
			tx_count(p, &q->unit[at++], drop_of(-n));
		for (; n > 0; n--)
			tx_count(p, &q->unit[at++], DROP_NONE);
	}
	keep(v, at);
}

static void count_oldest(struct vde *v, enum drop d)
{
	struct iovec iov[2];
	size_t at = 0;
	struct tx_unit u = {.head_len = backlog_look(&v->backlog, &at, iov)};

	tx_count(&v->port, &u, d);
	backlog_drop(&v->backlog, at);
}

static void on_writable(void *owner)
{
	struct vde *v = owner;
	int n = 0;

	while (!backlog_empty(&v->backlog) && n >= 0) {
		struct batch b = {0};
		unsigned count = 0;
		size_t at = 0;

		while (count < AT_ONCE && backlog_look(&v->backlog, &at, b.iov[count]))
			describe(&b, count++);
		n = send_batch(v, &b, count);
		v->port.dp->work += n > 0 ? (unsigned)n : 0;
		for (int i = 0; i < n; i++)
			count_oldest(v, DROP_NONE);
		if (n < 0 && n != -EAGAIN) /* not what poll(2) said: it may not be said again */
			count_oldest(v, drop_of(-n));
	}
	if (backlog_empty(&v->backlog))
		poller_want_write(&v->port.dp->poller, &v->data, false);
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
	struct poller *poller = &v->port.dp->poller;
	int rc;

	v->ctl = (struct source){.fd = ctl, .owner = v, .readable = on_ctl};
	v->data = (struct source){
		.fd = data,
		.owner = v,
		.readable = on_frames,
		.failed = on_failed,
		.writable = on_writable,
	};
	if (!backlog_init(&v->backlog, BACKLOG))
		return err_set(e, ENOMEM, "out of memory");
	v->port.queue = &v->queue;
	rc = poller_add(poller, &v->data, e);
	return rc ? rc : poller_add(poller, &v->ctl, e);
}

void vde_peer_close(struct vde *v)
{
	struct source *const sources[] = {&v->ctl, &v->data};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		poller_del(&v->port.dp->poller, sources[i]);
		if (sources[i]->fd >= 0)
			close(sources[i]->fd);
		sources[i]->fd = -1;
	}
	sockpath_remove(&v->data_path);
	backlog_free(&v->backlog);
}
