/* SPDX-License-Identifier: ISC */
/*
 * text.h - somebody else's text inside our sentences.
 *
 * Error texts and paths quote what was found, and they end up in JSON (which has to be UTF-8) and on
 * terminals (which obey control characters).
 */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include "util/err.h"

enum { TEXT_SHOWN = 60, TEXT_SHOWN_SIZE = TEXT_SHOWN + 4 };

/* At most TEXT_SHOWN bytes of s, cut between characters, "..." behind what was cut; returns out. */
const char *text_shown(const char *s, char out[TEXT_SHOWN_SIZE]);

/* Puts '?' in the place of each control character and each byte that is not part of UTF-8. */
void text_clean(char *s);

/*
 * Is it a text for people: UTF-8 without control characters?  Returns 0, or -EINVAL with *e (may be NULL).  The
 * check of an option (util/opt.h).
 */
int text_check(const char *s, struct err *e);

#endif
