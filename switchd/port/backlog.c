/* SPDX-License-Identifier: ISC */
#include "port/backlog.h"

#include <stdlib.h>
#include <string.h>

#include "port/tx.h"

bool backlog_init(struct backlog *b, size_t size)
{
	*b = (struct backlog){.mem = malloc(size), .size = size};
	return b->mem;
}

void backlog_free(struct backlog *b)
{
	free(b->mem);
	*b = (struct backlog){.mem = NULL};
}

/* Where the byte that is `at` bytes behind the oldest lies. */
static size_t place(const struct backlog *b, size_t at)
{
	size_t i = b->head + at;

	return i < b->size ? i : i - b->size;
}

static void append(struct backlog *b, const void *from, size_t len)
{
	size_t i = place(b, b->used), first = b->size - i;

	if (first > len)
		first = len;
	memcpy(b->mem + i, from, first);
	memcpy(b->mem, (const uint8_t *)from + first, len - first);
	b->used += len;
}

bool backlog_put(struct backlog *b, const struct tx_unit *u)
{
	uint32_t len = (uint32_t)tx_len(u);

	if (sizeof(len) + len > b->size - b->used)
		return false;
	append(b, &len, sizeof(len));
	append(b, u->head, u->head_len);
	if (u->body_len)
		append(b, u->body, u->body_len);
	return true;
}

/* Describes len bytes. */
static void pieces(const struct backlog *b, size_t at, size_t len, struct iovec iov[2])
{
	size_t i = place(b, at), first = b->size - i;

	if (first > len)
		first = len;
	iov[0] = (struct iovec){b->mem + i, first};
	iov[1] = (struct iovec){b->mem, len - first};
}

size_t backlog_look(const struct backlog *b, size_t *at, struct iovec iov[2])
{
	uint32_t len;

	if (*at >= b->used)
		return 0;
	pieces(b, *at, sizeof(len), iov);
	memcpy(&len, iov[0].iov_base, iov[0].iov_len);
	memcpy((uint8_t *)&len + iov[0].iov_len, iov[1].iov_base, iov[1].iov_len);
	pieces(b, *at + sizeof(len), len, iov);
	*at += sizeof(len) + len;
	return len;
}

void backlog_drop(struct backlog *b, size_t at)
{
	b->head = place(b, at);
	b->used -= at;
}
