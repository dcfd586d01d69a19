/* SPDX-License-Identifier: ISC */
/*
 * fuzz_gro.c - bursts of frames through coalescing; see gro_model.h for what has to hold.
 *
 * Input: records, each begun by a byte of flags.
 *
 *	END	the burst is over, nothing follows
 *	AGAIN	a copy of the last frame but n (one byte), made the one that would follow that in its
 *		flow: then two bytes (big-endian) are the length of its payload
 *	else	two bytes (big-endian) are a length, as many are the frame
 *	POKE	of either kind: two more bytes, an offset and what is XORed there
 *	WRONG	the checksums stay as they are; otherwise they are made right, because no chance would
 *
 * AGAIN makes short inputs of long flows, and PAD of either kind appends a byte to the frame.
 */
#include <string.h>

#include "check.h"
#include "gro_model.h"

enum { END = 0x80, AGAIN = 0x40, POKE = 0x20, WRONG = 0x10, PAD = 0x08 };

enum {
	REMEMBERED = 16,
	WORK_MAX = 1 << 20
}; /* bytes of frames in one input, or it takes for ever */

struct input {
	const uint8_t *p, *end;
};

struct remembered {
	uint8_t b[FRAME_MAX + 64];
	size_t len;
};

static struct remembered last[REMEMBERED];
static unsigned told;

static unsigned take8(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

static unsigned take16(struct input *in)
{
	unsigned high = take8(in);

	return high << 8 | take8(in);
}

/* As many of n bytes as there are. */
static size_t take(struct input *in, uint8_t *to, size_t n)
{
	size_t left = (size_t)(in->end - in->p);

	n = n < left ? n : left;
	if (n)
		memcpy(to, in->p, n);
	in->p += n;
	return n;
}

static void add32(uint8_t *b, size_t n)
{
	size_t v = (size_t)gm_be16(b) << 16 | gm_be16(b + 2);

	gm_put16(b, (unsigned)((v + n) >> 16) & 0xffff);
	gm_put16(b + 2, (unsigned)(v + n) & 0xffff);
}

/* Makes b, a frame of len bytes, the next of its flow, with that much payload; returns its length. */
static size_t advance(uint8_t *b, size_t len, size_t payload)
{
	struct gm_view v = gm_look(b, len);
	uint8_t *ip = b + v.l3, *l4 = b + v.l4;
	size_t header;

	if (!v.ports || v.l4 + 20 > len)
		return len;
	header = v.l4 + (v.proto == 6 ? (l4[12] >> 4) * 4u : 8);
	if (header > len)
		return len;
	if (v.proto == 6)
		add32(l4 + 4, len - header);
	if (v.version == 4)
		gm_put16(ip + 4, gm_be16(ip + 4) + 1);
	for (size_t i = len; i < header + payload && i < FRAME_MAX; i++)
		b[i] = (uint8_t)(i ^ i >> 8);
	len = header + payload < FRAME_MAX ? header + payload : FRAME_MAX;
	gm_put16(ip + (v.version == 4 ? 2 : 4), (unsigned)(len - (v.version == 4 ? v.l3 : v.l4)));
	if (v.proto == 17)
		gm_put16(l4 + 4, (unsigned)(len - v.l4));
	return len;
}

/* The frame of the next record; kept among the last ones. */
static const struct remembered *next_frame(struct input *in, unsigned flags)
{
	struct remembered *r = &last[told % REMEMBERED];

	if (flags & AGAIN) {
		const struct remembered *old =
			&last[(told - 1 - take8(in) % REMEMBERED) % REMEMBERED];

		memmove(r->b, old->b, old->len);
		r->len = advance(r->b, old->len, take16(in));
	} else {
		r->len = take(in, r->b, take16(in));
	}
	if (flags & POKE) {
		unsigned at = take8(in);

		r->b[at] ^= (uint8_t)take8(in);
	}
	if (!(flags & WRONG))
		gm_fix(r->b, r->len);
	told++;
	if (flags & PAD && r->len < sizeof(r->b))
		r->b[r->len++] = 0;
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gm m;
	struct input in = {data, data + size};
	size_t work = 0;

	for (unsigned i = 0; i < REMEMBERED; i++)
		last[i].len = 0;
	told = REMEMBERED;
	gm_begin(&m);
	while (in.p < in.end && work < WORK_MAX) {
		unsigned flags = take8(&in);

		if (flags & END || m.in == GM_FRAMES) {
			gm_flush(&m);
			continue;
		}
		const struct remembered *r = next_frame(&in, flags);
		gm_receive(&m, r->b, r->len);
		work += r->len + 100;
	}
	gm_end(&m);
	return 0;
}
