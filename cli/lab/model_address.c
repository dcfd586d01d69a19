/* SPDX-License-Identifier: ISC */
/* model_address.c - addresses of interfaces, of networks and of routers, and what none of them can be. */
#include "lab/model_impl.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/iptext.h"
#include "util/text.h"

static unsigned bits_of(const struct lab_address *a)
{
	return a->family == AF_INET ? 32 : 128;
}

/* Are all bits behind the prefix `bit`? */
static bool host_bits_are(const struct lab_address *a, int bit)
{
	for (unsigned i = a->prefix; i < bits_of(a); i++)
		if ((a->ip[i / 8] >> (7 - i % 8) & 1) != bit)
			return false;
	return true;
}

bool model_same_subnet(const struct lab_address *a, const struct lab_address *b)
{
	if (a->family != b->family)
		return false;
	for (unsigned i = 0; i < a->prefix; i++)
		if ((a->ip[i / 8] ^ b->ip[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

/* The address of a subnet itself, which has its host bits all zero. */
static void network_of(const struct lab_address *a, char out[IP_STR_SIZE])
{
	uint8_t ip[16];

	memcpy(ip, a->ip, sizeof(ip));
	for (unsigned i = a->prefix; i < bits_of(a); i++)
		ip[i / 8] &= (uint8_t) ~(1u << (7 - i % 8));
	ip_format(a->family == AF_INET ? ip4_load(ip) : ip6_load(ip), out);
}

/* Why no interface can have it; NULL: it can. */
static const char *unfit(const struct lab_address *a, struct ip_addr ip)
{
	bool v4 = a->family == AF_INET;

	if (ip_is_unspecified(ip))
		return "means no address at all";
	if (ip_is_group(ip))
		return "is a multicast group's";
	if (v4 ? a->ip[0] == 127 : ip.hi == 0 && ip.lo == 1)
		return "is that of lo, which each host has by itself";
	if (v4 && (a->ip[0] == 0 || a->ip[0] >= 240))
		return "is no address that a host may have";
	return NULL;
}

/* Of an interface in a subnet: the first and the last are not for hosts, where there are others (RFC 3021). */
static int check_in_subnet(struct reader *r, const char *below, const struct lab_address *a)
{
	unsigned bits = bits_of(a);

	if (a->prefix == 0)
		return model_refuse(r, below, "%s would have all addresses there are in its subnet",
				    a->text);
	if (a->prefix + 2 > bits)
		return 0;
	if (host_bits_are(a, 0))
		return model_refuse(
			r, below,
			a->family == AF_INET
				? "%s is the address of the subnet itself; a host has one above it"
				: "%s is the address of all routers of the subnet (RFC 4291, "
				  "clause 2.6.1); a host has one above it",
			a->text);
	if (a->family == AF_INET && host_bits_are(a, 1))
		return model_refuse(
			r, below,
			"%s is the broadcast address of its subnet; a host has one below it",
			a->text);
	return 0;
}

static int check_network(struct reader *r, const char *below, const struct lab_address *a)
{
	char network[IP_STR_SIZE];

	if (host_bits_are(a, 0))
		return 0;
	network_of(a, network);
	return model_refuse(r, below, "%s has bits behind its prefix; the network is %s/%u",
			    a->text, network, a->prefix);
}

static const char *const allowed[] = {
	[ADDRESS_OF_INTERFACE] =
		"an address and the length of its subnet's prefix, like 10.0.0.1/24 or "
		"2001:db8::1/64",
	[ADDRESS_OF_NETWORK] = "\"default\" or a network like 10.0.0.0/24 or 2001:db8::/64",
	[ADDRESS_OF_ROUTER] = "an address like 10.0.0.254 or 2001:db8::fe",
};

/* The two halves of "10.0.0.1/24"; false: it is none. */
static bool split(const char *text, enum model_address what, struct lab_address *a,
		  struct ip_addr *ip)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char address[IP_STR_SIZE];
	unsigned max;

	if (len >= sizeof(address) || (what == ADDRESS_OF_ROUTER) == (slash != NULL))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	/* ::ffff:10.0.0.1 is neither of one family nor of the other */
	if (!ip_parse(address, ip) || (ip_is_v4(*ip) && strchr(address, ':')))
		return false;
	a->family = ip_is_v4(*ip) ? AF_INET : AF_INET6;
	max = bits_of(a);
	a->prefix = max;
	if (!slash)
		return true;
	len = strlen(++slash);
	if (len == 0 || len > 3 || strspn(slash, "0123456789") != len || (len > 1 && *slash == '0'))
		return false;
	a->prefix = (unsigned)strtoul(slash, NULL, 10);
	return a->prefix <= max;
}

int model_address(struct reader *r, const char *below, const json_t *v, enum model_address what,
		  struct lab_address *a)
{
	const char *text = json_string_value(v), *why;
	char ip_text[IP_STR_SIZE];
	struct ip_addr ip;

	memset(a, 0, sizeof(*a));
	if (!text || !split(text, what, a, &ip))
		return model_found(r, below, v, allowed[what]);
	if (a->family == AF_INET)
		ip4_store(a->ip, ip);
	else
		ip6_store(a->ip, ip);
	ip_format(ip, ip_text);
	if (what == ADDRESS_OF_ROUTER)
		snprintf(a->text, sizeof(a->text), "%s", ip_text);
	else
		snprintf(a->text, sizeof(a->text), "%s/%u", ip_text, a->prefix);
	if (what == ADDRESS_OF_NETWORK)
		return check_network(r, below, a);
	why = unfit(a, ip);
	if (why)
		return model_refuse(r, below, "%s %s", ip_text, why);
	return what == ADDRESS_OF_INTERFACE ? check_in_subnet(r, below, a) : 0;
}
