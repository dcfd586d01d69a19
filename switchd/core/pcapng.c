/* SPDX-License-Identifier: ISC */
#include "core/pcapng.h"

#include <stdbool.h>
#include <string.h>

/* Block types: section 11.1 of the draft. */
enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_STATISTICS = 5,
};

enum {
	OPT_END = 0,
	OPT_COMMENT = 1,
	OPT_IF_NAME = 2,
	OPT_IF_DESCRIPTION = 3,
	OPT_IF_TSRESOL = 9,
	OPT_FRAME_FLAGS = 2,
	OPT_SECTION_APP = 4,
	OPT_RECEIVED = 4,
	OPT_LOST = 5,
};

enum { LINKTYPE_ETHERNET = 1, TEN_TO_MINUS_9 = 9 };

#define BYTE_ORDER_MAGIC UINT32_C(0x1a2b3c4d)
#define LENGTH_UNKNOWN	 UINT64_MAX

/* A block that is being written; where it does not fit, `full` is set and stays so. */
struct block {
	uint8_t *buf;
	size_t at, room;
	bool full;
};

static void put(struct block *b, const void *from, size_t len)
{
	if (b->full || b->room - b->at < len) {
		b->full = true;
		return;
	}
	if (len)
		memcpy(b->buf + b->at, from, len);
	b->at += len;
}

static void put16(struct block *b, unsigned n)
{
	uint16_t v = (uint16_t)n;

	put(b, &v, sizeof(v));
}

static void put32(struct block *b, uint32_t n)
{
	put(b, &n, sizeof(n));
}

/* Times and counters: the high half comes first, whatever the byte order. */
static void put_halves(struct block *b, uint64_t n)
{
	put32(b, (uint32_t)(n >> 32));
	put32(b, (uint32_t)n);
}

static void put_padded(struct block *b, const void *from, size_t len)
{
	static const uint8_t zero[3];

	put(b, from, len);
	put(b, zero, -len & 3);
}

static void put_option(struct block *b, unsigned code, const void *value, size_t len)
{
	put16(b, code);
	put16(b, (unsigned)len);
	put_padded(b, value, len);
}

/* No more bytes of s than `most`, and no half of a character of UTF-8 at the end. */
static size_t text_len(const char *s, size_t most)
{
	size_t n = strnlen(s, most);

	if (s[n])
		while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
	return n;
}

static void put_text(struct block *b, unsigned code, const char *s)
{
	if (s && *s)
		put_option(b, code, s, text_len(s, PCAPNG_COMMENT_MAX));
}

static struct block begin(uint8_t *buf, size_t room, uint32_t type)
{
	struct block b = {.buf = buf, .room = room};

	put32(&b, type);
	put32(&b, 0); /* its length, known at the end */
	return b;
}

static size_t end(struct block *b, bool options)
{
	uint32_t len;

	if (options)
		put_option(b, OPT_END, NULL, 0);
	len = (uint32_t)b->at + 4;
	put32(b, len);
	if (b->full)
		return 0;
	memcpy(b->buf + 4, &len, sizeof(len));
	return len;
}

size_t pcapng_section(uint8_t *buf, size_t room, const char *app)
{
	struct block b = begin(buf, room, BLOCK_SECTION);
	uint64_t unknown = LENGTH_UNKNOWN;

	put32(&b, BYTE_ORDER_MAGIC);
	put16(&b, 1); /* version 1.0 */
	put16(&b, 0);
	put(&b, &unknown, sizeof(unknown));
	put_text(&b, OPT_SECTION_APP, app);
	return end(&b, true);
}

size_t pcapng_interface(uint8_t *buf, size_t room, const char *name, const char *description,
			uint32_t snaplen)
{
	struct block b = begin(buf, room, BLOCK_INTERFACE);
	uint8_t resolution = TEN_TO_MINUS_9;

	put16(&b, LINKTYPE_ETHERNET);
	put16(&b, 0);
	put32(&b, snaplen);
	put_text(&b, OPT_IF_NAME, name);
	put_text(&b, OPT_IF_DESCRIPTION, description);
	put_option(&b, OPT_IF_TSRESOL, &resolution, 1);
	return end(&b, true);
}

size_t pcapng_frame(uint8_t *buf, size_t room, const struct pcapng_frame *f)
{
	struct block b = begin(buf, room, PCAPNG_BLOCK_FRAME);
	uint32_t flags = (uint32_t)f->dir; /* bits 0 and 1: 01 inbound, 10 outbound */

	put32(&b, f->interface);
	put_halves(&b, f->time_ns);
	put32(&b, f->caplen);
	put32(&b, f->len);
	put_padded(&b, f->data, f->caplen);
	put_text(&b, OPT_COMMENT, f->comment);
	if (f->dir != PCAPNG_UNKNOWN)
		put_option(&b, OPT_FRAME_FLAGS, &flags, sizeof(flags));
	return end(&b, (f->comment && *f->comment) || f->dir != PCAPNG_UNKNOWN);
}

size_t pcapng_statistics(uint8_t *buf, size_t room, uint32_t interface, uint64_t time_ns,
			 uint64_t received, uint64_t lost)
{
	struct block b = begin(buf, room, BLOCK_STATISTICS);

	put32(&b, interface);
	put_halves(&b, time_ns);
	put_option(&b, OPT_RECEIVED, &received, sizeof(received));
	put_option(&b, OPT_LOST, &lost, sizeof(lost));
	return end(&b, true);
}
