/* SPDX-License-Identifier: ISC */
/*
 * words.h - names that people type: which are valid, and which was probably meant.
 */
#ifndef UTIL_WORDS_H
#define UTIL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

enum {
	NAME_SIZE = 32, /* of a switch or a port, the NUL included */
	WORD_FAR = 99,	/* a distance of words that have nothing to do with each other */
};

/*
 * A name of a switch or a port: 1 to 31 of letters, digits and "-_.:@+", the first a letter, a
 * digit or '_'.  No slash or space: names become socket names, file names and words of a command
 * line.
 */
int name_check(const char *name, struct err *e);

/* Edits (insert, delete, replace, swap of neighbours) between two words; long words count as far.
 */
unsigned word_distance(const char *a, const char *b);

/*
 * Keeps the candidate closest to `typed` in *best (start with NULL).  Candidates too unlike it to
 * be a slip of the fingers are not taken.
 */
void word_nearest(const char *typed, const char *candidate, const char **best);

/*
 * Edits between the parts of what was typed and those of a name that has them in any order and perhaps more: "_", ".",
 * "-" and spaces stand between.  WORD_FAR where more than half of what was typed would be different.
 */
unsigned word_parts_distance(const char *typed, const char *name);

/*
 * Fills *e for a name that is not known: `what`, the name in quotes and, if best is not NULL, whether
 * that was meant.  Returns -code.
 */
int word_unknown(struct err *e, int code, const char *name, const char *best, const char *what, ...)
	__attribute__((format(printf, 5, 6)));

/* Is `word` one of the space-separated `words`? */
bool word_in(const char *word, const char *words);

#endif
