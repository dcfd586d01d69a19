/* SPDX-License-Identifier: ISC */
/*
 * tap.h - ports that are tap devices of the kernel (Documentation/networking/tuntap.rst).
 *
 * tap.c moves frames and keeps the port's state; tap_attach.c makes or finds the device.
 */
#ifndef PORT_TAP_H
#define PORT_TAP_H

#include "port/netns.h"
#include "port/poller.h"
#include "port/port.h"

#ifndef TUNGETDEVNETNS /* Linux 5.2 */
#define TUNGETDEVNETNS _IO('T', 227)
#endif

#ifndef TUNSETCARRIER /* Linux 5.0 */
#define TUNSETCARRIER _IOW('T', 226, int)
#endif

extern const struct port_ops tap_ops;

struct tap {
	struct port port;
	int fd; /* -1 while lost */
	struct source source;
	unsigned batch;	      /* rx_drain()'s */
	struct link_info dev; /* the device as last seen */
	struct netns_id home; /* the namespace the cfg's netns named when we attached */
	bool home_vanished;   /* it had no name for a while: numbers of namespaces are used again */
	char netns[NETNS_SIZE]; /* what the namespace it is in now is called */
	struct link_info found; /* the device before we attached; kind "" where we made it */
	uint32_t native_mtu;	/* what the device had before our settings */
	uint64_t native_mac;
	bool unplugged;	    /* the device was told that it has no carrier */
	bool opened_inside; /* fd belongs to that namespace, and keeps it alive */
};

static inline struct tap *tap_of(struct port *p)
{
	return (struct tap *)p;
}

/*
 * Attaches to the device that t's cfg names, or makes it if may_create.  The device ends in the
 * namespace the cfg names, with the settings the cfg has.  Fills fd, dev, home.  On failure returns
 * -errno (-ENODEV: there is none and none was to be made), with nothing left behind.
 */
int tap_attach(struct tap *t, bool may_create, struct err *e);

/* Puts a device that was there before us back as it was found, also where it was; best effort. */
void tap_give_back(struct tap *t);

/*
 * Changes the live settings of an attached device from what the port's cfg says to what `to` says; all
 * of it or nothing.
 */
int tap_apply(struct tap *t, const struct port_cfg *to, struct err *e);

#endif
