/* SPDX-License-Identifier: ISC */
/*
 * vde.c - the port that listens in a directory for clients of VDE.
 *
 * Theory of operation.  The port itself carries no frames: each client is a port of its own, with the number
 * that it asked for.  So both are a struct vde, and `parent` says which: what is here is asked of either.
 */
#include "port/vde.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "port/burst.h"
#include "port/datapath.h"
#include "port/listener.h"

/* From nothing to a directory that clients are let in by; on an error there is nothing still. */
static int take_up(struct vde *v, struct err *e)
{
	bool made = false;
	struct vde_dir_job job = {
		.cfg = &v->port.cfg.u.vde, .e = e, .ctl = &v->ctl_path, .made = &made, .fd = -1};
	int rc = datapath_await(v->port.dp, vde_dir_open, &job);

	if (rc) {
		err_at(e, "dir");
		return rc;
	}
	rc = vde_door_open(v, job.fd, e);
	if (rc) {
		sockpath_remove(&v->ctl_path);
		if (made)
			(void)rmdir(job.cfg->dir);
		return rc;
	}
	v->made_dir |= made;
	return 0;
}

static int vde_open(struct port *p, struct err *e)
{
	struct vde *v = vde_of(p);

	v->ctl.fd = v->tx.source.fd = -1;
	p->log.burst = LISTENER_LINES;
	if (!p->dp->burst)
		p->dp->burst = burst_new();
	return p->dp->burst ? take_up(v, e) : err_set(e, ENOMEM, "out of memory");
}

static void vde_close(struct port *p)
{
	struct vde *v = vde_of(p);

	if (p->parent) {
		vde_peer_close(v);
		return;
	}
	vde_door_close(v);
	sockpath_remove(&v->ctl_path);
	if (v->made_dir)
		(void)rmdir(p->cfg.u.vde.dir); /* not if anything is in it that is not ours */
}

/* max_peers and coalesce are asked when they matter. */
static int vde_change(struct port *p, const struct port_cfg *to, struct err *e)
{
	struct vde *v = vde_of(p);
	const struct vde_cfg *from = &p->cfg.u.vde;
	struct vde_dir_job job = {
		.cfg = &to->u.vde, .e = e, .ctl = &v->ctl_path, .made = &v->made_dir};

	if (v->ctl.fd < 0) /* lost: they are used when it is taken up again */
		return 0;
	if (strcmp(from->mode, to->u.vde.mode) == 0 && strcmp(from->group, to->u.vde.group) == 0)
		return 0;
	return datapath_await(p->dp, vde_dir_change, &job);
}

static void vde_refresh(struct port *p)
{
	const struct vde *v = vde_of(p);

	if (!p->parent && v->ctl.fd >= 0)
		port_set_state(p, PORT_LISTENING, "");
}

static void vde_retry(struct port *p)
{
	struct err e = {0};

	if (take_up(vde_of(p), &e) == 0)
		vde_refresh(p);
	else if (strcmp(e.text, p->reason) != 0)
		port_set_state(p, PORT_LOST, e.text);
}

static void vde_tick(struct port *p)
{
	struct vde *v = vde_of(p);

	if (!p->parent && v->ctl.fd >= 0)
		vde_door_tick(v);
}

static void vde_link_changed(struct port *p, const struct link_info *link, bool gone)
{
	(void)p; /* no device is behind it */
	(void)link;
	(void)gone;
}

static void vde_give_back(struct port *p)
{
	(void)p; /* nothing was there before */
}

static void vde_describe(const struct port *p, struct port_device *d)
{
	const struct vde *v = (const struct vde *)p;

	snprintf(d->local, sizeof(d->local), "%s", p->cfg.u.vde.dir);
	snprintf(d->peer, sizeof(d->peer), "%s", v->who);
	d->mtu = p->cfg.mtu;
}

const struct port_ops vde_ops = {
	.type = "vde",
	.size = sizeof(struct vde),
	.mtu_max = VDE_MTU_MAX,
	.open = vde_open,
	.give_back = vde_give_back,
	.close = vde_close,
	.flush = vde_flush,
	.change = vde_change,
	.retry = vde_retry,
	.tick = vde_tick,
	.link_changed = vde_link_changed,
	.refresh = vde_refresh,
	.describe = vde_describe,
};
