/* SPDX-License-Identifier: ISC */
#include "port/udp_socket.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_SIZE = 4 << 20 }; /* of the socket, each way: some 30 ms of 1 Gbit/s */

static int explain_bind(int code, const char *local, struct err *e)
{
	switch (code) {
	case EADDRINUSE:
		return err_set(e, code,
			       "%s is in use by another socket (`ss -ulnp` says whose); choose "
			       "another port for local",
			       local);
	case EADDRNOTAVAIL:
		return err_set(
			e, code,
			"this host has no address as in %s; `ip addr` lists what it has, and a "
			"new IPv6 address that is still `tentative` will do in a moment",
			local);
	case EACCES:
		return err_set(e, code,
			       "%s: ports below 1024 take CAP_NET_BIND_SERVICE; choose a higher "
			       "one for local",
			       local);
	default:
		return err_set(e, code, "cannot receive on %s: %s", local, strerror(code));
	}
}

static void set(int fd, int level, int name, int value)
{
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

void udp_socket_tune(int fd, bool ipv6)
{
	set(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_SIZE); /* as much as a plain user gets */
	set(fd, SOL_SOCKET, SO_SNDBUF, BUFFER_SIZE);
	set(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_SIZE);
	set(fd, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_SIZE);
	set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
	set(fd, IPPROTO_UDP, UDP_GRO, 1);
	if (ipv6) {
		set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
		set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
	} else {
		set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
		set(fd, IPPROTO_IP, IP_RECVERR, 1);
	}
}

int udp_socket(const struct sock_addr *local, const char *text, struct err *e)
{
	bool ipv6 = local->sa.any.sa_family == AF_INET6;
	int fd = socket(local->sa.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_set(e, errno, "cannot make a socket for %s: %s", text, strerror(errno));
	if (ipv6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	udp_socket_tune(fd, ipv6);
	if (bind(fd, &local->sa.any, local->len)) {
		int rc = explain_bind(errno, text, e);

		close(fd);
		return rc;
	}
	return fd;
}
