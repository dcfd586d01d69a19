/* SPDX-License-Identifier: ISC */
/*
 * patch.h - ports that are one end of a cable between two switches of this daemon.
 */
#ifndef PORT_PATCH_H
#define PORT_PATCH_H

#include "port/poller.h"
#include "port/port.h"
#include "util/ring.h"

extern const struct port_ops patch_ops;

struct patch {
	struct port port;
	struct patch *peer; /* the other end, which has us as its peer; NULL = not joined */
	struct ring in;	    /* frames for our switch, with their offload headers in front */
	unsigned batch;	    /* frames to decide at once; 0 = nothing known yet */
	int fd;		    /* eventfd: readable while there is something in it */
	struct source source;
	struct patch *prev, *next; /* in datapath.patches */
};

static inline struct patch *patch_of(struct port *p)
{
	return (struct patch *)p;
}

#endif
