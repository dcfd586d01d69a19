/* SPDX-License-Identifier: ISC */
/*
 * human.h - numbers as people read them.  Each writes into the caller's buffer and returns it.
 */
#ifndef CLI_HUMAN_H
#define CLI_HUMAN_H

#include <jansson.h>

enum { HUMAN_SIZE = 32 };

/* 0, 9999, 12.3k, 1.2M, 34G */
char *human_count(json_int_t n, char out[HUMAN_SIZE]);

/* 0 B, 512 B, 1.5 kB, 3.4 GB: powers of ten, as line rates are given */
char *human_bytes(json_int_t n, char out[HUMAN_SIZE]);

/* 12s, 3m12s, 4h05m, 3d04h */
char *human_age(json_int_t seconds, char out[HUMAN_SIZE]);

#endif
