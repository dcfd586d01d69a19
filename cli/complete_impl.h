/* SPDX-License-Identifier: ISC */
/*
 * complete_impl.h - between the two halves of completion: complete.c finds out what the word under the cursor is, complete_values.c what it may be.
 */
#ifndef CLI_COMPLETE_IMPL_H
#define CLI_COMPLETE_IMPL_H

#include "show.h"

struct completion {
	struct ctx *ctx;
	const char *lead; /* of the word under the cursor, what is not to be matched: "--port=" */
	int lead_len;
	const char *typed; /* the rest of it */
};

/* Offers the word, if what was typed is its beginning. */
void complete_offer(const struct completion *c, const char *word, const char *help);

/* All that the value of an option or operand may be, as far as that can be known. */
void complete_values(const struct completion *c, const struct option *o);

/* Leaves it to the shell, which knows files. */
void complete_files(void);

void complete_types(const struct completion *c);

#endif
