/* SPDX-License-Identifier: ISC */
/*
 * stp_machines.c - the smaller state machines of IEEE 802.1D-2004: Port Timers (17.22), Port Receive
 * (17.23), Port Protocol Migration (17.24), Bridge Detection (17.25), Port Transmit (17.26), Port
 * State Transition (17.30) and Topology Change (17.31).
 */
#include "core/stp_impl.h"

/* ---- Port Timers (17.22) ---- */

static void count_down(uint32_t *timer)
{
	if (*timer)
		(*timer)--;
}

void stp_pti_tick(struct stp_port *p)
{
	count_down(&p->hello_when);
	count_down(&p->tc_while);
	count_down(&p->fd_while);
	count_down(&p->rcvd_info_while);
	count_down(&p->rr_while);
	count_down(&p->rb_while);
	count_down(&p->mdelay_while);
	count_down(&p->edge_delay_while);
	count_down(&p->tx_count);
	count_down(&p->tc_told_while);
}

/* ---- Port Receive (17.23) ---- */

static void prx_discard(struct stp_port *p)
{
	p->rcvd_bpdu = p->rcvd_rstp = p->rcvd_stp = false;
	p->rcvd_msg = false;
	p->edge_delay_while = STP_MIGRATE_TIME;
	p->prx = PRX_DISCARD;
}

bool stp_prx_step(struct stp *s, struct stp_port *p)
{
	if (!p->port_enabled) {
		if (!p->rcvd_bpdu && p->edge_delay_while == STP_MIGRATE_TIME)
			return false;
		prx_discard(p);
		return true;
	}
	if (!p->rcvd_bpdu || (p->prx == PRX_RECEIVE && p->rcvd_msg))
		return false;
	/* updtBPDUVersion(), 17.21.22; Config and TCN BPDUs are taken as of version 0 (802.1Q-2018: 14.4) */
	if (p->bpdu.type == STP_BPDU_RST)
		p->rcvd_rstp = true;
	else
		p->rcvd_stp = true;
	p->oper_edge = p->rcvd_bpdu = false;
	p->rcvd_msg = true;
	p->edge_delay_while = STP_MIGRATE_TIME;
	p->prx = PRX_RECEIVE;
	return true;
}

/* ---- Port Protocol Migration (17.24) ---- */

static void speak(struct stp *s, struct stp_port *p, bool rstp)
{
	if (p->send_rstp != rstp && p->port_enabled)
		stp_tell_port(s, p, rstp ? STP_EVENT_TO_RSTP : STP_EVENT_TO_STP, &s->why);
	p->send_rstp = rstp;
	p->mdelay_while = STP_MIGRATE_TIME;
}

static void ppm_checking_rstp(struct stp *s, struct stp_port *p)
{
	p->mcheck = false;
	speak(s, p, stp_rstp_version(s));
	p->ppm = PPM_CHECKING_RSTP;
}

static void ppm_sensing(struct stp_port *p)
{
	p->rcvd_rstp = p->rcvd_stp = false;
	p->ppm = PPM_SENSING;
}

bool stp_ppm_step(struct stp *s, struct stp_port *p)
{
	switch (p->ppm) {
	case PPM_CHECKING_RSTP:
		if (p->mdelay_while == 0)
			ppm_sensing(p);
		else if (p->mdelay_while != STP_MIGRATE_TIME && !p->port_enabled)
			ppm_checking_rstp(s, p);
		else
			return false;
		return true;
	case PPM_SELECTING_STP:
		if (p->mdelay_while != 0 && p->port_enabled && !p->mcheck)
			return false;
		ppm_sensing(p);
		return true;
	case PPM_SENSING:
		if (!p->port_enabled || p->mcheck ||
		    (stp_rstp_version(s) && !p->send_rstp && p->rcvd_rstp)) {
			ppm_checking_rstp(s, p);
		} else if (p->send_rstp && p->rcvd_stp) {
			speak(s, p, false);
			p->ppm = PPM_SELECTING_STP;
		} else {
			return false;
		}
		return true;
	}
	return false;
}

/* ---- Bridge Detection (17.25) ---- */

static void bdm_set(struct stp_port *p, bool edge)
{
	p->oper_edge = edge;
	p->bdm = edge ? BDM_EDGE : BDM_NOT_EDGE;
}

bool stp_bdm_step(struct stp *s, struct stp_port *p)
{
	if (p->bdm == BDM_EDGE) {
		if (p->oper_edge && (p->port_enabled || p->cfg.admin_edge))
			return false;
		bdm_set(p, false);
		return true;
	}
	if ((!p->port_enabled && p->cfg.admin_edge) ||
	    (p->edge_delay_while == 0 && p->cfg.auto_edge && p->send_rstp && p->proposing &&
	     !p->inconsistent_while)) {
		bdm_set(p, true);
		return true;
	}
	return false;
}

/* ---- Port State Transition (17.30) ---- */

static void pst_enter(struct stp *s, struct stp_port *p, enum stp_state st)
{
	struct stp_event ev = {.kind = STP_EVENT_STATE,
			       .port = (int)p->index,
			       .state = st,
			       .old_state = stp_state_of(p)};

	p->pst = st == STP_STATE_FORWARDING ? PST_FORWARDING
		 : st == STP_STATE_LEARNING ? PST_LEARNING
					    : PST_DISCARDING;
	p->learning = st != STP_STATE_DISCARDING;
	p->forwarding = st == STP_STATE_FORWARDING;
	p->forward_transitions += p->forwarding;
	p->state_since = s->ticks;
	s->out.state(s->out.arg, p->index, p->learning, p->forwarding);
	stp_tell(s, &ev, &p->state_why);
}

bool stp_pst_step(struct stp *s, struct stp_port *p)
{
	switch (p->pst) {
	case PST_DISCARDING:
		if (!p->learn)
			return false;
		pst_enter(s, p, STP_STATE_LEARNING);
		return true;
	case PST_LEARNING:
		if (!p->learn)
			pst_enter(s, p, STP_STATE_DISCARDING);
		else if (p->forward)
			pst_enter(s, p, STP_STATE_FORWARDING);
		else
			return false;
		return true;
	case PST_FORWARDING:
		if (p->forward)
			return false;
		pst_enter(s, p, STP_STATE_DISCARDING);
		return true;
	}
	return false;
}

/* ---- Topology Change (17.31) ---- */

static bool is_root_or_designated(const struct stp_port *p)
{
	return p->role == STP_ROLE_ROOT || p->role == STP_ROLE_DESIGNATED;
}

/* fdbFlush is set and, because forgetting takes no time here, done with (17.19.7). */
static void tcm_flush(struct stp *s, struct stp_port *p)
{
	s->out.flush(s->out.arg, p->index);
}

/* 17.21.7 */
static void new_tc_while(struct stp *s, struct stp_port *p)
{
	if (p->tc_while != 0)
		return;
	if (p->send_rstp) {
		p->tc_while = stp_hello_time(p) + 1;
		p->new_info = true;
	} else {
		p->tc_while =
			stp_secs(s->root_times.max_age) + stp_secs(s->root_times.forward_delay);
	}
}

/* 17.21.18 */
static void set_tc_prop_tree(struct stp *s, const struct stp_port *p)
{
	stp_foreach_port (i, s)
		if (i != p->index)
			s->port[i]->tc_prop = true;
	stp_wake_all(s);
}

/* For those who look: once for each change, although it is heard of with every hello for a while. */
static void tell_topology(struct stp *s, struct stp_port *p)
{
	bool told = p->tc_told_while != 0;

	p->tc_told_while = stp_secs(s->root_times.hello_time) + 2;
	if (told)
		return;
	s->tc_count++;
	s->tc_last = s->ticks;
	s->tc_port = (int)p->index;
	stp_tell_port(s, p, STP_EVENT_TOPOLOGY, &s->why);
}

static void tcm_inactive(struct stp *s, struct stp_port *p)
{
	p->tc_while = 0;
	p->tc_ack = false;
	p->tcm = TCM_INACTIVE;
	tcm_flush(s, p);
}

static void tcm_learning(struct stp_port *p)
{
	p->rcvd_tc = p->rcvd_tcn = p->rcvd_tc_ack = p->tc_prop = false;
	p->tcm = TCM_LEARNING;
}

static void tcm_detected(struct stp *s, struct stp_port *p)
{
	new_tc_while(s, p);
	set_tc_prop_tree(s, p);
	p->new_info = true;
	p->tcm = TCM_ACTIVE;
	p->tc_told_while = 0;
	tell_topology(s, p);
}

/* NOTIFIED_TCN and NOTIFIED_TC */
static void tcm_notified(struct stp *s, struct stp_port *p)
{
	if (p->rcvd_tcn)
		new_tc_while(s, p);
	if (p->role == STP_ROLE_DESIGNATED)
		p->tc_ack = true;
	p->rcvd_tcn = p->rcvd_tc = false;
	set_tc_prop_tree(s, p);
	tell_topology(s, p);
}

static bool tcm_learning_step(struct stp *s, struct stp_port *p)
{
	bool heard = p->rcvd_tc || p->rcvd_tcn || p->rcvd_tc_ack || p->tc_prop;

	if (is_root_or_designated(p) && p->forward && !p->oper_edge)
		tcm_detected(s, p);
	else if (heard)
		tcm_learning(p);
	else if (!is_root_or_designated(p) && !p->learn && !p->learning)
		tcm_inactive(s, p);
	else
		return false;
	return true;
}

static bool tcm_active_step(struct stp *s, struct stp_port *p)
{
	if (!is_root_or_designated(p) || p->oper_edge) {
		tcm_learning(p);
	} else if (p->rcvd_tcn || p->rcvd_tc) {
		tcm_notified(s, p);
	} else if (p->tc_prop) { /* PROPAGATING */
		new_tc_while(s, p);
		p->tc_prop = false;
		tcm_flush(s, p);
	} else if (p->rcvd_tc_ack) { /* ACKNOWLEDGED */
		p->tc_while = 0;
		p->rcvd_tc_ack = false;
	} else {
		return false;
	}
	return true;
}

bool stp_tcm_step(struct stp *s, struct stp_port *p)
{
	switch (p->tcm) {
	case TCM_INACTIVE:
		if (!p->learn)
			return false;
		tcm_learning(p);
		return true;
	case TCM_LEARNING:
		return tcm_learning_step(s, p);
	case TCM_ACTIVE:
		return tcm_active_step(s, p);
	}
	return false;
}

/* ---- Port Transmit (17.26) ---- */

static void transmit(struct stp *s, struct stp_port *p, const struct stp_bpdu *b)
{
	uint8_t frame[STP_FRAME_SIZE];

	stp_bpdu_make(b, frame);
	p->new_info = false;
	p->tx_count++;
	s->out.send(s->out.arg, p->index, frame, sizeof(frame));
}

/* txTcn(), 17.21.21 */
static void tx_tcn(struct stp *s, struct stp_port *p)
{
	const struct stp_bpdu b = {.type = STP_BPDU_TCN, .src = s->mac};

	p->tx_tcn++;
	transmit(s, p, &b);
}

/* txConfig(), 17.21.19 */
static void tx_config(struct stp *s, struct stp_port *p)
{
	const struct stp_bpdu b = {
		.type = STP_BPDU_CONFIG,
		.src = s->mac,
		.tc = p->tc_while != 0,
		.tc_ack = p->tc_ack,
		.vec = p->designated_priority,
		.times = p->designated_times,
	};

	p->tx_config++;
	p->tc_ack = false;
	transmit(s, p, &b);
}

/* txRstp(), 17.21.20 */
static void tx_rstp(struct stp *s, struct stp_port *p)
{
	struct stp_bpdu b = {
		.type = STP_BPDU_RST,
		.src = s->mac,
		.tc = p->tc_while != 0,
		.proposal = p->proposing,
		.agreement = p->agree,
		.learning = p->learning,
		.forwarding = p->forwarding,
		.role = STP_BPDU_ALTERNATE,
		.vec = p->designated_priority,
		.times = p->designated_times,
	};

	if (p->role == STP_ROLE_ROOT)
		b.role = STP_BPDU_ROOT;
	else if (p->role == STP_ROLE_DESIGNATED)
		b.role = STP_BPDU_DESIGNATED;
	p->tx_rst++;
	p->tc_ack = false;
	transmit(s, p, &b);
}

/* helloWhen is not 0 here: the periodic transmission goes first. */
static bool ptx_send(struct stp *s, struct stp_port *p)
{
	if (!p->new_info || p->tx_count >= s->cfg.tx_hold_count || p->role == STP_ROLE_DISABLED)
		return false;
	if (p->send_rstp) {
		tx_rstp(s, p);
	} else if (p->role == STP_ROLE_DESIGNATED) {
		tx_config(s, p);
	} else if (p->role == STP_ROLE_ROOT) {
		tx_tcn(s, p);
	} else {
		return false;
	}
	return true;
}

/*
 * As in 802.1Q-2018 (13.34) a port that may not send waits in TRANSMIT_INIT, so that nothing is kept for
 * later from a link that is gone.
 */
bool stp_ptx_step(struct stp *s, struct stp_port *p)
{
	bool may = p->port_enabled && !p->cfg.bpdu_filter;

	if (p->ptx == PTX_TRANSMIT_INIT) {
		if (!may)
			return false;
		p->new_info = true;
		p->tx_count = 0;
		p->ptx = PTX_IDLE;
		p->hello_when = stp_hello_time(p);
		return true;
	}
	if (!may) {
		p->ptx = PTX_TRANSMIT_INIT;
		return true;
	}
	if (!stp_settled(p))
		return false;
	if (p->hello_when == 0) /* TRANSMIT_PERIODIC */
		p->new_info = p->new_info || p->role == STP_ROLE_DESIGNATED ||
			      (p->role == STP_ROLE_ROOT && p->tc_while != 0);
	else if (!ptx_send(s, p))
		return false;
	p->hello_when = stp_hello_time(p); /* IDLE */
	return true;
}

/* ---- all of them ---- */

void stp_small_begin(struct stp *s, struct stp_port *p)
{
	prx_discard(p);
	ppm_checking_rstp(s, p);
	bdm_set(p, p->cfg.admin_edge);
	p->learn = p->forward = false;
	if (stp_state_of(p) != STP_STATE_DISCARDING)
		pst_enter(s, p, STP_STATE_DISCARDING);
	p->rcvd_tc = p->rcvd_tcn = p->rcvd_tc_ack = p->tc_prop = false;
	tcm_inactive(s, p);
	p->ptx = PTX_TRANSMIT_INIT;
}
