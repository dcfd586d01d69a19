/* SPDX-License-Identifier: ISC */
/*
 * fuzz_stream.c - any bytes at all as a stream of frames, received in pieces of any size.
 *
 * Input: CUTS bytes that say how large the pieces are, over and over, and the stream.  What comes out has to
 * be what a reader finds who has all of it before him; and sent on through a ring, in pieces once more, it
 * has to be the stream that came in, up to where that could be understood.
 */
#include <string.h>

#include "check.h"
#include "core/stream.h"

enum { CUTS = 4 };

static uint8_t in_buf[STREAM_IN_SIZE], out_buf[STREAM_OUT_SIZE];

/* A reader that has everything. */
struct model {
	const uint8_t *data;
	size_t size, at;
};

static enum stream_state model_next(struct model *m, const uint8_t **data, size_t *len)
{
	const uint8_t *p = m->data + m->at;
	size_t left = m->size - m->at;

	if (left < 4)
		return STREAM_MORE;
	*len = ((size_t)p[0] << 24) + ((size_t)p[1] << 16) + ((size_t)p[2] << 8) + p[3];
	if (*len > FRAME_MAX)
		return STREAM_BAD;
	if (left - 4 < *len)
		return STREAM_MORE;
	*data = p + 4;
	m->at += 4 + *len;
	return STREAM_FRAME;
}

/* What is taken out of the ring is what stands at *sent in the stream. */
static void drain(struct stream_out *out, size_t most, const uint8_t *stream, size_t *sent)
{
	const uint8_t *data;
	size_t n = stream_out_peek(out, &data);

	CHECK((n == 0) == (out->used == 0));
	if (n > most)
		n = most;
	if (!n)
		return;
	CHECK(memcmp(data, stream + *sent, n) == 0);
	stream_out_take(out, n);
	*sent += n;
}

static void send_on(struct stream_out *out, const uint8_t *data, size_t len, const uint8_t *stream,
		    size_t *sent)
{
	uint8_t header[STREAM_HEADER];

	while (stream_out_room(out) < STREAM_HEADER + len)
		drain(out, SIZE_MAX, stream, sent);
	stream_put_header(header, len);
	stream_out_add(out, header, sizeof(header));
	stream_out_add(out, data, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	if (size < CUTS)
		return 0;
	struct model m = {.data = input + CUTS, .size = size - CUTS};
	struct stream_in in = {.buf = in_buf};
	struct stream_out out = {.buf = out_buf, .begin = STREAM_OUT_SIZE - 100};
	enum stream_state state = STREAM_MORE, expected;
	const uint8_t *data, *want = NULL;
	size_t at = 0, sent = 0, len, want_len = 0;

	for (unsigned i = 0; at < m.size && state != STREAM_BAD; i++) {
		size_t cut = (size_t)input[i % CUTS] * input[i % CUTS] + 1, room;
		uint8_t *to = stream_room(&in, &room);

		CHECK(room > 0 && to + room == in_buf + sizeof(in_buf));
		cut = cut > room ? room : cut;
		cut = cut > m.size - at ? m.size - at : cut;
		memcpy(to, m.data + at, cut);
		stream_received(&in, cut);
		at += cut;
		while ((state = stream_next(&in, &data, &len)) == STREAM_FRAME) {
			CHECK(model_next(&m, &want, &want_len) == STREAM_FRAME);
			CHECK(len == want_len && memcmp(data, want, len) == 0);
			CHECK(data >= in_buf && data + len <= in_buf + sizeof(in_buf));
			send_on(&out, data, len, m.data, &sent);
		}
		drain(&out, cut, m.data, &sent);
	}
	expected = model_next(&m, &want, &want_len);
	CHECK(expected == state || (m.size == 0 && expected == STREAM_MORE));
	CHECK(stream_is_torn(&in) == (at > m.at));
	while (out.used)
		drain(&out, SIZE_MAX, m.data, &sent);
	CHECK(sent == m.at);
	return 0;
}
