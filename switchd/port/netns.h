/* SPDX-License-Identifier: ISC */
/*
 * netns.h - network namespaces by name or by pid.
 */
#ifndef PORT_NETNS_H
#define PORT_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/err.h"

/* Where ip-netns(8) keeps its names. */
#define NETNS_DIR "/run/netns"

/* Which namespace it is, however it was named. */
struct netns_id {
	dev_t dev;
	ino_t ino;
};

/*
 * A descriptor of the namespace called `spec`: a name under NETNS_DIR or, where there is none and
 * spec is a number, that process's; "" is the caller's own.  Returns the descriptor (the caller
 * closes it) or -errno with *e filled.
 */
int netns_open(const char *spec, struct err *e);

/* Is the namespace called by a process id, which may come to mean another one? */
bool netns_is_pid(const char *spec);

int netns_identify(int fd, struct netns_id *id);

/* What the namespace is called: "" for our own, a name under NETNS_DIR, or "?"; returns out. */
const char *netns_name(const struct netns_id *id, char *out, size_t size);

/* Which namespace goes by that name at the moment?  False: none. */
bool netns_lookup(const char *spec, struct netns_id *id);

static inline bool netns_same(const struct netns_id *a, const struct netns_id *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/*
 * Makes the calling thread one of the namespace ns, for opening something there.  Returns a
 * descriptor to be handed to netns_leave(), or -errno (-EPERM: it takes CAP_SYS_ADMIN).
 */
int netns_enter(int ns);

/*
 * Comes back.  The process ends if it cannot: every later system call would be made in the wrong
 * place.
 */
void netns_leave(int home);

#endif
