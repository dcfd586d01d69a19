/* SPDX-License-Identifier: ISC */
#include "core/sw_stp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/sw_snoop.h"
#include "util/mac.h"
#include "util/words.h"

enum { SECOND_MS = 1000, CATCH_UP_MS = 10000 };

const char *stp_id_format(uint64_t id, char out[STP_ID_SIZE])
{
	char mac[MAC_STR_SIZE];

	snprintf(out, STP_ID_SIZE, "%u.%s", (unsigned)(id >> 48),
		 mac_format(STP_BRIDGE_MAC(id), mac));
	return out;
}

static const struct rate per_second = {.n = SW_STP_PER_S, .unit = RATE_FRAMES};

/* ---- settings ---- */

struct stp_cfg sw_stp_cfg(const struct sw_settings *set)
{
	struct stp_cfg c = stp_cfg_default();

	c.priority = set->stp_priority;
	c.hello_time_s = set->stp_hello_s;
	c.forward_delay_s = set->stp_forward_delay_s;
	c.max_age_s = set->stp_max_age_s;
	c.tx_hold_count = set->stp_tx_hold;
	c.guard_recovery_s = set->stp_guard_recovery_s;
	c.version = strcmp(set->stp, "stp") == 0 ? STP_VERSION_STP : STP_VERSION_RSTP;
	return c;
}

struct stp_port_cfg sw_stp_port_cfg(const struct sw_port_set *set)
{
	struct stp_port_cfg c = stp_port_cfg_default();

	c.cost = set->stp_cost;
	c.priority = set->stp_priority;
	c.p2p = strcmp(set->stp_p2p, "auto") == 0  ? STP_P2P_AUTO
		: strcmp(set->stp_p2p, "yes") == 0 ? STP_P2P_YES
						   : STP_P2P_NO;
	c.admin_edge = set->stp_edge;
	c.auto_edge = set->stp_auto_edge;
	c.bpdu_guard = set->stp_bpdu_guard;
	c.bpdu_filter = set->stp_bpdu_filter;
	c.root_guard = set->stp_root_guard;
	return c;
}

/* ---- what the protocol does ---- */

static void on_send(void *arg, unsigned port, const uint8_t *frame, size_t len)
{
	struct sw *sw = arg;

	sw_send(sw->port[port], frame, len);
}

static void on_state(void *arg, unsigned port, bool learning, bool forwarding)
{
	struct sw *sw = arg;

	sw_port_state(sw->port[port], learning, forwarding);
}

static void on_flush(void *arg, unsigned port)
{
	struct sw *sw = arg;

	sw_port_flush(sw->port[port]);
	sw_snoop_topology_changed(sw);
}

static const char *port_name(const struct sw *sw, int port)
{
	return port >= 0 && sw->port[port] ? sw->port[port]->name : NULL;
}

/* What changed, from what, to what. */
static void fill_event(const struct stp_event *from, struct event *ev, char now[STP_ID_SIZE],
		       char was[STP_ID_SIZE])
{
	switch (from->kind) {
	case STP_EVENT_ROLE:
		ev->kind = EVENT_STP_ROLE;
		ev->key = "role";
		ev->now = stp_role_name(from->role);
		ev->was = stp_role_name(from->old_role);
		break;
	case STP_EVENT_STATE:
		ev->kind = EVENT_STP_STATE;
		ev->key = "state";
		ev->now = stp_state_name(from->state);
		ev->was = stp_state_name(from->old_state);
		break;
	case STP_EVENT_ROOT:
		ev->kind = EVENT_STP_ROOT;
		ev->key = "root";
		ev->now = stp_id_format(from->root, now);
		ev->was = stp_id_format(from->old_root, was);
		break;
	case STP_EVENT_TOPOLOGY:
		ev->kind = EVENT_STP_TOPOLOGY;
		break;
	case STP_EVENT_GUARD_SHUT:
	case STP_EVENT_GUARD_OPENED:
	case STP_EVENT_INCONSISTENT:
	case STP_EVENT_CONSISTENT:
		ev->kind = EVENT_STP_GUARD;
		ev->key = "guard";
		ev->now = stp_event_name(from->kind);
		break;
	case STP_EVENT_TO_STP:
	case STP_EVENT_TO_RSTP:
		ev->kind = EVENT_STP_VERSION;
		ev->key = "version";
		ev->now = from->kind == STP_EVENT_TO_STP ? "stp" : "rstp";
		break;
	case STP_EVENT_COUNT:
		break;
	}
}

static void on_tell(void *arg, const struct stp_event *from)
{
	char now[STP_ID_SIZE], was[STP_ID_SIZE], bridge[STP_ID_SIZE];
	struct sw *sw = arg;
	struct event ev = {
		.sw = sw->name,
		.port = port_name(sw, from->port),
		.cause = stp_cause_name(from->cause),
		.cause_port = port_name(sw, from->cause_port),
		.cause_bridge =
			from->cause_bridge ? stp_id_format(from->cause_bridge, bridge) : NULL,
	};

	if (!sw->events)
		return;
	fill_event(from, &ev, now, was);
	sw->events->raise(sw->events, &ev);
}

/* There may be no bridge all the same, for want of memory: then nothing is forwarded. */
static bool is_on(const struct sw *sw)
{
	return word_in(sw->set.stp, "rstp stp");
}

/* ---- ports ---- */

enum drop sw_stp_receive(struct sw_port *in, const struct frame *f, uint64_t now_ms)
{
	meter_refill(&in->bpdus, now_ms);
	if (!meter_would_pass(&in->bpdus))
		return DROP_BPDU_LIMIT;
	meter_take(&in->bpdus, (struct meter_cost){.frames = 1});
	return stp_receive(in->sw->stp, in->index, f->data, f->len);
}

enum drop sw_stp_judge(const struct sw_port *in, const struct frame *f, uint64_t now_ms)
{
	if (!meter_would_pass_at(&in->bpdus, now_ms))
		return DROP_BPDU_LIMIT;
	return stp_judge(in->sw->stp, in->index, f->data, f->len);
}

void sw_stp_port_added(struct sw_port *p)
{
	struct sw *sw = p->sw;
	struct stp_port_cfg cfg = sw_stp_port_cfg(&p->set);

	if (!is_on(sw))
		return;
	sw_port_state(p, false, false);
	meter_init(&p->bpdus, &per_second, SW_STP_AT_ONCE, 0);
	if (sw->stp && stp_port_add(sw->stp, p->index, &cfg) == 0)
		sw_stp_port_link(p);
}

void sw_stp_port_removed(struct sw_port *p)
{
	if (p->sw->stp)
		stp_port_del(p->sw->stp, p->index);
}

void sw_stp_port_updated(struct sw_port *p)
{
	struct stp_port_cfg cfg = sw_stp_port_cfg(&p->set);

	if (p->sw->stp)
		stp_port_set(p->sw->stp, p->index, &cfg);
}

void sw_stp_port_link(struct sw_port *p)
{
	if (p->sw->stp)
		stp_port_link(p->sw->stp, p->index, p->link, p->speed_mbit, !p->half_duplex);
}

/* ---- on and off ---- */

static void stop(struct sw *sw)
{
	stp_free(sw->stp);
	sw->stp = NULL;
	sw_foreach_port (i, sw)
		sw_port_state(sw->port[i], true, true);
}

static void start(struct sw *sw, const struct stp_cfg *cfg)
{
	const struct stp_out out = {
		.arg = sw,
		.send = on_send,
		.state = on_state,
		.flush = on_flush,
		.tell = on_tell,
	};

	sw->stp = stp_new(cfg, sw->set.stp_address ? sw->set.stp_address : sw->mac, &out);
	sw->stp_mac = sw->set.stp_address;
	sw->stp_timed = false;
	sw_foreach_port (i, sw) {
		sw_port_state(sw->port[i], false, false);
		sw_stp_port_added(sw->port[i]);
	}
}

void sw_stp_update(struct sw *sw)
{
	bool on = is_on(sw);
	struct stp_cfg cfg = sw_stp_cfg(&sw->set);

	if (!on || (sw->stp && sw->stp_mac != sw->set.stp_address))
		stop(sw);
	if (sw->stp)
		stp_set(sw->stp, &cfg);
	else if (on)
		start(sw, &cfg);
}

void sw_stp_tick(struct sw *sw, uint64_t now_ms)
{
	if (!sw->stp)
		return;
	if (!sw->stp_timed || now_ms - sw->stp_at_ms > CATCH_UP_MS) /* asleep for long */
		sw->stp_at_ms = now_ms;
	sw->stp_timed = true;
	for (; now_ms - sw->stp_at_ms >= SECOND_MS; sw->stp_at_ms += SECOND_MS)
		stp_tick(sw->stp);
}
