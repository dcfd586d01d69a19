/* SPDX-License-Identifier: ISC */
#include "core/sw_guard.h"

#include <errno.h>
#include <stdlib.h>

#include "core/decide.h"
#include "util/iptext.h"
#include "util/mac.h"

enum { SECOND_MS = 1000 };

/* ---- settings ---- */

static uint8_t what_of(bool dhcp, bool dhcp6, bool arp, bool ra)
{
	return (uint8_t)((dhcp ? GUARD_DHCP : 0) | (dhcp6 ? GUARD_DHCP6 : 0) |
			 (arp ? GUARD_ARP : 0) | (ra ? GUARD_RA : 0));
}

uint8_t sw_guard_vlan(const struct sw *sw, unsigned vid)
{
	const struct sw_settings *s = &sw->set;
	const struct sw_vlan_set *v = &sw->vlans->vlan[vid].set;
	uint8_t what = what_of(s->dhcp_snooping, s->dhcp6_guard, s->arp_inspection, s->ra_guard);

	if (s->vlan_aware)
		what |= what_of(v->dhcp_snooping, v->dhcp6_guard, v->arp_inspection, v->ra_guard);
	return what;
}

static bool watches(const struct sw *sw)
{
	for (unsigned vid = 0; vid <= VID_LAST; vid++)
		if (sw_guard_vlan(sw, vid))
			return true;
	return false;
}

static struct guard_settings cfg_of(const struct sw_settings *set)
{
	return (struct guard_settings){
		.max_bindings = set->dhcp_bindings,
		.check_chaddr = set->dhcp_chaddr,
		.allow_relays = set->dhcp_relays,
		.to_trusted = set->dhcp_to_trusted,
		.check_arp_target = set->arp_target,
	};
}

static struct guard_port_settings port_cfg_of(const struct sw_port_set *set)
{
	return (struct guard_port_settings){
		.trusted = what_of(set->dhcp_trusted, set->dhcp_trusted, set->arp_trusted,
				   set->ra_trusted),
		.max_bindings = set->dhcp_max_bindings,
	};
}

/* ---- what it says ---- */

static void fill_event(const struct guard_event *from, struct event *ev, char ip[IP_STR_SIZE])
{
	switch (from->kind) {
	case GUARD_BOUND:
		ev->kind = EVENT_BINDING_ADDED;
		break;
	case GUARD_UNBOUND:
		ev->kind = EVENT_BINDING_REMOVED;
		ev->cause = binding_end_name(from->why);
		break;
	case GUARD_VIOLATION:
		ev->kind = EVENT_GUARD_VIOLATION;
		ev->cause = drop_name(from->drop);
		ev->number = from->suppressed;
		break;
	}
	ev->mac = from->mac;
	ev->vid = from->vid;
	if (from->ip) {
		ev->key = "ip";
		ev->now = ip_format(ip4(from->ip), ip);
	}
}

static void on_event(struct guard_watch *w, const struct guard_event *from)
{
	const struct sw_guard *g = (const struct sw_guard *)w;
	struct sw *sw = g->sw;
	char ip[IP_STR_SIZE];
	struct event ev = {.sw = sw->name};

	if (!sw->events)
		return;
	if (sw->port[from->port])
		ev.port = sw->port[from->port]->name;
	fill_event(from, &ev, ip);
	sw->events->raise(sw->events, &ev);
}

/* ---- making one ---- */

static void free_guard(struct sw_guard *g)
{
	if (g)
		guard_free(g->guard);
	free(g);
}

void sw_guard_free(struct sw *sw)
{
	free_guard(sw->guard);
	sw->guard = NULL;
}

static int add_port(struct sw_guard *g, const struct sw_port *p, struct err *e)
{
	const struct guard_port_settings set = port_cfg_of(&p->set);
	int rc = guard_port_add(g->guard, p->index, &set, e);

	if (rc == 0 && !p->link)
		guard_port_up(g->guard, p->index, false);
	return rc;
}

/* NULL, with *e filled: there is no memory. */
static struct sw_guard *make(struct sw *sw, struct err *e)
{
	const struct guard_settings set = cfg_of(&sw->set);
	struct sw_guard *g = calloc(1, sizeof(*g));

	if (!g) {
		err_set(e, ENOMEM, "out of memory");
		return NULL;
	}
	g->watch.raise = on_event;
	g->sw = sw;
	g->guard = guard_new(&set, &sw->key, &g->watch, e);
	sw_foreach_port (i, sw)
		if (g->guard && add_port(g, sw->port[i], e)) {
			guard_free(g->guard);
			g->guard = NULL;
		}
	if (!g->guard) {
		free_guard(g);
		return NULL;
	}
	guard_age(g->guard, sw->now_ms);
	g->aged_at_ms = sw->now_ms;
	return g;
}

void sw_guard_update(struct sw *sw)
{
	const struct guard_settings set = cfg_of(&sw->set);
	bool wanted = watches(sw);

	if (sw->guard)
		(void)guard_configure(sw->guard->guard, &set,
				      NULL); /* sw_guard_fits(), or no memory: it stays */
	else if (wanted)
		sw->guard = make(sw, NULL);
	sw->guarded = wanted && sw->guard;
	sw->guard_wanting = wanted && !sw->guard;
	for (unsigned vid = 0; sw->guard && vid <= VID_LAST; vid++)
		guard_vlan_set(sw->guard->guard, (uint16_t)vid, sw_guard_vlan(sw, vid));
}

static bool has_static_in(const struct sw *sw, uint16_t vid)
{
	struct binding b;

	for (uint32_t slot = 0; bindings_walk(guard_bindings(sw->guard->guard), &slot, &b);)
		if (b.is_static && b.vid == vid)
			return true;
	return false;
}

int sw_guard_fits(const struct sw *sw, const struct sw_settings *set, struct err *e)
{
	uint32_t statics = sw->guard ? bindings_count(guard_bindings(sw->guard->guard)).statics : 0;

	if (statics > set->dhcp_bindings)
		return err_set(
			e, ENOSPC,
			"dhcp_bindings %u is fewer than the %u static bindings; remove some first",
			set->dhcp_bindings, statics);
	if (statics && set->vlan_aware && !sw->set.vlan_aware && has_static_in(sw, VID_NONE))
		return err_set(
			e, EINVAL,
			"there are static bindings without a VLAN, which would mean nothing; "
			"delete them first, or add them in a VLAN");
	return 0;
}

void sw_guard_tick(struct sw *sw, uint64_t now_ms)
{
	if (!sw->guard || now_ms - sw->guard->aged_at_ms < SECOND_MS)
		return;
	guard_age(sw->guard->guard, now_ms);
	sw->guard->aged_at_ms = now_ms;
}

/* ---- ports ---- */

int sw_guard_port_added(struct sw_port *p, struct err *e)
{
	return p->sw->guard ? add_port(p->sw->guard, p, e) : 0;
}

void sw_guard_port_removed(struct sw_port *p)
{
	if (p->sw->guard)
		guard_port_del(p->sw->guard->guard, p->index);
}

void sw_guard_port_updated(struct sw_port *p)
{
	const struct guard_port_settings set = port_cfg_of(&p->set);

	if (p->sw->guard)
		guard_port_set(p->sw->guard->guard, p->index, &set);
}

void sw_guard_port_link(struct sw_port *p)
{
	if (p->sw->guard)
		guard_port_up(p->sw->guard->guard, p->index, p->link);
}

/* ---- bindings ---- */

static int check_vid(const struct sw *sw, uint16_t vid, struct err *e)
{
	if (sw->set.vlan_aware && (vid < VID_FIRST || vid > VID_LAST))
		return err_set(e, EINVAL, "switch %s is vlan_aware: say in which VLAN, 1 to 4094",
			       sw->name);
	return 0;
}

int sw_guard_bind(struct sw *sw, uint16_t vid, uint64_t mac, uint32_t ip, struct sw_port *p,
		  uint64_t now_ms, struct err *e)
{
	int rc = check_vid(sw, vid, e);

	if (rc)
		return rc;
	if (!sw->guard)
		sw->guard = make(sw, e);
	if (!sw->guard)
		return -ENOMEM;
	return guard_bind(sw->guard->guard, vid, mac, ip, p->index, now_ms, e);
}

int sw_guard_unbind(struct sw *sw, uint16_t vid, uint64_t mac, uint32_t ip, struct err *e)
{
	char text[MAC_STR_SIZE], addr[IP_STR_SIZE];

	if (sw->guard && guard_unbind(sw->guard->guard, vid, mac, ip, NULL) == 0)
		return 0;
	return err_set(e, ENOENT, "there is no binding of %s and %s in VLAN %u",
		       mac_format(mac, text), ip_format(ip4(ip), addr), vid);
}

/* ---- frames ---- */

enum drop sw_guard_decide(const struct sw *sw, const struct sw_port *in, const struct frame *f,
			  struct verdict *v)
{
	const struct guard *g = sw->guard->guard;

	if (!guard_wants(f) || !guard_is_on(g, v->vid))
		return DROP_NONE;
	v->asked |= ASKED_GUARD;
	guard_decide(g, v->vid, in->index, f, &v->guard);
	return v->guard.drop;
}

enum drop sw_guard_narrow(const struct sw *sw, const struct sw_port *in, struct verdict *v)
{
	const struct guard_verdict *g = &v->guard;
	bool some = !portset_empty(&v->out, sw->words);

	if (g->to == GUARD_TO_TRUSTED) {
		portset_and(&v->out, guard_trusted(sw->guard->guard, g->to_what), sw->words);
		return some && portset_empty(&v->out, sw->words) ? DROP_NO_TRUSTED : DROP_NONE;
	}
	if (g->to == GUARD_TO_PORT) {
		bool there = portset_has(&v->out, g->to_port);

		/* whatever the address table says: the client has asked there */
		there |= portset_has(&sw->forwarding, g->to_port) && g->to_port != in->index &&
			 (!sw->set.vlan_aware ||
			  portset_has(&sw->vlans->vlan[v->vid].members, g->to_port));
		portset_clear(&v->out, sw->words);
		if (there)
			portset_add(&v->out, g->to_port);
	}
	return DROP_NONE;
}

void sw_guard_commit(struct sw *sw, const struct verdict *v, uint64_t now_ms)
{
	/* what is refused for another reason has not been said */
	if (v->drop == DROP_NONE || v->guard.drop != DROP_NONE)
		guard_commit(sw->guard->guard, &v->guard, now_ms);
}
