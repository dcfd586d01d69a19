/* SPDX-License-Identifier: ISC */
/*
 * lldp_addr.h - the addresses by which a switch can be managed, as a person writes them: "192.0.2.1,2001:db8::1".
 *
 * What LLDP tells of them is an address and no more (IEEE 802.1AB-2016 clause 8.5.9), so neither a UDP or TCP
 * port nor a device may stand with it; a link-local address means nothing without one, and is refused too.
 */
#ifndef CORE_LLDP_ADDR_H
#define CORE_LLDP_ADDR_H

#include "core/lldp.h"
#include "util/err.h"

enum {
	LLDP_ADDRS_SIZE = LLDP_ADDRS_SENT * 46
}; /* the longest text: 45 characters each, commas, a NUL */

/*
 * Puts up to LLDP_ADDRS_SENT addresses into c; "" is none.  Returns 0, or -EINVAL with *e (may be NULL), and
 * then c has none.
 */
int lldp_addrs_parse(const char *text, struct lldp_cfg *c, struct err *e);

/* The check of an option (util/opt.h). */
int lldp_addrs_check(const char *text, struct err *e);

#endif
