/* SPDX-License-Identifier: ISC */
#include "port/rtnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "port/netns.h"
#include "port/log.h"
#include "util/mac.h"

enum { MESSAGE_SIZE = 1024, RECEIVE_SIZE = 32768, LISTEN_BUFFER = 1 << 20, LISTEN_BUDGET = 64 };

/* ---- asking ---- */

static struct mnl_socket *open_socket(unsigned groups, struct err *e)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (s && mnl_socket_bind(s, groups, MNL_SOCKET_AUTOPID) == 0)
		return s;
	err_set(e, errno, "cannot open a route netlink socket: %s", strerror(errno));
	if (s)
		mnl_socket_close(s);
	return NULL;
}

static struct nlmsghdr *begin(struct rtnl *r, char *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nlh->nlmsg_seq = ++r->seq;
	return nlh;
}

/* Sends one request and hands the answers to cb.  Returns 0 or -errno, the kernel's or our own. */
static int transact(struct mnl_socket *ask, const struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
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

/* Attributes come by callback (mnl_attr_parse): libmnl's loop macros do not pass -Wconversion. */
static int on_tun_attr(const struct nlattr *a, void *arg)
{
	struct link_info *link = arg;

	switch (mnl_attr_get_type(a)) {
	case IFLA_TUN_TYPE:
		link->is_tun = mnl_attr_get_u8(a) == IFF_TUN;
		break;
	case IFLA_TUN_MULTI_QUEUE:
		link->multi_queue = mnl_attr_get_u8(a);
		break;
	case IFLA_TUN_PERSIST:
		link->persist = mnl_attr_get_u8(a);
		break;
	case IFLA_TUN_NUM_QUEUES:
		link->queues = mnl_attr_get_u32(a);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

/* The kind comes before the data that only it explains. */
static int on_linkinfo_attr(const struct nlattr *a, void *arg)
{
	struct link_info *link = arg;

	if (mnl_attr_get_type(a) == IFLA_INFO_KIND)
		snprintf(link->kind, sizeof(link->kind), "%s", mnl_attr_get_str(a));
	else if (mnl_attr_get_type(a) == IFLA_INFO_DATA && strcmp(link->kind, "tun") == 0)
		mnl_attr_parse_nested(a, on_tun_attr, link);
	return MNL_CB_OK;
}

static int on_link_attr(const struct nlattr *a, void *arg)
{
	struct link_info *link = arg;

	switch (mnl_attr_get_type(a)) {
	case IFLA_IFNAME:
		snprintf(link->name, sizeof(link->name), "%s", mnl_attr_get_str(a));
		break;
	case IFLA_MTU:
		link->mtu = mnl_attr_get_u32(a);
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(a) == 6)
			link->mac = mac_load(mnl_attr_get_payload(a));
		break;
	case IFLA_MASTER:
		link->master = (int)mnl_attr_get_u32(a);
		break;
	case IFLA_NEW_NETNSID:
		link->moved = true;
		link->moved_nsid = (int)mnl_attr_get_u32(a);
		break;
	case IFLA_NEW_IFINDEX:
		link->moved_ifindex = (int)mnl_attr_get_u32(a);
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(a, on_linkinfo_attr, link);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

static void parse_link(const struct nlmsghdr *nlh, struct link_info *link)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	memset(link, 0, sizeof(*link));
	link->ifindex = ifi->ifi_index;
	link->up = ifi->ifi_flags & IFF_UP;
	link->running = ifi->ifi_flags & IFF_RUNNING;
	link->ethernet = ifi->ifi_type == ARPHRD_ETHER;
	mnl_attr_parse(nlh, sizeof(*ifi), on_link_attr, link);
}

static int take_link(const struct nlmsghdr *nlh, void *arg)
{
	if (nlh->nlmsg_type == RTM_NEWLINK)
		parse_link(nlh, arg);
	return MNL_CB_OK;
}

/* By name or, where that is NULL, by index. */
static int get_link(struct rtnl *r, int nsid, const char *name, int ifindex, struct link_info *link)
{
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = begin(r, buf, RTM_GETLINK, NLM_F_ACK);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	if (name)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (nsid != NSID_OWN)
		mnl_attr_put_u32(nlh, IFLA_TARGET_NETNSID, (uint32_t)nsid);
	int rc = transact(r->ask, nlh, take_link, link);
	link->nsid = nsid;
	return rc;
}

int rtnl_link_get(struct rtnl *r, int nsid, const char *name, struct link_info *link)
{
	return get_link(r, nsid, name, 0, link);
}

int rtnl_link_get_index(struct rtnl *r, int nsid, int ifindex, struct link_info *link)
{
	return get_link(r, nsid, NULL, ifindex, link);
}

/* ---- addresses ---- */

struct address_search {
	int ifindex;
	const struct ifaddrmsg *ifa; /* of the message that is being read */
	char *text;
};

static int on_address_attr(const struct nlattr *a, void *arg)
{
	struct address_search *s = arg;
	size_t size = s->ifa->ifa_family == AF_INET ? 4 : 16;
	char address[INET6_ADDRSTRLEN];

	/* of IPv4 the local one; the other may be that of a peer */
	if (mnl_attr_get_type(a) != (s->ifa->ifa_family == AF_INET ? IFA_LOCAL : IFA_ADDRESS) ||
	    mnl_attr_get_payload_len(a) != size)
		return MNL_CB_OK;
	if (inet_ntop(s->ifa->ifa_family, mnl_attr_get_payload(a), address, sizeof(address)))
		snprintf(s->text, RTNL_ADDRESS_SIZE, "%s/%u", address, s->ifa->ifa_prefixlen);
	return MNL_CB_OK;
}

static int take_address(const struct nlmsghdr *nlh, void *arg)
{
	struct address_search *s = arg;

	if (nlh->nlmsg_type != RTM_NEWADDR)
		return MNL_CB_OK;
	s->ifa = mnl_nlmsg_get_payload(nlh);
	if ((int)s->ifa->ifa_index == s->ifindex && s->ifa->ifa_scope < RT_SCOPE_LINK &&
	    !s->text[0] && (s->ifa->ifa_family == AF_INET || s->ifa->ifa_family == AF_INET6))
		mnl_attr_parse(nlh, sizeof(*s->ifa), on_address_attr, s);
	return MNL_CB_OK;
}

int rtnl_address_get(struct rtnl *r, int nsid, int ifindex, char text[RTNL_ADDRESS_SIZE])
{
	char buf[MESSAGE_SIZE];
	struct address_search s = {.ifindex = ifindex, .text = text};
	struct nlmsghdr *nlh = begin(r, buf, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));

	text[0] = '\0';
	if (!r->strict && nsid != NSID_OWN) /* we would be told our own */
		return -EOPNOTSUPP;
	ifa->ifa_family = AF_UNSPEC;
	ifa->ifa_index = (uint32_t)ifindex;
	if (nsid != NSID_OWN)
		mnl_attr_put_u32(nlh, IFA_TARGET_NETNSID, (uint32_t)nsid);
	return transact(r->ask, nlh, take_address, &s);
}

/* ---- routes ---- */

static int on_route_attr(const struct nlattr *a, void *arg)
{
	uint32_t *ifindex = arg;

	if (mnl_attr_get_type(a) == RTA_OIF)
		*ifindex = mnl_attr_get_u32(a);
	return MNL_CB_OK;
}

static int take_route(const struct nlmsghdr *nlh, void *arg)
{
	if (nlh->nlmsg_type == RTM_NEWROUTE)
		mnl_attr_parse(nlh, sizeof(struct rtmsg), on_route_attr, arg);
	return MNL_CB_OK;
}

int rtnl_route_device(struct rtnl *r, const struct sockaddr *to, uint32_t *ifindex)
{
	bool ipv6 = to->sa_family == AF_INET6;
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = begin(r, buf, RTM_GETROUTE, NLM_F_ACK);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	rtm->rtm_family = (uint8_t)to->sa_family;
	rtm->rtm_dst_len = ipv6 ? 128 : 32;
	if (ipv6)
		mnl_attr_put(nlh, RTA_DST, sizeof(struct in6_addr),
			     &((const struct sockaddr_in6 *)to)->sin6_addr);
	else
		mnl_attr_put(nlh, RTA_DST, sizeof(struct in_addr),
			     &((const struct sockaddr_in *)to)->sin_addr);
	*ifindex = 0;
	int rc = transact(r->ask, nlh, take_route, ifindex);
	return rc == 0 && *ifindex == 0 ? -ENETUNREACH : rc;
}

static int set_one(struct rtnl *r, struct mnl_socket *ask, int ifindex, const struct link_change *c)
{
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = begin(r, buf, RTM_SETLINK, NLM_F_ACK);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	uint8_t mac[6];

	ifi->ifi_index = ifindex;
	if (c->up >= 0) {
		ifi->ifi_change = IFF_UP;
		ifi->ifi_flags = c->up ? IFF_UP : 0;
	}
	if (c->netns_fd >= 0)
		mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)c->netns_fd);
	if (c->name)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, c->name);
	if (c->mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, c->mtu);
	if (c->mac) {
		mac_store(mac, c->mac);
		mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(mac), mac);
	}
	return transact(ask, nlh, NULL, NULL);
}

/* One message a change, so that the error can name it; the move goes last: ids differ behind it. */
static int set_all(struct rtnl *r, struct mnl_socket *ask, int ifindex, const struct link_change *c,
		   struct err *e)
{
	struct link_change one;
	int rc;

	if (c->mac) {
		char text[MAC_STR_SIZE];

		one = LINK_UNCHANGED;
		one.mac = c->mac;
		rc = set_one(r, ask, ifindex, &one);
		if (rc)
			return err_set(e, -rc, "cannot give the device the address %s: %s",
				       mac_format(c->mac, text), strerror(-rc));
	}
	if (c->mtu) {
		one = LINK_UNCHANGED;
		one.mtu = c->mtu;
		rc = set_one(r, ask, ifindex, &one);
		if (rc)
			return err_set(e, -rc, "cannot set the MTU of the device to %u: %s", c->mtu,
				       strerror(-rc));
	}
	if (c->up >= 0) {
		one = LINK_UNCHANGED;
		one.up = c->up;
		rc = set_one(r, ask, ifindex, &one);
		if (rc)
			return err_set(e, -rc, "cannot set the device %s: %s%s",
				       c->up ? "up" : "down", strerror(-rc),
				       rc == -EPERM ? " (it takes CAP_NET_ADMIN)" : "");
	}
	if (c->netns_fd >= 0 || c->name) {
		one = LINK_UNCHANGED;
		one.netns_fd = c->netns_fd;
		one.name = c->name;
		rc = set_one(r, ask, ifindex, &one);
		if (rc)
			return err_set(e, -rc, "cannot move the device to that namespace: %s%s",
				       strerror(-rc),
				       rc == -EPERM ? " (it takes CAP_NET_ADMIN there)" : "");
	}
	return 0;
}

int rtnl_link_set(struct rtnl *r, int ns_fd, int ifindex, const struct link_change *c,
		  struct err *e)
{
	struct mnl_socket *ask;
	int home, rc;

	if (ns_fd < 0)
		return set_all(r, r->ask, ifindex, c, e);
	home = netns_enter(ns_fd);
	if (home < 0)
		return err_set(e, -home, "cannot enter the device's network namespace: %s%s",
			       strerror(-home), home == -EPERM ? " (it takes CAP_SYS_ADMIN)" : "");
	ask = open_socket(0, e);
	netns_leave(home);
	if (!ask)
		return -e->code;
	rc = set_all(r, ask, ifindex, c, e);
	mnl_socket_close(ask);
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
	struct nlmsghdr *nlh = begin(r, buf, type, NLM_F_ACK);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(nlh, NETNSA_FD, (uint32_t)ns_fd);
	if (type == RTM_NEWNSID)
		mnl_attr_put_u32(nlh, NETNSA_NSID, (uint32_t)NETNSA_NSID_NOT_ASSIGNED);
	return transact(r->ask, nlh, take_nsid, nsid);
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
	struct nlmsghdr *nlh = begin(r, buf, RTM_GETNSID, NLM_F_ACK);

	*nsid = -1;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(nlh, NETNSA_FD, (uint32_t)ns_fd);
	if (from_nsid != NSID_OWN)
		mnl_attr_put_u32(nlh, NETNSA_TARGET_NSID, (uint32_t)from_nsid);
	return transact(r->ask, nlh, take_nsid, nsid);
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
		parse_link(nlh, &link);
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

	r->ask = open_socket(0, e);
	r->listen = open_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, e);
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
