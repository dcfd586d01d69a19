/* SPDX-License-Identifier: ISC */
#include "port/udp_errors.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { REPORTS_AT_ONCE = 64 };

/* The errno of one report, 0 where it is none that concerns the peer. */
static int report_code(struct msghdr *m)
{
	struct sock_extended_err e;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
		    !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			continue;
		if (c->cmsg_len < CMSG_LEN(sizeof(e)))
			continue;
		memcpy(&e, CMSG_DATA(c), sizeof(e));
		if ((e.ee_origin == SO_EE_ORIGIN_ICMP || e.ee_origin == SO_EE_ORIGIN_ICMP6) &&
		    e.ee_errno != EMSGSIZE)
			return (int)e.ee_errno;
	}
	return 0;
}

bool udp_errors_take(int fd, void (*fn)(void *arg, const struct udp_report *r), void *arg)
{
	union {
		struct cmsghdr align;
		char bytes[512];
	} control;
	struct sockaddr_storage sent_to = {0};
	uint8_t data[UDP_REPORT_DATA];
	struct iovec iov = {data, sizeof(data)};
	bool any = false;

	for (int i = 0; i < REPORTS_AT_ONCE; i++) {
		struct msghdr m = {
			.msg_name = &sent_to,
			.msg_namelen = sizeof(sent_to),
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};
		ssize_t n = recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT);

		if (n < 0)
			break;
		any = true;
		struct udp_report r = {report_code(&m), &sent_to, data, (size_t)n};
		if (r.code)
			fn(arg, &r);
	}
	return any;
}

void udp_errors_clear(int fd, void (*fn)(void *arg, const struct udp_report *r), void *arg)
{
	socklen_t len = sizeof(int);
	int code;

	if (!udp_errors_take(fd, fn, arg))
		(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len);
}

const char *udp_complaint_text(int code, const char *remote, char *out, size_t size)
{
	if (code == ECONNREFUSED)
		snprintf(out, size, "nobody receives on %s, its host answers", remote);
	else
		snprintf(out, size, "%s cannot be reached: %s", remote, strerror(code));
	return out;
}
