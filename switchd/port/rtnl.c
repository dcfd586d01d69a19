/* SPDX-License-Identifier: ISC */
#include "port/rtnl.h"

#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "port/log.h"
#include "port/netns.h"
#include "port/rtnl_impl.h"

enum { RECEIVE_SIZE = 32768, LISTEN_BUFFER = 1 << 20, LISTEN_BUDGET = 64, TRIES = 4 };

/* ---- asking ---- */

struct mnl_socket *rtnl_socket(unsigned groups, struct err *e)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (s && mnl_socket_bind(s, groups, MNL_SOCKET_AUTOPID) == 0)
		return s;
	err_set(e, errno, "cannot open a route netlink socket: %s", strerror(errno));
	if (s)
		mnl_socket_close(s);
	return NULL;
}

struct nlmsghdr *rtnl_begin(struct rtnl *r, char *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nlh->nlmsg_seq = ++r->seq;
	return nlh;
}

/* What is left of an answer that was not read to its end: the next request would take it for its own. */
static void read_rest(struct mnl_socket *ask)
{
	char buf[RECEIVE_SIZE];

	while (recv(mnl_socket_get_fd(ask), buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

static int transact_once(struct mnl_socket *ask, const struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	char buf[RECEIVE_SIZE];
	unsigned port = mnl_socket_get_portid(ask);

	if (mnl_socket_sendto(ask, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(ask, buf, sizeof(buf));

		if (n < 0)
			return -errno;
		int rc = mnl_cb_run(buf, (size_t)n, nlh->nlmsg_seq, port, cb, arg);
		if (rc < 0)
			return -errno;
		if (rc == MNL_CB_STOP)
			return 0;
	}
}

int rtnl_transact(struct mnl_socket *ask, const struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	int rc = -EINTR;

	/* a list that changed while it was told (NLM_F_DUMP_INTR) is asked for once more */
	for (int tries = 0; tries < TRIES && rc == -EINTR; tries++) {
		rc = transact_once(ask, nlh, cb, arg);
		if (rc)
			read_rest(ask);
	}
	return rc;
}

/* ---- namespaces ---- */

static int on_nsid_attr(const struct nlattr *a, void *arg)
{
	if (mnl_attr_get_type(a) == NETNSA_NSID)
		*(int *)arg = (int)mnl_attr_get_u32(a);
	return MNL_CB_OK;
}

static int take_nsid(const struct nlmsghdr *nlh, void *arg)
{
	if (nlh->nlmsg_type == RTM_NEWNSID)
		mnl_attr_parse(nlh, sizeof(struct rtgenmsg), on_nsid_attr, arg);
	return MNL_CB_OK;
}

static int ask_nsid(struct rtnl *r, uint16_t type, int ns_fd, int *nsid)
{
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = rtnl_begin(r, buf, type, NLM_F_ACK);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(nlh, NETNSA_FD, (uint32_t)ns_fd);
	if (type == RTM_NEWNSID)
		mnl_attr_put_u32(nlh, NETNSA_NSID, (uint32_t)NETNSA_NSID_NOT_ASSIGNED);
	return rtnl_transact(r->ask, nlh, take_nsid, nsid);
}

int rtnl_nsid(struct rtnl *r, int ns_fd, int *nsid, struct err *e)
{
	struct netns_id own, other;
	int rc;

	*nsid = NSID_OWN;
	if (netns_identify(ns_fd, &other) == 0 && netns_lookup("", &own) &&
	    netns_same(&own, &other))
		return 0;
	rc = ask_nsid(r, RTM_GETNSID, ns_fd, nsid);
	if (rc == 0 && *nsid < 0) {
		rc = ask_nsid(r, RTM_NEWNSID, ns_fd, nsid);
		if (rc == 0 || rc == -EEXIST)
			rc = ask_nsid(r, RTM_GETNSID, ns_fd, nsid);
	}
	if (rc == 0 && *nsid < 0)
		rc = -ENOENT;
	if (rc)
		return err_set(e, -rc, "the kernel gives no id for the network namespace: %s%s",
			       strerror(-rc), rc == -EPERM ? " (it takes CAP_NET_ADMIN)" : "");
	return 0;
}

int rtnl_nsid_from(struct rtnl *r, int from_nsid, int ns_fd, int *nsid)
{
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = rtnl_begin(r, buf, RTM_GETNSID, NLM_F_ACK);

	*nsid = -1;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(nlh, NETNSA_FD, (uint32_t)ns_fd);
	if (from_nsid != NSID_OWN)
		mnl_attr_put_u32(nlh, NETNSA_TARGET_NSID, (uint32_t)from_nsid);
	return rtnl_transact(r->ask, nlh, take_nsid, nsid);
}

/* ---- listening ---- */

/* The namespace a notification is about: the kernel says so beside the message if it is not ours.
 */
static int nsid_of(struct msghdr *m)
{
	int nsid = NSID_OWN;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_NETLINK && c->cmsg_type == NETLINK_LISTEN_ALL_NSID)
			memcpy(&nsid, CMSG_DATA(c), sizeof(nsid));
	return nsid;
}

static void dispatch_address(struct rtnl *r, const struct nlmsghdr *nlh, int nsid)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);

	if (r->addressed && mnl_nlmsg_get_payload_len(nlh) >= sizeof(*ifa))
		r->addressed(r->owner, nsid, (int)ifa->ifa_index);
}

static void dispatch(struct rtnl *r, const char *buf, size_t len, int nsid)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
	int left = (int)len;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		struct link_info link;

		if (nlh->nlmsg_type == RTM_NEWADDR || nlh->nlmsg_type == RTM_DELADDR)
			dispatch_address(r, nlh, nsid);
		if (nlh->nlmsg_type != RTM_NEWLINK && nlh->nlmsg_type != RTM_DELLINK)
			continue;
		const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
		if (ifi->ifi_family != AF_UNSPEC) /* a bridge reporting a port of its own */
			continue;
		rtnl_parse_link(nlh, &link);
		link.nsid = nsid;
		r->changed(r->owner, &link, nlh->nlmsg_type == RTM_DELLINK);
	}
}

static void on_readable(void *owner)
{
	struct rtnl *r = owner;
	char buf[RECEIVE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	char control[128];

	for (int i = 0; i < LISTEN_BUDGET; i++) {
		struct iovec iov = {buf, sizeof(buf)};
		struct msghdr m = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ssize_t n = recvmsg(mnl_socket_get_fd(r->listen), &m, MSG_DONTWAIT);

		if (n > 0) {
			dispatch(r, buf, (size_t)n, nsid_of(&m));
			continue;
		}
		if (n < 0 && errno == ENOBUFS) {
			r->overflowed(r->owner);
			continue;
		}
		break;
	}
}

/* The kernel sets ENOBUFS on the socket when it could not tell us something. */
static bool on_failed(void *owner)
{
	on_readable(owner);
	return true;
}

int rtnl_open(struct rtnl *r, uv_loop_t *loop, struct err *e)
{
	int on = 1, size = LISTEN_BUFFER;

	r->ask = rtnl_socket(0, e);
	r->listen = rtnl_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, e);
	if (!r->ask || !r->listen) {
		rtnl_close(r);
		return -EIO;
	}
	r->seq = (uint32_t)time(NULL);
	r->strict = !mnl_socket_setsockopt(r->ask, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	r->hears_all = !mnl_socket_setsockopt(r->listen, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on));
	if (!r->hears_all)
		log_warning(
			"what happens to devices in other network namespaces will go unnoticed: "
			"%s (it takes CAP_NET_BROADCAST)",
			strerror(errno));
	int fd = mnl_socket_get_fd(r->listen);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	r->watch.owner = r;
	r->watch.readable = on_readable;
	r->watch.failed = on_failed;
	int rc = watch_start(&r->watch, loop, fd, e);
	if (rc)
		rtnl_close(r);
	return rc;
}

void rtnl_close(struct rtnl *r)
{
	watch_stop(&r->watch);
	if (r->ask)
		mnl_socket_close(r->ask);
	if (r->listen)
		mnl_socket_close(r->listen);
	r->ask = r->listen = NULL;
}
