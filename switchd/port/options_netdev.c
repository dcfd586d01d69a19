/* SPDX-License-Identifier: ISC */
/*
 * options_netdev.c - the settings of a netdev port.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/options_impl.h"

enum { NETDEV_MTU_MAX = 65535 };

static int check_whole_ifname(const char *s, struct err *e)
{
	if (strchr(s, '%'))
		return err_set(
			e, EINVAL,
			"found \"%s\", allowed is the name of a device that is there or will "
			"be; a pattern only names taps that the daemon makes",
			s);
	return check_ifname(s, e);
}

static const struct opt netdev_options[] = {
	{
		.name = "ifname",
		.type = OPT_STR,
		.change = OPT_REOPEN,
		.off = AT(u.netdev.ifname),
		.size = ROOM(u.netdev.ifname),
		.dflt = "",
		.arg = "NAME",
		.help = "name of the network device; default: the port's name",
		.check = check_whole_ifname,
	},
	{
		.name = "netns",
		.type = OPT_STR,
		.change = OPT_REOPEN,
		.off = AT(u.netdev.netns),
		.size = ROOM(u.netdev.netns),
		.dflt = "",
		.arg = "NAME|PID",
		.help = "network namespace the device is in; default: the daemon's",
		.check = check_netns,
	},
	MTU_OPTION(NETDEV_MTU_MAX, "largest payload in and out, where the device carries more; "
				   "0 = all it carries"),
	{
		.name = "promisc",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(u.netdev.promisc),
		.dflt = "true",
		.arg = "BOOL",
		.help = "have the device take frames for every address, not only its own",
	},
	CORE_OPTIONS,
};

const char *netdev_ifname(const struct port_cfg *cfg)
{
	return cfg->u.netdev.ifname[0] ? cfg->u.netdev.ifname : cfg->name;
}

static int check_netdev(const struct port_cfg *cfg, struct err *e)
{
	const char *ifname = netdev_ifname(cfg);

	if (strlen(ifname) >= IFNAMSIZ)
		return err_set(e, EINVAL,
			       "the port's name \"%s\" is too long for a device (at most %d "
			       "characters); say with ifname which device it is",
			       ifname, IFNAMSIZ - 1);
	int rc = check_whole_ifname(ifname, e);
	if (rc && !cfg->u.netdev.ifname[0])
		err_prefix(e, "the port's name cannot be a device's, so ifname is needed");
	return rc;
}

static void netdev_text(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE])
{
	const char *netns = cfg->u.netdev.netns;

	snprintf(out, DEVICE_TEXT_SIZE, "the device %s%s%s", netdev_ifname(cfg),
		 netns[0] ? " in namespace " : "", netns);
}

const struct port_type port_type_netdev = {
	.name = "netdev",
	.help = "a network device that is there: a virtual machine's tap, a veth, a real card",
	.example = "swctl add port vm1 --type netdev\n"
		   "ip tuntap add dev vm1 mode tap vnet_hdr && ip link set vm1 up\n"
		   "qemu-system-x86_64 ... -device virtio-net-pci,netdev=n1 \\\n"
		   "  -netdev tap,id=n1,ifname=vm1,script=no,downscript=no",
	.options = netdev_options,
	.check = check_netdev,
	.same_device = same_interface,
	.compare_devices = compare_interfaces,
	.device_text = netdev_text,
};
