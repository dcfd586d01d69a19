/* SPDX-License-Identifier: ISC */
/*
 * term.h - what standard output is: a terminal of some size, with or without colour, or a pipe.
 */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum colour { PLAIN, BOLD, RED, GREEN, YELLOW };

struct term {
	bool tty;
	bool colour;   /* a terminal, and NO_COLOR and TERM do not speak against it */
	size_t width;  /* columns; 0 = a pipe, no limit */
	size_t height; /* rows; 0 = no limit */
};

/* Looks again at standard output: a window may have changed its size. */
void term_look(struct term *term);

/* Starts and ends a colour; both do nothing where there is none to show. */
void term_colour(const struct term *term, FILE *out, enum colour colour);
void term_plain(const struct term *term, FILE *out, enum colour colour);

#endif
