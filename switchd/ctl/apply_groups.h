/* SPDX-License-Identifier: ISC */
/*
 * apply_groups.h - static groups of a configuration, put into a switch and taken out; apply.c says when.
 */
#ifndef CTL_APPLY_GROUPS_H
#define CTL_APPLY_GROUPS_H

#include "ctl/config.h"
#include "port/port.h"

/* 0, or what sw_group_add() says. */
int apply_group(struct sw *sw, struct port *p, const struct static_group *g, struct err *e);

/* Where its port is gone it is, too. */
void unapply_group(struct sw *sw, const struct static_group *g);

/* Those that the configuration `s` has on a port, for a port that was made anew. */
void apply_groups_of(struct sw *sw, struct port *p, const struct switch_cfg *s);

#endif
