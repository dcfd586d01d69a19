/* SPDX-License-Identifier: ISC */
#include "core/lldp_tlv.h"

#include <string.h>

#include "util/bytes.h"

enum {
	MANDATORY = 3,
	TTL_SIZE = 2,
	CAPS_SIZE = 4,
	OID_MAX = 128,

	OUI_8021 = 0x0080c2,
	OUI_8023 = 0x00120f,
	SUB_8021_PVID = 1,
	SUB_8021_VLAN_NAME = 3,
	SUB_8023_FRAME_MAX = 4,
};

/* What becomes of an optional TLV. */
enum fate { TAKEN, DISCARDED, UNRECOGNIZED };

static struct lldp_bytes take_rest(struct rd *r)
{
	uint16_t len = (uint16_t)rd_left(r);

	return (struct lldp_bytes){.p = rd_take(r, len), .len = len};
}

/* ---- the first three: clauses 8.5.2 to 8.5.4 ---- */

static bool read_id(struct rd v, struct lldp_id *id)
{
	size_t len = rd_left(&v);

	if (len < 2 || len > 1 + LLDP_STRING_MAX)
		return false;
	id->subtype = rd_u8(&v);
	id->id = take_rest(&v);
	return true;
}

static bool read_mandatory(uint8_t type, struct rd v, struct lldp_info *info)
{
	switch (type) {
	case LLDP_TLV_CHASSIS_ID:
		return read_id(v, &info->chassis);
	case LLDP_TLV_PORT_ID:
		return read_id(v, &info->port);
	default:
		info->ttl_s = rd_be16(&v); /* longer ones are for later versions to explain */
		return !v.bad;
	}
}

/* ---- those that may follow ---- */

static enum fate read_string(struct rd v, struct lldp_bytes *s)
{
	if (s->p || rd_left(&v) > LLDP_STRING_MAX)
		return DISCARDED;
	*s = take_rest(&v);
	return TAKEN;
}

/* Clause 8.5.8: a capability can only be enabled if it is there. */
static enum fate read_caps(struct rd v, struct lldp_info *info)
{
	uint16_t caps = rd_be16(&v), on = rd_be16(&v);

	if (v.bad || rd_left(&v) || info->has_caps || (on & ~caps))
		return DISCARDED;
	info->has_caps = true;
	info->caps = caps;
	info->caps_on = on;
	return TAKEN;
}

/* Clause 8.5.9: length, family, address; how the interface is numbered, its number; an OID, not looked at. */
static enum fate read_addr(struct rd v, struct lldp_info *info)
{
	uint8_t len = rd_u8(&v), oid_len;
	struct lldp_addr a = {.family = rd_u8(&v)};

	if (len < 2 || len > 1 + LLDP_ADDR_MAX)
		return DISCARDED;
	a.addr.len = (uint16_t)(len - 1);
	a.addr.p = rd_take(&v, a.addr.len);
	a.if_subtype = rd_u8(&v);
	a.if_number = rd_be32(&v);
	oid_len = rd_u8(&v);
	if (v.bad || oid_len > OID_MAX || rd_left(&v) != oid_len)
		return DISCARDED;
	if (info->addrs == LLDP_ADDRS_MAX)
		info->more++;
	else
		info->addr[info->addrs++] = a;
	return TAKEN;
}

static enum fate read_pvid(struct rd v, struct lldp_info *info)
{
	uint16_t pvid = rd_be16(&v);

	if (v.bad || rd_left(&v) || info->has_pvid)
		return DISCARDED;
	info->has_pvid = true;
	info->pvid = pvid;
	return TAKEN;
}

static enum fate read_vlan_name(struct rd v, struct lldp_info *info)
{
	struct lldp_vlan n = {.vid = rd_be16(&v)};
	uint8_t len = rd_u8(&v);

	if (v.bad || len > LLDP_VLAN_NAME_MAX || rd_left(&v) != len)
		return DISCARDED;
	n.name = take_rest(&v);
	if (info->vlans == LLDP_VLANS_MAX)
		info->more++;
	else
		info->vlan[info->vlans++] = n;
	return TAKEN;
}

static enum fate read_frame_max(struct rd v, struct lldp_info *info)
{
	uint16_t size = rd_be16(&v);

	if (v.bad || rd_left(&v) || info->frame_max)
		return DISCARDED;
	info->frame_max = size;
	return TAKEN;
}

/* Clause 8.6: whose it is, three bytes; which of his, one. */
static enum fate read_org(struct rd v, struct lldp_info *info)
{
	uint32_t whose = rd_be32(&v);

	if (v.bad)
		return DISCARDED;
	switch (whose) {
	case OUI_8021 << 8 | SUB_8021_PVID:
		return read_pvid(v, info);
	case OUI_8021 << 8 | SUB_8021_VLAN_NAME:
		return read_vlan_name(v, info);
	case OUI_8023 << 8 | SUB_8023_FRAME_MAX:
		return read_frame_max(v, info);
	default:
		return UNRECOGNIZED;
	}
}

static enum fate read_optional(uint8_t type, struct rd v, struct lldp_info *info)
{
	switch (type) {
	case LLDP_TLV_PORT_DESC:
		return read_string(v, &info->port_desc);
	case LLDP_TLV_SYS_NAME:
		return read_string(v, &info->sys_name);
	case LLDP_TLV_SYS_DESC:
		return read_string(v, &info->sys_desc);
	case LLDP_TLV_SYS_CAPS:
		return read_caps(v, info);
	case LLDP_TLV_MGMT_ADDR:
		return read_addr(v, info);
	case LLDP_TLV_ORG:
		return read_org(v, info);
	default:
		return UNRECOGNIZED;
	}
}

/* The next TLV; false: it reaches past the end. */
static bool next_tlv(struct rd *r, uint8_t *type, struct rd *value)
{
	uint16_t head = rd_be16(r);
	size_t len = head & 0x1ff;
	const uint8_t *p = rd_take(r, len);

	if (r->bad)
		return false;
	*type = (uint8_t)(head >> 9);
	*value = rd_from(p, len);
	return true;
}

/* Clause 9.2.7.7. */
enum drop lldp_parse(const uint8_t *pdu, size_t len, struct lldp_info *info,
		     struct lldp_tlv_stats *stats)
{
	struct rd r = rd_from(pdu, len < LLDPDU_MAX ? len : LLDPDU_MAX), value;
	uint8_t type;

	*info = (struct lldp_info){0};
	*stats = (struct lldp_tlv_stats){0};
	for (int i = 1; i <= MANDATORY; i++)
		if (!next_tlv(&r, &type, &value) || type != i || !read_mandatory(type, value, info))
			return DROP_BAD_LLDP;
	info->used = (size_t)(r.p - pdu);
	/* the End TLV may be left out where the frame ends (clause 8.5.1) */
	while (rd_left(&r)) {
		if (!next_tlv(&r, &type, &value)) {
			stats->discarded++;
			break;
		}
		info->used = (size_t)(r.p - pdu);
		if (type == LLDP_TLV_END) {
			stats->discarded += rd_left(&value) > 0;
			break;
		}
		if (type <= MANDATORY)
			return DROP_BAD_LLDP;
		enum fate fate = read_optional(type, value, info);
		stats->discarded += fate == DISCARDED;
		stats->unrecognized += fate == UNRECOGNIZED;
	}
	return DROP_NONE;
}

/* ---- comparing ---- */

static bool same_bytes(struct lldp_bytes a, struct lldp_bytes b)
{
	if (!a.p || !b.p)
		return a.p == b.p;
	return a.len == b.len && memcmp(a.p, b.p, a.len) == 0;
}

static bool same_id(const struct lldp_id *a, const struct lldp_id *b)
{
	return a->subtype == b->subtype && same_bytes(a->id, b->id);
}

bool lldp_same(const struct lldp_info *a, const struct lldp_info *b)
{
	return same_id(&a->chassis, &b->chassis) && same_id(&a->port, &b->port);
}

static bool same_lists(const struct lldp_info *a, const struct lldp_info *b)
{
	if (a->addrs != b->addrs || a->vlans != b->vlans || a->more != b->more)
		return false;
	for (unsigned i = 0; i < a->addrs; i++) {
		const struct lldp_addr *x = &a->addr[i], *y = &b->addr[i];

		if (x->family != y->family || x->if_subtype != y->if_subtype ||
		    x->if_number != y->if_number || !same_bytes(x->addr, y->addr))
			return false;
	}
	for (unsigned i = 0; i < a->vlans; i++)
		if (a->vlan[i].vid != b->vlan[i].vid ||
		    !same_bytes(a->vlan[i].name, b->vlan[i].name))
			return false;
	return true;
}

bool lldp_equal(const struct lldp_info *a, const struct lldp_info *b)
{
	return lldp_same(a, b) && same_bytes(a->port_desc, b->port_desc) &&
	       same_bytes(a->sys_name, b->sys_name) && same_bytes(a->sys_desc, b->sys_desc) &&
	       a->has_caps == b->has_caps && a->caps == b->caps && a->caps_on == b->caps_on &&
	       a->has_pvid == b->has_pvid && a->pvid == b->pvid && a->frame_max == b->frame_max &&
	       same_lists(a, b);
}
