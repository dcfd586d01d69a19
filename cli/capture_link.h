/* SPDX-License-Identifier: ISC */
/*
 * capture_link.h - a capture of the daemon's, from swctl's end: asked for, read, waited for, ended.
 */
#ifndef CLI_CAPTURE_LINK_H
#define CLI_CAPTURE_LINK_H

#include <jansson.h>
#include <stdbool.h>

#include "capture_text.h"
#include "core/capture_ring.h"
#include "ctx.h"

struct capture_link {
	struct capture_reader reader;
	void *ring, *place;
	size_t bytes;
	int wake;	       /* a socket; -1 = there is no capture */
	bool several;	       /* frames of more than one switch may come */
	char first[NAME_SIZE]; /* with `several`, "" */
	json_t *reasons;
	struct known_port *ports; /* by number */
	uint64_t drained;	  /* where the reader was when it last waited */
};

/* What a port is called; `interface` is the caller's, NULL at first. */
struct known_port {
	struct capture_port port;
	char name
		[2 *
		 NAME_SIZE]; /* of its interface: with the switch in front where there are several */
	void *interface;
};

/*
 * Asks for a capture; takes over params.  0, an exit status with ctx->fail filled, or CAPTURE_STOPPED: the person wants to
 * stop, and there is nothing to tell.
 */
enum { CAPTURE_STOPPED = -1 };
int capture_link_open(struct capture_link *l, struct ctx *ctx, json_t *params);
void capture_link_close(struct capture_link *l);

/* What the interface of a port is called: as the port, or switch/port where there are several switches.  Returns out. */
const char *capture_link_name(const struct capture_link *l, const struct capture_port *p, char *out,
			      size_t size);

enum capture_come { CAPTURE_COMES_FRAME, CAPTURE_COMES_NOTHING, CAPTURE_COMES_BROKEN };

/* The next frame that is there, and the port that it is of.  f->data stays until the next call. */
enum capture_come capture_link_next(struct capture_link *l, struct capture_frame *f,
				    struct known_port **port);

enum capture_wake { CAPTURE_WAKE_MORE, CAPTURE_WAKE_TIME, CAPTURE_WAKE_STOP, CAPTURE_WAKE_HUNG_UP };

/* Waits for more, until that time of capture_clock() at most (negative: for ever). */
enum capture_wake capture_link_wait(struct capture_link *l, const struct ctx *ctx, double until);

/* Seconds of a clock that does not go back. */
double capture_clock(void);

/* Ends it: what capture.stop answers, or NULL with ctx->fail.  What is in the ring by then can still be read. */
json_t *capture_link_stop(struct capture_link *l, struct ctx *ctx);

/* For capture_comment(). */
struct capture_names capture_link_names(struct capture_link *l);

#endif
