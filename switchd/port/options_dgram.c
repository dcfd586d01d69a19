/* SPDX-License-Identifier: ISC */
/*
 * options_dgram.c - the settings of a dgram port.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/options_impl.h"

static int check_listen(const char *s, struct err *e)
{
	struct address a;
	int rc = address_parse(s, &a, e);

	if (rc == 0 && !a.is_unix)
		return err_set(e, EINVAL,
			       "found \"%s\"; allowed is a name like unix:/run/lab/vms (a port of "
			       "type udp sends datagrams to an address)",
			       s);
	return rc;
}

static const struct opt dgram_options[] = {
	{
		.name = "listen",
		.type = OPT_STR,
		.change = OPT_REOPEN,
		.off = AT(u.dgram.listen),
		.size = ROOM(u.dgram.listen),
		.required = true,
		.dflt = "",
		.arg = "ADDRESS",
		.help = "wait here for peers, each a port of its own: unix:/run/lab/vms",
		.check = check_listen,
	},
	MTU_OPTION(STREAM_MTU_MAX, "largest payload in and out; 0 = all that fits in a frame"),
	SOCKET_OPTIONS(dgram),
	COALESCE_OPTION(dgram),
	CORE_OPTIONS,
};

static int check_dgram(const struct port_cfg *cfg, struct err *e)
{
	const struct dgram_cfg *d = &cfg->u.dgram;

	return check_socket_path(d->listen, d->mode, d->group, e);
}

static void dgram_text(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE])
{
	snprintf(out, DEVICE_TEXT_SIZE, "the address %s", cfg->u.dgram.listen);
}

const struct port_type port_type_dgram = {
	.name = "dgram",
	.help = "virtual machines that send each frame as a datagram to one local socket",
	.example = "swctl add port vms --type dgram --listen unix:/run/lab/vms\n"
		   "qemu-system-x86_64 ... -device virtio-net-pci,netdev=n1 \\\n"
		   "  -netdev dgram,id=n1,local.type=unix,local.path=/run/lab/vm1,\\\n"
		   "remote.type=unix,remote.path=/run/lab/vms",
	.options = dgram_options,
	.check = check_dgram,
	.same_device = same_socket,
	.compare_devices = compare_sockets,
	.device_text = dgram_text,
};
