/* SPDX-License-Identifier: ISC */
/*
 * fuzz_capture.c - the two ends of a capture's ring against whoever is at the other one.
 *
 * Input: a byte that says which end is tried, and for
 *
 *	0  the reader: eight bytes for how much is written, eight for where in the ring the rest begins, and what lies there
 *	1  the writer: pieces of eight bytes, of which the first says what is done, and the others with what
 */
#include <string.h>

#include "check.h"
#include "core/capture_ring.h"
#include "core/frame.h"
#include "util/bytes.h"

enum { SIZE = CAPTURE_RING_MIN, MEMORY = CAPTURE_HEAD_SIZE + SIZE, GUARD = 64 };

static _Alignas(64) uint8_t memory[MEMORY + GUARD];
static _Alignas(64) struct capture_place place;
static uint8_t bytes[FRAME_MAX];

static uint64_t number(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* Whatever is in the ring, what is handed out lies in it, and reading comes to an end. */
static void try_reader(const uint8_t *data, size_t len)
{
	struct capture_head *head = (void *)memory;
	struct capture_reader r;
	struct capture_frame f;
	struct capture_port p;
	enum capture_got got;
	unsigned n = 0;
	uint64_t before;

	if (len < 16)
		return;
	head->magic = CAPTURE_MAGIC;
	head->version = CAPTURE_VERSION;
	head->size = SIZE;
	atomic_store(&head->written, number(data, 8));
	uint64_t from = number(data + 8, 8) % SIZE / CAPTURE_ALIGN * CAPTURE_ALIGN;
	len = len - 16 < SIZE - from ? len - 16 : SIZE - from;
	memcpy(memory + CAPTURE_HEAD_SIZE + from, data + 16, len);
	CHECK(!capture_reader_begin(&r, memory, MEMORY, &place));
	r.at = r.until = from;
	do {
		before = r.at;
		got = capture_reader_next(&r, &f, &p);
		CHECK(++n <= SIZE / 8 + 2);
		CHECK(r.at >= before && r.at <= r.until && r.until - from <= SIZE);
		if (got == CAPTURE_GOT_FRAME) {
			CHECK(f.caplen <= f.len && f.listed <= CAPTURE_PORTS_MAX);
			CHECK(f.data >= memory + CAPTURE_HEAD_SIZE);
			CHECK(f.data + f.caplen <= memory + MEMORY);
		} else if (got == CAPTURE_GOT_PORT) {
			CHECK(strlen(p.sw) < sizeof(p.sw) && strlen(p.name) < sizeof(p.name));
			CHECK(strlen(p.type) < sizeof(p.type));
		}
		capture_reader_done(&r);
	} while (got == CAPTURE_GOT_FRAME || got == CAPTURE_GOT_PORT);
}

/* An honest reader that has kept up so far; and what it may find. */
struct honest {
	struct capture_reader r;
	uint64_t put, got;
	bool spoiled; /* somebody has written to its place */
};

static void read_some(struct honest *h, unsigned most)
{
	struct capture_frame f;
	struct capture_port p;

	while (most--) {
		switch (capture_reader_next(&h->r, &f, &p)) {
		case CAPTURE_GOT_FRAME:
			CHECK(f.seen == h->got && (f.drop == 0 || f.drop == 7));
			CHECK(memcmp(f.data, bytes, f.caplen) == 0);
			h->got++;
			break;
		case CAPTURE_GOT_PORT:
			CHECK(strcmp(p.name, "h1") == 0);
			break;
		case CAPTURE_GOT_NOTHING:
			return;
		default:
			CHECK(!"what was written is read");
		}
	}
}

static void step(struct capture_writer *w, struct honest *h, const uint8_t *op)
{
	const struct capture_port port = {.name = "h1"};
	struct capture_frame f = {
		.seen = h->put,
		.len = (uint32_t)number(op + 1, 3) % (FRAME_MAX + 1),
		.caplen = (uint32_t)number(op + 1, 3) % (FRAME_MAX + 1),
		.ports = op[4],
		.listed = op[4] < CAPTURE_PORTS_MAX ? op[4] : CAPTURE_PORTS_MAX,
		.data = bytes,
	};
	size_t head = number(op + 5, 3) % (FRAME_MAX + 1);

	switch (op[0] % 8) {
	case 0:
	case 1:
		h->put += capture_put_frame(w, &f, head, bytes + head);
		break;
	case 2:
		capture_put_port(w, &port);
		break;
	case 3:
		capture_tell(w);
		break;
	case 4:
		read_some(h, op[1]);
		if (!h->spoiled)
			capture_reader_done(&h->r);
		break;
	case 5: /* what its reader writes, nothing of the writer's depends on */
		atomic_store(&place.read, number(op + 1, 7) << (op[0] / 8));
		h->spoiled = true;
		break;
	case 6:
		atomic_store(&place.sleeps, (uint32_t)number(op + 1, 4));
		break;
	default:
		capture_amend(w, w->last, 7);
		break;
	}
	CHECK(w->written - w->read <= SIZE && w->read <= w->told && w->told <= w->written);
}

static void try_writer(const uint8_t *data, size_t len)
{
	struct capture_writer w;
	struct honest h = {.put = 0};

	capture_writer_begin(&w, memory, SIZE, &place);
	CHECK(!capture_reader_begin(&h.r, memory, MEMORY, &place));
	for (; len >= 8; data += 8, len -= 8) {
		/* once it has lied, its frames may be written over: so it does not look any more */
		if (h.spoiled && data[0] % 8 == 4)
			continue;
		step(&w, &h, data);
	}
	for (size_t i = 0; i < GUARD; i++)
		CHECK(memory[MEMORY + i] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	memset(memory, 0, len ? CAPTURE_HEAD_SIZE + (data[0] & 1 ? 0 : SIZE) : 0);
	memset(&place, 0, sizeof(place));
	for (size_t i = 0; bytes[1] == 0 && i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 251);
	if (len && data[0] & 1)
		try_writer(data + 1, len - 1);
	else if (len)
		try_reader(data + 1, len - 1);
	return 0;
}
