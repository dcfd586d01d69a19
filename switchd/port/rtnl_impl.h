/* SPDX-License-Identifier: ISC */
/*
 * rtnl_impl.h - what rtnl.c (sockets, namespaces, listening), rtnl_link.c (devices) and rtnl_ip.c (addresses and
 * routes) share.  Nobody else includes it.
 */
#ifndef PORT_RTNL_IMPL_H
#define PORT_RTNL_IMPL_H

#include "port/rtnl.h"

enum { MESSAGE_SIZE = 1024 };

/* A route netlink socket, of the namespace that the thread is in, that hears `groups`.  NULL with *e. */
struct mnl_socket *rtnl_socket(unsigned groups, struct err *e);

/* Begins a request in MESSAGE_SIZE bytes at buf: its header, with the next number. */
struct nlmsghdr *rtnl_begin(struct rtnl *r, char *buf, uint16_t type, uint16_t flags);

/*
 * Sends one request and hands the answers to cb, which may be NULL.  Returns 0 or -errno, the kernel's or our
 * own.
 */
int rtnl_transact(struct mnl_socket *ask, const struct nlmsghdr *nlh, mnl_cb_t cb, void *arg);

/* Of a message about a device, RTM_NEWLINK or RTM_DELLINK: all but link->nsid. */
void rtnl_parse_link(const struct nlmsghdr *nlh, struct link_info *link);

#endif
