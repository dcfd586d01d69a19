/* SPDX-License-Identifier: ISC */
#include "core/pcapng_read.h"

#include <string.h>

#include "util/bytes.h"

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_SIMPLE = 3,
	BLOCK_ENHANCED = 6,
	BYTE_ORDER = 0x1a2b3c4d,
	BYTE_ORDER_SWAPPED = 0x4d3c2b1a,
	BLOCK_LEAST = 12, /* type, length, and length again */
	SECTION_LEAST = 28,
	OPT_END = 0,
	OPT_FLAGS = 2, /* of a frame */
	OPT_NAME = 2,  /* of an interface */
	OPT_TSRESOL = 9,
	OPT_TSOFFSET = 14,
	MICROSECONDS = 6,
	TRAILER = 4,
};

static const uint64_t second_ns = 1000000000;

/* ---- numbers, in the order of whoever wrote the section ---- */

static uint32_t num32(const struct pcapng_reader *r, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return r->swapped ? __builtin_bswap32(v) : v;
}

static uint32_t take32(const struct pcapng_reader *r, struct rd *in)
{
	const uint8_t *p = rd_take(in, 4);

	return p ? num32(r, p) : 0;
}

static uint16_t take16(const struct pcapng_reader *r, struct rd *in)
{
	const uint8_t *p = rd_take(in, 2);
	uint16_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return r->swapped ? __builtin_bswap16(v) : v;
}

static int64_t signed64(const struct pcapng_reader *r, const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return (int64_t)(r->swapped ? __builtin_bswap64(v) : v);
}

/* ---- blocks ---- */

bool pcapng_is(const uint8_t *head, size_t len)
{
	static const uint8_t section[4] = {0x0a, 0x0d, 0x0d, 0x0a}; /* the same in either order */

	return len >= sizeof(section) && memcmp(head, section, sizeof(section)) == 0;
}

size_t pcapng_block_len(const struct pcapng_reader *r, const uint8_t head[PCAPNG_HEAD])
{
	struct pcapng_reader as = *r;
	uint32_t magic, len;

	if (pcapng_is(head, PCAPNG_HEAD)) {
		memcpy(&magic, head + 8, sizeof(magic));
		if (magic != BYTE_ORDER && magic != BYTE_ORDER_SWAPPED)
			return 0;
		as.swapped = magic == BYTE_ORDER_SWAPPED;
	} else if (!r->begun) {
		return 0;
	}
	len = num32(&as, head + 4);
	return len % 4 == 0 && len >= BLOCK_LEAST && len <= PCAPNG_BLOCK_MAX ? len : 0;
}

/* The next option, its value in *value; false at the end, and *in is bad where it was cut short. */
static bool next_option(const struct pcapng_reader *r, struct rd *in, uint16_t *code,
			struct rd *value)
{
	uint16_t len;
	const uint8_t *p;

	if (rd_left(in) < 4)
		return false;
	*code = take16(r, in);
	len = take16(r, in);
	if (*code == OPT_END)
		return false;
	p = rd_take(in, len);
	if (!p)
		return false;
	*value = rd_from(p, len);
	(void)rd_take(in, rd_left(in) < (4u - len % 4) % 4 ? rd_left(in) : (4u - len % 4) % 4);
	return true;
}

static void set_name(struct pcapng_in *i, const struct rd *value)
{
	size_t len = rd_left(value);

	if (len >= sizeof(i->name))
		len = sizeof(i->name) - 1;
	for (size_t n = 0; n < len; n++)
		i->name[n] = value->p[n] >= ' ' && value->p[n] < 0x7f ? (char)value->p[n] : '?';
	i->name[len] = '\0';
}

static enum pcapng_what read_interface(struct pcapng_reader *r, struct rd in)
{
	struct pcapng_in *i;
	struct rd value;
	uint16_t code;

	if (r->interfaces == PCAPNG_INTERFACES_MAX)
		return PCAPNG_BAD;
	i = &r->in[r->interfaces];
	*i = (struct pcapng_in){.tsresol = MICROSECONDS};
	i->linktype = take16(r, &in);
	(void)take16(r, &in); /* reserved */
	i->snaplen = take32(r, &in);
	if (in.bad)
		return PCAPNG_BAD;
	while (next_option(r, &in, &code, &value)) {
		if (code == OPT_NAME)
			set_name(i, &value);
		else if (code == OPT_TSRESOL && rd_left(&value) == 1)
			i->tsresol = *value.p;
		else if (code == OPT_TSOFFSET && rd_left(&value) == 8)
			i->tsoffset_s = signed64(r, value.p);
	}
	if (in.bad)
		return PCAPNG_BAD;
	r->interfaces++;
	return PCAPNG_OTHER;
}

static uint64_t power_of_ten(unsigned n)
{
	uint64_t v = 1;

	while (n--)
		v *= 10;
	return v;
}

/* Nanoseconds; what does not fit into 64 bits is as much as does. */
static uint64_t time_of(const struct pcapng_in *i, uint64_t ts)
{
	unsigned n = i->tsresol & 0x7f;
	__int128 ns;

	if (i->tsresol & 0x80) /* parts of a power of two */
		ns = n < 64 ? (__int128)ts * (int64_t)second_ns >> n : 0;
	else if (n <= 9)
		ns = (__int128)ts * (int64_t)power_of_ten(9 - n);
	else
		ns = n < 28 ? ts / power_of_ten(n - 9) : 0;
	ns += (__int128)i->tsoffset_s * (int64_t)second_ns;
	if (ns < 0)
		return 0;
	return ns > (__int128)UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

static enum pcapng_dir dir_of(uint32_t flags)
{
	switch (flags & 3) {
	case 1:
		return PCAPNG_IN;
	case 2:
		return PCAPNG_OUT;
	default:
		return PCAPNG_UNKNOWN;
	}
}

static enum pcapng_what read_enhanced(const struct pcapng_reader *r, struct rd in,
				      struct pcapng_read_frame *f)
{
	uint32_t interface = take32(r, &in), high = take32(r, &in), low = take32(r, &in);
	struct rd value;
	uint16_t code;

	*f = (struct pcapng_read_frame){.caplen = take32(r, &in)};
	f->len = take32(r, &in);
	if (in.bad || interface >= r->interfaces || f->caplen > rd_left(&in))
		return PCAPNG_BAD;
	f->in = &r->in[interface];
	f->time_ns = time_of(f->in, (uint64_t)high << 32 | low);
	f->data = rd_take(&in, f->caplen);
	(void)rd_take(&in, (4 - f->caplen % 4) % 4);
	while (next_option(r, &in, &code, &value))
		if (code == OPT_FLAGS && rd_left(&value) == 4)
			f->dir = dir_of(num32(r, value.p));
	return in.bad ? PCAPNG_BAD : PCAPNG_FRAME;
}

static enum pcapng_what read_simple(const struct pcapng_reader *r, struct rd in,
				    struct pcapng_read_frame *f)
{
	uint32_t most;

	*f = (struct pcapng_read_frame){.len = take32(r, &in)};
	if (in.bad || r->interfaces == 0)
		return PCAPNG_BAD;
	f->in = &r->in[0];
	most = f->in->snaplen && f->in->snaplen < f->len ? f->in->snaplen : f->len;
	if (most > rd_left(&in))
		return PCAPNG_BAD;
	f->caplen = most;
	f->data = rd_take(&in, most);
	return PCAPNG_FRAME;
}

static enum pcapng_what read_section(struct pcapng_reader *r, const uint8_t *block, size_t len)
{
	uint32_t magic;

	memcpy(&magic, block + 8, sizeof(magic));
	if (len < SECTION_LEAST)
		return PCAPNG_BAD;
	r->begun = true;
	r->swapped = magic == BYTE_ORDER_SWAPPED;
	r->interfaces = 0;
	return PCAPNG_OTHER;
}

enum pcapng_what pcapng_read(struct pcapng_reader *r, const uint8_t *block, size_t len,
			     struct pcapng_read_frame *f)
{
	struct rd in = rd_from(block + 8, len - 8 - TRAILER);

	if (pcapng_is(block, len)) {
		enum pcapng_what what = read_section(r, block, len);

		return num32(r, block + len - TRAILER) == len ? what : PCAPNG_BAD;
	}
	if (num32(r, block + len - TRAILER) != len)
		return PCAPNG_BAD;
	switch (num32(r, block)) {
	case BLOCK_INTERFACE:
		return read_interface(r, in);
	case BLOCK_ENHANCED:
		return read_enhanced(r, in, f);
	case BLOCK_SIMPLE:
		return read_simple(r, in, f);
	default:
		return PCAPNG_OTHER;
	}
}
