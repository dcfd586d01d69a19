/* SPDX-License-Identifier: ISC */
/*
 * argv.h - the words of a command line that is made up: execvp(3) wants them writable.
 */
#ifndef CLI_LAB_ARGV_H
#define CLI_LAB_ARGV_H

#include <stddef.h>

struct argv {
	char **word; /* NULL at the end */
	size_t n;
};

/* One word more, as printf() makes it. */
void argv_add(struct argv *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Several as they are; the last argument is NULL. */
void argv_adds(struct argv *a, ...) __attribute__((sentinel));

void argv_free(struct argv *a);

#endif
