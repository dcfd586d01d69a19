/* SPDX-License-Identifier: ISC */
/*
 * rtnl.h - what we ask of and tell the kernel about network devices (rtnetlink(7), through libmnl).
 *
 * Devices of other network namespaces are reached from here, by the id that our namespace has for
 * theirs (RTM_NEWNSID, IFLA_TARGET_NETNSID, NETLINK_LISTEN_ALL_NSID): no socket of ours lives in a
 * guest's namespace, because a socket there would keep a namespace alive that its owner has
 * deleted.
 *
 * rtnl.c has the sockets, namespaces and what is heard; rtnl_link.c devices; rtnl_ip.c addresses and routes.
 */
#ifndef PORT_RTNL_H
#define PORT_RTNL_H

#include <libmnl/libmnl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "port/watch.h"
#include "util/err.h"

/* The id of the daemon's own namespace. */
enum { NSID_OWN = -1 };

struct link_info {
	int nsid;
	int ifindex;
	char name[IFNAMSIZ];
	char kind[16]; /* "tun", "veth"...; "" for hardware */
	uint32_t mtu;
	uint64_t mac;
	bool up;
	bool running;  /* and it has a carrier */
	bool ethernet; /* ARPHRD_ETHER: its frames have Ethernet headers */
	int master;    /* ifindex of the bridge, bond... that it belongs to; 0 = none */
	/*
	 * Of a message that it is gone: it was moved, to the namespace that the one it was in calls so
	 * (rtnl_nsid_from()), and is that index there.
	 */
	bool moved;
	int moved_nsid;
	int moved_ifindex;
	/* of kind "tun" */
	bool is_tun; /* layer 3, no Ethernet header */
	bool multi_queue;
	bool persist;
	uint32_t queues; /* descriptors attached to it now */
};

/* What to change; members that are NULL, 0 or negative stay as they are. */
struct link_change {
	const char *name;
	uint32_t mtu;
	uint64_t mac;
	int up;	      /* -1 = leave, 0, 1 */
	int netns_fd; /* -1 = leave */
};
#define LINK_UNCHANGED ((struct link_change){.up = -1, .netns_fd = -1})

struct rtnl {
	struct mnl_socket *ask;
	struct mnl_socket *listen;
	uint32_t seq;
	struct watch watch;
	void *owner;
	/* A device appeared, changed or (gone) went away. */
	void (*changed)(void *owner, const struct link_info *link, bool gone);
	/* An address was given to a device, or taken away; may be NULL. */
	void (*addressed)(void *owner, int nsid, int ifindex);
	bool hears_all; /* what happens in other namespaces, too */
	bool strict;	/* the kernel can list the addresses of one device */
	/* More happened than the kernel could tell: look at every device again. */
	void (*overflowed)(void *owner);
};

/* Opens both sockets and listens for changes of devices here and, if allowed to, in other
 * namespaces. */
int rtnl_open(struct rtnl *r, uv_loop_t *loop, struct err *e);
void rtnl_close(struct rtnl *r);

/* Our id for the namespace behind fd, NSID_OWN where it is our own; gives it one first if need be.
 */
int rtnl_nsid(struct rtnl *r, int ns_fd, int *nsid, struct err *e);

/*
 * The id that the namespace from_nsid (our id for it) has for the one behind fd; -1 where it has none.
 * Returns 0 or -errno.
 */
int rtnl_nsid_from(struct rtnl *r, int from_nsid, int ns_fd, int *nsid);

/* Returns 0, -ENODEV where there is none of that name, or another -errno. */
int rtnl_link_get(struct rtnl *r, int nsid, const char *name, struct link_info *link);

/* The same for the device of that index. */
int rtnl_link_get_index(struct rtnl *r, int nsid, int ifindex, struct link_info *link);

enum { RTNL_ADDRESS_SIZE = 64 };

/*
 * An IP address of the device, as "192.0.2.1/24", link-local ones aside, which a kernel gives to any device;
 * "" where it has none or that cannot be told.  Returns 0 or -errno.
 */
int rtnl_address_get(struct rtnl *r, int nsid, int ifindex, char text[RTNL_ADDRESS_SIZE]);

/*
 * Which device datagrams to that address, IPv4 or IPv6, leave through: its index in *ifindex.  Returns 0,
 * -ENETUNREACH where no route says, or another -errno.
 */
int rtnl_route_device(struct rtnl *r, const struct sockaddr *to, uint32_t *ifindex);

/*
 * Changes a device of the namespace behind ns_fd, -1 = ours.  Asking reaches other namespaces by
 * id, changing does not (net/core/rtnetlink.c): this enters the namespace to open a socket that is
 * gone when it returns.  Returns 0 or -errno, with *e saying which change was refused.
 */
int rtnl_link_set(struct rtnl *r, int ns_fd, int ifindex, const struct link_change *c,
		  struct err *e);

#endif
