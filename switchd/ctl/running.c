/* SPDX-License-Identifier: ISC */
/*
 * running.c - what runs now, as a configuration.
 */
#include <errno.h>
#include <stdio.h>

#include "core/sw_guard.h"
#include "core/sw_snoop.h"
#include "ctl/apply.h"
#include "port/port.h"

/* Ports or addresses copied before frames may flow. */
enum { AT_ONCE = 16 };

struct taker {
	struct datapath *dp;
	struct switch_cfg *to;
	const struct sw *sw;
	unsigned taken;
	bool oom;
};

static void breathe_after(struct datapath *dp, unsigned *done)
{
	if (++*done % AT_ONCE == 0)
		datapath_breathe(dp);
}

static void take_remote(const struct port *p, struct static_mac *m)
{
	bool pinned;

	if (!p->ops->behind || !p->ops->behind(p, (uint16_t)m->vlan, m->mac, &pinned, m->remote) ||
	    !pinned)
		m->remote[0] = '\0';
}

static void take_mac(void *arg, const struct fdb_info *info)
{
	struct taker *t = arg;
	struct sw_port *port = t->sw->port[info->port];
	struct static_mac *m;

	breathe_after(t->dp, &t->taken);
	if (port_of(port)->parent) /* goes with its peer */
		return;
	m = config_add_mac(t->to);
	if (!m) {
		t->oom = true;
		return;
	}
	m->mac = info->mac;
	m->vlan = info->vid;
	m->sticky = info->is_sticky;
	snprintf(m->port, sizeof(m->port), "%s", port->name);
	take_remote(port_of(port), m);
}

static int sort_all(void *arg)
{
	config_sort_macs(arg);
	config_sort_groups(arg);
	config_sort_bindings(arg);
	return 0;
}

static int take_bindings(const struct sw *sw, struct switch_cfg *to)
{
	struct binding from;
	char ip[IP_STR_SIZE];

	for (uint32_t slot = 0;
	     sw->guard && bindings_walk(guard_bindings(sw->guard->guard), &slot, &from);) {
		struct sw_port *port = sw->port[from.port];
		struct static_binding *b;

		if (!from.is_static || port_of(port)->parent) /* that goes with its peer */
			continue;
		b = config_add_binding(to);
		if (!b)
			return -ENOMEM;
		b->mac = from.mac;
		b->vlan = from.vid;
		snprintf(b->ip, sizeof(b->ip), "%.15s", ip_format(ip4(from.ip), ip));
		snprintf(b->port, sizeof(b->port), "%s", port->name);
	}
	return 0;
}

static int take_groups(const struct sw *sw, struct switch_cfg *to)
{
	for (unsigned i = 0; i < sw->snooping->groups; i++) {
		const struct sw_group *from = &sw->snooping->group[i];
		struct sw_port *port = sw->port[from->port];
		struct static_group *g;

		if (port_of(port)->parent) /* goes with its peer */
			continue;
		g = config_add_group(to);
		if (!g)
			return -ENOMEM;
		ip_format(from->group, g->group);
		g->vlan = from->vid;
		snprintf(g->port, sizeof(g->port), "%s", port->name);
	}
	return 0;
}

static int take_vlans(const struct sw *sw, struct switch_cfg *to)
{
	struct sw_vlan_set defaults;

	opt_defaults(sw_vlan_options, &defaults);
	for (unsigned vid = VID_FIRST; vid <= VID_LAST; vid++) {
		const struct sw_vlan_set *set = &sw->vlans->vlan[vid].set;
		struct vlan_cfg *v;

		if (opt_all_equal(sw_vlan_options, set, &defaults))
			continue;
		v = config_add_vlan(to, vid);
		if (!v)
			return -ENOMEM;
		v->set = *set;
	}
	return 0;
}

static int take_switch(struct datapath *dp, const struct sw *sw, struct config *out)
{
	struct taker t = {.dp = dp, .sw = sw, .to = config_add_switch(out, sw->name)};

	if (!t.to)
		return -ENOMEM;
	t.to->set = sw->set;
	sw_foreach_port (i, sw) {
		const struct port *port = port_of(sw->port[i]);
		struct port_cfg *p;

		if (port->parent)
			continue;
		p = config_add_port(t.to);
		if (!p)
			return -ENOMEM;
		*p = port->cfg;
		breathe_after(dp, &t.taken);
	}
	if (take_vlans(sw, t.to) || take_groups(sw, t.to) || take_bindings(sw, t.to))
		return -ENOMEM;
	fdb_each_static(sw->fdb, take_mac, &t);
	(void)datapath_await(dp, sort_all, t.to);
	return t.oom ? -ENOMEM : 0;
}

int config_of_running(struct datapath *dp, const struct daemon_cfg *daemon, struct config *out)
{
	config_init(out);
	out->daemon = *daemon;
	dp_foreach_sw (sw, dp) {
		if (take_switch(dp, sw, out) == 0)
			continue;
		config_free(out);
		return -ENOMEM;
	}
	return 0;
}
