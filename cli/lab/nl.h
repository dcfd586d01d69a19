/* SPDX-License-Identifier: ISC */
/*
 * nl.h - devices, addresses and routes of the network namespace that the process is in (rtnetlink(7), through libmnl).
 *
 * Each call makes its own socket: it is for processes that enter a namespace, set it up and end.
 */
#ifndef CLI_LAB_NL_H
#define CLI_LAB_NL_H

#include <stddef.h>

#include "lab/model.h"
#include "util/err.h"

/* Sets a device up.  0 or -errno with *e filled. */
int nl_up(const char *ifname, struct err *e);

/*
 * Gives a device these addresses and no others, but for those that the kernel makes itself.  An IPv6 address is usable at once: in a
 * lab nobody else has it (RFC 4862 section 5.4 is for networks where that is not known).
 */
int nl_addresses(const char *ifname, const struct lab_address *address, size_t n, struct err *e);

/* Makes these the routes that an administrator set (RTPROT_STATIC), and no others. */
int nl_routes(const struct lab_route *route, size_t n, struct err *e);

#endif
