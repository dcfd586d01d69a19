/* SPDX-License-Identifier: ISC */
/*
 * options_impl.h - what the tables of options_KIND.c are made of.  Nobody else includes it.
 */
#ifndef PORT_OPTIONS_IMPL_H
#define PORT_OPTIONS_IMPL_H

#include "port/options.h"

enum { MTU_MIN = 68 }; /* RFC 791 */

#define AT(field)   offsetof(struct port_cfg, field)
#define ROOM(field) sizeof(((struct port_cfg *)0)->field)

/* A setting that every kind of port has; what an MTU is, depends on the kind. */
/* clang-format off */
#define MTU_OPTION(mtu_max, mtu_help)                                                          \
	{                                                                                          \
		.name = "mtu", .type = OPT_UINT, .change = OPT_LIVE, .off = AT(mtu),               \
		.min = MTU_MIN, .max = (mtu_max), .zero_ok = true, .dflt = "0",                    \
		.arg = "BYTES", .help = (mtu_help),                                                \
	}

/* How such a table ends: with filters, and what the core can set on any port. */
#define CORE_OPTIONS {.name = NULL, .more = port_filter_options}

/* Settings of the kinds that wait for peers at a Unix socket; `kind` is a member of struct port_cfg's union. */
#define SOCKET_OPTIONS(kind)                                                                       \
	{                                                                                          \
		.name = "mode", .type = OPT_STR, .change = OPT_LIVE, .off = AT(u.kind.mode),       \
		.size = ROOM(u.kind.mode), .dflt = "", .arg = "MODE",                              \
		.help = "of the socket's path, like 0660; unset, 0600, or 0660 with a group",      \
		.check = check_mode,                                                               \
	},                                                                                         \
	{                                                                                          \
		.name = "group", .type = OPT_STR, .change = OPT_LIVE, .off = AT(u.kind.group),     \
		.size = ROOM(u.kind.group), .dflt = "", .arg = "GROUP",                            \
		.help = "group, by name or number, that the socket's path belongs to",             \
	},                                                                                         \
	{                                                                                          \
		.name = "max_peers", .type = OPT_UINT, .change = OPT_LIVE,                         \
		.off = AT(u.kind.max_peers), .min = 1, .max = 1023, .dflt = "64",                  \
		.arg = "NUMBER", .help = "peers at a time, where it listens",                      \
	}

/* A setting of the kinds that may receive many frames at once. */
#define COALESCE_OPTION(kind)                                                                      \
	{                                                                                          \
		.name = "coalesce", .type = OPT_BOOL, .change = OPT_LIVE,                          \
		.off = AT(u.kind.coalesce), .dflt = "true", .arg = "BOOL",                         \
		.help = "join segments of one TCP or UDP flow that arrive together",               \
	}
/* clang-format on */

/* Checks of single options: struct opt's check. */
int check_ifname(const char *s, struct err *e);
int check_netns(const char *s, struct err *e);
int check_local(const char *s, struct err *e);	/* an endpoint that is this host's */
int check_remote(const char *s, struct err *e); /* an endpoint that is one host's */

int check_mode(const char *s, struct err *e); /* "0660" */

/* Is there something that mode and group, where they are set, can be of? */
int check_socket_path(const char *listen, const char *mode, const char *group, struct err *e);

/* The endpoint of a text that has passed its check. */
struct endpoint endpoint_of(const char *text);

/* Could both texts, which have passed check_local(), receive one datagram or connection? */
bool same_local(const char *a, const char *b);
/* The order that port_type.compare_devices needs of them. */
int compare_locals(const char *a, const char *b);

/* What port_type needs for the kinds that receive at a UDP address: udp and vxlan. */
bool same_udp_local(const struct port_cfg *a, const struct port_cfg *b);
int compare_udp_locals(const struct port_cfg *a, const struct port_cfg *b);

/* The same for kinds that wait at a local socket or a TCP address: stream, dgram and vde. */
bool same_socket(const struct port_cfg *a, const struct port_cfg *b);
int compare_sockets(const struct port_cfg *a, const struct port_cfg *b);

/* The same for kinds that are network devices with a name in a namespace: tap and netdev. */
bool same_interface(const struct port_cfg *a, const struct port_cfg *b);
int compare_interfaces(const struct port_cfg *a, const struct port_cfg *b);

/* In options_filter.c; goes on with the next, in options_impair.c, and that with sw_port_options. */
extern const struct opt port_filter_options[];

/* One for each kind of port, in options_KIND.c. */
extern const struct port_type port_type_tap, port_type_udp, port_type_stream, port_type_dgram,
	port_type_netdev, port_type_patch, port_type_mcast, port_type_vde, port_type_vxlan;

#endif
