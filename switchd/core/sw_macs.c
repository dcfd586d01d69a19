/* SPDX-License-Identifier: ISC */
/* sw_macs.c - the static addresses of a switch, in words. */
#include "core/sw.h"

#include <errno.h>

#include "util/mac.h"

/* Words for what fdb_add_static() said. */
static int tell_added(const struct sw *sw, uint64_t mac, int rc, unsigned other, struct err *e)
{
	char text[MAC_STR_SIZE];

	switch (rc) {
	case 0:
		return 0;
	case -EEXIST:
		return err_set(e, EEXIST,
			       "%s is a static address of port %s already; remove it there first",
			       mac_format(mac, text), sw->port[other]->name);
	default:
		return err_set(e, ENOSPC,
			       "the table of switch %s is full of static addresses (%u); raise its "
			       "max_macs",
			       sw->name, fdb_max(sw->fdb));
	}
}

static int check_station(uint64_t mac, struct err *e)
{
	char text[MAC_STR_SIZE];

	if (mac_is_station(mac))
		return 0;
	return err_set(e, EINVAL,
		       "%s is not the address of a station: a static address cannot be a group "
		       "address or zero",
		       mac_format(mac, text));
}

int sw_add_static(struct sw *sw, uint16_t vid, uint64_t mac, struct sw_port *p, uint64_t now_ms,
		  struct err *e)
{
	unsigned other = 0;
	int rc = check_station(mac, e);

	if (rc)
		return rc;
	rc = fdb_add_static(sw->fdb, vid, mac, p->index, (uint32_t)(now_ms / 1000), &other);
	return tell_added(sw, mac, rc, other, e);
}

int sw_add_sticky(struct sw *sw, uint16_t vid, uint64_t mac, struct sw_port *p, uint64_t now_ms,
		  struct err *e)
{
	unsigned other = 0;
	int rc = check_station(mac, e);

	if (rc)
		return rc;
	rc = fdb_add_sticky(sw->fdb, vid, mac, p->index, (uint32_t)(now_ms / 1000), &other);
	return tell_added(sw, mac, rc, other, e);
}
