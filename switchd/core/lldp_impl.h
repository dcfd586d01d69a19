/* SPDX-License-Identifier: ISC */
/*
 * lldp_impl.h - the insides of the LLDP agent.  Only core/lldp*.c include it.
 */
#ifndef CORE_LLDP_IMPL_H
#define CORE_LLDP_IMPL_H

#include "core/lldp.h"

enum { LLDP_SECOND = 1000, LLDP_HEADER = 14 };

struct lldp_entry {
	struct lldp_entry *next;
	uint64_t first_ms, heard_ms, until_ms;
	uint16_t len;
	uint16_t msap_len; /* bytes of the first two TLVs, which tell it from others */
	uint8_t pdu[];
};

/* Clause 9.2.8; TX_INFO_FRAME is left as soon as it is entered. */
enum tx_state {
	TX_INITIALIZE,
	TX_IDLE,
	TX_SHUTDOWN,
};

struct lldp_port {
	struct lldp_port_cfg cfg;
	struct lldp_stats stats;
	bool up;

	enum tx_state tx;
	bool local_change, new_neighbor, tx_now;
	uint8_t fast, credit;
	uint64_t due_ms;    /* when txTTR is 0 */
	uint64_t credit_ms; /* up to when credits were given */
	uint64_t again_ms;  /* TX_SHUTDOWN: until then it is silent */

	struct lldp_entry *neighbors; /* in the order they came */
	unsigned count;
	uint64_t too_many_ms; /* tooManyNeighbors until then */
};

struct lldp {
	struct lldp_cfg cfg;
	struct lldp_out out;
	struct lldp_port *port[PORTSET_MAX];
	unsigned end;	    /* no port is at or above this */
	unsigned tick_from; /* where the next tick begins */
};

static inline struct lldp_port *lldp_port_at(const struct lldp *l, unsigned port)
{
	return port < PORTSET_MAX ? l->port[port] : NULL;
}

static inline bool lldp_may_receive(const struct lldp_port *p)
{
	return p && p->up && (p->cfg.mode & LLDP_RX);
}

/* ---- lldp_rx.c ---- */

void lldp_fill(const struct lldp_entry *n, unsigned port, uint64_t now_ms,
	       struct lldp_neighbor *out);
void lldp_forget_all(struct lldp *l, unsigned port, uint64_t now_ms);
void lldp_age(struct lldp *l, unsigned port, uint64_t now_ms);

/* ---- lldp_tx.c ---- */

/* One step of the transmit machine.  True: it sent a frame. */
bool lldp_run_tx(struct lldp *l, unsigned port, uint64_t now_ms);

/* Tells the neighbours to forget the port as it was known to them up to now, if it was. */
void lldp_say_goodbye(struct lldp *l, unsigned port);

#endif
