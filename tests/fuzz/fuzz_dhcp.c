/* SPDX-License-Identifier: ISC */
/*
 * fuzz_dhcp.c - any bytes at all as a DHCP, DHCPv6, ARP or Neighbor Discovery message.
 *
 * Input: a byte that says which, and the message; of Neighbor Discovery, the IPv6 header and the message.
 */
#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "core/arp.h"
#include "core/dhcp.h"
#include "core/nd.h"
#include "util/mac.h"

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Is there an option of the code, as far as any list of options of the message reads? */
static bool has_option(const uint8_t *p, size_t len, uint8_t code)
{
	for (size_t at = 0; at < len && p[at] != 255;
	     at += p[at] ? 2u + (at + 1 < len ? p[at + 1] : 0) : 1)
		if (p[at] == code)
			return true;
	return false;
}

static bool has_anywhere(const uint8_t *data, size_t size, uint8_t code)
{
	return has_option(data + 240, size - 240, code) || has_option(data + 108, 128, code) ||
	       has_option(data + 44, 64, code);
}

static void check_dhcp(const uint8_t *data, size_t size)
{
	struct dhcp d, longer;
	uint8_t *more;

	if (!dhcp_parse(data, size, &d))
		return;
	CHECK(size > 240 && be32(data + 236) == 0x63825363 && data[1] == 1 && data[2] == 6);
	CHECK(data[0] == (uint8_t)d.op && d.chaddr == mac_load(data + 28) &&
	      mac_is_station(d.chaddr));
	CHECK(d.xid == be32(data + 4) && d.yiaddr == be32(data + 16) &&
	      d.giaddr == be32(data + 24));
	CHECK((d.type != DHCP_NO_TYPE) <= has_anywhere(data, size, 53));
	CHECK(d.relay_info <= has_anywhere(data, size, 82) &&
	      d.rapid_commit <= has_anywhere(data, size, 80));
	CHECK(!d.lease_s || has_anywhere(data, size, 51));
	/* what follows the end says nothing */
	more = malloc(size + 3);
	CHECK(more);
	memcpy(more, data, size);
	memcpy(more + size, "\x35\x01\x05", 3);
	CHECK(dhcp_parse(more, size + 3, &longer));
	CHECK(longer.type == d.type && longer.lease_s == d.lease_s &&
	      longer.requested == d.requested);
	free(more);
}

static void check_dhcp6(const uint8_t *data, size_t size)
{
	enum dhcp6_role role = dhcp6_parse(data, size);

	if (role == DHCP6_BAD)
		return;
	CHECK(size >= 4 && data[0]);
	/* an empty option more is as good, half of one is not */
	uint8_t *more = calloc(1, size + 4);
	CHECK(more);
	memcpy(more, data, size);
	CHECK(dhcp6_parse(more, size + 4) == role);
	CHECK(dhcp6_parse(more, size + 3) == DHCP6_BAD);
	free(more);
}

static void check_arp(const uint8_t *data, size_t size)
{
	struct arp a;

	if (!arp_parse(data, size, &a))
		return;
	CHECK(size >= ARP_SIZE && memcmp(data, "\0\1\x08\0\6\4\0", 7) == 0);
	CHECK(data[7] == (uint8_t)a.op && (a.op == ARP_REQUEST || a.op == ARP_REPLY));
	CHECK(a.sender_mac == mac_load(data + 8) && a.sender_ip == be32(data + 14));
	CHECK(a.target_mac == mac_load(data + 18) && a.target_ip == be32(data + 24));
	CHECK(!arp_parse(data, ARP_SIZE - 1, &a));
}

static void check_nd(const uint8_t *data, size_t size)
{
	struct nd n;

	if (size < 40 || !nd_parse(data, data + 40, size - 40, &n))
		return;
	const uint8_t *m = data + 40;
	CHECK(nd_is_type(m[0]) && m[0] == (uint8_t)n.type && m[1] == 0 && data[7] == 255);
	CHECK(n.src == data + 8 && n.dst == data + 24 && size % 8 == 0);
	CHECK(!n.target || (n.target > m && n.target + 16 <= data + size));
	/* no message and no option ends in the middle of eight bytes */
	for (size_t cut = 1; cut < 8; cut++)
		CHECK(!nd_parse(data, m, size - 40 - cut, &n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(const uint8_t *, size_t) = {check_dhcp, check_dhcp6,
								  check_arp, check_nd};

	if (size)
		checks[data[0] % 4](data + 1, size - 1);
	return 0;
}
