/* SPDX-License-Identifier: ISC */
#include "core/vlan.h"

#include <string.h>

#include "core/frame.h"
#include "core/mirror.h"
#include "core/sw.h"

enum { TCI_VID = 0x0fff, TCI_PRIORITY = 0xf000, VID_RESERVED = 0x0fff };

static bool is_trunk(const struct sw_port_set *set)
{
	return !vidset_empty(&set->trunk) || !vidset_empty(&set->untagged) || set->native;
}

static bool has_stags(const struct sw_port_set *set)
{
	return strcmp(set->tpid, "0x88a8") == 0;
}

uint16_t vlan_pvid(const struct sw_port_set *set)
{
	if (set->dot1q_tunnel)
		return (uint16_t)set->dot1q_tunnel;
	if (is_trunk(set))
		return (uint16_t)set->native;
	return (uint16_t)(set->access ? set->access : VID_FIRST);
}

const char *vlan_port_mode(const struct sw_port_set *set)
{
	if (set->dot1q_tunnel)
		return "tunnel";
	if (!vidset_empty(&set->untagged))
		return "hybrid";
	return is_trunk(set) ? "trunk" : "access";
}

/*
 * The tag that tells the VLAN is looked at first, and then whether the port takes such a frame
 * ("Acceptable Frame Types", clause 6.9) and is in the VLAN (ingress filtering, clause 8.6.2).
 */
enum drop vlan_classify(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			struct vlan_class *c)
{
	const struct vlan_port *p = &in->vlan;
	uint16_t vid = 0, priority = 0;

	c->popped = f->tpid == p->tpid;
	if (c->popped) {
		vid = f->tci & TCI_VID;
		priority = f->tci & TCI_PRIORITY;
	} else if (p->tunnel && f->tpid) {
		priority = f->tci & TCI_PRIORITY;
	}
	bool tagged = vid != VID_NONE;
	if (!tagged)
		vid = p->pvid;
	c->vid = vid;
	c->tci = priority | vid;
	if (vid == VID_RESERVED)
		return DROP_VID_RESERVED;
	if (tagged && p->refuse_tagged)
		return DROP_TAGGED;
	if (!tagged && p->refuse_untagged)
		return DROP_UNTAGGED;
	if (p->filter && !portset_has(&sw->vlans->vlan[vid].members, in->index))
		return DROP_NOT_IN_VLAN;
	return DROP_NONE;
}

uint16_t vlan_egress_tpid(const struct sw *sw, unsigned vid, unsigned port)
{
	if (portset_has(&sw->vlans->vlan[vid].untagged, port))
		return 0;
	return portset_has(&sw->vlans->stag, port) ? ETHERTYPE_STAG : ETHERTYPE_CTAG;
}

static void join(struct vidset *s, const struct vidset *with)
{
	for (unsigned i = 0; i < VIDSET_WORDS; i++)
		s->w[i] |= with->w[i];
}

static struct vlan_port port_rules(const struct sw_port_set *set)
{
	struct vlan_port p = {
		.pvid = vlan_pvid(set),
		.tunnel = set->dot1q_tunnel != 0,
		.filter = set->ingress_filter,
	};

	p.tpid = p.tunnel ? VLAN_NO_TPID : has_stags(set) ? ETHERTYPE_STAG : ETHERTYPE_CTAG;
	p.refuse_tagged = strcmp(set->admit, "untagged") == 0;
	p.refuse_untagged = !p.pvid || strcmp(set->admit, "tagged") == 0;
	if (mirror_is_monitor(set)) /* it is none of the LAN's ports */
		return p;
	if (p.pvid)
		vidset_add(&p.untagged, p.pvid);
	join(&p.untagged, &set->untagged);
	p.members = p.untagged;
	join(&p.members, &set->trunk);
	return p;
}

static void put(struct portset *s, unsigned i, bool in)
{
	if (in)
		portset_add(s, i);
	else
		portset_del(s, i);
}

/* Only rows that the port is or was in are touched. */
static void put_rows(struct vlan_table *t, unsigned port, const struct vidset *was,
		     const struct vlan_port *now)
{
	struct vidset any = *was;

	join(&any, &now->members);
	vidset_foreach (vid, &any) {
		put(&t->vlan[vid].members, port, vidset_has(&now->members, vid));
		put(&t->vlan[vid].untagged, port, vidset_has(&now->untagged, vid));
	}
}

bool vlan_port_update(struct sw_port *p)
{
	const struct vlan_port now = port_rules(&p->set);
	bool news = now.pvid != p->vlan.pvid || now.tpid != p->vlan.tpid ||
		    memcmp(&now.members, &p->vlan.members, sizeof(now.members)) != 0;

	put_rows(p->sw->vlans, p->index, &p->vlan.members, &now);
	put(&p->sw->vlans->stag, p->index, has_stags(&p->set));
	p->vlan = now;
	return news;
}

void vlan_port_forget(struct sw_port *p)
{
	static const struct vlan_port none;

	put_rows(p->sw->vlans, p->index, &p->vlan.members, &none);
	portset_del(&p->sw->vlans->stag, p->index);
	p->vlan = none;
}

bool vlan_in_use(const struct sw *sw, unsigned vid)
{
	static const struct sw_vlan_set none;
	const struct vlan *v = &sw->vlans->vlan[vid];

	return !portset_empty(&v->members, sw->words) || memcmp(&v->set, &none, sizeof(none)) != 0;
}
