/* SPDX-License-Identifier: ISC */
/*
 * apply.h - making what runs be what a configuration says, by changing only what differs.
 */
#ifndef CTL_APPLY_H
#define CTL_APPLY_H

#include <jansson.h>

#include "ctl/config.h"
#include "port/datapath.h"

/*
 * All of this lets frames flow while it is at work (datapath_breathe()).
 *
 * What runs, as a configuration; static addresses in order.  `daemon` is the part that is not in
 * the datapath.  The caller frees *out.  0, or -ENOMEM.
 */
int config_of_running(struct datapath *dp, const struct daemon_cfg *daemon, struct config *out);

/*
 * Carries out the difference between what runs and `want`: everything, or, when a step fails,
 * nothing, with *e saying which step and why.  Ports that do not differ are not touched.
 *
 * Steps that can fail come first and can be undone; ports and switches are removed last.  The one
 * exception: a port whose device a new port is to have is removed before, and made again if it
 * comes to undoing; its device, if it was not persistent, is then a new one.
 *
 * *changes, if not NULL, becomes the list of what was done (a new reference).
 */
int config_apply(struct datapath *dp, struct daemon_cfg *daemon, const struct config *want,
		 json_t **changes, struct err *e);

#endif
