/* SPDX-License-Identifier: ISC */
/*
 * check_hosts.c - which address of a host is meant, by what the hosts have when they are asked.
 */
#include <string.h>

#include "check_impl.h"
#include "util/iptext.h"

enum { PATIENCE_S = 10 };

json_t *host_now(const struct lab_env *env, const char *host, struct fail *f)
{
	struct probe p = {
		.host = host, .fn = probe_host, .in = need(json_object()), .patience = PATIENCE_S};
	json_t *all = NULL;

	if (probe_ask(env, &p) == 0) {
		all = json_incref(json_object_get(p.out, "interfaces"));
		if (!json_is_object(all)) {
			json_decref(all);
			all = need(json_object());
		}
	} else {
		*f = p.fail;
		memset(&p.fail, 0, sizeof(p.fail));
	}
	probe_end(&p);
	return all;
}

static bool of_family(const struct check *c, struct ip_addr ip)
{
	return !*c->family || ip_is_v4(ip) == (strcmp(c->family, "ipv4") == 0);
}

static bool same_subnet(struct ip_addr a, struct ip_addr b, unsigned prefix)
{
	unsigned bits = prefix + (ip_is_v4(b) ? 96 : 0);
	uint64_t hi = bits >= 64 ? ~UINT64_C(0) : ~(~UINT64_C(0) >> bits);
	uint64_t lo = bits >= 128 ? ~UINT64_C(0) : bits > 64 ? ~(~UINT64_C(0) >> (bits - 64)) : 0;

	if (bits == 0)
		hi = 0;
	return (a.hi & hi) == (b.hi & hi) && (a.lo & lo) == (b.lo & lo);
}

/* Through which interface of these the address is a neighbour; "" = none. */
static const char *neighbour_of(const json_t *interfaces, struct ip_addr ip)
{
	const char *name;
	json_t *one, *a;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)interfaces, name, one)
		json_array_foreach (json_object_get(one, "addresses"), i, a) {
			struct ip_addr own;

			if (ip_parse(js_str(a, "ip"), &own) && ip_is_v4(own) == ip_is_v4(ip) &&
			    same_subnet(ip, own, (unsigned)js_int(a, "prefix")))
				return name;
		}
	return "";
}

static bool has_family(const json_t *interfaces, bool v4)
{
	const char *name;
	json_t *one, *a;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)interfaces, name, one)
		json_array_foreach (json_object_get(one, "addresses"), i, a) {
			struct ip_addr own;

			if (ip_parse(js_str(a, "ip"), &own) && ip_is_v4(own) == v4)
				return true;
		}
	return false;
}

static void take(struct reach *reach, struct ip_addr ip, const char *from, const char *to)
{
	reach->ip = ip;
	snprintf(reach->from, sizeof(reach->from), "%s", from);
	snprintf(reach->to, sizeof(reach->to), "%s", to);
	reach->family = ip_is_v4(ip) ? "IPv4" : "IPv6";
}

/* Goes through the addresses of the target; a neighbour ends it, another is kept for if there is none. */
static bool choose(const struct check *c, const json_t *from, const json_t *to, struct reach *reach)
{
	const char *name, *through;
	json_t *one, *a;
	bool found = false;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)to, name, one)
		json_array_foreach (json_object_get(one, "addresses"), i, a) {
			struct ip_addr ip;

			if (!ip_parse(js_str(a, "ip"), &ip) || !of_family(c, ip))
				continue;
			through = neighbour_of(from, ip);
			if (!found || *through)
				take(reach, ip, through, name);
			found = true;
			if (*through)
				return true;
		}
	return found;
}

bool reach_find(const struct check *c, const json_t *from, const json_t *to, struct reach *reach,
		struct check_result *r)
{
	const char *family = strcmp(c->family, "ipv4") == 0   ? "IPv4 "
			     : strcmp(c->family, "ipv6") == 0 ? "IPv6 "
							      : "";

	memset(reach, 0, sizeof(*reach));
	if (!*c->to.host)
		take(reach, c->to.ip, neighbour_of(from, c->to.ip), "");
	else if (!choose(c, from, to, reach)) {
		observe(r, "%s has no %saddress", c->to.host, family);
		because(r, "%s has no %saddress: see `ip address` in it", c->to.host, family);
		return false;
	}
	if (!has_family(from, ip_is_v4(reach->ip))) {
		observe(r, "%s has no %s address", c->host, reach->family);
		because(r, "%s has no %s address to ask from", c->host, reach->family);
		return false;
	}
	return true;
}
