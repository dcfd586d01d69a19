/* SPDX-License-Identifier: ISC */
/*
 * tap_attach.c - making a tap device, or finding one, and giving it its settings.
 *
 * Where a namespace is named, the device is looked for there, then here (and moved), and is otherwise made there: to move one, the
 * kernel waits until no CPU can be looking at it, some 25 ms.  A descriptor that was opened inside keeps the namespace alive, until we
 * see its name go; of one that is named by a process nobody would see it, so there it is made here under a passing name and moved.
 */
#include "port/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/if_tun.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "port/datapath.h"
#include "port/holder.h"
#include "port/log.h"

#ifndef TUN_F_USO4 /* Linux 6.2; the headers of Debian 12 are older than many kernels */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

#define TUN_PATH     "/dev/net/tun"
#define PASSING_NAME "swd%d"

/* ---- the descriptor ---- */

static int explain_open(int code, struct err *e)
{
	switch (code) {
	case ENOENT: /* told as ENXIO: what is missing is the driver, not something that was named */
		return err_set(e, ENXIO,
			       "there is no " TUN_PATH
			       ": load the driver with `modprobe tun`, or in a "
			       "container make the node with `mknod " TUN_PATH " c 10 200`");
	case ENODEV:
	case ENXIO:
		return err_set(e, code, TUN_PATH " is there but the driver is not: `modprobe tun`");
	case EACCES:
	case EPERM:
		return err_set(e, code,
			       "this user may not open " TUN_PATH ": `chmod 0666 " TUN_PATH
			       "` is its usual mode; a container also has to allow the device");
	default:
		return err_set(e, code, "cannot open " TUN_PATH ": %s", strerror(code));
	}
}

static int explain_attach(int code, const char *name, bool exists, struct err *e)
{
	char holder[HOLDER_SIZE];

	switch (code) {
	case EBUSY:
		return err_set(
			e, code,
			"tap %s is in use by %s; a tap serves one process, so end that one or "
			"choose another device",
			name, tun_holder(name, holder));
	case EPERM:
		if (exists)
			return err_set(
				e, code,
				"tap %s belongs to another user; run as that user or as root, or "
				"give it away with `ip tuntap add dev %s mode tap user NAME`",
				name, name);
		return err_set(
			e, code,
			"making tap %s takes CAP_NET_ADMIN; run as root, or have root make it for "
			"you: `ip tuntap add dev %s mode tap user %d`",
			name, name, (int)geteuid());
	case EINVAL:
		return err_set(e, code,
			       "the kernel does not attach to %s as a tap with offload header: %s",
			       name,
			       exists ? "it was made with flags that do not fit" : "bad name");
	default:
		return err_set(e, code, "cannot attach to tap %s: %s", name, strerror(code));
	}
}

/* Fills *caps with what may be written unfinished: enum port_caps. */
static int set_up_offloads(int fd, unsigned *caps, struct err *e)
{
	const unsigned tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	int size = VNET_HDR_SIZE, little = 1;

	if (ioctl(fd, TUNSETVNETHDRSZ, &size) || ioctl(fd, TUNSETVNETLE, &little))
		return err_set(e, errno, "the tap driver has no usable offload header: %s",
			       strerror(errno));
	/* UDP segmentation is as old as Linux 6.2: go without where it is unknown */
	*caps = PORT_VNET | PORT_USO;
	if (ioctl(fd, TUNSETOFFLOAD, tcp | TUN_F_USO4 | TUN_F_USO6) == 0)
		return 0;
	*caps = PORT_VNET;
	if (ioctl(fd, TUNSETOFFLOAD, tcp))
		return err_set(e, errno, "the tap driver takes no offloads: %s", strerror(errno));
	return 0;
}

/* A descriptor that belongs to the namespace ns, or (-1) to ours. */
static int open_tun(int ns, struct err *e)
{
	int home = ns >= 0 ? netns_enter(ns) : -1;

	if (ns >= 0 && home < 0)
		return err_set(e, -home, "cannot enter the network namespace: %s%s",
			       strerror(-home), home == -EPERM ? " (it takes CAP_SYS_ADMIN)" : "");
	int fd = open(TUN_PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	int code = errno;
	if (home >= 0)
		netns_leave(home);
	return fd >= 0 ? fd : explain_open(code, e);
}

/*
 * Attaches to (or makes) the device called name, in the namespace ns (-1 = here).  Returns the
 * descriptor, in `name` what the kernel called the device, and in *caps what it takes unfinished.
 */
static int attach(char name[IFNAMSIZ], int ns, const struct link_info *existing, unsigned *caps,
		  struct err *e)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int fd;

	fd = open_tun(ns, e);
	if (fd < 0)
		return fd;
	if (existing && existing->multi_queue)
		ifr.ifr_flags |= IFF_MULTI_QUEUE;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	int rc = ioctl(fd, TUNSETIFF, &ifr);
	rc = rc ? explain_attach(errno, name, existing, e) : set_up_offloads(fd, caps, e);
	if (rc) {
		close(fd);
		return rc;
	}
	snprintf(name, IFNAMSIZ, "%s", ifr.ifr_name);
	return fd;
}

/* Is the device one that can be a tap port? */
static int check_existing(const struct link_info *link, struct err *e)
{
	char holder[HOLDER_SIZE];

	if (strcmp(link->kind, "tun") != 0)
		return err_set(e, EINVAL, "%s is not a tap but %s%s; give the port another ifname",
			       link->name, link->kind[0] ? "a device of kind " : "a network card",
			       link->kind);
	if (link->is_tun)
		return err_set(
			e, EINVAL,
			"%s is a tun device: it carries IP packets (layer 3), and a switch needs "
			"Ethernet frames; make a tap instead: `ip tuntap add dev %s mode tap`",
			link->name, link->name);
	if (link->queues > 0) /* a multi-queue tap would let us in, and share its frames out */
		return err_set(
			e, EBUSY,
			"tap %s is in use by %s; a tap serves one process, so end that one or "
			"choose another device",
			link->name, tun_holder(link->name, holder));
	return 0;
}

/* ---- settings ---- */

/* The ids of owner and group; those not named stay what they were. */
static int find_ids(const struct tap_cfg *cfg, uint32_t *uid, uint32_t *gid, struct err *e)
{
	const struct passwd *pw = cfg->owner[0] ? getpwnam(cfg->owner) : NULL;
	const struct group *gr = cfg->group[0] ? getgrnam(cfg->group) : NULL;

	if (pw)
		*uid = pw->pw_uid;
	else if (cfg->owner[0] && !id_parse(cfg->owner, uid)) {
		err_set(e, ENOENT, "there is no user \"%s\"", cfg->owner);
		err_at(e, "owner");
		return -ENOENT;
	}
	if (gr)
		*gid = gr->gr_gid;
	else if (cfg->group[0] && !id_parse(cfg->group, gid)) {
		err_set(e, ENOENT, "there is no group \"%s\"", cfg->group);
		err_at(e, "group");
		return -ENOENT;
	}
	return 0;
}

/* An owner or group that is not named stays what it is: the kernel cannot take one away again. */
static int set_rights(struct tap *t, const struct tap_cfg *from, const struct tap_cfg *to,
		      struct err *e)
{
	uint32_t uid = UINT32_MAX, gid = UINT32_MAX;

	if (find_ids(to, &uid, &gid, e))
		return -ENOENT;
	if (to->owner[0] && strcmp(from->owner, to->owner) != 0 && ioctl(t->fd, TUNSETOWNER, uid))
		return err_set(e, errno, "cannot give the tap to user %s: %s", to->owner,
			       strerror(errno));
	if (to->group[0] && strcmp(from->group, to->group) != 0 && ioctl(t->fd, TUNSETGROUP, gid))
		return err_set(e, errno, "cannot give the tap to group %s: %s", to->group,
			       strerror(errno));
	if (from->persist != to->persist && ioctl(t->fd, TUNSETPERSIST, to->persist))
		return err_set(e, errno, "cannot make the tap %spersistent: %s",
			       to->persist ? "" : "not ", strerror(errno));
	return 0;
}

static int change_link(struct tap *t, const struct link_change *c, struct err *e)
{
	int ns = t->dev.nsid == NSID_OWN ? -1 : ioctl(t->fd, TUNGETDEVNETNS);
	int rc = rtnl_link_set(&t->port.dp->rtnl, ns, t->dev.ifindex, c, e);

	if (ns >= 0)
		close(ns);
	return rc;
}

/*
 * Changes what differs, and remembers it.  Up is the default, not a demand: a user who may attach but
 * not set it up gets a port that is down.
 */
static int set_link(struct tap *t, const struct link_change *c, struct err *e)
{
	struct link_change want = LINK_UNCHANGED, up = LINK_UNCHANGED;
	int rc;

	want.mtu = c->mtu == t->dev.mtu ? 0 : c->mtu;
	want.mac = c->mac == t->dev.mac ? 0 : c->mac;
	rc = change_link(t, &want, e);
	if (rc)
		return rc;
	t->dev.mtu = want.mtu ? want.mtu : t->dev.mtu;
	t->dev.mac = want.mac ? want.mac : t->dev.mac;
	if (c->up < 0 || c->up == (int)t->dev.up)
		return 0;
	up.up = c->up;
	rc = change_link(t, &up, e);
	if (rc == 0)
		t->dev.up = c->up;
	return rc == -EPERM && c->up ? 0 : rc;
}

/* Puts the device into the namespace called spec, under the name it has. */
static int move_to(struct tap *t, const char *spec, const char *name, struct err *e)
{
	struct rtnl *r = &t->port.dp->rtnl;
	struct link_change c = LINK_UNCHANGED;
	int nsid, rc;
	int ns = netns_open(spec, e);

	if (ns < 0)
		return ns;
	rc = rtnl_nsid(r, ns, &nsid, e);
	if (rc == 0 && nsid != t->dev.nsid) {
		c.netns_fd = ns;
		c.name = name;
		rc = change_link(t, &c, e);
		if (rc == -EEXIST)
			err_set(e, EEXIST,
				"cannot move %s to %s%s: there is a device called %s already",
				t->dev.name, spec[0] ? "namespace " : "the daemon's own namespace",
				spec, name ? name : t->dev.name);
	}
	if (rc == 0)
		rc = netns_identify(ns, &t->home);
	close(ns);
	if (rc || nsid == t->dev.nsid)
		return rc;
	t->dev.nsid = nsid;
	t->opened_inside = false; /* what it keeps alive now is not where the device is */
	struct ifreq ifr;
	if (ioctl(t->fd, TUNGETIFF, &ifr))
		return err_set(e, errno, "the device went away while it was moved");
	rc = rtnl_link_get(r, nsid, ifr.ifr_name, &t->dev);
	if (rc)
		return err_set(e, -rc, "the device is not to be found where it was moved: %s",
			       strerror(-rc));
	return 0;
}

static int apply_changed(struct tap *t, const struct port_cfg *from, const struct port_cfg *to,
			 struct err *e)
{
	const struct tap_cfg *a = &from->u.tap, *b = &to->u.tap;
	struct link_change c = LINK_UNCHANGED;
	int rc = 0;

	if (strcmp(a->netns, b->netns) != 0) {
		rc = move_to(t, b->netns, NULL, e);
		c.up = b->up; /* a device that moves is set down by the kernel */
	}
	if (rc)
		return rc;
	/* what is no longer asked for goes back to what the device brought with it */
	c.mtu = to->mtu ? to->mtu : from->mtu ? t->native_mtu : 0;
	c.mac = b->mac ? b->mac : a->mac ? t->native_mac : 0;
	if (a->up != b->up)
		c.up = b->up;
	rc = set_link(t, &c, e);
	return rc ? rc : set_rights(t, a, b, e);
}

int tap_apply(struct tap *t, const struct port_cfg *to, struct err *e)
{
	const struct port_cfg *from = &t->port.cfg;
	struct link_info before = t->dev;
	uint32_t id;
	int rc = find_ids(&to->u.tap, &id, &id, e);

	if (rc)
		return rc;
	rc = apply_changed(t, from, to, e);
	if (rc) {
		/* back to what the device had, not only to what the old settings say of it */
		struct port_cfg back = *from;

		back.mtu = before.mtu;
		back.u.tap.mac = before.mac;
		back.u.tap.up = before.up;
		if (apply_changed(t, to, &back, NULL))
			log_warning("port %s: the device could not be put back as it was",
				    from->name);
	}
	return rc;
}

/* ---- attaching ---- */

static bool is_pattern(const char *name)
{
	return strchr(name, '%') != NULL;
}

/* Where a device of that name is: there, or here and free to be moved there. */
static int find_device(struct tap *t, int nsid, const char *name, struct link_info *link,
		       struct err *e)
{
	struct rtnl *r = &t->port.dp->rtnl;

	if (is_pattern(name))
		return -ENODEV;
	int rc = rtnl_link_get(r, nsid, name, link);
	if (rc == 0)
		return check_existing(link, e);
	if (rc != -ENODEV)
		return err_set(e, -rc, "cannot look for the device %s: %s", name, strerror(-rc));
	if (nsid == NSID_OWN || rtnl_link_get(r, NSID_OWN, name, link) ||
	    check_existing(link, NULL) != 0 || !link->persist)
		return -ENODEV;
	return 0;
}

/* Gives the attached device, which is in t->dev, its settings. */
static int settle(struct tap *t, bool made, struct err *e)
{
	const struct port_cfg *cfg = &t->port.cfg;
	struct tap_cfg as_it_is = {.up = t->dev.up};
	struct link_change c = LINK_UNCHANGED;

	c.mtu = cfg->mtu;
	c.mac = cfg->u.tap.mac;
	if (cfg->u.tap.up)
		c.up = 1;
	int rc = set_link(t, &c, e);
	if (rc)
		return rc;
	/* a device that was there keeps owner and persistence unless the cfg names others */
	as_it_is.persist = !made;
	struct tap_cfg to = cfg->u.tap;
	to.persist |= !made;
	return set_rights(t, &as_it_is, &to, e);
}

void tap_give_back(struct tap *t)
{
	struct link_change c = LINK_UNCHANGED;

	if (t->fd < 0 || !t->found.kind[0])
		return;
	if (t->found.nsid == NSID_OWN && t->dev.nsid != NSID_OWN)
		(void)move_to(t, "", t->found.name, NULL);
	c.mtu = t->found.mtu;
	c.mac = t->found.mac;
	c.up = t->found.up;
	(void)set_link(t, &c, NULL);
}

/* The device that find_device() found, or a new one, as t->fd and t->dev; not settled yet. */
static int take(struct tap *t, int ns, int nsid, const struct link_info *found, struct err *e)
{
	struct rtnl *r = &t->port.dp->rtnl;
	const char *wanted = found ? found->name : tap_ifname(&t->port.cfg);
	char name[IFNAMSIZ];
	int at = found ? found->nsid : netns_is_pid(t->port.cfg.u.tap.netns) ? NSID_OWN : nsid;
	int rc;

	t->found = found ? *found : (struct link_info){.kind = ""};
	snprintf(name, sizeof(name), "%.15s", found || at == nsid ? wanted : PASSING_NAME);
	t->opened_inside = at != NSID_OWN;
	t->fd = attach(name, t->opened_inside ? ns : -1, found, &t->port.caps, e);
	if (t->fd < 0)
		return t->fd;
	rc = rtnl_link_get(r, at, name, &t->dev);
	if (rc)
		return err_set(e, -rc, "the tap %s went away at once: %s", name, strerror(-rc));
	t->unplugged = false; /* attaching gives a device its carrier */
	t->native_mtu = t->dev.mtu;
	t->native_mac = t->dev.mac;
	if (at == nsid)
		return 0;
	return move_to(t, t->port.cfg.u.tap.netns, wanted, e);
}

int tap_attach(struct tap *t, bool may_create, struct err *e)
{
	const struct port_cfg *cfg = &t->port.cfg;
	/* a pattern named the device once; after that its name is known */
	bool again = is_pattern(tap_ifname(cfg)) && t->dev.name[0] && !may_create;
	const char *name = again ? t->dev.name : tap_ifname(cfg);
	struct link_info found;
	uint32_t id;
	int nsid, rc = find_ids(&cfg->u.tap, &id, &id, e);

	if (rc) /* before anything is touched */
		return rc;
	int ns = netns_open(cfg->u.tap.netns, e);
	if (ns < 0) {
		err_at(e, "netns");
		return ns;
	}
	rc = rtnl_nsid(&t->port.dp->rtnl, ns, &nsid, e);
	/* it may be ours, of a port that was deleted a moment ago */
	if (rc == 0 && rtnl_link_get(&t->port.dp->rtnl, nsid, name, &found) == 0)
		datapath_wait_closed(t->port.dp);
	if (rc == 0)
		rc = find_device(t, nsid, name, &found, e);
	bool exists = rc == 0;
	if (exists || (rc == -ENODEV && may_create))
		rc = take(t, ns, nsid, exists ? &found : NULL, e);
	else if (rc == -ENODEV)
		err_set(e, ENODEV, "there is no device %s", name);
	if (rc == 0)
		rc = netns_identify(ns, &t->home);
	if (rc == 0) {
		rc = settle(t, !exists, e);
		if (rc)
			tap_give_back(t);
	}
	t->home_vanished = false;
	close(ns);
	if (rc && t->fd >= 0) {
		close(t->fd);
		t->fd = -1;
	}
	return rc < 0 ? rc : 0;
}
