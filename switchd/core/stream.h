/* SPDX-License-Identifier: ISC */
/*
 * stream.h - Ethernet frames in a stream of bytes: a length of four bytes, most significant first, then the
 * frame; nothing before the first and nothing between two.
 *
 * So speak QEMU's -netdev stream and -netdev socket (net/stream_data.c and net/net.c in QEMU), passt,
 * socket_vmnet and gvproxy.  There is nothing to find one's way back by: who has read one length wrongly
 * reads all that follow wrongly.  So a length that no frame has ends the stream, and a frame that was begun
 * to be sent has to be sent to its end.
 */
#ifndef CORE_STREAM_H
#define CORE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

enum {
	STREAM_HEADER = 4,
	/* With room for several of the largest frames, so that a read seldom ends inside of one. */
	STREAM_IN_SIZE = 256 << 10,
	/* What waits for a peer that does not read: some milliseconds of 1 Gbit/s, or 16 super-frames. */
	STREAM_OUT_SIZE = 1 << 20,
};

/* ---- in ---- */

/* Bytes received and not handed on.  Zero but for buf is a valid beginning. */
struct stream_in {
	uint8_t *buf; /* STREAM_IN_SIZE bytes, the caller's */
	size_t begin, end;
};

enum stream_state {
	STREAM_FRAME, /* here is one */
	STREAM_MORE,  /* more bytes are needed first */
	STREAM_BAD,   /* the length is above FRAME_MAX: nothing after it can be understood */
};

/*
 * The next frame, in *data and *len; len may be too small for a frame, 0 even.  It stays where it is until
 * stream_room().  With STREAM_BAD *len is what was found.
 */
enum stream_state stream_next(struct stream_in *s, const uint8_t **data, size_t *len);

/*
 * Where to put what is received next, *room bytes and never none.  To be called when stream_next() has said
 * STREAM_MORE; frames it gave out are gone.  stream_received() then says how much came.
 */
uint8_t *stream_room(struct stream_in *s, size_t *room);
void stream_received(struct stream_in *s, size_t len);

/* Is the beginning of a frame there, whose end is not? */
static inline bool stream_is_torn(const struct stream_in *s)
{
	return s->begin != s->end;
}

void stream_put_header(uint8_t header[STREAM_HEADER], size_t len);

/* ---- out ---- */

/* A ring of bytes that wait to be sent.  Zero but for buf is a valid beginning. */
struct stream_out {
	uint8_t *buf; /* STREAM_OUT_SIZE bytes, the caller's */
	size_t begin, used;
};

static inline size_t stream_out_room(const struct stream_out *s)
{
	return STREAM_OUT_SIZE - s->used;
}

/* Adds bytes behind the others; the caller has seen that there is room. */
void stream_out_add(struct stream_out *s, const uint8_t *data, size_t len);

/* The oldest bytes that lie side by side: where, and how many; 0 where nothing waits. */
size_t stream_out_peek(const struct stream_out *s, const uint8_t **data);

/* The second piece, behind what stream_out_peek() told; 0 where there is none. */
size_t stream_out_wrapped(const struct stream_out *s, const uint8_t **data);

/* So many of the oldest were sent. */
void stream_out_take(struct stream_out *s, size_t len);

#endif
