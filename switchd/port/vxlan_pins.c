/* SPDX-License-Identifier: ISC */
/*
 * vxlan_pins.c - who is behind which remote because somebody said so.
 *
 * Such a station is a static entry of the port's table, which nothing that is heard moves.  Its remote is
 * one that was set: one that was only heard may be gone tomorrow.  And a remote that somebody is pinned to
 * stays: who removes it says first what is to become of its stations.
 */
#include <errno.h>
#include <stdlib.h>

#include "port/datapath.h"
#include "port/vxlan.h"
#include "util/mac.h"

/* The number of the remote, which port_cfg_check_remote() has taken. */
static int number_of(const struct vxlan *v, const char *remote, struct err *e)
{
	struct endpoint ep = {.port = VXLAN_PORT};
	int i = -1;

	if (endpoint_parse_at(remote, VXLAN_PORT, &ep, NULL) == 0)
		i = remotes_find_set(&v->remotes, &ep);
	if (i >= 0)
		return i;
	/* port is lost, and was when this remote was set */
	err_set(e, ENODEV, "there is no device %s, which the remote %s is on", ep.scope, remote);
	err_at(e, "remote");
	return -ENODEV;
}

int vxlan_pin(struct port *p, uint16_t vid, uint64_t mac, const char *remote, struct err *e)
{
	struct vxlan *v = vxlan_of(p);
	uint32_t now_s = (uint32_t)(datapath_now(p->dp) / 1000);
	struct fdb_info old;
	bool there = fdb_get(v->macs, vid, mac, now_s, &old) && old.is_static;
	int to = remote[0] ? number_of(v, remote, e) : -1;
	unsigned found;

	if (remote[0] && to < 0)
		return to;
	if (there && to != old.port) /* which leaves room for it */
		(void)fdb_del(v->macs, vid, mac);
	v->last.remote = -1;
	if (to < 0 || fdb_add_static(v->macs, vid, mac, (unsigned)to, now_s, &found) == 0)
		return 0;
	return err_set(e, ENOSPC,
		       "the table of port %s is full of static addresses (%u); raise its "
		       "max_remote_macs",
		       p->cfg.name, fdb_max(v->macs));
}

bool vxlan_behind(const struct port *p, uint16_t vid, uint64_t mac, bool *pinned,
		  char remote[ENDPOINT_SIZE])
{
	const struct vxlan *v = (const struct vxlan *)p;
	struct fdb_info info;

	if (!fdb_get(v->macs, vid, mac, 0, &info))
		return false;
	*pinned = info.is_static;
	remote_text(&v->remotes.r[info.port], remote);
	return true;
}

/* ---- remotes that are in use ---- */

static bool has_pins(const struct vxlan *v, unsigned i)
{
	const struct fdb_port_stats *st = fdb_port_stats(v->macs, i);

	return v->remotes.r[i].used && st->entries > st->dynamic;
}

struct stay {
	const struct remotes *remotes;
	bool stays[REMOTES_MAX];
};

static int mark(void *arg, const struct endpoint *ep, const char *text, struct err *e)
{
	struct stay *s = arg;
	int i = remotes_find_set(s->remotes, ep);

	(void)text, (void)e;
	if (i >= 0)
		s->stays[i] = true;
	return 0;
}

enum { COUNT_AT_ONCE = 1024 };

struct example {
	struct datapath *dp;
	unsigned remote;
	unsigned count;
	unsigned looked_at;
	struct fdb_info first;
};

static void count(void *arg, const struct fdb_info *info)
{
	struct example *x = arg;

	if (info->port == x->remote && x->count++ == 0)
		x->first = *info;
	if (++x->looked_at % COUNT_AT_ONCE == 0)
		datapath_breathe(x->dp);
}

static int refuse_to_drop(const struct vxlan *v, unsigned i, struct err *e)
{
	struct example x = {.dp = v->port.dp, .remote = i};
	char remote[ENDPOINT_SIZE], mac[MAC_STR_SIZE], more[48] = "";

	fdb_each_static(v->macs, count, &x);
	if (x.count > 1)
		snprintf(more, sizeof(more), " and %u more", x.count - 1);
	err_set(e, EINVAL,
		"the static address %s in VLAN %u%s %s behind the remote %s, which would be gone: give "
		"%s another remote first, or delete %s",
		mac_format(x.first.mac, mac), x.first.vid, more, x.count > 1 ? "are" : "is",
		remote_text(&v->remotes.r[i], remote), x.count > 1 ? "them" : "it",
		x.count > 1 ? "them" : "it");
	err_at(e, "remotes");
	return -EINVAL;
}

int vxlan_check_pins(const struct vxlan *v, const struct vxlan_cfg *to, struct err *e)
{
	struct stay s = {.remotes = &v->remotes};
	unsigned pinned = 0;

	for (unsigned i = 0; i < REMOTES_MAX; i++)
		pinned += has_pins(v, i);
	if (!pinned)
		return 0;
	(void)vxlan_each_remote(to->remotes, VXLAN_PORT, mark, &s, NULL);
	for (unsigned i = 0; i < REMOTES_MAX; i++)
		if (has_pins(v, i) && !s.stays[i])
			return refuse_to_drop(v, i, e);
	return 0;
}
