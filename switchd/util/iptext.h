/* SPDX-License-Identifier: ISC */
/*
 * iptext.h - the addresses of util/ip.h as people write them.
 */
#ifndef UTIL_IPTEXT_H
#define UTIL_IPTEXT_H

#include <stdbool.h>

#include "util/ip.h"

enum { IP_STR_SIZE = 46 };

/* "239.1.2.3" or "ff02::1" (RFC 4291 clause 2.2).  False: it is neither, and *a is untouched. */
bool ip_parse(const char *text, struct ip_addr *a);

/* The same the other way, IPv6 as in RFC 5952; returns out. */
const char *ip_format(struct ip_addr a, char out[IP_STR_SIZE]);

#endif
