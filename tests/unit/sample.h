/* SPDX-License-Identifier: ISC */
#ifndef TESTS_UNIT_SAMPLE_H
#define TESTS_UNIT_SAMPLE_H

#include "util/opt.h"

/*
 * Of a setting that makes a link bad (port/options_impair.c), a value that it can have whatever the others are; NULL:
 * it is no such setting.
 */
const char *sample_of_link(const struct opt *o);

#endif
