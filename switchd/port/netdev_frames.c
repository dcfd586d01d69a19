/* SPDX-License-Identifier: ISC */
/*
 * netdev_frames.c - frames between a packet socket and the switch.
 *
 * Theory of operation.  Each frame has an offload header in front of it both ways (PACKET_VNET_HDR), so that a
 * super-frame crosses from a veth to a tap, or the other way round, as it is.  The kernel checks the length of what
 * is sent against the device's MTU, but not the segments of a super-frame: so the MTU of the device is that
 * of the port (netdev.c).
 *
 * The queueing discipline of the device is not passed by (PACKET_QDISC_BYPASS): who shapes or captures what
 * leaves through the device means these frames, too.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/vnet.h"
#include "port/datapath.h"
#include "port/log.h"
#include "port/netdev.h"
#include "port/packets.h"

/* ---- in ---- */

/*
 * Of tunnels the kernel says what it would of plain TCP, which does not agree with the headers.  That a machine writes
 * nonsense looks the same.
 */
static void tell_unfit(struct netdev *n)
{
	const struct port *p = &n->port;

	if (n->told_unfit)
		return;
	n->told_unfit = true;
	log_warning(
		"%s: port %s: a frame came through %s that is still to be cut into segments, in a way that "
		"a packet socket cannot tell of (of a tunnel or SCTP, or UDP before Linux 6.2); it is lost, "
		"and so are others like it: turn that offload off where they are sent, with `ethtool -K "
		"DEVICE tx-udp_tnl-segmentation off tx-sctp-segmentation off tx-udp-segmentation off`",
		p->core.sw->name, p->cfg.name, n->dev.name);
}

void netdev_count_unfit(struct netdev *n)
{
	rx_reject(&n->port, 0, DROP_BAD_GSO);
	tell_unfit(n);
}

/*
 * Hands on what packets_receive() took.  Returns how many bytes they were.  Frames of the host itself do not come
 * where the kernel knows PACKET_IGNORE_OUTGOING (Linux 4.20).
 */
static size_t take(struct netdev *n, int received)
{
	const uint64_t *bad_gso = &n->port.core.stats.drops[DROP_BAD_GSO];
	struct datapath *dp = n->port.dp;
	struct frame *frame = dp->rx.frame;
	uint64_t before = *bad_gso;
	unsigned count = 0;
	size_t bytes = 0;

	for (int i = 0; i < received; i++) {
		struct packet k = packets_get(dp->packets, i);

		bytes += k.frame.len;
		rx_count_lost(&n->port, &n->lost, k.lost);
		if (k.outgoing)
			dp->work++;
		else if (k.cut)
			rx_reject(&n->port, k.frame.len, DROP_OVERSIZE);
		else
			frame[count++] = k.frame;
	}
	rx_input(&n->port, frame, count);
	if (*bad_gso != before)
		tell_unfit(n);
	return bytes;
}

/*
 * As many as fit the first-level cache and the turn together, if they are like the last ones.  A lone frame does not
 * wait for others: the kernel gives what is there.
 */
static unsigned next_batch(size_t bytes, unsigned received, unsigned work)
{
	size_t fit = (size_t)RX_BATCH_BYTES * received / (bytes + 1);
	unsigned most = rx_batch_fit(received, work);

	return fit < 1 ? 1 : fit < most ? (unsigned)fit : most;
}

void netdev_receive(void *owner)
{
	struct netdev *n = owner;
	struct port *p = &n->port;
	const unsigned max = rx_batch_max(p->core.sw);

	for (int taken = 0; taken < RX_BUDGET && datapath_may_work(p->dp);) {
		unsigned want = n->batch && n->batch < max ? n->batch : max;
		int got = packets_receive(p->dp->packets, n->fd, want);
		unsigned before = p->dp->work;

		if (got == -EINVAL) {
			netdev_count_unfit(n);
			taken++;
			continue;
		}
		/* drained; or the device was set down or deleted, which this takes note of */
		if (got <= 0) {
			if (got != -EAGAIN && !datapath_is_quiet(p->dp) && !p->dp->rtnl.hears_all)
				p->ops->refresh(p);
			return;
		}
		size_t bytes = take(n, got);
		n->batch = next_batch(bytes, (unsigned)got, p->dp->work - before);
		taken += got;
		if (got < (int)want)
			return;
	}
}

void netdev_forget(struct netdev *n)
{
	n->batch = 0;
	n->lost = 0;
	n->told_unfit = false;
}

/* ---- out ---- */

/* Describes all frames of the queue, a message each, which takes up to three pieces. */
static void describe(const struct tx_queue *q, struct mmsghdr *msg, struct iovec *iov)
{
	static const uint8_t no_offload[VNET_HDR_SIZE];

	for (unsigned i = 0; i < q->count; i++) {
		const struct tx_unit *u = &q->unit[i];
		struct msghdr *m = &msg[i].msg_hdr;

		*m = (struct msghdr){.msg_iov = iov};
		if (u->vnet) { /* in one piece with the head */
			*iov++ = (struct iovec){(void *)(uintptr_t)u->vnet,
						VNET_HDR_SIZE + u->head_len};
		} else {
			*iov++ = (struct iovec){(void *)(uintptr_t)no_offload, VNET_HDR_SIZE};
			*iov++ = (struct iovec){(void *)(uintptr_t)u->head, u->head_len};
		}
		if (u->body_len)
			*iov++ = (struct iovec){(void *)(uintptr_t)u->body, u->body_len};
		m->msg_iovlen = (size_t)(iov - m->msg_iov);
	}
}

static void count(struct port *p, unsigned from, unsigned to, enum drop d)
{
	for (unsigned i = from; i < to; i++)
		tx_count(p, &p->queue->unit[i], d);
}

/* A frame that asks for UDP segmentation, which Linux knows from 6.2 on. */
static bool is_udp_super(const struct tx_unit *u)
{
	struct virtio_net_hdr h;

	if (!u->vnet)
		return false;
	h = vnet_load(u->vnet);
	return vnet_gso_type(&h) == VIRTIO_NET_HDR_GSO_UDP_L4;
}

/*
 * What a socket keeps until somebody asks: errors that are not of the frame that is being sent.  That the device was
 * down a moment ago is one; another is what ended packets_receive() early.
 */
struct doubt {
	bool down;    /* that the device is down was said before */
	bool invalid; /* and so was that the frame at `at` is not valid */
	unsigned at;
};

/* The frame at `at` was refused.  Returns the one to go on with. */
static unsigned refused(struct port *p, int code, unsigned at, struct doubt *doubt)
{
	const struct tx_queue *q = p->queue;

	switch (code) {
	case EINTR:
		return at;
	case EMSGSIZE: /* longer than the device's MTU, perhaps because of a second tag */
		count(p, at, at + 1, DROP_EGRESS_MTU);
		return at + 1;
	case ENOBUFS: /* the device's queue had no room for this flow */
		count(p, at, at + 1, DROP_QUEUE_FULL);
		return at + 1;
	case EINVAL:
		if (!doubt->invalid || doubt->at != at) {
			*doubt = (struct doubt){.down = doubt->down, .invalid = true, .at = at};
			return at;
		}
		doubt->invalid = false;
		if (is_udp_super(&q->unit[at])) /* from now on we cut them */
			p->caps &= ~(unsigned)PORT_USO;
		count(p, at, at + 1, DROP_TX_ERROR);
		return at + 1;
	case ENETDOWN:
		if (!doubt->down) {
			doubt->down = true;
			return at;
		}
		count(p, at, q->count, DROP_DEVICE_DOWN);
		return q->count;
	case ENXIO:
	case ENODEV:
	case EBADF: /* lost */
		count(p, at, q->count, DROP_DEVICE_DOWN);
		return q->count;
	default: /* the others have the same way to go */
		count(p, at, q->count, tx_drop_of_errno(code));
		return q->count;
	}
}

void netdev_flush(struct port *p)
{
	struct netdev *n = netdev_of(p);
	const struct tx_queue *q = p->queue;
	struct mmsghdr msg[TX_QUEUE_MAX];
	struct iovec iov[3 * TX_QUEUE_MAX];
	struct doubt doubt = {0};
	unsigned at = 0;

	describe(q, msg, iov);
	while (at < q->count) {
		int sent = sendmmsg(n->fd, msg + at, q->count - at, MSG_DONTWAIT);

		if (sent > 0) {
			if (doubt.invalid) /* it is, so that was said of one received */
				netdev_count_unfit(n);
			doubt.invalid = false;
			count(p, at, at + (unsigned)sent, DROP_NONE);
			at += (unsigned)sent;
		} else {
			at = refused(p, errno, at, &doubt);
		}
	}
}
