/* SPDX-License-Identifier: ISC */
/*
 * probe_ping.c - ICMP echo from a host to one target or many.
 *
 * Not ping(8): its output is for people and differs from version to version, one process for each target is many where a
 * matrix of hosts is asked, and it need not be installed.
 */
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "echo.h"
#include "js.h"
#include "probe.h"
#include "route.h"
#include "util/iptext.h"

enum { TARGETS_MAX = 1024, REQUESTS_MAX = 65536, ROOM = 4 << 20 };

struct request {
	size_t target;
	double sent;
	bool answered;
};

struct target {
	struct ip_addr ip;
	unsigned sent, received, failed;
	json_t *rtt; /* microseconds */
	char error[160];
};

struct pinger {
	int fd4, fd6; /* -1 = not needed */
	uint16_t id;
	size_t size;
	bool first;
	struct target *target;
	size_t targets;
	struct request *request; /* by sequence number */
	size_t requests;
	size_t counted; /* the first of them that counts */
};

static int raw_socket(int family, int proto)
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, proto), room = ROOM;

	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return fd;
}

/* Of ICMPv6 only what we read: on a busy LAN the rest is much (RFC 3542 section 3.2). */
static void filter6(int fd)
{
	struct icmp6_filter f;

	ICMP6_FILTER_SETBLOCKALL(&f);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &f);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &f);
	ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &f);
	ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &f);
	(void)setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &f, sizeof(f));
}

static int open_sockets(struct pinger *p, int fd)
{
	for (size_t i = 0; i < p->targets; i++) {
		bool v6 = !ip_is_v4(p->target[i].ip);
		int *s = v6 ? &p->fd6 : &p->fd4;

		if (*s >= 0)
			continue;
		*s = raw_socket(v6 ? AF_INET6 : AF_INET, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
		if (*s < 0)
			return probe_error(fd, "cannot send ICMP%s: %s", v6 ? "v6" : "",
					   strerror(errno));
		if (v6)
			filter6(*s);
	}
	return 0;
}

static void send_one(struct pinger *p, size_t i)
{
	static uint8_t packet[ECHO_HEADER + ECHO_SIZE_MAX];
	struct target *t = &p->target[i];
	bool v6 = !ip_is_v4(t->ip);
	struct sockaddr_in6 to6 = {.sin6_family = AF_INET6};
	struct sockaddr_in to4 = {.sin_family = AF_INET};
	ssize_t n;

	if (p->requests == REQUESTS_MAX)
		return;
	echo_make(packet, p->size, v6, p->id, (uint16_t)p->requests);
	p->request[p->requests++] = (struct request){.target = i, .sent = probe_clock()};
	t->sent++;
	if (v6) {
		ip6_store(to6.sin6_addr.s6_addr, t->ip);
		n = sendto(p->fd6, packet, ECHO_HEADER + p->size, 0, (struct sockaddr *)&to6,
			   sizeof(to6));
	} else {
		ip4_store((uint8_t *)&to4.sin_addr, t->ip);
		n = sendto(p->fd4, packet, ECHO_HEADER + p->size, 0, (struct sockaddr *)&to4,
			   sizeof(to4));
	}
	if (n >= 0)
		return;
	t->failed++;
	if (errno != ENETUNREACH && errno != EHOSTUNREACH) /* route_doubt() says it better */
		snprintf(t->error, sizeof(t->error), "sending failed: %s", strerror(errno));
}

static void take(struct pinger *p, const struct echo *e)
{
	char from[IP_STR_SIZE];
	struct request *q;
	struct target *t;
	double us;

	if (e->what == ECHO_NOTHING || e->id != p->id || e->seq >= p->requests ||
	    e->seq < p->counted)
		return;
	q = &p->request[e->seq];
	t = &p->target[q->target];
	if (!ip_equal(e->about, t->ip) || q->answered)
		return;
	if (e->what == ECHO_LOST && e->own) /* route_doubt() says why */
		return;
	if (e->what == ECHO_LOST) {
		snprintf(t->error, sizeof(t->error), "%s says: %s", ip_format(e->from, from),
			 e->why);
		return;
	}
	q->answered = true;
	t->received++;
	us = (probe_clock() - q->sent) * 1e6;
	json_array_append_new(t->rtt, json_integer((json_int_t)us));
}

static void hear(struct pinger *p, int fd, bool v6)
{
	static uint8_t packet[ECHO_SIZE_MAX + 512];
	struct sockaddr_in6 from = {0};
	socklen_t len = sizeof(from);
	struct echo e;
	ssize_t n;

	while ((n = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len)) >= 0) {
		e = v6 ? echo_parse6(packet, (size_t)n, ip6_load(from.sin6_addr.s6_addr))
		       : echo_parse4(packet, (size_t)n);
		take(p, &e);
		len = sizeof(from);
	}
}

/* Listens until then, or until there is nothing to wait for. */
static void wait_until(struct pinger *p, double until, bool all)
{
	for (;;) {
		double left = until - probe_clock();
		struct pollfd fds[] = {{.fd = p->fd4, .events = POLLIN},
				       {.fd = p->fd6, .events = POLLIN}};
		bool missing = false;

		for (size_t i = 0; i < p->targets; i++)
			missing = missing ||
				  p->target[i].received < (p->first ? 1 : p->target[i].sent);
		if (left <= 0 || (all && !missing))
			return;
		(void)poll(fds, 2, (int)(left * 1000) + 1);
		if (fds[0].revents)
			hear(p, p->fd4, false);
		if (fds[1].revents)
			hear(p, p->fd6, true);
	}
}

static json_t *report(struct pinger *p)
{
	json_t *list = json_array(), *one;

	for (size_t i = 0; i < p->targets; i++) {
		struct target *t = &p->target[i];

		if (t->received == 0 && !*t->error)
			route_doubt(t->ip, t->error, sizeof(t->error));
		one = json_pack("{s:i, s:i, s:o}", "sent", (int)t->sent, "received",
				(int)t->received, "rtt_us", t->rtt);
		if (*t->error)
			json_object_set_new(one, "error", json_string(t->error));
		json_array_append_new(list, one);
	}
	return json_pack("{s:o}", "targets", list);
}

static bool read_targets(struct pinger *p, const json_t *list)
{
	p->targets = json_array_size(list);
	if (p->targets > TARGETS_MAX)
		return false;
	p->target = calloc(p->targets + 1, sizeof(*p->target));
	p->request = calloc(REQUESTS_MAX, sizeof(*p->request));
	if (!p->target || !p->request)
		return false;
	for (size_t i = 0; i < p->targets; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		p->target[i].rtt = json_array();
		if (!text || !ip_parse(text, &p->target[i].ip))
			return false;
	}
	return true;
}

static void ask(struct pinger *p, json_int_t rounds, double interval)
{
	double next = probe_clock();

	for (; rounds > 0; rounds--) {
		for (size_t i = 0; i < p->targets; i++)
			if (!p->first || !p->target[i].received)
				send_one(p, i);
		next += interval;
		if (rounds > 1)
			wait_until(p, next, p->first);
	}
}

/*
 * Where losses and times are measured the hosts know each other's addresses first: these are asked for by frames that may get
 * lost as well, and all that waits for them would count as late or lost.
 */
static void get_to_know(struct pinger *p)
{
	enum { ROUNDS = 7 }; /* as long as a host asks for an address, three seconds... */
	static const double INTERVAL = 0.5; /* ...at most: who has answered is asked no more */

	p->first = true;
	ask(p, ROUNDS, INTERVAL);
	p->first = false;
	p->counted = p->requests;
	for (size_t i = 0; i < p->targets; i++) {
		struct target *t = &p->target[i];

		t->sent = t->received = t->failed = 0;
		t->error[0] = '\0';
		json_array_clear(t->rtt);
	}
}

static int ping(struct pinger *p, const json_t *in, int fd)
{
	int rc;

	if (p->size > ECHO_SIZE_MAX || !read_targets(p, json_object_get(in, "targets")))
		return probe_error(fd, "it was asked something that it does not understand");
	rc = open_sockets(p, fd);
	if (rc || (p->fd4 < 0 && p->fd6 < 0 && p->targets))
		return rc;
	if (!p->first)
		get_to_know(p);
	ask(p, js_int(in, "count"), (double)js_int(in, "interval_us") / 1e6);
	wait_until(p, probe_clock() + (double)js_int(in, "wait_us") / 1e6, true);
	return probe_tell(fd, report(p));
}

int probe_ping(const json_t *in, int fd)
{
	struct pinger p = {.fd4 = -1, .fd6 = -1, .id = (uint16_t)getpid()};
	int rc;

	p.size = (size_t)js_int(in, "size");
	p.first = js_true(in, "first");
	rc = ping(&p, in, fd);
	free(p.target);
	free(p.request);
	return rc;
}
