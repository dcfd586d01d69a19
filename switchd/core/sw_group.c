/* SPDX-License-Identifier: ISC */
/* sw_group.c - groups that the administrator has put ports into. */
#include <errno.h>
#include <stdlib.h>

#include "core/sw_snoop.h"
#include "util/iptext.h"

static struct sw_group *find(const struct sw *sw, uint16_t vid, struct ip_addr group,
			     const struct sw_port *p)
{
	const struct sw_snooping *s = sw->snooping;

	for (unsigned i = 0; i < s->groups; i++)
		if (s->group[i].vid == vid && s->group[i].port == p->index &&
		    ip_equal(s->group[i].group, group))
			return &s->group[i];
	return NULL;
}

void sw_group_put(struct sw *sw, const struct sw_group *g, uint64_t now_ms)
{
	if (!sw->snoop || !snoop_vlan_is(sw->snoop, g->vid))
		return;
	if (sw->set.vlan_aware && !portset_has(&sw->vlans->vlan[g->vid].members, g->port))
		return;
	(void)snoop_static_add(sw->snoop, g->vid, g->group, g->port, now_ms);
}

int sw_groups_fit(const struct sw *sw, const struct sw_settings *set, struct err *e)
{
	const struct sw_snooping *s = sw->snooping;

	if (s->groups && s->groups > set->mcast_max_groups)
		return err_set(e, ENOSPC,
			       "mcast_max_groups %u is fewer than the static groups there are; "
			       "remove some first",
			       set->mcast_max_groups);
	for (unsigned i = 0; i < s->groups; i++)
		if ((s->group[i].vid != VID_NONE) != set->vlan_aware)
			return err_set(
				e, EINVAL,
				"there are static groups %s a VLAN, which would mean nothing; "
				"delete them first",
				set->vlan_aware ? "without" : "in");
	return 0;
}

/* Can it be snooped for, in that VLAN? */
static int check(const struct sw *sw, uint16_t vid, struct ip_addr group, struct err *e)
{
	char text[IP_STR_SIZE];

	if (!ip_is_group(group))
		return err_set(e, EINVAL, "%s is not the address of a multicast group",
			       ip_format(group, text));
	if (mcast_is_everybodys(group))
		return err_set(e, EINVAL, "the group %s goes to all ports whoever asks for it",
			       ip_format(group, text));
	if (sw->set.vlan_aware && (vid < VID_FIRST || vid > VID_LAST))
		return err_set(e, EINVAL, "switch %s is vlan_aware: say in which VLAN, 1 to 4094",
			       sw->name);
	if (!sw->set.vlan_aware && vid != VID_NONE)
		return err_set(e, EINVAL,
			       "switch %s is not vlan_aware: it knows groups only without a VLAN",
			       sw->name);
	return 0;
}

int sw_group_add(struct sw *sw, uint16_t vid, struct ip_addr group, struct sw_port *p,
		 struct err *e)
{
	struct sw_snooping *s = sw->snooping;
	unsigned max =
		sw->set.mcast_max_groups < SW_GROUPS_MAX ? sw->set.mcast_max_groups : SW_GROUPS_MAX;
	int rc = check(sw, vid, group, e);

	if (rc || find(sw, vid, group, p))
		return rc;
	if (s->groups >= max)
		return err_set(e, ENOSPC,
			       "switch %s has %u static groups, which is as many as there can be%s",
			       sw->name, s->groups,
			       max < SW_GROUPS_MAX ? "; raise its mcast_max_groups" : "");
	if (!s->group)
		s->group = calloc(SW_GROUPS_MAX, sizeof(*s->group));
	if (!s->group)
		return err_set(e, ENOMEM, "out of memory");
	s->group[s->groups] = (struct sw_group){group, vid, (uint16_t)p->index};
	sw_group_put(sw, &s->group[s->groups++], s->now_ms);
	return 0;
}

int sw_group_del(struct sw *sw, uint16_t vid, struct ip_addr group, struct sw_port *p,
		 struct err *e)
{
	struct sw_snooping *s = sw->snooping;
	struct sw_group *g = find(sw, vid, group, p);
	char text[IP_STR_SIZE];

	if (!g)
		return err_set(e, ENOENT, "port %s is not in the group %s by anybody's word",
			       p->name, ip_format(group, text));
	*g = s->group[--s->groups];
	if (sw->snoop)
		(void)snoop_static_del(sw->snoop, vid, group, p->index);
	return 0;
}
