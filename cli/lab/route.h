/* SPDX-License-Identifier: ISC */
/*
 * route.h - why the host that this process is in got no answer from an address, as far as its kernel knows.
 */
#ifndef CLI_LAB_ROUTE_H
#define CLI_LAB_ROUTE_H

#include <stddef.h>

#include "util/ip.h"

/* A sentence, "" where the kernel knows of nothing that is wrong; returns out. */
const char *route_doubt(struct ip_addr to, char *out, size_t size);

#endif
