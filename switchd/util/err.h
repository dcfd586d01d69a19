/* SPDX-License-Identifier: ISC */
/*
 * err.h - an error a person can act on.
 *
 * Functions that can fail for a reason worth telling take a `struct err *` as their last argument
 * and return 0 or a negative errno.  The text says what was tried, on what, why it failed and what
 * to do about it; the caller that knows more (which port, which key of the file) adds the path.
 */
#ifndef UTIL_ERR_H
#define UTIL_ERR_H

#include <stddef.h>

enum { ERR_TEXT_MAX = 640, ERR_PATH_MAX = 160 };

struct err {
	int code;		 /* positive errno; 0 = nothing went wrong */
	char path[ERR_PATH_MAX]; /* where in the input: "switches.sw0.ports.h1.mtu", or "" */
	char text[ERR_TEXT_MAX]; /* one sentence or two, no trailing newline */
};

/*
 * Fills *e (may be NULL) and returns -code.  The path is kept if one was already set.  Text and path
 * are always printable UTF-8, whatever was quoted in them.
 */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "prefix." before e->path (or makes it the path).  A path too long is cut, never overrun. */
void err_at(struct err *e, const char *prefix);

/* Puts "prefix: " before the text, for a caller that knows what was being attempted. */
void err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes "path: text", or only the text where there is no path, to out; returns out. */
const char *err_str(const struct err *e, char *out, size_t size);

#endif
