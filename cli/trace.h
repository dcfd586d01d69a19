/* SPDX-License-Identifier: ISC */
/*
 * trace.h - "trace" and "replay": frames that are asked about, and what would become of them.
 */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include "core/frame.h"
#include "core/vnet.h"
#include "ctx.h"

/* A frame with room for its offload header in front. */
struct trace_frame {
	uint8_t area[VNET_HDR_SIZE + FRAME_MAX];
	size_t len;
	bool owes; /* there is an offload header */
};

static inline uint8_t *trace_bytes(struct trace_frame *t)
{
	return t->area + VNET_HDR_SIZE;
}

/* Makes the frame that --dst, --ip, --tcp... describe.  0, or a status with ctx->fail. */
int trace_make(struct ctx *ctx, struct trace_frame *t);

/*
 * Reads hexadecimal digits, with spaces, newlines, colons, dots, dashes or 0x between bytes; 0, or a status with
 * ctx->fail.
 */
int trace_read_hex(struct ctx *ctx, const char *text, struct trace_frame *t);

/* Prints what the daemon's switch.trace, or a replay, says of a frame. */
void trace_show(struct ctx *ctx, const json_t *trace);

/* The same in a line: "dropped, not_in_vlan", "h2, h3"; to be freed. */
char *trace_brief(const json_t *trace);

#endif
