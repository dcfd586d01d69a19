/* SPDX-License-Identifier: ISC */
/*
 * vtep_impl.h - what vtep.c (who is in it, and receiving) and vtep_out.c (sending) share.  Nobody else
 * includes it.
 */
#ifndef PORT_VTEP_IMPL_H
#define PORT_VTEP_IMPL_H

#include "port/vtep.h"
#include "util/endpoint.h"

enum { VNI_BUCKETS = 256 };

/* A socket that datagrams of the networks come in at. */
struct vtep_in {
	struct vtep *vtep;
	int fd;
	uint32_t lost; /* by the socket, as far as that was counted */
	struct source source;
};

struct vtep {
	struct datapath *dp;
	char text[ENDPOINT_SIZE]; /* as the first to come wrote it */
	struct endpoint ep;
	struct sock_addr local;
	struct vtep_in in;
	struct vtep_user *users; /* oldest first */
	struct vtep_user *by_vni[VNI_BUCKETS];
	struct vtep_out *outs;
	struct vtep_group *groups;
	uint64_t looked_ms; /* vtep_may_look(): when, */
	unsigned looks;	    /* and how many then */
	struct vtep *next;
};

/* The network of that number, or NULL. */
struct vtep_user *vtep_find(const struct vtep *v, uint32_t vni);

/* Has the socket in->fd watched. */
int vtep_listen(struct vtep_in *in, struct vtep *v, struct err *e);

/* Sets an option of a socket that it can do without. */
void vtep_set(int fd, int level, int name, int value);

#endif
