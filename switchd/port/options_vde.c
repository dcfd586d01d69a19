/* SPDX-License-Identifier: ISC */
/*
 * options_vde.c - the settings of a vde port.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/options_impl.h"
#include "util/text.h"

static int check_dir(const char *s, struct err *e)
{
	char shown[TEXT_SHOWN_SIZE];

	if (!*s)
		return 0;
	if (s[0] != '/' || !s[strspn(s, "/")])
		return err_set(
			e, EINVAL,
			"found \"%s\"; allowed is the whole path of a directory, like /run/lab",
			text_shown(s, shown));
	return 0;
}

static const struct opt vde_options[] = {
	{
		.name = "dir",
		.type = OPT_STR,
		.change = OPT_REOPEN,
		.off = AT(u.vde.dir),
		.size = ROOM(u.vde.dir),
		.required = true,
		.dflt = "",
		.arg = "PATH",
		.help = "directory that clients are told to plug into; made where it is missing",
		.check = check_dir,
	},
	{
		.name = "mode",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(u.vde.mode),
		.size = ROOM(u.vde.mode),
		.dflt = "0600",
		.arg = "MODE",
		.help = "who may plug in, as the mode of the sockets: 0660 lets in a group, 0666 "
			"everybody",
		.check = check_mode,
	},
	{
		.name = "group",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(u.vde.group),
		.size = ROOM(u.vde.group),
		.dflt = "",
		.arg = "GROUP",
		.help = "group, by name or number, that the directory and the sockets are given to",
	},
	{
		.name = "max_peers",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(u.vde.max_peers),
		.min = 1,
		.max = 1023,
		.dflt = "64",
		.arg = "NUMBER",
		.help = "clients that may be plugged in at a time",
	},
	COMMON_OPTIONS(VDE_MTU_MAX, "largest payload in and out; 0 = no limit but a frame's"),
	{
		.name = "coalesce",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(u.vde.coalesce),
		.dflt = "true",
		.arg = "BOOL",
		.help = "join segments of one TCP or UDP flow that arrive together",
	},
	{.name = NULL},
};

static int check_vde(const struct port_cfg *cfg, struct err *e)
{
	(void)cfg;
	(void)e;
	return 0;
}

/* Of the paths, without the slashes that make no difference. */
static int compare_vdes(const struct port_cfg *x, const struct port_cfg *y)
{
	const char *a = x->u.vde.dir, *b = y->u.vde.dir;

	for (;; a++, b++) {
		while (*a == '/' && (a[1] == '/' || !a[1]))
			a++;
		while (*b == '/' && (b[1] == '/' || !b[1]))
			b++;
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	}
}

static bool same_vde(const struct port_cfg *a, const struct port_cfg *b)
{
	return compare_vdes(a, b) == 0;
}

static void vde_text(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE])
{
	snprintf(out, DEVICE_TEXT_SIZE, "the directory %s", cfg->u.vde.dir);
}

const struct port_type port_type_vde = {
	.name = "vde",
	.help = "clients of VDE, as vde_switch takes them: a port for each",
	.example = "swctl add port lab --type vde --dir /run/lab\n"
		   "vde_plug2tap -s /run/lab tap0\n"
		   "qemu-system-x86_64 ... -device virtio-net-pci,netdev=n1 -netdev "
		   "vde,id=n1,sock=/run/lab",
	.options = vde_options,
	.check = check_vde,
	.same_device = same_vde,
	.compare_devices = compare_vdes,
	.device_text = vde_text,
};
