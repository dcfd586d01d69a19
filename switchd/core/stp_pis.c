/* SPDX-License-Identifier: ISC */
/*
 * stp_pis.c - what is believed of each link, and which role each port has by that: the Port
 * Information machine (IEEE 802.1D-2004 clause 17.27) and Port Role Selection (17.28).
 */
#include "core/stp_impl.h"

/* Limits of what a BPDU may say (table 17-1; of hello time, what 802.1D-1998 allowed). */
enum {
	MAX_AGE_MIN = 6 * STP_SECOND,
	MAX_AGE_MAX = 40 * STP_SECOND,
	HELLO_MIN = 1 * STP_SECOND,
	HELLO_MAX = 10 * STP_SECOND,
	FORWARD_DELAY_MIN = 4 * STP_SECOND,
	FORWARD_DELAY_MAX = 30 * STP_SECOND,
};

static const struct stp_vec no_vec;

/* ---- priority vectors (17.5, 17.6): less is better ---- */

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int vec_compare(const struct stp_vec *a, const struct stp_vec *b)
{
	int c = order(a->root, b->root);

	if (!c)
		c = order(a->cost, b->cost);
	if (!c)
		c = order(a->bridge, b->bridge);
	return c ? c : order(a->port, b->port);
}

static bool times_equal(const struct stp_times *a, const struct stp_times *b)
{
	return a->message_age == b->message_age && a->max_age == b->max_age &&
	       a->hello_time == b->hello_time && a->forward_delay == b->forward_delay;
}

/* From the same port of the same bridge, whatever priority either has now. */
static bool same_sender(const struct stp_vec *a, const struct stp_vec *b)
{
	return STP_BRIDGE_MAC(a->bridge) == STP_BRIDGE_MAC(b->bridge) &&
	       (a->port & STP_PORT_NUMBER) == (b->port & STP_PORT_NUMBER);
}

static uint16_t within(uint16_t t, uint16_t min, uint16_t max)
{
	if (t < min)
		return min;
	return t > max ? max : t;
}

/* Message age with the next bridge counted, to the nearest second (17.21.23, 17.21.25 c). */
static uint16_t aged_by_one(uint16_t age)
{
	uint32_t t = ((uint32_t)age + STP_SECOND + STP_SECOND / 2) / STP_SECOND * STP_SECOND;

	return (uint16_t)(t > UINT16_MAX ? UINT16_MAX / STP_SECOND * STP_SECOND : t);
}

/* ---- procedures of the Port Information machine (17.21) ---- */

/* 17.21.1 */
static bool better_or_same_info(const struct stp_port *p, enum stp_info_is new_info_is)
{
	const struct stp_vec *v =
		new_info_is == STP_INFO_RECEIVED ? &p->msg_priority : &p->designated_priority;

	return p->info_is == new_info_is && vec_compare(v, &p->port_priority) <= 0;
}

/* 17.21.17 */
static void set_tc_flags(struct stp_port *p)
{
	if (p->bpdu.type == STP_BPDU_TCN) {
		p->rcvd_tcn = true;
		return;
	}
	p->rcvd_tc = p->rcvd_tc || p->bpdu.tc;
	p->rcvd_tc_ack = p->rcvd_tc_ack || p->bpdu.tc_ack;
}

/* 17.21.8 */
static enum stp_rcvd_info rcv_info(struct stp_port *p)
{
	const struct stp_bpdu *b = &p->bpdu;
	int c;

	if (b->type == STP_BPDU_TCN) {
		set_tc_flags(p);
		return STP_OTHER_INFO;
	}
	p->msg_priority = b->vec;
	p->msg_times = (struct stp_times){
		.message_age = b->times.message_age,
		.max_age = within(b->times.max_age, MAX_AGE_MIN, MAX_AGE_MAX),
		.hello_time = within(b->times.hello_time, HELLO_MIN, HELLO_MAX),
		.forward_delay =
			within(b->times.forward_delay, FORWARD_DELAY_MIN, FORWARD_DELAY_MAX),
	};
	c = vec_compare(&p->msg_priority, &p->port_priority);
	if (b->role == STP_BPDU_ROOT || b->role == STP_BPDU_ALTERNATE)
		return c >= 0 ? STP_INFERIOR_ROOT_ALTERNATE : STP_OTHER_INFO;
	if (c == 0 && p->info_is == STP_INFO_RECEIVED && times_equal(&p->msg_times, &p->port_times))
		return STP_REPEATED_DESIGNATED;
	if (c <= 0 || same_sender(&p->msg_priority, &p->port_priority))
		return STP_SUPERIOR_DESIGNATED;
	return STP_INFERIOR_DESIGNATED;
}

/*
 * 17.21.9, and more: whoever agrees to what we say knows our root, so one that names a worse root agreed
 * to what we said before, and its agreement was on the way while we learned of a better one.  To believe
 * it would open a loop for moments where two wires between the same bridges take different times.
 */
static void record_agreement(struct stp *s, struct stp_port *p)
{
	p->agreed = stp_rstp_version(s) && p->oper_point_to_point_mac && p->bpdu.agreement &&
		    p->msg_priority.root == p->port_priority.root;
	if (p->agreed)
		p->proposing = false;
}

/* 17.21.10 */
static void record_dispute(struct stp_port *p)
{
	if (p->bpdu.type != STP_BPDU_RST || !p->bpdu.learning)
		return;
	p->disputed = true;
	p->agreed = false;
}

/* 17.21.11 */
static void record_proposal(struct stp_port *p)
{
	p->proposed = p->proposed || p->bpdu.proposal;
}

/* 17.21.23 */
static void updt_rcvd_info_while(struct stp_port *p)
{
	if (aged_by_one(p->port_times.message_age) <= p->port_times.max_age)
		p->rcvd_info_while = 3 * stp_secs(p->port_times.hello_time);
	else
		p->rcvd_info_while = 0;
}

/* ---- Port Information machine (17.27) ---- */

static void pim_disabled(struct stp *s, struct stp_port *p)
{
	p->rcvd_msg = false;
	p->proposing = p->proposed = p->agree = p->agreed = false;
	p->disputed = false;
	p->rcvd_info_while = 0;
	p->info_is = STP_INFO_DISABLED;
	stp_reselect(s, p);
	p->pim = PIM_DISABLED;
}

static void pim_aged(struct stp *s, struct stp_port *p)
{
	if (p->info_is == STP_INFO_RECEIVED && s->why.cause == STP_CAUSE_TIMER)
		s->why = (struct stp_why){STP_CAUSE_AGED_OUT, (int)p->index,
					  p->port_priority.bridge};
	p->info_is = STP_INFO_AGED;
	stp_reselect(s, p);
	p->pim = PIM_AGED;
}

/*
 * UPDATE.  An agreement holds for better information too, but here not for that of another root: on the
 * way there the other end may have taken back what it agreed to, and be the source of the very news.
 */
static void pim_update(struct stp_port *p)
{
	p->proposing = p->proposed = false;
	p->agreed = p->agreed && better_or_same_info(p, STP_INFO_MINE) &&
		    p->designated_priority.root == p->port_priority.root;
	p->synced = p->synced && p->agreed;
	p->port_priority = p->designated_priority;
	p->port_times = p->designated_times;
	p->updt_info = false;
	p->info_is = STP_INFO_MINE;
	p->new_info = true;
	p->pim = PIM_CURRENT;
}

static void pim_superior_designated(struct stp *s, struct stp_port *p)
{
	p->agreed = p->proposing = false;
	record_proposal(p);
	set_tc_flags(p);
	p->agree = p->agree && better_or_same_info(p, STP_INFO_RECEIVED);
	p->port_priority = p->msg_priority; /* recordPriority(), recordTimes() */
	p->port_times = p->msg_times;
	updt_rcvd_info_while(p);
	p->info_is = STP_INFO_RECEIVED;
	stp_reselect(s, p);
}

/*
 * Root guard: the better information is not recorded, so that the port stays designated; it does not
 * forward as long as that is heard.
 */
static void pim_root_guard(struct stp *s, struct stp_port *p)
{
	const struct stp_why w = {STP_CAUSE_ROOT_GUARD, (int)p->index, p->msg_priority.bridge};
	bool was = p->inconsistent_while > 0;

	p->agreed = false;
	p->inconsistent_while = 3 * stp_secs(p->msg_times.hello_time);
	if (!was)
		stp_tell_port(s, p, STP_EVENT_INCONSISTENT, &w);
}

static void pim_receive(struct stp *s, struct stp_port *p)
{
	p->rcvd_info = rcv_info(p);
	switch (p->rcvd_info) {
	case STP_SUPERIOR_DESIGNATED:
		if (p->cfg.root_guard)
			pim_root_guard(s, p);
		else
			pim_superior_designated(s, p);
		break;
	case STP_REPEATED_DESIGNATED:
		record_proposal(p);
		set_tc_flags(p);
		updt_rcvd_info_while(p);
		break;
	case STP_INFERIOR_DESIGNATED:
		record_dispute(p);
		break;
	case STP_INFERIOR_ROOT_ALTERNATE:
		record_agreement(s, p);
		set_tc_flags(p);
		break;
	case STP_OTHER_INFO:
		break;
	}
	p->rcvd_msg = false;
}

void stp_pim_begin(struct stp *s, struct stp_port *p)
{
	p->port_priority = p->designated_priority = p->msg_priority = no_vec;
	p->port_times = p->designated_times = p->msg_times = s->bridge_times;
	p->updt_info = false;
	pim_disabled(s, p);
}

void stp_pim_forget(struct stp *s, struct stp_port *p)
{
	if (p->info_is == STP_INFO_RECEIVED)
		pim_aged(s, p);
}

bool stp_pim_step(struct stp *s, struct stp_port *p)
{
	if (!p->port_enabled && p->info_is != STP_INFO_DISABLED) {
		pim_disabled(s, p);
		return true;
	}
	switch (p->pim) {
	case PIM_DISABLED:
		if (!p->port_enabled && !p->rcvd_msg)
			return false;
		if (p->port_enabled)
			pim_aged(s, p);
		else
			pim_disabled(s, p);
		return true;
	case PIM_AGED:
		if (!p->selected || !p->updt_info)
			return false;
		pim_update(p);
		return true;
	case PIM_CURRENT:
		if (p->selected && p->updt_info)
			pim_update(p);
		else if (p->rcvd_msg && !p->updt_info)
			pim_receive(s, p);
		else if (p->info_is == STP_INFO_RECEIVED && p->rcvd_info_while == 0 &&
			 !p->updt_info)
			pim_aged(s, p);
		else
			return false;
		return true;
	}
	return false;
}

/* ---- Port Role Selection machine (17.28) ---- */

/* What the root could be reached by through this port (17.21.25 a); false: nothing is known. */
static bool root_path(const struct stp *s, const struct stp_port *p, struct stp_vec *v)
{
	if (p->info_is != STP_INFO_RECEIVED ||
	    STP_BRIDGE_MAC(p->port_priority.bridge) == STP_BRIDGE_MAC(s->bridge_id))
		return false;
	*v = p->port_priority;
	if (v->cost > UINT32_MAX - p->port_path_cost)
		v->cost = UINT32_MAX; /* no sum of real costs comes near */
	else
		v->cost += p->port_path_cost;
	return true;
}

/* 17.21.25 b and c: ports are walked in order of their numbers, but the identifier has the priority first. */
static void choose_root(struct stp *s)
{
	struct stp_vec v;

	s->root_port = STP_NO_PORT;
	s->root_priority = (struct stp_vec){.root = s->bridge_id, .bridge = s->bridge_id};
	s->root_times = s->bridge_times;
	stp_foreach_port (i, s) {
		const struct stp_port *p = s->port[i];
		int c;

		if (!root_path(s, p, &v))
			continue;
		c = vec_compare(&v, &s->root_priority);
		if (c > 0 ||
		    (c == 0 && (s->root_port < 0 || p->port_id > s->port[s->root_port]->port_id)))
			continue;
		s->root_port = (int)i;
		s->root_priority = v;
		s->root_times = p->port_times;
		s->root_times.message_age = aged_by_one(p->port_times.message_age);
	}
}

/* 17.21.25 f to l */
static void choose_role(const struct stp *s, struct stp_port *p)
{
	switch (p->info_is) {
	case STP_INFO_DISABLED:
		p->selected_role = STP_ROLE_DISABLED;
		return;
	case STP_INFO_AGED:
		p->updt_info = true;
		p->selected_role = STP_ROLE_DESIGNATED;
		return;
	case STP_INFO_MINE:
		p->updt_info = vec_compare(&p->port_priority, &p->designated_priority) != 0 ||
			       !times_equal(&p->port_times, &p->designated_times);
		p->selected_role = STP_ROLE_DESIGNATED;
		return;
	case STP_INFO_RECEIVED:
		break;
	}
	p->updt_info = false;
	if (s->root_port == (int)p->index) {
		p->selected_role = STP_ROLE_ROOT;
	} else if (vec_compare(&p->designated_priority, &p->port_priority) < 0) {
		p->selected_role = STP_ROLE_DESIGNATED;
		p->updt_info = true;
	} else if (STP_BRIDGE_MAC(p->port_priority.bridge) == STP_BRIDGE_MAC(s->bridge_id)) {
		p->selected_role = STP_ROLE_BACKUP;
	} else {
		p->selected_role = STP_ROLE_ALTERNATE;
	}
}

/* 17.21.25 */
static void updt_roles(struct stp *s)
{
	choose_root(s);
	stp_foreach_port (i, s) {
		struct stp_port *p = s->port[i];

		p->designated_priority = (struct stp_vec){.root = s->root_priority.root,
							  .cost = s->root_priority.cost,
							  .bridge = s->bridge_id,
							  .port = p->port_id};
		p->designated_times = s->root_times;
		p->designated_times.hello_time = s->bridge_times.hello_time;
		choose_role(s, p);
	}
}

/* Which root was known stays to be compared with what comes out. */
void stp_prs_begin(struct stp *s)
{
	stp_foreach_port (i, s) {
		s->port[i]->selected_role = STP_ROLE_DISABLED; /* updtRolesDisabled(), 17.21.24 */
		s->port[i]->reselect = true;
	}
	s->reselect = true;
}

/* ROLE_SELECTION, which is entered anew whenever a port has reselect. */
bool stp_prs_step(struct stp *s)
{
	uint64_t old_root = s->root_priority.root;
	int old_port = s->root_port;

	if (!s->reselect)
		return false;
	s->reselect = false;
	stp_foreach_port (i, s)
		s->port[i]->reselect = false; /* clearReselectTree(), 17.21.2 */
	updt_roles(s);
	stp_foreach_port (i, s)
		s->port[i]->selected =
			true; /* setSelectedTree(), 17.21.16: none has reselect now */
	if (s->root_priority.root != old_root || s->root_port != old_port) {
		struct stp_event ev = {.kind = STP_EVENT_ROOT,
				       .port = s->root_port,
				       .root = s->root_priority.root,
				       .old_root = old_root};

		stp_tell(s, &ev, &s->why);
	}
	s->synced_known = false;
	stp_wake_all(s);
	return true;
}
