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

#include "util/opt.h"
#include "util/words.h"

enum { USER_SIZE = 33, NETNS_SIZE = 128 };

struct tap_cfg {
	char ifname[IFNAMSIZ];	/* "" = the port's name; may hold one %d */
	char netns[NETNS_SIZE]; /* name under /run/netns, or a pid; "" = the daemon's own */
	uint64_t mac;		/* of the device; 0 = leave as it is */
	bool persist;		/* the device stays when the daemon goes */
	bool up;		/* set the device up on opening */
	char owner[USER_SIZE];	/* user name or uid who may attach to it; "" = leave */
	char group[USER_SIZE];	/* group name or gid; "" = leave */
};

struct port_cfg {
	char name[NAME_SIZE];
	char type[16];	   /* names a struct port_type */
	uint32_t max_macs; /* addresses learned from this port; 0 = no limit of its own */
	uint32_t mtu;	   /* largest payload in and out; 0 = whatever the device carries */
	union {
		struct tap_cfg tap;
	} u;
};

/* Are two ports to have one and the same device? */
bool port_cfg_same_device(const struct port_cfg *a, const struct port_cfg *b);

/*
 * The id that a user or group may be called by instead of a name: digits only, and not the last one,
 * which means nobody to the kernel.  False: it is no such number.
 */
bool id_parse(const char *text, uint32_t *id);

struct port_type {
	const char *name;
	const char *help;
	const struct opt *options; /* offsets are into struct port_cfg */
};

/* Every kind of port, ended by a NULL name. */
extern const struct port_type port_types[];

/* The kind called name, or NULL. */
const struct port_type *port_type_find(const char *name);

/* A cfg of that kind with all defaults; name and type are set. */
void port_cfg_init(struct port_cfg *cfg, const char *name, const struct port_type *type);

/*
 * Checks what no single option can: that a port without ifname has a name a device can bear.
 * Returns 0 or -EINVAL with *e filled.
 */
int port_cfg_check(const struct port_cfg *cfg, struct err *e);

/* The device a tap port is to have: cfg's ifname, or else the port's name. */
const char *tap_ifname(const struct port_cfg *cfg);

#endif
