/* SPDX-License-Identifier: ISC */
#include "core/dhcp.h"

#include "util/bytes.h"
#include "util/mac.h"

enum {
	HTYPE_ETHERNET = 1,
	MAC_LEN = 6,
	CHADDR_LEN = 16,
	SNAME_LEN = 64,
	FILE_LEN = 128,
};

#define MAGIC_COOKIE UINT32_C(0x63825363) /* RFC 1497: 99.130.83.99 */

enum {
	OPT_PAD = 0,
	OPT_REQUESTED = 50,
	OPT_LEASE = 51,
	OPT_OVERLOAD = 52,
	OPT_TYPE = 53,
	OPT_RAPID_COMMIT = 80,
	OPT_RELAY_INFO = 82,
	OPT_END = 255,
};

enum { OVERLOAD_FILE = 1, OVERLOAD_SNAME = 2 };

/* While options are read: which of them came, one bit each. */
struct options {
	uint8_t seen;
	uint8_t overload;
};

enum {
	SEEN_REQUESTED = 1 << 0,
	SEEN_LEASE = 1 << 1,
	SEEN_OVERLOAD = 1 << 2,
	SEEN_TYPE = 1 << 3,
	SEEN_RAPID_COMMIT = 1 << 4,
};

/* An option of its own length that comes once: RFC 3396 would join two into one that is too long. */
static bool once(struct options *o, uint8_t bit, size_t len, size_t want)
{
	if (len != want || (o->seen & bit))
		return false;
	o->seen |= bit;
	return true;
}

static bool take_option(struct dhcp *d, struct options *o, uint8_t code, struct rd value)
{
	size_t len = rd_left(&value);

	switch (code) {
	case OPT_REQUESTED:
		d->requested = rd_be32(&value);
		return once(o, SEEN_REQUESTED, len, 4);
	case OPT_LEASE:
		d->lease_s = rd_be32(&value);
		return once(o, SEEN_LEASE, len, 4);
	case OPT_OVERLOAD:
		o->overload = rd_u8(&value);
		return once(o, SEEN_OVERLOAD, len, 1) && o->overload >= OVERLOAD_FILE &&
		       o->overload <= (OVERLOAD_FILE | OVERLOAD_SNAME);
	case OPT_TYPE:
		d->type = (enum dhcp_type)rd_u8(&value);
		return once(o, SEEN_TYPE, len, 1) && d->type >= DHCP_DISCOVER &&
		       d->type <= DHCP_LEASEACTIVE;
	case OPT_RAPID_COMMIT:
		d->rapid_commit = true;
		return once(o, SEEN_RAPID_COMMIT, len, 0);
	case OPT_RELAY_INFO: /* may be long, and so in parts */
		d->relay_info = true;
		return true;
	default:
		return true;
	}
}

/* RFC 2132 section 2: code, length, value; up to the end option, which has to be there. */
static bool take_options(struct dhcp *d, struct options *o, struct rd r)
{
	for (;;) {
		uint8_t code = rd_u8(&r);

		if (r.bad)
			return false;
		if (code == OPT_END)
			return true;
		if (code == OPT_PAD)
			continue;
		size_t len = rd_u8(&r);
		const uint8_t *value = rd_take(&r, len);
		if (!value || !take_option(d, o, code, rd_from(value, len)))
			return false;
	}
}

/* Option 52 is of the options field: one that is in `file` itself would ask to be read in circles. */
static bool take_overloaded(struct dhcp *d, struct options *o, const uint8_t *sname,
			    const uint8_t *file)
{
	uint8_t overload = o->overload;

	o->seen |= SEEN_OVERLOAD;
	if ((overload & OVERLOAD_FILE) && !take_options(d, o, rd_from(file, FILE_LEN)))
		return false;
	return !(overload & OVERLOAD_SNAME) || take_options(d, o, rd_from(sname, SNAME_LEN));
}

bool dhcp_parse(const uint8_t *data, size_t len, struct dhcp *d)
{
	struct rd r = rd_from(data, len);
	struct options o = {0};

	*d = (struct dhcp){0};
	uint8_t op = rd_u8(&r), htype = rd_u8(&r), hlen = rd_u8(&r);
	(void)rd_u8(&r); /* hops */
	d->xid = rd_be32(&r);
	(void)rd_be32(&r); /* secs, flags */
	d->ciaddr = rd_be32(&r);
	d->yiaddr = rd_be32(&r);
	(void)rd_be32(&r); /* siaddr */
	d->giaddr = rd_be32(&r);
	const uint8_t *chaddr = rd_take(&r, CHADDR_LEN);
	const uint8_t *sname = rd_take(&r, SNAME_LEN);
	const uint8_t *file = rd_take(&r, FILE_LEN);
	uint32_t cookie = rd_be32(&r);

	if (r.bad || cookie != MAGIC_COOKIE)
		return false;
	if (op != DHCP_BOOTREQUEST && op != DHCP_BOOTREPLY)
		return false;
	if (htype != HTYPE_ETHERNET || hlen != MAC_LEN)
		return false;
	d->op = (enum dhcp_op)op;
	d->chaddr = mac_load(chaddr);
	return mac_is_station(d->chaddr) && take_options(d, &o, r) &&
	       take_overloaded(d, &o, sname, file);
}

bool dhcp_from_server(const struct dhcp *d)
{
	switch (d->type) {
	case DHCP_OFFER:
	case DHCP_ACK:
	case DHCP_NAK:
	case DHCP_FORCERENEW:
	case DHCP_LEASEUNASSIGNED:
	case DHCP_LEASEUNKNOWN:
	case DHCP_LEASEACTIVE:
		return true;
	default:
		return d->op == DHCP_BOOTREPLY;
	}
}

/* ---- DHCPv6 ---- */

/* RFC 8415 section 7.3, and those that came later or were before it. */
enum {
	SOLICIT = 1,
	ADVERTISE = 2,
	REQUEST = 3,
	CONFIRM = 4,
	RENEW = 5,
	REBIND = 6,
	REPLY = 7,
	RELEASE = 8,
	DECLINE = 9,
	RECONFIGURE = 10,
	INFORMATION_REQUEST = 11,
	RELAY_FORW = 12,
	RELAY_REPL = 13,
	LEASEQUERY = 14, /* RFC 5007 */
	LEASEQUERY_REPLY = 15,
	LEASEQUERY_DONE = 16, /* RFC 5460 */
	LEASEQUERY_DATA = 17,
	RECONFIGURE_REQUEST = 18, /* RFC 6977 */
	RECONFIGURE_REPLY = 19,
	DHCPV4_QUERY = 20, /* RFC 7341 */
	DHCPV4_RESPONSE = 21,
	ADDR_REG_INFORM = 36, /* RFC 9686 */
	ADDR_REG_REPLY = 37,
};

static enum dhcp6_role role_of(uint8_t type)
{
	switch (type) {
	case SOLICIT:
	case REQUEST:
	case CONFIRM:
	case RENEW:
	case REBIND:
	case RELEASE:
	case DECLINE:
	case INFORMATION_REQUEST:
	case DHCPV4_QUERY:
	case ADDR_REG_INFORM:
		return DHCP6_CLIENT;
	case ADVERTISE:
	case REPLY:
	case RECONFIGURE:
	case RELAY_REPL:
	case LEASEQUERY_REPLY:
	case LEASEQUERY_DONE:
	case LEASEQUERY_DATA:
	case RECONFIGURE_REPLY:
	case DHCPV4_RESPONSE:
	case ADDR_REG_REPLY:
		return DHCP6_SERVER;
	case RELAY_FORW:
	case LEASEQUERY:
	case RECONFIGURE_REQUEST:
		return DHCP6_RELAY;
	default:
		return DHCP6_BAD;
	}
}

enum dhcp6_role dhcp6_parse(const uint8_t *data, size_t len)
{
	struct rd r = rd_from(data, len);
	uint8_t type = rd_u8(&r);

	/* transaction id (section 8), or hop count, link address and peer address (section 9) */
	(void)rd_take(&r, type == RELAY_FORW || type == RELAY_REPL ? 33 : 3);
	while (!r.bad && rd_left(&r)) { /* section 21.1: code, length, value */
		(void)rd_be16(&r);
		size_t option = rd_be16(&r);
		(void)rd_take(&r, option);
	}
	return r.bad ? DHCP6_BAD : role_of(type);
}
