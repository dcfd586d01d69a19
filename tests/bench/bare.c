/* SPDX-License-Identifier: ISC */
/*
 * bare.c - the limit: frames moved between taps by read and write, and nothing else.
 *
 * The taps have the flags and offloads of a switch port (port/tap_attach.c) and are drained as the
 * switch drains them.  What the switch costs beyond this is its own: looking at the frame, learning,
 * counting, the table.  With more than two taps each frame goes to all others, as a flooded one does.
 *
 *     bare NAME NAME...    makes the taps, says "ready", and runs until it is ended
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/frame.h"
#include "core/vnet.h"

#ifndef TUN_F_USO4 /* Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

enum {
	RX_BUDGET = 64, /* as in port/datapath.h */
	TAPS_MAX = 16,
};

static int fail(const char *what)
{
	fprintf(stderr, "bare: %s: %s\n", what, strerror(errno));
	return -1;
}

static int open_tap(const char *name)
{
	const unsigned tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int size = VNET_HDR_SIZE, little = 1;
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return fail("/dev/net/tun");
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr))
		return fail(name);
	if (ioctl(fd, TUNSETVNETHDRSZ, &size) || ioctl(fd, TUNSETVNETLE, &little))
		return fail("offload header");
	if (ioctl(fd, TUNSETOFFLOAD, tcp | TUN_F_USO4 | TUN_F_USO6) &&
	    ioctl(fd, TUNSETOFFLOAD, tcp))
		return fail("offloads");
	return fd;
}

static int tap[TAPS_MAX], taps;

/* A frame that cannot be written is lost, as on any switch. */
static void drain(int from)
{
	static uint8_t buf[VNET_HDR_SIZE + FRAME_MAX + 1] __attribute__((aligned(64)));

	for (int i = 0; i < RX_BUDGET; i++) {
		ssize_t n = read(tap[from], buf, sizeof(buf));

		if (n < VNET_HDR_SIZE)
			return;
		for (int to = 0; to < taps; to++)
			if (to != from && write(tap[to], buf, (size_t)n) < 0)
				continue;
	}
}

static int open_taps(int epoll, char **names)
{
	for (int i = 0; i < taps; i++) {
		struct epoll_event ev = {.events = EPOLLIN, .data.fd = i};

		tap[i] = open_tap(names[i]);
		if (tap[i] < 0)
			return -1;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, tap[i], &ev))
			return fail("epoll");
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct epoll_event ready[TAPS_MAX];
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	taps = argc - 1;
	if (taps < 2 || taps > TAPS_MAX) {
		fprintf(stderr, "usage: bare NAME NAME...\n");
		return 2;
	}
	if (epoll < 0)
		return fail("epoll"), 1;
	if (open_taps(epoll, argv + 1))
		return 1;
	puts("ready");
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(epoll, ready, TAPS_MAX, -1);

		if (n < 0 && errno != EINTR)
			return fail("epoll"), 1;
		for (int i = 0; i < n; i++) {
			if (ready[i].events & EPOLLERR) /* the device was deleted */
				return 0;
			drain(ready[i].data.fd);
		}
	}
}
