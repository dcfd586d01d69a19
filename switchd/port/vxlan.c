/* SPDX-License-Identifier: ISC */
/*
 * vxlan.c - a LAN that goes on behind other hosts.
 *
 * Theory of operation.  To the switch this is one port, so a frame from one remote never goes to another:
 * each remote has all the others for remotes itself.  Which remote a station is behind is the port's own
 * affair: it learns that from what comes in, in a table of the same make as the switch's (bounded,
 * keyed, aged, fair to all remotes).
 *
 * The port is up as long as it has its sockets; whether anybody is there it does not ask.  What the
 * network reports of remotes is told as its reason.
 *
 * Frames with VLAN tags cross as they are.  RFC 7348 clause 6.1 would drop them unless told otherwise; who
 * connects a port of a transparent switch to VXLAN has told.
 */
#include "port/vxlan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "port/datapath.h"
#include "util/mac.h"

enum { AGE_BUDGET = 16384 };

/* ---- means: what comes of the settings ---- */

static void give_up(struct vxlan_means *m)
{
	vtep_out_put(m->out[0]);
	vtep_out_put(m->out[1]);
	vtep_group_put(m->group);
	*m = (struct vxlan_means){0};
}

static int find_group(struct vxlan *v, const struct vxlan_cfg *cfg, struct vxlan_means *m,
		      struct err *e)
{
	const struct sock_addr *local = vtep_local(v->user.vtep);
	struct endpoint ep = {.ipv6 = local->sa.any.sa_family == AF_INET6};

	if (!cfg->group[0])
		return 0;
	(void)inet_pton(local->sa.any.sa_family, cfg->group, ep.addr);
	m->group_ifindex = (int)if_nametoindex(cfg->ifname);
	if (!m->group_ifindex) {
		int rc = err_set(e, ENODEV, "there is no device %s, which the group %s is to be on",
				 cfg->ifname, cfg->group);

		err_at(e, "ifname");
		return rc;
	}
	ep.port = ntohs(ep.ipv6 ? local->sa.v6.sin6_port : local->sa.v4.sin_port);
	(void)sock_addr_of_ep(&ep, cfg->group, &m->group_to, NULL);
	if (ep.ipv6)
		m->group_to.sa.v6.sin6_scope_id = (uint32_t)m->group_ifindex;
	m->group = vtep_group_get(v->user.vtep, &m->group_to, m->group_ifindex, e);
	if (m->group)
		return 0;
	err_at(e, "group");
	return -(e ? e->code : ENODEV);
}

static int find_outs(struct vxlan *v, const struct vxlan_cfg *cfg, struct vxlan_means *m,
		     struct err *e)
{
	struct vtep_kind kind = {.csum = cfg->udp_csum};

	(void)vxlan_src_ports(cfg->src_ports, &kind.first, &kind.last);
	for (int df = 0; df <= 1; df++) {
		if (m->df == (df ? DF_UNSET : DF_SET))
			continue;
		kind.df = df;
		m->out[df] = vtep_out_get(v->user.vtep, &kind, e);
		if (m->out[df])
			continue;
		err_at(e, "src_ports");
		return -(e ? e->code : EADDRINUSE);
	}
	return 0;
}

static enum vxlan_df df_of(const char *word)
{
	return word[0] == 's' ? DF_SET : word[0] == 'i' ? DF_INHERIT : DF_UNSET;
}

/* On an error *m has nothing. */
static int find_means(struct vxlan *v, const struct vxlan_cfg *cfg, struct vxlan_means *m,
		      struct err *e)
{
	int rc;

	*m = (struct vxlan_means){
		.df = df_of(cfg->df), .tos = vxlan_tos(cfg->tos), .csum = cfg->udp_csum};
	rc = find_outs(v, cfg, m, e);
	if (rc == 0)
		rc = find_group(v, cfg, m, e);
	if (rc)
		give_up(m);
	return rc;
}

/* ---- remotes: a list that changes ---- */

/* Addresses as the kernel takes them, and the devices that those of a link are on. */
struct wanted {
	unsigned count;
	struct sock_addr to[VXLAN_REMOTES_MAX];
	struct endpoint ep[VXLAN_REMOTES_MAX];
};

static int want_one(void *arg, const struct endpoint *ep, const char *text, struct err *e)
{
	struct wanted *w = arg;

	w->ep[w->count] = *ep;
	return sock_addr_of_ep(ep, text, &w->to[w->count++], e);
}

/* NULL with *e, or what the caller frees. */
static struct wanted *want_remotes(const struct vxlan_cfg *cfg, struct err *e)
{
	struct endpoint local = {.port = VXLAN_PORT};
	struct wanted *w = calloc(1, sizeof(*w));

	if (!w) {
		err_set(e, ENOMEM, "out of memory");
		return NULL;
	}
	(void)endpoint_parse(cfg->local, &local, NULL); /* which was checked */
	if (vxlan_each_remote(cfg->remotes, local.port, want_one, w, e) == 0)
		return w;
	err_at(e, "remotes");
	free(w);
	return NULL;
}

/* What is there already keeps its number, and with it who is known behind it. */
static void keep_or_add(struct vxlan *v, const struct sock_addr *to, const char *scope)
{
	struct remotes *rs = &v->remotes;
	int i = remotes_find(rs, &to->sa.any);

	if (i < 0) {
		i = remotes_add(rs, &to->sa.any, true);
		fdb_port_open(v->macs, (unsigned)i, 0); /* room for these is always there */
	}
	rs->heard -= !rs->r[i].configured;
	rs->r[i].configured = true;
	rs->r[i].keep = true;
	snprintf(rs->r[i].scope, sizeof(rs->r[i].scope), "%s", scope);
	memcpy(&rs->r[i].sa, &to->sa, remote_len(&rs->r[i])); /* its UDP port may be another one */
	udp_tx_forget(&rs->r[i].refusals);
}

/* A device that was made anew has another number: the remote on it is the one it was. */
static void follow_scope(struct vxlan *v, const struct sock_addr *to, const struct endpoint *ep)
{
	struct remotes *rs = &v->remotes;
	int i = ep->scope[0] ? remotes_find_set(rs, ep) : -1, taken;

	if (i < 0 || rs->r[i].sa.v6.sin6_scope_id == to->sa.v6.sin6_scope_id)
		return;
	taken = remotes_find(rs, &to->sa.any);
	if (taken >= 0 && rs->r[taken].configured) /* names were exchanged */
		return;
	if (taken >= 0)
		vxlan_drop_remote(v, (unsigned)taken);
	remotes_rescope(rs, (unsigned)i, to->sa.v6.sin6_scope_id);
}

/* Cannot fail, and between two frames. */
static void set_remotes(struct vxlan *v, const struct wanted *w, bool any_source)
{
	struct remotes *rs = &v->remotes;

	for (unsigned k = 0; k < w->count; k++)
		follow_scope(v, &w->to[k], &w->ep[k]);
	remotes_foreach(i, rs) rs->r[i].keep = false;
	for (unsigned k = 0; k < w->count; k++) {
		int i = remotes_find(rs, &w->to[k].sa.any);

		if (i >= 0)
			rs->r[i].keep = true;
	}
	remotes_foreach(i, rs) if (!rs->r[i].keep && (rs->r[i].configured || !any_source))
		vxlan_drop_remote(v, i);
	for (unsigned k = 0; k < w->count; k++)
		keep_or_add(v, &w->to[k], w->ep[k].scope);
	remotes_list(rs);
}

/* ---- the table ---- */

static struct fdb *new_table(uint32_t max)
{
	struct siphash_key key;

	return getrandom(&key, sizeof(key), 0) == sizeof(key) ? fdb_new(max, &key) : NULL;
}

struct resize {
	const struct fdb *old;
	uint32_t max;
	struct fdb *made;
	int rc;
};

static int make_table(void *arg)
{
	struct resize *job = arg;

	job->made = fdb_resized(job->old, job->max, &job->rc);
	return job->made ? 0 : job->rc;
}

static int free_table(void *arg)
{
	fdb_free(arg);
	return 0;
}

/* Frames flow meanwhile, but nothing is learned. */
static int resize_table(struct vxlan *v, uint32_t max, struct err *e)
{
	struct resize job = {.old = v->macs, .max = max};
	int rc;

	if (max == fdb_max(v->macs))
		return 0;
	v->macs_frozen = true;
	rc = datapath_await(v->port.dp, make_table, &job);
	if (rc == 0) {
		v->macs = job.made;
		(void)datapath_await(v->port.dp, free_table, (void *)(uintptr_t)job.old);
	} else if (rc == -ENOSPC) {
		err_set(e, ENOSPC,
			"%u is fewer than the static addresses behind remotes; remove some first",
			max);
		err_at(e, "max_remote_macs");
	} else {
		err_set(e, -rc, "cannot make a table for %u addresses: %s", max, strerror(-rc));
		err_at(e, "max_remote_macs");
	}
	v->macs_frozen = false;
	return rc;
}

static void aged(void *arg, const struct fdb_info *info)
{
	(void)arg, (void)info;
}

/* ---- the port ---- */

static void let_go(struct vxlan *v)
{
	give_up(&v->means);
	vtep_leave(&v->user);
}

/* From nothing to sockets that are watched; on an error there is nothing still. */
static int take_up(struct vxlan *v, struct err *e)
{
	const struct vxlan_cfg *cfg = &v->port.cfg.u.vxlan;
	struct wanted *w = want_remotes(cfg, e);
	int rc;

	if (!w)
		return -(e ? e->code : ENODEV);
	rc = vtep_enter(&v->user, v->port.dp, cfg->local, e);
	if (rc == 0) {
		rc = find_means(v, cfg, &v->means, e);
		if (rc)
			vtep_leave(&v->user);
	}
	if (rc == 0) {
		set_remotes(v, w, cfg->any_source);
		vxlan_measure(v);
	}
	free(w);
	return rc;
}

static void vxlan_close(struct port *p)
{
	struct vxlan *v = vxlan_of(p);

	sw_port_link(&p->core, false); /* frames flow on while memory is given back */
	let_go(v);
	(void)datapath_await(p->dp, free_table, v->macs);
}

static int vxlan_open(struct port *p, struct err *e)
{
	struct vxlan *v = vxlan_of(p);
	const struct vxlan_cfg *cfg = &p->cfg.u.vxlan;
	struct siphash_key key;
	int rc;

	p->queue = &v->queue;
	v->user = (struct vtep_user){
		.port = p, .vni = cfg->vni, .receive = vxlan_receive, .report = vxlan_report};
	vxlan_make(v->header, cfg->vni);
	if (!p->dp->burst)
		p->dp->burst = burst_new();
	if (getrandom(&key, sizeof(key), 0) == sizeof(key))
		v->macs = new_table(cfg->max_remote_macs);
	if (!p->dp->burst || !v->macs) {
		fdb_free(v->macs);
		return err_set(e, ENOMEM, "out of memory");
	}
	remotes_init(&v->remotes, &key);
	rc = take_up(v, e);
	if (rc)
		fdb_free(v->macs);
	return rc;
}

/* While it is lost: the remotes as far as they can be had now, the rest comes with the next retry. */
static int change_lost(struct vxlan *v, const struct vxlan_cfg *to, struct err *e)
{
	int rc = resize_table(v, to->max_remote_macs, e);
	struct wanted *w = rc ? NULL : want_remotes(to, NULL);

	if (w)
		set_remotes(v, w, to->any_source);
	free(w);
	return rc;
}

/* All that can fail comes first. */
static int change_up(struct vxlan *v, const struct vxlan_cfg *to, struct err *e)
{
	struct vxlan_means means;
	struct wanted *w = want_remotes(to, e);
	int rc;

	if (!w)
		return -(e ? e->code : ENODEV);
	rc = find_means(v, to, &means, e);
	if (rc == 0) {
		rc = resize_table(v, to->max_remote_macs, e);
		if (rc)
			give_up(&means);
	}
	if (rc == 0) {
		give_up(&v->means);
		v->means = means;
		set_remotes(v, w, to->any_source);
	}
	free(w);
	return rc;
}

static int vxlan_change(struct port *p, const struct port_cfg *to, struct err *e)
{
	struct vxlan *v = vxlan_of(p);
	int rc = vxlan_check_pins(v, &to->u.vxlan, e);

	vxlan_measure(v);
	if (rc)
		return rc;
	return v->user.vtep ? change_up(v, &to->u.vxlan, e) : change_lost(v, &to->u.vxlan, e);
}

static void vxlan_refresh(struct port *p)
{
	if (vxlan_of(p)->user.vtep)
		vxlan_tell(vxlan_of(p));
}

static void vxlan_retry(struct port *p)
{
	if (take_up(vxlan_of(p), NULL) == 0)
		vxlan_refresh(p);
}

static void vxlan_tick(struct port *p)
{
	struct vxlan *v = vxlan_of(p);
	uint32_t now_s = (uint32_t)(datapath_now(p->dp) / 1000);

	if (!v->macs_frozen)
		(void)fdb_age(v->macs, now_s, p->core.sw->set.ageing_s, AGE_BUDGET, aged, NULL);
	if (v->user.vtep)
		vxlan_look_around(v);
}

/* A remote on a link: the device may be another one of the same name by now. */
static void follow_device(struct vxlan *v, const struct link_info *link)
{
	struct wanted *w;

	if (!strstr(v->port.cfg.u.vxlan.remotes, link->name))
		return;
	w = want_remotes(&v->port.cfg.u.vxlan, NULL);
	if (w)
		set_remotes(v, w, v->port.cfg.u.vxlan.any_source);
	free(w);
}

static void vxlan_link_changed(struct port *p, const struct link_info *link, bool gone)
{
	struct vxlan *v = vxlan_of(p);
	const struct sock_addr *local = v->user.vtep ? vtep_local(v->user.vtep) : NULL;
	char reason[REASON_SIZE];
	bool ours;

	if (link->nsid != NSID_OWN || !local)
		return;
	vxlan_measure(v);
	if (!gone) {
		follow_device(v, link);
		return;
	}
	ours = v->means.group && v->means.group_ifindex == link->ifindex;
	if (local->sa.any.sa_family == AF_INET6)
		ours |= local->sa.v6.sin6_scope_id == (uint32_t)link->ifindex;
	if (!ours)
		return;
	let_go(v);
	snprintf(reason, sizeof(reason), "the device %s is gone, which %s; the port waits for it",
		 link->name,
		 p->cfg.u.vxlan.group[0] ? "the group is on" : "the local address is on");
	port_set_state(p, PORT_LOST, reason);
}

static void vxlan_forget(struct port *p, int vid, uint64_t mac)
{
	enum { SLOTS_AT_ONCE = 65536 };
	struct fdb_flush w = {.port = -1, .vid = vid};
	struct vxlan *v = vxlan_of(p);

	v->last.remote = -1;
	if (mac != MAC_NONE)
		(void)fdb_del(v->macs, (uint16_t)vid, mac);
	else
		while (fdb_flush(v->macs, &w, SLOTS_AT_ONCE))
			datapath_breathe(p->dp);
}

static void vxlan_give_back(struct port *p)
{
	(void)p; /* nothing was there before */
}

static void vxlan_describe(const struct port *p, struct port_device *d)
{
	const struct vxlan *v = (const struct vxlan *)p;
	const struct vxlan_cfg *cfg = &p->cfg.u.vxlan;

	snprintf(d->local, sizeof(d->local), "%s", cfg->local);
	if (cfg->group[0])
		snprintf(d->peer, sizeof(d->peer), "group %s", cfg->group);
	else if (v->remotes.floods == 1)
		sock_addr_text(&v->remotes.r[v->remotes.flood[0]].sa.any, d->peer);
	else
		snprintf(d->peer, sizeof(d->peer), "%u remotes", v->remotes.floods);
	d->mtu = p->cfg.mtu;
}

const struct port_ops vxlan_ops = {
	.type = "vxlan",
	.size = sizeof(struct vxlan),
	.mtu_max = VXLAN_MTU_MAX,
	.open = vxlan_open,
	.give_back = vxlan_give_back,
	.close = vxlan_close,
	.work = vxlan_work,
	.flush = vxlan_flush,
	.change = vxlan_change,
	.retry = vxlan_retry,
	.tick = vxlan_tick,
	.link_changed = vxlan_link_changed,
	.refresh = vxlan_refresh,
	.describe = vxlan_describe,
	.forget = vxlan_forget,
	.pin = vxlan_pin,
	.behind = vxlan_behind,
	.reaches = vxlan_reaches,
};
