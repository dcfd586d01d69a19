/* SPDX-License-Identifier: ISC */
/*
 * mcast_socket.c - sockets that are in a multicast group.
 *
 * One receives: bound to the group and its port, shared with whoever else on this host is in it
 * (SO_REUSEADDR), as QEMU does.  Another one sends, from a port that nobody else has: so that what comes back
 * to us of our own can be told from what a neighbour on this host sent, whose address is the same.
 *
 * Both are set to one device, also where nobody named one: a socket that has joined here and sends there is
 * of no use.  ip(7), ipv6(7).
 */
#include "port/mcast.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "port/udp_socket.h"

#ifndef IPV6_MULTICAST_ALL /* Linux 4.20; not in Debian 12's netinet/in.h */
#define IPV6_MULTICAST_ALL 29
#endif

static bool is_ipv6(const struct mcast_sockets *s)
{
	return s->group.sa.any.sa_family == AF_INET6;
}

static int set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

/* ---- the device ---- */

static int find_device(struct mcast_sockets *s, const struct mcast_cfg *cfg, struct rtnl *rtnl,
		       struct err *e)
{
	int rc;

	if (cfg->ifname[0]) {
		s->ifindex = if_nametoindex(cfg->ifname);
		return s->ifindex ? 0
				  : err_set(e, ENODEV, "there is no device %s to join %s on",
					    cfg->ifname, cfg->group);
	}
	s->ifindex = is_ipv6(s) ? s->group.sa.v6.sin6_scope_id : 0;
	if (s->ifindex)
		return 0;
	rc = rtnl_route_device(rtnl, &s->group.sa.any, &s->ifindex);
	return rc == 0 ? 0
		       : err_set(e, -rc,
				 "no route says which device leads to %s (%s); name one with ifname",
				 cfg->group, strerror(-rc));
}

/* ff01:: and ff02:: mean a group of each device: RFC 4291 clause 2.7. */
static void set_scope(struct mcast_sockets *s)
{
	if (is_ipv6(s) && (s->group.sa.v6.sin6_addr.s6_addr[1] & 0x0f) <= 2)
		s->group.sa.v6.sin6_scope_id = s->ifindex;
}

/* ---- the socket that receives ---- */

static int join(const struct mcast_sockets *s)
{
	const struct ipv6_mreq six = {
		.ipv6mr_multiaddr = s->group.sa.v6.sin6_addr,
		.ipv6mr_interface = s->ifindex,
	};
	const struct ip_mreqn four = {
		.imr_multiaddr = s->group.sa.v4.sin_addr,
		.imr_ifindex = (int)s->ifindex,
	};
	int rc = is_ipv6(s)
			 ? setsockopt(s->in, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &six, sizeof(six))
			 : setsockopt(s->in, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof(four));

	return rc ? -errno : 0;
}

static int open_in(struct mcast_sockets *s, const char *group, struct err *e)
{
	bool ipv6 = is_ipv6(s);
	int rc;

	s->in = socket(s->group.sa.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->in < 0)
		return err_set(e, errno, "cannot make a socket for %s: %s", group, strerror(errno));
	udp_socket_tune(s->in, ipv6);
	(void)set(s->in, SOL_SOCKET, SO_REUSEADDR, 1);
	/* not what others of this host have joined on other devices */
	(void)(ipv6 ? set(s->in, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0)
		    : set(s->in, IPPROTO_IP, IP_MULTICAST_ALL, 0));
	if (bind(s->in, &s->group.sa.any, s->group.len)) {
		rc = errno;
		return rc == EADDRINUSE
			       ? err_set(e, rc,
					 "%s is in use by a socket that does not share it (`ss -ulnp` "
					 "says whose)",
					 group)
			       : err_set(e, rc, "cannot receive on %s: %s", group, strerror(rc));
	}
	rc = join(s);
	return rc ? err_set(e, -rc, "cannot join %s: %s", group, strerror(-rc)) : 0;
}

/* ---- the socket that sends ---- */

int mcast_set_ttl(const struct mcast_sockets *s, uint32_t ttl, struct err *e)
{
	int rc = is_ipv6(s) ? set(s->out, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, (int)ttl)
			    : set(s->out, IPPROTO_IP, IP_MULTICAST_TTL, (int)ttl);

	return rc ? err_set(e, -rc, "cannot set the ttl to %u: %s", ttl, strerror(-rc)) : 0;
}

/*
 * The address that is to be the sender's.  The kernel's own choice would leave out 127.0.0.1, which is of
 * this host alone (RT_SCOPE_HOST; inet_select_addr() in net/ipv4/devinet.c): labs on one host use it.
 */
static int first_address(const struct mcast_sockets *s, struct in_addr *out)
{
	struct ifreq ifr = {0};
	struct sockaddr_in in;

	if (!if_indextoname(s->ifindex, ifr.ifr_name) || ioctl(s->out, SIOCGIFADDR, &ifr))
		return -errno;
	memcpy(&in, &ifr.ifr_addr, sizeof(in));
	*out = in.sin_addr;
	return 0;
}

/* Through which device, and that others on this host hear it too. */
static int direct(const struct mcast_sockets *s)
{
	struct ip_mreqn four = {.imr_ifindex = (int)s->ifindex};
	int rc;

	if (is_ipv6(s)) {
		rc = set(s->out, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)s->ifindex);
		return rc ? rc : set(s->out, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1);
	}
	rc = first_address(s, &four.imr_address);
	if (rc)
		return rc;
	if (setsockopt(s->out, IPPROTO_IP, IP_MULTICAST_IF, &four, sizeof(four)))
		return -errno;
	return set(s->out, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
}

/* Nobody answers a datagram to a group: there is nothing to be told. */
static void no_reports(const struct mcast_sockets *s)
{
	(void)set(s->out, IPPROTO_IP, IP_RECVERR, 0);
	(void)set(s->out, IPPROTO_IPV6, IPV6_RECVERR, 0);
}

/* The address that datagrams come from: connecting has chosen one, which stays. */
static int learn_self(struct mcast_sockets *s)
{
	static const struct in6_addr any = IN6ADDR_ANY_INIT;

	s->self.len = sizeof(s->self.sa);
	if (connect(s->out, &s->group.sa.any, s->group.len) ||
	    getsockname(s->out, &s->self.sa.any, &s->self.len))
		return -errno;
	if (!is_ipv6(s))
		return s->self.sa.v4.sin_addr.s_addr ? 0 : -EADDRNOTAVAIL;
	if (memcmp(&s->self.sa.v6.sin6_addr, &any, sizeof(any)) == 0)
		return -EADDRNOTAVAIL;
	/* the kernel says the device of what it receives, but not of what is our own */
	if (IN6_IS_ADDR_LINKLOCAL(&s->self.sa.v6.sin6_addr))
		s->self.sa.v6.sin6_scope_id = s->ifindex;
	return 0;
}

static int explain_out(const struct mcast_sockets *s, int rc, const char *group, struct err *e)
{
	char name[IF_NAMESIZE] = "?";

	(void)if_indextoname(s->ifindex, name);
	if (rc == -EADDRNOTAVAIL)
		return err_set(
			e, -rc,
			"cannot send to %s through the device %s, which has no %s address; a "
			"new one that is still `tentative` will do in a moment",
			group, name, is_ipv6(s) ? "IPv6" : "IPv4");
	if (rc == -ENETUNREACH && is_ipv6(s) && strcmp(name, "lo") == 0)
		return err_set(e, -rc,
			       "no way to %s through the device lo, which has no route for groups; "
			       "`ip -6 route add local ff00::/8 dev lo` gives it one",
			       group);
	return err_set(e, -rc, "cannot send to %s through the device %s: %s; is it up?", group,
		       name, strerror(-rc));
}

static int open_out(struct mcast_sockets *s, const struct mcast_cfg *cfg, struct err *e)
{
	int rc;

	s->out = socket(s->group.sa.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->out < 0)
		return err_set(e, errno, "cannot make a socket for %s: %s", cfg->group,
			       strerror(errno));
	udp_socket_tune(s->out, is_ipv6(s));
	no_reports(s);
	rc = mcast_set_ttl(s, cfg->ttl, e);
	if (rc)
		return rc;
	rc = direct(s);
	if (rc == 0)
		rc = learn_self(s);
	return rc ? explain_out(s, rc, cfg->group, e) : 0;
}

int mcast_sockets_open(struct mcast_sockets *s, const struct mcast_cfg *cfg, struct rtnl *rtnl,
		       struct err *e)
{
	*s = (struct mcast_sockets){.in = -1, .out = -1};
	int rc = sock_addr_of_endpoint(cfg->group, &s->group, e);

	if (rc == 0)
		rc = find_device(s, cfg, rtnl, e);
	if (rc)
		return rc;
	set_scope(s);
	rc = open_out(s, cfg, e);
	if (rc == 0)
		rc = open_in(s, cfg->group, e);
	if (rc == 0)
		return 0;
	if (s->in >= 0)
		close(s->in);
	if (s->out >= 0)
		close(s->out);
	s->in = s->out = -1;
	return rc;
}
