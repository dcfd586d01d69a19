/* SPDX-License-Identifier: ISC */
/*
 * host.h - a host of a lab: a first process with namespaces of its own, and what the lab file says of it.
 *
 * It sees the file system of the machine, but for what a host has to itself: /run is empty, /proc and /sys are its own, /etc/hosts
 * names all hosts of the lab, and each folder in which the lab file puts a file is covered by an overlay, so that nothing that is written there
 * reaches the machine.
 *
 * All functions are called in the lab (keeper_enter()).
 */
#ifndef CLI_LAB_HOST_H
#define CLI_LAB_HOST_H

#include <sched.h>

#include "lab/born.h"
#include "lab/model.h"
#include "lab/state.h"

/* Those it has to itself; of a plain user's lab the user namespace is the lab's. */
#define HOST_NAMESPACES (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC)

/* Of a host that is being started. */
struct host_start {
	const struct lab_state *lab;
	const struct lab_host *host;
	struct born born;
};

/* Starts its first process; and waits until that is ready and gives its namespace a name.  0, or a status with *f filled. */
int host_start(struct host_start *h, struct fail *f);
int host_await(struct host_start *h, struct fail *f);

/*
 * Runs a command of the lab file in the background, in the folder `dir`; what it says is in DIR/host-NAME.log, which the
 * first one begins anew.
 */
int host_command(const struct lab_state *s, const char *host, const char *command, const char *dir,
		 bool first, struct fail *f);

/* Takes its name away, and ends it. */
int host_end(const struct lab_state *s, const char *name, struct fail *f);

/* /etc/hosts of all hosts: written anew, where it lies, when the lab changes. */
int host_names_write(const struct lab_state *s, const struct lab *lab, struct fail *f);

/*
 * In the host, before a program is run: takes out of the environment what names things that only the machine has, as the folder of the
 * user's session; and a TMPDIR that is not there.
 */
void host_environment(void);

/*
 * In the host, when its interfaces are there: its addresses, routes and sysctls are those of the lab file from now on.  0 or -errno with *e filled.
 */
int host_configure(const struct lab_host *host, struct err *e);

/* In the host's new namespaces, before anything else (host_files.c): its files.  0 or -errno with *e filled. */
int host_files(const struct lab_host *host, struct err *e);

/* Writes a file of /proc/sys that stands for a key with dots or slashes. */
int host_sysctl(const char *key, const char *value, struct err *e);

#endif
