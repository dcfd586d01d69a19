/* SPDX-License-Identifier: ISC */
#include "port/burst.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "core/gro.h"
#include "port/datapath.h"
#include "port/port.h"

/*
 * More than any datagram, joined or not, can have; and not a power of two, so that the beginnings of the
 * buffers, of which there is most use, do not compete for the same lines of the cache.
 */
enum { BUF_SIZE = 65536 + 3 * 64 };

struct burst {
	struct gro *gro;
	struct port *port; /* whose frames are in gro */
	int want;	   /* buffers that burst_drain() takes at once */
	struct mmsghdr msg[BURST_MAX];
	struct iovec iov[BURST_MAX];
	struct sockaddr_storage from[BURST_MAX];
	union {
		struct cmsghdr align;
		char bytes[2 * CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(uint32_t))];
	} control[BURST_MAX];
	uint8_t buf[BURST_MAX][BUF_SIZE];
};

static void joined_frame(void *arg, struct frame *f)
{
	struct burst *b = arg;

	rx_input(b->port, f, 1);
}

static void prepare(struct burst *b, int i)
{
	b->iov[i] = (struct iovec){b->buf[i], BUF_SIZE};
	b->msg[i].msg_hdr = (struct msghdr){
		.msg_name = &b->from[i],
		.msg_iov = &b->iov[i],
		.msg_iovlen = 1,
		.msg_control = &b->control[i],
	};
}

struct burst *burst_new(void)
{
	struct burst *b = aligned_alloc(64, (sizeof(*b) + 63) / 64 * 64);

	if (!b)
		return NULL;
	b->gro = gro_new(joined_frame, b);
	if (!b->gro) {
		free(b);
		return NULL;
	}
	for (int i = 0; i < BURST_MAX; i++)
		prepare(b, i);
	b->want = BURST_MAX;
	return b;
}

void burst_free(struct burst *b)
{
	if (b)
		gro_free(b->gro);
	free(b);
}

static int receive(struct burst *b, int fd, int max, size_t control)
{
	int n;

	for (int i = 0; i < max; i++) { /* the kernel wrote over these */
		b->msg[i].msg_hdr.msg_namelen = sizeof(b->from[i]);
		b->msg[i].msg_hdr.msg_controllen = control;
	}
	n = recvmmsg(fd, b->msg, (unsigned)max, MSG_DONTWAIT, NULL);
	return n < 0 ? -errno : n;
}

int burst_receive(struct burst *b, int fd)
{
	return receive(b, fd, BURST_MAX, sizeof(b->control[0]));
}

int burst_receive_unix(struct burst *b, int fd, bool creds)
{
	/* not CMSG_SPACE(): in its padding there would be room for the beginning of something else */
	return receive(b, fd, BURST_MAX, creds ? CMSG_LEN(sizeof(struct ucred)) : 0);
}

/* Linux writes a TOS as one byte and a traffic class as an int. */
static uint8_t cmsg_byte(struct cmsghdr *c)
{
	int value = 0;

	if (c->cmsg_len < CMSG_LEN(sizeof(value)))
		return *CMSG_DATA(c);
	memcpy(&value, CMSG_DATA(c), sizeof(value));
	return (uint8_t)value;
}

/* What the kernel tells beside the bytes; nothing most of the time. */
static void read_control(struct msghdr *m, struct datagrams *d)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		int each;

		if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
			memcpy(&each, CMSG_DATA(c), sizeof(each));
			d->each = each > 0 ? (size_t)each : d->len;
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
			struct ucred cred;

			memcpy(&cred, CMSG_DATA(c), sizeof(cred));
			d->uid = cred.uid;
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
			memcpy(&d->lost, CMSG_DATA(c), sizeof(d->lost));
		} else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) ||
			   (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS)) {
			d->tos = cmsg_byte(c);
		}
	}
}

struct datagrams burst_get(struct burst *b, int i)
{
	struct mmsghdr *m = &b->msg[i];
	struct datagrams d = {
		.data = b->buf[i],
		.len = m->msg_len,
		.each = m->msg_len,
		.cut = m->msg_hdr.msg_flags & MSG_TRUNC,
		.uid = (uid_t)-1,
		.from = &b->from[i],
		.from_len = m->msg_hdr.msg_namelen,
	};

	read_control(&m->msg_hdr, &d);
	return d;
}

void burst_frame(struct burst *b, struct port *p, const uint8_t *data, size_t len, bool join)
{
	struct frame f = {.data = data, .len = len};

	if (p != b->port) /* flows of different ports do not mix */
		gro_flush(b->gro);
	b->port = p;
	if (join)
		gro_receive(b->gro, data, len);
	else
		rx_input(p, &f, 1);
}

void burst_take(struct burst *b, struct port *p, const struct datagrams *d, enum drop why,
		bool join)
{
	size_t at = 0;

	if (why == DROP_NONE && d->cut)
		why = DROP_OVERSIZE;
	do {
		size_t left = d->len - at, len = left < d->each ? left : d->each;

		if (why != DROP_NONE)
			rx_reject(p, len, why);
		else
			burst_frame(b, p, d->data + at, len, join);
		at += len;
	} while (at < d->len);
}

void burst_end(struct burst *b)
{
	gro_flush(b->gro);
}

/*
 * A buffer may hold many frames, each of which may go to many: after a burst that took more than a turn may, the
 * next is half as large.
 */
static void learn_from(struct burst *b, unsigned work)
{
	if (work > WORK_BUDGET / 2)
		b->want = (b->want + 1) / 2;
	else if (b->want < BURST_MAX)
		b->want = b->want * 2 < BURST_MAX ? b->want * 2 : BURST_MAX;
}

void burst_drain(struct datapath *dp, int fd, void (*take)(void *arg, const struct datagrams *d),
		 bool (*take_errors)(void *arg), void *arg)
{
	struct burst *b = dp->burst;

	for (int taken = 0; taken < RX_BUDGET && datapath_may_work(dp);) {
		unsigned before = dp->work;
		int want = b->want;
		int n = receive(b, fd, want, sizeof(b->control[0]));

		if (n < 0) { /* drained; or the network has reported something */
			if (n == -EAGAIN || !take_errors(arg))
				return;
			taken++;
			continue;
		}
		for (int i = 0; i < n; i++) {
			struct datagrams d = burst_get(b, i);

			take(arg, &d);
		}
		burst_end(b);
		learn_from(b, dp->work - before);
		taken += n;
		if (n < want)
			return;
	}
}
