/* SPDX-License-Identifier: ISC */
/*
 * tap.c - frames between a tap device and the switch, and what becomes of a device.
 *
 * Theory of operation.  Every frame is read with its offload header in front of it and written the
 * same way, so that a super-frame, or a frame whose checksum is still owed, crosses from tap to tap
 * as it is.
 *
 * A device may be set down, renamed, moved to another namespace by hand, or deleted.  rtnetlink
 * tells most of it; a deleted device also shows as an error on the descriptor.  Whatever is heard,
 * tap_refresh() asks the descriptor itself which device it has, if any, and follows.
 */
#include "port/tap.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "port/datapath.h"
#include "port/log.h"
#include "util/text.h"

/* The name to look for: what the cfg says, or what the kernel made of its pattern. */
static const char *wanted_name(const struct tap *t)
{
	const char *name = tap_ifname(&t->port.cfg);

	return strchr(name, '%') && t->dev.name[0] ? t->dev.name : name;
}

static void let_go(struct tap *t)
{
	poller_del(&t->port.dp->poller, &t->source);
	if (t->fd >= 0)
		datapath_close_fd(t->port.dp, t->fd);
	t->fd = -1;
}

static void lose(struct tap *t)
{
	const char *netns = t->port.cfg.u.tap.netns;
	char reason[REASON_SIZE];
	struct netns_id now;

	let_go(t);
	t->home_vanished = !netns_lookup(netns, &now);
	if (t->home_vanished && netns_is_pid(netns))
		snprintf(reason, sizeof(reason),
			 "process %s has ended, and its namespace with it; give the port another "
			 "netns, or delete it",
			 netns);
	else if (t->home_vanished)
		snprintf(reason, sizeof(reason), "the namespace %s is gone; the port waits for it",
			 netns);
	else
		snprintf(reason, sizeof(reason),
			 "the device %s was deleted; the port waits for `ip%s%s tuntap add dev %s "
			 "mode tap`",
			 t->dev.name, netns[0] ? " -n " : "", netns, wanted_name(t));
	port_set_state(&t->port, PORT_LOST, reason);
}

/* ---- frames ---- */

/*
 * read(2) and write(2) without being points where a thread can be cancelled: in a process that has more than
 * one, glibc wraps each of them in two calls, which is 2 % of what a small frame costs.
 */
static ssize_t read_raw(int fd, void *buf, size_t size)
{
	return syscall(SYS_read, fd, buf, size);
}

static ssize_t write_raw(int fd, const void *buf, size_t size)
{
	return syscall(SYS_write, fd, buf, size);
}

static ssize_t read_one(struct port *p, uint8_t *buf)
{
	return read_raw(tap_of(p)->fd, buf, RX_ROOM);
}

static void on_readable(void *owner)
{
	struct tap *t = owner;

	/* where nothing is to be read the device may be gone: the poller will say so */
	rx_drain(&t->port, &t->batch, read_one);
}

static enum drop tap_send(struct port *p, const struct tx_unit *u)
{
	static const uint8_t no_offload[VNET_HDR_SIZE];
	const struct tap *t = tap_of(p);
	ssize_t n;

	if (u->vnet && !u->body_len) { /* as most frames are: both in one piece */
		n = write_raw(t->fd, u->vnet, VNET_HDR_SIZE + u->head_len);
	} else {
		const struct iovec iov[] = {
			{(void *)(uintptr_t)(u->vnet ? u->vnet : no_offload), VNET_HDR_SIZE},
			{(void *)(uintptr_t)u->head, u->head_len},
			{(void *)(uintptr_t)u->body, u->body_len},
		};

		n = writev(t->fd, iov, u->body_len ? 3 : 2);
	}
	return n < 0 ? tx_drop_of_errno(errno) : DROP_NONE;
}

/* ---- where the device is, and how it does ---- */

/* Follows a device that was moved.  Without the right to ask, it is where we left it. */
static void locate(struct tap *t)
{
	struct netns_id now;
	int ns = ioctl(t->fd, TUNGETDEVNETNS);

	snprintf(t->netns, sizeof(t->netns), "%s", t->port.cfg.u.tap.netns);
	if (ns < 0)
		return;
	(void)rtnl_nsid(&t->port.dp->rtnl, ns, &t->dev.nsid, NULL);
	if (netns_identify(ns, &now) == 0 && !netns_same(&now, &t->home))
		netns_name(&now, t->netns, sizeof(t->netns));
	close(ns);
}

static bool is_at_home(const struct tap *t)
{
	struct netns_id now = t->home;
	int ns = ioctl(t->fd, TUNGETDEVNETNS);

	if (ns >= 0) {
		(void)netns_identify(ns, &now);
		close(ns);
	}
	return netns_same(&now, &t->home);
}

/*
 * A descriptor opened inside a namespace keeps it alive: let go when its name was taken away.  A device that was moved on does not
 * depend on that, and goes on.
 */
static bool home_is_gone(const struct tap *t)
{
	struct netns_id now;

	return t->opened_inside &&
	       !(netns_lookup(t->port.cfg.u.tap.netns, &now) && netns_same(&now, &t->home)) &&
	       is_at_home(t);
}

static void show_state(struct tap *t)
{
	char reason[REASON_SIZE];

	if (t->dev.up) {
		port_set_state(&t->port, PORT_UP, "");
		return;
	}
	if (t->netns[0])
		snprintf(reason, sizeof(reason),
			 "the device %s is set down; `ip -n %s link set %s up` sets it up",
			 t->dev.name, t->netns, t->dev.name);
	else
		snprintf(reason, sizeof(reason),
			 "the device %s is set down; `ip link set %s up` sets it up", t->dev.name,
			 t->dev.name);
	port_set_state(&t->port, PORT_DOWN, reason);
}

/* Who has the device sees its cable pulled while the port is shut down; kernels before 5.0 have no way to say so. */
static void show_cable(struct tap *t)
{
	int carrier = !t->port.cfg.set.shutdown;

	if (t->unplugged == !carrier)
		return;
	if (ioctl(t->fd, TUNSETCARRIER, &carrier) == 0)
		t->unplugged = !carrier;
}

/* Asks the kernel, which may be busy with somebody else's devices: this is done aside. */
static int look(void *arg)
{
	struct tap *t = arg;
	struct ifreq ifr;

	if (home_is_gone(t) || ioctl(t->fd, TUNGETIFF, &ifr))
		return -ENODEV;
	locate(t);
	show_cable(t);
	int nsid = t->dev.nsid;
	/* where it has just moved on, or may not be looked at, what we know stands */
	if (rtnl_link_get(&t->port.dp->rtnl, nsid, ifr.ifr_name, &t->dev))
		snprintf(t->dev.name, sizeof(t->dev.name), "%s", ifr.ifr_name);
	return 0;
}

static void tap_refresh(struct port *p)
{
	struct tap *t = tap_of(p);

	if (t->fd < 0)
		return;
	if (datapath_await(p->dp, look, t))
		lose(t);
	else
		show_state(t);
}

/* The kernel says the descriptor is in error: a tap's is when its device is gone. */
static void on_failed(void *owner)
{
	struct tap *t = owner;

	tap_refresh(&t->port);
}

static void tap_link_changed(struct port *p, const struct link_info *link, bool gone)
{
	struct tap *t = tap_of(p);

	if (t->fd < 0) {
		if (!gone && strcmp(link->name, wanted_name(t)) == 0)
			p->ops->retry(p);
		return;
	}
	/* what the message says may be history by now: ask */
	if (link->ifindex == t->dev.ifindex && link->nsid == t->dev.nsid)
		tap_refresh(p);
}

/* ---- open, change, lose, take up again, close ---- */

static int watch(struct tap *t, struct err *e)
{
	t->source = (struct source){
		.fd = t->fd,
		.owner = t,
		.readable = on_readable,
		.failed = on_failed,
	};
	int rc = poller_add(&t->port.dp->poller, &t->source, e);
	if (rc)
		let_go(t);
	return rc;
}

/* What makes, moves and changes devices is done aside: the kernel takes tens of milliseconds for it. */
struct job {
	struct tap *t;
	bool may_create;
	const struct port_cfg *to;
	struct err *e;
};

static int attach_aside(void *arg)
{
	struct job *job = arg;

	return tap_attach(job->t, job->may_create, job->e);
}

static int attach(struct tap *t, bool may_create, struct err *e)
{
	struct job job = {.t = t, .may_create = may_create, .e = e};

	if (t->port.cfg.u.tap.netns[0])
		datapath_watch_netns(t->port.dp);
	return datapath_await(t->port.dp, attach_aside, &job);
}

static int tap_open(struct port *p, struct err *e)
{
	struct tap *t = tap_of(p);

	t->fd = -1;
	int rc = attach(t, true, e);
	return rc ? rc : watch(t, e);
}

static void tap_retry(struct port *p)
{
	struct tap *t = tap_of(p);
	const char *netns = p->cfg.u.tap.netns;
	struct netns_id now;
	struct err e = {0};

	if (!netns_lookup(netns, &now)) {
		t->home_vanished = true;
		return;
	}
	bool remade = t->home_vanished || !netns_same(&now, &t->home);
	if (remade && netns_is_pid(netns)) /* somebody else has that pid now */
		return;
	/*
	 * Deleting a device is somebody's will and is respected: it is taken up again when somebody
	 * makes it again.  A namespace that was made anew never had one, so it gets ours.
	 */
	if (attach(t, remade, &e) == 0 && watch(t, &e) == 0)
		tap_refresh(p);
	else if (e.code != ENODEV && e.code != EBUSY && strcmp(e.text, p->reason) != 0) {
		/* not EBUSY: `ip tuntap add` has the device while it makes it */
		log_warning("%s: port %s is still lost: %s", p->core.sw->name, p->cfg.name, e.text);
		port_set_state(p, PORT_LOST, e.text);
	}
}

static void tap_close(struct port *p)
{
	let_go(tap_of(p));
}

static int undo_aside(void *arg)
{
	tap_give_back(arg);
	return 0;
}

static void tap_undo(struct port *p)
{
	(void)datapath_await(p->dp, undo_aside, p);
}

static int change_aside(void *arg)
{
	struct job *job = arg;

	return tap_apply(job->t, job->to, job->e);
}

static int tap_change(struct port *p, const struct port_cfg *to, struct err *e)
{
	struct job job = {.t = tap_of(p), .to = to, .e = e};

	if (job.t->fd < 0) /* lost: the new settings are used when it is taken up again */
		return 0;
	if (to->u.tap.netns[0])
		datapath_watch_netns(p->dp);
	return datapath_await(p->dp, change_aside, &job);
}

static void tap_describe(const struct port *p, struct port_device *d)
{
	const struct tap *t = (const struct tap *)p;
	bool here = t->fd >= 0;

	snprintf(d->ifname, sizeof(d->ifname), "%s", here ? t->dev.name : wanted_name(t));
	snprintf(d->netns, sizeof(d->netns), "%s", here ? t->netns : p->cfg.u.tap.netns);
	text_clean(d->ifname); /* a guest may have renamed it to anything */
	text_clean(d->netns);
	d->ifindex = here ? t->dev.ifindex : 0;
	d->mtu = here ? t->dev.mtu : 0;
	d->mac = t->dev.mac;
}

const struct port_ops tap_ops = {
	.type = "tap",
	.size = sizeof(struct tap),
	.open = tap_open,
	.give_back = tap_undo,
	.close = tap_close,
	.send = tap_send,
	.change = tap_change,
	.retry = tap_retry,
	.link_changed = tap_link_changed,
	.refresh = tap_refresh,
	.describe = tap_describe,
};
