/* SPDX-License-Identifier: ISC */
#include "core/stream.h"

#include <string.h>

/* ---- in ---- */

static size_t load_length(const uint8_t *p)
{
	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

enum stream_state stream_next(struct stream_in *s, const uint8_t **data, size_t *len)
{
	size_t have = s->end - s->begin;

	*len = 0;
	if (have < STREAM_HEADER)
		return STREAM_MORE;
	size_t n = load_length(s->buf + s->begin);
	if (n > FRAME_MAX) {
		*len = n;
		return STREAM_BAD;
	}
	if (have - STREAM_HEADER < n)
		return STREAM_MORE;
	*data = s->buf + s->begin + STREAM_HEADER;
	*len = n;
	s->begin += STREAM_HEADER + n;
	return STREAM_FRAME;
}

uint8_t *stream_room(struct stream_in *s, size_t *room)
{
	size_t rest =
		s->end - s->begin; /* less than a frame and its header: a fraction of the buffer */

	if (rest && s->begin)
		memmove(s->buf, s->buf + s->begin, rest);
	s->begin = 0;
	s->end = rest;
	*room = STREAM_IN_SIZE - rest;
	return s->buf + rest;
}

void stream_received(struct stream_in *s, size_t len)
{
	s->end += len;
}

void stream_put_header(uint8_t header[STREAM_HEADER], size_t len)
{
	header[0] = (uint8_t)(len >> 24);
	header[1] = (uint8_t)(len >> 16);
	header[2] = (uint8_t)(len >> 8);
	header[3] = (uint8_t)len;
}

/* ---- out ---- */

void stream_out_add(struct stream_out *s, const uint8_t *data, size_t len)
{
	size_t at = (s->begin + s->used) % STREAM_OUT_SIZE;
	size_t first = STREAM_OUT_SIZE - at < len ? STREAM_OUT_SIZE - at : len;

	memcpy(s->buf + at, data, first);
	if (first < len)
		memcpy(s->buf, data + first, len - first);
	s->used += len;
}

size_t stream_out_peek(const struct stream_out *s, const uint8_t **data)
{
	size_t straight = STREAM_OUT_SIZE - s->begin;

	*data = s->buf + s->begin;
	return s->used < straight ? s->used : straight;
}

size_t stream_out_wrapped(const struct stream_out *s, const uint8_t **data)
{
	size_t straight = STREAM_OUT_SIZE - s->begin;

	*data = s->buf;
	return s->used > straight ? s->used - straight : 0;
}

void stream_out_take(struct stream_out *s, size_t len)
{
	s->used -= len;
	s->begin = s->used ? (s->begin + len) % STREAM_OUT_SIZE : 0; /* empty: memory used before */
}
