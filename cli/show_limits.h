/* SPDX-License-Identifier: ISC */
/*
 * show_limits.h - the "limits" of a port in port.list, for people.
 */
#ifndef CLI_SHOW_LIMITS_H
#define CLI_SHOW_LIMITS_H

#include "show.h"

/* A line for each limit; nothing where there are none. */
void tell_limits(struct ctx *ctx, json_t *limits);

/* Which limits of storm control the port is above, to be freed; NULL: none. */
char *storm_line(const json_t *port);

#endif
