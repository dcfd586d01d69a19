/* SPDX-License-Identifier: ISC */
#include "port/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/options_impl.h"

const struct port_type *const port_types[] = {
	&port_type_tap,	  &port_type_udp,   &port_type_stream, &port_type_dgram, &port_type_netdev,
	&port_type_patch, &port_type_mcast, &port_type_vde,    &port_type_vxlan, NULL,
};

/* ---- what kinds have in common ---- */

/* What the kernel takes as a device name (dev_valid_name() in net/core/dev.c), or one pattern. */
int check_ifname(const char *s, struct err *e)
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

int check_netns(const char *s, struct err *e)
{
	if (strchr(s, '/') || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return err_set(
			e, EINVAL,
			"found \"%s\", allowed is a name that `ip netns` lists, or a process id",
			s);
	return 0;
}

int check_local(const char *s, struct err *e)
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

int check_remote(const char *s, struct err *e)
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

struct endpoint endpoint_of(const char *text)
{
	struct endpoint ep = {0};

	(void)endpoint_parse(text, &ep, NULL);
	return ep;
}

/* There is one way to write a port: where the texts end differently, the ports differ. */
bool same_local(const char *a, const char *b)
{
	const char *x = strrchr(a, ':'), *y = strrchr(b, ':');

	if (!x || !y || strcmp(x, y) != 0)
		return false;
	struct endpoint p = endpoint_of(a), q = endpoint_of(b);
	return endpoint_overlap(&p, &q);
}

int compare_locals(const char *a, const char *b)
{
	struct endpoint p = endpoint_of(a), q = endpoint_of(b);

	return endpoint_compare(&p, &q);
}

static const char *ifname_of(const struct port_cfg *cfg)
{
	return strcmp(cfg->type, "tap") == 0 ? tap_ifname(cfg) : netdev_ifname(cfg);
}

static const char *netns_of(const struct port_cfg *cfg)
{
	return strcmp(cfg->type, "tap") == 0 ? cfg->u.tap.netns : cfg->u.netdev.netns;
}

bool same_interface(const struct port_cfg *a, const struct port_cfg *b)
{
	return compare_interfaces(a, b) == 0;
}

int compare_interfaces(const struct port_cfg *a, const struct port_cfg *b)
{
	int d = strcmp(ifname_of(a), ifname_of(b));

	return d ? d : strcmp(netns_of(a), netns_of(b));
}

/* ---- for all kinds ---- */

/* The first kind with devices of the same sort. */
static const struct port_type *sort_of_device(const struct port_cfg *cfg)
{
	const struct port_type *own = port_type_find(cfg->type);

	port_types_foreach (t)
		if (t->same_device == own->same_device)
			return t;
	return own;
}

bool port_cfg_same_device(const struct port_cfg *a, const struct port_cfg *b)
{
	const struct port_type *sort = sort_of_device(a);

	return sort == sort_of_device(b) && sort->same_device(a, b);
}

int port_cfg_compare_devices(const struct port_cfg *a, const struct port_cfg *b)
{
	const struct port_type *x = sort_of_device(a), *y = sort_of_device(b);

	return x == y ? x->compare_devices(a, b) : strcmp(x->name, y->name);
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

int port_cfg_check_remote(const struct port_cfg *cfg, const char *remote, struct err *e)
{
	const struct port_type *type = port_type_find(cfg->type);

	if (type->check_remote)
		return type->check_remote(cfg, remote, e);
	return err_set(
		e, EINVAL,
		"port %s is of the kind %s and has no remotes to choose from; of a vxlan port one "
		"may be given",
		cfg->name, cfg->type);
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

bool mode_parse(const char *text, uint32_t *mode)
{
	uint32_t v = 0;

	if (!*text || strlen(text) > 4 || text[strspn(text, "01234567")])
		return false;
	for (; *text; text++)
		v = v * 8 + (uint32_t)(*text - '0');
	*mode = v;
	return v <= 0777;
}

const struct port_type *port_type_find(const char *name)
{
	port_types_foreach (t)
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

int port_cfg_check(const struct port_cfg *cfg, struct err *e)
{
	const struct port_type *type = port_type_find(cfg->type);

	opt_foreach (o, type->options)
		if (opt_missing(o, cfg))
			return err_set(e, EINVAL, "\"%s\" is missing: %s", o->name, o->help);
	return sw_port_set_check(&cfg->set, e)
		       ?: impair_set_check(&cfg->impair, e) ?: type->check(cfg, e);
}
