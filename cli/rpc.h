/* SPDX-License-Identifier: ISC */
/*
 * rpc.h - the connection to the daemon: JSON-RPC 2.0, one object a line, over a Unix socket.
 *
 * Theory of operation: each call sends a line and reads lines until the answer with its id comes;
 * everything waits with a deadline, so that a daemon that hangs is told of, not waited for.  What
 * arrives is not trusted: a line has a limit, and an answer that is none is an error.
 *
 * Waiting also watches two more descriptors, so that no global flag and no signal handler is
 * needed: `stop_fd` (a signalfd: Ctrl-C) and `out_fd` (the reader of our output went away).
 */
#ifndef CLI_RPC_H
#define CLI_RPC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "fail.h"

enum { RPC_TIMEOUT_S = 10, RPC_FDS = 3 };

struct rpc {
	const char *path; /* of the socket */
	double timeout_s; /* for one answer */
	int fd;		  /* -1 = not connected */
	int stop_fd;	  /* -1 = none */
	int out_fd;	  /* -1 = none */
	json_int_t last_id;
	char *buf; /* what has been read; a line at a time is taken from the front */
	size_t len, room;
	int fds[RPC_FDS]; /* that came along */
	unsigned n_fds;
	size_t searched; /* bytes of buf known to hold no newline */
};

void rpc_init(struct rpc *r, const char *path);
void rpc_close(struct rpc *r);

/* Connects, if not connected yet.  Returns 0 or a status with *f filled. */
int rpc_open(struct rpc *r, struct fail *f);

/*
 * Asks and waits for the answer; takes over `params` (NULL = none).  Returns 0 and a new reference
 * in *result, or a status with *f filled; a status of STATUS_OK in *f with -1 returned means that
 * the person wants to stop.
 */
int rpc_call(struct rpc *r, const char *method, json_t *params, json_t **result, struct fail *f);

/* The descriptors that came with the last answer, which are the caller's then; how many. */
unsigned rpc_take_fds(struct rpc *r, int fd[RPC_FDS]);
/*
 * For whoever has other things to wait for than the daemon: rpc_ask() sends a request whose id is then
 * r->last_id, rpc_look() takes the next line, an answer or an event, if one is there; *message is NULL
 * where none is yet.  Neither waits; they fail as rpc_call() does.
 */
int rpc_ask(struct rpc *r, const char *method, json_t *params, struct fail *f);
int rpc_look(struct rpc *r, json_t **message, struct fail *f);

/* The next line that comes by itself, however long that takes; as rpc_call(). */
int rpc_next(struct rpc *r, json_t **message, struct fail *f);

/* Waits so long; true when it was told to stop instead. */
bool rpc_pause(const struct rpc *r, double seconds);

#endif
