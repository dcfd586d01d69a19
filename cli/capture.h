/* SPDX-License-Identifier: ISC */
/*
 * capture.h - one capture from its beginning to its end, for "capture" and for Wireshark (extcap.h).
 */
#ifndef CLI_CAPTURE_H
#define CLI_CAPTURE_H

#include "capture_file.h"
#include "capture_link.h"

struct capture_job {
	struct capture_files files;
	long long left; /* frames that are wanted; negative = no limit */
	double seconds; /* 0 = no limit */
	/* what became of it */
	uint64_t taken, lost;
	bool gone; /* who read it has gone */
	/* its own */
	struct capture_link link;
	struct capture_file file;
};

/*
 * Captures as params (of capture.start, taken over) say until one of the limits is reached, ctx->rpc.stop_fd says so, or nobody
 * reads what is written.  0, a status with ctx->fail filled, or
 * CAPTURE_STOPPED.
 */
int capture_work(struct capture_job *job, struct ctx *ctx, json_t *params);

#endif
