/* SPDX-License-Identifier: ISC */
/*
 * text.h - text on its way to a terminal.
 *
 * What the daemon says holds names that others chose.  A control character in one must not move the
 * cursor, recolour the screen or forge a line, so everything printed goes through text_safe().
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stddef.h>
#include <stdio.h>

/*
 * A copy in which every byte that is not part of a visible character is written as \xNN; to be
 * freed.  What is visible depends on the locale.
 */
char *text_safe(const char *s);

/* Columns of a terminal that a safe text takes. */
size_t text_width(const char *s);

/* How many bytes of a safe text fit in so many columns. */
size_t text_fit(const char *s, size_t columns);

/* Where to break a safe text so that it fits: after a word if one fits, else in the middle of it.
 */
size_t text_break(const char *s, size_t columns);

/* The mark for "cut here": one column wide. */
const char *text_ellipsis(void);

/* printf() of one line, made safe; the newline is added. */
void text_line(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints a safe text broken to `width` columns, what follows the first line indented; 0 = no limit.
 */
void text_wrap(FILE *out, const char *s, size_t indent, size_t width);

/* snprintf() into a new string; to be freed. */
char *text_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
