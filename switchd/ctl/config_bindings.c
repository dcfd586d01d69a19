/* SPDX-License-Identifier: ISC */
/* config_bindings.c - the static bindings of a switch in its configuration: who has which address where. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/guard.h"
#include "ctl/config_impl.h"
#include "ctl/optjson.h"
#include "util/mac.h"

static int check_ip(const char *text, struct err *e)
{
	struct ip_addr a;

	if (ip_parse(text, &a) && ip_is_v4(a) && (uint32_t)a.lo && (uint32_t)a.lo >> 28 < 14)
		return 0;
	return err_set(e, EINVAL,
		       "found \"%s\", allowed is the IPv4 address of a station like 192.0.2.7",
		       text);
}

const struct opt static_binding_options[] = {
	{
		.name = "mac",
		.type = OPT_MAC,
		.off = offsetof(struct static_binding, mac),
		.dflt = "",
		.arg = "MAC",
		.help = "the station",
	},
	{
		.name = "ip",
		.type = OPT_STR,
		.off = offsetof(struct static_binding, ip),
		.size = sizeof(((struct static_binding *)0)->ip),
		.dflt = "",
		.arg = "IPV4",
		.help = "its IPv4 address",
		.check = check_ip,
	},
	{
		.name = "port",
		.type = OPT_STR,
		.off = offsetof(struct static_binding, port),
		.size = NAME_SIZE,
		.dflt = "",
		.arg = "PORT",
		.help = "the port that it is behind",
		.check = name_check,
	},
	{
		.name = "vlan",
		.type = OPT_UINT,
		.off = offsetof(struct static_binding, vlan),
		.max = VID_LAST,
		.dflt = "0",
		.arg = "VID",
		.help = "its VLAN; 0 = untagged, in a switch that is not vlan_aware",
	},
	{.name = NULL},
};

/* One way to write an address, so that the same one is the same text. */
static void tidy(struct static_binding *b)
{
	char text[IP_STR_SIZE];
	struct ip_addr a;

	if (ip_parse(b->ip, &a))
		snprintf(b->ip, sizeof(b->ip), "%.15s", ip_format(a, text));
}

static int parse_binding(const json_t *obj, struct switch_cfg *s, struct err *e)
{
	struct static_binding b = {0}, *to;
	int rc = config_want_object(obj, " with \"mac\", \"ip\" and \"port\"", e);

	if (rc == 0)
		rc = config_parse_options(obj, static_binding_options, "", &b, e);
	if (rc)
		return rc;
	if (b.mac == MAC_NONE)
		return err_set(e, EINVAL, "\"mac\" is missing");
	if (!b.ip[0])
		return err_set(e, EINVAL, "\"ip\" is missing");
	if (!b.port[0])
		return err_set(e, EINVAL, "\"port\" is missing");
	if (!config_find_port(s, b.port)) {
		err_set(e, EINVAL, "there is no port \"%s\" in this switch", b.port);
		err_at(e, "port");
		return -EINVAL;
	}
	if (s->set.vlan_aware && !b.vlan)
		return err_set(
			e, EINVAL,
			"\"vlan\" is missing: in a switch that is vlan_aware every binding is in "
			"one, 1 to 4094");
	tidy(&b);
	to = config_add_binding(s);
	if (!to)
		return err_set(e, ENOMEM, "out of memory");
	*to = b;
	return 0;
}

/* Sorts them, so that one listed twice shows. */
static int check_bindings(struct switch_cfg *s, struct err *e)
{
	char mac[MAC_STR_SIZE];

	config_sort_bindings(s);
	if (s->bindings > s->set.dhcp_bindings)
		return err_set(e, EINVAL, "%zu bindings are listed, but dhcp_bindings is %u",
			       s->bindings, s->set.dhcp_bindings);
	for (size_t i = 1; i < s->bindings; i++) {
		const struct static_binding *a = &s->binding[i - 1], *b = &s->binding[i];

		if (a->vlan == b->vlan && a->mac == b->mac && strcmp(a->ip, b->ip) == 0)
			return err_set(e, EINVAL, "%s with %s is listed twice",
				       mac_format(b->mac, mac), b->ip);
	}
	return 0;
}

int config_parse_bindings(const json_t *bindings, struct switch_cfg *s, struct err *e)
{
	int rc = config_each(bindings, "[{\"mac\": ..., \"ip\": ..., \"port\": ...}, ...]",
			     parse_binding, s, e);

	return rc ? rc : check_bindings(s, e);
}
