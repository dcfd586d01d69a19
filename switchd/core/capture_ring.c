/* SPDX-License-Identifier: ISC */
#include "core/capture_ring.h"

#include <string.h>

#include "core/frame.h"

_Static_assert(sizeof(struct capture_frame_record) == 64 &&
		       sizeof(struct capture_port_record) == 92,
	       "another layout is another CAPTURE_VERSION");
_Static_assert(sizeof(struct capture_head) <= CAPTURE_HEAD_SIZE, "the head has room");

enum {
	RECORD_MAX = sizeof(struct capture_frame_record) + CAPTURE_PORTS_MAX * sizeof(uint32_t) +
		     FRAME_MAX + 8 + CAPTURE_ALIGN,
};

_Static_assert(2 * RECORD_MAX <= CAPTURE_RING_MIN, "the largest record fits wherever it begins");

static size_t aligned(size_t n)
{
	return (n + CAPTURE_ALIGN - 1) / CAPTURE_ALIGN * CAPTURE_ALIGN;
}

/* ---- writing ---- */

void capture_writer_begin(struct capture_writer *w, void *ring, uint64_t size,
			  const struct capture_place *place)
{
	struct capture_head *head = ring;

	*w = (struct capture_writer){
		.head = head,
		.place = place,
		.data = (uint8_t *)ring + CAPTURE_HEAD_SIZE,
		.size = size,
	};
	head->magic = CAPTURE_MAGIC;
	head->version = CAPTURE_VERSION;
	head->size = size;
}

/* Is there room for so many bytes more?  Looks what the reader says only where what it said before is not enough. */
static bool has_room(struct capture_writer *w, uint64_t need)
{
	uint64_t read;

	if (w->size - (w->written - w->read) >= need)
		return true;
	read = atomic_load_explicit(&w->place->read, memory_order_acquire);
	if (read < w->read || read > w->told || read % CAPTURE_ALIGN)
		return false;
	w->read = read;
	return w->size - (w->written - w->read) >= need;
}

/* Where a record of so many bytes goes, in one piece; NULL: nowhere. */
static uint8_t *make_room(struct capture_writer *w, size_t need)
{
	uint64_t at = w->written & (w->size - 1), rest = w->size - at;
	struct capture_record skip = {.size = (uint32_t)rest, .kind = CAPTURE_RECORD_SKIP};

	if (rest >= need)
		return has_room(w, need) ? w->data + at : NULL;
	if (!has_room(w, rest + need))
		return NULL;
	memcpy(w->data + at, &skip, sizeof(skip));
	w->written += rest;
	return w->data;
}

bool capture_put_port(struct capture_writer *w, const struct capture_port *p)
{
	struct capture_port_record rec = {.r = {.kind = CAPTURE_RECORD_PORT}, .port = *p};
	size_t need = aligned(sizeof(rec));
	uint8_t *to = make_room(w, need);

	if (!to)
		return false;
	rec.r.size = (uint32_t)need;
	memcpy(to, &rec, sizeof(rec));
	w->written += need;
	return true;
}

bool capture_put_frame(struct capture_writer *w, const struct capture_frame *f, size_t head_len,
		       const uint8_t *body)
{
	size_t list = f->listed * sizeof(f->list[0]);
	size_t need = aligned(sizeof(struct capture_frame_record) + list + f->caplen);
	size_t first = head_len < f->caplen ? head_len : f->caplen;
	uint8_t *to = make_room(w, need);
	struct capture_frame_record rec;

	if (!to) {
		capture_lose(w);
		return false;
	}
	rec = (struct capture_frame_record){
		.r = {.size = (uint32_t)need, .kind = CAPTURE_RECORD_FRAME},
		.time_ns = f->time_ns,
		.seen = f->seen,
		.lost = f->lost,
		.port = f->port,
		.ports = f->ports,
		.len = f->len,
		.caplen = f->caplen,
		.drop = f->drop,
		.vid = f->vid,
		.flags = f->flags,
		.segment = f->segment,
		.dir = f->dir,
		.learn = f->learn,
		.route = f->route,
		.trap = f->trap,
		.listed = f->listed,
	};
	memcpy(to, &rec, sizeof(rec));
	w->last = w->written;
	to += sizeof(rec);
	memcpy(to, f->list, list);
	to += list;
	memcpy(to, f->data, first);
	if (f->caplen > first)
		memcpy(to + first, body, f->caplen - first);
	w->written += need;
	return true;
}

void capture_lose(struct capture_writer *w)
{
	w->lost++;
	atomic_store_explicit(&w->head->lost, w->lost, memory_order_relaxed);
}

void capture_amend(struct capture_writer *w, uint64_t at, uint16_t drop)
{
	if (at < w->told) /* the reader may be there */
		return;
	memcpy(w->data + (at & (w->size - 1)) + offsetof(struct capture_frame_record, drop), &drop,
	       sizeof(drop));
}

bool capture_tell(struct capture_writer *w)
{
	uint32_t sleeps;

	if (w->told == w->written)
		return false;
	w->told = w->written;
	atomic_store_explicit(&w->head->written, w->written, memory_order_release);
	atomic_thread_fence(memory_order_seq_cst);
	sleeps = atomic_load_explicit(&w->place->sleeps, memory_order_relaxed);
	if (sleeps == w->woken)
		return false;
	w->woken = sleeps;
	return true;
}

/* ---- reading ---- */

const char *capture_reader_begin(struct capture_reader *r, const void *ring, uint64_t bytes,
				 struct capture_place *place)
{
	const struct capture_head *head = ring;
	uint64_t size;

	if (bytes < CAPTURE_HEAD_SIZE + CAPTURE_RING_MIN || head->magic != CAPTURE_MAGIC)
		return "its memory does not begin as a capture does";
	if (head->version != CAPTURE_VERSION)
		return "it writes captures of another version: swctl and switchd are of different releases";
	size = head->size;
	if (size != bytes - CAPTURE_HEAD_SIZE || size & (size - 1) || size > CAPTURE_RING_MAX)
		return "the size of its memory is not what it says";
	*r = (struct capture_reader){
		.head = head,
		.place = place,
		.data = (const uint8_t *)ring + CAPTURE_HEAD_SIZE,
		.size = size,
	};
	return NULL;
}

static bool ended(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

static bool read_port(const uint8_t *from, uint32_t size, struct capture_port *p)
{
	if (size < sizeof(struct capture_port_record))
		return false;
	memcpy(p, from + offsetof(struct capture_port_record, port), sizeof(*p));
	return ended(p->sw, sizeof(p->sw)) && ended(p->name, sizeof(p->name)) &&
	       ended(p->type, sizeof(p->type));
}

static bool read_frame(const uint8_t *from, uint32_t size, struct capture_frame *f)
{
	struct capture_frame_record rec;

	if (size < sizeof(rec))
		return false;
	memcpy(&rec, from, sizeof(rec));
	size -= (uint32_t)sizeof(rec);
	if (rec.listed > CAPTURE_PORTS_MAX || rec.listed > rec.ports ||
	    rec.listed * sizeof(f->list[0]) > size)
		return false;
	size -= (uint32_t)(rec.listed * sizeof(f->list[0]));
	if (rec.caplen > size || rec.caplen > rec.len || rec.dir > CAPTURE_OUT ||
	    rec.learn >= CAPTURE_LEARN_COUNT || rec.route >= CAPTURE_ROUTE_COUNT)
		return false;
	*f = (struct capture_frame){
		.time_ns = rec.time_ns,
		.seen = rec.seen,
		.lost = rec.lost,
		.port = rec.port,
		.dir = rec.dir,
		.learn = rec.learn,
		.route = rec.route,
		.trap = rec.trap,
		.drop = rec.drop,
		.vid = rec.vid,
		.flags = rec.flags,
		.segment = rec.segment,
		.ports = rec.ports,
		.listed = rec.listed,
		.len = rec.len,
		.caplen = rec.caplen,
		.data = from + sizeof(rec) + rec.listed * sizeof(f->list[0]),
	};
	memcpy(f->list, from + sizeof(rec), rec.listed * sizeof(f->list[0]));
	return true;
}

/* How much is written; false where nobody could have written that much. */
static bool look(struct capture_reader *r)
{
	uint64_t written = atomic_load_explicit(&r->head->written, memory_order_acquire);

	if (written < r->until || written - r->at > r->size || written % CAPTURE_ALIGN)
		return false;
	r->until = written;
	return true;
}

enum capture_got capture_reader_next(struct capture_reader *r, struct capture_frame *f,
				     struct capture_port *p)
{
	for (;;) {
		struct capture_record rec;
		const uint8_t *from;
		uint64_t at, left;

		if (r->at == r->until && !look(r))
			return CAPTURE_GOT_RUBBISH;
		if (r->at == r->until)
			return CAPTURE_GOT_NOTHING;
		at = r->at & (r->size - 1);
		left = r->size - at < r->until - r->at ? r->size - at : r->until - r->at;
		from = r->data + at;
		memcpy(&rec, from, sizeof(rec));
		if (rec.size < sizeof(rec) || rec.size > left || rec.size % CAPTURE_ALIGN)
			return CAPTURE_GOT_RUBBISH;
		r->at += rec.size;
		switch (rec.kind) {
		case CAPTURE_RECORD_SKIP:
			continue;
		case CAPTURE_RECORD_PORT:
			return read_port(from, rec.size, p) ? CAPTURE_GOT_PORT
							    : CAPTURE_GOT_RUBBISH;
		case CAPTURE_RECORD_FRAME:
			return read_frame(from, rec.size, f) ? CAPTURE_GOT_FRAME
							     : CAPTURE_GOT_RUBBISH;
		default:
			return CAPTURE_GOT_RUBBISH;
		}
	}
}

void capture_reader_done(struct capture_reader *r)
{
	atomic_store_explicit(&r->place->read, r->at, memory_order_release);
}

bool capture_reader_sleeps(struct capture_reader *r)
{
	atomic_store_explicit(&r->place->sleeps, ++r->sleeps, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load_explicit(&r->head->written, memory_order_acquire) == r->at;
}

uint64_t capture_reader_lost(const struct capture_reader *r)
{
	return atomic_load_explicit(&r->head->lost, memory_order_relaxed);
}
