/* SPDX-License-Identifier: ISC */
/*
 * backlog.h - frames that a socket had no room for, kept until it has: so many bytes and no more.
 */
#ifndef PORT_BACKLOG_H
#define PORT_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct tx_unit;

struct backlog {
	uint8_t *mem; /* a ring: each frame behind its length */
	size_t size;
	size_t head; /* the oldest frame */
	size_t used;
};

/* Takes all memory there will be; false where there is none.  To be ended with backlog_free(). */
bool backlog_init(struct backlog *b, size_t size);
void backlog_free(struct backlog *b);

static inline bool backlog_empty(const struct backlog *b)
{
	return b->used == 0;
}

/* Keeps a copy of a frame, behind the others.  False: there is no room for it. */
bool backlog_put(struct backlog *b, const struct tx_unit *u);

/*
 * The frame that begins *at bytes behind the oldest, in two pieces of which the second may be empty; *at
 * becomes that of the next one.  Returns its length, 0 where there is none.
 */
size_t backlog_look(const struct backlog *b, size_t *at, struct iovec iov[2]);

/* Forgets what is before `at`, which backlog_look() gave. */
void backlog_drop(struct backlog *b, size_t at);

#endif
