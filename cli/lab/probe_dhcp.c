/* SPDX-License-Identifier: ISC */
/*
 * probe_dhcp.c - who offers addresses to a host: a DISCOVER through a packet socket, and all the offers that come.
 *
 * Not through a UDP socket: a host that has no address sends none, and a DHCP client may have the port.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "js.h"
#include "offer.h"
#include "probe.h"
#include "util/iptext.h"
#include "util/mac.h"

enum { OFFERS_MAX = 32, ETHERTYPE_IP = 0x0800, AGAIN_MS = 1000, FRAME_ROOM = 2048 };

struct asker {
	int s;
	uint64_t mac;
	uint32_t xid;
	struct offer offer[OFFERS_MAX];
	size_t offers;
	int malformed;
};

/* Bound to the device, with its address in *mac; -1 and errno. */
static int open_device(const char *name, uint64_t *mac)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_IP)};
	struct ifreq req = {0};
	int s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), code;

	if (s < 0)
		return -1;
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	at.sll_ifindex = (int)if_nametoindex(name);
	if (at.sll_ifindex && ioctl(s, SIOCGIFHWADDR, &req) == 0 &&
	    bind(s, (struct sockaddr *)&at, sizeof(at)) == 0) {
		*mac = mac_load((const uint8_t *)req.ifr_hwaddr.sa_data);
		return s;
	}
	code = errno;
	close(s);
	errno = code;
	return -1;
}

/* The same server may answer each time it is asked. */
static void keep(struct asker *a, const struct offer *o)
{
	for (size_t i = 0; i < a->offers; i++)
		if (ip_equal(a->offer[i].server, o->server) && a->offer[i].mac == o->mac)
			return;
	if (a->offers < OFFERS_MAX)
		a->offer[a->offers++] = *o;
}

static void hear(struct asker *a)
{
	uint8_t frame[FRAME_ROOM];
	struct sockaddr_ll from = {0};
	socklen_t len = sizeof(from);
	struct offer o;
	ssize_t n;

	while ((n = recvfrom(a->s, frame, sizeof(frame), 0, (struct sockaddr *)&from, &len)) >= 0) {
		len = sizeof(from);
		if (from.sll_pkttype == PACKET_OUTGOING)
			continue;
		switch (offer_parse(frame, (size_t)n, a->mac, a->xid, &o)) {
		case OFFER_MADE:
			keep(a, &o);
			break;
		case OFFER_MALFORMED:
			a->malformed++;
			break;
		case OFFER_NOTHING:
			break;
		}
	}
}

static json_t *report(const struct asker *a, const char *name)
{
	json_t *list = json_array();
	char server[IP_STR_SIZE], ip[IP_STR_SIZE], mac[MAC_STR_SIZE];

	for (size_t i = 0; i < a->offers; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "server",
						      ip_format(a->offer[i].server, server), "ip",
						      ip_format(a->offer[i].address, ip), "mac",
						      mac_format(a->offer[i].mac, mac)));
	return json_pack("{s:s, s:o, s:i}", "interface", name, "offers", list, "malformed",
			 a->malformed);
}

/* The first that is no loopback. */
static const char *first_device(char name[IF_NAMESIZE])
{
	struct if_nameindex *all = if_nameindex();

	*name = '\0';
	for (size_t i = 0; all && all[i].if_index; i++)
		if (strcmp(all[i].if_name, "lo") != 0 && !*name)
			snprintf(name, IF_NAMESIZE, "%s", all[i].if_name);
	if_freenameindex(all);
	return name;
}

int probe_dhcp(const json_t *in, int fd)
{
	double until = probe_clock() + (double)js_int(in, "wait_us") / 1e6, again = 0;
	uint8_t discover[DISCOVER_SIZE];
	struct asker a = {0};
	char first[IF_NAMESIZE];
	const char *name = js_str(in, "interface");
	struct pollfd p = {.events = POLLIN};

	if (!*name)
		name = first_device(first);
	a.s = open_device(name, &a.mac);
	if (a.s < 0)
		return probe_error(fd, "cannot ask on interface \"%s\": %s", name, strerror(errno));
	if (getrandom(&a.xid, sizeof(a.xid), 0) < 0)
		a.xid = (uint32_t)getpid();
	discover_make(discover, a.mac, a.xid);
	p.fd = a.s;
	while (probe_clock() < until) {
		double now = probe_clock();

		if (now >= again) { /* one may get lost, on a bad link for one */
			if (send(a.s, discover, sizeof(discover), 0) < 0)
				return probe_error(fd, "cannot send on interface %s: %s", name,
						   strerror(errno));
			again = now + AGAIN_MS / 1e3;
		}
		(void)poll(&p, 1, (int)(((again < until ? again : until) - now) * 1000) + 1);
		hear(&a);
	}
	return probe_tell(fd, report(&a, name));
}
