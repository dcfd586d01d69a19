/* SPDX-License-Identifier: ISC */
#include "core/trap.h"

#include "core/sw_lldp.h"
#include "core/sw_loop.h"
#include "core/sw_stp.h"

/* The Bridge Group Address, 802.1Q-2018 table 8-1. */
#define BRIDGE_GROUP UINT64_C(0x0180c2000000)

enum trap trap_wants(const struct sw *sw, const struct sw_port *in, const struct frame *f)
{
	if (sw->stp && f->dst == BRIDGE_GROUP && !f->tags) /* BPDUs have none */
		return TRAP_STP;
	if (sw->lldp && sw_lldp_wants(in, f))
		return TRAP_LLDP;
	if (sw->loop.guard && f->dst == LOOP_GROUP && sw_loop_wants(in, f))
		return TRAP_LOOP;
	return TRAP_NONE;
}

enum drop trap_judge(const struct sw_port *in, const struct frame *f, enum trap to, uint64_t now_ms)
{
	const struct sw *sw = in->sw;

	switch (to) {
	case TRAP_STP:
		return sw_stp_judge(in, f, now_ms);
	case TRAP_LLDP:
		return lldp_judge(sw_lldp_agent(sw), in->index, f->data, f->len);
	case TRAP_LOOP:
		return loopguard_judge(sw->loop.guard, f->data, f->len, now_ms);
	case TRAP_SNOOP:
	case TRAP_NONE:
	case TRAP_COUNT:
		break;
	}
	return DROP_NONE;
}

enum drop trap_receive(struct sw *sw, struct sw_port *in, const struct frame *f, enum trap to,
		       uint64_t now_ms)
{
	switch (to) {
	case TRAP_STP:
		return sw_stp_receive(in, f, now_ms);
	case TRAP_LLDP:
		return sw_lldp_receive(in, f, now_ms);
	case TRAP_LOOP:
		return loopguard_receive(sw->loop.guard, in->index, f->data, f->len, now_ms);
	case TRAP_SNOOP: /* it goes the way of data: decide_impl.h */
	case TRAP_NONE:
	case TRAP_COUNT:
		break;
	}
	return DROP_NONE;
}
