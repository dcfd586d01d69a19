/* SPDX-License-Identifier: ISC */
#include "offer.h"

#include <string.h>

#include "core/csum.h"
#include "core/dhcp.h"
#include "core/frame.h"
#include "core/ipwalk.h"
#include "util/bytes.h"
#include "util/mac.h"

enum {
	ETH = 14,
	IP = 20,
	UDP = 8,
	BOOTP = 300,
	FIXED = 240, /* up to the cookie, and with it */
	FLAG_BROADCAST = 0x80,
	OPT_TYPE = 53,
	OPT_SERVER = 54,
	OPT_PARAMETERS = 55,
	OPT_END = 255,
};

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put_message(uint8_t *m, uint64_t mac, uint32_t xid)
{
	static const uint8_t cookie[] = {99, 130, 83, 99};
	/* subnet mask and router: some servers offer nothing to who asks for nothing */
	static const uint8_t options[] = {OPT_TYPE, 1, DHCP_DISCOVER, OPT_PARAMETERS, 2,
					  1,	    3, OPT_END};

	m[0] = DHCP_BOOTREQUEST;
	m[1] = 1; /* Ethernet */
	m[2] = 6;
	put16(m + 4, xid >> 16);
	put16(m + 6, xid);
	m[10] = FLAG_BROADCAST; /* RFC 2131 section 4.1: we have no address that could be sent to */
	mac_store(m + 28, mac);
	memcpy(m + FIXED - sizeof(cookie), cookie, sizeof(cookie));
	memcpy(m + FIXED, options, sizeof(options));
}

void discover_make(uint8_t out[DISCOVER_SIZE], uint64_t mac, uint32_t xid)
{
	uint8_t *ip = out + ETH, *udp = ip + IP;

	memset(out, 0, DISCOVER_SIZE);
	mac_store(out, MAC_BROADCAST);
	mac_store(out + 6, mac);
	put16(out + 12, ETHERTYPE_IPV4);
	ip[0] = 0x45;
	put16(ip + 2, IP + UDP + BOOTP);
	ip[8] = 64;
	ip[9] = IP_PROTO_UDP;
	memset(ip + 16, 0xff, 4);
	csum_put(ip + 10, csum_finish(csum_add(0, ip, IP)));
	put16(udp, DHCP_CLIENT_PORT);
	put16(udp + 2, DHCP_SERVER_PORT);
	put16(udp + 4, UDP + BOOTP);
	put_message(udp + UDP, mac, xid);
	csum_put(udp + 6, csum_finish_udp(csum_pseudo4(ip, IP_PROTO_UDP, UDP + BOOTP) +
					  csum_add(0, udp, UDP + BOOTP)));
}

/* Option 54, of the options field alone; dhcp_parse() has found that its list is whole. */
static bool server_id(const uint8_t *data, size_t len, struct ip_addr *server)
{
	struct rd r = rd_from(data, len);

	rd_take(&r, FIXED);
	while (!r.bad) {
		uint8_t code = rd_u8(&r);
		const uint8_t *value;
		size_t n;

		if (code == 0)
			continue;
		if (code == OPT_END)
			return false;
		n = rd_u8(&r);
		value = rd_take(&r, n);
		if (value && code == OPT_SERVER && n == 4) {
			*server = ip4_load(value);
			return true;
		}
	}
	return false;
}

enum offer_what offer_parse(const uint8_t *data, size_t len, uint64_t mac, uint32_t xid,
			    struct offer *o)
{
	struct frame f = {.data = data, .len = len};
	struct ip_packet p;
	struct udp u;
	struct dhcp d;

	if (frame_parse(&f) != DROP_NONE || f.ethertype != ETHERTYPE_IPV4 ||
	    (f.dst != mac && !mac_is_group(f.dst)))
		return OFFER_NOTHING;
	if (ip_walk(&f, &p) != IP_FOUND || p.proto != IP_PROTO_UDP || p.fragment ||
	    !udp_parse(&f, &p, &u) || u.dport != DHCP_CLIENT_PORT)
		return OFFER_NOTHING;
	if (!dhcp_parse(u.data, u.len, &d))
		return OFFER_MALFORMED;
	if (d.type != DHCP_OFFER || d.op != DHCP_BOOTREPLY || d.xid != xid || d.chaddr != mac)
		return OFFER_NOTHING;
	o->address = ip4(d.yiaddr);
	o->mac = f.src;
	if (!server_id(u.data, u.len, &o->server))
		o->server = ip4_load(p.ip + 12);
	return OFFER_MADE;
}
