/* SPDX-License-Identifier: ISC */
#include "core/arp.h"

#include "core/frame.h"
#include "util/bytes.h"
#include "util/mac.h"

enum { HARDWARE_ETHERNET = 1, MAC_LEN = 6, IPV4_LEN = 4 };

bool arp_parse(const uint8_t *data, size_t len, struct arp *a)
{
	struct rd r = rd_from(data, len);

	if (len < ARP_SIZE)
		return false;
	if (rd_be16(&r) != HARDWARE_ETHERNET || rd_be16(&r) != ETHERTYPE_IPV4)
		return false;
	if (rd_u8(&r) != MAC_LEN || rd_u8(&r) != IPV4_LEN)
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
