/* SPDX-License-Identifier: ISC */
/*
 * vxlan_recv.c - what comes in: from whom, and who is behind him.
 */
#include <string.h>

#include "core/undone.h"
#include "port/burst.h"
#include "port/datapath.h"
#include "port/vxlan.h"

void vxlan_drop_remote(struct vxlan *v, unsigned i)
{
	fdb_port_close(v->macs, i);
	v->complaining -= v->remotes.r[i].complaint != 0;
	remotes_del(&v->remotes, i);
}

/* Room for one that was heard: one that was heard too, and behind which nobody is known any more. */
static void make_room(struct vxlan *v)
{
	enum { LOOKED_AT = 16 };
	struct remotes *rs = &v->remotes;

	for (int n = 0; n < LOOKED_AT; n++) {
		unsigned i = rs->hand++ % REMOTES_MAX;

		if (!rs->r[i].used || rs->r[i].configured || fdb_port_stats(v->macs, i)->entries)
			continue;
		vxlan_drop_remote(v, i);
		return;
	}
}

/* The number of a sender who is no remote so far, or -1. */
static int meet(struct vxlan *v, const struct sockaddr *from)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = {.any.sa_family = AF_UNSPEC};
	int i;

	/* He receives where we do, as far as the UDP port goes; what he sends from says which flow. */
	if (from->sa_family == AF_INET6) {
		memcpy(&a, from, sizeof(a.v6));
		a.v6.sin6_port = vtep_local(v->user.vtep)->sa.v6.sin6_port;
	} else {
		memcpy(&a, from, sizeof(a.v4));
		a.v4.sin_port = vtep_local(v->user.vtep)->sa.v4.sin_port;
	}
	if (v->macs_frozen)
		return -1;
	if (v->remotes.heard >= REMOTES_MAX - VXLAN_REMOTES_MAX)
		make_room(v);
	if (v->remotes.heard >= REMOTES_MAX - VXLAN_REMOTES_MAX)
		return -1;
	i = remotes_add(&v->remotes, &a.any, false);
	if (i >= 0)
		fdb_port_open(v->macs, (unsigned)i, 0);
	return i;
}

/* The sender's station is behind that remote. */
static void learn(struct vxlan *v, int remote, const uint8_t *data, size_t len)
{
	uint32_t now_s = (uint32_t)(datapath_now(v->port.dp) / 1000);
	struct frame f = {.data = data, .len = len};
	struct fdb_verdict verdict;

	if (remote < 0 || v->macs_frozen || len < 6 + sizeof(v->last.head))
		return;
	if (v->last.remote == remote && v->last.now_s == now_s &&
	    v->last.changes == v->remotes.changes &&
	    memcmp(v->last.head, data + 6, sizeof(v->last.head)) == 0)
		return;
	if (frame_parse(&f) != DROP_NONE)
		return;
	verdict = fdb_judge(v->macs, f.vid, f.src, (unsigned)remote);
	if (verdict.learn != LEARN_IGNORED)
		fdb_learn(v->macs, &verdict, (unsigned)remote, now_s);
	v->last.remote = remote;
	v->last.now_s = now_s;
	v->last.changes = v->remotes.changes;
	memcpy(v->last.head, data + 6, sizeof(v->last.head));
}

/* A frame of the kernel's vxlan device behind a veth pair: core/undone.h.  Its header goes in front of it. */
static void take_undone(struct vxlan *v, const uint8_t *data, size_t len,
			const struct virtio_net_hdr *h)
{
	struct datapath *dp = v->port.dp;
	uint8_t *buf = dp->rx.area; /* nobody is in the middle of a batch */
	struct frame f = {.data = buf + VNET_HDR_SIZE, .len = len, .vnet = buf};

	burst_end(dp->burst); /* what came before goes before */
	vnet_save(buf, h);
	memcpy(buf + VNET_HDR_SIZE, data, len);
	rx_input(&v->port, &f, 1);
}

void vxlan_receive(struct vtep_user *u, const struct datagrams *d, uint8_t *data, size_t len)
{
	struct vxlan *v = vxlan_of(u->port);
	const struct vxlan_cfg *cfg = &v->port.cfg.u.vxlan;
	const struct sockaddr *from = (const struct sockaddr *)d->from;
	int remote = remotes_find(&v->remotes, from);
	struct virtio_net_hdr undone;

	if (remote < 0 && !cfg->any_source) {
		rx_reject(u->port, len, DROP_WRONG_PEER);
		return;
	}
	if (d->cut) {
		rx_reject(u->port, len, DROP_OVERSIZE);
		return;
	}
	if (!vxlan_ecn_unwrap(data, len, d->tos)) {
		rx_reject(u->port, len, DROP_CONGESTION);
		return;
	}
	if (remote < 0)
		remote = meet(v, from);
	if (remote >= 0 && v->remotes.r[remote].complaint)
		vxlan_heard(v, (unsigned)remote);
	learn(v, remote, data, len);
	if (undone_look(data, len, vxlan_lan_mtu(v), &undone)) {
		take_undone(v, data, len, &undone);
		return;
	}
	burst_frame(v->port.dp->burst, u->port, data, len, cfg->coalesce);
}
