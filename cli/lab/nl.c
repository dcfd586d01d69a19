/* SPDX-License-Identifier: ISC */
#include "lab/nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

enum { MESSAGE_SIZE = 512 };

/* An address or route that is there. */
struct have {
	struct lab_address a;
	uint32_t metric;
	char raw[MESSAGE_SIZE]; /* the kernel's message: sent back, it deletes what it tells of */
	size_t len;
};

struct list {
	struct have *have;
	size_t n;
	unsigned ifindex;
};

static struct mnl_socket *nl_open(struct err *e)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (nl && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0)
		return nl;
	err_set(e, errno, "cannot open a netlink socket: %s", strerror(errno));
	if (nl)
		mnl_socket_close(nl);
	return NULL;
}

static struct nlmsghdr *begin(char buf[MESSAGE_SIZE], uint16_t type, unsigned flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nlh->nlmsg_seq = 1;
	return nlh;
}

/* Sends it and hands what comes to cb; 0 or -errno. */
static int talk(struct mnl_socket *nl, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	char buf[16384];
	int rc = mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0 ? -1 : MNL_CB_OK;

	while (rc == MNL_CB_OK) {
		ssize_t n = mnl_socket_recvfrom(nl, buf, sizeof(buf));

		rc = n < 0 ? -1 : mnl_cb_run(buf, (size_t)n, 1, mnl_socket_get_portid(nl), cb, arg);
	}
	return rc < 0 ? -errno : 0;
}

int nl_up(const char *ifname, struct err *e)
{
	struct mnl_socket *nl = nl_open(e);
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = begin(buf, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	int rc;

	if (!nl)
		return -e->code;
	ifi->ifi_change = ifi->ifi_flags = IFF_UP;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, ifname);
	rc = talk(nl, nlh, NULL, NULL);
	mnl_socket_close(nl);
	return rc ? err_set(e, -rc, "cannot set the device %s up: %s", ifname, strerror(-rc)) : 0;
}

static size_t ip_size(int family)
{
	return family == AF_INET ? 4 : 16;
}

static bool same_address(const struct lab_address *a, const struct lab_address *b)
{
	return a->family == b->family && a->prefix == b->prefix &&
	       memcmp(a->ip, b->ip, ip_size(a->family)) == 0;
}

static struct have *append(struct list *l, const struct nlmsghdr *nlh)
{
	struct have *h;

	l->have = need(realloc(l->have, (l->n + 1) * sizeof(*l->have)));
	h = &l->have[l->n++];
	*h = (struct have){.len = nlh->nlmsg_len};
	memcpy(h->raw, nlh, h->len);
	return h;
}

/* Sends the kernel's own message back as the order to delete what it told of. */
static int forget(struct mnl_socket *nl, struct have *h, uint16_t type)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)h->raw;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = 1;
	nlh->nlmsg_pid = 0;
	return talk(nl, nlh, NULL, NULL);
}

/* ---- addresses ---- */

static int on_address_attr(const struct nlattr *a, void *arg)
{
	struct have *h = arg;

	if (mnl_attr_get_type(a) == IFA_ADDRESS &&
	    mnl_attr_get_payload_len(a) == ip_size(h->a.family))
		memcpy(h->a.ip, mnl_attr_get_payload(a), ip_size(h->a.family));
	return MNL_CB_OK;
}

static int take_address(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct list *l = arg;
	struct have *h;

	if (nlh->nlmsg_type != RTM_NEWADDR || ifa->ifa_index != l->ifindex ||
	    nlh->nlmsg_len > MESSAGE_SIZE ||
	    (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6) ||
	    !(ifa->ifa_flags & IFA_F_PERMANENT) || ifa->ifa_scope >= RT_SCOPE_LINK)
		return MNL_CB_OK;
	h = append(l, nlh);
	h->a.family = ifa->ifa_family;
	h->a.prefix = ifa->ifa_prefixlen;
	return mnl_attr_parse(nlh, sizeof(*ifa), on_address_attr, h);
}

static int add_address(struct mnl_socket *nl, unsigned ifindex, const struct lab_address *a)
{
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = begin(buf, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));

	ifa->ifa_family = (uint8_t)a->family;
	ifa->ifa_prefixlen = (uint8_t)a->prefix;
	ifa->ifa_flags = IFA_F_PERMANENT | IFA_F_NODAD;
	ifa->ifa_index = ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, ip_size(a->family), a->ip);
	mnl_attr_put(nlh, IFA_ADDRESS, ip_size(a->family), a->ip);
	if (a->family == AF_INET && a->prefix < 31) {
		uint32_t ip, mask = a->prefix ? ~0U << (32 - a->prefix) : 0;

		memcpy(&ip, a->ip, sizeof(ip));
		mnl_attr_put_u32(nlh, IFA_BROADCAST, ip | htonl(~mask));
	}
	return talk(nl, nlh, NULL, NULL);
}

static int sync_addresses(struct mnl_socket *nl, struct list *l, const char *ifname,
			  const struct lab_address *want, size_t n, struct err *e)
{
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = begin(buf, RTM_GETADDR, NLM_F_DUMP);
	int rc;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
	rc = talk(nl, nlh, take_address, l);
	if (rc)
		return err_set(e, -rc, "cannot list the addresses of %s: %s", ifname,
			       strerror(-rc));
	for (size_t i = 0; i < l->n; i++) {
		bool wanted = false;

		for (size_t k = 0; k < n && !wanted; k++)
			wanted = same_address(&l->have[i].a, &want[k]);
		if (!wanted)
			forget(nl, &l->have[i], RTM_DELADDR);
	}
	for (size_t k = 0; k < n; k++) {
		rc = add_address(nl, l->ifindex, &want[k]);
		if (rc)
			return err_set(e, -rc, "cannot give %s the address %s: %s", ifname,
				       want[k].text, strerror(-rc));
	}
	return 0;
}

int nl_addresses(const char *ifname, const struct lab_address *address, size_t n, struct err *e)
{
	struct list l = {.ifindex = if_nametoindex(ifname)};
	struct mnl_socket *nl;
	int rc;

	if (!l.ifindex)
		return err_set(e, ENODEV, "there is no device %s", ifname);
	nl = nl_open(e);
	if (!nl)
		return -e->code;
	rc = sync_addresses(nl, &l, ifname, address, n, e);
	mnl_socket_close(nl);
	free(l.have);
	return rc;
}

/* ---- routes ---- */

static int on_route_attr(const struct nlattr *a, void *arg)
{
	struct have *h = arg;

	if (mnl_attr_get_type(a) == RTA_DST && mnl_attr_get_payload_len(a) == ip_size(h->a.family))
		memcpy(h->a.ip, mnl_attr_get_payload(a), ip_size(h->a.family));
	if (mnl_attr_get_type(a) == RTA_PRIORITY && mnl_attr_get_payload_len(a) == sizeof(uint32_t))
		h->metric = mnl_attr_get_u32(a);
	return MNL_CB_OK;
}

static int take_route(const struct nlmsghdr *nlh, void *arg)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct list *l = arg;
	struct have *h;

	if (nlh->nlmsg_type != RTM_NEWROUTE || rtm->rtm_protocol != RTPROT_STATIC ||
	    rtm->rtm_table != RT_TABLE_MAIN || nlh->nlmsg_len > MESSAGE_SIZE ||
	    (rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6))
		return MNL_CB_OK;
	h = append(l, nlh);
	h->a.family = rtm->rtm_family;
	h->a.prefix = rtm->rtm_dst_len;
	return mnl_attr_parse(nlh, sizeof(*rtm), on_route_attr, h);
}

/* What the route leads to: "default" has the family of its gateway and no bits. */
static struct lab_address route_to(const struct lab_route *r)
{
	const struct lab_address all = {.family = r->via.family};

	return r->is_default ? all : r->to;
}

static bool same_route(const struct have *h, const struct lab_route *r)
{
	enum { IP6_RT_PRIO_USER = 1024 }; /* what the kernel makes of 0 */
	struct lab_address to = route_to(r);
	uint32_t metric = !r->metric && to.family == AF_INET6 ? IP6_RT_PRIO_USER : r->metric;

	return same_address(&h->a, &to) && h->metric == metric;
}

static int add_route(struct mnl_socket *nl, const struct lab_route *r)
{
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = begin(buf, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	struct lab_address to = route_to(r);

	*rtm = (struct rtmsg){
		.rtm_family = (uint8_t)to.family,
		.rtm_dst_len = (uint8_t)to.prefix,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = r->via.family ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};
	if (to.prefix)
		mnl_attr_put(nlh, RTA_DST, ip_size(to.family), to.ip);
	if (r->via.family)
		mnl_attr_put(nlh, RTA_GATEWAY, ip_size(to.family), r->via.ip);
	if (r->dev[0])
		mnl_attr_put_u32(nlh, RTA_OIF, if_nametoindex(r->dev));
	if (r->metric)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, r->metric);
	return talk(nl, nlh, NULL, NULL);
}

static int sync_routes(struct mnl_socket *nl, struct list *l, const struct lab_route *want,
		       size_t n, struct err *e)
{
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = begin(buf, RTM_GETROUTE, NLM_F_DUMP);
	int rc;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtmsg));
	rc = talk(nl, nlh, take_route, l);
	if (rc)
		return err_set(e, -rc, "cannot list the routes: %s", strerror(-rc));
	for (size_t i = 0; i < l->n; i++) {
		bool wanted = false;

		for (size_t k = 0; k < n && !wanted; k++)
			wanted = same_route(&l->have[i], &want[k]);
		if (!wanted)
			forget(nl, &l->have[i], RTM_DELROUTE);
	}
	for (size_t k = 0; k < n; k++) {
		rc = add_route(nl, &want[k]);
		if (rc)
			return err_set(e, -rc, "cannot set the route to %s%s%s: %s",
				       want[k].is_default ? "default" : want[k].to.text,
				       want[k].via.family ? " via " : "", want[k].via.text,
				       rc == -ENETUNREACH
					       ? "that gateway is on none of the host's networks"
					       : strerror(-rc));
	}
	return 0;
}

int nl_routes(const struct lab_route *route, size_t n, struct err *e)
{
	struct list l = {.n = 0};
	struct mnl_socket *nl = nl_open(e);
	int rc;

	if (!nl)
		return -e->code;
	rc = sync_routes(nl, &l, route, n, e);
	mnl_socket_close(nl);
	free(l.have);
	return rc;
}
