/* SPDX-License-Identifier: ISC */
/*
 * lldp_tlv.h - what stands in an LLDPDU (IEEE 802.1AB-2016 clause 8), read and shown.
 *
 * An LLDPDU is a row of TLVs: 7 bits of type, 9 of length, as many bytes.  Three come first and in this
 * order, chassis ID, port ID and time to live; what follows is optional.  Anybody can send one, so nothing
 * in it is believed, and nothing of it is copied: struct lldp_info points into the bytes it was read from.
 *
 * Errors are of two sorts (clause 9.2.7.7).  Where the three that come first are not right nobody knows who
 * speaks, and the LLDPDU is discarded as a whole.  An optional TLV that is not right is discarded alone; of one
 * that reaches past the end, so is all behind it, for nobody knows where that begins.  What is not
 * known to us is counted and kept out.
 *
 * Texts may hold any bytes.  They stay as they came until they are shown: lldp_text() and its like.
 */
#ifndef CORE_LLDP_TLV_H
#define CORE_LLDP_TLV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/drop.h"

enum {
	ETHERTYPE_LLDP = 0x88cc,
	LLDPDU_MAX = 1500, /* an LLDPDU is one frame (clause 8.2), and basic frames hold no more */

	LLDP_STRING_MAX = 255, /* the longest text or identifier */
	LLDP_ADDR_MAX = 31,    /* the longest management address (clause 8.5.9.4) */
	LLDP_ADDRS_MAX = 8,    /* so many of a neighbour's are looked at... */
	LLDP_VLANS_MAX = 16,   /* ...and so many VLAN names */
	LLDP_VLAN_NAME_MAX = 32,
};

/* The group that no bridge forwards, of what any kind: "nearest bridge" (table 7-1). */
#define LLDP_GROUP UINT64_C(0x0180c200000e)

enum lldp_tlv {
	LLDP_TLV_END,
	LLDP_TLV_CHASSIS_ID,
	LLDP_TLV_PORT_ID,
	LLDP_TLV_TTL,
	LLDP_TLV_PORT_DESC,
	LLDP_TLV_SYS_NAME,
	LLDP_TLV_SYS_DESC,
	LLDP_TLV_SYS_CAPS,
	LLDP_TLV_MGMT_ADDR,
	LLDP_TLV_ORG = 127,
};

/* How an identifier of the chassis is meant: table 8-2. */
enum lldp_chassis_subtype {
	LLDP_CHASSIS_COMPONENT = 1,
	LLDP_CHASSIS_IFALIAS,
	LLDP_CHASSIS_PORT_COMPONENT,
	LLDP_CHASSIS_MAC,
	LLDP_CHASSIS_NETWORK,
	LLDP_CHASSIS_IFNAME,
	LLDP_CHASSIS_LOCAL,
};

/* The same of the port: table 8-3. */
enum lldp_port_subtype {
	LLDP_PORT_IFALIAS = 1,
	LLDP_PORT_COMPONENT,
	LLDP_PORT_MAC,
	LLDP_PORT_NETWORK,
	LLDP_PORT_IFNAME,
	LLDP_PORT_CIRCUIT,
	LLDP_PORT_LOCAL,
};

/* Bits of the capabilities: table 8-4. */
enum lldp_cap {
	LLDP_CAP_OTHER = 1 << 0,
	LLDP_CAP_REPEATER = 1 << 1,
	LLDP_CAP_BRIDGE = 1 << 2,
	LLDP_CAP_WLAN = 1 << 3,
	LLDP_CAP_ROUTER = 1 << 4,
	LLDP_CAP_TELEPHONE = 1 << 5,
	LLDP_CAP_DOCSIS = 1 << 6,
	LLDP_CAP_STATION = 1 << 7, /* and nothing else */
	LLDP_CAP_CVLAN = 1 << 8,
	LLDP_CAP_SVLAN = 1 << 9,
	LLDP_CAP_TPMR = 1 << 10,
};
enum { LLDP_CAPS = 11 };

/* Address families (IANA), as far as they can be shown. */
enum { LLDP_FAMILY_IPV4 = 1, LLDP_FAMILY_IPV6 = 2, LLDP_FAMILY_MAC = 6 };

struct lldp_bytes {
	const uint8_t *p; /* NULL where there is none; it may be there and empty */
	uint16_t len;
};

/* A chassis or a port.  Both together, a MAC service access point, tell a neighbour from others. */
struct lldp_id {
	uint8_t subtype;
	struct lldp_bytes id; /* 1 to LLDP_STRING_MAX bytes */
};

struct lldp_addr {
	uint8_t family;
	uint8_t if_subtype; /* of the number: 1 unknown, 2 ifIndex, 3 system port */
	uint32_t if_number;
	struct lldp_bytes addr; /* 1 to LLDP_ADDR_MAX bytes */
};

struct lldp_vlan {
	uint16_t vid;
	struct lldp_bytes name; /* at most LLDP_VLAN_NAME_MAX bytes */
};

/* Borrows the bytes of the LLDPDU. */
struct lldp_info {
	struct lldp_id chassis, port;
	uint16_t ttl_s;
	struct lldp_bytes port_desc, sys_name, sys_desc;
	bool has_caps;
	uint16_t caps, caps_on; /* what it could be, and what it is; enum lldp_cap */
	unsigned addrs, vlans;	/* valid below */
	unsigned more;		/* addresses and names that there was no room for here */
	struct lldp_addr addr[LLDP_ADDRS_MAX];
	struct lldp_vlan vlan[LLDP_VLANS_MAX];
	bool has_pvid;
	uint16_t pvid;	    /* 802.1Q-2018 annex D.2.1; 0 = it knows none */
	uint16_t frame_max; /* 802.3-2018 clause 79.3.4, checksum and all; 0 = not said */
	size_t used;	    /* bytes up to the end, the End TLV included; padding may follow */
};

/* What was wrong with an LLDPDU that is of use all the same. */
struct lldp_tlv_stats {
	uint32_t discarded;    /* TLVs that were not right */
	uint32_t unrecognized; /* TLVs that we do not know */
};

/*
 * Reads an LLDPDU, what is behind the EtherType.  Fills both and returns DROP_NONE; or DROP_BAD_LLDP, where
 * one of the first three TLVs is missing, of a wrong length or there once more.  Of an optional TLV that may be
 * there once only, the first counts.  What is behind LLDPDU_MAX bytes is not looked at.
 */
enum drop lldp_parse(const uint8_t *pdu, size_t len, struct lldp_info *info,
		     struct lldp_tlv_stats *stats);

/* Is it the same neighbour? */
bool lldp_same(const struct lldp_info *a, const struct lldp_info *b);

/* Does it say the same?  The time to live is no part of that. */
bool lldp_equal(const struct lldp_info *a, const struct lldp_info *b);

/* ---- for people ---- */

/* Room for any of these: 255 bytes in hex, "0x" in front. */
enum { LLDP_TEXT_SIZE = 2 + 2 * LLDP_STRING_MAX + 1 };

/* A text, with '?' for what no terminal should see; "" where there is none.  Returns out. */
const char *lldp_text(struct lldp_bytes b, char out[LLDP_TEXT_SIZE]);

/*
 * An identifier by its subtype: a MAC address, a network address or a text; bytes in hex where it is none
 * of these.  Returns out.
 */
const char *lldp_chassis_text(const struct lldp_id *id, char out[LLDP_TEXT_SIZE]);
const char *lldp_port_text(const struct lldp_id *id, char out[LLDP_TEXT_SIZE]);

/* "mac", "ifname", "local"...; "reserved" for subtypes that no standard knows. */
const char *lldp_chassis_subtype_name(uint8_t subtype);
const char *lldp_port_subtype_name(uint8_t subtype);

/* "192.0.2.1", "2001:db8::1" (RFC 5952), a MAC address; of other families bytes in hex.  Returns out. */
const char *lldp_addr_text(uint8_t family, struct lldp_bytes addr, char out[LLDP_TEXT_SIZE]);

/* The name of capability bit 0 to LLDP_CAPS - 1: "bridge". */
const char *lldp_cap_name(unsigned bit);

#endif
