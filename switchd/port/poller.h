/* SPDX-License-Identifier: ISC */
/*
 * poller.h - the descriptors that frames come from, and the one place where the daemon waits.
 *
 * An epoll set of our own, with the descriptor of libuv's loop as one of its members: a frame is found
 * with one system call, without the work of a turn of libuv's loop, and it is found too while a request
 * is being carried out (poller_quiet()).  The kernel hands out ready descriptors in turn, so each gets
 * its share, however many there are.
 */
#ifndef PORT_POLLER_H
#define PORT_POLLER_H

#include <stdbool.h>
#include <sys/epoll.h>

#include "util/err.h"

enum {
	POLLER_BATCH = 16,
	POLLER_READY = 2 * POLLER_BATCH, /* with those that have more in hand */
};

struct source {
	int fd;
	void *owner;
	/* The descriptor can be read.  What is left unread is offered again. */
	void (*readable)(void *owner);
	/*
	 * It can be written to; called only while poller_want_write() is on, and then before readable().
	 * NULL where that is never asked for.
	 */
	void (*writable)(void *owner);
	/*
	 * It shows an error and nothing to read: a deleted tap, or the weather of a network.  Fetches the
	 * error, or removes the source; one that does neither is called again and again.  NULL: the source
	 * is not for frames, and waits while the poller is quiet; an error is told to readable().
	 */
	void (*failed)(void *owner);

	/* the rest is the poller's */
	bool added;
	bool want_write;
	bool muted; /* put off until the poller is not quiet any more */
	struct source *next_muted;
	bool has_more; /* poller_again() */
	struct source *next_more;
};

struct poller {
	int fd;
	bool quiet;
	struct source *muted;
	struct source *more; /* those that have something in hand */
	struct epoll_event ready[POLLER_READY];
	int count, next; /* of ready[], those not served yet */
};

int poller_open(struct poller *p, struct err *e);
void poller_close(struct poller *p);

/* Starts watching s->fd; fd, owner, readable and failed are set by the caller. */
int poller_add(struct poller *p, struct source *s, struct err *e);

/* Stops at once; the descriptor may be closed right after.  Harmless where it is not watched. */
void poller_del(struct poller *p, struct source *s);

/* From now on, or no more, s->writable is called when the descriptor can be written to. */
void poller_want_write(struct poller *p, struct source *s, bool on);

/*
 * For a source that took more from its descriptor than it may work on in a turn, so that the descriptor
 * does not show it: s->readable is called once more after the others had their turn.
 */
void poller_again(struct poller *p, struct source *s);

/* Are there ready sources that were not served? */
bool poller_pending(struct poller *p);

/* Did the last poller_wait() find as many as it can hold, so that there may be more? */
static inline bool poller_was_full(const struct poller *p)
{
	return p->count >= POLLER_BATCH;
}

/*
 * Waits until a source is ready, at most timeout_ms (-1 = as long as it takes, 0 = just looks).
 * Returns false where none is.
 */
bool poller_wait(struct poller *p, int timeout_ms);

/* Calls the next ready source.  Returns false where none is left and poller_wait() is to be called. */
bool poller_serve(struct poller *p);

/*
 * While it is quiet, only frames are served: what else is ready, and errors, wait until it is not.
 * So a caller in the middle of changing ports can have frames forwarded and nothing else happen.
 */
void poller_quiet(struct poller *p, bool on);

#endif
