/* SPDX-License-Identifier: ISC */
#include "ctl/apply_groups.h"

#include <string.h>

#include "core/sw_snoop.h"
#include "port/log.h"

static struct ip_addr address_of(const struct static_group *g)
{
	struct ip_addr group = {0, 0};

	(void)ip_parse(g->group, &group); /* it was checked when it was read */
	return group;
}

int apply_group(struct sw *sw, struct port *p, const struct static_group *g, struct err *e)
{
	return sw_group_add(sw, (uint16_t)g->vlan, address_of(g), &p->core, e);
}

void unapply_group(struct sw *sw, const struct static_group *g)
{
	struct port *p = port_find(sw, g->port);

	if (p)
		(void)sw_group_del(sw, (uint16_t)g->vlan, address_of(g), &p->core, NULL);
}

void apply_groups_of(struct sw *sw, struct port *p, const struct switch_cfg *s)
{
	for (size_t i = 0; i < s->groups; i++) {
		struct err e = {0};

		if (strcmp(s->group[i].port, p->cfg.name) == 0 &&
		    apply_group(sw, p, &s->group[i], &e))
			log_warning("%s", e.text);
	}
}
