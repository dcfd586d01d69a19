/* SPDX-License-Identifier: ISC */
/*
 * netdev_attach.c - finding a network device, and opening a packet socket on it (packet(7)).
 */
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/datapath.h"
#include "port/netdev.h"
#include "port/tap.h"

#ifndef PACKET_IGNORE_OUTGOING /* Linux 4.20 */
#define PACKET_IGNORE_OUTGOING 23
#endif

enum { BUFFER_SIZE = 4 << 20 }; /* of the socket, each way */

/* ---- the socket ---- */

static int explain_socket(int code, const char *name, struct err *e)
{
	if (code == EPERM || code == EACCES)
		return err_set(
			e, code,
			"receiving what comes through %s takes CAP_NET_RAW (a packet socket); run as "
			"root, or give the daemon that capability",
			name);
	if (code == EAFNOSUPPORT)
		return err_set(
			e, code,
			"this kernel, or the sandbox the daemon is in, has no packet sockets: "
			"`modprobe af_packet`, or allow AF_PACKET");
	return err_set(e, code, "cannot make a packet socket for %s: %s", name, strerror(code));
}

static int set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

/* What makes it better, and what it can do without. */
static void tune(int fd)
{
	(void)set(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_SIZE);
	(void)set(fd, SOL_SOCKET, SO_SNDBUF, BUFFER_SIZE);
	(void)set(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_SIZE);
	(void)set(fd, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_SIZE);
	(void)set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
	(void)set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
}

int netdev_set_promisc(int fd, int ifindex, bool on, struct err *e)
{
	struct packet_mreq m = {.mr_ifindex = ifindex, .mr_type = PACKET_MR_PROMISC};

	if (setsockopt(fd, SOL_PACKET, on ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP, &m,
		       sizeof(m)) == 0)
		return 0;
	return err_set(e, errno, "cannot switch promiscuous mode %s: %s", on ? "on" : "off",
		       strerror(errno));
}

/* From a socket that hears nothing yet to one that hears that device alone. */
static int set_up(int fd, const struct link_info *link, bool promisc, struct err *e)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htobe16(ETH_P_ALL),
		.sll_ifindex = link->ifindex,
	};
	int rc = set(fd, SOL_PACKET, PACKET_VNET_HDR, 1);

	if (rc == 0)
		rc = set(fd, SOL_PACKET, PACKET_AUXDATA, 1);
	if (rc)
		return err_set(
			e, -rc,
			"the packet sockets of this kernel cannot pass on offloads or tags: %s",
			strerror(-rc));
	tune(fd);
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)))
		return err_set(e, errno, "cannot receive on %s: %s", link->name, strerror(errno));
	return promisc ? netdev_set_promisc(fd, link->ifindex, true, e) : 0;
}

/*
 * A packet socket on the device, which is in the namespace ns.  It is made without a protocol, so that nothing is
 * received before it is bound: what comes then belongs to that device.
 */
static int open_socket(int ns, const struct link_info *link, bool promisc, struct err *e)
{
	int home = link->nsid == NSID_OWN ? -1 : netns_enter(ns);

	if (link->nsid != NSID_OWN && home < 0)
		return err_set(e, -home, "cannot enter the network namespace: %s%s",
			       strerror(-home), home == -EPERM ? " (it takes CAP_SYS_ADMIN)" : "");
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int code = errno;
	if (home >= 0)
		netns_leave(home);
	if (fd < 0)
		return explain_socket(code, link->name, e);
	int rc = set_up(fd, link, promisc, e);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

/* ---- the device ---- */

struct twin_search {
	const struct port *self;
	int nsid, ifindex;
	const struct port *found;
};

static void compare_device(struct port *p, void *arg)
{
	struct twin_search *s = arg;
	const struct link_info *dev = NULL;

	if (p == s->self)
		return;
	if (p->ops == &tap_ops && tap_of(p)->fd >= 0)
		dev = &tap_of(p)->dev;
	else if (p->ops == &netdev_ops && netdev_of(p)->fd >= 0)
		dev = &netdev_of(p)->dev;
	if (dev && dev->nsid == s->nsid && dev->ifindex == s->ifindex)
		s->found = p;
}

/* Another port of this daemon that has the same device, or NULL. */
static const struct port *twin_of(const struct netdev *n, const struct link_info *link)
{
	struct twin_search s = {&n->port, link->nsid, link->ifindex, NULL};

	datapath_each_port(n->port.dp, compare_device, &s);
	return s.found;
}

static int check_device(const struct netdev *n, const struct link_info *link, struct err *e)
{
	const struct port *twin;

	if (!link->ethernet)
		return err_set(
			e, EINVAL, "%s carries no Ethernet frames%s; give the port another ifname",
			link->name, link->is_tun ? " but IP packets (it is a tun device)" : "");
	twin = twin_of(n, link);
	if (twin)
		return err_set(
			e, EBUSY,
			"the device %s is that of port %s.%s already, and frames would go round "
			"between the two; delete one of them",
			link->name, twin->core.sw->name, twin->cfg.name);
	return 0;
}

static int find(struct netdev *n, int ns, const char *netns, int ifindex, struct link_info *link,
		struct err *e)
{
	struct rtnl *r = &n->port.dp->rtnl;
	const char *name = netdev_ifname(&n->port.cfg);
	int nsid, rc = rtnl_nsid(r, ns, &nsid, e);

	if (rc)
		return rc;
	rc = ifindex ? rtnl_link_get_index(r, nsid, ifindex, link)
		     : rtnl_link_get(r, nsid, name, link);
	if (rc == -ENODEV)
		return err_set(e, ENODEV, "there is no device %s%s%s; the port waits for it", name,
			       netns[0] ? " in namespace " : "", netns);
	if (rc)
		return err_set(e, -rc, "cannot look for the device %s: %s", name, strerror(-rc));
	return check_device(n, link, e);
}

int netdev_attach(struct netdev *n, const char *netns, int ifindex, struct err *e)
{
	struct link_info link = {0};
	struct netns_id where;
	int fd = -1;

	if (BYTE_ORDER !=
	    LITTLE_ENDIAN) /* a packet socket's offload header is in the machine's order */
		return err_set(e, ENOTSUP, "netdev ports work on little-endian machines only");
	int ns = netns_open(netns, e);
	if (ns < 0) {
		err_at(e, "netns");
		return ns;
	}
	int rc = netns_identify(ns, &where);
	if (rc == 0)
		rc = find(n, ns, netns, ifindex, &link, e);
	if (rc == 0)
		rc = fd = open_socket(ns, &link, n->port.cfg.u.netdev.promisc, e);
	close(ns);
	if (rc < 0)
		return rc;
	n->fd = fd;
	n->dev = link;
	n->where = where;
	snprintf(n->netns, sizeof(n->netns), "%s", netns);
	n->port.caps = PORT_VNET | PORT_USO;
	return 0;
}

/* ---- where it went ---- */

/* Is the namespace called spec the one that the namespace from_nsid calls nsid? */
static bool is_called(struct netdev *n, const char *spec, const struct link_info *gone)
{
	int nsid, ns = netns_open(spec, NULL);

	if (ns < 0)
		return false;
	int rc = rtnl_nsid_from(&n->port.dp->rtnl, gone->nsid, ns, &nsid);
	close(ns);
	return rc == 0 && nsid >= 0 && nsid == gone->moved_nsid;
}

bool netdev_whereabouts(struct netdev *n, const struct link_info *gone, char netns[NETNS_SIZE])
{
	const char *const known[] = {n->port.cfg.u.netdev.netns, ""};
	const struct dirent *d;
	bool found = false;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && !found; i++) {
		snprintf(netns, NETNS_SIZE, "%s", known[i]);
		found = is_called(n, netns, gone);
	}
	DIR *names = found ? NULL : opendir(NETNS_DIR);
	while (names && !found && (d = readdir(names)) != NULL) {
		snprintf(netns, NETNS_SIZE, "%.*s", NETNS_SIZE - 1, d->d_name);
		found = d->d_name[0] != '.' && is_called(n, netns, gone);
	}
	if (names)
		closedir(names);
	return found;
}

/* ---- who else has it ---- */

bool netdev_find_fault(struct netdev *n, char why[REASON_SIZE])
{
	struct rtnl *r = &n->port.dp->rtnl;
	const struct link_info *dev = &n->dev;
	const struct port *twin = twin_of(n, dev);
	char address[RTNL_ADDRESS_SIZE];
	struct link_info master;

	why[0] = '\0';
	if (twin) {
		snprintf(
			why, REASON_SIZE,
			"the device %s is that of port %s.%s, too, and frames would go round between the "
			"two; delete one of them",
			dev->name, twin->core.sw->name, twin->cfg.name);
		return true;
	}
	if (dev->master && rtnl_link_get_index(r, dev->nsid, dev->master, &master) == 0)
		snprintf(
			why, REASON_SIZE,
			"the device %s belongs to %s%s%s, too, which gets every frame as well; `ip link set "
			"%s nomaster` takes it out",
			dev->name, master.kind, master.kind[0] ? " " : "", master.name, dev->name);
	else if (rtnl_address_get(r, dev->nsid, dev->ifindex, address) == 0 && address[0])
		snprintf(
			why, REASON_SIZE,
			"the device %s has the address %s, so the host gets every frame as well and answers; "
			"`ip addr flush dev %s` takes it away",
			dev->name, address, dev->name);
	return false;
}

/* ---- its speed ---- */

/* The sets of link modes that follow in the kernel's answer: three, each of so many words at most. */
enum { MODE_WORDS_MAX = 127 };

uint32_t netdev_speed(const struct netdev *n, bool *half_duplex)
{
	struct {
		struct ethtool_link_settings s;
		uint32_t modes[3 * MODE_WORDS_MAX];
	} ask = {.s = {.cmd = ETHTOOL_GLINKSETTINGS}};
	struct ifreq ifr = {.ifr_data = (void *)&ask};

	*half_duplex = false;
	if (strcmp(n->dev.kind, "tun") == 0)
		return 0;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", n->dev.name);
	/* the first answer is how many words a set has, as a negative number */
	if (ioctl(n->fd, SIOCETHTOOL, &ifr) || ask.s.link_mode_masks_nwords >= 0)
		return 0;
	ask.s.link_mode_masks_nwords = (int8_t)-ask.s.link_mode_masks_nwords;
	ask.s.cmd = ETHTOOL_GLINKSETTINGS;
	if (ioctl(n->fd, SIOCETHTOOL, &ifr) || ask.s.speed == (uint32_t)SPEED_UNKNOWN)
		return 0;
	*half_duplex = ask.s.duplex == DUPLEX_HALF;
	return ask.s.speed;
}
