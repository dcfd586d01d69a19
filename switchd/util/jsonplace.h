/* SPDX-License-Identifier: ISC */
/*
 * jsonplace.h - at which line of a JSON text a value stands, given its path.
 *
 * A reader of configurations knows what is wrong by its path ("switches.sw0.ports.h1.mtu", "macs[3].port"); whoever
 * has to put it right wants the line.  Keys may contain dots: at each level the longest key is taken that the path
 * goes on with.  Where the path leads nowhere, the last value on the way is what is told: an unknown path is
 * no error, and neither is a text that is not JSON.
 */
#ifndef UTIL_JSONPLACE_H
#define UTIL_JSONPLACE_H

#include <stddef.h>

struct json_place {
	unsigned line, column; /* from 1; the column in bytes */
};

/* The place of the key of an object's member, or of the value in an array; of the text's beginning for "". */
struct json_place json_place(const char *text, size_t len, const char *path);

#endif
