/* SPDX-License-Identifier: ISC */
/*
 * apply_bindings.h - static bindings of a configuration, put into a switch and taken out; apply.c says when.
 */
#ifndef CTL_APPLY_BINDINGS_H
#define CTL_APPLY_BINDINGS_H

#include "ctl/config.h"
#include "port/datapath.h"
#include "port/port.h"

/* 0, or what sw_guard_bind() says. */
int apply_binding(struct datapath *dp, struct sw *sw, struct port *p,
		  const struct static_binding *b, struct err *e);

/* Where its port is gone it is, too. */
void unapply_binding(struct sw *sw, const struct static_binding *b);

/* Those that the configuration `s` has on a port, for a port that was made anew. */
void apply_bindings_of(struct datapath *dp, struct sw *sw, struct port *p,
		       const struct switch_cfg *s);

#endif
