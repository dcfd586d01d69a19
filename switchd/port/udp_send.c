/* SPDX-License-Identifier: ISC */
/*
 * udp_send.c - many frames to the peer with one system call.
 *
 * Theory of operation.  A flush is one sendmmsg(2).  Frames of one length that follow each other, as the
 * segments of a super-frame do, go as one message: the kernel cuts it into datagrams (UDP_SEGMENT,
 * udp(7)) as late as it can, perhaps in the card, and looks up the route once.  What the kernel does not
 * take like that goes as one message each, and is remembered for a while.
 *
 * The kernel stops at the first message that fails and tells why only if that is the first one.  So what
 * was sent is counted, and the call is made again from there on.
 */
#include "port/udp.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "port/datapath.h"

enum {
	SEGMENTS_MAX = 64, /* UDP_MAX_SEGMENTS of Linux before 6.9 */
	TRY_AGAIN_MS = 10000,
	ERRORS_MAX = 8, /* reports of earlier datagrams that may be in the way of one flush */
};

/* The arguments of one call. */
struct batch {
	struct mmsghdr msg[TX_QUEUE_MAX];
	unsigned end[TX_QUEUE_MAX]; /* behind the last frame of each message */
	struct iovec iov[2 * TX_QUEUE_MAX];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(uint16_t))];
	} control[TX_QUEUE_MAX];
};

/* How many frames from `at` on can go as one message: all of one length, but the last may be shorter. */
static unsigned run_length(const struct udp *u, unsigned at)
{
	const struct tx_unit *unit = u->queue.unit;
	size_t each = tx_len(&unit[at]), total = each;
	unsigned n = 1;

	if (each > u->segment_max)
		return 1;
	for (; at + n < u->queue.count && n < SEGMENTS_MAX; n++) {
		size_t len = tx_len(&unit[at + n]);

		if (len > each || total + len > UDP_PAYLOAD_MAX)
			break;
		total += len;
		if (len < each)
			return n + 1;
	}
	return n;
}

static void ask_for_segments(struct msghdr *m, void *control, size_t size, uint16_t each)
{
	m->msg_control = control;
	m->msg_controllen = size;
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	c->cmsg_level = IPPROTO_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(each));
	memcpy(CMSG_DATA(c), &each, sizeof(each));
}

/* Describes the frames from `at` on.  Returns the number of messages. */
static unsigned describe(struct udp *u, struct batch *b, unsigned at)
{
	struct iovec *iov = b->iov;
	unsigned n = 0;

	for (; at < u->queue.count; n++) {
		struct msghdr *m = &b->msg[n].msg_hdr;
		const struct tx_unit *first = &u->queue.unit[at];

		*m = (struct msghdr){
			.msg_name = &u->remote.sa,
			.msg_namelen = u->remote.len,
			.msg_iov = iov,
		};
		b->end[n] = at + run_length(u, at);
		if (b->end[n] - at > 1)
			ask_for_segments(m, &b->control[n], sizeof(b->control[n]),
					 (uint16_t)tx_len(first));
		for (; at < b->end[n]; at++) {
			const struct tx_unit *f = &u->queue.unit[at];

			*iov++ = (struct iovec){(void *)(uintptr_t)f->head, f->head_len};
			if (f->body_len)
				*iov++ = (struct iovec){(void *)(uintptr_t)f->body, f->body_len};
		}
		m->msg_iovlen = (size_t)(iov - m->msg_iov);
	}
	return n;
}

static void count(struct udp *u, unsigned from, unsigned to, enum drop d)
{
	for (unsigned i = from; i < to; i++)
		tx_count(&u->port, &u->queue.unit[i], d);
}

/* Does the error say that these frames may still go one by one?  Then from now on they do. */
static bool refuses_segments(struct udp *u, int code, size_t each)
{
	switch (code) {
	case EMSGSIZE: /* too large for the route; older kernels say EINVAL */
	case EINVAL:
		u->segment_max = each - 1;
		break;
	case EIO:
	case EOPNOTSUPP:
		u->segment_max = 0;
		break;
	default:
		return false;
	}
	u->segment_tried_ms = datapath_now(u->port.dp);
	return true;
}

/*
 * The message of the frames from `at` up to `end` was refused.  Returns the frame to go on with: `at`
 * where it can be tried again.
 */
static unsigned refused(struct udp *u, int code, unsigned at, unsigned end, unsigned *errors)
{
	if (*errors < ERRORS_MAX && udp_take_errors(u)) {
		++*errors; /* it was not about this one */
		return at;
	}
	if (end - at > 1 && refuses_segments(u, code, tx_len(&u->queue.unit[at])))
		return at;
	if (code == EMSGSIZE) {
		count(u, at, end, DROP_TX_ERROR);
		return end;
	}
	/* the others have the same way to go */
	count(u, at, u->queue.count, tx_drop_of_errno(code));
	return u->queue.count;
}

void udp_flush(struct port *p)
{
	struct udp *u = udp_of(p);
	uint64_t now = datapath_now(p->dp);
	unsigned at = 0, errors = 0;
	struct batch b;

	if (now - u->segment_tried_ms > TRY_AGAIN_MS)
		u->segment_max = SIZE_MAX;
	while (at < u->queue.count) {
		unsigned messages = describe(u, &b, at);
		int n = sendmmsg(u->fd, b.msg, messages, MSG_DONTWAIT);

		if (n > 0) {
			count(u, at, b.end[n - 1], DROP_NONE);
			at = b.end[n - 1];
		} else {
			at = refused(u, errno, at, b.end[0], &errors);
		}
	}
	if (u->complaint)
		udp_settle(u, false);
}

void udp_forget_refusals(struct udp *u)
{
	u->segment_max = SIZE_MAX;
}
