/* SPDX-License-Identifier: ISC */
/*
 * blast.c - a generator of frames and a measure of round trips, on packet sockets.
 *
 *     blast send IFNAME MAC SIZE SECONDS   sends frames of SIZE bytes to MAC as fast as it can
 *     blast ping IFNAME MAC SIZE SECONDS   has one frame bounce, and times each round trip
 *     blast echo IFNAME                    the other side of ping, until it is ended; says "ready"
 *
 * Results are one JSON object on standard output.  SIZE counts from the destination address to the
 * end of the payload, without the frame check sequence.  The frames have an EtherType for local
 * experiments, which no kernel takes up.
 *
 * send goes around the queueing discipline, as a NIC's queue of a guest would.  Where a device has
 * no room the kernel says ENOBUFS; the frame is counted as sent and as refused, and the next one is
 * tried: how much of what was offered arrives is what is to be found out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "util/mac.h"

enum {
	ETHERTYPE_EXPERIMENT = 0x88b5, /* IEEE 802: local experimental */
	HEADER = 14,
	FRAME_MIN = HEADER + (int)sizeof(uint64_t), /* a round trip has a number */
	FRAME_MAX = 65000,
	BATCH = 64,
	LOST_AFTER_US = 200000,
	SAMPLES_MAX = 1 << 20,
};

struct wire {
	int fd;
	uint8_t mac[ETH_ALEN]; /* our own */
	uint8_t frame[FRAME_MAX];
	size_t size;
};

static void die(const char *what)
{
	fprintf(stderr, "blast: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void open_wire(struct wire *w, const char *ifname)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETHERTYPE_EXPERIMENT),
		.sll_ifindex = (int)if_nametoindex(ifname),
	};
	struct ifreq ifr = {0};
	int on = 1;

	if (at.sll_ifindex == 0)
		die(ifname);
	w->fd = socket(AF_PACKET, SOCK_RAW, 0);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (w->fd < 0 || ioctl(w->fd, SIOCGIFHWADDR, &ifr))
		die("packet socket");
	if (setsockopt(w->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) ||
	    bind(w->fd, (struct sockaddr *)&at, sizeof(at)))
		die("packet socket");
	memcpy(w->mac, ifr.ifr_hwaddr.sa_data, sizeof(w->mac));
}

/* The frame that send and ping use: header, then zeroes. */
static void make_frame(struct wire *w, const char *to, const char *size)
{
	uint64_t mac;

	w->size = strtoul(size, NULL, 10);
	if (w->size < FRAME_MIN || w->size > FRAME_MAX || !mac_parse(to, &mac)) {
		errno = EINVAL;
		die("address or size");
	}
	mac_store(w->frame, mac);
	memcpy(w->frame + ETH_ALEN, w->mac, ETH_ALEN);
	w->frame[12] = ETHERTYPE_EXPERIMENT >> 8;
	w->frame[13] = ETHERTYPE_EXPERIMENT & 0xff;
}

static bool no_room(int code)
{
	return code == ENOBUFS || code == EAGAIN || code == ENOMEM;
}

static void run_send(struct wire *w, double seconds)
{
	struct iovec iov = {.iov_base = w->frame, .iov_len = w->size};
	struct mmsghdr batch[BATCH] = {0};
	uint64_t begin = now_ns(), end = begin + (uint64_t)(seconds * 1e9), now;
	uint64_t sent = 0, refused = 0;

	for (int i = 0; i < BATCH; i++)
		batch[i].msg_hdr = (struct msghdr){.msg_iov = &iov, .msg_iovlen = 1};
	do {
		int n = sendmmsg(w->fd, batch, BATCH, 0);

		if (n < 0 && !no_room(errno) && errno != EINTR)
			die("sendmmsg");
		if (n > 0)
			sent += (uint64_t)n;
		if (n < 0 && no_room(errno)) {
			sent++;
			refused++;
		}
		now = now_ns();
	} while (now < end);
	printf("{\"sent\": %lu, \"refused\": %lu, \"ns\": %lu}\n", sent, refused, now - begin);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Waits for the frame numbered `number` to come back; older ones are late and lost already. */
static bool await(struct wire *w, uint64_t number)
{
	static uint8_t buf[FRAME_MAX];
	uint64_t got;

	for (;;) {
		if (recv(w->fd, buf, sizeof(buf), 0) < FRAME_MIN)
			return false;
		memcpy(&got, buf + HEADER, sizeof(got));
		if (got == number)
			return true;
	}
}

static void run_ping(struct wire *w, double seconds)
{
	const struct timeval patience = {.tv_usec = LOST_AFTER_US};
	uint32_t *rtt = calloc(SAMPLES_MAX, sizeof(*rtt));
	uint64_t end = now_ns() + (uint64_t)(seconds * 1e9), sent_at, number = 0;
	size_t n = 0, lost = 0;

	if (!rtt || setsockopt(w->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		die("ping");
	while ((sent_at = now_ns()) < end && n < SAMPLES_MAX) {
		number++;
		memcpy(w->frame + HEADER, &number, sizeof(number));
		if (send(w->fd, w->frame, w->size, 0) < 0 && !no_room(errno))
			die("send");
		if (await(w, number))
			rtt[n++] = (uint32_t)(now_ns() - sent_at);
		else
			lost++;
	}
	qsort(rtt, n, sizeof(*rtt), by_value);
	printf("{\"round_trips\": %zu, \"lost\": %zu, \"p50\": %u, \"p99\": %u}\n", n, lost,
	       n ? rtt[n / 2] : 0, n ? rtt[n * 99 / 100] : 0);
	free(rtt);
}

static void run_echo(struct wire *w)
{
	uint8_t mac[ETH_ALEN];

	puts("ready");
	fflush(stdout);
	for (;;) {
		ssize_t n = recv(w->fd, w->frame, sizeof(w->frame), 0);

		if (n < FRAME_MIN)
			die("recv");
		memcpy(mac, w->frame, ETH_ALEN);
		memcpy(w->frame, w->frame + ETH_ALEN, ETH_ALEN);
		memcpy(w->frame + ETH_ALEN, mac, ETH_ALEN);
		if (send(w->fd, w->frame, (size_t)n, 0) < 0 && !no_room(errno))
			die("send");
	}
}

int main(int argc, char **argv)
{
	static struct wire w;
	const char *what = argc > 2 ? argv[1] : "";
	bool timed = strcmp(what, "send") == 0 || strcmp(what, "ping") == 0;

	if ((timed && argc != 6) || (!timed && (strcmp(what, "echo") != 0 || argc != 3))) {
		fprintf(stderr, "usage: blast send|ping IFNAME MAC SIZE SECONDS\n"
				"       blast echo IFNAME\n");
		return 2;
	}
	open_wire(&w, argv[2]);
	if (!timed)
		run_echo(&w);
	make_frame(&w, argv[3], argv[4]);
	if (strcmp(what, "send") == 0)
		run_send(&w, strtod(argv[5], NULL));
	else
		run_ping(&w, strtod(argv[5], NULL));
	return 0;
}
