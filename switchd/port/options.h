/* SPDX-License-Identifier: ISC */
/*
 * options.h - what can be set on a port, by kind.
 *
 * Tables only: no libuv and no system calls, so that swctl links them for its help and completion.
 */
#ifndef PORT_OPTIONS_H
#define PORT_OPTIONS_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/impair_set.h"
#include "core/settings.h"
#include "util/address.h"
#include "util/endpoint.h"
#include "util/opt.h"
#include "util/words.h"

enum { USER_SIZE = 33, NETNS_SIZE = 128 };

enum {
	/* What IPv4 lets a datagram carry: 65535 less 20 bytes of IP header and 8 of UDP header. */
	UDP_PAYLOAD_MAX = 65507,
	UDP_MTU_MAX = UDP_PAYLOAD_MAX - 14 - 8, /* less an Ethernet header and room for two tags */
	STREAM_MTU_MAX = 65521,			/* that of a tap: no sender has more */
	VDE_MTU_MAX = 65521,			/* as of a tap */
	VDE_NAME_MAX = 13,			/* "/9999.1048576", a socket in the directory */
	VDE_DIR_SIZE = UNIX_PATH_SIZE - VDE_NAME_MAX,
};

enum { MODE_SIZE = 5, FILTER_SIZE = 1001 };

struct tap_cfg {
	char ifname[IFNAMSIZ];	/* "" = the port's name; may hold one %d */
	char netns[NETNS_SIZE]; /* name under /run/netns, or a pid; "" = the daemon's own */
	uint64_t mac;		/* of the device; 0 = leave as it is */
	bool persist;		/* the device stays when the daemon goes */
	bool up;		/* set the device up on opening */
	char owner[USER_SIZE];	/* user name or uid who may attach to it; "" = leave */
	char group[USER_SIZE];	/* group name or gid; "" = leave */
};

struct udp_cfg {
	char local[ENDPOINT_SIZE];  /* what to receive on */
	char remote[ENDPOINT_SIZE]; /* the peer */
	bool coalesce;		    /* join segments of one flow that came in one burst */
};

struct stream_cfg {
	char listen[ADDRESS_SIZE];  /* where to wait for peers; "" = connect is set */
	char connect[ADDRESS_SIZE]; /* where a peer waits; "" = listen is set */
	char mode[MODE_SIZE];  /* of a listening socket's path; "" = 0600, or 0660 with a group */
	char group[USER_SIZE]; /* of that path, name or gid; "" = leave */
	uint32_t max_peers;    /* of one that listens */
	bool coalesce;	       /* join segments of one flow that came together */
};

struct dgram_cfg {
	char listen[ADDRESS_SIZE]; /* a Unix socket's name */
	char mode[MODE_SIZE];	   /* as those of stream_cfg */
	char group[USER_SIZE];
	uint32_t max_peers;
	bool coalesce;
};

struct netdev_cfg {
	char ifname[IFNAMSIZ];	/* "" = the port's name */
	char netns[NETNS_SIZE]; /* where the device is: as of a tap */
	bool promisc;		/* have it take frames for any address */
};

struct patch_cfg {
	char peer[2 * NAME_SIZE]; /* the other end: "SWITCH/PORT" */
};

struct mcast_cfg {
	char group[ENDPOINT_SIZE]; /* what to receive on and send to */
	char ifname[IFNAMSIZ]; /* the device to do so on; "" = what the group or the route says */
	uint32_t ttl;	       /* routers that a datagram may pass, and one; 0 = this host alone */
	bool coalesce;	       /* join segments of one flow that came in one burst */
};

struct vde_cfg {
	char dir[VDE_DIR_SIZE]; /* which "ctl" and the data sockets are in */
	char mode[MODE_SIZE];	/* of these; as that of stream_cfg */
	char group[USER_SIZE];
	uint32_t max_peers;
	bool coalesce; /* join segments of one flow that came in one burst */
};

enum {
	VXLAN_REMOTES_SIZE = 4096, /* of the text */
	VXLAN_REMOTES_MAX = 256,
	/* What fits in a datagram behind the VXLAN header, with room for two tags. */
	VXLAN_MTU_MAX = UDP_PAYLOAD_MAX - 8 - 14 - 8,
};

struct vxlan_cfg {
	uint32_t vni;			  /* the VXLAN network identifier */
	char local[ENDPOINT_SIZE];	  /* what to receive on */
	char remotes[VXLAN_REMOTES_SIZE]; /* vxlan_each_remote() */
	char group[64];			  /* IP address of a group to flood to; "" = none */
	char ifname[IFNAMSIZ];		  /* the device the group is on */
	bool any_source;		  /* take frames from whoever sends them */
	uint32_t ttl;			  /* of datagrams; 0 = that of the frame inside */
	char tos[8];			  /* of datagrams: vxlan_tos() */
	char df[8];			  /* may they be fragmented: "unset", "set", "inherit" */
	bool udp_csum;			  /* do datagrams have a checksum */
	char src_ports[12];		  /* to send from: vxlan_src_ports() */
	bool coalesce;			  /* join segments of one flow that came in one burst */
	uint32_t max_remote_macs;	  /* room in the table of who is behind which remote */
};

struct port_cfg {
	struct sw_port_set set; /* first, so that sw_port_options serves for both */
	char name[NAME_SIZE];
	char type[16]; /* names a struct port_type */
	uint32_t mtu;  /* largest payload in and out; 0 = whatever the device carries */
	char filter_in[FILTER_SIZE]; /* expressions, see port/filter.h; "" = none */
	char filter_out[FILTER_SIZE];
	struct impair_set impair; /* how bad its link is */
	union {
		struct tap_cfg tap;	  /* "tap" */
		struct udp_cfg udp;	  /* "udp" */
		struct stream_cfg stream; /* "stream" */
		struct dgram_cfg dgram;	  /* "dgram" */
		struct netdev_cfg netdev; /* "netdev" */
		struct patch_cfg patch;	  /* "patch" */
		struct mcast_cfg mcast;	  /* "mcast" */
		struct vde_cfg vde;	  /* "vde" */
		struct vxlan_cfg vxlan;	  /* "vxlan" */
	} u;
};

/*
 * Are two ports, which have passed port_cfg_check(), to have one and the same device?  Of udp: would
 * they receive on the same address?
 */
bool port_cfg_same_device(const struct port_cfg *a, const struct port_cfg *b);

/*
 * An order in which ports for which port_cfg_same_device() holds stand side by side: of any number of
 * them, each but the first shares its device with the one before or with the first.
 */
int port_cfg_compare_devices(const struct port_cfg *a, const struct port_cfg *b);

/* May there be two ports whose device is called like that?  So it is where a pattern names it. */
bool port_cfg_device_is_pattern(const struct port_cfg *cfg);

enum { DEVICE_TEXT_SIZE = 192 };

/* "the device h1 in namespace blue", "the address 192.0.2.1:4000"; returns out. */
const char *port_cfg_device_text(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE]);

/*
 * The id that a user or group may be called by instead of a name: digits only, and not the last one,
 * which means nobody to the kernel.  False: it is no such number.
 */
bool id_parse(const char *text, uint32_t *id);

/* May that be an expression of a filter?  Only libpcap knows whether it is one: port/filter.h. */
int port_filter_check(const char *text, struct err *e);

/* The mode of a socket's path, octal: "0660".  False: it is none. */
bool mode_parse(const char *text, uint32_t *mode);

struct port_type {
	const char *name;
	const char *help;
	const char *example;	   /* command lines, a port's and a stock peer's, a line each */
	const struct opt *options; /* offsets are into struct port_cfg */

	/* What no single option can check; the required ones are there.  Fills *e. */
	int (*check)(const struct port_cfg *cfg, struct err *e);
	/*
	 * For two ports of this kind, what port_cfg_... says of them.  Kinds that share the first of these
	 * functions share the second, and could fight for one device with each other.
	 */
	bool (*same_device)(const struct port_cfg *a, const struct port_cfg *b);
	int (*compare_devices)(const struct port_cfg *a, const struct port_cfg *b);
	void (*device_text)(const struct port_cfg *cfg, char out[DEVICE_TEXT_SIZE]);
	/* port_cfg_check_remote(); NULL: a port of this kind has no remotes to choose from. */
	int (*check_remote)(const struct port_cfg *cfg, const char *remote, struct err *e);
};

/* Every kind of port, ended by NULL. */
extern const struct port_type *const port_types[];

#define port_types_foreach(t) \
	for (const struct port_type *const *t##_ = port_types, *t; (t = *t##_) != NULL; t##_++)

/* The kind called name, or NULL. */
const struct port_type *port_type_find(const char *name);

/* Those of any kind's that make a link bad; goes on with others. */
extern const struct opt port_impair_options[];

/* A cfg of that kind with all defaults; name and type are set. */
void port_cfg_init(struct port_cfg *cfg, const char *name, const struct port_type *type);

/*
 * Checks what no single option can: that nothing required is missing; that a tap without ifname has a
 * name a device can bear; that both ends of a udp port are of one family.  Returns 0 or -EINVAL with *e
 * filled.
 */
int port_cfg_check(const struct port_cfg *cfg, struct err *e);

/*
 * Can a static address be behind `remote`, of the port that cfg, which has passed port_cfg_check(), is for?
 * Returns 0 or -EINVAL with *e filled (may be NULL).
 */
int port_cfg_check_remote(const struct port_cfg *cfg, const char *remote, struct err *e);

/* Do both texts, which have passed check_any_remote() or are "", name one remote of one port? */
bool same_remote(const char *a, const char *b);

/* struct opt's check: ADDRESS or ADDRESS:PORT of a single host, whichever it is. */
int check_any_remote(const char *s, struct err *e);

/* The device a tap port is to have: cfg's ifname, or else the port's name. */
const char *tap_ifname(const struct port_cfg *cfg);

/* The device a netdev port is: cfg's ifname, or else the port's name. */
const char *netdev_ifname(const struct port_cfg *cfg);

/*
 * Calls fn for each of the remotes, of which `text` is the list: ADDRESS or ADDRESS:PORT, with commas in
 * between and nothing else; without PORT it is `port`.  Stops at the first fn that does not return 0 and
 * returns that; -EINVAL with *e where the text is no such list.
 */
int vxlan_each_remote(const char *text, uint16_t port,
		      int (*fn)(void *arg, const struct endpoint *ep, const char *text,
				struct err *e),
		      void *arg, struct err *e);

enum { VXLAN_TOS_INHERIT = -1 };

/* Of a text that has passed its check: the TOS, or VXLAN_TOS_INHERIT. */
int vxlan_tos(const char *text);

/* "FIRST-LAST" or one port.  False: it is neither. */
bool vxlan_src_ports(const char *text, uint16_t *first, uint16_t *last);

#endif
