/* SPDX-License-Identifier: ISC */
/* replay.h - a replay that goes on: what was read, and what became of it.  For replay*.c. */
#ifndef CLI_REPLAY_H
#define CLI_REPLAY_H

#include "ctl/replay.h"
#include "ctx.h"

enum { STRANGERS_MAX = 16 }; /* interfaces told of that are no ports */

/* An interface of the capture that is no port. */
struct stranger {
	char name[64];
	bool several; /* more than one switch has a port of that name */
	uint64_t frames;
};

struct run {
	struct replay_sink sink; /* first */
	struct ctx *ctx;
	struct replay *replay;
	const char *in; /* --in: for all frames */
	bool verbose;
	bool all;   /* also what a patch brought */
	uint64_t n; /* frames of the file so far */
	uint64_t first_ns, time_ns;
	uint64_t forwarded, heard, dropped, crossed;
	uint64_t outbound, patched, cut_short, too_long, back_in_time; /* of the file's */
	uint64_t strange;
	struct stranger stranger[STRANGERS_MAX];
	size_t strangers;
};

/* Prints it all in sum, as JSON or for a person. */
void replay_summary(struct run *r);

#endif
