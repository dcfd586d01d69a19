/* SPDX-License-Identifier: ISC */
/*
 * route.c - asks the kernel for the way to an address (RTM_GETROUTE) and whether the next on it answers (RTM_GETNEIGH).
 */
#include "route.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "util/iptext.h"

enum { ANSWER_ROOM = 32 << 10 };

struct way {
	bool gateway;
	struct ip_addr next;
	int ifindex;
};

static struct ip_addr load(const struct rtattr *a, bool v6)
{
	if (RTA_PAYLOAD(a) < (v6 ? 16 : 4))
		return (struct ip_addr){0, 0};
	return v6 ? ip6_load(RTA_DATA(a)) : ip4_load(RTA_DATA(a));
}

static int netlink_open(void)
{
	struct timeval patience = {.tv_sec = 2};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* 0 with *way filled, or the kernel's error, positive. */
static int find_way(int fd, struct ip_addr to, struct way *way)
{
	bool v6 = !ip_is_v4(to);
	struct {
		struct nlmsghdr h;
		struct rtmsg r;
		struct rtattr a;
		uint8_t ip[16];
	} q = {.h = {.nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST},
	       .r = {.rtm_family = v6 ? AF_INET6 : AF_INET, .rtm_dst_len = v6 ? 128 : 32},
	       .a = {.rta_type = RTA_DST}};
	static uint8_t buf[ANSWER_ROOM] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *h = (const void *)buf;
	ssize_t n;

	(v6 ? ip6_store : ip4_store)(q.ip, to);
	q.a.rta_len = (unsigned short)RTA_LENGTH(v6 ? 16 : 4);
	q.h.nlmsg_len = (uint32_t)(NLMSG_LENGTH(sizeof(q.r)) + q.a.rta_len);
	if (send(fd, &q, q.h.nlmsg_len, 0) < 0)
		return errno;
	n = recv(fd, buf, sizeof(buf), 0);
	if (n < 0)
		return errno;
	if (!NLMSG_OK(h, (size_t)n))
		return EBADMSG;
	if (h->nlmsg_type == NLMSG_ERROR)
		return -((const struct nlmsgerr *)NLMSG_DATA(h))->error;
	if (h->nlmsg_type != RTM_NEWROUTE)
		return EBADMSG;

	const struct rtmsg *r = NLMSG_DATA(h);
	size_t left = RTM_PAYLOAD(h);

	*way = (struct way){.next = to};
	if (r->rtm_type != RTN_UNICAST && r->rtm_type != RTN_LOCAL)
		return EHOSTUNREACH;
	for (const struct rtattr *a = RTM_RTA(r); RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == RTA_GATEWAY) {
			way->gateway = true;
			way->next = load(a, v6);
		} else if (a->rta_type == RTA_OIF && RTA_PAYLOAD(a) == sizeof(int)) {
			memcpy(&way->ifindex, RTA_DATA(a), sizeof(int));
		}
	return 0;
}

/* The state of that neighbour, or NUD_NONE where there is none. */
static unsigned one_neighbour(const struct nlmsghdr *h, const struct way *way, bool v6)
{
	const struct ndmsg *d = NLMSG_DATA(h);
	size_t left = NLMSG_PAYLOAD(h, sizeof(*d));

	if (h->nlmsg_type != RTM_NEWNEIGH || d->ndm_ifindex != way->ifindex)
		return NUD_NONE;
	for (const struct rtattr *a = (const void *)((const char *)d + NLMSG_ALIGN(sizeof(*d)));
	     RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == NDA_DST && ip_equal(load(a, v6), way->next))
			return d->ndm_state;
	return NUD_NONE;
}

static unsigned find_neighbour(int fd, const struct way *way)
{
	bool v6 = !ip_is_v4(way->next), done = false;
	struct {
		struct nlmsghdr h;
		struct ndmsg d;
	} q = {.h = {.nlmsg_type = RTM_GETNEIGH,
		     .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		     .nlmsg_len = NLMSG_LENGTH(sizeof(struct ndmsg))},
	       .d = {.ndm_family = v6 ? AF_INET6 : AF_INET}};
	static uint8_t buf[ANSWER_ROOM] __attribute__((aligned(NLMSG_ALIGNTO)));
	unsigned state = NUD_NONE;

	if (send(fd, &q, q.h.nlmsg_len, 0) < 0)
		return NUD_NONE;
	while (!done) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		size_t left = n > 0 ? (size_t)n : 0;

		done = n <= 0;
		for (const struct nlmsghdr *h = (const void *)buf; NLMSG_OK(h, left);
		     h = NLMSG_NEXT(h, left)) {
			done = done || h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR;
			if (state == NUD_NONE)
				state = one_neighbour(h, way, v6);
		}
	}
	return state;
}

/* Is the interface up, and is there somebody at the other end? */
static bool interface_doubt(const struct way *way, char *out, size_t size)
{
	struct ifreq req = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool bad = false;

	if (fd < 0)
		return false;
	if (if_indextoname((unsigned)way->ifindex, req.ifr_name) &&
	    ioctl(fd, SIOCGIFFLAGS, &req) == 0) {
		if (!(req.ifr_flags & IFF_UP))
			snprintf(out, size, "its interface %s is down", req.ifr_name);
		else if (!(req.ifr_flags & IFF_RUNNING))
			snprintf(out, size, "nothing is plugged into its interface %s",
				 req.ifr_name);
		bad = *out != '\0';
	}
	close(fd);
	return bad;
}

const char *route_doubt(struct ip_addr to, char *out, size_t size)
{
	struct way way = {0};
	char ip[IP_STR_SIZE], next[IP_STR_SIZE];
	const char *question = ip_is_v4(to) ? "ARP requests" : "neighbour solicitations";
	int fd = netlink_open(), rc;
	unsigned state;

	*out = '\0';
	if (fd < 0)
		return out;
	rc = find_way(fd, to, &way);
	ip_format(to, ip);
	ip_format(way.next, next);
	if (rc == ENETUNREACH || rc == EHOSTUNREACH) {
		snprintf(out, size, "it has no route to %s", ip);
	} else if (rc == 0 && !interface_doubt(&way, out, size)) {
		state = find_neighbour(fd, &way);
		if (state & (NUD_INCOMPLETE | NUD_FAILED))
			snprintf(out, size, "nobody answers its %s for %s%s", question,
				 way.gateway ? "the router " : "", next);
		else if (way.gateway && state != NUD_NONE)
			snprintf(out, size,
				 "its router %s is there; what is lost is lost behind it", next);
		else if (state & (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE))
			snprintf(out, size, "%s answers %s, or did so lately", ip, question);
	}
	close(fd);
	return out;
}
