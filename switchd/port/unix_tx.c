/* SPDX-License-Identifier: ISC */
#include "port/unix_tx.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "port/datapath.h"
#include "port/port.h"

/* Bytes that may wait for one peer: some milliseconds of 1 Gbit/s.  The system gives what is touched. */
enum { WAITING = 1 << 20 };

/* What one call sends: a message for each frame. */
struct batch {
	struct mmsghdr msg[TX_QUEUE_MAX];
	struct iovec iov[TX_QUEUE_MAX][2];
};

enum drop unix_tx_drop_of(int code)
{
	switch (code) {
	case ENOTCONN:
	case ECONNRESET:
	case EPIPE:
	case EPERM: /* the peer has connected its socket to another one */
		return DROP_UNREACHABLE;
	default:
		return tx_drop_of_errno(code);
	}
}

static bool is_busy(int code)
{
	return code == EAGAIN || code == ENOBUFS || code == ENOMEM || code == EINTR;
}

static struct iovec iov_of(const uint8_t *data, size_t len)
{
	return (struct iovec){(void *)(uintptr_t)data, len};
}

static void address(struct batch *b, unsigned i, const struct unix_way *way)
{
	struct msghdr *m = &b->msg[i].msg_hdr;

	*m = (struct msghdr){
		.msg_iov = b->iov[i],
		.msg_iovlen = b->iov[i][1].iov_len ? 2 : 1,
	};
	if (way) {
		m->msg_name = (void *)(uintptr_t)way->to;
		m->msg_namelen = way->to_len;
	}
}

/* How many were sent, or -errno of the first. */
static int send_batch(int fd, struct batch *b, unsigned count)
{
	int n = sendmmsg(fd, b->msg, count, MSG_DONTWAIT | MSG_NOSIGNAL);

	return n < 0 ? -errno : n;
}

/* ---- what waits ---- */

/* In front of each frame that waits: what of its unit is to be known when it is sent. */
struct note {
	uint16_t vid;
	bool own;
};

static bool keep_one(struct unix_tx *t, const struct tx_unit *u)
{
	const struct note note = {.vid = u->vid, .own = u->own};
	uint8_t *to = ring_put(&t->waiting, sizeof(note) + tx_len(u));

	if (!to)
		return false;
	memcpy(to, &note, sizeof(note));
	to += sizeof(note);
	memcpy(to, u->head, u->head_len);
	if (u->body_len)
		memcpy(to + u->head_len, u->body, u->body_len);
	return true;
}

/* The frames from `at` on wait, as far as there is room. */
static void keep(struct unix_tx *t, unsigned at)
{
	for (; at < t->queue.count; at++)
		if (!keep_one(t, &t->queue.unit[at]))
			tx_count(t->port, &t->queue.unit[at], DROP_QUEUE_FULL);
	if (t->waiting.count)
		poller_want_write(&t->port->dp->poller, &t->source, true);
}

/* The oldest one is done with. */
static void count_oldest(struct unix_tx *t, enum drop d)
{
	struct note note;
	size_t len;
	const uint8_t *at = ring_first(&t->waiting, &len);
	struct tx_unit u = {.head = at + sizeof(note), .head_len = len - sizeof(note)};

	memcpy(&note, at, sizeof(note));
	u.vid = note.vid;
	u.own = note.own;
	tx_count(t->port, &u, d);
	ring_drop(&t->waiting, 1);
}

static unsigned describe_waiting(const struct unix_tx *t, struct batch *b)
{
	unsigned n = t->waiting.count < TX_QUEUE_MAX ? t->waiting.count : TX_QUEUE_MAX;
	const uint8_t *at = NULL;
	size_t len;

	for (unsigned i = 0; i < n; i++) {
		at = i ? ring_after(&t->waiting, at, &len) : ring_first(&t->waiting, &len);
		b->iov[i][0] = iov_of(at + sizeof(struct note), len - sizeof(struct note));
		b->iov[i][1].iov_len = 0;
		address(b, i, NULL);
	}
	return n;
}

/* The peer has read.  What is left after one call is asked for again. */
static void on_writable(void *owner)
{
	struct unix_tx *t = owner;
	struct batch b;
	int n = send_batch(t->source.fd, &b, describe_waiting(t, &b));

	if (n < 0 && !is_busy(-n))
		count_oldest(t, unix_tx_drop_of(-n)); /* that one; the next tells for itself */
	for (int i = 0; i < n; i++)
		count_oldest(t, DROP_NONE);
	t->port->dp->work += n > 0 ? (unsigned)n : 1;
	if (!t->waiting.count)
		poller_want_write(&t->port->dp->poller, &t->source, false);
}

void unix_tx_forget(struct unix_tx *t)
{
	while (t->waiting.count)
		count_oldest(t, DROP_UNREACHABLE);
	poller_want_write(&t->port->dp->poller, &t->source, false);
}

/* ---- what is sent at once ---- */

static int send_queue(struct unix_tx *t, const struct unix_way *way, unsigned at)
{
	struct batch b;
	unsigned n = 0;

	for (; at < t->queue.count; at++, n++) {
		const struct tx_unit *u = &t->queue.unit[at];

		b.iov[n][0] = iov_of(u->head, u->head_len);
		b.iov[n][1] = iov_of(u->body, u->body_len);
		address(&b, n, way);
	}
	return send_batch(way ? way->fd : t->source.fd, &b, n);
}

int unix_tx_send(struct unix_tx *t, const struct unix_way *way, unsigned *at)
{
	const struct tx_queue *q = &t->queue;

	while (*at < q->count && (way || !t->waiting.count)) {
		int n = send_queue(t, way, *at);

		if (n < 0 && is_busy(-n))
			break;
		if (n < 0)
			return -n;
		for (; n > 0; n--)
			tx_count(t->port, &q->unit[(*at)++], DROP_NONE);
	}
	if (!way)
		keep(t, *at);
	else
		for (unsigned i = *at; i < q->count; i++)
			tx_count(t->port, &q->unit[i], DROP_QUEUE_FULL);
	*at = q->count;
	return 0;
}

/* ---- the socket ---- */

/* Its peer is gone, which is found out elsewhere.  Asking for the error clears it. */
static void on_failed(void *owner)
{
	const struct unix_tx *t = owner;
	socklen_t len = sizeof(int);
	int code;

	(void)getsockopt(t->source.fd, SOL_SOCKET, SO_ERROR, &code, &len);
}

int unix_tx_open(struct unix_tx *t, struct port *p, int fd, void (*readable)(void *owner),
		 struct err *e)
{
	t->port = p;
	t->source = (struct source){
		.fd = fd,
		.owner = t,
		.readable = readable,
		.writable = on_writable,
		.failed = on_failed,
	};
	if (ring_open(&t->waiting, WAITING))
		return err_set(e, ENOMEM, "no memory for frames that wait");
	p->queue = &t->queue;
	return poller_add(&p->dp->poller, &t->source, e);
}

void unix_tx_close(struct unix_tx *t)
{
	if (t->source.fd < 0)
		return;
	poller_del(&t->port->dp->poller, &t->source);
	close(t->source.fd);
	t->source.fd = -1;
	ring_close(&t->waiting);
}
