/* SPDX-License-Identifier: ISC */
/*
 * pcapng_read.h - what is in a capture file (draft-ietf-opsawg-pcapng): interfaces with their names, frames with
 * time and direction.
 *
 * libpcap reads such files too, but says neither on which interface a frame was nor in which direction, and refuses
 * files whose interfaces differ.  The file is somebody else's: a block is judged as a whole, with a limit for each length.
 *
 * The caller has the file, the reader the meaning.  Block after block:
 *
 *	read PCAPNG_HEAD bytes
 *	len = pcapng_block_len(r, head)		0: this is no block; else read so many in all
 *	what = pcapng_read(r, block, len, &f)
 */
#ifndef CORE_PCAPNG_READ_H
#define CORE_PCAPNG_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pcapng.h"

enum {
	PCAPNG_HEAD = 12,
	PCAPNG_BLOCK_MAX =
		1 << 20, /* longer ones are no blocks of packets that a switch could have had */
	PCAPNG_INTERFACES_MAX = 4096, /* of a section */
	PCAPNG_NAME_SIZE = 64,
	PCAPNG_ETHERNET = 1, /* LINKTYPE_ETHERNET */
};

enum pcapng_what {
	PCAPNG_FRAME, /* *f is filled */
	PCAPNG_OTHER, /* a block without a frame */
	PCAPNG_BAD,   /* what is in the block cannot be */
};

struct pcapng_in {
	char name[PCAPNG_NAME_SIZE]; /* "" = it has none; control characters are '?' */
	uint16_t linktype;
	uint32_t snaplen;
	uint8_t tsresol;
	int64_t tsoffset_s;
};

struct pcapng_reader {
	bool begun;   /* there was a section header... */
	bool swapped; /* ...of a machine with the other byte order */
	uint32_t interfaces;
	struct pcapng_in *in; /* room for PCAPNG_INTERFACES_MAX, the caller's */
};

/* A frame borrows the block. */
struct pcapng_read_frame {
	const struct pcapng_in *in;
	uint64_t time_ns; /* since 1970; 0 where the block has none */
	const uint8_t *data;
	uint32_t caplen; /* bytes there... */
	uint32_t len;	 /* ...of so many */
	enum pcapng_dir dir;
};

/* How long the block is, head and trailer included; 0: it is none, or longer than PCAPNG_BLOCK_MAX. */
size_t pcapng_block_len(const struct pcapng_reader *r, const uint8_t head[PCAPNG_HEAD]);

/* Reads a block of pcapng_block_len() bytes. */
enum pcapng_what pcapng_read(struct pcapng_reader *r, const uint8_t *block, size_t len,
			     struct pcapng_read_frame *f);

/* Does a file that begins so claim to be one? */
bool pcapng_is(const uint8_t *head, size_t len);

#endif
