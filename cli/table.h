/* SPDX-License-Identifier: ISC */
/*
 * table.h - rows and columns that align and fit the terminal.
 *
 * Cells are filled from left to right, row after row; the number of columns says where a row ends.
 * On a terminal too narrow, long texts are shortened first, then the least important columns left
 * out.  Through a pipe nothing is cut: the width is then 0, "no limit".
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdio.h>

#include "term.h"

enum {
	COL_RIGHT = 1,	    /* numbers */
	COL_SHORTEN = 2,    /* may be cut with an ellipsis */
	COL_WRAP = 4,	    /* the last column only: goes on below itself */
	COL_HIDE_EMPTY = 8, /* not shown where no row has anything in it */
};

struct column {
	const char *title;
	unsigned flags;
	unsigned drop; /* 0: never left out; else the highest goes first, from 5 on readily */
};

struct table;

struct table *table_new(const struct column *columns, size_t n);

/* The next cell; its text is made safe.  An empty one is shown as "-". */
void table_cell(struct table *t, enum colour colour, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void table_print(struct table *t, FILE *out, const struct term *term);

void table_free(struct table *t);

#endif
