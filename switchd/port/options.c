/* SPDX-License-Identifier: ISC */
#include "port/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TAP_MTU_MIN = 68, TAP_MTU_MAX = 65521 }; /* RFC 791; 65535 - 14 in drivers/net/tun.c */

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

#define AT(field)   offsetof(struct port_cfg, field)
#define ROOM(field) sizeof(((struct port_cfg *)0)->field)

/* Settings every kind of port has. */
/* clang-format off */
#define COMMON_OPTIONS                                                                             \
	{                                                                                          \
		.name = "mtu", .type = OPT_UINT, .change = OPT_LIVE, .off = AT(mtu),               \
		.min = TAP_MTU_MIN, .max = TAP_MTU_MAX, .zero_ok = true, .dflt = "0",              \
		.arg = "BYTES",                                                                    \
		.help = "largest payload in and out, also set on the device; 0 = leave the "       \
			"device as it is and take all it carries",                                 \
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
	COMMON_OPTIONS,
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

const struct port_type port_types[] = {
	{"tap", "a tap device of the kernel: a network card for this host or a namespace",
	 tap_options},
	{.name = NULL},
};

bool port_cfg_same_device(const struct port_cfg *a, const struct port_cfg *b)
{
	return strcmp(tap_ifname(a), tap_ifname(b)) == 0 &&
	       strcmp(a->u.tap.netns, b->u.tap.netns) == 0;
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
