/* SPDX-License-Identifier: ISC */
/*
 * top_screen.h - the terminal of "swctl top", by ncurses, and pieces of lines on it.
 *
 * Texts that are put are safe ones (text.h); they are cut at the width they are given, and at the edge of the window.
 * Numbers are put whole or not at all: what is left of one that is cut is another number.
 */
#ifndef CLI_TOP_SCREEN_H
#define CLI_TOP_SCREEN_H

#include <ncursesw/curses.h>
#include <stdbool.h>
#include <stddef.h>

#include "human.h"
#include "term.h"
#include "top_model.h"

enum { TOP_CURVE_MAX = 48 };

/* Takes the terminal; NULL, or what is wrong with it. */
const char *top_screen_open(bool colour);
void top_screen_resize(void);
void top_screen_close(void);
int top_screen_key(void); /* -1 = none was pressed */

size_t top_columns(void);

/* How a colour is shown, where there are any. */
attr_t top_attribute(enum colour c);

void top_put(int y, int x, size_t width, attr_t how, const char *text);
void top_put_right(int y, int x, size_t width, attr_t how, const char *text);

/* One that is cut ends with a mark. */
void top_put_name(int y, int x, size_t width, attr_t how, const char *name);

/* One behind the other, as many as are whole on the line. */
void top_put_pieces(int y, const char *const pieces[], size_t n);

/* Broken over as many lines as there are. */
void top_put_wrapped(const char *text);

/* A line in reverse over the whole width. */
void top_put_bar(int y, const char *text);

/* The newest rates; of blocks, or of what ASCII has.  At most TOP_CURVE_MAX columns. */
void top_put_curve(bool ascii, int y, int x, size_t width, const struct top_curve *c);

/* "12.3k"; and "12.3 kbit/s". */
const char *top_rate(double rate, char out[HUMAN_SIZE]);
const char *top_speed(double rate, const char *unit, char out[HUMAN_SIZE]);

#endif
