/* SPDX-License-Identifier: ISC */
#include "core/hold.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Whole blocks, what is in front of the frame included: for an MTU of 1500, for one of 9000, and for anything. */
static const size_t sizes[] = {2048, 10240, HOLD_FRAME_MAX + 64};

enum { SIZES = sizeof(sizes) / sizeof(sizes[0]), HEAP_FIRST = 64 };

struct block {
	struct held held;
	uint64_t sent_ns;
	uint64_t nth;	    /* it was put */
	unsigned kind;	    /* its size is sizes[kind] */
	struct block *next; /* of those that are free */
	uint8_t bytes[];
};

struct hold {
	size_t max, taken; /* bytes of memory; taken includes free blocks */
	size_t busy;
	struct block *unused[SIZES];
	struct block *out; /* what hold_take() has lent */
	uint64_t puts;
	struct block **heap; /* heap[0] leaves first */
	size_t count, room;
};

struct hold *hold_new(size_t max_bytes)
{
	struct hold *h = calloc(1, sizeof(*h));

	if (h)
		h->max = max_bytes;
	return h;
}

void hold_limit(struct hold *h, size_t max_bytes)
{
	h->max = max_bytes;
}

/* ---- memory ---- */

static void give_back(struct hold *h, struct block *b)
{
	h->busy -= sizes[b->kind];
	b->next = h->unused[b->kind];
	h->unused[b->kind] = b;
}

static void drop_unused(struct hold *h)
{
	for (unsigned c = 0; c < SIZES; c++)
		while (h->unused[c]) {
			struct block *b = h->unused[c];

			h->unused[c] = b->next;
			h->taken -= sizes[c];
			free(b);
		}
}

/* A new block, for which unused ones of other sizes may have to go. */
static struct block *make_block(struct hold *h, unsigned kind)
{
	struct block *b;

	if (h->taken + sizes[kind] > h->max)
		drop_unused(h);
	if (h->taken + sizes[kind] > h->max)
		return NULL;
	b = malloc(sizes[kind]);
	if (b) {
		b->kind = kind;
		h->taken += sizes[kind];
	}
	return b;
}

static struct block *get_block(struct hold *h, size_t len)
{
	unsigned kind = 0;
	struct block *b;

	while (sizeof(struct block) + len > sizes[kind])
		kind++;
	b = h->unused[kind];
	if (b)
		h->unused[kind] = b->next;
	else
		b = make_block(h, kind);
	if (b)
		h->busy += sizes[kind];
	return b;
}

/* ---- the heap ---- */

static bool before(const struct block *a, const struct block *b)
{
	if (a->held.at_ns != b->held.at_ns)
		return a->held.at_ns < b->held.at_ns;
	return a->nth < b->nth;
}

static void sift_up(struct hold *h, size_t i)
{
	struct block *b = h->heap[i];

	for (; i && before(b, h->heap[(i - 1) / 2]); i = (i - 1) / 2)
		h->heap[i] = h->heap[(i - 1) / 2];
	h->heap[i] = b;
}

static void sift_down(struct hold *h)
{
	struct block *b = h->heap[0];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < h->count) {
		if (child + 1 < h->count && before(h->heap[child + 1], h->heap[child]))
			child++;
		if (!before(h->heap[child], b))
			break;
		h->heap[i] = h->heap[child];
		i = child;
	}
	h->heap[i] = b;
}

static bool grow_heap(struct hold *h)
{
	size_t room = h->room ? 2 * h->room : HEAP_FIRST;
	struct block **heap;

	if (h->count < h->room)
		return true;
	heap = realloc(h->heap, room * sizeof(*heap));
	if (!heap)
		return false;
	h->heap = heap;
	h->room = room;
	return true;
}

uint8_t *hold_put(struct hold *h, uint64_t sent_ns, uint64_t at_ns, size_t len)
{
	struct block *b;

	if (len > HOLD_FRAME_MAX || !grow_heap(h))
		return NULL;
	b = get_block(h, len);
	if (!b)
		return NULL;
	b->held = (struct held){.at_ns = at_ns, .len = len, .data = b->bytes};
	b->sent_ns = sent_ns;
	b->nth = h->puts++;
	h->heap[h->count] = b;
	sift_up(h, h->count++);
	return b->bytes;
}

uint64_t hold_next_ns(const struct hold *h)
{
	return h->count ? h->heap[0]->held.at_ns : UINT64_MAX;
}

void hold_done(struct hold *h)
{
	while (h->out) {
		struct block *b = h->out;

		h->out = b->next;
		give_back(h, b);
	}
}

const struct held *hold_take(struct hold *h, uint64_t now_ns)
{
	struct block *b;

	if (!h->count || h->heap[0]->held.at_ns > now_ns)
		return NULL;
	b = h->heap[0];
	h->heap[0] = h->heap[--h->count];
	if (h->count)
		sift_down(h);
	b->next = h->out;
	h->out = b;
	return &b->held;
}

static int by_turn(const void *a, const void *b)
{
	const struct block *const *x = a, *const *y = b;

	return (*x)->nth < (*y)->nth ? -1 : 1;
}

static int by_time(const void *a, const void *b)
{
	const struct block *const *x = a, *const *y = b;

	return before(*x, *y) ? -1 : 1;
}

uint64_t hold_move(struct hold *h, const struct impair_shift *shift, bool in_order)
{
	uint64_t last = 0;

	if (!h->count)
		return 0;
	qsort(h->heap, h->count, sizeof(*h->heap), by_turn);
	for (size_t i = 0; i < h->count; i++) {
		struct block *b = h->heap[i];
		uint64_t delay = b->held.at_ns - b->sent_ns;

		b->sent_ns = impair_shifted(shift, b->sent_ns);
		b->held.at_ns = b->sent_ns + delay;
		if (!delay)
			continue;
		if (in_order && b->held.at_ns < last)
			b->held.at_ns = last;
		last = b->held.at_ns;
	}
	qsort(h->heap, h->count, sizeof(*h->heap), by_time); /* what is sorted is a heap */
	return last;
}

size_t hold_count(const struct hold *h)
{
	return h->count;
}

size_t hold_bytes(const struct hold *h)
{
	return h->busy;
}

void hold_clear(struct hold *h)
{
	hold_done(h);
	while (h->count)
		give_back(h, h->heap[--h->count]);
	drop_unused(h);
	free(h->heap);
	h->heap = NULL;
	h->room = 0;
}

void hold_free(struct hold *h)
{
	if (!h)
		return;
	hold_clear(h);
	free(h);
}
