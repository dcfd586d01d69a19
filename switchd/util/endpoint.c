/* SPDX-License-Identifier: ISC */
#include "util/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"

/* What stands in front of the port and behind it, and the scope in between. */
struct parts {
	char addr[INET6_ADDRSTRLEN];
	char scope[IFNAMSIZ];
	const char *port;
	bool ipv6;
};

static int refuse(const char *text, const char *why, struct err *e)
{
	char shown[TEXT_SHOWN_SIZE];

	return err_set(e, EINVAL, "found \"%s\", %s; allowed is an address and a port like %s",
		       text_shown(text, shown), why, ENDPOINT_EXAMPLES);
}

/* Copies up to `end`; false where that does not fit or is nothing. */
static bool cut(char *out, size_t size, const char *from, const char *end)
{
	size_t len = (size_t)(end - from);

	if (len == 0 || len >= size)
		return false;
	memcpy(out, from, len);
	out[len] = '\0';
	return true;
}

/* "[addr%scope]:port" */
static const char *split_ipv6(const char *text, struct parts *p)
{
	const char *close = strchr(text, ']');
	const char *percent = memchr(text, '%', close ? (size_t)(close - text) : 0);

	p->ipv6 = true;
	if (!close || close[1] != ':')
		return "which has no \"]:\" between address and port";
	p->port = close + 2;
	if (!cut(p->addr, sizeof(p->addr), text + 1, percent ? percent : close))
		return "which holds no IPv6 address";
	if (percent && !cut(p->scope, sizeof(p->scope), percent + 1, close))
		return "in which the % is not followed by the name of a device";
	return NULL;
}

static const char *split_ipv4(const char *text, struct parts *p)
{
	const char *colon = strchr(text, ':');

	if (!colon)
		return "which has no port";
	if (strchr(colon + 1, ':'))
		return "in which an IPv6 address stands without its brackets";
	p->port = colon + 1;
	if (!cut(p->addr, sizeof(p->addr), text, colon))
		return "which holds no IPv4 address";
	return NULL;
}

/* Digits as in "4000": one way to write each, so that equal ports are equal as texts. */
static const char *read_port(const char *s, uint16_t *port)
{
	unsigned long v = 0;

	if (!*s || strlen(s) > 5 || s[strspn(s, "0123456789")] || s[0] == '0')
		return "in which the port is not a number from 1 to 65535";
	for (; *s; s++)
		v = v * 10 + (unsigned long)(*s - '0');
	*port = (uint16_t)v;
	return v <= 65535 ? NULL : "in which the port is not a number from 1 to 65535";
}

static bool is_mapped(const uint8_t *a)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff}; /* RFC 4291 clause 2.5.5.2 */

	return memcmp(a, prefix, sizeof(prefix)) == 0;
}

/* fe80::/10 and ff02::/16: which of the host's links is meant, the address itself does not say. */
static bool is_of_a_link(const struct endpoint *ep)
{
	const uint8_t *a = ep->addr;

	return ep->ipv6 &&
	       ((a[0] == 0xfe && (a[1] & 0xc0) == 0x80) || (a[0] == 0xff && (a[1] & 0x0f) == 0x02));
}

static const char *read_address(const struct parts *p, struct endpoint *ep)
{
	ep->ipv6 = p->ipv6;
	if (inet_pton(p->ipv6 ? AF_INET6 : AF_INET, p->addr, ep->addr) != 1)
		return p->ipv6 ? "in which the brackets hold no IPv6 address"
			       : "which does not begin with an IPv4 address in numbers (names are "
				 "not looked up)";
	if (p->ipv6 && is_mapped(ep->addr))
		return "which is an IPv4 address inside an IPv6 address: write it as IPv4";
	memcpy(ep->scope, p->scope, sizeof(ep->scope));
	if (ep->scope[0] && !is_of_a_link(ep))
		return "but only a link-local address (fe80::...) is followed by % and a device";
	if (!ep->scope[0] && is_of_a_link(ep))
		return "which is link-local and needs the device it is on, as in "
		       "[fe80::1%eth0]:4000";
	return NULL;
}

/* `written` is what a person wrote, from which text was made. */
static int parse(const char *text, const char *written, struct endpoint *ep, struct err *e)
{
	struct endpoint out = {0};
	struct parts p = {0};
	const char *why = text[0] == '[' ? split_ipv6(text, &p) : split_ipv4(text, &p);

	if (!why)
		why = read_address(&p, &out);
	if (!why)
		why = read_port(p.port, &out.port);
	if (why)
		return refuse(written, why, e);
	*ep = out;
	return 0;
}

int endpoint_parse(const char *text, struct endpoint *ep, struct err *e)
{
	return parse(text, text, ep, e);
}

int endpoint_parse_at(const char *text, uint16_t port, struct endpoint *ep, struct err *e)
{
	const char *colon = strchr(text, ':'), *close = strchr(text, ']');
	bool bare = text[0] != '[' && colon && strchr(colon + 1, ':');
	char whole[ENDPOINT_SIZE + 8];
	int n;

	if (bare)
		n = snprintf(whole, sizeof(whole), "[%s]:%u", text, port);
	else if (text[0] == '[' ? close && !close[1] : !colon)
		n = snprintf(whole, sizeof(whole), "%s:%u", text, port);
	else
		return endpoint_parse(text, ep, e);
	if (n < 0 || (size_t)n >= sizeof(whole))
		return refuse(text, "which is too long", e);
	return parse(whole, text, ep, e);
}

bool endpoint_is_any(const struct endpoint *ep)
{
	static const uint8_t any[sizeof(ep->addr)];

	return memcmp(ep->addr, any, sizeof(any)) == 0;
}

bool endpoint_is_group(const struct endpoint *ep)
{
	static const uint8_t broadcast[4] = {0xff, 0xff, 0xff, 0xff};

	if (ep->ipv6)
		return ep->addr[0] == 0xff;
	return (ep->addr[0] & 0xf0) == 0xe0 || memcmp(ep->addr, broadcast, 4) == 0;
}

int endpoint_compare(const struct endpoint *a, const struct endpoint *b)
{
	int d;

	if (a->ipv6 != b->ipv6)
		return a->ipv6 ? 1 : -1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	d = memcmp(a->addr, b->addr, sizeof(a->addr));
	return d ? d : strcmp(a->scope, b->scope);
}

bool endpoint_same_host(const struct endpoint *a, const struct endpoint *b)
{
	return a->ipv6 == b->ipv6 && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0 &&
	       strcmp(a->scope, b->scope) == 0;
}

bool endpoint_overlap(const struct endpoint *a, const struct endpoint *b)
{
	if (a->ipv6 != b->ipv6 || a->port != b->port)
		return false;
	return endpoint_is_any(a) || endpoint_is_any(b) || endpoint_compare(a, b) == 0;
}
