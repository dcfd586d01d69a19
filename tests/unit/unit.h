/* SPDX-License-Identifier: ISC */
/*
 * unit.h - what every unit test includes first: cmocka, with the headers it wants in front of it.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* An address a station may have; different n, different station. */
#define STATION(n) (UINT64_C(0x020000000000) + (uint64_t)(n))

#endif
