/* SPDX-License-Identifier: ISC */
/*
 * frame.h - an Ethernet frame as the switch sees it (IEEE 802.3-2018 clause 3, 802.1Q-2018 clause
 * 9).
 *
 * A frame borrows the receive buffer of the port it came from: it is valid until that port reads
 * again, and nobody writes to its bytes.  The tags are read beside the bytes, never taken out.
 */
#ifndef CORE_FRAME_H
#define CORE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/drop.h"

enum {
	FRAME_MIN = 14, /* addresses and EtherType */
	/*
	 * The largest we carry: a 64 KiB IP datagram, its Ethernet header and room for two tags.
	 * A tap's largest MTU is 65521, which fits.
	 */
	FRAME_MAX = 65535 + 14 + 8,

	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_CTAG = 0x8100, /* 802.1Q customer tag */
	ETHERTYPE_STAG = 0x88a8, /* 802.1Q service tag */
};

struct frame {
	const uint8_t *data; /* from the destination address on */
	size_t len;
	/*
	 * The offload header, VNET_HDR_SIZE bytes that lie directly in front of `data`, or NULL
	 * where the port has none: a port that takes such headers sends both with one write.
	 */
	const uint8_t *vnet;

	/* filled by frame_parse() */
	uint64_t dst;
	uint64_t src;
	uint16_t tpid;	    /* of the outermost tag, C- or S-tag; 0 = there is none */
	uint16_t tci;	    /* of that tag: priority, drop eligibility, VID (802.1Q clause 9.6) */
	uint16_t vid;	    /* of the outermost tag if it is a C-tag; 0 = none, or a priority tag */
	uint16_t ethertype; /* behind all tags */
	uint16_t l3;	    /* offset of what the EtherType describes */
	uint8_t tags;	    /* C- and S-tags in front of the EtherType; two at most are looked at */
	bool super;	    /* segmentation is still owed */
	/*
	 * Payload as an MTU counts it: bytes behind the Ethernet header, tags not counted; of a
	 * super-frame, those of one segment.
	 */
	size_t payload;
};

/*
 * Reads the header of f->data, f->len and f->vnet and fills the rest.  Returns DROP_NONE, or why
 * this is no frame: DROP_RUNT, DROP_TRUNCATED_TAG, DROP_OVERSIZE (above FRAME_MAX), and what
 * vnet_check() says of f->vnet: DROP_BAD_VNET, DROP_BAD_GSO.
 *
 * A C-VLAN bridge does not know S-tags (802.1Q-2018 clause 5.5): a frame whose outer tag is an
 * S-tag belongs to VID 0 here, like an untagged one.  So it is in a switch that is not vlan_aware; one that
 * is goes by core/vlan.h.
 */
enum drop frame_parse(struct frame *f);

#endif
