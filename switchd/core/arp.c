/* SPDX-License-Identifier: ISC */
#include "core/arp.h"

#include <string.h>

#include "core/frame.h"
#include "util/bytes.h"
#include "util/mac.h"

enum { MAC_LEN = 6 };

/* Hardware and protocol, and how long their addresses are: Ethernet and IPv4. */
static const uint8_t form[] = {0, 1, ETHERTYPE_IPV4 >> 8, ETHERTYPE_IPV4 & 0xff, MAC_LEN, 4};

bool arp_parse(const uint8_t *data, size_t len, struct arp *a)
{
	struct rd r = rd_from(data, len);

	if (len < ARP_SIZE || memcmp(rd_take(&r, sizeof(form)), form, sizeof(form)) != 0)
		return false;
	uint16_t op = rd_be16(&r);
	if (op != ARP_REQUEST && op != ARP_REPLY)
		return false;
	a->op = (enum arp_op)op;
	a->sender_mac = mac_load(rd_take(&r, MAC_LEN));
	a->sender_ip = rd_be32(&r);
	a->target_mac = mac_load(rd_take(&r, MAC_LEN));
	a->target_ip = rd_be32(&r);
	return mac_is_station(a->sender_mac);
}
