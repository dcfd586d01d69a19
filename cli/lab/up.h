/* SPDX-License-Identifier: ISC */
/*
 * up.h - makes what runs what the lab file says.
 *
 * There is one way, whether nothing runs yet, the file has changed, or something has died: what is there and as it should be stays, the rest
 * is ended or started.  So `up` twice does nothing the second time, and `up` after an accident mends.
 */
#ifndef CLI_LAB_UP_H
#define CLI_LAB_UP_H

#include "lab/model.h"
#include "lab/state.h"

/* What was done; of hosts and VMs how many. */
struct up_report {
	size_t hosts_started, hosts_changed, hosts_ended;
	size_t vms_started, vms_ended;
	const char *switchd; /* "started", "changed", "kept" */
	const char *uplinks; /* the same, or "ended" */
};

/* Told as it goes on: so many of so many; may be NULL. */
typedef void up_progress(void *arg, const char *what, size_t done, size_t all);

/*
 * s was opened for a change.  0, or a status with *f filled; a lab that did not run before does not then either, and of
 * one that did what could be done is done.  The person may stop it: s->stop_fd.
 */
int up_apply(struct lab_state *s, const struct lab *lab, struct up_report *report,
	     up_progress *progress, void *arg, struct fail *f);

#endif
