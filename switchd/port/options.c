/* SPDX-License-Identifier: ISC */
#include "port/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	MTU_MIN = 68,	     /* RFC 791 */
	TAP_MTU_MAX = 65521, /* 65535 - 14 in drivers/net/tun.c */
};

/* What the kernel takes as a device name (dev_valid_name() in net/core/dev.c), or one pattern. */
static int check_ifname(const char *s, struct err *e)
{
	const char *percent = strchr(s, '%');

	if (strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return err_set(e, EINVAL, "\"%s\" cannot be the name of a device", s);
	for (const char *p = s; *p; p++)
		if (*p == '/' || *p == ':' || (unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return err_set(
				e, EINVAL,
				"a device name holds no '/', ':', space or control character; "
				"found 0x%02x in it",
				(unsigned char)*p);
	if (percent && (percent[1] != 'd' || strchr(percent + 1, '%')))
		return err_set(
			e, EINVAL,
			"in a pattern like \"tap%%d\" one %%d stands for the number; found \"%s\"",
			s);
	return 0;
}

static int check_netns(const char *s, struct err *e)
{
	if (strchr(s, '/') || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return err_set(
			e, EINVAL,
			"found \"%s\", allowed is a name that `ip netns` lists, or a process id",
			s);
	return 0;
}

static int check_local(const char *s, struct err *e)
{
	struct endpoint ep;
	int rc = endpoint_parse(s, &ep, e);

	if (rc == 0 && endpoint_is_group(&ep))
		rc = err_set(e, EINVAL,
			     "found \"%s\", which is a group of hosts; allowed is an address of "
			     "this host",
			     s);
	return rc;
}

static int check_remote(const char *s, struct err *e)
{
	struct endpoint ep;
	int rc = endpoint_parse(s, &ep, e);

	if (rc == 0 && (endpoint_is_group(&ep) || endpoint_is_any(&ep)))
		rc = err_set(e, EINVAL,
			     "found \"%s\", which is no single host; allowed is the address of one "
			     "peer",
			     s);
	return rc;
}

#define AT(field)   offsetof(struct port_cfg, field)
#define ROOM(field) sizeof(((struct port_cfg *)0)->field)

/* Settings every kind of port has; what an MTU is, depends on the kind. */
/* clang-format off */
#define COMMON_OPTIONS(mtu_max, mtu_help)                                                          \
	{                                                                                          \
		.name = "mtu", .type = OPT_UINT, .change = OPT_LIVE, .off = AT(mtu),               \
		.min = MTU_MIN, .max = (mtu_max), .zero_ok = true, .dflt = "0",                    \
		.arg = "BYTES", .help = (mtu_help),                                                \
	},                                                                                         \
	{                                                                                          \
		.name = "max_macs", .type = OPT_UINT, .change = OPT_LIVE, .off = AT(max_macs),     \
		.max = 4194304, .dflt = "0", .arg = "NUMBER",                                      \
		.help = "addresses that may be learned from this port; 0 = no limit of its own",   \
	}
/* clang-format on */

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
	COMMON_OPTIONS(TAP_MTU_MAX,
		       "largest payload in and out, also set on the device; 0 = leave the "
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
	{.name = NULL},
};

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

static bool same_tap(const struct port_cfg *a, const struct port_cfg *b)
{
	return strcmp(tap_ifname(a), tap_ifname(b)) == 0 &&
	       strcmp(a->u.tap.netns, b->u.tap.netns) == 0;
}

static int compare_taps(const struct port_cfg *a, const struct port_cfg *b)
{
	int d = strcmp(tap_ifname(a), tap_ifname(b));

	return d ? d : strcmp(a->u.tap.netns, b->u.tap.netns);
}

static void tap_text(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE])
{
	const char *netns = cfg->u.tap.netns;

	snprintf(out, DEVICE_TEXT_SIZE, "the device %s%s%s", tap_ifname(cfg),
		 netns[0] ? " in namespace " : "", netns);
}

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

/* The endpoint of a text that has passed its check. */
static struct endpoint endpoint_of(const char *text)
{
	struct endpoint ep = {0};

	(void)endpoint_parse(text, &ep, NULL);
	return ep;
}

/* There is one way to write a port: where the texts end differently, the ports differ. */
static bool same_udp(const struct port_cfg *a, const struct port_cfg *b)
{
	const char *x = strrchr(a->u.udp.local, ':'), *y = strrchr(b->u.udp.local, ':');

	if (!x || !y || strcmp(x, y) != 0)
		return false;
	struct endpoint p = endpoint_of(a->u.udp.local), q = endpoint_of(b->u.udp.local);
	return endpoint_overlap(&p, &q);
}

static int compare_udps(const struct port_cfg *a, const struct port_cfg *b)
{
	struct endpoint p = endpoint_of(a->u.udp.local), q = endpoint_of(b->u.udp.local);

	return endpoint_compare(&p, &q);
}

static void udp_text(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE])
{
	snprintf(out, DEVICE_TEXT_SIZE, "the address %s", cfg->u.udp.local);
}

const struct port_type port_types[] = {
	{"tap", "a tap device of the kernel: a network card for this host or a namespace",
	 tap_options, check_tap, same_tap, compare_taps, tap_text},
	{"udp", "a cable to one peer, another switchd for instance: frames as UDP datagrams",
	 udp_options, check_udp, same_udp, compare_udps, udp_text},
	{.name = NULL},
};

bool port_cfg_same_device(const struct port_cfg *a, const struct port_cfg *b)
{
	return strcmp(a->type, b->type) == 0 && port_type_find(a->type)->same_device(a, b);
}

int port_cfg_compare_devices(const struct port_cfg *a, const struct port_cfg *b)
{
	int d = strcmp(a->type, b->type);

	return d ? d : port_type_find(a->type)->compare_devices(a, b);
}

bool port_cfg_device_is_pattern(const struct port_cfg *cfg)
{
	return strcmp(cfg->type, "tap") == 0 && strchr(tap_ifname(cfg), '%');
}

const char *port_cfg_device_text(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE])
{
	port_type_find(cfg->type)->device_text(cfg, out);
	return out;
}

bool id_parse(const char *text, uint32_t *id)
{
	uint64_t v = 0;

	if (!*text || strlen(text) > 10 || text[strspn(text, "0123456789")])
		return false;
	for (; *text; text++)
		v = v * 10 + (uint64_t)(*text - '0');
	*id = (uint32_t)v;
	return v < UINT32_MAX;
}

const struct port_type *port_type_find(const char *name)
{
	for (const struct port_type *t = port_types; t->name; t++)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

void port_cfg_init(struct port_cfg *cfg, const char *name, const struct port_type *type)
{
	memset(cfg, 0, sizeof(*cfg));
	snprintf(cfg->name, sizeof(cfg->name), "%s", name);
	snprintf(cfg->type, sizeof(cfg->type), "%s", type->name);
	opt_defaults(type->options, cfg);
}

const char *tap_ifname(const struct port_cfg *cfg)
{
	return cfg->u.tap.ifname[0] ? cfg->u.tap.ifname : cfg->name;
}

int port_cfg_check(const struct port_cfg *cfg, struct err *e)
{
	const struct port_type *type = port_type_find(cfg->type);

	opt_foreach (o, type->options)
		if (o->required && !*(const char *)opt_at_const(o, cfg))
			return err_set(e, EINVAL, "\"%s\" is missing: %s", o->name, o->help);
	return type->check(cfg, e);
}
