/* SPDX-License-Identifier: ISC */
/*
 * stp_prt.c - the Port Role Transitions machine (IEEE 802.1D-2004 clause 17.29): when a port of a role
 * may learn and forward, so that no loop forms on the way from one tree to the next.
 *
 * The idea: a port takes longer than anybody could still be acting on older news, or it is told sooner
 * that it may.  Designated ports are told by an agreement; a bridge agrees once all its other ports have
 * stopped or have an agreement of their own (sync).  A root port is told by the former root ports of
 * its own bridge having stopped (reRoot).
 */
#include "core/stp_impl.h"

/* The machine changed what it wants of Port State Transition: remember why. */
static void because(struct stp *s, struct stp_port *p, enum stp_cause cause)
{
	p->state_why = (struct stp_why){cause, s->why.port, s->why.bridge};
}

static void take_role(struct stp *s, struct stp_port *p)
{
	struct stp_event ev = {.kind = STP_EVENT_ROLE,
			       .port = (int)p->index,
			       .role = p->selected_role,
			       .old_role = p->role};

	p->role = p->selected_role;
	if (ev.role != ev.old_role)
		stp_tell(s, &ev, &s->why);
}

/* ---- conditions and procedures ---- */

/*
 * 17.20.3, with what 802.1Q-2018 13.28.3 adds: a port whose new information is not taken up yet has only
 * agreed to the old.  The same for every port, and asked for by many: kept until something changes.
 */
static bool all_synced(struct stp *s)
{
	if (s->synced_known)
		return s->all_synced;
	s->synced_known = true;
	s->all_synced = false;
	stp_foreach_port (i, s) {
		const struct stp_port *q = s->port[i];

		if (!stp_settled(q) || q->role != q->selected_role ||
		    !(q->synced || q->role == STP_ROLE_ROOT))
			return false;
	}
	s->all_synced = true;
	return true;
}

/* 17.20.10 */
static bool re_rooted(const struct stp *s, const struct stp_port *p)
{
	stp_foreach_port (i, s)
		if (i != p->index && s->port[i]->rr_while != 0)
			return false;
	return true;
}

/* 17.21.14 */
static void set_sync_tree(struct stp *s)
{
	stp_foreach_port (i, s)
		s->port[i]->sync = true;
}

/* 17.21.15 */
static void set_re_root_tree(struct stp *s)
{
	stp_foreach_port (i, s)
		s->port[i]->re_root = true;
}

/* ---- Disabled Port ---- */

static void disable_port(struct stp *s, struct stp_port *p)
{
	take_role(s, p);
	p->learn = p->forward = false;
	because(s, p, STP_CAUSE_ROLE);
	p->prt = PRT_DISABLE_PORT;
}

static void disabled_port(struct stp_port *p)
{
	p->fd_while = stp_max_age(p);
	p->synced = true;
	p->rr_while = 0;
	p->sync = p->re_root = false;
	p->prt = PRT_DISABLED_PORT;
}

/* INIT_PORT, and DISABLE_PORT to which it goes at once. */
void stp_prt_begin(struct stp *s, struct stp_port *p)
{
	p->synced = false;
	p->sync = p->re_root = true;
	p->rr_while = stp_fwd_delay(p);
	p->fd_while = stp_max_age(p);
	p->rb_while = 0;
	p->selected_role = STP_ROLE_DISABLED;
	disable_port(s, p);
}

static bool disabled_step(struct stp_port *p)
{
	if (p->prt == PRT_DISABLE_PORT) {
		if (p->learning || p->forwarding)
			return false;
	} else if (p->fd_while == stp_max_age(p) && !p->sync && !p->re_root && p->synced) {
		return false;
	}
	disabled_port(p);
	return true;
}

/* ---- Root Port ---- */

static void root_port(struct stp *s, struct stp_port *p)
{
	take_role(s, p);
	p->rr_while = stp_fwd_delay(p);
	p->prt = PRT_ROOT;
}

/* May it go on without waiting out the forward delay? */
static bool root_in_time(struct stp *s, struct stp_port *p)
{
	if (p->fd_while == 0) {
		because(s, p, STP_CAUSE_FORWARD_DELAY);
		return true;
	}
	if (!stp_rstp_version(s) || p->rb_while != 0 || !re_rooted(s, p))
		return false;
	because(s, p, STP_CAUSE_REROOTED);
	return true;
}

/* The part that Root and Alternate Ports have in common: proposals and agreements. */
static bool proposed_step(struct stp *s, struct stp_port *p)
{
	if (p->proposed && !p->agree) { /* ROOT_PROPOSED, ALTERNATE_PROPOSED */
		set_sync_tree(s);
		p->proposed = false;
		return true;
	}
	if (p->agree ? p->proposed : all_synced(s)) { /* ROOT_AGREED, ALTERNATE_AGREED */
		p->proposed = false;
		if (p->role == STP_ROLE_ROOT)
			p->sync = false;
		p->agree = true;
		p->new_info = true;
		return true;
	}
	return false;
}

static bool root_step(struct stp *s, struct stp_port *p)
{
	if (proposed_step(s, p))
		return true;
	if (!p->forward && !p->re_root) { /* REROOT */
		set_re_root_tree(s);
		return true;
	}
	if (!p->learn && root_in_time(s, p)) { /* ROOT_LEARN */
		p->fd_while = stp_forward_delay(p);
		p->learn = true;
		return true;
	}
	if (p->learn && !p->forward && root_in_time(s, p)) { /* ROOT_FORWARD */
		p->fd_while = 0;
		p->forward = true;
		return true;
	}
	if (p->re_root && p->forward) { /* REROOTED */
		p->re_root = false;
		return true;
	}
	if (p->rr_while != stp_fwd_delay(p)) {
		root_port(s, p);
		return true;
	}
	return false;
}

/* ---- Designated Port ---- */

static bool designated_sync(struct stp_port *p)
{
	if (!p->forward && !p->agreed && !p->proposing && !p->oper_edge) { /* DESIGNATED_PROPOSE */
		p->proposing = true;
		/* EdgeDelay, 17.20.4 */
		p->edge_delay_while =
			p->oper_point_to_point_mac ? STP_MIGRATE_TIME : stp_max_age(p);
		p->new_info = true;
		return true;
	}
	if ((!p->learning && !p->forwarding && !p->synced) || (p->agreed && !p->synced) ||
	    (p->oper_edge && !p->synced) || (p->sync && p->synced)) { /* DESIGNATED_SYNCED */
		p->rr_while = 0;
		p->synced = true;
		p->sync = false;
		return true;
	}
	if (p->rr_while == 0 && p->re_root) { /* DESIGNATED_RETIRED */
		p->re_root = false;
		return true;
	}
	return false;
}

/* DESIGNATED_DISCARD; it is LISTEN in some editions.  Root guard counts as one more reason. */
static bool designated_discard(struct stp *s, struct stp_port *p)
{
	bool sync = p->sync && !p->synced, re_root = p->re_root && p->rr_while != 0;

	if (!p->learn && !p->forward)
		return false;
	if (!p->inconsistent_while && (p->oper_edge || !(sync || re_root || p->disputed)))
		return false;
	if (p->inconsistent_while)
		because(s, p, STP_CAUSE_ROOT_GUARD);
	else if (p->disputed)
		because(s, p, STP_CAUSE_DISPUTE);
	else
		because(s, p, sync ? STP_CAUSE_SYNC : STP_CAUSE_REROOT);
	p->learn = p->forward = p->disputed = false;
	p->fd_while = stp_forward_delay(p);
	return true;
}

/* DESIGNATED_LEARN and DESIGNATED_FORWARD */
static bool designated_advance(struct stp *s, struct stp_port *p)
{
	if (p->learn && p->forward)
		return false;
	if (p->sync || (p->re_root && p->rr_while != 0) || p->inconsistent_while)
		return false;
	if (p->agreed)
		because(s, p, STP_CAUSE_AGREED);
	else if (p->oper_edge)
		because(s, p, STP_CAUSE_EDGE);
	else if (p->fd_while == 0)
		because(s, p, STP_CAUSE_FORWARD_DELAY);
	else
		return false;
	if (!p->learn) {
		p->learn = true;
		p->fd_while = stp_forward_delay(p);
	} else {
		p->forward = true;
		p->fd_while = 0;
		p->agreed = p->send_rstp;
	}
	return true;
}

static bool designated_step(struct stp *s, struct stp_port *p)
{
	return designated_sync(p) || designated_discard(s, p) || designated_advance(s, p);
}

/* ---- Alternate and Backup Port ---- */

static void block_port(struct stp *s, struct stp_port *p)
{
	take_role(s, p);
	p->learn = p->forward = false;
	because(s, p, STP_CAUSE_ROLE);
	p->prt = PRT_BLOCK_PORT;
}

static void alternate_port(struct stp_port *p)
{
	p->fd_while = stp_forward_delay(p);
	p->synced = true;
	p->rr_while = 0;
	p->sync = p->re_root = false;
	p->prt = PRT_ALTERNATE;
}

static bool alternate_step(struct stp *s, struct stp_port *p)
{
	if (p->prt == PRT_BLOCK_PORT) {
		if (p->learning || p->forwarding)
			return false;
		alternate_port(p);
		return true;
	}
	if (proposed_step(s, p))
		return true;
	if (p->role == STP_ROLE_BACKUP && p->rb_while != 2 * stp_hello_time(p)) { /* BACKUP_PORT */
		p->rb_while = 2 * stp_hello_time(p);
		return true;
	}
	if (p->fd_while != stp_forward_delay(p) || p->sync || p->re_root || !p->synced) {
		alternate_port(p);
		return true;
	}
	return false;
}

/* ---- all of it ---- */

/* Role and selected role differ: into the first state of the new one. */
static void change_role(struct stp *s, struct stp_port *p)
{
	switch (p->selected_role) {
	case STP_ROLE_ROOT:
		root_port(s, p);
		break;
	case STP_ROLE_DESIGNATED:
		take_role(s, p);
		p->prt = PRT_DESIGNATED;
		break;
	case STP_ROLE_ALTERNATE:
	case STP_ROLE_BACKUP:
		block_port(s, p);
		break;
	default:
		disable_port(s, p);
		break;
	}
}

bool stp_prt_step(struct stp *s, struct stp_port *p)
{
	if (!stp_settled(p))
		return false;
	if (p->role != p->selected_role) {
		change_role(s, p);
		return true;
	}
	switch (p->prt) {
	case PRT_DISABLE_PORT:
	case PRT_DISABLED_PORT:
		return disabled_step(p);
	case PRT_ROOT:
		return root_step(s, p);
	case PRT_DESIGNATED:
		return designated_step(s, p);
	case PRT_BLOCK_PORT:
	case PRT_ALTERNATE:
		return alternate_step(s, p);
	}
	return false;
}
