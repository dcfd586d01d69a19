/* SPDX-License-Identifier: ISC */
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "util/mac.h"

enum { ETHERTYPE_EXPERIMENT = 0x88b5 };

void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(1);
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void sleep_ns(uint64_t ns)
{
	struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

void wire_open(struct wire *w, const char *ifname)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETHERTYPE_EXPERIMENT),
		.sll_ifindex = (int)if_nametoindex(ifname),
	};
	struct ifreq ifr = {0};
	uint8_t mac[ETH_ALEN];
	int on = 1;

	if (at.sll_ifindex == 0)
		die(ifname);
	w->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (w->fd < 0 || ioctl(w->fd, SIOCGIFHWADDR, &ifr))
		die("packet socket");
	if (setsockopt(w->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) ||
	    bind(w->fd, (struct sockaddr *)&at, sizeof(at)))
		die("packet socket");
	memcpy(mac, ifr.ifr_hwaddr.sa_data, sizeof(mac));
	w->mac = mac_load(mac);
}

void wire_header(uint8_t *frame, uint64_t dst, uint64_t src)
{
	mac_store(frame, dst);
	mac_store(frame + ETH_ALEN, src);
	frame[12] = ETHERTYPE_EXPERIMENT >> 8;
	frame[13] = ETHERTYPE_EXPERIMENT & 0xff;
}

size_t argument(const char *text, size_t min, size_t max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	errno = ERANGE;
	if (end == text || *end || n < min || n > max)
		die(text);
	return n;
}

uint64_t address_argument(const char *text)
{
	uint64_t mac;

	errno = EINVAL;
	if (!mac_parse(text, &mac))
		die(text);
	return mac;
}

bool no_room(int code)
{
	return code == ENOBUFS || code == EAGAIN || code == ENOMEM;
}
