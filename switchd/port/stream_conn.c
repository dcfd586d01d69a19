/* SPDX-License-Identifier: ISC */
/*
 * stream_conn.c - frames over one connection.
 *
 * Theory of operation.  In: one read takes as much as there is, up to STREAM_IN_SIZE, and so many frames with
 * one system call.  They are handed on where they lie; what is left is the beginning of one frame, which moves
 * to the front.  A read may hold thousands of small frames, more than a turn has room for: then the port
 * is served again in the next turn (poller_again()), and reads no more before it is through.
 *
 * Out: a flush is one sendmsg(2) of all frames that were collected, their lengths between them.  What the
 * socket does not take waits in a ring, as whole frames but for the first, and is sent when the socket can be
 * written to; meanwhile nothing else is.  Where the ring is full, whole frames are dropped.  So the peer
 * never sees a torn frame, and one that does not read costs its own ring and nothing else.  A frame in the
 * ring counts as sent, like one in the socket's buffer: whether the peer reads it is not for us to know.
 *
 * An error in sending is not acted upon: the socket can be read then, and that says what happened.
 */
#include "port/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/burst.h"
#include "port/datapath.h"
#include "port/sockbind.h"

enum {
	/*
	 * Frames taken in a turn, and work that makes (a frame that is sent to one port counts twice).  Segments
	 * that are joined are many frames and little work.
	 */
	FRAMES_AT_ONCE = 4 * RX_BUDGET,
	WORK_AT_ONCE = 2 * RX_BUDGET,

	UNIX_BUFFER = 1 << 20,

	/* When a silent peer is asked whether it is there, how often, and how long one may owe an answer. */
	KEEP_IDLE_S = 10,
	KEEP_INTERVAL_S = 5,
	KEEP_COUNT = 4,
	SILENT_MS = 30000,
};

/* ---- in ---- */

/*
 * Hands on what is there, until *frames are FRAMES_AT_ONCE or the work of the turn is done: then the result is
 * STREAM_FRAME.
 */
static enum stream_state hand_on(struct stream *s, unsigned start, unsigned *frames, size_t *len)
{
	struct datapath *dp = s->port.dp;
	struct burst *b = dp->burst;
	bool join = s->port.cfg.u.stream.coalesce;
	enum stream_state state = STREAM_FRAME;

	while (*frames < FRAMES_AT_ONCE && dp->work - start < WORK_AT_ONCE &&
	       datapath_may_work(dp)) {
		const uint8_t *data;

		state = stream_next(&s->in, &data, len);
		if (state != STREAM_FRAME)
			break;
		if (++*frames == 1 && !stream_is_torn(&s->in))
			join = false; /* it is alone */
		burst_frame(b, &s->port, data, *len, join);
	}
	burst_end(b);
	return state;
}

static void bad_length(struct stream *s, size_t len)
{
	char reason[REASON_SIZE];

	snprintf(
		reason, sizeof(reason),
		"the peer sent the length %zu, which no frame has: it has lost its place, or speaks "
		"another protocol",
		len);
	stream_ended(s, reason);
}

static void hung_up(struct stream *s, int code)
{
	char reason[REASON_SIZE];

	if (code)
		snprintf(reason, sizeof(reason), "the connection broke: %s", strerror(code));
	else
		snprintf(reason, sizeof(reason), "the peer hung up%s",
			 stream_is_torn(&s->in) ? " in the middle of a frame" : "");
	stream_ended(s, reason);
}

/* Reads what has come.  False: there is nothing, or the connection has ended.  *full: there may be more. */
static bool receive(struct stream *s, bool *full)
{
	size_t room;
	uint8_t *to = stream_room(&s->in, &room);
	ssize_t n = recv(s->fd, to, room, MSG_DONTWAIT);

	if (n > 0) {
		stream_received(&s->in, (size_t)n);
		*full = (size_t)n == room;
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		hung_up(s, n ? errno : 0);
	return false;
}

static void on_readable(void *owner)
{
	struct stream *s = owner;
	struct datapath *dp = s->port.dp;
	unsigned start = dp->work, frames = 0;
	bool more = true;
	size_t len;

	for (;;) {
		switch (hand_on(s, start, &frames, &len)) {
		case STREAM_BAD:
			bad_length(s, len);
			return;
		case STREAM_FRAME:
			poller_again(&dp->poller, &s->source);
			return;
		case STREAM_MORE:
			if (!more || !receive(s, &more))
				return;
		}
	}
}

/* ---- out ---- */

/* Leaves the rest of unit u, of which `skip` bytes with its length were sent, for later.  False: no room. */
static bool keep(struct stream *s, const struct tx_unit *u, size_t skip)
{
	uint8_t header[STREAM_HEADER];
	const struct {
		const uint8_t *data;
		size_t len;
	} part[] = {{header, sizeof(header)}, {u->head, u->head_len}, {u->body, u->body_len}};

	if (stream_out_room(&s->out) < sizeof(header) + tx_len(u) - skip)
		return false;
	stream_put_header(header, tx_len(u));
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		size_t gone = skip < part[i].len ? skip : part[i].len;

		if (part[i].len > gone)
			stream_out_add(&s->out, part[i].data + gone, part[i].len - gone);
		skip -= gone;
	}
	return true;
}

/* Counts what of the queue was sent with the first `sent` bytes of it, and keeps the others. */
static void settle(struct stream *s, size_t sent)
{
	for (unsigned i = 0; i < s->queue.count; i++) {
		const struct tx_unit *u = &s->queue.unit[i];
		size_t whole = STREAM_HEADER + tx_len(u);
		bool ok = sent >= whole || keep(s, u, sent);

		sent -= sent < whole ? sent : whole;
		tx_count(&s->port, u, ok ? DROP_NONE : DROP_QUEUE_FULL);
	}
	poller_want_write(&s->port.dp->poller, &s->source, s->out.used > 0);
}

static void refuse(struct stream *s, enum drop d)
{
	for (unsigned i = 0; i < s->queue.count; i++)
		tx_count(&s->port, &s->queue.unit[i], d);
}

static bool is_busy(int code)
{
	return code == EAGAIN || code == ENOBUFS || code == ENOMEM || code == EINTR;
}

static struct iovec iov_of(const uint8_t *data, size_t len)
{
	return (struct iovec){(void *)(uintptr_t)data, len};
}

void stream_flush(struct port *p)
{
	struct stream *s = stream_of(p);
	uint8_t header[TX_QUEUE_MAX][STREAM_HEADER];
	struct iovec iov[3 * TX_QUEUE_MAX];
	struct msghdr m = {.msg_iov = iov};

	if (!s->in.buf) {
		refuse(s, DROP_DEVICE_DOWN);
		return;
	}
	if (s->out.used) { /* in turn */
		settle(s, 0);
		return;
	}
	for (unsigned i = 0; i < s->queue.count; i++) {
		const struct tx_unit *u = &s->queue.unit[i];

		stream_put_header(header[i], tx_len(u));
		iov[m.msg_iovlen++] = iov_of(header[i], STREAM_HEADER);
		iov[m.msg_iovlen++] = iov_of(u->head, u->head_len);
		if (u->body_len)
			iov[m.msg_iovlen++] = iov_of(u->body, u->body_len);
	}
	ssize_t n = sendmsg(s->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n >= 0 || is_busy(errno))
		settle(s, n > 0 ? (size_t)n : 0);
	else
		refuse(s, DROP_TX_ERROR);
}

static void on_writable(void *owner)
{
	struct stream *s = owner;
	const uint8_t *data;
	struct iovec iov[2];
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = 2};
	size_t len = stream_out_peek(&s->out, &data);

	iov[0] = iov_of(data, len);
	len = stream_out_wrapped(&s->out, &data);
	iov[1] = iov_of(data, len);
	ssize_t n = sendmsg(s->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && is_busy(errno))
		return;
	stream_out_take(&s->out,
			n < 0 ? s->out.used : (size_t)n); /* an error: nobody will read it */
	if (!s->out.used)
		poller_want_write(&s->port.dp->poller, &s->source, false);
}

/* ---- the connection ---- */

static void on_failed(void *owner)
{
	struct stream *s = owner;
	socklen_t len = sizeof(int);
	int code = 0;

	(void)getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &code, &len);
	hung_up(s, code);
}

static void set(int fd, int name, int value)
{
	(void)setsockopt(fd, IPPROTO_TCP, name, &value, sizeof(value));
}

static bool is_tcp(int fd)
{
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof(sa);

	return getsockname(fd, (struct sockaddr *)&sa, &len) == 0 && sa.ss_family != AF_UNIX;
}

static void tune(struct stream *s, int fd)
{
	int on = 1;

	s->tcp = is_tcp(fd);
	if (!s->tcp) {
		sockbind_buffers(fd, UNIX_BUFFER, UNIX_BUFFER);
		return;
	}
	set(fd, TCP_NODELAY, 1);
	set(fd, TCP_KEEPIDLE, KEEP_IDLE_S);
	set(fd, TCP_KEEPINTVL, KEEP_INTERVAL_S);
	set(fd, TCP_KEEPCNT, KEEP_COUNT);
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

int stream_plug(struct stream *s, int fd, struct err *e)
{
	int rc;

	s->in = (struct stream_in){.buf = malloc(STREAM_IN_SIZE)};
	s->out = (struct stream_out){.buf = malloc(STREAM_OUT_SIZE)};
	if (!s->in.buf || !s->out.buf) {
		rc = err_set(e, ENOMEM, "no memory for a connection");
		goto fail;
	}
	tune(s, fd);
	s->source = (struct source){
		.fd = fd,
		.owner = s,
		.readable = on_readable,
		.writable = on_writable,
		.failed = on_failed,
	};
	rc = poller_add(&s->port.dp->poller, &s->source, e);
	if (rc)
		goto fail;
	s->fd = fd;
	s->port.queue = &s->queue;
	return 0;
fail:
	free(s->in.buf);
	free(s->out.buf);
	s->in.buf = s->out.buf = NULL;
	return rc;
}

void stream_unplug(struct stream *s)
{
	poller_del(&s->port.dp->poller, &s->source);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->connecting = false;
	free(s->in.buf);
	free(s->out.buf);
	s->in.buf = s->out.buf = NULL;
}

/*
 * A peer whose host has vanished is noticed by keepalive while nothing is sent; while something is, the kernel
 * would try for a quarter of an hour.  TCP_USER_TIMEOUT would shorten that, but also end the connection to a
 * guest that is stopped for a while and whose kernel still answers.
 */
void stream_check_alive(struct stream *s)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	if (!s->tcp || !s->in.buf || getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		return;
	if ((info.tcpi_retransmits || info.tcpi_probes) && info.tcpi_last_ack_recv > SILENT_MS)
		hung_up(s, ETIMEDOUT);
}
