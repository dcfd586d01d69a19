/* SPDX-License-Identifier: ISC */
/*
 * options_patch.c - the settings of a patch port.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/options_impl.h"
#include "util/text.h"

enum { PATCH_MTU_MAX = 65521 }; /* what a tap can have */

/* "SWITCH/PORT": neither name can hold a '/'. */
static int check_peer(const char *s, struct err *e)
{
	const char *slash = strchr(s, '/');
	char sw[NAME_SIZE] = "", shown[TEXT_SHOWN_SIZE];

	if (slash && slash - s < NAME_SIZE)
		memcpy(sw, s, (size_t)(slash - s));
	if (slash && name_check(sw, NULL) == 0 && name_check(slash + 1, NULL) == 0)
		return 0;
	return err_set(e, EINVAL,
		       "found \"%s\"; allowed is the name of a switch and of a port of it, like "
		       "sw1/up",
		       text_shown(s, shown));
}

static const struct opt patch_options[] = {
	{
		.name = "peer",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(u.patch.peer),
		.size = ROOM(u.patch.peer),
		.required = true,
		.dflt = "",
		.arg = "SWITCH/PORT",
		.help = "the patch port at the other end, which has this one as its peer",
		.check = check_peer,
	},
	MTU_OPTION(PATCH_MTU_MAX, "largest payload in and out; 0 = all that a switch carries"),
	CORE_OPTIONS,
};

static int check_patch(const struct port_cfg *cfg, struct err *e)
{
	(void)cfg;
	(void)e;
	return 0;
}

/* There is no device: who has a peer that has another one is told so when it is there. */
static bool same_patch(const struct port_cfg *a, const struct port_cfg *b)
{
	(void)a;
	(void)b;
	return false;
}

static int compare_patches(const struct port_cfg *a, const struct port_cfg *b)
{
	return strcmp(a->u.patch.peer, b->u.patch.peer);
}

static void patch_text(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE])
{
	snprintf(out, DEVICE_TEXT_SIZE, "the cable to %s", cfg->u.patch.peer);
}

const struct port_type port_type_patch = {
	.name = "patch",
	.help = "a cable between two switches of one daemon",
	.example = "swctl add port up --switch sw0 --type patch --peer sw1/down\n"
		   "swctl add port down --switch sw1 --type patch --peer sw0/up",
	.options = patch_options,
	.check = check_patch,
	.same_device = same_patch,
	.compare_devices = compare_patches,
	.device_text = patch_text,
};
