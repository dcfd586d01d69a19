/* SPDX-License-Identifier: ISC */
/*
 * dgram_peer.c - frames to one peer of a dgram port.
 *
 * Theory of operation.  The queue of a local datagram socket is short: net.unix.max_dgram_qlen, often 10
 * datagrams (unix(7), unix_dgram_sendmsg() in net/unix/af_unix.c).  So what it has no room for waits in a ring,
 * until the peer has read.  Only a socket that is connected to the peer tells when that is.  QEMU does not
 * look where its datagrams come from, so each peer is sent to from a socket of its own: what it does not
 * read fills that one's buffer, not ours.
 *
 * A peer that has itself connected its socket to ours, as vfkit does, cannot be connected to (EPERM).  It is
 * sent to from our socket, whose buffer is its queue; several such peers share that, and if one of them does
 * not read, the others suffer.  The kernel does not tell whose datagrams lie there.
 *
 * Never is an empty datagram sent: QEMU takes it for the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port/datapath.h"
#include "port/dgram.h"
#include "port/sockbind.h"

enum {
	SEND_BUFFER = 1 << 20,
	FRAMES_AT_ONCE = TX_QUEUE_MAX, /* out of the ring */
};

/* ---- what waits ---- */

static bool keep(struct dgram *d, const struct tx_unit *u)
{
	uint8_t header[STREAM_HEADER];

	if (stream_out_room(&d->out) < sizeof(header) + tx_len(u))
		return false;
	stream_put_header(header, tx_len(u));
	stream_out_add(&d->out, header, sizeof(header));
	stream_out_add(&d->out, u->head, u->head_len);
	if (u->body_len)
		stream_out_add(&d->out, u->body, u->body_len);
	return true;
}

/* The `skip`th byte that waits and those behind it, `len` of them, in one or two pieces. */
static unsigned pieces(const struct stream_out *out, size_t skip, size_t len, struct iovec iov[2])
{
	unsigned n = 0;
	const uint8_t *data;
	size_t have = stream_out_peek(out, &data);

	if (skip < have) {
		size_t first = have - skip < len ? have - skip : len;

		iov[n++] = (struct iovec){(void *)(uintptr_t)(data + skip), first};
		skip += first;
		len -= first;
	}
	if (len) {
		(void)stream_out_wrapped(out, &data);
		iov[n++] = (struct iovec){(void *)(uintptr_t)(data + skip - have), len};
	}
	return n;
}

static size_t waiting_length(const struct stream_out *out)
{
	struct iovec iov[2];
	uint8_t b[STREAM_HEADER];
	unsigned n = pieces(out, 0, sizeof(b), iov);

	memcpy(b, iov[0].iov_base, iov[0].iov_len);
	if (n > 1)
		memcpy(b + iov[0].iov_len, iov[1].iov_base, iov[1].iov_len);
	return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

static bool is_busy(int code)
{
	return code == EAGAIN || code == ENOBUFS || code == ENOMEM || code == EINTR;
}

/* The peer has read. */
static void on_writable(void *owner)
{
	struct dgram *d = owner;

	for (int i = 0; i < FRAMES_AT_ONCE && d->out.used; i++) {
		size_t len = waiting_length(&d->out);
		struct iovec iov[2];
		struct msghdr m = {.msg_iov = iov};

		m.msg_iovlen = pieces(&d->out, STREAM_HEADER, len, iov);
		if (sendmsg(d->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && is_busy(errno))
			return;
		/* after another error the peer is gone, which the next tick finds out */
		stream_out_take(&d->out, STREAM_HEADER + len);
	}
	if (!d->out.used)
		poller_want_write(&d->port.dp->poller, &d->source, false);
}

/* ---- what is sent ---- */

/* Describes the frames from `at` on, for one call.  Returns how many. */
static unsigned describe(struct dgram *d, unsigned at, struct mmsghdr *msg, struct iovec *iov)
{
	unsigned n = 0;

	for (; at < d->queue.count; at++, n++) {
		const struct tx_unit *u = &d->queue.unit[at];
		struct msghdr *m = &msg[n].msg_hdr;

		*m = (struct msghdr){.msg_iov = iov, .msg_iovlen = u->body_len ? 2 : 1};
		if (d->hears_parent) {
			m->msg_name = &d->name.un;
			m->msg_namelen = d->name.len;
		}
		*iov++ = (struct iovec){(void *)(uintptr_t)u->head, u->head_len};
		if (u->body_len)
			*iov++ = (struct iovec){(void *)(uintptr_t)u->body, u->body_len};
	}
	return n;
}

static void keep_or_drop(struct dgram *d, unsigned from)
{
	for (unsigned i = from; i < d->queue.count; i++) {
		const struct tx_unit *u = &d->queue.unit[i];
		bool ok = !d->hears_parent && keep(d, u);

		tx_count(&d->port, u, ok ? DROP_NONE : DROP_QUEUE_FULL);
	}
	if (!d->hears_parent)
		poller_want_write(&d->port.dp->poller, &d->source, d->out.used > 0);
}

static void count(struct dgram *d, unsigned from, unsigned to, enum drop drop)
{
	for (unsigned i = from; i < to; i++)
		tx_count(&d->port, &d->queue.unit[i], drop);
}

static void send_from(struct dgram *d, int fd)
{
	struct mmsghdr msg[TX_QUEUE_MAX];
	struct iovec iov[2 * TX_QUEUE_MAX];
	bool again = true;
	unsigned at = 0;

	while (at < d->queue.count) {
		unsigned messages = describe(d, at, msg, iov);
		int n = sendmmsg(fd, msg, messages, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			count(d, at, at + (unsigned)n, DROP_NONE);
			at += (unsigned)n;
		} else if (is_busy(errno)) {
			keep_or_drop(d, at);
			return;
		} else if (errno == EMSGSIZE) { /* above the buffer of the socket: this one only */
			count(d, at, at + 1, DROP_TX_ERROR);
			at++;
		} else if (again && dgram_reach(d) == 0) { /* another socket has the name by now */
			again = false;
		} else {
			count(d, at, d->queue.count, DROP_UNREACHABLE);
			return;
		}
	}
}

void dgram_flush(struct port *p)
{
	struct dgram *d = dgram_of(p);
	const struct dgram *parent = p->parent ? dgram_of(p->parent) : NULL;
	int fd = d->hears_parent && parent ? parent->fd : d->fd;

	if (fd < 0 || p->retired)
		count(d, 0, d->queue.count, DROP_UNREACHABLE);
	else if (d->out.used)
		keep_or_drop(d, 0); /* in turn */
	else
		send_from(d, fd);
}

/* ---- the way to the peer ---- */

/* Nothing comes from there: nobody knows the name of that socket, for it has none. */
static void on_readable(void *owner)
{
	struct dgram *d = owner;
	char byte;

	(void)recv(d->fd, &byte, 1, MSG_DONTWAIT);
}

static void on_failed(void *owner)
{
	const struct dgram *d = owner;
	socklen_t len = sizeof(int);
	int code;

	(void)getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &code, &len); /* asking clears it */
}

static int make_socket(struct dgram *d)
{
	int rc;

	d->out = (struct stream_out){.buf = malloc(STREAM_OUT_SIZE)};
	if (!d->out.buf)
		return -ENOMEM;
	d->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (d->fd < 0)
		return -errno;
	sockbind_buffers(d->fd, SEND_BUFFER, 0);
	d->source = (struct source){
		.fd = d->fd,
		.owner = d,
		.readable = on_readable,
		.writable = on_writable,
		.failed = on_failed,
	};
	rc = poller_add(&d->port.dp->poller, &d->source, NULL);
	d->port.queue = &d->queue;
	return rc;
}

/* 0: by fd; 1: from the socket that it is connected to itself; or -errno. */
static int aim(int fd, const struct dgram_name *name)
{
	if (connect(fd, (const struct sockaddr *)&name->un, name->len) == 0)
		return 0;
	return errno == EPERM ? 1 : -errno;
}

int dgram_probe(const struct dgram_name *name)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return -errno;
	rc = aim(fd, name);
	close(fd);
	return rc < 0 ? rc : 0;
}

int dgram_reach(struct dgram *d)
{
	int rc = d->fd < 0 ? make_socket(d) : 0;

	if (rc == 0)
		rc = aim(d->fd, &d->name);
	if (rc < 0)
		return rc;
	d->hears_parent = rc == 1;
	if (d->hears_parent && d->out.used) { /* for one who had the name before */
		stream_out_take(&d->out, d->out.used);
		poller_want_write(&d->port.dp->poller, &d->source, false);
	}
	return 0;
}

void dgram_let_go(struct dgram *d)
{
	poller_del(&d->port.dp->poller, &d->source);
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	free(d->out.buf);
	d->out = (struct stream_out){.buf = NULL};
}
