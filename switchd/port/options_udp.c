/* SPDX-License-Identifier: ISC */
/*
 * options_udp.c - the settings of a udp port.
 */
#include <errno.h>
#include <stdio.h>

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
	COMMON_OPTIONS(UDP_MTU_MAX, "largest payload in and out; 0 = all that fits in a datagram"),
	{
		.name = "coalesce",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(u.udp.coalesce),
		.dflt = "true",
		.arg = "BOOL",
		.help = "join segments of one TCP or UDP flow that arrive together",
	},
	{.name = NULL},
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

static bool same_udp(const struct port_cfg *a, const struct port_cfg *b)
{
	return same_local(a->u.udp.local, b->u.udp.local);
}

static int compare_udps(const struct port_cfg *a, const struct port_cfg *b)
{
	return compare_locals(a->u.udp.local, b->u.udp.local);
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
	.same_device = same_udp,
	.compare_devices = compare_udps,
	.device_text = udp_text,
};
