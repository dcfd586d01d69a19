/* SPDX-License-Identifier: ISC */
/*
 * keeper.h - the first process of a lab: everything of the lab is in its namespaces, and ends with it.
 *
 * Its network namespace is where switchd makes its taps, in its mount namespace are the names of the hosts' namespaces
 * (/run/netns), so neither can meet what is outside or in another lab.  A plain user's lab is in a user namespace, too.
 */
#ifndef CLI_LAB_KEEPER_H
#define CLI_LAB_KEEPER_H

#include "lab/state.h"

/* Starts it, and writes it down.  0, or a status with *f filled. */
int keeper_start(struct lab_state *s, struct fail *f);

/*
 * This process, which has one thread, has the rights and the mounts of the lab from now on: names of hosts are found, and it may join their
 * namespaces.  It is in / then.  It stays in the network outside; the control socket is reached by its name.
 */
int keeper_enter(struct lab_state *s, struct fail *f);

/* Ends the lab: SIGTERM to all of it, and SIGKILL after a moment. */
int keeper_end(struct lab_state *s, struct fail *f);

#endif
