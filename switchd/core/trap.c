/* SPDX-License-Identifier: ISC */
#include "core/trap.h"

enum trap trap_wants(const struct sw *sw, const struct sw_port *in, const struct frame *f)
{
	(void)sw;
	(void)in;
	(void)f;
	return TRAP_NONE;
}

enum drop trap_receive(struct sw *sw, struct sw_port *in, const struct frame *f, enum trap to,
		       uint64_t now_ms)
{
	(void)sw;
	(void)in;
	(void)f;
	(void)now_ms;
	switch (to) {
	case TRAP_NONE:
	case TRAP_COUNT:
		break;
	}
	return DROP_NONE;
}
