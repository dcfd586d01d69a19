/* SPDX-License-Identifier: ISC */
#include "core/lldp_addr.h"

#include <errno.h>
#include <string.h>

#include "util/endpoint.h"
#include "util/text.h"

enum { ADDR_TEXT = 46 }; /* the longest IPv6 address, its NUL included */

/* One address, the `len` bytes at text. */
static bool parse_one(const char *text, size_t len, struct endpoint *ep)
{
	char one[ADDR_TEXT];

	if (len == 0 || len >= sizeof(one))
		return false;
	memcpy(one, text, len);
	one[len] = '\0';
	if (strpbrk(one, "[%") || endpoint_parse_at(one, 1, ep, NULL))
		return false;
	if (!ep->ipv6 && strchr(one, ':')) /* a port */
		return false;
	return !endpoint_is_any(ep) && !endpoint_is_group(ep);
}

int lldp_addrs_parse(const char *text, struct lldp_cfg *c, struct err *e)
{
	char shown[TEXT_SHOWN_SIZE];
	struct endpoint ep;

	c->addrs = 0;
	for (const char *at = text; *at; at += *at == ',') {
		size_t len = strcspn(at, ",");
		unsigned n = c->addrs;

		if (n == LLDP_ADDRS_SENT || !parse_one(at, len, &ep) ||
		    strcmp(at + len, ",") == 0) {
			c->addrs = 0;
			return err_set(e, EINVAL,
				       "found \"%s\", allowed are up to %d addresses of hosts with "
				       "commas between, like 192.0.2.1,2001:db8::1",
				       text_shown(text, shown), LLDP_ADDRS_SENT);
		}
		c->addr[n].family = ep.ipv6 ? LLDP_FAMILY_IPV6 : LLDP_FAMILY_IPV4;
		c->addr[n].len = ep.ipv6 ? 16 : 4;
		memcpy(c->addr[n].addr, ep.addr, sizeof(c->addr[n].addr));
		c->addrs++;
		at += len;
	}
	return 0;
}

int lldp_addrs_check(const char *text, struct err *e)
{
	struct lldp_cfg c;

	return lldp_addrs_parse(text, &c, e);
}
