/* SPDX-License-Identifier: ISC */
/*
 * rtnl_link.c - network devices: asking about one, changing one.
 */
#include "port/rtnl_impl.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "port/netns.h"
#include "util/mac.h"

/* ---- asking ---- */

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

void rtnl_parse_link(const struct nlmsghdr *nlh, struct link_info *link)
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
		rtnl_parse_link(nlh, arg);
	return MNL_CB_OK;
}

/* By name or, where that is NULL, by index. */
static int get_link(struct rtnl *r, int nsid, const char *name, int ifindex, struct link_info *link)
{
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = rtnl_begin(r, buf, RTM_GETLINK, NLM_F_ACK);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	if (name)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (nsid != NSID_OWN)
		mnl_attr_put_u32(nlh, IFLA_TARGET_NETNSID, (uint32_t)nsid);
	int rc = rtnl_transact(r->ask, nlh, take_link, link);
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

/* ---- changing ---- */

static int set_one(struct rtnl *r, struct mnl_socket *ask, int ifindex, const struct link_change *c)
{
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = rtnl_begin(r, buf, RTM_SETLINK, NLM_F_ACK);
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
	return rtnl_transact(ask, nlh, NULL, NULL);
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
	ask = rtnl_socket(0, e);
	netns_leave(home);
	if (!ask)
		return -e->code;
	rc = set_all(r, ask, ifindex, c, e);
	mnl_socket_close(ask);
	return rc;
}
