/* SPDX-License-Identifier: ISC */
/*
 * options_mcast.c - the settings of a mcast port.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/options_impl.h"

enum { TTL_MAX = 255 };

static bool is_multicast(const struct endpoint *ep)
{
	return endpoint_is_group(ep) && (ep->ipv6 || ep->addr[0] != 0xff /* broadcast */);
}

static int check_group(const char *s, struct err *e)
{
	struct endpoint ep;
	int rc = endpoint_parse(s, &ep, e);

	if (rc == 0 && !is_multicast(&ep))
		rc = err_set(e, EINVAL,
			     "found \"%s\", which is no multicast group; allowed is one from "
			     "224.0.0.0 to 239.255.255.255 or of ff00::/8, like 230.0.0.1:1234",
			     s);
	return rc;
}

static const struct opt mcast_options[] = {
	{
		.name = "group",
		.type = OPT_STR,
		.change = OPT_REOPEN,
		.off = AT(u.mcast.group),
		.size = ROOM(u.mcast.group),
		.required = true,
		.dflt = "",
		.arg = "ADDRESS:PORT",
		.help = "the multicast group that is the cable, like 230.0.0.1:1234 or "
			"[ff15::1]:1234",
		.check = check_group,
	},
	{
		.name = "ifname",
		.type = OPT_STR,
		.change = OPT_REOPEN,
		.off = AT(u.mcast.ifname),
		.size = ROOM(u.mcast.ifname),
		.dflt = "",
		.arg = "NAME",
		.help = "network device to join the group on and send through; default: the one "
			"that the route to the group says",
		.check = check_ifname,
	},
	{
		.name = "ttl",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(u.mcast.ttl),
		.max = TTL_MAX,
		.dflt = "1",
		.arg = "NUMBER",
		.help = "how far datagrams go: 0 = this host, 1 = the network of the device, more = "
			"past so many routers and one",
	},
	MTU_OPTION(UDP_MTU_MAX, "largest payload in and out; 0 = all that fits in a datagram"),
	COALESCE_OPTION(mcast),
	CORE_OPTIONS,
};

static int check_mcast(const struct port_cfg *cfg, struct err *e)
{
	const struct mcast_cfg *m = &cfg->u.mcast;
	struct endpoint group;
	int rc = endpoint_parse(m->group, &group, e);

	if (rc)
		return rc;
	if (strchr(m->ifname, '%'))
		return err_set(e, EINVAL, "ifname is %s, but has to be one device", m->ifname);
	if (m->ifname[0] && group.scope[0] && strcmp(m->ifname, group.scope) != 0)
		return err_set(
			e, EINVAL,
			"the group %s is on another device than ifname, %s, says; leave one of "
			"them out",
			m->group, m->ifname);
	return 0;
}

/* A group is there for as many as like. */
static bool same_mcast(const struct port_cfg *a, const struct port_cfg *b)
{
	(void)a;
	(void)b;
	return false;
}

static int compare_mcasts(const struct port_cfg *a, const struct port_cfg *b)
{
	return compare_locals(a->u.mcast.group, b->u.mcast.group);
}

static void mcast_text(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE])
{
	snprintf(out, DEVICE_TEXT_SIZE, "the group %s", cfg->u.mcast.group);
}

const struct port_type port_type_mcast = {
	.name = "mcast",
	.help = "a LAN of all who are in a multicast group, as QEMU makes it: frames as UDP datagrams",
	.example = "swctl add port vms --type mcast --group 230.0.0.1:1234 --ifname lo\n"
		   "qemu-system-x86_64 ... -device virtio-net-pci,netdev=n1 \\\n"
		   "  -netdev socket,id=n1,mcast=230.0.0.1:1234,localaddr=127.0.0.1",
	.options = mcast_options,
	.check = check_mcast,
	.same_device = same_mcast,
	.compare_devices = compare_mcasts,
	.device_text = mcast_text,
};
