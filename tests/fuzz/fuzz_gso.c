/* SPDX-License-Identifier: ISC */
/*
 * fuzz_gso.c - whatever frame_parse() believes can be cut, and the pieces are sound.
 *
 * Input: as for fuzz_frame, ten bytes of struct virtio_net_hdr and the frame.  Of the flags the top
 * bit says that the port has such headers at all, and the next that the lengths in the IP and UDP
 * headers are to be put right first: few changes of a frame would be cut otherwise.
 */
#include <string.h>

#include "check.h"
#include "core/frame.h"
#include "core/gso.h"
#include "core/vnet.h"

enum { HAS_VNET = 0x80, REPAIR = 0x40 };
enum { FIN = 0x01, PSH = 0x08, CWR = 0x80 };

/* What the frame was, and what of it the pieces have to keep. */
struct whole {
	const struct frame *f;
	struct virtio_net_hdr h;
	size_t l3, l4;
	bool v4, udp;
};

static unsigned be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* The sum of big-endian words modulo 0xffff. */
static uint32_t sum_of(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint64_t)p[i] << 8;
	return (uint32_t)(sum % 0xffff);
}

static void repair(uint8_t *frame, size_t len, const struct virtio_net_hdr *h)
{
	struct frame f = {.data = frame, .len = len};

	if (frame_parse(&f) != DROP_NONE)
		return;
	uint8_t *ip = frame + f.l3;
	size_t left = len - f.l3;
	if (f.ethertype == ETHERTYPE_IPV4 && left >= 20)
		put16(ip + 2, left);
	if (f.ethertype == ETHERTYPE_IPV6 && left >= 40)
		put16(ip + 4, left - 40);
	if (h->gso_type == VIRTIO_NET_HDR_GSO_UDP_L4 && (size_t)h->csum_start + 8 <= len)
		put16(frame + h->csum_start + 4, len - h->csum_start);
}

/*
 * The checksum field of the super-frame held the sum of the pseudo header with its length; with the
 * length of the piece instead, pseudo header and piece have to come to nothing.
 */
static void check_csum(const struct whole *w, const uint8_t *piece, size_t len)
{
	size_t field = w->l4 + w->h.csum_offset;
	uint64_t sum = sum_of(piece + w->l4, len - w->l4);

	sum += be16(w->f->data + field) + (len - w->l4);
	sum += 2 * 0xffff - (w->f->len - w->l4) % 0xffff;
	CHECK(sum % 0xffff == 0);
	if (w->udp)
		CHECK(be16(piece + field) != 0);
}

/* IP header: its lengths and checksum, the numbering; the rest is the super-frame's. */
static void check_ip(const struct whole *w, const uint8_t *piece, size_t len, size_t i)
{
	const uint8_t *ip = piece + w->l3, *was = w->f->data + w->l3;
	size_t ip_len = len - w->l3, header = w->l4 - w->l3;

	if (!w->v4) {
		CHECK(be16(ip + 4) == ip_len - 40);
		CHECK(memcmp(ip, was, 4) == 0 && memcmp(ip + 6, was + 6, header - 6) == 0);
		return;
	}
	CHECK(be16(ip + 2) == ip_len);
	CHECK(be16(ip + 4) == ((be16(was + 4) + i) & 0xffff));
	CHECK(sum_of(ip, header) == 0);
	CHECK(memcmp(ip, was, 2) == 0 && memcmp(ip + 6, was + 6, 4) == 0);
	CHECK(memcmp(ip + 12, was + 12, header - 12) == 0);
}

static void check_tcp(const struct whole *w, const struct gso_piece *piece, size_t i, bool last)
{
	const uint8_t *tcp = piece->head + w->l4, *was = w->f->data + w->l4;
	unsigned flags = was[13];

	CHECK(be32(tcp + 4) == (uint32_t)(be32(was + 4) + i * w->h.gso_size));
	if (!last)
		flags &= ~(unsigned)(FIN | PSH);
	if (i > 0)
		flags &= ~(unsigned)CWR;
	CHECK(tcp[13] == flags);
	CHECK(memcmp(tcp, was, 4) == 0 && memcmp(tcp + 8, was + 8, 5) == 0);
	CHECK(memcmp(tcp + 14, was + 14, 2) == 0);
	CHECK(memcmp(tcp + 18, was + 18, piece->head_len - w->l4 - 18) == 0);
}

static void check_udp(const struct whole *w, const struct gso_piece *piece)
{
	const uint8_t *udp = piece->head + w->l4;

	CHECK(be16(udp + 4) == piece->head_len - w->l4 + piece->payload_len);
	CHECK(memcmp(udp, w->f->data + w->l4, 4) == 0);
}

/* Any switch would take it for the frame that it is. */
static void check_parses(const struct whole *w, const uint8_t *bytes, size_t len)
{
	struct frame f = {.data = bytes, .len = len};

	CHECK(frame_parse(&f) == DROP_NONE);
	CHECK(f.l3 == w->f->l3 && f.vid == w->f->vid && f.ethertype == w->f->ethertype);
	CHECK(f.payload <= w->f->payload);
}

static void check_segment(const struct whole *w, const struct gso_piece *piece, size_t i, bool last)
{
	size_t len = piece->head_len + piece->payload_len;
	uint8_t *bytes = malloc(len);

	CHECK(bytes);
	memcpy(bytes, piece->head, piece->head_len);
	memcpy(bytes + piece->head_len, piece->payload, piece->payload_len);
	CHECK(memcmp(bytes, w->f->data, w->l3) == 0);
	check_parses(w, bytes, len);
	check_ip(w, bytes, len, i);
	check_csum(w, bytes, len);
	if (w->udp)
		check_udp(w, piece);
	else
		check_tcp(w, piece, i, last);
	free(bytes);
}

/* A frame that stays one: nothing but its checksum, if that is owed, is new. */
static void check_single(const struct whole *w, const struct gso_piece *piece)
{
	const struct frame *f = w->f;

	CHECK(piece->head_len + piece->payload_len == f->len);
	if (!gso_owed(f)) {
		CHECK(piece->head_len == 0);
		return;
	}
	size_t field = (size_t)w->h.csum_start + w->h.csum_offset;
	CHECK(piece->head_len == field + 2);
	CHECK(memcmp(piece->head, f->data, field) == 0);

	/* the complement, written as 0xffff where it is 0 */
	uint32_t sum = sum_of(f->data + w->h.csum_start, f->len - w->h.csum_start);
	CHECK(be16(piece->head + field) != 0);
	CHECK((be16(piece->head + field) + sum) % 0xffff == 0);
}

static void cut(const struct frame *f)
{
	struct whole w = {.f = f, .l3 = f->l3, .v4 = f->ethertype == ETHERTYPE_IPV4};
	struct gso_piece piece;
	struct gso g;

	if (f->vnet)
		w.h = vnet_load(f->vnet);
	w.l4 = w.h.csum_start;
	w.udp = w.h.gso_type == VIRTIO_NET_HDR_GSO_UDP_L4;
	gso_begin(&g, f);
	size_t n = g.count, size = g.size, head_len = g.head_len;
	const uint8_t *next = f->data + head_len;
	uint8_t *head = malloc(head_len ? head_len : 1); /* no room for a byte too much */
	CHECK(head && n > 0 && head_len <= GSO_HEAD_MAX && head_len <= f->len);
	CHECK(n == 1 || (f->super && size == w.h.gso_size));
	for (size_t i = 0; i < n; i++) {
		CHECK(g.count == n - i && gso_next(&g, head, &piece));
		CHECK(piece.head == head && piece.head_len == head_len);
		CHECK(piece.payload == next);
		CHECK(i + 1 < n ? piece.payload_len == size : piece.payload_len <= size);
		next += piece.payload_len;
		if (n == 1)
			check_single(&w, &piece);
		else
			check_segment(&w, &piece, i, i + 1 == n);
	}
	CHECK(next == f->data + f->len);
	CHECK(n == 1 || piece.payload_len > 0);
	CHECK(g.count == 0 && !gso_next(&g, head, &piece));
	free(head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < VNET_HDR_SIZE)
		return 0;
	/* in memory of the exact size, and once more to be compared with */
	uint8_t *copy = malloc(size), *before = malloc(size);
	CHECK(copy && before);
	memcpy(copy, data, size);
	copy[0] &= (uint8_t) ~(HAS_VNET | REPAIR);
	struct frame f = {
		.data = copy + VNET_HDR_SIZE,
		.len = size - VNET_HDR_SIZE,
		.vnet = data[0] & HAS_VNET ? copy : NULL,
	};
	struct virtio_net_hdr h = vnet_load(copy);
	if (data[0] & REPAIR)
		repair(copy + VNET_HDR_SIZE, f.len, &h);
	memcpy(before, copy, size);
	if (frame_parse(&f) == DROP_NONE)
		cut(&f);
	CHECK(memcmp(before, copy, size) == 0); /* nobody writes to a frame */
	free(copy);
	free(before);
	return 0;
}
