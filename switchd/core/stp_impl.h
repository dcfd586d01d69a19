/* SPDX-License-Identifier: ISC */
/*
 * stp_impl.h - what the files of the spanning tree share: its variables and how its machines meet.
 *
 * Variables have the names that IEEE 802.1D-2004 gives them in 17.17 to 17.20, spelled our way.  Each
 * machine has a *_begin(), for its state after BEGIN, and a *_step(), which makes at most one
 * transition and says whether it did.  stp_run() calls the steps until all is quiet.
 */
#ifndef CORE_STP_IMPL_H
#define CORE_STP_IMPL_H

#include "core/stp.h"
#include "core/stp_bpdu.h"
#include "util/portset.h"

enum {
	STP_MIGRATE_TIME = 3, /* table 17-1, seconds */
	STP_PORT_NUMBER = 0x0fff,
};

enum stp_info_is { STP_INFO_DISABLED, STP_INFO_AGED, STP_INFO_MINE, STP_INFO_RECEIVED };

/* What rcv_info() finds (17.21.8). */
enum stp_rcvd_info {
	STP_OTHER_INFO,
	STP_SUPERIOR_DESIGNATED,
	STP_REPEATED_DESIGNATED,
	STP_INFERIOR_DESIGNATED,
	STP_INFERIOR_ROOT_ALTERNATE,
};

/* What a run of the machines is about, for the events. */
struct stp_why {
	enum stp_cause cause;
	int port;
	uint64_t bridge;
};

struct stp_port {
	unsigned index;
	struct stp_port_cfg cfg;
	uint16_t port_id;

	/* ---- the link ---- */
	bool link_up;
	bool full_duplex;
	uint32_t speed_mbit;
	bool shut;		      /* by BPDU guard */
	bool port_enabled;	      /* link_up and not shut */
	bool oper_point_to_point_mac; /* 6.4.3 */
	uint32_t port_path_cost;

	/* ---- timers, in seconds (17.17) ---- */
	uint32_t edge_delay_while, fd_while, hello_when, mdelay_while;
	uint32_t rb_while, rcvd_info_while, rr_while, tc_while;
	/* and ours */
	uint32_t shut_while;	     /* guard_recovery_s */
	uint32_t inconsistent_while; /* root guard; not 0 = root-inconsistent */
	uint32_t tc_told_while;	     /* not 0: of this topology change an event was raised */

	/* ---- variables (17.19) ---- */
	bool agree, agreed, disputed, proposed, proposing;
	bool fdb_flush, forward, forwarding, learn, learning;
	bool mcheck, new_info, oper_edge;
	bool rcvd_bpdu, rcvd_msg, rcvd_rstp, rcvd_stp, rcvd_tc, rcvd_tc_ack, rcvd_tcn;
	bool re_root, reselect, selected, send_rstp, sync, synced;
	bool tc_ack, tc_prop, updt_info;
	enum stp_info_is info_is;
	enum stp_rcvd_info rcvd_info;
	enum stp_role role, selected_role;
	uint32_t tx_count;
	struct stp_vec designated_priority, msg_priority, port_priority;
	struct stp_times designated_times, msg_times, port_times;
	struct stp_bpdu bpdu; /* the one that rcvd_bpdu and rcvd_msg are about */

	/* ---- where the machines are ---- */
	enum { PRX_DISCARD, PRX_RECEIVE } prx;
	enum { PPM_CHECKING_RSTP, PPM_SELECTING_STP, PPM_SENSING } ppm;
	enum { BDM_EDGE, BDM_NOT_EDGE } bdm;
	enum { PTX_TRANSMIT_INIT, PTX_IDLE } ptx;
	enum { PIM_DISABLED, PIM_AGED, PIM_CURRENT } pim;
	enum {
		PRT_DISABLE_PORT,
		PRT_DISABLED_PORT,
		PRT_ROOT,
		PRT_DESIGNATED,
		PRT_BLOCK_PORT,
		PRT_ALTERNATE
	} prt;
	enum { PST_DISCARDING, PST_LEARNING, PST_FORWARDING } pst;
	enum { TCM_INACTIVE, TCM_LEARNING, TCM_ACTIVE } tcm;

	/* ---- for those who look ---- */
	struct stp_why state_why; /* what the port transition machine wanted last, and why */
	uint64_t state_since;	  /* in ticks of the bridge */
	uint64_t forward_transitions;
	uint64_t tx_config, tx_rst, tx_tcn;
	uint64_t rx_config, rx_rst, rx_tcn, rx_bad, rx_other;
};

struct stp {
	struct stp_cfg cfg;
	struct stp_out out;
	uint64_t mac;
	uint64_t bridge_id;	       /* BridgeIdentifier, 17.18.2 */
	struct stp_times bridge_times; /* 17.18.4 */
	struct stp_vec root_priority;  /* 17.18.6 */
	struct stp_times root_times;   /* 17.18.7 */
	int root_port; /* index, in the place of rootPortId; STP_NO_PORT = this is the root */

	struct stp_port *port[STP_PORTS_MAX];
	unsigned count;
	unsigned words;		/* of the sets that are in use */
	struct portset ports;	/* those there are */
	struct portset todo;	/* whose machines may have something to do */
	struct portset visited; /* of this run: may have something to send */
	bool reselect;		/* of any port */
	bool synced_known;	/* all_synced holds */
	bool all_synced;

	struct stp_why why; /* what the run is about */
	uint64_t ticks;
	uint64_t tc_count;
	uint64_t tc_last; /* in ticks */
	int tc_port;
	uint64_t overruns;
};

#define stp_foreach_port(i, s) portset_foreach (i, &(s)->ports, (s)->words)

static inline bool stp_rstp_version(const struct stp *s)
{
	return s->cfg.version >= STP_VERSION_RSTP; /* 17.20.11 */
}

/* Whole seconds; what is begun counts. */
static inline uint32_t stp_secs(uint16_t t)
{
	return ((uint32_t)t + STP_SECOND - 1) / STP_SECOND;
}

/* ---- conditions (17.20) ---- */

static inline uint32_t stp_fwd_delay(const struct stp_port *p)
{
	return stp_secs(p->designated_times.forward_delay);
}

static inline uint32_t stp_hello_time(const struct stp_port *p)
{
	return stp_secs(p->designated_times.hello_time);
}

static inline uint32_t stp_max_age(const struct stp_port *p)
{
	return stp_secs(p->designated_times.max_age);
}

/* forwardDelay, the other one (17.20.5) */
static inline uint32_t stp_forward_delay(const struct stp_port *p)
{
	return p->send_rstp ? stp_hello_time(p) : stp_fwd_delay(p);
}

/* The qualifier of nearly all transitions of 17.26, 17.27 and 17.29. */
static inline bool stp_settled(const struct stp_port *p)
{
	return p->selected && !p->updt_info;
}

/* ---- stp.c ---- */

/* Every port is to be looked at (again): something changed that conditions of others ask for. */
void stp_wake_all(struct stp *s);
/* This one is. */
void stp_wake(struct stp *s, const struct stp_port *p);
/* Says what the run that follows is about. */
void stp_because(struct stp *s, enum stp_cause cause, int port, uint64_t bridge);
/* Runs the machines of all that is awake to their rest, and sends what there is to send. */
void stp_run(struct stp *s);
/* BEGIN, for one port. */
void stp_begin_port(struct stp *s, struct stp_port *p);
/* The port information machine wants roles to be selected anew. */
void stp_reselect(struct stp *s, struct stp_port *p);
/* Fills the cause of *ev from w and tells it. */
void stp_tell(struct stp *s, struct stp_event *ev, const struct stp_why *w);
void stp_tell_port(struct stp *s, const struct stp_port *p, enum stp_event_kind kind,
		   const struct stp_why *w);
enum stp_state stp_state_of(const struct stp_port *p);

/* ---- stp_port.c ---- */

/* A second went by. */
void stp_tick_guards(struct stp *s, struct stp_port *p);

/* ---- stp_pis.c: Port Information (17.27) and Port Role Selection (17.28) ---- */

void stp_pim_begin(struct stp *s, struct stp_port *p);
bool stp_pim_step(struct stp *s, struct stp_port *p);
void stp_prs_begin(struct stp *s);
bool stp_prs_step(struct stp *s);
/* What was received and is recorded counts no more. */
void stp_pim_forget(struct stp *s, struct stp_port *p);

/* ---- stp_prt.c: Port Role Transitions (17.29) ---- */

void stp_prt_begin(struct stp *s, struct stp_port *p);
bool stp_prt_step(struct stp *s, struct stp_port *p);

/* ---- stp_machines.c: the others ---- */

void stp_pti_tick(struct stp_port *p);
void stp_small_begin(struct stp *s, struct stp_port *p);
bool stp_prx_step(struct stp *s, struct stp_port *p);
bool stp_ppm_step(struct stp *s, struct stp_port *p);
bool stp_bdm_step(struct stp *s, struct stp_port *p);
bool stp_pst_step(struct stp *s, struct stp_port *p);
bool stp_tcm_step(struct stp *s, struct stp_port *p);
bool stp_ptx_step(struct stp *s, struct stp_port *p);

#endif
