/* SPDX-License-Identifier: ISC */
/*
 * listener.h - ports that wait for peers, each of which becomes a port of its own.
 *
 * A port of a kind that listens ("vm") is in state `listening` and carries no frames.  Whoever connects is
 * a port of the same kind, with the settings of the one that listens, called by the lowest number that is free:
 * "vm.1".  It is not part of the configuration, and goes when its peer does or its parent.
 *
 * A port must not come or go while the poller is quiet (port/poller.h), for somebody is in the middle of
 * changing ports then.  So:
 *
 * - who accepts connections does that in a source without `failed`, which waits meanwhile; who is told of
 *   new peers by frames asks datapath_is_quiet() first;
 * - a peer that hangs up is retired: its port carries nothing any more and is freed soon.
 */
#ifndef PORT_LISTENER_H
#define PORT_LISTENER_H

#include "port/port.h"

/* For the log_site.burst of a port that listens: what becomes of its peers is told there, too. */
enum { LISTENER_LINES = 64 };

/*
 * A port for a new peer of `parent`: attached, down, not opened.  The kind gives it its connection and sets
 * its state.  Returns NULL with *e where there are too many ports.
 */
struct port *listener_spawn(struct port *parent, struct err *e);

/*
 * The same for a peer that asks for a number: NULL with -EEXIST in *e where another one has that.  0 is the
 * lowest that is free.
 */
struct port *listener_spawn_as(struct port *parent, unsigned number, struct err *e);

/* Of such a port, its number. */
unsigned listener_number(const struct port *child);

/*
 * The peer is gone: the kind has closed what belongs to the connection, or its close() will.  The port is
 * lost for `reason`, and freed after this turn of the loop.
 */
void listener_retire(struct port *child, const char *reason);

/* Frees those that were retired.  For datapath.c, which sees to it that nobody is in their midst. */
void listener_bury(struct datapath *dp);

/* Calls fn for each port whose parent is p; fn may free that port. */
void listener_each(struct port *p, void (*fn)(struct port *child, void *arg), void *arg);

/* For port.c.  The port is about to go: so do its children, and its parent has one less. */
void listener_let_go(struct port *p);

/* For port.c.  The port's settings have changed: its children take them over. */
void listener_pass_on(struct port *p);

#endif
