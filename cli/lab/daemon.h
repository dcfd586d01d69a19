/* SPDX-License-Identifier: ISC */
/*
 * daemon.h - the switchd of a lab, and the one that leads out.
 *
 * All functions are called in the lab (keeper_enter()), which this process is in but for its network: the second switchd
 * stays in the network outside.
 */
#ifndef CLI_LAB_DAEMON_H
#define CLI_LAB_DAEMON_H

#include "lab/model.h"
#include "lab/state.h"

/*
 * Sees to it that the switchd of the lab runs as the file says: starts it, or applies what is different.  The namespaces that
 * its taps are put in are there already.  *what says what was done: "started", "changed", "kept".  0, or a status with *f filled.
 */
int daemon_apply(struct lab_state *s, const struct lab *lab, const char **what, struct fail *f);

/* The same for uplinks; without any, ends what leads out, and *what may be "ended". */
int daemon_apply_uplinks(struct lab_state *s, const struct lab *lab, const char **what,
			 struct fail *f);

/* Asks the lab's switchd; takes over params.  NULL with *f filled. */
json_t *daemon_call(const struct lab_state *s, const char *method, json_t *params, struct fail *f);

#endif
