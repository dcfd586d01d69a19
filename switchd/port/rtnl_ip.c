/* SPDX-License-Identifier: ISC */
/*
 * rtnl_ip.c - what IP does with network devices: addresses and routes.
 */
#include "port/rtnl_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

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
	struct nlmsghdr *nlh = rtnl_begin(r, buf, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));

	text[0] = '\0';
	if (!r->strict && nsid != NSID_OWN) /* we would be told our own */
		return -EOPNOTSUPP;
	ifa->ifa_family = AF_UNSPEC;
	ifa->ifa_index = (uint32_t)ifindex;
	if (nsid != NSID_OWN)
		mnl_attr_put_u32(nlh, IFA_TARGET_NETNSID, (uint32_t)nsid);
	return rtnl_transact(r->ask, nlh, take_address, &s);
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
	struct nlmsghdr *nlh = rtnl_begin(r, buf, RTM_GETROUTE, NLM_F_ACK);
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
	int rc = rtnl_transact(r->ask, nlh, take_route, ifindex);
	return rc == 0 && *ifindex == 0 ? -ENETUNREACH : rc;
}
