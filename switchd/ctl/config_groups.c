/* SPDX-License-Identifier: ISC */
/* config_groups.c - the static multicast groups of a switch in its configuration. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/mcast.h"
#include "core/sw_snoop.h"
#include "ctl/config_impl.h"
#include "ctl/optjson.h"

static int check_group(const char *text, struct err *e)
{
	struct ip_addr a;

	if (!ip_parse(text, &a) || !ip_is_group(a))
		return err_set(e, EINVAL,
			       "found \"%s\", allowed is the address of a multicast group like "
			       "239.1.2.3 or ff05::1",
			       text);
	if (mcast_is_everybodys(a))
		return err_set(e, EINVAL, "the group %s goes to all ports whoever asks for it",
			       text);
	return 0;
}

const struct opt static_group_options[] = {
	{
		.name = "group",
		.type = OPT_STR,
		.off = offsetof(struct static_group, group),
		.size = IP_STR_SIZE,
		.dflt = "",
		.arg = "MCAST",
		.help = "the group's address, IPv4 or IPv6",
		.check = check_group,
	},
	{
		.name = "port",
		.type = OPT_STR,
		.off = offsetof(struct static_group, port),
		.size = NAME_SIZE,
		.dflt = "",
		.arg = "PORT",
		.help = "the port that gets it",
		.check = name_check,
	},
	{
		.name = "vlan",
		.type = OPT_UINT,
		.off = offsetof(struct static_group, vlan),
		.max = VID_LAST,
		.dflt = "0",
		.arg = "VID",
		.help = "its VLAN; 0 = in a switch that is not vlan_aware",
	},
	{.name = NULL},
};

/* One way to write an address, so that the same group is the same text. */
static void tidy(struct static_group *g)
{
	struct ip_addr a;

	if (ip_parse(g->group, &a))
		ip_format(a, g->group);
}

static int parse_group(const json_t *obj, struct switch_cfg *s, struct err *e)
{
	struct static_group g = {0}, *to;
	int rc = config_want_object(obj, " with \"group\" and \"port\"", e);

	if (rc == 0)
		rc = config_parse_options(obj, static_group_options, "", &g, e);
	if (rc)
		return rc;
	if (!g.group[0])
		return err_set(e, EINVAL, "\"group\" is missing");
	if (!g.port[0])
		return err_set(e, EINVAL, "\"port\" is missing");
	if (!config_find_port(s, g.port)) {
		err_set(e, EINVAL, "there is no port \"%s\" in this switch", g.port);
		err_at(e, "port");
		return -EINVAL;
	}
	if (s->set.vlan_aware && !g.vlan)
		return err_set(
			e, EINVAL,
			"\"vlan\" is missing: in a switch that is vlan_aware every group is in "
			"one, 1 to 4094");
	if (!s->set.vlan_aware && g.vlan) {
		err_set(e, EINVAL, "the switch is not vlan_aware, so its groups are in no VLAN");
		err_at(e, "vlan");
		return -EINVAL;
	}
	tidy(&g);
	to = config_add_group(s);
	if (!to)
		return err_set(e, ENOMEM, "out of memory");
	*to = g;
	return 0;
}

/* Sorts them, so that one listed twice shows. */
static int check_groups(struct switch_cfg *s, struct err *e)
{
	size_t max =
		s->set.mcast_max_groups < SW_GROUPS_MAX ? s->set.mcast_max_groups : SW_GROUPS_MAX;

	config_sort_groups(s);
	if (s->groups > max)
		return err_set(e, EINVAL, "%zu groups are listed, but there can be %zu%s",
			       s->groups, max,
			       max < SW_GROUPS_MAX ? ", as mcast_max_groups says" : "");
	for (size_t i = 1; i < s->groups; i++) {
		const struct static_group *a = &s->group[i - 1], *b = &s->group[i];

		if (a->vlan == b->vlan && strcmp(a->group, b->group) == 0 &&
		    strcmp(a->port, b->port) == 0)
			return err_set(e, EINVAL, "%s at port %s is listed twice", b->group,
				       b->port);
	}
	return 0;
}

int config_parse_groups(const json_t *groups, struct switch_cfg *s, struct err *e)
{
	int rc = config_each(groups, "[{\"group\": ..., \"port\": ...}, ...]", parse_group, s, e);

	return rc ? rc : check_groups(s, e);
}
