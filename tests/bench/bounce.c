/* SPDX-License-Identifier: ISC */
/*
 * bounce.c - how long a round trip takes, in nanoseconds.
 *
 *     bounce ping IFNAME MAC SIZE MILLISECONDS   has one frame bounce, and times each round trip
 *     bounce echo IFNAME                         the other side, until it is ended; says "ready"
 *
 * Both sleep until the frame comes, as a guest does that has nothing else to do: a round trip is two
 * wakeups of a station, and of the switch between them as many as it takes.
 *
 * The result is one JSON object on standard output.
 */
#include <errno.h>
#include <net/ethernet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "wire.h"

enum {
	LOST_AFTER_US = 200000,
	SAMPLES_MAX = 1 << 22,
};

static uint8_t frame[WIRE_FRAME_MAX];

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Waits for the frame numbered `number` to come back; older ones are late and lost already. */
static bool await(const struct wire *w, uint64_t number)
{
	static uint8_t buf[WIRE_FRAME_MAX];
	uint64_t got;

	for (;;) {
		if (recv(w->fd, buf, sizeof(buf), 0) < WIRE_FRAME_MIN)
			return false;
		memcpy(&got, buf + WIRE_HEADER, sizeof(got));
		if (got == number)
			return true;
	}
}

static void print_times(uint32_t *rtt, size_t n, size_t lost)
{
	qsort(rtt, n, sizeof(*rtt), by_value);
	printf("{\"round_trips\": %zu, \"lost\": %zu, \"p50\": %u, \"p99\": %u}\n", n, lost,
	       n ? rtt[n / 2] : 0, n ? rtt[n * 99 / 100] : 0);
}

static void run_ping(const struct wire *w, size_t size, uint64_t duration_ns)
{
	const struct timeval patience = {.tv_usec = LOST_AFTER_US};
	uint32_t *rtt = calloc(SAMPLES_MAX, sizeof(*rtt));
	uint64_t end = now_ns() + duration_ns, sent_at, number = 0;
	size_t n = 0, lost = 0;

	if (!rtt || setsockopt(w->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		die("ping");
	while ((sent_at = now_ns()) < end && n < SAMPLES_MAX) {
		number++;
		memcpy(frame + WIRE_HEADER, &number, sizeof(number));
		if (send(w->fd, frame, size, 0) < 0 && !no_room(errno))
			die("send");
		if (await(w, number))
			rtt[n++] = (uint32_t)(now_ns() - sent_at);
		else
			lost++;
	}
	print_times(rtt, n, lost);
	free(rtt);
}

static void run_echo(const struct wire *w)
{
	uint8_t mac[ETH_ALEN];

	puts("ready");
	fflush(stdout);
	for (;;) {
		ssize_t n = recv(w->fd, frame, sizeof(frame), 0);

		if (n < WIRE_FRAME_MIN)
			die("recv");
		memcpy(mac, frame, ETH_ALEN);
		memcpy(frame, frame + ETH_ALEN, ETH_ALEN);
		memcpy(frame + ETH_ALEN, mac, ETH_ALEN);
		if (send(w->fd, frame, (size_t)n, 0) < 0 && !no_room(errno))
			die("send");
	}
}

int main(int argc, char **argv)
{
	bool pings = argc == 6 && strcmp(argv[1], "ping") == 0;
	bool echoes = argc == 3 && strcmp(argv[1], "echo") == 0;
	struct wire w;

	if (!pings && !echoes) {
		fprintf(stderr, "usage: bounce ping IFNAME MAC SIZE MILLISECONDS\n"
				"       bounce echo IFNAME\n");
		return 2;
	}
	wire_open(&w, argv[2]);
	if (echoes)
		run_echo(&w);
	wire_header(frame, address_argument(argv[3]), w.mac);
	run_ping(&w, argument(argv[4], WIRE_FRAME_MIN, WIRE_FRAME_MAX),
		 argument(argv[5], 1, 3600000) * 1000000u);
	return 0;
}
