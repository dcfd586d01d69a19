/* SPDX-License-Identifier: ISC */
/*
 * options_vxlan.c - the settings of a vxlan port.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/vxlan.h"
#include "port/options_impl.h"
#include "util/text.h"

#define DEFAULT_LOCAL "0.0.0.0:4789"

/* ---- texts ---- */

int vxlan_each_remote(const char *text, uint16_t port,
		      int (*fn)(void *arg, const struct endpoint *ep, const char *text,
				struct err *e),
		      void *arg, struct err *e)
{
	int rc = 0;

	while (*text && rc == 0) {
		size_t len = strcspn(text, ",");
		char one[ENDPOINT_SIZE];
		struct endpoint ep;

		snprintf(one, sizeof(one), "%.*s", (int)len, text);
		rc = endpoint_parse_at(one, port, &ep, e);
		if (rc == 0 && (endpoint_is_group(&ep) || endpoint_is_any(&ep)))
			rc = err_set(e, EINVAL,
				     "found \"%s\", which is no single host; a multicast group is "
				     "set with group",
				     one);
		if (rc == 0)
			rc = fn(arg, &ep, one, e);
		text += len;
		if (*text == ',' && !*++text && rc == 0)
			rc = err_set(e, EINVAL, "nothing follows the last comma");
	}
	return rc;
}

static int any_remote(void *arg, const struct endpoint *ep, const char *text, struct err *e)
{
	(void)arg, (void)ep, (void)text, (void)e;
	return 0;
}

static int check_remotes(const char *s, struct err *e)
{
	return vxlan_each_remote(s, VXLAN_PORT, any_remote, NULL, e);
}

static int check_group(const char *s, struct err *e)
{
	struct endpoint ep = {.ipv6 = strchr(s, ':')};
	char shown[TEXT_SHOWN_SIZE];

	if (inet_pton(ep.ipv6 ? AF_INET6 : AF_INET, s, ep.addr) == 1 && endpoint_is_group(&ep) &&
	    (ep.ipv6 || ep.addr[0] != 255))
		return 0;
	return err_set(e, EINVAL,
		       "found \"%s\", allowed is a multicast address like 239.1.1.1 or ff05::1",
		       text_shown(s, shown));
}

int vxlan_tos(const char *text)
{
	return strcmp(text, "inherit") == 0 ? VXLAN_TOS_INHERIT : (int)strtol(text, NULL, 0);
}

static int check_tos(const char *s, struct err *e)
{
	char shown[TEXT_SHOWN_SIZE], *end;
	long v = strtol(s, &end, 0);

	if (strcmp(s, "inherit") == 0)
		return 0;
	if (s[0] >= '0' && s[0] <= '9' && !*end && v >= 0 && v <= 252 && !(v & ECN_MASK))
		return 0;
	return err_set(
		e, EINVAL,
		"found \"%s\", allowed is \"inherit\" or a multiple of 4 from 0 to 252 (0x00 "
		"to 0xfc): the two lowest bits are those of the frame inside",
		text_shown(s, shown));
}

/* Digits as in "4000". */
static bool read_port(const char **s, uint16_t *port)
{
	unsigned long v = 0;
	size_t n = strspn(*s, "0123456789");

	if (n == 0 || n > 5 || **s == '0')
		return false;
	for (; n; n--, ++*s)
		v = v * 10 + (unsigned long)(**s - '0');
	*port = (uint16_t)v;
	return v <= 65535;
}

bool vxlan_src_ports(const char *text, uint16_t *first, uint16_t *last)
{
	if (!read_port(&text, first))
		return false;
	*last = *first;
	if (*text == '-') {
		text++;
		if (!read_port(&text, last))
			return false;
	}
	return !*text && *first <= *last;
}

static int check_src_ports(const char *s, struct err *e)
{
	char shown[TEXT_SHOWN_SIZE];
	uint16_t first, last;

	if (vxlan_src_ports(s, &first, &last))
		return 0;
	return err_set(e, EINVAL, "found \"%s\", allowed is a range of UDP ports like 49152-65535",
		       text_shown(s, shown));
}

/* ---- the table ---- */

static const struct opt vxlan_options[] = {
	{
		.name = "vni",
		.type = OPT_UINT,
		.change = OPT_REOPEN,
		.off = AT(u.vxlan.vni),
		.max = VNI_MAX,
		.required = true,
		.dflt = "",
		.arg = "NUMBER",
		.help = "the VXLAN network identifier: which of the LANs between the same hosts it is",
	},
	{
		.name = "local",
		.type = OPT_STR,
		.change = OPT_REOPEN,
		.off = AT(u.vxlan.local),
		.size = ROOM(u.vxlan.local),
		.dflt = DEFAULT_LOCAL,
		.arg = "ADDRESS:PORT",
		.help = "address of this host to receive on; several vxlan ports may share it; "
			"[::]:4789 for IPv6",
		.check = check_local,
	},
	{
		.name = "remotes",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(u.vxlan.remotes),
		.size = ROOM(u.vxlan.remotes),
		.dflt = "",
		.arg = "ADDRESSES",
		.help = "the peers, with commas between, each ADDRESS or ADDRESS:PORT: frames come "
			"from them, and what is for nobody known goes to all",
		.check = check_remotes,
	},
	{
		.name = "group",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(u.vxlan.group),
		.size = ROOM(u.vxlan.group),
		.dflt = "",
		.arg = "IP",
		.help = "multicast group that what is for nobody known goes to, instead of to every "
			"remote",
		.check = check_group,
	},
	{
		.name = "ifname",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(u.vxlan.ifname),
		.size = ROOM(u.vxlan.ifname),
		.dflt = "",
		.arg = "NAME",
		.help = "device of this host that the group is on",
		.check = check_ifname,
	},
	{
		.name = "any_source",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(u.vxlan.any_source),
		.dflt = "false",
		.arg = "BOOL",
		.help = "take frames from whoever sends them, and send to him what is for a station "
			"heard there",
	},
	MTU_OPTION(VXLAN_MTU_MAX, "largest payload in and out; 0 = all that fits in a datagram"),
	{
		.name = "max_remote_macs",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(u.vxlan.max_remote_macs),
		.min = 16,
		.max = 4194304,
		.dflt = "65536",
		.arg = "NUMBER",
		.help = "room in the table of which address is behind which remote",
	},
	{
		.name = "ttl",
		.type = OPT_UINT,
		.change = OPT_LIVE,
		.off = AT(u.vxlan.ttl),
		.max = 255,
		.dflt = "64",
		.arg = "HOPS",
		.help = "how many routers a datagram may pass; 0 = what the frame inside says",
	},
	{
		.name = "tos",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(u.vxlan.tos),
		.size = ROOM(u.vxlan.tos),
		.dflt = "0",
		.arg = "TOS|inherit",
		.help = "type of service of the datagrams, like 0xb8; inherit = that of the frame "
			"inside",
		.check = check_tos,
	},
	{
		.name = "df",
		.type = OPT_ENUM,
		.change = OPT_LIVE,
		.off = AT(u.vxlan.df),
		.size = ROOM(u.vxlan.df),
		.dflt = "unset",
		.arg = "WORD",
		.words = "unset set inherit",
		.help = "don't fragment: unset = a datagram that is too large goes in fragments; set "
			"= it is dropped; inherit = as the frame inside says",
	},
	{
		.name = "udp_csum",
		.type = OPT_BOOL,
		.change = OPT_LIVE,
		.off = AT(u.vxlan.udp_csum),
		.dflt = "true",
		.arg = "BOOL",
		.help = "send datagrams with a checksum; those without are always taken",
	},
	{
		.name = "src_ports",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(u.vxlan.src_ports),
		.size = ROOM(u.vxlan.src_ports),
		.dflt = "49152-65535",
		.arg = "PORTS",
		.help = "UDP ports to send from: flows are spread over up to 16 of them",
		.check = check_src_ports,
	},
	COALESCE_OPTION(vxlan),
	CORE_OPTIONS,
};

/* ---- checks ---- */

struct seen {
	const struct vxlan_cfg *cfg;
	struct endpoint local;
	unsigned count;
	struct endpoint remote[VXLAN_REMOTES_MAX];
};

static int wrong_family(const struct vxlan_cfg *cfg, const char *what, const char *text, bool ipv6,
			struct err *e)
{
	return err_set(e, EINVAL,
		       "%s %s is an IPv%d address, and local (%s) is not: they have to be of one "
		       "family; local \"%s:%d\" is every IPv%d address of this host",
		       what, text, ipv6 ? 6 : 4, cfg->local, ipv6 ? "[::]" : "0.0.0.0", VXLAN_PORT,
		       ipv6 ? 6 : 4);
}

static int check_one(void *arg, const struct endpoint *ep, const char *text, struct err *e)
{
	struct seen *s = arg;

	if (ep->ipv6 != s->local.ipv6)
		return wrong_family(s->cfg, "the remote", text, ep->ipv6, e);
	if (endpoint_compare(ep, &s->local) == 0)
		return err_set(e, EINVAL, "the remote %s is local: the port would hear itself",
			       text);
	for (unsigned i = 0; i < s->count; i++)
		if (endpoint_same_host(ep, &s->remote[i]))
			return err_set(
				e, EINVAL,
				"the remote %s is there twice: remotes are told apart by their "
				"addresses",
				text);
	if (s->count == VXLAN_REMOTES_MAX)
		return err_set(e, EINVAL, "there are more than %d remotes", VXLAN_REMOTES_MAX);
	s->remote[s->count++] = *ep;
	return 0;
}

static int check_flooding(const struct vxlan_cfg *cfg, const struct endpoint *local, struct err *e)
{
	bool ipv6 = strchr(cfg->group, ':');

	if (!cfg->group[0] != !cfg->ifname[0])
		return err_set(
			e, EINVAL,
			"%s is set and %s is not: the one is a multicast group, the other the "
			"device of this host it is on",
			cfg->group[0] ? "group" : "ifname", cfg->group[0] ? "ifname" : "group");
	if (!cfg->group[0])
		return 0;
	if (ipv6 != local->ipv6)
		return wrong_family(cfg, "the group", cfg->group, ipv6, e);
	if (!cfg->any_source && !cfg->remotes[0])
		return err_set(
			e, EINVAL,
			"frames from the members of the group would be dropped: set any_source, "
			"or list them as remotes");
	return 0;
}

static int check_vxlan(const struct port_cfg *cfg, struct err *e)
{
	struct seen *seen = calloc(1, sizeof(*seen));
	int rc;

	if (!seen)
		return err_set(e, ENOMEM, "out of memory");
	seen->cfg = &cfg->u.vxlan;
	seen->local = endpoint_of(cfg->u.vxlan.local);
	rc = vxlan_each_remote(cfg->u.vxlan.remotes, seen->local.port, check_one, seen, e);
	if (rc == 0)
		rc = check_flooding(&cfg->u.vxlan, &seen->local, e);
	free(seen);
	return rc;
}

/* ---- one of the remotes ---- */

int check_any_remote(const char *s, struct err *e)
{
	struct endpoint ep;

	return endpoint_parse_at(s, VXLAN_PORT, &ep, e);
}

bool same_remote(const char *a, const char *b)
{
	struct endpoint x, y;

	if (strcmp(a, b) == 0)
		return true;
	return endpoint_parse_at(a, VXLAN_PORT, &x, NULL) == 0 &&
	       endpoint_parse_at(b, VXLAN_PORT, &y, NULL) == 0 && endpoint_same_host(&x, &y);
}

/* Written in the list letter for letter, as it mostly is: then nothing has to be taken apart. */
static bool is_word_of(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = strstr(list, word); p; p = strstr(p + 1, word))
		if ((p == list || p[-1] == ',') && (p[len] == ',' || !p[len]))
			return true;
	return false;
}

struct sought {
	const char *text; /* of the remote that is sought */
	struct endpoint ep;
	bool found;
};

static int seek(void *arg, const struct endpoint *ep, const char *text, struct err *e)
{
	struct sought *s = arg;
	struct endpoint with_port;

	if (!endpoint_same_host(ep, &s->ep))
		return 0;
	s->found = true;
	/* a port need not be given; one that is has to be the remote's */
	(void)endpoint_parse_at(s->text, ep->port, &with_port, NULL);
	if (with_port.port == ep->port)
		return 0;
	return err_set(e, EINVAL,
		       "found \"%s\", but the remote of that address is %s: write it so, or the "
		       "address alone",
		       s->text, text);
}

static int check_station_remote(const struct port_cfg *cfg, const char *remote, struct err *e)
{
	uint16_t port = endpoint_of(cfg->u.vxlan.local).port;
	struct sought s = {.text = remote};
	int rc;

	if (*remote && !strchr(remote, ',') && is_word_of(cfg->u.vxlan.remotes, remote))
		return 0;
	rc = endpoint_parse_at(remote, port, &s.ep, e);
	if (rc == 0)
		rc = vxlan_each_remote(cfg->u.vxlan.remotes, port, seek, &s, e);
	if (rc || s.found)
		return rc;
	return err_set(e, EINVAL,
		       "found \"%s\", which is none of the remotes of port %s (%.200s%s)", remote,
		       cfg->name, cfg->u.vxlan.remotes[0] ? cfg->u.vxlan.remotes : "it has none",
		       strlen(cfg->u.vxlan.remotes) > 200 ? "..." : "");
}

/* ---- devices ---- */

static void vxlan_text(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE])
{
	snprintf(out, DEVICE_TEXT_SIZE, "VNI %u at the address %s", cfg->u.vxlan.vni,
		 cfg->u.vxlan.local);
}

const struct port_type port_type_vxlan = {
	.name = "vxlan",
	.help = "a LAN that reaches to other hosts: Linux vxlan devices, hardware, other switchds",
	.example = "swctl add port far --type vxlan --vni 42 --remotes 192.0.2.2,192.0.2.3\n"
		   "ip link add vx42 type vxlan id 42 remote 192.0.2.1 dstport 4789",
	.options = vxlan_options,
	.check = check_vxlan,
	.same_device = same_udp_local,
	.compare_devices = compare_udp_locals,
	.device_text = vxlan_text,
	.check_remote = check_station_remote,
};
