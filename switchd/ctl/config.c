/* SPDX-License-Identifier: ISC */
#include "ctl/config.h"

#include <stdlib.h>
#include <string.h>

#include "port/log.h"

static const struct opt control_options[] = {
	{
		.name = "group",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = offsetof(struct daemon_cfg, control_group),
		.size = USER_SIZE,
		.dflt = "",
		.arg = "GROUP",
		.help = "group (name or gid) that may use the control socket",
	},
	{.name = NULL},
};

static const struct opt log_options[] = {
	{
		.name = "level",
		.type = OPT_ENUM,
		.change = OPT_LIVE,
		.off = offsetof(struct daemon_cfg, log_level),
		.size = sizeof(((struct daemon_cfg *)0)->log_level),
		.dflt = "info",
		.arg = "LEVEL",
		.words = LOG_LEVEL_WORDS,
		.help = "least important messages to log",
	},
	{.name = NULL},
};

static const struct opt datapath_options[] = {
	{
		.name = "busy_poll_us",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = offsetof(struct daemon_cfg, busy_poll_us),
		.max = BUSY_POLL_MAX_US,
		.dflt = "0",
		.arg = "US",
		.help = "microseconds to look for the next frame before going to sleep, at most; 0 = never",
	},
	{.name = NULL},
};

const struct config_section config_sections[] = {
	{"control", control_options},
	{"log", log_options},
	{"datapath", datapath_options},
	{.name = NULL},
};

const struct opt static_mac_options[] = {
	{
		.name = "mac",
		.type = OPT_MAC,
		.off = offsetof(struct static_mac, mac),
		.dflt = "",
		.arg = "MAC",
		.help = "the station's address",
	},
	{
		.name = "port",
		.type = OPT_STR,
		.off = offsetof(struct static_mac, port),
		.size = NAME_SIZE,
		.dflt = "",
		.arg = "PORT",
		.help = "the port it is behind",
		.check = name_check,
	},
	{
		.name = "vlan",
		.type = OPT_UINT,
		.off = offsetof(struct static_mac, vlan),
		.max = VID_MAX - 1,
		.dflt = "0",
		.arg = "VID",
		.help = "its VLAN; 0 = untagged",
	},
	{
		.name = "remote",
		.type = OPT_STR,
		.off = offsetof(struct static_mac, remote),
		.size = ENDPOINT_SIZE,
		.dflt = "",
		.arg = "REMOTE",
		.help = "the remote of a vxlan port that it is behind, one of the port's remotes; unset "
			"= whichever it is heard from",
		.check = check_any_remote,
	},
	{
		.name = "sticky",
		.type = OPT_BOOL,
		.off = offsetof(struct static_mac, sticky),
		.dflt = "false",
		.arg = "BOOL",
		.help = "it became static by itself, on a port that was sticky, and swctl release "
			"forgets it",
	},
	{.name = NULL},
};

void config_init(struct config *c)
{
	memset(c, 0, sizeof(*c));
	for (const struct config_section *s = config_sections; s->name; s++)
		opt_defaults(s->options, &c->daemon);
}

void config_free(struct config *c)
{
	for (size_t i = 0; i < c->switches; i++) {
		free(c->sw[i].vlan);
		free(c->sw[i].port);
		free(c->sw[i].mac);
		free(c->sw[i].group);
		free(c->sw[i].binding);
	}
	free(c->sw);
	memset(c, 0, sizeof(*c));
}

/* One more element of `size` bytes, zeroed, at the end of *list; lists double when they are full.
 */
static void *append(void *list, size_t *count, size_t size)
{
	void **p = list;
	size_t n = *count;

	if ((n & (n - 1)) == 0) {
		void *bigger = reallocarray(*p, n ? n * 2 : 1, size);

		if (!bigger)
			return NULL;
		*p = bigger;
	}
	void *e = (char *)*p + n * size;
	memset(e, 0, size);
	++*count;
	return e;
}

struct switch_cfg *config_add_switch(struct config *c, const char *name)
{
	struct switch_cfg *s = append(&c->sw, &c->switches, sizeof(*s));

	if (!s)
		return NULL;
	strncpy(s->name, name, sizeof(s->name) - 1);
	opt_defaults(sw_options, &s->set);
	return s;
}

struct vlan_cfg *config_add_vlan(struct switch_cfg *s, unsigned vid)
{
	struct vlan_cfg *v = append(&s->vlan, &s->vlans, sizeof(*v));

	if (!v)
		return NULL;
	v->vid = vid;
	opt_defaults(sw_vlan_options, &v->set);
	return v;
}

struct port_cfg *config_add_port(struct switch_cfg *s)
{
	return append(&s->port, &s->ports, sizeof(*s->port));
}

struct static_mac *config_add_mac(struct switch_cfg *s)
{
	return append(&s->mac, &s->macs, sizeof(*s->mac));
}

const struct switch_cfg *config_find_switch(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->switches; i++)
		if (strcmp(c->sw[i].name, name) == 0)
			return &c->sw[i];
	return NULL;
}

const struct vlan_cfg *config_find_vlan(const struct switch_cfg *s, unsigned vid)
{
	for (size_t i = 0; i < s->vlans; i++)
		if (s->vlan[i].vid == vid)
			return &s->vlan[i];
	return NULL;
}

const struct port_cfg *config_find_port(const struct switch_cfg *s, const char *name)
{
	for (size_t i = 0; i < s->ports; i++)
		if (strcmp(s->port[i].name, name) == 0)
			return &s->port[i];
	return NULL;
}

struct static_group *config_add_group(struct switch_cfg *s)
{
	return append(&s->group, &s->groups, sizeof(*s->group));
}

struct static_binding *config_add_binding(struct switch_cfg *s)
{
	return append(&s->binding, &s->bindings, sizeof(*s->binding));
}

static int compare_macs(const void *a, const void *b)
{
	const struct static_mac *x = a, *y = b;

	if (x->vlan != y->vlan)
		return x->vlan < y->vlan ? -1 : 1;
	return x->mac < y->mac ? -1 : x->mac > y->mac;
}

void config_sort_macs(struct switch_cfg *s)
{
	if (s->macs)
		qsort(s->mac, s->macs, sizeof(*s->mac), compare_macs);
}

const struct static_mac *config_find_mac(const struct switch_cfg *s, uint64_t mac, uint32_t vlan)
{
	const struct static_mac key = {.mac = mac, .vlan = vlan};

	return s->macs ? bsearch(&key, s->mac, s->macs, sizeof(*s->mac), compare_macs) : NULL;
}

static int compare_groups(const void *a, const void *b)
{
	const struct static_group *x = a, *y = b;
	int d = strcmp(x->group, y->group);

	if (x->vlan != y->vlan)
		return x->vlan < y->vlan ? -1 : 1;
	return d ? d : strcmp(x->port, y->port);
}

void config_sort_groups(struct switch_cfg *s)
{
	if (s->groups)
		qsort(s->group, s->groups, sizeof(*s->group), compare_groups);
}

const struct static_group *config_find_group(const struct switch_cfg *s,
					     const struct static_group *like)
{
	return s->groups ? bsearch(like, s->group, s->groups, sizeof(*s->group), compare_groups)
			 : NULL;
}

static int compare_bindings(const void *a, const void *b)
{
	const struct static_binding *x = a, *y = b;
	int d = strcmp(x->ip, y->ip);

	if (x->vlan != y->vlan)
		return x->vlan < y->vlan ? -1 : 1;
	if (x->mac != y->mac)
		return x->mac < y->mac ? -1 : 1;
	return d ? d : strcmp(x->port, y->port);
}

void config_sort_bindings(struct switch_cfg *s)
{
	if (s->bindings)
		qsort(s->binding, s->bindings, sizeof(*s->binding), compare_bindings);
}

const struct static_binding *config_find_binding(const struct switch_cfg *s,
						 const struct static_binding *like)
{
	return s->bindings ? bsearch(like, s->binding, s->bindings, sizeof(*s->binding),
				     compare_bindings)
			   : NULL;
}
