/* SPDX-License-Identifier: ISC */
/*
 * arp.h - what an ARP message says (RFC 826), of IPv4 over Ethernet.
 */
#ifndef CORE_ARP_H
#define CORE_ARP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ETHERTYPE_ARP = 0x0806,
	ARP_SIZE = 28, /* what follows up to the end of the frame is padding */
};

enum arp_op { ARP_REQUEST = 1, ARP_REPLY = 2 };

struct arp {
	enum arp_op op;
	uint64_t sender_mac, target_mac;
	uint32_t sender_ip,
		target_ip; /* host order; a sender of 0 probes (RFC 5227 section 2.1.1) */
};

/*
 * Reads what follows the EtherType, len bytes.  False: it is cut short, not of Ethernet and IPv4, neither a
 * request nor a reply, or its sender has an address that no station has.
 */
bool arp_parse(const uint8_t *data, size_t len, struct arp *a);

#endif
