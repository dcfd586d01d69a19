/* SPDX-License-Identifier: ISC */
#include "core/settings.h"

#define AT(field) offsetof(struct sw_settings, field)

const struct opt sw_options[] = {
	{
		.name = "ageing_s",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(ageing_s),
		.max = AGEING_MAX_S,
		.dflt = "300",
		.arg = "SECONDS",
		.help = "forget a station not heard for this long; 0 = never",
	},
	{
		.name = "max_macs",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(max_macs),
		.min = 16,
		.max = FDB_MACS_MAX,
		.dflt = "65536",
		.arg = "NUMBER",
		.help = "room in the address table; further addresses are flooded and counted",
	},
	{
		.name = "link_local",
		.type = OPT_MASK,
		.change = OPT_LIVE,
		.off = AT(link_local),
		.max = LINK_LOCAL_ALL,
		.dflt = "drop",
		.arg = "drop|forward|MASK",
		.words = "drop forward",
		.help = "which of 01:80:C2:00:00:00-0F (STP, LACP, LLDP...) to pass on; bit i is address 0i",
	},
	{.name = NULL},
};
