/* SPDX-License-Identifier: ISC */
/*
 * bare.c - the limit: frames moved between two taps by read and write, and nothing else.
 *
 * The taps have the flags and offloads of a switch port (port/tap_attach.c), and are polled and
 * drained as the switch polls and drains them.  What the switch costs beyond this is its own: the
 * event library, looking at the frame, learning, counting.
 *
 *     bare NAME NAME    makes the two taps, says "ready", and runs until it is ended
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

enum { RX_BUDGET = 64 }; /* as in port/datapath.h */

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

/* A frame that cannot be written is lost, as on any switch. */
static void drain(int from, int to)
{
	static uint8_t buf[VNET_HDR_SIZE + FRAME_MAX + 1] __attribute__((aligned(64)));

	for (int i = 0; i < RX_BUDGET; i++) {
		ssize_t n = read(from, buf, sizeof(buf));

		if (n < VNET_HDR_SIZE)
			return;
		if (write(to, buf, (size_t)n) < 0)
			continue;
	}
}

static int watch(int epoll, int tap)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = tap};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, tap, &ev);
}

int main(int argc, char **argv)
{
	struct epoll_event ready[2];
	int tap[2], epoll;

	if (argc != 3) {
		fprintf(stderr, "usage: bare NAME NAME\n");
		return 2;
	}
	tap[0] = open_tap(argv[1]);
	tap[1] = open_tap(argv[2]);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (tap[0] < 0 || tap[1] < 0 || epoll < 0)
		return 1;
	if (watch(epoll, tap[0]) || watch(epoll, tap[1]))
		return fail("epoll"), 1;
	puts("ready");
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(epoll, ready, 2, -1);

		if (n < 0 && errno != EINTR)
			return fail("epoll"), 1;
		for (int i = 0; i < n; i++) {
			if (ready[i].events & EPOLLERR) /* the device was deleted */
				return 0;
			drain(ready[i].data.fd, tap[ready[i].data.fd == tap[0]]);
		}
	}
}
