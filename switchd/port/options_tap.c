/* SPDX-License-Identifier: ISC */
/*
 * options_tap.c - the settings of a tap port.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/options_impl.h"

enum { TAP_MTU_MAX = 65521 }; /* 65535 - 14 in drivers/net/tun.c */

static const struct opt tap_options[] = {
	{
		.name = "ifname",
		.type = OPT_STR,
		.change = OPT_REOPEN,
		.off = AT(u.tap.ifname),
		.size = ROOM(u.tap.ifname),
		.dflt = "",
		.arg = "NAME",
		.help = "name of the tap device, or a pattern like tap%d; default: the port's name",
		.check = check_ifname,
	},
	{
		.name = "netns",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(u.tap.netns),
		.size = ROOM(u.tap.netns),
		.dflt = "",
		.arg = "NAME|PID",
		.help = "network namespace the device is put in; it stays connected",
		.check = check_netns,
	},
	MTU_OPTION(TAP_MTU_MAX, "largest payload in and out, also set on the device; 0 = leave the "
				"device as it is and take all it carries"),
	{
		.name = "mac",
		.type = OPT_MAC,
		.change = OPT_LIVE,
		.off = AT(u.tap.mac),
		.dflt = "",
		.arg = "MAC",
		.help = "address of the device; default: what the kernel gave it",
	},
	{
		.name = "up",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(u.tap.up),
		.dflt = "true",
		.arg = "BOOL",
		.help = "set the device up when it is opened",
	},
	{
		.name = "persist",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(u.tap.persist),
		.dflt = "false",
		.arg = "BOOL",
		.help = "keep a device that this daemon made when the port or the daemon goes",
	},
	{
		.name = "owner",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(u.tap.owner),
		.size = ROOM(u.tap.owner),
		.dflt = "",
		.arg = "USER",
		.help = "user (name or uid) who may attach to the persistent device",
	},
	{
		.name = "group",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(u.tap.group),
		.size = ROOM(u.tap.group),
		.dflt = "",
		.arg = "GROUP",
		.help = "group (name or gid) that may attach to the persistent device",
	},
	CORE_OPTIONS,
};

const char *tap_ifname(const struct port_cfg *cfg)
{
	return cfg->u.tap.ifname[0] ? cfg->u.tap.ifname : cfg->name;
}

static int check_tap(const struct port_cfg *cfg, struct err *e)
{
	const char *ifname = tap_ifname(cfg);

	if (strlen(ifname) >= IFNAMSIZ)
		return err_set(
			e, EINVAL,
			"the port's name \"%s\" is too long for a device (at most %d characters); "
			"give the device a name of its own with ifname",
			ifname, IFNAMSIZ - 1);
	int rc = check_ifname(ifname, e);
	if (rc && !cfg->u.tap.ifname[0])
		err_prefix(e, "the port's name cannot be the device's too, so ifname is needed");
	return rc;
}

static void tap_text(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE])
{
	const char *netns = cfg->u.tap.netns;

	snprintf(out, DEVICE_TEXT_SIZE, "the device %s%s%s", tap_ifname(cfg),
		 netns[0] ? " in namespace " : "", netns);
}

const struct port_type port_type_tap = {
	.name = "tap",
	.help = "a tap device of the kernel: a network card for this host or a namespace",
	.example = "swctl add port h1 --netns blue\n"
		   "ip -n blue addr add 10.0.0.1/24 dev h1",
	.options = tap_options,
	.check = check_tap,
	.same_device = same_interface,
	.compare_devices = compare_interfaces,
	.device_text = tap_text,
};
