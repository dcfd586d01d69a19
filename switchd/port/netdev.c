/* SPDX-License-Identifier: ISC */
/*
 * netdev.c - a port that is a network device somebody else has, and what becomes of that device.
 *
 * Theory of operation.  The device is found, never made.  A packet socket belongs to the namespace it was opened
 * in and to one device there: the kernel tells it nothing more when the device is moved, and it keeps the
 * namespace alive.  So everything is heard through rtnetlink; where the device is moved to another
 * namespace, a socket is opened there; and where the name of a namespace goes, the socket in it is closed.
 *
 * A device of the configured name that is not there is waited for, also at the start: virtual machines come
 * and go.
 */
#include "port/netdev.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "port/datapath.h"
#include "port/log.h"
#include "port/packets.h"
#include "util/text.h"

#ifndef SYS_pidfd_open /* Linux 5.3 */
#define SYS_pidfd_open 434
#endif

static const char *home_name(const struct netdev *n)
{
	return n->port.cfg.u.netdev.netns;
}

static void let_go(struct netdev *n)
{
	poller_del(&n->port.dp->poller, &n->source);
	if (n->fd >= 0) /* the kernel waits for everybody who might be receiving: some 10 ms */
		datapath_close_fd(n->port.dp, n->fd);
	n->fd = -1;
}

static void lose(struct netdev *n, const char *why)
{
	let_go(n);
	snprintf(n->why, sizeof(n->why), "%s", why);
	port_set_state(&n->port, PORT_LOST, n->why);
}

/* The device is not where it was. */
static void lose_device(struct netdev *n)
{
	const char *netns = home_name(n);
	char why[REASON_SIZE];
	struct netns_id now;

	n->home_vanished = !netns_lookup(netns, &now);
	if (n->home_vanished && netns_is_pid(netns))
		snprintf(why, sizeof(why),
			 "process %s has ended, and its namespace with it; give the port another "
			 "netns, or delete it",
			 netns);
	else if (n->home_vanished)
		snprintf(why, sizeof(why), "the namespace %s is gone; the port waits for it",
			 netns);
	else
		snprintf(why, sizeof(why),
			 "the device %s was deleted; the port waits for a device %s%s%s",
			 n->dev.name, netdev_ifname(&n->port.cfg), netns[0] ? " in namespace " : "",
			 netns);
	lose(n, why);
}

/* ---- how the device does ---- */

/* The MTU of the device is the port's: the kernel does not look at it where it cuts super-frames. */
static void follow_mtu(struct netdev *n)
{
	struct port *p = &n->port;
	uint32_t mtu = p->cfg.mtu && p->cfg.mtu < n->dev.mtu ? p->cfg.mtu : n->dev.mtu;

	if (p->core.mtu == mtu)
		return;
	p->core.mtu = mtu;
	sw_port_update(&p->core);
}

/* Why it is without a carrier is a matter of what it is. */
static const char *no_carrier(const struct link_info *dev)
{
	if (strcmp(dev->kind, "tun") == 0)
		return "no program has it open; start the virtual machine that is to";
	if (strcmp(dev->kind, "veth") == 0)
		return "its other end is set down";
	return "no cable, or the other side is off";
}

static void show_down(struct netdev *n)
{
	const struct link_info *dev = &n->dev;
	char why[REASON_SIZE];

	if (dev->up)
		snprintf(why, sizeof(why), "the device %s has no carrier: %s", dev->name,
			 no_carrier(dev));
	else
		snprintf(why, sizeof(why),
			 "the device %s is set down; `ip%s%s link set %s up` sets it up", dev->name,
			 n->netns[0] ? " -n " : "", n->netns, dev->name);
	port_set_state(&n->port, PORT_DOWN, why);
}

struct look {
	struct netdev *n;
	uint32_t speed_mbit;
	bool half_duplex;
	char why[REASON_SIZE];
	bool loops;
};

/* A socket inside of a namespace keeps it alive: let go when its name was taken away. */
static bool namespace_is_gone(const struct netdev *n)
{
	struct netns_id now;

	return n->netns[0] && !(netns_lookup(n->netns, &now) && netns_same(&now, &n->where));
}

/* Asks the kernel, which may be busy with somebody else's devices: this is done aside. */
static int look_aside(void *arg)
{
	struct look *look = arg;
	struct netdev *n = look->n;
	struct link_info now = {0};

	if (namespace_is_gone(n))
		return -ENOENT;
	int rc = rtnl_link_get_index(&n->port.dp->rtnl, n->dev.nsid, n->dev.ifindex, &now);
	if (rc == -ENODEV)
		return rc;
	if (rc == 0) /* otherwise what we know stands */
		n->dev = now;
	look->loops = netdev_find_fault(n, look->why);
	if (n->dev.up && n->dev.running)
		look->speed_mbit = netdev_speed(n, &look->half_duplex);
	return 0;
}

static void show_up(struct netdev *n, const struct look *look)
{
	struct port *p = &n->port;
	bool news = look->why[0] && strcmp(look->why, n->why) != 0;

	snprintf(n->why, sizeof(n->why), "%s", look->why);
	port_set_state(p, look->loops ? PORT_DOWN : PORT_UP, look->why);
	if (news && !look->loops)
		log_say(&p->log, LOGL_WARNING, "%s: port %s: %s", p->core.sw->name, p->cfg.name,
			p->reason);
}

/*
 * Looks and tells.  A device that is not there any more is lost unless `news` will follow: the kernel tells of each
 * step in which a device goes, and where to only with the last one.
 */
static void look_again(struct netdev *n, bool news)
{
	struct port *p = &n->port;
	struct look look = {.n = n};
	int rc = datapath_await(p->dp, look_aside, &look);

	if (rc == -ENODEV && news)
		return;
	if (rc) {
		lose_device(n);
		return;
	}
	follow_mtu(n);
	if (n->dev.up && n->dev.running) {
		sw_port_speed(&p->core, look.speed_mbit, look.half_duplex);
		show_up(n, &look);
	} else {
		n->why[0] = '\0';
		show_down(n);
	}
}

static void netdev_refresh(struct port *p)
{
	struct netdev *n = netdev_of(p);

	if (n->fd >= 0)
		look_again(n, false);
	else if (p->state != PORT_LOST)
		port_set_state(p, PORT_LOST, n->why);
}

/*
 * The socket is in error: the device was set down, deleted or moved.  Which of them rtnetlink tells, unless it may
 * not speak of other namespaces.  Or it is what ended the last packets_receive() early.
 */
static void on_failed(void *owner)
{
	struct netdev *n = owner;
	socklen_t len = sizeof(int);
	int code = 0;

	(void)getsockopt(n->fd, SOL_SOCKET, SO_ERROR, &code, &len); /* and it is over */
	if (code == EINVAL)
		netdev_count_unfit(n);
	else if (!n->port.dp->rtnl.hears_all)
		netdev_refresh(&n->port);
}

/* ---- finding it ---- */

struct attach {
	struct netdev *n;
	const char *netns;
	int ifindex;
	struct err *e;
};

static int attach_aside(void *arg)
{
	struct attach *a = arg;

	return netdev_attach(a->n, a->netns, a->ifindex, a->e);
}

/* From nothing to a socket that is watched; on an error there is nothing still. */
static int take_up(struct netdev *n, const char *netns, int ifindex, struct err *e)
{
	struct attach a = {n, netns, ifindex, e};

	if (netns[0])
		datapath_watch_netns(n->port.dp);
	int rc = datapath_await(n->port.dp, attach_aside, &a);
	if (rc)
		return rc;
	netdev_forget(n);
	n->source = (struct source){
		.fd = n->fd,
		.owner = n,
		.readable = netdev_receive,
		.failed = on_failed,
	};
	rc = poller_add(&n->port.dp->poller, &n->source, e);
	if (rc)
		let_go(n);
	return rc;
}

static int take_up_home(struct netdev *n, struct err *e)
{
	int rc = take_up(n, home_name(n), 0, e);

	if (rc == 0) {
		n->home = n->where;
		n->home_vanished = false;
	}
	return rc;
}

static void on_process_ended(void *owner)
{
	struct netdev *n = owner;

	poller_del(&n->port.dp->poller, &n->pid_source);
	close(n->pid_fd);
	n->pid_fd = -1;
	netdev_refresh(&n->port);
}

/* A name that goes is seen in its directory; that a process ends, nobody tells unless asked. */
static void watch_process(struct netdev *n)
{
	const char *netns = home_name(n);

	if (!netns[0] || !netns_is_pid(netns))
		return;
	n->pid_fd = (int)syscall(SYS_pidfd_open, (pid_t)strtol(netns, NULL, 10), 0);
	if (n->pid_fd < 0)
		return;
	n->pid_source = (struct source){
		.fd = n->pid_fd,
		.owner = n,
		.readable = on_process_ended,
	};
	if (poller_add(&n->port.dp->poller, &n->pid_source, NULL)) {
		close(n->pid_fd);
		n->pid_fd = -1;
	}
}

static void netdev_close(struct port *p)
{
	struct netdev *n = netdev_of(p);

	let_go(n);
	poller_del(&p->dp->poller, &n->pid_source);
	if (n->pid_fd >= 0)
		close(n->pid_fd);
	n->pid_fd = -1;
}

static int netdev_open(struct port *p, struct err *e)
{
	struct netdev *n = netdev_of(p);
	struct err why = {0};

	n->fd = n->pid_fd = -1;
	p->queue = &n->queue;
	if (!p->dp->packets)
		p->dp->packets = packets_new();
	if (!p->dp->packets)
		return err_set(e, ENOMEM, "out of memory");
	int rc = take_up_home(n, &why);
	if (rc && rc != -ENODEV) {
		if (e)
			*e = why;
		return rc;
	}
	if (rc && !netns_lookup(home_name(n), &n->home))
		n->home_vanished = true;
	snprintf(n->why, sizeof(n->why), "%.*s", REASON_SIZE - 1, rc ? why.text : "");
	watch_process(n);
	return 0;
}

static void netdev_retry(struct port *p)
{
	struct netdev *n = netdev_of(p);
	const char *netns = home_name(n);
	struct netns_id now;
	struct err e = {0};

	if (!netns_lookup(netns, &now)) {
		if (!n->home_vanished)
			lose_device(n);
		return;
	}
	bool remade = n->home_vanished || !netns_same(&now, &n->home);
	if (remade && netns_is_pid(netns)) /* somebody else has that pid now */
		return;
	if (take_up_home(n, &e) == 0) {
		netdev_refresh(p);
	} else if (e.code != ENODEV && strcmp(e.text, n->why) != 0) {
		log_warning("%s: port %s is still lost: %s", p->core.sw->name, p->cfg.name, e.text);
		lose(n, e.text);
	}
}

/* ---- where it goes ---- */

struct search {
	struct netdev *n;
	const struct link_info *gone;
	char netns[NETNS_SIZE];
};

static int search_aside(void *arg)
{
	struct search *s = arg;

	return netdev_whereabouts(s->n, s->gone, s->netns) ? 0 : -ENOENT;
}

/* The device was moved to another namespace by hand. */
static void follow(struct netdev *n, const struct link_info *gone)
{
	struct search s = {.n = n, .gone = gone};
	char why[REASON_SIZE];
	struct err e = {0};

	let_go(n);
	if (datapath_await(n->port.dp, search_aside, &s)) {
		snprintf(
			why, sizeof(why),
			"the device %s was moved to a namespace without a name; the port waits for a "
			"device %s where that was",
			n->dev.name, netdev_ifname(&n->port.cfg));
		lose(n, why);
	} else if (take_up(n, s.netns, gone->moved_ifindex, &e)) {
		snprintf(why, sizeof(why), "the device was moved to %s%.60s: %.120s",
			 s.netns[0] ? "namespace " : "the daemon's namespace", s.netns, e.text);
		lose(n, why);
	} else {
		netdev_refresh(&n->port);
	}
}

static void netdev_link_changed(struct port *p, const struct link_info *link, bool gone)
{
	struct netdev *n = netdev_of(p);

	bool ours = link->nsid == n->dev.nsid && link->ifindex == n->dev.ifindex &&
		    (n->fd >= 0 || strcmp(link->name, n->dev.name) == 0);

	if (ours && gone && link->moved && link->moved_ifindex)
		follow(n, link);
	else if (ours && n->fd >= 0)
		look_again(n, !gone);
	else if (n->fd < 0 && !gone && strcmp(link->name, netdev_ifname(&p->cfg)) == 0)
		netdev_retry(p);
}

static void netdev_addressed(struct port *p, int nsid, int ifindex)
{
	struct netdev *n = netdev_of(p);

	if (n->fd >= 0 && n->dev.nsid == nsid && n->dev.ifindex == ifindex)
		look_again(n, true);
}

/* ---- the rest ---- */

struct promisc {
	struct netdev *n;
	bool on;
	struct err *e;
};

static int promisc_aside(void *arg)
{
	struct promisc *c = arg;

	return netdev_set_promisc(c->n->fd, c->n->dev.ifindex, c->on, c->e);
}

static int netdev_change(struct port *p, const struct port_cfg *to, struct err *e)
{
	struct promisc c = {netdev_of(p), to->u.netdev.promisc, e};

	if (c.n->fd < 0 || c.on == p->cfg.u.netdev.promisc)
		return 0;
	return datapath_await(p->dp, promisc_aside, &c);
}

static void netdev_give_back(struct port *p)
{
	(void)p; /* promiscuous mode ends with the socket, and nothing else was changed */
}

static void netdev_describe(const struct port *p, struct port_device *d)
{
	const struct netdev *n = (const struct netdev *)p;
	bool here = n->fd >= 0;

	snprintf(d->ifname, sizeof(d->ifname), "%s", here ? n->dev.name : netdev_ifname(&p->cfg));
	snprintf(d->netns, sizeof(d->netns), "%s", here ? n->netns : home_name(n));
	text_clean(d->ifname); /* its owner may have renamed it to anything */
	text_clean(d->netns);
	d->ifindex = here ? n->dev.ifindex : 0;
	d->mtu = here ? n->dev.mtu : 0;
	d->mac = n->dev.mac;
}

const struct port_ops netdev_ops = {
	.type = "netdev",
	.size = sizeof(struct netdev),
	.open = netdev_open,
	.give_back = netdev_give_back,
	.close = netdev_close,
	.flush = netdev_flush,
	.change = netdev_change,
	.retry = netdev_retry,
	.link_changed = netdev_link_changed,
	.addressed = netdev_addressed,
	.refresh = netdev_refresh,
	.describe = netdev_describe,
};
