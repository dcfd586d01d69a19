/* SPDX-License-Identifier: ISC */
/*
 * options_udp.c - the settings of a udp port.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/options_impl.h"

static const struct opt udp_options[] = {
	{
		.name = "local",
		.type = OPT_STR,
		.change = OPT_REOPEN,
		.off = AT(u.udp.local),
		.size = ROOM(u.udp.local),
		.required = true,
		.dflt = "",
		.arg = "ADDRESS:PORT",
		.help = "address of this host to receive on, like " ENDPOINT_EXAMPLES
			"; 0.0.0.0 or [::] is every one",
		.check = check_local,
	},
	{
		.name = "remote",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(u.udp.remote),
		.size = ROOM(u.udp.remote),
		.required = true,
		.dflt = "",
		.arg = "ADDRESS:PORT",
		.help = "the peer: frames go there, and come from nobody else",
		.check = check_remote,
	},
	MTU_OPTION(UDP_MTU_MAX, "largest payload in and out; 0 = all that fits in a datagram"),
	COALESCE_OPTION(udp),
	CORE_OPTIONS,
};

static int check_udp(const struct port_cfg *cfg, struct err *e)
{
	const struct udp_cfg *udp = &cfg->u.udp;
	struct endpoint local, remote;
	int rc = endpoint_parse(udp->local, &local, e);

	if (rc == 0)
		rc = endpoint_parse(udp->remote, &remote, e);
	if (rc)
		return rc;
	if (local.ipv6 != remote.ipv6)
		return err_set(e, EINVAL,
			       "local (%s) and remote (%s) have to be both IPv4 or both IPv6",
			       udp->local, udp->remote);
	if (endpoint_compare(&local, &remote) == 0)
		return err_set(e, EINVAL,
			       "local and remote are both %s: the port would hear itself",
			       udp->local);
	return 0;
}

static bool is_vxlan(const struct port_cfg *cfg)
{
	return strcmp(cfg->type, "vxlan") == 0;
}

static const char *local_of(const struct port_cfg *cfg)
{
	return is_vxlan(cfg) ? cfg->u.vxlan.local : cfg->u.udp.local;
}

int compare_udp_locals(const struct port_cfg *a, const struct port_cfg *b)
{
	uint32_t x = a->u.vxlan.vni, y = b->u.vxlan.vni;
	int d = compare_locals(local_of(a), local_of(b));

	if (d || is_vxlan(a) != is_vxlan(b))
		return d ? d : is_vxlan(a) - is_vxlan(b);
	return is_vxlan(a) ? (x > y) - (x < y) : 0;
}

/* The socket of a vxlan port serves any number of networks, if it is one socket. */
bool same_udp_local(const struct port_cfg *a, const struct port_cfg *b)
{
	const char *x = local_of(a), *y = local_of(b);

	if (!same_local(x, y))
		return false;
	return !is_vxlan(a) || !is_vxlan(b) || compare_locals(x, y) != 0 ||
	       a->u.vxlan.vni == b->u.vxlan.vni;
}

static void udp_text(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE])
{
	snprintf(out, DEVICE_TEXT_SIZE, "the address %s", cfg->u.udp.local);
}

const struct port_type port_type_udp = {
	.name = "udp",
	.help = "a cable to one peer, another switchd for instance: frames as UDP datagrams",
	.example = "swctl add port vm1 --type udp --local 127.0.0.1:4000 --remote 127.0.0.1:4001\n"
		   "qemu-system-x86_64 ... -device virtio-net-pci,netdev=n1 \\\n"
		   "  -netdev dgram,id=n1,local.type=inet,local.host=127.0.0.1,local.port=4001,\\\n"
		   "remote.type=inet,remote.host=127.0.0.1,remote.port=4000",
	.options = udp_options,
	.check = check_udp,
	.same_device = same_udp_local,
	.compare_devices = compare_udp_locals,
	.device_text = udp_text,
};
