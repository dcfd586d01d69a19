/* SPDX-License-Identifier: ISC */
/* config_macs.c - the static addresses of a switch in its configuration. */
#include "ctl/config_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/optjson.h"
#include "util/mac.h"

static int parse_mac(const json_t *obj, struct switch_cfg *s, struct err *e)
{
	const struct port_cfg *port;
	struct static_mac m = {0};
	struct static_mac *to;
	int rc = config_want_object(obj, " with \"mac\" and \"port\"", e);

	if (rc == 0)
		rc = config_parse_options(obj, static_mac_options, "", &m, e);
	if (rc)
		return rc;
	if (m.mac == MAC_NONE)
		return err_set(e, EINVAL, "\"mac\" is missing");
	if (!m.port[0])
		return err_set(e, EINVAL, "\"port\" is missing");
	port = config_find_port(s, m.port);
	if (!port) {
		err_set(e, EINVAL, "there is no port \"%s\" in this switch", m.port);
		err_at(e, "port");
		return -EINVAL;
	}
	if (m.remote[0] && port_cfg_check_remote(port, m.remote, e)) {
		err_at(e, "remote");
		return -EINVAL;
	}
	if (m.remote[0] && m.sticky) {
		err_set(e, EINVAL,
			"\"sticky\" and \"remote\" exclude each other: what became static by itself is "
			"behind whichever remote it is heard from");
		err_at(e, "remote");
		return -EINVAL;
	}
	if (s->set.vlan_aware && !m.vlan)
		return err_set(
			e, EINVAL,
			"\"vlan\" is missing: in a switch that is vlan_aware every address is in "
			"one, 1 to 4094");
	to = config_add_mac(s);
	if (!to)
		return err_set(e, ENOMEM, "out of memory");
	*to = m;
	return 0;
}

/* The addresses that are behind remotes of a port, or of any (NULL). */
static size_t count_behind(const struct switch_cfg *s, const struct port_cfg *p)
{
	size_t n = 0;

	for (size_t i = 0; i < s->macs; i++)
		n += s->mac[i].remote[0] && (!p || strcmp(s->mac[i].port, p->name) == 0);
	return n;
}

/* Do they fit in the tables of the ports? */
static int check_behind(const struct switch_cfg *s, struct err *e)
{
	size_t all = count_behind(s, NULL), n;

	for (size_t i = 0; all && i < s->ports; i++) {
		const struct port_cfg *p = &s->port[i];

		if (strcmp(p->type, "vxlan") != 0 || all <= p->u.vxlan.max_remote_macs)
			continue;
		n = count_behind(s, p);
		if (n > p->u.vxlan.max_remote_macs)
			return err_set(
				e, EINVAL,
				"%zu addresses are listed behind remotes of port %s, but its "
				"max_remote_macs is %u",
				n, p->name, p->u.vxlan.max_remote_macs);
	}
	return 0;
}

/* Sorts the addresses, so that one listed twice shows. */
static int check_macs(struct switch_cfg *s, struct err *e)
{
	char text[MAC_STR_SIZE];

	config_sort_macs(s);
	for (size_t i = 1; i < s->macs; i++)
		if (s->mac[i - 1].mac == s->mac[i].mac && s->mac[i - 1].vlan == s->mac[i].vlan)
			return err_set(e, EINVAL, "%s in VLAN %u is listed twice",
				       mac_format(s->mac[i].mac, text), s->mac[i].vlan);
	if (s->macs > s->set.max_macs)
		return err_set(e, EINVAL, "%zu addresses are listed, but max_macs is %u", s->macs,
			       s->set.max_macs);
	return check_behind(s, e);
}

int config_parse_macs(const json_t *macs, struct switch_cfg *s, struct err *e)
{
	int rc = config_each(macs, "[{\"mac\": ..., \"port\": ...}, ...]", parse_mac, s, e);

	return rc ? rc : check_macs(s, e);
}
