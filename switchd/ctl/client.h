/* SPDX-License-Identifier: ISC */
/*
 * client.h - one control client: its lines in, its answers and events out.  For server.c, which
 * accepts them.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include "ctl/control.h"
#include "port/log.h"

struct client {
	uv_pipe_t pipe;
	struct control *c;
	struct client *prev, *next;
	struct client_id id;
	struct hub_filter filter;
	struct hub_quota quota;
	bool subscribed;
	bool closing;
	bool eof;     /* it said all it had to say; its answers are still owed */
	bool refused; /* one too many */
	uv_shutdown_t bye;
	bool working;
	bool asked;	/* the line at the head of the buffer was seen, when hub_now() was this: */
	uint64_t after; /* what happened before is told before the answer */
	struct log_site changes; /* who changes much is told of more than who repeats himself */
	struct capture *capture; /* port/capture.h; NULL = none */
	bool hand_over;		 /* its descriptors go with the next answer */
	struct rpc_job job;
	char *buf; /* what came and was not taken apart yet */
	size_t len, room;
	size_t searched; /* bytes of it that are known to hold no newline */
};

/* Starts reading what it sends. */
void client_listen(struct client *cl);

/* Sends a line to which the newline is added; a client that does not read is dropped. */
void client_send(struct client *cl, const char *line);

/* Hangs up.  The client is freed by the loop. */
void client_drop(struct client *cl);

/* For c->turn: carries out one request of one client. */
void clients_take_turns(uv_idle_t *idle);

#endif
