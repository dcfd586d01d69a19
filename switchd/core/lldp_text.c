/* SPDX-License-Identifier: ISC */
/* What a neighbour says of itself, for people: the last part of core/lldp_tlv.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/lldp_tlv.h"
#include "util/mac.h"
#include "util/text.h"

/* The different ways to show an identifier. */
enum shape { SHAPE_HEX, SHAPE_TEXT, SHAPE_MAC, SHAPE_NETWORK };

struct subtype {
	const char *name;
	enum shape shape;
};

static const struct subtype chassis_subtypes[] = {
	[LLDP_CHASSIS_COMPONENT] = {"component", SHAPE_TEXT},
	[LLDP_CHASSIS_IFALIAS] = {"ifalias", SHAPE_TEXT},
	[LLDP_CHASSIS_PORT_COMPONENT] = {"port_component", SHAPE_TEXT},
	[LLDP_CHASSIS_MAC] = {"mac", SHAPE_MAC},
	[LLDP_CHASSIS_NETWORK] = {"network", SHAPE_NETWORK},
	[LLDP_CHASSIS_IFNAME] = {"ifname", SHAPE_TEXT},
	[LLDP_CHASSIS_LOCAL] = {"local", SHAPE_TEXT},
};

static const struct subtype port_subtypes[] = {
	[LLDP_PORT_IFALIAS] = {"ifalias", SHAPE_TEXT},
	[LLDP_PORT_COMPONENT] = {"component", SHAPE_TEXT},
	[LLDP_PORT_MAC] = {"mac", SHAPE_MAC},
	[LLDP_PORT_NETWORK] = {"network", SHAPE_NETWORK},
	[LLDP_PORT_IFNAME] = {"ifname", SHAPE_TEXT},
	[LLDP_PORT_CIRCUIT] = {"circuit", SHAPE_TEXT},
	[LLDP_PORT_LOCAL] = {"local", SHAPE_TEXT},
};

static const struct subtype reserved = {"reserved", SHAPE_HEX};

static const struct subtype *chassis_subtype(uint8_t n)
{
	return n >= 1 && n <= LLDP_CHASSIS_LOCAL ? &chassis_subtypes[n] : &reserved;
}

static const struct subtype *port_subtype(uint8_t n)
{
	return n >= 1 && n <= LLDP_PORT_LOCAL ? &port_subtypes[n] : &reserved;
}

const char *lldp_chassis_subtype_name(uint8_t n)
{
	return chassis_subtype(n)->name;
}

const char *lldp_port_subtype_name(uint8_t n)
{
	return port_subtype(n)->name;
}

static uint16_t bounded(struct lldp_bytes b)
{
	return b.len < LLDP_STRING_MAX ? b.len : LLDP_STRING_MAX;
}

static const char *hex(struct lldp_bytes b, char out[LLDP_TEXT_SIZE])
{
	static const char digit[] = "0123456789abcdef";
	char *p = out;

	*p++ = '0';
	*p++ = 'x';
	for (uint16_t i = 0; i < bounded(b); i++) {
		*p++ = digit[b.p[i] >> 4];
		*p++ = digit[b.p[i] & 15];
	}
	*p = '\0';
	return out;
}

const char *lldp_text(struct lldp_bytes b, char out[LLDP_TEXT_SIZE])
{
	uint16_t len = b.p ? bounded(b) : 0;

	for (uint16_t i = 0; i < len; i++)
		out[i] = (char)(b.p[i] ? b.p[i] : '?');
	out[len] = '\0';
	text_clean(out);
	return out;
}

/* Is it all there is to it?  An identifier should not lose what tells it from another. */
static const char *text_or_hex(struct lldp_bytes b, char out[LLDP_TEXT_SIZE])
{
	lldp_text(b, out);
	return memcmp(out, b.p, bounded(b)) == 0 ? out : hex(b, out);
}

/* The longest run of at least two groups of zeroes, the first of several; its length, 0 = none. */
static int zero_run(const uint16_t g[8], int *from)
{
	int best = 0;

	for (int i = 0; i < 8; i++) {
		int n = 0;

		while (i + n < 8 && g[i + n] == 0)
			n++;
		if (n > best && n >= 2) {
			best = n;
			*from = i;
		}
	}
	return best;
}

/* RFC 5952 section 4. */
static void ipv6(const uint8_t *p, char out[LLDP_TEXT_SIZE])
{
	uint16_t g[8];
	int from = 8, run, len = 0;

	for (int i = 0; i < 8; i++, p += 2)
		g[i] = (uint16_t)(p[0] << 8 | p[1]);
	run = zero_run(g, &from);
	for (int i = 0; i < 8; i++) {
		if (i == from) {
			len += snprintf(out + len, (size_t)(LLDP_TEXT_SIZE - len), "::");
			i += run - 1;
			continue;
		}
		len += snprintf(out + len, (size_t)(LLDP_TEXT_SIZE - len), "%s%" PRIx16,
				i && i != from + run ? ":" : "", g[i]);
	}
}

/* False where nobody knows how such an address is written. */
static bool known_addr(uint8_t family, struct lldp_bytes addr, char out[LLDP_TEXT_SIZE])
{
	const uint8_t *p = addr.p;

	if (family == LLDP_FAMILY_IPV4 && addr.len == 4)
		snprintf(out, LLDP_TEXT_SIZE, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
	else if (family == LLDP_FAMILY_IPV6 && addr.len == 16)
		ipv6(p, out);
	else if (family == LLDP_FAMILY_MAC && addr.len == 6)
		mac_format(mac_load(p), out);
	else
		return false;
	return true;
}

const char *lldp_addr_text(uint8_t family, struct lldp_bytes addr, char out[LLDP_TEXT_SIZE])
{
	return known_addr(family, addr, out) ? out : hex(addr, out);
}

static const char *id_text(enum shape shape, struct lldp_bytes id, char out[LLDP_TEXT_SIZE])
{
	const struct lldp_bytes behind_family = {.p = id.p + 1, .len = (uint16_t)(id.len - 1)};
	bool known = false;

	switch (shape) {
	case SHAPE_TEXT:
		return text_or_hex(id, out);
	case SHAPE_MAC:
		known = known_addr(LLDP_FAMILY_MAC, id, out);
		break;
	case SHAPE_NETWORK:
		known = known_addr(id.p[0], behind_family, out);
		break;
	case SHAPE_HEX:
		break;
	}
	return known ? out : hex(id, out);
}

const char *lldp_chassis_text(const struct lldp_id *id, char out[LLDP_TEXT_SIZE])
{
	return id_text(chassis_subtype(id->subtype)->shape, id->id, out);
}

const char *lldp_port_text(const struct lldp_id *id, char out[LLDP_TEXT_SIZE])
{
	return id_text(port_subtype(id->subtype)->shape, id->id, out);
}

const char *lldp_cap_name(unsigned bit)
{
	static const char *const names[LLDP_CAPS] = {
		"other",  "repeater", "bridge", "wlan",	  "router", "telephone",
		"docsis", "station",  "c_vlan", "s_vlan", "tpmr",
	};

	return names[bit];
}
