/* SPDX-License-Identifier: ISC */
/*
 * groups.h - frames around messages about groups, with headers and checksums that are right, so that what
 * is inside gets past them.
 */
#ifndef FUZZ_GROUPS_H
#define FUZZ_GROUPS_H

#include <string.h>

#include "check.h"
#include "core/csum.h"
#include "core/frame.h"
#include "util/ip.h"
#include "util/mac.h"

enum { WRAP_ROOM = 14 + 48, WRAP_IGMP = 2, WRAP_ICMPV6 = 58, WRAP_UDP = 17 };

static inline size_t wrap4(uint8_t *out, uint8_t proto, struct ip_addr src, struct ip_addr dst,
			   const uint8_t *msg, size_t len)
{
	static const uint8_t head[] = {0x46, 0xc0, 0, 0, 0, 0, 0, 0, 1};
	uint8_t *ip = out + 14, *l4 = ip + 24;

	memset(out, 0, 14 + 24);
	mac_store(out, UINT64_C(0x01005e000000) | (dst.lo & 0x7fffff));
	mac_store(out + 6, UINT64_C(0x020000000001));
	csum_put(out + 12, ETHERTYPE_IPV4);
	memcpy(ip, head, sizeof(head));
	ip[9] = proto;
	csum_put(ip + 2, (uint16_t)(24 + len));
	ip4_store(ip + 12, src);
	ip4_store(ip + 16, dst);
	memcpy(ip + 20, "\x94\4\0\0", 4);
	csum_put(ip + 10, csum_finish(csum_add(0, ip, 24)));
	if (len)
		memcpy(l4, msg, len);
	if (proto != WRAP_UDP && len >= 4) {
		csum_put(l4 + 2, 0);
		csum_put(l4 + 2, csum_finish(csum_add(0, l4, len)));
	}
	return 14 + 24 + len;
}

static inline size_t wrap6(uint8_t *out, uint8_t proto, struct ip_addr src, struct ip_addr dst,
			   const uint8_t *msg, size_t len)
{
	uint8_t *ip = out + 14, *l4 = ip + 48;

	memset(out, 0, 14 + 48);
	mac_store(out, UINT64_C(0x333300000000) | (uint32_t)dst.lo);
	mac_store(out + 6, UINT64_C(0x020000000001));
	csum_put(out + 12, ETHERTYPE_IPV6);
	ip[0] = 0x60;
	ip[7] = 1;
	csum_put(ip + 4, (uint16_t)(8 + len));
	ip6_store(ip + 8, src);
	ip6_store(ip + 24, dst);
	memcpy(ip + 40, "\0\0\5\2\0\0\1\0", 8);
	ip[40] = proto;
	if (len)
		memcpy(l4, msg, len);
	if (proto != WRAP_UDP && len >= 4) {
		csum_put(l4 + 2, 0);
		csum_put(l4 + 2,
			 csum_finish(csum_add(csum_pseudo6(ip, proto, (uint32_t)len), l4, len)));
	}
	return 14 + 48 + len;
}

#endif
