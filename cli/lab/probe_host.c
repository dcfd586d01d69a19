/* SPDX-License-Identifier: ISC */
/*
 * probe_host.c - what a host says of its interfaces and addresses.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "probe.h"
#include "util/iptext.h"
#include "util/mac.h"

static unsigned prefix_of(const uint8_t *mask, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len * 8 && mask[i / 8] >> (7 - i % 8) & 1; i++)
		n++;
	return n;
}

static json_t *interface_of(json_t *all, const char *name)
{
	json_t *one = json_object_get(all, name);

	if (!one) {
		one = json_pack("{s:s, s:b, s:[]}", "mac", "", "up", 0, "addresses");
		json_object_set_new(all, name, one);
	}
	return one;
}

static void add_address(json_t *one, const struct ifaddrs *a)
{
	bool v6 = a->ifa_addr->sa_family == AF_INET6;
	const void *at =
		v6 ? (const void *)&((const struct sockaddr_in6 *)(const void *)a->ifa_addr)
				->sin6_addr
		   : &((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr;
	struct ip_addr ip = v6 ? ip6_load(at) : ip4_load(at);
	char text[IP_STR_SIZE];
	unsigned prefix = v6 ? 128 : 32;

	if (ip_is_link_local6(ip)) /* each interface has one, of which nobody speaks */
		return;
	if (a->ifa_netmask)
		prefix =
			v6 ? prefix_of(((const struct sockaddr_in6 *)(const void *)a->ifa_netmask)
					       ->sin6_addr.s6_addr,
				       16)
			   : prefix_of((const uint8_t *)&((const struct sockaddr_in *)(const void *)
								  a->ifa_netmask)
					       ->sin_addr,
				       4);
	json_array_append_new(
		json_object_get(one, "addresses"),
		json_pack("{s:s, s:i}", "ip", ip_format(ip, text), "prefix", (int)prefix));
}

int probe_host(const json_t *in, int fd)
{
	struct ifaddrs *list;
	json_t *all;

	(void)in;
	if (getifaddrs(&list) < 0)
		return probe_error(fd, "cannot list its interfaces: %s", strerror(errno));
	all = json_object();
	for (const struct ifaddrs *a = list; a; a = a->ifa_next) {
		json_t *one;
		char mac[MAC_STR_SIZE];

		if (!a->ifa_addr || a->ifa_flags & IFF_LOOPBACK)
			continue;
		one = interface_of(all, a->ifa_name);
		json_object_set_new(one, "up", json_boolean(a->ifa_flags & IFF_UP));
		if (a->ifa_addr->sa_family == AF_PACKET) {
			const struct sockaddr_ll *ll = (const void *)a->ifa_addr;

			if (ll->sll_halen == 6)
				json_object_set_new(
					one, "mac",
					json_string(mac_format(mac_load(ll->sll_addr), mac)));
		} else if (a->ifa_addr->sa_family == AF_INET ||
			   a->ifa_addr->sa_family == AF_INET6) {
			add_address(one, a);
		}
	}
	freeifaddrs(list);
	return probe_tell(fd, json_pack("{s:o}", "interfaces", all));
}
