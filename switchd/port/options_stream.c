/* SPDX-License-Identifier: ISC */
/*
 * options_stream.c - the settings of a stream port.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/options_impl.h"

int check_mode(const char *s, struct err *e)
{
	uint32_t mode;

	if (!mode_parse(s, &mode))
		return err_set(e, EINVAL,
			       "found \"%s\", allowed is an octal number up to 0777, like 0660", s);
	return 0;
}

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
	COMMON_OPTIONS(STREAM_MTU_MAX, "largest payload in and out; 0 = all that fits in a frame"),
	SOCKET_OPTIONS(stream),
	{
		.name = "coalesce",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(u.stream.coalesce),
		.dflt = "true",
		.arg = "BOOL",
		.help = "join segments of one TCP or UDP flow that arrive together",
	},
	{.name = NULL},
};

int check_socket_path(const char *listen, const char *mode, const char *group, struct err *e)
{
	if ((mode[0] || group[0]) && strncmp(listen, "unix:/", 6) != 0) {
		err_set(e, EINVAL,
			"only a socket with a name in the file system has a mode and a group");
		err_at(e, mode[0] ? "mode" : "group");
		return -EINVAL;
	}
	return 0;
}

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

static bool is_unix(const char *address)
{
	return strncmp(address, "unix:", 5) == 0;
}

/* Several may connect to the same peer: whether it wants them all is its business. */
static bool same_stream(const struct port_cfg *a, const struct port_cfg *b)
{
	const char *x = a->u.stream.listen, *y = b->u.stream.listen;

	if (!*x || !*y || is_unix(x) != is_unix(y))
		return false;
	return is_unix(x) ? strcmp(x, y) == 0 : same_local(x, y);
}

static int compare_streams(const struct port_cfg *a, const struct port_cfg *b)
{
	const char *x = a->u.stream.listen, *y = b->u.stream.listen;

	if (!*x && !*y) {
		int d = strcmp(a->u.stream.connect, b->u.stream.connect);

		return d ? d : strcmp(a->name, b->name);
	}
	if (!*x || !*y || is_unix(x) || is_unix(y))
		return is_unix(x) == is_unix(y) ? strcmp(x, y) : is_unix(x) - is_unix(y);
	return compare_locals(x, y);
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
		   "qemu-system-x86_64 ... -device virtio-net-pci,netdev=n1 -netdev "
		   "stream,id=n1,addr.type=unix,addr.path=/run/lab/vm",
	.options = stream_options,
	.check = check_stream,
	.same_device = same_stream,
	.compare_devices = compare_streams,
	.device_text = stream_text,
};
