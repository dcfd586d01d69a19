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

/* Several as they are; NULL at their end. */
void argv_add_all(struct argv *a, const char *const *words);
#define argv_adds(a, ...) argv_add_all(a, (const char *const[]){__VA_ARGS__, NULL})

void argv_free(struct argv *a);

#endif
