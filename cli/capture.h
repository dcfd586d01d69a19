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
	bool tell;	/* on standard error, that it has begun: scripts wait for it */
	/* what became of it */
	uint64_t taken; /* frames that are in files, or went into the pipe */
	uint64_t lost;	/* for which there was no room */
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

/*
 * Makes a named pipe standard output, once somebody reads from it.  To be called while signals still end us: its reader may never
 * come.  0, or a status.
 */
int capture_into_pipe(const char *path, struct fail *f);

#endif
