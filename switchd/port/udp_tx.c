/* SPDX-License-Identifier: ISC */
/*
 * udp_tx.c - how letters become messages.
 *
 * Theory of operation.  All is one sendmmsg(2).  What the kernel does not take as one message goes as one
 * message each, and is remembered for a while.
 *
 * The kernel stops at the first message that fails and tells why only if that is the first one.  So what
 * was sent is counted, and the call is made again from there on.
 */
#include "port/udp_tx.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#include "port/datapath.h"
#include "port/port.h"

enum {
	SEGMENTS_MAX = 64, /* UDP_MAX_SEGMENTS of Linux before 6.9 */
	TRY_AGAIN_MS = 10000,
	ERRORS_MAX = 8, /* reports of earlier datagrams that may be in the way of one call */
	PIECES = 3,	/* of a datagram: prefix, head, body */
};

struct sending {
	struct port *port;
	int fd;
	const struct udp_letter *letter;
	unsigned count;
	uint64_t now;
	bool (*take_errors)(void *arg);
	void *arg;
};

/* Room for a cut, TOS, TTL and a device. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(uint16_t)) + 2 * CMSG_SPACE(sizeof(int)) +
		   CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* The arguments of one call. */
struct batch {
	struct mmsghdr msg[TX_QUEUE_MAX];
	unsigned end[TX_QUEUE_MAX]; /* behind the last letter of each message */
	struct iovec iov[PIECES * TX_QUEUE_MAX];
	union control control[TX_QUEUE_MAX];
};

static size_t length(const struct udp_letter *l)
{
	return l->way->prefix_len + tx_len(l->unit);
}

/* Up to which length letters may go as one. */
static size_t segment_max(const struct sending *s, const struct udp_way *way)
{
	if (way->whole)
		return 0;
	if (s->now - way->refusals->tried_ms > TRY_AGAIN_MS)
		udp_tx_forget(way->refusals);
	return way->refusals->segment_max;
}

/*
 * How many letters from `at` on can go as one message: all of one way and one length, but the last may
 * be shorter.
 */
static unsigned run_length(const struct sending *s, unsigned at)
{
	const struct udp_letter *first = &s->letter[at];
	size_t each = length(first), total = each;
	unsigned n = 1;

	if (at + 1 == s->count || each > segment_max(s, first->way))
		return 1;
	for (; at + n < s->count && n < SEGMENTS_MAX && first[n].way == first->way; n++) {
		size_t len = length(&first[n]);

		if (len > each || total + len > UDP_PAYLOAD_MAX)
			break;
		total += len;
		if (len < each)
			return n + 1;
	}
	return n;
}

/* Adds to the control data of m, whose buffer is large enough for all there is. */
static void add_control(struct msghdr *m, union control *c, int level, int type, const void *data,
			size_t size)
{
	struct cmsghdr *h = (struct cmsghdr *)(void *)(c->bytes + m->msg_controllen);

	m->msg_control = c;
	m->msg_controllen += CMSG_SPACE(size);
	h->cmsg_level = level;
	h->cmsg_type = type;
	h->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(h), data, size);
}

static void choose_device(struct msghdr *m, union control *c, bool ipv6, int ifindex)
{
	struct in_pktinfo v4 = {.ipi_ifindex = ifindex};
	struct in6_pktinfo v6 = {.ipi6_ifindex = (unsigned)ifindex};

	if (ipv6)
		add_control(m, c, IPPROTO_IPV6, IPV6_PKTINFO, &v6, sizeof(v6));
	else
		add_control(m, c, IPPROTO_IP, IP_PKTINFO, &v4, sizeof(v4));
}

/* What is asked for beside the bytes. */
static void ask(struct msghdr *m, union control *c, const struct udp_way *way, uint16_t cut)
{
	bool ipv6 = way->to->sa_family == AF_INET6;
	int level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;

	if (cut)
		add_control(m, c, IPPROTO_UDP, UDP_SEGMENT, &cut, sizeof(cut));
	if (way->tos >= 0)
		add_control(m, c, level, ipv6 ? IPV6_TCLASS : IP_TOS, &way->tos, sizeof(way->tos));
	if (way->ttl >= 0)
		add_control(m, c, level, ipv6 ? IPV6_HOPLIMIT : IP_TTL, &way->ttl,
			    sizeof(way->ttl));
	if (way->ifindex)
		choose_device(m, c, ipv6, way->ifindex);
}

static struct iovec *put(struct iovec *iov, const uint8_t *data, size_t len)
{
	*iov = (struct iovec){(void *)(uintptr_t)data, len};
	return iov + (len > 0);
}

/* Describes the letters from `at` on.  Returns the number of messages. */
static unsigned describe(const struct sending *s, struct batch *b, unsigned at)
{
	struct iovec *iov = b->iov;
	unsigned n = 0;

	for (; at < s->count; n++) {
		struct msghdr *m = &b->msg[n].msg_hdr;
		const struct udp_letter *first = &s->letter[at];

		*m = (struct msghdr){
			.msg_name = (void *)(uintptr_t)first->way->to,
			.msg_namelen = first->way->to_len,
			.msg_iov = iov,
		};
		b->end[n] = at + run_length(s, at);
		ask(m, &b->control[n], first->way,
		    b->end[n] - at > 1 ? (uint16_t)length(first) : 0);
		for (; at < b->end[n]; at++) {
			const struct tx_unit *u = s->letter[at].unit;

			iov = put(iov, first->way->prefix, first->way->prefix_len);
			iov = put(iov, u->head, u->head_len);
			iov = put(iov, u->body, u->body_len);
		}
		m->msg_iovlen = (size_t)(iov - m->msg_iov);
	}
	return n;
}

static void count(const struct sending *s, unsigned from, unsigned to, enum drop d)
{
	for (unsigned i = from; i < to; i++)
		tx_count(s->port, s->letter[i].unit, d);
}

/* Does the error say that these may still go one by one?  Then from now on they do. */
static bool refuses_segments(const struct sending *s, int code, const struct udp_letter *l)
{
	struct udp_refusals *r = l->way->refusals;

	switch (code) {
	case EMSGSIZE: /* too large for the route; older kernels say EINVAL */
	case EINVAL:
		r->segment_max = length(l) - 1;
		break;
	case EIO:
	case EOPNOTSUPP:
		r->segment_max = 0;
		break;
	default:
		return false;
	}
	r->tried_ms = s->now;
	return true;
}

/*
 * The message of the letters from `at` up to `end` was refused.  Returns the letter to go on with: `at`
 * where it can be tried again.
 */
static unsigned refused(const struct sending *s, int code, unsigned at, unsigned end,
			unsigned *errors)
{
	const struct udp_letter *l = &s->letter[at];

	if (*errors < ERRORS_MAX && s->take_errors(s->arg)) {
		++*errors; /* it was not about this one */
		return at;
	}
	if (end - at > 1 && refuses_segments(s, code, l))
		return at;
	if (code != EMSGSIZE) /* those that follow have the same way to go */
		while (end < s->count && s->letter[end].way == l->way)
			end++;
	count(s, at, end, tx_drop_of_errno(code));
	return end;
}

void udp_tx_send(struct port *p, int fd, const struct udp_letter *letter, unsigned letters,
		 bool (*take_errors)(void *arg), void *arg)
{
	const struct sending s = {p, fd, letter, letters, datapath_now(p->dp), take_errors, arg};
	unsigned at = 0, errors = 0;
	struct batch b;

	while (at < s.count) {
		unsigned messages = describe(&s, &b, at);
		int n = sendmmsg(fd, b.msg, messages, MSG_DONTWAIT);

		if (n > 0) {
			count(&s, at, b.end[n - 1], DROP_NONE);
			at = b.end[n - 1];
		} else {
			at = refused(&s, errno, at, b.end[0], &errors);
		}
	}
}

void udp_tx_forget(struct udp_refusals *r)
{
	r->segment_max = SIZE_MAX;
}
