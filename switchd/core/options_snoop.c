/* SPDX-License-Identifier: ISC */
/* options_snoop.c - what can be set on a switch about multicast: the end of sw_options; core/settings.h. */
#include <errno.h>

#include "core/settings.h"
#include "util/iptext.h"

#define AT(field)   offsetof(struct sw_settings, field)
#define ROOM(field) sizeof(((struct sw_settings *)0)->field)

int sw_check_querier_ipv4(const char *text, struct err *e)
{
	struct ip_addr a;

	if (ip_parse(text, &a) && ip_is_v4(a) && (uint32_t)a.lo >> 28 < 14)
		return 0;
	return err_set(
		e, EINVAL,
		"found \"%s\", allowed is an IPv4 address of one host like 192.0.2.1, or 0.0.0.0",
		text);
}

/* MLD comes from link-local addresses alone (RFC 3810 clause 5.1.14). */
static int check_ipv6(const char *text, struct err *e)
{
	struct ip_addr a;

	if (ip_parse(text, &a) && ip_is_link_local6(a))
		return 0;
	return err_set(e, EINVAL, "found \"%s\", allowed is a link-local IPv6 address like fe80::1",
		       text);
}

const struct opt sw_snoop_options[] = {
	{
		.name = "mcast_snooping",
		.type = OPT_ENUM,
		.change = OPT_LIVE,
		.off = AT(mcast_snooping),
		.size = ROOM(mcast_snooping),
		.dflt = "off",
		.arg = "WHICH",
		.words = "off on igmp mld",
		.help = "send multicast to who asked for it: IPv4 and IPv6, or only one of them",
	},
	{
		.name = "mcast_flood_unknown",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(mcast_flood_unknown),
		.dflt = "false",
		.arg = "BOOL",
		.help = "send groups that nobody asked for to all, not only to routers",
	},
	{
		.name = "mcast_max_groups",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(mcast_max_groups),
		.min = 16,
		.max = 262144,
		.dflt = "4096",
		.arg = "NUMBER",
		.help = "memberships (a group on a port) that are remembered",
	},
	{
		.name = "mcast_max_port_groups",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(mcast_max_port_groups),
		.max = 262144,
		.dflt = "1024",
		.arg = "NUMBER",
		.help = "of these, on one port; 0 = no limit of its own",
	},
	{
		.name = "mcast_max_sources",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(mcast_max_sources),
		.max = 1024,
		.dflt = "64",
		.arg = "NUMBER",
		.help = "sources of a membership that are told apart; 0 = none are",
	},
	{
		.name = "mcast_querier",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(mcast_querier),
		.dflt = "false",
		.arg = "BOOL",
		.help = "ask who is in which group, where no router does",
	},
	{
		.name = "mcast_querier_ipv4",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(mcast_querier_ipv4),
		.size = ROOM(mcast_querier_ipv4),
		.dflt = "",
		.arg = "HOST",
		.help = "where the questions come from; the lowest address asks; default: 0.0.0.0",
		.check = sw_check_querier_ipv4,
	},
	{
		.name = "mcast_querier_ipv6",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(mcast_querier_ipv6),
		.size = ROOM(mcast_querier_ipv6),
		.dflt = "",
		.arg = "LINKLOCAL",
		.help = "the same, link-local; default: one made of the switch's own MAC",
		.check = check_ipv6,
	},
	{
		.name = "mcast_igmp_version",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(mcast_igmp_version),
		.min = 2,
		.max = 3,
		.dflt = "3",
		.arg = "NUMBER",
		.help = "of the questions to IPv4 hosts",
	},
	{
		.name = "mcast_mld_version",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(mcast_mld_version),
		.min = 1,
		.max = 2,
		.dflt = "2",
		.arg = "NUMBER",
		.help = "of the questions to IPv6 hosts",
	},
	{
		.name = "mcast_query_interval_s",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(mcast_query_interval_s),
		.min = 1,
		.max = 31744,
		.dflt = "125",
		.arg = "SECONDS",
		.help = "seconds between questions to all",
	},
	{
		.name = "mcast_query_response_ms",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(mcast_query_response_ms),
		.min = 100,
		.max = 3174400,
		.dflt = "10000",
		.arg = "MS",
		.help = "milliseconds that hosts have to answer in",
	},
	{
		.name = "mcast_last_member_ms",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(mcast_last_member_ms),
		.min = 100,
		.max = 3174400,
		.dflt = "1000",
		.arg = "MS",
		.help = "the same, when one has left and others may be there",
	},
	{
		.name = "mcast_robustness",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(mcast_robustness),
		.min = 1,
		.max = 7,
		.dflt = "2",
		.arg = "NUMBER",
		.help = "how often what may get lost is said",
	},
	{.name = NULL},
};
