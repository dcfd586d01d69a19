/* SPDX-License-Identifier: ISC */
/*
 * trace_file.h - frames of a capture file, one after the other: pcapng by core/pcapng_read.h, which knows interfaces
 * and directions; pcap by libpcap.
 */
#ifndef CLI_TRACE_FILE_H
#define CLI_TRACE_FILE_H

#include "core/pcapng.h"
#include "ctx.h"

struct trace_file;

/* Valid until the next one. */
struct trace_packet {
	const char *interface; /* its name; "" where the file does not say */
	uint64_t time_ns;      /* since 1970 */
	const uint8_t *data;
	size_t caplen, len; /* bytes there, of so many */
	enum pcapng_dir dir;
};

/* "-" is standard input.  NULL: see ctx->fail. */
struct trace_file *trace_file_open(struct ctx *ctx, const char *path);
void trace_file_close(struct trace_file *t);

/* 1: *p is filled; 0: there is no other; -1: see ctx->fail. */
int trace_file_next(struct ctx *ctx, struct trace_file *t, struct trace_packet *p);

#endif
