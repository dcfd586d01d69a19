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
	MTU_OPTION(VDE_MTU_MAX, "largest payload in and out; 0 = no limit but a frame's"),
	SOCKET_OPTIONS(vde),
	COALESCE_OPTION(vde),
	CORE_OPTIONS,
};

static int check_vde(const struct port_cfg *cfg, struct err *e)
{
	(void)cfg;
	(void)e;
	return 0;
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
		   "qemu-system-x86_64 ... -device virtio-net-pci,netdev=n1 \\\n"
		   "  -netdev vde,id=n1,sock=/run/lab",
	.options = vde_options,
	.check = check_vde,
	.same_device = same_socket,
	.compare_devices = compare_sockets,
	.device_text = vde_text,
};
