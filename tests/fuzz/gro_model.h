/* SPDX-License-Identifier: ISC */
/*
 * gro_model.h - what must be true of coalescing, whatever comes in.
 *
 * Cutting up what comes out (core/gso.h) gives each flow's frames byte for byte and in order, none
 * is lost, and what is of no flow is not held.  The model knows what a flow is, not what may be
 * merged: it reads headers and adds up checksums for itself, a byte at a time.
 *
 * For fuzz_gro.c and tests/unit/test_gro.c.
 */
#ifndef FUZZ_GRO_MODEL_H
#define FUZZ_GRO_MODEL_H

#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "core/frame.h"
#include "core/gro.h"
#include "core/gso.h"

enum { GM_FRAMES = 512, GM_KEY = 80 };

/* Where things are in a frame.  `ports`: there is a TCP or UDP header, at l4. */
struct gm_view {
	size_t l3, l4;
	unsigned version, proto;
	bool ports, hidden; /* hidden: of some flow, but no ports to be seen */
};

struct gm_frame {
	uint8_t *data; /* in memory of the exact size */
	size_t len;
	bool came_out;
	struct gm_view v;
	uint8_t key[GM_KEY]; /* of one with ports */
};

/* One burst, and what became of it. */
struct gm {
	struct gro *gro;
	struct gm_frame f[GM_FRAMES];
	unsigned in, out;
	unsigned long total, supers,
		merged; /* of all bursts: frames in, super-frames out, frames in these */
	void (*told)(struct gm *m, unsigned frames); /* of each call of the sink; may be NULL */
};

static inline unsigned gm_be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static inline void gm_put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline bool gm_is_extension(unsigned proto)
{
	return proto == 0 || proto == 43 || proto == 44 || proto == 51 || proto == 60;
}

static inline struct gm_view gm_look(const uint8_t *b, size_t len)
{
	struct gm_view v = {.l3 = 14};
	unsigned type = len >= 14 ? gm_be16(b + 12) : 0;

	for (int tags = 0; tags < 2 && (type == 0x8100 || type == 0x88a8); tags++) {
		type = len >= v.l3 + 4 ? gm_be16(b + v.l3 + 2) : 0;
		v.l3 += 4;
	}
	const uint8_t *ip = b + v.l3;

	if (type == 0x0800 && len >= v.l3 + 20 && ip[0] >> 4 == 4 && len <= FRAME_MAX) {
		v.version = 4;
		v.proto = ip[9];
		v.l4 = v.l3 + (ip[0] & 15u) * 4;
		v.ports = v.proto == 6 || v.proto == 17;
		v.hidden = v.ports && (gm_be16(ip + 6) & 0x3fff);
		v.ports = v.ports && !v.hidden && (ip[0] & 15) >= 5 && v.l4 + 4 <= len;
	} else if (type == 0x86dd && len >= v.l3 + 40 && ip[0] >> 4 == 6 && len <= FRAME_MAX) {
		v.version = 6;
		v.proto = ip[6];
		v.l4 = v.l3 + 40;
		v.ports = (v.proto == 6 || v.proto == 17) && v.l4 + 4 <= len;
		v.hidden = gm_is_extension(v.proto);
	}
	return v;
}

/* Writes what two frames of one flow have in common, and zeroes behind it. */
static inline void gm_key(uint8_t key[GM_KEY], const uint8_t *b, const struct gm_view *v)
{
	size_t from = v->version == 4 ? 12 : 8, n = v->version == 4 ? 8 : 32;

	memset(key, 0, GM_KEY);
	memcpy(key, b, v->l3);
	memcpy(key + 22, b + v->l3 + from, n);
	memcpy(key + 54, b + v->l4, 4);
	key[58] = (uint8_t)v->proto;
}

/* RFC 1071, as it is written there. */
static inline unsigned gm_sum(unsigned long sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (unsigned)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (unsigned)sum;
}

/* Puts all checksums right that have a place in the frame. */
static inline void gm_fix(uint8_t *b, size_t len)
{
	struct gm_view v = gm_look(b, len);
	size_t field = v.proto == 6 ? 16 : 6;
	uint8_t *ip = b + v.l3, *l4 = b + v.l4;

	if (v.version == 4 && v.l4 <= len && v.l4 >= v.l3 + 20) {
		gm_put16(ip + 10, 0);
		gm_put16(ip + 10, ~gm_sum(0, ip, v.l4 - v.l3) & 0xffff);
	}
	if (!v.ports || v.l4 + field + 2 > len)
		return;
	gm_put16(l4 + field, 0);
	unsigned long sum = gm_sum(v.proto + len - v.l4, ip + (v.version == 4 ? 12 : 8),
				   v.version == 4 ? 8 : 32);
	unsigned sent = ~gm_sum(sum, l4, len - v.l4) & 0xffff;
	gm_put16(l4 + field, sent == 0 && v.proto == 17 ? 0xffff : sent);
}

/* The oldest frame of that flow that has not come out yet. */
static inline struct gm_frame *gm_next_of(struct gm *m, const uint8_t key[GM_KEY])
{
	for (unsigned i = 0; i < m->in; i++) {
		struct gm_frame *f = &m->f[i];

		if (!f->came_out && f->v.ports && memcmp(f->key, key, GM_KEY) == 0)
			return f;
	}
	return NULL;
}

static inline void gm_out(struct gm *m, struct gm_frame *f)
{
	CHECK(f && !f->came_out);
	f->came_out = true;
	m->out++;
}

/* One that passed: where it came in, and not before those it must not overtake. */
static inline void gm_passed(struct gm *m, const struct frame *out)
{
	struct gm_frame *f = m->f;

	while (f < m->f + m->in && f->data != out->data)
		f++;
	CHECK(f < m->f + m->in && f->len == out->len);
	if (f->v.ports)
		CHECK(f == gm_next_of(m, f->key));
	else
		CHECK(f == &m->f[m->in - 1]); /* is not held */
	if (f->v.hidden)
		CHECK(m->out == m->in - 1);
	gm_out(m, f);
}

/* Cuts up a super-frame; returns into how many. */
static inline unsigned gm_cut(struct gm *m, struct frame *f)
{
	static uint8_t whole[FRAME_MAX];
	uint8_t head[GSO_HEAD_MAX], key[GM_KEY];
	struct gso_piece piece;
	struct gso g;
	unsigned n = 0;

	CHECK(f->vnet == f->data - VNET_HDR_SIZE);
	CHECK(frame_parse(f) == DROP_NONE && f->super);
	struct virtio_net_hdr h = vnet_load(f->vnet);
	CHECK(h.flags == VIRTIO_NET_HDR_F_NEEDS_CSUM && !(h.gso_type & VIRTIO_NET_HDR_GSO_ECN));
	gso_begin(&g, f);
	CHECK(h.hdr_len == g.head_len);
	while (gso_next(&g, head, &piece)) {
		size_t len = piece.head_len + piece.payload_len;

		memcpy(whole, piece.head, piece.head_len);
		memcpy(whole + piece.head_len, piece.payload, piece.payload_len);
		struct gm_view v = gm_look(whole, len);
		CHECK(v.ports);
		gm_key(key, whole, &v);
		struct gm_frame *in = gm_next_of(m, key);
		CHECK(in && in->len == len && memcmp(in->data, whole, len) == 0);
		gm_out(m, in);
		n++;
	}
	CHECK(n >= 2 && n <= GRO_SEGMENTS_MAX);
	return n;
}

static inline void gm_sink(void *arg, struct frame *f)
{
	struct gm *m = arg;
	unsigned n = 1;

	CHECK(!f->dst && !f->src && !f->vid && !f->ethertype && !f->l3 && !f->tags && !f->payload);
	if (f->vnet) {
		n = gm_cut(m, f);
		m->supers++;
		m->merged += n;
	} else {
		gm_passed(m, f);
	}
	if (m->told)
		m->told(m, n);
}

static inline void gm_begin(struct gm *m)
{
	memset(m, 0, sizeof(*m));
	m->gro = gro_new(gm_sink, m);
	CHECK(m->gro);
}

/* Feeds a copy of the frame; the burst must have room (m->in < GM_FRAMES). */
static inline void gm_receive(struct gm *m, const uint8_t *bytes, size_t len)
{
	struct gm_frame *f = &m->f[m->in];

	*f = (struct gm_frame){.data = malloc(len ? len : 1), .len = len};
	CHECK(f->data && m->in < GM_FRAMES);
	if (len)
		memcpy(f->data, bytes, len);
	f->v = gm_look(f->data, len);
	if (f->v.ports)
		gm_key(f->key, f->data, &f->v);
	m->in++;
	m->total++;
	gro_receive(m->gro, f->data, len);
	if (!f->v.ports)
		CHECK(f->came_out);
	CHECK(m->in - m->out <= GRO_FLOWS * (GRO_SEGMENTS_MAX - 1));
}

static inline void gm_flush(struct gm *m)
{
	gro_flush(m->gro);
	CHECK(m->in == m->out);
	while (m->in)
		free(m->f[--m->in].data);
	m->out = 0;
}

static inline void gm_end(struct gm *m)
{
	gm_flush(m);
	gro_free(m->gro);
}

#endif
