/* SPDX-License-Identifier: ISC */
/* fuzz_pcapng.c - any bytes at all as a capture file, read block after block as swctl does. */
#include <string.h>

#include "check.h"
#include "core/pcapng_read.h"

static void check_frame(const struct pcapng_reader *r, const struct pcapng_read_frame *f,
			const uint8_t *block, size_t len)
{
	CHECK(f->in >= r->in && f->in < r->in + r->interfaces);
	CHECK(strlen(f->in->name) < PCAPNG_NAME_SIZE);
	for (const char *p = f->in->name; *p; p++)
		CHECK((unsigned char)*p >= ' ' && (unsigned char)*p < 0x7f);
	CHECK(f->dir == PCAPNG_UNKNOWN || f->dir == PCAPNG_IN || f->dir == PCAPNG_OUT);
	CHECK(f->caplen <= len);
	CHECK(!f->caplen || (f->data >= block && f->data + f->caplen <= block + len));
}

/* The same, wherever the block is and whatever was in *f. */
static enum pcapng_what read_twice(struct pcapng_reader *r, const uint8_t *data, size_t len,
				   struct pcapng_read_frame *f)
{
	struct pcapng_reader again = *r;
	struct pcapng_read_frame g;
	uint8_t *copy = malloc(len);

	CHECK(copy);
	memcpy(copy, data, len);
	memset(f, 0x00, sizeof(*f));
	memset(&g, 0xff, sizeof(g));
	enum pcapng_what what = pcapng_read(r, data, len, f);
	CHECK(pcapng_read(&again, copy, len, &g) == what);
	CHECK(again.interfaces == r->interfaces && again.swapped == r->swapped);
	if (what == PCAPNG_FRAME) {
		check_frame(&again, &g, copy, len);
		CHECK(f->time_ns == g.time_ns && f->caplen == g.caplen && f->len == g.len);
		CHECK(f->in == g.in && f->dir == g.dir);
	}
	free(copy);
	return what;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pcapng_in in[PCAPNG_INTERFACES_MAX];
	struct pcapng_reader r = {.in = in};
	struct pcapng_read_frame f;

	while (size >= PCAPNG_HEAD) {
		size_t len = pcapng_block_len(&r, data);

		if (len == 0)
			return 0;
		CHECK(len >= PCAPNG_HEAD && len <= PCAPNG_BLOCK_MAX && len % 4 == 0);
		if (len > size)
			return 0;
		enum pcapng_what what = read_twice(&r, data, len, &f);
		CHECK(r.interfaces <= PCAPNG_INTERFACES_MAX);
		if (what == PCAPNG_BAD)
			return 0;
		CHECK(r.begun);
		if (what == PCAPNG_FRAME)
			check_frame(&r, &f, data, len);
		data += len;
		size -= len;
	}
	return 0;
}
