/* SPDX-License-Identifier: ISC */
/*
 * lldp_make.h - the LLDPDUs that we send.  For core/lldp.c and tests.
 */
#ifndef CORE_LLDP_MAKE_H
#define CORE_LLDP_MAKE_H

#include "core/lldp.h"

/* What the receivers are to be told that it is good for: clause 9.2.5, txTTL. */
uint16_t lldp_ttl(const struct lldp_cfg *cfg);

/*
 * Writes the frame that the port sends now; `ttl_s` 0 makes it a shutdown LLDPDU, with nothing but what has to be
 * there.  Returns its length.  It is no larger than the port's mtu allows: what does not fit is left out and added
 * to *left_out.
 */
size_t lldp_make(const struct lldp_cfg *cfg, const struct lldp_port_cfg *port, uint16_t ttl_s,
		 uint8_t frame[LLDP_FRAME_MAX], uint64_t *left_out);

#endif
