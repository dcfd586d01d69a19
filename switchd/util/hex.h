/* SPDX-License-Identifier: ISC */
/* hex.h - bytes as hexadecimal digits. */
#ifndef UTIL_HEX_H
#define UTIL_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Writes two digits for each byte and a NUL: 2 * len + 1 characters.  Returns out. */
char *hex_write(const uint8_t *bytes, size_t len, char *out);

/*
 * Reads pairs of digits, of which at most `room` bytes are made.  Returns how many those are, -EINVAL where
 * something else stands there or a digit is alone, or -E2BIG.
 */
long hex_read(const char *text, uint8_t *out, size_t room);

#endif
