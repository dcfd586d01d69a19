/* SPDX-License-Identifier: ISC */
#include "core/nd.h"

#include <string.h>

#include "util/bytes.h"
#include "util/mac.h"

enum {
	ADDR_LEN = 16,
	HOP_LIMIT = 255, /* it cannot have come through a router */
	OPT_SOURCE_LLADDR = 1,
	OPT_TARGET_LLADDR = 2,
	FLAG_SOLICITED = 0x40,
};

static bool is_multicast(const uint8_t *a)
{
	return a[0] == 0xff;
}

static bool is_link_local(const uint8_t *a)
{
	return a[0] == 0xfe && (a[1] & 0xc0) == 0x80;
}

static bool is_unspecified(const uint8_t *a)
{
	static const uint8_t none[ADDR_LEN];

	return memcmp(a, none, ADDR_LEN) == 0;
}

/* ff02::1:ffXX:XXXX, RFC 4291 section 2.7.1 */
static bool is_solicited_node(const uint8_t *a)
{
	static const uint8_t prefix[13] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};

	return memcmp(a, prefix, sizeof(prefix)) == 0;
}

/*
 * Section 4.6: type, length in eights with both counted, value.  A length of 0 makes the message invalid.
 * Only addresses of six bytes are Ethernet's (RFC 2464 section 6).
 */
static bool take_options(struct rd *r, uint8_t lladdr_type, struct nd *n)
{
	while (rd_left(r)) {
		uint8_t type = rd_u8(r), units = rd_u8(r);

		if (r->bad || units == 0)
			return false;
		const uint8_t *value = rd_take(r, (size_t)units * 8 - 2);
		if (!value)
			return false;
		if (type == lladdr_type && units == 1)
			n->lladdr = mac_load(value);
	}
	return true;
}

/* The fields in front of the options. */
static bool take_fields(struct rd *r, struct nd *n, uint8_t *flags)
{
	*flags = rd_u8(r); /* of NA; reserved, or hop limit, in others */
	(void)rd_u8(r);
	n->router_lifetime_s = rd_be16(r);
	switch (n->type) {
	case ND_ROUTER_SOLICITATION:
		break;
	case ND_ROUTER_ADVERTISEMENT:
		(void)rd_take(r, 8); /* reachable time, retrans timer */
		break;
	case ND_NEIGHBOR_SOLICITATION:
	case ND_NEIGHBOR_ADVERTISEMENT:
		n->target = rd_take(r, ADDR_LEN);
		break;
	case ND_REDIRECT:
		n->target = rd_take(r, ADDR_LEN);
		(void)rd_take(r, ADDR_LEN); /* the destination that is redirected */
		break;
	}
	if (n->type != ND_ROUTER_ADVERTISEMENT)
		n->router_lifetime_s = 0;
	return !r->bad;
}

/* What each type has to be beyond its form. */
static bool is_valid(const struct nd *n, uint8_t flags)
{
	switch (n->type) {
	case ND_ROUTER_SOLICITATION: /* 6.1.1 */
		return !is_unspecified(n->src) || n->lladdr == MAC_NONE;
	case ND_ROUTER_ADVERTISEMENT: /* 6.1.2 */
		return is_link_local(n->src);
	case ND_NEIGHBOR_SOLICITATION: /* 7.1.1 */
		if (is_multicast(n->target))
			return false;
		return !is_unspecified(n->src) ||
		       (is_solicited_node(n->dst) && n->lladdr == MAC_NONE);
	case ND_NEIGHBOR_ADVERTISEMENT: /* 7.1.2 */
		return !is_multicast(n->target) &&
		       (!is_multicast(n->dst) || !(flags & FLAG_SOLICITED));
	case ND_REDIRECT: /* 8.1, but for "from the first-hop router", which only the host knows */
		return is_link_local(n->src);
	}
	return false;
}

bool nd_parse(const uint8_t *ip, const uint8_t *data, size_t len, struct nd *n)
{
	struct rd r = rd_from(data, len);
	uint8_t type = rd_u8(&r), code = rd_u8(&r), flags;

	(void)rd_be16(&r); /* the checksum */
	if (r.bad || !nd_is_type(type) || code != 0 || ip[7] != HOP_LIMIT)
		return false;
	*n = (struct nd){.type = (enum nd_type)type, .src = ip + 8, .dst = ip + 24};
	bool of_target = n->type == ND_NEIGHBOR_ADVERTISEMENT || n->type == ND_REDIRECT;
	if (!take_fields(&r, n, &flags))
		return false;
	if (!take_options(&r, of_target ? OPT_TARGET_LLADDR : OPT_SOURCE_LLADDR, n))
		return false;
	/* no packet comes from a group (RFC 4291 section 2.7) */
	return !is_multicast(n->src) && is_valid(n, flags);
}
