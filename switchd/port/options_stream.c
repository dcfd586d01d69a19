/* SPDX-License-Identifier: ISC */
/*
 * options_stream.c - the settings of a stream port.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/options_impl.h"

static int check_listen(const char *s, struct err *e)
{
	struct address a;
	int rc = address_parse(s, &a, e);

	return rc || a.is_unix ? rc : check_local(s, e);
}

static int check_connect(const char *s, struct err *e)
{
	struct address a;
	int rc = address_parse(s, &a, e);

	return rc || a.is_unix ? rc : check_remote(s, e);
}

static const struct opt stream_options[] = {
	{
		.name = "listen",
		.type = OPT_STR,
		.change = OPT_REOPEN,
		.off = AT(u.stream.listen),
		.size = ROOM(u.stream.listen),
		.dflt = "",
		.arg = "ADDRESS",
		.help = "wait here for peers, each a port of its own: " ADDRESS_EXAMPLES,
		.check = check_listen,
	},
	{
		.name = "connect",
		.type = OPT_STR,
		.change = OPT_REOPEN,
		.off = AT(u.stream.connect),
		.size = ROOM(u.stream.connect),
		.dflt = "",
		.arg = "ADDRESS",
		.help = "connect to a peer that waits here, and again whenever it is back",
		.check = check_connect,
	},
	MTU_OPTION(STREAM_MTU_MAX, "largest payload in and out; 0 = all that fits in a frame"),
	SOCKET_OPTIONS(stream),
	COALESCE_OPTION(stream),
	CORE_OPTIONS,
};

static int check_stream(const struct port_cfg *cfg, struct err *e)
{
	const struct stream_cfg *s = &cfg->u.stream;

	if (!s->listen[0] == !s->connect[0])
		return err_set(e, EINVAL,
			       "a stream port has either \"listen\", to wait for peers, or "
			       "\"connect\", to be one; found %s",
			       s->listen[0] ? "both" : "neither");
	return check_socket_path(s->listen, s->mode, s->group, e);
}

static void stream_text(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE])
{
	const struct stream_cfg *s = &cfg->u.stream;

	snprintf(out, DEVICE_TEXT_SIZE, "the address %s", s->listen[0] ? s->listen : s->connect);
}

const struct port_type port_type_stream = {
	.name = "stream",
	.help = "virtual machines that connect, or one connection out: frames in a byte stream",
	.example = "swctl add port vm --type stream --listen unix:/run/lab/vm\n"
		   "qemu-system-x86_64 ... -device virtio-net-pci,netdev=n1 \\\n"
		   "  -netdev stream,id=n1,addr.type=unix,addr.path=/run/lab/vm",
	.options = stream_options,
	.check = check_stream,
	.same_device = same_socket,
	.compare_devices = compare_sockets,
	.device_text = stream_text,
};
