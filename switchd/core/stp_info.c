/* SPDX-License-Identifier: ISC */
/*
 * stp_info.c - what of the spanning tree is set and shown: defaults, limits, names, getters.
 */
#include <errno.h>

#include "core/stp_impl.h"

/* ---- settings ---- */

struct stp_cfg stp_cfg_default(void)
{
	return (struct stp_cfg){
		.priority = 32768,
		.hello_time_s = 2,
		.forward_delay_s = 15,
		.max_age_s = 20,
		.tx_hold_count = 6,
		.version = STP_VERSION_RSTP,
	};
}

struct stp_port_cfg stp_port_cfg_default(void)
{
	return (struct stp_port_cfg){.priority = 128, .auto_edge = true};
}

static int check_range(const char *what, uint32_t v, uint32_t min, uint32_t max, struct err *e)
{
	if (v >= min && v <= max)
		return 0;
	return err_set(e, EINVAL, "%s is %u; it has to be from %u to %u", what, v, min, max);
}

static int check_step(const char *what, uint32_t v, uint32_t max, uint32_t step, struct err *e)
{
	if (v <= max && v % step == 0)
		return 0;
	return err_set(e, EINVAL, "%s is %u; it has to be from 0 to %u in steps of %u", what, v,
		       max, step);
}

/* 17.14 */
static int check_times(const struct stp_cfg *c, struct err *e)
{
	if (2 * (c->forward_delay_s - 1) < c->max_age_s)
		return err_set(
			e, EINVAL,
			"stp_max_age_s %u is too long for stp_forward_delay_s %u: a port could forward "
			"before old news is gone; it may be at most 2 * (stp_forward_delay_s - 1) = %u",
			c->max_age_s, c->forward_delay_s, 2 * (c->forward_delay_s - 1));
	if (c->max_age_s < 2 * (c->hello_time_s + 1))
		return err_set(
			e, EINVAL,
			"stp_max_age_s %u is too short for stp_hello_s %u: one lost hello would "
			"count as a lost bridge; it has to be at least 2 * (stp_hello_s + 1) = %u",
			c->max_age_s, c->hello_time_s, 2 * (c->hello_time_s + 1));
	return 0;
}

int stp_cfg_check(const struct stp_cfg *c, struct err *e)
{
	int rc = check_step("priority", c->priority, 61440, 4096, e);

	if (!rc)
		rc = check_range("hello_time", c->hello_time_s, 1, 2, e);
	if (!rc)
		rc = check_range("forward_delay", c->forward_delay_s, 4, 30, e);
	if (!rc)
		rc = check_range("max_age", c->max_age_s, 6, 40, e);
	if (!rc)
		rc = check_range("tx_hold_count", c->tx_hold_count, 1, 10, e);
	if (!rc && c->version != STP_VERSION_STP && c->version != STP_VERSION_RSTP)
		rc = err_set(e, EINVAL, "version is %d; it has to be 0 (stp) or 2 (rstp)",
			     (int)c->version);
	return rc ? rc : check_times(c, e);
}

int stp_port_cfg_check(const struct stp_port_cfg *c, struct err *e)
{
	int rc = check_range("cost", c->cost, 0, STP_COST_MAX, e);

	if (!rc)
		rc = check_step("priority", c->priority, 240, 16, e);
	if (!rc && (unsigned)c->p2p > STP_P2P_NO)
		rc = err_set(e, EINVAL, "p2p is %d; it has to be auto, yes or no", (int)c->p2p);
	if (!rc && c->bpdu_guard && c->bpdu_filter)
		rc = err_set(
			e, EINVAL,
			"stp_bpdu_guard would never see a BPDU beside stp_bpdu_filter; set one of them");
	return rc;
}

/* ---- getters ---- */

static bool changing(const struct stp *s)
{
	stp_foreach_port (i, s)
		if (s->port[i]->tc_while)
			return true;
	return false;
}

void stp_bridge_info(const struct stp *s, struct stp_bridge_info *info)
{
	*info = (struct stp_bridge_info){
		.cfg = s->cfg,
		.bridge_id = s->bridge_id,
		.root_id = s->root_priority.root,
		.root_path_cost = s->root_priority.cost,
		.root_port = s->root_port,
		.hello_time_s = stp_secs(s->root_times.hello_time),
		.forward_delay_s = stp_secs(s->root_times.forward_delay),
		.max_age_s = stp_secs(s->root_times.max_age),
		.message_age_s = stp_secs(s->root_times.message_age),
		.topology_change = changing(s),
		.topology_changes = s->tc_count,
		.topology_change_port = s->tc_port,
		.since_topology_change_s = s->ticks - s->tc_last,
		.machine_overruns = s->overruns,
	};
}

static void fill_counters(const struct stp_port *p, struct stp_port_info *info)
{
	info->forward_transitions = p->forward_transitions;
	info->tx_config = p->tx_config;
	info->tx_rst = p->tx_rst;
	info->tx_tcn = p->tx_tcn;
	info->rx_config = p->rx_config;
	info->rx_rst = p->rx_rst;
	info->rx_tcn = p->rx_tcn;
	info->rx_bad = p->rx_bad;
	info->rx_other = p->rx_other;
}

bool stp_port_info(const struct stp *s, unsigned port, struct stp_port_info *info)
{
	const struct stp_port *p = port < STP_PORTS_MAX ? s->port[port] : NULL;

	if (!p)
		return false;
	*info = (struct stp_port_info){
		.cfg = p->cfg,
		.role = p->role,
		.state = stp_state_of(p),
		.link = p->link_up,
		.shut = p->shut,
		.root_inconsistent = p->inconsistent_while != 0,
		.edge = p->oper_edge,
		.p2p = p->oper_point_to_point_mac,
		.rapid = p->send_rstp,
		.proposing = p->proposing,
		.agreed = p->agreed,
		.topology_change = p->tc_while != 0,
		.port_id = p->port_id,
		.path_cost = p->port_path_cost,
		.designated_root = p->port_priority.root,
		.designated_cost = p->port_priority.cost,
		.designated_bridge = p->port_priority.bridge,
		.designated_port = p->port_priority.port,
		.info_left_s = p->info_is == STP_INFO_RECEIVED ? p->rcvd_info_while : 0,
		.forward_left_s = p->forward ? 0 : p->fd_while,
		.shut_left_s = p->shut_while,
		.inconsistent_left_s = p->inconsistent_while,
		.state_since_s = s->ticks - p->state_since,
	};
	fill_counters(p, info);
	return true;
}

/* ---- names ---- */

const char *stp_role_name(enum stp_role r)
{
	static const char *const names[STP_ROLE_COUNT] = {
		[STP_ROLE_DISABLED] = "disabled",     [STP_ROLE_ROOT] = "root",
		[STP_ROLE_DESIGNATED] = "designated", [STP_ROLE_ALTERNATE] = "alternate",
		[STP_ROLE_BACKUP] = "backup",
	};

	return names[r];
}

const char *stp_state_name(enum stp_state st)
{
	static const char *const names[STP_STATE_COUNT] = {
		[STP_STATE_DISCARDING] = "discarding",
		[STP_STATE_LEARNING] = "learning",
		[STP_STATE_FORWARDING] = "forwarding",
	};

	return names[st];
}

const char *stp_event_name(enum stp_event_kind k)
{
	static const char *const names[STP_EVENT_COUNT] = {
		[STP_EVENT_ROLE] = "role",
		[STP_EVENT_STATE] = "state",
		[STP_EVENT_ROOT] = "root",
		[STP_EVENT_TOPOLOGY] = "topology",
		[STP_EVENT_GUARD_SHUT] = "guard_shut",
		[STP_EVENT_GUARD_OPENED] = "guard_opened",
		[STP_EVENT_INCONSISTENT] = "root_inconsistent",
		[STP_EVENT_CONSISTENT] = "root_consistent",
		[STP_EVENT_TO_STP] = "to_stp",
		[STP_EVENT_TO_RSTP] = "to_rstp",
	};

	return names[k];
}

static const struct {
	const char *name;
	const char *text;
} causes[STP_CAUSE_COUNT] = {
	[STP_CAUSE_BEGIN] = {"begin", "The port was added, or the protocol started anew."},
	[STP_CAUSE_REMOVED] = {"removed", "The port was removed."},
	[STP_CAUSE_LINK_UP] = {"link_up", "The link of the port came up, or has another speed."},
	[STP_CAUSE_LINK_DOWN] = {"link_down", "The link of the port went down."},
	[STP_CAUSE_SETTING] = {"setting", "Somebody changed a setting or asked for it."},
	[STP_CAUSE_BPDU] = {"bpdu", "A BPDU of the bridge came in on the port."},
	[STP_CAUSE_AGED_OUT] =
		{"aged_out", "The bridge was not heard on the port for three hello times, or its "
			     "news had reached its max age."},
	[STP_CAUSE_TIMER] = {"timer", "A timer ran out."},
	[STP_CAUSE_BPDU_GUARD] = {"bpdu_guard",
				  "The bridge sent a BPDU to a port that has bpdu_guard."},
	[STP_CAUSE_ROOT_GUARD] =
		{"root_guard",
		 "The bridge offers a better way to a root, or a better root, on a port "
		 "that has root_guard."},
	[STP_CAUSE_ROLE] = {"role", "Ports of its new role discard."},
	[STP_CAUSE_FORWARD_DELAY] = {"forward_delay", "The port waited out the forward delay."},
	[STP_CAUSE_AGREED] = {"agreed", "The bridge at the other end agreed to the proposal."},
	[STP_CAUSE_EDGE] = {"edge", "The port is an edge port: no bridge is at its other end."},
	[STP_CAUSE_REROOTED] = {"rerooted",
				"It is the new root port, and no port that was root port lately "
				"forwards any more."},
	[STP_CAUSE_SYNC] = {"sync",
			    "The bridge towards the root made a proposal: before this one agrees, "
			    "its other ports need an agreement of their own."},
	[STP_CAUSE_REROOT] =
		{"reroot", "It was root port lately, and the new root port waits for it to stop."},
	[STP_CAUSE_DISPUTE] = {"dispute",
			       "The other end believes itself designated too, and learns or "
			       "forwards: it does not hear this bridge, or not yet."},
};

const char *stp_cause_name(enum stp_cause c)
{
	return causes[c].name;
}

const char *stp_cause_text(enum stp_cause c)
{
	return causes[c].text;
}
