/* SPDX-License-Identifier: ISC */
#include "core/sw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decide_impl.h"
#include "core/mirror.h"
#include "core/secure.h"
#include "core/shut.h"
#include "core/sw_guard.h"
#include "core/sw_lldp.h"
#include "core/sw_snoop.h"
#include "core/sw_loop.h"
#include "core/sw_stp.h"
#include "core/tag.h"

/* Entries aged in one go: well under a millisecond, so that frames do not wait for it. */
enum { AGE_BUDGET = 512 };

static uint32_t seconds(uint64_t now_ms)
{
	return (uint32_t)(now_ms / 1000);
}

/* Locally administered, and nothing that leads to the key. */
static uint64_t own_address(const struct siphash_key *key)
{
	uint64_t r = siphash13_u64(UINT64_C(0x6d6163), key);

	return (r & UINT64_C(0x00ffffffffff)) | UINT64_C(0x020000000000);
}

/* What stations say is watched from now on, or is not any more. */
static void guard_update(struct sw *sw)
{
	sw_guard_update(sw);
	sw_gates_update(sw);
	sw->ask_from = egress_ask_from(sw);
}

struct sw *sw_new(const char *name, const struct sw_settings *set, const struct siphash_key *key,
		  uint64_t mac, struct event_sink *events, struct err *e)
{
	struct sw *sw = calloc(1, sizeof(*sw));

	if (sw) {
		sw->fdb = fdb_new(set->max_macs, key);
		sw->vlans = calloc(1, sizeof(*sw->vlans));
		sw->snooping = sw_snoop_new();
	}
	if (!sw || !sw->fdb || !sw->vlans || !sw->snooping) {
		sw_free(sw);
		err_set(e, ENOMEM, "no memory for a switch with room for %u addresses",
			set->max_macs);
		return NULL;
	}
	snprintf(sw->name, sizeof(sw->name), "%s", name);
	sw->set = *set;
	sw->events = events;
	sw->words = 1;
	sw->ask_from = UINT32_MAX;
	sw->key = *key;
	sw->mac = mac ? mac : own_address(key);
	sw_loop_init(sw, key);
	sw_stp_update(sw);
	sw_lldp_update(sw);
	guard_update(sw);
	return sw;
}

void sw_free(struct sw *sw)
{
	if (!sw)
		return;
	sw_snoop_free(sw);
	stp_free(sw->stp);
	sw_lldp_free(sw);
	sw_guard_free(sw);
	loopguard_free(sw->loop.guard);
	fdb_free(sw->fdb);
	free(sw->vlans);
	free(sw);
}

/* May frames pass, and addresses be learned? */
static void update_gate(struct sw_port *p)
{
	p->gate = 0;
	if (!p->link)
		p->gate |= GATE_DOWN | GATE_DEAF;
	if (p->discarding)
		p->gate |= GATE_BLOCKED;
	if (p->looped)
		p->gate |= GATE_BLOCKED | GATE_DEAF;
	if (p->sw->loop.guard)
		p->gate |= GATE_PROBES;
	if (p->not_learning || p->sw->paused)
		p->gate |= GATE_DEAF;
	if (p->filter_in)
		p->gate |= GATE_FILTER;
	if (sw_police_in(p))
		p->gate |= GATE_METERED;
	if (p->sw->paused)
		p->gate |= GATE_PAUSED;
	if (p->sw->guarded)
		p->gate |= GATE_GUARD;
	if (p->gate & (GATE_DOWN | GATE_BLOCKED))
		portset_del(&p->sw->forwarding, p->index);
	else
		portset_add(&p->sw->forwarding, p->index);
}

void sw_gates_update(struct sw *sw)
{
	sw_foreach_port (i, sw)
		update_gate(sw->port[i]);
}

void sw_port_flush(struct sw_port *p)
{
	struct sw *sw = p->sw;

	if (sw->paused) {
		fdb_port_hide(sw->fdb, p->index);
		portset_add(&sw->forget, p->index);
	} else {
		fdb_port_flush(sw->fdb, p->index);
	}
}

static void tell_vlan_0(void *arg, const struct fdb_info *info)
{
	if (info->vid == VID_NONE)
		*(bool *)arg = true;
}

int sw_table_for(const struct sw *sw, const struct sw_settings *set, struct fdb **table,
		 struct err *e)
{
	int rc = sw_groups_fit(sw, set, e);

	if (rc == 0)
		rc = sw_guard_fits(sw, set, e);

	*table = NULL;
	if (rc)
		return rc;
	if (set->vlan_aware && !sw->set.vlan_aware) {
		bool some = false;

		fdb_each_static(sw->fdb, tell_vlan_0, &some);
		if (some)
			return err_set(
				e, EINVAL,
				"there are static addresses without a VLAN, which would be found by "
				"nobody; delete them first, or add them in a VLAN");
	}
	if (set->max_macs == sw->set.max_macs)
		return 0;
	*table = fdb_resized(sw->fdb, set->max_macs, &rc);
	if (rc == -ENOSPC)
		return err_set(e, ENOSPC,
			       "max_macs %u is fewer than the static addresses there are; "
			       "remove some first",
			       set->max_macs);
	if (rc)
		return err_set(e, -rc, "no memory for a table of %u addresses", set->max_macs);
	return 0;
}

struct fdb *sw_configure(struct sw *sw, const struct sw_settings *set, struct fdb *table)
{
	struct fdb *old = NULL;
	bool other_vlans = set->vlan_aware != sw->set.vlan_aware;

	if (table) {
		old = sw->fdb;
		sw->fdb = table;
		sw->told_full = false;
		portset_foreach (i, &sw->forget, PORTSET_WORDS)
			fdb_port_hide(table, i);
	}
	sw->set = *set;
	if (other_vlans) /* what VLAN an address was learned in does not mean the same any more */
		sw_foreach_port (i, sw)
			sw_port_flush(sw->port[i]);
	sw_stp_update(sw);
	sw_snoop_update(sw);
	sw_lldp_update(sw);
	sw_loop_update(sw);
	guard_update(sw);
	return old;
}

int sw_reconfigure(struct sw *sw, const struct sw_settings *set, struct err *e)
{
	struct fdb *table;
	int rc = sw_table_for(sw, set, &table, e);

	if (rc == 0)
		fdb_free(sw_configure(sw, set, table));
	return rc;
}

void sw_pause_learning(struct sw *sw, bool on)
{
	sw->paused = on;
	sw_gates_update(sw);
	if (on)
		return;
	portset_foreach (i, &sw->forget, PORTSET_WORDS)
		fdb_port_flush(sw->fdb, i);
	portset_clear(&sw->forget, PORTSET_WORDS);
}

/* What follows from the ports there are: how many words of the sets count, and which frames need a closer look. */
static void update_summary(struct sw *sw)
{
	sw->words = 1;
	for (unsigned i = 0; i < PORTSET_MAX; i++)
		if (sw->port[i])
			sw->words = i / 64 + 1;
	sw->ask_from = egress_ask_from(sw);
	mirror_update(sw);
}

int sw_attach(struct sw *sw, struct sw_port *p, struct err *e)
{
	unsigned i = 0;

	while (i < PORTSET_MAX && sw->port[i])
		i++;
	if (i == PORTSET_MAX)
		return err_set(e, ENOSPC,
			       "switch %s has %u ports, which is as many as there can be", sw->name,
			       PORTSET_MAX);
	p->sw = sw;
	p->index = i;
	p->carrier = p->link = p->discarding = p->not_learning = p->looped = false;
	p->shut = p->set.shutdown ? SHUT_DOWN : SHUT_NOT;
	if (sw_guard_port_added(p, e)) {
		p->sw = NULL;
		return -ENOMEM;
	}
	p->mirrored = 0;
	memset(&p->stats, 0, sizeof(p->stats));
	sw->port[i] = p;
	portset_add(&sw->attached, i);
	fdb_port_open(sw->fdb, i, p->set.max_macs);
	fdb_port_guard(sw->fdb, i, secure_guard(&p->set));
	vlan_port_update(p);
	sw_police_port_added(p);
	update_gate(p);
	update_summary(sw);
	sw_stp_port_added(p);
	sw_lldp_port_added(p);
	sw_snoop_port_added(p);
	sw_loop_port_added(p);
	return 0;
}

void sw_port_leave(struct sw_port *p)
{
	sw_lldp_port_removed(p);
}

void sw_detach(struct sw_port *p)
{
	struct sw *sw = p->sw;

	if (!sw)
		return;
	sw_stp_port_removed(p);
	sw_snoop_port_removed(p);
	sw_lldp_port_removed(p);
	sw_loop_port_removed(p);
	sw->shut_ports -= shut_may_open(p);
	sw_police_port_removed(p);
	sw_guard_port_removed(p);
	fdb_port_close(sw->fdb, p->index);
	vlan_port_forget(p);
	portset_del(&sw->attached, p->index);
	portset_del(&sw->forwarding, p->index);
	portset_del(&sw->unheard, p->index);
	sw->port[p->index] = NULL;
	p->sw = NULL;
	update_summary(sw);
}

/* As far as the switch and its protocols go. */
static bool has_link(const struct sw_port *p)
{
	return p->carrier && p->shut == SHUT_NOT && !mirror_is_monitor(&p->set);
}

static void tell_link(struct sw_port *p)
{
	sw_stp_port_link(p);
	sw_snoop_port_link(p);
	sw_lldp_port_link(p);
	sw_loop_port_link(p);
	sw_guard_port_link(p);
}

void sw_port_link(struct sw_port *p, bool up)
{
	p->carrier = up;
	p->link = has_link(p);
	update_gate(p);
	if (!p->link)
		sw_port_flush(p);
	if (p->sw->sending) /* a protocol is in the middle of something */
		portset_add(&p->sw->unheard, p->index);
	else
		tell_link(p);
}

/* What became of links while frames of ours were sent. */
static void tell_unheard(struct sw *sw)
{
	struct portset ports = sw->unheard;

	portset_clear(&sw->unheard, PORTSET_WORDS);
	portset_foreach (i, &ports, sw->words)
		tell_link(sw->port[i]);
}

void sw_port_speed(struct sw_port *p, uint32_t mbit, bool half_duplex)
{
	if (p->speed_mbit == mbit && p->half_duplex == half_duplex)
		return;
	p->speed_mbit = mbit;
	p->half_duplex = half_duplex;
	sw_stp_port_link(p);
}

void sw_port_state(struct sw_port *p, bool learning, bool forwarding)
{
	p->discarding = !forwarding;
	p->not_learning = !learning;
	update_gate(p);
	sw_loop_port_link(p);
}

void sw_port_looped(struct sw_port *p, bool looped)
{
	p->looped = looped;
	update_gate(p);
	if (looped)
		sw_port_flush(p);
}

void sw_send(struct sw_port *p, const uint8_t *frame, size_t len)
{
	struct sw *sw = p->sw;

	if (!p->link || !sw->io)
		return;
	sw->sending++;
	sw->io->send(sw->io, p, frame, len);
	sw->sending--;
}

/* As any frame of the VLAN leaves (tag.h); its priority is that of internetwork control (802.1Q-2018 table I-2). */
void sw_send_vlan(struct sw *sw, unsigned vid, const uint8_t *frame, size_t len)
{
	struct tag_edit edit = {.tci = (uint16_t)(6u << 13 | vid)};
	uint8_t tagged[SEND_VLAN_MAX + TAG_SIZE];
	struct portset out = sw->forwarding; /* a port may be lost in the middle of it */
	size_t start;

	if (sw->set.vlan_aware)
		portset_and(&out, &sw->vlans->vlan[vid].members, sw->words);
	portset_foreach (i, &out, sw->words) {
		edit.tpid = sw->set.vlan_aware ? vlan_egress_tpid(sw, vid, i) : 0;
		if (!edit.tpid) {
			sw_send(sw->port[i], frame, len);
			continue;
		}
		start = tag_start(&edit, frame, tagged);
		memcpy(tagged + start, frame + tag_rest(&edit), len - tag_rest(&edit));
		sw_send(sw->port[i], tagged, len + TAG_SIZE);
	}
}

bool sw_has_protocols(const struct sw *sw)
{
	return sw_snoop_is_on(sw) || sw->stp || sw->lldp || sw->shut_ports || sw->loop.guard ||
	       sw->loop.wanting;
}

void sw_tick(struct sw *sw, uint64_t now_ms)
{
	tell_unheard(sw);
	sw_shut_tick(sw, now_ms);
	sw_stp_tick(sw, now_ms);
	sw_lldp_tick(sw, now_ms);
	sw_police_tick(sw, now_ms);
	sw_snoop_tick(sw, now_ms);
	sw_loop_tick(sw, now_ms);
	if (sw->guard_wanting)
		guard_update(sw);
	sw_guard_tick(sw, now_ms);
}

void sw_port_update(struct sw_port *p)
{
	const struct vidset was = p->vlan.members;
	bool other_vlans = vlan_port_update(p) && p->sw->set.vlan_aware;

	fdb_port_limit(p->sw->fdb, p->index, p->set.max_macs);
	fdb_port_guard(p->sw->fdb, p->index, secure_guard(&p->set));
	if (other_vlans || p->set.locked) /* what was learned may not send where it is locked */
		sw_port_flush(p);
	sw_police_port_updated(p);
	sw_guard_port_updated(p);
	sw_stp_port_updated(p);
	sw_lldp_port_updated(p);
	update_gate(p);
	sw_snoop_port_updated(p, &was);
	sw_loop_port_updated(p);
	sw_port_shutdown(p);
	if (p->link != has_link(p)) /* it becomes a monitor port, or one of the LAN */
		sw_port_link(p, p->carrier);
	update_summary(p->sw);
}

void sw_vlan_configure(struct sw *sw, unsigned vid, const struct sw_vlan_set *set)
{
	uint8_t watched = sw_guard_vlan(sw, vid);

	sw->vlans->vlan[vid].set = *set;
	sw_snoop_vlan_updated(sw, vid);
	sw_lldp_vlans_changed(sw);
	/* which looks at all VLANs, of which thousands may come at once */
	if (sw_guard_vlan(sw, vid) != watched)
		guard_update(sw);
}

static void tell_aged(void *arg, const struct fdb_info *info)
{
	struct sw *sw = arg;
	struct event ev = {
		.kind = EVENT_MAC_AGED,
		.sw = sw->name,
		.port = sw->port[info->port]->name,
		.mac = info->mac,
		.vid = info->vid,
	};

	sw->events->raise(sw->events, &ev);
}

bool sw_age(struct sw *sw, uint64_t now_ms)
{
	if (sw->paused)
		return false;
	bool more = fdb_age(sw->fdb, seconds(now_ms), sw->set.ageing_s, AGE_BUDGET,
			    sw->events ? tell_aged : NULL, sw);

	if (!fdb_is_full(sw->fdb))
		sw->told_full = false;
	return more;
}

static void clear_port(struct sw *sw, struct sw_port *p)
{
	memset(&p->stats, 0, sizeof(p->stats));
	fdb_port_stats_clear(sw->fdb, p->index);
	sw_lldp_clear(p);
	if (sw->snoop)
		snoop_clear_stats(sw->snoop, (int)p->index);
}

void sw_clear_stats(struct sw *sw, struct sw_port *p)
{
	if (p) {
		clear_port(sw, p);
		return;
	}
	memset(&sw->stats, 0, sizeof(sw->stats));
	if (sw->snoop)
		snoop_clear_stats(sw->snoop, SNOOP_NO_PORT);
	sw_foreach_port (i, sw)
		clear_port(sw, sw->port[i]);
}
