/* SPDX-License-Identifier: ISC */
/*
 * vde.h - clients of VDE, as vde_switch(1) takes them.
 *
 * vde.c is the port that listens in a directory; vde_door.c lets clients in, or not; vde_peer.c carries
 * the frames of one that is in, and is a port of its own (port/listener.h); vde_files.c is what all of them
 * do in the file system, in threads.
 */
#ifndef PORT_VDE_H
#define PORT_VDE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/vde.h"
#include "port/poller.h"
#include "port/port.h"
#include "port/sockpath.h"
#include "port/unix_tx.h"

extern const struct port_ops vde_ops;

/* Somebody who has connected to DIR/ctl, and whose request has not come yet. */
struct vde_caller {
	struct vde *door;
	struct source source;
	uint64_t since_ms;
	pid_t pid;
	uid_t uid;
	size_t len;
	uint8_t bytes[VDE_REQUEST_MAX];
};

enum { VDE_CALLERS_MAX = 64 };

struct vde {
	struct port port;

	/* of the port that listens; a descriptor is -1 where there is none */
	struct source ctl; /* DIR/ctl; also of a peer: its connection to that */
	struct sockpath ctl_path;
	bool made_dir;
	bool full;				    /* nobody is accepted before the next tick */
	struct vde_caller *caller[VDE_CALLERS_MAX]; /* oldest first */
	unsigned callers;

	/* of a peer */
	struct unix_tx tx; /* its data socket, which frames come from too */
	struct sockpath data_path;
	char who[PEER_SIZE];
};

static inline struct vde *vde_of(struct port *p)
{
	return (struct vde *)p;
}

/* ---- vde_files.c: for datapath_await() ---- */

struct vde_dir_job {
	const struct vde_cfg *cfg;
	struct err *e;
	struct sockpath *ctl; /* DIR/ctl */
	bool *made;	      /* the directory is ours */
	int fd;		      /* out: the socket that listens */
};

/* Makes the directory where it is missing, and a socket that listens in it.  0, or -errno with *e. */
int vde_dir_open(void *job);

/* Gives both the rights of another cfg; on an error they have what they had. */
int vde_dir_change(void *job);

struct vde_data_job {
	const struct vde_cfg *cfg;
	const struct vde_request *request;
	struct err *e;
	uid_t uid;
	unsigned number;       /* vde_data_bind(): of the port */
	struct sockpath *path; /* the name made by it */
	int fd;		       /* out of vde_data_connect() */
};

/* A data socket that is connected to the client's, which has to be one of his own. */
int vde_data_connect(void *job);

/* Its name, for the client. */
int vde_data_bind(void *job);

/* ---- vde_door.c ---- */

/* Lets clients in from now on; the socket is there.  On an error nothing is watched. */
int vde_door_open(struct vde *v, int fd, struct err *e);

/* About once a second while it is open: who says nothing is sent away, and a deleted name is noticed. */
void vde_door_tick(struct vde *v);

/* Hangs up on those who wait at the door, and stops listening. */
void vde_door_close(struct vde *v);

/* ---- vde_peer.c ---- */

/* Gives the new port its connection; fds are its own from now on.  On an error it is to be freed. */
int vde_peer_open(struct vde *peer, int ctl, int data, struct err *e);
void vde_peer_close(struct vde *peer);

/* port_ops.flush */
void vde_flush(struct port *p);

#endif
