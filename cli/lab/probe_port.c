/* SPDX-License-Identifier: ISC */
/*
 * probe_port.c - TCP and UDP: one that listens in a host, and one that comes to it from another.
 *
 * Who listens answers with the greeting, and it is that which counts: a datagram without an answer, and a connection that somebody in
 * between took, are none.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "js.h"
#include "probe.h"
#include "route.h"
#include "util/iptext.h"

enum { GREETING_MAX = 64, AGAIN_MS = 300 };

static socklen_t address_of(const json_t *in, struct sockaddr_in6 *a)
{
	struct sockaddr_in *a4 = (void *)a;
	uint16_t port = htons((uint16_t)js_int(in, "port"));
	struct ip_addr ip;

	memset(a, 0, sizeof(*a));
	if (!ip_parse(js_str(in, "ip"), &ip))
		return 0;
	if (ip_is_v4(ip)) {
		a4->sin_family = AF_INET;
		a4->sin_port = port;
		ip4_store((uint8_t *)&a4->sin_addr, ip);
		return sizeof(*a4);
	}
	a->sin6_family = AF_INET6;
	a->sin6_port = port;
	ip6_store(a->sin6_addr.s6_addr, ip);
	return sizeof(*a);
}

static void answer_datagrams(int s, const char *greeting)
{
	struct sockaddr_in6 from;
	char got[GREETING_MAX];

	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(s, got, sizeof(got), 0, (struct sockaddr *)&from, &len);

		/* never an answer to an answer: two such listeners would go on for ever */
		if (n > 0 && (size_t)n == strlen(greeting) + 1 && got[0] == '?')
			(void)sendto(s, greeting, strlen(greeting), 0, (struct sockaddr *)&from,
				     len);
	}
}

static void answer_connections(int s, const char *greeting)
{
	for (;;) {
		int c = accept4(s, NULL, NULL, SOCK_CLOEXEC);

		if (c < 0)
			continue;
		(void)send(c, greeting, strlen(greeting), MSG_NOSIGNAL);
		close(c);
	}
}

int probe_listen(const json_t *in, int fd)
{
	bool udp = js_true(in, "udp");
	struct sockaddr_in6 a;
	socklen_t len = address_of(in, &a);
	int s = socket(((struct sockaddr *)&a)->sa_family,
		       (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0),
	    one = 1;

	if (s < 0)
		return probe_error(fd, "cannot make a socket: %s", strerror(errno));
	/* a connection that is not quite over does not keep the port; for UDP it would share it */
	if (!udp)
		(void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s, (struct sockaddr *)&a, len) < 0 || (!udp && listen(s, 16) < 0)) {
		if (errno == EADDRINUSE)
			return probe_tell(fd, json_pack("{s:b}", "taken", 1));
		return probe_error(fd, "cannot listen on %s port %d: %s", js_str(in, "ip"),
				   (int)js_int(in, "port"), strerror(errno));
	}
	if (probe_tell(fd, json_pack("{s:b}", "listening", 1)))
		return 1;
	(udp ? answer_datagrams : answer_connections)(s, js_str(in, "greeting"));
	return 0;
}

static int wait_for(int s, short events, double until)
{
	struct pollfd p = {.fd = s, .events = events};
	double left = until - probe_clock();

	return left > 0 ? poll(&p, 1, (int)(left * 1000) + 1) : 0;
}

static json_t *outcome(const json_t *in, const char *result, int code, bool greeted)
{
	json_t *o = json_pack("{s:s, s:b}", "result", result, "greeted", greeted);
	char doubt[160];
	struct ip_addr ip;

	if (code)
		json_object_set_new(o, "error", json_string(strerror(code)));
	if ((code || strcmp(result, "silent") == 0) && ip_parse(js_str(in, "ip"), &ip) &&
	    *route_doubt(ip, doubt, sizeof(doubt)))
		json_object_set_new(o, "doubt", json_string(doubt));
	/* "error" is what a probe says that failed; this one has found something out */
	if (code) {
		json_object_set(o, "because", json_object_get(o, "error"));
		json_object_del(o, "error");
	}
	return o;
}

static json_t *try_stream(const json_t *in, int s, const struct sockaddr *a, socklen_t len,
			  double until)
{
	const char *greeting = js_str(in, "greeting");
	char got[GREETING_MAX] = "";
	socklen_t size = sizeof(int);
	int code = 0;
	ssize_t n = -1;

	if (connect(s, a, len) < 0 && errno != EINPROGRESS)
		code = errno;
	else if (wait_for(s, POLLOUT, until) <= 0)
		return outcome(in, "silent", 0, false);
	else
		(void)getsockopt(s, SOL_SOCKET, SO_ERROR, &code, &size);
	if (code == ECONNREFUSED)
		return outcome(in, "refused", 0, false);
	if (code)
		return outcome(in, "error", code, false);
	if (js_true(in, "greeted") && wait_for(s, POLLIN, until) > 0)
		n = recv(s, got, sizeof(got), 0);
	return outcome(in, "connected", 0,
		       n == (ssize_t)strlen(greeting) && memcmp(got, greeting, (size_t)n) == 0);
}

static json_t *try_datagram(const json_t *in, int s, const struct sockaddr *a, socklen_t len,
			    double until)
{
	const char *greeting = js_str(in, "greeting");
	char ask[GREETING_MAX + 2], got[GREETING_MAX];
	ssize_t n = -1;
	int code = 0;

	snprintf(ask, sizeof(ask), "?%s", greeting);
	if (connect(s, a, len) < 0)
		return outcome(in, "error", errno, false);
	while (n < 0 && probe_clock() < until) {
		double again = probe_clock() + AGAIN_MS / 1e3;

		if (send(s, ask, strlen(ask), 0) < 0)
			code = errno;
		if (wait_for(s, POLLIN, again < until ? again : until) > 0) {
			n = recv(s, got, sizeof(got), 0);
			code = n < 0 ? errno : 0;
		}
		if (code == ECONNREFUSED) /* by ICMP: the host is there, and nobody listens */
			return outcome(in, "refused", 0, false);
	}
	if (n >= 0)
		return outcome(in, "connected", 0,
			       n == (ssize_t)strlen(greeting) &&
				       memcmp(got, greeting, (size_t)n) == 0);
	return outcome(in, code && code != EAGAIN ? "error" : "silent", code == EAGAIN ? 0 : code,
		       false);
}

int probe_connect(const json_t *in, int fd)
{
	bool udp = js_true(in, "udp");
	double until = probe_clock() + (double)js_int(in, "wait_us") / 1e6;
	struct sockaddr_in6 a;
	socklen_t len = address_of(in, &a);
	const struct sockaddr *sa = (const void *)&a;
	int s = socket(sa->sa_family,
		       (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (s < 0)
		return probe_error(fd, "cannot make a socket: %s", strerror(errno));
	return probe_tell(fd, (udp ? try_datagram : try_stream)(in, s, sa, len, until));
}
