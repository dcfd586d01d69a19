/* SPDX-License-Identifier: ISC */
/*
 * pcapng.h - blocks of a capture file as Wireshark writes and reads them (draft-ietf-opsawg-pcapng): interfaces with
 * their names, frames with a direction and a comment, and what was lost.
 *
 * Each function writes one whole block to buf and returns its length; 0, and nothing written, where `room` is too
 * small.  Numbers are in this machine's byte order, which the section header tells.
 */
#ifndef CORE_PCAPNG_H
#define CORE_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

enum {
	PCAPNG_COMMENT_MAX = 1000, /* bytes; what is longer is cut */
	PCAPNG_FIXED_MAX = 1200,   /* a packet block without the frame is not longer than this */
	PCAPNG_BLOCK_FRAME =
		6, /* the type of what pcapng_frame() writes: an Enhanced Packet Block */
};

enum pcapng_dir { PCAPNG_UNKNOWN, PCAPNG_IN, PCAPNG_OUT };

struct pcapng_frame {
	uint32_t interface; /* which of the section, from 0 */
	uint64_t time_ns;   /* since 1970 */
	const uint8_t *data;
	uint32_t caplen; /* bytes there... */
	uint32_t len;	 /* ...of so many */
	enum pcapng_dir dir;
	const char *comment; /* NULL = none */
};

/* The beginning of a file, or of a part of it with interfaces of its own.  `app` says who wrote it. */
size_t pcapng_section(uint8_t *buf, size_t room, const char *app);

/* The next interface of the section: Ethernet, times in nanoseconds.  snaplen 0 = whole frames. */
size_t pcapng_interface(uint8_t *buf, size_t room, const char *name, const char *description,
			uint32_t snaplen);

size_t pcapng_frame(uint8_t *buf, size_t room, const struct pcapng_frame *f);

/* How many frames there were at the interface so far, and how many of them the capture did not keep up with. */
size_t pcapng_statistics(uint8_t *buf, size_t room, uint32_t interface, uint64_t time_ns,
			 uint64_t received, uint64_t lost);

#endif
