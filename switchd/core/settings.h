/* SPDX-License-Identifier: ISC */
/*
 * settings.h - what can be set on a switch, and the limits the core works with.
 */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include <stdint.h>

#include "util/opt.h"

enum {
	SWITCHES_MAX = 64, /* of one daemon */
	FDB_MACS_DEFAULT = 65536,
	FDB_MACS_MAX = 4194304,
	AGEING_DEFAULT_S = 300,	 /* IEEE 802.1Q-2018 table 8-6: the recommended ageing time */
	AGEING_MAX_S = 1000000,	 /* the upper end of the same table */
	VID_MAX = 4095,		 /* what fits; 4095 itself is reserved (802.1Q table 9-2) */
	LINK_LOCAL_ALL = 0xffff, /* one bit for each of 01:80:C2:00:00:00 to 0F */
};

struct sw_settings {
	uint32_t ageing_s;   /* seconds a silent station is remembered; 0 = for ever */
	uint32_t max_macs;   /* entries in the address table */
	uint32_t link_local; /* bit i: forward 01:80:C2:00:00:0i instead of dropping it */
};

/* Defaults, limits and help of the above. */
extern const struct opt sw_options[];

#endif
