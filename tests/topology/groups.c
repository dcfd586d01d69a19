/* SPDX-License-Identifier: ISC */
#include "groups.h"

#include <string.h>

#include "core/csum.h"
#include "core/mcast.h"
#include "util/mac.h"

enum { IP = 14, L4 = IP + 20, IGMP = 2, UDP = 17, ALL_ROUTERS = 2 };

static void put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void put32(uint8_t *at, uint32_t v)
{
	put16(at, v >> 16);
	put16(at + 2, v & 0xffff);
}

/* Of 28 bytes; the host has the address 10.0.0.0 and the last octet of its MAC. */
static void put_ip(uint8_t *ip, uint8_t proto, uint64_t mac, uint32_t dst)
{
	ip[0] = 0x45;
	put16(ip + 2, 28);
	ip[8] = 1;
	ip[9] = proto;
	put32(ip + 12, 0x0a000000u | (mac & 0xff));
	put32(ip + 16, dst);
	put16(ip + 10, csum_finish(csum_add(0, ip, 20)));
}

void group_frame(uint8_t out[GROUP_FRAME], enum group_frame what, uint64_t mac, uint32_t group)
{
	uint32_t dst = what == GROUP_LEAVE ? 0xe0000000u | ALL_ROUTERS : group;

	memset(out, 0, GROUP_FRAME);
	mac_store(out, UINT64_C(0x01005e000000) | (dst & 0x7fffff));
	mac_store(out + 6, mac);
	put16(out + 12, ETHERTYPE_IPV4);
	put_ip(out + IP, what == GROUP_DATA ? UDP : IGMP, mac, dst);
	if (what == GROUP_DATA) {
		put16(out + L4, 4000);
		put16(out + L4 + 2, 4000);
		put16(out + L4 + 4, 8);
		return;
	}
	out[L4] = what == GROUP_REPORT ? 0x16 : 0x17;
	put32(out + L4 + 4, group);
	put16(out + L4 + 2, csum_finish(csum_add(0, out + L4, 8)));
}

bool group_talk(const uint8_t *bytes, size_t len, bool *query)
{
	struct frame f = {.data = bytes, .len = len};
	struct mcast_msg m;

	*query = false;
	if (frame_parse(&f) != DROP_NONE || mcast_parse(&f, &m) != DROP_NONE)
		return false;
	*query = m.kind == MCAST_QUERY && !m.v6;
	return m.kind != MCAST_NONE;
}
