/* SPDX-License-Identifier: ISC */
/*
 * capture_text.h - what a capture says of a frame in words: where it goes, or why not.
 */
#ifndef CLI_CAPTURE_TEXT_H
#define CLI_CAPTURE_TEXT_H

#include <stddef.h>

#include "core/capture_ring.h"

enum { CAPTURE_COMMENT_SIZE = 1000 };

/* How numbers of a record are called. */
struct capture_names {
	/* A port's name; NULL where it is not known. */
	const char *(*port)(void *owner, uint32_t number);
	/* The name of a reason; NULL where there is none of that number. */
	const char *(*reason)(void *owner, unsigned number);
	void *owner;
};

/*
 * "learned, flooded to h2 h3 (unknown address)", "dropped: runt: The frame is...", cut where it is longer than size;
 * "" where there is nothing to say.  Returns out.
 */
const char *capture_comment(const struct capture_frame *f, const struct capture_names *names,
			    char *out, size_t size);

#endif
