/* SPDX-License-Identifier: ISC */
/*
 * show_impair.h - what "show port" tells of a link that is bad.
 */
#ifndef CLI_SHOW_IMPAIR_H
#define CLI_SHOW_IMPAIR_H

#include "show.h"

/* The directions that are bad: rows as of impair.list; may be NULL. */
void tell_links(struct ctx *ctx, const json_t *rows);

/* Of a row of port.list: that its link is bad; to be freed, NULL where it is good. */
char *link_line(const json_t *p);

#endif
