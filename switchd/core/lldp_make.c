/* SPDX-License-Identifier: ISC */
#include "core/lldp_make.h"

#include <string.h>

#include "util/mac.h"

enum {
	HEADER = 14,
	TLV_HEADER = 2,
	ETHERNET_EXTRA = 18, /* of a frame beside its payload: addresses, EtherType, checksum */
	IF_UNKNOWN = 1,	     /* how an interface is numbered: not at all */
};

/* One TLV after the other; what does not fit is not begun. */
struct out {
	uint8_t *at, *end;
	uint64_t left_out;
};

static void put_byte(struct out *o, unsigned v)
{
	*o->at++ = (uint8_t)v;
}

static void put16(struct out *o, unsigned v)
{
	put_byte(o, v >> 8);
	put_byte(o, v);
}

static void put_bytes(struct out *o, const void *p, size_t len)
{
	memcpy(o->at, p, len);
	o->at += len;
}

/* The head of a TLV of len bytes; there is always room for an End TLV behind it. */
static bool begin(struct out *o, enum lldp_tlv type, size_t len)
{
	if ((size_t)(o->end - o->at) < TLV_HEADER + len + TLV_HEADER) {
		o->left_out++;
		return false;
	}
	put16(o, (unsigned)type << 9 | (unsigned)len);
	return true;
}

static bool begin_org(struct out *o, uint32_t oui, uint8_t subtype, size_t len)
{
	if (!begin(o, LLDP_TLV_ORG, 4 + len))
		return false;
	put_byte(o, oui >> 16);
	put16(o, oui);
	put_byte(o, subtype);
	return true;
}

static void put_text(struct out *o, enum lldp_tlv type, const char *s)
{
	size_t len = strnlen(s, LLDP_STRING_MAX);

	if (len && begin(o, type, len))
		put_bytes(o, s, len);
}

/* Clauses 8.5.2 to 8.5.4.  They fit: 9 bytes, at most 34, and 4. */
static void put_mandatory(struct out *o, const struct lldp_cfg *cfg,
			  const struct lldp_port_cfg *port, uint16_t ttl_s)
{
	size_t len = strnlen(port->name, NAME_SIZE - 1);

	if (begin(o, LLDP_TLV_CHASSIS_ID, 1 + 6)) {
		put_byte(o, LLDP_CHASSIS_MAC);
		mac_store(o->at, cfg->chassis);
		o->at += 6;
	}
	if (begin(o, LLDP_TLV_PORT_ID, 1 + len)) {
		put_byte(o, LLDP_PORT_IFNAME);
		put_bytes(o, port->name, len);
	}
	if (begin(o, LLDP_TLV_TTL, 2))
		put16(o, ttl_s);
}

static void put_system(struct out *o, const struct lldp_cfg *cfg)
{
	put_text(o, LLDP_TLV_SYS_NAME, cfg->sys_name);
	put_text(o, LLDP_TLV_SYS_DESC, cfg->sys_desc);
	if (cfg->caps && begin(o, LLDP_TLV_SYS_CAPS, 4)) {
		put16(o, cfg->caps);
		put16(o, cfg->caps_on & cfg->caps);
	}
	for (unsigned i = 0; i < cfg->addrs && i < LLDP_ADDRS_SENT; i++) {
		uint8_t len = cfg->addr[i].len;

		if (len == 0 || len > sizeof(cfg->addr[i].addr) ||
		    !begin(o, LLDP_TLV_MGMT_ADDR, 1 + 1 + (size_t)len + 1 + 4 + 1))
			continue;
		put_byte(o, 1u + len);
		put_byte(o, cfg->addr[i].family);
		put_bytes(o, cfg->addr[i].addr, len);
		put_byte(o, IF_UNKNOWN);
		put16(o, 0);
		put16(o, 0);
		put_byte(o, 0); /* no object identifier */
	}
}

/* 802.1Q-2018 annex D.2.1 and D.2.3. */
static void put_vlans(struct out *o, const struct lldp_port_cfg *port)
{
	const uint32_t oui = 0x0080c2;

	if (port->has_pvid && begin_org(o, oui, 1, 2))
		put16(o, port->pvid);
	for (unsigned i = 0; i < port->vlans && i < LLDP_VLANS_SENT; i++) {
		size_t len = strnlen(port->vlan[i].name, LLDP_VLAN_NAME_MAX);

		if (len == 0 || !begin_org(o, oui, 3, 2 + 1 + len))
			continue;
		put16(o, port->vlan[i].vid);
		put_byte(o, (unsigned)len);
		put_bytes(o, port->vlan[i].name, len);
	}
}

/* 802.3-2018 clause 79.3.4. */
static void put_frame_max(struct out *o, const struct lldp_port_cfg *port)
{
	const uint32_t oui = 0x00120f;
	uint32_t size =
		port->mtu < UINT16_MAX - ETHERNET_EXTRA ? port->mtu + ETHERNET_EXTRA : UINT16_MAX;

	if (port->mtu && begin_org(o, oui, 4, 2))
		put16(o, size);
}

uint16_t lldp_ttl(const struct lldp_cfg *cfg)
{
	uint32_t ttl = (uint32_t)cfg->tx_interval_s * cfg->hold + 1;

	return ttl < UINT16_MAX ? (uint16_t)ttl : UINT16_MAX;
}

size_t lldp_make(const struct lldp_cfg *cfg, const struct lldp_port_cfg *port, uint16_t ttl_s,
		 uint8_t frame[LLDP_FRAME_MAX], uint64_t *left_out)
{
	struct out o = {.at = frame + HEADER};
	size_t room = LLDPDU_MAX;

	/* what has to be there is there however small the mtu */
	if (port->mtu && port->mtu < room)
		room = port->mtu > 64 ? port->mtu : 64;
	o.end = o.at + room;
	mac_store(frame, LLDP_GROUP);
	mac_store(frame + 6, port->mac);
	frame[12] = ETHERTYPE_LLDP >> 8;
	frame[13] = ETHERTYPE_LLDP & 0xff;
	put_mandatory(&o, cfg, port, ttl_s);
	if (ttl_s) { /* clause 8.2: a shutdown LLDPDU holds nothing else */
		put_text(&o, LLDP_TLV_PORT_DESC, port->desc);
		put_system(&o, cfg);
		put_vlans(&o, port);
		put_frame_max(&o, port);
	}
	put16(&o, 0); /* the End TLV */
	*left_out += o.left_out;
	return (size_t)(o.at - frame);
}
