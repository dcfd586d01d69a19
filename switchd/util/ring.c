/* SPDX-License-Identifier: ISC */
#include "util/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int ring_open(struct ring *r, size_t size)
{
	*r = (struct ring){.size = size / RING_ALIGN * RING_ALIGN};
	r->memory = aligned_alloc(RING_ALIGN, r->size);
	return r->memory ? 0 : -ENOMEM;
}

void ring_close(struct ring *r)
{
	free(r->memory);
	*r = (struct ring){0};
}

static size_t length_at(const struct ring *r, size_t at)
{
	size_t len;

	memcpy(&len, r->memory + at, sizeof(len));
	return len;
}

/* Where the record behind the one at `at` is. */
static size_t behind(const struct ring *r, size_t at)
{
	at += RING_NEED(length_at(r, at));
	return r->wrapped && at == r->end ? 0 : at;
}

static uint8_t *record_at(const struct ring *r, size_t at, size_t *len)
{
	*len = length_at(r, at);
	return r->memory + at + RING_HEADER;
}

uint8_t *ring_put(struct ring *r, size_t len)
{
	size_t need = RING_NEED(len);

	_Static_assert(sizeof(len) <= RING_HEADER, "the length is the header");
	if (r->count == 0) {
		r->head = r->tail = 0;
		r->wrapped = false;
	}
	if (!r->wrapped && r->size - r->tail < need && r->head >= need) {
		r->end = r->tail;
		r->tail = 0;
		r->wrapped = true;
	}
	if ((r->wrapped ? r->head : r->size) - r->tail < need)
		return NULL;
	uint8_t *at = r->memory + r->tail;
	memcpy(at, &len, sizeof(len));
	r->tail += need;
	r->count++;
	return at + RING_HEADER;
}

uint8_t *ring_first(const struct ring *r, size_t *len)
{
	return record_at(r, r->head, len);
}

uint8_t *ring_after(const struct ring *r, const uint8_t *record, size_t *len)
{
	return record_at(r, behind(r, (size_t)(record - r->memory) - RING_HEADER), len);
}

void ring_drop(struct ring *r, unsigned n)
{
	for (; n; n--, r->count--) {
		r->head = behind(r, r->head);
		if (r->head == 0)
			r->wrapped = false;
	}
}
